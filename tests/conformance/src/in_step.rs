//! A sync as a value, and what came of it.

use b2_local::filter::Filters;
use b2_local::sync::{Action, Event, Pause, Place, Provider, Report, Stop, Summary};
use b2_proto::machine::copy::{CopyTarget, NamedKey, TargetEncryption};
use b2_proto::model::{FileRetention, FileVersion, LegalHold};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::sync::{Direction, Entry as _, Options};
use core::fmt;

use crate::stop::Stop as GiveUp;

/// A sync, with one job at a time. What is `None` or not set stays as the driver has it.
pub struct InStep {
    /// Where files come from.
    pub source: Place,
    /// Where they go.
    pub destination: Place,
    /// Changes the driver's defaults.
    pub change: fn(&mut Options),
    /// Which names take part.
    pub filter: Option<Filters>,
    /// How files are stored and read.
    pub storing: Option<Storing>,
    /// Whether symbolic links of the source are skipped.
    pub skip_symlinks: bool,
    /// The moment at which the source's bucket is read.
    pub as_of_ms: Option<i64>,
    /// Whether nothing is done.
    pub dry_run: bool,
    /// Tells it to stop.
    pub stop: Option<Stop>,
    /// The signal is given when this line is told.
    pub stop_at: Option<&'static str>,
    /// Holds it up.
    pub pause: Option<Pause>,
    /// It is held up when this line is told.
    pub hold_at: Option<&'static str>,
    /// Drops or cancels it.
    pub give_up: Option<GiveUp>,
}

/// How all files of a sync are stored and read.
#[derive(Default)]
#[expect(missing_docs, reason = "each field is what a provider decides")]
pub struct Storing {
    pub encryption: Option<TargetEncryption>,
    pub retention: Option<FileRetention>,
    pub legal_hold: bool,
    pub source_key: Option<NamedKey>,
}

/// What a sync gave.
#[derive(Debug)]
pub struct Synced {
    /// What the driver says about it.
    pub summary: Summary,
    /// What was done, failed or was left, in that order.
    pub lines: Vec<String>,
}

impl InStep {
    /// A sync between two ends with the driver's defaults.
    pub fn between(source: Place, destination: Place) -> Self {
        Self {
            source,
            destination,
            change: |_| {},
            filter: None,
            storing: None,
            skip_symlinks: false,
            as_of_ms: None,
            dry_run: false,
            stop: None,
            stop_at: None,
            pause: None,
            hold_at: None,
            give_up: None,
        }
    }

    /// The same with other options.
    #[must_use]
    pub fn with(self, change: fn(&mut Options)) -> Self {
        Self { change, ..self }
    }
}

impl Provider for Storing {
    fn upload(&self, mut file: NewFile) -> NewFile {
        if let Some(encryption) = &self.encryption {
            file = file.encryption(encryption.clone());
        }
        if let Some(retention) = &self.retention {
            file = file.retention(retention.clone());
        }
        if self.legal_hold { file.legal_hold(true) } else { file }
    }

    fn copy(&self, mut target: CopyTarget, _: &FileVersion) -> CopyTarget {
        if let Some(encryption) = &self.encryption {
            target = target.encryption(encryption.clone());
        }
        if let Some(retention) = &self.retention {
            target = target.retention(retention.clone());
        }
        if self.legal_hold { target.legal_hold(LegalHold::On) } else { target }
    }

    fn source_key(&self, _: &FileVersion) -> Option<NamedKey> {
        self.source_key.clone()
    }
}

/// A line for what happened, for some events.
pub fn line(event: &Event) -> Option<String> {
    let line = |action: &Action| action.line(Direction::Up).to_string();
    Some(match event {
        Event::Done(action) => line(action),
        Event::Failed(action, error) => format!("failed {:?}: {}", error.kind, line(action)),
        Event::Undone(action) => format!("undone: {}", line(action)),
        Event::Left(report, _) => match report {
            Report::HeldBack { entry, why } => format!("kept {why:?}: {}", entry.path()),
            Report::DestinationNewer { source, .. }
            | Report::NotCompared(source)
            | Report::UnsafeName { source, .. }
            | Report::DestinationUnknown(source) => format!("left {}", source.path()),
        },
        Event::Unlisted(side, error) => format!("unlisted {side:?}: {:?}", error.kind),
        Event::Skipped(side, it) => format!("skipped {side:?}: {}: {:?}", it.name, it.reason),
        Event::Contested => "contested".to_owned(),
        Event::Begun { .. }
        | Event::Planned(_)
        | Event::Again { .. }
        | Event::Notice(_)
        | Event::Index(_) => return None,
    })
}

impl fmt::Debug for InStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, destination) = (&self.source, &self.destination);
        write!(f, "InStep {{ {source:?} -> {destination:?} }}")
    }
}

impl fmt::Debug for Storing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storing").finish_non_exhaustive()
    }
}
