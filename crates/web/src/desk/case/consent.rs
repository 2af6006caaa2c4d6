//! The ledger of consent: `…/doui`. What holds stands first; taking back is one button, whatever the state.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use casework::{
    Error,
    consent::{
        Capacity, ConsentId, ConsentView, Deed, Grantor, Held, Item, Method, NewConsent, Purpose,
        Recipient, RecipientKind, Step,
    },
};
use office::access::CompartmentKind;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    context::{Context, choices, context, once},
    head::Head,
    overview::case_id,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/doui", get(look).post(act))
}

struct Line {
    id: ConsentId,
    who: String,
    proxy: String,
    to: String,
    state: String,
    stands: bool,
    thinking: bool,
    items: String,
    purposes: String,
    /// What may still be kept when it is made smaller.
    item_choices: Vec<Choice>,
    purpose_choices: Vec<Choice>,
    history: Vec<(String, String, String)>,
    writable: bool,
}

#[derive(Template)]
#[template(path = "desk/case/consent.html")]
struct ConsentPage {
    page: Page,
    me: Me,
    head: Head,
    done: &'static str,
    now: Vec<Line>,
    before: Vec<Line>,
    items: Vec<Choice>,
    purposes: Vec<Choice>,
    recipients: Vec<Choice>,
    methods: Vec<Choice>,
    capacities: Vec<Choice>,
    firsts: Vec<Choice>,
    grantors: Vec<Choice>,
    proxies: Vec<Choice>,
    until_hint: String,
    once: String,
    act: String,
    consent: String,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl ConsentPage {
    fn error(&self, prefix: &str, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, &format!("{prefix}-{field}"))
    }

    fn typed(&self, field: &str) -> &str {
        if self.act == "new" {
            self.form.text(field)
        } else {
            ""
        }
    }

    fn at(&self, line: &Line) -> bool {
        self.act != "new" && self.consent == line.id.to_string()
    }

