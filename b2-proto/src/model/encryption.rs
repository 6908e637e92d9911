//! Server-side encryption.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize as _;

use super::open::open_text;
use crate::error::Error;
use crate::secret::Secret;
use crate::sse;

open_text! {
    /// Whose key a file is encrypted with (spec 4.6).
    EncryptionMode {
        /// Keys managed by the service.
        SseB2 = "SSE-B2",
        /// A key the caller sends with each request.
        SseC = "SSE-C",
    }
}

open_text! {
    /// How a file is encrypted (spec 4.6).
    EncryptionAlgorithm {
        /// AES with 256-bit keys.
        Aes256 = "AES256",
    }
}

/// The caller's own key for SSE-C: 32 bytes that `Debug` does not show and that are overwritten
/// when the value goes away.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey([u8; Self::LEN]);

impl CustomerKey {
    /// Bytes in a key.
    pub const LEN: usize = crate::limits::CUSTOMER_KEY_LEN;

    /// Takes the bytes as they are.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Reads the form the service uses; `None` unless it is base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::LEN];
        // The decoder wants room for its estimate, which is a little more than the key.
        let mut room = [0; Self::LEN + 1];
        let decoded = BASE64_STANDARD.decode_slice(text, &mut room);
        let fits = decoded == Ok(Self::LEN);
        bytes.copy_from_slice(&room[..Self::LEN]);
        room.zeroize();
        let key = Self(bytes);
        fits.then_some(key)
    }

    /// The key itself, to be sent to the service and nowhere else.
    pub const fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The key as requests carry it.
    pub fn to_base64(&self) -> Secret {
        Secret::new(sse::key_base64(&self.0).expose())
    }

    /// The MD5 of the key as requests carry it; tells keys apart without giving them away.
    pub fn md5_base64(&self) -> String {
        sse::key_md5_base64(&self.0).as_str().into()
    }
}

impl Drop for CustomerKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(***)")
    }
}

/// The encryption a request asks for (spec 4.6).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum EncryptionSetting {
    /// None. As the default of a bucket it turns encryption off; an upload cannot use it to dodge
    /// the bucket's default.
    #[default]
    None,
    /// With keys managed by the service.
    SseB2,
    /// With a key of the caller's. It is needed again for every part, copy and download, and
    /// cannot be the default of a bucket.
    SseC(CustomerKey),
}

impl Serialize for EncryptionSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mode = match self {
            Self::None => None,
            Self::SseB2 => Some(EncryptionMode::SseB2),
            Self::SseC(_) => Some(EncryptionMode::SseC),
        };
        let mut object = serializer.serialize_struct("EncryptionSetting", 4)?;
        object.serialize_field("mode", &mode)?;
        if mode.is_some() {
            object.serialize_field("algorithm", &EncryptionAlgorithm::Aes256)?;
        }
        if let Self::SseC(key) = self {
            object.serialize_field("customerKey", &key.to_base64())?;
            object.serialize_field("customerKeyMd5", &key.md5_base64())?;
        }
        object.end()
    }
}

/// Strict, as the service is with requests: what is not understood is an error, without the key
/// in its text.
impl<'de> Deserialize<'de> for EncryptionSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            #[serde(default)]
            mode: Option<Box<str>>,
            #[serde(default)]
            algorithm: Option<EncryptionAlgorithm>,
            #[serde(default)]
            customer_key: Option<Secret>,
            #[serde(default)]
            customer_key_md5: Option<Box<str>>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let wrong = |what| Err(serde::de::Error::custom(what));
        let mode = match wire.mode.as_deref() {
            None | Some(NO_MODE) => return Ok(Self::None),
            Some(text) => EncryptionMode::from(text),
        };
        if wire.algorithm != Some(EncryptionAlgorithm::Aes256) {
            return wrong("the encryption algorithm is not AES256");
        }
        match mode {
            EncryptionMode::SseB2 => Ok(Self::SseB2),
            EncryptionMode::SseC => {
                let text = wire.customer_key.as_ref().map_or("", Secret::expose);
                let Some(key) = CustomerKey::from_base64(text) else {
                    return wrong("the customer key is not base64 of 32 bytes");
                };
                if wire.customer_key_md5.as_deref() != Some(key.md5_base64().as_str()) {
                    return wrong("the MD5 does not match the customer key");
                }
                Ok(Self::SseC(key))
            }
            EncryptionMode::Other(_) => wrong("unknown encryption mode"),
        }
    }
}

/// What some servers write in place of `null`.
const NO_MODE: &str = "none";

/// How a file or bucket is encrypted, as answers show it (spec 4.6): never with the key.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EncryptionInfo {
    /// Whose key; `None` for no encryption.
    #[serde(default, deserialize_with = "mode_or_none")]
    pub mode: Option<EncryptionMode>,
    /// How; `None` for no encryption.
    #[serde(default)]
    pub algorithm: Option<EncryptionAlgorithm>,
    /// Which customer key, as base64 of its MD5, where the service tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_key_md5: Option<String>,
}

impl EncryptionInfo {
    /// No encryption.
    pub const NONE: Self = Self { mode: None, algorithm: None, customer_key_md5: None };

    /// Encrypted with the service's keys.
    pub const SSE_B2: Self = Self {
        mode: Some(EncryptionMode::SseB2),
        algorithm: Some(EncryptionAlgorithm::Aes256),
        customer_key_md5: None,
    };
}

