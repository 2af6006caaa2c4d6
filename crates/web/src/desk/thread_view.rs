//! A thread as the desk shows it: letters, answers and notes, and everything that can be done with it in one form, so
//! that no button loses what stands in another field.

use askama::Template;
use basics::{StaffId, ThreadId};
use jiff::{ToSpan as _, civil::Date};
use mailbox::{
    Letter, Side, State as Turn, Thread, Tray, Wish, return_code::Token, risk_words::Mark,
};
use office::{
    Action, Staff,
    calendar::week_text,
    phrases::{self, Phrase},
    presence::{self, Doing},
};

use crate::{Form, Page, parts::Mistake};

use casework::despite::Despite;

use super::{
    case::despite::{self, Beyond},
    colleague::{Colleague, Me},
    days,
    highlight::{Piece, pieces},
};

/// What stands in the form's fields.
#[derive(Default)]
pub(super) struct Typed {
    pub body: String,
    pub note: String,
    /// 「つぎの約束」 of the answer.
    pub next: String,
    /// The promise to be set by itself; `None`: as it is now.
    pub promise: Option<String>,
    pub to: String,
    pub phrase: String,
    pub token: String,
    /// The number of the last letter that the colleague had before them.
    pub seen: Option<i64>,
    /// Past a guard, and why.
    pub beyond: Beyond,
    pub despite: Option<Despite>,
}

impl Typed {
    pub fn read(form: &Form) -> Self {
        Self {
            body: form.text("body").to_owned(),
            note: form.text("note").to_owned(),
            next: form.line("next"),
            promise: form.get("promise").map(str::to_owned),
            to: form.line("to"),
            phrase: form.line("phrase"),
            token: form.line("token"),
            seen: form.line("seen").parse().ok(),
            beyond: Beyond::typed(form),
            despite: despite::chosen(form),
        }
    }

    /// Whether a redirect would lose words.
    pub fn has_words(&self) -> bool {
        !self.body.trim().is_empty() || !self.note.trim().is_empty()
    }
}

/// What is said above the letters.
#[derive(Default)]
pub(super) struct Said {
    /// Something was done.
    pub done: &'static str,
    /// Somebody wrote meanwhile.
    pub meanwhile: bool,
    /// What to look at again.
    pub mistakes: Vec<Mistake>,
}

/// The sentences behind `?ok=`.
pub(super) fn done_words(code: &str) -> &'static str {
    match code {
        "reply" => "返事を届けました。書いた人は、番号を入れたときに読みます。",
        "note" => "メモを残しました。書いた人には見えません。",
        "take" => "担当になりました。",
        "back" => "担当を外しました。",
        "hand" => "担当を引き継ぎました。",
        "promise" => "約束の日を変えました。書いた人にも見えます。",
        "close" => "終わりにしました。新しい手紙が来たら、また開きます。",
        "reopen" => "開き直しました。",
        "to_inbox" => "受信箱に移しました。",
        "to_check" => "たしかめる箱に移しました。",
        _ => "",
    }
}

/// One letter, answer or note.
struct LetterView {
    seq: i64,
    class: &'static str,
    from: String,
    at: String,
    pieces: Vec<Piece>,
    marks: Vec<Mark>,
    note: bool,
    fresh: bool,
}

/// A text to put in, with its places filled.
struct PhraseView {
    id: i64,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "desk/thread.html")]
pub(super) struct ThreadPage {
    page: Page,
    me: Me,
    id: i64,
    number: i64,
    letters: Vec<LetterView>,
    count: i64,
    typed: Typed,
    said: Said,
    seen: i64,
    phrases: Vec<PhraseView>,
    colleagues: Vec<(i64, String)>,
    others: Vec<String>,
    due: String,
    late: bool,
    promise: String,
    first_day: String,
    last_day: String,
    suggested: String,
    who: String,
    origin: &'static str,
    came: String,
    wish: &'static str,
    state: &'static str,
    closed: bool,
    gone_on: String,
    in_check: bool,
    taken: String,
    mine: bool,
    read_at: String,
    must_change_code: bool,
    /// The case it belongs to, and in whose compartment.
    case: Option<(i64, &'static str)>,
    shelf: &'static str,
}

impl ThreadPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.said.mistakes, field)
    }
}

