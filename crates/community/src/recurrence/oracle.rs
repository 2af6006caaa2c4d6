//! Rules by chance against a reader who only looks at one day after the other.

use super::{DayOfWeek, Nth, Pattern, Rule, day_of};
use basics::holidays::{is_holiday, is_new_year_closure};
use jiff::ToSpan;
use jiff::civil::{Date, date, time};
use office::calendar::Opening;
use proptest::prelude::*;

/// Whether this day belongs to the pattern, by the calendar on the wall.
fn belongs(pattern: &Pattern, from: Date, day: Date) -> bool {
    let months = (i32::from(day.year()) - i32::from(from.year())) * 12 + i32::from(day.month())
        - i32::from(from.month());
    let last_of_month = day.last_of_month() == day;
    match pattern {
        Pattern::Weekly { every, on } => {
            let monday = |day: Date| {
                day.saturating_sub(i32::from(day.weekday().to_monday_zero_offset()).days())
            };
            let weeks = monday(from).until(monday(day)).unwrap().get_days() / 7;
            weeks % i32::from(*every) == 0 && on.contains(&DayOfWeek::of(day))
        }
        Pattern::MonthlyNth { every, nth, on } => {
            let is = |nth: &Nth| match nth {
                Nth::First => (1..=7).contains(&day.day()),
                Nth::Second => (8..=14).contains(&day.day()),
                Nth::Third => (15..=21).contains(&day.day()),
                Nth::Fourth => (22..=28).contains(&day.day()),
                Nth::Last => day.days_in_month() - day.day() < 7,
            };
            months % i32::from(*every) == 0
                && on.contains(&DayOfWeek::of(day))
                && nth.iter().any(is)
        }
        Pattern::MonthlyDay { every, days } => {
            months % i32::from(*every) == 0 && days.contains(&(day.day() as u8))
        }
        Pattern::MonthEnd { every } => months % i32::from(*every) == 0 && last_of_month,
        Pattern::Yearly { month, day: of } => (day.month() as u8, day.day() as u8) == (*month, *of),
    }
}

fn slowly(rule: &Rule, from: Date, to: Date, opening: &Opening) -> Vec<Date> {
    let mut given = 0;
    let mut found = Vec::new();
    let mut day = rule.from.min(from);
    while day <= to {
        let mut here = false;
        if day >= rule.from && belongs(&rule.pattern, rule.from, day) {
            given += 1;
            let ended = match (rule.until, rule.count) {
                (Some(until), _) => day > until,
                (None, Some(count)) => given > i32::from(count),
                (None, None) => false,
            };
            let closed = opening.closing_days.contains(&day)
                || (opening.closed_new_year && is_new_year_closure(day));
            let holiday = rule.skip_holidays && is_holiday(day);
            let away = rule.skip_closing_days && closed;
            here = !(ended || holiday || away);
        }
        here = (here || rule.extra.contains(&day)) && !rule.left_out.contains(&day);
        if here && day >= from {
            found.push(day);
        }
        day = day.tomorrow().unwrap();
    }
    found
}

fn some_days() -> impl Strategy<Value = Vec<Date>> {
    let day = (0..900_i32).prop_map(|n| date(2026, 1, 1).saturating_add(n.days()));
    prop::collection::vec(day, 0..6)
}

fn some_week() -> impl Strategy<Value = Vec<DayOfWeek>> {
    prop::collection::vec(prop::sample::select(DayOfWeek::ALL.to_vec()), 1..4)
}

fn a_pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        (1..6_u8, some_week()).prop_map(|(every, on)| Pattern::Weekly { every, on }),
        (
            1..4_u8,
            prop::collection::vec(prop::sample::select(Nth::ALL.to_vec()), 1..4),
            some_week()
        )
            .prop_map(|(every, nth, on)| Pattern::MonthlyNth { every, nth, on }),
        (1..4_u8, prop::collection::vec(1..=31_u8, 1..4))
            .prop_map(|(every, days)| Pattern::MonthlyDay { every, days }),
        (1..13_u8).prop_map(|every| Pattern::MonthEnd { every }),
        (1..=12_u8, 1..=31_u8)
            .prop_filter("a day there is", |(month, day)| day_of(2028, *month, *day)
                .is_some())
            .prop_map(|(month, day)| Pattern::Yearly { month, day }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_day_is_the_day_a_slow_reader_finds(
        pattern in a_pattern(),
        begins in 0..700_i32,
        until in prop::option::of(0..600_i32),
        count in prop::option::of(1..40_u16),
        (skip_holidays, skip_closing_days) in any::<(bool, bool)>(),
        (left_out, extra, closing_days) in (some_days(), some_days(), some_days()),
        (window, long) in (0..800_i32, 0..800_i32),
    ) {
        let from = date(2026, 1, 1).saturating_add(begins.days());
        let rule = Rule {
            pattern,
            from,
            until: until.map(|days| from.saturating_add(days.days())),
            count,
            starts: time(10, 0, 0, 0),
            minutes: 90,
            skip_holidays,
            skip_closing_days,
            left_out,
            extra,
        };
        rule.check().unwrap();
        let opening = Opening { closing_days, ..Opening::default() };
        let first = date(2026, 1, 1).saturating_add(window.days());
        let last = first.saturating_add(long.days());
        prop_assert_eq!(rule.days(first, last, &opening), slowly(&rule, first, last, &opening), "{}", rule.sentence());
    }
}
