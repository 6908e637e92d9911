//! Settings that only some keys may read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A setting as far as the caller may read it (spec 4.5).
///
/// The service writes `{"isClientAuthorizedToRead": …, "value": …}`. Requests never use this
/// form: they carry the bare value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Guarded<T> {
    /// The key lacks the capability to read it, or the service did not send it: nothing is known.
    #[default]
    Withheld,
    /// The setting. Unset settings have the default value of `T`.
    Readable(T),
}

impl<T> Guarded<T> {
    /// The setting, if the caller may read it.
    pub const fn readable(&self) -> Option<&T> {
        match self {
            Self::Readable(value) => Some(value),
            Self::Withheld => None,
        }
    }

    /// The setting itself, if the caller may read it.
    pub fn into_readable(self) -> Option<T> {
        match self {
            Self::Readable(value) => Some(value),
            Self::Withheld => None,
        }
    }

    /// The same with `change` done to a readable value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Guarded<U> {
        match self {
            Self::Readable(value) => Guarded::Readable(change(value)),
            Self::Withheld => Guarded::Withheld,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<T> {
    #[serde(default)]
    is_client_authorized_to_read: bool,
    #[serde(default = "none")]
    value: Option<T>,
}

/// `Option::default` would ask for `T: Default`.
const fn none<T>() -> Option<T> {
    None
}

impl<T: Serialize> Serialize for Guarded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.readable();
        Wire { is_client_authorized_to_read: value.is_some(), value }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `null` in place of the wrapper means the same as a wrapper left out.
        Ok(match Option::<Wire<T>>::deserialize(deserializer)? {
            Some(wire) if wire.is_client_authorized_to_read => {
                Self::Readable(wire.value.unwrap_or_default())
            }
            Some(_) | None => Self::Withheld,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{rewritten, round_trip};
    use super::*;

    #[test]
    fn a_readable_value_keeps_its_wrapper() {
        let read: Guarded<u32> = round_trip(r#"{"isClientAuthorizedToRead":true,"value":7}"#);
        assert_eq!(read.readable(), Some(&7));
    }

    #[test]
    fn unset_is_not_withheld() {
        let unset: Guarded<Option<u32>> =
            round_trip(r#"{"isClientAuthorizedToRead":true,"value":null}"#);
        assert_eq!(unset, Guarded::Readable(None));
        let withheld: Guarded<Option<u32>> =
            round_trip(r#"{"isClientAuthorizedToRead":false,"value":null}"#);
        assert_eq!(withheld, Guarded::Withheld);
    }

    #[test]
    fn a_withheld_value_may_be_left_out() {
        let expected = r#"{"isClientAuthorizedToRead":false,"value":null}"#;
        for json in [r#"{"isClientAuthorizedToRead":false}"#, "{}", "null"] {
            assert_eq!(rewritten::<Guarded<u32>>(json, expected), Guarded::Withheld);
        }
    }
}
