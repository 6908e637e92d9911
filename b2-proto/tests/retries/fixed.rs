//! The reference's three layers (behaviour a.1) as a model, with or without repairs.
//!
//! Without repairs the model must say what the cases say; with them it says what the core is to do
//! instead, and which repairs made a difference.

use std::collections::{BTreeSet, VecDeque};

use b2_proto::error::Cause;
use serde_json::{Value, json};

use super::names::{self, Class};
use super::service::cause;
use crate::common::Case;

/// A login that failed for good ends an upload: going on would need the token that is known to be
/// stale (rule 6 of the contract; spec 3.1: no 401 of a login can be repeated). The cases do not
/// mark it as a defect.
pub(crate) const LOGIN_FAILED: &str = "a failed login is final";

/// A transfer waits longer for a network that is away than for the service: a source that is read
/// once would be lost with it.
pub(crate) const AWAY: &str = "a network that is away is waited for";

/// A connection that is closed under a call is as good as one that is reset (spec 5.2). The finish
/// of a file of thousands of parts must not be lost by it.
pub(crate) const CLOSED: &str = "a connection that was closed is one that broke";

/// A URL that the service believes to be in use is replaced (spec 5.4): serial use does not rule
/// that out.
pub(crate) const IN_USE: &str = "an upload URL in use is replaced";

/// The model at work on one case.
pub(crate) struct Model {
    call: String,
    is_fixed: bool,
    own: VecDeque<Value>,
    get_url: VecDeque<Value>,
    authorize: VecDeque<Value>,
    urls: u32,
    steps: Vec<Value>,
    repairs: BTreeSet<&'static str>,
}

/// What the model says of a case.
pub(crate) struct Said {
    pub(crate) steps: Vec<Value>,
    /// The name of the error if there is one.
    pub(crate) error: Option<&'static str>,
    /// The repairs that were needed: defects of behaviour o, or one of the above.
    pub(crate) repairs: BTreeSet<&'static str>,
}

/// Why a request, or all of its repetitions, failed.
#[derive(Clone, Debug)]
struct Failed {
    class: Class,
    has_code: bool,
    retry_after_s: Option<f64>,
    is_away: bool,
}

type Ended = Result<(), Failed>;

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Own,
    GetUrl,
    Authorize,
}

impl Model {
    /// A model of the reference as it is, or repaired.
    pub(crate) fn new(case: &Case<'_>, is_fixed: bool) -> Self {
        let list = |key: &str| match case.0.get(key) {
            Some(_) => VecDeque::from(case.list::<Value>(key)),
            None => VecDeque::new(),
        };
        Self {
            call: case.str("call").to_owned(),
            is_fixed,
            own: list("responses"),
            get_url: list("get_url_responses"),
            authorize: list("authorize_responses"),
            urls: 0,
            steps: Vec::new(),
            repairs: BTreeSet::new(),
        }
    }

    /// Plays the case.
    pub(crate) fn run(mut self) -> Said {
        let ended = match self.call.as_str() {
            "upload" | "upload_part" => self.upload(),
            "authorize_call" => self.http(Kind::Own, 5),
            "download" | "get_json" => self.session(|model| model.http(Kind::Own, 20)),
            _ => self.session(|model| model.http(Kind::Own, 5)),
        };
        let error = ended.err().map(|failed| names::in_call(&self.call, failed.class.name));
        Said { steps: self.steps, error, repairs: self.repairs }
    }

    /// Whether to do it in the repaired way; notes that it made a difference.
    fn repair(&mut self, repair: &'static str) -> bool {
        if self.is_fixed {
            self.repairs.insert(repair);
        }
        self.is_fixed
    }

    fn upload(&mut self) -> Ended {
        let (mut wait_s, mut away) = (1.0, 0);
        for attempt in 1.. {
            let ended = self.session(|model| {
                model.session(|model| model.http(Kind::GetUrl, 5))?;
                model.urls += 1;
                model.http(Kind::Own, 1)
            });
            let Err(failed) = ended else { return Ok(()) };
            away += u32::from(failed.is_away);
            if self.is_last(attempt, away, 5) {
                return Err(failed);
            }
            if failed.is_away && away > 1 && self.repair(AWAY) {
                self.sleep(wait_s);
                wait_s = longer(wait_s);
            } else if failed.class.name == "TooManyRequests" && self.repair("A2") {
                self.sleep(failed.retry_after_s.unwrap_or(wait_s));
                wait_s = longer(wait_s);
            } else if failed.class.name == "UploadTokenUsedConcurrently" && self.repair(IN_USE) {
                // With another one at once.
            } else if !failed.class.may_retry_upload {
                return Err(failed);
            } else if let Some(wait_s) = failed.retry_after_s
                && self.repair("A3")
            {
                self.sleep(wait_s);
            }
        }
        Ok(())
    }

