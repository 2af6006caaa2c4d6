//! "Open now" against brute force: every five minutes of three weeks around the turn of the year.

use std::collections::HashSet;

use basics::holidays::is_holiday;
use basics::time::jst;
use directory::hours::{Schedule, Stated, read};
use directory::{OpenState, open_state};
use jiff::civil::{Date, DateTime, date};
use jiff::{ToSpan, Zoned};

use crate::{code, directory};

fn at(text: &str) -> Zoned {
    text.parse::<DateTime>().unwrap().to_zoned(jst()).unwrap()
}

/// What the source says of one minute: open, closed, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Open,
    Closed,
    Nothing,
}

/// Straight from the meaning of the words, every five minutes of one day.
fn said(schedule: &Schedule, day: Date) -> Vec<Said> {
    let turn = schedule.turn_of_year;
    // Walk the closing from its first day.
    let year = if day.month() == 1 && turn.from.0 == 12 {
        day.year() - 1
    } else {
        day.year()
    };
    let first = date(year, turn.from.0, turn.from.1);
    let last = date(
        if turn.to < turn.from { year + 1 } else { year },
        turn.to.0,
        turn.to.1,
    );
    let in_turn = (0..10)
        .map(|n| first.checked_add(n.days()).unwrap())
        .any(|that| that <= last && that == day);
    let mut words = vec![];
    if in_turn {
        words.push(turn.stated);
    }
    if is_holiday(day) {
        words.push(schedule.holidays);
    }
    if schedule.closed_days.contains(&(day.month(), day.day())) {
        words.push(Stated::Closed);
    }
    let within = if words.contains(&Stated::Closed) {
        Said::Closed
    } else if words.contains(&Stated::NotStated) {
        Said::Nothing
    } else {
        Said::Open
    };
    let weekday = day.weekday().to_monday_zero_offset() as usize;
    (0..288)
        .map(|five| five * 5)
        .map(|minute| {
            if schedule.week[weekday]
                .iter()
                .any(|span| span.from <= minute && minute < span.to)
            {
                within
            } else {
                Said::Closed
            }
        })
        .collect()
}

#[test]
fn open_now_is_what_brute_force_says() {
    let mut schedules: HashSet<Schedule> = directory()
        .windows()
        .iter()
        .flat_map(|w| &w.hours)
        .filter_map(|h| h.schedule.clone())
        .collect();
    for (hours, closed) in [
        ("月〜金 9:00-17:00", ""),
        ("毎日16時～21時（12/29-1/3休）", ""),
        ("火〜土 9:30-17:30（祝日・年末年始を除く）", ""),
        ("10:00-19:00（日・月・祝日・年末年始休）", ""),
        ("8時30分～20時", "日曜日・1月1日～1月3日"),
        ("毎日0時～24時（年末年始休）", ""),
        (
            "月・水・金 8時45分から16時30分／火・木 8時45分から19時",
            "土曜日・日曜日・祝日",
        ),
    ] {
        schedules.insert(read(hours, closed).unwrap_or_else(|| panic!("{hours}")).1);
    }
    assert!(schedules.len() > 60, "{}", schedules.len());
    // 21 days with the turn of the year, 成人の日; and three weeks with 憲法記念日 … and 慰霊の日.
    for (first, days) in [
        (date(2026, 12, 21), 21),
        (date(2026, 4, 27), 10),
        (date(2026, 6, 20), 7),
    ] {
        for schedule in &schedules {
            // The last next opening lies beyond the window looked at: scan further than that.
            let steps = (days + 20) * 288;
            let moments: Vec<DateTime> = (0..steps)
                .map(|n| {
                    first
                        .at(0, 0, 0, 0)
                        .checked_add((i64::from(n) * 5).minutes())
                        .unwrap()
                })
                .collect();
            let said: Vec<Said> = moments
                .iter()
                .step_by(288)
                .flat_map(|m| said(schedule, m.date()))
                .collect();
            // From behind: when does it open next, when does it stop being open.
            let mut next_open = vec![None; moments.len()];
            let mut until = vec![None; moments.len()];
            for n in (0..moments.len() - 1).rev() {
                let opens_next = said[n + 1] == Said::Open && (said[n] != Said::Open);
                next_open[n] = if opens_next {
                    Some(moments[n + 1])
                } else {
                    next_open[n + 1]
                };
                until[n] = if said[n + 1] == Said::Open {
                    until[n + 1]
                } else {
                    Some(moments[n + 1])
                };
            }
            for n in 0..(days * 288) as usize {
                let state = open_state(schedule, &moments[n].to_zoned(jst()).unwrap());
                match (said[n], &state) {
                    (Said::Open, OpenState::Open { until: found }) => {
                        assert_eq!(*found, until[n], "{schedule:?} at {}", moments[n]);
                    }
                    (Said::Closed, OpenState::Closed { next_open: found })
                    | (
                        Said::Nothing,
                        OpenState::NotSure {
                            next_open: found, ..
                        },
                    ) => {
                        assert_eq!(*found, next_open[n], "{schedule:?} at {}", moments[n]);
                    }
                    (said, state) => {
                        panic!("{said:?} but {state:?}: {schedule:?} at {}", moments[n])
                    }
                }
            }
        }
    }
}

