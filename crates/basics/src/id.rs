//! Typed identifiers: a `BIGINT` in the database, a type of its own in the code.

use crate::Clock;

/// Makes a typed identifier over `i64`.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
                 ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps the number as the database holds it.
            pub const fn from_raw(raw: i64) -> Self { Self(raw) }
            /// The number as the database holds it.
            pub const fn get(self) -> i64 { self.0 }
        }

        impl From<i64> for $name {
            fn from(raw: i64) -> Self { Self(raw) }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
    };
}

/// A new identifier: milliseconds since 1970 in the upper bits, 20 random bits below.
///
/// Made by the program, not by the database, so that both databases and several
/// copies of the program behave alike. Two in the same millisecond collide with
/// probability 2⁻²⁰; tables that can be hammered (letters) retry on conflict.
/// Always positive until the year 2248.
///
/// # Panics
/// When the operating system has no random source: nothing secret could be made then.
#[allow(clippy::expect_used)]
pub fn new_id(clock: &Clock) -> i64 {
    let mut random = [0u8; 4];
    getrandom::fill(&mut random).expect("the operating system's random source");
    let low = i64::from(u32::from_le_bytes(random) & 0x000f_ffff);
    (clock.now().as_millisecond() << 20) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_positive_and_grow_with_time() {
        let clock = Clock::fixed("2026-11-22T03:00:00Z".parse().unwrap());
        let first = new_id(&clock);
        clock.advance(jiff::SignedDuration::from_millis(1));
        assert!(first > 0 && new_id(&clock) > first);
    }
}
