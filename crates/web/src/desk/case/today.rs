//! `/desk/kyou`: what is due, for one colleague; `/desk/futan`: how much everybody carries.
//!
//! One calm page. Only a promise past its day is said to be late; everything else has a day and waits.

mod calls;

use askama::Template;
use axum::{Router, response::Response, routing::get};
use basics::{CaseId, PersonId, ThreadId};
use casework::hand_over::SheetLine;
use casework::today::{Due, Named, Today};
use casework::workload::{DAYS, Workload};
use jiff::civil::Date;
use office::access::Action;
use office::custody::notice::NoticeKind;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me, Sent},
    desk::{days, places::mine},
    page::see_other,
    show,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/kyou", get(look).post(act))
        .route("/desk/futan", get(load))
}

/// A button beside a line: what is sent with it.
struct Button {
    act: &'static str,
    label: &'static str,
    /// The thing, its case, an age.
    id: i64,
    case: i64,
    age: i16,
}

impl Button {
    fn new(act: &'static str, label: &'static str, id: i64) -> Self {
        Self {
            act,
            label,
            id,
            case: 0,
            age: 0,
        }
    }
}

/// One line of the page.
struct Row {
    /// Where it leads; empty: nowhere.
    href: String,
    title: String,
    /// A quieter word beside it.
    sub: String,
    when: String,
    late: bool,
    button: Option<Button>,
    links: Vec<(String, String)>,
}

impl Row {
    fn new(href: String, title: impl Into<String>, when: String) -> Self {
        Self {
            href,
            title: title.into(),
            sub: String::new(),
            when,
            late: false,
            button: None,
            links: Vec::new(),
        }
    }

    fn sub(self, sub: impl Into<String>) -> Self {
        Self {
            sub: sub.into(),
            ..self
        }
    }

    fn button(self, button: Button) -> Self {
        Self {
            button: Some(button),
            ..self
        }
    }
}

/// One sort of thing that is due.
struct Section {
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    rows: Vec<Row>,
}

impl Section {
    /// What has no day of its own stands folded as soon as it is more than a glance.
    fn folded(&self) -> bool {
        self.id == "fushime" && self.rows.len() > 2
    }
}

#[derive(Template)]
#[template(path = "desk/case/today.html")]
struct TodayPage {
    page: Page,
    me: Me,
    date: String,
    on_duty: bool,
    leads: bool,
    /// What is to be done, and what is good to know.
    columns: Vec<Vec<Section>>,
}

fn named(name: &Named) -> String {
    match name.name.as_str() {
        "" => format!("ケース {}", name.number),
        called => format!("ケース {}　{called}さん", name.number),
    }
}

fn row<T>(due: &Due<T>, part: &str, title: impl Into<String>, today: Date) -> Row {
    let href = format!("/desk/case/{}/{part}", due.case);
    let when = match due.on <= today {
        true if due.on == today => "きょう".to_owned(),
        true => format!("{}から", basics::japanese::date(due.on)),
        false => basics::japanese::date(due.on),
    };
    Row::new(href, title, when).sub(named(&due.named))
}

