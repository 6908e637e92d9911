//! Which versions are known to belong to a job, so that no other takes one for its own.

use alloc::collections::VecDeque;

/// IDs that are remembered; the oldest are forgotten first.
const GIVEN_MAX: usize = 4_096;

/// The versions and large files that were given to jobs of this session lately.
///
/// Of an ID only a hash of 64 bits is kept. That two meet would leave one lost answer unsettled.
#[derive(Debug, Default)]
pub(crate) struct Given {
    recent: VecDeque<u64>,
}

impl Given {
    /// Notes that a job has this one; whether it is the first to say so.
    pub(crate) fn take(&mut self, file_id: &str) -> bool {
        let hash = hash(file_id);
        if self.recent.contains(&hash) {
            return false;
        }
        if self.recent.len() >= GIVEN_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(hash);
        true
    }

    /// Whether a job has this one.
    pub(crate) fn has(&self, file_id: &str) -> bool {
        self.recent.contains(&hash(file_id))
    }
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn one_version_is_given_once() {
        let mut given = Given::default();
        assert!(given.take("a") && given.has("a") && !given.has("b"));
        assert!(!given.take("a"));
    }

    #[test]
    fn only_the_last_ones_are_remembered() {
        let mut given = Given::default();
        for number in 0..=GIVEN_MAX {
            assert!(given.take(&format!("{number}")));
        }
        assert!(!given.has("0") && given.has("1"));
        assert_eq!(given.recent.len(), GIVEN_MAX);
    }
}
