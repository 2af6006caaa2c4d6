//! `/desk/watashi/koyomi`: the addresses of one's own calendar. An address is shown once, when it is made.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use community::{Error, feed::MOST_FEEDS};

use crate::{
    App, Page,
    desk::{
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::Mistake,
    public::tegami::qr::Qr,
    show_with,
};

const HERE: &str = "/desk/watashi/koyomi";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/watashi/koyomi", get(look).post(act))
}

#[derive(Template)]
#[template(path = "desk/own_calendar.html")]
struct FeedsPage {
    page: Page,
    me: Me,
    feeds: Vec<Line>,
    most: i64,
    full: bool,
    /// The address that was just made; nobody can show it again.
    made: String,
    qr: Option<Qr>,
    done: &'static str,
    mistakes: Vec<Mistake>,
}

struct Line {
    id: i64,
    made: String,
}

async fn look(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let done = match query.as_deref() {
        Some("ok=tomeru") => "アドレスを止めました。もう何も出ません。",
        _ => "",
    };
    draw(&colleague, "", done, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    made: &str,
    done: &'static str,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let app = colleague.app();
    let feeds = match app.community.feeds(&colleague.session).await {
        Ok(feeds) => feeds,
        Err(error) => return colleague.place_trouble(error).await,
    };
    let today = app.clock.today();
    let page = FeedsPage {
        page: colleague
            .page("カレンダーのアドレス")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/watashi"),
        full: i64::try_from(feeds.len()).is_ok_and(|feeds| feeds >= MOST_FEEDS),
        feeds: feeds
            .into_iter()
            .map(|feed| Line {
                id: feed.id,
                made: days::moment(feed.made_at, today),
            })
            .collect(),
        most: MOST_FEEDS,
        made: made.to_owned(),
        qr: Some(made).filter(|made| !made.is_empty()).and_then(Qr::of),
        done,
        mistakes,
    };
    show_with(status, &page)
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().community, &colleague.session);
    match form.text("act") {
        "make" => match room.make_feed(session).await {
            Ok(token) => {
                let base = &colleague.app().config.public_url;
                let address = format!("{base}/koyomi/{}.ics", *token);
                draw(&colleague, &address, "", Vec::new(), StatusCode::OK).await
            }
            Err(Error::Illegal(sentence)) => {
                let mistakes = vec![Mistake::at("adoresu", sentence)];
                draw(&colleague, "", "", mistakes, StatusCode::CONFLICT).await
            }
            Err(error) => colleague.place_trouble(error).await,
        },
        "end" => {
            let id = form.line("feed").parse().unwrap_or(0);
            match room.end_feed(session, id).await {
                Ok(()) => see_other(&format!("{HERE}?ok=tomeru")),
                Err(error) => colleague.place_trouble(error).await,
            }
        }
        _ => draw(&colleague, "", "", Vec::new(), StatusCode::OK).await,
    }
}
