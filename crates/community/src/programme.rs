//! What is offered: 居場所, 当事者会, 家族会, 家族教室, 講演, オンライン居場所.
//!
//! Run by the office, or by others (民間団体, 家族会); what others run is listed only once somebody of the office has
//! looked at it as it stands, and the day is printed. Everything the public reads is in [`Details`]; what is told after
//! booking only, the address of such a place included, is sealed under the installation's key, so that the database alone
//! does not know where a sheltered place is.

mod draft;
mod hidden;

pub use draft::{AfterBooking, Details, Draft};
pub(crate) use hidden::after_booking;

use hidden::{Hidden, after_booking_aad, hidden};

use crate::{Community, Error, Result, gathering};
use basics::{OfficeId, ProgrammeId, StaffId, new_id};
use jiff::civil::Date;
use office::access::{self, Action, Permit};
use office::audit;
use office::session::Session;
use store::{Conn, params, transact};

basics::codes! {
    /// What sort of thing it is.
    Kind {
        /// 居場所
        Ibasho = "ibasho", "居場所";
        /// オンライン居場所
        OnlineIbasho = "online_ibasho", "オンラインの居場所";
        /// 当事者会
        PeerGroup = "peer_group", "当事者会";
        /// 家族会
        FamilyGroup = "family_group", "家族会";
        /// 家族教室
        FamilyClass = "family_class", "家族教室";
        /// 講演・研修
        Talk = "talk", "講演・研修";
    }
}

basics::codes! {
    /// For whom.
    ForWhom {
        /// どなたでも
        Anyone = "anyone", "どなたでも";
        /// 本人
        Principal = "principal", "本人";
        /// 家族
        Family = "family", "家族";
    }
}

basics::codes! {
    /// Who runs it.
    RunBy {
        /// この窓口
        Office = "office", "この窓口";
        /// ほかの団体
        Other = "other", "ほかの団体（民間団体・家族会など）";
    }
}

basics::codes! {
    /// Where it stands.
    State {
        /// 準備中
        Draft = "draft", "準備中（公開していません）";
        /// 公開
        Listed = "listed", "公開しています";
        /// 終わり
        Ended = "ended", "終わりました";
    }
}

basics::codes! {
    /// How much of the place the public page tells.
    #[derive(Default)]
    PlaceShown {
        /// 住所まで
        #[default]
        Full = "full", "住所までのせる";
        /// 最寄り駅だけ
        Station = "station", "最寄りの駅やバス停だけのせる";
        /// 予約のあとで
        AfterBooking = "after_booking", "場所は、予約した人にだけ伝える";
    }
}

/// A programme.
#[derive(Debug, Clone)]
pub struct Programme {
    /// Its identifier, for the desk.
    pub id: ProgrammeId,
    /// Whose it is.
    pub office: OfficeId,
    /// Its number in public addresses.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// When the office last looked at it, for what others run.
    pub checked_on: Option<Date>,
    /// Everything else.
    pub draft: Draft,
    /// Counts its changes; a form sends back the one it was made from.
    pub version: i64,
}

impl Programme {
    /// How the audit chain names it.
    pub fn subject(&self) -> String {
        subject(self.id)
    }

    /// Others run it, and nobody of the office has looked at it as it stands: the public does not see it.
    pub fn waits_for_check(&self) -> bool {
        self.draft.run_by == RunBy::Other && self.checked_on.is_none()
    }

    /// The place as the public may read it, or the sentence that says when it is told.
    pub fn public_place(&self) -> String {
        let details = &self.draft.details;
        let known = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let unknown = || "場所は、お問い合わせください".to_owned();
        if self.draft.municipality.is_none() {
            return "オンライン（家から）".to_owned();
        }
        match details.place_shown {
            PlaceShown::Full => {
                let parts: Vec<String> = [known(&details.place_name), known(&details.address)]
                    .into_iter()
                    .flatten()
                    .collect();
                if parts.is_empty() {
                    known(&details.station).unwrap_or_else(unknown)
                } else {
                    parts.join("　")
                }
            }
            PlaceShown::Station => {
                known(&details.station).map_or_else(unknown, |near| format!("{near}の近く"))
            }
            PlaceShown::AfterBooking => "場所は、予約のあとでお伝えします".to_owned(),
        }
    }
}

