//! How the quick log looks.

use askama::Template;
use basics::PersonId;
use casework::contact::{Channel, Direction, Outcome};
use casework::contact_rule::RuleLine;
use casework::note::MayShare;
use casework::quick_log::LogForm;
use casework::{Relationship, case::CaseView};
use mailbox::return_code::Token;

use crate::{
    Form, Page,
    desk::{
        case::despite::Beyond,
        case::head::Head,
        colleague::{Colleague, Me},
        days,
    },
    parts::{Choice, Mistake},
};

use super::typed::{BLOCKS, person_code};

/// One person, group or place that may have spoken.
pub(super) struct Voice {
    pub id: String,
    pub value: String,
    pub label: String,
    pub chosen: bool,
    /// Who will read what they said.
    pub readers: String,
}

/// One paragraph with its three small questions.
pub(super) struct Paragraph {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub text: String,
    pub sources: Vec<Choice>,
    pub subjects: Vec<Choice>,
    pub shares: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "desk/case/kaku.html")]
pub(super) struct LogPage {
    page: Page,
    me: Me,
    head: Head,
    token: String,
    channels: Vec<Choice>,
    directions: Vec<Choice>,
    results: Vec<Choice>,
    voices: Vec<Voice>,
    /// Whether everybody who could speak has the same readers: then it is said once.
    same_readers: bool,
    readers: String,
    relationships: Vec<Choice>,
    nickname: String,
    together: Vec<Choice>,
    paragraphs: Vec<Paragraph>,
    staff_line: String,
    staff_readers: String,
    may_write_voices: bool,
    may_write_staff: bool,
    minutes: String,
    day: String,
    time: String,
    next: String,
    about: Vec<Choice>,
    colleagues: Vec<Choice>,
    kept: String,
    mistakes: Vec<Mistake>,
    /// A guard's sentence.
    stopped: String,
    /// The choice to go past it.
    beyond: Beyond,
    rules: Vec<RuleLine>,
}

impl LogPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

/// What is said beside the form.
#[derive(Default)]
pub(super) struct Said {
    pub mistakes: Vec<Mistake>,
    pub stopped: String,
    /// A guard that a written reason goes past.
    pub beyond: Option<Beyond>,
    /// Since when a draft waited here; empty: none.
    pub kept: String,
    /// The form was sent before: a new one-time token, so that it can be sent as another record.
    pub new_token: bool,
}

fn options<T: Copy>(
    all: &[T],
    of: impl Fn(T) -> (&'static str, &'static str),
    chosen: &str,
) -> Vec<Choice> {
    all.iter()
        .map(|one| {
            let (code, label) = of(*one);
            Choice::new(code, label).chosen(chosen == code)
        })
        .collect()
}

/// Puts the page together from what the room knows and what was typed.
pub(super) fn draw(colleague: &Colleague, asked: &LogForm, form: &Form, said: Said) -> LogPage {
    let app = colleague.app();
    let now = app.clock.now_jst();
    let voices = voices(asked, form);
    let mut all_readers = voices.iter().map(|voice| &voice.readers);
    let first = all_readers.next().cloned().unwrap_or_default();
    let same_readers = all_readers.all(|readers| *readers == first);
    let chosen = voices.iter().find(|voice| voice.chosen);
    let readers = if same_readers {
        first
    } else {
        chosen.map_or_else(String::new, |voice| voice.readers.clone())
    };
    let staff: Vec<&str> = form.all("staff").collect();
    let token = if said.new_token {
        Token::fresh()
    } else {
        Token::from_field(form.text("token"))
    };
    LogPage {
        page: colleague
            .page("記録を書く")
            .with_error(!said.mistakes.is_empty() || !said.stopped.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&asked.view, "kaku"),
        token: token.field(),
        channels: options(
            Channel::ALL,
            |one| (one.code(), one.label()),
            form.text("channel"),
        ),
        directions: options(
            Direction::ALL,
            |one| (one.code(), one.label()),
            form.text("direction"),
        ),
        results: options(
            Outcome::ALL,
            |one| (one.code(), one.label()),
            form.text("result"),
        ),
        same_readers,
        readers,
        relationships: Relationship::ALL
            .iter()
            .filter(|one| **one != Relationship::Oneself)
            .map(|one| {
                Choice::new(one.code(), one.label()).chosen(form.text("tsuzukigara") == one.code())
            })
            .collect(),
        nickname: form.line("yobina"),
        together: asked
            .voices
            .iter()
            .map(|voice| {
                let code = person_code(voice.person);
                let chosen = form.has("together", &code);
                Choice::new(code, &voice.label).chosen(chosen)
            })
            .collect(),
        paragraphs: paragraphs(asked, form),
        staff_line: form.text("shokuin").to_owned(),
        staff_readers: asked.staff_readers.join("、"),
        may_write_voices: asked.may_write_voices,
        may_write_staff: asked.may_write_staff,
        minutes: form.line("minutes"),
        day: form
            .get("day")
            .map_or_else(|| format!("{}/{}", now.month(), now.day()), str::to_owned),
        time: form
            .get("time")
            .map_or_else(|| days::time_field(now.time()), str::to_owned),
        next: form.line("next"),
        about: people(&asked.view)
            .chain([("nobody".to_owned(), "とくに決めない".to_owned())])
            .map(|(code, label)| {
                let chosen = match form.get("about") {
                    None => code == person_code(asked.view.case.principal),
                    Some(typed) => typed == code,
                };
                Choice::new(code, label).chosen(chosen)
            })
            .collect(),
        colleagues: asked
            .colleagues
            .iter()
            .map(|(id, name)| {
                let code = id.to_string();
                let chosen = if form.get("day").is_some() {
                    staff.contains(&code.as_str())
                } else {
                    *id == colleague.session.staff()
                };
                Choice::new(code, name).chosen(chosen)
            })
            .collect(),
        kept: said.kept,
        mistakes: said.mistakes,
        stopped: said.stopped,
        beyond: said.beyond.unwrap_or_else(|| Beyond::typed(form)),
        rules: asked.rules.clone(),
        voices,
    }
}

