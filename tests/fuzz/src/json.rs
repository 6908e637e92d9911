//! The reader of JSON that needs no heap, beside one that everybody uses.

use b2_proto::wire::json_read::{Json, JsonError, Kind};
use serde_json::Value;

/// A document.
pub fn json(data: &[u8]) {
    let (own, other) = (Json::parse(data), serde_json::from_slice::<Value>(data));
    match (own, other) {
        (Ok(own), Ok(other)) => compare(own, &other),
        (Err(_), Err(_)) => {}
        (Err(JsonError::TooDeep), Ok(_)) => {}
        (Err(error), Ok(other)) => panic!("{error:?} although it is {other}"),
        (Ok(own), Err(error)) => {
            // Surrogates that are no pairs are replaced here, and numbers are not looked into.
            let text = own.raw();
            let is_known = text.contains("\\u") || text.contains('e') || text.contains('E');
            let is_large = text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > 300);
            assert!(is_known || is_large, "read although {error}: {text}");
        }
    }
}

fn compare(own: Json<'_>, other: &Value) {
    match (own.kind(), other) {
        (Kind::Null, Value::Null) => assert!(own.is_null()),
        (Kind::Bool, Value::Bool(is_true)) => assert_eq!(own.to_bool(), Ok(*is_true)),
        (Kind::Number, Value::Number(number)) => {
            if let Ok(own) = own.to_u64() {
                assert_eq!(number.as_f64(), Some(own as f64));
            }
            if let Some(whole) = number.as_u64().filter(|_| own.raw().bytes().all(is_digit)) {
                assert_eq!(own.to_u64(), Ok(whole));
            }
        }
        (Kind::String, Value::String(text)) => {
            let chars: String = own.chars().expect("a string").collect();
            assert_eq!(&chars, text);
            assert!(own.is_str(text));
            assert!(own.borrowed().is_none_or(|borrowed| borrowed == text));
        }
        (Kind::Array, Value::Array(items)) => {
            let own: Vec<_> = own.items().expect("an array").collect();
            assert_eq!(own.len(), items.len());
            own.into_iter().zip(items).for_each(|(own, other)| compare(own, other));
        }
        (Kind::Object, Value::Object(members)) => {
            for (key, other) in members {
                compare(own.get(key).expect("the same keys"), other);
            }
        }
        (kind, other) => panic!("{kind:?} instead of {other}"),
    }
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}
