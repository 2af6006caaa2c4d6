//! The desk: where the people who answer spend their day. Dense, quick, keyboard first; whole without JavaScript.
//!
//! * [`sign_in`], [`enrol`], [`own`]: coming in, and one's own account · [`kept`]: what was typed outlives the session.
//! * [`inbox`], [`thread`], [`enter`], [`code_card`]: letters · [`events`]: new ones appear by themselves.
//! * [`alarm`]: who has not come back from a visit, at the head of every page.
//! * [`case`]: cases, and everything that lies behind one.
//! * [`mensetsu`]: appointments, and the hours in which they are given.
//! * [`koyomi`]: the week on one page, private calendars, closing days from a file.
//! * [`places`]: programmes, the days they take place, who comes.
//! * [`phrases`], [`office_page`], [`staff`], [`audit_page`]: the office · [`reports`]: mistakes in the directory.
//!
//! Every handler begins with a [`Colleague`](colleague::Colleague) (reading) or [`Sent`](colleague::Sent) (a form with
//! the session's token); whoever may not gets the same 404 as for what does not exist, after the refusal is recorded.
//! Every form is sent to the address of its own page with `act`, and `act=redraw` only shows the page with what was
//! typed: so a form whose session ended meanwhile can be put back onto its page, whatever page that is.

mod alarm;
mod audit_page;
mod case;
mod code_card;
mod colleague;
mod days;
mod enrol;
mod enter;
pub mod events;
mod highlight;
mod inbox;
mod kept;
mod koyomi;
mod mensetsu;
mod office_form;
mod office_page;
mod own;
mod phrases;
mod places;
mod reports;
mod sign_in;
mod staff;
mod thread;
mod thread_view;

use axum::Router;

use crate::App;

/// All doors of the desk.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(sign_in::routes())
        .merge(enrol::routes())
        .merge(inbox::routes())
        .merge(events::routes())
        .merge(thread::routes())
        .merge(enter::routes())
        .merge(phrases::routes())
        .merge(office_page::routes())
        .merge(staff::routes())
        .merge(own::routes())
        .merge(audit_page::routes())
        .merge(reports::routes())
        .merge(alarm::routes())
        .merge(case::routes())
        .merge(mensetsu::routes())
        .merge(koyomi::routes())
        .merge(places::routes())
}
