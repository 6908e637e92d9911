//! `b2_get_upload_url` (spec 3.18): where to send a file of a bucket.

use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Spec};
use crate::policy::retry::RetryClass;

/// What is fixed about the operation. Request and answer are those of
/// [`LeaseFor::Bucket`](crate::machine::session::LeaseFor).
pub const SPEC: Spec = Spec {
    name: "b2_get_upload_url",
    capability: "writeFiles",
    class: Class::A,
    idempotency: Idempotency::Safe,
    retry: RetryClass::Transfer,
    timeout_ms: CALL_TIMEOUT_MS,
};
