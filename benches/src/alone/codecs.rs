//! The pieces requests are made of.

use super::Case;
use super::examples::{FILE_NAME, part, version, versions_page};
use b2_proto::name::Encoded;
use b2_proto::op::receipt::PartRef;
use b2_proto::wire::json_read::Json;
use b2_proto::wire::text::Sha1;
use core::fmt::Write as _;
use core::hint::black_box;

/// A piece, and how many bytes it goes through.
#[derive(Debug)]
pub struct Codec {
    /// The work.
    pub case: Case,
    /// Bytes in, for a rate.
    pub bytes: usize,
}

impl Codec {
    fn new(name: &'static str, bytes: usize, run: impl FnMut() + 'static) -> Self {
        Self { case: Case::new(name, run), bytes }
    }
}

/// All pieces.
pub fn codecs() -> Vec<Codec> {
    let (one, page) = (version(), versions_page(1_000));
    let (page_again, ascii) = (page.clone(), "photos/2026/01/IMG_20260104_032022.jpg");
    let mut text = String::with_capacity(256);
    let mut ascii_text = String::with_capacity(256);
    let part = part(3, 5_000_000);
    let payload = vec![7_u8; 1 << 20];
    vec![
        Codec::new("check a JSON answer of one version", one.len(), {
            let one = one.clone();
            move || {
                black_box(Json::parse(black_box(one.as_bytes()))).expect("JSON");
            }
        }),
        Codec::new("check it and take its ID", one.len(), move || {
            let json = Json::parse(black_box(one.as_bytes())).expect("JSON");
            black_box(json.field("fileId").and_then(|id| id.text::<256>())).expect("an ID");
        }),
        Codec::new("read the answer for a part", part.len(), move || {
            black_box(PartRef::read(black_box(part.as_bytes()))).expect("a part");
        }),
        Codec::new("check a JSON page of 1,000 versions", page.len(), move || {
            black_box(Json::parse(black_box(page.as_bytes()))).expect("JSON");
        }),
        Codec::new("the same page by serde_json", page_again.len(), move || {
            let json = black_box(page_again.as_bytes());
            black_box(serde_json::from_slice::<serde::de::IgnoredAny>(json)).expect("JSON");
        }),
        Codec::new("percent-encode a name in ASCII", ascii.len(), move || {
            ascii_text.clear();
            write!(ascii_text, "{}", Encoded(black_box(ascii))).expect("strings take all text");
            black_box(&ascii_text);
        }),
        Codec::new("percent-encode a name with accents", FILE_NAME.len(), move || {
            text.clear();
            write!(text, "{}", Encoded(black_box(FILE_NAME))).expect("strings take all text");
            black_box(&text);
        }),
        Codec::new("SHA-1 of 1 MiB", payload.len(), move || {
            black_box(Sha1::of(black_box(&payload)));
        }),
    ]
}
