//! Contacts (対応1回): when, how, with whom, how long, with what result. Plain codes, so that they can be counted without
//! opening anything. What was said lies in notes. An attempt that reached nobody is a contact like any other.

mod figures;

pub(crate) use figures::{load_of_staff, next_days};

use crate::approach::{self, Asked, Way};
use crate::case::{self, Case};
use crate::codes::codes;
use crate::contact_rule::Within;
use crate::despite::{Despite, Passed};
use crate::silence;
use crate::{Casework, Error, Result, engagement};
use basics::time::{from_micros, micros, to_jst};
use basics::{CaseId, Clock, CompartmentId, ContactId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CaseGrant};
use office::custody;
use office::session::Session;
use store::{Conn, params, transact};

codes! {
    /// By what way (field/domain.md §4, §8).
    Channel {
        /// 来所
        InPerson = "in_person", "来所";
        /// 電話
        Phone = "phone", "電話";
        /// 訪問
        HomeVisit = "home_visit", "訪問";
        /// メール
        Email = "email", "メール";
        /// SNS
        Sns = "sns", "SNS";
        /// オンライン
        Online = "online", "オンライン";
        /// 手紙
        Letter = "letter", "手紙";
        /// 同行
        Accompaniment = "accompaniment", "同行";
        /// その他
        Other = "other", "その他";
    }
}

impl Channel {
    /// What it is for the guard before anything reaches somebody.
    fn way(self) -> Way {
        match self {
            Self::InPerson | Self::Phone => Way::Call,
            Self::HomeVisit | Self::Accompaniment => Way::Visit,
            Self::Email | Self::Sns | Self::Online | Self::Other => Way::Message,
            Self::Letter => Way::Letter,
        }
    }
}

codes! {
    /// Who began.
    Direction {
        /// They came to us.
        Incoming = "incoming", "受けた";
        /// We went to them.
        Outgoing = "outgoing", "こちらから";
    }
}

codes! {
    /// What side it was with, as the statistics need it.
    Party {
        /// 本人
        Principal = "principal", "本人";
        /// 家族: one person of the family.
        Family = "family", "家族";
        /// 二人以上: spoken together.
        Joint = "joint", "二人以上";
        /// Somebody else of the case: who noticed, a neighbour.
        Other = "other", "ほかの人";
        /// 関係機関
        Agency = "agency", "関係機関";
        /// 名のらない人
        Anonymous = "anonymous", "名のらない人";
    }
}

codes! {
    /// What came of it. That nobody was met is as good a result as any.
    Outcome {
        /// 話せた
        Talked = "talked", "話せた";
        /// 会えた
        Met = "met", "会えた";
        /// 声のみ
        VoiceOnly = "voice_only", "声のみ";
        /// 気配
        Presence = "presence", "気配";
        /// 不在
        Absent = "absent", "不在";
        /// 応答なし
        NoAnswer = "no_answer", "応答なし";
        /// きょうは見送り: they said not today.
        NotToday = "not_today", "きょうは見送り";
        /// 届いた: their letter or mail came.
        Received = "received", "届いた";
        /// 送った: ours went out.
        Sent = "sent", "送った";
        /// 返信を求めない便り
        NoReplyLetter = "no_reply_letter", "返信を求めない便り";
    }
}

impl Outcome {
    /// Whether somebody was there at the other end.
    pub fn reached(self) -> bool {
        matches!(
            self,
            Self::Talked | Self::Met | Self::VoiceOnly | Self::Received | Self::NotToday
        )
    }
}

impl Outcome {
    /// Whether the agreed pace counts on from here: a word of ours went out, or somebody was there.
    fn counts_for_silence(self, direction: Direction) -> bool {
        let ours = matches!(self, Self::Sent | Self::NoReplyLetter);
        self.reached() || (ours && direction == Direction::Outgoing)
    }
}

