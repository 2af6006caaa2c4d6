//! The sample peer supporter: a registration that is renewed every year, and one card.

use super::office::Desk;
use crate::failure::Result;
use basics::{CaseId, Clock};
use casework::peer::CardWords;
use jiff::SignedDuration;
use web::App;

/// Renews the registration and gives the card, some days ago.
pub async fn tell(app: &App, clock: &Clock, now: &Clock, desk: &Desk, case: CaseId) -> Result<()> {
    let days_ago = SignedDuration::from_hours(24 * 12);
    clock.set(now.now().saturating_sub(days_ago).unwrap_or(now.now()));
    let room = &app.casework;
    room.renew_peer(&desk.supervisor, desk.peer).await?;
    let words = CardWords {
        nickname: "えんぴつさん".to_owned(),
        place: "ひだまりの、窓ぎわの席".to_owned(),
        do_this: "となりで、絵をかく。話しかけられたら、話す。".to_owned(),
        not_that: "学校のこと、これからのことは、こちらから聞かない。".to_owned(),
        own_safety: "つかれたら、いつでも途中で帰ってよい。帰るときは、鈴木に一言だけ。".to_owned(),
    };
    room.make_card(&desk.coordinator, case, desk.peer, &words)
        .await?;
    Ok(())
}
