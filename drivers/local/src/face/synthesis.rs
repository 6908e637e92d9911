//! What the building of a file from local data and ranges of stored files is made of, and how it
//! begins.

use b2_proto::error::Error;
use b2_proto::machine::Progress;
use b2_proto::machine::synthesis::Synthesized;

use crate::hub::News;
use crate::job::Listener;

mod options;
mod spec;

pub use spec::SynthesisSpec;

/// Called with how far a file is built.
pub type OnProgress = Box<dyn Fn(Progress) + Send>;
/// Called with the ID of a large file.
pub type OnStarted = Box<dyn Fn(&str) + Send>;

/// Who asks for the plan of what is still to come.
pub fn no_plan() -> Error {
    Error::invalid("what is built of a stream is planned while it is built")
}

/// Length of a file that was built, in bytes.
pub const fn built_len(built: &Synthesized) -> Option<u64> {
    Some(built.file.content_length)
}

/// What a job tells, for both listeners.
pub fn told_both(progress: Option<OnProgress>, started: Option<OnStarted>) -> Option<Listener> {
    let listens = progress.is_some() || started.is_some();
    let listener: Listener = Box::new(move |news| match (news, &progress, &started) {
        (News::Progress(news), Some(tell), _) => tell(news),
        (News::LargeFileStarted(id), _, Some(tell)) => tell(id),
        _ => {}
    });
    listens.then_some(listener)
}

/// Writes a driver's `SynthesisBuilder`, its `Intent`, and the methods of its `Bucket` that make
/// them. The driver has its own `Bucket`, `Client`, `JobIo`, `Source` and `SourceHandle` in scope,
/// and gives the example.
#[macro_export]
macro_rules! synthesis_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        impl Bucket {
            /// Builds a new version of `name` from local data and ranges of stored versions,
            /// moving as little as possible: what the service has it copies. Add what the file is
            /// to consist of, with [`append`](SynthesisBuilder::append) and
            /// [`append_copy`](SynthesisBuilder::append_copy) one behind the other, or with
            /// [`write`](SynthesisBuilder::write) and [`copy`](SynthesisBuilder::copy) at any
            /// place.
            pub fn create_file(&self, name: impl Into<String>) -> SynthesisBuilder {
                SynthesisBuilder::new(self.client().clone(), NewFile::new(self.id(), name))
            }
        }

        #[doc = $crate::begins!($($async)? "A file that begins to be built")]
        ///
        /// What the service has it copies, the rest is sent; pieces that are too short to be
        /// copied are fetched while they are sent, and are never in memory as a whole.
        #[doc = $crate::given_up!($($async)? "it")]
        ///
        $(#[$example])*
        #[must_use = "a file begins to be built when it is sent"]
        pub struct SynthesisBuilder {
            client: Client,
            sources: Vec<Source>,
            spec: SynthesisSpec,
            stream: Option<Intents>,
            listener: Option<OnProgress>,
            started: Option<OnStarted>,
        }

        impl SynthesisBuilder {
            pub(crate) fn new(client: Client, file: NewFile) -> Self {
                let spec = SynthesisSpec::new(file, client.settings());
                let sources = Vec::new();
                Self { client, sources, spec, stream: None, listener: None, started: None }
            }

            #[doc = $crate::sends!($($async)? "Builds the file")]
            ///
            /// # Errors
            /// [Those](ErrorKind) of the sources and of the plan, of the operations, and of the
            /// network.
            pub $($async)? fn send(mut self) -> Result<Synthesized, Error> {
                let (bucket, len) = (self.spec.bucket(), $crate::face::built_len);
                let listener = $crate::face::told_both(self.listener.take(), self.started.take());
                let client = self.client.clone();
                let place = client.place()$(.$await)?;
                let built = match self.stream.take() {
                    Some(intents) => {
                        let (machine, io) = (self.spec.stream()?, JobIo::taking(intents));
                        client.carry_out(machine, io, listener, place, len)$(.$await)?
                    }
                    None => {
                        let (handles, facts) = self.open()$(.$await)??;
                        let machine = self.spec.machine(&facts)?;
                        let io = JobIo::reading_all(handles);
                        client.carry_out(machine, io, listener, place, len)$(.$await)?
                    }
                };
                client.learn_from(built, &bucket)$(.$await)?
            }

            /// What would be done: the parts, and what is sent, fetched and copied. Only the login
            /// is asked for.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the sources, of the plan and of the login.
            pub $($async)? fn plan(mut self) -> Result<Plan, Error> {
                if self.stream.is_some() {
                    return Err($crate::face::no_plan());
                }
                $( self.client = self.client.at_place().$await; )?
                let (_, facts) = self.open()$(.$await)??;
                let account = self.client.authorize()$(.$await)??;
                self.spec.plan(&facts, &account)
            }

            $($async)? fn open(&mut self) -> Result<(Vec<SourceHandle>, Vec<Facts>), Error> {
                let (mut handles, mut facts) = (Vec::new(), Vec::new());
                for source in ::core::mem::take(&mut self.sources) {
                    let opened = self.client.open(source)$(.$await)??;
                    handles.push(opened.handle);
                    facts.push(opened.facts);
                }
                Ok((handles, facts))
            }
        }

        impl ::core::fmt::Debug for SynthesisBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("SynthesisBuilder")
                    .field("spec", &self.spec)
                    .field("sources", &self.sources)
                    .finish_non_exhaustive()
            }
        }

        $crate::awaited_face!($($async $await)? SynthesisBuilder -> Synthesized);
        $crate::cancel_face!($($async)? SynthesisBuilder, "it");
        $crate::file_face!(SynthesisBuilder);
        $crate::intent_face!();
        $crate::synthesis_options_face!();
    };
}
