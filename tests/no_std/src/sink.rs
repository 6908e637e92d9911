//! Where downloads go.

use b2_proto::wire::text::Sha1;

/// Bytes of the sink.
const LEN: usize = 64;

/// A sink that keeps what is stored.
pub(crate) struct Sink([u8; LEN]);

impl Sink {
    pub(crate) const fn new() -> Self {
        Self([0; LEN])
    }

    /// The first bytes.
    pub(crate) fn bytes(&self, len: usize) -> Option<&[u8]> {
        self.0.get(..len)
    }

    /// Stores what there is of a body; how many bytes that was.
    pub(crate) fn store(&mut self, offset: u64, len: u64, body: &[u8]) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(LEN);
        let mut stored = 0;
        for (to, from) in self.0.iter_mut().skip(offset).zip(body) {
            if stored < len {
                *to = *from;
                stored += 1;
            }
        }
        stored
    }

    /// The digest of the first bytes.
    pub(crate) fn digest(&self, len: u64) -> Option<Sha1> {
        self.bytes(usize::try_from(len).ok()?).map(Sha1::of)
    }
}
