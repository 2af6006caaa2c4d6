//! The pages. A request comes in, one room is called, a template goes out.
//!
//! * [`App`] is what every handler shares; [`router`] puts the doors together and lays the common coats over them.
//! * One module a door: [`public`] for everyone, `desk` for the people who answer.
//! * [`page`] holds what every page needs (title, preferences, crisis lines); [`form`] reads whatever a browser sends;
//!   [`error`] turns every trouble into a calm page; [`headers`] says what each door may be told to keep or forget.
//!
//! Invariants, each kept by a test: no page needs JavaScript; no page asks a third party for anything; nothing that
//! was typed appears in an address, a title or a log line; no template holds a telephone number.

// A template hands references to the functions it calls, and calls them on its page.
#![allow(clippy::trivially_copy_pass_by_ref, clippy::unused_self)]

pub mod app;
pub mod assets;
pub mod config;
pub mod cookie;
pub mod csrf;
pub mod desk;
pub mod error;
pub mod form;
pub mod headers;
pub mod log;
pub mod page;
pub mod parts;
pub mod pattern_book;
pub mod prefs;
pub mod public;

pub use app::App;
pub use config::Config;
pub use error::Trouble;
pub use form::{Form, FormTrouble};
pub use page::{Page, Visit, show, show_with};

use axum::{Router, middleware};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer,
};

/// All doors of the program, ready to be served.
///
/// The coats, from the outside in: one log line · security headers · gzip where nothing secret is mixed with what
/// was typed · calm pages for every trouble · panics caught · time limit · requests from other sites refused.
pub fn router(app: App) -> Router {
    let mut doors = Router::new()
        .merge(assets::routes())
        .merge(public::routes())
        .merge(desk::routes());
    if app.config.pattern_book {
        doors = doors.merge(pattern_book::routes());
    }
    doors
        .fallback(async || Trouble::NotFound)
        .method_not_allowed_fallback(async || Trouble::WrongMethod)
        .layer(middleware::from_fn_with_state(app.clone(), csrf::guard))
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            app.config.request_timeout,
        ))
        .layer(CatchPanicLayer::custom(error::caught))
        .layer(middleware::from_fn_with_state(app.clone(), error::calm))
        .layer(middleware::from_fn(headers::mark_secrets))
        .layer(
            CompressionLayer::new()
                .gzip(true)
                .compress_when(headers::MayCompress),
        )
        .layer(middleware::from_fn_with_state(app.clone(), headers::put_on))
        .layer(middleware::from_fn(log::one_line))
        .with_state(app)
}
