//! `/yoyaku/hikae`: what somebody without a name holds of a booking, opened by its twelve digits.
//!
//! The digits travel in forms, never in an address and in no cookie: a browser that others use too remembers nothing. So
//! the page works in any browser, and every act on it may be sent twice.

use askama::Template;
use axum::{
    Extension, Router, extract::ConnectInfo, http::StatusCode, response::Response, routing::get,
};
use community::booking::{HeldBooking, State};
use community::slip::{Code, Held, Reminder};
use std::net::SocketAddr;

use crate::{
    App, Form, Page, Visit,
    parts::{Choice, Mistake},
    public::{basho, yoyaku::held},
    show, show_with,
};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/yoyaku/hikae", get(ask).post(open))
}

/// A page of this door. The title is the same everywhere: a history shows 「予定」 and nothing more.
pub(super) fn page(visit: &Visit) -> Page {
    visit.page("予定").under("/", "はじめ")
}

/// How one wishes to be reminded, as a question. Mail is a choice only where the house sends mail.
pub(super) fn reminders(chosen: Reminder, sends_mail: bool) -> Vec<Choice> {
    let choice = |way: Reminder| {
        let hint = match way {
            Reminder::Nothing => "",
            Reminder::Mail => "件名は「予定のお知らせ」。窓口の名前も、場所も書きません",
            Reminder::Call => "職員が、個人の名前だけを名乗ってかけます",
        };
        Choice::new(way.code(), way.label())
            .hint(hint)
            .chosen(chosen == way)
    };
    Reminder::offered(sends_mail).map(choice).collect()
}

#[derive(Template)]
#[template(path = "public/hikae-bangou.html")]
struct AskCode {
    page: Page,
    typed: String,
    mistakes: Vec<Mistake>,
}

async fn ask(visit: Visit) -> Response {
    show(&AskCode {
        page: page(&visit),
        typed: String::new(),
        mistakes: Vec::new(),
    })
}

#[derive(Template)]
#[template(path = "public/hikae.html")]
struct Slip {
    page: Page,
    /// What was just done, as the heading; empty when the page is only looked at.
    heading: String,
    code: Code,
    groups: Vec<String>,
    nickname: String,
    calendar_title: String,
    reminder: &'static str,
    office: String,
    booking: Option<Booking>,
    appointment: Option<held::Seen>,
    fresh: bool,
}

impl Slip {
    /// The heading in easy Japanese, with readings.
    fn easy_heading(&self) -> &str {
        match self.heading.as_str() {
            "席をとりました" => "｜席《せき》を とりました",
            "空きを待つことにしました" => "｜空《あ》くのを ｜待《ま》ちます",
            "予約できました" => "｜予約《よやく》できました",
            "日時を変えました" => "｜日《ひ》を かえました",
            "取り消しました" => "｜予約《よやく》を やめました",
            "着いたことを、しるしました" => "｜着《つ》きました",
            other => other,
        }
    }

    fn waits(&self) -> bool {
        self.booking
            .as_ref()
            .is_some_and(|booking| booking.state == State::Waiting)
    }
}

/// The booking of a gathering, in words.
struct Booking {
    title: String,
    day: String,
    hours: String,
    place: String,
    state: State,
    cancelled: bool,
    over: bool,
    words: String,
    people: u32,
    perhaps: bool,
    moved_up: bool,
    before: i64,
    arrived: bool,
    may_arrive: bool,
    after_place: String,
    link: String,
    after_words: String,
    number: i64,
}

