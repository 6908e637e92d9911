//! The SHA-1 of each part of a large file, kept with the file.
//!
//! The service forgets the parts of a large file when it is finished. Who uploads one and knows
//! its digests beforehand keeps them in the file info under [`PART_SHA1S`], so that ranges of a
//! later download can be verified one by one. The value is
//!
//! ```text
//! 1:<length of a part>:<digests>
//! ```
//!
//! with the length in decimal bytes and the 20 bytes of every digest, one after the other, in
//! base64url without padding. All parts have that length but for the last, which takes the rest
//! and may be up to twice as long, as [`PartPlan::upload`](crate::plan::parts::PartPlan::upload)
//! cuts them. Anything else under that key is somebody else's and counts for nothing.

use crate::info::PART_SHA1S;
use crate::op::file_spec::FileSpec;
use crate::plan::Span;
use crate::plan::parts::PartPlan;
use crate::wire::text::{Decimal, Sha1};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use core::fmt;

const VERSION: &str = "1";

/// The digests of all parts of a file, and where the parts are.
///
/// ```
/// use b2_proto::part_digests::PartDigests;
/// use b2_proto::wire::text::Sha1;
///
/// // Two parts of 5 bytes and one of 2.
/// let digests = vec![Sha1::of(b"hello"), Sha1::of(b"world"), Sha1::of(b"!\n")];
/// let kept = PartDigests::new(12, 5, digests).expect("they cover the file");
/// let text = kept.to_string();
/// assert!(text.starts_with("1:5:qvTGHdzF6KLavt4PO0gs2a6pQ0"));
///
/// assert_eq!(PartDigests::parse(&text, 12), Some(kept.clone()));
/// assert_eq!(PartDigests::parse(&text, 10), None, "they do not cover another length");
/// let last = kept.parts().last().map(|(span, _)| (span.offset, span.len));
/// assert_eq!(last, Some((10, 2)));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartDigests {
    file_len: u64,
    part_len: u64,
    digests: Vec<Sha1>,
}

impl PartDigests {
    /// The digests of the parts of a file of `file_len` bytes that is cut every `part_len`.
    /// `None` when there are not as many as the file has parts.
    #[must_use]
    pub fn new(file_len: u64, part_len: u64, digests: Vec<Sha1>) -> Option<Self> {
        let before_last = (digests.len() as u64).checked_sub(1)?.checked_mul(part_len)?;
        let last_len = file_len.checked_sub(before_last)?;
        let is_cover = 0 < last_len && last_len < part_len.checked_mul(2)?;
        is_cover.then_some(Self { file_len, part_len, digests })
    }

    /// The digests of the parts of `plan`; `None` when the form cannot tell where they are.
    #[must_use]
    pub fn of_plan(plan: &PartPlan, digests: Vec<Sha1>) -> Option<Self> {
        let kept = Self::new(plan.len(), plan.part(0)?.len, digests)?;
        let is_same = plan.count() == kept.digests.len() as u64
            && kept.parts().map(|(span, _)| span).eq(plan.parts());
        is_same.then_some(kept)
    }

    /// Reads the value kept with a file of `file_len` bytes. `None` when it is not of this form
    /// or does not cover exactly the file.
    #[must_use]
    pub fn parse(value: &str, file_len: u64) -> Option<Self> {
        let (part_len, digests) =
            value.strip_prefix(VERSION)?.strip_prefix(':')?.split_once(':')?;
        let is_decimal = part_len.bytes().all(|byte| byte.is_ascii_digit());
        if !is_decimal || part_len.starts_with('0') {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(digests).ok()?;
        let (digests, rest) = bytes.as_chunks();
        let digests = digests.iter().copied().map(Sha1).collect();
        if rest.is_empty() { Self::new(file_len, part_len.parse().ok()?, digests) } else { None }
    }

    /// The parts in order, each with its digest.
    pub fn parts(&self) -> impl Iterator<Item = (Span, Sha1)> + '_ {
        (0..).map_while(|index| self.part(index))
    }

    /// The part at an index from 0, with its digest.
    #[must_use]
    pub fn part(&self, index: u64) -> Option<(Span, Sha1)> {
        let sha1 = *self.digests.get(usize::try_from(index).ok()?)?;
        let offset = index * self.part_len;
        let is_last = index + 1 == self.digests.len() as u64;
        let len = if is_last { self.file_len - offset } else { self.part_len };
        Some((Span { offset, len }, sha1))
    }

