//! The clock, passed in as a value; everything is stored in UTC and shown in Asia/Tokyo.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use std::sync::{Arc, Mutex, PoisonError};

/// Where "now" comes from. Clones share the same hands, so a test can hold one
/// clone and stand at 3 a.m. on New Year's Day while the program holds another.
#[derive(Clone, Debug)]
pub struct Clock(Hands);

#[derive(Clone, Debug)]
enum Hands {
    System,
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Hands::System)
    }

    /// A clock that stands still until it is moved.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Hands::Fixed(Arc::new(Mutex::new(at))))
    }

    /// The present moment.
    #[allow(clippy::disallowed_methods)] // the one place that may ask the machine
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Hands::System => Timestamp::now(),
            Hands::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The present moment in microseconds since 1970 UTC, as the database stores it.
    pub fn now_micros(&self) -> i64 {
        micros(self.now())
    }

    /// The present moment in Asia/Tokyo.
    pub fn now_jst(&self) -> Zoned {
        to_jst(self.now())
    }

    /// Today's date in Asia/Tokyo.
    pub fn today(&self) -> Date {
        self.now_jst().date()
    }

    /// Sets a fixed clock; the system clock is not moved.
    pub fn set(&self, at: Timestamp) {
        if let Hands::Fixed(hands) = &self.0 {
            *hands.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
    }

    /// Moves a fixed clock forward (or back); the system clock is not moved.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now().saturating_add(by).unwrap_or(Timestamp::MAX));
    }
}

/// Japan Standard Time. Japan has kept one offset, +9:00, since 1951 (夏時刻法 repealed
/// 1952), so no time-zone database is needed.
pub fn jst() -> TimeZone {
    TimeZone::fixed(Offset::constant(9))
}

/// A moment as the clock on a wall in Japan shows it.
pub fn to_jst(at: Timestamp) -> Zoned {
    at.to_zoned(jst())
}

/// Microseconds since 1970 UTC.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The inverse of [`micros`]; what no calendar can hold becomes 1970.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The moment a day begins in Japan.
pub fn start_of_day(date: Date) -> Timestamp {
    date.to_zoned(jst())
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_in_tokyo_is_the_day_before_in_utc() {
        let clock = Clock::fixed("2026-12-31T18:00:00Z".parse().unwrap());
        assert_eq!(clock.today(), jiff::civil::date(2027, 1, 1));
        let shared = clock.clone();
        clock.advance(SignedDuration::from_hours(24));
        assert_eq!(shared.today(), jiff::civil::date(2027, 1, 2));
        assert_eq!(from_micros(clock.now_micros()), clock.now());
        assert_eq!(to_jst(start_of_day(clock.today())).hour(), 0);
    }
}
