//! Hand-over (引き継ぎ): in bulk for 4月の異動, one page a case, read before the first contact.
//!
//! The old worker's access ends at the very moment the new one's begins; what they wrote stays theirs.

use crate::case;
use crate::compartment;
use crate::{Casework, Error, Person, Result, person};
use crate::{contact, contact_rule, refusal, silence, staff_room};
use basics::time::{from_micros, micros, start_of_day, to_jst};
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use office::access::{self, Action, CaseGrant, CompartmentGrant};
use office::custody::notice::{self, NoticeKind};
use office::custody::{self, Assignment, AssignmentKind};
use office::session::Session;
use office::{audit, staff};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

/// The next 1 April, midnight in Tokyo: when people move.
pub fn next_april(today: Date) -> Timestamp {
    let this_year = date(today.year(), 4, 1);
    let day = if today < this_year {
        this_year
    } else {
        date(today.year() + 1, 4, 1)
    };
    start_of_day(day)
}

/// One case that somebody carries.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// What to call the person.
    pub principal: String,
    /// As what they work on it.
    pub kind: AssignmentKind,
}

/// Cases to be handed over, all or none.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Who gives them up.
    pub from: StaffId,
    /// At what moment.
    pub moment: Timestamp,
    /// Which case to whom.
    pub cases: Vec<(CaseId, StaffId)>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOver {
    /// All of them.
    Done(usize),
    /// None of them: these cannot go to these colleagues, with the number and a sentence each.
    Refused(Vec<(CaseId, i64, String)>),
}

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
    /// What a colleague carries now, of the cases that exist for the asking supervisor.
    pub async fn carried_by(&self, session: &Session, who: StaffId) -> Result<Vec<Carried>> {
        transact!(self.db(), "case.hand_over", |tx| {
            let scope = access::case_scope(tx, session, Action::HandOver).await?;
            let people = person::in_scope(tx, &scope).await?;
            let mut lines = Vec::new();
            for one in custody::carried(tx, &scope, who, self.clock().now()).await? {
                let Some(case) = case::by_id(tx, one.case).await? else {
                    continue;
                };
                lines.push(Carried {
                    case: case.id,
                    number: case.number,
                    principal: called(people.get(&case.id), case.principal),
                    kind: one.kind,
                });
            }
            lines.sort_by_key(|line| line.number);
            Ok::<_, Error>(lines)
        })
    }

    /// Hands the cases over at the moment, all or none. A colleague who must not know of a case, or could not work on
    /// it, is refused with a line for that case, and nothing is changed.
    pub async fn hand_over(&self, session: &Session, order: &HandOver) -> Result<HandedOver> {
        if order.moment < self.clock().now() {
            return Err(Error::invalid(
                "moment",
                "これからの日時にしてください。いますぐなら、今日の日付のままにします。",
            ));
        }
        if order.cases.is_empty() {
            return Err(Error::invalid("cases", "引き継ぐケースを選んでください。"));
        }
        transact!(self.db(), "case.hand_over", |tx| {
            let mut ready = Vec::new();
            let mut refused = Vec::new();
            let cases: BTreeSet<(CaseId, StaffId)> = order.cases.iter().copied().collect();
            for (id, to) in cases {
                let (case, grant) = case::open(tx, session, id, Action::HandOver).await?;
                let all = custody::assignments(tx, &grant, self.clock()).await?;
                let old = all.into_iter().filter(|one| {
                    one.staff == order.from
                        && one.kind != AssignmentKind::Peer
                        && one.until.is_none_or(|until| until > order.moment)
                });
                let old: Vec<Assignment> = old.collect();
                match why_not(tx, &grant, order.from, to, &old).await? {
                    Some(why) => refused.push((id, case.number, why)),
                    None => ready.push((grant, old, to)),
                }
            }
            if !refused.is_empty() {
                refused.sort_by_key(|(_, number, _)| *number);
                return Ok(HandedOver::Refused(refused));
            }
            let mut receivers = BTreeSet::new();
            let count = ready.len();
            for (grant, old, to) in ready {
                self.pass_on(tx, session, &grant, &old, to, order.moment)
                    .await?;
                receivers.insert(to);
            }
            let office = session.office();
            for to in receivers {
                notice::tell(
                    tx,
                    self.clock(),
                    office,
                    to,
                    NoticeKind::HandedOver,
                    None,
                    None,
                )
                .await?;
            }
            notice::tell(
                tx,
                self.clock(),
                office,
                order.from,
                NoticeKind::SheetToWrite,
                None,
                None,
            )
            .await?;
            Ok::<_, Error>(HandedOver::Done(count))
        })
    }

    async fn pass_on(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &CaseGrant,
        old: &[Assignment],
        to: StaffId,
        moment: Timestamp,
    ) -> Result<()> {
        let clock = self.clock();
        for one in old {
            custody::pass_on(tx, grant, clock, one, to, moment).await?;
        }
        let room = crate::review::staff_place(tx, grant.case()).await?;
        let room = room.ok_or(Error::Damaged("compartment.staff"))?;
        let from = old.first().map_or(0, |one| one.staff.get());
        tx.exec(
            "INSERT INTO hand_over_sheet (id, case_id, from_staff, to_staff, moment, made_by, made_at, compartment_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                new_id(clock),
                grant.case().get(),
                from,
                to.get(),
                micros(moment),
                session.staff().get(),
                clock.now_micros(),
                room.get()
            ],
        )
        .await?;
        self.pass_on_visits(tx, grant, (from.into(), to), moment)
            .await?;
        let both = (from.into(), to);
        mailbox::passing::pass_on(tx, clock, grant.office(), grant.case(), both, moment).await?;
        let detail = format!("from={from},to={to}");
        Ok(audit::record(tx, &grant.entry("case.handed_over").because(detail)).await?)
    }

    /// Visits that are planned from the moment on go to the next colleague; where both were to go together, they are left for
    /// the two to look at.
    async fn pass_on_visits(
        &self,
        tx: &mut Conn,
        grant: &CaseGrant,
        (from, to): (StaffId, StaffId),
        moment: Timestamp,
    ) -> Result<()> {
        for (role, other) in [("staff_id", "buddy_id"), ("buddy_id", "staff_id")] {
            let sql = format!(
                "UPDATE visit SET {role} = $1 WHERE case_id = $2 AND {role} = $3 AND state = 'planned' AND leave_at >= $4 \
                 AND ({other} IS NULL OR {other} <> $5) RETURNING id"
            );
            let (case, now, next) = (grant.case().get(), micros(moment), to.get());
            let moved: Vec<(i64,)> = tx
                .all(&sql, params![next, case, from.get(), now, next])
                .await?;
            for (visit,) in moved {
                let entry = grant.entry("visit.passed_on");
                audit::record(tx, &entry.because(format!("visit={visit},staff={to}"))).await?;
            }
        }
        Ok(())
    }

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

/// What to call the person of a case.
fn called(people: Option<&Vec<Person>>, principal: basics::PersonId) -> String {
    let found = people
        .into_iter()
        .flatten()
        .find(|person| person.id == principal);
    found.map_or_else(|| "本人".to_owned(), Person::label)
}

/// Why this case cannot go to this colleague; `None`: it can.
async fn why_not(
    conn: &mut Conn,
    grant: &CaseGrant,
    from: StaffId,
    to: StaffId,
    old: &[Assignment],
) -> Result<Option<String>> {
    if old.is_empty() {
        return Ok(Some(
            "この職員は、その日時にこのケースの担当ではありません。".to_owned(),
        ));
    }
    if from == to {
        return Ok(Some(
            "いまの担当と同じ職員です。ほかの職員を選んでください。".to_owned(),
        ));
    }
    for one in old {
        if !custody::fits(conn, grant, to, one.kind).await? {
            return Ok(Some(
                "選んだ職員は、このケースの担当にできません。ほかの職員を選んでください。"
                    .to_owned(),
            ));
        }
    }
    Ok(None)
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