    /// Whether no attempt is left of `attempts` after so many, of which so many found nobody.
    fn is_last(&mut self, attempt: u32, away: u32, attempts: u32) -> bool {
        attempt >= attempts && (attempt - away >= attempts || !self.repair(AWAY))
    }

    fn session(&mut self, mut call: impl FnMut(&mut Self) -> Ended) -> Ended {
        let Err(failed) = call(self) else { return Ok(()) };
        if may_log_in(&failed) {
            self.http(Kind::Authorize, 5).map_err(|failed| self.refused_login(failed))?;
            return call(self).map_err(|failed| self.explained(failed));
        }
        Err(self.explained(failed))
    }

    /// A1: the reference explains every kind of 401 as a plain one, which uploads repeat.
    fn explained(&mut self, failed: Failed) -> Failed {
        match failed.class.name {
            "EmailNotVerified" | "NoPaymentHistory" if !self.repair("A1") => {
                Failed { class: names::of_answer(401, "", ""), ..failed }
            }
            _ => failed,
        }
    }

    fn refused_login(&mut self, failed: Failed) -> Failed {
        let is_upload = self.call.starts_with("upload");
        if is_upload && failed.class.may_retry_upload && self.repair(LOGIN_FAILED) {
            return Failed { class: failed.class.made_final(), ..failed };
        }
        failed
    }

    fn http(&mut self, kind: Kind, attempts: u32) -> Ended {
        let (mut wait_s, mut away) = (1.0, 0);
        for attempt in 1.. {
            let Err(failed) = self.exchange(kind) else { return Ok(()) };
            away += u32::from(failed.is_away && kind == Kind::GetUrl);
            if self.is_last(attempt, away, attempts) || !failed.class.may_retry {
                return Err(failed);
            }
            self.sleep(failed.retry_after_s.unwrap_or(wait_s));
            wait_s = longer(wait_s);
        }
        Ok(())
    }

    fn exchange(&mut self, kind: Kind) -> Ended {
        let is_upload = self.call.starts_with("upload");
        let (script, step) = match kind {
            Kind::GetUrl => (&mut self.get_url, json!(["get_url"])),
            Kind::Authorize => (&mut self.authorize, json!(["authorize"])),
            Kind::Own if self.call == "authorize_call" => (&mut self.own, json!(["authorize"])),
            Kind::Own if is_upload => (&mut self.own, json!(["send", self.urls])),
            Kind::Own => (&mut self.own, json!(["send"])),
        };
        self.steps.push(step);
        match script.pop_front() {
            Some(answer) => self.judge(&answer, is_upload && kind == Kind::Own),
            None => Ok(()),
        }
    }

    fn judge(&mut self, answer: &Value, is_body: bool) -> Ended {
        let fail = |class, has_code, retry_after_s| Failed {
            class,
            has_code,
            retry_after_s,
            is_away: false,
        };
        let last = |name| Class { name, may_retry: false, may_retry_upload: false };
        match answer["transport"].as_str() {
            Some("dns_bsd") if !self.repair("A4") => {
                return Err(fail(last("UnknownHost"), false, None));
            }
            Some(kind) => {
                let cause = cause(kind);
                let mut class = names::of_cause(cause);
                if cause == Cause::BrokenPipe && !is_body && self.repair(CLOSED) {
                    class.may_retry = true;
                }
                let is_away = !cause.may_have_arrived();
                return Err(Failed { is_away, ..fail(class, false, None) });
            }
            None => {}
        }
        if answer["date"].is_string() {
            return Err(fail(last("BadDateFormat"), false, None));
        }
        if answer["skew_s"].as_i64().unwrap_or(0).abs() > 600 {
            return Err(fail(last("ClockSkew"), false, None));
        }
        let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.unwrap_or_else(|| panic!("no status in {answer}"));
        if matches!(status, 200 | 206) {
            return Ok(());
        }
        let code = answer["code"].as_str().unwrap_or_default();
        let message = answer["message"].as_str().unwrap_or_default();
        let is_waited = matches!(status, 429 | 500..=599);
        let retry_after_s = answer["retry_after"].as_str().filter(|_| is_waited);
        let retry_after_s = retry_after_s.and_then(|text| text.parse::<u32>().ok()).map(f64::from);
        let has_code = !code.is_empty() || answer["raw"].is_string();
        let mut class = names::of_answer(status, code, message);
        if let Some(name) = names::without_pattern(status, code)
            && name != class.name
            && self.repair("A5")
        {
            class.name = name;
        }
        Err(fail(class, has_code, retry_after_s))
    }

    fn sleep(&mut self, wait_s: f64) {
        self.steps.push(json!(["sleep", wait_s]));
    }
}

fn may_log_in(failed: &Failed) -> bool {
    match failed.class.name {
        "InvalidAuthToken" => true,
        "Unauthorized" => !failed.has_code,
        _ => false,
    }
}

fn longer(wait_s: f64) -> f64 {
    (wait_s * 1.5).min(64.0)
}
