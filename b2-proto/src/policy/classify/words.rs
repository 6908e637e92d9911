//! What an answer says about an error.

use core::fmt::Write as _;

use crate::error::{Error, MESSAGE_LEN_MAX};
use crate::policy::code::{ApiCode, CODE_LEN_MAX};
use crate::wire::json_read::Json;
use crate::wire::text::Text;

/// Reads `{status, code, message}`: the message to where it is kept, and the code. The status
/// inside is not used: HTTP's is the truth (spec 5.1).
pub(super) fn read_words(body: &[u8], message: &mut Text<MESSAGE_LEN_MAX>) -> ApiCode {
    let mut shown = message.show();
    if body.iter().all(u8::is_ascii_whitespace) {
        return ApiCode::None;
    }
    // What is no text, or does not fit, is left out or cut: these are words for people.
    let Ok([code, message]) = Json::pick(body, &["code", "message"]) else {
        let readable = core::str::from_utf8(body).unwrap_or("(an answer that is not text)");
        let _ = shown.write_str(readable.trim_ascii());
        return ApiCode::NonJson;
    };
    if let Some(message) = message {
        let _ = message.write_text(&mut shown);
    }
    let mut known = Text::<CODE_LEN_MAX>::new();
    if let Some(code) = code {
        let _ = code.write_text(&mut known.show());
    }
    ApiCode::parse(&known)
}

/// The one message that carries a secret names the upload token that was used twice. Where the
/// token would be in it is known of one wording only.
pub(super) fn redact(error: &mut Error) {
    const BEFORE_TOKEN: &str = "auth token ";
    let message = &mut error.message;
    let is_token_limit = matches!(error.code, ApiCode::AuthTokenLimit);
    if is_token_limit || message.starts_with("more than one") {
        let mut places = message.as_bytes().windows(BEFORE_TOKEN.len());
        let before = places.position(|place| place == BEFORE_TOKEN.as_bytes());
        if let Some(len) =
            before.map(|at| at + BEFORE_TOKEN.len()).or_else(|| is_token_limit.then_some(0))
        {
            message.truncate(len);
            message.push_truncated("***");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn no_token_is_shown_whatever_the_words() {
        let shown = |code: &str, message: &str| {
            let mut error = Error::new(ErrorKind::Conflict, message);
            error.code = ApiCode::parse(code);
            redact(&mut error);
            error.message
        };
        let limit = "auth_token_limit";
        let usual = "more than one upload using auth token 4_abc";
        assert_eq!(&*shown(limit, usual), "more than one upload using auth token ***");
        assert_eq!(&*shown("bad_request", usual), "more than one upload using auth token ***");
        assert_eq!(&*shown(limit, "token 4_abc busy"), "***");
        assert_eq!(&*shown("bad_request", "more than one bucket"), "more than one bucket");
    }
}
