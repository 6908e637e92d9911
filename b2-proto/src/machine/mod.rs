//! Jobs as state machines.
//!
//! A machine knows what has to be sent next and what an answer means; a driver moves the bytes.
//! A machine is polled for [`Action`]s and fed with [`Input`]s, and that is all that passes between
//! the two:
//!
//! ```text
//!             decide + action: Send, Abort, Fill, Hash, …
//!        ┌──────────────────────────────────────────────────┐
//!        │                                                  ▼
//!   ┌─────────┐  handle_input: Response, Stored, Failed, … ┌────────┐    ┌──────────────────┐
//!   │ machine │◄───────────────────────────────────────────│ driver │◄──►│ sockets, files,  │
//!   │         │◄── accept: a head is there, where to? ─────│        │    │ clock, entropy   │
//!   └─────────┘                                            └────────┘    └──────────────────┘
//!        ▲ the login, upload URLs, retry policy
//!   ┌─────────┐
//!   │ Session │ shared by all jobs of an account
//!   └─────────┘
//! ```
//!
//! | machine | does |
//! | --- | --- |
//! | [`single::Single`] | any one operation |
//! | [`upload::Upload`] | a file in one request |
//! | [`large::LargeUpload`] | a file in parts, also one that was begun before |
//! | `put::Put` (`alloc`) | whichever of the two suits |
//! | `copy::FileCopy` (`alloc`) | a file of bytes the service has already |
//! | [`download::Download`] | a file or a range of it |
//! | `resume::Resume` (`alloc`) | the search for an unfinished large file to continue |
//! | `append::Append` (`alloc`) | whether a file has only grown since it was uploaded |
//! | `incremental::Incremental` (`alloc`) | the upload of what a file has grown by |
//! | `synthesis::Synthesize` (`alloc`) | a file built of local data and of stored ranges |
//! | `synthesis::SynthesizeStream` (`alloc`) | the same, while it is still told what of |
//! | `leftovers::Leftovers` (`alloc`) | unfinished large files with what they hold, and their end |
//! | `pages::Pages` (`alloc`) | a listing to its end |
//! | `authorize::Authorize` (`alloc`) | nothing but the login |
//! | [`solo::Solo`] | one of the above with the logins it needs |
//! | `engine::Engine` (`alloc`) | many of them, with one session and one limit |
//!
//! # The loop
//!
//! Every driver follows it. What a real one does with sockets is done here by canned answers: the
//! login, and then the call.
//!
//! ```
//! use b2_proto::error::{Cause, Error};
//! use b2_proto::machine::session::{Credentials, Session};
//! use b2_proto::machine::single::Single;
//! use b2_proto::machine::solo::Solo;
//! use b2_proto::machine::{Action, Input, Machine as _};
//! use b2_proto::op::hide_file::HideFile;
//! use b2_proto::op::receipt::FileRef;
//! use b2_proto::time::Instant;
//! use b2_proto::wire::body::Body;
//! use b2_proto::wire::reply::Reply;
//!
//! /// Stands for the HTTP library: takes a request apart and gives the status and the body.
//! fn exchange(url: &str, headers: &[(String, String)], body: &str) -> (u16, &'static str) {
//!     assert!(headers.iter().any(|(name, _)| name == "Authorization"));
//!     match url {
//!         "https://api.backblazeb2.com/b2api/v4/b2_authorize_account" => (200, LOGIN),
//!         "https://api000.backblazeb2.com/b2api/v4/b2_hide_file" => {
//!             assert_eq!(body, r#"{"bucketId":"8d625eb63be2775577c70e1a","fileName":"old.txt"}"#);
//!             (200, r#"{"fileId":"4_z8d625eb6","action":"hide","uploadTimestamp":1}"#)
//!         }
//!         _ => (404, r#"{"status":404,"code":"not_found","message":"no such endpoint"}"#),
//!     }
//! }
//!
//! # const LOGIN: &str = r#"{"accountId":"a1","authorizationToken":"4_token","apiInfo":
//! #     {"storageApi":{"apiUrl":"https://api000.backblazeb2.com",
//! #     "downloadUrl":"https://f000.backblazeb2.com","s3ApiUrl":"https://s3.backblazeb2.com",
//! #     "recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000,
//! #     "allowed":{"buckets":null,"capabilities":["writeFiles"],"namePrefix":null}}}}"#;
//! let credentials = Credentials::new("0014aa9865d6f0000000000001", "K001", "production");
//! let mut session = Session::new(credentials?, 0x5eed); // a seed from the system, for jitter
//! let hide = HideFile::<_, FileRef>::new("8d625eb63be2775577c70e1a", "old.txt");
//! let mut job = Solo::new(Single::new(hide));
//! let mut now = Instant::from_ms(0); // read from a clock that never goes back
//!
//! let outcome = loop {
//!     let mut done = Vec::new();
//!     // 1. Drain: hand out actions until there are none.
//!     while let Some(action) = job.poll_action(&mut session, now) {
//!         match action {
//!             Action::Send(request) => {
//!                 let url = request.head.target.to_string();
//!                 let mut headers = Vec::new();
//!                 request.head.each_field(&mut |field| {
//!                     headers.push((field.name.to_string(), field.value.to_string()));
//!                 });
//!                 let mut text = String::new();
//!                 if let Body::Json(json) = request.body {
//!                     json.write_json(&mut text).expect("text takes anything");
//!                 }
//!                 done.push((request.id, exchange(&url, &headers, &text)));
//!             }
//!             Action::Abort(id) => done.retain(|(other, _)| *other != id),
//!             // What needs no connection is not in this job.
//!             Action::Fill { .. } | Action::Hash { .. } | Action::Claim { .. } => unreachable!(),
//!             Action::Digest { .. } | Action::Shorten { .. } => unreachable!(),
//!             Action::HashJoined { .. } | Action::Release(_) => unreachable!(),
//!             Action::Take { .. } => unreachable!(),
//!         }
//!     }
//!     // 2. The end?
//!     if let Some(outcome) = job.outcome() {
//!         break outcome;
//!     }
//!     // 3. Wait for whatever comes first, an answer or the deadline.
//!     if let (true, Some(deadline)) = (done.is_empty(), job.poll_deadline(&session)) {
//!         now = deadline.at;
//!     }
//!     // 4. Tell the machine, and start over.
//!     for (id, (status, body)) in done {
//!         let no_headers: [(&str, &str); 0] = [];
//!         let reply = Reply { status, headers: &no_headers, body: body.as_bytes() };
//!         job.handle_input(&mut session, now, Input::Response { id, reply, sent: None });
//!     }
//! };
//! assert_eq!(outcome?.file_id.as_str(), "4_z8d625eb6");
//! # Ok::<(), Error>(())
//! ```
//!
#![doc = include_str!("duties.md")]
//!
//! # Contract
//!
//! 1. *Drain.* After every input, every `accept` and every wake-up the driver polls actions until
//!    `None`, before it asks for the deadline. Inputs that came together may be told together.
//! 2. *No deadline in the past.* After a drain, `poll_deadline` is later than `now`.
//! 3. *Liveness.* After a drain an unfinished machine has a request in flight, a deadline, or
//!    waits for something of the whole client: the session's login, a place among the requests
//!    of its kind, or room for a buffer. Who drives it polls it when there is.
//! 4. Every `Send` gets exactly one final input; a second one, or one with an old generation,
//!    changes nothing.
//! 5. An upload URL is in at most one request, and never used again after a failure.
//! 6. At most one login is in flight, and no request starts with a token known to be stale.
//! 7. Time never goes back inside a machine.
//! 8. The bare core allocates nothing.
//! 9. A finished machine stays finished.
//! 10. Keys, tokens and upload URLs appear in no text.
//!
//! [`contract`] asserts these in debug builds, wherever a machine is driven by
//! [`Solo`](solo::Solo) or by the engine. Three cannot be seen there as a whole: a build without an
//! allocator is what proves rule 8, a token of the caller's tells nothing about rule 6, and of
//! rule 10 the key is looked for, in requests and in the errors of an engine's jobs.
//!
//! [`Cause`]: crate::error::Cause
//! [`Body::content_len`]: crate::wire::body::Body::content_len
//! [`Body::Range`]: crate::wire::body::Body::Range
//! [`Body::Buffer`]: crate::wire::body::Body::Buffer
//! [`Body::Joined`]: crate::wire::body::Body::Joined

