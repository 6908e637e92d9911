//! What a file is to be built from.

/// Where bytes are before the file exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// With the caller: they have to be sent.
    Local,
    /// In a file that the service already has: they can be copied there, or fetched and sent.
    Remote,
}

/// A wish: these bytes of that source at this place of the new file.
///
/// Planners never look at sources. A source is known by the index of its intent in the input, and
/// all ranges a plan gives are relative to the intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Intent {
    /// Where the bytes are now.
    pub origin: Origin,
    /// Where they begin in the new file, in bytes.
    pub offset: u64,
    /// How many they are; planners refuse what is not known.
    pub len: Option<u64>,
}

impl Intent {
    /// `len` bytes the caller has, at `offset` of the new file.
    #[must_use]
    pub const fn local(offset: u64, len: u64) -> Self {
        Self { origin: Origin::Local, offset, len: Some(len) }
    }

    /// `len` bytes of a file the service has, at `offset` of the new file.
    #[must_use]
    pub const fn remote(offset: u64, len: u64) -> Self {
        Self { origin: Origin::Remote, offset, len: Some(len) }
    }
}

/// An intent that has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) start: u64,
    /// Never before `start`.
    pub(super) end: u64,
    /// Which intent of the input it is.
    pub(super) index: u32,
    pub(super) origin: Origin,
}

impl Item {
    pub(super) const fn is_empty(&self) -> bool {
        self.start == self.end
    }
}
