//! `/desk/pia`: peer supporters and their registration; `/desk/pia/kaado`: a peer's own cards and reports;
//! `/desk/case/{id}/pia`: the cards of a case.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, StaffId, japanese};
use casework::{
    Error,
    peer::{Card, CardWords},
};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    desk::places::mine::{Mine, mine},
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

use super::{
    custody::{mistake_of, moment},
    head::Head,
    overview::case_id,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/pia", get(list).post(register))
        .route("/desk/pia/kaado", get(own).post(report))
        .route("/desk/case/{id}/pia", get(of_case).post(change))
}

struct PeerView {
    staff: StaffId,
    name: String,
    until: String,
    registered: bool,
    cards: usize,
}

#[derive(Template)]
#[template(path = "desk/case/peers.html")]
struct PeersPage {
    page: Page,
    me: Me,
    peers: Vec<PeerView>,
}

async fn list(colleague: Colleague) -> Response {
    match colleague.app().casework.peers(&colleague.session).await {
        Ok(peers) => show(&PeersPage {
            page: colleague.page("ピアサポーター"),
            me: colleague.me("/desk/shokuin"),
            peers: peers
                .into_iter()
                .map(|one| PeerView {
                    staff: one.staff,
                    name: one.name,
                    until: one
                        .valid_until
                        .map(japanese::date_with_year)
                        .unwrap_or_default(),
                    registered: one.registered,
                    cards: one.cards,
                })
                .collect(),
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn register(Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let peer = StaffId::from(form.line("peer").parse::<i64>().unwrap_or(0));
    let done = match form.text("act") {
        "renew" => room.renew_peer(session, peer).await,
        "leave" => room.let_peer_go(session, peer).await,
        _ => return list(colleague).await,
    };
    match done {
        Ok(()) => see_other("/desk/pia"),
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// A card as a page shows it.
struct CardView {
    id: i64,
    peer: String,
    words: CardWords,
    safety: Vec<String>,
    since: String,
    ended: String,
    reports: Vec<(String, String)>,
}

fn view(card: Card) -> CardView {
    CardView {
        id: card.id,
        peer: card.peer.1,
        words: card.words,
        safety: card.safety,
        since: moment(card.made_at),
        ended: card.ended_at.map(moment).unwrap_or_default(),
        reports: card
            .reports
            .into_iter()
            .map(|one| (moment(one.at), one.words))
            .collect(),
    }
}

#[derive(Template)]
#[template(path = "desk/case/own_cards.html")]
struct OwnPage {
    page: Page,
    me: Me,
    cards: Vec<CardView>,
    mine: Vec<Mine>,
    words: String,
    at_card: i64,
    mistakes: Vec<Mistake>,
}

impl OwnPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn own(colleague: Colleague) -> Response {
    draw_own(&colleague, &Form::default(), Vec::new()).await
}

async fn draw_own(colleague: &Colleague, form: &Form, mistakes: Vec<Mistake>) -> Response {
    let cards = match colleague.app().casework.my_cards(&colleague.session).await {
        Ok(cards) => cards,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let mine = match mine(colleague).await {
        Ok(mine) => mine,
        Err(error) => return colleague.place_trouble(error).await,
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = OwnPage {
        page: colleague
            .page("わたしのカード")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/pia/kaado"),
        cards: cards.into_iter().map(view).collect(),
        mine,
        words: form.text("words").to_owned(),
        at_card: form.line("card").parse().unwrap_or(0),
        mistakes,
    };
    show_with(status, &page)
}

async fn report(Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "report" {
        return draw_own(&colleague, &form, Vec::new()).await;
    }
    let card = form.line("card").parse().unwrap_or(0);
    let sent = colleague
        .app()
        .casework
        .report(&colleague.session, card, form.text("words"));
    match sent.await {
        Ok(()) => see_other("/desk/pia/kaado"),
        Err(error) => match mistake_of(&error) {
            Some(mistake) => draw_own(&colleague, &form, vec![mistake]).await,
            None => colleague.case_trouble(error).await,
        },
    }
}

#[derive(Template)]
#[template(path = "desk/case/cards.html")]
struct CardsPage {
    page: Page,
    me: Me,
    head: Head,
    cards: Vec<CardView>,
    may_make: bool,
    peers: Vec<Choice>,
    typed: CardWords,
    mistakes: Vec<Mistake>,
}

impl CardsPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn of_case(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw_cards(&colleague, case_id(&id), &Form::default(), Vec::new()).await
}

fn typed(form: &Form) -> CardWords {
    CardWords {
        nickname: form.line("nickname"),
        place: form.text("place").to_owned(),
        do_this: form.text("do_this").to_owned(),
        not_that: form.text("not_that").to_owned(),
        own_safety: form.text("own_safety").to_owned(),
    }
}

async fn draw_cards(
    colleague: &Colleague,
    id: CaseId,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let found = colleague
        .app()
        .casework
        .cards_of_case(&colleague.session, id);
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let peers = found.peers.into_iter().map(|(id, name)| {
        let id = id.to_string();
        let choice = Choice::new(&id, name);
        choice.chosen(form.has("peer", &id))
    });
    let page = CardsPage {
        page: colleague
            .page("ピアのカード")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&found.view, "tantou"),
        cards: found.cards.into_iter().map(view).collect(),
        may_make: found.may_make,
        peers: peers.collect(),
        typed: typed(form),
        mistakes,
    };
    show_with(status, &page)
}

async fn change(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let done = match form.text("act") {
        "make" => match form.line("peer").parse::<i64>() {
            Ok(peer) => room
                .make_card(session, id, StaffId::from(peer), &typed(&form))
                .await
                .map(drop),
            Err(_) => Err(Error::invalid("peer", "だれのカードかを選んでください。")),
        },
        "stop" => {
            let card = form.line("card").parse().unwrap_or(0);
            room.end_card(session, id, card).await
        }
        _ => return draw_cards(&colleague, id, &form, Vec::new()).await,
    };
    match done {
        Ok(()) => see_other(&format!("/desk/case/{id}/pia")),
        Err(error) => match mistake_of(&error) {
            Some(mistake) => draw_cards(&colleague, id, &form, vec![mistake]).await,
            None => colleague.case_trouble(error).await,
        },
    }
}
