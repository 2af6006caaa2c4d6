//! `/desk/machigai`: somebody says that a window's entry is wrong. A person looks, corrects the entry (or asks whoever
//! keeps it), and settles the report; with that its words are gone.

use askama::Template;
use axum::{Router, extract::RawQuery, response::Response, routing::get};
use basics::time::from_micros;
use directory::report::{self, ReportRow, What};
use mailbox::Error;
use office::access::{self, Action};
use store::transact;
use vault::Sealed;

use crate::{App, Page, page::see_other, show};

use super::{
    colleague::{Colleague, Me, Sent},
    days,
};

const LINES: u32 = 100;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/machigai", get(list).post(settle))
}

/// A report as it is shown.
struct ReportView {
    id: i64,
    window: String,
    href: String,
    what: &'static str,
    words: String,
    at: String,
}

#[derive(Template)]
#[template(path = "desk/reports.html")]
struct ReportsPage {
    page: Page,
    me: Me,
    reports: Vec<ReportView>,
    done: bool,
}

/// How many wait, for the inbox.
pub(super) async fn waiting(colleague: &Colleague) -> mailbox::Result<usize> {
    let mut conn = colleague.app().db.read().await?;
    Ok(
        report::waiting(&mut conn, colleague.session.office(), LINES)
            .await?
            .len(),
    )
}

async fn list(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    match reports_page(&colleague, query.as_deref() == Some("ok=1")).await {
        Ok(page) => show(&page),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn reports_page(colleague: &Colleague, done: bool) -> mailbox::Result<ReportsPage> {
    let permit = access::permit(&colleague.session, Action::SeeInbox, "window_report").await?;
    let (app, session) = (colleague.app(), &colleague.session);
    let rows = report::waiting(&mut app.db.read().await?, permit.office(), LINES).await?;
    let sealed: Vec<&ReportRow> = rows.iter().filter(|row| row.words.is_some()).collect();
    // A page without words opens nothing and leaves no row.
    let opened: Vec<(i64, String)> = if sealed.is_empty() {
        Vec::new()
    } else {
        transact!(app.db, "directory.read_reports", |tx| {
            let mut opened = Vec::new();
            for row in &sealed {
                let (Some(key), Some(words)) = (&row.wrapped_key, &row.words) else {
                    continue;
                };
                let grant = access::open_report(tx, session, permit.office(), row.id, key).await?;
                let words = grant.open(
                    &Sealed::<String>::from_bytes(words.clone()),
                    &report::place(row.id),
                )?;
                opened.push((row.id, words));
            }
            Ok::<_, Error>(opened)
        })?
    };
    let view = |row: ReportRow| {
        let window = app.directory.window(&row.window_id);
        ReportView {
            words: opened
                .iter()
                .find(|(id, _)| *id == row.id)
                .map(|(_, words)| words.clone())
                .unwrap_or_default(),
            id: row.id,
            href: window
                .map(|_| format!("/madoguchi/mado/{}", row.window_id))
                .unwrap_or_default(),
            window: window.map_or(row.window_id, |window| window.name.to_string()),
            what: What::from_code(&row.what).unwrap_or(What::Other).label(),
            at: days::moment(from_micros(row.sent_at), app.clock.today()),
        }
    };
    let reports = rows.into_iter().map(view).collect();
    Ok(ReportsPage {
        page: colleague.page("窓口案内のまちがい"),
        me: colleague.me("/desk"),
        reports,
        done,
    })
}

async fn settle(Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "settle" {
        return see_other("/desk/machigai");
    }
    let app = colleague.app();
    let settled = async {
        let id: i64 = form.line("report").parse().map_err(|_| Error::NotFound)?;
        let permit = access::permit(
            &colleague.session,
            Action::SeeInbox,
            &format!("window_report:{id}"),
        )
        .await?;
        let entry = permit.entry("window_report.settle", format!("window_report:{id}"));
        transact!(app.db, "directory.settle_report", |tx| {
            if !report::settle(tx, &app.clock, permit.office(), id).await? {
                return Err(Error::NotFound);
            }
            office::audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })?;
        // Its words are gone, also from the pages of the file.
        app.db.scrub().await?;
        Ok::<_, Error>(())
    };
    match settled.await {
        Ok(()) => see_other("/desk/machigai?ok=1"),
        Err(error) => colleague.trouble(error).await,
    }
}
