//! iCalendar (RFC 5545) out: what leaves the house in a calendar, without a name.
//!
//! Three shapes, each with exactly what may leave: the open gatherings of an office ([`open_gatherings`]), one booking
//! for the person themself ([`own_event`]), a colleague's private feed ([`colleague_feed`]), whose events have no field
//! into which a name could be written. Times are in UTC, which every client shows in its own place.
//!
//! Written by hand: the crate `icalendar` folds the last part of a long line to 76 octets, lets a bare carriage return
//! through and asks the machine for the time (docs/decisions if it is ever mended). A foreign library reads it in tests.

use jiff::Timestamp;

#[cfg(test)]
mod tests;

/// What an entry is called when the person chose nothing.
pub const USUAL_NAME: &str = "予定";
/// RFC 5545 §3.1: a line has at most so many octets, without its end.
const LINE: usize = 75;

/// One open gathering, as the public page tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGathering {
    /// The programme's public number.
    pub number: i64,
    /// The gathering's number within the programme.
    pub seq: i64,
    /// What it is called.
    pub title: String,
    /// Where, as far as the public page tells it; empty when it does not.
    pub place: String,
    /// The theme of the day, or why it does not take place. May be empty.
    pub words: String,
    /// The address of its page. May be empty.
    pub url: String,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// It does not take place.
    pub cancelled: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was last changed, where that is known.
    pub changed_at: Option<Timestamp>,
}

/// One booking or appointment, for the person themself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnEvent {
    /// Stable, and no identifier of the database: [`crate::Community::calendar_uid`].
    pub uid: String,
    /// What the person chose it to be called; empty is [`USUAL_NAME`].
    pub called: String,
    /// Where, only if the person asked for it.
    pub place: Option<String>,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// It was cancelled.
    pub cancelled: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// The calendar reminds them so many minutes before, if they asked for it.
    pub alarm_minutes: Option<u32>,
}

basics::codes! {
    /// What a colleague's private calendar says of an hour: one word, never whose it is.
    Busy {
        /// An appointment.
        Appointment = "appointment", "面接";
        /// A visit.
        Visit = "visit", "訪問";
        /// A gathering, whichever it is.
        Gathering = "gathering", "居場所";
        /// A conference.
        Meeting = "meeting", "会議";
        /// Not there.
        Away = "away", "不在";
    }
}

/// One hour of a colleague. It has no field for a name, a nickname, a case or a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColleagueEvent {
    /// Stable, and no identifier of the database: [`crate::Community::calendar_uid`].
    pub uid: String,
    /// The one word.
    pub busy: Busy,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// The open gatherings of an office, for everybody. `host` is the name of the installation in addresses.
pub fn open_gatherings(
    host: &str,
    office: &str,
    now: Timestamp,
    gatherings: &[OpenGathering],
) -> String {
    let mut file = Writer::begin(Some(office));
    for one in gatherings {
        let title = if one.cancelled {
            format!("（とりやめ）{}", one.title)
        } else {
            one.title.clone()
        };
        file.raw("BEGIN", "VEVENT");
        file.raw(
            "UID",
            &format!("basho-{}-{}@{}", one.number, one.seq, host_name(host)),
        );
        file.times(now, one.starts_at, one.ends_at);
        file.raw("SEQUENCE", &one.version.max(0).to_string());
        if let Some(changed_at) = one.changed_at {
            file.raw("LAST-MODIFIED", &utc(changed_at));
        }
        file.raw("STATUS", status(one.cancelled));
        file.text("SUMMARY", &title);
        file.text_unless_empty("LOCATION", &one.place);
        file.text_unless_empty("DESCRIPTION", &one.words);
        if one.url.starts_with("https://") || one.url.starts_with("http://") {
            file.raw("URL", &one.url);
        }
        // A place that is open keeps nobody from anything else.
        file.raw("TRANSP", "TRANSPARENT");
        file.raw("END", "VEVENT");
    }
    file.end()
}

