//! `/desk/ba/atarashii`, `/desk/ba/{id}/naosu`: one form for a programme, whatever is not right keeps all that was typed.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use community::feel::{Known, Trait};
use community::programme::{Draft, ForWhom, Kind, PlaceShown, Programme, RunBy, State};
use community::recurrence::{DayOfWeek, Nth};
use community::{Error, programme};
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{hosts, mistake, once, programme_id, status, team, typed};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/ba/atarashii", get(new).post(add))
        .route("/desk/ba/{id}/naosu", get(old).post(change))
}

/// One thing that may be asked of a place: its field, its words, what is known.
struct Asked {
    field: String,
    label: &'static str,
    known: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "desk/ba_form.html")]
struct FormPage {
    page: Page,
    me: Me,
    /// Where the form is sent, and where one goes back to.
    action: String,
    back: String,
    /// What it is called now; empty for a new one.
    called: String,
    version: i64,
    once: String,
    kinds: Vec<Choice>,
    whoms: Vec<Choice>,
    runners: Vec<Choice>,
    shown: Vec<Choice>,
    patterns: Vec<Choice>,
    weekdays: Vec<Choice>,
    nths: Vec<Choice>,
    ways: [Vec<Choice>; 4],
    holidays: Vec<Choice>,
    closings: Vec<Choice>,
    traits: Vec<(&'static str, Vec<Asked>)>,
    hosts: Vec<Choice>,
    /// What somebody else saved meanwhile, where it differs.
    meanwhile: Vec<(&'static str, String)>,
    open: Open,
    form: Form,
    mistakes: Vec<Mistake>,
}

/// Which parts of the form are unfolded: those with something to look at again.
struct Open {
    feel: bool,
    after: bool,
    single_days: bool,
}

impl FormPage {
    fn typed(&self, field: &str) -> &str {
        self.form.text(field)
    }

    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn named_ways(&self) -> impl Iterator<Item = (&'static str, &Vec<Choice>)> {
        let names = [
            "walk_in",
            "takes_bookings",
            "keeps_waiting_list",
            "first_time_friendly",
        ];
        names.into_iter().zip(&self.ways)
    }

    /// A field of type `time` cannot hold midnight at the end of a day.
    fn until_kind(&self) -> &'static str {
        if self.form.text("made") == "24:00" {
            "text"
        } else {
            "time"
        }
    }
}

fn of_codes<T: Copy>(
    all: &[T],
    code: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> &'static str,
    form: &Form,
    field: &str,
) -> Vec<Choice> {
    let choice = |one: &T| Choice::new(code(*one), label(*one)).chosen(form.has(field, code(*one)));
    all.iter().map(choice).collect()
}

fn tick(form: &Form, field: &str, label: &str, hint: &str) -> Vec<Choice> {
    let choice = Choice::new("1", label).hint(hint);
    vec![choice.chosen(form.has(field, "1"))]
}

fn traits(form: &Form) -> Vec<(&'static str, Vec<Asked>)> {
    use Trait as T;
    let asked = |one: Trait| {
        let field = typed::trait_field(one);
        let known = Known::from_code(form.text(&field)).unwrap_or_default();
        let choice = |code: Known, label: &'static str| {
            Choice::new(code.code(), label).chosen(known == code)
        };
        Asked {
            known: vec![
                choice(Known::Unknown, "まだ確かめていません"),
                choice(Known::Yes, "はい"),
                choice(Known::No, "いいえ"),
            ],
            label: one.label(),
            field,
        }
    };
    let of_place = |one: T| {
        matches!(
            one,
            T::PrivateCorner
                | T::NotSeenFromOutside
                | T::PlainDoor
                | T::QuietWay
                | T::WomenOnly
                | T::Drinks
        )
    };
    let group = |fits: &dyn Fn(T) -> bool| {
        let all = T::ALL.iter().copied();
        all.filter(|one| fits(*one)).map(asked).collect()
    };
    vec![
        ("すごし方", group(&|one| !one.is_access() && !of_place(one))),
        ("場所の様子", group(&of_place)),
        ("使いやすさ", group(&T::is_access)),
    ]
}

