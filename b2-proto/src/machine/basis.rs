//! What the service has that a file could be built from: its newest version, and the manifest of
//! that version's blocks.
//!
//! ```text
//! Undecided ─► Looking ─► Asking ─► Fetching ─► Ended
//!     └───────────┴──────────┴────────────────────►│
//! ```

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::Event;
use crate::machine::incremental::newest;
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::{Gate, Session};
use crate::machine::single::Single;
use crate::machine::{Accept, Action, Input, Machine};
use crate::model::Capability;
use crate::op::ListFileNames;
use crate::op::list_file_names::FileNamesPage;
use crate::op::new_file::NewFile;
use crate::plan::blocks::{Manifest, ManifestError};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use alloc::boxed::Box;

mod cost;
mod fetch;
mod found;
mod keeping;
mod steps;

use fetch::FetchManifest;
pub use found::{Basis, NoBasis};

/// Apart from the slots of what comes before and after it.
const SLOTS: [u16; 3] = [LOGIN_SLOT - 10, LOGIN_SLOT - 11, LOGIN_SLOT - 12];

/// Finds out what the service has of a file: one or two small listings, and the manifest.
///
/// ```
/// use b2_proto::machine::basis::FindBasis;
/// use b2_proto::op::new_file::NewFile;
///
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "disks/a.img");
/// let job = FindBasis::new(file, 12_000_000);
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct FindBasis {
    file: NewFile,
    /// Length of the file that is to be uploaded.
    len: u64,
    found: Basis,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Undecided,
    /// For the newest version.
    Looking(Box<Single<ListFileNames>>),
    /// For the manifest's version.
    Asking(Box<Single<ListFileNames>>),
    Fetching(Box<Single<FetchManifest>>),
    Ended(Option<Result<Basis, Error>>),
}

/// How the work of a stage has ended.
enum Ended {
    Looking(Result<FileNamesPage, Error>),
    Asking(Result<FileNamesPage, Error>),
    Fetching(Result<Result<Manifest, ManifestError>, Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Looking($machine) => $do,
            Stage::Asking($machine) => $do,
            Stage::Fetching($machine) => $do,
            Stage::Undecided | Stage::Ended(_) => $otherwise,
        }
    };
}

impl FindBasis {
    /// A job for a file of `len` bytes that is to be uploaded like this.
    pub const fn new(file: NewFile, len: u64) -> Self {
        Self { file, len, found: Basis::NOTHING, stage: Stage::Undecided }
    }

    /// Decides whether to look, as far as the session allows; whether something was decided.
    fn begin(&mut self, cx: &mut Session) -> bool {
        if let Err(error) = self.file.check() {
            self.end(Err(error));
            return true;
        }
        let part_len_min = match (cx.gate(), cx.grant()) {
            (Gate::Open(_), Some(grant)) => grant.part_len_min,
            (Gate::Closed, _) => {
                cx.note_no_login();
                self.end(Err(cx.take_error()));
                return true;
            }
            (Gate::Open(_) | Gate::Wait, _) => return false,
        };
        self.found.part_len_min = part_len_min;
        // A login that is not known whole is not known to lack anything.
        let allowed = cx.account().map(|account| &account.storage_api.allowed);
        let may = |capability| allowed.is_none_or(|allowed| allowed.permits(&capability));
        if !may(Capability::ListFiles) || !may(Capability::ReadFiles) {
            self.nothing(NoBasis::NotAllowed);
        } else if self.len <= part_len_min {
            self.nothing(NoBasis::TooShort);
        } else {
            self.stage = Stage::Looking(self.ask(self.file.name(), SLOTS[0]));
        }
        true
    }

    fn ask(&self, name: &str, slot: u16) -> Box<Single<ListFileNames>> {
        Box::new(Single::new(newest(self.file.bucket_id(), name)).in_slot(slot))
    }

    /// Ends without a manifest.
    fn nothing(&mut self, why: NoBasis) {
        // That a key is missing is known before it is known that there is no manifest either.
        self.found.lacks.get_or_insert(why);
        let found = core::mem::replace(&mut self.found, Basis::NOTHING);
        self.end(Ok(found));
    }

    fn end(&mut self, result: Result<Basis, Error>) {
        self.stage = Stage::Ended(Some(result));
    }

    /// Takes the end of the machine that did the work; whether it has ended.
    fn move_on(&mut self) -> bool {
        let ended = match &mut self.stage {
            Stage::Looking(look) => look.outcome().map(Ended::Looking),
            Stage::Asking(ask) => ask.outcome().map(Ended::Asking),
            Stage::Fetching(fetch) => fetch.outcome().map(Ended::Fetching),
            Stage::Undecided | Stage::Ended(_) => None,
        };
        match ended {
            None => return false,
            Some(Ended::Looking(Ok(page))) => self.looked(page),
            Some(Ended::Asking(Ok(page))) => self.asked(page),
            Some(Ended::Fetching(Ok(manifest))) => self.fetched(manifest),
            Some(Ended::Looking(Err(e)) | Ended::Asking(Err(e)) | Ended::Fetching(Err(e))) => {
                self.failed(e);
            }
        }
        true
    }
}

impl Machine for FindBasis {
    type Output = Basis;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn begins with a further machine, and there are only so many.
        loop {
            if let Stage::Undecided = self.stage
                && !self.begin(cx)
            {
                return false;
            }
            if delegate!(&mut self.stage, machine => machine.decide(cx, now), false) {
                return true;
            }
            if !self.move_on() {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(&mut self.stage, machine => machine.action(cx), None)
    }

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let refused = Accept::Collect { len_max: 0 };
        delegate!(&mut self.stage, m => m.accept(cx, now, id, status, headers), refused)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(&mut self.stage, machine => machine.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(&self.stage, machine => machine.poll_deadline(cx), None)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        let is_undecided = matches!(self.stage, Stage::Undecided);
        delegate!(&self.stage, machine => machine.waits_for_login(cx), is_undecided)
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(&mut self.stage, machine => machine.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        if let Stage::Undecided = self.stage {
            self.end(Err(Error::cancelled()));
        }
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        match &mut self.stage {
            Stage::Ended(result) => result.take(),
            Stage::Undecided | Stage::Looking(_) | Stage::Asking(_) | Stage::Fetching(_) => None,
        }
    }
}
