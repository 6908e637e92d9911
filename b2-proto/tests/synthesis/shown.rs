//! Plans as the vectors write them.

use b2_proto::plan::synthesis::{Origin, Part, Piece, Plan, SynthesisError};
use serde_json::{Value, json};

pub(crate) fn shown(plan: &Result<Plan, SynthesisError>) -> Value {
    match plan {
        Ok(plan) => file(plan.parts().map(|each| part(&each))),
        Err(error) => wrong(error),
    }
}

pub(crate) fn wrong(error: &SynthesisError) -> Value {
    if let SynthesisError::Hole { from, to } = error {
        return json!({"error": "hole", "from": from, "to": to});
    }
    let is_unsorted = matches!(error, SynthesisError::Unsorted { .. });
    assert!(is_unsorted || *error == SynthesisError::Empty, "{error}");
    json!({"error": if is_unsorted { "unsorted" } else { "empty" }})
}

/// A part as the vectors write it, and how many of its kind there are.
pub(crate) type Shown = (Value, u64);

pub(crate) fn part<J: AsRef<[Piece]>>(part: &Part<J>) -> Shown {
    let one = |kind, piece: &Piece| json!([kind, piece.intent, piece.offset, piece.len]);
    let shown = match part {
        Part::Send(piece) => one("s", piece),
        Part::Copy(piece) => one("c", piece),
        Part::Join(pieces) => {
            let pieces = pieces.as_ref();
            let is_join = pieces.len() > 1 || pieces.iter().any(|p| p.origin == Origin::Remote);
            assert!(is_join, "{pieces:?}");
            let pieces = pieces.iter().map(|piece| json!([piece.intent, piece.offset, piece.len]));
            json!(["j", pieces.collect::<Vec<_>>()])
        }
    };
    (shown, 1)
}

pub(crate) fn file(parts: impl Iterator<Item = Shown>) -> Value {
    let mut count = 0_u64;
    let mut runs: Vec<Shown> = Vec::new();
    for (part, one) in parts {
        count += 1;
        match runs.last_mut() {
            Some((last, many)) if follows(last, *many, &part) => *many += one,
            _ => runs.push((part, one)),
        }
    }
    let kind = if count == 1 { "single" } else { "large" };
    let written = runs.into_iter().map(|(mut part, many)| {
        if let (2.., Value::Array(fields)) = (many, &mut part) {
            fields.push(many.into());
        }
        part
    });
    json!({"kind": kind, "n": count, "parts": written.collect::<Vec<_>>()})
}

fn follows(last: &Value, many: u64, part: &Value) -> bool {
    let [Some(from), Some(len)] = [last[2].as_u64(), last[3].as_u64()] else { return false };
    part[0] == last[0]
        && part[1] == last[1]
        && part[2].as_u64() == Some(from + many * len)
        && part[3].as_u64() == Some(len)
}