/// A contact to be recorded.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// When it was.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// Who began.
    pub direction: Direction,
    /// With which side.
    pub party: Party,
    /// With whom, as far as they are people of the case.
    pub people: Vec<PersonId>,
    /// About whom; `None`: nobody in particular.
    pub about: Option<PersonId>,
    /// How many minutes; `None`: nobody looked.
    pub minutes: Option<i64>,
    /// What came of it.
    pub result: Outcome,
    /// Which colleagues were there; whoever records it is added when nobody is named.
    pub staff: Vec<StaffId>,
    /// The next agreed day.
    pub next_on: Option<Date>,
}

/// A contact as everybody who may know of it sees it.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Its identifier.
    pub id: ContactId,
    /// Of which case.
    pub case: CaseId,
    /// Of which side.
    pub compartment: CompartmentId,
    /// The support period it falls into.
    pub engagement: Option<i64>,
    /// When it was.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// Who began.
    pub direction: Direction,
    /// With which side.
    pub party: Party,
    /// With whom.
    pub people: Vec<PersonId>,
    /// About whom.
    pub about: Option<PersonId>,
    /// How long.
    pub minutes: Option<i64>,
    /// What came of it.
    pub result: Outcome,
    /// Who was there.
    pub staff: Vec<StaffId>,
    /// The next agreed day.
    pub next_on: Option<Date>,
    /// Who recorded it.
    pub recorded_by: StaffId,
    /// When.
    pub recorded_at: Timestamp,
    /// Entered by mistake: kept, not counted.
    pub void: bool,
}

store::row! {
    struct ContactRow {
        pub id: i64,
        pub case_id: i64,
        pub compartment_id: i64,
        pub engagement_id: Option<i64>,
        pub at: i64,
        pub channel: String,
        pub direction: String,
        pub party: String,
        pub about_id: Option<i64>,
        pub minutes: Option<i64>,
        pub result: String,
        pub next_on: Option<String>,
        pub recorded_by: i64,
        pub recorded_at: i64,
        pub void_at: Option<i64>,
    }
}

impl TryFrom<ContactRow> for Contact {
    type Error = Error;

    fn try_from(row: ContactRow) -> Result<Self> {
        let damaged = || Error::Damaged("contact");
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            compartment: row.compartment_id.into(),
            engagement: row.engagement_id,
            at: from_micros(row.at),
            channel: Channel::from_code(&row.channel).ok_or_else(damaged)?,
            direction: Direction::from_code(&row.direction).ok_or_else(damaged)?,
            party: Party::from_code(&row.party).ok_or_else(damaged)?,
            people: Vec::new(),
            about: row.about_id.map(PersonId::from),
            minutes: row.minutes,
            result: Outcome::from_code(&row.result).ok_or_else(damaged)?,
            staff: Vec::new(),
            next_on: row.next_on.and_then(|day| day.parse().ok()),
            recorded_by: row.recorded_by.into(),
            recorded_at: from_micros(row.recorded_at),
            void: row.void_at.is_some(),
        })
    }
}

/// The longest contact that is believed: a day.
const LONGEST_MINUTES: i64 = 24 * 60;

/// What a form sent, as two hashes: of its one-time token, and of the token together with the words. The token is random,
/// so neither tells anything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Once {
    pub form: [u8; 32],
    pub sent: [u8; 32],
}

