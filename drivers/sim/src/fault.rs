//! What goes wrong, on demand: by script, by chance from a seed, or both.
//!
//! A plan is a list of rules. Each names the requests it is for and what happens to them; in a
//! file it is a JSON array of objects:
//!
//! ```json
//! [
//!   {"op": "b2_upload_part", "nth": 3, "status": 503, "retryAfterS": 2},
//!   {"op": "b2_upload_file", "probability": 0.1, "perUrl": true, "status": 503},
//!   {"op": "b2_finish_large_file", "count": 1, "reset": "after"},
//!   {"op": "b2_copy_file", "nth": 1, "status": 504, "answer": "late", "lateMs": 3000},
//!   {"latencyMs": 20, "tailMs": 2000, "tailProbability": 0.01, "bytesPerSecond": 1000000}
//! ]
//! ```
//!
//! All rules that match a request add up; of outcomes that exclude each other the first counts.
//! The choice follows from the seed, the operation and how many requests of that operation came
//! before, so requests of one kind do not disturb those of another.

use std::collections::BTreeMap;

use b2_proto::rng::Rng;
use serde::Deserialize;

use crate::service::Op;

/// A rule of a plan. Absent conditions match everything; absent effects do nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rule {
    /// Operation by its name on the wire; `*` or absent for all.
    pub op: Option<String>,
    /// Only the n-th matching request, counted from 1.
    pub nth: Option<u64>,
    /// Skips this many matching requests first.
    pub after: u64,
    /// Stops after this many hits.
    pub count: Option<u64>,
    /// Chance of a hit, 0 to 1; absent means always.
    pub probability: Option<f64>,
    /// Draws the chance once per URL: an upload URL that is hit stays hit, as on a stuck vault.
    pub per_url: bool,

    /// Adds latency to the exchange, in milliseconds.
    pub latency_ms: u64,
    /// Adds up to this much more with [`tail_probability`](Self::tail_probability).
    pub tail_ms: u64,
    /// Chance of the latency's tail.
    pub tail_probability: f64,
    /// Limits the bandwidth of the connection, both ways together.
    pub bytes_per_second: Option<u64>,
    /// Moves the `Date` header by this many milliseconds.
    pub clock_skew_ms: i64,

    /// Refuses the connection.
    pub refuse: bool,
    /// Breaks the connection.
    pub reset: Option<When>,
    /// Ends the answer's body after this many bytes.
    pub cut_after_bytes: Option<u64>,
    /// Stops in the answer's body after this many bytes; the connection stays open.
    pub stall_after_bytes: Option<u64>,
    /// Closes the connection after the answer, which says so.
    pub close: bool,
    /// Ends the life of all account tokens just before the request.
    pub expire_tokens: bool,
    /// Answers with this status.
    pub status: Option<u16>,
    /// Error code of the answer; by default the usual one of the status.
    pub code: Option<String>,
    /// `Retry-After` of the answer.
    pub retry_after_s: Option<u64>,
    /// Body of the answer instead of the service's JSON, as a proxy has its own page.
    pub body: Option<String>,
    /// Whether the error is answered before the request takes effect, as is usual, or after.
    pub answer: Option<When>,
    /// With [`When::Late`]: how long after its answer the request takes effect, in milliseconds.
    pub late_ms: u64,
    /// Answers with a wrong SHA-1.
    pub wrong_digest: bool,
    /// Changes a byte of the downloaded content.
    pub corrupt: bool,
}

/// Before or after the request takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// As if it had never arrived.
    Before,
    /// Only the answer is lost or wrong.
    After,
    /// It takes effect some time after the connection broke or the error was answered, as behind
    /// a proxy that has passed it on.
    Late,
}

