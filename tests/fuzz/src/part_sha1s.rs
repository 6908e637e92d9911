//! Digests of parts that are kept with a file, perhaps by somebody else.

use b2_proto::part_digests::PartDigests;

use crate::input::Bytes;

/// Two bytes for the length of the file in parts of 7 bytes, two more for the rest; and the value.
pub fn part_sha1s(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let file_len = u64::from(bytes.number()) * 7 + u64::from(bytes.number());
    let Ok(value) = core::str::from_utf8(bytes.rest()) else { return };
    let Some(kept) = PartDigests::parse(value, file_len) else { return };
    let mut end = 0;
    for (span, _) in kept.parts() {
        assert_eq!(span.offset, end, "parts lie side by side");
        assert!(span.len > 0);
        end = span.end();
    }
    assert_eq!(end, file_len, "parts cover the file");
    assert_eq!(PartDigests::parse(&kept.to_string(), file_len), Some(kept), "written and read");
}
