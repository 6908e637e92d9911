//! What must hold at every step.

use std::collections::BTreeMap;

use b2_proto::machine::engine::JobId;
use serde_json::Value;

use crate::exchange::{End, Exchange, Told};

pub(crate) mod errors;
mod logins;
pub(crate) mod repeats;
pub(crate) mod secrets;
mod urls;

use repeats::{Needs, Sent};
use secrets::Secrets;

/// The name of the login.
pub(crate) const LOGIN: &str = "b2_authorize_account";

/// All checkers of one run.
#[derive(Debug, Default)]
pub(crate) struct Checkers {
    urls: urls::Urls,
    logins: logins::Logins,
    jobs: BTreeMap<JobId, Sent>,
    suffered: BTreeMap<JobId, errors::Suffered>,
    pub(crate) secrets: Secrets,
}

impl Checkers {
    /// A request leaves the core.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        self.urls.sent(exchange);
        self.logins.sent(exchange);
        self.jobs.entry(exchange.job).or_default().sent(exchange);
    }

    /// Its final input is about to be told.
    pub(crate) fn settled(&mut self, exchange: &Exchange, told: &Told) {
        let is_lie = exchange.is_upload() && exchange.injected.wrong_digest;
        let end = match told.end() {
            end if end.is_success() && is_lie => End::Lie,
            end => end,
        };
        let body = if let Told::Response { answer, .. } = told { &answer.body[..] } else { &[] };
        let code = serde_json::from_slice::<Value>(body).unwrap_or_default();
        self.secrets.learn(body);
        self.urls.settled(exchange, end);
        self.logins.settled(exchange, end, code["code"].as_str().unwrap_or_default());
        self.jobs.entry(exchange.job).or_default().settled(exchange.operation, end);
        self.suffered(exchange.job).note(exchange, end);
    }

    /// The core does not want its answer any more.
    pub(crate) fn aborted(&mut self, exchange: &Exchange) {
        self.urls.aborted(exchange);
        self.logins.aborted(exchange);
    }

    /// A buffer or a digest of a job ended.
    pub(crate) fn settled_locally(&mut self, job: JobId, end: End) {
        self.suffered(job).note_local(end);
    }

    /// What a job has suffered so far.
    pub(crate) fn suffered(&mut self, job: JobId) -> &mut errors::Suffered {
        self.suffered.entry(job).or_default()
    }

    /// A job has ended that needs so much.
    pub(crate) fn ended(&self, job: JobId, needs: &Needs) {
        if let Some(sent) = self.jobs.get(&job) {
            sent.check(job, needs);
        }
    }

    /// The run is over.
    pub(crate) fn over(&self) {
        let refusals = self.jobs.values().map(|sent| sent.token_refusals).sum();
        if let Some(logins) = self.jobs.get(&JobId::LOGIN) {
            logins.check_logins(refusals);
        }
    }
}
