//! The sheet (引き継ぎの一枚): one page a case for the next worker, who reads it before the first contact.

use super::called;
use crate::case;
use crate::compartment;
use crate::{Casework, Error, Person, Result, person};
use crate::{contact, contact_rule, refusal, silence, staff_room};
use basics::time::{from_micros, micros, to_jst};
use basics::{CaseId, PersonId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CaseGrant, CompartmentGrant};
use office::custody::notice::{self, NoticeKind};
use office::custody::{self};
use office::session::Session;
use office::{audit, staff};
use serde::{Deserialize, Serialize};
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

/// The one page for the next worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SheetWords {
    /// 約束したこと
    pub promised: String,
    /// 避けたい言葉
    pub avoid: String,
    /// ペース
    pub pace: String,
    /// だれが何を知っているか
    pub who_knows: String,
    /// ほかに
    pub other: String,
}

impl SheetWords {
    /// Whether nothing at all was written.
    pub fn is_empty(&self) -> bool {
        [
            &self.promised,
            &self.avoid,
            &self.pace,
            &self.who_knows,
            &self.other,
        ]
        .iter()
        .all(|words| words.trim().is_empty())
    }
}

/// A hand-over sheet as its page shows it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its identifier.
    pub id: i64,
    /// Who hands over.
    pub from: (StaffId, String),
    /// Who receives.
    pub to: (StaffId, String),
    /// At what moment.
    pub moment: Timestamp,
    /// What stands on it; where nothing was written yet, what the record itself says.
    pub words: SheetWords,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Whether the asker has to read it before the first contact.
    pub to_read: bool,
    /// Whether the asker may write it.
    pub may_write: bool,
    /// Whether the written words lie in the 職員 compartment, out of the asker's reach: what stands here is then what the
    /// record itself says.
    pub out_of_reach: bool,
}

/// A line of 「わたしの引き継ぎ」.
#[derive(Debug, Clone)]
pub struct SheetLine {
    /// Which case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// What to call the person.
    pub principal: String,
    /// Whether it is the asker who hands over.
    pub mine_to_write: bool,
    /// The other colleague.
    pub other: String,
    /// At what moment.
    pub moment: Timestamp,
    /// Whether it was written.
    pub written: bool,
}

store::row! {
    struct SheetRow {
        pub id: i64,
        pub case_id: i64,
        pub from_staff: i64,
        pub to_staff: i64,
        pub moment: i64,
        pub compartment_id: i64,
        pub body: Option<Vec<u8>>,
        pub written_at: Option<i64>,
    }
}

fn place(sheet: i64) -> Place {
    Place {
        table: "hand_over_sheet",
        row: sheet,
        column: "body",
    }
}

