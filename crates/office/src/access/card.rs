//! Cards of peer supporters: what one peer is told for one case, under a key of its own. The peer opens theirs with
//! their own sign-in; who works on the case or leads the office opens it with the office's records key. Nothing else of
//! the case is behind a card.

use super::case::reaches_case;
use super::{Action, CaseGrant, Reach, case_subject, refusal};
use crate::audit::{self, Actor, Entry};
use crate::custody;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, OfficeId, StaffId};
use store::{Conn, params};
use vault::{CompartmentKey, Narrative, OpeningKey, Place, PublicKey, Sealed};

/// What must be known of a card to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct CardRef<'a> {
    /// Whose it is.
    pub office: OfficeId,
    /// Of which case.
    pub case: CaseId,
    /// Which one.
    pub id: i64,
    /// For which peer.
    pub peer: StaffId,
    /// Its key, wrapped for the peer.
    pub key_for_peer: &'a [u8],
    /// Its key, wrapped for the office's records.
    pub key_for_office: &'a [u8],
}

/// A new card's key, wrapped for both.
pub struct NewCardKeys {
    /// For the peer.
    pub for_peer: Vec<u8>,
    /// For the office's records.
    pub for_office: Vec<u8>,
}

/// The right to one card and the reports on it.
pub struct CardGrant {
    card: i64,
    key: OpeningKey,
}

impl CardGrant {
    /// Opens one sealed thing of this card.
    pub fn open<T: Narrative>(&self, sealed: &Sealed<T>, place: &Place) -> Result<T> {
        Ok(sealed.open(&self.key, place)?)
    }

    /// Seals one thing into this card.
    pub fn seal<T: Narrative>(&self, place: &Place, value: &T) -> Sealed<T> {
        self.key.sealing().seal(place, value)
    }

    /// Which card.
    pub fn card(&self) -> i64 {
        self.card
    }
}

/// How the audit chain names a card.
pub fn card_subject(id: i64) -> String {
    format!("peer_card:{id}")
}

/// The keys of a new card, made by whoever leads the office or is the case's 主担当.
pub async fn new_card(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    peer: StaffId,
    id: i64,
) -> Result<(CardGrant, NewCardKeys)> {
    if !may_give_cards(tx, session, grant).await? {
        session.refusals().note(refusal(
            session,
            Action::ManagePeers,
            &case_subject(grant.case()),
            "not_main",
        ));
        return Err(Error::NotFound);
    }
    let found: Option<(Option<Vec<u8>>,)> = tx
        .first(
            "SELECT public_key FROM staff WHERE id = $1 AND office_id = $2 AND active = 1 AND role = $3",
            params![peer.get(), grant.office().get(), Role::Peer.code()],
        )
        .await?;
    let Some((Some(public),)) = found else {
        return Err(Error::invalid(
            "peer",
            "このピアサポーターは、まだ登録を終えていません。登録のあとで、カードを作れます。",
        ));
    };
    let key = CompartmentKey::fresh();
    let for_peer = key.wrap_for(&PublicKey::from_bytes(&public)?, id)?;
    let records = session.records_key()?;
    let for_office = key.wrap_under(&records, id);
    let key = records.open_compartment(&for_office, id)?;
    let entry = grant.entry("peer.card_made");
    audit::record(tx, &entry.because(format!("peer_card={id},staff={peer}"))).await?;
    let keys = NewCardKeys {
        for_peer,
        for_office,
    };
    Ok((CardGrant { card: id, key }, keys))
}

/// Whether this asker may give cards of the case: who leads the office, and the 主担当.
pub async fn may_give_cards(conn: &mut Conn, session: &Session, grant: &CaseGrant) -> Result<bool> {
    if matches!(grant.reach(), Reach::BrokenGlass(_)) {
        return Ok(false);
    }
    if session.role() == Role::Supervisor {
        return Ok(true);
    }
    let now = session.now_micros();
    let (main,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM assignment WHERE case_id = $1 AND staff_id = $2 AND kind = 'main' \
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $4)",
            params![grant.case().get(), session.staff().get(), now, now],
        )
        .await?;
    Ok(main > 0)
}

/// Opens a card and records it: for its own peer while they are assigned to it, and for who works on the case or leads
/// the office. Everybody else finds nothing.
pub async fn open_card(
    tx: &mut Conn,
    session: &Session,
    card: CardRef<'_>,
    action: &'static str,
) -> Result<CardGrant> {
    match judge_card(tx, session, &card).await? {
        Ok(key) => {
            let actor = Actor::Staff(session.staff());
            let now = session.clock().now();
            let entry = Entry::done(card.office, actor, action, card_subject(card.id), now);
            audit::record(tx, &entry).await?;
            Ok(CardGrant { card: card.id, key })
        }
        Err(reason) => {
            session.refusals().note(refusal(
                session,
                Action::OwnCards,
                &card_subject(card.id),
                reason,
            ));
            Err(Error::NotFound)
        }
    }
}

/// For a card that is not there.
pub fn absent_card(session: &Session, id: i64) -> Error {
    super::absent_subject(session, &card_subject(id), Action::OwnCards)
}

async fn judge_card(
    tx: &mut Conn,
    session: &Session,
    card: &CardRef<'_>,
) -> Result<Result<OpeningKey, &'static str>> {
    if card.office != session.office() {
        return Ok(Err("other_office"));
    }
    if session.role() != Role::Peer {
        let reached = reaches_case(tx, session, card.case).await?;
        return Ok(reached.and_then(|()| {
            let records = session.records_key().map_err(|_| "no_office_key")?;
            records
                .open_compartment(card.key_for_office, card.id)
                .map_err(|_| "key_does_not_fit")
        }));
    }
    if card.peer != session.staff() {
        return Ok(Err("not_assigned"));
    }
    if custody::is_barred(tx, card.case, session.staff()).await? {
        return Ok(Err("acquainted"));
    }
    let now = session.now_micros();
    let (assigned,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM assignment WHERE case_id = $1 AND staff_id = $2 AND kind = 'peer' \
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $4)",
            params![card.case.get(), session.staff().get(), now, now],
        )
        .await?;
    if assigned == 0 {
        return Ok(Err("not_assigned"));
    }
    Ok(session
        .own_key()
        .open_compartment(card.key_for_peer, card.id)
        .map_err(|_| "key_does_not_fit"))
}
