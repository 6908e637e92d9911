//! What the building of a file is made of.

use core::ops::Range;

use b2_proto::error::Error;
use b2_proto::id::SourceId;
use b2_proto::machine::copy::CopySource;
use b2_proto::machine::synthesis::{
    SynthesisOptions, Synthesize, SynthesizeStream, WriteIntent, WriteOrigin,
};
use b2_proto::model::{AccountAuthorization, BucketId};
use b2_proto::op::new_file::NewFile;
use b2_proto::plan::synthesis::Plan;

use crate::face::Settings;
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

    /// The job of a file that is told while it is built.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when something of it was told
    /// before.
    pub fn stream(self) -> Result<SynthesizeStream, Error> {
        if self.wishes.is_empty() {
            return Ok(SynthesizeStream::new(self.file, self.options));
        }
        Err(Error::invalid("a stream is all the file consists of: nothing can be added to it"))
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
