//! 開示請求: line by line, with the ground for each withheld line.
//!
//! Whoever asks for the records about themself gets what they said and what staff saw of them. What others said is black,
//! with its ground; where the asker does not know that others consult, not even the black line is there, and every answer
//! carries the same sentence about it ([`EXISTENCE`]). Whether somebody else consulted is answered with that sentence
//! alone, and nothing is looked up for it (inv. 10). A parent has no right to an adult child's records as a parent.
//!
//! A coordinator prepares, a supervisor who is another person approves. Two of the grounds are weighed line by line: until
//! somebody wrote why, such a line is undecided, and nothing with an undecided line is submitted. What was submitted is
//! kept line by line as it stood and does not change any more.

mod answer;
mod kept;
mod lines;
mod rule;

pub use lines::LineSource;
pub use rule::{ARTICLE, Decision};

use crate::case::{self, CaseView};
use crate::codes::codes;
use crate::retention::{self, HoldGround};
use crate::{Casework, Error, Knows, Result, compartment, staff_room};
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::civil::Date;
use kept::Decided;
use lines::{Gather, Raw};
use office::access::{Action, CaseGrant};
use office::session::Session;
use rule::Asker;
use std::collections::HashSet;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

/// The answer to 「その人は相談しましたか」, and the last sentence of every other answer: the same words whoever asks and
/// whatever the records hold.
pub const EXISTENCE: &str = "請求した方以外の方からの相談や連絡については、それがあるかないかをお答えするだけで、その方の個人に関する情報をお知らせすることになります。このため、あるかないかも含めてお答えしません（存否応答拒否）。どなたからのお尋ねにも、同じお答えをしています。";

codes! {
    /// By what right somebody asks.
    Standing {
        /// 本人（自分の記録）
        Oneself = "oneself", "ご自身の記録";
        /// 法定代理人
        Guardian = "guardian", "法定代理人（未成年者・後見）として";
        /// そのほか
        Other = "other", "それ以外（親として、知人として など）";
    }
}

codes! {
    /// Where a request stands.
    State {
        /// 準備中
        Preparing = "preparing", "準備中";
        /// 承認待ち
        Submitted = "submitted", "承認待ち";
        /// 承認済み
        Approved = "approved", "承認済み";
    }
}

/// A request to be taken down.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// By what right.
    pub standing: Standing,
    /// Whose records; counts for nothing when the standing is [`Standing::Other`].
    pub person: Option<PersonId>,
    /// When it arrived.
    pub received_on: Date,
    /// What was asked, and (for a guardian) what was shown as proof.
    pub words: String,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its identifier.
    pub id: i64,
    /// By what right.
    pub standing: Standing,
    /// Whose records; `None`: of nobody.
    pub person: Option<PersonId>,
    /// When it arrived.
    pub received_on: Date,
    /// Where it stands.
    pub state: State,
    /// What was asked.
    pub words: String,
    /// Who submitted it.
    pub submitted_by: Option<StaffId>,
    /// When it was approved.
    pub approved_on: Option<Date>,
    /// When it was submitted, in microseconds.
    submitted_at: Option<i64>,
}

/// One line with what happens to it.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it comes from.
    pub source: LineSource,
    /// Which row of it.
    pub row: i64,
    /// Which part of that.
    pub part: i64,
    /// From when.
    pub on: Date,
    /// In which compartment it lies; `None`: on the face sheet.
    pub compartment: Option<CompartmentId>,
    /// Where it lies; for staff, never printed.
    pub place: String,
    /// Whose words; for staff, never printed.
    pub whose: String,
    /// The words.
    pub words: String,
    /// What happens to it.
    pub decision: Decision,
    /// Why it was changed by hand; empty when it was not.
    pub reason: String,
    /// Whether it was changed by hand.
    pub changed: bool,
    /// Whether whoever prepared the answer could not see it (a flag for the supervisors alone): it is decided by whoever
    /// approves.
    pub late: bool,
}

impl Line {
    /// Whether somebody still has to decide it: its ground stands only with a reason, and there is none.
    pub fn is_undecided(&self) -> bool {
        self.decision.needs_reason() && self.reason.is_empty()
    }

