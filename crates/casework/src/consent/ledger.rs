//! Writing into the ledger and reading it.

use super::{
    Capacity, ConsentId, ConsentView, ConsentWords, Deed, Event, EventView, EventWords, Grantor,
    Held, Item, Method, NewConsent, Purpose, Recipient, RecipientKind, Step, fold,
};
use crate::compartment::{self, Compartment};
use crate::person::{self, AgeBand, Person};
use crate::task;
use crate::{Casework, Error, Result, case};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, Clock, CompartmentId, PersonId, fold as folded, new_id};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use std::collections::BTreeSet;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

fn consent_place(id: ConsentId) -> Place {
    Place {
        table: "consent",
        row: id.get(),
        column: "words",
    }
}

fn event_place(id: i64) -> Place {
    Place {
        table: "consent_event",
        row: id,
        column: "words",
    }
}

store::row! {
    struct ConsentRow {
        pub id: i64,
        pub compartment_id: i64,
        pub grantor_id: i64,
        pub capacity: String,
        pub proxy_id: Option<i64>,
        pub recipient: String,
        pub words: Vec<u8>,
    }
}

store::row! {
    pub(super) struct EventRow {
        pub id: i64,
        pub consent_id: i64,
        pub deed: String,
        pub at: i64,
        pub items: String,
        pub purposes: String,
        pub until_on: Option<String>,
        pub method: String,
        pub words: Option<Vec<u8>>,
        pub staff_id: Option<i64>,
    }
}

impl EventRow {
    /// The events of one consent, in order.
    pub(super) async fn of(conn: &mut Conn, consent: ConsentId) -> Result<Vec<Self>> {
        let sql = format!(
            "SELECT {} FROM consent_event WHERE consent_id = $1 ORDER BY seq",
            Self::COLS
        );
        Ok(conn.all(&sql, params![consent.get()]).await?)
    }

    /// How it was said.
    pub(super) fn said_by(&self) -> Result<Method> {
        Method::from_code(&self.method).ok_or(Error::Damaged("consent_event.method"))
    }

    pub(super) fn event(&self) -> Result<Event> {
        Ok(Event {
            deed: Deed::from_code(&self.deed).ok_or(Error::Damaged("consent_event.deed"))?,
            at: from_micros(self.at),
            items: set(&self.items, Item::from_code)?,
            purposes: set(&self.purposes, Purpose::from_code)?,
            until: day(self.until_on.as_deref())?,
        })
    }

    fn view(&self, grant: &CompartmentGrant) -> Result<EventView> {
        let words = match &self.words {
            Some(sealed) => {
                let sealed = Sealed::<Json<EventWords>>::from_bytes(sealed.clone());
                grant.open(&sealed, &event_place(self.id))?.0
            }
            None => EventWords::default(),
        };
        Ok(EventView {
            event: self.event()?,
            method: self.said_by()?,
            evidence: words.evidence,
            said: words.said,
            staff: self.staff_id.map(Into::into),
            by_code: self.staff_id.is_none(),
            at: from_micros(self.at),
        })
    }
}

fn set<T: Ord>(codes: &str, read: impl Fn(&str) -> Option<T>) -> Result<BTreeSet<T>> {
    codes
        .split(',')
        .filter(|code| !code.is_empty())
        .map(|code| read(code).ok_or(Error::Damaged("consent_event.scope")))
        .collect()
}

fn joined<T>(codes: &[T], code: impl Fn(&T) -> &'static str) -> String {
    codes.iter().map(code).collect::<Vec<_>>().join(",")
}

fn day(text: Option<&str>) -> Result<Option<Date>> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Error::Damaged("consent_event.until_on"))
}

/// The longest a consent may hold, from the day it is given.
fn longest(today: Date) -> Date {
    today.saturating_add(Span::new().years(1))
}

