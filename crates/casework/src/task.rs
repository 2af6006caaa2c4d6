//! What staff promised themselves to do for a case: for colleagues only, never a nudge for anybody else.

use crate::case;
use crate::codes::codes;
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, Clock, StaffId, new_id};
use jiff::civil::Date;
use office::CompartmentGrant;
use office::access::{Action, CaseScope, CompartmentKind, CompartmentRef};
use office::session::Session;
use std::collections::HashMap;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

codes! {
    /// What sort of thing it is.
    Kind {
        /// 電話する
        Call = "call", "電話する";
        /// 手紙を書く
        Letter = "letter", "手紙を書く";
        /// 訪問の準備
        Visit = "visit", "訪問の準備";
        /// 問い合わせる
        Inquire = "inquire", "問い合わせる";
        /// 書類をととのえる
        Papers = "papers", "書類をととのえる";
        /// 取りやめを伝える: a consent was withdrawn, whoever was told is asked to stop.
        TellStop = "tell_stop", "取りやめられた同意：伝えた先に知らせる";
        /// その他
        Other = "other", "その他";
    }
}

/// A task.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its identifier.
    pub id: i64,
    /// For which case.
    pub case: CaseId,
    /// What sort.
    pub kind: Kind,
    /// By when.
    pub due_on: Date,
    /// What; empty for whoever does not reach the staff's compartment.
    pub words: String,
    /// Who wrote it down.
    pub made_by: StaffId,
}

store::row! {
    struct TaskRow {
        pub id: i64,
        pub case_id: i64,
        pub kind: String,
        pub due_on: String,
        pub compartment_id: i64,
        pub words: Vec<u8>,
        pub made_by: i64,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "task",
        row: id,
        column: "words",
    }
}

fn read(row: &TaskRow, words: String) -> Result<Task> {
    Ok(Task {
        id: row.id,
        case: row.case_id.into(),
        kind: Kind::from_code(&row.kind).ok_or(Error::Damaged("task.kind"))?,
        due_on: row
            .due_on
            .parse()
            .map_err(|_| Error::Damaged("task.due_on"))?,
        words,
        made_by: row.made_by.into(),
    })
}

/// The tasks of an opened case that are not done, the nearest first.
pub(crate) async fn of_case(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Vec<Task>> {
    let sql = format!(
        "SELECT {} FROM task WHERE case_id = $1 AND done_at IS NULL ORDER BY due_on, id",
        TaskRow::COLS
    );
    let rows: Vec<TaskRow> = conn.all(&sql, params![case.get()]).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Some(row.words.clone());
            let words = staff_room::words(room, row.compartment_id, &place(row.id), sealed)?;
            read(&row, words)
        })
        .collect()
}

/// Every task of an opened case, those that are done too, with the day it was written down; the earliest first.
pub(crate) async fn kept(
    conn: &mut Conn,
    case: CaseId,
    room: &CompartmentGrant,
) -> Result<Vec<(Task, Date)>> {
    let sql = format!(
        "SELECT {} FROM task WHERE case_id = $1 ORDER BY made_at, id",
        TaskRow::COLS
    );
    let rows: Vec<TaskRow> = conn.all(&sql, params![case.get()]).await?;
    let made: Vec<(i64,)> = conn
        .all(
            "SELECT made_at FROM task WHERE case_id = $1 ORDER BY made_at, id",
            params![case.get()],
        )
        .await?;
    rows.into_iter()
        .zip(made)
        .map(|(row, (at,))| {
            let sealed = Some(row.words.clone());
            let words = staff_room::words(Some(room), row.compartment_id, &place(row.id), sealed)?;
            Ok((read(&row, words)?, to_jst(from_micros(at)).date()))
        })
        .collect()
}

