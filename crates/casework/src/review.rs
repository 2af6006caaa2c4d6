//! What supervisors look at afterwards: broken glass, and the cases they read and sign.

use crate::case::{self, Case};
use crate::{Casework, Error, Result, compartment};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, CompartmentId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, Broken, CompartmentKind, Reach};
use office::custody::glass::{self, BrokenGlass};
use office::custody::notice::{self, Notice};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

/// A case behind broken glass: what lies there, by name, and what was opened.
#[derive(Debug, Clone)]
pub struct BehindGlass {
    /// Until when.
    pub until: Timestamp,
    /// Compartment, its name, whether it was opened.
    pub compartments: Vec<(CompartmentId, String, bool)>,
    /// Who looks at it afterwards; empty when the office has nobody else.
    pub reviewers: Vec<String>,
}

/// A broken glass with its case's number.
#[derive(Debug, Clone)]
pub struct GlassLine {
    /// What happened.
    pub glass: BrokenGlass,
    /// The number of the case.
    pub number: i64,
    /// The opened compartments in a word.
    pub opened: Vec<(&'static str, Timestamp)>,
}

/// A notice with the number of its case.
#[derive(Debug, Clone)]
pub struct NoticeLine {
    /// What is said.
    pub notice: Notice,
    /// The number of the case.
    pub number: Option<i64>,
}

/// A supervisor's 「読みました」.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What they wrote for the colleagues.
    pub words: String,
}

impl Casework {
    /// Breaks the glass of the case with this number. Unknown, another office's, not for this colleague: one answer.
    pub async fn break_glass(
        &self,
        session: &Session,
        number: i64,
        reason: &str,
        hours: i64,
    ) -> Result<Broken> {
        transact!(self.db(), "case.break_glass", |tx| {
            let case = by_number(tx, session, number).await?;
            let reference = case.as_ref().map(Case::reference);
            Ok(access::break_glass(tx, session, reference, reason, hours).await?)
        })
    }