/// Whether something may be told, by this compartment's ledger, at that moment (inv. 4). The compartment's grant is what
/// opens the recipient's name.
pub async fn allows(
    conn: &mut Conn,
    grant: &CompartmentGrant,
    item: Item,
    recipient: &Recipient,
    purpose: Purpose,
    at: Timestamp,
) -> Result<bool> {
    let all = of_compartment(conn, grant, at).await?;
    let names = |one: &Recipient| {
        one.kind == recipient.kind && folded(&one.name) == folded(&recipient.name)
    };
    Ok(all
        .iter()
        .any(|one| names(&one.recipient) && one.held.allows(item, purpose, at)))
}

/// Every consent of an opened compartment as it stands at that moment, newest first.
pub(crate) async fn of_compartment(
    conn: &mut Conn,
    grant: &CompartmentGrant,
    at: Timestamp,
) -> Result<Vec<ConsentView>> {
    let sql = format!(
        "SELECT {} FROM consent WHERE compartment_id = $1 ORDER BY opened_at DESC, id DESC",
        ConsentRow::COLS
    );
    let rows: Vec<ConsentRow> = conn.all(&sql, params![grant.compartment().get()]).await?;
    let events: Vec<EventRow> = conn
        .all(
            "SELECT e.id, e.consent_id, e.deed, e.at, e.items, e.purposes, e.until_on, e.method, e.words, e.staff_id \
             FROM consent_event e JOIN consent c ON c.id = e.consent_id WHERE c.compartment_id = $1 ORDER BY e.consent_id, e.seq",
            params![grant.compartment().get()],
        )
        .await?;
    rows.into_iter()
        .map(|row| {
            let mine: Vec<&EventRow> = events.iter().filter(|e| e.consent_id == row.id).collect();
            let codes = mine.iter().map(|e| e.event()).collect::<Result<Vec<_>>>()?;
            let held = fold(&codes, at);
            let id = ConsentId::from(row.id);
            let sealed = Sealed::<Json<ConsentWords>>::from_bytes(row.words);
            let Json(words) = grant.open(&sealed, &consent_place(id))?;
            Ok(ConsentView {
                id,
                compartment: row.compartment_id.into(),
                grantor: Grantor {
                    person: row.grantor_id.into(),
                    capacity: Capacity::from_code(&row.capacity)
                        .ok_or(Error::Damaged("consent.capacity"))?,
                    proxy: row.proxy_id.map(PersonId::from),
                    ground: words.ground,
                },
                recipient: Recipient {
                    kind: RecipientKind::from_code(&row.recipient)
                        .ok_or(Error::Damaged("consent.recipient"))?,
                    name: words.recipient,
                },
                stands: matches!(&held, Held::Given(scope) if to_jst(at).date() <= scope.until),
                held,
                events: mine
                    .iter()
                    .map(|e| e.view(grant))
                    .collect::<Result<Vec<_>>>()?,
            })
        })
        .collect()
}

