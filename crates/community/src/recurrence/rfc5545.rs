//! The examples of RFC 5545 §3.8.5.3 that count in days, and the ends of months and years that offices meet.

use super::expand;
use jiff::ToSpan;
use jiff::civil::Date;

/// Begins on, the rule, its days (`1997/9/2 9 10/7`: what is not said is as before). Rules without an end are compared
/// as far as the days go.
const CASES: &[(&str, &str, &str)] = &[
    (
        "1997/9/2",
        "FREQ=DAILY;COUNT=10",
        "1997/9/2 3 4 5 6 7 8 9 10 11",
    ),
    (
        "1997/9/2",
        "FREQ=DAILY;INTERVAL=2",
        "1997/9/2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 10/2 4 6",
    ),
    (
        "1997/9/2",
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "1997/9/2 12 22 10/2 12",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;COUNT=10",
        "1997/9/2 9 16 23 30 10/7 14 21 28 11/4",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997/9/2 9 16 23 30 10/7 14 21 28 11/4 11 18 25 12/2 9 16 23",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997/9/2 16 30 10/14 28 11/11 25 12/9 23 1998/1/6 20 2/3 17",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997/9/2 4 9 11 16 18 23 25 30 10/2",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "1997/9/2 4 9 11 16 18 23 25 30 10/2",
    ),
    (
        "1997/9/1",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997/9/1 3 5 15 17 19 29 10/1 3 13 15 17 27 29 31 11/10 12 14 24 26 28 12/8 10 12 22",
    ),
    (
        "1997/9/2",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997/9/2 4 16 18 30 10/2 14 16",
    ),
    (
        "1997/9/5",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997/9/5 10/3 11/7 12/5 1998/1/2 2/6 3/6 4/3 5/1 6/5",
    ),
    (
        "1997/9/5",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997/9/5 10/3 11/7 12/5",
    ),
    (
        "1997/9/7",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997/9/7 28 11/2 30 1998/1/4 25 3/1 29 5/3 31",
    ),
    (
        "1997/9/22",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997/9/22 10/20 11/17 12/22 1998/1/19 2/16",
    ),
    (
        "1997/9/28",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997/9/28 10/29 11/28 12/29 1998/1/29 2/26",
    ),
    (
        "1997/9/2",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997/9/2 15 10/2 15 11/2 15 12/2 15 1998/1/2 15",
    ),
    (
        "1997/9/30",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997/9/30 10/1 31 11/1 30 12/1 31 1998/1/1 31 2/1",
    ),
    (
        "1997/9/10",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997/9/10 11 12 13 14 15 1999/3/10 11 12 13",
    ),
    (
        "1997/9/2",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997/9/2 9 16 23 30 11/4 11 18 25 1998/1/6 13 20 27 3/3 10 17 24 31",
    ),
    (
        "1997/6/10",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997/6/10 7/10 1998/6/10 7/10 1999/6/10 7/10 2000/6/10 7/10 2001/6/10 7/10",
    ),
    (
        "1997/3/10",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997/3/10 1999/1/10 2/10 3/10 2001/1/10 2/10 3/10 2003/1/10 2/10 3/10",
    ),
    (
        "1997/1/1",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997/1/1 4/10 7/19 2000/1/1 4/9 7/18 2003/1/1 4/10 7/19 2006/1/1",
    ),
    (
        "1997/5/19",
        "FREQ=YEARLY;BYDAY=20MO",
        "1997/5/19 1998/5/18 1999/5/17",
    ),
    (
        "1997/5/12",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997/5/12 1998/5/11 1999/5/17",
    ),
    (
        "1997/3/13",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997/3/13 20 27 1998/3/5 12 19 26 1999/3/4 11 18 25",
    ),
    (
        "1997/6/5",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997/6/5 12 19 26 7/3 10 17 24 31 8/7 14 21 28 1998/6/4 11 18 25 7/2 9 16 23 30 8/6 13 20 27",
    ),
    (
        "1997/9/2",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1998/2/13 3/13 11/13 1999/8/13 2000/10/13",
    ),
    (
        "1997/9/13",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997/9/13 10/11 11/8 12/13 1998/1/10 2/7 3/7 4/11 5/9 6/13",
    ),
    (
        "1996/11/5",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996/11/5 2000/11/7 2004/11/2",
    ),
    (
        "1997/9/4",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997/9/4 10/7 11/6",
    ),
    (
        "1997/9/29",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997/9/29 10/30 11/27 12/30 1998/1/29 2/26 3/30",
    ),
    // The day on which the week begins makes the difference.
    (
        "1997/8/5",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997/8/5 10 19 24",
    ),
    (
        "1997/8/5",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997/8/5 17 19 31",
    ),
    // An invalid date (30 February) is left out and not counted.
    (
        "2007/1/15",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007/1/15 30 2/15 3/15 30",
    ),
    // For whole days the end is a date, and that day counts (§3.3.10); a local time is taken for its day.
    ("1997/9/2", "FREQ=WEEKLY;UNTIL=19970923", "1997/9/2 9 16 23"),
    (
        "1997/9/2",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=19970923T000000",
        "1997/9/2 9 16 23",
    ),
    ("1997/9/2", "until=19970922;FREQ=WEEKLY", "1997/9/2 9 16"),
    // With a time it is a moment in UTC: midnight in Japan after the last day, or that day's last second.
    (
        "1997/9/2",
        "FREQ=WEEKLY;UNTIL=19970923T145959Z",
        "1997/9/2 9 16 23",
    ),
    // Ours: months without a 31st, the last day of every month, the last Friday, a fifth weekday that is not there,
    // every second week over the end of the year (both beginnings of the week), the leap day.
    (
        "2026/1/1",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "2026/1/31 3/31 5/31 7/31 8/31 10/31 12/31 2027/1/31",
    ),
    (
        "2027/11/1",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "2027/11/30 12/31 2028/1/31 2/29 3/31 4/30",
    ),
    (
        "2026/10/1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "2026/10/30 11/27 12/25 2027/1/29 2/26 3/26 4/30",
    ),
    (
        "2026/9/1",
        "FREQ=MONTHLY;BYDAY=5WE;COUNT=4",
        "2026/9/30 12/30 2027/3/31 6/30",
    ),
    (
        "2026/12/8",
        "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU,SU",
        "2026/12/8 13 22 27 2027/1/5 10 19 24",
    ),
    (
        "2026/12/8",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU",
        "2026/12/8 20 22 2027/1/3 5 17 19 31",
    ),
    (
        "2024/2/29",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "2024/2/29 2028/2/29 2032/2/29",
    ),
    (
        "2026/4/1",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=30",
        "2026/4/30 9/30 2027/7/30 12/30",
    ),
];

