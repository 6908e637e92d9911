//! Structures for people: lines like those of YAML (spec 5.7).

use b2_proto::name::Hexed;
use serde_json::{Map, Value};

/// The lines of a dictionary or a list, each with its end.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, false);
    out
}

/// `is_begun` says that the first line has its indent already.
fn write(out: &mut String, value: &Value, indent: usize, is_begun: bool) {
    let start = " ".repeat(indent);
    let start = |nth: usize| if is_begun && nth == 0 { "" } else { start.as_str() };
    match value {
        Value::Object(object) => {
            for (nth, (key, value)) in ordered(object).into_iter().enumerate() {
                out.push_str(&format!("{}{key}: ", start(nth)));
                if value.is_object() || value.is_array() {
                    out.push('\n');
                }
                write(out, value, indent + 2, false);
            }
        }
        Value::Array(list) => {
            for (nth, item) in list.iter().enumerate() {
                out.push_str(&format!("{}- ", start(nth)));
                write(out, item, indent + 2, true);
            }
        }
        Value::String(text) => out.push_str(&format!("{}\n", single(text))),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&format!("{value}\n")),
    }
}

/// By key, with what identifies a thing first.
fn ordered(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let place = |key: &str| match key.to_lowercase().as_str() {
        "id" => 0,
        "name" => 1,
        _ => 2,
    };
    let mut all: Vec<_> = object.iter().collect();
    all.sort_by_key(|(key, _)| (place(key), key.to_lowercase()));
    all
}

/// A text, in quotes where it would be read as something else.
fn single(text: &str) -> String {
    const WORDS: [&str; 5] = ["true", "false", "null", "yes", "no"];
    let is_word = WORDS.contains(&text.to_lowercase().as_str());
    if is_word || text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("'{text}'")
    } else {
        Hexed(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_is_shown_as_the_reference_does() {
        let rule = json!({
            "eventTypes": ["b2:ObjectCreated:*"],
            "isEnabled": true,
            "isSuspended": false,
            "name": "rule1",
            "objectNamePrefix": "pre/",
            "suspensionReason": "",
            "targetConfiguration": {
                "customHeaders": { "X": "1", "flag": "" },
                "hmacSha256SigningSecret": null,
                "targetType": "webhook",
                "url": "https://example.com/webhook",
            },
        });
        let want = "name: rule1\neventTypes: \n  - b2:ObjectCreated:*\nisEnabled: true\n\
                    isSuspended: false\nobjectNamePrefix: pre/\nsuspensionReason: ''\n\
                    targetConfiguration: \n  customHeaders: \n    flag: ''\n    X: '1'\n  \
                    hmacSha256SigningSecret: null\n  targetType: webhook\n  \
                    url: https://example.com/webhook\n";
        assert_eq!(text(&rule), want);
        let list = json!([{ "name": "Yes", "b": [] }, { "Id": "a\u{1}", "name": "n" }]);
        let want = "- name: 'Yes'\n  b: \n- Id: a\\x01\n  name: n\n";
        assert_eq!(text(&list), want);
    }
}
