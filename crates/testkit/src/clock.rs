//! A clock that a test sets.

use basics::Clock;

/// A clock that stands still at a moment in Japan: `clock_at("2027-01-01T03:00")` is 3 a.m. on New Year's Day.
/// Move it with `clock.advance(…)`; clones move together.
pub fn clock_at(japan_time: &str) -> Clock {
    let civil: jiff::civil::DateTime = japan_time.parse().expect("a time such as 2026-11-22T03:00");
    let zoned = civil
        .to_zoned(basics::time::jst())
        .expect("a day of our time");
    Clock::fixed(zoned.timestamp())
}
