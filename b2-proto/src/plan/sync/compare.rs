//! Whether a file that both sides have has to be transferred (behaviour f.8).

use super::options::{Compare, Newer};
use crate::wire::text::Sha1;

/// What is compared of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Looks {
    pub(super) len: u64,
    pub(super) modified_ms: i64,
    /// Whether there is a SHA-1 to be had: known, or of a file that can be read.
    pub(super) sha1: Digest,
}

/// What is known of a SHA-1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Digest {
    Known(Sha1),
    /// It can be asked for.
    Readable,
    /// Nobody noted it.
    Unknown,
}

/// What a comparison gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Same,
    Differs,
    /// It differs, but the destination is newer, and that is to be left.
    NewerSkipped,
    /// It differs, but the destination is newer, and nothing was said about that.
    NewerFails,
    /// Only a SHA-1 that has to be computed first tells.
    NeedsSha1,
}

/// Compares source and destination.
pub(super) fn verdict(compare: Compare, newer: Newer, source: Looks, dest: Looks) -> Verdict {
    let by_time = |threshold_ms: u64, otherwise: bool| {
        let is_apart = source.modified_ms.abs_diff(dest.modified_ms) > threshold_ms;
        let is_older = is_apart && source.modified_ms < dest.modified_ms;
        match newer {
            _ if !is_apart && !otherwise => Verdict::Same,
            Newer::Skip if is_older => Verdict::NewerSkipped,
            Newer::Fail if is_older => Verdict::NewerFails,
            Newer::Skip | Newer::Fail | Newer::Replace => Verdict::Differs,
        }
    };
    let is_longer = source.len != dest.len;
    match compare {
        Compare::Name => Verdict::Same,
        Compare::Size { threshold } if source.len.abs_diff(dest.len) > threshold => {
            Verdict::Differs
        }
        Compare::Size { .. } => Verdict::Same,
        Compare::ModTime { threshold_ms } => by_time(threshold_ms, false),
        Compare::SizeAndModTime { threshold_ms } => by_time(threshold_ms, is_longer),
        Compare::Sha1 { threshold_ms } if is_longer => by_time(threshold_ms, true),
        Compare::Sha1 { threshold_ms } => match (source.sha1, dest.sha1) {
            (Digest::Known(a), Digest::Known(b)) if a == b => Verdict::Same,
            (Digest::Known(_), Digest::Known(_)) => by_time(threshold_ms, true),
            (Digest::Readable, Digest::Known(_)) | (Digest::Known(_), Digest::Readable) => {
                Verdict::NeedsSha1
            }
            (Digest::Unknown, _) | (_, Digest::Unknown) | (Digest::Readable, Digest::Readable) => {
                by_time(threshold_ms, false)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Newer; 3] = [Newer::Fail, Newer::Skip, Newer::Replace];

    fn looks((len, modified_ms): (u64, i64)) -> Looks {
        Looks { len, modified_ms, sha1: Digest::Unknown }
    }

    /// The verdicts of the three modes for newer destinations.
    #[track_caller]
    fn check(compare: Compare, source: (u64, i64), dest: (u64, i64), want: [Verdict; 3]) {
        let got = ALL.map(|newer| verdict(compare, newer, looks(source), looks(dest)));
        assert_eq!(got, want, "{compare:?} {source:?} {dest:?}");
    }

    const SAME: [Verdict; 3] = [Verdict::Same; 3];
    const DIFFERS: [Verdict; 3] = [Verdict::Differs; 3];
    const NEWER: [Verdict; 3] = [Verdict::NewerFails, Verdict::NewerSkipped, Verdict::Differs];

    #[test]
    fn lengths_and_times() {
        let time = Compare::ModTime { threshold_ms: 1 };
        check(time, (1, 5), (2, 6), SAME);
        check(time, (1, 7), (1, 5), DIFFERS);
        check(time, (1, 5), (1, 7), NEWER);
        check(time, (1, i64::MIN), (1, i64::MAX), NEWER);
        let both = Compare::SizeAndModTime { threshold_ms: 1 };
        check(both, (1, 5), (1, 6), SAME);
        check(both, (1, 5), (2, 6), DIFFERS);
        check(both, (1, 5), (2, 7), NEWER);
        let size = Compare::Size { threshold: 1 };
        check(size, (1, 5), (2, 9), SAME);
        check(size, (1, 5), (3, 9), DIFFERS);
        check(Compare::Name, (1, 5), (3, 9), SAME);
    }

    #[test]
    fn a_digest_is_only_asked_for_when_it_decides() {
        let compare = Compare::Sha1 { threshold_ms: 0 };
        let known = |data: &[u8]| Digest::Known(Sha1::of(data));
        let check = |source: Digest, dest: Digest, lens: (u64, u64), times: (i64, i64)| {
            let source = Looks { len: lens.0, modified_ms: times.0, sha1: source };
            let dest = Looks { len: lens.1, modified_ms: times.1, sha1: dest };
            verdict(compare, Newer::Fail, source, dest)
        };
        let (old, new) = ((1, 2), (2, 1));
        assert_eq!(check(Digest::Readable, known(b"a"), (1, 1), new), Verdict::NeedsSha1);
        assert_eq!(check(Digest::Readable, known(b"a"), (1, 2), new), Verdict::Differs);
        assert_eq!(check(known(b"a"), known(b"a"), (1, 1), old), Verdict::Same);
        assert_eq!(check(known(b"a"), known(b"b"), (1, 1), new), Verdict::Differs);
        assert_eq!(check(known(b"a"), known(b"b"), (1, 1), old), Verdict::NewerFails);
        assert_eq!(check(Digest::Readable, Digest::Unknown, (1, 1), (1, 1)), Verdict::Same);
        assert_eq!(check(Digest::Readable, Digest::Unknown, (1, 1), new), Verdict::Differs);
    }
}
