//! `/desk/kiroku`: who did what and when, in bare words, and whether the chain is whole.
//!
//! Bare: which case, which letter and why something was refused is in the chain and not on this page. What concerns a case
//! that the reader must not know of is left out, and nothing is numbered, so that no gap tells of it.

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
    at: String,
    who: String,
    what: String,
    subject: String,
    refused: bool,
    detail: String,
}

/// What walking the chain found.
struct Walked {
    whole: bool,
    words: String,
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
    let skip = asked("mae").and_then(|number| number.parse().ok());
    match audit_page(
        &colleague,
        skip.unwrap_or(0).max(0),
        asked("tashikame").is_some(),
    )
    .await
    {
        Ok(page) => show(&page),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn audit_page(colleague: &Colleague, skip: i64, walk: bool) -> office::Result<AuditPage> {
    let permit = access::permit(&colleague.session, Action::SeeAudit, "").await?;
    let app = colleague.app();
    let unknown = unknown_to(colleague).await?;
    let reader = colleague.session.staff();
    let mut conn = app.db.read().await?;
    // One more than is shown says whether there are older ones.
    let mut rows = audit::page(
        &mut conn,
        permit.office(),
        reader,
        &unknown,
        skip,
        LINES + 1,
    )
    .await?;
    let more = rows.len() as i64 > LINES;
    rows.truncate(LINES as usize);
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
    });
    Ok(AuditPage {
        page: colleague.page("記録"),
        me: colleague.me("/desk/kiroku"),
        older: more.then_some(skip + LINES),
        newest: skip == 0,
        rows: rows
            .into_iter()
            .map(|row| row_view(row, app.clock.today(), &names))
            .collect(),
        walked,
    })
}

/// How the chain names what does not exist for this colleague.
async fn unknown_to(colleague: &Colleague) -> office::Result<Vec<String>> {
    let app = colleague.app();
    let found = app.casework.unknown_to(&colleague.session).await;
    let (cases, mut subjects) = found.map_err(|error| match error {
        casework::Error::Office(error) => error,
        casework::Error::Store(error) => error.into(),
        _ => office::Error::Damaged("casefile"),
    })?;
    let mut conn = app.db.read().await?;
    subjects.extend(community::appointment::subjects_of(&mut conn, &cases).await?);
    Ok(subjects)
}

fn row_view(row: Recorded, today: Date, names: &HashMap<StaffId, String>) -> RowView {
    let name = |id: StaffId| {
        names
            .get(&id)
            .cloned()
            .unwrap_or_else(|| format!("職員 {id}"))
    };
    let at = to_jst(row.at);
    let subject = subject_words(&row.subject, name);
    RowView {
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
        refused: row.refused,
        // Every refusal is one word: why would tell whether what was asked for is there.
        detail: if row.refused {
            String::new()
        } else {
            words::manner(&row.detail).map_or_else(|| detail_words(&row.detail), str::to_owned)
        },
    }
}

/// 「手紙」「ケース」, never which one; a colleague by name.
fn subject_words(subject: &str, name: impl Fn(StaffId) -> String) -> String {
    let (kind, id) = subject.split_once(':').unwrap_or((subject, ""));
    let word = match kind {
        "staff" => {
            return id
                .parse::<i64>()
                .map_or_else(|_| "職員".to_owned(), |id| name(StaffId::from(id)));
        }
        "thread" => "手紙",
        "case" => "ケース",
        "compartment" => "区画",
        "visit" => "訪問",
        "peer_card" => "ピアのカード",
        "notice" => "お知らせ",
        "appointment" => "面接の予約",
        "slip" => "予約の控え",
        "gathering" => "開催回",
        "programme" => "場",
        "room" => "部屋",
        "hours" => "面接の時間",
        "calendar_feed" => "カレンダー",
        "window_report" => "窓口案内のまちがい",
        "phrase" => "定型文",
        "office" => "この窓口",
        _ => "",
    };
    word.to_owned()
}

/// What has no sentence of its own: roles before and after, versions. Everything else is not for this page.
fn detail_words(detail: &str) -> String {
    detail
        .split(',')
        .filter_map(|part| match part.split_once('=') {
            Some(("role", roles)) => {
                let words: Vec<String> = roles.split(':').map(role_word).collect();
                Some(words.join("→"))
            }
            Some(("active", "true")) => Some("使える".to_owned()),
            Some(("active", "false")) => Some("止めた".to_owned()),
            Some(("login", "changed")) => Some("ログイン名を変えた".to_owned()),
            Some(("name", "changed")) => Some("名前を変えた".to_owned()),
            Some(("tray", tray)) => {
                mailbox::Tray::from_code(tray).map(|tray| format!("{}へ", tray.label()))
            }
            Some(("version", version)) => Some(format!("第{version}版")),
            _ => None,
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
        assert_eq!(detail_words("staff=7,reason=kin"), "");
        assert_eq!(detail_words("case:12"), "");
    }

    #[test]
    fn a_subject_is_a_bare_word() {
        let name = |_: StaffId| "佐藤".to_owned();
        assert_eq!(subject_words("case:12", name), "ケース");
        assert_eq!(subject_words("staff:7", name), "佐藤");
        assert_eq!(subject_words("something_new:12", name), "");
    }
}
