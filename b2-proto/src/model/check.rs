//! How the tests of the models compare JSON.

use core::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads `json`, asserts that it is written back as the same JSON, and gives what was read.
pub(crate) fn round_trip<T>(json: &str) -> T
where
    T: DeserializeOwned + Serialize + Debug,
{
    rewritten(json, json)
}

/// Reads `json`, asserts that it is written back as `expected`, and gives what was read.
pub(crate) fn rewritten<T>(json: &str, expected: &str) -> T
where
    T: DeserializeOwned + Serialize + Debug,
{
    let value: T = serde_json::from_str(json).expect("readable");
    let written = serde_json::to_value(&value).expect("writable");
    let expected: Value = serde_json::from_str(expected).expect("expected JSON");
    assert_eq!(written, expected, "{value:?}");
    value
}