#[test]
fn the_next_opening_is_a_concrete_time() {
    let (_, schedule) = read("月〜金 9:00-17:00（祝日・年末年始を除く）", "").unwrap();
    let sentence = |now: &str| open_state(&schedule, &at(now)).sentence(&at(now));
    assert_eq!(
        sentence("2026-11-20T12:00"),
        "いま開いています（17:00まで）"
    );
    // Friday night: never "tomorrow"; Monday is 勤労感謝の日, so Tuesday.
    assert_eq!(
        sentence("2026-11-20T23:00"),
        "いまは閉まっています。つぎに開くのは 24日(火) 9:00"
    );
    assert_eq!(
        sentence("2026-11-24T03:00"),
        "いまは閉まっています。つぎに開くのは きょう 9:00"
    );
    assert_eq!(
        sentence("2026-12-29T10:00"),
        "いまは閉まっています。つぎに開くのは 1月4日(月) 9:00"
    );
    assert_eq!(
        sentence("2027-01-01T03:00"),
        "いまは閉まっています。つぎに開くのは 4日(月) 9:00"
    );
}

#[test]
fn silence_about_holidays_is_said() {
    let (_, schedule) = read("月〜金 9:00-12:00, 13:00-16:30", "").unwrap();
    let now = at("2026-11-23T10:00");
    assert_eq!(
        open_state(&schedule, &now).sentence(&now),
        "きょうは祝日です。開いているかは、まだ確認できていません。つぎに開くのは 24日(火) 9:00"
    );
    assert_eq!(
        schedule.caveat(),
        Some("祝日と年末年始は、確認できていません")
    );
    let now = at("2026-12-30T10:00");
    assert!(
        open_state(&schedule, &now)
            .sentence(&now)
            .starts_with("年末年始に開いているかは、まだ確認できていません")
    );
}

#[test]
fn a_line_that_never_closes_is_always_open() {
    let line = directory().hotline("yorisoi-hotline").unwrap();
    let schedule = line
        .availability
        .as_ref()
        .unwrap()
        .schedule
        .as_ref()
        .unwrap();
    let now = at("2027-01-01T03:00");
    assert_eq!(
        open_state(schedule, &now).sentence(&now),
        "いま開いています（24時間）"
    );
}

#[test]
fn another_time_zone_changes_nothing() {
    let (_, schedule) = read("月〜金 9:00-17:00（祝日・年末年始を除く）", "").unwrap();
    let here = at("2026-11-24T09:00");
    let there = here.with_time_zone(jiff::tz::TimeZone::UTC);
    assert_eq!(open_state(&schedule, &there), open_state(&schedule, &here));
    assert!(open_state(&schedule, &there).is_open());
}

#[test]
fn most_hours_in_the_data_are_understood() {
    let hours: Vec<_> = directory()
        .windows()
        .iter()
        .flat_map(|w| &w.hours)
        .collect();
    let understood = hours.iter().filter(|h| h.schedule.is_some()).count();
    // The rest does not name its days, or says something the reader does not dare to guess.
    assert!(
        understood * 100 / hours.len() >= 65,
        "{understood} of {}",
        hours.len()
    );
    let niigata = directory().windows_of(code("15202"), directory::Kind::Hc)[0];
    assert_eq!(
        niigata
            .main_hours()
            .unwrap()
            .schedule
            .as_ref()
            .unwrap()
            .lines(),
        ["月〜金 8:30〜17:00"]
    );
}
