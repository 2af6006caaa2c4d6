//! What the operator decides about the pages.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Settings of the public and desk pages.
#[derive(Clone)]
pub struct Config {
    /// Where people reach the program, without a slash at the end. Decides whether cookies are `Secure`.
    pub public_url: String,
    /// The neutral short name in titles and the header: says nothing about why someone is here.
    pub site_name: String,
    /// Where 「この画面をとじる」 leads: something anyone might have open.
    pub exit_url: String,
    /// Who runs this copy, for the page about the site.
    pub operator: Option<String>,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Show the pattern book at `/desk/mihon`.
    pub pattern_book: bool,
    /// Whether messages leave by mail at all; otherwise no page offers it.
    pub sends_mail: bool,
    pepper: Zeroizing<[u8; 32]>,
}

impl Config {
    /// Settings with the defaults of the house. `pepper` is the secret of `ippo.toml`; every key the pages need
    /// (form tokens, the guide's cookie) comes from it.
    pub fn new(public_url: impl Into<String>, pepper: [u8; 32]) -> Self {
        let public_url: String = public_url.into();
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            site_name: "まちの窓口".to_owned(),
            exit_url: "https://www.jma.go.jp/bosai/forecast/".to_owned(),
            operator: None,
            request_timeout: Duration::from_mins(1),
            pattern_book: false,
            sends_mail: false,
            pepper: Zeroizing::new(pepper),
        }
    }

    /// Whether the public address is https, so that cookies can be `Secure` and carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// A key for one purpose, derived from the pepper. Different purposes never share a key.
    pub fn key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.mac(purpose, &[]))
    }

    /// A keyed fingerprint of `data` for one purpose.
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        #[allow(
            clippy::unwrap_used,
            clippy::missing_panics_doc,
            reason = "HMAC takes keys of every length"
        )]
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.pepper).unwrap();
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}
