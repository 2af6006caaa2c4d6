//! What is written here is read by another library (calcard), and by the eyes of RFC 5545.

use super::*;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty,
};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Parsed by the other library (not its strict way, which takes no component within a component).
fn read(file: &str) -> ICalendar {
    let mut parser = calcard::Parser::new(file);
    match parser.entry() {
        calcard::Entry::ICalendar(calendar) => {
            assert!(matches!(parser.entry(), calcard::Entry::Eof), "{file}");
            calendar
        }
        other => panic!("{other:?}\n{file}"),
    }
}

fn events(calendar: &ICalendar) -> Vec<&ICalendarComponent> {
    let all = calendar.components.iter();
    all.filter(|one| one.component_type == ICalendarComponentType::VEvent)
        .collect()
}

fn text<'a>(event: &'a ICalendarComponent, property: &ICalendarProperty) -> Option<&'a str> {
    event.property(property)?.values.first()?.as_text()
}

fn seconds(event: &ICalendarComponent, property: &ICalendarProperty) -> i64 {
    let value = event.property(property).unwrap().values.first().unwrap();
    value
        .as_partial_date_time()
        .unwrap()
        .to_timestamp()
        .unwrap()
}

/// The shape of RFC 5545 §3.1: CRLF, 75 octets, no control characters, whole characters in every part.
fn well_formed(file: &str) {
    assert!(file.ends_with("END:VCALENDAR\r\n"));
    for line in file.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(|sign: char| sign.is_control()), "{line:?}");
    }
}

fn a_gathering(title: &str) -> OpenGathering {
    OpenGathering {
        number: 3,
        seq: 12,
        title: title.to_owned(),
        place: "市民センター 2階; 奥の部屋, 左".to_owned(),
        words: "今日は、ボードゲーム。\n途中で帰っても、だいじょうぶです。".to_owned(),
        url: "https://ippo.example/basho/3/12".to_owned(),
        starts_at: at("2026-12-09T05:00:00Z"),
        ends_at: at("2026-12-09T07:00:00Z"),
        cancelled: false,
        version: 2,
        changed_at: Some(at("2026-11-20T00:00:00Z")),
    }
}

fn own(called: &str) -> OwnEvent {
    OwnEvent {
        uid: "x1@ippo.example".to_owned(),
        called: called.to_owned(),
        place: None,
        starts_at: at("2026-12-09T05:00:00Z"),
        ends_at: at("2026-12-09T05:50:00Z"),
        cancelled: false,
        version: 1,
        alarm_minutes: None,
    }
}

const NOW: &str = "2026-11-22T01:02:03Z";

fn nasty() -> Vec<String> {
    vec![
        "予定".to_owned(),
        "居場所, きのこ; 「ひだまり」: 2階 \\ 奥".to_owned(),
        "改行\nのある\n題".to_owned(),
        "家族👨‍👩‍👧‍👦と🍵の会 ☕️".to_owned(),
        "あ".repeat(200),
        format!("{}𠮷野家の集まり", "a".repeat(66)),
        "BEGIN:VEVENT".to_owned(),
        "\\n は改行ではない".to_owned(),
        "終わりに\\".to_owned(),
    ]
}

#[test]
fn nasty_titles_come_back_whole() {
    for title in nasty() {
        let file = open_gatherings(
            "ippo.example",
            "みどり窓口",
            at(NOW),
            &[a_gathering(&title)],
        );
        well_formed(&file);
        let calendar = read(&file);
        let events = events(&calendar);
        assert_eq!(events.len(), 1, "{title}");
        assert_eq!(
            text(events[0], &ICalendarProperty::Summary),
            Some(title.as_str())
        );
        let file = own_event(at(NOW), &own(&title));
        well_formed(&file);
        let calendar = read(&file);
        let event = self::events(&calendar)[0];
        assert_eq!(
            text(event, &ICalendarProperty::Summary),
            Some(title.as_str())
        );
    }
}

#[test]
fn a_line_break_in_a_title_opens_no_second_event() {
    for breaking in [
        "x\r\nEND:VEVENT\r\nBEGIN:VEVENT",
        "x\rATTENDEE:mailto:a@example.jp",
        "x\u{0}\u{1b}\u{85}y",
    ] {
        let file = open_gatherings("h", "窓口", at(NOW), &[a_gathering(breaking)]);
        well_formed(&file);
        assert_eq!(file.matches("\r\nBEGIN:VEVENT").count(), 1);
        assert!(!file.contains("\r\nATTENDEE"));
        assert_eq!(events(&read(&file)).len(), 1);
        let file = own_event(
            at(NOW),
            &OwnEvent {
                uid: breaking.to_owned(),
                ..own(breaking)
            },
        );
        well_formed(&file);
        assert_eq!(file.matches("\r\nBEGIN:VEVENT").count(), 1);
    }
}

