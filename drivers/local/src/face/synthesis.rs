//! What the building of a file from local data and ranges of stored files is made of, and its
//! options.

use core::ops::Range;

use b2_proto::error::Error;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::synthesis::{SynthesisOptions, Synthesize, WriteIntent, WriteOrigin};
use b2_proto::model::{AccountAuthorization, BucketId};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::synthesis::Plan;

use super::Settings;
use crate::source::Facts;

/// A file to be built, without its local sources, which are known by their number.
#[derive(Clone, Debug)]
pub struct SynthesisSpec {
    /// What the new version is to be.
    pub file: NewFile,
    /// How it is built.
    pub options: SynthesisOptions,
    wishes: Vec<Wish>,
    sources: usize,
}

/// These bytes at that place.
#[derive(Clone, Debug)]
struct Wish {
    /// Behind all that was wished for before, if it is not said.
    offset: Option<u64>,
    bytes: Bytes,
}

#[derive(Clone, Debug)]
enum Bytes {
    /// All of a source.
    Whole(usize),
    /// A range of it.
    Range(usize, Range<u64>),
    Remote(CopySource),
}

impl SynthesisSpec {
    /// A file as the client's settings say.
    pub fn new(file: NewFile, settings: &Settings) -> Self {
        let options = SynthesisOptions { lanes: settings.lanes(), ..SynthesisOptions::default() };
        Self { file, options, wishes: Vec::new(), sources: 0 }
    }

    /// The bucket it goes to.
    pub fn bucket(&self) -> BucketId {
        self.file.bucket_id().into()
    }

    /// All of the next source, at `offset` or behind everything.
    pub fn source(&mut self, offset: Option<u64>) {
        self.wishes.push(Wish { offset, bytes: Bytes::Whole(self.sources) });
        self.sources += 1;
    }

    /// Ranges of the next source.
    pub fn ranges(&mut self, ranges: impl IntoIterator<Item = (u64, Range<u64>)>) {
        let number = self.sources;
        let wish =
            |(offset, range)| Wish { offset: Some(offset), bytes: Bytes::Range(number, range) };
        self.wishes.extend(ranges.into_iter().map(wish));
        self.sources += 1;
    }

    /// Bytes of a version, at `offset` or behind everything.
    pub fn remote(&mut self, offset: Option<u64>, source: CopySource) {
        self.wishes.push(Wish { offset, bytes: Bytes::Remote(source) });
    }

    /// Changes what the new version is to be.
    pub fn change(&mut self, change: impl FnOnce(NewFile) -> NewFile) {
        let placeholder = NewFile::new("", "");
        self.file = change(core::mem::replace(&mut self.file, placeholder));
    }

    /// The job, when these facts are known about the sources.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when a source can be read only
    /// once, a range is not in it, or the place of something cannot be told.
    pub fn machine(self, sources: &[Facts]) -> Result<Synthesize, Error> {
        let intents = intents(self.wishes, sources)?;
        Ok(Synthesize::new(self.file, intents, self.options))
    }

    /// The plan for an account, without carrying it out.
    ///
    /// # Errors
    /// As [`machine`](Self::machine), and when the intents are no file.
    pub fn plan(self, sources: &[Facts], account: &AccountAuthorization) -> Result<Plan, Error> {
        let intents = intents(self.wishes, sources)?;
        self.options.plan(&intents, account.storage_api.recommended_part_size)
    }
}

fn intents(wishes: Vec<Wish>, sources: &[Facts]) -> Result<Vec<WriteIntent>, Error> {
    if sources.iter().any(|source| !source.can_reread || source.len.is_none()) {
        return Err(Error::invalid("a file is built of sources that can be read again"));
    }
    let mut end = Some(0);
    let place = |Wish { offset, bytes }| {
        let unknown = || Error::invalid("nothing can follow bytes whose number is not known");
        let offset = offset.or(end).ok_or_else(unknown)?;
        let intent = WriteIntent { offset, origin: origin(bytes, sources)? };
        let behind = intent.len().and_then(|len| offset.checked_add(len));
        end = end.zip(behind).map(|(end, behind)| end.max(behind));
        Ok(intent)
    };
    wishes.into_iter().map(place).collect()
}

