//! Login, and a file in one request.

use b2_proto::id::SourceId;
use b2_proto::machine::upload::{Payload, Upload};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::wire::text::Sha1;

use crate::driver::{Answer, Exchange, Fault, World, expect};

/// The job.
pub(crate) type Job = Upload<FileSpec<'static>>;

const LEN: u64 = 100;
const INFO: [(&str, &str); 1] = [("src_last_modified_millis", "1767225600000")];

/// The first login is answered "busy", so it is repeated after a wait; then one URL, one upload.
pub(crate) fn run(world: &mut World) -> Result<(), Fault> {
    let file = FileSpec {
        content_type: "text/plain",
        info: &INFO,
        ..FileSpec::new("8d625eb63be2775577c70e1a", "2026/jan \u{e9}.txt")
    };
    let mut job: Job = Upload::new(file, Payload::seekable(SourceId(0), LEN));
    let uploaded = world.run(&mut job, &SCRIPT)?;
    expect(uploaded.file.file_id.as_str() == "4_zfile1")?;
    expect(uploaded.file.len == LEN && uploaded.file.upload_timestamp_ms == 1_767_225_600_001)?;
    expect(uploaded.sha1 == Sha1::parse("c05f381fa30c7201929b4fe0f561959906ad19cb").ok())?;
    expect(!uploaded.may_be_duplicate && world.waited_ms >= 1_000)
}

const LOGIN: &str = "\
POST https://b2.test/b2api/v4/b2_authorize_account
Authorization: Basic MDAxMmtleTpLMDAxc2VjcmV0
Accept: application/json
Content-Type: application/json
Content-Length: 2

{}";

static SCRIPT: [Exchange; 4] = [
    Exchange {
        request: LOGIN,
        answer: Answer::new(503, r#"{"status":503,"code":"service_unavailable","message":"busy"}"#),
    },
    Exchange {
        request: LOGIN,
        answer: Answer::new(
            200,
            r#"{"accountId":"abc","authorizationToken":"tok1","apiInfo":{"storageApi":{
                "apiUrl":"https://api1.b2.test","downloadUrl":"https://f1.b2.test",
                "recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000}}}"#,
        ),
    },
    Exchange {
        request: "\
POST https://api1.b2.test/b2api/v4/b2_get_upload_url
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 39

{\"bucketId\":\"8d625eb63be2775577c70e1a\"}",
        answer: Answer::new(
            200,
            r#"{"uploadUrl":"https://pod1.b2.test/u1","authorizationToken":"up1"}"#,
        ),
    },
    Exchange {
        request: "\
POST https://pod1.b2.test/u1
Authorization: up1
Accept: application/json
X-Bz-Content-Sha1: hex_digits_at_end
X-Bz-File-Name: 2026/jan%20%C3%A9.txt
Content-Type: text/plain
X-Bz-Info-src_last_modified_millis: 1767225600000
Content-Length: 140

100 bytes from 0",
        answer: Answer::new(
            200,
            r#"{"fileId":"4_zfile1","contentLength":100,"uploadTimestamp":1767225600001,
                "contentSha1":"c05f381fa30c7201929b4fe0f561959906ad19cb"}"#,
        ),
    },
];
