//! `null` read as a field left out.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "nullable::or_default")]`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
