//! Each class of call as a job of the core.

use b2_proto::error::Error;
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::authorize::Authorize;
use b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::machine::single::Single;
use b2_proto::machine::solo::Solo;
use b2_proto::machine::upload::{Payload, Upload};
use b2_proto::machine::{Accept, Action, Input, Machine};
use b2_proto::op::download::{DownloadRequest, Object};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::op::{CopyFile, GetBucketNotificationRules, Grant, HeadFileByName};
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::Sizes;
use b2_proto::policy::clock::WallClock;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::SecretText;
use b2_proto::time::Instant;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::{Sha1, Text};
use serde_json::{Value, json};

use super::FILE_LEN;
use super::service::{Answer, BEGIN_UNIX_MS, Role, SHA1, Service};
use crate::common::Case;

/// What came of a case.
pub(crate) struct Run {
    /// What was done, in the words of the cases; waits of no time are left out.
    pub(crate) steps: Vec<Value>,
    /// How it ended.
    pub(crate) result: Result<(), Error>,
}

/// Runs the job that a case is about.
pub(crate) fn run(case: &Case<'_>) -> Run {
    let call = case.str("call");
    let service = Service::new(case);
    match call {
        "api" => drive(Single::new(HideFile::<_, FileRef>::new("b", "n")), service, true),
        "get_json" => drive(Single::new(GetBucketNotificationRules::new("b")), service, true),
        "head" => drive(Single::new(HeadFileByName::new("bucket", "n")), service, true),
        "copy_file" => drive(Single::new(CopyFile::new("4_z1", "n")), service, true),
        "download" => {
            let request = DownloadRequest::new(Object::Id("4_z1"));
            let lanes = [const { RangeLane::new() }; 1];
            let options = DownloadOptions::whole(SinkId(0));
            drive(Download::<_, _, ()>::new(request, options, lanes), service, true)
        }
        "upload" => {
            let payload = Payload::seekable(SourceId(0), FILE_LEN);
            drive(Upload::<_, FileRef>::new(FileSpec::new("b", "n"), payload), service, true)
        }
        "upload_part" => drive(one_part(), service, true),
        "authorize_call" => drive(Authorize::default(), service, false),
        other => panic!("unknown class of call {other}"),
    }
}

type OnePart = LargeUpload<FileSpec<'static>, [Option<Sha1>; 1], [Lane; 1]>;

fn one_part() -> OnePart {
    let payload = Payload::seekable(SourceId(0), FILE_LEN);
    let plan = PartPlan::upload(FILE_LEN, &Sizes::new(1, FILE_LEN, FILE_LEN).expect("in order"));
    assert_eq!(plan.count(), 1);
    let upload = LargeUpload::new(FileSpec::new("b", "n"), payload, plan, [None], [Lane::new()]);
    upload.continuing(Text::truncated("4_z1"))
}

fn session(is_logged_in: bool) -> Session {
    let credentials = Credentials::new("id", "key", "production").expect("valid");
    let mut session = Session::new(credentials, 1);
    session.policy = RetryPolicy::EXACT;
    let at = Instant::from_ms(0);
    session.set_wall_clock(Some(WallClock { at, unix_ms: BEGIN_UNIX_MS }));
    if is_logged_in {
        session.resume_login(Grant {
            account_id: Text::truncated("a"),
            token: SecretText::new("old-token").expect("short"),
            api_url: Text::truncated("https://api000.backblazeb2.com"),
            download_url: Text::truncated("https://f000.backblazeb2.com"),
            recommended_part_len: 100_000_000,
            part_len_min: 5_000_000,
        });
    }
    session
}

/// No case has more than so many steps.
const STEPS_MAX: usize = 400;

fn drive<M: Machine>(machine: M, mut service: Service, is_logged_in: bool) -> Run {
    let mut session = session(is_logged_in);
    let mut job = Solo::new(machine);
    let mut now = Instant::from_ms(0);
    let mut steps = Vec::new();
    loop {
        let mut sent = None;
        while let Some(action) = job.poll_action(&mut session, now) {
            match action {
                Action::Send(request) => {
                    let (role, step) = service.step(&request);
                    let answer = service.answer(role, request.operation, now.as_ms() / 1_000);
                    if role != Role::Finish {
                        steps.push(step);
                    }
                    let is_download = role == Role::Send && request.operation.contains("download");
                    let to_sink = is_download && request.reply == b2_proto::machine::ReplyTo::Sink;
                    assert!(sent.replace((request.id, to_sink, answer)).is_none(), "two at a time");
                }
                Action::Abort(_)
                | Action::Shorten { .. }
                | Action::Fill { .. }
                | Action::Release(_)
                | Action::Hash { .. }
                | Action::HashJoined { .. }
                | Action::Take { .. }
                | Action::Claim { .. }
                | Action::Digest { .. } => {
                    panic!("{action:?} is not part of any case");
                }
            }
            assert!(steps.len() < STEPS_MAX, "no end of steps");
        }
        if let Some(outcome) = job.outcome() {
            let result = outcome.map(|_| ());
            return Run { steps, result };
        }
        match sent {
            Some((id, to_sink, answer)) => {
                deliver(&mut job, &mut session, now, id, to_sink, &answer);
            }
            None => {
                let deadline = job.poll_deadline(&session).expect("something to wait for").at;
                steps.push(json!(["sleep", deadline.since_ms(now) as f64 / 1_000.0]));
                now = deadline;
            }
        }
    }
}

fn deliver<M: Machine>(
    job: &mut Solo<M>,
    session: &mut Session,
    now: Instant,
    id: b2_proto::id::ReqId,
    to_sink: bool,
    answer: &Answer,
) {
    let input = match answer {
        Answer::Broken(cause) => {
            let sent = Sha1::parse(SHA1).ok();
            Input::Failed { id, cause: *cause, detail: "", stored: 0, sent }
        }
        Answer::Reply { status, headers, body } => {
            let accepted = to_sink.then(|| job.accept(session, now, id, *status, headers));
            if let Some(Accept::Store { len, .. }) = accepted {
                assert_eq!(len, FILE_LEN);
                Input::Stored { id }
            } else {
                let reply = Reply { status: *status, headers, body };
                Input::Response { id, reply, sent: Sha1::parse(SHA1).ok() }
            }
        }
    };
    job.handle_input(session, now, input);
}