use crate::error::Error;
use crate::id::ReqId;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;

pub(crate) mod action;
#[cfg(feature = "alloc")]
mod apart;
#[cfg(feature = "alloc")]
pub mod append;
#[cfg(feature = "alloc")]
pub mod authorize;
#[cfg(feature = "alloc")]
pub mod basis;
pub(crate) mod call;
pub mod contract;
#[cfg(feature = "alloc")]
pub mod copy;
pub(crate) mod delivery;
pub mod download;
#[cfg(feature = "alloc")]
pub mod engine;
pub mod event;
mod forward;
#[cfg(feature = "alloc")]
pub mod incremental;
mod input;
pub mod large;
#[cfg(feature = "alloc")]
pub mod leftovers;
pub mod login;
#[cfg(feature = "alloc")]
pub mod pages;
#[cfg(feature = "alloc")]
pub(crate) mod paging;
#[cfg(feature = "alloc")]
pub mod put;
#[cfg(feature = "alloc")]
pub mod resume;
#[cfg(feature = "alloc")]
pub mod selected;
pub mod session;
pub(crate) mod settle;
pub mod single;
pub mod solo;
#[cfg(feature = "alloc")]
pub mod synthesis;
#[cfg(feature = "alloc")]
pub mod unhide;
pub mod upload;
mod version;

