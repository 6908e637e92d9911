//! The floor on smol: the plainest loop with hyper, each lane with a connection of its own.

use super::floor::{hex, take};
use super::{Failure, Job, Task, files};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use core::net::SocketAddr;
use core::sync::atomic::AtomicUsize;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, RANGE};
use hyper::http::request::Builder;
use hyper::{Request, Response, Uri};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use smol::Async;
use smol_hyper::rt::FuturesIo;
use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are read, hashed and sent at a time.
const PIECE_LEN: usize = 256 * 1024;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A connection to the service, which is one server.
struct Wire {
    sender: SendRequest<Body>,
    host: String,
}

/// A login.
#[derive(Clone)]
struct Session {
    token: String,
    api_url: String,
    download_url: String,
    part_len: u64,
    bucket_id: String,
    bucket: String,
}

/// Does `task` by plain requests.
///
/// # Errors
/// Any failure ends it; nothing is tried again.
pub async fn perform(task: &Task) -> Result<(), Failure> {
    let mut wire = Wire::open(&task.url).await?;
    let session = Session::login(&mut wire, task).await?;
    match task.job {
        Job::UploadLarge | Job::UploadOnce => upload_large(task, session, wire).await,
        Job::UploadStream | Job::SyncAgain => Err("floors do no such thing".into()),
        Job::DownloadLarge | Job::DownloadNoted => download_large(task, session).await,
        Job::UploadSmall | Job::SyncUp => in_lanes(task, session, upload_small).await,
        Job::DownloadSmall | Job::SyncDown => in_lanes(task, session, download_small).await,
    }
}

/// Runs one worker for each lane; they share a counter.
async fn in_lanes<W>(
    task: &Task,
    session: Session,
    worker: impl Fn(Task, Session, Arc<AtomicUsize>) -> W,
) -> Result<(), Failure>
where
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let spawn = |_| smol::spawn(worker(task.clone(), session.clone(), next.clone()));
    let workers: Vec<_> = (0..task.lanes).map(spawn).collect();
    for worker in workers {
        worker.await?;
    }
    Ok(())
}

impl Wire {
    async fn open(url: &str) -> Result<Self, Failure> {
        let uri: Uri = url.parse()?;
        let host = uri.authority().ok_or("no server")?.to_string();
        let stream = Async::<TcpStream>::connect(host.parse::<SocketAddr>()?).await?;
        stream.get_ref().set_nodelay(true)?;
        let (sender, connection) = handshake(FuturesIo::new(stream)).await?;
        smol::spawn(connection).detach();
        Ok(Self { sender, host })
    }

    /// Sends a request; the answer, if it is a good one.
    async fn send(&mut self, request: Builder, body: Body) -> Result<Response<Incoming>, Failure> {
        let request = request.header(HOST, &self.host).body(body)?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        if status.is_success() { Ok(response) } else { Err(format!("{status}").into()) }
    }

    async fn json(&mut self, request: Builder, body: Body) -> Result<Value, Failure> {
        let body = self.send(request, body).await?.into_body().collect().await?;
        Ok(serde_json::from_slice(&body.to_bytes())?)
    }

    async fn call(
        &mut self,
        session: &Session,
        operation: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let request = Request::post(path(&format!("{}/b2api/v4/{operation}", session.api_url))?)
            .header(AUTHORIZATION, &session.token)
            .header(CONTENT_TYPE, "application/json");
        self.json(request, whole(body.to_string())).await
    }
}

impl Session {
    async fn login(wire: &mut Wire, task: &Task) -> Result<Self, Failure> {
        let credentials = format!("{}:{}", task.key_id, task.key);
        let request = Request::get("/b2api/v4/b2_authorize_account")
            .header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(credentials)));
        let account = wire.json(request, whole("")).await?;
        let storage = &account["apiInfo"]["storageApi"];
        let mut session = Self {
            token: text(&account["authorizationToken"])?,
            api_url: text(&storage["apiUrl"])?,
            download_url: text(&storage["downloadUrl"])?,
            part_len: storage["recommendedPartSize"].as_u64().ok_or("no part size")?,
            bucket_id: String::new(),
            bucket: task.bucket.clone(),
        };
        let wanted = json!({"accountId": account["accountId"], "bucketName": task.bucket});
        let buckets = wire.call(&session, "b2_list_buckets", &wanted).await?;
        session.bucket_id = text(&buckets["buckets"][0]["bucketId"])?;
        Ok(session)
    }

    /// A request for a file by name.
    fn get(&self, name: &str) -> Result<Builder, Failure> {
        let path = path(&format!("{}/file/{}/{name}", self.download_url, self.bucket))?;
        Ok(Request::get(path).header(AUTHORIZATION, &self.token))
    }
}

