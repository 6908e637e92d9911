//! How the tests of the operations look at requests and answers.

use core::fmt::Debug;
use std::string::{String, ToString as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ErrorKind;
use crate::model::Capability;
use crate::op::{Grant, Operation};
use crate::secret::SecretText;
use crate::wire::body::Body;
use crate::wire::head::Method;
use crate::wire::reply::Reply;
use crate::wire::text::Text;

/// Asserts that `operation` is a fine request to `name` with the body `json`, and that the
/// service's side reads the same request back. The login's account is `ACCOUNT`.
#[track_caller]
pub(crate) fn sends<O>(operation: &O, name: &str, json: &str)
where
    O: Operation + Clone + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let mut bound = operation.clone();
    bound.bind(&grant());
    writes(&bound, name, json);
    assert_eq!(serde_json::from_str::<O>(json).expect("readable"), bound);
}

/// Asserts that `operation` is a fine request to `name` with the body `json`.
#[track_caller]
pub(crate) fn writes<O: Operation>(operation: &O, name: &str, json: &str) {
    let grant = grant();
    assert_eq!(operation.check(), Ok(()));
    let head = operation.head(&grant);
    assert_eq!(head.method, Method::Post);
    assert_eq!(head.target.to_string(), std::format!("https://api.test/b2api/v4/{name}"));
    let Body::Json(body) = operation.body() else { panic!("the body is not JSON") };
    let mut text = String::new();
    body.write_json(&mut text).expect("written");
    assert_eq!(operation.body().content_len(), text.len() as u64);
    let written: Value = serde_json::from_str(&text).expect("JSON");
    let expected: Value = serde_json::from_str(json).expect("expected JSON");
    assert_eq!(written, expected);
    let capability = Capability::from(O::SPEC.capability);
    assert!(Capability::KNOWN.contains(&capability), "{capability}");
}

/// What `operation` reads from a successful answer.
#[track_caller]
pub(crate) fn answers<O: Operation>(operation: &O, json: &str) -> O::Output {
    const NO_HEADERS: [(&str, &str); 0] = [];
    let reply = Reply { status: 200, headers: &NO_HEADERS, body: json.as_bytes() };
    operation.parse(&reply).expect("readable")
}

/// Asserts that `operation` is refused before it is sent, with `fragment` in the reason.
#[track_caller]
pub(crate) fn refuses<O: Operation>(operation: &O, fragment: &str) {
    let error = operation.check().expect_err(fragment);
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(error.to_string().contains(fragment), "{error}");
}

/// A login of the account `ACCOUNT`.
pub(crate) fn grant() -> Grant {
    Grant {
        account_id: Text::try_from("ACCOUNT").expect("short"),
        token: SecretText::new("token").expect("short"),
        api_url: Text::try_from("https://api.test").expect("short"),
        download_url: Text::try_from("https://f.test").expect("short"),
        recommended_part_len: crate::limits::PART_LEN_RECOMMENDED,
        part_len_min: crate::limits::PART_LEN_MIN,
    }
}
