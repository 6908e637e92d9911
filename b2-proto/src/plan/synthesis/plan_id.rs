//! What tells whether an unfinished file was begun with the same plan (behaviour d.7).
//!
//! The identity is the SHA-1 of a text that describes the parts: a SHA-1 for what is local, file
//! ID, offset and length for what is remote. Offsets are those within the intent, so plans that
//! differ only in where their intents begin in remote files share it: the format is the
//! reference's.

use core::fmt::{self, Write};

use super::intent::Origin;
use super::part::{Part, Piece};
use super::plan::Plan;
use crate::plan::Span;
use crate::wire::digest::Hasher;
use crate::wire::text::Sha1;

/// Tells an identity by places in files from one by places in intents.
const BY_PLACE: &str = "places in files: ";

impl Plan {
    /// Whether the plan has an identity: only when some part has remote bytes.
    #[must_use]
    pub const fn has_plan_id(&self) -> bool {
        self.totals().copied > 0 || self.totals().fetched > 0
    }

    /// Local ranges in the order in which [`plan_id`](Self::plan_id) wants to know their SHA-1;
    /// the pieces of each are hashed one after the other.
    pub fn plan_id_ranges(&self) -> impl Iterator<Item = LocalRange<'_>> {
        let parts = if self.has_plan_id() { self.count() } else { 0 };
        self.parts().take(parts as usize).flat_map(|part| {
            let (whole, pieces) = match part {
                Part::Send(piece) => (Some(LocalRange::One(piece)), &[][..]),
                Part::Copy(_) => (None, &[][..]),
                Part::Join(pieces) if part.is_local() => {
                    (Some(LocalRange::Several(pieces)), &[][..])
                }
                Part::Join(pieces) => (None, pieces),
            };
            let local = pieces.iter().filter(|piece| piece.origin == Origin::Local);
            whole.into_iter().chain(local.map(|piece| LocalRange::One(*piece)))
        })
    }

    /// The identity of the plan, which is kept as `plan_id` in the file info of the unfinished
    /// file. Nothing when all parts are local, or when there are fewer digests than
    /// [`plan_id_ranges`](Self::plan_id_ranges).
    pub fn plan_id<'f>(
        &self,
        file_id: impl Fn(u32) -> &'f str,
        digests: impl IntoIterator<Item = Sha1>,
    ) -> Option<Sha1> {
        let mut hashed = Hashed(Hasher::default());
        self.write_identity(&mut hashed, file_id, digests).ok()?;
        self.has_plan_id().then(|| Sha1(hashed.0.finish()))
    }

    /// The same for intents of which it is told where in their remote files they begin. The
    /// offsets are then those in the files, so plans share an identity only if they copy the same
    /// bytes. It is never that of [`plan_id`](Self::plan_id), which plans of other bytes may have:
    /// what was begun by that is not gone on with.
    pub fn plan_id_of<'f>(
        &self,
        source: impl Fn(u32) -> (&'f str, u64),
        digests: impl IntoIterator<Item = Sha1>,
    ) -> Option<Sha1> {
        let mut hashed = Hashed(Hasher::default());
        hashed.write_str(BY_PLACE).ok()?;
        self.write_parts(&mut hashed, source, digests).ok()?;
        self.has_plan_id().then(|| Sha1(hashed.0.finish()))
    }

    /// Writes the text whose SHA-1 is the [`plan_id`](Self::plan_id): a JSON list of all parts.
    ///
    /// # Errors
    /// When `out` takes no more, or digests are missing.
    pub fn write_identity<'f>(
        &self,
        out: &mut impl Write,
        file_id: impl Fn(u32) -> &'f str,
        digests: impl IntoIterator<Item = Sha1>,
    ) -> fmt::Result {
        self.write_parts(out, |intent| (file_id(intent), 0), digests)
    }

    fn write_parts<'f>(
        &self,
        out: &mut impl Write,
        source: impl Fn(u32) -> (&'f str, u64),
        digests: impl IntoIterator<Item = Sha1>,
    ) -> fmt::Result {
        let copied = |out: &mut _, piece: &Piece| {
            let (file_id, start) = source(piece.intent);
            remote(out, start + piece.offset, piece.len, file_id)
        };
        let mut digests = digests.into_iter();
        let mut digest = |out: &mut _| {
            let digest = digests.next().ok_or(fmt::Error)?;
            Write::write_fmt(out, format_args!("\"{digest}\""))
        };
        list(out, self.parts(), |out, part| match part {
            Part::Copy(piece) => copied(out, &piece),
            Part::Send(_) => digest(out),
            Part::Join(_) if part.is_local() => digest(out),
            Part::Join(pieces) => list(out, pieces, |out, piece| match piece.origin {
                Origin::Local => digest(out),
                Origin::Remote => copied(out, piece),
            }),
        })
    }
}

/// The identity of a large file whose parts are all copied from one version, which are the spans
/// of it. Unlike that of a plan it tells where in the version the first part begins.
pub(crate) fn of_copies(file_id: &str, spans: impl Iterator<Item = Span>) -> Sha1 {
    let mut hashed = Hashed(Hasher::default());
    let _ = hashed.write_str(BY_PLACE);
    // Nothing but a digest is written to.
    let _ = list(&mut hashed, spans, |out, span| remote(out, span.offset, span.len, file_id));
    Sha1(hashed.0.finish())
}

/// Local bytes that have one SHA-1 in the identity of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalRange<'a> {
    /// Bytes of one intent.
    One(Piece),
    /// Bytes of several, one after the other.
    Several(&'a [Piece]),
}

impl LocalRange<'_> {
    /// What to hash, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        match self {
            Self::One(piece) => core::slice::from_ref(piece),
            Self::Several(pieces) => pieces,
        }
    }
}

fn list<W: Write, T>(
    out: &mut W,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut W, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write(out, item)?;
    }
    out.write_char(']')
}

fn remote(out: &mut impl Write, offset: u64, len: u64, file_id: &str) -> fmt::Result {
    out.write_str("[\"")?;
    ascii(out, file_id)?;
    write!(out, "\", {offset}, {len}]")
}

/// A text inside quotes as JSON in ASCII.
fn ascii(out: &mut impl Write, text: &str) -> fmt::Result {
    for each in text.chars() {
        match each {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            ' '..='\u{7e}' => out.write_char(each)?,
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
    }
    Ok(())
}

struct Hashed(Hasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
