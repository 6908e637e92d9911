//! What of a download is safe on the disk: a file of lines beside its temporary file.
//!
//! The first line says of which file and which version the bytes are, each further one names a
//! range. Each begins with a check of itself and of all before it, so what is torn or lost when
//! the power fails counts for nothing.

use b2_proto::error::Cause;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::plan::Span;
use b2_proto::wire::text::Sha1;

use crate::disk::Disk;

/// Writes the first line, for a temporary file with this number.
pub(crate) fn create(
    disk: &mut Disk,
    name: &str,
    file: usize,
    kept: &KeptRanges,
) -> Result<(), Cause> {
    let KeptRanges { file_id, len, span, ranges } = kept;
    disk.create(name);
    append(disk, name, &format!("{file} {file_id} {len} {} {}", span.offset, span.len))?;
    ranges.iter().try_for_each(|range| note(disk, name, *range))
}

/// Notes a range whose bytes are safe.
pub(crate) fn note(disk: &mut Disk, name: &str, range: Span) -> Result<(), Cause> {
    append(disk, name, &format!("{} {}", range.offset, range.len))
}

fn append(disk: &mut Disk, name: &str, line: &str) -> Result<(), Cause> {
    let before = disk.read(name).unwrap_or_default();
    let check = check_of(before, line);
    let (end, line) = (before.len(), format!("{check} {line}\n"));
    disk.write(name, end, line.as_bytes())
}

fn check_of(before: &[u8], line: &str) -> String {
    let digits = Sha1::of(&[before, line.as_bytes()].concat()).to_string();
    digits[..16].to_owned()
}

/// What a journal says of the temporary file with this number.
pub(crate) fn read(disk: &Disk, name: &str, file: usize) -> Option<KeptRanges> {
    let bytes = disk.read(name)?;
    let mut good = 0;
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map_while(|line| {
        let text = core::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (check, rest) = text.split_once(' ')?;
        let is_sound = check == check_of(&bytes[..good], rest);
        good += line.len();
        is_sound.then(|| rest.to_owned())
    });
    let first = lines.next()?;
    let words: Vec<_> = first.split(' ').collect();
    let [number, file_id, len, offset, count] = words[..] else { return None };
    if number.parse() != Ok(file) {
        return None;
    }
    let span = Span { offset: offset.parse().ok()?, len: count.parse().ok()? };
    let mut ranges = Vec::new();
    for line in lines {
        let (offset, len) = line.split_once(' ')?;
        add(&mut ranges, Span { offset: offset.parse().ok()?, len: len.parse().ok()? });
    }
    Some(KeptRanges { file_id: file_id.to_owned(), len: len.parse().ok()?, span, ranges })
}

/// Adds a range to others that lie in order and apart.
pub(crate) fn add(ranges: &mut Vec<Span>, mut span: Span) {
    ranges.retain(|each| {
        let touches = each.offset <= span.end() && span.offset <= each.end();
        if touches {
            let (offset, end) = (each.offset.min(span.offset), each.end().max(span.end()));
            span = Span { offset, len: end - offset };
        }
        !touches
    });
    let place = ranges.partition_point(|each| each.offset < span.offset);
    ranges.insert(place, span);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_torn_counts_for_nothing() {
        let span = Span { offset: 5, len: 50 };
        let kept = KeptRanges { file_id: "4_z".to_owned(), len: 100, span, ranges: Vec::new() };
        let mut disk = Disk::default();
        create(&mut disk, "j", 3, &kept).expect("a disk");
        for (offset, len) in [(0, 10), (20, 5), (10, 2)] {
            note(&mut disk, "j", Span { offset, len }).expect("a disk");
        }
        let ranges = [(0, 12), (20, 5)].map(|(offset, len)| Span { offset, len }).to_vec();
        assert_eq!(read(&disk, "j", 3), Some(KeptRanges { ranges, ..kept }));
        assert_eq!(read(&disk, "j", 4), None, "of another file");
        let len = disk.read("j").expect("there").len();
        disk.write("j", len - 3, b"9").expect("a disk");
        assert_eq!(read(&disk, "j", 3).expect("the rest").ranges.len(), 2);
        disk.write("j", 3, b"x").expect("a disk");
        assert_eq!(read(&disk, "j", 3), None);
    }
}
