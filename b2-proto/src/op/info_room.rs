//! Whether file info has room for what a client adds to it.

use crate::info::HeaderSize;
use crate::limits::INFO_ENTRIES_MAX_OLD;
use crate::op::file_spec::FileSpec;

/// What file info takes of the limits.
#[derive(Clone, Copy)]
struct InfoSum {
    size: HeaderSize,
    entries: usize,
}

impl InfoSum {
    fn with(mut self, key: &str, value: &str) -> Self {
        self.size.add(key, value);
        self.entries += 1;
        self
    }
}

/// The limits that hold if the bucket encrypts or locks by default.
fn is_within_low_limits(sum: InfoSum) -> bool {
    sum.size.check(true).is_ok() && sum.entries <= INFO_ENTRIES_MAX_OLD
}

impl FileSpec<'_> {
    /// Whether one more entry of file info fits even if the bucket encrypts or locks by default.
    pub(crate) fn has_room_for(&self, key: &str, value: &str) -> bool {
        is_within_low_limits(self.info_sum().with(key, value))
    }

    /// Whether one more entry of file info fits where the file would fit without it. One that is
    /// above the lower limits already can only be meant for a bucket that has the higher ones.
    pub(crate) fn has_room_beside(&self, key: &str, value: &str) -> bool {
        let rest = self.info_sum();
        let all = rest.with(key, value);
        if is_within_low_limits(rest) {
            is_within_low_limits(all)
        } else {
            all.size.check(self.has_low_limit()).is_ok()
        }
    }

    fn info_sum(&self) -> InfoSum {
        let mut sum = InfoSum { size: HeaderSize::new(self.name), entries: 0 };
        self.each_info(&mut |key, value| sum = sum.with(key, value));
        sum
    }
}
