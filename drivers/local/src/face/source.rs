//! What can become a source.

/// Writes what can become a driver's `Source`, which has a `Kind` with the variants `Path`, `Part`,
/// `Replay`, `Bytes` and `Reader`.
#[macro_export]
macro_rules! source_face {
    () => {
        impl Source {
            /// The bytes `range` of a file, the end not included. As with a whole file, any part
            /// of it can be sent again, and a change is noticed.
            pub fn part_of(
                path: impl Into<::std::path::PathBuf>,
                range: ::core::ops::Range<u64>,
            ) -> Self {
                Self(Kind::Part { path: path.into(), range })
            }

            /// `len` bytes that `open` gives: a reader of them from an offset on, as often as one
            /// is asked for. So any part can be sent again, and none is kept in memory meanwhile.
            /// Readers are opened and read on threads that may wait.
            pub fn replay<R: ::std::io::Read + Send + 'static>(
                len: u64,
                open: impl Fn(u64) -> ::std::io::Result<R> + Send + Sync + 'static,
            ) -> Self {
                Self(Kind::Replay($crate::source::Replay::new(len, open)))
            }
        }

        impl Source {
            /// The same for who looks at it later; `None` for what can be read only once.
            pub(crate) fn late(self) -> Option<$crate::source::LateSource> {
                Some(match self.0 {
                    Kind::Path(path) => $crate::source::LateSource::Path(path),
                    Kind::Part { path, range } => $crate::source::LateSource::Part(path, range),
                    Kind::Replay(replay) => $crate::source::LateSource::Replay(replay),
                    Kind::Bytes(bytes) => $crate::source::LateSource::Bytes(bytes),
                    Kind::Reader { .. } => return None,
                })
            }
        }

        impl From<::std::path::PathBuf> for Source {
            fn from(path: ::std::path::PathBuf) -> Self {
                Self(Kind::Path(path))
            }
        }

        impl From<&::std::path::Path> for Source {
            fn from(path: &::std::path::Path) -> Self {
                path.to_owned().into()
            }
        }

        impl From<&::std::path::PathBuf> for Source {
            fn from(path: &::std::path::PathBuf) -> Self {
                path.clone().into()
            }
        }

        impl From<::bytes::Bytes> for Source {
            fn from(bytes: ::bytes::Bytes) -> Self {
                Self(Kind::Bytes(bytes))
            }
        }

        impl From<Vec<u8>> for Source {
            fn from(bytes: Vec<u8>) -> Self {
                ::bytes::Bytes::from(bytes).into()
            }
        }

        impl From<&'static [u8]> for Source {
            fn from(bytes: &'static [u8]) -> Self {
                ::bytes::Bytes::from_static(bytes).into()
            }
        }

        impl<const LEN: usize> From<&'static [u8; LEN]> for Source {
            fn from(bytes: &'static [u8; LEN]) -> Self {
                ::bytes::Bytes::from_static(bytes).into()
            }
        }

        impl ::core::fmt::Debug for Source {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match &self.0 {
                    Kind::Path(path) => f.debug_tuple("Source").field(path).finish(),
                    Kind::Part { path, range } => {
                        f.debug_tuple("Source").field(path).field(range).finish()
                    }
                    Kind::Replay(replay) => f.debug_tuple("Source").field(replay).finish(),
                    Kind::Bytes(bytes) => write!(f, "Source({} bytes)", bytes.len()),
                    Kind::Reader { len: Some(len), .. } => {
                        write!(f, "Source(reader of {len} bytes)")
                    }
                    Kind::Reader { len: None, .. } => f.write_str("Source(reader to its end)"),
                }
            }
        }
    };
}
