//! SHA-1 as it is computed: large and fast, or short.
//!
//! With `alloc` it is that of the `sha1` crate, which uses the CPU's own instructions where there
//! are any and unrolls its rounds otherwise. The bare core has one of its own whose code has a
//! fifth of the size; a device with hardware for SHA-1 tells its digests and uses neither.

#[cfg(any(not(feature = "alloc"), test))]
mod short;

#[cfg(not(feature = "alloc"))]
pub(crate) use short::Hasher;

/// A SHA-1 while it is computed.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher(sha1::Sha1);

#[cfg(feature = "alloc")]
impl Hasher {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        sha1::Digest::update(&mut self.0, bytes);
    }

    /// The digest of all bytes.
    pub(crate) fn finish(self) -> [u8; 20] {
        sha1::Digest::finalize(self.0).into()
    }
}
