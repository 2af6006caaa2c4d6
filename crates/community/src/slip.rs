//! The slip (控え): what somebody without a name holds of a booking.
//!
//! Twelve digits find and open it. They are shown on the screen and written on paper, so they are as short as they may
//! be: 40 bits, which nobody guesses through the door (wrong tries are slow, limited and recorded) and which the database
//! alone does not hold, because it knows them only through the installation's key (docs/decisions/0008-slips.md). What a
//! slip seals is a nickname and how to remind somebody; letters have longer codes.

mod code;

pub use code::Code;
pub(crate) use code::{SHORT, ending_in, of_code};

use crate::{Community, Error, Result};
use basics::{OfficeId, SlipId, new_id};
use jiff::SignedDuration;
use jiff::civil::Date;
use office::audit::{self, Actor, Entry};
use office::limits::{self, BucketKey, Rate};
use office::office::Office;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use store::{Conn, params, transact};
pub use vault::code::Token;
use vault::{CompartmentKey, Json, OpeningKey, Place, Sealed, SymmetricKey, Zeroizing, hash};

/// A wrong code is answered this long after it arrived, whatever the reason.
pub const WRONG_CODE_AFTER: Duration = Duration::from_millis(600);

/// How many codes one address may try: a town hall's worth at once, then one in twenty seconds.
const TRIES: Rate = Rate {
    capacity: 40,
    refill: SignedDuration::from_secs(20),
};

/// How many slips one network address may be given: a family's or a town hall's worth at once, then one in ten minutes.
/// Nobody is locked out: the hour's key forgets the address, and before that the next ten minutes let one more through.
const BOOKINGS: Rate = Rate {
    capacity: 6,
    refill: SignedDuration::from_secs(600),
};

/// The longest name, and the longest note, in characters.
pub const MAX_NAME: usize = 40;
const MAX_NOTE: usize = 600;
const MAX_ADDRESS: usize = 254;

basics::codes! {
    /// Whether and how somebody wishes to be reminded. Nothing is the usual.
    Reminder {
        /// いらない
        Nothing = "none", "いらない";
        /// メール
        Mail = "mail", "メールで";
        /// 職員からの電話
        Call = "call", "職員からの電話で";
    }
}

/// What the person wrote, sealed to the office and under the code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// What they would like to be called. May be empty.
    pub nickname: String,
    /// What an entry in their own calendar is called; empty: 「予定」.
    pub calendar_name: String,
    /// What they would like the office to know beforehand. May be empty.
    pub note: String,
    /// Where to call, when they wished to be called.
    pub phone: String,
}

impl Words {
    /// What an entry in the person's own calendar is called.
    pub fn calendar_title(&self) -> &str {
        match self.calendar_name.trim() {
            "" => "予定",
            name => name,
        }
    }

    fn check(&self) -> Result<()> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        if long(&self.nickname, MAX_NAME) {
            let sentence = "呼び名は、40文字までで書いてください。";
            return Err(Error::invalid("nickname", sentence));
        }
        if long(&self.calendar_name, MAX_NAME) {
            let sentence = "カレンダーに書く名前は、40文字までで書いてください。";
            return Err(Error::invalid("calendar_name", sentence));
        }
        if long(&self.note, MAX_NOTE) {
            let sentence = "伝えておきたいことは、600文字までで書いてください。長いお話は、手紙で受け取ります。";
            return Err(Error::invalid("note", sentence));
        }
        if long(&self.phone, MAX_NAME) {
            return Err(Error::invalid(
                "phone",
                "電話番号は、40文字までで書いてください。",
            ));
        }
        Ok(())
    }
}

/// A slip to be kept.
pub struct NewSlip<'a> {
    /// At which office.
    pub office: &'a Office,
    /// The one-time token of the form it comes from.
    pub token: &'a Token,
    /// What the person wrote.
    pub words: Words,
    /// How they wish to be reminded.
    pub reminder: Reminder,
    /// Where a mail goes; empty otherwise.
    pub reminder_to: String,
    /// The day after which the words are erased.
    pub keep_until: Date,
}