pub(crate) fn subject(id: ProgrammeId) -> String {
    format!("programme:{id}")
}

/// What the public sees: listed, and, where others run it, looked at as it stands.
pub(crate) const PUBLIC: &str =
    "state = 'listed' AND (run_by = 'office' OR checked_on IS NOT NULL)";

store::row! {
    pub(crate) struct ProgrammeRow {
        pub id: i64,
        pub office_id: i64,
        pub number: i64,
        pub kind: String,
        pub for_whom: String,
        pub run_by: String,
        pub state: String,
        pub checked_on: Option<String>,
        pub municipality: Option<String>,
        pub online: i64,
        pub first_time_friendly: i64,
        pub walk_in: i64,
        pub takes_bookings: i64,
        pub keeps_waiting_list: i64,
        pub capacity: Option<i64>,
        pub details: String,
        pub after_booking: Option<Vec<u8>>,
        pub rule: Option<String>,
        pub version: i64,
    }
}

fn day(text: Option<&str>, column: &'static str) -> Result<Option<Date>> {
    text.map(|text| text.parse().map_err(|_| Error::Damaged(column)))
        .transpose()
}

/// A row without what is told after booking, and without its hosts.
fn read(row: &ProgrammeRow) -> Result<Programme> {
    let json = |_| Error::Damaged("programme.details");
    let rule = row.rule.as_deref().map(serde_json::from_str).transpose();
    Ok(Programme {
        id: row.id.into(),
        office: row.office_id.into(),
        number: row.number,
        state: State::from_code(&row.state).ok_or(Error::Damaged("programme.state"))?,
        checked_on: day(row.checked_on.as_deref(), "programme.checked_on")?,
        draft: Draft {
            kind: Kind::from_code(&row.kind).ok_or(Error::Damaged("programme.kind"))?,
            for_whom: ForWhom::from_code(&row.for_whom)
                .ok_or(Error::Damaged("programme.for_whom"))?,
            run_by: RunBy::from_code(&row.run_by).ok_or(Error::Damaged("programme.run_by"))?,
            municipality: row
                .municipality
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|_| Error::Damaged("programme.municipality"))?,
            online: row.online == 1,
            first_time_friendly: row.first_time_friendly == 1,
            walk_in: row.walk_in == 1,
            takes_bookings: row.takes_bookings == 1,
            keeps_waiting_list: row.keeps_waiting_list == 1,
            capacity: row.capacity.and_then(|seats| u32::try_from(seats).ok()),
            details: serde_json::from_str(&row.details).map_err(json)?,
            after_booking: AfterBooking::default(),
            rule: rule.map_err(|_| Error::Damaged("programme.rule"))?,
            hosts: Vec::new(),
        },
        version: row.version,
    })
}

/// Programmes by a condition over columns of `programme`, without what is told after booking, by number.
pub(crate) async fn some(
    conn: &mut Conn,
    condition: &str,
    values: &[store::Value],
) -> Result<Vec<Programme>> {
    let sql = format!(
        "SELECT {} FROM programme WHERE {condition} ORDER BY number",
        ProgrammeRow::COLS
    );
    let rows: Vec<ProgrammeRow> = conn.all(&sql, values).await?;
    rows.iter().map(read).collect()
}

