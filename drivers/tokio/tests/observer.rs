//! What observers are told, and that it has no secrets.

mod common;

use b2_sim::fault::{Rule, When};
use b2_tokio::{Observer, ReplyInfo, RequestInfo};
use common::{bucket, bytes, service_with, settings};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().expect("no panic").push(note);
    }

    fn take(&self) -> Vec<String> {
        core::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Observer for Notes {
    fn before(&self, request: &RequestInfo) {
        let RequestInfo { operation, attempt, method, body_len, .. } = request;
        self.add(format!("{method} {operation} {body_len}, attempt {attempt}"));
    }

    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        let ReplyInfo { status, cause, bytes, .. } = reply;
        self.add(format!("{} {status:?} {cause:?} {bytes} {}", request.operation, request.url));
    }
}

#[tokio::test]
async fn each_request_is_told_before_and_after_without_secrets() {
    let once = Rule { op: Some("b2_upload_file".to_owned()), nth: Some(1), ..Rule::default() };
    let refuse = Rule { status: Some(503), ..once.clone() };
    let reset = Rule { nth: Some(2), reset: Some(When::Before), ..once };
    let server = service_with(vec![refuse, reset]);
    let notes = Notes::default();
    let client = settings(&server).observer(notes.clone()).build().expect("built");
    let photos = bucket(&client).await;
    notes.take();
    photos.upload("a", bytes(50)).await.expect("uploaded");
    let told = notes.take();
    let uploads: Vec<&String> =
        told.iter().filter(|note| note.contains("b2_upload_file")).collect();
    assert_eq!(uploads.len(), 6, "{told:?}");
    assert_eq!(uploads[0], "POST b2_upload_file 90, attempt 1");
    assert_eq!(uploads[2], "POST b2_upload_file 90, attempt 2");
    assert_eq!(uploads[4], "POST b2_upload_file 90, attempt 3");
    assert!(uploads[1].starts_with("b2_upload_file Some(503) None"), "{}", uploads[1]);
    assert!(uploads[3].contains("None Some("), "{}", uploads[3]);
    assert!(uploads[5].starts_with("b2_upload_file Some(200) None 90"), "{}", uploads[5]);
    assert!(uploads[5].ends_with("/…"), "an upload URL is a secret: {}", uploads[5]);
    assert!(told.iter().all(|note| !note.contains(&server.key())));
}
