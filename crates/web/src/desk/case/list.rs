//! `/desk/case`: the cases one may open. Numbers, what to call people, where it stands, what comes next; no narrative is
//! opened by looking at the list.

use askama::Template;
use axum::{Router, extract::RawQuery, response::Response, routing::get};
use casework::case_list::CaseLine;
use casework::engagement::State;
use jiff::civil::Date;
use office::access::Action;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    desk::days,
    show,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case", get(list))
}

/// Which of the cases are shown, by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Shelf {
    /// Everything that is not over.
    #[default]
    Open,
    /// Somebody waits: for support to begin, for an answer.
    Waits,
    /// 支援中
    Active,
    /// 静観
    OnHold,
    /// 受付前
    Planned,
    /// 一区切り and what never began.
    Over,
}

impl Shelf {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Open, "", "続いているもの"),
        (Self::Waits, "machi", "待っている人がいる"),
        (Self::Active, "shien", "支援中"),
        (Self::OnHold, "seikan", "静観（見守り）"),
        (Self::Planned, "uketsuke", "受付前"),
        (Self::Over, "kugiri", "一区切り"),
    ];

    fn holds(self, line: &CaseLine) -> bool {
        match self {
            Self::Open => !line.state.is_over(),
            Self::Waits => line.waits(),
            Self::Active => line.state == State::Active,
            Self::OnHold => line.state == State::OnHold,
            Self::Planned => line.state == State::Planned,
            Self::Over => line.state.is_over(),
        }
    }
}

/// What was asked for. Anything that is not a word of ours is the list as it is.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    shelf: Shelf,
    own: bool,
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "ima" => {
                    let found = Shelf::ALL.into_iter().find(|(_, code, _)| *code == value);
                    asked.shelf = found.map(|(shelf, ..)| shelf).unwrap_or_default();
                }
                "tantou" => asked.own = value == "jibun",
                _ => {}
            }
        }
        asked
    }

    fn href(self) -> String {
        let code = Shelf::ALL.iter().find(|(shelf, ..)| *shelf == self.shelf);
        let code = code.map_or("", |(_, code, _)| *code);
        match (code, self.own) {
            ("", false) => "/desk/case".to_owned(),
            ("", true) => "/desk/case?tantou=jibun".to_owned(),
            (code, false) => format!("/desk/case?ima={code}"),
            (code, true) => format!("/desk/case?ima={code}&tantou=jibun"),
        }
    }
}

/// One way of looking at the list.
struct Way {
    href: String,
    label: &'static str,
    count: usize,
    current: bool,
}

#[derive(Template)]
#[template(path = "desk/case/list.html")]
struct ListPage {
    page: Page,
    me: Me,
    lines: Vec<CaseLine>,
    /// By where they stand.
    shelves: Vec<Way>,
    /// One's own, or all one may open; empty where that is the same.
    whose: Vec<Way>,
    /// Whether there is any case at all.
    any: bool,
    leads: bool,
}

impl ListPage {
    fn on(&self, day: &Date) -> String {
        days::on(*day, self.page.now.date())
    }
}

async fn list(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(&query.unwrap_or_default());
    match colleague.app().casework.cases(&colleague.session).await {
        Ok(lines) => show(&page(&colleague, asked, lines)),
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn page(colleague: &Colleague, asked: Asked, mut lines: Vec<CaseLine>) -> ListPage {
    let any = !lines.is_empty();
    let count = |own: bool, shelf: Shelf| {
        let shown = |line: &&CaseLine| (line.own || !own) && shelf.holds(line);
        lines.iter().filter(shown).count()
    };
    let ways = Shelf::ALL.into_iter().map(|(shelf, _, label)| Way {
        href: Asked { shelf, ..asked }.href(),
        label,
        count: count(asked.own, shelf),
        current: shelf == asked.shelf,
    });
    let shelves = ways
        .filter(|way| way.count > 0 || way.current)
        .collect::<Vec<_>>();
    let whose = [(false, "見られるすべて"), (true, "自分の担当")].map(|(own, label)| Way {
        href: Asked { own, ..asked }.href(),
        label,
        count: count(own, asked.shelf),
        current: own == asked.own,
    });
    let all_own = lines.iter().all(|line| line.own);
    let whose = if all_own && !asked.own {
        Vec::new()
    } else {
        whose.into_iter().collect()
    };
    lines.retain(|line| (line.own || !asked.own) && asked.shelf.holds(line));
    ListPage {
        page: colleague.page("ケース"),
        me: colleague.me("/desk/case"),
        lines,
        shelves,
        whose,
        any,
        leads: colleague.may(Action::HandOver),
    }
}
