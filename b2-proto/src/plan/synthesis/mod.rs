//! Plans that build one file of local data and ranges of files the service already has.
//!
//! An [`Intent`] says: these bytes at that place. Some are local, some are in files that the
//! service has; they may overlap. A [`Plan`] has the parts that make the file: ranges to be *sent*,
//! ranges to be *copied* by the service, and *joins* of pieces that are too short to be copied,
//! which are fetched and sent. Nothing is read or moved here: sources are known by the index of
//! their intent.
//!
//! | form | how | what for |
//! | --- | --- | --- |
//! | planned | [`Synthesis::plan`] | intents in any order, sizes that grow with the file, an identity to continue by |
//! | streaming | [`Synthesis::stream`], [`Inflow`] | intents from an iterator, in order, or pushed; parts come before the input ends |
//! | unbound | [`Unbound`] | one source of unknown length, cut into buffers |
//! | least transfer | [`Synthesis::least_transfer`] | the plan that moves the fewest bytes: see [`least`] |
//!
//! The first three make the parts of the reference SDK, without its defects: empty intents are
//! nothing, intents within others do no harm, and no copied part is shorter than the minimum. There
//! are never more than 10,000 parts, which the reference does not mind.
//!
//! # From parts to bytes
//!
//! Plans know no sources. Keep what each intent stands for in a list beside the intents: a
//! [`Piece`] has the place in that list, and a range *within* that intent. So bytes
//! `begin + piece.offset` to `begin + piece.end()` of a source are wanted if the intent is the part
//! of it that starts at `begin`.
//!
//! | part | what it becomes |
//! | --- | --- |
//! | [`Part::Send`] | one range of a local source: `b2_upload_part` |
//! | [`Part::Copy`] | one range of a stored file: `b2_copy_part` |
//! | [`Part::Join`] | ranges in a row, to be sent as one body; those of stored files are downloaded for it |
//!
//! A plan of one part ([`Plan::is_large`] tells) is a file of its own, made by `b2_upload_file` or
//! `b2_copy_file`. Parts have the numbers of the service in order, from 1 on.
//!
//! # Appending
//!
//! The service has the first 150 MB of a log. The old part is copied, the new one sent.
//!
//! ```
//! use b2_proto::plan::sizes::{SizeOptions, Sizes};
//! use b2_proto::plan::synthesis::{Intent, Part, Synthesis};
//!
//! const MB: u64 = 1_000_000;
//! let synthesis = Synthesis::new(Sizes::resolve(SizeOptions::default())?);
//! let plan = synthesis.plan(&[Intent::remote(0, 150 * MB), Intent::local(150 * MB, 30 * MB)])?;
//! let parts: Vec<_> = plan.parts().collect();
//! assert!(matches!(parts[..], [Part::Copy(old), Part::Send(new)]
//!     if old.len == 150 * MB && (new.intent, new.len) == (1, 30 * MB)));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # A change in the middle
//!
//! One megabyte at 40 MB is new. It is too short for a part, so it borrows from what follows.
//!
//! ```
//! # use b2_proto::plan::sizes::{SizeOptions, Sizes};
//! # use b2_proto::plan::synthesis::{Intent, Part, Synthesis};
//! # const MB: u64 = 1_000_000;
//! # let synthesis = Synthesis::new(Sizes::resolve(SizeOptions::default())?);
//! let before = Intent::remote(0, 40 * MB);
//! let new = Intent::local(40 * MB, MB);
//! let behind = Intent::remote(41 * MB, 60 * MB);
//! let plan = synthesis.plan(&[before, new, behind])?;
//! let Some(Part::Join(pieces)) = plan.part(1) else { unreachable!() };
//! assert_eq!(pieces.iter().map(|piece| piece.len).collect::<Vec<_>>(), [MB, 4 * MB]);
//! assert_eq!((plan.totals().sent, plan.totals().fetched), (5 * MB, 4 * MB));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! With the whole file at hand nothing needs to be fetched: give the local data too, and ask for
//! the least transfer.
//!
//! # A synthetic backup
//!
//! The full backup is built of last week's and of the blocks that changed since. The caller has all
//! bytes; what the service has as well is given as remote.
//!
//! ```
//! # use b2_proto::plan::sizes::{SizeOptions, Sizes};
//! # use b2_proto::plan::synthesis::{Intent, Synthesis};
//! use b2_proto::plan::synthesis::least::Weights;
//!
//! # const MB: u64 = 1_000_000;
//! # let synthesis = Synthesis::new(Sizes::resolve(SizeOptions::default())?);
//! let changed = [70, 300, 304, 910];
//! let mut intents = vec![Intent::local(0, 1_000 * MB)];
//! let mut unchanged = 0;
//! for block in changed {
//!     intents.push(Intent::remote(unchanged * MB, (block - unchanged) * MB));
//!     unchanged = block + 1;
//! }
//! intents.push(Intent::remote(unchanged * MB, (1_000 - unchanged) * MB));
//!
//! let plan = synthesis.least_transfer(&intents, &Weights::default())?;
//! // Blocks 300 and 304 and what is between them make one part of 5 MB.
//! assert_eq!((plan.totals().sent, plan.totals().fetched), (15 * MB, 0));
//! assert!(plan.totals().sent < synthesis.plan(&intents)?.totals().sent
//!     + synthesis.plan(&intents)?.totals().fetched);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Cutting media files
//!
//! A film without its advertisements: the new header is local, the scenes are copied.
//!
//! ```
//! # use b2_proto::plan::sizes::{SizeOptions, Sizes};
//! # use b2_proto::plan::synthesis::{Intent, Part, Synthesis};
//! # const MB: u64 = 1_000_000;
//! # let synthesis = Synthesis::new(Sizes::resolve(SizeOptions::default())?);
//! // Where the scenes are in the recording, and how long.
//! let scenes = [(30 * MB, 800 * MB), (950 * MB, 700 * MB)];
//! let mut intents = vec![Intent::local(0, 2 * MB)];
//! let mut at = 2 * MB;
//! for (_, len) in scenes {
//!     intents.push(Intent::remote(at, len));
//!     at += len;
//! }
//! let plan = synthesis.plan(&intents)?;
//! let copied = plan.parts().filter_map(|part| match part {
//!     // Intent 0 is the header, so intent 1 is the first scene.
//!     Part::Copy(piece) => Some((scenes[piece.intent as usize - 1].0 + piece.offset, piece.len)),
//!     _ => None,
//! });
//! // The header is too short for a part, and borrows from the first scene.
//! assert_eq!(copied.collect::<Vec<_>>(), [(33 * MB, 797 * MB), (950 * MB, 700 * MB)]);
//! assert_eq!(plan.count(), 3);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # A deduplicated restore
//!
//! A file is put together from chunks that lie in packs. Chunks are short, so they are fetched and
//! sent; those that follow one another in their pack are given as one range and copied. There may
//! be any number: the streaming form keeps no list.
//!
//! ```
//! # use b2_proto::plan::sizes::{SizeOptions, Sizes};
//! # use b2_proto::plan::synthesis::{Intent, Synthesis};
//! # const MB: u64 = 1_000_000;
//! # let synthesis = Synthesis::new(Sizes::resolve(SizeOptions::default())?);
//! let chunks = (0..500).scan(0, |at, index| {
//!     let len = if index % 100 == 0 { 20 * MB } else { MB };
//!     *at += len;
//!     Some(Intent::remote(*at - len, len))
//! });
//! let mut parts = synthesis.stream(chunks);
//! assert!(parts.is_large()?);
//! let lens: Vec<u64> = parts.map(|part| part.map(|part| part.len())).collect::<Result<_, _>>()?;
//! assert_eq!(lens[..3], [20 * MB, 99 * MB, 20 * MB]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod build;
mod error;
mod fit;
mod inflow;
mod intent;
pub mod least;
mod order;
mod part;
mod plan;
mod plan_id;
mod planned;
mod priority;
mod select;
mod sort;
mod stream;
mod summary;
mod totals;
mod unbound;
mod verify;

pub use error::SynthesisError;
pub use inflow::Inflow;
pub use intent::{Intent, Origin};
pub use part::{Part, Piece, PlannedPart, StreamedPart};
pub use plan::{Parts, Plan};
pub use plan_id::LocalRange;
pub(crate) use plan_id::of_copies;
pub use planned::Synthesis;
pub use priority::Priority;
pub use stream::{PIECES_MAX, Stream};
pub use summary::Summary;
pub use totals::{Overlap, Totals};
pub use unbound::Unbound;