/// Reads the thread (one row in the chain) and puts the page together.
pub(super) async fn read(
    colleague: &Colleague,
    id: ThreadId,
    typed: Typed,
    said: Said,
) -> mailbox::Result<ThreadPage> {
    let (app, session) = (colleague.app(), &colleague.session);
    let (thread, letters) = app.mailbox.read_at_desk(session, id).await?;
    let subject = subject(id);
    let doing = if typed.body.trim().is_empty() {
        Doing::Viewing
    } else {
        Doing::Answering
    };
    presence::touch(&app.db, session, &subject, doing).await?;
    let mut conn = app.db.read().await?;
    let staff = office::staff::list(&mut conn, session.office()).await?;
    let office = office::office::one(&mut conn, session.office()).await?;
    let texts = phrases::list(&mut conn, session.office()).await?;
    let others = others(presence::others_at(&mut conn, session, &subject).await?);
    drop(conn);
    let today = app.clock.today();
    let name = |id: StaffId| name_of(&staff, id);
    let suggested = office.settings.promise_day(app.clock.now());
    let places = Places {
        office: &office.name,
        staff: session.name(),
        promise: days::read_day(&typed.next, today).unwrap_or(suggested),
        open: week_text(&office.settings.opening).join("、"),
    };
    let view = |letter: &Letter| letter_view(letter, &thread, typed.seen, today, name);
    let page = ThreadPage {
        page: colleague
            .page(format!("手紙 {}", thread.number))
            .with_error(!said.mistakes.is_empty()),
        me: colleague.me("/desk"),
        id: id.get(),
        number: thread.number,
        letters: letters.iter().map(view).collect(),
        count: thread.letters,
        seen: letters.last().map_or(0, |last| last.seq),
        phrases: texts.into_iter().map(|text| places.filled(text)).collect(),
        colleagues: can_take(&staff, &thread, session.staff()),
        others,
        due: thread
            .promised_on
            .map(|day| days::due(day, today))
            .unwrap_or_default(),
        late: thread.is_overdue(today),
        promise: typed
            .promise
            .clone()
            .or(thread.promised_on.map(|day| day.to_string()))
            .unwrap_or_default(),
        first_day: today.saturating_add(1.day()).to_string(),
        last_day: today.saturating_add(1.year()).to_string(),
        suggested: basics::japanese::date(suggested),
        who: thread.writer.label().to_owned(),
        origin: thread.origin.label(),
        came: days::moment(thread.created_at, today),
        wish: if thread.wish == Wish::Reply {
            ""
        } else {
            thread.wish.label()
        },
        state: thread.state.label(),
        closed: thread.state == Turn::Closed,
        // With the records of its case, when it has one.
        gone_on: match thread.part_of {
            Some(_) => String::new(),
            None => gone_on(&thread, office.settings.retention_days),
        },
        in_check: thread.tray == Tray::Check,
        taken: thread.taken_by.map(name).unwrap_or_default(),
        mine: thread.taken_by == Some(session.staff()),
        read_at: read_at(&thread, today),
        must_change_code: thread.must_change_code,
        case: thread
            .part_of
            .map(|(case, _, kind)| (case.get(), kind.label())),
        shelf: shelf_of(&thread),
        typed: Typed {
            token: fresh_or(&typed.token),
            ..typed
        },
        said,
    };
    Ok(page)
}

/// As `office::presence` names a thread.
pub(super) fn subject(id: ThreadId) -> String {
    format!("thread:{id}")
}

/// The colleagues who are there, in words.
pub(super) fn others(present: Vec<presence::Present>) -> Vec<String> {
    present
        .into_iter()
        .map(|one| format!("{}さんが{}", one.name, one.doing.label()))
        .collect()
}

fn fresh_or(token: &str) -> String {
    Token::from_field(token).field()
}

fn name_of(staff: &[Staff], id: StaffId) -> String {
    staff
        .iter()
        .find(|one| one.id == id)
        .map_or_else(|| "前の職員".to_owned(), |one| one.name.clone())
}

