//! A file in three parts over two lanes; one part is answered 503 and goes to a fresh URL.

use b2_proto::id::SourceId;
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::upload::Payload;
use b2_proto::op::file_spec::FileSpec;
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::Sizes;
use b2_proto::wire::text::Sha1;

use crate::driver::{Answer, Exchange, Fault, World, expect};

/// The job.
pub(crate) type Job = LargeUpload<FileSpec<'static>, [Option<Sha1>; 3], [Lane; 2]>;

const LEN: u64 = 16_000_000;

/// Both lanes get a URL at the same time. Part 2 is refused and gets another one at once, while
/// part 3 follows part 1 on the URL of the first lane.
pub(crate) fn run(world: &mut World) -> Result<(), Fault> {
    let before_ms = world.waited_ms;
    let sizes = Sizes::new(5_000_000, 5_000_000, 5_000_000_000).map_err(|_| Fault::Unsupported)?;
    let plan = PartPlan::upload(LEN, &sizes);
    let file = FileSpec::new("8d625eb63be2775577c70e1a", "big.bin");
    let payload = Payload::seekable(SourceId(0), LEN);
    let mut job: Job = LargeUpload::new(file, payload, plan, [None; 3], [const { Lane::new() }; 2]);
    let uploaded = world.run(&mut job, &SCRIPT)?;
    expect(uploaded.file.file_id.as_str() == "4_zbig" && uploaded.file.len == LEN)?;
    expect(world.most_in_flight == 2 && world.waited_ms == before_ms)
}

const GET_URL: &str = "\
POST https://api1.b2.test/b2api/v4/b2_get_upload_part_url
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 19

{\"fileId\":\"4_zbig\"}";

/// The answer to a stored part.
macro_rules! stored {
    ($number:literal, $len:literal, $sha1:literal) => {
        Answer::new(
            200,
            concat!(
                r#"{"partNumber":"#,
                $number,
                r#","contentLength":"#,
                $len,
                r#","contentSha1":""#,
                $sha1,
                r#""}"#
            ),
        )
    };
}

/// A request with a part.
macro_rules! part {
    ($url:literal, $token:literal, $number:literal, $body_len:literal, $body:literal) => {
        concat!(
            "POST https://pod2.b2.test/",
            $url,
            "\nAuthorization: ",
            $token,
            "\nAccept: application/json\nX-Bz-Content-Sha1: hex_digits_at_end\nX-Bz-Part-Number: ",
            $number,
            "\nContent-Length: ",
            $body_len,
            "\n\n",
            $body
        )
    };
}

static SCRIPT: [Exchange; 9] = [
    Exchange {
        request: "\
POST https://api1.b2.test/b2api/v4/b2_start_large_file
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 100

{\"bucketId\":\"8d625eb63be2775577c70e1a\",\"fileName\":\"big.bin\",\
\"contentType\":\"b2/x-auto\",\"fileInfo\":{}}",
        answer: Answer::new(200, r#"{"fileId":"4_zbig","contentLength":0,"action":"start"}"#),
    },
    Exchange {
        request: GET_URL,
        answer: Answer::new(
            200,
            r#"{"uploadUrl":"https://pod2.b2.test/a","authorizationToken":"upA"}"#,
        ),
    },
    Exchange {
        request: GET_URL,
        answer: Answer::new(
            200,
            r#"{"uploadUrl":"https://pod2.b2.test/b","authorizationToken":"upB"}"#,
        ),
    },
    Exchange {
        request: part!("a", "upA", 1, 5000040, "5000000 bytes from 0"),
        answer: stored!(1, 5000000, "6c95e0c2444b204aada8295ea90195f90c10bea0"),
    },
    Exchange {
        request: part!("b", "upB", 2, 5000040, "5000000 bytes from 5000000"),
        answer: Answer::new(503, r#"{"status":503,"code":"service_unavailable","message":"full"}"#),
    },
    Exchange {
        request: part!("a", "upA", 3, 6000040, "6000000 bytes from 10000000"),
        answer: stored!(3, 6000000, "d46efa950a709a0e614e5e1be8423cd59d23d083"),
    },
    Exchange {
        request: GET_URL,
        answer: Answer::new(
            200,
            r#"{"uploadUrl":"https://pod2.b2.test/c","authorizationToken":"upC"}"#,
        ),
    },
    Exchange {
        request: part!("c", "upC", 2, 5000040, "5000000 bytes from 5000000"),
        answer: stored!(2, 5000000, "4e173fd523006ddc646fa11002a3bd3f12042605"),
    },
    Exchange {
        request: "\
POST https://api1.b2.test/b2api/v4/b2_finish_large_file
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 166

{\"fileId\":\"4_zbig\",\"partSha1Array\":[\
\"6c95e0c2444b204aada8295ea90195f90c10bea0\",\
\"4e173fd523006ddc646fa11002a3bd3f12042605\",\
\"d46efa950a709a0e614e5e1be8423cd59d23d083\"]}",
        answer: Answer::new(
            200,
            r#"{"fileId":"4_zbig","contentLength":16000000,"contentSha1":"none",
                "action":"upload"}"#,
        ),
    },
];