/// The tasks of the colleague's own cases that are due by `until`, with their words: at most a page of them.
pub(crate) async fn due(conn: &mut Conn, scope: &CaseScope, until: Date) -> Result<Vec<Task>> {
    let sql = format!(
        "SELECT {} FROM task WHERE office_id = $1 AND done_at IS NULL AND due_on <= $2 AND {} \
         ORDER BY due_on, id LIMIT 100",
        TaskRow::COLS,
        scope.own_sql("case_id")
    );
    let values = params![scope.office().get(), until.to_string()];
    let rows: Vec<TaskRow> = conn.all(&sql, values).await?;
    let rooms = rooms_of(conn, scope, &rows).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<String>::from_bytes(row.words.clone());
            let words = match rooms.get(&row.compartment_id) {
                Some(room) if !row.words.is_empty() => room.open(&sealed, &place(row.id))?,
                _ => String::new(),
            };
            read(&row, words)
        })
        .collect()
}

/// The compartments these tasks lie in, as far as the asker reaches them. That they were opened is said by the scope.
async fn rooms_of(
    conn: &mut Conn,
    scope: &CaseScope,
    rows: &[TaskRow],
) -> Result<HashMap<i64, CompartmentGrant>> {
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row.compartment_id.to_string())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT id, case_id, wrapped_key FROM compartment WHERE kind = 'staff' AND id IN ({})",
        ids.join(", ")
    );
    let keys: Vec<(i64, i64, Vec<u8>)> = conn.all(&sql, params![]).await?;
    let open = |(id, case, wrapped_key): (i64, i64, Vec<u8>)| {
        let room = CompartmentRef {
            case: case.into(),
            id: id.into(),
            kind: CompartmentKind::Staff,
            wrapped_key: &wrapped_key,
        };
        Some((id, scope.compartment(room)?))
    };
    Ok(keys.into_iter().filter_map(open).collect())
}

/// A consent was withdrawn: whoever works on the case tells the receivers, today. Nobody's words are needed for it, so it
/// is made also when the person withdraws by their code, and it never stands in the way of that (inv. 5).
pub(crate) async fn tell_stop(
    tx: &mut Conn,
    clock: &Clock,
    case: CaseId,
    by: Option<StaffId>,
) -> Result<()> {
    tx.exec(
        "INSERT INTO task (id, office_id, case_id, kind, due_on, compartment_id, words, made_by, made_at) \
         SELECT CAST($1 AS BIGINT), f.office_id, f.id, CAST($2 AS TEXT), CAST($3 AS TEXT), p.id, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT) \
         FROM casefile f JOIN compartment p ON p.case_id = f.id AND p.kind = 'staff' WHERE f.id = $7",
        params![
            new_id(clock),
            Kind::TellStop.code(),
            clock.today().to_string(),
            Vec::<u8>::new(),
            by.map_or(0, StaffId::get),
            clock.now_micros(),
            case.get()
        ],
    )
    .await?;
    Ok(())
}

impl Casework {
    /// Writes down something to do.
    pub async fn add_task(
        &self,
        session: &Session,
        case: CaseId,
        kind: Kind,
        due_on: Date,
        words: &str,
    ) -> Result<i64> {
        let words = staff_room::optional("words", words)?;
        if words.is_empty() && kind == Kind::Other {
            return Err(Error::invalid("words", "何をするかを書いてください。"));
        }
        transact!(self.db(), "task.add", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let room = staff_room::write(tx, session, &grant).await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO task (id, office_id, case_id, kind, due_on, compartment_id, words, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    id,
                    case.office.get(),
                    case.id.get(),
                    kind.code(),
                    due_on.to_string(),
                    room.compartment().get(),
                    room.seal(&place(id), &words).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            office::audit::record(tx, &grant.entry("task.added")).await?;
            Ok(id)
        })
    }

    /// It is done, or not needed any more.
    pub async fn task_done(&self, session: &Session, case: CaseId, id: i64) -> Result<()> {
        transact!(self.db(), "task.done", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let done = tx
                .exec(
                    "UPDATE task SET done_by = $1, done_at = $2 WHERE id = $3 AND case_id = $4 AND done_at IS NULL",
                    params![
                        session.staff().get(),
                        self.clock().now_micros(),
                        id,
                        case.id.get()
                    ],
                )
                .await?;
            if done == 0 {
                return Err(Error::Again);
            }
            office::audit::record(tx, &grant.entry("task.done")).await?;
            Ok(())
        })
    }
}
