//! Where the metadata of a copy comes from.

use serde::{Deserialize, Serialize};

/// Where content type and file info of a copy come from (spec 3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MetadataDirective {
    /// From the source.
    Copy,
    /// From the request.
    Replace,
}