fn days(text: &str) -> Vec<Date> {
    let (mut year, mut month) = (0, 0);
    let mut days = Vec::new();
    for token in text.split(' ') {
        let parts: Vec<i16> = token.split('/').map(|part| part.parse().unwrap()).collect();
        let day = match parts[..] {
            [y, m, d] => {
                (year, month) = (y, m);
                d
            }
            [m, d] => {
                month = m;
                d
            }
            [d] => d,
            _ => panic!("{token}"),
        };
        days.push(Date::new(year, month as i8, day as i8).unwrap());
    }
    days
}

#[test]
fn the_examples_of_rfc_5545_and_the_ends_of_months_and_years() {
    for (start, rule, expected) in CASES {
        let (start, expected) = (days(start)[0], days(expected));
        let last = *expected.last().unwrap();
        let ends = rule.contains("COUNT") || rule.contains("UNTIL");
        let to = if ends {
            last.saturating_add(2000.days())
        } else {
            last
        };
        assert_eq!(expand(start, rule, start, to).unwrap(), expected, "{rule}");
    }
}

/// 「Every day in January, for 3 years」, said in two ways, and every day until Christmas Eve.
#[test]
fn the_long_examples_of_rfc_5545() {
    let from = days("1998/1/1")[0];
    let to = days("2005/1/1")[0];
    let yearly = "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA";
    let daily = "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1";
    let januaries = expand(from, yearly, from, to).unwrap();
    assert_eq!(januaries.len(), 93);
    assert!(januaries.iter().all(|day| day.month() == 1));
    assert_eq!(expand(from, daily, from, to).unwrap(), januaries);
    let from = days("1997/9/2")[0];
    let advent = expand(from, "FREQ=DAILY;UNTIL=19971224T000000Z", from, to).unwrap();
    assert_eq!(
        (advent.len(), advent.last().copied()),
        (113, Some(days("1997/12/23")[0]))
    );
}

/// A window gives what the whole would give within it: nothing depends on where a page begins to look.
#[test]
fn a_window_is_a_part_of_the_whole() {
    for (start, rule, _) in CASES {
        let start = days(start)[0];
        let end = start.saturating_add(700.days());
        let whole = expand(start, rule, start, end).unwrap();
        let (from, to) = (
            start.saturating_add(100.days()),
            start.saturating_add(400.days()),
        );
        let within: Vec<Date> = whole
            .into_iter()
            .filter(|day| (from..=to).contains(day))
            .collect();
        assert_eq!(expand(start, rule, from, to).unwrap(), within, "{rule}");
    }
}