fn booking(visit: &Visit, held: &HeldBooking) -> Booking {
    let (programme, gathering) = (&held.on.programme, &held.on.gathering);
    let after = held.after_booking.clone().unwrap_or_default();
    let over = gathering.ends_at <= visit.app.clock.now();
    Booking {
        title: programme.draft.details.title.clone(),
        day: basho::day(gathering),
        hours: basho::hours(gathering, visit.prefs.easy),
        place: programme.public_place(),
        state: held.state,
        cancelled: gathering.state == community::gathering::State::Cancelled,
        over,
        words: gathering.words.clone(),
        people: held.people,
        perhaps: held.perhaps,
        moved_up: held.moved_up,
        before: held.before,
        arrived: held.arrived,
        may_arrive: held.state == State::Booked
            && gathering.day == visit.app.clock.today()
            && !over
            && !held.arrived,
        after_place: after.place,
        link: after.link,
        after_words: after.words,
        number: programme.number,
    }
}

/// The page right after booking.
pub(super) async fn made(visit: &Visit, code: &Code, heading: &str) -> Response {
    match visit.app.community.held(code).await {
        Ok(held) => slip(visit, code, &held, heading, true).await,
        Err(error) => basho::trouble(&error),
    }
}

async fn slip(visit: &Visit, code: &Code, held: &Held, heading: &str, fresh: bool) -> Response {
    match of(visit, code, held, heading, fresh).await {
        Ok(slip) => show(&slip),
        Err(error) => basho::trouble(&error),
    }
}

async fn of(
    visit: &Visit,
    code: &Code,
    held: &Held,
    heading: &str,
    fresh: bool,
) -> Result<Slip, community::Error> {
    let words = held.words()?;
    let office = office::office::one(&mut visit.app.db.read().await?, held.office()).await?;
    let found = visit.app.community.booking_of(held).await?;
    Ok(Slip {
        page: page(visit),
        heading: heading.to_owned(),
        groups: code.spoken().split('-').map(str::to_owned).collect(),
        code: code.clone(),
        calendar_title: words.calendar_title().to_owned(),
        nickname: words.nickname,
        reminder: held.reminder().label(),
        office: office.name,
        booking: found.as_ref().map(|found| booking(visit, found)),
        appointment: held::seen(visit, held).await?,
        fresh,
    })
}

/// Enters a code, or does something with the slip it opens.
async fn open(
    visit: Visit,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    form: Form,
) -> Response {
    let typed = form.line("bangou");
    let from = peer.map(|Extension(ConnectInfo(peer))| peer.ip().to_canonical());
    let code = match visit.app.community.enter(&typed, from).await {
        Ok(code) => code,
        Err(community::Error::WrongCode) => {
            let sentence = community::Error::WrongCode.to_string();
            return show_with(
                StatusCode::UNPROCESSABLE_ENTITY,
                &AskCode {
                    page: page(&visit).with_error(true),
                    typed,
                    mistakes: vec![Mistake::at("bangou", sentence)],
                },
            );
        }
        Err(error) => return basho::trouble(&error),
    };
    let held = match visit.app.community.held(&code).await {
        Ok(held) => held,
        Err(error) => return basho::trouble(&error),
    };
    if form.text("act") == "koyomi" {
        match held::calendar(&visit, &held).await {
            Ok(Some(file)) => return file,
            Ok(None) => {}
            Err(error) => return basho::trouble(&error),
        }
    }
    let done = match form.text("act") {
        "yameru" => leave(&visit, &held).await.map(|()| "取り消しました"),
        "tsuita" => visit
            .app
            .community
            .arrive(&held)
            .await
            .map(|()| "着いたことを、しるしました"),
        _ => Ok(""),
    };
    match done {
        Ok(heading) => slip(&visit, &code, &held, heading, false).await,
        // A day that passed meanwhile: the page says how it stands.
        Err(community::Error::Illegal(sentence)) => {
            slip(&visit, &code, &held, sentence, false).await
        }
        Err(error) => basho::trouble(&error),
    }
}

/// Leaves whatever the slip was written for.
async fn leave(visit: &Visit, held: &Held) -> Result<(), community::Error> {
    let room = &visit.app.community;
    if room.held_appointment(held).await?.is_some() {
        room.cancel_appointment(held).await
    } else {
        room.leave(held).await
    }
}
