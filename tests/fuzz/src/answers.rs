//! Jobs under answers of any form: the contract holds, and nothing is sent without end.
//!
//! Each request is answered as the bytes say: properly, by an error, by a broken connection, or by
//! headers and a body that stand in the bytes themselves.

use std::collections::VecDeque;

use b2_proto::error::Cause;
use b2_proto::id::{ReqId, SinkId, SourceId};
use b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
use b2_proto::machine::engine::{Engine, JobId};
use b2_proto::machine::pages::Pages;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Accept, Action, Input, ReplyTo};
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::op::{HideFile, ListFileVersions};
use b2_proto::plan::sizes::SizeOptions;
use b2_proto::time::Instant;
use b2_proto::wire::body::Body;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Sha1;

use crate::input::{Bytes, Fields};

/// More steps than any job has with answers for one input.
const STEPS_MAX: usize = 20_000;
const SOURCE_LEN: u64 = 1_000;

/// One byte for the jobs, then one for each answer and what it needs.
pub fn answers(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let credentials = Credentials::new("0014aa9865d6f0", "K001", "http://127.0.0.1:1");
    let mut engine = Engine::new(Session::new(credentials.expect("valid"), 7), 4);
    let jobs = bytes.byte();
    for job in 0..5 {
        if jobs >> job & 1 == 1 {
            add(&mut engine, job);
        }
    }
    let mut driver = Driver { waiting: VecDeque::new(), now: Instant::from_ms(1_000) };
    for _ in 0..STEPS_MAX {
        driver.drain(&mut engine);
        if engine.is_empty() {
            return;
        }
        match driver.waiting.pop_front() {
            // Behind the end of the bytes nothing is answered any more.
            Some(waiting) if !bytes.is_empty() => driver.answer(&mut engine, waiting, &mut bytes),
            Some(waiting) => driver.fail(&mut engine, &waiting, Cause::Tls, 0),
            None => {
                let deadline = engine.poll_deadline().expect("rule 3: a job waits for nothing");
                assert!(deadline.at > driver.now, "rule 2: a deadline in the past");
                driver.now = deadline.at;
            }
        }
    }
    panic!("no end");
}

fn add(engine: &mut Engine, job: u8) {
    let sizes = SizeOptions { min: Some(100), recommended: Some(300), ..SizeOptions::default() };
    let options = PutOptions { lanes: 3, sizes, ..PutOptions::default() };
    let file = || NewFile::new("b1", "a.txt");
    match job {
        0 => {
            let payload = Payload::seekable(SourceId(0), SOURCE_LEN);
            engine.add(Put::<FileRef>::new(file(), payload, options));
        }
        1 => {
            let options = PutOptions { buffer_len_max: 900, ..options };
            let payload = Payload::unbounded(SourceId(1));
            engine.add(Put::<FileRef>::new(file(), payload, options));
        }
        2 => {
            let request = NewDownload::by_name("bucket", "a.txt");
            let options = DownloadOptions { lane_len_min: 50, ..DownloadOptions::whole(SinkId(0)) };
            let lanes: Vec<_> = (0..3).map(|_| RangeLane::new()).collect();
            engine.add(Download::<_, _, ()>::new(request, options, lanes));
        }
        3 => {
            engine.add(Pages::new(ListFileVersions::new("b1"), 50));
        }
        _ => {
            engine.add(Single::new(HideFile::new("b1", "a.txt")));
        }
    }
}

/// Something whose end the core waits for.
struct Waiting {
    job: JobId,
    id: ReqId,
    operation: &'static str,
    sent: Option<Sha1>,
    sent_len: u64,
    to_sink: bool,
}

struct Driver {
    waiting: VecDeque<Waiting>,
    now: Instant,
}

impl Driver {
    fn drain(&mut self, engine: &mut Engine) {
        while let Some((job, action)) = engine.poll_action(self.now) {
            let (id, operation, sent, sent_len, to_sink) = match action {
                Action::Send(request) => {
                    let sent = match request.body {
                        Body::Range { len, .. }
                        | Body::Buffer { len, .. }
                        | Body::Joined { len, .. } => Some(len),
                        Body::Empty | Body::Json(_) => None,
                    };
                    let to_sink = request.reply == ReplyTo::Sink;
                    let digest = sent.map(|len| Sha1::of(&len.to_le_bytes()));
                    (request.id, request.operation, digest, sent.unwrap_or(0), to_sink)
                }
                Action::Fill { id, len, .. } => (id, "fill", None, len, false),
                Action::Digest { id, len, .. } => (id, "digest", None, len, false),
                Action::Hash { id, len, .. } => (id, "hash", None, len, false),
                Action::HashJoined { id, .. } => (id, "hash", None, 0, false),
                Action::Take { id, .. } => (id, "take", None, 0, false),
                Action::Claim { id, .. } => (id, "claim", None, 0, false),
                Action::Abort(id) => {
                    self.waiting.retain(|each| (each.job, each.id) != (job, id));
                    continue;
                }
                Action::Release(_) | Action::Shorten { .. } => continue,
            };
            self.waiting.push_back(Waiting { job, id, operation, sent, sent_len, to_sink });
        }
        while engine.poll_event().is_some() {}
        while engine.take_outcome().is_some() {}
    }

