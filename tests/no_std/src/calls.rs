//! Single calls: hide, delete, cancel.

use b2_proto::machine::single::Single;
use b2_proto::op::cancel_large_file::CancelLargeFile;
use b2_proto::op::delete_file_version::DeleteFileVersion;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::receipt::FileRef;

use crate::driver::{Answer, Exchange, Fault, World, expect};

pub(crate) fn run(world: &mut World) -> Result<(), Fault> {
    let hide = HideFile::<_, FileRef>::new("8d625eb63be2775577c70e1a", "old.txt");
    let hidden = world.run(&mut Single::new(hide), &HIDE)?;
    expect(hidden.file_id.as_str() == "4_zhide")?;

    let delete = DeleteFileVersion::<_, FileRef>::new("4_zold", "old.txt");
    let deleted = world.run(&mut Single::new(delete), &DELETE)?;
    expect(deleted.file_id.as_str() == "4_zold")?;

    let cancel = CancelLargeFile::<_, FileRef>::new("4_zbig");
    let cancelled = world.run(&mut Single::new(cancel), &CANCEL)?;
    expect(cancelled.is_some_and(|file| file.file_id.as_str() == "4_zbig"))
}

static HIDE: [Exchange; 1] = [Exchange {
    request: "\
POST https://api1.b2.test/b2api/v4/b2_hide_file
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 60

{\"bucketId\":\"8d625eb63be2775577c70e1a\",\"fileName\":\"old.txt\"}",
    answer: Answer::new(200, r#"{"fileId":"4_zhide","action":"hide"}"#),
}];

static DELETE: [Exchange; 1] = [Exchange {
    request: "\
POST https://api1.b2.test/b2api/v4/b2_delete_file_version
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 40

{\"fileId\":\"4_zold\",\"fileName\":\"old.txt\"}",
    answer: Answer::new(200, r#"{"fileId":"4_zold","fileName":"old.txt"}"#),
}];

static CANCEL: [Exchange; 1] = [Exchange {
    request: "\
POST https://api1.b2.test/b2api/v4/b2_cancel_large_file
Authorization: tok1
Accept: application/json
Content-Type: application/json
Content-Length: 19

{\"fileId\":\"4_zbig\"}",
    answer: Answer::new(200, r#"{"fileId":"4_zbig","accountId":"abc"}"#),
}];
