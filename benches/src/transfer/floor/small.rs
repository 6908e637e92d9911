//! Small files, one request for each.

use super::session::{Session, Upload, answer};
use super::{Failure, Task, hex, in_lanes, take};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use sha1::{Digest as _, Sha1};

pub(super) async fn upload_all(task: &Task, session: Session) -> Result<(), Failure> {
    in_lanes(task.lanes, |_, next| {
        let (task, session) = (task.clone(), session.clone());
        async move {
            let target = session.upload_url().await?;
            while let Some(at) = take(&next, task.small.count) {
                upload(&task, &session, &target, at).await?;
            }
            Ok(())
        }
    })
    .await
}

pub(super) async fn download_all(task: &Task, session: Session) -> Result<(), Failure> {
    in_lanes(task.lanes, |_, next| {
        let (task, session) = (task.clone(), session.clone());
        async move {
            while let Some(at) = take(&next, task.small.count) {
                download(&task, &session, at).await?;
            }
            Ok(())
        }
    })
    .await
}

async fn upload(task: &Task, session: &Session, target: &Upload, at: usize) -> Result<(), Failure> {
    let bytes = std::fs::read(task.small(at))?;
    let sha1 = hex(&Sha1::digest(&bytes));
    let request = session
        .http
        .post(&target.url)
        .header(AUTHORIZATION, &target.token)
        .header(CONTENT_TYPE, "b2/x-auto")
        .header("X-Bz-File-Name", task.small_name(at))
        .header("X-Bz-Content-Sha1", &sha1)
        .body(bytes);
    let stored = answer(request.send().await?).await?;
    if stored["contentSha1"] == sha1 { Ok(()) } else { Err("another SHA-1 was stored".into()) }
}

async fn download(task: &Task, session: &Session, at: usize) -> Result<(), Failure> {
    let request = session.get(&task.small_name(at));
    let response = request.send().await?.error_for_status()?;
    let expected = response.headers().get("X-Bz-Content-Sha1").cloned();
    let bytes = response.bytes().await?;
    let sha1 = hex(&Sha1::digest(&bytes));
    if expected.is_none_or(|expected| expected != sha1.as_str()) {
        return Err("other bytes came back".into());
    }
    Ok(task.keep_small(at, &bytes)?)
}
