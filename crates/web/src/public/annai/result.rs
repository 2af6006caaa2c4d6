//! `/annai/kekka`: what fits, and why. The same page stands at the end of the questions and of the one-page form.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use basics::japanese;
use directory::{Kind, Window};
use guide::{Answers, Recommendation, Surroundings, Text, Who};
use jiff::Zoned;
use office::office::Office;

use super::{
    around::{self, office_for, surroundings, window_of},
    card::{Card, Table, listening},
    page,
    sheet::{Kept, Sheet},
    words::Words,
};
use crate::{
    App, Page, Visit,
    page::{CrisisLine, see_other},
    public::offers::{self, Offer},
    show,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/annai/kekka", get(result))
}

async fn result(visit: Visit, headers: HeaderMap) -> Response {
    match Sheet::carried(&visit.app, &headers) {
        Kept::Sheet(sheet) => {
            let page = page(&visit, "けっか");
            answer(&visit, page, &sheet.answers, None).await
        }
        Kept::Nothing | Kept::Gone => see_other("/annai"),
    }
}

/// A line above or beside the windows, with the numbers behind it.
struct Named<'a> {
    name: &'a str,
    note: &'a str,
    because: Vec<&'a str>,
    lines: Vec<&'a CrisisLine>,
}

/// What is open now and what opens next, when the centre is closed.
struct Night<'a> {
    clock: String,
    late: bool,
    lines: Vec<&'a CrisisLine>,
    next_name: Option<String>,
    next_at: Option<String>,
    next_day: String,
    reading: &'static str,
}

#[derive(Template)]
#[template(path = "public/annai-kekka.html")]
struct Shown<'a> {
    page: &'a Page,
    w: Words,
    place: String,
    place_href: Option<String>,
    said: Vec<&'a str>,
    urgent: Vec<Named<'a>>,
    night: Option<Night<'a>>,
    top: Vec<Card<'a>>,
    more: Vec<Card<'a>>,
    later: Vec<Card<'a>>,
    beside: Vec<Named<'a>>,
    why_not: Vec<&'a str>,
    office: Option<Office>,
    offer: Offer,
    /// Where families meet: the list, and the place whose it is.
    families: Option<(String, String)>,
    version: &'a str,
    /// The sealed sheet, when no cookie carries it.
    carried: Option<String>,
}

/// Numbers a line of the urgent block shows at most; the foot of the page leads to the others.
const URGENT_NUMBERS: usize = 3;

/// The result page. `carried` is the sealed sheet when no cookie carries the answers.
pub(super) async fn answer(
    visit: &Visit,
    page: Page,
    answers: &Answers,
    carried: Option<String>,
) -> Response {
    let app = &visit.app;
    let office = office_for(visit, answers.area).await;
    let offer = match answers.area {
        Some(area) => offers::offer(visit, office.as_ref(), area).await,
        None => Offer::default(),
    };
    let families = families(visit, answers).await;
    let now = app.clock.now_jst();
    let w = Words { easy: page.easy() };
    let around = surroundings(&app.directory, answers, &now);
    let said = app.guide.recommend(answers, &around);
    let already: Vec<&'static str> = said
        .urgent
        .iter()
        .flat_map(|urgent| first_numbers(&page, urgent.line, answers))
        .map(|line| line.id)
        .collect();
    let table = Table {
        directory: &app.directory,
        rules: &app.guide,
        answers,
        page: &page,
        now: &now,
        already,
    };
    let view = Shown {
        w,
        place: place(app, answers),
        place_href: place_href(answers),
        said: said
            .said
            .iter()
            .map(|because| because.text.get(w.easy))
            .collect(),
        urgent: said
            .urgent
            .iter()
            .map(|urgent| Named {
                name: urgent.line.name.get(w.easy),
                note: urgent.line.note.get(w.easy),
                // Several rules may lead to one line; the sentence that says most stands for all.
                because: urgent
                    .because
                    .iter()
                    .map(|because| because.text.get(w.easy))
                    .max_by_key(|text| text.len())
                    .into_iter()
                    .collect(),
                lines: first_numbers(&page, urgent.line, answers),
            })
            .collect(),
        night: night(&table, &around, &said, w),
        top: said
            .top
            .iter()
            .filter_map(|item| table.card(item))
            .collect(),
        more: said
            .more
            .iter()
            .filter_map(|item| table.card(item))
            .collect(),
        later: said
            .later
            .iter()
            .filter_map(|item| table.card(item))
            .collect(),
        beside: said
            .beside
            .iter()
            .map(|line| Named {
                name: line.name.get(w.easy),
                note: line.note.get(w.easy),
                because: Vec::new(),
                lines: numbers(&page, line, answers),
            })
            .collect(),
        why_not: texts(w, said.why_not.iter().map(|why| why.text)),
        office,
        offer,
        families,
        version: said.version,
        carried,
        page: &page,
    };
    show(&view)
}

