//! The same plainest loop with ureq and one thread for each lane.

use super::floor::{hex, take};
use super::{Failure, Job, Task, files};
use core::sync::atomic::AtomicUsize;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};
use std::thread;
use ureq::http::Response;
use ureq::{Agent, Body, SendBody};

/// Bytes of a download that are read and written at a time.
const PIECE_LEN: usize = 256 * 1024;

/// Does `task` by plain requests.
///
/// # Errors
/// Any failure ends it; nothing is tried again.
pub fn perform(task: &Task) -> Result<(), Failure> {
    let session = Session::login(task)?;
    match task.job {
        Job::UploadLarge | Job::UploadOnce => session.upload_large(task),
        Job::UploadStream | Job::SyncAgain => Err("floors do no such thing".into()),
        Job::DownloadLarge | Job::DownloadNoted => session.download_large(task),
        Job::UploadSmall | Job::SyncUp => in_lanes(task, |_, next| {
            let target = session.upload_url("b2_get_upload_url", "bucketId", &session.bucket_id)?;
            while let Some(at) = take(next, task.small.count) {
                session.upload_small(task, &target, at)?;
            }
            Ok(())
        }),
        Job::DownloadSmall | Job::SyncDown => in_lanes(task, |_, next| {
            while let Some(at) = take(next, task.small.count) {
                session.download_small(task, at)?;
            }
            Ok(())
        }),
    }
}

/// Runs one thread for each lane; they share a counter.
fn in_lanes(
    task: &Task,
    work: impl Fn(usize, &AtomicUsize) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (work, next) = (&work, &next);
        let lanes = (0..task.lanes).map(|lane| scope.spawn(move || work(lane, next)));
        let lanes: Vec<_> = lanes.collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "it panicked")?)
    })
}

/// A login.
struct Session {
    http: Agent,
    token: String,
    api_url: String,
    files_url: String,
    part_len: u64,
    bucket_id: String,
}

/// Where one lane sends its bytes.
struct Target {
    url: String,
    token: String,
}

impl Session {
    fn login(task: &Task) -> Result<Self, Failure> {
        // As many connections are kept as the driver keeps.
        let http = Agent::config_builder().proxy(None).max_idle_connections(task.lanes * 2);
        let http = Agent::new_with_config(http.max_idle_connections_per_host(task.lanes).build());
        let url = format!("{}/b2api/v4/b2_authorize_account", task.url);
        // ureq writes the user of a URL into the header.
        let url = url.replace("://", &format!("://{}:{}@", task.key_id, task.key));
        let account = answer(http.get(url).call()?)?;
        let storage = &account["apiInfo"]["storageApi"];
        let mut session = Self {
            http,
            token: text(&account["authorizationToken"])?,
            api_url: text(&storage["apiUrl"])?,
            files_url: format!("{}/file/{}", text(&storage["downloadUrl"])?, task.bucket),
            part_len: storage["recommendedPartSize"].as_u64().ok_or("no part size")?,
            bucket_id: String::new(),
        };
        let wanted = json!({"accountId": account["accountId"], "bucketName": task.bucket});
        let buckets = session.call("b2_list_buckets", &wanted)?;
        session.bucket_id = text(&buckets["buckets"][0]["bucketId"])?;
        Ok(session)
    }

    fn call(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/b2api/v4/{operation}", self.api_url));
        let request = request.header("Authorization", &self.token);
        answer(request.header("Content-Type", "application/json").send(body.to_string())?)
    }

    fn upload_url(&self, operation: &str, key: &str, id: &str) -> Result<Target, Failure> {
        let given = self.call(operation, &json!({key: id}))?;
        Ok(Target { url: text(&given["uploadUrl"])?, token: text(&given["authorizationToken"])? })
    }

    fn upload_large(&self, task: &Task) -> Result<(), Failure> {
        let file = File::open(files::large(&task.folder))?;
        let new = json!({
            "bucketId": self.bucket_id,
            "fileName": files::large_name(task.job),
            "contentType": "b2/x-auto"
        });
        let file_id = text(&self.call("b2_start_large_file", &new)?["fileId"])?;
        let count = usize::try_from(task.large_len.div_ceil(self.part_len))?;
        let digests = Mutex::new(vec![String::new(); count]);
        in_lanes(task, |_, next| {
            let target = self.upload_url("b2_get_upload_part_url", "fileId", &file_id)?;
            while let Some(at) = take(next, count) {
                let offset = at as u64 * self.part_len;
                let left = self.part_len.min(task.large_len - offset);
                let sha1 = self.send_part(&target, at, Part::new(&file, offset, left))?;
                digests.lock().unwrap_or_else(PoisonError::into_inner)[at] = sha1;
            }
            Ok(())
        })?;
        let digests = digests.into_inner().unwrap_or_else(PoisonError::into_inner);
        let finish = json!({"fileId": file_id, "partSha1Array": digests});
        self.call("b2_finish_large_file", &finish).map(|_| ())
    }

