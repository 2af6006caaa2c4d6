//! Whom a request really comes from: `X-Forwarded-For` is believed only when one of our own proxies wrote it.
//!
//! Only the hourly limits look at the address; it is never stored or logged. Without `trusted_proxies` every visitor
//! behind a proxy would share one limit; with a header believed from anyone, everybody could make up an address.

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One proxy (`192.0.2.1`) or a network of them (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads an address or a network.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let address = address.parse::<IpAddr>().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        (bits <= longest).then_some(Self { address, bits })
    }

    fn contains(&self, other: IpAddr) -> bool {
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let rest = 32 - self.bits;
                own.to_bits().checked_shr(rest) == other.to_bits().checked_shr(rest)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let rest = 128 - self.bits;
                own.to_bits().checked_shr(rest) == other.to_bits().checked_shr(rest)
            }
            _ => false,
        }
    }
}

const FORWARDED: &str = "x-forwarded-for";

/// The layer: puts the visitor's address where the handlers look for it.
pub async fn see_through(trusted: Arc<[Network]>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .copied()
    {
        let visitor = visitor(peer.ip(), request.headers(), &trusted);
        if visitor != peer.ip() {
            let address = SocketAddr::new(visitor, 0);
            request.extensions_mut().insert(ConnectInfo(address));
        }
    }
    // Nobody further in shall read it again and decide otherwise.
    request.headers_mut().remove(FORWARDED);
    next.run(request).await
}

/// The nearest address, counted from ourselves, that is none of our proxies'.
fn visitor(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let ours = |address| trusted.iter().any(|network| network.contains(address));
    if !ours(peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all(FORWARDED)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = address(hop.trim()) else {
            break;
        };
        nearest = address;
        if !ours(address) {
            break;
        }
    }
    nearest
}

/// `192.0.2.1`, `2001:db8::1`, and with the port some proxies add.
fn address(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>().ok().or_else(|| {
        hop.parse::<SocketAddr>()
            .ok()
            .map(|with_port| with_port.ip())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let trusted =
            ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"].map(|text| Network::parse(text).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        visitor(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        assert_eq!(seen("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            seen("::ffff:127.0.0.1", "198.51.100.1:4711"),
            "198.51.100.1"
        );
        // What the visitor made up stands further left.
        assert_eq!(
            seen("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.1.2.3"),
            "198.51.100.1"
        );
        assert_eq!(seen("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(seen("2001:db8::7", "2a00::1"), "2a00::1");
    }

    #[test]
    fn networks_are_read_or_refused() {
        assert!(
            Network::parse("0.0.0.0/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.0/x", "::/129"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