/// Records a contact inside a transaction: a quick log, a visit that came back, a letter that went out. The caller has
/// opened the compartment for writing. `once`: [`Error::Again`] for the same form with the same content, [`Error::Illegal`]
/// for the same form with another.
pub(crate) async fn insert(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    compartment: CompartmentId,
    new: &NewContact,
    once: Option<Once>,
) -> Result<ContactId> {
    let clock = session.clock();
    checked(new, clock)?;
    let period = engagement::of_case(tx, grant.case()).await?;
    let period = period.first().filter(|one| !one.state.is_over());
    let id = ContactId::from(new_id(clock));
    let stored = tx
        .exec(
            "INSERT INTO contact (id, office_id, case_id, compartment_id, engagement_id, at, day, channel, direction, party, \
             about_id, minutes, result, next_on, recorded_by, recorded_at, form_hash, sent_hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
             ON CONFLICT (form_hash) DO NOTHING",
            params![
                id.get(),
                grant.office().get(),
                grant.case().get(),
                compartment.get(),
                period.map(|one| one.id),
                micros(new.at),
                to_jst(new.at).date().to_string(),
                new.channel.code(),
                new.direction.code(),
                new.party.code(),
                new.about.map(PersonId::get),
                new.minutes,
                new.result.code(),
                new.next_on.map(|day| day.to_string()),
                session.staff().get(),
                clock.now_micros(),
                once.map(|once| once.form.to_vec()),
                once.map(|once| once.sent.to_vec())
            ],
        )
        .await?;
    if stored == 0 {
        return Err(sent_before(tx, once).await?);
    }
    for person in &new.people {
        tx.exec(
            "INSERT INTO contact_party (contact_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![id.get(), person.get()],
        )
        .await?;
    }
    if new.result.counts_for_silence(new.direction) {
        for person in &new.people {
            silence::word_sent(tx, grant, *person, to_jst(new.at).date()).await?;
        }
    }
    let myself = [session.staff()];
    let staff = if new.staff.is_empty() {
        &myself
    } else {
        &*new.staff
    };
    for one in staff {
        tx.exec(
            "INSERT INTO contact_staff (contact_id, staff_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![id.get(), one.get()],
        )
        .await?;
    }
    let entry = grant
        .entry("contact.recorded")
        .because(format!("contact={id}"));
    office::audit::record(tx, &entry).await?;
    Ok(id)
}

async fn sent_before(tx: &mut Conn, once: Option<Once>) -> Result<Error> {
    let Some(once) = once else {
        return Ok(Error::Again);
    };
    let known: Option<(Option<Vec<u8>>,)> = tx
        .first(
            "SELECT sent_hash FROM contact WHERE form_hash = $1",
            params![&once.form],
        )
        .await?;
    Ok(match known {
        Some((Some(sent),)) if sent != once.sent => Error::Illegal(
            "この画面の記録は、もう残っています。書き足したものは、まだ残っていません。別の記録として残すときは、もう一度「記録する」を押してください。",
        ),
        _ => Error::Again,
    })
}

fn checked(new: &NewContact, clock: &Clock) -> Result<()> {
    if new.at > clock.now() {
        return Err(Error::invalid(
            "day",
            "これからの日時になっています。あった日時を入れてください。これからの予定は「次の日付」に入れます。",
        ));
    }
    if new
        .minutes
        .is_some_and(|minutes| !(0..=LONGEST_MINUTES).contains(&minutes))
    {
        return Err(Error::invalid(
            "minutes",
            "かかった時間は、0から1440までの分で入れてください。",
        ));
    }
    if new.next_on.is_some_and(|day| day < to_jst(new.at).date()) {
        return Err(Error::invalid(
            "next",
            "次の日付が、記録の日より前になっています。",
        ));
    }
    Ok(())
}

/// What must be true before a contact that goes from us to somebody is written down: whoever took the case over has read
/// its sheet (story 12), and what goes to each of them may go to them at all (inv. 8, 9).
pub(crate) async fn may_reach_out(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    case: &Case,
    new: &NewContact,
    despite: Option<&Despite>,
) -> Result<Passed> {
    let mut passed = Passed::default();
    if new.direction != Direction::Outgoing {
        return Ok(passed);
    }
    if custody::sheet_unread(tx, grant, session.clock()).await? {
        return Err(Error::Guarded(
            "引き継ぎの一枚を、まだ読んでいません。こちらから連絡する前に、「担当」のページで読んで、確かめてください。"
                .to_owned(),
        ));
    }
    let by_hours = matches!(new.channel, Channel::Phone | Channel::HomeVisit);
    for person in &new.people {
        let asked = Asked {
            person: *person,
            way: new.channel.way(),
            at: Some(new.at),
            within: by_hours.then(|| Within {
                from: to_jst(new.at).time(),
                minutes: new.minutes.unwrap_or(0),
            }),
            despite,
        };
        passed.add(approach::may_reach(tx, grant, case, &asked).await?);
    }
    Ok(passed)
}