/// For a family: where families meet, by where the family lives when that was said (§F26), else by where the person does.
async fn families(visit: &Visit, answers: &Answers) -> Option<(String, String)> {
    let asks = matches!(answers.who, Who::Parent | Who::Sibling | Who::Family);
    let area = answers.asker_area.or(answers.area).filter(|_| asks)?;
    let href = offers::families(visit, area).await?;
    let name = visit.app.directory.municipalities().name(area);
    Some((href, name.to_owned()))
}

/// Each sentence once.
fn texts<'a>(w: Words, texts: impl Iterator<Item = &'a Text>) -> Vec<&'a str> {
    let mut said: Vec<&str> = Vec::new();
    for text in texts.map(|text| text.get(w.easy)) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said
}

/// The numbers behind a line, those first that answer now.
fn numbers<'a>(page: &'a Page, line: &guide::Line, answers: &Answers) -> Vec<&'a CrisisLine> {
    let here = listening(answers.area)[0];
    let ids: Vec<&'static str> = page
        .crisis
        .iter()
        .map(|known| known.id)
        .filter(|id| line.hotlines.iter().any(|wanted| wanted == id))
        .map(|id| if id == "yorisoi-hotline" { here } else { id })
        .collect();
    page.open_first(ids)
}

/// The first of them: in a hard moment few are better than many.
fn first_numbers<'a>(page: &'a Page, line: &guide::Line, answers: &Answers) -> Vec<&'a CrisisLine> {
    let mut lines = numbers(page, line, answers);
    lines.truncate(URGENT_NUMBERS);
    lines
}

/// 「新潟市中央区」, empty when no place was given.
pub(super) fn place(app: &App, answers: &Answers) -> String {
    answers
        .area
        .map(|code| app.directory.municipalities().name(code).to_owned())
        .unwrap_or_default()
}

/// The page with every window of the area.
fn place_href(answers: &Answers) -> Option<String> {
    let code = answers.area?;
    let prefecture = &code.as_str()[..2];
    Some(if code.is_prefecture() {
        format!("/madoguchi/{prefecture}")
    } else {
        format!("/madoguchi/{prefecture}/{code}")
    })
}

fn night<'a>(
    table: &Table<'a>,
    around: &Surroundings,
    said: &Recommendation<'_>,
    w: Words,
) -> Option<Night<'a>> {
    if !around.closed {
        return None;
    }
    let now: &Zoned = table.now;
    let late = !(5..21).contains(&now.hour());
    let centre: Option<&Window> = window_of(table.directory, table.answers, Kind::Hc, now);
    // Not twice on one page: the urgent block or the first cards may show the same lines.
    let shown = said.urgent.iter().any(|urgent| urgent.line.code == "SOS")
        || said.top.iter().any(|item| item.kind == Kind::Listen);
    let mut lines = if shown {
        Vec::new()
    } else {
        table.page.open_first(listening(table.answers.area))
    };
    lines.retain(|line| line.is_open(now) == Some(true));
    let day = around::next_office_day(now);
    Some(Night {
        clock: if w.easy {
            format!(
                "{} {}",
                japanese::date(now.date()),
                japanese::easy_time(now.time())
            )
        } else {
            japanese::date_time(now)
        },
        late,
        lines,
        next_at: centre
            .and_then(|centre| around::opening(centre, now))
            .and_then(|state| table.next_time(w, &state)),
        next_name: centre.map(|centre| centre.title(table.directory.municipalities())),
        next_day: if day == now.date() {
            w.t("きょう", "きょう").to_owned()
        } else {
            japanese::date(day)
        },
        reading: match table.answers.who {
            guide::Who::Parent => "/yomu/oya",
            guide::Who::Me | guide::Who::Unknown => "/yomu/tsurai",
            _ => "/yomu/mawari",
        },
    })
}