fn can_take(staff: &[Staff], thread: &Thread, me: StaffId) -> Vec<(i64, String)> {
    staff
        .iter()
        .filter(|one| one.active && one.id != me && Some(one.id) != thread.taken_by)
        .filter(|one| office::access::may(one.role, Action::Reply))
        .map(|one| {
            let key = if one.holds_office_key {
                ""
            } else {
                "（鍵をまだ受け取っていません）"
            };
            (one.id.get(), format!("{}{key}", one.name))
        })
        .collect()
}

fn gone_on(thread: &Thread, retention: u32) -> String {
    let gone = |closed| {
        basics::time::to_jst(closed)
            .date()
            .saturating_add(i64::from(retention).days())
    };
    thread
        .closed_at
        .map(|closed| basics::japanese::date(gone(closed)))
        .unwrap_or_default()
}

fn read_at(thread: &Thread, today: Date) -> String {
    match (thread.answered_at, thread.answer_read_at) {
        (None, _) => String::new(),
        (Some(_), None) => "返事は、まだ読まれていません".to_owned(),
        (Some(_), Some(at)) => format!("返事がはじめて読まれた日時：{}", days::moment(at, today)),
    }
}

fn shelf_of(thread: &Thread) -> &'static str {
    match (thread.state, thread.tray, thread.wish) {
        (Turn::Closed, ..) => "/desk?tana=closed",
        (Turn::Answered, ..) => "/desk?tana=answered",
        (Turn::Waiting, Tray::Check, _) => "/desk?tana=check",
        (Turn::Waiting, Tray::Inbox, Wish::Reply) => "/desk",
        (Turn::Waiting, Tray::Inbox, _) => "/desk?tana=no-reply",
    }
}

fn letter_view(
    letter: &Letter,
    thread: &Thread,
    seen: Option<i64>,
    today: Date,
    name: impl Fn(StaffId) -> String,
) -> LetterView {
    let (pieces, marks) = match letter.side {
        Side::Writer | Side::Addendum => pieces(&letter.body),
        Side::Office | Side::Note => (
            vec![Piece {
                text: letter.body.clone(),
                marked: false,
            }],
            Vec::new(),
        ),
    };
    let by = letter.staff.map(name);
    let (class, from) = match (letter.side, by) {
        (Side::Writer, None) => ("", "手紙".to_owned()),
        (Side::Addendum, _) => ("", "書いた人から「私はこう言いたい」".to_owned()),
        (Side::Writer, Some(by)) => (
            "",
            format!("手紙（{}を{by}さんが入力）", thread.origin.label()),
        ),
        (Side::Office, by) => (" ours", format!("返事　{}", by.unwrap_or_default())),
        (Side::Note, by) => (" note", format!("メモ　{}", by.unwrap_or_default())),
    };
    LetterView {
        seq: letter.seq,
        class,
        from,
        at: days::moment(letter.at, today),
        pieces,
        marks,
        note: letter.side == Side::Note,
        fresh: seen.is_some_and(|seen| letter.seq > seen),
    }
}

/// What fills the places of a text.
struct Places<'a> {
    office: &'a str,
    staff: &'a str,
    promise: Date,
    open: String,
}

impl Places<'_> {
    fn filled(&self, text: Phrase) -> PhraseView {
        let promise = basics::japanese::date(self.promise);
        let values = [
            ("窓口", self.office),
            ("担当", self.staff),
            ("約束の日", promise.as_str()),
            ("開いている日", self.open.as_str()),
        ];
        PhraseView {
            id: text.id,
            text: phrases::fill(&text.body, &values),
            title: text.title,
        }
    }
}

impl ThreadPage {
    /// Puts the chosen text at the end of the answer.
    pub fn insert_phrase(mut self) -> Self {
        let chosen = self
            .phrases
            .iter()
            .find(|text| text.id.to_string() == self.typed.phrase);
        if let Some(text) = chosen {
            let body = self.typed.body.trim_end();
            let gap = if body.is_empty() { "" } else { "\n\n" };
            self.typed.body = format!("{body}{gap}{}", text.text);
        }
        self
    }
}