    fn answer(&mut self, engine: &mut Engine, waiting: Waiting, bytes: &mut Bytes<'_>) {
        let (job, id) = (waiting.job, waiting.id);
        let choice = bytes.byte();
        match (choice % 8, waiting.operation) {
            (0, _) => {
                let causes = [Cause::Reset, Cause::SourceChanged, Cause::Refused, Cause::BadReply];
                let cause = causes[usize::from(choice / 8) % causes.len()];
                self.fail(engine, &waiting, cause, bytes.byte().into());
            }
            // Answers come in any order.
            (1, _) => {
                self.now = Instant::from_ms(self.now.as_ms() + u64::from(bytes.number()));
                self.waiting.push_back(waiting);
            }
            (_, "fill") => {
                let len = u64::from(bytes.number()).min(waiting.sent_len);
                let digest = Sha1::of(&len.to_le_bytes());
                engine.handle_input(job, self.now, Input::Filled { id, len, digest });
            }
            (_, "digest") => {
                let digest = Sha1::of(b"whole");
                engine.handle_input(job, self.now, Input::Digested { id, digest });
            }
            (_, "hash") => {
                let digest = Sha1::of(&waiting.sent_len.to_le_bytes());
                let through = (choice >= 128).then_some(digest);
                engine.handle_input(job, self.now, Input::Hashed { id, digest, through });
            }
            (_, "claim") => {
                let granted = choice >= 128;
                engine.handle_input(job, self.now, Input::Claimed { id, granted });
            }
            (2, _) => self.raw(engine, &waiting, bytes),
            (3, _) => {
                let statuses = [400, 401, 403, 404, 408, 429, 500, 503];
                let status = statuses[usize::from(choice / 8) % statuses.len()];
                self.reply(engine, &waiting, status, &Fields(Vec::new()), b"{}", 0);
            }
            _ => self.proper(engine, &waiting, bytes.byte()),
        }
    }

    fn fail(&self, engine: &mut Engine, waiting: &Waiting, cause: Cause, stored: u64) {
        let failed =
            Input::Failed { id: waiting.id, cause, detail: "fuzzed", stored, sent: waiting.sent };
        engine.handle_input(waiting.job, self.now, failed);
    }

    /// Status, headers and body stand in the bytes.
    fn raw(&self, engine: &mut Engine, waiting: &Waiting, bytes: &mut Bytes<'_>) {
        let status = 100 + bytes.number() % 500;
        let stored = bytes.byte().into();
        let fields = bytes.fields();
        self.reply(engine, waiting, status, &fields, bytes.line(), stored);
    }

    fn proper(&self, engine: &mut Engine, waiting: &Waiting, number: u8) {
        let sha1 = waiting.sent.unwrap_or_else(|| Sha1::of(b"")).to_string();
        let len = waiting.sent_len;
        let body = match waiting.operation {
            "b2_authorize_account" => r#"{"accountId":"a1","authorizationToken":"4_token",
                "apiInfo":{"storageApi":{"apiUrl":"http://127.0.0.1:2",
                "downloadUrl":"http://127.0.0.1:3","recommendedPartSize":300,
                "absoluteMinimumPartSize":100,"allowed":{"buckets":null,
                "capabilities":["writeFiles"],"namePrefix":null}}}}"#
                .to_owned(),
            "b2_get_upload_url" | "b2_get_upload_part_url" => format!(
                r#"{{"bucketId":"b1","fileId":"4_z1","authorizationToken":"4_up{number}",
                "uploadUrl":"http://127.0.0.1:4/{number}"}}"#
            ),
            "b2_upload_part" => {
                format!(r#"{{"partNumber":{number},"contentLength":{len},"contentSha1":"{sha1}"}}"#)
            }
            "b2_list_file_versions" => {
                format!(r#"{{"files":[],"nextFileName":"a{number}","nextFileId":"4_z{number}"}}"#)
            }
            _ => format!(
                r#"{{"fileId":"4_z{number}","fileName":"a.txt","contentSha1":"{sha1}",
                "contentLength":{len},"action":"upload","uploadTimestamp":{number}}}"#
            ),
        };
        let range = format!("bytes {}-399/400", u64::from(number));
        let len = (400 - u64::from(number)).to_string();
        let fields = vec![
            ("X-Bz-File-Id", "4_z9"),
            ("X-Bz-File-Name", "a.txt"),
            ("X-Bz-Content-Sha1", "none"),
            ("Content-Length", len.as_str()),
            ("Content-Range", range.as_str()),
        ];
        let status = if waiting.to_sink && number > 0 { 206 } else { 200 };
        self.reply(engine, waiting, status, &Fields(fields), body.as_bytes(), number.into());
    }

    fn reply(
        &self,
        engine: &mut Engine,
        waiting: &Waiting,
        status: u16,
        headers: &Fields<'_>,
        body: &[u8],
        stored: u64,
    ) {
        let (job, id, now) = (waiting.job, waiting.id, self.now);
        if waiting.to_sink
            && let Accept::Store { len, .. } | Accept::Feed { len } =
                engine.accept(job, now, id, status, headers)
        {
            if stored.is_multiple_of(3) && stored < len {
                return self.fail(engine, waiting, Cause::Closed, stored);
            }
            engine.handle_input(job, now, Input::Stored { id });
            return;
        }
        let reply = Reply { status, headers, body };
        let input = Input::Response { id, reply, sent: waiting.sent };
        engine.handle_input(job, now, input);
    }
}
