//! Virtual sources: bytes that follow from a seed, and what can be wrong with them.

use b2_proto::error::Cause;
use b2_proto::rng::Rng;

/// Something to upload.
#[derive(Debug)]
pub(crate) struct Source {
    bytes: Vec<u8>,
    trouble: Trouble,
    /// How far a source that is read once has been read.
    position: usize,
    /// Nobody knows its length, and buffers may hold so many bytes.
    pub(crate) open: Option<usize>,
}

/// What is wrong with a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    None,
    /// It ends after so many bytes; one whose length nobody knows breaks off.
    Short {
        len: usize,
    },
    /// It is another one from this moment on, and the driver notices.
    Changes {
        at_ms: u64,
    },
}

impl Source {
    /// `len` bytes that differ from those of any other seed.
    pub(crate) fn new(seed: u64, len: usize, trouble: Trouble) -> Self {
        Self { bytes: bytes_of(seed, len), trouble, position: 0, open: None }
    }

    /// What was asked to be uploaded.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a range; when it cannot be read, the bytes before the trouble and what it is.
    pub(crate) fn read(
        &self,
        now_ms: u64,
        offset: usize,
        len: usize,
    ) -> Result<&[u8], (&[u8], Cause)> {
        let wanted = self.bytes.get(offset..offset + len).expect("within the source");
        match self.trouble {
            Trouble::Short { len: end } if offset + len > end => {
                let readable = end.saturating_sub(offset).min(len);
                Err((&wanted[..readable], Cause::SourceUnreadable))
            }
            Trouble::Changes { at_ms } if at_ms <= now_ms => {
                Err((&wanted[..len / 2], Cause::SourceChanged))
            }
            Trouble::None | Trouble::Short { .. } | Trouble::Changes { .. } => Ok(wanted),
        }
    }

    /// Reads the next bytes of a source that is read once: fewer than `len` at its end.
    pub(crate) fn read_next(&mut self, now_ms: u64, len: usize) -> Result<Vec<u8>, Cause> {
        let end = match self.trouble {
            Trouble::Short { len: end } if self.open.is_some() && self.position + len > end => {
                return Err(Cause::SourceUnreadable);
            }
            Trouble::Short { len } => len.min(self.bytes.len()),
            Trouble::Changes { at_ms } if at_ms <= now_ms => return Err(Cause::SourceChanged),
            Trouble::None | Trouble::Changes { .. } => self.bytes.len(),
        };
        let from = self.position.min(end);
        self.position = end.min(from + len);
        Ok(self.bytes[from..self.position].to_vec())
    }
}

/// `len` bytes that follow from `seed`.
pub(crate) fn bytes_of(seed: u64, len: usize) -> Vec<u8> {
    let mut rng = Rng::from_seed(seed);
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend_from_slice(&rng.next_u64().to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