impl Casework {
    /// Writes down that somebody was asked, agreed, or chose not to.
    pub async fn new_consent(
        &self,
        session: &Session,
        id: CaseId,
        new: &NewConsent,
    ) -> Result<ConsentId> {
        let checked = self.checked(&new.first)?;
        if !matches!(checked.deed, Deed::Ask | Deed::Give | Deed::Refuse) {
            return Err(Error::Illegal(
                "まだ記録のない同意は、取りやめたり変えたりできません。",
            ));
        }
        if new.recipient.name.trim().is_empty() {
            let sentence = "どこへ伝えるか、機関や人の名前を書いてください。「関係機関」では、本人が選べません。";
            return Err(Error::invalid("recipient_name", sentence));
        }
        transact!(self.db(), "consent.new", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let inside =
                compartment::open(tx, session, &grant, new.compartment, Action::WriteNote).await?;
            let all = compartment::of_case(tx, id).await?;
            let people = person::of_case(tx, &grant).await?;
            let held = all.iter().find(|one| one.id == new.compartment);
            may_grant(held, &people, &new.grantor)?;
            let whose = people.iter().find(|one| one.id == new.grantor.person);
            let step = as_a_minor(
                checked.clone(),
                new.grantor.capacity,
                whose,
                self.clock(),
                &new.first,
            )?;
            let consent = ConsentId::from(new.once.unwrap_or_else(|| new_id(self.clock())));
            let words = Json(ConsentWords {
                recipient: new.recipient.name.trim().to_owned(),
                ground: new.grantor.ground.trim().to_owned(),
            });
            let added = tx.exec(
                "INSERT INTO consent (id, case_id, compartment_id, grantor_id, capacity, proxy_id, recipient, words, opened_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
                params![
                    consent.get(),
                    id.get(),
                    new.compartment.get(),
                    new.grantor.person.get(),
                    new.grantor.capacity.code(),
                    new.grantor.proxy.map(PersonId::get),
                    new.recipient.kind.code(),
                    inside.seal(&consent_place(consent), &words).as_bytes(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            if added == 0 {
                return Err(Error::Again);
            }
            append(tx, self.clock(), session, &inside, consent, 1, &step).await?;
            let entry = grant.entry(done(step.deed));
            office::audit::record(tx, &entry.because(format!("consent={consent}"))).await?;
            Ok(consent)
        })
    }

    /// Adds an event to a consent. Taking back, making smaller and voiding never fail because there is nothing to take
    /// back (inv. 5); saying yes or no to something already settled is a step of its own: a new consent.
    pub async fn consent_step(
        &self,
        session: &Session,
        id: CaseId,
        consent: ConsentId,
        step: &Step,
    ) -> Result<()> {
        let checked = self.checked(step)?;
        transact!(self.db(), "consent.step", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let (compartment, next, held) = standing(tx, id, consent, self.clock()).await?;
            let inside =
                compartment::open(tx, session, &grant, compartment, Action::WriteNote).await?;
            let opens = matches!(checked.deed, Deed::Ask | Deed::Give | Deed::Refuse);
            if opens && !matches!(held, Held::Thinking { .. }) {
                return Err(Error::Illegal(
                    "この同意は、もう決まっています。あらためて聞いたときは、新しく記録してください。",
                ));
            }
            let (grantor, capacity) = spoken_for(tx, consent).await?;
            let people = person::of_case(tx, &grant).await?;
            let whose = people.iter().find(|one| one.id == grantor);
            let step = as_a_minor(checked.clone(), capacity, whose, self.clock(), step)?;
            append(tx, self.clock(), session, &inside, consent, next, &step).await?;
            if step.deed == Deed::Withdraw && matches!(held, Held::Given(_)) {
                task::tell_stop(tx, self.clock(), id, Some(session.staff())).await?;
            }
            let entry = grant.entry(done(step.deed));
            office::audit::record(tx, &entry.because(format!("consent={consent}"))).await?;
            Ok(())
        })
    }

    /// The ledger of a case, as far as the asker reaches it.
    pub async fn consents(&self, session: &Session, id: CaseId) -> Result<Vec<ConsentView>> {
        transact!(self.db(), "consent.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let mut all = Vec::new();
            for (_, inside) in compartment::open_all(tx, session, &grant).await? {
                all.extend(of_compartment(tx, &inside, self.clock().now()).await?);
            }
            Ok(all)
        })
    }

