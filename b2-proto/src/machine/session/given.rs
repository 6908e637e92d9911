//! The versions that jobs of a session have got, so that no two get the same one.

use crate::wire::json_read::Json;
#[cfg(feature = "alloc")]
use alloc::collections::VecDeque;

/// Versions that are remembered; the oldest is forgotten. A lost answer is settled within minutes
/// of its attempt, and only for that long matters who has got what.
#[cfg(feature = "alloc")]
const GIVEN_MAX: usize = 4_096;

/// Versions that jobs have got, the last of them, by hashes of their IDs. Without a heap nothing
/// is asked, so nothing is remembered.
#[derive(Debug, Default)]
pub(crate) struct Given {
    #[cfg(feature = "alloc")]
    hashes: VecDeque<u64>,
}

impl Given {
    /// A job has got this version.
    #[cfg(feature = "alloc")]
    pub(crate) fn note(&mut self, id: &[u8]) {
        if self.hashes.len() >= GIVEN_MAX {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash(id));
    }

    /// A job has got the version that an answer tells.
    pub(crate) fn note_reply(&mut self, body: &[u8]) {
        #[cfg(feature = "alloc")]
        if let Ok([id]) = Json::pick(body, &["fileId"]) {
            self.note_id(id);
        }
        #[cfg(not(feature = "alloc"))]
        let _ = body;
    }

    /// The same where the ID was found already.
    pub(crate) fn note_id(&mut self, id: Option<Json<'_>>) {
        #[cfg(feature = "alloc")]
        if let Some(Ok(id)) = id.map(|id| id.str_body()) {
            self.note(id);
        }
        #[cfg(not(feature = "alloc"))]
        let _ = id;
    }

    /// Gives a version to a job, unless another one has got it.
    #[cfg(feature = "alloc")]
    pub(crate) fn claim(&mut self, id: &str) -> bool {
        let is_free = !self.hashes.contains(&hash(id.as_bytes()));
        if is_free {
            self.note(id.as_bytes());
        }
        is_free
    }
}

/// FNV-1a. Two IDs with the same hash only make a version look as if it had been given.
#[cfg(feature = "alloc")]
fn hash(id: &[u8]) -> u64 {
    id.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut given = Given::default();
        assert!(given.claim("4_first"));
        assert!(!given.claim("4_first"));
        for number in 1..GIVEN_MAX {
            given.note(format!("4_{number}").as_bytes());
        }
        assert!(!given.claim("4_first"));
        given.note(b"4_last");
        assert_eq!(given.hashes.len(), GIVEN_MAX);
        assert!(given.claim("4_first"));
    }
}