fn people(view: &CaseView) -> impl Iterator<Item = (String, String)> {
    view.people
        .iter()
        .map(|person| (person_code(person.id), person.label()))
}

fn voices(asked: &LogForm, form: &Form) -> Vec<Voice> {
    let typed = form.text("who");
    let mut voices = Vec::new();
    let mut add = |id: &str, value: String, label: &str, readers: &[String]| {
        voices.push(Voice {
            id: id.to_owned(),
            chosen: typed == value,
            value,
            label: label.to_owned(),
            readers: readers.join("、"),
        });
    };
    for voice in &asked.voices {
        let code = person_code(voice.person);
        add(&format!("who-{code}"), code, &voice.label, &voice.readers);
    }
    if asked.may_write_voices {
        add("who-new", "new".to_owned(), "新しい人", &asked.new_readers);
        if asked.voices.len() > 1 {
            add(
                "who-together",
                "together".to_owned(),
                "二人以上いっしょに",
                &asked.new_readers,
            );
        }
    }
    if asked.may_write_staff {
        add(
            "who-agency",
            "agency".to_owned(),
            "関係機関",
            &asked.staff_readers,
        );
        add(
            "who-nobody",
            "nobody".to_owned(),
            "名のらない人",
            &asked.staff_readers,
        );
    }
    voices
}

fn paragraphs(asked: &LogForm, form: &Form) -> Vec<Paragraph> {
    const WORDS: [(&str, &str); 3] = [
        ("聞いたこと", "話した人の言葉"),
        ("見たこと・したこと", "職員の観察"),
        ("これからのこと", "約束・次の一手"),
    ];
    let pick = |list: Vec<(String, String)>, field: String| -> Vec<Choice> {
        list.into_iter()
            .map(|(code, label)| {
                let chosen = form.text(&field) == code;
                Choice::new(code, label).chosen(chosen)
            })
            .collect()
    };
    let known = |first: &str| -> Vec<(String, String)> {
        let mut list = vec![(String::new(), first.to_owned())];
        list.extend(people(&asked.view));
        list
    };
    BLOCKS
        .iter()
        .zip(WORDS)
        .map(|(name, (label, hint))| {
            let mut sources = known(if *name == BLOCKS[0] {
                "話した人"
            } else {
                "職員"
            });
            sources.push(("agency".to_owned(), "関係機関".to_owned()));
            if *name == BLOCKS[0] {
                sources.push(("staff".to_owned(), "職員".to_owned()));
            }
            let shares = MayShare::ALL
                .iter()
                .map(|one| (one.code().to_owned(), one.label().to_owned()))
                .collect();
            Paragraph {
                name,
                label,
                hint,
                text: form.text(name).to_owned(),
                sources: pick(sources, format!("{name}.source")),
                subjects: pick(known("上の「だれのこと」と同じ"), format!("{name}.subject")),
                shares: pick(shares, format!("{name}.share")),
            }
        })
        .collect()
}

/// Somebody's name for a page, by identifier.
pub(super) fn label_of(view: &CaseView, id: PersonId) -> String {
    view.person(id)
        .map_or_else(|| "（ほかの人）".to_owned(), casework::Person::label)
}
