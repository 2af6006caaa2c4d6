//! The hash chain of the audit log: each link hashes the one before and its own content.

use sha2::{Digest, Sha256};

/// The link before the first.
pub const START: [u8; 32] = [0; 32];

/// SHA-256 over a domain tag, the previous link and the canonical content.
pub fn next(previous: &[u8; 32], content: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"ippo audit 1");
    hasher.update(previous);
    hasher.update(content);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_content_both_matter() {
        let ab = next(&next(&START, b"a"), b"b");
        assert_ne!(ab, next(&next(&START, b"b"), b"a"));
        assert_ne!(ab, next(&next(&START, b"a"), b"c"));
    }
}
