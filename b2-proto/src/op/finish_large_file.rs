//! `b2_finish_large_file` (spec 3.12): joins the parts.

use crate::error::Error;
use crate::machine::session::lease::ID_LEN_MAX;
use crate::op::receipt::Receipt;
use crate::op::{CALL_TIMEOUT_MS, Class, Idempotency, Operation, Spec};
use crate::policy::retry::RetryClass;
use crate::wire::body::{Body, WriteJson};
use crate::wire::json_write::Writer;
use crate::wire::reply::Reply;
use crate::wire::text::{Sha1, Text};
use core::fmt;
use core::marker::PhantomData;

/// Finishes a large file whose parts have these digests, in order.
///
/// With 10,000 parts the request has 430 KB; it is written piece by piece.
#[derive(Clone, Debug)]
pub struct FinishLargeFile<D, R> {
    /// The file.
    pub file_id: Text<ID_LEN_MAX>,
    /// The digest of part 1, 2, … One that is missing is an error before anything is sent.
    pub digests: D,
    receipt: PhantomData<fn() -> R>,
}

impl<D: AsRef<[Option<Sha1>]>, R: Receipt> FinishLargeFile<D, R> {
    /// Finishes `file_id`.
    pub const fn new(file_id: Text<ID_LEN_MAX>, digests: D) -> Self {
        Self { file_id, digests, receipt: PhantomData }
    }
}

impl<D: AsRef<[Option<Sha1>]>, R> WriteJson for FinishLargeFile<D, R> {
    fn write_json(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        Writer::new(out).object(|out| {
            out.key("fileId")?.string(&self.file_id)?;
            out.key("partSha1Array")?.array(|out| {
                let mut digests = self.digests.as_ref().iter().flatten();
                digests.try_for_each(|digest| out.display(digest))
            })
        })
    }
}

impl<D: AsRef<[Option<Sha1>]>, R: Receipt> Operation for FinishLargeFile<D, R> {
    type Output = R;

    const SPEC: Spec = Spec {
        name: "b2_finish_large_file",
        capability: "writeFiles",
        class: Class::A,
        idempotency: Idempotency::Settles,
        // All parts are there, and a source that is read once cannot give them again.
        retry: RetryClass::Read,
        timeout_ms: CALL_TIMEOUT_MS,
    };

    fn check(&self) -> Result<(), Error> {
        let digests = self.digests.as_ref();
        match digests.iter().position(Option::is_none) {
            None if digests.is_empty() => Err(Error::invalid("a large file needs parts")),
            None => Ok(()),
            Some(_) => Err(Error::invalid("a part of the large file has no digest")),
        }
    }

    fn body(&self) -> Body<'_> {
        Body::Json(self)
    }

    fn parse(&self, reply: &Reply<'_>) -> Result<R, Error> {
        R::read(reply.body)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::op::receipt::FileRef;

    #[test]
    fn the_request_lists_the_digests_in_order() {
        let digests = [Some(Sha1([0; 20])), Some(Sha1([0xff; 20]))];
        let finish = FinishLargeFile::<_, FileRef>::new(Text::truncated("4_z"), digests);
        let mut text = alloc::string::String::new();
        finish.write_json(&mut text).expect("writes");
        let expected = std::format!(
            r#"{{"fileId":"4_z","partSha1Array":["{}","{}"]}}"#,
            "00".repeat(20),
            "ff".repeat(20)
        );
        assert_eq!(text, expected);
        assert_eq!(finish.body().content_len(), expected.len() as u64);
    }

    #[test]
    fn a_missing_digest_is_found_before_sending() {
        let finish = FinishLargeFile::<_, FileRef>::new(Text::truncated("4_z"), [None]);
        assert!(finish.check().is_err());
    }
}
