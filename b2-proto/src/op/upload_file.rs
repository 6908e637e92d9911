//! `b2_upload_file` (spec 3.30): a whole file in one request.
//!
//! The request goes to an upload URL, not to the API, so it is put together by
//! [`Head::upload`](crate::wire::head::Head::upload) from a lease and a
//! [`FileSpec`](crate::op::file_spec::FileSpec); the answer is a
//! [`Receipt`](crate::op::receipt::Receipt).

use crate::op::{Class, DATA_TIMEOUT_MS, Idempotency, Spec};
use crate::policy::retry::RetryClass;

/// What is fixed about the operation.
pub const SPEC: Spec = Spec {
    name: "b2_upload_file",
    capability: "writeFiles",
    class: Class::A,
    idempotency: Idempotency::Unsafe,
    retry: RetryClass::Upload,
    timeout_ms: DATA_TIMEOUT_MS,
};
