//! Names: encoded and decoded, shown, and as local paths.

use std::path::{Component, Path};

use b2_local::safe_name::{self, Platform};
use b2_proto::info::{self, HeaderSize};
use b2_proto::name::{self, NameRule};

/// One name, in UTF-8 or not.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    encoded(&text);
    rules(&text);
    local(&text);
}

fn encoded(text: &str) {
    let encoded = name::encode(text);
    assert_eq!(name::decode(&encoded), text);
    assert_eq!(name::encoded_len(text), encoded.len() as u64);
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>?#&\\^`{|}".contains(&byte);
    assert!(encoded.bytes().all(is_plain), "{encoded}");
    // What was encoded by others is decoded too, whatever it is.
    let decoded = name::decode(text);
    assert_eq!(name::decode(&name::encode(&decoded)), decoded);
    let shown = name::Substituted(text).to_string();
    assert!(!shown.chars().any(name::is_unprintable), "{shown:?}");
}

fn rules(text: &str) {
    if name::check_create(text).is_ok() {
        assert!(!text.is_empty() && text.len() <= 1_024);
    }
    if name::check_upload(text).is_ok() {
        assert!(!text.bytes().any(|byte| byte.is_ascii_control()));
        assert_eq!(name::check(NameRule::Service, text), Ok(()));
    }
    if name::check_bucket_name(text).is_ok() {
        assert_eq!(name::encode(text), text);
    }
    if info::check_key(text).is_ok() {
        assert!(http::HeaderName::from_bytes(text.as_bytes()).is_ok());
    }
    let mut size = HeaderSize::new(text);
    let before = size.bytes();
    size.add("key", text);
    assert!(size.bytes() > before);
}

/// No name that passes leads out of the folder.
fn local(text: &str) {
    for platform in [Platform::Unix, Platform::Windows] {
        if safe_name::check(platform, text).is_err() {
            continue;
        }
        let is_normal = |piece: Component<'_>| matches!(piece, Component::Normal(_));
        assert!(Path::new(text).components().all(is_normal), "{text:?}");
        assert!(!text.contains('\0') && !text.starts_with('/'));
        if platform == Platform::Windows {
            let is_outside =
                |c: char| "\\:*?\"<>|".contains(c) || c.is_ascii_control() && c != '\u{7f}';
            assert!(!text.chars().any(is_outside), "{text:?}");
        }
    }
}