fn origin(bytes: Bytes, sources: &[Facts]) -> Result<WriteOrigin, Error> {
    let (number, range) = match bytes {
        Bytes::Remote(source) => return Ok(WriteOrigin::Remote(source)),
        Bytes::Whole(number) => (number, None),
        Bytes::Range(number, range) => (number, Some(range)),
    };
    let too_many = || Error::invalid("that many local sources of one file are not supported");
    let source = u16::try_from(number).map(SourceId).map_err(|_| too_many())?;
    let whole = sources.get(number).and_then(|facts| facts.len).ok_or_else(too_many)?;
    let Range { start, end } = range.unwrap_or(0..whole);
    match end.checked_sub(start) {
        Some(len) if end <= whole => {
            Ok(WriteOrigin::Local { source, offset: start, len: Some(len) })
        }
        Some(_) | None => Err(Error::invalid("a range is not within its source")),
    }
}

/// Writes the options of a driver's `SynthesisBuilder`, which has its
/// [`SynthesisSpec`](crate::face::SynthesisSpec) in `spec`, its sources in `sources`, and its
/// listeners in `listener` and `started`.
#[macro_export]
macro_rules! synthesis_face {
    ($builder:ident) => {
        $crate::file_face!($builder);

        impl $builder {
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
            /// difference is an error, and nothing is finished then.
            pub const fn verify_overlap(mut self) -> Self {
                self.spec.options.verify_overlap = true;
                self
            }

            /// The SHA-1 of the new file, when it is known.
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

            /// Most parts at the same time, in place of the client's setting.
            pub fn lanes(mut self, count: u16) -> Self {
                self.spec.options.lanes = count.clamp(1, $crate::face::LANES_MAX);
                self
            }

            /// Continues this unfinished large file and no other. It is an error if it is not
            /// there, is not of this plan, or others send parts of it.
            pub fn continue_from(mut self, file_id: impl Into<::b2_proto::model::FileId>) -> Self {
                let file = ::b2_proto::machine::put::Continue::File(file_id.into());
                self.spec.options.resume = file;
                self
            }

            /// Continues no unfinished large file. Without this the one of the same plan with the
            /// most parts is continued, if there is one; `Synthesized::skipped` tells of others.
            pub fn no_continue(mut self) -> Self {
                self.spec.options.resume = ::b2_proto::machine::put::Continue::Never;
                self
            }

            /// Reads local bytes only while they are sent. The file cannot be continued then.
            pub const fn one_pass(mut self) -> Self {
                self.spec.options.one_pass = true;
                self
            }

            /// What becomes of an unfinished large file when this fails or is given up.
            pub const fn leftover(
                mut self,
                leftover: ::b2_proto::machine::large::Leftover,
            ) -> Self {
                self.spec.options.leftover = leftover;
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

            /// What a job tells, for both listeners.
            fn listener(&mut self) -> Option<Listener> {
                let (progress, started) = (self.listener.take(), self.started.take());
                let listens = progress.is_some() || started.is_some();
                let listener: Listener = Box::new(move |news| match (news, &progress, &started) {
                    ($crate::hub::News::Progress(news), Some(tell), _) => tell(news),
                    ($crate::hub::News::LargeFileStarted(id), _, Some(tell)) => tell(id),
                    _ => {}
                });
                listens.then_some(listener)
            }
        }

        impl ::core::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($builder))
                    .field("spec", &self.spec)
                    .field("sources", &self.sources)
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Called with how far a file is built.
pub type OnProgress = Box<dyn Fn(b2_proto::machine::Progress) + Send>;
/// Called with the ID of a large file.
pub type OnStarted = Box<dyn Fn(&str) + Send>;