pub use action::{Accept, Action, ReplyTo, Request};
pub use event::{Event, Phase, Progress, Repeat};
pub use input::{Input, Taken};
pub use session::Session;
pub use version::Version;

/// Most lanes of one job.
pub const LANES_MAX: usize = 64;

/// A job as a state machine; see the [module](self) for the loop and the contract.
pub trait Machine {
    /// What a finished job gives.
    type Output;

    /// The next thing to do, or `None` when nothing can be done now.
    fn poll_action<'a>(&'a mut self, cx: &'a mut Session, now: Instant) -> Option<Action<'a>> {
        if self.decide(cx, now) { self.action(cx) } else { None }
    }

    /// First half of [`poll_action`](Self::poll_action): moves the job on, and tells whether
    /// there is something to do. Drivers need only the whole; this is for those who drive many
    /// machines and cannot hold on to an action while they look at the next one.
    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool;

    /// Second half: hands out what was decided. `None` unless [`decide`](Self::decide) has just
    /// said that there is something.
    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>>;

    /// Decides what becomes of the body of an answer whose head has arrived.
    ///
    /// Called once for each request with [`ReplyTo::Sink`], before any byte of the body is
    /// stored, and followed by a drain. A machine that asks for no sinks need not implement it.
    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let _ = (cx, now, id, status, headers);
        Accept::Collect { len_max: crate::op::SMALL_REPLY_LEN_MAX }
    }

    /// What the sink of a job gets, once that is known: a driver asks when an answer has been
    /// accepted for a sink, and tells the sink before the first byte is stored. Bytes of another
    /// version that are there are to be forgotten then.
    fn version(&self) -> Option<Version<'_>> {
        None
    }

    /// The ID of the unfinished large file that the job works on, if it is one that tells.
    fn large_file_id(&self) -> Option<&str> {
        None
    }

    /// Takes what happened to a request.
    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>);

    /// When a later `now` would change something.
    fn poll_deadline(&self, cx: &Session) -> Option<Deadline>;

    /// Whether the job stands still until the session has logged in (rule 3's named wait).
    fn waits_for_login(&self, cx: &Session) -> bool;

    /// Progress since the last call; may be ignored.
    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// Gives up: requests in flight are aborted, then the outcome is an error of kind
    /// [`Cancelled`](crate::error::ErrorKind::Cancelled).
    fn cancel(&mut self, now: Instant);

    /// The result, once, when the job has ended.
    fn outcome(&mut self) -> Option<Result<Self::Output, Error>>;
}
