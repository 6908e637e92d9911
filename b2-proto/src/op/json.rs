//! What operations with models in their bodies share.

use core::fmt;

use serde_json::error::Category;

use crate::error::{Error, ErrorKind};
use crate::model::AccountId;
use crate::op::Grant;

/// Reads an answer into a model. An error tells the place and not what stands there, which may be
/// a token.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            Category::Io | Category::Syntax => "not JSON",
            Category::Data => "another value than expected",
            Category::Eof => "cut off",
        };
        let (line, column) = (error.line(), error.column());
        let message =
            format_args!("the answer is not as expected: {what} at line {line}, column {column}");
        Error::with_message(ErrorKind::Protocol, message)
    })
}

/// Writes a model as a request's body.
pub(crate) fn to_json<T: serde::Serialize>(value: &T, out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str(&serde_json::to_string(value).map_err(|_| fmt::Error)?)
}

/// Gives a request the account of the login, unless the caller named one.
pub(crate) fn bind_account(account: &mut Option<AccountId>, grant: &Grant) {
    account.get_or_insert_with(|| AccountId::from(grant.account_id.as_str()));
}

/// Makes an operation's serialization its body.
macro_rules! json_body {
    ($operation:ty) => {
        impl crate::wire::body::WriteJson for $operation {
            fn write_json(&self, out: &mut dyn core::fmt::Write) -> core::fmt::Result {
                crate::op::json::to_json(self, out)
            }
        }
    };
}

pub(crate) use json_body;