    /// How a form names the line.
    pub fn key(&self) -> String {
        format!("{}-{}-{}", self.source.code(), self.row, self.part)
    }
}

/// A request with its lines.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The case.
    pub view: CaseView,
    /// The request.
    pub request: Request,
    /// Every line, oldest first.
    pub lines: Vec<Line>,
    /// Whether the case has compartments that the asker does not reach, whose lines are not here.
    pub partial: bool,
}

/// One line as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Its number on paper.
    pub number: usize,
    /// From when.
    pub on: String,
    /// The words; `None`: black, always of one length.
    pub words: Option<String>,
    /// The ground of a black line.
    pub ground: &'static str,
}

impl Preview {
    /// How many lines somebody still has to decide.
    pub fn undecided(&self) -> usize {
        self.lines.iter().filter(|line| line.is_undecided()).count()
    }

    fn must_be_decided(&self) -> Result<()> {
        match self.undecided() {
            0 => Ok(()),
            left => Err(Error::invalid(
                "kimeru",
                format!(
                    "まだ決めていない行が{left}行あります。「評価・判断」と「事務への支障」で黒く塗る行は、そのわけを書いて決めてください。開示に変えることもできます。"
                ),
            )),
        }
    }

    /// What is handed over: no names of compartments, no trace of lines whose existence is not said, numbers without gaps.
    pub fn printed(&self) -> Vec<Printed> {
        let shown = self.lines.iter().filter(|line| line.decision.is_shown());
        shown
            .enumerate()
            .map(|(n, line)| {
                let given = line.decision == Decision::Give;
                Printed {
                    number: n + 1,
                    on: basics::japanese::date_with_year(line.on),
                    words: given.then(|| line.words.clone()),
                    ground: line.decision.ground(),
                }
            })
            .collect()
    }
}

store::row! {
    struct RequestRow {
        pub id: i64,
        pub standing: String,
        pub person_id: Option<i64>,
        pub received_on: String,
        pub state: String,
        pub words: Vec<u8>,
        pub submitted_by: Option<i64>,
        pub approved_on: Option<String>,
        pub submitted_at: Option<i64>,
    }
}

fn words_place(id: i64) -> Place {
    Place {
        table: "disclosure_request",
        row: id,
        column: "words",
    }
}

fn reason_place(request: i64) -> Place {
    Place {
        table: "disclosure_line",
        row: request,
        column: "reason",
    }
}

impl Casework {
    /// Takes down a request. From here on nothing of the case is erased until the hold is lifted.
    pub async fn request_disclosure(
        &self,
        session: &Session,
        id: CaseId,
        new: &NewRequest,
    ) -> Result<i64> {
        let words = staff_room::optional("words", &new.words)?;
        if new.received_on > self.clock().today() {
            return Err(Error::invalid(
                "received",
                "受け取った日は、きょうまでの日にしてください。",
            ));
        }
        if new.standing == Standing::Guardian && words.is_empty() {
            return Err(Error::invalid(
                "words",
                "法定代理人であることを、何で確かめたかを書いてください。",
            ));
        }
        let request = new_id(self.clock());
        transact!(self.db(), "disclosure.request", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::PrepareDisclosure).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let person = match new.standing {
                Standing::Other => None,
                _ => Some(
                    new.person
                        .and_then(|person| view.person(person))
                        .ok_or_else(|| {
                            Error::invalid("person", "どなたの記録かを選んでください。")
                        })?,
                ),
            };
            tx.exec(
                "INSERT INTO disclosure_request (id, case_id, standing, person_id, received_on, state, words, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, 'preparing', $6, $7, $8)",
                params![
                    request,
                    id.get(),
                    new.standing.code(),
                    person.map(|person| person.id.get()),
                    new.received_on.to_string(),
                    grant.seal(&words_place(request), &words).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            retention::hold_in(tx, id, HoldGround::Disclosure, session).await?;
            record(tx, &grant, "disclosure.requested", request).await?;
            Ok(request)
        })
    }