impl Casework {
    /// The asker's own hand-over sheet of the case (the one they have to read, else the last to or from them), for everybody
    /// else the last of all, with what the record says where nothing was written yet. Whoever does not reach the staff's
    /// compartment gets what the record says, and confirms it all the same. `None`: there was no hand-over.
    pub async fn sheet(&self, session: &Session, id: CaseId) -> Result<Option<Sheet>> {
        transact!(self.db(), "case.sheet", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let me = session.staff();
            let Some(row) = sheet_of(tx, id, me, self.clock().now_micros()).await? else {
                return Ok(None);
            };
            let inside = staff_room::read(tx, session, &grant).await?;
            let words = match (&row.body, &inside) {
                (Some(body), Some(inside)) => {
                    let sealed = Sealed::<Json<SheetWords>>::from_bytes(body.clone());
                    inside.open(&sealed, &place(row.id))?.0
                }
                _ => prefilled(tx, &grant, &case).await?,
            };
            let names = staff::list(tx, session.office()).await?;
            let with_name = |id: i64| {
                let found = names.iter().find(|one| one.id.get() == id);
                let name = found.map(|one| one.name.clone()).unwrap_or_default();
                (StaffId::from(id), name)
            };
            let to_read =
                row.to_staff == me.get() && custody::sheet_unread(tx, &grant, self.clock()).await?;
            Ok::<_, Error>(Some(Sheet {
                id: row.id,
                from: with_name(row.from_staff),
                to: with_name(row.to_staff),
                moment: from_micros(row.moment),
                words,
                written_at: row.written_at.map(from_micros),
                to_read,
                may_write: row.to_staff != me.get() && inside.is_some(),
                out_of_reach: row.body.is_some() && inside.is_none(),
            }))
        })
    }

    /// Writes the sheet: the old worker, or whoever leads the office for one who has left.
    pub async fn write_sheet(
        &self,
        session: &Session,
        id: CaseId,
        sheet: i64,
        words: &SheetWords,
    ) -> Result<()> {
        let long = |words: &String| words.chars().count() > staff_room::MAX_WORDS;
        if [
            &words.promised,
            &words.avoid,
            &words.pace,
            &words.who_knows,
            &words.other,
        ]
        .into_iter()
        .any(long)
        {
            return Err(Error::invalid(
                "promised",
                format!(
                    "ひとつの欄は{}字までで書いてください。",
                    staff_room::MAX_WORDS
                ),
            ));
        }
        if words.is_empty() {
            return Err(Error::invalid(
                "promised",
                "わかることを、ひとつでも書いてください。",
            ));
        }
        transact!(self.db(), "case.sheet_written", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let inside = staff_room::write(tx, session, &grant).await?;
            let sealed = inside.seal(&place(sheet), &Json(words.clone()));
            let done: Option<(i64,)> = tx
                .first(
                    "UPDATE hand_over_sheet SET body = $1, written_by = $2, written_at = $3 \
                     WHERE id = $4 AND case_id = $5 AND compartment_id = $6 AND to_staff <> $7 RETURNING to_staff",
                    params![
                        sealed.as_bytes(),
                        session.staff().get(),
                        self.clock().now_micros(),
                        sheet,
                        id.get(),
                        inside.compartment().get(),
                        session.staff().get()
                    ],
                )
                .await?;
            let Some((to,)) = done else {
                return Err(Error::NotFound);
            };
            let since = last_reached_out(tx, id, to).await?;
            if custody::sheet_changed(tx, &grant, to.into(), since).await? {
                let (clock, kind) = (self.clock(), NoticeKind::HandedOver);
                notice::tell(tx, clock, grant.office(), to.into(), kind, Some(id), None).await?;
            }
            Ok(audit::record(tx, &grant.entry("case.sheet_written")).await?)
        })
    }

    /// 「読みました」: the receiver has read the sheet as it was written at that moment (`None`: not written yet); from now
    /// on contacts may go out. Written anew in between: [`Error::Meanwhile`].
    pub async fn confirm_sheet(
        &self,
        session: &Session,
        id: CaseId,
        written_at: Option<Timestamp>,
    ) -> Result<()> {
        transact!(self.db(), "case.sheet_read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let now = self.clock().now_micros();
            let now_is = sheet_of(tx, id, session.staff(), now).await?;
            if now_is.and_then(|row| row.written_at) != written_at.map(micros) {
                return Err(Error::Meanwhile);
            }
            Ok::<_, Error>(custody::sheet_read(tx, &grant, self.clock()).await?)
        })
    }

    /// The sheets that the asker has to write (until the moment of the hand-over) or to read (from it on).
    pub async fn my_sheets(&self, session: &Session) -> Result<Vec<SheetLine>> {
        transact!(self.db(), "case.sheets", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let me = session.staff().get();
            let sql = format!(
                "SELECT s.id, s.case_id, s.from_staff, s.to_staff, s.moment, s.compartment_id, s.body, s.written_at \
                 FROM hand_over_sheet s WHERE (s.from_staff = $1 OR s.to_staff = $2) AND s.moment > $3 AND {} \
                 ORDER BY s.moment, s.case_id, s.id",
                scope.sql("s.case_id")
            );
            // Half a year back is long ago for a hand-over.
            let since = self.clock().now_micros() - 180 * 24 * 3_600 * 1_000_000;
            let rows: Vec<SheetRow> = tx.all(&sql, params![me, me, since]).await?;
            let people = person::in_scope(tx, &scope).await?;
            let names = staff::list(tx, session.office()).await?;
            let now = self.clock().now_micros();
            let mut lines = Vec::new();
            for row in rows {
                let mine_to_write = row.from_staff == me;
                // What is over for one of the two, and what was read, needs no line.
                let read = !mine_to_write && !unread(tx, row.case_id, me, now).await?;
                if (mine_to_write && row.moment <= now) || read {
                    continue;
                }
                let Some(case) = case::by_id(tx, row.case_id.into()).await? else {
                    continue;
                };
                let other = if mine_to_write {
                    row.to_staff
                } else {
                    row.from_staff
                };
                let other = names.iter().find(|one| one.id.get() == other);
                lines.push(SheetLine {
                    case: case.id,
                    number: case.number,
                    principal: called(people.get(&case.id), case.principal),
                    mine_to_write,
                    other: other.map(|one| one.name.clone()).unwrap_or_default(),
                    moment: from_micros(row.moment),
                    written: row.body.is_some(),
                });
            }
            lines.sort_by_key(|line| (line.moment, line.number));
            Ok::<_, Error>(lines)
        })
    }
}

async fn unread(conn: &mut Conn, case: i64, me: i64, now: i64) -> Result<bool> {
    Ok(custody::has_sheet_to_read(conn, case.into(), me.into(), now).await?)
}

