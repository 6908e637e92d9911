//! What an upload is made of, and its options.

use b2_proto::id::SourceId;
use b2_proto::machine::Machine;
use b2_proto::machine::incremental::Incremental;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::{Payload, Uploaded};
use b2_proto::model::{BucketId, FileVersion};
use b2_proto::op::new_file::NewFile;
use b2_proto::wire::text::Sha1;

use super::Settings;
use crate::source::Facts;

/// The job of an upload.
pub type UploadJob = Box<dyn Machine<Output = Uploaded<FileVersion>> + Send>;

/// An upload without its source.
#[derive(Clone, Debug)]
pub struct UploadSpec {
    /// What the new version is to be.
    pub file: NewFile,
    /// The SHA-1 of the whole source, when it is known.
    pub sha1: Option<Sha1>,
    /// How it is sent.
    pub options: PutOptions,
    /// Whether what the service has of it is copied.
    pub is_incremental: bool,
}

impl UploadSpec {
    /// An upload as the client's settings say.
    pub fn new(file: NewFile, settings: &Settings) -> Self {
        let options = PutOptions {
            lanes: settings.lanes(),
            buffer_len_max: settings.buffers,
            ..PutOptions::default()
        };
        Self { file, sha1: None, options, is_incremental: false }
    }

    /// The bucket it goes to.
    pub fn bucket(&self) -> BucketId {
        self.file.bucket_id().into()
    }

    /// The job that uploads the job's only source, about which these facts are known.
    pub fn machine(self, source: Facts) -> UploadJob {
        let file = match source.modified_ms {
            Some(ms) => self.file.default_modified_ms(ms),
            None => self.file,
        };
        let payload = Payload {
            source: SourceId(0),
            offset: 0,
            len: source.len,
            sha1: self.sha1,
            can_reread: source.can_reread,
        };
        if self.is_incremental {
            return Box::new(Incremental::new(file, payload, self.options));
        }
        Box::new(Put::new(file, payload, self.options))
    }

    /// Changes what the new version is to be.
    pub fn change(&mut self, change: impl FnOnce(NewFile) -> NewFile) {
        let placeholder = NewFile::new("", "");
        self.file = change(core::mem::replace(&mut self.file, placeholder));
    }
}

/// Length of a file that was sent, in bytes.
pub const fn sent_len(sent: &Uploaded<FileVersion>) -> Option<u64> {
    Some(sent.file.content_length)
}

/// Writes a driver's `UploadBuilder`, which has the options of an upload. The driver has its own
/// `BlockUploadBuilder`, `Client`, `JobIo` and `Source` in scope, and gives the example.
#[macro_export]
macro_rules! upload_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        #[doc = $crate::begins!($($async)? "An upload that begins")]
        ///
        /// Short files go up in one request, long ones in parts that are sent at the same time.
        /// Every byte is verified by SHA-1.
        #[doc = $crate::given_up!($($async)? "the upload")]
        ///
        $(#[$example])*
        #[must_use = "an upload begins when it is sent"]
        pub struct UploadBuilder {
            client: Client,
            source: Source,
            spec: UploadSpec,
            listener: Option<Listener>,
        }

        impl UploadBuilder {
            pub(crate) fn new(client: Client, file: NewFile, source: Source) -> Self {
                let spec = UploadSpec::new(file, client.settings());
                Self { client, source, spec, listener: None }
            }

            #[doc = $crate::sends!($($async)? "Uploads")]
            ///
            /// # Errors
            /// [Those](ErrorKind) of the source, of the operations, and of the network.
            pub $($async)? fn send(self) -> Result<Uploaded<FileVersion>, Error> {
                let bucket = self.spec.bucket();
                let place = self.client.place()$(.$await)?;
                let source = self.client.open(self.source)$(.$await)??;
                let machine = self.spec.machine(source.facts);
                let (io, len) = (JobIo::reading(source.handle), $crate::face::sent_len);
                let running = self.client.carry_out(machine, io, self.listener, place, len);
                let uploaded = running$(.$await)?;
                self.client.learn_from(uploaded, &bucket)$(.$await)?
            }
        }

        $crate::awaited_face!($($async $await)? UploadBuilder -> Uploaded<FileVersion>);
        $crate::cancel_face!($($async)? UploadBuilder, "the upload");
        $crate::file_face!(UploadBuilder);

        $crate::parts_face! {
            UploadBuilder, "upload", "send parts of it",
            /// Continues no unfinished large file. Without this the best that fits is continued,
            /// if there is one: same name, file info, encryption and locks, and only parts of
            /// this source.
        }

        impl UploadBuilder {
            /// The SHA-1 of the whole source, when it is known. What has another one is not
            /// uploaded: the service refuses a small file, and a large one is read first. With
            /// [`one_pass`](Self::one_pass), and from a reader, a large file's is kept as told.
            pub const fn sha1(mut self, sha1: ::b2_proto::wire::text::Sha1) -> Self {
                self.spec.sha1 = Some(sha1);
                self
            }

            /// When the source was modified, in milliseconds since 1970. A path tells it by itself
            /// where nothing else does.
            pub fn modified_ms(self, ms: u64) -> Self {
                self.with(|file| file.modified_ms(ms))
            }

            /// The length of parts in bytes, in place of what the account recommends. It is kept
            /// within what the service takes, and so that there are no more than 10,000.
            pub const fn part_len(mut self, len: u64) -> Self {
                self.spec.options.sizes.recommended = Some(len);
                self
            }

            /// The shortest part the caller wants, in bytes; what the service takes unless set.
            pub const fn part_len_min(mut self, len: u64) -> Self {
                self.spec.options.sizes.min = Some(len);
                self
            }

            /// Copies at the service what the newest version of the name has of the file, and
            /// sends only what follows (`Uploaded::reused`). The source is read before, to be
            /// compared. If it does not begin with that version, or the key may not list and read
            /// files, all is sent. A source that is read once is an error.
            pub const fn incremental(mut self) -> Self {
                self.spec.is_incremental = true;
                self
            }

            /// Copies at the service what the newest version of the name has of the file, wherever
            /// it is in either, and sends the rest. A manifest of the new version's blocks is
            /// kept beside it, as `NAME.b2blocks`, for the next time; without one of the newest
            /// version this is as [`incremental`](Self::incremental). The source is read before.
            /// One that is read once is an error.
            pub fn by_blocks(self) -> BlockUploadBuilder {
                let Self { client, source, spec, listener } = self;
                BlockUploadBuilder { client, source, spec, listener }
            }

            /// Reads a large file only once, while it is sent. It has no SHA-1 of its own then,
            /// unless [`sha1`](Self::sha1) tells it. Without this it is read before, so that
            /// downloads can be verified.
            pub const fn one_pass(mut self) -> Self {
                self.spec.options.whole_sha1 = ::b2_proto::machine::put::WholeSha1::OnePass;
                self
            }

            /// Calls `listener` with each news of the upload, where it is waited for: the upload
            /// goes on when it returns.
            pub fn progress(
                mut self,
                listener: impl Fn(Progress) + Send + 'static,
            ) -> Self {
                self.listener = Some($crate::face::progress_listener(listener));
                self
            }
        }

        impl ::core::fmt::Debug for UploadBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("UploadBuilder")
                    .field("file", &self.spec.file)
                    .field("source", &self.source)
                    .finish_non_exhaustive()
            }
        }
    };
}
