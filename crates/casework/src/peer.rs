//! Peer supporters: their own cards and their own reports, and nothing else of anybody (inv. 16).
//!
//! A card is written for one peer and one case: what to call somebody, where to meet, what to do and what not, and a line
//! for the peer's own safety. Never a street, a name, a number: what the face sheet knows of people does not go onto it.

use crate::case;
use crate::contact_rule;
use crate::person;
use crate::safety_flag;
use crate::staff_room::optional;
use crate::{Casework, Error, Result};
use basics::{CaseId, StaffId, fold, new_id, time::from_micros};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CardGrant, CardRef, CaseGrant};
use office::custody::notice::{self, NoticeKind};
use office::custody::{self, AssignmentKind, NewAssignment};
use office::session::Session;
use office::{Role, audit, staff};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

/// What stands on a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardWords {
    /// 呼び名
    pub nickname: String,
    /// 会うところ
    pub place: String,
    /// こうすると楽
    pub do_this: String,
    /// 避けること
    pub not_that: String,
    /// 自分の安全のために
    pub own_safety: String,
}

impl CardWords {
    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("nickname", &self.nickname),
            ("place", &self.place),
            ("do_this", &self.do_this),
            ("not_that", &self.not_that),
            ("own_safety", &self.own_safety),
        ]
    }
}

/// What is sealed as one card: what was written for it, and the lines of the flags that stand for a peer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(flatten)]
    words: CardWords,
    safety: Vec<String>,
}

/// One report, as its peer wrote it.
#[derive(Debug, Clone)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// What.
    pub words: String,
}

/// A card, opened.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its identifier.
    pub id: i64,
    /// For which peer.
    pub peer: (StaffId, String),
    /// What stands on it.
    pub words: CardWords,
    /// The one line of each safety flag that stands and is meant for a peer; nothing else of the flag.
    pub safety: Vec<String>,
    /// Since when.
    pub made_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its reports, newest first.
    pub reports: Vec<Report>,
}

/// A peer supporter in the supervisor's list.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// The last day of their registration.
    pub valid_until: Option<Date>,
    /// Whether they can sign in today.
    pub registered: bool,
    /// How many cards they hold.
    pub cards: usize,
}

/// What the page 「ピアのカード」 of a case shows.
#[derive(Debug, Clone)]
pub struct CardsOfCase {
    /// The case.
    pub view: case::CaseView,
    /// The cards, newest first.
    pub cards: Vec<Card>,
    /// The peers a card can be made for.
    pub peers: Vec<(StaffId, String)>,
    /// Whether the asker may make one.
    pub may_make: bool,
}

store::row! {
    struct CardRow {
        pub id: i64,
        pub office_id: i64,
        pub case_id: i64,
        pub staff_id: i64,
        pub key_for_peer: Vec<u8>,
        pub key_for_office: Vec<u8>,
        pub body: Vec<u8>,
        pub made_at: i64,
        pub ended_at: Option<i64>,
    }
}

impl CardRow {
    fn reference(&self) -> CardRef<'_> {
        CardRef {
            office: self.office_id.into(),
            case: self.case_id.into(),
            id: self.id,
            peer: self.staff_id.into(),
            key_for_peer: &self.key_for_peer,
            key_for_office: &self.key_for_office,
        }
    }
}

fn body_place(card: i64) -> Place {
    Place {
        table: "peer_card",
        row: card,
        column: "body",
    }
}

fn report_place(report: i64) -> Place {
    Place {
        table: "peer_report",
        row: report,
        column: "body",
    }
}

