//! What must hold at every step, each in a file named after it.

use std::collections::BTreeMap;

use b2_proto::error::Error;
use b2_proto::machine::engine::{AnyOutput, JobId};
use b2_proto::policy::meter::Meter;
use serde_json::Value;

use crate::exchange::{End, Exchange, Told};
use crate::who::Who;

mod attempts;
mod bill_is_kept;
mod buffers_fit;
pub(crate) mod changes_are_noticed;
pub(crate) mod downloads_are_whole;
pub(crate) mod effects_are_told;
pub(crate) mod errors_are_explained;
mod files_have_one_owner;
pub(crate) mod guards_are_kept;
pub(crate) mod ids_are_used_once;
pub(crate) mod leftovers_have_reasons;
mod logins_are_single;
pub(crate) mod old_or_new;
pub(crate) mod only_refused_go;
pub(crate) mod rates_are_kept;
pub(crate) mod removals_have_reasons;
pub(crate) mod repeats_have_reasons;
pub(crate) mod runs_end;
pub(crate) mod secrets_stay;
pub(crate) mod suffered;
pub(crate) mod troubles_are_single;
mod urls_are_used_once;
pub(crate) mod versions_match_outcomes;
pub(crate) mod work_is_kept;

use repeats_have_reasons::{Needs, Sent};
use secrets_stay::Secrets;
use suffered::Suffered;

/// The name of the login.
pub(crate) const LOGIN: &str = "b2_authorize_account";

/// All checkers of one run.
#[derive(Debug, Default)]
pub(crate) struct Checkers {
    urls: urls_are_used_once::Urls,
    logins: logins_are_single::Logins,
    owners: files_have_one_owner::Owners,
    jobs: BTreeMap<Who, Sent>,
    suffered: BTreeMap<Who, Suffered>,
    changes: changes_are_noticed::Changes,
    pub(crate) ids: ids_are_used_once::Ids,
    pub(crate) buffers: buffers_fit::Buffers,
    pub(crate) bill: bill_is_kept::Bill,
    pub(crate) old_or_new: old_or_new::OldOrNew,
    pub(crate) ends: runs_end::Ends,
    pub(crate) secrets: Secrets,
    /// The client's clock is so wrong that what was answered counts as failed.
    pub(crate) is_skewed: bool,
}

impl Checkers {
    /// A request leaves the core.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        self.urls.sent(exchange);
        self.logins.sent(exchange);
        self.owners.sent(exchange);
        self.bill.sent(exchange);
        self.jobs.entry(exchange.who).or_default().sent(exchange);
        let has_budget = self.bill.budget.is_some();
        let suffered = self.suffered(exchange.who);
        suffered.sent(exchange);
        suffered.may_not_ask = has_budget;
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
        self.jobs.entry(exchange.who).or_default().settled(exchange.operation, end);
        self.changes.settled(exchange.who, end);
        self.suffered(exchange.who).note(exchange, told, end);
    }

    /// The core does not want its answer any more.
    pub(crate) fn aborted(&mut self, exchange: &Exchange) {
        self.urls.aborted(exchange);
        self.logins.aborted(exchange);
    }

    /// A buffer or a digest of a job ended.
    pub(crate) fn settled_locally(&mut self, who: Who, end: End) {
        self.changes.settled(who, end);
        self.suffered(who).note_local(end);
    }

    /// What a job has suffered so far in one life.
    pub(crate) fn suffered(&mut self, who: Who) -> &mut Suffered {
        self.suffered.entry(who).or_default()
    }

    /// What a job has suffered in all its lives.
    pub(crate) fn suffered_in(&self, lives: &[Who]) -> Suffered {
        let mut all = Suffered::default();
        all.is_skewed = self.is_skewed;
        lives.iter().filter_map(|who| self.suffered.get(who)).for_each(|each| all.add(each));
        let mut logins = lives.iter().filter_map(|who| self.suffered.get(&Who::login(who.life)));
        all.may_not_ask |= logins.any(|login| login.count(LOGIN) > 0);
        all
    }

    /// Logins that failed, in all lives.
    pub(crate) fn login_failures(&self) -> u64 {
        let logins = self.suffered.iter().filter(|(who, _)| who.job == JobId::LOGIN);
        logins.map(|(_, suffered)| suffered.count(LOGIN)).sum()
    }

    /// A job has ended that needs so much.
    pub(crate) fn ended(&mut self, who: Who, needs: &Needs, outcome: &Result<AnyOutput, Error>) {
        let lost = self.suffered.get(&who).map_or(0, |suffered| suffered.lost("b2_upload_file"));
        self.changes.ended(who, outcome, lost > 0);
        self.owners.ended(who);
        self.buffers.ended(who);
        if let Some(sent) = self.jobs.get(&who).filter(|_| !self.is_skewed) {
            sent.check(who, needs);
        }
    }

    /// The client is dead.
    pub(crate) fn die(&mut self) {
        self.buffers.die();
        self.bill.die();
    }

    /// The run is over, and the client has counted so much.
    pub(crate) fn over(&self, meter: &Meter) {
        self.bill.check(meter);
        if self.is_skewed {
            return;
        }
        for (who, logins) in self.jobs.iter().filter(|(who, _)| who.job == JobId::LOGIN) {
            let of_life = self.jobs.iter().filter(|(each, _)| each.life == who.life);
            logins.check_logins(of_life.map(|(_, sent)| sent.token_refusals).sum());
        }
    }
}
