//! A range, whose connection breaks once, and a whole file with its digest.

use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, RangeLane, Verified};
use b2_proto::op::download::{DownloadRequest, Object};
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;

use crate::driver::{Answer, Exchange, Fault, World, expect};

/// The job.
pub(crate) type Job = Download<DownloadRequest<'static>, [RangeLane; 1]>;

pub(crate) fn run(world: &mut World) -> Result<(), Fault> {
    let options = DownloadOptions::whole(SinkId(0));
    let by_name = Object::Name { bucket: "photos", name: "a b.txt" };
    let part = DownloadOptions { range: ByteRange::of(10, 20), ..options };
    let downloaded = world.run(&mut job(by_name, part), &RANGE)?;
    expect(downloaded.len == 20 && downloaded.file.len == 40)?;
    expect(downloaded.verified == Verified::Unverified)?;
    expect(world.sink.bytes(20) == Some(b"0123456789abcdefghij".as_slice()))?;

    let sha1 = Sha1::parse("a9993e364706816aba3e25717850c26c9cd0d89d");
    let whole = world.run(&mut job(Object::Id("4_zabc"), options), &WHOLE)?;
    expect(sha1.is_ok_and(|sha1| whole.verified == Verified::ServiceSha1(sha1)))?;
    expect(world.sink.bytes(3) == Some(b"abc".as_slice()))
}

fn job(object: Object<'static>, options: DownloadOptions) -> Job {
    Download::new(DownloadRequest::new(object), options, [RangeLane::new()])
}

static RANGE: [Exchange; 2] = [
    Exchange {
        request: "\
GET https://f1.b2.test/file/photos/a%20b.txt
Authorization: tok1
Range: bytes=10-29
Content-Length: 0

",
        answer: Answer {
            status: 206,
            headers: &[
                ("content-length", "20"),
                ("content-range", "bytes 10-29/40"),
                ("x-bz-file-id", "4_zrange"),
            ],
            body: "01234567",
        },
    },
    Exchange {
        request: "\
GET https://f1.b2.test/b2api/v4/b2_download_file_by_id?fileId=4_zrange
Authorization: tok1
Range: bytes=18-29
Content-Length: 0

",
        answer: Answer {
            status: 206,
            headers: &[
                ("content-length", "12"),
                ("content-range", "bytes 18-29/40"),
                ("x-bz-file-id", "4_zrange"),
            ],
            body: "89abcdefghij",
        },
    },
];

static WHOLE: [Exchange; 1] = [Exchange {
    request: "\
GET https://f1.b2.test/b2api/v4/b2_download_file_by_id?fileId=4_zabc
Authorization: tok1
Content-Length: 0

",
    answer: Answer {
        status: 200,
        headers: &[
            ("content-length", "3"),
            ("x-bz-content-sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("x-bz-file-id", "4_zabc"),
        ],
        body: "abc",
    },
}];