impl NewSlip<'_> {
    /// What is wrong with it, as the sentence a form shows. Asked before the transaction begins.
    pub fn check(&self) -> Result<()> {
        self.words.check()?;
        match self.reminder {
            Reminder::Nothing => Ok(()),
            Reminder::Mail => check_mail(self.reminder_to.trim()),
            Reminder::Call if self.words.phone.chars().any(char::is_numeric) => Ok(()),
            Reminder::Call => Err(Error::invalid(
                "phone",
                "電話での知らせを選ぶときは、電話番号を書いてください。",
            )),
        }
    }
}

/// Only what would surely not arrive is refused.
fn check_mail(address: &str) -> Result<()> {
    let whole = address.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    let clean = !address
        .chars()
        .any(|sign| sign.is_whitespace() || sign.is_control());
    if whole && clean && address.len() <= MAX_ADDRESS {
        return Ok(());
    }
    Err(Error::invalid(
        "reminder_to",
        "メールアドレスを、もう一度お確かめください（例: midori@example.jp）。",
    ))
}

/// A slip that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its identifier.
    pub id: SlipId,
    /// The code, to be shown once and written down.
    pub code: Code,
}

fn place(id: i64) -> Place {
    Place {
        table: "slip",
        row: id,
        column: "words",
    }
}

/// How the audit chain names a slip.
pub(crate) fn subject(id: SlipId) -> String {
    format!("slip:{id}")
}

/// Keeps a slip, inside the transaction that books. `None`: this form was sent before; ask [`by_form`].
pub(crate) async fn keep(
    tx: &mut Conn,
    room: &Community,
    new: &NewSlip<'_>,
) -> Result<Option<Kept>> {
    let id = new_id(room.clock());
    let key = CompartmentKey::fresh();
    let key_for_office = key.wrap_for(&new.office.public_key, id)?;
    let words = key.seal(&place(id), &Json(new.words.clone()));
    let reminder_to = (new.reminder == Reminder::Mail)
        .then(|| reminder_key(room).seal(&id.to_be_bytes(), new.reminder_to.trim().as_bytes()));
    let form = hash(new.token.bytes());
    for attempt in 0..5 {
        let code = Code::of_form(new.token, room.pepper(), attempt);
        let kept = tx
            .exec(
                "INSERT INTO slip (id, office_id, code_mac, form_hash, key_for_office, key_under_code, words, reminder, \
                 reminder_to, created_at, keep_until, short_mac) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                 ON CONFLICT DO NOTHING",
                params![
                    id,
                    new.office.id.get(),
                    &code.mac(room.pepper()),
                    &form,
                    &key_for_office,
                    &key.wrap_under(&code.key(room.pepper()), id),
                    words.as_bytes(),
                    new.reminder.code(),
                    &reminder_to,
                    room.clock().now_micros(),
                    new.keep_until.to_string(),
                    &code.short_mac(room.pepper(), id),
                ],
            )
            .await?;
        if kept == 1 {
            let id = id.into();
            return Ok(Some(Kept { id, code }));
        }
        if by_form(tx, new.token).await?.is_some() {
            return Ok(None);
        }
    }
    Err(Error::Store(store::Error::Absent))
}

/// The slip this form made before, if it did.
pub(crate) async fn by_form(conn: &mut Conn, token: &Token) -> Result<Option<SlipId>> {
    let found: Option<(i64,)> = conn
        .first(
            "SELECT id FROM slip WHERE form_hash = $1",
            params![&hash(token.bytes())],
        )
        .await?;
    Ok(found.map(|(id,)| id.into()))
}

