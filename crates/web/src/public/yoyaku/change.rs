//! `/yoyaku/kaeru`: to another time, by the twelve digits. The old time is given back only when the new one is theirs.

use askama::Template;
use axum::{
    Extension, Router, extract::ConnectInfo, http::StatusCode, response::Response, routing::post,
};
use community::open_slots::by_day;
use community::slip::{Code, Held};
use std::net::SocketAddr;

use super::{DayTimes, Time, day_times_for, held, nearest};
use crate::{
    App, Form, Page, Visit,
    page::see_other,
    parts::Mistake,
    public::{basho, hikae},
    show_with,
};

/// So many days stand on the page.
const DAYS: usize = 15;

pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/yoyaku/kaeru",
        post(change).get(async || see_other("/yoyaku/hikae")),
    )
}

#[derive(Template)]
#[template(path = "public/yoyaku-kaeru.html")]
struct Change {
    page: Page,
    code: Code,
    now: held::Seen,
    days: Vec<DayTimes>,
    mistakes: Vec<Mistake>,
}

async fn change(
    visit: Visit,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    form: Form,
) -> Response {
    let from = peer.map(|Extension(ConnectInfo(peer))| peer.ip().to_canonical());
    let room = &visit.app.community;
    let code = match room.enter(&form.line("bangou"), from).await {
        Ok(code) => code,
        Err(community::Error::WrongCode) => return see_other("/yoyaku/hikae"),
        Err(error) => return basho::trouble(&error),
    };
    let held = match room.held(&code).await {
        Ok(held) => held,
        Err(error) => return basho::trouble(&error),
    };
    let wanted = match (form.text("act"), Time::read(form.text("toki"))) {
        ("kaeru", Some(time)) => time,
        ("kaeru", None) => {
            let mistake = Mistake::at("toki", "時間を、ひとつ選んでください");
            return ask(&visit, code, &held, vec![mistake], None).await;
        }
        _ => return ask(&visit, code, &held, Vec::new(), None).await,
    };
    match room
        .move_appointment(&held, wanted.starts_at, wanted.minutes)
        .await
    {
        Ok(()) => hikae::made(&visit, &code, "日時を変えました").await,
        Err(taken @ community::Error::Taken) => {
            let sentence = format!("{taken}いままでの予約は、そのままです。");
            let mistakes = vec![Mistake::at("toki", sentence)];
            ask(&visit, code, &held, mistakes, Some(wanted)).await
        }
        Err(community::Error::Illegal(_) | community::Error::Meanwhile) => {
            hikae::made(&visit, &code, "").await
        }
        Err(error) => basho::trouble(&error),
    }
}

/// The free times; when one is gone, those nearest to it.
async fn ask(
    visit: &Visit,
    code: Code,
    held: &Held,
    mistakes: Vec<Mistake>,
    gone: Option<Time>,
) -> Response {
    let room = &visit.app.community;
    let found = async {
        let now = held::seen(visit, held).await?;
        let free = match &now {
            Some(now) if now.booked => room.slots_to_move(held).await?,
            _ => Vec::new(),
        };
        Ok::<_, community::Error>((now, free))
    };
    let (now, free) = match found.await {
        Ok((Some(now), free)) if now.booked => (now, free),
        // A booking of a gathering, or one that is over: its page says how it stands.
        Ok(_) => return hikae::made(visit, &code, "").await,
        Err(error) => return basho::trouble(&error),
    };
    let days = if let Some(gone) = gone {
        nearest(visit, free, gone.starts_at, 12)
    } else {
        let mut days = by_day(free);
        days.truncate(DAYS);
        day_times_for(visit, days)
    };
    let status = match (mistakes.is_empty(), gone) {
        (_, Some(_)) => StatusCode::CONFLICT,
        (false, None) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, None) => StatusCode::OK,
    };
    show_with(
        status,
        &Change {
            page: hikae::page(visit).with_error(!mistakes.is_empty()),
            code,
            now,
            days,
            mistakes,
        },
    )
}
