//! A large file: parts up, ranges down, hashed while they move.

use super::session::{Session, Upload, answer};
use super::{Failure, Task, files, hex, in_lanes, take};
use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, RANGE};
use serde_json::json;
use sha1::{Digest as _, Sha1};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are read, hashed and sent at a time.
const PIECE_LEN: usize = 256 * 1024;

pub(super) async fn upload(task: &Task, session: Session) -> Result<(), Failure> {
    let file = Arc::new(File::open(files::large(&task.folder))?);
    let file_id = session.start(files::large_name(task.job)).await?;
    let count = usize::try_from(task.large_len.div_ceil(session.part_len))?;
    let digests = Arc::new(Mutex::new(vec![String::new(); count]));
    let large_len = task.large_len;
    in_lanes(task.lanes, |_, next| {
        let (session, file, file_id) = (session.clone(), file.clone(), file_id.clone());
        let digests = digests.clone();
        async move {
            let target = session.part_url(&file_id).await?;
            while let Some(at) = take(&next, count) {
                let offset = at as u64 * session.part_len;
                let len = session.part_len.min(large_len - offset);
                let sha1 = send(&session, &target, file.clone(), at, (offset, len)).await?;
                digests.lock().unwrap_or_else(PoisonError::into_inner)[at] = sha1;
            }
            Ok(())
        }
    })
    .await?;
    let digests = digests.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let finish = json!({"fileId": file_id, "partSha1Array": digests});
    session.call("b2_finish_large_file", &finish).await?;
    Ok(())
}

/// Sends one part; its digest as the service tells it.
async fn send(
    session: &Session,
    target: &Upload,
    file: Arc<File>,
    at: usize,
    (offset, len): (u64, u64),
) -> Result<String, Failure> {
    let part = Part { file, offset, left: len, sha1: Some(Sha1::new()) };
    let pieces = stream::unfold(part, |mut part| async move {
        part.next().transpose().map(|piece| (piece, part))
    });
    let request = session
        .http
        .post(&target.url)
        .header(AUTHORIZATION, &target.token)
        .header("X-Bz-Part-Number", at + 1)
        .header("X-Bz-Content-Sha1", "hex_digits_at_end")
        .header(CONTENT_LENGTH, len + 40)
        .body(Body::wrap_stream(pieces));
    let part = answer(request.send().await?).await?;
    Ok(part["contentSha1"].as_str().unwrap_or_default().to_owned())
}

/// A part while it is read.
struct Part {
    file: Arc<File>,
    offset: u64,
    left: u64,
    sha1: Option<Sha1>,
}

impl Part {
    /// The next piece; behind the last one the digest's digits.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some(sha1) = &mut self.sha1 else { return Ok(None) };
        if self.left == 0 {
            let digest = self.sha1.take().unwrap_or_default().finalize();
            return Ok(Some(hex(&digest).into()));
        }
        let len = PIECE_LEN.min(usize::try_from(self.left).unwrap_or(PIECE_LEN));
        let mut piece = vec![0; len];
        self.file.read_exact_at(&mut piece, self.offset)?;
        sha1.update(&piece);
        self.offset += len as u64;
        self.left -= len as u64;
        Ok(Some(piece.into()))
    }
}

pub(super) async fn download(task: &Task, session: Session) -> Result<(), Failure> {
    let name = files::large_name(task.job);
    let file = Arc::new(File::create(files::large_back(&task.folder))?);
    let share = task.large_len.div_ceil(task.lanes as u64);
    let large_len = task.large_len;
    in_lanes(task.lanes, |lane, _| {
        let (session, file) = (session.clone(), file.clone());
        let first = share * lane as u64;
        let end = (first + share).min(large_len);
        async move {
            let range = format!("bytes={first}-{}", end - 1);
            let request = session.get(name).header(RANGE, range);
            let mut response = request.send().await?.error_for_status()?;
            let mut sha1 = Sha1::new();
            let mut at = first;
            while let Some(chunk) = response.chunk().await? {
                sha1.update(&chunk);
                file.write_all_at(&chunk, at)?;
                at += chunk.len() as u64;
            }
            // With parts of several lanes there is nothing to compare it with.
            core::hint::black_box(sha1.finalize());
            if at == end { Ok(()) } else { Err("a range ended early".into()) }
        }
    })
    .await
}
