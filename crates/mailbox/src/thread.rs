//! A thread: who wrote to which office, whose turn it is, until when an answer is promised.

use crate::{Error, Result};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, OfficeId, StaffId, ThreadId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::CompartmentKind;
use store::{Conn, params};
use vault::OpeningKey;
use vault::code::{Locator, LongSecret};

/// A small closed set of codes stored as text.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All of them, in the order a form shows them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in the database and in forms.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The word on the page.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// From the code; anything else is `None`.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// Who the writer is to the person the letter is about (field/domain.md: 本人・家族・その他).
    Writer {
        /// The person themself.
        Principal = "self", "本人";
        /// Mother, father, sister, partner …
        Family = "family", "家族";
        /// A neighbour, a teacher, somebody else.
        Other = "other", "まわりの人";
        /// Not said, and not asked again.
        Unsaid = "unsaid", "言わない";
    }
}

codes! {
    /// How the first words reached the office.
    Origin {
        /// Written on our page.
        Web = "web", "ウェブの手紙";
        /// Told over the telephone and typed in by staff.
        Phone = "phone", "電話";
        /// On paper or by fax, typed in by staff.
        Paper = "paper", "紙の手紙";
        /// Said at the counter and typed in by staff.
        Counter = "counter", "来所";
    }
}

codes! {
    /// Which tray of the desk it lies in.
    Tray {
        /// Where letters lie.
        Inbox = "inbox", "受信箱";
        /// たしかめる箱: many letters came from the same place at once; a person looks.
        Check = "check", "たしかめる箱";
    }
}

codes! {
    /// Whose turn it is.
    State {
        /// The office's: a letter waits for an answer.
        Waiting = "waiting", "返事を待っている";
        /// The writer's, or nobody's.
        Answered = "answered", "返事ずみ";
        /// Closed; a new letter opens it again, until it is erased.
        Closed = "closed", "終わり";
    }
}

codes! {
    /// What the writer asked for.
    Wish {
        /// An answer.
        Reply = "reply", "返事がほしい";
        /// 「返事はいりません」
        NoReply = "no_reply", "返事はいりません";
        /// 「今はそっとしておいて」
        Quiet = "quiet", "今はそっとしておいて";
    }
}

/// A thread as everybody who may know of it sees it: codes, days and counts.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Its identifier.
    pub id: ThreadId,
    /// Whose it is.
    pub office: OfficeId,
    /// The office's running number.
    pub number: i64,
    /// How it came.
    pub origin: Origin,
    /// Who wrote.
    pub writer: Writer,
    /// Where it lies.
    pub tray: Tray,
    /// Whose turn it is.
    pub state: State,
    /// What the writer asked for.
    pub wish: Wish,
    /// By which day an answer is promised.
    pub promised_on: Option<Date>,
    /// Since when the office has been silent.
    pub waiting_since: Option<Timestamp>,
    /// How many letters and notes it holds.
    pub letters: i64,
    /// Who has taken it.
    pub taken_by: Option<StaffId>,
    /// When the first letter came.
    pub created_at: Timestamp,
    /// When the last letter (not note) came or went.
    pub last_letter_at: Timestamp,
    /// When the office first answered.
    pub answered_at: Option<Timestamp>,
    /// When the writer first read an answer; from then on the code is not shown any more.
    pub answer_read_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// A code that passed through staff's hands is changed at first use.
    pub must_change_code: bool,
    /// The case and the compartment whose letters these are.
    pub part_of: Option<(CaseId, CompartmentId, CompartmentKind)>,
    pub(crate) locator: Locator,
    pub(crate) code_salt: Vec<u8>,
    pub(crate) spoken_filter: u8,
    pub(crate) long_under_spoken: Option<Vec<u8>>,
    pub(crate) spoken_sealed: Option<Vec<u8>>,
    pub(crate) key_for_office: Vec<u8>,
    pub(crate) key_under_code: Vec<u8>,
}

store::row! {
    struct ThreadRow {
        pub id: i64,
        pub office_id: i64,
        pub number: i64,
        pub origin: String,
        pub writer: String,
        pub tray: String,
        pub state: String,
        pub wish: String,
        pub promised_on: Option<String>,
        pub waiting_since: Option<i64>,
        pub letters: i64,
        pub taken_by: Option<i64>,
        pub created_at: i64,
        pub last_letter_at: i64,
        pub answered_at: Option<i64>,
        pub answer_read_at: Option<i64>,
        pub closed_at: Option<i64>,
        pub must_change_code: bool,
        pub locator: i64,
        pub code_salt: Vec<u8>,
        pub spoken_filter: u8,
        pub long_under_spoken: Option<Vec<u8>>,
        pub spoken_sealed: Option<Vec<u8>>,
        pub key_for_office: Vec<u8>,
        pub key_under_code: Vec<u8>,
        pub case_id: Option<i64>,
        pub compartment_id: Option<i64>,
        pub compartment_kind: Option<String>,
    }
}