async fn upload_large(task: &Task, session: Session, mut wire: Wire) -> Result<(), Failure> {
    let new = json!({"bucketId": session.bucket_id, "fileName": files::large_name(task.job),
        "contentType": "b2/x-auto"});
    let file_id = text(&wire.call(&session, "b2_start_large_file", &new).await?["fileId"])?;
    let count = usize::try_from(task.large_len.div_ceil(session.part_len))?;
    let digests = Arc::new(Mutex::new(vec![String::new(); count]));
    in_lanes(task, session.clone(), |task, session, next| {
        let (file_id, digests) = (file_id.clone(), digests.clone());
        async move {
            let file = Arc::new(File::open(files::large(&task.folder))?);
            let mut wire = Wire::open(&session.api_url).await?;
            let wanted = json!({"fileId": file_id});
            let target = wire.call(&session, "b2_get_upload_part_url", &wanted).await?;
            while let Some(at) = take(&next, count) {
                let offset = at as u64 * session.part_len;
                let len = session.part_len.min(task.large_len - offset);
                let part = Part { file: file.clone(), offset, left: len, sha1: Some(Sha1::new()) };
                let request = Request::post(path(&text(&target["uploadUrl"])?)?)
                    .header(AUTHORIZATION, text(&target["authorizationToken"])?)
                    .header("X-Bz-Part-Number", at + 1)
                    .header("X-Bz-Content-Sha1", "hex_digits_at_end")
                    .header(CONTENT_LENGTH, len + 40);
                let stored = wire.json(request, part.body()).await?;
                let sha1 = stored["contentSha1"].as_str().unwrap_or_default().to_owned();
                digests.lock().unwrap_or_else(PoisonError::into_inner)[at] = sha1;
            }
            Ok(())
        }
    })
    .await?;
    let digests = digests.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let finish = json!({"fileId": file_id, "partSha1Array": digests});
    wire.call(&session, "b2_finish_large_file", &finish).await?;
    Ok(())
}

/// A part while it is read.
struct Part {
    file: Arc<File>,
    offset: u64,
    left: u64,
    sha1: Option<Sha1>,
}

impl Part {
    fn body(self) -> Body {
        let pieces = stream::unfold(self, |mut part| async move {
            part.next().transpose().map(|piece| (piece.map(Frame::data), part))
        });
        StreamBody::new(pieces).boxed_unsync()
    }

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

async fn download_large(task: &Task, session: Session) -> Result<(), Failure> {
    let file = Arc::new(File::create(files::large_back(&task.folder))?);
    let share = task.large_len.div_ceil(task.lanes as u64);
    in_lanes(task, session, |task, session, next| {
        let file = file.clone();
        async move {
            let Some(lane) = take(&next, task.lanes) else { return Ok(()) };
            let first = share * lane as u64;
            let end = (first + share).min(task.large_len);
            let mut wire = Wire::open(&session.download_url).await?;
            let request = session.get(files::large_name(task.job))?;
            let request = request.header(RANGE, format!("bytes={first}-{}", end - 1));
            let mut body = wire.send(request, whole("")).await?.into_body();
            let mut sha1 = Sha1::new();
            let mut at = first;
            while let Some(frame) = body.frame().await {
                let chunk = frame?.into_data().unwrap_or_default();
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

async fn upload_small(task: Task, session: Session, next: Arc<AtomicUsize>) -> Result<(), Failure> {
    let mut wire = Wire::open(&session.api_url).await?;
    let wanted = json!({"bucketId": session.bucket_id});
    let target = wire.call(&session, "b2_get_upload_url", &wanted).await?;
    let (url, token) = (text(&target["uploadUrl"])?, text(&target["authorizationToken"])?);
    while let Some(at) = take(&next, task.small.count) {
        let bytes = std::fs::read(task.small(at))?;
        let sha1 = hex(&Sha1::digest(&bytes));
        let request = Request::post(path(&url)?)
            .header(AUTHORIZATION, &token)
            .header(CONTENT_TYPE, "b2/x-auto")
            .header("X-Bz-File-Name", task.small_name(at))
            .header("X-Bz-Content-Sha1", &sha1);
        let stored = wire.json(request, whole(bytes)).await?;
        if stored["contentSha1"] != sha1 {
            return Err("another SHA-1 was stored".into());
        }
    }
    Ok(())
}

async fn download_small(
    task: Task,
    session: Session,
    next: Arc<AtomicUsize>,
) -> Result<(), Failure> {
    let mut wire = Wire::open(&session.download_url).await?;
    while let Some(at) = take(&next, task.small.count) {
        let request = session.get(&task.small_name(at))?;
        let response = wire.send(request, whole("")).await?;
        let expected = response.headers().get("X-Bz-Content-Sha1").cloned();
        let bytes = response.into_body().collect().await?.to_bytes();
        let sha1 = hex(&Sha1::digest(&bytes));
        if expected.is_none_or(|expected| expected != sha1.as_str()) {
            return Err("other bytes came back".into());
        }
        task.keep_small(at, &bytes)?;
    }
    Ok(())
}

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// What of a URL goes to its server.
fn path(url: &str) -> Result<Uri, Failure> {
    let uri: Uri = url.parse()?;
    Ok(uri.path_and_query().ok_or("no path")?.as_str().parse()?)
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| "the answer lacks a text".into())
}
