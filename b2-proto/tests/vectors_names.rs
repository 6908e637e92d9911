//! Names, encodings and headers against what the reference does.

mod common;

use std::collections::BTreeMap;

use b2_proto::info::from_header;
use b2_proto::name::{
    Decoded, Encoded, Hexed, NameError, PathClass, Quoted, Substituted, check_create, check_upload,
};
use b2_proto::sse::{key_base64, key_md5_base64};
use b2_proto::wire::text::parse_hex;

use common::{Case, Checked, same};

#[test]
fn names() {
    common::run("names.jsonl", |kind, case| match kind {
        "encode" => same(Encoded(case.str("s")).to_string(), case.str("out")),
        "decode" => same(Decoded::new(case.str("s")).to_string(), case.str("out")),
        "check" => check(case),
        "show" => show(case),
        "as_path" => as_path(case),
        "info_from_headers" => info_from_headers(case),
        "url_by_name" => url_by_name(case),
        "upload_headers" => upload_headers(case),
        "sse_c" => sse_c(case),
        _ => Err("not a kind of case this test knows".to_owned()),
    });
}

fn check(case: &Case<'_>) -> Checked {
    let name = if case.0.get("rep").is_some() {
        let pieces = case.list::<(String, usize)>("rep");
        pieces.iter().map(|(text, times)| text.repeat(*times)).collect()
    } else {
        case.str("s").to_owned()
    };
    let text = |result: Result<(), NameError>| match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.about(&name).to_string(),
    };
    same(name.len() as u64, case.u64("bytes"))?;
    same(text(check_create(&name)), case.str("a"))?;
    same(text(check_upload(&name)), case.str("b"))
}

fn show(case: &Case<'_>) -> Checked {
    let name = case.str("s");
    same(Hexed(name).to_string(), case.str("hex"))?;
    same(Quoted(name).to_string(), case.str("quoted"))?;
    same(Substituted(name).to_string(), case.str("subst"))?;
    same(Some(Substituted(name).changes()), case.field("changed").as_bool())
}

fn as_path(case: &Case<'_>) -> Checked {
    let class = match PathClass::of(case.str("s")) {
        PathClass::Inside => "ok",
        PathClass::Relative => "relative",
        PathClass::Absolute => "absolute",
    };
    same(class, case.str("out"))
}

fn info_from_headers(case: &Case<'_>) -> Checked {
    let headers = case.texts("headers");
    let info = headers.iter().filter_map(|(name, value)| from_header(name, value));
    let info = info.map(|(key, value)| (key.to_owned(), Decoded::new(value).to_string()));
    same(info.collect::<BTreeMap<_, _>>(), case.texts("info"))
}

fn url_by_name(case: &Case<'_>) -> Checked {
    let (base, bucket) = (case.str("base"), case.str("bucket"));
    let url = format!("{base}/file/{bucket}/{}", Encoded(case.str("name")));
    same(url, case.str("out"))
}

fn upload_headers(case: &Case<'_>) -> Checked {
    let headers = case.texts("headers");
    let name = Encoded(case.str("name")).to_string();
    same(Some(&name), headers.get("X-Bz-File-Name"))?;
    case.texts("info").iter().try_for_each(|(key, value)| {
        let value = Encoded(value).to_string();
        same(Some(&value), headers.get(&format!("X-Bz-Info-{key}")))
    })
}

fn sse_c(case: &Case<'_>) -> Checked {
    let mut key = [0; 32];
    parse_hex(case.str("key_hex"), &mut key).map_err(|error| error.to_string())?;
    let (base64, md5) = (key_base64(&key), key_md5_base64(&key));
    let json = case.texts("json");
    same(Some(base64.expose()), json.get("customerKey").map(String::as_str))?;
    same(Some(&*md5), json.get("customerKeyMd5").map(String::as_str))
}
