//! Private calendar feeds of colleagues: the address is the secret.
//!
//! Only the hash of a feed's token is kept, so the address is shown once. The feed of an account that was switched off is
//! gone at once; nothing in it names anybody ([`crate::calendar_file::colleague_feed`]).

use crate::calendar_file::{self, Busy, ColleagueEvent, host_name};
use crate::{Community, Error, Result};
use basics::time::{from_micros, micros};
use basics::{OfficeId, StaffId, new_id};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use office::access::{self, Action};
use office::audit;
use office::session::Session;
use office::staff;
use store::{Conn, params, transact};
use vault::Zeroizing;

/// How many feeds one colleague may have: a telephone, a desk, and one more.
pub const MOST_FEEDS: i64 = 3;
/// How far back a feed goes, and how far ahead.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 92);
const PURPOSE: &[u8] = b"calendar feed";

/// A feed, for its owner's page. The address is not among it: nobody knows it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its identifier, for ending it.
    pub id: i64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// Whose feed a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedOwner {
    /// The colleague.
    pub staff: StaffId,
    /// Their office.
    pub office: OfficeId,
}

/// 256 bits as 64 hexadecimal digits: a file name that no mail program breaks.
fn fresh_token() -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(vault::random());
    Zeroizing::new(HEXLOWER.encode(&*bytes))
}

/// What the database keeps: nobody can try all tokens, so the hash needs no key.
fn hash_of(token: &str) -> Option<[u8; 32]> {
    let good = token.len() == 64
        && token
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    good.then(|| vault::hash(&[PURPOSE, b":", token.as_bytes()].concat()))
}

impl Community {
    /// The asker's own feeds that are alive.
    pub async fn feeds(&self, session: &Session) -> Result<Vec<Feed>> {
        access::permit(session, Action::SeePlaces, "calendar_feed").await?;
        let rows: Vec<(i64, i64)> = self
            .db()
            .read()
            .await?
            .all(
                "SELECT id, made_at FROM calendar_feed WHERE staff_id = $1 AND ended_at IS NULL ORDER BY id",
                params![session.staff().get()],
            )
            .await?;
        let feeds = rows.into_iter();
        Ok(feeds
            .map(|(id, made_at)| Feed {
                id,
                made_at: from_micros(made_at),
            })
            .collect())
    }

    /// Makes a feed for the asker. What comes back is the only copy of its token.
    pub async fn make_feed(&self, session: &Session) -> Result<Zeroizing<String>> {
        let permit = access::permit(session, Action::SeePlaces, "calendar_feed").await?;
        let token = fresh_token();
        let hash = hash_of(&token).ok_or(Error::Damaged("calendar_feed.token"))?;
        let id = new_id(self.clock());
        transact!(self.db(), "calendar_feed.make", |tx| {
            let (alive,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM calendar_feed WHERE staff_id = $1 AND ended_at IS NULL",
                    params![session.staff().get()],
                )
                .await?;
            if alive >= MOST_FEEDS {
                return Err(Error::Illegal(
                    "カレンダーのアドレスは3つまで作れます。使っていないものを止めてから、作ってください。",
                ));
            }
            tx.exec(
                "INSERT INTO calendar_feed (id, office_id, staff_id, token_hash, made_at) VALUES ($1, $2, $3, $4, $5)",
                params![
                    id,
                    permit.office().get(),
                    session.staff().get(),
                    &hash[..],
                    self.clock().now_micros()
                ],
            )
            .await?;
            let entry = permit.entry("calendar_feed.made", format!("calendar_feed:{id}"));
            audit::record(tx, &entry).await?;
            Ok(())
        })?;
        Ok(token)
    }

    /// Ends one of the asker's own feeds; its address gives nothing from now on. Nobody ends another colleague's.
    pub async fn end_feed(&self, session: &Session, id: i64) -> Result<()> {
        let subject = format!("calendar_feed:{id}");
        let permit = access::permit(session, Action::SeePlaces, &subject).await?;
        transact!(self.db(), "calendar_feed.end", |tx| {
            let ended = tx
                .exec(
                    "UPDATE calendar_feed SET ended_at = $1 WHERE id = $2 AND staff_id = $3 AND ended_at IS NULL",
                    params![self.clock().now_micros(), id, session.staff().get()],
                )
                .await?;
            if ended == 0 {
                return Err(Error::NotFound);
            }
            audit::record(tx, &permit.entry("calendar_feed.ended", subject.clone())).await?;
            Ok(())
        })
    }

