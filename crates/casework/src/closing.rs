//! 一区切り: a coordinator proposes it with the words in which 「また連絡してよい」 is said, a supervisor approves it
//! (inv. 14). Return codes stay alive, and a later letter shows at the desk without reopening anything by itself.

use crate::case;
use crate::engagement::{self, Change, State};
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::time::from_micros;
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use office::CompartmentGrant;
use office::access::Action;
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

/// What is proposed.
#[derive(Debug, Clone)]
pub struct NewClosing {
    /// Whose wish it is; `None`: the office's own thought.
    pub for_person: Option<PersonId>,
    /// On what ground.
    pub ground: String,
    /// How 「また連絡してよい」 was or will be said.
    pub reentry: String,
}

/// A proposal to close, and what became of it.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Its identifier.
    pub id: i64,
    /// Which engagement it would close.
    pub engagement: i64,
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
    /// Whose wish it is.
    pub for_person: Option<PersonId>,
    /// On what ground; empty for whoever does not reach the staff's compartment.
    pub ground: String,
    /// How 「また連絡してよい」 was or will be said.
    pub reentry: String,
    /// What a supervisor said; `None`: waits.
    pub approved: Option<bool>,
}

store::row! {
    struct ClosingRow {
        pub id: i64,
        pub engagement_id: i64,
        pub proposed_by: i64,
        pub proposed_at: i64,
        pub for_person: Option<i64>,
        pub compartment_id: i64,
        pub ground: Vec<u8>,
        pub reentry: Vec<u8>,
        pub approved: Option<bool>,
    }
}

fn place(id: i64, column: &'static str) -> Place {
    Place {
        table: "closing",
        row: id,
        column,
    }
}

/// The proposals of a case, the latest first.
pub(crate) async fn of_case(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Vec<Closing>> {
    let sql = format!(
        "SELECT {} FROM closing WHERE case_id = $1 ORDER BY proposed_at DESC, id DESC",
        ClosingRow::COLS
    );
    let rows: Vec<ClosingRow> = conn.all(&sql, params![case.get()]).await?;
    rows.into_iter()
        .map(|row| {
            let of = row.compartment_id;
            let (ground, reentry) = (place(row.id, "ground"), place(row.id, "reentry"));
            Ok(Closing {
                id: row.id,
                engagement: row.engagement_id,
                proposed_by: row.proposed_by.into(),
                proposed_at: from_micros(row.proposed_at),
                for_person: row.for_person.map(PersonId::from),
                ground: staff_room::words(room, of, &ground, Some(row.ground))?,
                reentry: staff_room::words(room, of, &reentry, Some(row.reentry))?,
                approved: row.approved,
            })
        })
        .collect()
}

impl Casework {
    /// Proposes to close the engagement. Nothing is closed by this; the supervisors are told.
    pub async fn propose_closing(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewClosing,
    ) -> Result<i64> {
        let ground = staff_room::required(
            "ground",
            &new.ground,
            "どうして一区切りにするのか、だれがどう言っているかを書いてください。",
        )?;
        let reentry = staff_room::required(
            "reentry",
            &new.reentry,
            "「また連絡してよい」ことを、どう伝えたか（伝えるか）を書いてください。",
        )?;
        transact!(self.db(), "closing.propose", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let now = engagement::current(tx, case.id).await?;
            if !now.state.leads_to(State::Finished) {
                return Err(Error::Illegal(
                    "いまの支援期間は、一区切りにできない状態です。",
                ));
            }
            if let Some(person) = new.for_person {
                staff_room::must_belong(tx, case.id, person).await?;
            }
            let room = staff_room::write(tx, session, &grant).await?;
            let id = new_id(self.clock());
            let proposed = tx
                .exec(
                    "INSERT INTO closing (id, engagement_id, case_id, proposed_by, proposed_at, for_person, compartment_id, ground, reentry) \
                     SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), \
                     CAST($6 AS BIGINT), CAST($7 AS BIGINT), $8, $9 \
                     WHERE NOT EXISTS (SELECT 1 FROM closing WHERE engagement_id = $10 AND decided_at IS NULL)",
                    params![
                        id,
                        now.id,
                        case.id.get(),
                        session.staff().get(),
                        self.clock().now_micros(),
                        new.for_person.map(PersonId::get),
                        room.compartment().get(),
                        room.seal(&place(id, "ground"), &ground).as_bytes(),
                        room.seal(&place(id, "reentry"), &reentry).as_bytes(),
                        now.id
                    ],
                )
                .await?;
            if proposed == 0 {
                return Err(Error::Again);
            }
            let kind = NoticeKind::ClosingProposed;
            notice::tell_supervisors(tx, self.clock(), case.office, kind, case.id, id).await?;
            office::audit::record(tx, &grant.entry("closing.proposed")).await?;
            Ok(id)
        })
    }

    /// A supervisor approves a proposal, or not. Approved, the engagement is finished from today.
    pub async fn decide_closing(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        approve: bool,
    ) -> Result<()> {
        transact!(self.db(), "closing.decide", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ApproveCase).await?;
            let decided = tx
                .exec(
                    "UPDATE closing SET decided_by = $1, decided_at = $2, approved = $3 \
                     WHERE id = $4 AND case_id = $5 AND decided_at IS NULL",
                    params![
                        session.staff().get(),
                        self.clock().now_micros(),
                        approve,
                        id,
                        case.id.get()
                    ],
                )
                .await?;
            if decided == 0 {
                return Err(Error::Illegal("この提案は、もう確認がすんでいます。"));
            }
            let (engagement, staff, for_person, sealed): (i64, i64, Option<i64>, Vec<u8>) = tx
                .one(
                    "SELECT engagement_id, proposed_by, for_person, ground FROM closing WHERE id = $1",
                    params![id],
                )
                .await?;
            if approve {
                let room = staff_room::write(tx, session, &grant).await?;
                let ground =
                    room.open(&Sealed::<String>::from_bytes(sealed), &place(id, "ground"))?;
                let change = Change {
                    for_person: for_person.map(PersonId::from),
                    ground: &ground,
                    room: Some(&room),
                };
                let now = engagement::current(tx, case.id).await?;
                if now.id != engagement {
                    return Err(Error::Meanwhile);
                }
                engagement::step(tx, &grant, self.clock(), &now, State::Finished, &change).await?;
            }
            let kind = if approve {
                NoticeKind::ClosingApproved
            } else {
                NoticeKind::ClosingDeclined
            };
            let (clock, about) = (self.clock(), Some(case.id));
            notice::tell(tx, clock, case.office, staff.into(), kind, about, Some(id)).await?;
            let entry = grant.entry("closing.decided").because(kind.code());
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }
}
