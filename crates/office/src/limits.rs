//! Limits that hurt nobody by accident: token buckets and growing waits, shared by all copies of the program.
//!
//! A bucket's row is keyed by a keyed hash of what it counts. For addresses the key changes every hour, so that after
//! the hour nobody, the operator included, can tell which address a row stood for; nothing else about the sender is
//! kept (issue 2 §4). A row is gone two hours (addresses) or a day (accounts) after it was last used.

use crate::digest::keyed;
use crate::error::{Error, Result};
use basics::Clock;
use basics::time::micros;
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;
use store::{Conn, Db, housekeeping, params};
use vault::SymmetricKey;

const HOUR: i64 = 3_600_000_000;

/// How much is let through: `capacity` at once, and after that one every `refill`.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many at once.
    pub capacity: u32,
    /// How long until one more is let through.
    pub refill: SignedDuration,
}

/// What a bucket counts, as the keyed hash that its row is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketKey([u8; 32]);

impl BucketKey {
    /// For an address, in this hour, for this purpose (`mailbox.first_letter`).
    pub fn address(
        pepper: &SymmetricKey,
        now: Timestamp,
        purpose: &str,
        address: Option<IpAddr>,
    ) -> Self {
        Self::address_and(pepper, now, purpose, address, "")
    }

    /// The same for an address together with something else, for instance an account.
    pub fn address_and(
        pepper: &SymmetricKey,
        now: Timestamp,
        purpose: &str,
        address: Option<IpAddr>,
        what: &str,
    ) -> Self {
        let hour = (micros(now) / HOUR).to_be_bytes();
        let hourly = SymmetricKey::derive(
            &pepper.mac(&hour),
            b"ippo limits",
            "this hour's address key",
        );
        Self(keyed(
            &hourly,
            purpose,
            &[&network(address), what.as_bytes()],
        ))
    }

    /// For something that is no address: an account, a locator, a known device.
    pub fn of(pepper: &SymmetricKey, purpose: &str, what: &[u8]) -> Self {
        Self(keyed(pepper, purpose, &[what]))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What one household or office shares: an IPv4 address, or the /64 of an IPv6 address.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(v4)) => v4.octets().to_vec(),
        Some(IpAddr::V6(v6)) => v6.octets()[..8].to_vec(),
    }
}

/// Takes one out of the bucket, in a transaction of its own. `false`: the bucket was empty.
pub async fn take(db: &Db, clock: &Clock, key: BucketKey, rate: Rate) -> Result<bool> {
    housekeeping!(db, "limit.take", |tx| {
        take_in(tx, clock.now(), key, rate).await
    })
}

/// The same inside the caller's transaction, for paths that are counted in commits.
pub async fn take_in(tx: &mut Conn, now: Timestamp, key: BucketKey, rate: Rate) -> Result<bool> {
    let now = micros(now);
    let full = f64::from(rate.capacity);
    let bucket = lock(tx, key, full, now).await?;
    let refill = rate.refill.as_micros().max(1) as f64;
    let tokens = (bucket.tokens + (now - bucket.updated_at).max(0) as f64 / refill).min(full);
    let enough = tokens >= 1.0;
    tx.exec(
        "UPDATE limit_bucket SET tokens = $1, updated_at = $2 WHERE bucket_key = $3",
        params![if enough { tokens - 1.0 } else { tokens }, now, key.bytes()],
    )
    .await?;
    Ok(enough)
}

store::row! {
    pub(crate) struct Bucket {
        pub(crate) tokens: f64,
        pub(crate) strikes: i64,
        pub(crate) blocked_until: i64,
        pub(crate) updated_at: i64,
    }
}

/// Finds or makes the row and holds its lock until the transaction ends, so that requests at the same moment are
/// counted one after the other and none slips by.
pub(crate) async fn lock(tx: &mut Conn, key: BucketKey, full: f64, now: i64) -> Result<Bucket> {
    let bucket = tx
        .one(
            "INSERT INTO limit_bucket (bucket_key, tokens, strikes, blocked_until, updated_at) VALUES ($1, $2, 0, 0, $3) \
             ON CONFLICT (bucket_key) DO UPDATE SET strikes = limit_bucket.strikes \
             RETURNING tokens, strikes, blocked_until, updated_at",
            params![key.bytes(), full, now],
        )
        .await?;
    Ok(bucket)
}

/// How long to wait after so many failures in a row.
pub(crate) type Wait = fn(strikes: i64) -> SignedDuration;

/// Counts an attempt **before** it is looked at, so that a hundred at the same moment are not a hundred free tries.
/// `false`: this bucket is blocked now, and the attempt is not looked at (nor counted: who waits, waits only once).
pub(crate) async fn strike(
    tx: &mut Conn,
    now: Timestamp,
    brakes: &[(BucketKey, Wait)],
) -> Result<bool> {
    let now = micros(now);
    let mut in_order: Vec<&(BucketKey, Wait)> = brakes.iter().collect();
    in_order.sort_by_key(|(key, _)| *key);
    let mut buckets = Vec::with_capacity(in_order.len());
    for (key, wait) in in_order {
        buckets.push((key, wait, lock(tx, *key, 0.0, now).await?));
    }
    if buckets
        .iter()
        .any(|(_, _, bucket)| bucket.blocked_until > now)
    {
        return Ok(false);
    }
    for (key, wait, bucket) in buckets {
        // An hour without a try forgives.
        let before = if now - bucket.updated_at > HOUR {
            0
        } else {
            bucket.strikes
        };
        let strikes = before + 1;
        tx.exec(
            "UPDATE limit_bucket SET strikes = $1, blocked_until = $2, updated_at = $3 WHERE bucket_key = $4",
            params![strikes, now + wait(strikes).as_micros() as i64, now, key.bytes()],
        )
        .await?;
    }
    Ok(true)
}

/// Forgets the strikes of a bucket: the attempt was good.
pub(crate) async fn forgive(tx: &mut Conn, key: BucketKey) -> Result<()> {
    tx.exec(
        "DELETE FROM limit_bucket WHERE bucket_key = $1",
        params![key.bytes()],
    )
    .await?;
    Ok(())
}

/// Removes rows that no limit looks at any more. Run it every hour.
pub async fn purge(db: &Db, clock: &Clock) -> Result<u64> {
    let old = clock.now_micros() - 2 * HOUR;
    housekeeping!(db, "limit.purge", |tx| {
        let gone = tx
            .exec(
                "DELETE FROM limit_bucket WHERE updated_at < $1 AND blocked_until < $2",
                params![old, old],
            )
            .await?;
        Ok::<_, Error>(gone)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_another_one_in_the_next_hour_and_a_household_is_one() {
        let pepper = SymmetricKey::random();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let key = |now, address| BucketKey::address(&pepper, at(now), "test", ip(address));
        let first = key("2026-11-22T03:00:00Z", "192.0.2.7");
        assert_eq!(first, key("2026-11-22T03:59:59Z", "::ffff:192.0.2.7"));
        assert_ne!(first, key("2026-11-22T04:00:00Z", "192.0.2.7"));
        assert_ne!(first, key("2026-11-22T03:00:00Z", "192.0.2.8"));
        assert_eq!(
            key("2026-11-22T03:00:00Z", "2001:db8::1"),
            key("2026-11-22T03:00:00Z", "2001:db8::2:1")
        );
    }
}
