//! One line of the input.

use b2_proto::plan::sizes::Sizes;
use b2_proto::plan::synthesis::Intent;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

/// A file to be planned. Other fields are ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    /// Handed back as it is.
    #[serde(default)]
    pub(crate) id: Value,
    m: u64,
    #[serde(rename = "R")]
    usual: u64,
    #[serde(rename = "M")]
    max: u64,
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(rename = "in")]
    intents: Vec<Given>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    Planned,
    Streaming,
}

impl Case {
    pub(crate) fn sizes(&self) -> Result<Sizes, String> {
        Sizes::new(self.m, self.usual, self.max).map_err(|error| error.to_string())
    }

    pub(crate) fn intents(&self) -> Vec<Intent> {
        self.intents.iter().map(|given| given.0).collect()
    }
}

/// Reads a line; says what is wrong with it.
pub(crate) fn read(line: &[u8]) -> Result<Case, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

/// `["L", at, length]` or `["R", at, length, source offset]`; a length of null is not known.
#[derive(Clone, Copy, Debug)]
struct Given(Intent);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Given;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an intent: [\"L\", at, length] or [\"R\", at, length, source offset]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Given, A::Error> {
        let missing = |index| de::Error::invalid_length(index, &self);
        let kind = fields.next_element::<Kind>()?.ok_or_else(|| missing(0))?;
        let offset = fields.next_element()?.ok_or_else(|| missing(1))?;
        let len: Option<u64> = fields.next_element()?.ok_or_else(|| missing(2))?;
        // Where a remote source begins makes no difference to a plan.
        while fields.next_element::<IgnoredAny>()?.is_some() {}
        let intent = match kind {
            Kind::L => Intent::local(offset, 0),
            Kind::R => Intent::remote(offset, 0),
        };
        Ok(Given(Intent { len, ..intent }))
    }
}

#[derive(Deserialize)]
enum Kind {
    L,
    R,
}
