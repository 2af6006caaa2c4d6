//! An office (a centre) and what it tells the public about its letters.
//!
//! Changes are versioned: the row in `office` is the present, `office_revision` keeps what was said before.

use crate::access::{Action, Permit};
use crate::audit;
use crate::calendar::{Opening, promise_text};
use crate::error::{Error, Result};
use basics::{Clock, MunicipalityCode, OfficeId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Conn, Db, params, row, transact};
use vault::{KeyPair, PrivateKey, PublicKey};

/// Closed threads are kept at least this long, so that somebody who comes back late still finds the answer.
pub const RETENTION_DAYS_MIN: u32 = 90;

/// An office.
#[derive(Clone, Debug)]
pub struct Office {
    /// Its identifier.
    pub id: OfficeId,
    /// Its name, as the public reads it.
    pub name: String,
    /// The prefecture or city on whose behalf it works.
    pub jurisdiction: MunicipalityCode,
    /// What letters are sealed to.
    pub public_key: PublicKey,
    /// Everything that the office page changes.
    pub settings: Settings,
    /// Counts the changes of name and settings; a form sends back the one it was made from.
    pub version: i64,
}

/// What the office page changes. A field that an older version did not know yet has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Opening days and hours.
    pub opening: Opening,
    /// An answer is promised by this many open days after the day of receipt.
    pub promise_days: u32,
    /// Who reads the letters, in a sentence for the public.
    pub who_reads: String,
    /// A few words above the letter form. May be empty.
    pub intro: String,
    /// The office's own number, for its own colleagues on their way. May be empty; the public reads the directory's.
    pub phone: String,
    /// Set while letters are paused.
    pub paused: Option<Pause>,
    /// How many days after closing a thread is erased.
    pub retention_days: u32,
}

/// Letters are paused: what is said instead, and where else to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why, and until when if that is known.
    pub message: String,
    /// Another door, in words.
    pub other_door: String,
    /// The address of a page for it. May be empty.
    pub other_url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            opening: Opening::default(),
            promise_days: 3,
            who_reads:
                "この窓口の支援コーディネーターが読みます。ほかの課や関係機関には渡りません。"
                    .to_owned(),
            intro: String::new(),
            phone: String::new(),
            paused: None,
            retention_days: RETENTION_DAYS_MIN,
        }
    }
}

impl Settings {
    /// What is wrong with these settings, as the first sentence a form should show.
    pub fn check(&self) -> Result<()> {
        let too_long = |text: &str, max: usize| text.chars().count() > max;
        if self.opening.week.iter().all(Option::is_none) {
            return Err(Error::invalid(
                "week",
                "開いている曜日を1つ以上入れてください。約束の日を数えられません。",
            ));
        }
        if self
            .opening
            .week
            .iter()
            .flatten()
            .any(|hours| hours.from >= hours.to)
        {
            return Err(Error::invalid(
                "week",
                "開く時刻を、閉じる時刻より前にしてください。",
            ));
        }
        if self.opening.closing_days.len() > 400 {
            return Err(Error::invalid(
                "closing_days",
                "休みの日は400日分まで入れられます。過ぎた日を消してください。",
            ));
        }
        if !(1..=20).contains(&self.promise_days) {
            return Err(Error::invalid(
                "promise_days",
                "返事の約束は、1日から20日の間で選んでください。",
            ));
        }
        if !(RETENTION_DAYS_MIN..=3_650).contains(&self.retention_days) {
            return Err(Error::invalid(
                "retention_days",
                "保存の日数は、90日から3650日の間で入れてください。",
            ));
        }
        if self.who_reads.trim().is_empty() || too_long(&self.who_reads, 300) {
            return Err(Error::invalid(
                "who_reads",
                "だれが読むのかを、300文字までで書いてください。",
            ));
        }
        if too_long(&self.phone, 40) {
            return Err(Error::invalid(
                "phone",
                "電話番号は、40字までで入れてください。",
            ));
        }
        if too_long(&self.intro, 1_000) {
            return Err(Error::invalid(
                "intro",
                "はじめの文は1,000文字までで書いてください。",
            ));
        }
        self.paused.as_ref().map_or(Ok(()), Pause::check)
    }

