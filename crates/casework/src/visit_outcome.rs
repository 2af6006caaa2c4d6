//! What came of a visit, each word where whoever spoke it keeps it ([`crate::visit_heard`]). Versions, never changed; and what was typed on a device without a network stands beside them,
//! never over them (inv. 29).

use crate::check_in::{self, Event};
use crate::codes::codes;
use crate::despite::{self, Past};
use crate::visit::{self, State, Visit, Words};
use crate::visit_heard::{self, Heard, Spoken, Whose};
use crate::{Casework, Error, Result, case, compartment, person, visit_timeline};
use basics::time::{from_micros, micros};
use basics::{CaseId, CompartmentId, ContactId, NoteId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use office::staff;
use serde::{Deserialize, Serialize};
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

codes! {
    /// Whether somebody was met (field/domain.md §2.7).
    Met {
        /// 会えた
        Met = "met", "会えた";
        /// 声のみ
        Voice = "voice", "声のみ";
        /// 気配
        Sign = "sign", "気配だけ";
        /// 家族とだけ
        Family = "family", "家族とだけ会えた";
        /// 会えず
        Nobody = "none", "会えず";
    }
}

/// What colleagues saw at a visit, sealed into the staff's compartment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// How the people were.
    pub reaction: String,
    /// Whether it was safe, for everybody.
    pub safety: String,
    /// What was promised for the next time.
    pub next: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct NewOutcome {
    /// Whether somebody was met.
    pub met: Met,
    /// When the colleagues arrived.
    pub arrived_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// The next day that was promised.
    pub next_on: Option<Date>,
    /// What colleagues saw.
    pub said: Said,
    /// What was said at the door, by whom.
    pub heard: Vec<Spoken>,
    /// The version the page showed; 0 when there was none.
    pub seen: i64,
}

/// A version of what came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// 1, 2, …
    pub version: i64,
    /// Whether somebody was met.
    pub met: Met,
    /// When they arrived.
    pub arrived_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// The next promised day.
    pub next_on: Option<Date>,
    /// Where what colleagues saw lies.
    pub compartment: CompartmentId,
    /// What colleagues saw; empty where it is out of reach.
    pub said: Said,
    /// What was said, as far as the asker reaches it.
    pub heard: Vec<Heard>,
    /// By whom.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The draft note in the timeline that what was seen became; `None` where it is out of reach.
    pub note: Option<NoteId>,
}

/// What a device sends once it is in reach of the network again.
#[derive(Debug, Clone)]
pub struct FromDevice {
    /// Of which visit.
    pub visit: i64,
    /// Made by the device; the same twice is one draft.
    pub client_id: String,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// The version of the outcome the device knew of.
    pub based_on: i64,
    /// Whose words; `None` from a device that did not ask: then they are what colleagues saw.
    pub whose: Option<Whose>,
    /// What was typed.
    pub words: String,
}

/// What became of a draft from a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// It had come before; nothing was written.
    pub again: bool,
    /// The office wrote meanwhile: both stand side by side.
    pub beside: bool,
}

/// A draft from a device, as its page shows it.
#[derive(Debug, Clone)]
pub struct DeviceDraft {
    /// By whom.
    pub name: String,
    /// When it was typed.
    pub typed_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// Whether the office had written meanwhile.
    pub beside: bool,
    /// In whose compartment it lies.
    pub compartment: CompartmentId,
    /// What was typed.
    pub words: String,
    /// The draft note in the timeline that it became.
    pub note: Option<NoteId>,
}

/// A visit in full.
#[derive(Debug, Clone)]
pub struct WholeVisit {
    /// The case, for the head of the page.
    pub view: case::CaseView,
    /// The visit.
    pub visit: Visit,
    /// Its words.
    pub words: Words,
    /// Who goes, in names.
    pub names: String,
    /// What happened.
    pub events: Vec<Event>,
    /// What came of it, the newest first.
    pub outcomes: Vec<Outcome>,
    /// What came from devices.
    pub drafts: Vec<DeviceDraft>,
    /// Whether the asker may write.
    pub writable: bool,
    /// Whether there is something to write up: they have left, or the hour for it has passed.
    pub to_write: bool,
    /// Those whose words the asker may write down, in words.
    pub voices: Vec<(Whose, String)>,
    /// Whether going alone waits for a supervisor.
    pub waits_for_approval: bool,
    /// Who may go on it.
    pub may_go: Vec<visit::Goer>,
    /// Guards that were passed for it, and why.
    pub past: Vec<Past>,
}

