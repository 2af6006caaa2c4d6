//! `…/keika`: the timeline, a page at a time, of all compartments in reach or of one.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    response::Response,
    routing::get,
};
use basics::{CompartmentId, ContactId, NoteId, StaffId};
use casework::Error;
use casework::despite::Past;
use casework::timeline::{Entry, Position, Timeline, What};

use crate::{
    App, Form, Page,
    desk::{
        case::{head::Head, overview::case_id},
        colleague::{Colleague, Me, Sent},
        days,
        places::been::{Been, been},
    },
    page::see_other,
    show,
};

use super::entry::{Names, NoteLine};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/keika", get(look).post(sent))
}

/// A way to see one compartment alone.
struct Filter {
    href: String,
    label: String,
    current: bool,
}

/// One entry in words.
struct Line {
    /// 「contact」, 「note」, 「letters」, 「addendum」.
    class: &'static str,
    /// The kind of compartment, for its colour; its name beside it.
    kind: &'static str,
    compartment: String,
    at: String,
    title: String,
    facts: Vec<String>,
    body: String,
    href: String,
    notes: Vec<NoteLine>,
    contact: i64,
    void: bool,
    may_void: bool,
    /// The guard that was passed for it, and why.
    past: Option<Past>,
}

#[derive(Template)]
#[template(path = "desk/case/keika.html")]
struct TimelinePage {
    page: Page,
    me: Me,
    head: Head,
    filters: Vec<Filter>,
    lines: Vec<Line>,
    been: Vec<Been>,
    older: String,
    newest: bool,
    done: &'static str,
    /// The compartment shown alone, to stay on it; empty: all.
    only: String,
}

/// What the address says after the question mark: identifiers and a place, nothing else.
#[derive(Default)]
struct Asked {
    only: Option<CompartmentId>,
    below: Option<Position>,
    done: &'static str,
}

fn done_words(code: &str) -> &'static str {
    match code {
        "kaku" => "記録しました。",
        "shitagaki" => "下書きで残しました。あとで書き直して、確定できます。",
        "kakutei" => "確定しました。",
        "teisei" => "訂正を書き足しました。前の文も残っています。",
        "suteru" => "下書きを捨てました。",
        "torikeshi" => "誤って入れた記録として印をつけました。数には入りません。",
        _ => "",
    }
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "ku" => asked.only = value.parse().ok(),
                "mae" => asked.below = value.parse().ok(),
                "ok" => asked.done = done_words(&value),
                _ => {}
            }
        }
        asked
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    draw(&colleague, &id, &Asked::read(&query.unwrap_or_default())).await
}

