//! Jobs on threads: the engine of a client, and who does what it wants done.
//!
//! | module | what |
//! | --- | --- |
//! | [`owner`] | the thread that waits for a job: it carries out its orders, or has workers do it |
//! | [`workers`] | threads for what proceeds in parallel |
//! | [`exchange`] | one request from its first to its last byte |
//! | [`payload`] | bodies that are read and hashed while they are sent |
//! | [`io`] | what a job reads from and writes to |

pub(crate) mod exchange;
pub(crate) mod io;
mod local;
pub(crate) mod owner;
mod payload;
mod workers;

use std::sync::Arc;

use b2_local::claims::Claims;
use b2_local::exchange::pool::Pool;
use b2_local::hub::{Hub, HubSettings};
use b2_proto::error::Error;
use b2_proto::machine::Machine;

use crate::http::Http;
use exchange::Line;
use io::JobIo;
use owner::{Owner, Terms};
use workers::Workers;

/// A client's engine with its connections and threads. A clone is cheap and shares everything.
#[derive(Clone)]
pub(crate) struct Flow {
    shared: Arc<Shared>,
}

struct Shared {
    hub: Arc<Hub<JobIo>>,
    line: Arc<Line>,
    workers: Workers,
}

impl Flow {
    /// An engine without jobs.
    pub(crate) fn new(settings: HubSettings, http: Http) -> Self {
        let (pace, claims) = (settings.pace.clone(), settings.claims.clone());
        let line = Arc::new(Line { http, pool: Pool::default(), pace, claims });
        let workers = Workers::new(line.clone());
        Self { shared: Arc::new(Shared { hub: Hub::new(settings), line, workers }) }
    }

    /// Runs a machine to its end. `len` tells a listener how many bytes were moved then, where
    /// that is known.
    ///
    /// # Errors
    /// Those of the machine.
    pub(crate) fn run<M>(
        &self,
        machine: M,
        io: JobIo,
        terms: Terms<'_>,
        len: impl Fn(&M::Output) -> Option<u64>,
    ) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static,
    {
        let job = self.shared.hub.add(Box::new(machine), io, terms.listener.is_some());
        Owner::new(self, job, terms).attend(len)
    }

    /// The engine, and what is limited and counted for all its jobs.
    pub(crate) fn hub(&self) -> &Hub<JobIo> {
        &self.shared.hub
    }

    /// Where what a job has for itself is claimed.
    pub(crate) fn claims(&self) -> &Claims {
        &self.shared.line.claims
    }

    fn line(&self) -> &Arc<Line> {
        &self.shared.line
    }

    fn workers(&self) -> &Workers {
        &self.shared.workers
    }
}

/// Logins go on without the jobs that wait for them, but not without the client.
impl Drop for Shared {
    fn drop(&mut self) {
        self.hub.close();
    }
}

#[cfg(test)]
mod tests;
