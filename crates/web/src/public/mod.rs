//! The public doors: for a person, their family, anyone nearby.

pub mod about;
pub mod annai;
pub mod basho;
pub mod hikae;
pub mod home;
pub mod koyomi;
pub mod madoguchi;
pub mod offers;
pub mod tegami;
pub mod toziru;
pub mod yomi;
pub mod yomu;
pub mod yoyaku;

use axum::Router;

use crate::App;

/// All public doors.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(annai::routes())
        .merge(madoguchi::routes())
        .merge(tegami::routes())
        .merge(basho::routes())
        .merge(hikae::routes())
        .merge(yoyaku::routes())
        .merge(koyomi::routes())
        .merge(yomi::routes())
        .merge(yomu::routes())
        .merge(about::routes())
        .merge(toziru::routes())
}