/// One booking for the person themself: what they chose to call it, and no more than they asked for.
pub fn own_event(now: Timestamp, event: &OwnEvent) -> String {
    let called = match event.called.trim() {
        "" => USUAL_NAME,
        called => called,
    };
    let mut file = Writer::begin(None);
    file.raw("BEGIN", "VEVENT");
    file.raw("UID", &event.uid);
    file.times(now, event.starts_at, event.ends_at);
    file.raw("SEQUENCE", &event.version.max(0).to_string());
    file.raw("STATUS", status(event.cancelled));
    file.raw("CLASS", "PRIVATE");
    file.text("SUMMARY", called);
    if let Some(place) = &event.place {
        file.text_unless_empty("LOCATION", place);
    }
    if let Some(minutes) = event.alarm_minutes {
        file.raw("BEGIN", "VALARM");
        file.raw("ACTION", "DISPLAY");
        file.text("DESCRIPTION", called);
        file.raw("TRIGGER", &format!("-PT{minutes}M"));
        file.raw("END", "VALARM");
    }
    file.raw("END", "VEVENT");
    file.end()
}

/// A colleague's private feed.
pub fn colleague_feed(now: Timestamp, events: &[ColleagueEvent]) -> String {
    let mut file = Writer::begin(Some(USUAL_NAME));
    for event in events {
        file.raw("BEGIN", "VEVENT");
        file.raw("UID", &event.uid);
        file.times(now, event.starts_at, event.ends_at);
        file.raw("STATUS", status(false));
        file.raw("CLASS", "PRIVATE");
        file.text("SUMMARY", event.busy.label());
        file.raw("END", "VEVENT");
    }
    file.end()
}

fn status(cancelled: bool) -> &'static str {
    if cancelled { "CANCELLED" } else { "CONFIRMED" }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What of an address may stand behind the @ of a UID.
pub(crate) fn host_name(host: &str) -> String {
    let kept: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .take(60)
        .collect();
    if kept.is_empty() {
        "ippo".to_owned()
    } else {
        kept
    }
}

struct Writer(String);

impl Writer {
    fn begin(name: Option<&str>) -> Self {
        let mut file = Self(String::new());
        file.raw("BEGIN", "VCALENDAR");
        file.raw("VERSION", "2.0");
        file.raw("PRODID", "-//Ippo//Ippo//JA");
        file.raw("CALSCALE", "GREGORIAN");
        if let Some(name) = name {
            // RFC 7986, and the name that older clients read; whoever subscribes asks again after an hour.
            file.text("NAME", name);
            file.text("X-WR-CALNAME", name);
            file.raw("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
            file.raw("X-PUBLISHED-TTL", "PT1H");
        }
        file
    }

    fn end(mut self) -> String {
        self.raw("END", "VCALENDAR");
        self.0
    }

    fn times(&mut self, now: Timestamp, starts_at: Timestamp, ends_at: Timestamp) {
        self.raw("DTSTAMP", &utc(now));
        self.raw("DTSTART", &utc(starts_at));
        self.raw("DTEND", &utc(ends_at.max(starts_at)));
    }

    fn text_unless_empty(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.text(name, value.trim());
        }
    }

    /// RFC 5545 §3.3.11.
    fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for sign in value.replace("\r\n", "\n").replace('\r', "\n").chars() {
            match sign {
                '\\' | ';' | ',' => {
                    escaped.push('\\');
                    escaped.push(sign);
                }
                '\n' => escaped.push_str("\\n"),
                '\t' => escaped.push(' '),
                other => escaped.push(other),
            }
        }
        self.raw(name, &escaped);
    }

    /// One content line, folded between characters. What no line may hold is dropped: nothing typed becomes a line.
    fn raw(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for sign in format!("{name}:{value}")
            .chars()
            .filter(|sign| !sign.is_control())
        {
            if width + sign.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(sign);
            width += sign.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}