async fn look(colleague: Colleague) -> Response {
    let (mine, told) = match (
        mine::mine(&colleague).await,
        calls::sections(&colleague).await,
    ) {
        (Ok(mine), Ok(told)) => (mine, told),
        (Err(error), _) | (_, Err(error)) => return colleague.place_trouble(error).await,
    };
    match read(&colleague, mine, told).await {
        Ok(page) => show(&page),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn read(
    colleague: &Colleague,
    mine: Vec<mine::Mine>,
    [to_call, not_arrived]: [Section; 2],
) -> casework::Result<TodayPage> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let today = room.today(session).await?;
    let visits = room.visits_on(session, today.on).await?;
    let notices = room.notices(session).await?;
    let sheets = room.my_sheets(session).await?;
    let leads = session.may(Action::ReviewBreakGlass);
    let glass = if leads {
        room.glass_to_review(session).await?
    } else {
        Vec::new()
    };
    let waiting = glass
        .iter()
        .filter(|one| one.glass.reviewed_at.is_none() && one.glass.is_for(session.staff()));
    let decide = today
        .decisions
        .iter()
        .map(|one| Row {
            href: one.what.address(one.case),
            ..row(one, "", one.what.label(), today.on)
        })
        .chain(waiting.map(|one| {
            let due = days::due(one.glass.review_due_on, today.on);
            Row::new(
                format!("/desk/kinkyuu#g{}", one.glass.id),
                "緊急の閲覧の確認",
                due,
            )
            .sub(format!("ケース {}", one.number))
        }))
        .collect();
    let told = notices.into_iter().map(|line| {
        let href = match line.notice.case {
            Some(_) if line.notice.kind == NoticeKind::GlassBroken => {
                let glass = line.notice.subject.unwrap_or_default();
                format!("/desk/kinkyuu#g{glass}")
            }
            Some(case) => match (line.notice.kind, line.notice.subject) {
                (
                    NoticeKind::VisitAlong | NoticeKind::VisitMoved | NoticeKind::VisitCancelled,
                    Some(visit),
                ) => format!("/desk/case/{case}/houmon/{visit}"),
                (kind, _) => format!("/desk/case/{case}{}", told_on(kind)),
            },
            None => String::new(),
        };
        let when = days::ago(line.notice.at, colleague.app().clock.now());
        let number = line.number.map(|number| format!("ケース {number}"));
        Row::new(href, line.notice.kind.label(), when)
            .sub(number.unwrap_or_default())
            .button(Button::new("seen", "見ました", line.notice.id))
    });
    let out = visits.iter().filter(|one| one.own).map(|one| {
        let at = basics::time::to_jst(one.visit.leave_at).time();
        let number = one.number.map(|number| format!("ケース {number}"));
        Row::new(
            "/desk/houmon".to_owned(),
            format!("{}に出発", basics::japanese::time(at)),
            one.names.clone(),
        )
        .sub(number.unwrap_or_default())
    });
    let first = [
        section("tegami", "お返事の約束", "", letters(&today)),
        section(
            "touban",
            "ほかの担当の、約束をすぎた手紙",
            "当番に見えるのは、番号と日付だけです。引き受けると、きょうの終わりまで、その手紙の区画を開けます。",
            elsewhere(&today),
        ),
        section("houmon", "きょうの訪問", "", out.collect()),
        section(
            "ba",
            "受け持つ場",
            "",
            mine.into_iter()
                .map(|one| Row::new(one.href, one.title, one.when))
                .collect(),
        ),
        to_call,
        section("hikitsugi", "引き継ぎの紙", "", sheets_of(sheets)),
        section(
            "shitagaki",
            "確定していない下書き",
            "下書きのままの記録です。確定するか、書き直すか、捨てます。担当を離れた職員の下書きは、書いた人の名前のまま、主担当が確定するか捨てます。",
            drafts(&today),
        ),
        section("yaru", "やること", "", tasks(&today)),
        section(
            "tsugi",
            "前に決めた、つぎの日",
            "",
            today
                .next_dates
                .iter()
                .map(|one| row(one, "keika", "つぎの連絡・面談", today.on))
                .collect(),
        ),
    ];
    let second = [
        section("kakunin", "確認を待っていること", "", decide),
        section(
            "tantounashi",
            "担当のいないケース",
            "主担当か副担当を決めてください。",
            today
                .nobodys
                .iter()
                .map(|one| row(one, "tantou", "担当がいません", today.on))
                .collect(),
        ),
        section(
            "yomu",
            "まだ読んでいない記録",
            "読んだら、そのケースの「担当」のページで「読みました」を残せます。",
            today
                .unread
                .iter()
                .map(|one| {
                    let keika = (format!("/desk/case/{}/keika", one.case), "経過".to_owned());
                    Row {
                        links: vec![keika],
                        ..row(one, "tantou", format!("{}件の記録", one.what), today.on)
                    }
                })
                .collect(),
        ),
        section(
            "hozon",
            "保存の期間がすぎた記録",
            "消すかどうかは、二人で決めます。急ぐことはありません。",
            today
                .erasable
                .iter()
                .map(|one| {
                    let kinds: Vec<&str> = one.records.iter().map(|kind| kind.label()).collect();
                    let done = basics::japanese::date(one.finished_on);
                    let title = format!("ケース {}", one.number);
                    Row::new("/desk/hozon".to_owned(), title, format!("{done}に一区切り"))
                        .sub(kinds.join("・"))
                })
                .collect(),
        ),
        section("shirase", "お知らせ", "", told.collect()),
        not_arrived,
        section(
            "minaoshi",
            "見直しの日",
            "",
            today
                .reviews
                .iter()
                .map(|one| row(one, one.what.part(), one.what.label(), today.on))
                .collect(),
        ),
        section(
            "tayori",
            "返信を求めない便り",
            "決めたペースの日です。送るかどうかは、そのときに考えます。",
            today
                .silence
                .iter()
                .map(|one| {
                    let title = format!("{}に、{}", one.what.1, one.what.0.pace.label());
                    row(one, "tayori", title, today.on)
                })
                .collect(),
        ),
        section(
            "nozomanai",
            "「今は望まない」を、職員どうしで考え直す日",
            "本人やご家族に、たずねるためのものではありません。",
            today
                .checks
                .iter()
                .map(|one| row(one, "kakawari", "職員どうしで話す", today.on))
                .collect(),
        ),
        section(
            "fushime",
            "節目",
            "1〜2年前に、職員にだけ出ます。本人やご家族のページには、何も出ません。",
            ages(&today),
        ),
    ];
    let full = |section: &Section| !section.rows.is_empty();
    Ok(TodayPage {
        page: colleague.page("きょう"),
        me: colleague.me("/desk/kyou"),
        date: basics::japanese::date(today.on),
        on_duty: today.on_duty,
        leads: session.may(Action::SeeWorkload),
        columns: [Vec::from(first), Vec::from(second)]
            .into_iter()
            .map(|column| column.into_iter().filter(full).collect())
            .filter(|column: &Vec<Section>| !column.is_empty())
            .collect(),
    })
}

fn section(id: &'static str, title: &'static str, hint: &'static str, rows: Vec<Row>) -> Section {
    Section {
        id,
        title,
        hint,
        rows,
    }
}

/// The sheets of a hand-over: those to write that are not written, and those to read.
fn sheets_of(sheets: Vec<SheetLine>) -> Vec<Row> {
    let open = |line: &SheetLine| !line.mine_to_write || !line.written;
    let row = |line: SheetLine| {
        let (title, ending) = if line.mine_to_write {
            (format!("{}さんへの紙を書く", line.other), "まで")
        } else {
            (format!("{}さんの紙を読む", line.other), "から")
        };
        Row::new(
            format!("/desk/case/{}/hikitsugi", line.case),
            title,
            format!("{}{ending}", super::custody::moment(line.moment)),
        )
        .sub(format!("ケース {}　{}", line.number, line.principal))
    };
    sheets.into_iter().filter(open).map(row).collect()
}

fn drafts(today: &Today) -> Vec<Row> {
    let line = |one: &Due<casework::unfinished::Unfinished>| {
        let title = if one.what.left {
            "担当を離れた職員の下書き"
        } else {
            "下書きの記録"
        };
        row(one, &format!("keika/{}", one.what.note), title, today.on)
    };
    today.drafts.iter().map(line).collect()
}

/// The part of a case's pages where what a notice says is seen.
fn told_on(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::ConsentTakenBack => "/doui",
        NoticeKind::HandedOver => "/hikitsugi",
        NoticeKind::FlagRaised => "/mitate",
        NoticeKind::DisclosureSubmitted => "/kaiji",
        NoticeKind::PeerReported => "/pia",
        _ => "",
    }
}

