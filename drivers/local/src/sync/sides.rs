//! Both sides of a run as they are listed, and the plan between them.

use std::sync::Arc;

use b2_proto::error::Error;
use b2_proto::name::NameRule;
use b2_proto::plan::sync::{DeleteLimit, Direction, Options, Planner, Times, Totals};

use super::end::{End, Setup};
use super::event::Ending;
use super::feed::Feed;
use super::item::Item;
use super::judging::{PlanRules, Verdicts};
use super::local::Walking;
use super::root::{Root, Roots};
use super::rules::Rules;
use crate::walk::{Symlinks, WalkOptions};

impl Setup {
    /// The limit that the first plan has. A dry run has none, so that all is told.
    const fn delete_limit(&self) -> DeleteLimit {
        if self.is_dry_run { DeleteLimit::Unlimited } else { self.options.delete_limit }
    }

    /// Whether a dry run has told more deletes than are allowed.
    pub(super) fn over_limit(&self, totals: &Totals) -> Option<Ending> {
        if !self.is_dry_run || self.options.delete_limit == DeleteLimit::Unlimited {
            return None;
        }
        let allowed = self.options.delete_limit.allowed(totals.removable);
        let wanted = totals.vanishing;
        (wanted > allowed).then_some(Ending::TooManyDeletes { wanted, allowed })
    }

    pub(super) fn planner(&self) -> Result<Planner<Item, Item, PlanRules>, Error> {
        let options = Options { delete_limit: self.delete_limit(), ..self.options };
        let rules = PlanRules::new(self.rules.clone());
        Planner::new(options, rules).map_err(|it| Error::invalid(&it.to_string()))
    }

    /// The ends that are folders, in which no walk has begun.
    pub(super) fn roots(&self) -> Roots {
        let root = |end: &End| match end {
            End::Folder(path) => Some(Arc::new(Root::new(path.clone()))),
            End::Bucket { .. } => None,
        };
        Roots { source: root(&self.source), destination: root(&self.destination) }
    }

    /// Both sides from their beginning.
    pub(super) fn feeds(&self, roots: &Roots) -> (Feed, Feed) {
        let options = &self.options;
        // Names alone tell less and come faster, but versions decide here.
        let needs_versions = options.as_of_ms.is_some()
            || options.times != Times::default()
            || (!options.keep.keeps_all() && options.direction == Direction::Copy);
        let source = side(&self.source, &roots.source, needs_versions, |root| {
            let walk = WalkOptions { symlinks: self.symlinks, ..WalkOptions::default() };
            Walking::new(root, walk, self.rules.clone(), false)
        });
        let removes = !options.keep.keeps_all();
        let needs_versions = removes;
        let destination = side(&self.destination, &roots.destination, needs_versions, |root| {
            let walk = WalkOptions {
                symlinks: Symlinks::Skip,
                names: NameRule::Service,
                ..WalkOptions::default()
            };
            Walking::new(root, walk, Rules::default(), true)
        });
        let verdicts = || Verdicts::by(&self.rules);
        // They protect what is removed otherwise.
        let of_destination = if removes { verdicts() } else { None };
        (source.judged(verdicts()), destination.judged(of_destination))
    }
}

fn side(
    end: &End,
    root: &Option<Arc<Root>>,
    needs_versions: bool,
    walking: impl FnOnce(Arc<Root>) -> Walking,
) -> Feed {
    match end {
        End::Folder(path) => {
            let root = root.clone().unwrap_or_else(|| Arc::new(Root::new(path.clone())));
            Feed::folder(walking(root))
        }
        End::Bucket { id, prefix } if needs_versions => Feed::versions(id.as_str(), prefix.clone()),
        End::Bucket { id, prefix } => Feed::names(id.as_str(), prefix.clone()),
    }
}