    fn said(&self, line: &Line, field: &str) -> &str {
        if self.at(line) {
            self.form.text(field)
        } else {
            ""
        }
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let done = match query.as_deref() {
        Some("ok=1") => "記録しました。",
        _ => "",
    };
    let form = Form::from_pairs([]);
    draw(&colleague, &id, form, Vec::new(), StatusCode::OK, done).await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    form: Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
    done: &'static str,
) -> Response {
    let around = match context(colleague, id).await {
        Ok(around) => around,
        Err(response) => return response,
    };
    let room = &colleague.app().casework;
    match room.consents(&colleague.session, case_id(id)).await {
        Ok(all) => show_with(status, &page(colleague, &around, all, form, mistakes, done)),
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn page(
    colleague: &Colleague,
    around: &Context,
    all: Vec<ConsentView>,
    form: Form,
    mistakes: Vec<Mistake>,
    done: &'static str,
) -> ConsentPage {
    let lines = all.into_iter().map(|one| line(around, one));
    let (now, before) = lines.partition(|line| line.stands || line.thinking);
    let year = around.today.saturating_add(jiff::Span::new().years(1));
    ConsentPage {
        page: colleague
            .page("同意の台帳")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&around.view, "doui"),
        done,
        now,
        before,
        items: choices(Item::ALL, Item::code, Item::label, &form, "items"),
        purposes: choices(
            Purpose::ALL,
            Purpose::code,
            Purpose::label,
            &form,
            "purposes",
        ),
        recipients: choices(
            RecipientKind::ALL,
            RecipientKind::code,
            RecipientKind::label,
            &form,
            "recipient",
        ),
        methods: choices(Method::ALL, Method::code, Method::label, &form, "method"),
        capacities: choices(
            Capacity::ALL,
            Capacity::code,
            Capacity::label,
            &form,
            "capacity",
        ),
        firsts: choices(
            &[Deed::Give, Deed::Ask, Deed::Refuse],
            Deed::code,
            Deed::label,
            &form,
            "deed",
        ),
        grantors: grantors(around, form.text("grantor")),
        proxies: around.people(&form, "proxy"),
        until_hint: format!(
            "空けておくと {} まで（いちばん長くて1年）。考え中のときは、つぎに聞いてよい日。",
            basics::japanese::date_with_year(year)
        ),
        once: once(colleague, &form),
        act: form.text("act").to_owned(),
        consent: form.text("consent").to_owned(),
        form,
        mistakes,
    }
}

/// Who can say yes or no, each with the compartment it is about: nobody else is offered.
fn grantors(around: &Context, chosen: &str) -> Vec<Choice> {
    let homes = around
        .view
        .compartments
        .iter()
        .filter(|one| around.may_write(one));
    homes
        .flat_map(|home| {
            let people = around
                .view
                .people
                .iter()
                .filter(|one| home.is_held_by(one.id));
            people.map(|one| {
                let code = format!("{}.{}", home.id, one.id);
                let label = match home.kind {
                    CompartmentKind::Joint => {
                        format!("{}（{}）", one.label(), around.view.name_of(home))
                    }
                    _ => one.label(),
                };
                Choice::new(code.clone(), label).chosen(code == chosen)
            })
        })
        .collect()
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "a line takes the place of what it shows"
)]
fn line(around: &Context, one: ConsentView) -> Line {
    let scope = match &one.held {
        Held::Given(scope) => Some(scope),
        _ => None,
    };
    let items: Vec<Item> = scope
        .map(|scope| scope.items.iter().copied().collect())
        .unwrap_or_default();
    let purposes: Vec<Purpose> = scope
        .map(|scope| scope.purposes.iter().copied().collect())
        .unwrap_or_default();
    let history = one.events.iter().map(|event| {
        let by = match event.staff {
            Some(staff) => around.name(staff),
            None => "手紙の番号で".to_owned(),
        };
        let mut what = vec![event.method.label().to_owned()];
        what.extend(
            [&event.said, &event.evidence]
                .into_iter()
                .filter(|words| !words.is_empty())
                .cloned(),
        );
        let deed = event.event.deed.label().to_owned();
        (
            deed,
            format!("{}・{by}", around.when(event.at)),
            what.join("／"),
        )
    });
    let kept =
        |chosen: &str, label: &'static str| Choice::new(chosen.to_owned(), label).chosen(true);
    Line {
        id: one.id,
        who: around.person(one.grantor.person),
        proxy: match one.grantor.proxy {
            Some(proxy) => format!(
                "{}（{}）が話した。根拠：{}",
                around.person(proxy),
                one.grantor.capacity.label(),
                one.grantor.ground
            ),
            None => String::new(),
        },
        to: format!("{}（{}）", one.recipient.name, one.recipient.kind.label()),
        state: one.words(),
        stands: one.stands,
        thinking: matches!(one.held, Held::Thinking { .. }),
        items: items
            .iter()
            .map(|item| item.label())
            .collect::<Vec<_>>()
            .join("、"),
        purposes: purposes
            .iter()
            .map(|one| one.label())
            .collect::<Vec<_>>()
            .join("、"),
        item_choices: items
            .iter()
            .map(|item| kept(item.code(), item.label()))
            .collect(),
        purpose_choices: purposes
            .iter()
            .map(|one| kept(one.code(), one.label()))
            .collect(),
        history: history.collect(),
        writable: around
            .find(one.compartment)
            .is_some_and(|home| around.may_write(home)),
    }
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let (prefix, done) = match form.text("act") {
        "new" => ("new".to_owned(), new(&colleague, &id, &form).await),
        code if Deed::from_code(code).is_some() => (
            format!("c{}", form.line("consent")),
            step(&colleague, &id, &form).await,
        ),
        _ => return draw(&colleague, &id, form, Vec::new(), StatusCode::OK, "").await,
    };
    let mistake = match done {
        Ok(()) | Err(Stopped::Room(Error::Again)) => {
            return see_other(&format!("/desk/case/{}/doui?ok=1", case_id(&id)));
        }
        Err(Stopped::At(field, sentence)) => Mistake::at(format!("{prefix}-{field}"), sentence),
        Err(Stopped::Room(Error::Invalid { field, sentence })) => {
            Mistake::at(format!("{prefix}-{field}"), sentence)
        }
        Err(Stopped::Room(error @ (Error::Guarded(_) | Error::Meanwhile | Error::Illegal(_)))) => {
            Mistake::at(prefix, error.to_string())
        }
        Err(Stopped::Room(error)) => return colleague.case_trouble(error).await,
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    draw(&colleague, &id, form, vec![mistake], status, "").await
}

enum Stopped {
    At(&'static str, &'static str),
    Room(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Room(error)
    }
}

fn read_step(colleague: &Colleague, form: &Form, deed: Deed) -> Result<Step, Stopped> {
    let until = match form.line("until").as_str() {
        "" => None,
        text => Some(
            crate::desk::days::read_day(text, colleague.app().clock.today()).ok_or(Stopped::At(
                "until",
                "日付を読み取れませんでした。2026-12-28 のように書いてください。",
            ))?,
        ),
    };
    let method = match Method::from_code(form.text("method")) {
        Some(method) => method,
        // Nothing that is missing on a form stops somebody from taking back (inv. 5).
        None if matches!(deed, Deed::Withdraw | Deed::Narrow | Deed::Void) => Method::Spoken,
        None => {
            return Err(Stopped::At(
                "method",
                "どのように聞いたかを選んでください。",
            ));
        }
    };
    Ok(Step {
        deed,
        items: form.all("items").filter_map(Item::from_code).collect(),
        purposes: form
            .all("purposes")
            .filter_map(Purpose::from_code)
            .collect(),
        until,
        method,
        evidence: form.line("evidence"),
        said: form.text("said").to_owned(),
    })
}

async fn new(colleague: &Colleague, id: &str, form: &Form) -> Result<(), Stopped> {
    let deed = Deed::from_code(form.text("deed"))
        .ok_or(Stopped::At("deed", "どう答えたかを選んでください。"))?;
    let who = form.text("grantor").split_once('.');
    let who = who.and_then(|(home, person)| Some((home.parse().ok()?, person.parse().ok()?)));
    let (compartment, person) =
        who.ok_or(Stopped::At("grantor", "だれの同意かを選んでください。"))?;
    let kind = RecipientKind::from_code(form.text("recipient"));
    let new = NewConsent {
        compartment,
        grantor: Grantor {
            person,
            capacity: Capacity::from_code(form.text("capacity")).unwrap_or(Capacity::Oneself),
            proxy: form.line("proxy").parse().ok(),
            ground: form.text("ground").to_owned(),
        },
        recipient: Recipient {
            kind: kind.ok_or(Stopped::At("recipient", "どんな相手かを選んでください。"))?,
            name: form.line("recipient_name"),
        },
        first: read_step(colleague, form, deed)?,
        once: form.line("once").parse().ok(),
    };
    let room = &colleague.app().casework;
    room.new_consent(&colleague.session, case_id(id), &new)
        .await?;
    Ok(())
}

async fn step(colleague: &Colleague, id: &str, form: &Form) -> Result<(), Stopped> {
    let deed = Deed::from_code(form.text("act")).ok_or(Error::NotFound)?;
    let consent: ConsentId = form.line("consent").parse().map_err(|_| Error::NotFound)?;
    let step = read_step(colleague, form, deed)?;
    let room = &colleague.app().casework;
    Ok(room
        .consent_step(&colleague.session, case_id(id), consent, &step)
        .await?)
}
