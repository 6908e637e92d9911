//! serde_json is the oracle.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// Any document: integers, strings with everything that needs escaping, and nesting.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Eighths, because serde_json does not round every fraction back to itself.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", any::<String>(), "[\\x00-\\x22\\\\\u{7f}\u{e000}🙂ż]{0,6}"]
}

/// Rebuilds the document through the public face of the reader.
fn rebuild(json: Json<'_>) -> Value {
    match json.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => json.to_bool().unwrap().into(),
        Kind::Number => match (json.to_u64(), json.to_i64()) {
            (Ok(n), _) => n.into(),
            (_, Ok(n)) => n.into(),
            // Fractions are not read; the oracle rounds them in its own way.
            _ => serde_json::from_str(json.raw()).unwrap(),
        },
        Kind::String => text(json).into(),
        Kind::Array => json.items().unwrap().map(rebuild).collect(),
        Kind::Object => {
            let members = json.members().unwrap();
            Value::Object(members.map(|(key, value)| (text(key), rebuild(value))).collect())
        }
    }
}

fn text(json: Json<'_>) -> String {
    let mut out = String::new();
    json.write_text(&mut out).unwrap();
    assert!(json.is_str(&out));
    out
}

/// Escapes every character as `\uXXXX`, in pairs where needed.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| std::format!("\\u{unit:04X}")).collect()
}

/// Picking from a document finds, or refuses, what parsing it and looking keys up does.
#[track_caller]
fn picks_what_it_parses(document: &[u8]) {
    let keys = ["a", "b", "ab", ""];
    let raw = |value: Option<Json<'_>>| value.map(|value| value.raw().to_string());
    let picked = Json::pick(document, &keys).map(|found| found.map(raw));
    let parsed = Json::parse(document).and_then(|json| {
        json.members()?;
        Ok(keys.map(|key| raw(json.present(key))))
    });
    assert_eq!(picked, parsed);
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in any_json(), pretty in any::<bool>()) {
        let document = if pretty {
            serde_json::to_vec_pretty(&value).unwrap()
        } else {
            serde_json::to_vec(&value).unwrap()
        };
        let json = Json::parse(&document).unwrap();
        prop_assert_eq!(rebuild(json), value.clone());
        picks_what_it_parses(&document);
        if let Value::Object(map) = &value {
            for (key, value) in map {
                prop_assert_eq!(json.get(key).map(rebuild), Some(value.clone()));
            }
        }
    }

    #[test]
    fn escapes_of_any_text_are_undone(text in any::<String>()) {
        let document = std::format!("\"{}\"", escaped(&text));
        let json = Json::parse(document.as_bytes()).unwrap();
        prop_assert!(json.is_str(&text));
        prop_assert_eq!(json.text_truncated::<9>().unwrap(), Text::<9>::truncated(&text));
    }

    /// A document with one byte changed, cut or doubled is taken or refused as the oracle does.
    #[test]
    fn refuses_what_serde_json_refuses(
        value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..4,
    ) {
        let mut document = serde_json::to_vec(&value).unwrap();
        let at = at.index(document.len());
        match how {
            0 => document[at] = byte,
            1 => document.truncate(at),
            2 => document.insert(at, document[at]),
            _ => document[at] = b"{}[]\",:\\0-.eE+tfn u"[usize::from(byte) % 19],
        }
        picks_what_it_parses(&document);
        let wanted = serde_json::from_slice::<Value>(&document);
        match Json::parse(&document) {
            Ok(json) => match wanted {
                Ok(value) => prop_assert_eq!(rebuild(json), value),
                // The two documented differences: lone surrogates, and numbers past f64.
                Err(error) => {
                    let error = error.to_string();
                    let known = error.contains("surrogate") || error.contains("out of range")
                        || error.contains("end of hex escape");
                    prop_assert!(known, "{}", error);
                }
            },
            Err(_) => prop_assert!(wanted.is_err()),
        }
    }

    #[test]
    fn any_bytes_are_safe(document in any::<Vec<u8>>()) {
        if let Ok(json) = Json::parse(&document) {
            rebuild(json);
        }
    }
}

#[track_caller]
fn check(document: &str, wanted: &str) {
    let json = Json::parse(document.as_bytes()).unwrap();
    assert_eq!(json.text::<64>().unwrap(), wanted);
}

#[test]
fn halves_of_surrogate_pairs_become_replacement_characters() {
    check(r#""\ud83d\ude42""#, "🙂");
    check(r#""\ud83d""#, "\u{fffd}");
    check(r#""\ude42x""#, "\u{fffd}x");
    check(r#""\ud83d\ud83d\ude42""#, "\u{fffd}🙂");
    check(r#""\ud83d\u0041\/""#, "\u{fffd}A/");
    check(r#""\ud83d\n""#, "\u{fffd}\n");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    assert!(Json::parse(&nested(64)).is_ok());
    assert_eq!(Json::parse(&nested(65)).unwrap_err(), JsonError::TooDeep);
    assert_eq!(Json::parse(&b"[".repeat(100_000)).unwrap_err(), JsonError::TooDeep);
    let objects = |depth: usize| [b"{\"a\":".repeat(depth), b"{}".to_vec(), b"}".repeat(depth)];
    assert!(Json::parse(&objects(63).concat()).is_ok());
    assert_eq!(Json::parse(&objects(64).concat()).unwrap_err(), JsonError::TooDeep);
}

#[test]
fn paths_kinds_and_ranges() {
    let document = br#" {"apiInfo":{"storageApi":{"apiUrl":"https:\/\/a","n":-3,"big":1e3}},
        "a":1,"a":2,"nothing":null,"no\u0074e":true} "#;
    let json = Json::parse(document).unwrap();
    assert!(json.at(&["apiInfo", "storageApi", "apiUrl"]).unwrap().is_str("https://a"));
    assert!(json.at(&["apiInfo", "missing", "apiUrl"]).is_none());
    assert_eq!(json.field("a").unwrap().to_u64(), Ok(2));
    assert_eq!(json.field("nothing").unwrap_err(), JsonError::Missing { key: "nothing" });
    assert_eq!(json.get("note").unwrap().to_bool(), Ok(true));
    let api = json.at(&["apiInfo", "storageApi"]).unwrap();
    assert_eq!(api.get("n").unwrap().to_i64(), Ok(-3));
    assert_eq!(api.get("n").unwrap().to_u64(), Err(JsonError::OutOfRange));
    assert_eq!(api.get("big").unwrap().to_u64(), Err(JsonError::OutOfRange));
    assert_eq!(api.get("apiUrl").unwrap().text::<8>(), Err(JsonError::TooLong));
    assert_eq!(api.get("apiUrl").unwrap().borrowed(), None);
    let wrong = JsonError::WrongKind { wanted: Kind::Array, found: Kind::Object };
    assert_eq!(json.items().unwrap_err(), wrong);
}
