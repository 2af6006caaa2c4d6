//! Rules as offices make them, with the holidays of 2026 and 2027.

use super::*;
use jiff::civil::{date, time};

fn weekly(on: &[DayOfWeek], every: u8, from: Date) -> Rule {
    of(
        Pattern::Weekly {
            every,
            on: on.to_vec(),
        },
        from,
    )
}

fn of(pattern: Pattern, from: Date) -> Rule {
    let rule = Rule {
        pattern,
        from,
        until: None,
        count: None,
        starts: time(14, 0, 0, 0),
        minutes: 120,
        skip_holidays: true,
        skip_closing_days: true,
        left_out: Vec::new(),
        extra: Vec::new(),
    };
    rule.check().unwrap();
    rule
}

fn said(days: &[Date]) -> String {
    let all: Vec<String> = days
        .iter()
        .map(|day| format!("{}/{}", day.month(), day.day()))
        .collect();
    all.join(" ")
}

#[test]
fn the_sentence_an_office_would_write() {
    let mut rule = of(
        Pattern::MonthlyNth {
            every: 1,
            nth: vec![Nth::Fourth, Nth::Second],
            on: vec![DayOfWeek::Wednesday],
        },
        date(2026, 11, 1),
    );
    rule.skip_closing_days = false;
    assert_eq!(
        rule.sentence(),
        "毎月 第2・第4水曜日 14:00〜16:00（祝日はお休み）"
    );
    assert_eq!(rule.rrule_text(), "FREQ=MONTHLY;INTERVAL=1;BYDAY=2WE,4WE");
    let mut rule = weekly(
        &[DayOfWeek::Thursday, DayOfWeek::Tuesday],
        2,
        date(2026, 11, 1),
    );
    rule.count = Some(10);
    assert_eq!(
        rule.sentence(),
        "隔週 火・木曜日 14:00〜16:00、全10回（祝日・年末年始などはお休み）"
    );
    let mut rule = of(
        Pattern::MonthlyDay {
            every: 1,
            days: vec![31],
        },
        date(2026, 11, 1),
    );
    rule.until = Some(date(2027, 3, 31));
    rule.minutes = 600;
    assert_eq!(
        rule.sentence(),
        "毎月 31日 14:00〜24:00、2027年3月31日まで（その日のない月はお休み。祝日・年末年始などはお休み）"
    );
    assert!(rule.rrule_text().ends_with(";UNTIL=20270331T145959Z"));
}

#[test]
fn mondays_of_an_autumn_and_a_winter_without_holidays_and_the_new_year() {
    let opening = Opening::default();
    let (from, to) = (date(2026, 9, 14), date(2027, 1, 31));
    let mut rule = weekly(&[DayOfWeek::Monday], 1, from);
    // 9/21 敬老の日, 10/12 スポーツの日, 11/23 勤労感謝の日, 1/11 成人の日 are not among them; 12/28 and 1/4 are.
    assert_eq!(
        said(&rule.days(from, to, &opening)),
        "9/14 9/28 10/5 10/19 10/26 11/2 11/9 11/16 11/30 12/7 12/14 12/21 12/28 1/4 1/18 1/25"
    );
    rule.skip_holidays = false;
    assert_eq!(rule.days(from, to, &opening).len(), 20);
    // The office works on holidays, the programme does not: the programme's own word counts.
    rule.skip_holidays = true;
    let works = Opening {
        closed_holidays: false,
        ..Opening::default()
    };
    assert_eq!(rule.days(from, to, &works).len(), 16);
}

#[test]
fn a_substitute_and_the_day_between_two_holidays_are_holidays() {
    // 2027-03-22 振替休日 (Monday), 2026-09-22 国民の休日 (Tuesday).
    let opening = Opening::default();
    let mondays = weekly(&[DayOfWeek::Monday], 1, date(2027, 3, 1));
    assert_eq!(
        said(&mondays.days(date(2027, 3, 1), date(2027, 3, 31), &opening)),
        "3/1 3/8 3/15 3/29"
    );
    let tuesdays = weekly(&[DayOfWeek::Tuesday], 1, date(2026, 9, 1));
    assert_eq!(
        said(&tuesdays.days(date(2026, 9, 1), date(2026, 9, 30), &opening)),
        "9/1 9/8 9/15 9/29"
    );
}

#[test]
fn the_end_of_the_year_is_closed_where_the_office_closes() {
    let (from, to) = (date(2026, 11, 1), date(2027, 4, 30));
    let mut rule = of(Pattern::MonthEnd { every: 1 }, from);
    // 12/31 lies in 年末年始; the others are no holidays in 2026/27.
    assert_eq!(
        said(&rule.days(from, to, &Opening::default())),
        "11/30 1/31 2/28 3/31 4/30"
    );
    let open = Opening {
        closed_new_year: false,
        ..Opening::default()
    };
    assert_eq!(
        said(&rule.days(from, to, &open)),
        "11/30 12/31 1/31 2/28 3/31 4/30"
    );
    rule.skip_closing_days = false;
    assert_eq!(rule.days(from, to, &Opening::default()).len(), 6);
    // 元日 is a holiday also for a programme that does not mind closing days.
    let mut yearly = of(Pattern::Yearly { month: 1, day: 1 }, date(2026, 1, 1));
    yearly.skip_closing_days = false;
    assert_eq!(yearly.days(from, to, &open), Vec::new());
}