    /// Whether something may be told now.
    pub async fn consent_allows(
        &self,
        session: &Session,
        id: CaseId,
        compartment: CompartmentId,
        item: Item,
        recipient: &Recipient,
        purpose: Purpose,
    ) -> Result<bool> {
        transact!(self.db(), "consent.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let action = Action::ReadCompartment;
            let inside = compartment::open(tx, session, &grant, compartment, action).await?;
            allows(tx, &inside, item, recipient, purpose, self.clock().now()).await
        })
    }

    fn checked(&self, step: &Step) -> Result<Step> {
        let today = self.clock().today();
        let mut step = step.clone();
        match step.deed {
            Deed::Give => {
                if step.items.is_empty() {
                    let sentence = "何を伝えてよいか、一つ以上選んでください。";
                    return Err(Error::invalid("items", sentence));
                }
                if step.purposes.is_empty() {
                    let sentence = "何のために伝えるか、一つ以上選んでください。";
                    return Err(Error::invalid("purposes", sentence));
                }
                let until = step.until.unwrap_or_else(|| longest(today));
                if until < today || until > longest(today) {
                    let sentence = "期限は、きょうから1年のあいだの日にしてください。続けるときは、1年ごとに、もう一度たずねます。";
                    return Err(Error::invalid("until", sentence));
                }
                step.until = Some(until);
            }
            Deed::Ask | Deed::Narrow => {}
            Deed::Refuse | Deed::Withdraw | Deed::Void => {
                step.items.clear();
                step.purposes.clear();
                step.until = None;
            }
        }
        Ok(step)
    }
}

/// Whether this person may consent for this compartment (inv. 3): a holder of it, or somebody the law lets speak for a
/// holder. What somebody is to the family is not asked.
fn may_grant(
    compartment: Option<&Compartment>,
    people: &[Person],
    grantor: &Grantor,
) -> Result<()> {
    let holds = compartment.is_some_and(|one| one.is_held_by(grantor.person));
    if !holds {
        return Err(Error::Guarded(
            "この区画の同意は、この区画の人だけができます。家族であること、世帯主であること、費用を払っていることでは、できません。"
                .to_owned(),
        ));
    }
    if grantor.capacity == Capacity::Oneself {
        return match grantor.proxy {
            Some(_) => Err(Error::invalid(
                "capacity",
                "代わりに話した人がいるときは、その根拠（親権者・後見人など）を選んでください。",
            )),
            None => Ok(()),
        };
    }
    let in_case = |id: PersonId| people.iter().any(|person| person.id == id);
    if !grantor
        .proxy
        .is_some_and(|proxy| in_case(proxy) && proxy != grantor.person)
    {
        return Err(Error::invalid(
            "proxy",
            "だれが代わりに話したかを選んでください。",
        ));
    }
    if grantor.ground.trim().is_empty() {
        let sentence = "代わりに同意できる根拠（審判書を確かめた日など）を書いてください。";
        return Err(Error::invalid("ground", sentence));
    }
    Ok(())
}

/// A parent's yes for a minor holds while they are one, and not a day longer: from the eighteenth birthday on the person is
/// asked. Without a day it ends there by itself; a later day is not taken.
fn as_a_minor(
    step: Step,
    capacity: Capacity,
    whose: Option<&Person>,
    clock: &Clock,
    asked: &Step,
) -> Result<Step> {
    let yes_of_a_parent =
        capacity == Capacity::Minor && matches!(step.deed, Deed::Ask | Deed::Give | Deed::Refuse);
    if !yes_of_a_parent {
        return Ok(step);
    }
    let Some(person) = whose.filter(|one| is_minor(one, clock)) else {
        return Err(Error::Guarded(
            "成人した人の同意は、その人だけができます。親の同意は、親自身の区画のことにかぎります。"
                .to_owned(),
        ));
    };
    match last_day_as_a_minor(person) {
        Some(last) if step.deed == Deed::Give && step.until.is_some_and(|until| until > last) => {
            if asked.until.is_some() {
                let sentence = "親権者としての同意は、18歳の誕生日の前の日までです。そのあとは、本人にたずねます。";
                return Err(Error::invalid("until", sentence));
            }
            Ok(Step {
                until: Some(last),
                ..step
            })
        }
        _ => Ok(step),
    }
}

/// The day before the eighteenth birthday, as closely as the birth is known; within an age band it is more than the year
/// that a consent may hold.
fn last_day_as_a_minor(person: &Person) -> Option<Date> {
    if let Some(born) = person.identity.born_on {
        return born.saturating_add(Span::new().years(18)).yesterday().ok();
    }
    let year = person.identity.birth_year?;
    Date::new(year.saturating_add(17), 12, 31).ok()
}