/// Contacts by identifier, with people and colleagues; of one case.
pub(crate) async fn these(
    conn: &mut Conn,
    case: CaseId,
    ids: &[ContactId],
) -> Result<Vec<Contact>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = numbers(ids.iter().map(|id| id.get()));
    let sql = format!(
        "SELECT {} FROM contact WHERE case_id = $1 AND id IN ({list})",
        ContactRow::COLS
    );
    let rows: Vec<ContactRow> = conn.all(&sql, params![case.get()]).await?;
    let mut contacts: Vec<Contact> = rows
        .into_iter()
        .map(Contact::try_from)
        .collect::<Result<_>>()?;
    let people = format!(
        "SELECT contact_id, person_id FROM contact_party WHERE contact_id IN ({list}) ORDER BY person_id"
    );
    let staff = format!(
        "SELECT contact_id, staff_id FROM contact_staff WHERE contact_id IN ({list}) ORDER BY staff_id"
    );
    let people: Vec<(i64, i64)> = conn.all(&people, params![]).await?;
    let staff: Vec<(i64, i64)> = conn.all(&staff, params![]).await?;
    for contact in &mut contacts {
        let mine = |pairs: &[(i64, i64)]| -> Vec<i64> {
            pairs
                .iter()
                .filter(|(of, _)| *of == contact.id.get())
                .map(|(_, who)| *who)
                .collect()
        };
        contact.people = mine(&people).into_iter().map(PersonId::from).collect();
        contact.staff = mine(&staff).into_iter().map(StaffId::from).collect();
    }
    Ok(contacts)
}

/// Every contact of one compartment, those entered by mistake too, oldest first.
pub(crate) async fn of_compartment(
    conn: &mut Conn,
    case: CaseId,
    compartment: CompartmentId,
) -> Result<Vec<Contact>> {
    let ids: Vec<(i64,)> = conn
        .all(
            "SELECT id FROM contact WHERE case_id = $1 AND compartment_id = $2",
            params![case.get(), compartment.get()],
        )
        .await?;
    let ids: Vec<ContactId> = ids.into_iter().map(|(id,)| id.into()).collect();
    let mut found = these(conn, case, &ids).await?;
    found.sort_by_key(|one| (one.at, one.id));
    Ok(found)
}

/// The last contacts in these compartments, newest first.
pub(crate) async fn latest(
    conn: &mut Conn,
    case: CaseId,
    compartments: &[CompartmentId],
    limit: i64,
) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT id FROM contact WHERE case_id = $1 AND void_at IS NULL AND compartment_id IN ({}) \
         ORDER BY at DESC, id DESC LIMIT $2",
        numbers(compartments.iter().map(|one| one.get()))
    );
    let ids: Vec<(i64,)> = conn.all(&sql, params![case.get(), limit]).await?;
    let ids: Vec<ContactId> = ids.into_iter().map(|(id,)| id.into()).collect();
    let mut found = these(conn, case, &ids).await?;
    found.sort_by_key(|one| std::cmp::Reverse((one.at, one.id)));
    Ok(found)
}

/// Numbers as the inside of `IN (…)`; identifiers only, never anything typed.
pub(crate) fn numbers(ids: impl Iterator<Item = i64>) -> String {
    let list: Vec<String> = ids.map(|id| id.to_string()).collect();
    if list.is_empty() {
        "-1".to_owned()
    } else {
        list.join(", ")
    }
}

impl Casework {
    /// Says that a contact was entered by mistake: it stays, and is not counted.
    pub async fn void_contact(&self, session: &Session, case: CaseId, id: ContactId) -> Result<()> {
        transact!(self.db(), "contact.void", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let found = these(tx, case, &[id]).await?;
            let contact = found.first().ok_or(Error::NotFound)?;
            crate::compartment::open(tx, session, &grant, contact.compartment, Action::WriteNote)
                .await?;
            let done = tx
                .exec(
                    "UPDATE contact SET void_at = $1, void_by = $2 WHERE id = $3 AND void_at IS NULL",
                    params![
                        self.clock().now_micros(),
                        session.staff().get(),
                        id.get()
                    ],
                )
                .await?;
            if done == 0 {
                return Err(Error::Again);
            }
            let entry = grant.entry("contact.void").because(format!("contact={id}"));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }
}
