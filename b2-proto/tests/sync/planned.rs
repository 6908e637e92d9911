//! Plans a random case to its end.

use b2_proto::plan::sync::{
    Action, Ending, Input, LocalFile, Options, PathFilter, Planner, Report, Step, Totals,
};
use b2_proto::wire::text::Sha1;

use crate::tree::{Item, Side};

/// All that came out of a plan.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) actions: Vec<Action<Item, Item>>,
    pub(crate) reports: Vec<Report<Item, Item>>,
    pub(crate) ending: Ending,
    pub(crate) totals: Totals,
}

/// The inputs of a side in their order; a place comes before an entry of the same name.
pub(crate) fn inputs(side: &Side) -> impl Iterator<Item = Input<Item>> {
    let mut all: Vec<(String, usize, Input<Item>)> = Vec::new();
    for place in &side.places {
        let input = match place.is_unknown {
            true => Input::Unknown(place.path.clone()),
            false => Input::LeftOut(place.path.clone()),
        };
        all.push((place.path.clone(), 0, input));
    }
    for (index, item) in side.items.iter().enumerate() {
        all.push((item.path.clone(), index + 1, Input::Entry(item.clone())));
    }
    all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    all.into_iter().map(|(_, _, input)| input)
}

/// Plans two sides; every hash that is asked for is told.
pub(crate) fn plan(
    options: Options,
    filter: impl PathFilter,
    source: &Side,
    destination: &Side,
) -> Planned {
    let mut planner = Planner::new(options, filter).expect("options");
    drive(&mut planner, inputs(source), inputs(destination), |file| Some(file.digest()))
}

/// Tells the planner what it wants until it has nothing more.
pub(crate) fn drive(
    planner: &mut Planner<Item, Item, impl PathFilter>,
    mut source: impl Iterator<Item = Input<Item>>,
    mut destination: impl Iterator<Item = Input<Item>>,
    hash: impl Fn(&Item) -> Option<Sha1>,
) -> Planned {
    let (mut actions, mut reports) = (Vec::new(), Vec::new());
    loop {
        match planner.step() {
            Step::NeedSource => planner.source(source.next().unwrap_or(Input::End)),
            Step::NeedDestination => {
                planner.destination(destination.next().unwrap_or(Input::End));
            }
            Step::NeedSha1(LocalFile::Source(file) | LocalFile::Destination(file)) => {
                let sha1 = hash(file);
                planner.hashed(sha1);
            }
            Step::Act(action) => actions.push(action),
            Step::Tell(report) => reports.push(report),
            Step::Done(ending) => {
                return Planned { actions, reports, ending, totals: *planner.totals() };
            }
        }
    }
}
