//! The options of a file that is built.

/// Writes what a driver's `SynthesisBuilder` builds a file of, and its options.
#[doc(hidden)]
#[macro_export]
macro_rules! synthesis_options_face {
    () => {
        $crate::parts_face! {
            SynthesisBuilder, "build", "send parts of it",
            /// Continues no unfinished large file. Without this the one of the same plan with the
            /// most parts is continued, if there is one; `Synthesized::skipped` tells of others.
        }

        impl SynthesisBuilder {
            /// All bytes of a local source, behind everything that was given before. Each source
            /// can be read again, and is open until the file is built.
            pub fn append(mut self, source: impl Into<Source>) -> Self {
                self.spec.source(None);
                self.sources.push(source.into());
                self
            }

            /// All bytes of a local source, at `offset` of the new file.
            pub fn write(mut self, offset: u64, source: impl Into<Source>) -> Self {
                self.spec.source(Some(offset));
                self.sources.push(source.into());
                self
            }

            /// Ranges of one local source, each at its place in the new file.
            pub fn write_ranges(
                mut self,
                source: impl Into<Source>,
                ranges: impl IntoIterator<Item = (u64, ::core::ops::Range<u64>)>,
            ) -> Self {
                self.spec.ranges(ranges);
                self.sources.push(source.into());
                self
            }

            /// Bytes of a stored version, behind everything that was given before. How many they
            /// are must be known: from a range, or from what the service said about the version.
            pub fn append_copy(
                mut self,
                source: impl Into<::b2_proto::machine::copy::CopySource>,
            ) -> Self {
                self.spec.remote(None, source.into());
                self
            }

            /// Bytes of a stored version, at `offset` of the new file.
            pub fn copy(
                mut self,
                offset: u64,
                source: impl Into<::b2_proto::machine::copy::CopySource>,
            ) -> Self {
                self.spec.remote(Some(offset), source.into());
                self
            }

            /// Builds the file of what `intents` gives, in the order of the file, while it gives
            /// it: the first part goes when two are known, and memory is bounded however many
            /// come. A stream is all the file consists of.
            ///
            /// The iterator is asked on a thread that may wait. An error of it ends the job, and
            /// so do bytes that are missing or out of order, or a 10,001st part; what becomes of
            /// the parts that are there by then says [`leftover`](Self::leftover). Such a file
            /// is never continued, sizes of parts are not raised for it, and there are no
            /// [priorities](Self::priority), [least transfer](Self::least_transfer) or
            /// [comparison](Self::verify_overlap).
            pub fn stream<I>(mut self, intents: I) -> Self
            where
                I: IntoIterator<Item = ::std::io::Result<Intent>>,
                I::IntoIter: Send + 'static,
            {
                let wishes = intents.into_iter().map(|intent| intent.map(Intent::wish));
                self.stream = Some($crate::source::Intents::new(wishes));
                self
            }

            /// Which source is taken where local and remote bytes overlap. Without this it is
            /// mostly the remote one, by the reference's rules.
            pub const fn priority(
                mut self,
                priority: ::b2_proto::plan::synthesis::Priority,
            ) -> Self {
                let planner = ::b2_proto::machine::synthesis::Planner::Reference(priority);
                self.spec.options.planner = planner;
                self
            }

            /// Moves as few bytes as possible.
            pub fn least_transfer(mut self) -> Self {
                let weights = ::b2_proto::plan::synthesis::least::Weights::default();
                let planner = ::b2_proto::machine::synthesis::Planner::Least(weights);
                self.spec.options.planner = planner;
                self
            }

            /// Compares each copied part that local bytes wholly cover with them, by SHA-1. A
            /// difference is an error, and nothing is finished then. `Synthesized::overlap` tells
            /// how many bytes were compared, and how many were not although both have them.
            pub const fn verify_overlap(mut self) -> Self {
                self.spec.options.verify_overlap = true;
                self
            }

            /// The SHA-1 of the new file, when it is known. Another one ends the job before
            /// anything is sent where all bytes are read before, as local data, or as copies that
            /// [are compared](Self::verify_overlap).
            pub const fn sha1(mut self, sha1: ::b2_proto::wire::text::Sha1) -> Self {
                self.spec.options.sha1 = Some(sha1);
                self
            }

            /// When the content was modified, in milliseconds since 1970.
            pub fn modified_ms(self, ms: u64) -> Self {
                self.with(|file| file.modified_ms(ms))
            }

            /// The length of parts that are sent, in bytes, in place of what the account
            /// recommends.
            pub const fn part_len(mut self, len: u64) -> Self {
                self.spec.options.sizes.recommended = Some(len);
                self
            }

            /// The shortest part the caller wants, in bytes. Shorter ranges are fetched and sent.
            pub const fn part_len_min(mut self, len: u64) -> Self {
                self.spec.options.sizes.min = Some(len);
                self
            }

            /// The longest part that is copied, in bytes.
            pub const fn part_len_max(mut self, len: u64) -> Self {
                self.spec.options.sizes.max = Some(len);
                self
            }

            /// Reads local bytes only while they are sent. The file cannot be continued then.
            pub const fn one_pass(mut self) -> Self {
                self.spec.options.one_pass = true;
                self
            }

            /// Calls `listener` with each news of the progress, where it is waited for.
            pub fn progress(
                mut self,
                listener: impl Fn(::b2_proto::machine::Progress) + Send + 'static,
            ) -> Self {
                self.listener = Some(Box::new(listener));
                self
            }

            /// Calls `listener` with the ID of the large file as soon as there is one, started
            /// or continued. [`continue_from`](Self::continue_from) takes it.
            pub fn large_file_started(mut self, listener: impl Fn(&str) + Send + 'static) -> Self {
                self.started = Some(Box::new(listener));
                self
            }
        }
    };
}