impl Casework {
    /// Makes a card for a peer: who leads the office, or the case's 主担当.
    pub async fn make_card(
        &self,
        session: &Session,
        id: CaseId,
        peer: StaffId,
        words: &CardWords,
    ) -> Result<i64> {
        if words.nickname.trim().is_empty() {
            return Err(Error::invalid(
                "nickname",
                "カードでの呼び名を書いてください。本名は書きません。",
            ));
        }
        for (field, text) in words.fields() {
            optional(field, text)?;
        }
        transact!(self.db(), "peer.card_made", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            nothing_of_the_face_sheet(tx, &grant, &words.fields()).await?;
            let card = new_id(self.clock());
            let (inside, keys) = access::new_card(tx, session, &grant, peer, card).await?;
            let today = self.clock().today();
            let body = Body {
                words: words.clone(),
                safety: safety_flag::peer_lines(tx, &grant, today).await?,
            };
            let body = inside.seal(&body_place(card), &Json(body));
            tx.exec(
                "INSERT INTO peer_card (id, office_id, case_id, staff_id, key_for_peer, key_for_office, body, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    card,
                    session.office().get(),
                    id.get(),
                    peer.get(),
                    keys.for_peer,
                    keys.for_office,
                    body.as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            let assigned = custody::assignments(tx, &grant, self.clock()).await?;
            let known =
                |one: &custody::Assignment| one.staff == peer && one.kind == AssignmentKind::Peer;
            if !assigned.iter().any(known) {
                let new = NewAssignment {
                    only: Some(Vec::new()),
                    ..NewAssignment::whole(peer, AssignmentKind::Peer, self.clock())
                };
                custody::assign(tx, &grant, self.clock(), &new).await?;
            }
            Ok::<_, Error>(card)
        })
    }