/// The sheets of the opened 職員 compartment that were written, with the day of the hand-over.
pub(crate) async fn written(
    conn: &mut Conn,
    inside: &CompartmentGrant,
) -> Result<Vec<(i64, Date, SheetWords)>> {
    let sql = format!(
        "SELECT {} FROM hand_over_sheet WHERE compartment_id = $1 AND body IS NOT NULL ORDER BY moment, id",
        SheetRow::COLS
    );
    let rows: Vec<SheetRow> = conn.all(&sql, params![inside.compartment().get()]).await?;
    rows.into_iter()
        .filter_map(|row| Some((row.id, row.moment, row.body?)))
        .map(|(id, moment, body)| {
            let sealed = Sealed::<Json<SheetWords>>::from_bytes(body);
            let Json(words) = inside.open(&sealed, &place(id))?;
            Ok((id, to_jst(from_micros(moment)).date(), words))
        })
        .collect()
}

/// The sheet of the case that this colleague means: what they have to read; else the last one to or from them; else the
/// last of all.
async fn sheet_of(
    conn: &mut Conn,
    case: CaseId,
    me: StaffId,
    now: i64,
) -> Result<Option<SheetRow>> {
    let to_read = custody::has_sheet_to_read(conn, case, me, now).await?;
    let (first, third) = if to_read {
        ("to_staff = $2 AND moment <= $3", now)
    } else {
        ("to_staff = $2 OR from_staff = $3", me.get())
    };
    let sql = format!(
        "SELECT {} FROM hand_over_sheet WHERE case_id = $1 ORDER BY CASE WHEN {first} THEN 0 ELSE 1 END, moment DESC, id DESC LIMIT 1",
        SheetRow::COLS
    );
    Ok(conn
        .first(&sql, params![case.get(), me.get(), third])
        .await?)
}

/// When this colleague last reached out in the case, as they recorded it.
async fn last_reached_out(conn: &mut Conn, case: CaseId, staff: i64) -> Result<Option<i64>> {
    let (last,): (Option<i64>,) = conn
        .one(
            "SELECT MAX(recorded_at) FROM contact WHERE case_id = $1 AND recorded_by = $2 AND direction = $3 AND void_at IS NULL",
            params![case.get(), staff, contact::Direction::Outgoing.code()],
        )
        .await?;
    Ok(last)
}

/// What the record itself says, for a sheet on which nothing was written yet.
async fn prefilled(conn: &mut Conn, grant: &CaseGrant, case: &case::Case) -> Result<SheetWords> {
    let known = person::of_case(conn, grant).await?;
    let people: Vec<String> = known.iter().map(Person::label).collect();
    let rooms = compartment::of_case(conn, case.id).await?;
    let voices = rooms.iter().filter(|one| grant.reaches(one.id)).count();
    let threads = mailbox::of_case::threads_of(conn, case.id).await?;
    let promised: Vec<String> = threads
        .iter()
        .filter(|thread| {
            thread
                .part_of
                .is_some_and(|(_, room, _)| grant.reaches(room))
        })
        .filter_map(|thread| thread.promised_on)
        .map(|day| format!("手紙の返事を{}までに。", basics::japanese::date(day)))
        .collect();
    Ok(SheetWords {
        promised: promised.join("\n"),
        pace: pace(conn, grant, &known).await?.join("\n"),
        other: rules(conn, grant, &known).await?.join("\n"),
        who_knows: format!(
            "本人は相談を：{}\n人：{}（区画は{voices}つ）",
            case.subject_knows.label(),
            people.join("、")
        ),
        ..SheetWords::default()
    })
}

fn label_of(people: &[Person], id: PersonId) -> String {
    let found = people.iter().find(|one| one.id == id);
    found.map(Person::label).unwrap_or_default()
}

/// The agreed pace of words, and who said that they want none now.
async fn pace(conn: &mut Conn, grant: &CaseGrant, people: &[Person]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let watches = silence::of_case(conn, grant.case(), None).await?;
    for one in watches.iter().filter(|one| one.stopped_by.is_none()) {
        let next = one
            .next_on
            .map(|day| format!("（次は{}）", basics::japanese::date(day)))
            .unwrap_or_default();
        let who = label_of(people, one.person);
        lines.push(format!("{who}への便り：{}{next}", one.pace.label()));
    }
    for one in people {
        if let Some(on) = refusal::standing(conn, grant.case(), one.id).await? {
            let day = basics::japanese::date(on);
            lines.push(format!(
                "{}：{day}に「今は望まない」と聞いています。",
                one.label()
            ));
        }
    }
    Ok(lines)
}

/// The rules for reaching the people, without numbers and addresses.
async fn rules(conn: &mut Conn, grant: &CaseGrant, people: &[Person]) -> Result<Vec<String>> {
    let found = contact_rule::in_words(conn, grant, people).await?;
    let line = |one: contact_rule::RuleLine| {
        let remark = match one.remark.as_str() {
            "" => String::new(),
            remark => format!("（{remark}）"),
        };
        format!(
            "連絡のきまり　{}　{}：{}{remark}",
            one.person, one.channel, one.rules
        )
    };
    Ok(found.into_iter().map(line).collect())
}