/// What happens to one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Injected {
    /// Latency of the exchange.
    pub latency_ms: u64,
    /// Bandwidth of the connection; absent means unlimited.
    pub bytes_per_second: Option<u64>,
    /// Shift of the `Date` header.
    pub clock_skew_ms: i64,
    /// The outcome, when it is not the service's own.
    pub outcome: Option<Outcome>,
    /// How long after a late outcome the request takes effect.
    pub late_ms: u64,
    /// Length at which the answer's body ends.
    pub cut_after_bytes: Option<u64>,
    /// Length at which the answer's body stops for [`STALL_MS`].
    pub stall_after_bytes: Option<u64>,
    /// The answer says that the connection closes.
    pub closes: bool,
    /// Account tokens issued before are expired.
    pub expires_tokens: bool,
    /// The answer tells a wrong SHA-1.
    pub wrong_digest: bool,
    /// A byte of the downloaded content is changed.
    pub corrupt: bool,
}

/// How long a stall lasts: longer than any client waits.
pub const STALL_MS: u64 = 24 * 60 * 60 * 1_000;

/// An outcome that takes the place of the service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The connection is refused.
    Refuse,
    /// The connection breaks.
    Reset(When),
    /// An error is answered.
    Status {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
        /// `Retry-After` in seconds.
        retry_after_s: Option<u64>,
        /// Body instead of the service's JSON.
        body: Option<String>,
        /// Whether the request takes effect first.
        when: When,
    },
}

/// Why a plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not the JSON of a plan.
    #[error("the fault plan is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// An operation nobody knows.
    #[error("the fault plan names an unknown operation: {0}")]
    UnknownOp(String),
}

/// Rules with their counts.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    seed: u64,
    rules: Vec<Tracked>,
    seen: BTreeMap<Option<Op>, u64>,
}

#[derive(Debug, Clone)]
struct Tracked {
    rule: Rule,
    op: Option<Op>,
    matched: u64,
    hits: u64,
}

impl FaultPlan {
    /// A plan under which nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// A plan of the given rules. Fails for operations nobody knows.
    pub fn new(seed: u64, rules: Vec<Rule>) -> Result<Self, PlanError> {
        let track = |rule: Rule| {
            let op = match rule.op.as_deref() {
                None | Some("*") => None,
                Some(name) => {
                    Some(Op::parse(name).ok_or_else(|| PlanError::UnknownOp(name.to_owned()))?)
                }
            };
            Ok(Tracked { rule, op, matched: 0, hits: 0 })
        };
        let rules = rules.into_iter().map(track).collect::<Result<_, PlanError>>()?;
        Ok(Self { seed, rules, seen: BTreeMap::new() })
    }

    /// Reads the JSON form.
    pub fn parse(seed: u64, json: &[u8]) -> Result<Self, PlanError> {
        Self::new(seed, serde_json::from_slice(json)?)
    }

    /// A plan made up from a seed: which kinds of fault there are, and how often, differs from
    /// seed to seed. `strength` is the chance of a fault per request at its worst, 0 to 1.
    pub fn swarm(seed: u64, strength: f64) -> Self {
        let mut rng = Rng::from_seed(seed);
        let mut rules = vec![Rule {
            latency_ms: rng.below(200),
            tail_ms: rng.below(30_000),
            tail_probability: 0.02 * fraction(&mut rng),
            bytes_per_second: Some(10_000 << rng.below(16)),
            ..Rule::default()
        }];
        for kind in kinds() {
            if rng.below(3) == 0 {
                let most = strength * kind.probability.unwrap_or(1.0);
                let probability = Some(most * fraction(&mut rng));
                let late_ms = rng.below(kind.late_ms + 1);
                rules.push(Rule { probability, late_ms, ..kind });
            }
        }
        // The hosts of a service agree on the time within seconds.
        if strength > 0.0 && rng.below(4) == 0 {
            let number = usize::try_from(rng.below(Op::ALL.len() as u64)).unwrap_or(0);
            let (op, skew_ms) = (on(Op::ALL[number].name()), rng.below(3_000).cast_signed());
            rules.push(Rule { op, clock_skew_ms: skew_ms - 1_500, ..Rule::default() });
        }
        // Every operation named above is known.
        Self::new(seed, rules).unwrap_or_default()
    }

