//! Rule 10 and S14: keys, tokens and upload URLs appear in no text.

use std::sync::{Arc, Mutex, PoisonError};

/// Everything that must not be shown. Shared with the machines that are watched.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<String>>>);

/// A secret is recognized by so many bytes of its end, which is where its random part is.
const TAIL_LEN: usize = 20;

impl Secrets {
    pub(crate) fn add(&self, secret: &str) {
        let tail = secret.len().saturating_sub(TAIL_LEN);
        let tail = secret.get(tail..).unwrap_or(secret).to_owned();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&tail) {
            all.push(tail);
        }
    }

    /// Takes the secrets out of a JSON answer.
    pub(crate) fn learn(&self, body: &[u8]) {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else { return };
        for key in ["authorizationToken", "uploadUrl", "applicationKey"] {
            if let Some(secret) = json[key].as_str() {
                self.add(secret);
            }
        }
    }

    /// Fails when `text` shows a secret.
    #[track_caller]
    pub(crate) fn check(&self, text: &str) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = all.iter().find(|secret| text.contains(secret.as_str()));
        assert!(shown.is_none(), "rule 10: a secret ({shown:?}) is shown in: {text}");
    }
}

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secrets")
    }
}