fn letters(today: &Today) -> Vec<Row> {
    let line = |thread: &mailbox::Thread| {
        let when = thread.promised_on.map(|day| days::due(day, today.on));
        let case = thread.part_of.and_then(|(case, ..)| today.cases.get(&case));
        let sub = case.map_or_else(|| thread.writer.label().to_owned(), named);
        Row {
            late: thread.is_overdue(today.on),
            ..Row::new(
                format!("/desk/tegami/{}", thread.id),
                format!("手紙 {}", thread.number),
                when.unwrap_or_else(|| "約束の日は、まだありません".to_owned()),
            )
            .sub(sub)
        }
    };
    today.letters.iter().map(line).collect()
}

fn elsewhere(today: &Today) -> Vec<Row> {
    let line = |one: &mailbox::of_case::Overdue| Row {
        late: true,
        ..Row::new(
            String::new(),
            format!("手紙 {}", one.number),
            days::due(one.promised_on, today.on),
        )
        .button(Button::new(
            "take",
            "当番として引き受ける",
            one.thread.get(),
        ))
    };
    today.overdue_elsewhere.iter().map(line).collect()
}

fn tasks(today: &Today) -> Vec<Row> {
    let line = |one: &Due<casework::task::Task>| {
        let words = match one.what.words.as_str() {
            "" => one.what.kind.label().to_owned(),
            words => format!("{}：{words}", one.what.kind.label()),
        };
        row(one, "kakawari", words, today.on).button(Button {
            case: one.case.get(),
            ..Button::new("done", "できました", one.what.id)
        })
    };
    today.tasks.iter().map(line).collect()
}

