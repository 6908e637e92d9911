//! Identifiers the service gives out.

use alloc::boxed::Box;
use alloc::string::String;
use core::borrow::Borrow;
use core::fmt;

use serde::{Deserialize, Serialize};

/// Defines an opaque identifier.
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The identifier `text`, taken as it is.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The identifier as the service writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

opaque_id! {
    /// An account, 12 hex digits today (spec 1.5). Also the id of its master key.
    AccountId
}

opaque_id! {
    /// A bucket, 24 hex digits today (spec 1.5).
    BucketId
}

opaque_id! {
    /// One version of a file, or a large file from its start on; at most 200 characters (spec 1.5).
    FileId
}

opaque_id! {
    /// An application key, without its secret (spec 1.5).
    KeyId
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn ids_are_plain_text_in_json_and_in_sets() {
        let id: BucketId = serde_json::from_str("\"8d625eb63be2775577c70e1a\"").expect("text");
        assert_eq!(id, "8d625eb63be2775577c70e1a");
        assert_eq!(serde_json::to_string(&id).expect("json"), "\"8d625eb63be2775577c70e1a\"");
        assert!(BTreeSet::from([id.clone()]).contains(id.to_string().as_str()));
    }
}