/// Whose consent it is, and in what capacity somebody spoke.
async fn spoken_for(tx: &mut Conn, consent: ConsentId) -> Result<(PersonId, Capacity)> {
    let (grantor, capacity): (i64, String) = tx
        .one(
            "SELECT grantor_id, capacity FROM consent WHERE id = $1",
            params![consent.get()],
        )
        .await?;
    let capacity = Capacity::from_code(&capacity).ok_or(Error::Damaged("consent.capacity"))?;
    Ok((grantor.into(), capacity))
}

/// Younger than eighteen, as far as it is known. Unknown is adult.
fn is_minor(person: &Person, clock: &Clock) -> bool {
    let today = clock.today();
    if let Some(born) = person.identity.born_on {
        return born.saturating_add(Span::new().years(18)) > today;
    }
    if let Some(year) = person.identity.birth_year {
        return today.year() - year < 18;
    }
    person.age_band == AgeBand::Under15
}

fn done(deed: Deed) -> &'static str {
    match deed {
        Deed::Ask => "consent.ask",
        Deed::Give => "consent.give",
        Deed::Narrow => "consent.narrow",
        Deed::Refuse => "consent.refuse",
        Deed::Withdraw => "consent.withdraw",
        Deed::Void => "consent.void",
    }
}

/// Where a consent of this case lies, the next number of an event, and what holds now.
pub(super) async fn standing(
    tx: &mut Conn,
    case: CaseId,
    consent: ConsentId,
    clock: &Clock,
) -> Result<(CompartmentId, i64, Held)> {
    let found: Option<(i64,)> = tx
        .first(
            "SELECT compartment_id FROM consent WHERE id = $1 AND case_id = $2",
            params![consent.get(), case.get()],
        )
        .await?;
    let (compartment,) = found.ok_or(Error::NotFound)?;
    let rows = EventRow::of(tx, consent).await?;
    let events = rows
        .iter()
        .map(EventRow::event)
        .collect::<Result<Vec<_>>>()?;
    let next = i64::try_from(rows.len()).unwrap_or(i64::MAX) + 1;
    Ok((compartment.into(), next, fold(&events, clock.now())))
}

async fn append(
    tx: &mut Conn,
    clock: &Clock,
    session: &Session,
    inside: &CompartmentGrant,
    consent: ConsentId,
    seq: i64,
    step: &Step,
) -> Result<()> {
    let id = new_id(clock);
    let words = Json(EventWords {
        evidence: step.evidence.trim().to_owned(),
        said: step.said.trim().to_owned(),
    });
    let sealed = inside.seal(&event_place(id), &words);
    insert(
        tx,
        clock,
        (id, consent, seq),
        step,
        Some(sealed.as_bytes()),
        (Some(session.staff().get()), None),
    )
    .await
}

pub(super) async fn insert(
    tx: &mut Conn,
    clock: &Clock,
    (id, consent, seq): (i64, ConsentId, i64),
    step: &Step,
    words: Option<&[u8]>,
    (staff, thread): (Option<i64>, Option<i64>),
) -> Result<()> {
    let added = tx
        .exec(
            "INSERT INTO consent_event (id, consent_id, seq, deed, at, items, purposes, until_on, method, words, staff_id, thread_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (consent_id, seq) DO NOTHING",
            params![
                id,
                consent.get(),
                seq,
                step.deed.code(),
                clock.now_micros(),
                joined(&step.items, |item| item.code()),
                joined(&step.purposes, |purpose| purpose.code()),
                step.until.map(|day| day.to_string()),
                step.method.code(),
                words.map(<[u8]>::to_vec),
                staff,
                thread
            ],
        )
        .await?;
    if added == 0 {
        return Err(Error::Meanwhile);
    }
    Ok(())
}