    /// The value to keep, if a file with this description has room for it.
    ///
    /// Room is what the lower limit of the service leaves (2,048 bytes of headers, ten entries;
    /// spec 4.3.4): whether the bucket encrypts or locks by default, which lowers it, only the
    /// service knows. About 70 digests fit beside a short name.
    #[must_use]
    pub fn value_for(&self, file: &FileSpec<'_>) -> Option<String> {
        let value = self.to_string();
        file.has_room_for(PART_SHA1S, &value).then_some(value)
    }
}

/// The value as it is kept.
impl fmt::Display for PartDigests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<u8> = self.digests.iter().flat_map(|sha1| sha1.0).collect();
        let digests = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        write!(f, "{VERSION}:{}:{digests}", Decimal(self.part_len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sizes::Sizes;
    use proptest::prelude::*;
    use std::format;

    fn digests(count: u64) -> Vec<Sha1> {
        (0..count).map(|index| Sha1::of(&index.to_be_bytes())).collect()
    }

    #[test]
    fn what_covers_the_file_exactly_is_taken() {
        let makes =
            |len, part_len, count| PartDigests::new(len, part_len, digests(count)).is_some();
        assert!(makes(10, 5, 2) && makes(11, 5, 2) && makes(14, 5, 2) && makes(6, 5, 2));
        // Nothing left for the last, too much for it, no part, no length, beyond 64 bits.
        assert!(!makes(5, 5, 2) && !makes(15, 5, 2) && !makes(10, 5, 0) && !makes(10, 0, 2));
        assert!(!makes(u64::MAX, u64::MAX / 2 + 1, 3) && !makes(1, u64::MAX, 1));
    }

    #[test]
    fn foreign_values_count_for_nothing() {
        let kept = PartDigests::new(12, 5, digests(3)).unwrap().to_string();
        let digests = kept.strip_prefix("1:5:").unwrap();
        assert!(PartDigests::parse(&kept, 12).is_some());
        for foreign in [
            String::new(),
            "1".into(),
            "1:5".into(),
            "1:5:".into(),
            format!("2:5:{digests}"),
            format!("1:05:{digests}"),
            format!("1:+5:{digests}"),
            format!("1::{digests}"),
            format!("1:99999999999999999999:{digests}"),
            format!("1:5:{digests}="),
            format!("1:5:{digests}A"),
            format!("1:5: {digests}"),
            format!("1:5:{}", digests.replace(['-', '_'], "+")),
            format!("1:5:{}", &digests[..digests.len() - 2]),
            format!("1:5:{}", "ż".repeat(27)),
        ] {
            let is_plain = foreign == format!("1:5:{digests}");
            assert!(is_plain || PartDigests::parse(&foreign, 12).is_none(), "{foreign}");
        }
    }

    #[test]
    fn room_is_what_the_lower_limit_leaves() {
        let kept = |count| PartDigests::new(5 * count, 5, digests(count)).unwrap();
        let file = FileSpec::new("8d62", "a.mkv");
        let most = (1..200).take_while(|count| kept(*count).value_for(&file).is_some()).last();
        assert_eq!(most, Some(74));
        let info: Vec<(String, &str)> = (0..9).map(|index| (format!("k{index}"), "v")).collect();
        let info: [(&str, &str); 9] = core::array::from_fn(|at| (info[at].0.as_str(), info[at].1));
        assert!(kept(2).value_for(&FileSpec { info: &info, ..file }).is_some());
        let ten: [(&str, &str); 10] =
            core::array::from_fn(|at| info.get(at).copied().unwrap_or(("k", "")));
        assert_eq!(kept(2).value_for(&FileSpec { info: &ten, ..file }), None, "ten are there");
    }

    proptest! {
        #[test]
        fn plans_survive_the_way_there_and_back(
            len in 1_u64..100_000, min in 1_u64..1_000, more in 0_u64..1_000,
        ) {
            let sizes = Sizes::new(min, min + more, min + more).unwrap();
            let plan = PartPlan::upload(len, &sizes);
            prop_assume!(plan.is_large());
            let kept = PartDigests::of_plan(&plan, digests(plan.count())).unwrap();
            let back = PartDigests::parse(&kept.to_string(), len).unwrap();
            prop_assert_eq!(&back, &kept);
            prop_assert!(back.parts().map(|(span, _)| span).eq(plan.parts()));
            prop_assert_eq!(PartDigests::parse(&kept.to_string(), len + 2 * sizes.max()), None);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*", len: u64) {
            let _ = PartDigests::parse(&text, len);
            let _ = PartDigests::parse(&format!("1:{len}:{text}"), len);
        }
    }
}