/// The code of a slip that this form made before: derived again, and proved by the row.
pub(crate) async fn code_of_form(
    conn: &mut Conn,
    room: &Community,
    token: &Token,
) -> Result<Option<Kept>> {
    for attempt in 0..5 {
        let code = Code::of_form(token, room.pepper(), attempt);
        let found: Option<(i64,)> = conn
            .first(
                "SELECT id FROM slip WHERE code_mac = $1 AND form_hash = $2",
                params![&code.mac(room.pepper()), &hash(token.bytes())],
            )
            .await?;
        if let Some((id,)) = found {
            let id = id.into();
            return Ok(Some(Kept { id, code }));
        }
    }
    Ok(None)
}

/// Where mails to people without a name go: under the installation's key, which is not in the database.
fn reminder_key(room: &Community) -> SymmetricKey {
    room.pepper().branch("reminder address")
}

/// Where a slip's mail goes, for the machine alone; `None` when no mail is wished (any more).
pub(crate) async fn mail_address(
    conn: &mut Conn,
    room: &Community,
    slip: SlipId,
) -> Result<Option<Zeroizing<String>>> {
    let found: Option<(Option<Vec<u8>>,)> = conn
        .first(
            "SELECT reminder_to FROM slip WHERE id = $1 AND reminder = 'mail'",
            params![slip.get()],
        )
        .await?;
    let Some((Some(sealed),)) = found else {
        return Ok(None);
    };
    let bytes = reminder_key(room).open(&slip.get().to_be_bytes(), &sealed)?;
    let address = String::from_utf8(bytes.to_vec()).map_err(|_| Error::Damaged("reminder_to"))?;
    Ok(Some(Zeroizing::new(address)))
}

store::row! {
    /// A slip as the database keeps it.
    pub(crate) struct SlipRow {
        pub id: i64,
        pub office_id: i64,
        pub key_for_office: Vec<u8>,
        pub key_under_code: Vec<u8>,
        pub words: Vec<u8>,
        pub reminder: String,
    }
}

impl SlipRow {
    /// The words, for staff who were given the keys.
    pub(crate) fn open(&self, keys: &office::access::SlipKeys<'_>) -> Result<Words> {
        let sealed = Sealed::<Json<Words>>::from_bytes(self.words.clone());
        let Json(words) = keys.open(&self.key_for_office, self.id, &sealed, &place(self.id))?;
        Ok(words)
    }

    /// How they wish to be reminded.
    pub(crate) fn reminder(&self) -> Reminder {
        Reminder::from_code(&self.reminder).unwrap_or(Reminder::Nothing)
    }
}

/// These slips, in no order.
pub(crate) async fn rows(conn: &mut Conn, ids: &[i64]) -> Result<Vec<SlipRow>> {
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {} FROM slip WHERE id IN ({})",
        SlipRow::COLS,
        list.join(", ")
    );
    Ok(conn.all(&sql, params![]).await?)
}

/// Somebody who showed a right code. Made by [`Community::held`] for one request.
pub struct Held {
    row: SlipRow,
    key: OpeningKey,
}

impl Held {
    /// Which slip.
    pub fn id(&self) -> SlipId {
        self.row.id.into()
    }

    /// At which office.
    pub fn office(&self) -> OfficeId {
        self.row.office_id.into()
    }

    /// How they wish to be reminded.
    pub fn reminder(&self) -> Reminder {
        self.row.reminder()
    }

    /// What they wrote.
    pub fn words(&self) -> Result<Words> {
        let sealed = Sealed::<Json<Words>>::from_bytes(self.row.words.clone());
        let Json(words) = sealed.open(&self.key, &place(self.row.id))?;
        Ok(words)
    }

    /// An audit entry of whoever holds this slip.
    pub(crate) fn entry(&self, room: &Community, action: &'static str) -> Entry {
        Entry::done(
            self.office(),
            Actor::Stranger,
            action,
            subject(self.id()),
            room.clock().now(),
        )
    }
}