async fn draw(colleague: &Colleague, id: &str, asked: &Asked) -> Response {
    let found = colleague
        .app()
        .casework
        .timeline(&colleague.session, case_id(id), asked.only, asked.below)
        .await;
    match found {
        Ok(found) => {
            // Beside the newest entries only: older pages are for reading on.
            let been = match asked.below {
                None => been(colleague, &found.view, found.only).await,
                Some(_) => Ok(Vec::new()),
            };
            match been {
                Ok(been) => show(&page(colleague, &found, asked, been)),
                Err(error) => colleague.place_trouble(error).await,
            }
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn page(colleague: &Colleague, found: &Timeline, asked: &Asked, been: Vec<Been>) -> TimelinePage {
    let case = found.view.case.id;
    let base = format!("/desk/case/{case}/keika");
    let staff = |id: StaffId| found.name(id).to_owned();
    let names = Names {
        view: &found.view,
        staff: &staff,
        me: colleague.session.staff(),
        today: colleague.app().clock.today(),
    };
    let mut filters = vec![Filter {
        href: base.clone(),
        label: "すべて".to_owned(),
        current: found.only.is_none(),
    }];
    filters.extend(found.view.compartments.iter().map(|one| Filter {
        href: format!("{base}?ku={}", one.id),
        label: found.view.name_of(one),
        current: found.only == Some(one.id),
    }));
    let only = found.only.map(|id| id.to_string()).unwrap_or_default();
    TimelinePage {
        page: colleague.page("経過"),
        me: colleague.me("/desk/case"),
        head: Head::of(&found.view, "keika"),
        filters,
        been,
        lines: found
            .entries
            .iter()
            .map(|entry| {
                let mut line = line(entry, &names);
                if let What::Contact(contact, _) = &entry.what {
                    line.past = found.past.get(&contact.id).cloned();
                }
                line
            })
            .collect(),
        older: found.older.map_or_else(String::new, |place| {
            if only.is_empty() {
                format!("{base}?mae={place}")
            } else {
                format!("{base}?ku={only}&mae={place}")
            }
        }),
        newest: asked.below.is_none(),
        done: asked.done,
        only,
    }
}

fn line(entry: &Entry, names: &Names<'_>) -> Line {
    let (compartment, kind) = names.compartment(entry.compartment);
    let mut line = Line {
        class: "note",
        kind,
        compartment,
        at: days::moment(entry.at, names.today),
        title: String::new(),
        facts: Vec::new(),
        body: String::new(),
        href: String::new(),
        notes: Vec::new(),
        contact: 0,
        void: false,
        may_void: false,
        past: None,
    };
    match &entry.what {
        What::Contact(contact, notes) => {
            line.class = "contact";
            line.title = format!(
                "{}（{}）　{}",
                contact.channel.label(),
                contact.direction.label(),
                names.party(contact)
            );
            line.facts.push(contact.result.label().to_owned());
            if let Some(minutes) = contact.minutes {
                line.facts.push(format!("{minutes}分"));
            }
            if let Some(next) = contact.next_on {
                line.facts
                    .push(format!("次は{}", basics::japanese::date(next)));
            }
            let there: Vec<String> = contact.staff.iter().map(|id| (names.staff)(*id)).collect();
            line.facts.push(there.join("、"));
            line.notes = notes.iter().map(|note| names.note(note)).collect();
            line.contact = contact.id.get();
            line.void = contact.void;
            line.may_void = !contact.void
                && names
                    .view
                    .compartments
                    .iter()
                    .any(|one| one.id == contact.compartment && names.may_write(one.kind));
        }
        What::Note(note) => {
            "記録".clone_into(&mut line.title);
            if note.contact.is_some() {
                "連絡に添えた記録".clone_into(&mut line.title);
            }
            line.notes = vec![names.note(note)];
        }
        What::Letters(thread) => {
            line.class = "letters-here";
            line.title = format!("手紙 {}", thread.number);
            line.facts = vec![
                format!("{}通", thread.letters),
                thread.state.label().to_owned(),
            ];
            line.href = format!("/desk/tegami/{}", thread.id);
        }
        What::Addendum { thread, body } => {
            line.class = "addendum";
            "「私はこう言いたい」".clone_into(&mut line.title);
            line.facts = vec!["番号を持つ人が書きました。職員は変えられません。".to_owned()];
            line.body.clone_from(body);
            line.href = format!("/desk/tegami/{thread}");
        }
    }
    line
}

async fn sent(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let (app, session) = (colleague.app(), &colleague.session);
    let case = case_id(&id);
    let number = |name: &str| form.line(name).parse::<i64>().unwrap_or(0);
    let note = NoteId::from(number("note"));
    let (done, code) = match form.text("act") {
        "confirm" => {
            let done = app
                .casework
                .confirm_note(session, case, note, number("version"));
            (done.await, "kakutei")
        }
        "void" => {
            let contact = ContactId::from(number("contact"));
            (
                app.casework.void_contact(session, case, contact).await,
                "torikeshi",
            )
        }
        _ => {
            let asked = Asked {
                only: form.line("ku").parse().ok(),
                ..Asked::default()
            };
            return draw(&colleague, &id, &asked).await;
        }
    };
    match done {
        Ok(()) | Err(Error::Again) => see_other(&back(case.get(), &form, code)),
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn back(case: i64, form: &Form, code: &str) -> String {
    match form.line("ku").parse::<i64>() {
        Ok(only) => format!("/desk/case/{case}/keika?ku={only}&ok={code}"),
        Err(_) => format!("/desk/case/{case}/keika?ok={code}"),
    }
}
