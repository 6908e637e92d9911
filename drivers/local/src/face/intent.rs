//! Bytes at a place of a file that is built, as a value.

/// Writes the driver's `Intent`, and the methods of its `Bucket` that take a list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! intent_face {
    () => {
        /// These bytes at that place of a file that is [concatenated](Bucket::concatenate) or
        /// [built while they come](SynthesisBuilder::stream).
        #[derive(Debug)]
        pub struct Intent {
            offset: Option<u64>,
            bytes: IntentBytes,
        }

        #[derive(Debug)]
        enum IntentBytes {
            Local(Source),
            Remote(::b2_proto::machine::copy::CopySource),
        }

        impl Intent {
            /// All bytes of a local source, behind everything that came before. It must be of a
            /// kind that can be read again; in a stream a file is open only while it is read.
            pub fn append(source: impl Into<Source>) -> Self {
                Self { offset: None, bytes: IntentBytes::Local(source.into()) }
            }

            /// All bytes of a local source, at `offset` of the new file.
            pub fn write(offset: u64, source: impl Into<Source>) -> Self {
                Self { offset: Some(offset), bytes: IntentBytes::Local(source.into()) }
            }

            /// Bytes of a stored version, behind everything that came before. How many they are
            /// must be known: from a range, or from what the service said about the version.
            pub fn append_copy(source: impl Into<::b2_proto::machine::copy::CopySource>) -> Self {
                Self { offset: None, bytes: IntentBytes::Remote(source.into()) }
            }

            /// Bytes of a stored version, at `offset` of the new file.
            pub fn copy(
                offset: u64,
                source: impl Into<::b2_proto::machine::copy::CopySource>,
            ) -> Self {
                Self { offset: Some(offset), bytes: IntentBytes::Remote(source.into()) }
            }

            /// For a source that is opened when its turn comes.
            fn wish(self) -> $crate::source::Wish {
                let bytes = match self.bytes {
                    IntentBytes::Local(source) => $crate::source::WishBytes::Local(source.late()),
                    IntentBytes::Remote(source) => $crate::source::WishBytes::Remote(source),
                };
                $crate::source::Wish { offset: self.offset, bytes }
            }
        }

        impl Bucket {
            /// Builds a new version of `name` of these bytes, each behind those before it, unless
            /// it says at which place. What the service has it copies.
            pub fn concatenate(
                &self,
                name: impl Into<String>,
                intents: impl IntoIterator<Item = Intent>,
            ) -> SynthesisBuilder {
                intents.into_iter().fold(self.create_file(name), SynthesisBuilder::intent)
            }

            /// The same while an iterator still gives them, in bounded memory; see
            /// [`stream`](SynthesisBuilder::stream).
            pub fn concatenate_stream<I>(
                &self,
                name: impl Into<String>,
                intents: I,
            ) -> SynthesisBuilder
            where
                I: IntoIterator<Item = ::std::io::Result<Intent>>,
                I::IntoIter: Send + 'static,
            {
                self.create_file(name).stream(intents)
            }
        }

        impl SynthesisBuilder {
            fn intent(mut self, intent: Intent) -> Self {
                match intent.bytes {
                    IntentBytes::Local(source) => {
                        self.spec.source(intent.offset);
                        self.sources.push(source);
                    }
                    IntentBytes::Remote(source) => self.spec.remote(intent.offset, source),
                }
                self
            }
        }
    };
}