impl Community {
    /// Takes what was typed; the code for the cookie comes back. Wrong codes are in the audit chain and answered late.
    /// `address` counts for this hour's limit only.
    pub async fn enter(&self, typed: &str, address: Option<IpAddr>) -> Result<Code> {
        let arrived = tokio::time::Instant::now();
        let now = self.clock().now();
        let bucket = BucketKey::address(self.pepper(), now, "slip.enter", address);
        let may_try = limits::take(self.db(), self.clock(), bucket, TRIES).await?;
        let found = match Code::read(typed) {
            Some(code) if may_try => self.find(&code).await?.map(|_| code),
            _ => None,
        };
        if let Some(code) = found {
            return Ok(code);
        }
        let (office, why) = (
            OfficeId::INSTALLATION,
            if may_try {
                "wrong_code"
            } else {
                "too_many_tries"
            },
        );
        let entry = Entry::refused(office, Actor::Stranger, "slip.enter", "", now);
        self.refusals().refuse(entry.because(why)).await?;
        tokio::time::sleep_until(arrived + WRONG_CODE_AFTER).await;
        Err(Error::WrongCode)
    }

    /// Whether this network address may be given one more slip now, for a seat or an appointment. The address is known
    /// only as the hour's keyed hash; without one nobody is counted together.
    pub(crate) async fn may_book_from(&self, address: Option<IpAddr>) -> Result<()> {
        if address.is_none() {
            return Ok(());
        }
        let now = self.clock().now();
        let bucket = BucketKey::address(self.pepper(), now, "slip.book", address);
        if limits::take(self.db(), self.clock(), bucket, BOOKINGS).await? {
            return Ok(());
        }
        Err(Error::TooMany)
    }

    async fn find(&self, code: &Code) -> Result<Option<SlipRow>> {
        let sql = format!("SELECT {} FROM slip WHERE code_mac = $1", SlipRow::COLS);
        let mac = code.mac(self.pepper());
        Ok(self.db().read().await?.first(&sql, params![&mac]).await?)
    }

    /// Opens the slip of a code, and records it. [`Error::WrongCode`] when it is gone.
    pub async fn held(&self, code: &Code) -> Result<Held> {
        let row = self.find(code).await?.ok_or(Error::WrongCode)?;
        let key = code
            .key(self.pepper())
            .open_compartment(&row.key_under_code, row.id)?;
        let held = Held { row, key };
        let entry = held.entry(self, "slip.read");
        transact!(self.db(), "slip.read", |tx| {
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })?;
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_written() {
        for typed in [
            "4821-0937-1156",
            "482109371156",
            "４８２１ー０９３７ー１１５６",
            " 4821 0937 1156\n",
        ] {
            assert_eq!(
                Code::read(typed).unwrap().spoken(),
                "4821-0937-1156",
                "{typed}"
            );
        }
        for typed in [
            "",
            "4821-0937-115",
            "4821-0937-1156-1",
            "4821-0937-115a6",
            "みかん",
        ] {
            assert!(Code::read(typed).is_none(), "{typed}");
        }
        assert_eq!(format!("{:?}", Code::read("482109371156")), "Some(Code)");
    }

    #[test]
    fn the_same_form_leads_to_the_same_code_and_only_with_this_key() {
        let (ours, theirs) = (SymmetricKey::random(), SymmetricKey::random());
        let token = Token::fresh();
        let again = Token::from_field(&token.field());
        let code = Code::of_form(&token, &ours, 0);
        assert_eq!(code, Code::of_form(&again, &ours, 0));
        assert_ne!(code, Code::of_form(&token, &theirs, 0));
        assert_ne!(code, Code::of_form(&token, &ours, 1));
        assert_ne!(code.mac(&ours), code.mac(&theirs));
    }

    #[test]
    fn only_addresses_that_cannot_arrive_are_refused() {
        for good in ["a@b.jp", "すみれ@example.jp", "x+y@mail.example.co.jp"] {
            assert!(check_mail(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.jp",
            "a@b",
            "a@.jp",
            "a@b.",
            "a b@c.jp",
            "a@b.jp\nBcc: c@d.jp",
        ] {
            assert!(check_mail(bad).is_err(), "{bad}");
        }
    }
}
