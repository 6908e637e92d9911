//! Which large file was told of.

use crate::machine::event::Event;
use alloc::string::String;

/// The ID of the large file that was told last.
#[derive(Debug)]
pub(super) struct Told(Option<String>);

impl Told {
    /// Of none so far.
    pub(super) const fn nothing() -> Self {
        Self(None)
    }

    /// The news of the large file that there is, unless that was told. Another one takes the place
    /// of a file that others have taken over.
    pub(super) fn news_of(&mut self, id: Option<&str>) -> Option<Event> {
        let id = id.filter(|id| self.0.as_deref() != Some(*id))?;
        self.0 = Some(id.into());
        Some(Event::LargeFileStarted)
    }
}