    /// Whose feed this token is. `None` for anything else: no such token, an ended feed, an account that was switched off
    /// or has a role without places.
    pub async fn feed_by_token(&self, token: &str) -> Result<Option<FeedOwner>> {
        let Some(hash) = hash_of(token) else {
            return Ok(None);
        };
        let mut conn = self.db().read().await?;
        let found: Option<(i64, i64)> = conn
            .first(
                "SELECT staff_id, office_id FROM calendar_feed WHERE token_hash = $1 AND ended_at IS NULL",
                params![&hash[..]],
            )
            .await?;
        let Some((staff, office)) = found else {
            return Ok(None);
        };
        let owner = FeedOwner {
            staff: staff.into(),
            office: office.into(),
        };
        let today = self.clock().today();
        let who = staff::one(&mut conn, owner.office, owner.staff).await?;
        let there = who.active
            && who.valid_until.is_none_or(|last| today <= last)
            && access::may(who.role, Action::SeePlaces);
        Ok(there.then_some(owner))
    }

    /// The file of a feed: two weeks back, three months ahead. [`Error::NotFound`] for a token that is none.
    pub async fn feed_file(&self, token: &str, host: &str) -> Result<String> {
        let owner = self.feed_by_token(token).await?.ok_or(Error::NotFound)?;
        let now = self.clock().now();
        let (from, until) = (
            now.saturating_sub(BACK).unwrap_or(now),
            now.saturating_add(AHEAD).unwrap_or(now),
        );
        let mut conn = self.db().read().await?;
        let mut hours = self.hours_of(&mut conn, owner.staff, from, until).await?;
        for (visit, leave_at, return_at) in self
            .casework()
            .road_of(&mut conn, owner.staff, from, until)
            .await?
        {
            hours.push((Busy::Visit, visit, leave_at, return_at));
        }
        hours.sort_by_key(|(_, id, starts_at, _)| (*starts_at, *id));
        let events: Vec<ColleagueEvent> = hours
            .into_iter()
            .map(|(busy, id, starts_at, ends_at)| ColleagueEvent {
                uid: self.calendar_uid(busy.code(), id, host),
                busy,
                starts_at,
                ends_at,
            })
            .collect();
        Ok(calendar_file::colleague_feed(now, &events))
    }

    /// A stable name for an entry of a calendar, from which nobody without the installation's key finds the row.
    pub fn calendar_uid(&self, what: &str, id: i64, host: &str) -> String {
        let mac = self
            .pepper()
            .branch("calendar uid")
            .mac(format!("{what}:{id}").as_bytes());
        let digits = HEXLOWER.encode(&mac[..16]);
        format!("{digits}@{}", host_name(host))
    }

    /// Appointments, gatherings and away times of one colleague.
    async fn hours_of(
        &self,
        conn: &mut Conn,
        staff: StaffId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Busy, i64, Timestamp, Timestamp)>> {
        let (me, from, until) = (staff.get(), micros(from), micros(until));
        let questions = [
            (
                Busy::Appointment,
                "SELECT id, starts_at, ends_at FROM appointment WHERE (staff_id = $1 OR second_staff_id = $2) \
                 AND ends_at > $3 AND starts_at < $4 AND state <> 'cancelled' ORDER BY starts_at LIMIT 1000",
            ),
            (
                Busy::Gathering,
                "SELECT g.id, g.starts_at, g.ends_at FROM gathering g WHERE (EXISTS (SELECT 1 FROM programme_host p \
                 WHERE p.programme_id = g.programme_id AND p.staff_id = $1) OR EXISTS (SELECT 1 FROM gathering_host h \
                 WHERE h.gathering_id = g.id AND h.staff_id = $2)) AND g.ends_at > $3 AND g.starts_at < $4 \
                 AND g.state <> 'cancelled' ORDER BY g.starts_at LIMIT 1000",
            ),
            (
                Busy::Away,
                "SELECT id, from_at, until_at FROM away WHERE staff_id = $1 AND staff_id = $2 AND until_at > $3 \
                 AND from_at < $4 ORDER BY from_at LIMIT 1000",
            ),
        ];
        let mut hours = Vec::new();
        for (busy, sql) in questions {
            let rows: Vec<(i64, i64, i64)> = conn.all(sql, params![me, me, from, until]).await?;
            hours.extend(rows.into_iter().map(|(id, starts_at, ends_at)| {
                (busy, id, from_micros(starts_at), from_micros(ends_at))
            }));
        }
        Ok(hours)
    }
}