    /// The compartments of a case that is seen through broken glass, by name; `None` for whoever reaches it otherwise.
    pub async fn behind_glass(&self, session: &Session, id: CaseId) -> Result<Option<BehindGlass>> {
        transact!(self.db(), "case.break_glass", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::BreakGlass).await?;
            let Some(until) = access::glass_until(tx, &grant).await? else {
                return Ok(None);
            };
            let reviewers = match grant.reach() {
                Reach::BrokenGlass(glass) => {
                    glass::reviewers(tx, grant.office(), id, glass, session.staff()).await?
                }
                _ => Vec::new(),
            };
            let all = compartment::of_case(tx, id).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let compartments = all
                .iter()
                .map(|one| (one.id, view.name_of(one), grant.reaches(one.id)))
                .collect();
            Ok::<_, Error>(Some(BehindGlass {
                until,
                compartments,
                reviewers: reviewers.into_iter().map(|one| one.name).collect(),
            }))
        })
    }

    /// Opens one more compartment behind broken glass.
    pub async fn open_behind_glass(
        &self,
        session: &Session,
        id: CaseId,
        wanted: CompartmentId,
    ) -> Result<()> {
        transact!(self.db(), "compartment.break_glass", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::BreakGlass).await?;
            let all = compartment::of_case(tx, id).await?;
            let Some(found) = all.iter().find(|one| one.id == wanted) else {
                let absent = access::absent_compartment(session, wanted, Action::BreakGlass);
                return Err(absent.into());
            };
            Ok(access::open_behind_glass(tx, session, &grant, found.reference()).await?)
        })
    }

    /// The broken glasses that wait for a look, and those of the last three months.
    pub async fn glass_to_review(&self, session: &Session) -> Result<Vec<GlassLine>> {
        let permit = access::permit(session, Action::ReviewBreakGlass, "").await?;
        transact!(self.db(), "case.glass_list", |tx| {
            let mut lines = Vec::new();
            for glass in glass::to_review(tx, session, &permit).await? {
                let kinds = compartment::of_case(tx, glass.case).await?;
                let word = |id: &CompartmentId| {
                    let found = kinds.iter().find(|one| one.id == *id);
                    found.map_or("", |one| one.kind.label())
                };
                let opened = glass
                    .opened
                    .iter()
                    .map(|(id, at)| (word(id), *at))
                    .collect();
                let number = case::by_id(tx, glass.case)
                    .await?
                    .map_or(0, |case| case.number);
                lines.push(GlassLine {
                    glass,
                    number,
                    opened,
                });
            }
            Ok::<_, Error>(lines)
        })
    }

    /// Somebody looked at a broken glass that is not their own.
    pub async fn review_glass(&self, session: &Session, id: i64, words: &str) -> Result<()> {
        let permit = access::permit(session, Action::ReviewBreakGlass, "").await?;
        transact!(self.db(), "case.glass_reviewed", |tx| {
            Ok::<_, Error>(glass::review(tx, session, &permit, id, words).await?)
        })
    }

    /// Keeps a broken glass out of the person's own access history for some days, for danger to life, with a reason.
    pub async fn hide_glass(
        &self,
        session: &Session,
        id: i64,
        days: i64,
        reason: &str,
    ) -> Result<()> {
        let permit = access::permit(session, Action::ReviewBreakGlass, "").await?;
        transact!(self.db(), "case.glass_hidden", |tx| {
            Ok::<_, Error>(glass::hide(tx, session, &permit, id, days, reason).await?)
        })
    }

    /// What waits to be seen by this colleague.
    pub async fn notices(&self, session: &Session) -> Result<Vec<NoticeLine>> {
        let mut conn = self.db().read().await?;
        let mut lines = Vec::new();
        for notice in notice::unseen(&mut conn, session).await? {
            let number = match notice.case {
                Some(id) => case::by_id(&mut conn, id).await?.map(|case| case.number),
                None => None,
            };
            lines.push(NoticeLine { notice, number });
        }
        Ok(lines)
    }

    /// Seen.
    pub async fn notice_seen(&self, session: &Session, id: i64) -> Result<()> {
        transact!(self.db(), "case.notice_seen", |tx| {
            notice::seen(tx, session, id).await?;
            let entry = office::Entry::done(
                session.office(),
                office::Actor::Staff(session.staff()),
                "case.notice_seen",
                format!("notice:{id}"),
                self.clock().now(),
            );
            Ok::<_, Error>(office::audit::record(tx, &entry).await?)
        })
    }

    /// 「読みました」: a supervisor has read the case up to now. The words lie in the 職員 compartment.
    pub async fn sign(&self, session: &Session, id: CaseId, words: &str) -> Result<()> {
        transact!(self.db(), "case.signed", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveCase).await?;
            if grant.reach() == Reach::Assigned {
                return Err(Error::Guarded(
                    "ご自分の担当のケースは、ほかのセンター長が読みます。".to_owned(),
                ));
            }
            let inside = staff_compartment(tx, session, &grant, Action::WriteNote).await?;
            let reading = new_id(self.clock());
            let sealed = inside.seal(&place(reading), &words.trim().to_owned());
            tx.exec(
                "INSERT INTO case_reading (id, case_id, staff_id, compartment_id, at, words) VALUES ($1, $2, $3, $4, $5, $6)",
                params![
                    reading,
                    id.get(),
                    session.staff().get(),
                    inside.compartment().get(),
                    self.clock().now_micros(),
                    sealed.as_bytes()
                ],
            )
            .await?;
            Ok(office::audit::record(tx, &grant.entry("case.signed")).await?)
        })
    }

    /// Who has signed, newest first. Empty for whoever does not reach the 職員 compartment.
    pub async fn signatures(&self, session: &Session, id: CaseId) -> Result<Vec<Signature>> {
        transact!(self.db(), "case.signatures", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let reached = staff_place(tx, id).await?;
            if !reached.is_some_and(|staff| grant.reaches(staff)) {
                return Ok(Vec::new());
            }
            let inside = staff_compartment(tx, session, &grant, Action::ReadCompartment).await?;
            let names = office::staff::list(tx, session.office()).await?;
            let read = readings(tx, &inside).await?.into_iter();
            Ok(read
                .map(|(_, staff, at, words)| {
                    let name = names.iter().find(|one| one.id == staff);
                    Signature {
                        staff,
                        name: name.map(|one| one.name.clone()).unwrap_or_default(),
                        at,
                        words,
                    }
                })
                .collect())
        })
    }
}

