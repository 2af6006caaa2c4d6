//! Answers that are picked from a short list, and sets of them.
//!
//! Every list has its codes as the machine door spells them (guide.md §E1); a set of choices is one small number,
//! so that a full sheet of answers stays a handful of bytes and is copied, never shared.

use std::fmt;
use std::marker::PhantomData;

/// One list of possible answers.
pub trait Choice: Copy + Eq + fmt::Debug + 'static {
    /// The key in the machine door, for error sentences.
    const KEY: &'static str;
    /// Every choice, in the order of the list. Position is the number kept in the cookie: only ever append.
    const ALL: &'static [Self];
    /// The code, as in guide.md §E1.
    fn code(self) -> &'static str;
    /// Position in [`Choice::ALL`].
    fn index(self) -> u8;

    /// The choice with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|choice| choice.code() == code)
    }

    /// The choice at this position.
    fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

/// Declares a list of choices with their codes.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident, $key:literal { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $crate::choice::Choice for $name {
            const KEY: &'static str = $key;
            const ALL: &'static [Self] = &[$($name::$variant),+];
            fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
            fn index(self) -> u8 { self as u8 }
        }
    };
}
pub(crate) use choices;

/// A set of choices from one list.
pub struct Set<C>(u16, PhantomData<C>);

impl<C> Clone for Set<C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<C> Copy for Set<C> {}
impl<C> PartialEq for Set<C> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<C> Eq for Set<C> {}
impl<C> Default for Set<C> {
    fn default() -> Self {
        Set(0, PhantomData)
    }
}
impl<C: Choice> fmt::Debug for Set<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
impl<C: Choice> FromIterator<C> for Set<C> {
    fn from_iter<I: IntoIterator<Item = C>>(choices: I) -> Self {
        let mut set = Set::default();
        for choice in choices {
            set.insert(choice);
        }
        set
    }
}

impl<C: Choice> Set<C> {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a choice.
    pub fn insert(&mut self, choice: C) {
        self.0 |= 1 << choice.index();
    }

    /// Takes a choice out.
    pub fn remove(&mut self, choice: C) {
        self.0 &= !(1 << choice.index());
    }

    /// Is this choice in the set?
    pub fn has(&self, choice: C) -> bool {
        self.0 & (1 << choice.index()) != 0
    }

    /// Is nothing chosen?
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// How many are chosen.
    pub fn len(&self) -> usize {
        self.0.count_ones() as usize
    }

    /// The chosen ones, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = C> {
        C::ALL
            .iter()
            .copied()
            .filter(move |choice| self.has(*choice))
    }

    /// One bit a choice, by position.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// The set with these bits; nothing when a bit stands for no choice.
    pub fn from_bits(bits: u16) -> Option<Self> {
        let known = (1_u32 << C::ALL.len()) - 1;
        (u32::from(bits) & !known == 0).then_some(Set(bits, PhantomData))
    }
}
