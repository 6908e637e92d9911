//! Standard output as the place for a file's content.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

/// Standard output, and what is known of it after all was written.
pub(super) struct Watched {
    stdout: io::Stdout,
    seen: Arc<Seen>,
}

/// What was seen of it.
#[derive(Default)]
pub(super) struct Seen {
    is_closed: AtomicBool,
    is_line_open: AtomicBool,
}

impl Watched {
    pub(super) fn new() -> (Self, Arc<Seen>) {
        let seen = Arc::new(Seen::default());
        (Self { stdout: io::stdout(), seen: seen.clone() }, seen)
    }

    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.seen.is_closed.store(true, Ordering::Release);
        }
        result
    }
}

impl Seen {
    /// Whether nobody reads any more, as after `| head`.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Whether what is told next would go on with a line of the content.
    pub(super) fn is_line_open(&self) -> bool {
        self.is_line_open.load(Ordering::Acquire) && io::stdout().is_terminal()
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stdout.write(bytes);
        if let Ok(count @ 1..) = written {
            let is_open = bytes.get(count - 1) != Some(&b'\n');
            self.seen.is_line_open.store(is_open, Ordering::Release);
        }
        self.watch(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stdout.flush();
        self.watch(flushed)
    }
}
