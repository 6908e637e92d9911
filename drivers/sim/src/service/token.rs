//! Tokens that carry what they say and a seal, so that none has to be remembered.
//!
//! The seal is a keyed SHA-1: enough to make a forged or altered token fail, which is all a
//! simulated service needs; it protects nothing real.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// Pseudo-random bytes that follow from the account's secret, a label and a number.
pub(crate) fn derive(secret: u64, label: &str, text: &str) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(secret.to_le_bytes());
    hash.update(label.as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// The first `digits` hex digits of derived bytes; at most 40.
pub(crate) fn derive_hex(secret: u64, label: &str, text: &str, digits: usize) -> String {
    let mut hex = hex(&derive(secret, label, text));
    hex.truncate(digits);
    hex
}

/// A fraction in 0..1 that follows from the same.
pub(crate) fn derive_fraction(secret: u64, label: &str, text: &str) -> f64 {
    let bytes = derive(secret, label, text);
    f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / 4_294_967_296.0
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What an account or upload token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) key_id: String,
    pub(crate) issued_ms: u64,
    pub(crate) nonce: u64,
}

const SEAL_LEN: usize = 16;
const STAMP_LEN: usize = 12 + 10;

/// The kinds of token; `target` is what an upload token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    Account,
    Upload { target: &'a str },
    Part { target: &'a str },
}

impl Kind<'_> {
    fn suffix(self) -> &'static str {
        match self {
            Self::Account => "_acct",
            Self::Upload { .. } => "_upld",
            Self::Part { .. } => "_uplg",
        }
    }

    fn seal(self, secret: u64, body: &str) -> String {
        let target = match self {
            Self::Account => "",
            Self::Upload { target } | Self::Part { target } => target,
        };
        derive_hex(secret, self.suffix(), &format!("{body}|{target}"), SEAL_LEN)
    }
}

impl Claim {
    pub(crate) fn issue(&self, kind: Kind<'_>, secret: u64) -> String {
        let body = format!("4_{}_{:012x}{:010x}", self.key_id, self.issued_ms, self.nonce);
        format!("{body}_{}{}", kind.seal(secret, &body), kind.suffix())
    }

    pub(crate) fn verify(kind: Kind<'_>, secret: u64, token: &str) -> Option<Self> {
        let (body, seal) = token.strip_suffix(kind.suffix())?.rsplit_once('_')?;
        if seal != kind.seal(secret, body) {
            return None;
        }
        let (key_id, stamp) = body.strip_prefix("4_")?.rsplit_once('_')?;
        if stamp.len() != STAMP_LEN || !stamp.is_ascii() {
            return None;
        }
        Some(Self {
            key_id: key_id.to_owned(),
            issued_ms: u64::from_str_radix(&stamp[..12], 16).ok()?,
            nonce: u64::from_str_radix(&stamp[12..], 16).ok()?,
        })
    }
}

/// What a download authorization allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DownloadGrant {
    #[serde(rename = "k")]
    pub(crate) key_id: String,
    #[serde(rename = "b")]
    pub(crate) bucket_id: String,
    #[serde(rename = "p")]
    pub(crate) prefix: String,
    #[serde(rename = "e")]
    pub(crate) expires_ms: u64,
    /// Override parameters that must be repeated as they are.
    #[serde(rename = "o")]
    pub(crate) overrides: Vec<(String, String)>,
}

const GRANT_SUFFIX: &str = "_dnld";

impl DownloadGrant {
    pub(crate) fn issue(&self, secret: u64) -> String {
        // Plain text in maps with text keys always serializes.
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        format!("3_{body}.{}{GRANT_SUFFIX}", derive_hex(secret, GRANT_SUFFIX, &body, SEAL_LEN))
    }

    pub(crate) fn is_one(token: &str) -> bool {
        token.starts_with("3_") && token.ends_with(GRANT_SUFFIX)
    }

    pub(crate) fn verify(secret: u64, token: &str) -> Option<Self> {
        let (body, seal) =
            token.strip_prefix("3_")?.strip_suffix(GRANT_SUFFIX)?.rsplit_once('.')?;
        if seal != derive_hex(secret, GRANT_SUFFIX, body, SEAL_LEN) {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_was_claimed_and_nothing_else() {
        let claim = Claim { key_id: "my_key".into(), issued_ms: 1_700_000_000_000, nonce: 7 };
        let kind = Kind::Upload { target: "bucket" };
        let token = claim.issue(kind, 5);
        assert_eq!(Claim::verify(kind, 5, &token), Some(claim));
        assert_eq!(Claim::verify(kind, 6, &token), None);
        assert_eq!(Claim::verify(Kind::Upload { target: "other" }, 5, &token), None);
        assert_eq!(Claim::verify(Kind::Account, 5, &token), None);
        assert_eq!(Claim::verify(kind, 5, &token.replacen("my", "me", 1)), None);
    }
}