fn ages(today: &Today) -> Vec<Row> {
    let line = |one: &Due<casework::milestone::Milestone>| {
        let title = format!("{}：{}", named(&one.named), one.what.title());
        let programmes: Vec<&str> = one.what.programmes.iter().map(|p| p.label()).collect();
        Row {
            links: super::engagement::window_links(one.what.windows),
            ..Row::new(
                format!("/desk/case/{}/kakawari", one.case),
                title,
                String::new(),
            )
            .sub(format!(
                "{}、{}。{}。{}",
                one.what.who,
                one.what.when,
                one.what.words,
                programmes.join("・")
            ))
            .button(Button {
                case: one.case.get(),
                age: one.what.age,
                ..Button::new("away", "片づける", one.what.person.get())
            })
        }
    };
    today.milestones.iter().map(line).collect()
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let number = |name: &str| form.line(name).parse::<i64>().unwrap_or(0);
    let (id, case) = (number("id"), CaseId::from(number("case")));
    if form.text("act") == "called" {
        // A colleague called a moment before: what was wanted is so.
        return match colleague.app().community.call_made(session, id).await {
            Ok(()) | Err(community::Error::NotFound) => see_other("/desk/kyou"),
            Err(error) => colleague.place_trouble(error).await,
        };
    }
    let done = match form.text("act") {
        "done" => room.task_done(session, case, id).await,
        "seen" => room.notice_seen(session, id).await,
        "away" => {
            let age = form.line("age").parse().unwrap_or(0);
            let person = PersonId::from(id);
            room.dismiss_milestone(session, case, person, age).await
        }
        "take" => match room.take_on_duty(session, ThreadId::from(id)).await {
            Ok(_) => return see_other(&format!("/desk/tegami/{id}")),
            Err(error) => Err(error),
        },
        _ => Ok(()),
    };
    match done {
        // Somebody else was first: what was wanted is so.
        Ok(()) | Err(casework::Error::Again) => see_other("/desk/kyou"),
        Err(error) => colleague.case_trouble(error).await,
    }
}

#[derive(Template)]
#[template(path = "desk/case/workload.html")]
struct LoadPage {
    page: Page,
    me: Me,
    load: Workload,
    days: i64,
    year: i16,
    persons: casework::head_count::Persons,
}

async fn load(colleague: Colleague) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let year = basics::FiscalYear::of(colleague.app().clock.today());
    let found = async {
        let load = room.workload(session).await?;
        Ok::<_, casework::Error>((load, room.count_persons(session, year).await?))
    };
    match found.await {
        Ok((load, persons)) => show(&LoadPage {
            page: colleague.page("担当の量"),
            me: colleague.me("/desk/kyou"),
            load,
            days: DAYS,
            year: year.year(),
            persons,
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
