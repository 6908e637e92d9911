//! Two syncs to one destination at the same time: noticed on one machine, and harmless anywhere.
//!
//! Nothing is refused for it. What both upload is there twice at worst, a version that the other
//! has removed already is as gone as it should be, and a download takes its target's place whole.

use super::end::{End, Setup};
use super::event::Event;
use super::run::Run;
use crate::claims::{Claim, Claims};

/// The destination of a sync, for others to notice as long as this is kept.
#[derive(Debug)]
pub struct Presence {
    claim: Option<Claim>,
    is_contested: bool,
}

impl Presence {
    /// Claims the destination of a sync that `setup` describes. A dry run disturbs nobody. Looks at
    /// the disk.
    pub fn claim(claims: &Claims, destination: &End, is_dry_run: bool) -> Self {
        if is_dry_run {
            return Self { claim: None, is_contested: false };
        }
        let claim = match destination {
            End::Folder(folder) => claims.claim_folder(folder),
            End::Bucket { id, prefix } => claims.claim_prefix(id.as_str(), prefix),
        };
        Self { is_contested: claim.is_none(), claim }
    }

    /// Whether nobody else was at it, so that others notice this one.
    pub const fn is_kept(&self) -> bool {
        self.claim.is_some()
    }
}

impl Setup {
    /// What claims the destination, where waiting for a disk is allowed.
    pub fn presence(&self, claims: Claims) -> impl FnOnce() -> Presence + Send + 'static {
        let (destination, is_dry_run) = (self.destination.clone(), self.is_dry_run);
        move || Presence::claim(&claims, &destination, is_dry_run)
    }
}

impl Run {
    /// Keeps the destination claimed while it lasts, and tells first if another sync is at it.
    #[must_use]
    pub fn beside(mut self, presence: Presence) -> Self {
        if presence.is_contested {
            self.events.push_front(Event::Contested);
        }
        self.presence = Some(presence);
        self
    }

    /// Nobody is to notice it any more. It asks for no time either.
    pub(super) fn leave(&mut self) -> Option<Presence> {
        self.clock = None;
        self.presence.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_notices_the_first_until_that_has_ended() {
        let (state, folder) = (tempfile::tempdir().expect("it"), tempfile::tempdir().expect("it"));
        let claims = || Claims::in_folder(state.path());
        let at = |path: &std::path::Path| End::Folder(path.to_owned());
        let first = Presence::claim(&claims(), &at(folder.path()), false);
        assert!(first.is_kept());
        // By another path, and whatever the realm is.
        let other = folder.path().join("../").join(folder.path().file_name().expect("a name"));
        let second = Presence::claim(&claims().of_realm("b"), &at(&other), false);
        assert!(second.is_contested && !second.is_kept());
        let dry = Presence::claim(&claims(), &at(folder.path()), true);
        assert!(!dry.is_contested && !dry.is_kept());
        drop(first);
        assert!(Presence::claim(&claims(), &at(folder.path()), false).is_kept());
    }

    #[test]
    fn a_place_in_a_bucket_is_its_realm_its_bucket_and_its_prefix() {
        let state = tempfile::tempdir().expect("a folder");
        let claims = Claims::in_folder(state.path());
        let at = |id: &str, prefix: &str| End::Bucket { id: id.into(), prefix: prefix.to_owned() };
        let kept: Vec<Presence> = [("b", "x/"), ("b", ""), ("c", "x/")]
            .map(|(id, prefix)| Presence::claim(&claims, &at(id, prefix), false))
            .into();
        assert!(kept.iter().all(Presence::is_kept));
        let elsewhere = claims.clone().of_realm("other");
        assert!(Presence::claim(&elsewhere, &at("b", "x/"), false).is_kept());
        assert!(Presence::claim(&claims, &at("b", "x/"), false).is_contested);
    }
}