    /// Ends a card: from the commit on its peer does not find it. The reports stay with the case.
    pub async fn end_card(&self, session: &Session, id: CaseId, card: i64) -> Result<()> {
        transact!(self.db(), "peer.card_ended", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            if !access::may_give_cards(tx, session, &grant).await? {
                return Err(access::absent_card(session, card).into());
            }
            let now = self.clock().now_micros();
            let ended: Option<(i64,)> = tx
                .first(
                    "UPDATE peer_card SET ended_at = $1 WHERE id = $2 AND case_id = $3 AND ended_at IS NULL RETURNING staff_id",
                    params![now, card, id.get()],
                )
                .await?;
            let Some((peer,)) = ended else {
                return Err(access::absent_card(session, card).into());
            };
            let (left,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM peer_card WHERE case_id = $1 AND staff_id = $2 AND ended_at IS NULL",
                    params![id.get(), peer],
                )
                .await?;
            if left == 0 {
                for one in custody::assignments(tx, &grant, self.clock()).await? {
                    if one.staff.get() == peer && one.kind == AssignmentKind::Peer {
                        custody::end_assignment(tx, &grant, one.id, self.clock().now()).await?;
                    }
                }
            }
            let entry = grant.entry("peer.card_ended");
            Ok(audit::record(tx, &entry.because(format!("peer_card={card}"))).await?)
        })
    }

    /// The cards of a case with their reports, for who works on it or leads the office.
    pub async fn cards_of_case(&self, session: &Session, id: CaseId) -> Result<CardsOfCase> {
        transact!(self.db(), "peer.card_read", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let may_make = access::may_give_cards(tx, session, &grant).await?;
            let rows = rows(tx, "case_id = $1", id.get()).await?;
            let names = staff::list(tx, session.office()).await?;
            let mut cards = Vec::new();
            for row in rows {
                let inside =
                    access::open_card(tx, session, row.reference(), "peer.card_read").await?;
                cards.push(read(tx, &inside, &row, &names).await?);
            }
            let today = self.clock().today();
            let mut peers = Vec::new();
            for one in names {
                let barred = custody::is_barred(tx, id, one.id).await?;
                if registered(&one, today) && one.enrolled && !barred {
                    peers.push((one.id, one.name));
                }
            }
            Ok::<_, Error>(CardsOfCase {
                view: case::view(tx, case, &grant, self).await?,
                cards,
                peers,
                may_make,
            })
        })
    }

    /// A peer's own cards that have not ended. Of nobody else's there is a trace.
    pub async fn my_cards(&self, session: &Session) -> Result<Vec<Card>> {
        let permit = access::permit(session, Action::OwnCards, "").await?;
        transact!(self.db(), "peer.cards", |tx| {
            let mut cards = Vec::new();
            let mine = "staff_id = $1 AND ended_at IS NULL";
            for row in rows(tx, mine, session.staff().get()).await? {
                // A card whose case must not be known any more is left out, not refused: nothing was asked for.
                match access::open_card(tx, session, row.reference(), "peer.card_read").await {
                    Ok(inside) => cards.push(read(tx, &inside, &row, &[]).await?),
                    Err(office::Error::NotFound) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            audit::record(tx, &permit.entry(Action::OwnCards.code(), "")).await?;
            Ok::<_, Error>(cards)
        })
    }

    /// A peer writes a report on one of their own cards.
    pub async fn report(&self, session: &Session, card: i64, words: &str) -> Result<()> {
        let words = crate::staff_room::required(
            "words",
            words,
            "あったことを、ひとことでも書いてください。",
        )?;
        transact!(self.db(), "peer.report", |tx| {
            let found = rows(tx, "id = $1 AND ended_at IS NULL", card).await?;
            let Some(row) = found
                .first()
                .filter(|row| row.staff_id == session.staff().get())
            else {
                return Err(access::absent_card(session, card).into());
            };
            let inside = access::open_card(tx, session, row.reference(), "peer.report").await?;
            let report = new_id(self.clock());
            let body = inside.seal(&report_place(report), &words.trim().to_owned());
            tx.exec(
                "INSERT INTO peer_report (id, card_id, at, body) VALUES ($1, $2, $3, $4)",
                params![report, card, self.clock().now_micros(), body.as_bytes()],
            )
            .await?;
            let whose = (session.office(), CaseId::from(row.case_id));
            let (clock, kind) = (self.clock(), NoticeKind::PeerReported);
            notice::tell_workers_and_supervisors(tx, clock, whose, kind, card, session.staff())
                .await?;
            Ok(())
        })
    }

    /// The office's peer supporters, for who leads it.
    pub async fn peers(&self, session: &Session) -> Result<Vec<Peer>> {
        access::permit(session, Action::ManagePeers, "").await?;
        let mut conn = self.db().read().await?;
        let counts: Vec<(i64, i64)> = conn
            .all(
                "SELECT staff_id, COUNT(*) FROM peer_card WHERE office_id = $1 AND ended_at IS NULL GROUP BY staff_id ORDER BY staff_id",
                params![session.office().get()],
            )
            .await?;
        let counts: BTreeMap<i64, i64> = counts.into_iter().collect();
        let today = self.clock().today();
        let all = staff::list(&mut conn, session.office()).await?;
        let peers = all.into_iter().filter(|one| one.role == Role::Peer);
        Ok(peers
            .map(|one| Peer {
                registered: registered(&one, today),
                cards: counts
                    .get(&one.id.get())
                    .and_then(|count| usize::try_from(*count).ok())
                    .unwrap_or(0),
                staff: one.id,
                name: one.name,
                valid_until: one.valid_until,
            })
            .collect())
    }

    /// Renews a peer's registration for the year.
    pub async fn renew_peer(&self, session: &Session, peer: StaffId) -> Result<()> {
        let permit = access::permit(session, Action::ManagePeers, "").await?;
        Ok(staff::renew_peer(self.db(), &permit, peer).await?)
    }

    /// Ends a peer's registration. Nobody is told and nobody asks why.
    pub async fn let_peer_go(&self, session: &Session, peer: StaffId) -> Result<()> {
        let permit = access::permit(session, Action::ManagePeers, "").await?;
        Ok(staff::let_peer_go(self.db(), &permit, peer).await?)
    }
}

fn registered(one: &staff::Staff, today: Date) -> bool {
    one.role == Role::Peer && one.active && one.valid_until.is_none_or(|last| last >= today)
}

/// Every card of an opened case with its reports, those that ended too. The caller has opened the case.
pub(crate) async fn kept(tx: &mut Conn, session: &Session, case: CaseId) -> Result<Vec<Card>> {
    let mut cards = Vec::new();
    for row in rows(tx, "case_id = $1", case.get()).await? {
        let inside = access::open_card(tx, session, row.reference(), "peer.card_read").await?;
        cards.push(read(tx, &inside, &row, &[]).await?);
    }
    Ok(cards)
}

async fn rows(conn: &mut Conn, condition: &str, value: i64) -> Result<Vec<CardRow>> {
    let sql = format!(
        "SELECT {} FROM peer_card WHERE {condition} ORDER BY made_at DESC, id",
        CardRow::COLS
    );
    Ok(conn.all(&sql, params![value]).await?)
}

async fn read(
    conn: &mut Conn,
    inside: &CardGrant,
    row: &CardRow,
    names: &[staff::Staff],
) -> Result<Card> {
    let Body { words, safety } = body_of(inside, row)?;
    let found: Vec<(i64, i64, Vec<u8>)> = conn
        .all(
            "SELECT id, at, body FROM peer_report WHERE card_id = $1 ORDER BY at DESC, id DESC",
            params![row.id],
        )
        .await?;
    let reports = found
        .into_iter()
        .map(|(id, at, body)| {
            let words: String = inside.open(&Sealed::from_bytes(body), &report_place(id))?;
            Ok(Report {
                at: from_micros(at),
                words,
            })
        })
        .collect::<Result<_>>()?;
    let peer = StaffId::from(row.staff_id);
    let name = names.iter().find(|one| one.id == peer);
    Ok(Card {
        id: row.id,
        peer: (peer, name.map(|one| one.name.clone()).unwrap_or_default()),
        words,
        safety,
        made_at: from_micros(row.made_at),
        ended_at: row.ended_at.map(from_micros),
        reports,
    })
}

fn body_of(inside: &CardGrant, row: &CardRow) -> Result<Body> {
    let sealed = Sealed::<Json<Body>>::from_bytes(row.body.clone());
    let Json(body) = inside.open(&sealed, &body_place(row.id))?;
    Ok(body)
}

/// Puts the lines of the flags that stand for a peer onto every card of an opened case that has not ended.
pub(crate) async fn carry_safety_lines(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    lines: &[String],
) -> Result<()> {
    for row in rows(tx, "case_id = $1 AND ended_at IS NULL", grant.case().get()).await? {
        let inside = access::open_card(tx, session, row.reference(), "peer.card_safety").await?;
        let mut body = body_of(&inside, &row)?;
        if body.safety == lines {
            continue;
        }
        body.safety = lines.to_vec();
        let sealed = inside.seal(&body_place(row.id), &Json(body));
        tx.exec(
            "UPDATE peer_card SET body = $1 WHERE id = $2",
            params![sealed.as_bytes(), row.id],
        )
        .await?;
    }
    Ok(())
}

/// Whatever the face sheet knows of people (names, readings, addresses, numbers) does not go onto a card.
pub(crate) async fn nothing_of_the_face_sheet(
    conn: &mut Conn,
    grant: &CaseGrant,
    fields: &[(&'static str, &str)],
) -> Result<()> {
    let mut known = Vec::new();
    for person in person::of_case(conn, grant).await? {
        let identity = person.identity;
        // A name of two parts is known by each of them.
        known.extend(identity.name.split_whitespace().map(str::to_owned));
        known.extend(identity.kana.split_whitespace().map(str::to_owned));
        known.push(identity.name);
        known.push(identity.kana);
        known.push(identity.address);
    }
    for point in contact_rule::of_case(conn, grant).await? {
        known.push(point.value);
    }
    let bare =
        |text: &str| -> String { fold(text).chars().filter(|c| c.is_alphanumeric()).collect() };
    let known: Vec<String> = known
        .iter()
        .map(|text| bare(text))
        .filter(|text| text.chars().count() >= 2)
        .collect();
    for &(field, text) in fields {
        let written = bare(text);
        if known.iter().any(|one| written.contains(one.as_str())) {
            return Err(Error::invalid(
                field,
                "本名・住所・連絡先は、カードに書けません。会うところは、施設や目じるしで書いてください。",
            ));
        }
        if looks_like_number(text) || looks_like_street(text) {
            return Err(Error::invalid(
                field,
                "電話番号や番地のように見えるものがあります。カードには書けません。",
            ));
        }
    }
    Ok(())
}

/// Nine digits or more with nothing but hyphens and spaces between them.
fn looks_like_number(text: &str) -> bool {
    let mut run = 0;
    for c in fold(text).chars() {
        if c.is_ascii_digit() {
            run += 1;
            if run >= 9 {
                return true;
            }
        } else if !"-‐－ーｰ−() 　".contains(c) {
            run = 0;
        }
    }
    false
}

/// 丁目, 番地 and 号室 stand in addresses, and in little else.
fn looks_like_street(text: &str) -> bool {
    ["丁目", "番地", "号室"]
        .iter()
        .any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_streets_are_seen() {
        let number = ["09", "01", "23", "45", "67", "8"].join("-");
        assert!(looks_like_number(&number));
        assert!(looks_like_number("０９０１２３４５６７８"));
        assert!(!looks_like_number("11月24日 14:00 から 15:30"));
        assert!(looks_like_street("みどり町2丁目の角"));
        assert!(!looks_like_street("図書館の2階"));
    }
}