/// One programme of any office.
pub(crate) async fn by_id(conn: &mut Conn, id: ProgrammeId) -> Result<Programme> {
    let found = some(conn, "id = $1", params![id.get()]).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// Who runs a programme.
pub(crate) async fn hosts(conn: &mut Conn, id: ProgrammeId) -> Result<Vec<StaffId>> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT staff_id FROM programme_host WHERE programme_id = $1 ORDER BY staff_id",
            params![id.get()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

/// A programme whole, as the desk's form holds it.
async fn whole(conn: &mut Conn, room: &Community, mut one: Programme) -> Result<Programme> {
    one.draft.hosts = hosts(conn, one.id).await?;
    hidden(conn, room, one.id).await?.put_back(&mut one.draft);
    Ok(one)
}

/// An opened permit and whether the programme is of the asker's office: absent and another's are one.
async fn own(tx: &mut Conn, permit: &Permit, id: ProgrammeId) -> Result<Programme> {
    let found = by_id(tx, id).await?;
    if found.office == permit.office() {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

impl Community {
    /// The office's programmes for the desk, with hosts and what is told after booking.
    pub async fn programmes(&self, session: &Session) -> Result<Vec<Programme>> {
        let permit = access::permit(session, Action::SeePlaces, "").await?;
        transact!(self.db(), "programme.list", |tx| {
            let mut all = some(tx, "office_id = $1", params![permit.office().get()]).await?;
            for one in &mut all {
                one.draft.hosts = hosts(tx, one.id).await?;
            }
            audit::record(tx, &permit.entry(Action::SeePlaces.code(), "")).await?;
            Ok::<_, Error>(all)
        })
    }

    /// One programme for the desk, whole.
    pub async fn programme(&self, session: &Session, id: ProgrammeId) -> Result<Programme> {
        let permit = access::permit(session, Action::SeePlaces, &subject(id)).await?;
        transact!(self.db(), "programme.see", |tx| {
            let one = own(tx, &permit, id).await?;
            let one = whole(tx, self, one).await?;
            audit::record(tx, &permit.entry(Action::SeePlaces.code(), subject(id))).await?;
            Ok::<_, Error>(one)
        })
    }

    /// Writes a new programme down, not yet public.
    pub async fn add_programme(&self, session: &Session, draft: &Draft) -> Result<ProgrammeId> {
        let id = ProgrammeId::from(new_id(self.clock()));
        self.add_programme_once(session, id, draft).await?;
        Ok(id)
    }

    /// The same under an identifier that the form carried: sent again it is [`Error::Again`], and nothing is added.
    pub async fn add_programme_once(
        &self,
        session: &Session,
        id: ProgrammeId,
        draft: &Draft,
    ) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, "").await?;
        draft.check()?;
        transact!(self.db(), "programme.add", |tx| {
            let now = self.clock().now_micros();
            tx.exec(
                "INSERT INTO programme_counter (id, last_number) VALUES (1, 0) ON CONFLICT DO NOTHING",
                params![],
            )
            .await?;
            let (number,): (i64,) = tx
                .one(
                    "UPDATE programme_counter SET last_number = last_number + 1 WHERE id = 1 RETURNING last_number",
                    params![],
                )
                .await?;
            let made = tx.exec(
                "INSERT INTO programme (id, office_id, number, kind, for_whom, run_by, state, online, \
                 first_time_friendly, walk_in, takes_bookings, keeps_waiting_list, details, last_seq, version, \
                 created_at, updated_at) VALUES ($1, $2, $3, '', '', '', 'draft', 0, 0, 0, 0, 0, '', 0, 0, $4, $5) \
                 ON CONFLICT (id) DO NOTHING",
                params![id.get(), permit.office().get(), number, now, now],
            )
            .await?;
            if made == 0 {
                return Err(Error::Again);
            }
            self.write(tx, id, 0, draft).await?;
            self.take_place(tx, id).await?;
            audit::record(tx, &permit.entry("programme.saved", subject(id))).await?;
            Ok::<_, Error>(())
        })
    }

    /// Changes a programme. Days that lie ahead follow the new rule, as far as nobody booked them.
    pub async fn change_programme(
        &self,
        session: &Session,
        id: ProgrammeId,
        version: i64,
        draft: &Draft,
    ) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        draft.check()?;
        let old = transact!(self.db(), "programme.change", |tx| {
            let old = own(tx, &permit, id).await?;
            let old = whole(tx, self, old).await?;
            self.write(tx, id, version, draft).await?;
            if !old.draft.says_the_same(draft) {
                // What was looked at is not what stands now.
                tx.exec(
                    "UPDATE programme SET checked_on = NULL, checked_by = NULL WHERE id = $1",
                    params![id.get()],
                )
                .await?;
            }
            self.take_place(tx, id).await?;
            self.fill_ahead(tx, id, draft).await?;
            audit::record(tx, &permit.entry("programme.saved", subject(id))).await?;
            Ok::<_, Error>(old)
        })?;
        let shown = |draft: &Draft| draft.details.place_shown;
        if shown(&old.draft) == PlaceShown::Full && shown(draft) != PlaceShown::Full {
            // The address lay open until now: not in what the database left behind either.
            self.db().scrub().await?;
        }
        Ok(())
    }

    /// Gives seats that came free to those who wait, on all days ahead. Where nobody may wait any more, nobody is left
    /// waiting for good.
    async fn fill_ahead(&self, tx: &mut Conn, id: ProgrammeId, draft: &Draft) -> Result<()> {
        let days = gathering::some(
            tx,
            "programme_id = $1 AND state = 'planned' AND ends_at > $2",
            params![id.get(), self.clock().now_micros()],
        )
        .await?;
        for day in &days {
            self.fill(tx, day.id).await?;
        }
        if draft.keeps_waiting_list && draft.takes_bookings {
            return Ok(());
        }
        let (waiting,): (i64,) = tx
            .one(
                "SELECT COUNT(*) FROM booking b JOIN gathering g ON g.id = b.gathering_id WHERE g.programme_id = $1 \
                 AND g.state = 'planned' AND g.ends_at > $2 AND b.state = 'waiting'",
                params![id.get(), self.clock().now_micros()],
            )
            .await?;
        if waiting > 0 {
            return Err(Error::invalid(
                "keeps_waiting_list",
                format!(
                    "空きを待っている予約が{waiting}件あります。席をふやすか、その日が終わってから、外してください。"
                ),
            ));
        }
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut Conn,
        id: ProgrammeId,
        version: i64,
        draft: &Draft,
    ) -> Result<()> {
        let json = |_| Error::Damaged("programme.details");
        let rule = draft.rule.as_ref().map(serde_json::to_string).transpose();
        let mut details = draft.details.clone();
        let hidden = Hidden::take(&draft.after_booking, &mut details);
        let after = (hidden != Hidden::default())
            .then(|| serde_json::to_vec(&hidden))
            .transpose()
            .map_err(json)?;
        let key = self.pepper().branch("told after booking");
        let after = after.map(|plain| key.seal(&after_booking_aad(id), &plain));
        let changed = tx
            .exec(
                "UPDATE programme SET kind = $1, for_whom = $2, run_by = $3, municipality = $4, online = $5, \
                 first_time_friendly = $6, walk_in = $7, takes_bookings = $8, keeps_waiting_list = $9, capacity = $10, \
                 details = $11, after_booking = $12, rule = $13, version = version + 1, updated_at = $14 \
                 WHERE id = $15 AND version = $16",
                params![
                    draft.kind.code(),
                    draft.for_whom.code(),
                    draft.run_by.code(),
                    draft.municipality.as_ref().map(ToString::to_string),
                    i64::from(draft.online),
                    i64::from(draft.first_time_friendly),
                    i64::from(draft.walk_in),
                    i64::from(draft.takes_bookings),
                    i64::from(draft.keeps_waiting_list),
                    draft.capacity.map(i64::from),
                    serde_json::to_string(&details).map_err(json)?,
                    &after,
                    &rule.map_err(json)?,
                    self.clock().now_micros(),
                    id.get(),
                    version,
                ],
            )
            .await?;
        if changed == 0 {
            return Err(Error::Meanwhile);
        }
        tx.exec(
            "DELETE FROM programme_host WHERE programme_id = $1",
            params![id.get()],
        )
        .await?;
        for host in &draft.hosts {
            tx.exec(
                "INSERT INTO programme_host (programme_id, staff_id) SELECT $1, s.id FROM staff s \
                 JOIN programme p ON p.office_id = s.office_id WHERE s.id = $2 AND p.id = $3 ON CONFLICT DO NOTHING",
                params![id.get(), host.get(), id.get()],
            )
            .await?;
        }
        Ok(())
    }

    /// Says that somebody of the office has looked at what others run, today, as it stood in this version.
    pub async fn check_programme(
        &self,
        session: &Session,
        id: ProgrammeId,
        version: i64,
    ) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        transact!(self.db(), "programme.check", |tx| {
            let one = own(tx, &permit, id).await?;
            if one.draft.run_by != RunBy::Other {
                return Err(Error::Illegal(
                    "この窓口の場です。確かめる必要はありません。",
                ));
            }
            let checked = tx
                .exec(
                    "UPDATE programme SET checked_on = $1, checked_by = $2 WHERE id = $3 AND version = $4",
                    params![
                        self.clock().today().to_string(),
                        session.staff().get(),
                        id.get(),
                        version
                    ],
                )
                .await?;
            if checked == 0 {
                return Err(Error::Meanwhile);
            }
            audit::record(tx, &permit.entry("programme.checked", subject(id))).await?;
            Ok::<_, Error>(())
        })
    }

    /// Shows it to the public. What others run must have been looked at first.
    pub async fn list_programme(&self, session: &Session, id: ProgrammeId) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        transact!(self.db(), "programme.list_publicly", |tx| {
            let one = own(tx, &permit, id).await?;
            if one.waits_for_check() {
                return Err(Error::Illegal(
                    "ほかの団体の場は、窓口で確かめてから公開します。先に「確かめました」を押してください。",
                ));
            }
            self.set_state(tx, id, State::Listed).await?;
            self.take_place(tx, id).await?;
            audit::record(tx, &permit.entry("programme.listed", subject(id))).await?;
            Ok(())
        })
    }

    /// Ends it: days ahead that nobody booked go, the others stay until they are cancelled.
    pub async fn end_programme(&self, session: &Session, id: ProgrammeId) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        transact!(self.db(), "programme.end", |tx| {
            own(tx, &permit, id).await?;
            let ahead = gathering::booked_ahead(tx, id, self.clock().today()).await?;
            if ahead > 0 {
                return Err(Error::Illegal(
                    "予約の入っている開催日があります。先に、その日を「とりやめ」にして、お知らせしてください。",
                ));
            }
            self.set_state(tx, id, State::Ended).await?;
            gathering::drop_unbooked_ahead(tx, id, self.clock().today()).await?;
            audit::record(tx, &permit.entry("programme.ended", subject(id))).await?;
            Ok(())
        })
    }

    /// Takes the end back: it is written down again, not public yet, and its days come back by its rule.
    pub async fn take_up_again(&self, session: &Session, id: ProgrammeId) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        transact!(self.db(), "programme.take_up_again", |tx| {
            let one = own(tx, &permit, id).await?;
            if one.state != State::Ended {
                return Err(Error::Illegal("この場は、終わっていません。"));
            }
            self.set_state(tx, id, State::Draft).await?;
            self.take_place(tx, id).await?;
            audit::record(
                tx,
                &permit
                    .entry("programme.saved", subject(id))
                    .because("again"),
            )
            .await?;
            Ok(())
        })
    }

    async fn set_state(&self, tx: &mut Conn, id: ProgrammeId, state: State) -> Result<()> {
        tx.exec(
            "UPDATE programme SET state = $1, version = version + 1, updated_at = $2 WHERE id = $3",
            params![state.code(), self.clock().now_micros(), id.get()],
        )
        .await?;
        Ok(())
    }

    /// Everything that is listed, over all offices, without what is told after booking.
    pub async fn places(&self) -> Result<Vec<Programme>> {
        some(&mut self.db().read().await?, PUBLIC, params![]).await
    }

    /// One listed programme by its number in addresses.
    pub async fn place(&self, number: i64) -> Result<Programme> {
        let found = some(
            &mut self.db().read().await?,
            &format!("{PUBLIC} AND number = $1"),
            params![number],
        )
        .await?;
        found.into_iter().next().ok_or(Error::NotFound)
    }
}