    /// The day by which a letter that arrives now is promised an answer.
    pub fn promise_day(&self, now: Timestamp) -> Date {
        self.opening.promise_day(now, self.promise_days)
    }

    /// The same in words: 「11月26日（木）まで」.
    pub fn promise_text(&self, now: Timestamp) -> String {
        promise_text(self.promise_day(now))
    }
}

impl Pause {
    fn check(&self) -> Result<()> {
        if self.message.trim().is_empty() || self.message.chars().count() > 500 {
            return Err(Error::invalid(
                "pause_message",
                "お休みのお知らせを、500文字までで書いてください。",
            ));
        }
        if self.other_door.trim().is_empty() || self.other_door.chars().count() > 500 {
            return Err(Error::invalid(
                "pause_other_door",
                "ほかの相談先を、500文字までで書いてください。",
            ));
        }
        let url = self.other_url.trim();
        if !(url.is_empty()
            || url.starts_with("https://")
            || url.starts_with("http://")
            || url.starts_with('/'))
        {
            return Err(Error::invalid(
                "pause_other_url",
                "ページのアドレスは https:// から書いてください。",
            ));
        }
        Ok(())
    }
}

/// What is needed to found an office.
#[derive(Clone, Debug)]
pub struct NewOffice {
    /// Its name.
    pub name: String,
    /// The prefecture or city.
    pub jurisdiction: MunicipalityCode,
    /// Its first settings.
    pub settings: Settings,
}

/// A founded office, and the only copy of its private key outside the colleagues' accounts. Print the key as the
/// recovery sheet ([`vault::sheet`]) and drop it; the database never holds it.
pub struct Founded {
    /// The office.
    pub id: OfficeId,
    /// Its private key, for the recovery sheet.
    pub private_key: PrivateKey,
}

/// Founds an office (`ippo demo`, tests); [`crate::founding`] does it together with its first colleagues.
pub async fn found(db: &Db, clock: &Clock, new: &NewOffice) -> Result<Founded> {
    let prepared = Prepared::new(clock, new)?;
    transact!(db, "office.found", |tx| {
        prepared.insert(tx, clock).await
    })?;
    Ok(prepared.founded())
}

/// An office about to be founded: checked, with its keys made before the transaction begins.
pub(crate) struct Prepared {
    id: OfficeId,
    name: String,
    jurisdiction: MunicipalityCode,
    settings: String,
    keys: KeyPair,
}

impl Prepared {
    pub(crate) fn new(clock: &Clock, new: &NewOffice) -> Result<Self> {
        let name = checked_name(&new.name)?.to_owned();
        new.settings.check()?;
        Ok(Self {
            id: OfficeId::from(new_id(clock)),
            name,
            jurisdiction: new.jurisdiction,
            settings: to_json(&new.settings)?,
            keys: KeyPair::generate(),
        })
    }

    pub(crate) fn id(&self) -> OfficeId {
        self.id
    }

    pub(crate) async fn insert(&self, tx: &mut Conn, clock: &Clock) -> Result<()> {
        let (id, now) = (self.id, clock.now_micros());
        tx.exec(
            "INSERT INTO office (id, name, jurisdiction, public_key, settings, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 1, $6, $7)",
            params![
                id.get(),
                &self.name,
                self.jurisdiction.as_str(),
                &self.keys.public.to_bytes(),
                &self.settings,
                now,
                now
            ],
        )
        .await?;
        keep_revision(tx, id, 1, &self.name, &self.settings, now).await?;
        let entry = audit::Entry::done(
            id,
            audit::Actor::Operator,
            "office.found",
            format!("office:{id}"),
            clock.now(),
        );
        audit::record(tx, &entry).await
    }

    pub(crate) fn founded(self) -> Founded {
        Founded {
            id: self.id,
            private_key: self.keys.private,
        }
    }
}

