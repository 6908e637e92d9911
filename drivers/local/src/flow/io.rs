//! What a job's requests read from and write to.

use super::sink::SinkHandle;
use super::source::Reader;
use crate::job;

/// Sources, sinks and buffers of one job.
pub type JobIo = job::JobIo<Reader, SinkHandle>;