impl TryFrom<ThreadRow> for Thread {
    type Error = Error;

    fn try_from(row: ThreadRow) -> Result<Self> {
        let damaged = || Error::Store(store::Error::Absent);
        Ok(Self {
            id: row.id.into(),
            office: row.office_id.into(),
            number: row.number,
            origin: Origin::from_code(&row.origin).ok_or_else(damaged)?,
            writer: Writer::from_code(&row.writer).ok_or_else(damaged)?,
            tray: Tray::from_code(&row.tray).ok_or_else(damaged)?,
            state: State::from_code(&row.state).ok_or_else(damaged)?,
            wish: Wish::from_code(&row.wish).ok_or_else(damaged)?,
            promised_on: row.promised_on.and_then(|day| day.parse().ok()),
            waiting_since: row.waiting_since.map(from_micros),
            letters: row.letters,
            taken_by: row.taken_by.map(StaffId::from),
            created_at: from_micros(row.created_at),
            last_letter_at: from_micros(row.last_letter_at),
            answered_at: row.answered_at.map(from_micros),
            answer_read_at: row.answer_read_at.map(from_micros),
            closed_at: row.closed_at.map(from_micros),
            must_change_code: row.must_change_code,
            locator: Locator::from_number(row.locator).ok_or_else(damaged)?,
            code_salt: row.code_salt,
            spoken_filter: row.spoken_filter,
            long_under_spoken: row.long_under_spoken,
            spoken_sealed: row.spoken_sealed,
            key_for_office: row.key_for_office,
            key_under_code: row.key_under_code,
            part_of: part_of(row.case_id, row.compartment_id, row.compartment_kind)
                .map_err(|()| damaged())?,
        })
    }
}

/// All three columns, or none.
fn part_of(
    case: Option<i64>,
    compartment: Option<i64>,
    kind: Option<String>,
) -> Result<Option<(CaseId, CompartmentId, CompartmentKind)>, ()> {
    match (case, compartment, kind) {
        (None, None, None) => Ok(None),
        (Some(case), Some(compartment), Some(kind)) => {
            let kind = CompartmentKind::from_code(&kind).ok_or(())?;
            Ok(Some((case.into(), compartment.into(), kind)))
        }
        _ => Err(()),
    }
}

impl Thread {
    /// What `office::access` needs to decide who may open it.
    pub(crate) fn reference(&self) -> office::access::ThreadRef<'_> {
        office::access::ThreadRef {
            office: self.office,
            id: self.id,
            wrapped_key: &self.key_for_office,
            part_of: self.part_of,
        }
    }

    /// The opening key for whoever knows the long secret.
    pub(crate) fn key_of(&self, secret: &LongSecret) -> Result<OpeningKey> {
        let key = secret.key(&self.code_salt);
        key.open_compartment(&self.key_under_code, self.id.get())
            .map_err(|_| Error::WrongCode)
    }

    /// Whether an answer is overdue on this day.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.state == State::Waiting
            && self.wish == Wish::Reply
            && self.promised_on.is_some_and(|day| day < today)
    }
}

pub(crate) async fn by_id(conn: &mut Conn, id: ThreadId) -> Result<Option<Thread>> {
    select(conn, "id = $1", params![id.get()])
        .await
        .map(|found| found.into_iter().next())
}

pub(crate) async fn by_locator(conn: &mut Conn, locator: Locator) -> Result<Option<Thread>> {
    select(conn, "locator = $1", params![locator.number()])
        .await
        .map(|found| found.into_iter().next())
}

pub(crate) async fn by_form(conn: &mut Conn, form_hash: &[u8; 32]) -> Result<Option<Thread>> {
    select(conn, "form_hash = $1", params![form_hash])
        .await
        .map(|found| found.into_iter().next())
}

pub(crate) async fn select(
    conn: &mut Conn,
    what: &str,
    values: &[store::Value],
) -> Result<Vec<Thread>> {
    let rows: Vec<ThreadRow> = conn
        .all(
            &format!("SELECT {} FROM thread WHERE {what}", ThreadRow::COLS),
            values,
        )
        .await?;
    rows.into_iter().map(Thread::try_from).collect()
}