/// A 「読みました」 as it is kept: its identifier, who, when, the words.
pub(crate) type Reading = (i64, StaffId, Timestamp, String);

/// Every 「読みました」 of the opened 職員 compartment, newest first.
pub(crate) async fn readings(
    conn: &mut Conn,
    inside: &access::CompartmentGrant,
) -> Result<Vec<Reading>> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = conn
        .all(
            "SELECT id, staff_id, at, words FROM case_reading WHERE case_id = $1 AND compartment_id = $2 \
             ORDER BY at DESC, id DESC",
            params![inside.case().get(), inside.compartment().get()],
        )
        .await?;
    let read = |(id, staff, at, words): (i64, i64, i64, Vec<u8>)| {
        let words: String = inside.open(&Sealed::from_bytes(words), &place(id))?;
        Ok((id, staff.into(), from_micros(at), words))
    };
    rows.into_iter().map(read).collect()
}

/// Confirmed records that no supervisor has read (「読みました」) yet, case by case: since which day, and how many. One's
/// own cases are read by another supervisor.
pub(crate) async fn unread(
    conn: &mut Conn,
    scope: &access::CaseScope,
) -> Result<Vec<(CaseId, Date, i64)>> {
    let sql = format!(
        "SELECT n.case_id, MIN(n.confirmed_at), COUNT(*) FROM note n JOIN casefile f ON f.id = n.case_id \
         WHERE f.office_id = $1 AND n.state = 'confirmed' AND {} AND NOT {} \
         AND n.confirmed_at > COALESCE((SELECT MAX(r.at) FROM case_reading r WHERE r.case_id = n.case_id), 0) \
         GROUP BY n.case_id ORDER BY 2, 1 LIMIT 100",
        scope.sql("n.case_id"),
        scope.own_sql("n.case_id")
    );
    let rows: Vec<(i64, i64, i64)> = conn.all(&sql, params![scope.office().get()]).await?;
    let line = |(case, since, count): (i64, i64, i64)| {
        (CaseId::from(case), to_jst(from_micros(since)).date(), count)
    };
    Ok(rows.into_iter().map(line).collect())
}

fn place(reading: i64) -> Place {
    Place {
        table: "case_reading",
        row: reading,
        column: "words",
    }
}

/// The case of the asker's office with this number.
pub(crate) async fn by_number(
    conn: &mut Conn,
    session: &Session,
    number: i64,
) -> Result<Option<Case>> {
    let found: Option<(i64,)> = conn
        .first(
            "SELECT id FROM casefile WHERE office_id = $1 AND number = $2",
            params![session.office().get(), number],
        )
        .await?;
    // Looked up a second time also when there is none, so that both take as long.
    case::by_id(conn, found.map_or(0, |(id,)| id).into()).await
}

/// The identifier of the case's 職員 compartment.
pub(crate) async fn staff_place(conn: &mut Conn, case: CaseId) -> Result<Option<CompartmentId>> {
    let all = compartment::of_case(conn, case).await?;
    let staff = all.iter().find(|one| one.kind == CompartmentKind::Staff);
    Ok(staff.map(|one| one.id))
}

/// The case's 職員 compartment, opened.
pub(crate) async fn staff_compartment(
    tx: &mut Conn,
    session: &Session,
    grant: &access::CaseGrant,
    action: Action,
) -> Result<access::CompartmentGrant> {
    let staff = staff_place(tx, grant.case()).await?;
    let staff = staff.ok_or(Error::Damaged("compartment.staff"))?;
    compartment::open(tx, session, grant, staff, action).await
}
