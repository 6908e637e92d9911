//! Names, encodings and headers against what the reference does.

mod common;

use std::collections::BTreeMap;

use b2_proto::id::SourceId;
use b2_proto::info::from_header;
use b2_proto::name::{
    Decoded, Encoded, Hexed, NameError, PathClass, Quoted, Substituted, check_create, check_upload,
};
use b2_proto::op::file_spec::{CustomerKeyRef, Encryption, FileSpec, Info};
use b2_proto::op::receipt::FileRef;
use b2_proto::op::start_large_file::StartLargeFile;
use b2_proto::sse::{key_base64, key_md5_base64};
use b2_proto::wire::body::{Body, DigestMode, WriteJson as _};
use b2_proto::wire::head::{Auth, Field, FieldSet, Head, Method, NO_QUERY, Target};
use b2_proto::wire::reply::Headers as _;
use b2_proto::wire::text::{Sha1, parse_hex};
use serde_json::Value;

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
    let headers: Vec<(String, String)> = case.texts("headers").into_iter().collect();
    let mut info = BTreeMap::new();
    headers.as_slice().each(&mut |name, value| {
        if let Some((key, value)) = from_header(name, value) {
            info.insert(key.to_owned(), Decoded::new(value).to_string());
        }
    });
    same(info, case.texts("info"))
}

fn url_by_name(case: &Case<'_>) -> Checked {
    let (base, bucket, name) = (case.str("base"), case.str("bucket"), case.str("name"));
    let target = Target::FileByName { base, bucket, name, query: NO_QUERY };
    same(target.to_string(), case.str("out"))
}

fn upload_headers(case: &Case<'_>) -> Checked {
    let info = Pairs(case.texts("info"));
    let mut spec = FileSpec::new("bucket", case.str("name"));
    spec.content_type = case.str("content_type");
    spec.info = &info;
    let digest = DigestMode::Known(Sha1::of(b"abc"));
    let body = Body::Range { source: SourceId(0), offset: 0, len: 3, digest };
    let head = upload_head(FieldSet::File(&spec), digest);
    let mut got = fields(|put| head.each_field(put))?;
    // Ours asks for JSON as well, and leaves the length to the framing.
    same(got.remove("Accept").as_deref(), Some("application/json"))?;
    got.insert("Content-Length".to_owned(), body.content_len().to_string());
    same(got, case.texts("headers"))
}

fn sse_c(case: &Case<'_>) -> Checked {
    let mut key = [0; 32];
    parse_hex(case.str("key_hex"), &mut key).map_err(|error| error.to_string())?;
    let (base64, md5) = (key_base64(&key), key_md5_base64(&key));
    let id = case.opt_str("key_id");
    let key = CustomerKeyRef { key_base64: base64.expose(), md5_base64: &md5, id };
    let mut spec = FileSpec::new("bucket", "name");
    spec.encryption = Encryption::Customer(key);

    let part = upload_head(FieldSet::Part { number: 7, file: &spec }, DigestMode::AtEnd);
    let mut got = fields(|put| part.each_field(put))?;
    for other in ["Authorization", "Accept", "X-Bz-Content-Sha1", "X-Bz-Part-Number"] {
        got.remove(other).ok_or(other)?;
    }
    same(got, case.texts("upload_headers"))?;
    same(fields(|put| key.each_field(put))?, case.texts("download_headers"))?;

    let mut start = String::new();
    let operation = StartLargeFile::<_, FileRef>::new(spec);
    operation.write_json(&mut start).map_err(|error| error.to_string())?;
    let start: Value = serde_json::from_str(&start).map_err(|error| error.to_string())?;
    same(start.get("serverSideEncryption"), Some(case.field("json")))?;
    let info = start.get("fileInfo").and_then(|info| info.get("sse_c_key_id"));
    same(info.and_then(Value::as_str), id)
}

/// The head of an upload with the token that the vectors use.
fn upload_head<'a>(fields: FieldSet<'a>, digest: DigestMode) -> Head<'a> {
    Head {
        method: Method::Post,
        target: Target::Upload("https://pod.test/upload"),
        auth: Auth::Token("token"),
        range: None,
        wants_json: true,
        content_sha1: Some(digest),
        fields,
        test_mode: None,
    }
}

/// Headers as they are sent; none may come twice.
fn fields(each: impl Fn(&mut dyn FnMut(Field<'_>))) -> Result<BTreeMap<String, String>, String> {
    let mut fields = BTreeMap::new();
    let mut twice = None;
    each(&mut |field| {
        let name = field.name.to_string();
        if fields.insert(name.clone(), field.value.to_string()).is_some() {
            twice = Some(name);
        }
    });
    twice.map_or(Ok(fields), |name| Err(format!("{name} is sent twice")))
}

/// File info that is there with and without the heap tier.
struct Pairs(BTreeMap<String, String>);

impl Info for Pairs {
    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.0.iter().for_each(|(key, value)| take(key, value));
    }
}
