//! Heads of downloads, and what their single headers say.

use b2_proto::info;
use b2_proto::model::DownloadInfo;
use b2_proto::op::download::DownloadRef;
use b2_proto::plan::ranges::ContentRange;
use b2_proto::policy::clock::parse_http_date;
use b2_proto::wire::reply::retry_after_s;

use crate::input::Bytes;

/// One byte for the status, and lines of `name: value`.
pub fn headers(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let status = if bytes.byte().is_multiple_of(2) { 200 } else { 206 };
    let fields = bytes.fields();
    let _ = retry_after_s(&fields);
    for (name, value) in &fields.0 {
        if let Some((key, _)) = info::from_header(name, value) {
            assert!(name.len() > key.len());
        }
        date(value);
        range(value);
    }
    let (least, whole) = (DownloadRef::read(status, &fields), DownloadInfo::read(&fields));
    if let Ok(least) = least {
        let end = least.span.offset + least.span.len;
        assert!(end <= least.len, "{:?} of {}", least.span, least.len);
        if let Ok(whole) = whole {
            assert_eq!(whole.file_id.as_str(), least.file_id.as_str());
            assert_eq!(whole.content_length, least.span.len);
        }
    }
}

fn date(value: &str) {
    // The largest four-digit year.
    const SECONDS_MAX: u64 = 253_402_300_800;
    if let Some(seconds) = parse_http_date(value) {
        assert!(seconds <= SECONDS_MAX, "{value:?} is {seconds}");
    }
}

fn range(value: &str) {
    let Some(range) = ContentRange::parse(value) else { return };
    if let Some(span) = range.span() {
        assert_eq!((span.offset, span.len), (range.first, range.last + 1 - range.first));
        assert!(range.total.is_none_or(|total| span.offset + span.len <= total));
    }
}