    /// Decides what happens to a request.
    pub fn decide(&mut self, op: Option<Op>, path: &str) -> Injected {
        if self.rules.is_empty() {
            return Injected::default();
        }
        let seen = self.seen.entry(op).or_insert(0);
        *seen += 1;
        let label = op.map_or("", Op::name);
        let mut rng = Rng::from_seed(mix(self.seed, label, *seen));
        let mut injected = Injected::default();
        for (index, tracked) in self.rules.iter_mut().enumerate() {
            let per_url = Rng::from_seed(mix(self.seed, path, index as u64)).next_u64();
            if tracked.hits(op, &mut rng, per_url) {
                add(&mut injected, &tracked.rule, &mut rng);
            }
        }
        injected
    }
}

impl Tracked {
    fn hits(&mut self, op: Option<Op>, rng: &mut Rng, per_url: u64) -> bool {
        if self.op.is_some() && self.op != op {
            return false;
        }
        self.matched += 1;
        let own = rng.next_u64();
        let drawn = unit(if self.rule.per_url { per_url } else { own });
        let hit = self.matched > self.rule.after
            && self.rule.nth.is_none_or(|nth| self.matched == nth)
            && self.rule.count.is_none_or(|count| self.hits < count)
            && self.rule.probability.is_none_or(|probability| drawn < probability);
        self.hits += u64::from(hit);
        hit
    }
}

fn add(injected: &mut Injected, rule: &Rule, rng: &mut Rng) {
    injected.latency_ms += rule.latency_ms;
    if fraction(rng) < rule.tail_probability {
        injected.latency_ms += rng.below(rule.tail_ms + 1);
    }
    let rates = injected.bytes_per_second.into_iter().chain(rule.bytes_per_second);
    injected.bytes_per_second = rates.min();
    injected.clock_skew_ms += rule.clock_skew_ms;
    injected.wrong_digest |= rule.wrong_digest;
    injected.corrupt |= rule.corrupt;
    let cuts = injected.cut_after_bytes.into_iter().chain(rule.cut_after_bytes);
    injected.cut_after_bytes = cuts.min();
    let stalls = injected.stall_after_bytes.into_iter().chain(rule.stall_after_bytes);
    injected.stall_after_bytes = stalls.min();
    injected.closes |= rule.close;
    injected.expires_tokens |= rule.expire_tokens;
    if injected.outcome.is_none() {
        injected.outcome = outcome(rule);
        injected.late_ms = rule.late_ms;
    }
}

fn outcome(rule: &Rule) -> Option<Outcome> {
    if rule.refuse {
        return Some(Outcome::Refuse);
    }
    if let Some(when) = rule.reset {
        return Some(Outcome::Reset(when));
    }
    rule.status.map(|status| Outcome::Status {
        status,
        code: rule.code.clone().unwrap_or_else(|| usual_code(status).to_owned()),
        retry_after_s: rule.retry_after_s,
        body: rule.body.clone(),
        when: rule.answer.unwrap_or(When::Before),
    })
}

fn usual_code(status: u16) -> &'static str {
    match status {
        401 => "expired_auth_token",
        403 => "transaction_cap_exceeded",
        404 => "not_found",
        408 => "request_timeout",
        409 => "conflict",
        429 => "too_many_requests",
        500 => "internal_error",
        503 => "service_unavailable",
        502 | 504 => "gateway",
        _ => "bad_request",
    }
}

fn on(op: &str) -> Option<String> {
    Some(op.to_owned())
}