    /// The requests of a case, newest first.
    pub async fn disclosures(
        &self,
        session: &Session,
        id: CaseId,
    ) -> Result<(CaseView, Vec<Request>)> {
        transact!(self.db(), "disclosure.list", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::PrepareDisclosure).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let sql = format!(
                "SELECT {} FROM disclosure_request WHERE case_id = $1 ORDER BY made_at DESC, id DESC",
                RequestRow::COLS
            );
            let rows: Vec<RequestRow> = tx.all(&sql, params![id.get()]).await?;
            let requests = rows.into_iter().map(|row| read(&grant, row));
            Ok((view, requests.collect::<Result<_>>()?))
        })
    }

    /// A request with every line and what happens to it. Opens every compartment in reach, and the chain says so. Once it
    /// was submitted the lines are those that were submitted, as they stood.
    pub async fn disclosure(&self, session: &Session, id: CaseId, request: i64) -> Result<Preview> {
        let (mut preview, mut raw, decided) = transact!(self.db(), "disclosure.preview", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::PrepareDisclosure).await?;
            let request = request_of(tx, &grant, id, request).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let all = compartment::of_case(tx, id).await?.len();
            let grants = compartment::grants(compartment::open_all(tx, session, &grant).await?);
            let decided = kept::decided(tx, &grant, request.id).await?;
            let mut gather = Gather {
                view: &view,
                grant: &grant,
                grants: &grants,
                asked: request.person,
                lines: Vec::new(),
            };
            let mut lines = Vec::new();
            if request.state == State::Preparing {
                gather.all(tx, session).await?;
            } else {
                lines = kept::copies(tx, (&grant, &grants), request.id).await?;
                if request.state == State::Submitted && grant.leads() {
                    answer::late(tx, &grant, &request, &mut gather).await?;
                }
            }
            let raw = gather.lines;
            let preview = Preview {
                partial: view.compartments.len() < all,
                lines,
                request,
                view,
            };
            Ok::<_, Error>((preview, raw, decided))
        })?;
        let (view, request) = (&preview.view, &preview.request);
        let asker = asker(view, request);
        if request.state == State::Preparing {
            raw.extend(lines::of_letters(self, session, view, request.person).await?);
            let heard = raw.iter().filter(|line| line.facts.held);
            let heard = heard.map(|line| line.on).min();
            for line in &mut raw {
                line.facts.before_heard = heard.is_none_or(|first| line.on < first);
            }
            let raw = raw.into_iter().filter(|line| line.current);
            preview.lines = raw.map(|raw| line(raw, asker, &decided)).collect();
        } else {
            let submitted: HashSet<String> = preview.lines.iter().map(Line::key).collect();
            let late = raw.into_iter().map(|raw| Line {
                late: true,
                ..line(raw, asker, &decided)
            });
            let late = late.filter(|line| !submitted.contains(&line.key()));
            preview.lines.extend(late);
        }
        in_order(&mut preview.lines);
        Ok(preview)
    }

    /// Decides one line by hand, with the reason.
    pub async fn decide_line(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
        key: &str,
        decision: Decision,
        reason: &str,
    ) -> Result<()> {
        let reason = staff_room::required("reason", reason, "変える理由を書いてください。")?;
        let preview = self.disclosure(session, id, request).await?;
        let found = preview.lines.iter().find(|line| line.key() == key);
        let line = found.ok_or(Error::NotFound)?;
        if preview.request.person.is_none() && decision != Decision::Existence {
            return Err(Error::invalid(
                "decision",
                "この方には、この記録を求める権利がありません。行を開示に変えることはできません。",
            ));
        }
        self.decide_lines(session, id, request, &[line], (decision, &reason))
            .await
    }

    /// Decides every line that still has to be decided and stands under this ground, with one reason for all of them.
    pub async fn decide_rest(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
        ground: Decision,
        reason: &str,
    ) -> Result<()> {
        let ask = "まとめて決めるわけを書いてください。";
        let reason = staff_room::required("wake", reason, ask)?;
        let preview = self.disclosure(session, id, request).await?;
        let rest = preview.lines.iter();
        let rest: Vec<&Line> = rest
            .filter(|line| line.is_undecided() && line.decision == ground)
            .collect();
        if rest.is_empty() {
            return Err(Error::Again);
        }
        self.decide_lines(session, id, request, &rest, (ground, &reason))
            .await
    }

    async fn decide_lines(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
        lines: &[&Line],
        decided: (Decision, &str),
    ) -> Result<()> {
        // What only the supervisors see is decided by the one who approves, while the answer waits.
        let late = lines.iter().all(|line| line.late);
        let (action, state) = if late {
            (Action::ApproveDisclosure, State::Submitted)
        } else {
            (Action::PrepareDisclosure, State::Preparing)
        };
        transact!(self.db(), "disclosure.line", |tx| {
            let (_, grant) = case::open(tx, session, id, action).await?;
            must_be(tx, &grant, id, request, state).await?;
            for line in lines {
                kept::decide(tx, session, &grant, request, line, decided).await?;
            }
            record(tx, &grant, "disclosure.line", request).await
        })
    }
}