#[test]
fn closing_days_fall_out_and_days_by_hand_come_in() {
    let mut opening = Opening::default();
    opening.closing_days.push(date(2026, 12, 8));
    let mut rule = weekly(&[DayOfWeek::Tuesday], 1, date(2026, 12, 1));
    rule.left_out.push(date(2026, 12, 15));
    rule.extra = vec![date(2026, 12, 29), date(2026, 12, 12), date(2026, 12, 15)];
    let days = rule.days(date(2026, 12, 1), date(2026, 12, 31), &opening);
    // 12/29 is 年末年始 and stands because a colleague put it there; what is left out stays out.
    assert_eq!(said(&days), "12/1 12/12 12/22 12/29");
    // A day in the Saturday of an office that is closed on Saturdays: the week's own closed days do not matter.
    let saturdays = weekly(&[DayOfWeek::Saturday], 1, date(2026, 12, 1));
    assert_eq!(
        said(&saturdays.days(date(2026, 12, 1), date(2026, 12, 20), &opening)),
        "12/5 12/12 12/19"
    );
}

#[test]
fn the_last_day_counts_and_the_day_after_does_not() {
    let mut rule = weekly(&[DayOfWeek::Wednesday], 1, date(2027, 3, 1));
    rule.until = Some(date(2027, 3, 31));
    let opening = Opening::default();
    assert_eq!(
        said(&rule.days(date(2027, 1, 1), date(2028, 1, 1), &opening)),
        "3/3 3/10 3/17 3/24 3/31"
    );
    rule.until = Some(date(2027, 3, 30));
    assert_eq!(
        said(&rule.days(date(2027, 1, 1), date(2028, 1, 1), &opening)),
        "3/3 3/10 3/17 3/24"
    );
}

#[test]
fn no_rule_runs_on() {
    let every_day: Vec<DayOfWeek> = DayOfWeek::ALL.to_vec();
    let mut rule = weekly(&every_day, 1, date(2000, 1, 1));
    rule.skip_holidays = false;
    rule.skip_closing_days = false;
    let days = rule.days(date(2000, 1, 1), date(2099, 12, 31), &Opening::default());
    assert_eq!(days.len(), usize::try_from(LONGEST_DAYS).unwrap() + 1);
    // Far from its beginning it still answers, and for rules that give nothing it ends.
    assert!(
        !rule
            .days(date(2098, 1, 1), date(2098, 2, 1), &Opening::default())
            .is_empty()
    );
    let never = expand(
        date(2000, 1, 1),
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        date(2000, 1, 1),
        date(2099, 1, 1),
    );
    assert_eq!(never, Some(Vec::new()));
    assert_eq!(
        expand(
            date(2000, 1, 1),
            "FREQ=SOMETIMES",
            date(2000, 1, 1),
            date(2000, 2, 1)
        ),
        None
    );
}

#[test]
fn what_cannot_be_kept_is_refused_with_a_sentence() {
    let good = weekly(&[DayOfWeek::Monday], 1, date(2026, 11, 1));
    let field = |rule: Rule| match rule.check() {
        Err(Error::Invalid { field, .. }) => field,
        _ => "",
    };
    assert_eq!(
        field(Rule {
            pattern: Pattern::Weekly {
                every: 1,
                on: vec![]
            },
            ..good.clone()
        }),
        "youbi"
    );
    assert_eq!(
        field(Rule {
            pattern: Pattern::Weekly {
                every: 0,
                on: vec![DayOfWeek::Monday]
            },
            ..good.clone()
        }),
        "nanshuu"
    );
    assert_eq!(
        field(Rule {
            pattern: Pattern::MonthlyDay {
                every: 1,
                days: vec![32]
            },
            ..good.clone()
        }),
        "nichi"
    );
    assert_eq!(
        field(Rule {
            pattern: Pattern::Yearly { month: 2, day: 30 },
            ..good.clone()
        }),
        "nichi"
    );
    assert_eq!(
        field(Rule {
            pattern: Pattern::Yearly { month: 2, day: 29 },
            ..good.clone()
        }),
        ""
    );
    assert_eq!(
        field(Rule {
            minutes: 0,
            ..good.clone()
        }),
        "made"
    );
    assert_eq!(
        field(Rule {
            minutes: 601,
            ..good.clone()
        }),
        "made"
    );
    assert_eq!(
        field(Rule {
            until: Some(date(2026, 10, 31)),
            ..good.clone()
        }),
        "owari"
    );
    assert_eq!(
        field(Rule {
            count: Some(0),
            ..good
        }),
        "kaisuu"
    );
}

#[test]
fn a_rule_is_kept_as_json() {
    let rule = weekly(&[DayOfWeek::Monday], 2, date(2026, 11, 2));
    let json = serde_json::to_string(&rule).unwrap();
    assert!(
        json.contains(r#""pattern":{"each":"weekly","every":2,"on":["mo"]}"#),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule);
}
