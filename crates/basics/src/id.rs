//! Typed identifiers: a `BIGINT` in the database, a type of its own in the code.

use crate::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

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

/// The newest identifier of this process.
static NEWEST: AtomicI64 = AtomicI64::new(0);

/// A new identifier: milliseconds since 1970 in the upper bits, 20 random bits below.
///
/// Made by the program, not by the database, so that both databases and several
/// copies of the program behave alike. One process never makes the same twice, and
/// each is greater than the one before: within a millisecond (or when the clock was
/// set back) the next one stands a random step of up to 2¹⁶ further on, never on the
/// very next number. Two copies of the program collide within the same millisecond
/// with probability 2⁻²⁰; tables that can be hammered (letters) retry on conflict.
/// Always positive until the year 2248.
///
/// # Panics
/// When the operating system has no random source: nothing secret could be made then.
#[allow(clippy::expect_used)]
pub fn new_id(clock: &Clock) -> i64 {
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).expect("the operating system's random source");
    let [low, step] = [&random[..4], &random[4..]].map(|four| {
        four.iter()
            .fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
    });
    let fresh = (clock.now().as_millisecond() << 20) | (low & 0x000f_ffff);
    let step = 2 + (step & 0xffff);
    let after = |newest: i64| {
        if fresh > newest + 1 {
            fresh
        } else {
            newest + step
        }
    };
    let newest = NEWEST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| {
        Some(after(newest))
    });
    // The update never declines; either arm holds the value before it.
    after(newest.unwrap_or_else(|newest| newest))
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

    /// Without the guard 80,000 of one millisecond meet many times over (2²⁰ numbers).
    #[test]
    fn one_process_never_makes_the_same_twice() {
        let clock = Clock::fixed("2026-11-22T03:00:00Z".parse().unwrap());
        let mut all: Vec<i64> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..10_000).map(|_| new_id(&clock)).collect::<Vec<_>>()))
                .collect();
            makers
                .into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        all.sort_unstable();
        let closest = all.windows(2).map(|two| two[1] - two[0]).min();
        assert!(
            closest >= Some(2),
            "the next number is nobody's: {closest:?}"
        );
    }

    #[test]
    fn a_clock_set_back_makes_no_old_ones() {
        let clock = Clock::fixed("2027-01-01T00:00:00Z".parse().unwrap());
        let before = new_id(&clock);
        clock.advance(jiff::SignedDuration::from_hours(-3));
        assert!(new_id(&clock) > before);
    }
}
