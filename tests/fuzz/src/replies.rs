//! Every answer of the service: whatever is read is written as JSON that is read as the same.

use core::fmt::Debug;

use b2_proto::model::{BucketType, FileVersion};
use b2_proto::op::receipt::{FileRef, PartRef, Receipt as _};
use b2_proto::op::{self, Operation, authorize_account};
use b2_proto::wire::reply::Reply;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::input::Bytes;

const NO_HEADERS: [(&str, &str); 0] = [];

/// The first byte says which operation is answered, the rest is the answer.
pub fn replies(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let which = bytes.byte();
    let body = bytes.rest();
    match which % 26 {
        0 => both(&op::CopyFile::new("4_z1", "a"), body),
        1 => both(&op::CopyPart::new("4_z1", "4_z2", 1), body),
        2 => both(&op::CreateBucket::new("bucket", BucketType::AllPrivate), body),
        3 => both(&op::CreateKey::new("key", []), body),
        4 => both(&op::DeleteBucket::new("b1"), body),
        5 => both(&op::DeleteKey::new("k1"), body),
        6 => both(&op::GetBucketNotificationRules::new("b1"), body),
        7 => both(&op::GetDownloadAuthorization::new("b1", "", 1), body),
        8 => read(&op::ListBuckets::default(), body),
        9 => both(&op::ListFileNames::new("b1"), body),
        10 => both(&op::ListFileVersions::new("b1"), body),
        11 => both(&op::ListKeys::new(), body),
        12 => both(&op::SetBucketNotificationRules::new("b1", Vec::new()), body),
        13 => both(&op::UpdateBucket::new("b1"), body),
        14 => both(&op::CancelLargeFile::new("4_z1"), body),
        15 => both(&op::DeleteFileVersion::new("4_z1", "a"), body),
        16 => both(&op::ListParts::new("4_z1"), body),
        17 => both(&op::ListUnfinishedLargeFiles::new("b1"), body),
        18 => file(body),
        19 => part(body),
        20 => login(body),
        21 => same::<b2_proto::model::UploadUrl>(body),
        22 => same::<b2_proto::model::EventBatch>(body),
        23 => same::<b2_proto::model::Bucket>(body),
        24 => same::<op::UpdateFileRetention>(body),
        _ => same::<op::CopyFile>(body),
    }
}

fn read<O: Operation>(operation: &O, body: &[u8]) {
    // What cannot be read is an error; that is all there is to see.
    let _ = operation.parse(&Reply { status: 200, headers: &NO_HEADERS, body });
}

fn both<O>(operation: &O, body: &[u8])
where
    O: Operation,
    O::Output: Serialize + PartialEq + Debug,
{
    let reply = |body| operation.parse(&Reply { status: 200, headers: &NO_HEADERS, body });
    let Ok(output) = reply(body) else { return };
    let written = serde_json::to_vec(&output).expect("models are written");
    assert_eq!(reply(&written).as_ref(), Ok(&output), "written and read again");
}

fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(body) else { return };
    let written = serde_json::to_vec(&value).expect("models are written");
    let again: T = serde_json::from_slice(&written).expect("what was written is read");
    assert_eq!(again, value, "written and read again");
}

/// The least and the whole of a file are of the same file.
fn file(body: &[u8]) {
    let (least, whole) = (FileRef::read(body), FileVersion::read(body));
    if let (Ok(least), Ok(whole)) = (least, whole) {
        assert_eq!(least.file_id.as_str(), whole.file_id.as_str());
    }
    both(&op::GetFileInfo::new("4_z1"), body);
}

fn part(body: &[u8]) {
    let _ = PartRef::read(body);
    same::<b2_proto::model::Part>(body);
}

/// The least and the whole of a login lead to the same servers.
fn login(body: &[u8]) {
    let grant = authorize_account::parse(body);
    let Ok(account) = serde_json::from_slice::<b2_proto::model::AccountAuthorization>(body) else {
        return;
    };
    let whole = op::Grant::try_from(&account);
    if let (Ok(least), Ok(whole)) = (&grant, &whole) {
        assert_eq!(least, whole);
    }
    same::<b2_proto::model::AccountAuthorization>(body);
}
