//! One line of the output.

use b2_proto::plan::synthesis::{Part, Piece};
use serde::ser::{Serialize, SerializeSeq as _, Serializer};
use serde_json::Value;

/// What became of one line.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Planned {
    pub(crate) id: Value,
    pub(crate) out: Out,
    /// The service would refuse so many.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub(crate) too_many_parts: bool,
}

#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Out {
    File(File),
    Hole { error: &'static str, from: u64, to: u64 },
    Error { error: &'static str },
}

/// A plan, with equal parts in a row written as one.
#[derive(Debug, Default)]
pub(crate) struct File {
    count: u64,
    runs: Vec<Run>,
}

#[derive(Debug)]
enum Run {
    Equal { kind: &'static str, piece: Piece, count: u64 },
    Join(Vec<Piece>),
}

impl File {
    pub(crate) fn new<'p>(parts: impl Iterator<Item = Part<&'p [Piece]>>) -> Self {
        let mut file = Self::default();
        parts.for_each(|part| file.add(&part));
        file
    }

    pub(crate) fn add<J: AsRef<[Piece]>>(&mut self, part: &Part<J>) {
        self.count += 1;
        let (kind, piece) = match part {
            Part::Send(piece) => ("s", *piece),
            Part::Copy(piece) => ("c", *piece),
            Part::Join(pieces) => return self.runs.push(Run::Join(pieces.as_ref().to_vec())),
        };
        if let Some(Run::Equal { kind: before, piece: first, count }) = self.runs.last_mut() {
            let next = Piece { offset: first.offset + *count * first.len, ..*first };
            if *before == kind && next == piece {
                *count += 1;
                return;
            }
        }
        self.runs.push(Run::Equal { kind, piece, count: 1 });
    }
}

impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Shown<'f> {
            kind: &'static str,
            n: u64,
            parts: &'f [Run],
        }
        let kind = if self.count > 1 { "large" } else { "single" };
        Shown { kind, n: self.count, parts: &self.runs }.serialize(serializer)
    }
}

impl Serialize for Run {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let range = |piece: &Piece| (piece.intent, piece.offset, piece.len);
        match self {
            Self::Join(pieces) => {
                let mut seq = serializer.serialize_seq(Some(2))?;
                seq.serialize_element("j")?;
                seq.serialize_element(&pieces.iter().map(range).collect::<Vec<_>>())?;
                seq.end()
            }
            Self::Equal { kind, piece, count } => {
                let (intent, from, len) = range(piece);
                let mut seq = serializer.serialize_seq(None)?;
                seq.serialize_element(kind)?;
                seq.serialize_element(&intent)?;
                seq.serialize_element(&from)?;
                seq.serialize_element(&len)?;
                if *count > 1 {
                    seq.serialize_element(count)?;
                }
                seq.end()
            }
        }
    }
}
