//! Identities of plans against those of the reference.

use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::{Intent, Plan, Synthesis};
use b2_proto::wire::text::Sha1;
use serde_json::Value;

use crate::common::{self, Case, Checked, same};
use crate::shown::shown;

#[test]
fn plan_ids() {
    common::run_all("plan_id.jsonl", "kind", check);
}

fn check(kind: &str, case: &Case<'_>) -> Checked {
    let sizes = Sizes::new(case.u64("m"), case.u64("R"), case.u64("M"));
    let sources: Vec<Source> =
        case.field("in").as_array().expect("a list").iter().map(Source::read).collect();
    let intents: Vec<Intent> = sources.iter().map(|source| source.intent).collect();
    let plan = Synthesis::new(sizes.expect("sizes in order")).plan(&intents);
    let shown = shown(&plan);
    same(&shown["kind"], kind)?;
    same(&shown["parts"], case.field("parts"))?;
    let plan = plan.map_err(|error| error.to_string())?;
    let file_id = |intent: u32| sources[intent as usize].text.as_str();
    let digests = || digests(&plan, &sources);
    let id = plan.plan_id(file_id, digests()).map(|id| id.to_string());
    same(id.as_deref(), case.opt_str("plan_id"))?;
    same(plan.has_plan_id(), id.is_some())?;
    if id.is_some() {
        let mut text = String::new();
        plan.write_identity(&mut text, file_id, digests()).map_err(|error| error.to_string())?;
        same(text, case.str("json"))?;
        // Without all digests there is no identity.
        let all = digests();
        let fewer = all.iter().copied().take(all.len().saturating_sub(1));
        same(plan.plan_id(file_id, fewer).is_some(), all.is_empty())?;
    }
    Ok(())
}

struct Source {
    intent: Intent,
    /// The file ID of a remote one.
    text: String,
    /// What a local one has.
    bytes: Vec<u8>,
}

impl Source {
    fn read(value: &Value) -> Self {
        let at = value[1].as_u64().expect("a place");
        if value[0] == "R" {
            let text = value[3].as_str().expect("a file ID").to_owned();
            let intent = Intent::remote(at, value[2].as_u64().expect("a length"));
            return Self { intent, text, bytes: Vec::new() };
        }
        let bytes = match (value[2]["utf8"].as_str(), value[2]["hex"].as_str()) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(hex)) => unhex(hex),
            _ => panic!("{value} has no bytes"),
        };
        Self { intent: Intent::local(at, bytes.len() as u64), text: String::new(), bytes }
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn digests(plan: &Plan, sources: &[Source]) -> Vec<Sha1> {
    let of = |range: b2_proto::plan::synthesis::LocalRange<'_>| {
        let bytes = range.pieces().iter().flat_map(|piece| {
            let from = usize::try_from(piece.offset).expect("a small file");
            let to = usize::try_from(piece.end()).expect("a small file");
            &sources[piece.intent as usize].bytes[from..to]
        });
        Sha1::of(&bytes.copied().collect::<Vec<u8>>())
    };
    plan.plan_id_ranges().map(of).collect()
}