/// The kinds of fault a swarm picks from. Those that end jobs at once are rarer by the factor that
/// stands for their probability. What takes effect late does so after up to the time given.
fn kinds() -> Vec<Rule> {
    const LATE_MS: u64 = 20_000;
    let status = |status| Rule { status: Some(status), ..Rule::default() };
    let late = |op| Rule { op: on(op), late_ms: LATE_MS, ..Rule::default() };
    let late_reset = |op| Rule { reset: Some(When::Late), ..late(op) };
    let late_status = |op| Rule { status: Some(504), answer: Some(When::Late), ..late(op) };
    vec![
        Rule { probability: Some(0.05), ..status(403) },
        Rule { probability: Some(0.1), expire_tokens: true, ..Rule::default() },
        Rule { stall_after_bytes: Some(15), ..Rule::default() },
        Rule { refuse: true, ..Rule::default() },
        Rule { reset: Some(When::Before), ..Rule::default() },
        Rule { reset: Some(When::After), ..Rule::default() },
        Rule { cut_after_bytes: Some(20), ..Rule::default() },
        status(408),
        status(500),
        status(503),
        Rule { retry_after_s: Some(3), ..status(503) },
        status(429),
        Rule { retry_after_s: Some(7), ..status(429) },
        Rule { answer: Some(When::After), ..status(500) },
        status(401),
        Rule { code: on("bad_auth_token"), ..status(401) },
        Rule { op: on("b2_upload_part"), per_url: true, ..status(503) },
        Rule { op: on("b2_upload_file"), per_url: true, ..status(503) },
        Rule { op: on("b2_upload_part"), wrong_digest: true, ..Rule::default() },
        Rule { op: on("b2_upload_file"), wrong_digest: true, ..Rule::default() },
        Rule { op: on("b2_download_file_by_name"), corrupt: true, ..Rule::default() },
        Rule { op: on("b2_download_file_by_id"), corrupt: true, ..Rule::default() },
        late_reset("b2_upload_file"),
        late_status("b2_upload_file"),
        late_status("b2_start_large_file"),
        late_status("b2_finish_large_file"),
        late_status("b2_copy_file"),
        late_reset("b2_hide_file"),
    ]
}

fn fraction(rng: &mut Rng) -> f64 {
    unit(rng.next_u64())
}

/// The top 53 bits as a fraction in 0..1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// FNV-1a over what a draw depends on.
fn mix(seed: u64, label: &str, n: u64) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(label.bytes()).chain(n.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(json: &str, requests: usize) -> Vec<u16> {
        let mut plan = FaultPlan::parse(1, json.as_bytes()).expect("plan");
        let mut decide = || match plan.decide(Some(Op::HideFile), "/x").outcome {
            Some(Outcome::Status { status, .. }) => status,
            _ => 200,
        };
        core::iter::repeat_with(&mut decide).take(requests).collect()
    }

    #[test]
    fn rules_hit_where_they_say() {
        let check = |json: &str, expect: &[u16]| {
            assert_eq!(statuses(json, expect.len()), expect, "{json}");
        };
        check(r#"[{"nth": 2, "status": 503}]"#, &[200, 503, 200]);
        check(r#"[{"count": 2, "status": 429}]"#, &[429, 429, 200]);
        check(r#"[{"after": 1, "count": 1, "status": 500}]"#, &[200, 500, 200]);
        check(r#"[{"op": "b2_hide_file", "status": 500}, {"status": 503}]"#, &[500, 500]);
        check(r#"[{"op": "b2_copy_file", "status": 500}]"#, &[200, 200]);
        check(r#"[{"probability": 0, "status": 500}]"#, &[200, 200]);
    }

    #[test]
    fn a_stuck_url_stays_stuck_and_others_do_not() {
        let json = r#"[{"probability": 0.5, "perUrl": true, "status": 503}]"#;
        let mut plan = FaultPlan::parse(3, json.as_bytes()).expect("plan");
        let mut kinds = std::collections::BTreeSet::new();
        for url in 0..50 {
            let path = format!("/url/{url}");
            let first = plan.decide(Some(Op::UploadPart), &path);
            kinds.insert(first.outcome.is_some());
            assert!((0..5).all(|_| plan.decide(Some(Op::UploadPart), &path) == first));
        }
        assert_eq!(kinds.len(), 2);
    }

    #[test]
    fn unknown_fields_and_operations_are_refused() {
        assert!(FaultPlan::parse(0, br#"[{"opp": "b2_hide_file"}]"#).is_err());
        assert!(FaultPlan::parse(0, br#"[{"op": "b2_make_coffee"}]"#).is_err());
    }

    #[test]
    fn a_seed_fixes_the_plan() {
        for seed in 0..20 {
            let (mut a, mut b) = (FaultPlan::swarm(seed, 0.5), FaultPlan::swarm(seed, 0.5));
            for _ in 0..50 {
                let op = Some(Op::UploadPart);
                assert_eq!(a.decide(op, "/u"), b.decide(op, "/u"));
            }
        }
    }
}
