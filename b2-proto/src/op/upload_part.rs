//! `b2_upload_part` (spec 3.31): one part of a large file. Sending a part again replaces it.
//!
//! The request goes to an upload URL, as that of [`upload_file`](crate::op::upload_file) does; the
//! answer is a [`PartRef`](crate::op::receipt::PartRef).

use crate::op::{Class, DATA_TIMEOUT_MS, Idempotency, Spec};
use crate::policy::retry::RetryClass;

/// What is fixed about the operation.
pub const SPEC: Spec = Spec {
    name: "b2_upload_part",
    capability: "writeFiles",
    class: Class::A,
    idempotency: Idempotency::Part,
    retry: RetryClass::Upload,
    timeout_ms: DATA_TIMEOUT_MS,
};