impl EncryptionInfo {
    /// Whether a file like this can be read with `key_md5_base64`, the MD5 of a customer key, or
    /// without a key. A wrong key shows only where the service tells which one it was.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) with what is missing, needless or
    /// wrong.
    pub fn check_key(&self, key_md5_base64: Option<&str>) -> Result<(), Error> {
        let is_own = self.mode == Some(EncryptionMode::SseC);
        match (is_own, key_md5_base64, self.customer_key_md5.as_deref()) {
            (true, None, _) => {
                Err(Error::invalid("the file is encrypted with a customer key, which is needed"))
            }
            (false, Some(_), _) => {
                Err(Error::invalid("the file is not encrypted with a customer key"))
            }
            (true, Some(given), Some(used)) if given != used => {
                Err(Error::invalid("the file is encrypted with another customer key"))
            }
            (true, Some(_), _) | (false, None, _) => Ok(()),
        }
    }
}

/// What answers show of a setting.
impl From<&EncryptionSetting> for EncryptionInfo {
    fn from(setting: &EncryptionSetting) -> Self {
        match setting {
            EncryptionSetting::None => Self::NONE,
            EncryptionSetting::SseB2 => Self::SSE_B2,
            EncryptionSetting::SseC(key) => Self {
                mode: Some(EncryptionMode::SseC),
                algorithm: Some(EncryptionAlgorithm::Aes256),
                customer_key_md5: Some(key.md5_base64()),
            },
        }
    }
}

fn mode_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<EncryptionMode>, D::Error> {
    let mode = Option::<EncryptionMode>::deserialize(deserializer)?;
    Ok(mode.filter(|mode| mode.as_str() != NO_MODE))
}

#[cfg(test)]
mod tests {
    use super::super::Guarded;
    use super::super::check::{rewritten, round_trip};
    use super::*;

    const SSE_C: &str = r#"{"mode":"SSE-C","algorithm":"AES256",
        "customerKey":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "customerKeyMd5":"cLyPS3KoaSFGi/joRB3OUQ=="}"#;

    #[test]
    fn settings_are_written_as_requests_carry_them() {
        let none: EncryptionSetting = round_trip(r#"{"mode":null}"#);
        assert_eq!(none, EncryptionSetting::None);
        let b2: EncryptionSetting = round_trip(r#"{"mode":"SSE-B2","algorithm":"AES256"}"#);
        assert_eq!(b2, EncryptionSetting::SseB2);
        let c: EncryptionSetting = round_trip(SSE_C);
        assert_eq!(c, EncryptionSetting::SseC(CustomerKey::new([0; 32])));
        rewritten::<EncryptionSetting>(r#"{"mode":"none"}"#, r#"{"mode":null}"#);
    }

    #[test]
    fn the_key_shows_nowhere() {
        let c: EncryptionSetting = round_trip(SSE_C);
        assert_eq!(std::format!("{c:?}"), "SseC(CustomerKey(***))");
        let shown = serde_json::to_string(&EncryptionInfo::from(&c)).expect("json");
        assert!(shown.contains("cLyPS3KoaSFGi/joRB3OUQ==") && !shown.contains("AAAA"), "{shown}");
    }

    #[test]
    fn requests_that_make_no_sense_are_refused_without_the_key() {
        let swap = |from: &str, to: &str| SSE_C.replace(from, to);
        for json in [
            swap("cLyP", "AAAB"),
            swap("AAA=", "AAAAAAA="),
            swap("AAA=", "A"),
            swap("AAA=", "A*A="),
            swap("AES256", "ROT13"),
            swap("SSE-C", "SSE-X"),
            swap("customerKey\"", "noKey\""),
        ] {
            let error = serde_json::from_str::<EncryptionSetting>(&json).expect_err(&json);
            assert!(!std::format!("{error}").contains("AAAA"), "{error}");
        }
    }

    #[test]
    fn keys_are_compared_with_what_a_file_tells() {
        let key = CustomerKey::new([0; 32]);
        let own = EncryptionInfo::from(&EncryptionSetting::SseC(key.clone()));
        let (md5, other) = (key.md5_base64(), CustomerKey::new([1; 32]).md5_base64());
        let told = |info: &EncryptionInfo, key: Option<&str>| info.check_key(key).is_ok();
        assert!(told(&own, Some(&md5)) && !told(&own, Some(&other)) && !told(&own, None));
        let silent = EncryptionInfo { customer_key_md5: None, ..own };
        assert!(told(&silent, Some(&other)) && !told(&silent, None));
        for info in [EncryptionInfo::NONE, EncryptionInfo::SSE_B2] {
            assert!(told(&info, None) && !told(&info, Some(&md5)));
        }
    }

    #[test]
    fn answers_show_mode_and_algorithm() {
        let none: Guarded<EncryptionInfo> = round_trip(
            r#"{"isClientAuthorizedToRead":true,"value":{"algorithm":null,"mode":null}}"#,
        );
        assert_eq!(none, Guarded::Readable(EncryptionInfo::NONE));
        let b2: EncryptionInfo = round_trip(r#"{"mode":"SSE-B2","algorithm":"AES256"}"#);
        assert_eq!(b2, EncryptionInfo::SSE_B2);
    }

    #[test]
    fn answers_may_be_old_or_new() {
        let expected = r#"{"mode":null,"algorithm":null}"#;
        rewritten::<EncryptionInfo>(r#"{"mode":"none"}"#, expected);
        rewritten::<EncryptionInfo>("{}", expected);
        let new: EncryptionInfo = rewritten(
            r#"{"mode":"SSE-Q","algorithm":"Kyber","lattice":3}"#,
            r#"{"mode":"SSE-Q","algorithm":"Kyber"}"#,
        );
        assert_eq!(new.mode, Some("SSE-Q".into()));
    }
}