#[test]
fn an_open_gathering_says_what_its_page_says() {
    let mut gone = a_gathering("ひだまり");
    (gone.seq, gone.cancelled, gone.version) = (13, true, 5);
    let file = open_gatherings(
        "https://ippo.example/",
        "みどり窓口",
        at(NOW),
        &[a_gathering("ひだまり"), gone],
    );
    well_formed(&file);
    let calendar = read(&file);
    let events = events(&calendar);
    assert_eq!(events[0].uid(), Some("basho-3-12@httpsippo.example"));
    assert_eq!(
        text(events[0], &ICalendarProperty::Location),
        Some("市民センター 2階; 奥の部屋, 左")
    );
    assert_eq!(
        text(events[0], &ICalendarProperty::Description),
        Some("今日は、ボードゲーム。\n途中で帰っても、だいじょうぶです。")
    );
    assert_eq!(
        seconds(events[0], &ICalendarProperty::Dtstart),
        at("2026-12-09T05:00:00Z").as_second()
    );
    assert_eq!(
        seconds(events[0], &ICalendarProperty::Dtend),
        at("2026-12-09T07:00:00Z").as_second()
    );
    assert_eq!(
        seconds(events[0], &ICalendarProperty::LastModified),
        at("2026-11-20T00:00:00Z").as_second()
    );
    let sequence = |event: &ICalendarComponent| {
        event.property(&ICalendarProperty::Sequence)?.values[0].as_integer()
    };
    assert_eq!(
        (sequence(events[0]), sequence(events[1])),
        (Some(2), Some(5))
    );
    let status = |event: &ICalendarComponent| event.status().map(|status| format!("{status:?}"));
    assert_eq!(status(events[0]).as_deref(), Some("Confirmed"));
    assert_eq!(status(events[1]).as_deref(), Some("Cancelled"));
    assert_eq!(
        text(events[1], &ICalendarProperty::Summary),
        Some("（とりやめ）ひだまり")
    );
}

#[test]
fn an_own_entry_holds_what_its_owner_asked_for_and_no_more() {
    let file = own_event(at(NOW), &own("  "));
    assert!(file.contains("\r\nSUMMARY:予定\r\n"), "{file}");
    for word in [
        "LOCATION",
        "DESCRIPTION",
        "URL",
        "VALARM",
        "ORGANIZER",
        "面接",
        "相談",
        "Ippo：",
    ] {
        assert!(!file.contains(word), "{word}: {file}");
    }
    let asked = OwnEvent {
        place: Some("青葉ビル3階".to_owned()),
        alarm_minutes: Some(60),
        ..own("歯医者")
    };
    let file = own_event(at(NOW), &asked);
    well_formed(&file);
    let calendar = read(&file);
    let event = events(&calendar)[0];
    assert_eq!(text(event, &ICalendarProperty::Summary), Some("歯医者"));
    assert_eq!(
        text(event, &ICalendarProperty::Location),
        Some("青葉ビル3階")
    );
    let alarm = calendar
        .components
        .iter()
        .find(|one| one.component_type.is_alarm());
    let alarm = alarm.expect("an alarm");
    // What pops up on a locked screen is the same word.
    assert_eq!(text(alarm, &ICalendarProperty::Description), Some("歯医者"));
    assert!(file.contains("\r\nTRIGGER:-PT60M\r\n"));
}

#[test]
fn a_colleagues_feed_knows_five_words() {
    let events: Vec<ColleagueEvent> = Busy::ALL
        .iter()
        .enumerate()
        .map(|(n, busy)| ColleagueEvent {
            uid: format!("u{n}@ippo.example"),
            busy: *busy,
            starts_at: at("2026-12-09T05:00:00Z"),
            ends_at: at("2026-12-09T06:00:00Z"),
        })
        .collect();
    let file = colleague_feed(at(NOW), &events);
    well_formed(&file);
    let calendar = read(&file);
    let words: Vec<&str> = self::events(&calendar)
        .into_iter()
        .filter_map(|event| text(event, &ICalendarProperty::Summary))
        .collect();
    assert_eq!(words, ["面接", "訪問", "居場所", "会議", "不在"]);
    for word in [
        "LOCATION",
        "DESCRIPTION",
        "URL",
        "ATTENDEE",
        "ORGANIZER",
        "CONTACT",
        "COMMENT",
    ] {
        assert!(!file.contains(word), "{word}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_stays_in_its_line(title in "[\\PC\n\r\t\\\\;,:あ-ん👍\u{301}]{1,160}") {
        let file = open_gatherings("h", "窓口", at(NOW), &[a_gathering(&title)]);
        well_formed(&file);
        let calendar = read(&file);
        let events = events(&calendar);
        prop_assert_eq!(events.len(), 1);
        let back = text(events[0], &ICalendarProperty::Summary).unwrap_or_default();
        let meant: String = title.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        prop_assert_eq!(back.trim(), meant.trim());
    }
}
