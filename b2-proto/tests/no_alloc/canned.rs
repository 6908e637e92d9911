//! Answers to requests, made without a heap.

use core::fmt::{self, Write};

use b2_proto::machine::Request;
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::wire::body::Body;
use b2_proto::wire::head::FieldSet;
use b2_proto::wire::text::{Sha1, Text};

/// The digest of everything that is sent or stored.
pub(crate) const SHA1: Sha1 = Sha1([0x5a; 20]);

/// A session that has not logged in yet.
pub(crate) fn session() -> Session {
    let credentials = Credentials::new("id", "key", "https://b2.test").expect("is valid");
    Session::new(credentials, 1)
}

/// Writes the whole request to nowhere, as a driver writes it to a connection.
pub(crate) fn write(request: &Request<'_>) {
    let mut out = Nowhere;
    write!(out, "{}", request.head.target).expect("nothing fails");
    request.head.each_field(&mut |field| {
        write!(out, "{}: {}", field.name, field.value).expect("nothing fails");
    });
    if let Body::Json(text) = request.body {
        text.write_json(&mut out).expect("nothing fails");
    }
}

/// The body of a good answer.
pub(crate) fn answer(request: &Request<'_>) -> Text<512> {
    let text = match request.operation {
        "b2_authorize_account" => Text::format(
            r#"{"accountId":"a","authorizationToken":"t","apiInfo":{"storageApi":{
            "apiUrl":"https://api1.b2.test","downloadUrl":"https://f1.b2.test",
            "recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000,
            "s3ApiUrl":"https://s3.b2.test","allowed":{"capabilities":[]}}}}"#,
        ),
        "b2_get_upload_url" | "b2_get_upload_part_url" => {
            Text::format(r#"{"uploadUrl":"https://pod.b2.test/u","authorizationToken":"u"}"#)
        }
        "b2_upload_part" => {
            let (number, len) = part(request);
            Text::format(format_args!(
                r#"{{"partNumber":{number},"contentLength":{len},"contentSha1":"{SHA1}"}}"#
            ))
        }
        _ => Text::format(format_args!(
            r#"{{"fileId":"4_z","fileName":"a","accountId":"a","bucketId":"b","action":"upload",
            "contentLength":1,"contentType":"x","contentSha1":"{SHA1}","fileInfo":{{}},
            "uploadTimestamp":1}}"#
        )),
    };
    text.expect("fits")
}

fn part(request: &Request<'_>) -> (u32, u64) {
    match (request.head.fields, request.body) {
        (FieldSet::Part { number, .. }, Body::Range { len, .. }) => (number, len),
        _ => panic!("a part has a number and a range"),
    }
}

struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _text: &str) -> fmt::Result {
        Ok(())
    }
}