/// Saves name and settings; [`Error::ChangedMeanwhile`] when somebody else saved since `version`.
pub async fn change(
    db: &Db,
    permit: &Permit,
    version: i64,
    name: &str,
    settings: &Settings,
) -> Result<()> {
    permit.must_be_for(Action::EditOffice)?;
    save(db, permit, version, name, settings, "office.change").await
}

/// Pauses letters, or takes them again (`None`). Coordinators may do it too: whoever is there when nobody can answer.
pub async fn pause(db: &Db, permit: &Permit, pause: Option<Pause>) -> Result<()> {
    permit.must_be_for(Action::PauseLetters)?;
    let office = one(&mut db.read().await?, permit.office()).await?;
    let action = if pause.is_some() {
        "office.pause"
    } else {
        "office.resume"
    };
    let settings = Settings {
        paused: pause,
        ..office.settings
    };
    save(db, permit, office.version, &office.name, &settings, action).await
}

async fn save(
    db: &Db,
    permit: &Permit,
    version: i64,
    name: &str,
    settings: &Settings,
    action: &'static str,
) -> Result<()> {
    let name = checked_name(name)?;
    settings.check()?;
    let settings = to_json(settings)?;
    let (id, now) = (permit.office(), permit.clock().now_micros());
    transact!(db, "office.change", |tx| {
        let changed = tx
            .exec(
                "UPDATE office SET name = $1, settings = $2, version = version + 1, updated_at = $3 \
                 WHERE id = $4 AND version = $5",
                params![name, &settings, now, id.get(), version],
            )
            .await?;
        if changed == 0 {
            return Err(Error::ChangedMeanwhile);
        }
        keep_revision(tx, id, version + 1, name, &settings, now).await?;
        audit::record(
            tx,
            &permit
                .entry(action, format!("office:{id}"))
                .because(format!("version={}", version + 1)),
        )
        .await?;
        Ok::<_, Error>(())
    })
}

async fn keep_revision(
    tx: &mut Conn,
    id: OfficeId,
    version: i64,
    name: &str,
    settings: &str,
    at: i64,
) -> Result<()> {
    tx.exec(
        "INSERT INTO office_revision (office_id, version, name, settings, at) VALUES ($1, $2, $3, $4, $5)",
        params![id.get(), version, name, settings, at],
    )
    .await?;
    Ok(())
}

row! {
    struct OfficeRow {
        pub id: i64,
        pub name: String,
        pub jurisdiction: String,
        pub public_key: Vec<u8>,
        pub settings: String,
        pub version: i64,
    }
}

impl TryFrom<OfficeRow> for Office {
    type Error = Error;

    fn try_from(row: OfficeRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            jurisdiction: MunicipalityCode::parse(&row.jurisdiction)
                .map_err(|_| Error::Damaged("office.jurisdiction"))?,
            public_key: PublicKey::from_bytes(&row.public_key)?,
            settings: serde_json::from_str(&row.settings)
                .map_err(|_| Error::Damaged("office.settings"))?,
            version: row.version,
        })
    }
}

/// One office; [`Error::NotFound`] when there is none.
pub async fn one(conn: &mut Conn, id: OfficeId) -> Result<Office> {
    let row: Option<OfficeRow> = conn
        .first(
            &format!("SELECT {} FROM office WHERE id = $1", OfficeRow::COLS),
            params![id.get()],
        )
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// All offices, in the order of their founding.
pub async fn all(conn: &mut Conn) -> Result<Vec<Office>> {
    let rows: Vec<OfficeRow> = conn
        .all(
            &format!("SELECT {} FROM office ORDER BY id", OfficeRow::COLS),
            params![],
        )
        .await?;
    rows.into_iter().map(Office::try_from).collect()
}

fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid(
            "name",
            "窓口の名前を、100文字までで書いてください。",
        ));
    }
    Ok(name)
}

/// As stored: closing days in order, each once.
fn to_json(settings: &Settings) -> Result<String> {
    let mut settings = settings.clone();
    settings.opening.closing_days.sort_unstable();
    settings.opening.closing_days.dedup();
    serde_json::to_string(&settings).map_err(|_| Error::Damaged("office.settings"))
}
