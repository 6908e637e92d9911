//! The time of a file that is complete.

use std::fs::{File, FileTimes};
use std::io;
use std::time::SystemTime;

use crate::temp::is_no_such_thing;

/// A time that this file system cannot keep is no reason to lose the content.
pub(super) fn set_time(file: &File, time: Option<SystemTime>) -> io::Result<()> {
    let Some(time) = time else { return Ok(()) };
    match file.set_times(FileTimes::new().set_modified(time).set_accessed(time)) {
        Err(error) if may_lack_time(&error) => Ok(()),
        result => result,
    }
}

/// Some file systems know no such times, and some let nobody set them.
fn may_lack_time(error: &io::Error) -> bool {
    is_no_such_thing(error) || error.kind() == io::ErrorKind::PermissionDenied
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn a_time_that_cannot_be_set_is_forgiven_and_no_other_trouble() {
        for (errno, is_forgiven) in [
            (Errno::INVAL, true),
            (Errno::NOSYS, true),
            (Errno::OPNOTSUPP, true),
            (Errno::PERM, true),
            (Errno::IO, false),
            (Errno::NOSPC, false),
        ] {
            assert_eq!(may_lack_time(&errno.into()), is_forgiven, "{errno}");
        }
    }
}
