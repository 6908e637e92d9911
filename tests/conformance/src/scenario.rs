//! A scenario: a short program over the face.

use crate::face::Face;
use crate::runner::Wire;
use crate::settings::Setting;
use crate::world::World;

/// One scenario.
pub(crate) struct Scenario<F: Face> {
    pub(crate) name: String,
    /// Settings without which it cannot be run.
    pub(crate) needs: Vec<Setting>,
    /// Where it makes sense; the first writes the transcript.
    pub(crate) wires: &'static [Wire],
    /// What is known to be wrong so that it fails, if anything.
    pub(crate) trouble: Option<&'static str>,
    pub(crate) run: Program<F>,
}

/// What it does; it panics when something is not as it should be.
pub(crate) type Program<F> = Box<dyn Fn(&World<'_, F>) + Send + Sync>;

impl<F: Face> Scenario<F> {
    pub(crate) fn new(
        name: impl Into<String>,
        run: impl Fn(&World<'_, F>) + Send + Sync + 'static,
    ) -> Self {
        let (needs, wires) = (Vec::new(), Wire::ALL.as_slice());
        Self { name: name.into(), needs, wires, trouble: None, run: Box::new(run) }
    }

    /// Not without this setting.
    pub(crate) fn needing(mut self, setting: Setting) -> Self {
        self.needs.push(setting);
        self
    }

    /// Fails for a reason that is known. It is run and reported all the same, and must go from
    /// this list when it passes.
    #[expect(dead_code, reason = "at the moment none does")]
    pub(crate) fn in_trouble(mut self, why: &'static str) -> Self {
        self.trouble = Some(why);
        self
    }

    /// Over plain HTTP only.
    pub(crate) fn over_plain(mut self) -> Self {
        self.wires = &[Wire::Plain];
        self
    }

    /// Over TLS only.
    pub(crate) fn over_tls(mut self) -> Self {
        self.wires = &[Wire::Tls];
        self
    }
}

/// Scenarios that are named as their functions.
macro_rules! list {
    ($($name:ident),* $(,)?) => {
        vec![$($crate::scenario::Scenario::new(stringify!($name), $name::<F>)),*]
    };
}
pub(crate) use list;
