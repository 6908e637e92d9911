//! Enumerations the service may extend.

/// Defines an enumeration of texts that keeps values it does not know.
///
/// Texts are compared exactly, or as `compared by` says.
macro_rules! open_text {
    (
        $(#[$doc:meta])*
        $name:ident { $($rest:tt)+ }
    ) => {
        open_text! { $(#[$doc])* $name compared by str::eq { $($rest)+ } }
    };
    (
        $(#[$doc:meta])*
        $name:ident compared by $same:path {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A value this version of the crate does not know, as the service wrote it.
            ///
            /// Made by `From<&str>` only, so that a known value never hides in here.
            #[non_exhaustive]
            Other(alloc::boxed::Box<str>),
        }

        impl $name {
            /// Every value this version of the crate knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $(if $same(text, $text) {
                    return Self::$variant;
                })+
                Self::Other(text.into())
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str(concat!("the text of a ", stringify!($name)))
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

pub(crate) use open_text;

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use crate::model::{LegalHold, ReplicationStatus};

    #[test]
    fn unknown_text_survives() {
        let read: LegalHold = serde_json::from_str("\"m\\u0061ybe\"").expect("text");
        assert_eq!(read, LegalHold::from("maybe"));
        assert_eq!(serde_json::to_string(&read).expect("json"), "\"maybe\"");
        assert!(serde_json::from_str::<LegalHold>("1").is_err());
    }

    #[test]
    fn case_matters_unless_said_otherwise() {
        assert_eq!(LegalHold::from("on"), LegalHold::On);
        assert_ne!(LegalHold::from("ON"), LegalHold::On);
        assert_eq!(ReplicationStatus::from("Pending"), ReplicationStatus::Pending);
        assert_eq!(ReplicationStatus::Pending.to_string(), "PENDING");
        assert_eq!(LegalHold::KNOWN, [LegalHold::On, LegalHold::Off]);
    }
}