fn patterns(form: &Form) -> Vec<Choice> {
    let all = [
        ("", "くり返さない", "日を、一つずつ加えます。"),
        ("weekly", "毎週・隔週", ""),
        ("monthly_nth", "毎月 第2水曜日のように", ""),
        ("monthly_day", "毎月 15日のように", ""),
        ("month_end", "毎月 末日", ""),
        ("yearly", "毎年", ""),
    ];
    let chosen = form.text("kurikaeshi");
    all.into_iter()
        .map(|(code, label, hint)| Choice::new(code, label).hint(hint).chosen(chosen == code))
        .collect()
}

fn skips(form: &Form, field: &str, label: &str) -> Vec<Choice> {
    vec![Choice::new("yasumu", label).chosen(form.has(field, "yasumu"))]
}

/// A programme nobody has written yet, with what usually holds.
fn usual(colleague: &Colleague) -> Form {
    let today = colleague.app().clock.today().to_string();
    let me = colleague.session.staff().to_string();
    Form::from_pairs([
        ("run_by", RunBy::Office.code()),
        ("place_shown", PlaceShown::Full.code()),
        ("takes_bookings", "1"),
        ("keeps_waiting_list", "1"),
        ("nanshuu", "1"),
        ("hajime", today.as_str()),
        ("shukujitsu", "yasumu"),
        ("heikan", "yasumu"),
        ("hosts", me.as_str()),
    ])
}

