//! `…/mitate/{instrument}/{compartment}/{person}`: one instrument about one person, section by section; partial answers
//! are kept. Earlier versions stand below with the labels they were given under.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CompartmentId, PersonId};
use casework::{
    Error,
    assessment::{
        ALWAYS, Answer, Answers, Assessment, Instrument, Instruments, Item, Kind, Manner,
        NewVersion, Section, ShownSection, Subject, Voice,
    },
};

use crate::{
    App, Form, Page,
    desk::{
        case::{
            context::{Context, choices, context},
            head::Head,
            overview::case_id,
        },
        colleague::{Colleague, Me, Sent},
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    let path = "/desk/case/{id}/mitate/{instrument}/{compartment}/{about}";
    Router::new().route(path, get(look).post(save))
}

type Parts = (String, String, String, String);

struct Question {
    code: String,
    label: String,
    hint: String,
    kind: Kind,
    options: Vec<Choice>,
    words: String,
    error: String,
}

impl Question {
    fn is_multi(&self) -> bool {
        self.kind == Kind::Multi
    }

    fn is_choice(&self) -> bool {
        self.kind == Kind::Choice
    }

    /// The input's type for a question answered in one line; nothing for words.
    fn input(&self) -> &'static str {
        match self.kind {
            Kind::Date => "date",
            Kind::Number => "text",
            _ => "",
        }
    }
}

struct Part {
    code: String,
    title: String,
    hint: String,
    source: Vec<Choice>,
    questions: Vec<Question>,
    open: bool,
    answered: usize,
}

struct Past {
    number: i64,
    when: String,
    by: String,
    manner: &'static str,
    sections: Vec<ShownSection>,
}

#[derive(Template)]
#[template(path = "desk/case/instrument.html")]
struct InstrumentPage {
    page: Page,
    me: Me,
    head: Head,
    address: String,
    title: String,
    lead: String,
    about: String,
    from: String,
    writable: bool,
    parts: Vec<Part>,
    manners: Vec<Choice>,
    seen: String,
    past: Vec<Past>,
    around: Context,
    mistakes: Vec<Mistake>,
}

impl InstrumentPage {
    fn voice(&self, voice: &Voice) -> String {
        voice_words(&self.around, voice)
    }
}

fn voice_words(around: &Context, voice: &Voice) -> String {
    match voice {
        Voice::Unsaid => String::new(),
        Voice::Person(person) => around.person(*person),
        Voice::Staff => "職員が見たこと".to_owned(),
        Voice::Paper => "書類".to_owned(),
        Voice::Agency => "関係機関".to_owned(),
    }
}

