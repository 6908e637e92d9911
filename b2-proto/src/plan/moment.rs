//! Which versions of a bucket were visible at a moment of the past.

use alloc::string::String;

use crate::model::FileVersion;

/// Goes through the versions of a bucket in the order of their listing, name by name and the newest
/// of each first, and tells for each whether it was what its name stood for at a moment.
///
/// A name that was hidden then stands for nothing, and what was not finished never does. What has
/// been deleted since is gone and cannot be told.
///
/// ```
/// use b2_proto::model::{FileAction, FileVersion};
/// use b2_proto::plan::moment::Moment;
///
/// let version = |name, action, at| {
///     let mut version = FileVersion::new("account", "bucket", "id", name, action);
///     version.upload_timestamp_ms = at;
///     version
/// };
/// let rows = [
///     version("a", FileAction::Upload, 9),
///     version("a", FileAction::Upload, 5),
///     version("a", FileAction::Upload, 1),
///     version("b", FileAction::Hide, 4),
///     version("b", FileAction::Upload, 2),
/// ];
/// let mut moment = Moment::new(6);
/// let seen: Vec<u64> =
///     rows.iter().filter(|it| moment.sees(it)).map(|it| it.upload_timestamp_ms).collect();
/// assert_eq!(seen, [5]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    ms: u64,
    /// The name that is decided about.
    decided: Option<String>,
}

impl Moment {
    /// A moment in milliseconds since the Unix epoch; versions uploaded in it count.
    pub const fn new(ms: u64) -> Self {
        Self { ms, decided: None }
    }

    /// Whether the next version was the visible one of its name.
    pub fn sees(&mut self, version: &FileVersion) -> bool {
        let is_there = version.is_finished() || version.is_hide_marker();
        let is_decided = self.decided.as_deref() == Some(version.file_name.as_str());
        if is_decided || !is_there || version.upload_timestamp_ms > self.ms {
            return false;
        }
        self.decided = Some(version.file_name.clone());
        version.is_finished()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileAction;

    #[test]
    fn what_was_hidden_or_unfinished_then_is_not_seen() {
        let version = |name: &str, action, at| {
            let mut version = FileVersion::new("a", "b", "f", name, action);
            version.upload_timestamp_ms = at;
            version
        };
        let rows = [
            version("a", FileAction::Start, 6),
            version("a", FileAction::Upload, 5),
            version("b", FileAction::Hide, 6),
            version("b", FileAction::Upload, 5),
            version("c", FileAction::Hide, 7),
            version("c", FileAction::Upload, 5),
            version("d", FileAction::Upload, 7),
        ];
        let seen = |ms| {
            let mut moment = Moment::new(ms);
            let seen = rows.iter().filter(|it| moment.sees(it)).map(|it| it.file_name.as_str());
            seen.collect::<alloc::vec::Vec<&str>>()
        };
        assert_eq!(seen(4), [""; 0]);
        assert_eq!(seen(5), ["a", "b", "c"]);
        assert_eq!(seen(6), ["a", "c"]);
        assert_eq!(seen(7), ["a", "d"]);
    }
}
