//! What can be uploaded.

/// Writes a driver's `Source`, whose readers are `$reader`; where it is awaited, a `$runtime` opens
/// it. The driver has its own `Reader` and `Opened` in scope, and makes a reader by `shared`.
#[macro_export]
macro_rules! source_face {
    (@path $path:ident) => { Opened::open_path($path)? };
    (@path $path:ident $driver:ident $await:ident) => { Opened::path($driver, $path).$await? };
    (@way $way:ident) => { Opened::open_way(&$way)? };
    (@way $way:ident $driver:ident $await:ident) => { Opened::way($driver, $way).$await? };
    (@part $path:ident $range:ident) => { Opened::open_part($path, $range)? };
    (@part $path:ident $range:ident $driver:ident $await:ident) => {
        Opened::part($driver, $path, $range).$await?
    };
    ($reader:path $(, $async:ident $await:ident $driver:ident: $runtime:ty)?) => {
        /// Where the bytes of an upload come from: a path or part of a file, bytes in memory, a
        /// reader, or a function that opens readers.
        ///
        /// A file of more than 64 KiB is streamed: it is never read into memory as a whole, and any
        /// part of it can be sent again. If it changes while it is read, the upload fails and
        /// nothing is stored.
        pub struct Source(Kind);

        enum Kind {
            Path(::std::path::PathBuf),
            Way($crate::sync::Way),
            Part { path: ::std::path::PathBuf, range: ::core::ops::Range<u64> },
            Replay($crate::source::Replay),
            Bytes(::bytes::Bytes),
            Reader { reader: Reader, len: Option<u64> },
        }

        impl Source {
            /// A reader of `len` bytes. It can be read only once, so what is being sent is kept in
            /// memory until the service has it. No more bytes than that are looked for: a
            /// connection that stays open would never tell.
            pub fn reader(reader: impl $reader + Send + 'static, len: u64) -> Self {
                Self(Kind::Reader { reader: shared(reader), len: Some(len) })
            }

            /// A reader that is sent until it ends: a pipe, a generator. Whether it becomes a small
            /// or a large file is found out while it is read, so two parts of it are kept in memory
            /// before anything is sent, and parts grow with it as far as the client's buffers allow
            /// ([`ClientBuilder::buffer_bytes`](crate::ClientBuilder::buffer_bytes)). The SHA-1 of
            /// the whole is kept with a large one only if it is told
            /// ([`UploadBuilder::sha1`](crate::UploadBuilder::sha1)).
            pub fn stream(reader: impl $reader + Send + 'static) -> Self {
                Self(Kind::Reader { reader: shared(reader), len: None })
            }

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
            /// A file that a sync has found.
            pub(crate) fn found(
                path: ::std::path::PathBuf,
                way: Option<$crate::sync::Way>,
            ) -> Self {
                Self(way.map_or(Kind::Path(path), Kind::Way))
            }

            pub(crate) $($async)? fn open(
                self
                $(, $driver: &$runtime)?
            ) -> Result<Opened, ::b2_proto::error::Error> {
                Ok(match self.0 {
                    Kind::Path(path) => $crate::source_face!(@path path $($driver $await)?),
                    Kind::Way(way) => $crate::source_face!(@way way $($driver $await)?),
                    Kind::Part { path, range } => {
                        $crate::source_face!(@part path range $($driver $await)?)
                    }
                    Kind::Replay(replay) => Opened::seekable(replay),
                    Kind::Bytes(bytes) => Opened::bytes(bytes),
                    Kind::Reader { reader, len } => Opened::read_once(reader, len),
                })
            }

            /// The same for who looks at it later; `None` for what can be read only once.
            pub(crate) fn late(self) -> Option<$crate::source::LateSource> {
                Some(match self.0 {
                    Kind::Path(path) => $crate::source::LateSource::Path(path),
                    Kind::Way(way) => $crate::source::LateSource::Way(way),
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
                    Kind::Way(way) => f.debug_tuple("Source").field(way).finish(),
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