async fn look(colleague: Colleague, Path(parts): Path<Parts>) -> Response {
    draw(&colleague, &parts, None, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    parts: &Parts,
    typed: Option<&Form>,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let around = match context(colleague, &parts.0).await {
        Ok(around) => around,
        Err(response) => return response,
    };
    let Some((subject, instrument)) = subject(&around, parts) else {
        return colleague.not_found().await;
    };
    let room = &colleague.app().casework;
    let read = room.assessments(&colleague.session, case_id(&parts.0));
    match read.await {
        Ok(all) => {
            let mine = all.into_iter().find(|one| one.subject == subject);
            let form = Filling {
                instrument,
                typed,
                before: mine.as_ref(),
            };
            let page = page(colleague, around, &subject, &form, mistakes);
            show_with(status, &page)
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// What the address names, if there is such a compartment in reach and such a person in the case.
fn subject(around: &Context, parts: &Parts) -> Option<(Subject, &'static Instrument)> {
    let instrument = Instruments::shipped().newest(&parts.1)?;
    let compartment: CompartmentId = parts.2.parse().ok()?;
    let about: PersonId = parts.3.parse().ok()?;
    around.find(compartment)?;
    around.view.person(about)?;
    let subject = Subject {
        compartment,
        instrument: instrument.id.clone(),
        about,
    };
    Some((subject, instrument))
}

/// The instrument with what was typed, or with what was answered before.
struct Filling<'a> {
    instrument: &'static Instrument,
    typed: Option<&'a Form>,
    before: Option<&'a Assessment>,
}

impl Filling<'_> {
    fn answer(&self, item: &Item) -> Answer {
        if let Some(form) = self.typed {
            return typed_answer(form, item);
        }
        let now = self.before.and_then(|all| all.versions.first());
        now.and_then(|now| now.answers.get(&item.code))
            .cloned()
            .unwrap_or_default()
    }

    fn question(&self, item: &Item, mistakes: &[Mistake]) -> Question {
        let answer = self.answer(item);
        let own = item
            .options
            .iter()
            .map(|one| (one.0.as_str(), one.1.as_str()));
        let option = |(code, label): (&str, &str)| {
            let chosen = answer.chosen.iter().any(|one| one == code);
            Choice::new(code, label).chosen(chosen)
        };
        Question {
            code: item.code.clone(),
            label: item.label.clone(),
            hint: item.hint.clone(),
            kind: item.kind,
            options: own.chain(ALWAYS).map(option).collect(),
            error: Mistake::text_for(mistakes, &format!("q-{}", item.code)).to_owned(),
            words: answer.words,
        }
    }

    fn part(&self, around: &Context, section: &Section, first: bool, mistakes: &[Mistake]) -> Part {
        let items = section.items.iter();
        let questions: Vec<Question> = items.map(|item| self.question(item, mistakes)).collect();
        let is_answered =
            |one: &&Question| !one.words.is_empty() || one.options.iter().any(|o| o.chosen);
        let answered = questions.iter().filter(is_answered).count();
        let bad = questions.iter().any(|one| !one.error.is_empty());
        let field = format!("s.{}", section.code);
        let said = self.typed.map_or("", |form| form.text(&field));
        Part {
            code: section.code.clone(),
            title: section.title.clone(),
            hint: section.hint.clone(),
            source: sources(around, said),
            open: first || bad || (self.typed.is_some() && answered > 0),
            questions,
            answered,
        }
    }
}

fn sources(around: &Context, chosen: &str) -> Vec<Choice> {
    let people = around.view.people.iter();
    let people = people.map(|one| (Voice::Person(one.id), one.label()));
    let others = [Voice::Staff, Voice::Paper, Voice::Agency].map(|one| {
        let words = voice_words(around, &one);
        (one, words)
    });
    people
        .chain(others)
        .map(|(voice, words)| Choice::new(voice.code(), words).chosen(voice.code() == chosen))
        .collect()
}

fn page(
    colleague: &Colleague,
    around: Context,
    subject: &Subject,
    form: &Filling<'_>,
    mistakes: Vec<Mistake>,
) -> InstrumentPage {
    let instrument = form.instrument;
    let versions = form.before.map(|all| all.versions.as_slice());
    let versions = versions.unwrap_or_default();
    let past = versions.iter().map(|one| Past {
        number: one.number,
        when: around.when(one.at),
        by: around.name(one.by),
        manner: one.manner.label(),
        sections: one.shown(&instrument.id),
    });
    let past = past.collect();
    let sections = instrument.sections.iter().enumerate();
    let parts = sections
        .map(|(n, section)| form.part(&around, section, n == 0, &mistakes))
        .collect();
    let empty = Form::from_pairs([]);
    let typed = form.typed.unwrap_or(&empty);
    let home = around.find(subject.compartment);
    InstrumentPage {
        page: colleague
            .page("アセスメント")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&around.view, "mitate"),
        address: address(&around, subject),
        title: instrument.title.clone(),
        lead: instrument.lead.clone(),
        about: around.person(subject.about),
        from: around.compartment(subject.compartment),
        writable: home.is_some_and(|one| around.may_write(one) && instrument.fits(one.kind)),
        parts,
        manners: choices(Manner::ALL, Manner::code, Manner::label, typed, "manner"),
        seen: match form.typed {
            Some(typed) => typed.line("seen"),
            None => versions
                .first()
                .map(|one| one.number.to_string())
                .unwrap_or_default(),
        },
        past,
        around,
        mistakes,
    }
}

fn address(around: &Context, subject: &Subject) -> String {
    let id = around.view.case.id;
    let Subject {
        instrument,
        compartment,
        about,
    } = subject;
    format!("/desk/case/{id}/mitate/{instrument}/{compartment}/{about}")
}

fn typed_answer(form: &Form, item: &Item) -> Answer {
    let field = format!("a.{}", item.code);
    let chosen = form.all(&field).filter(|code| !code.is_empty());
    Answer {
        chosen: chosen.map(str::to_owned).collect(),
        words: form.text(&format!("t.{}", item.code)).trim().to_owned(),
        source: Voice::Unsaid,
    }
}

fn answers(form: &Form, instrument: &Instrument) -> Answers {
    let mut answers = Answers::new();
    for section in &instrument.sections {
        let source = Voice::from_code(form.text(&format!("s.{}", section.code)));
        for item in &section.items {
            let answer = Answer {
                source: source.clone(),
                ..typed_answer(form, item)
            };
            if !answer.is_empty() {
                answers.insert(item.code.clone(), answer);
            }
        }
    }
    answers
}

async fn save(Path(parts): Path<Parts>, Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "save" {
        return draw(&colleague, &parts, Some(&form), Vec::new(), StatusCode::OK).await;
    }
    let around = match context(&colleague, &parts.0).await {
        Ok(around) => around,
        Err(response) => return response,
    };
    let Some((subject, instrument)) = subject(&around, &parts) else {
        return colleague.not_found().await;
    };
    let answers = answers(&form, instrument);
    let mistakes: Vec<Mistake> = (instrument.mistakes(&answers).into_iter())
        .map(|(code, sentence)| Mistake::at(format!("q-{code}"), sentence))
        .collect();
    if !mistakes.is_empty() {
        return again(&colleague, &parts, &form, mistakes).await;
    }
    let new = NewVersion {
        subject,
        manner: Manner::from_code(form.text("manner")).unwrap_or(Manner::Heard),
        answers,
        seen: form.line("seen").parse().ok(),
    };
    let case = case_id(&parts.0);
    let saved = colleague
        .app()
        .casework
        .assess(&colleague.session, case, &new);
    match saved.await {
        Ok(_) | Err(Error::Again) => see_other(&format!("/desk/case/{case}/mitate?ok=assess")),
        Err(Error::Meanwhile) => {
            let sentence = "ほかの職員が先に保存しました。下の「これまでの記入」を見て、足すところを直し、もう一度保存してください。";
            let latest = latest(&colleague, &parts, &new.subject).await;
            // The next saving goes on top of what is shown now.
            let mut fields: Vec<(&str, &str)> =
                form.iter().filter(|(name, _)| *name != "seen").collect();
            fields.push(("seen", &latest));
            let form = Form::from_pairs(fields);
            let mistakes = vec![Mistake::at("past", sentence)];
            draw(
                &colleague,
                &parts,
                Some(&form),
                mistakes,
                StatusCode::CONFLICT,
            )
            .await
        }
        Err(Error::Invalid { sentence, .. }) => {
            again(
                &colleague,
                &parts,
                &form,
                vec![Mistake::at("form", sentence)],
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn latest(colleague: &Colleague, parts: &Parts, subject: &Subject) -> String {
    let room = &colleague.app().casework;
    let read = room.assessments(&colleague.session, case_id(&parts.0));
    let all = read.await.unwrap_or_default();
    let mine = all.iter().find(|one| one.subject == *subject);
    mine.and_then(|one| one.versions.first())
        .map(|one| one.number.to_string())
        .unwrap_or_default()
}

async fn again(
    colleague: &Colleague,
    parts: &Parts,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    draw(colleague, parts, Some(form), mistakes, status).await
}
