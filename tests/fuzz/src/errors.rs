//! Answers that are no success: each has a kind, and its text is short and can be shown.

use b2_proto::error::{ErrorKind, MESSAGE_LEN_MAX};
use b2_proto::policy::classify::Fault;
use b2_proto::wire::reply::Reply;

use crate::input::Bytes;

/// Longest text of an error: the message, and what stands around it.
const SHOWN_LEN_MAX: usize = 4 * MESSAGE_LEN_MAX + 1_024;

/// Two bytes of status, a line for `Retry-After`, and the body.
pub fn errors(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let status = 100 + bytes.number() % 500;
    let headers = [("Retry-After", bytes.text())];
    let body = bytes.rest();
    let mut fault = Fault::default();
    for operation in ["b2_upload_file", "b2_hide_file", "b2_authorize_account"] {
        fault.set_reply(operation, &Reply { status, headers: &headers, body });
        let before = fault.clone();
        fault.judge_again();
        assert_eq!(fault, before, "an error is judged the same again");
    }
    let error = &fault.error;
    assert_eq!(error.status, status);
    assert!(!fault.is_token_trouble || status == 401, "a token is refused by 401 alone");
    assert!(!fault.may_retry || error.kind != ErrorKind::InvalidInput, "repeated without hope");
    let shown = format!("{error}");
    assert!(shown.len() <= SHOWN_LEN_MAX, "{} bytes of text", shown.len());
    let is_shown = |c: char| !b2_proto::name::is_unprintable(c);
    assert!(shown.chars().all(is_shown), "text that cannot be shown: {shown:?}");
}
