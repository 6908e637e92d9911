//! The reference's line on a terminal: overwritten in place, blanked for what is printed.

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use b2_local::filter::Filters;
use b2_local::sync::Place;
use b2_local::walk::{Entry, Symlinks, Walk, WalkOptions};

use super::options::filters;
use super::status::Status;
use crate::args::SyncArgs;
use crate::failure::Failure;

/// A line at the end of standard output.
pub(super) struct Ticker {
    began: Instant,
    counted: Arc<Counted>,
    /// Characters of it that are on the terminal.
    len: AtomicUsize,
}

#[derive(Default)]
struct Counted {
    files: AtomicU64,
    is_all: AtomicBool,
    /// Nobody looks any more.
    is_over: AtomicBool,
}

impl Ticker {
    /// Begins to count the files of a source folder, as the sync walks it; nothing where there is
    /// no terminal.
    pub(super) fn new(args: &SyncArgs, source: &Place) -> Result<Option<Self>, Failure> {
        if !io::stdout().is_terminal() {
            return Ok(None);
        }
        let counted = Arc::new(Counted::default());
        if let Place::Folder(root) = source {
            let (root, counted) = (root.clone(), counted.clone());
            let (filters, is_skipped) = (filters(args, source)?, args.exclude_all_symlinks);
            let symlinks = if is_skipped { Symlinks::Skip } else { Symlinks::Follow };
            let options = WalkOptions { symlinks, ..WalkOptions::default() };
            std::thread::spawn(move || counted.count(root, options, filters));
        }
        Ok(Some(Self { began: Instant::now(), counted, len: AtomicUsize::new(0) }))
    }

    pub(super) fn draw(&self, status: Status) {
        let counted = &self.counted;
        let is_all = counted.is_all.load(Ordering::Relaxed);
        let files = counted.files.load(Ordering::Relaxed).max(status.compared);
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = status.bytes.saturating_mul(1_000) / ms;
        let text = Status { counted: (files, is_all), rate, ..status }.to_string();
        let width = self.len.swap(text.chars().count(), Ordering::Relaxed);
        put(&format!("{text:<width$}\r"));
    }

    /// Takes the line away until it is drawn again.
    pub(super) fn blank(&self) {
        let width = self.len.swap(0, Ordering::Relaxed);
        if width > 0 {
            put(&format!("{:<width$}\r", ""));
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.counted.is_over.store(true, Ordering::Relaxed);
    }
}

impl Counted {
    /// Trouble is told by the walk that is synchronized.
    fn count(&self, root: PathBuf, options: WalkOptions, filters: Filters) {
        let Ok(walk) = Walk::filtered(root, options, filters) else { return };
        for entry in walk {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let is_file = matches!(entry, Entry::File(_));
            self.files.fetch_add(u64::from(is_file), Ordering::Relaxed);
        }
        self.is_all.store(true, Ordering::Relaxed);
    }
}

/// A terminal that is gone is no trouble of the sync's.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