    /// Sends one part; its digest as the service tells it.
    fn send_part(&self, target: &Target, at: usize, mut part: Part<'_>) -> Result<String, Failure> {
        let request = self.http.post(&target.url).header("Authorization", &target.token);
        let request = request
            .header("X-Bz-Part-Number", at + 1)
            .header("X-Bz-Content-Sha1", "hex_digits_at_end")
            .header("Content-Length", part.left + 40);
        let stored = answer(request.send(SendBody::from_reader(&mut part))?)?;
        Ok(stored["contentSha1"].as_str().unwrap_or_default().to_owned())
    }

    fn get(&self, name: &str, range: Option<String>) -> Result<Response<Body>, Failure> {
        let request = self.http.get(format!("{}/{name}", self.files_url));
        let request = request.header("Authorization", &self.token);
        Ok(match range {
            Some(range) => request.header("Range", range),
            None => request,
        }
        .call()?)
    }

    fn download_large(&self, task: &Task) -> Result<(), Failure> {
        let file = File::create(files::large_back(&task.folder))?;
        let share = task.large_len.div_ceil(task.lanes as u64);
        in_lanes(task, |lane, _| {
            let first = share * lane as u64;
            let end = (first + share).min(task.large_len);
            let mut response =
                self.get(files::large_name(task.job), Some(format!("bytes={first}-{}", end - 1)))?;
            let mut body = response.body_mut().as_reader();
            let (mut piece, mut sha1, mut at) = (vec![0; PIECE_LEN], Sha1::new(), first);
            loop {
                let count = body.read(&mut piece)?;
                if count == 0 {
                    break;
                }
                sha1.update(&piece[..count]);
                file.write_all_at(&piece[..count], at)?;
                at += count as u64;
            }
            // With parts of several lanes there is nothing to compare it with.
            core::hint::black_box(sha1.finalize());
            if at == end { Ok(()) } else { Err("a range ended early".into()) }
        })
    }

    fn upload_small(&self, task: &Task, target: &Target, at: usize) -> Result<(), Failure> {
        let bytes = fs::read(task.small(at))?;
        let sha1 = hex(&Sha1::digest(&bytes));
        let request = self.http.post(&target.url).header("Authorization", &target.token);
        let request = request
            .header("Content-Type", "b2/x-auto")
            .header("X-Bz-File-Name", task.small_name(at))
            .header("X-Bz-Content-Sha1", &sha1);
        let stored = answer(request.send(&bytes[..])?)?;
        if stored["contentSha1"] == sha1 { Ok(()) } else { Err("another SHA-1 was stored".into()) }
    }

    fn download_small(&self, task: &Task, at: usize) -> Result<(), Failure> {
        let mut response = self.get(&task.small_name(at), None)?;
        let expected = response.headers().get("X-Bz-Content-Sha1").cloned();
        let bytes = response.body_mut().read_to_vec()?;
        let sha1 = hex(&Sha1::digest(&bytes));
        if expected.is_none_or(|expected| expected != sha1.as_str()) {
            return Err("other bytes came back".into());
        }
        Ok(task.keep_small(at, &bytes)?)
    }
}

/// A part while it is read: behind the last byte the digest's digits.
struct Part<'a> {
    file: &'a File,
    offset: u64,
    left: u64,
    sha1: Sha1,
    digits: Option<Vec<u8>>,
}

impl<'a> Part<'a> {
    fn new(file: &'a File, offset: u64, left: u64) -> Self {
        Self { file, offset, left, sha1: Sha1::new(), digits: None }
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let sha1 = &mut self.sha1;
            let digits = self.digits.get_or_insert_with(|| hex(&sha1.finalize_reset()).into());
            let count = digits.len().min(buf.len());
            buf[..count].copy_from_slice(&digits[..count]);
            digits.drain(..count);
            return Ok(count);
        }
        let len = buf.len().min(usize::try_from(self.left).unwrap_or(buf.len()));
        self.file.read_exact_at(&mut buf[..len], self.offset)?;
        self.sha1.update(&buf[..len]);
        self.offset += len as u64;
        self.left -= len as u64;
        Ok(len)
    }
}

/// A JSON answer; ureq takes a bad status for an error.
fn answer(mut response: Response<Body>) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&response.body_mut().read_to_vec()?)?)
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| "the answer lacks a text".into())
}
