//! Whether a file has to be copied (behaviour f.8).

use crate::args::{Compare, SyncArgs};

/// What is compared of a file, on either side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Looks {
    pub(super) len: u64,
    /// Milliseconds since 1970; uploaders may have noted earlier times.
    pub(super) modified_ms: i64,
}

/// What comparing the two sides of a name gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Same,
    Copy,
    /// The destination is newer, and nothing was said about that case.
    DestinationNewer,
}

/// Compares source and destination by the options.
///
/// Besides what the reference looks at, the same time with another size counts as different:
/// leaving such a file out would lose a change.
pub(super) fn verdict(args: &SyncArgs, source: Looks, destination: Looks) -> Verdict {
    let differs = |a: u64, b: u64| a.abs_diff(b) > args.compare_threshold;
    let is_longer = match args.compare_versions {
        Compare::None => return Verdict::Same,
        Compare::Size => differs(source.len, destination.len),
        Compare::ModTime => {
            let apart_ms = source.modified_ms.abs_diff(destination.modified_ms);
            if apart_ms <= args.compare_threshold {
                source.len != destination.len
            } else if source.modified_ms > destination.modified_ms || args.replace_newer {
                true
            } else if args.skip_newer {
                false
            } else {
                return Verdict::DestinationNewer;
            }
        }
    };
    if is_longer { Verdict::Copy } else { Verdict::Same }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Sync {
        #[command(flatten)]
        args: SyncArgs,
    }

    #[test]
    fn what_differs_is_copied() {
        let check = |options: &str, source: (u64, i64), destination: (u64, i64), want| {
            let words = ["sync", "a", "b2://b"].into_iter().chain(options.split_whitespace());
            let args = Sync::parse_from(words).args;
            let looks = |(len, modified_ms)| Looks { len, modified_ms };
            let got = verdict(&args, looks(source), looks(destination));
            assert_eq!(got, want, "{options} {source:?} {destination:?}");
        };
        check("", (1, 5), (1, 5), Verdict::Same);
        check("", (1, 6), (1, 5), Verdict::Copy);
        check("", (2, 5), (1, 5), Verdict::Copy);
        check("", (1, 4), (1, 5), Verdict::DestinationNewer);
        check("--skip-newer", (1, 4), (2, 5), Verdict::Same);
        check("--replace-newer", (1, 4), (1, 5), Verdict::Copy);
        check("--compare-threshold 1", (1, 4), (1, 5), Verdict::Same);
        check("", (1, -5), (1, i64::MIN), Verdict::Copy);
        check("--compare-versions size", (1, 4), (1, 9), Verdict::Same);
        check("--compare-versions size", (1, 4), (2, 4), Verdict::Copy);
        check("--compare-versions size --compare-threshold 1", (1, 4), (2, 4), Verdict::Same);
        check("--compare-versions none", (1, 4), (2, 9), Verdict::Same);
    }
}
