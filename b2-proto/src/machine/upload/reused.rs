//! What an incremental upload did not send.

/// Whether an upload had the service copy what it has already; see
/// [`Incremental`](crate::machine::incremental::Incremental).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reused {
    /// The upload is not an incremental one.
    #[default]
    NotTried,
    /// The key may not list files, or may not read them, so all was sent.
    NotAllowed,
    /// All was sent.
    Nothing(Reason),
    /// The newest version was copied, and what follows it was sent.
    Version {
        /// Bytes of the version; some of them may have been copied by an upload of before that
        /// was continued.
        bytes: u64,
    },
    /// What the newest version has of the file was copied, wherever it is in either, and the rest
    /// was sent; see [`plan::blocks`](crate::plan).
    Blocks {
        /// Bytes that were copied.
        bytes: u64,
    },
}

/// Why a file has to be sent whole. Checked in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// There is no version at the service, or what is there hides the file.
    NoVersion,
    /// The version, or the file itself, is shorter than a part may be.
    TooShort,
    /// The local file is shorter than the version.
    Shrunk,
    /// Nobody knows the SHA-1 of the version.
    NoSha1,
    /// The version is encrypted with a customer key that the caller does not give (defect U5).
    NoCustomerKey,
    /// Cut where the version ends, the file would have more or longer parts than the service
    /// takes.
    Limits,
    /// The local file begins with something else.
    Changed,
    /// Nothing has changed, but a copy cannot have the upload time that is wanted.
    UploadTime,
    /// When it was copied the version was gone, or had other bytes than its SHA-1 says.
    Refuted,
}
