//! `/desk/kiroku`: who did what and when, in plain words, and whether the chain is whole.

use std::collections::HashMap;

use askama::Template;
use axum::{Router, extract::RawQuery, response::Response, routing::get};
use basics::{StaffId, time::to_jst};
use jiff::civil::Date;
use office::{
    Actor,
    access::{self, Action},
    audit::{self, Recorded, words},
};

use crate::{App, Page, show};

use super::{
    colleague::{Colleague, Me},
    days,
};

const LINES: i64 = 100;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/kiroku", get(look))
}

/// A row in words.
struct RowView {
    seq: i64,
    at: String,
    who: String,
    what: String,
    subject: String,
    subject_href: String,
    refused: bool,
    detail: String,
}

/// What walking the chain found.
struct Walked {
    whole: bool,
    words: String,
    rows: i64,
    head: String,
}

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    page: Page,
    me: Me,
    rows: Vec<RowView>,
    older: Option<i64>,
    newest: bool,
    walked: Option<Walked>,
}

async fn look(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let asked = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let before = asked("mae").and_then(|number| number.parse().ok());
    match audit_page(&colleague, before, asked("tashikame").is_some()).await {
        Ok(page) => show(&page),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn audit_page(
    colleague: &Colleague,
    before: Option<i64>,
    walk: bool,
) -> office::Result<AuditPage> {
    let permit = access::permit(&colleague.session, Action::SeeAudit, "").await?;
    let app = colleague.app();
    let mut conn = app.db.read().await?;
    let rows = audit::page(&mut conn, permit.office(), before, LINES).await?;
    let staff = office::staff::list(&mut conn, permit.office()).await?;
    drop(conn);
    let names: HashMap<StaffId, String> = staff.into_iter().map(|one| (one.id, one.name)).collect();
    let reports = if walk {
        audit::verify(&app.db).await?
    } else {
        Vec::new()
    };
    let own = reports
        .into_iter()
        .find(|report| report.office == permit.office());
    let walked = own.map(|report| Walked {
        whole: report.fault.is_none(),
        words: report
            .fault
            .map(|fault| fault.to_string())
            .unwrap_or_default(),
        rows: report.rows,
        head: report.head_hex(),
    });
    let opens = colleague.may(Action::ReadThread);
    Ok(AuditPage {
        page: colleague.page("記録"),
        me: colleague.me("/desk/kiroku"),
        older: rows
            .last()
            .map(|row| row.seq)
            .filter(|seq| *seq > 1 && rows.len() as i64 == LINES),
        newest: before.is_none(),
        rows: rows
            .into_iter()
            .map(|row| row_view(row, app.clock.today(), &names, opens))
            .collect(),
        walked,
    })
}

fn row_view(row: Recorded, today: Date, names: &HashMap<StaffId, String>, opens: bool) -> RowView {
    let name = |id: StaffId| {
        names
            .get(&id)
            .cloned()
            .unwrap_or_else(|| format!("職員 {id}"))
    };
    let at = to_jst(row.at);
    let (subject, subject_href) = subject_words(&row.subject, opens, name);
    RowView {
        seq: row.seq,
        at: format!("{}:{:02}", days::moment(row.at, today), at.second()),
        who: match row.actor {
            Some(Actor::Staff(id)) => name(id),
            Some(Actor::CodeHolder(_)) => "書き手（番号を持つ人）".to_owned(),
            Some(Actor::Stranger) => "だれか（名前なし）".to_owned(),
            Some(Actor::Program) => "プログラム".to_owned(),
            Some(Actor::Operator) => "機械の前の人".to_owned(),
            None => "—".to_owned(),
        },
        what: action_words(&row.action).map_or(row.action, str::to_owned),
        subject,
        subject_href,
        refused: row.refused,
        detail: words::reason(&row.detail).map_or_else(|| detail_words(&row.detail), str::to_owned),
    }
}

/// 「手紙」「職員 佐藤」, and where to look at it.
fn subject_words(subject: &str, opens: bool, name: impl Fn(StaffId) -> String) -> (String, String) {
    match subject.split_once(':') {
        Some(("thread", id)) => (
            "手紙".to_owned(),
            if opens {
                format!("/desk/tegami/{id}")
            } else {
                String::new()
            },
        ),
        Some(("staff", id)) => (
            id.parse::<i64>()
                .map_or_else(|_| "職員".to_owned(), |id| name(StaffId::from(id))),
            String::new(),
        ),
        Some(("window_report", _)) => ("窓口案内のまちがい".to_owned(), String::new()),
        Some(("phrase", _)) => ("定型文".to_owned(), String::new()),
        Some(("office", _)) => ("この窓口".to_owned(), String::new()),
        _ => (subject.to_owned(), String::new()),
    }
}

/// What has no sentence of its own: roles before and after, versions.
fn detail_words(detail: &str) -> String {
    detail
        .split(',')
        .map(|part| match part.split_once('=') {
            Some(("role", roles)) => roles
                .split(':')
                .map(role_word)
                .collect::<Vec<_>>()
                .join("→"),
            Some(("active", "true")) => "使える".to_owned(),
            Some(("active", "false")) => "止めた".to_owned(),
            Some(("tray", tray)) => mailbox::Tray::from_code(tray)
                .map_or_else(|| tray.to_owned(), |tray| format!("{}へ", tray.label())),
            Some(("version", version)) => format!("第{version}版"),
            _ => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("、")
}

fn role_word(code: &str) -> String {
    office::Role::parse(code).map_or_else(|_| code.to_owned(), |role| role.label().to_owned())
}

/// The office names its own codes; the mailbox's are named here.
fn action_words(code: &str) -> Option<&'static str> {
    words::label(code).or(match code {
        "staff.end_other_sessions" => Some("ほかの画面のサインインを切る"),
        "window_report.read" => Some("お知らせを読む"),
        "window_report.settle" => Some("お知らせを片づける"),
        "mailbox.first_letter" => Some("はじめての手紙が届く"),
        "mailbox.write_more" => Some("つづきの手紙が届く"),
        "mailbox.enter_letter" => Some("手紙を入れる"),
        "mailbox.enter" => Some("番号を入れる"),
        "mailbox.read" => Some("書き手が開く"),
        "mailbox.digits_ready" => Some("読み上げる番号の用意"),
        "mailbox.change_code" => Some("番号を変える"),
        "mailbox.wish_reply" => Some("書き手の希望：返事がほしい"),
        "mailbox.wish_no_reply" => Some("書き手の希望：返事はいりません"),
        "mailbox.wish_quiet" => Some("書き手の希望：今はそっとしておいて"),
        "mailbox.end_and_erase" => Some("書き手が終わりにする"),
        "mailbox.erase" => Some("手紙を消す"),
        "mailbox.erase_closed" => Some("残す日数がすぎた手紙を消す"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_words_where_they_can_be() {
        assert_eq!(
            detail_words("role=coordinator:supervisor,active=true"),
            "支援コーディネーター→センター長・スーパーバイザー、使える"
        );
        assert_eq!(detail_words("version=3"), "第3版");
        assert_eq!(detail_words(""), "");
    }
}