fn in_order(lines: &mut [Line]) {
    lines.sort_by_key(|line| (line.on, line.row, line.part));
}

async fn record(
    tx: &mut Conn,
    grant: &CaseGrant,
    action: &'static str,
    request: i64,
) -> Result<()> {
    let entry = grant.entry(action).because(format!("request={request}"));
    Ok(office::audit::record(tx, &entry).await?)
}

fn asker(view: &CaseView, request: &Request) -> Asker {
    let principal = request.person == Some(view.case.principal);
    Asker {
        person: request.person,
        knows_of_others: principal && view.case.subject_knows == Knows::Knows,
    }
}

fn line(raw: Raw, asker: Asker, decided: &Decided) -> Line {
    let known = decided.get(&(raw.source.code().to_owned(), raw.row, raw.part));
    let proposed = rule::propose(asker, &raw.facts);
    Line {
        decision: known.map_or(proposed, |(decision, _)| *decision),
        changed: known.is_some_and(|(_, reason)| reason.is_some()),
        reason: known
            .and_then(|(_, reason)| reason.clone())
            .unwrap_or_default(),
        source: raw.source,
        row: raw.row,
        part: raw.part,
        on: raw.on,
        compartment: raw.compartment,
        place: raw.place,
        whose: raw.whose,
        words: raw.words,
        late: false,
    }
}

async fn must_be(
    tx: &mut Conn,
    grant: &CaseGrant,
    case: CaseId,
    request: i64,
    state: State,
) -> Result<Request> {
    let found = request_of(tx, grant, case, request).await?;
    if found.state != state {
        return Err(Error::Meanwhile);
    }
    Ok(found)
}

async fn request_of(
    tx: &mut Conn,
    grant: &CaseGrant,
    case: CaseId,
    request: i64,
) -> Result<Request> {
    let sql = format!(
        "SELECT {} FROM disclosure_request WHERE id = $1 AND case_id = $2",
        RequestRow::COLS
    );
    let row: Option<RequestRow> = tx.first(&sql, params![request, case.get()]).await?;
    read(grant, row.ok_or(Error::NotFound)?)
}

fn read(grant: &CaseGrant, row: RequestRow) -> Result<Request> {
    let day = |day: &str| {
        day.parse()
            .map_err(|_| Error::Damaged("disclosure_request.received_on"))
    };
    Ok(Request {
        id: row.id,
        standing: Standing::from_code(&row.standing)
            .ok_or(Error::Damaged("disclosure_request.standing"))?,
        person: row.person_id.map(PersonId::from),
        received_on: day(&row.received_on)?,
        state: State::from_code(&row.state).ok_or(Error::Damaged("disclosure_request.state"))?,
        words: grant.open(
            &Sealed::<String>::from_bytes(row.words),
            &words_place(row.id),
        )?,
        submitted_by: row.submitted_by.map(StaffId::from),
        approved_on: row.approved_on.as_deref().map(day).transpose()?,
        submitted_at: row.submitted_at,
    })
}