fn outcome_place(row: i64) -> Place {
    Place {
        table: "visit_outcome",
        row,
        column: "words",
    }
}

fn draft_place(row: i64) -> Place {
    Place {
        table: "visit_draft",
        row,
        column: "words",
    }
}

impl Casework {
    /// A visit in full, for whoever reads its compartment.
    pub async fn visit(&self, session: &Session, case: CaseId, id: i64) -> Result<WholeVisit> {
        transact!(self.db(), "visit.read", |tx| {
            let (of, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let row = visit::row_of(tx, case, id).await?;
            let visit = row.read()?;
            let read = Action::ReadCompartment;
            let inside = compartment::open(tx, session, &grant, visit.compartment, read).await?;
            let colleagues = staff::list(tx, grant.office()).await?;
            let name = |id: i64| {
                let found = colleagues.iter().find(|one| one.id.get() == id);
                found.map_or_else(|| "職員".to_owned(), |one| one.name.clone())
            };
            let alone = visit.buddy.is_none() && visit.alone_approved_by.is_none();
            let entry = grant.entry("visit.read").because(format!("visit={id}"));
            let words = row.words(&inside)?;
            let writable = grant.may_write(visit.compartment, inside.kind());
            let people = person::of_case(tx, &grant).await?;
            let label = person::Person::label;
            let rooms = visit_heard::rooms(tx, session, &grant, id, inside).await?;
            let whole = WholeVisit {
                words,
                names: visit::names_of(&colleagues, &visit),
                events: check_in::events(tx, session, id).await?,
                outcomes: outcomes(tx, &rooms, &visit, name).await?,
                drafts: drafts(tx, &rooms, &visit, name).await?,
                writable,
                to_write: is_written_up(&visit, self.clock().now()),
                voices: visit_heard::choices(tx, &grant, &of, &people, label).await?,
                waits_for_approval: alone
                    && visit.state == State::Planned
                    && visit::alone_is_guarded(tx, &grant).await?,
                may_go: visit::may_go(tx, &grant, self).await?,
                past: despite::of_visit(tx, &grant, id).await?,
                visit,
                view: case::view(tx, of, &grant, self).await?,
            };
            office::audit::record(tx, &entry).await?;
            Ok(whole)
        })
    }

    /// Writes down what came of it, as the next version. Where nobody had pressed 「出発」 and those who went, or those who
    /// look after the alarm, write it, they are back with it.
    pub async fn record_outcome(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        new: &NewOutcome,
    ) -> Result<i64> {
        if let (Some(from), Some(to)) = (new.arrived_at, new.left_at)
            && to < from
        {
            return Err(Error::invalid(
                "deta",
                "出た時刻は、着いた時刻より後にしてください。",
            ));
        }
        let heard = visit_heard::checked(&new.heard)?;
        transact!(self.db(), "visit.outcome", |tx| {
            let (of, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let visit = visit::row_of(tx, case, id).await?.read()?;
            if new.next_on.is_some_and(|day| day < visit.day) {
                return Err(Error::invalid(
                    "tsugi",
                    "次に会う日は、訪問の日より後にしてください。",
                ));
            }
            if !is_written_up(&visit, self.clock().now()) {
                return Err(Error::Illegal("訪問に出たあとで、結果を書けます。"));
            }
            let write = Action::WriteNote;
            let inside = compartment::open(tx, session, &grant, visit.compartment, write).await?;
            let version = last_version(tx, id).await?;
            if version != new.seen {
                return Err(Error::Meanwhile);
            }
            if visit.state == State::Planned && check_in::looks_after(tx, session, &visit).await? {
                check_in::ended(tx, session, &visit).await?;
            }
            let mut said = Vec::with_capacity(heard.len());
            for one in &heard {
                let whose = &one.whose;
                let room = visit_heard::room_of(self, tx, session, &grant, &of, whose).await?;
                let room = match room {
                    Some(room) => room,
                    None => {
                        compartment::open(tx, session, &grant, visit.compartment, write).await?
                    }
                };
                said.push((one, room));
            }
            let staff = if new.said == Said::default() {
                None
            } else {
                visit_heard::room_of(self, tx, session, &grant, &of, &Whose::Staff).await?
            };
            let seen_in = staff.as_ref().unwrap_or(&inside);
            // The first version becomes a contact and draft notes in the timeline; later ones are told of here, and there
            // by a correction.
            let first = version == 0;
            let rooms = visit_timeline::Rooms {
                visit: &inside,
                seen: seen_in,
                said: &said,
            };
            let timeline = if first {
                visit_timeline::written(tx, session, &of, &grant, &rooms, &visit, new).await?
            } else {
                visit_timeline::Written::default()
            };
            for (n, (one, room)) in said.iter().enumerate() {
                let note = timeline.said.get(n).copied();
                visit_heard::keep(tx, session, room, (id, version + 1), &one.words, note).await?;
            }
            let row = new_id(self.clock());
            let done = tx
                .exec(
                    "INSERT INTO visit_outcome (id, visit_id, version, met, arrived_at, left_at, next_on, words, written_by, written_at, \
                     contact_id, note_id, compartment_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                     ON CONFLICT (visit_id, version) DO NOTHING",
                    params![
                        row,
                        id,
                        version + 1,
                        new.met.code(),
                        new.arrived_at.map(micros),
                        new.left_at.map(micros),
                        new.next_on.map(|day| day.to_string()),
                        seen_in
                            .seal(&outcome_place(row), &Json(new.said.clone()))
                            .as_bytes(),
                        session.staff().get(),
                        self.clock().now_micros(),
                        timeline.contact.map(ContactId::get),
                        timeline.seen.map(NoteId::get),
                        seen_in.compartment().get()
                    ],
                )
                .await?;
            if done == 0 {
                return Err(Error::Meanwhile);
            }
            let entry = grant
                .entry("visit.outcome")
                .because(format!("visit={id},version={}", version + 1));
            office::audit::record(tx, &entry).await?;
            Ok(version + 1)
        })
    }

    /// Takes what was typed on a device. Sent twice it is one draft; it never changes what the office wrote.
    pub async fn take_draft(&self, session: &Session, sent: &FromDevice) -> Result<Taken> {
        const MAX_WORDS: usize = 10_000;
        let words = sent.words.trim().to_owned();
        let id = &sent.client_id;
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if words.is_empty()
            || words.chars().count() > MAX_WORDS
            || !plain
            || !(8..=64).contains(&id.len())
        {
            return Err(Error::invalid(
                "memo",
                "この下書きは、受け取れませんでした。",
            ));
        }
        transact!(self.db(), "visit.draft", |tx| {
            let of: Option<(i64,)> = tx
                .first(
                    "SELECT case_id FROM visit WHERE id = $1 AND office_id = $2",
                    params![sent.visit, session.office().get()],
                )
                .await?;
            let case = CaseId::from(of.map_or(0, |(case,)| case));
            let (of, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let visit = visit::row_of(tx, case, sent.visit).await?.read()?;
            if !visit.is_of(session.staff()) {
                return Err(office::access::absent_case(session, case, Action::ChangeCase).into());
            }
            let write = Action::WriteNote;
            let inside = compartment::open(tx, session, &grant, visit.compartment, write).await?;
            let whose = sent.whose.clone().unwrap_or(Whose::Staff);
            let room = visit_heard::room_of(self, tx, session, &grant, &of, &whose).await?;
            let inside = room.unwrap_or(inside);
            let now = self.clock().now();
            let beside = last_version(tx, sent.visit).await? != sent.based_on;
            let row = new_id(self.clock());
            let typed_at = sent.typed_at.min(now);
            let done = tx
                .exec(
                    "INSERT INTO visit_draft (id, visit_id, staff_id, client_id, typed_at, received_at, based_on, beside, words, \
                     compartment_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (staff_id, client_id) DO NOTHING",
                    params![
                        row,
                        sent.visit,
                        session.staff().get(),
                        sent.client_id.clone(),
                        micros(typed_at),
                        micros(now),
                        sent.based_on,
                        beside,
                        inside.seal(&draft_place(row), &words).as_bytes(),
                        inside.compartment().get()
                    ],
                )
                .await?;
            if done == 1 {
                let known = person::of_case(tx, &grant).await?;
                let words = [whose.block(&known, &words)];
                let note =
                    visit_timeline::draft(tx, session, &grant, &inside, None, typed_at, &words)
                        .await?;
                tx.exec(
                    "UPDATE visit_draft SET note_id = $1 WHERE id = $2",
                    params![note.get(), row],
                )
                .await?;
            }
            let entry = grant
                .entry("visit.draft")
                .because(format!("visit={}", sent.visit));
            office::audit::record(tx, &entry).await?;
            Ok(Taken {
                again: done == 0,
                beside,
            })
        })
    }
}

/// The version of the outcome that stands now; 0 when nothing was written.
pub(crate) async fn last_version(conn: &mut Conn, visit: i64) -> Result<i64> {
    let (version,): (i64,) = conn
        .one(
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM visit_outcome WHERE visit_id = $1",
            params![visit],
        )
        .await?;
    Ok(version)
}

store::row! {
    struct OutcomeRow {
        pub id: i64,
        pub version: i64,
        pub met: String,
        pub arrived_at: Option<i64>,
        pub left_at: Option<i64>,
        pub next_on: Option<String>,
        pub words: Vec<u8>,
        pub written_by: i64,
        pub written_at: i64,
        pub note_id: Option<i64>,
        pub compartment_id: Option<i64>,
    }
}

pub(crate) async fn outcomes(
    conn: &mut Conn,
    rooms: &[CompartmentGrant],
    visit: &Visit,
    name: impl Fn(i64) -> String,
) -> Result<Vec<Outcome>> {
    let sql = format!(
        "SELECT {} FROM visit_outcome WHERE visit_id = $1 ORDER BY version DESC",
        OutcomeRow::COLS
    );
    let rows: Vec<OutcomeRow> = conn.all(&sql, params![visit.id]).await?;
    let heard = visit_heard::of_visit(conn, rooms, visit.id).await?;
    let read = |row: OutcomeRow| {
        let kept_in = row
            .compartment_id
            .map_or(visit.compartment, CompartmentId::from);
        let inside = rooms.iter().find(|one| one.compartment() == kept_in);
        let said = match inside {
            Some(inside) => {
                let sealed = Sealed::<Json<Said>>::from_bytes(row.words);
                let Json(said) = inside.open(&sealed, &outcome_place(row.id))?;
                said
            }
            None => Said::default(),
        };
        let of_this = heard.iter().filter(|(version, _)| *version == row.version);
        Ok(Outcome {
            version: row.version,
            met: Met::from_code(&row.met).ok_or(Error::Damaged("visit_outcome.met"))?,
            arrived_at: row.arrived_at.map(from_micros),
            left_at: row.left_at.map(from_micros),
            next_on: row.next_on.and_then(|day| day.parse().ok()),
            compartment: kept_in,
            said,
            heard: of_this.map(|(_, one)| one.clone()).collect(),
            name: name(row.written_by),
            at: from_micros(row.written_at),
            note: row.note_id.filter(|_| inside.is_some()).map(NoteId::from),
        })
    };
    rows.into_iter().map(read).collect()
}

store::row! {
    struct DraftRow {
        pub id: i64,
        pub staff_id: i64,
        pub typed_at: i64,
        pub received_at: i64,
        pub beside: bool,
        pub words: Vec<u8>,
        pub note_id: Option<i64>,
        pub compartment_id: Option<i64>,
    }
}

pub(crate) async fn drafts(
    conn: &mut Conn,
    rooms: &[CompartmentGrant],
    visit: &Visit,
    name: impl Fn(i64) -> String,
) -> Result<Vec<DeviceDraft>> {
    let sql = format!(
        "SELECT {} FROM visit_draft WHERE visit_id = $1 ORDER BY received_at, id",
        DraftRow::COLS
    );
    let rows: Vec<DraftRow> = conn.all(&sql, params![visit.id]).await?;
    let mut seen = Vec::new();
    for row in rows {
        let kept_in = row
            .compartment_id
            .map_or(visit.compartment, CompartmentId::from);
        let Some(inside) = rooms.iter().find(|one| one.compartment() == kept_in) else {
            continue;
        };
        let sealed = Sealed::<String>::from_bytes(row.words);
        seen.push(DeviceDraft {
            compartment: kept_in,
            name: name(row.staff_id),
            typed_at: from_micros(row.typed_at),
            received_at: from_micros(row.received_at),
            beside: row.beside,
            note: row.note_id.map(NoteId::from),
            words: inside.open(&sealed, &draft_place(row.id))?,
        });
    }
    Ok(seen)
}

/// Whether there is something to write up: they have left, or the hour for it has passed without anybody's word.
fn is_written_up(visit: &Visit, now: Timestamp) -> bool {
    match visit.state {
        State::Out | State::Back => true,
        State::Planned => visit.leave_at <= now,
        State::Cancelled => false,
    }
}