async fn draw(
    colleague: &Colleague,
    of: Option<&Programme>,
    form: Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let team = match team(colleague).await {
        Ok(team) => team,
        Err(response) => return response,
    };
    let directory = &colleague.app().directory;
    let meanwhile = match of {
        Some(stands) if mistakes.iter().any(|one| one.field == "meanwhile") => {
            typed::differences(&typed::form_of(directory, &stands.draft), &form)
        }
        _ => Vec::new(),
    };
    let wrong = |fields: &[&str]| {
        mistakes
            .iter()
            .any(|one| fields.contains(&one.field.as_str()))
    };
    let back = of.map_or_else(
        || "/desk/ba".to_owned(),
        |one| format!("/desk/ba/{}", one.id),
    );
    let page = FormPage {
        page: colleague.page("場を書く").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/ba"),
        action: of.map_or_else(
            || "/desk/ba/atarashii".to_owned(),
            |one| format!("/desk/ba/{}/naosu", one.id),
        ),
        back,
        called: of.map_or_else(String::new, |one| one.draft.details.title.clone()),
        version: of.map_or(0, |one| one.version),
        once: once(colleague, &form),
        kinds: of_codes(Kind::ALL, Kind::code, Kind::label, &form, "kind"),
        whoms: of_codes(
            ForWhom::ALL,
            ForWhom::code,
            ForWhom::label,
            &form,
            "for_whom",
        ),
        runners: of_codes(RunBy::ALL, RunBy::code, RunBy::label, &form, "run_by"),
        shown: of_codes(
            PlaceShown::ALL,
            PlaceShown::code,
            PlaceShown::label,
            &form,
            "place_shown",
        ),
        patterns: patterns(&form),
        weekdays: of_codes(
            DayOfWeek::ALL,
            DayOfWeek::code,
            DayOfWeek::label,
            &form,
            "youbi",
        ),
        nths: of_codes(Nth::ALL, Nth::code, Nth::label, &form, "dai"),
        ways: [
            tick(&form, "walk_in", "予約なしで来られる", ""),
            tick(
                &form,
                "takes_bookings",
                "予約ができる",
                "呼び名だけで予約できます。",
            ),
            tick(
                &form,
                "keeps_waiting_list",
                "いっぱいのとき、空きを待てる",
                "空きが出ると、待っている人の順に席がうつります。",
            ),
            tick(&form, "first_time_friendly", "はじめての人も来やすい", ""),
        ],
        holidays: skips(&form, "shukujitsu", "祝日は休む"),
        closings: skips(&form, "heikan", "窓口の休みの日・年末年始は休む"),
        traits: traits(&form),
        hosts: hosts(&team, &form, &[]),
        meanwhile,
        open: Open {
            feel: wrong(&[
                "people_from",
                "people_to",
                "sounds",
                "light",
                "smell",
                "what_people_do",
            ]),
            after: wrong(&["after_place", "link", "after_words"])
                || !form.text("after_place").is_empty(),
            single_days: wrong(&["yasumu_hi", "fueru_hi"])
                || !form.text("yasumu_hi").trim().is_empty()
                || !form.text("fueru_hi").trim().is_empty(),
        },
        form,
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

async fn new(colleague: Colleague) -> Response {
    if let Err(response) = may_edit(&colleague).await {
        return response;
    }
    draw(&colleague, None, usual(&colleague), Vec::new()).await
}

async fn may_edit(colleague: &Colleague) -> Result<(), Response> {
    match access::permit(&colleague.session, Action::EditPlaces, "").await {
        Ok(_) => Ok(()),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

async fn add(Sent { colleague, form }: Sent) -> Response {
    if let Err(response) = may_edit(&colleague).await {
        return response;
    }
    if form.text("act") != "save" {
        return draw(&colleague, None, form, Vec::new()).await;
    }
    let draft = match typed::draft(&colleague.app().directory, &form) {
        Ok(draft) => draft,
        Err(mistakes) => return draw(&colleague, None, form, mistakes).await,
    };
    let id = programme_id(&once(&colleague, &form));
    let room = &colleague.app().community;
    match room
        .add_programme_once(&colleague.session, id, &draft)
        .await
    {
        Ok(()) | Err(Error::Again) => see_other(&format!("/desk/ba/{id}")),
        Err(error) => match mistake(error) {
            Ok(mistake) => draw(&colleague, None, form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}

/// The programme of an address for changing it. One that has ended stays as it was.
async fn stands(colleague: &Colleague, id: &str) -> Result<Programme, Response> {
    may_edit(colleague).await?;
    let room = &colleague.app().community;
    match room.programme(&colleague.session, programme_id(id)).await {
        Ok(found) if found.state == State::Ended => {
            let over = Error::Illegal("この場は終わりました。もう変えられません。");
            Err(colleague.place_trouble(over).await)
        }
        Ok(found) => Ok(found),
        Err(error) => Err(colleague.place_trouble(error).await),
    }
}

async fn old(colleague: Colleague, Path(id): Path<String>) -> Response {
    match stands(&colleague, &id).await {
        Ok(found) => {
            let form = typed::form_of(&colleague.app().directory, &found.draft);
            draw(&colleague, Some(&found), form, Vec::new()).await
        }
        Err(response) => response,
    }
}

async fn change(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let found = match stands(&colleague, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if form.text("act") != "save" {
        return draw(&colleague, Some(&found), form, Vec::new()).await;
    }
    let draft = match typed::draft(&colleague.app().directory, &form) {
        Ok(draft) => draft,
        Err(mistakes) => return draw(&colleague, Some(&found), form, mistakes).await,
    };
    match save(&colleague, &found, &draft, &form).await {
        Ok(()) => see_other(&format!("/desk/ba/{}", found.id)),
        Err(error) => match mistake(error) {
            Ok(mistake) => draw(&colleague, Some(&found), form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}

async fn save(
    colleague: &Colleague,
    found: &programme::Programme,
    draft: &Draft,
    form: &Form,
) -> Result<(), Error> {
    // The double click: what is wanted stands already.
    if found.draft == *draft {
        return Ok(());
    }
    let version = form.line("version").parse().unwrap_or(0);
    let room = &colleague.app().community;
    room.change_programme(&colleague.session, found.id, version, draft)
        .await
}
