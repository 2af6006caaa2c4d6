//! 「職員からの電話」 and the messages that did not arrive, for whoever keeps appointments.

use super::{Button, Row, Section, section};
use crate::desk::colleague::Colleague;
use basics::japanese;
use basics::time::to_jst;
use community::notice::call::Call;
use office::access::Action;

/// The two sections; both empty for whoever opens no slip.
pub(super) async fn sections(colleague: &Colleague) -> community::Result<[Section; 2]> {
    let (app, session) = (colleague.app(), &colleague.session);
    let (mut calls, mut failed) = (Vec::new(), Vec::new());
    if session.may(Action::KeepAppointments) && session.holds_office_key() {
        calls = app
            .community
            .calls_due(session, app.clock.today())
            .await?
            .iter()
            .map(row)
            .collect();
        failed = app
            .community
            .failed_messages(session)
            .await?
            .iter()
            .map(|one| Row::new(String::new(), one.what.label(), format!("{}件", one.count)))
            .collect();
    }
    Ok([
        section(
            "denwa",
            "頼まれた電話",
            "個人の名前だけを名乗ります。出られないときは、伝言を残さず、もう一度だけかけます。",
            calls,
        ),
        section(
            "todokanai",
            "届かなかった知らせ",
            "メールで送れませんでした。同じことは、予約の番号のページに出ています。",
            failed,
        ),
    ])
}

fn row(call: &Call) -> Row {
    let at = to_jst(call.starts_at);
    let name = match call.words.nickname.trim() {
        "" => "名前は聞いていません".to_owned(),
        name => format!("{name}さん"),
    };
    let when = format!(
        "{} {}",
        japanese::date(at.date()),
        japanese::time(at.time())
    );
    let line = Row::new(String::new(), name, when);
    match &call.stopped {
        Some(sentence) => line.sub(sentence.clone()),
        None => line
            .sub(format!(
                "{}　{}　{}",
                call.words.phone.trim(),
                call.what.label(),
                call.about
            ))
            .button(Button::new("called", "かけました", call.id)),
    }
}
