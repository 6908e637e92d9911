//! Plans one file as the arguments say.

use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Priority, Synthesis, SynthesisError};
use clap::{Parser, ValueEnum};

use crate::input::{Case, Mode};
use crate::output::{File, Out, Planned};

/// Plans files built from local data and ranges of files that B2 already has.
///
/// Reads JSON lines with fields m, R, M (minimum, recommended, maximum part), mode (planned or
/// streaming) and in (the intents), and writes a line with id and out for each.
#[derive(Debug, Parser)]
#[command(name = "b2-plan", version)]
pub(crate) struct Options {
    /// Which source is taken where local and remote ones overlap.
    #[arg(long, value_enum, default_value_t = Prioritize::Reference)]
    prioritize: Prioritize,
    /// Of all plans takes one that sends and fetches the fewest bytes.
    #[arg(long, conflicts_with = "prioritize")]
    least_transfer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Prioritize {
    Reference,
    Local,
    Remote,
    #[value(name = "local_verification", alias = "local-verification")]
    LocalVerification,
}

impl From<Prioritize> for Priority {
    fn from(given: Prioritize) -> Self {
        match given {
            Prioritize::Reference => Self::Reference,
            Prioritize::Local => Self::Local,
            Prioritize::Remote => Self::Remote,
            Prioritize::LocalVerification => Self::LocalVerification,
        }
    }
}

/// Plans one file; says what is wrong with the input when that is no file at all.
///
/// Where no sizes are legal with which the service would take the parts, the plan is the one of the
/// sizes given, marked with `too_many_parts`.
pub(crate) fn plan(case: &Case, options: &Options) -> Result<Planned, String> {
    let synthesis = Synthesis::new(case.sizes()?).priority(options.prioritize.into());
    let intents = case.intents();
    let (out, too_many_parts) = match file(&synthesis, case.mode, &intents, options) {
        Err(SynthesisError::TooManyParts { .. }) => {
            let synthesis = synthesis.parts_max(u32::MAX);
            (file(&synthesis, case.mode, &intents, options), true)
        }
        out => (out, false),
    };
    let out = out.map_or_else(|error| refused(&error), |file| Ok(Out::File(file)))?;
    Ok(Planned { id: case.id.clone(), out, too_many_parts })
}

fn file(
    synthesis: &Synthesis,
    mode: Mode,
    intents: &[Intent],
    options: &Options,
) -> Result<File, SynthesisError> {
    let whole = synthesis.in_order(mode == Mode::Streaming);
    if options.least_transfer {
        let plan = whole.least_transfer(intents, &Weights::default())?;
        return Ok(File::new(plan.parts()));
    }
    if mode == Mode::Streaming && options.prioritize == Prioritize::Reference {
        let mut file = File::default();
        for part in synthesis.stream(intents.iter().copied()) {
            file.add(&part?);
        }
        return Ok(file);
    }
    Ok(File::new(whole.plan(intents)?.parts()))
}

fn refused(error: &SynthesisError) -> Result<Out, String> {
    match *error {
        SynthesisError::Hole { from, to } => Ok(Out::Hole { error: "hole", from, to }),
        SynthesisError::Unsorted { .. } => Ok(Out::Error { error: "unsorted" }),
        SynthesisError::Empty => Ok(Out::Error { error: "empty" }),
        SynthesisError::UnknownLength { .. } => Ok(Out::Error { error: "unknown_length" }),
        SynthesisError::TooLarge { .. } => Ok(Out::Error { error: "too_large" }),
        SynthesisError::PartTooLong { .. } => Ok(Out::Error { error: "part_too_long" }),
        SynthesisError::TooManyPieces { .. } => Ok(Out::Error { error: "too_many_pieces" }),
        SynthesisError::TooManyParts { .. }
        | SynthesisError::TooManyIntents
        | SynthesisError::BufferTooShort { .. }
        | SynthesisError::Sizes(_) => Err(error.to_string()),
        _ => Err(error.to_string()),
    }
}
