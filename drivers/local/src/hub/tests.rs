use super::*;
use crate::account::Login;
use crate::exchange::HeaderList;
use crate::exchange::outcome::Outcome;
use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::session::Credentials;
use b2_proto::machine::single::Single;
use b2_proto::model::Bucket;
use b2_proto::op::list_buckets::ListBuckets;
use bytes::Bytes;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Waker;
use std::panic::catch_unwind;
use std::sync::{OnceLock, Weak};
use std::task::Wake;

/// Code of others, which may come back to the hub whenever it runs.
#[derive(Default)]
struct Guest(Arc<Visits>);

#[derive(Default)]
struct Visits {
    hub: OnceLock<Weak<Hub<Guest>>>,
    count: AtomicUsize,
    /// Calls that would have waited for the lock for ever.
    stuck: AtomicUsize,
}

impl Visits {
    fn visit(&self) {
        if let Some(hub) = self.hub.get().and_then(Weak::upgrade) {
            self.count.fetch_add(1, Ordering::SeqCst);
            self.stuck.fetch_add(usize::from(hub.state.try_lock().is_err()), Ordering::SeqCst);
        }
    }

    /// How many calls there were since the last time; all found the lock free.
    fn take(&self) -> usize {
        assert_eq!(self.stuck.load(Ordering::SeqCst), 0, "called while the hub is locked");
        self.count.swap(0, Ordering::SeqCst)
    }
}

/// A source or a sink that is dropped.
impl Drop for Guest {
    fn drop(&mut self) {
        self.0.visit();
    }
}

impl JobIo for Guest {
    fn release(&self, _: BufferId) {}

    fn pin(&self, _: SinkId, _: &Version<'_>) {}

    fn end(&self) {
        self.0.visit();
    }
}

impl Wake for Guest {
    fn wake(self: Arc<Self>) {
        self.0.visit();
    }
}

impl Observer for Guest {
    fn before(&self, _: &RequestInfo) {
        self.0.visit();
    }

    fn answered(&self, _: &RequestInfo, _: u16) {
        self.0.visit();
    }

    fn after(&self, _: &RequestInfo, _: &ReplyInfo) {
        self.0.visit();
    }

    fn again(&self, _: &Repeat) {
        self.0.visit();
    }
}

fn hub(observer: Option<Arc<dyn Observer>>) -> Arc<Hub<Guest>> {
    let credentials = Credentials::new("id", "key", "https://realm.test").expect("legal");
    Hub::new(HubSettings {
        session: Session::new(credentials, 1),
        connections: 2,
        buffers: 1 << 20,
        budget: None,
        pace: Pace::new(None, None),
        user_agent: HeaderValue::from_static("test"),
        silence_max: None,
        checks_clock: false,
        observer,
        claims: Claims::default(),
        accounts: Arc::new(Accounts::new(Login::new("id", "key".into(), "https://realm.test"))),
    })
}

/// A hub, and what is counted when its guests are called.
fn visited() -> (Arc<Hub<Guest>>, Arc<Visits>) {
    let visits = Arc::new(Visits::default());
    let hub = hub(Some(Arc::new(Guest(visits.clone()))));
    visits.hub.set(Arc::downgrade(&hub)).expect("new");
    (hub, visits)
}

fn add(hub: &Arc<Hub<Guest>>, visits: &Arc<Visits>) -> Job<Guest, Vec<Bucket>> {
    hub.add(Box::new(Single::new(ListBuckets::default())), Guest(visits.clone()), false)
}

fn order(job: &mut Job<Guest, Vec<Bucket>>) -> Order<Guest> {
    let Next::Order(order) = job.next(Waker::noop()) else { panic!("no order") };
    order
}

fn refusal() -> Outcome {
    let body = Bytes::from_static(br#"{"status": 401, "code": "unauthorized", "message": ""}"#);
    Outcome::Response { status: 401, headers: HeaderList::default(), body, sent: None }
}

#[test]
fn observers_are_called_without_the_lock() {
    let (hub, visits) = visited();
    let mut job = add(&hub, &visits);
    let login = order(&mut job);
    assert_eq!(visits.take(), 1, "before");
    assert!(login.flight.finish(&refusal()).is_none());
    assert_eq!(visits.take(), 1, "after");
    let Next::Outcome(outcome) = job.next(Waker::noop()) else { panic!("not ended") };
    assert_eq!(outcome.map_err(|error| error.kind), Err(ErrorKind::BadKey));
    assert_eq!(visits.take(), 2, "the job's claims, and its source");
}

#[test]
fn sources_and_sinks_are_dropped_without_the_lock() {
    let (hub, visits) = visited();
    drop(add(&hub, &visits));
    assert_eq!(visits.take(), 2, "dropped");
    assert!(add(&hub, &visits).cancel().is_none());
    assert_eq!(visits.take(), 2, "cancelled");
}

#[test]
fn wakers_are_woken_and_dropped_without_the_lock() {
    let (hub, visits) = visited();
    let mut job = add(&hub, &visits);
    let mut other = add(&hub, &visits);
    let login = order(&mut job);
    visits.take();
    let waker = || Waker::from(Arc::new(Guest(visits.clone())));
    assert!(matches!(job.next(&waker()), Next::Wait { .. }));
    assert_eq!(visits.take(), 0, "it is waited with");
    assert!(matches!(job.next(Waker::noop()), Next::Wait { .. }));
    assert_eq!(visits.take(), 1, "another one waits");
    assert!(matches!(job.next(&waker()), Next::Wait { .. }));
    assert!(matches!(other.next(&waker()), Next::Wait { .. }));
    login.flight.finish(&refusal());
    assert_eq!(visits.take(), 1 + 2 * 2, "the observer, and both are woken and dropped");
}

#[test]
fn requests_are_aborted_without_the_lock() {
    let (hub, visits) = visited();
    let mut job = add(&hub, &visits);
    let login = order(&mut job);
    let waker = Waker::from(Arc::new(Guest(visits.clone())));
    assert!(!login.flight.meter().is_aborted(&waker));
    visits.take();
    hub.close();
    assert_eq!(visits.take(), 1);
}

#[test]
fn an_observer_is_told_what_is_sent_again_and_why() {
    #[derive(Default)]
    struct Repeats(Mutex<Vec<Repeat>>);
    impl Observer for Repeats {
        fn again(&self, repeat: &Repeat) {
            self.0.lock().expect("lock").push(*repeat);
            panic!("which is nobody's trouble");
        }
    }
    let repeats = Arc::new(Repeats::default());
    let hub = hub(Some(repeats.clone()));
    let mut job = add(&hub, &Arc::default());
    order(&mut job).flight.finish(&Outcome::failed(Cause::Dns, "no such host"));
    let told = repeats.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let [Repeat { operation: "b2_authorize_account", attempts: 1, wait_ms, cause, .. }] = told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!(cause, Some(Cause::Dns));
    let Next::Wait { deadline, .. } = job.next(Waker::noop()) else { panic!("not put off") };
    assert!(deadline.is_some() && wait_ms >= 1_000);
}

#[test]
fn an_observer_is_told_of_an_answer_before_its_body() {
    let (hub, visits) = visited();
    let mut job = add(&hub, &visits);
    let login = order(&mut job);
    visits.take();
    login.flight.answered(200);
    assert_eq!((visits.take(), login.flight.meter().status()), (1, Some(200)));
}

/// Each request counts as ended even if telling about it goes wrong.
#[test]
fn an_observer_that_panics_leaves_nothing_open() {
    struct Panics;
    impl Observer for Panics {
        fn after(&self, _: &RequestInfo, _: &ReplyInfo) {
            panic!("as a test");
        }
    }
    let hub = hub(Some(Arc::new(Panics)));
    let mut job = add(&hub, &Arc::default());
    let login = order(&mut job);
    catch_unwind(AssertUnwindSafe(|| login.flight.finish(&refusal()).is_none()))
        .expect_err("panics");
    assert!(hub.lock().desk.flights.is_empty());
    let Next::Wait { deadline, .. } = job.next(Waker::noop()) else { panic!("not put off") };
    assert!(deadline.is_some(), "the login is tried again");
}

const ACCOUNT: &str = r#"{"accountId": "a", "authorizationToken": "t", "apiInfo": {"storageApi": {
    "absoluteMinimumPartSize": 5000000, "recommendedPartSize": 100000000,
    "apiUrl": "https://realm.test", "downloadUrl": "https://realm.test",
    "s3ApiUrl": "https://realm.test",
    "allowed": {"buckets": null, "capabilities": ["listBuckets"], "namePrefix": null}}},
    "applicationKeyExpirationTimestamp": null}"#;

fn answer(status: u16, body: &'static str) -> Outcome {
    let body = Bytes::from_static(body.as_bytes());
    Outcome::Response { status, headers: HeaderList::default(), body, sent: None }
}

/// A job of one request needs the lock of the hub twice: to begin and to end.
#[test]
fn what_is_known_already_is_taken_along() {
    let (hub, visits) = visited();
    let mut first = add(&hub, &visits);
    assert!(order(&mut first).flight.finish(&answer(200, ACCOUNT)).is_none());
    let flight = order(&mut first).flight;
    let mut early = add(&hub, &visits);
    let begun = order(&mut early);
    let buckets = || answer(200, r#"{"buckets": []}"#);
    let after = begun.flight.finish_own(&buckets());
    assert!(matches!(after, After::Other), "a login is to be kept before");
    let Next::Keep(keeping) = early.next(Waker::noop()) else { panic!("not to be kept") };
    keeping.keep();
    assert!(matches!(early.next(Waker::noop()), Next::Outcome(Ok(_))));
    let mut other = add(&hub, &visits);
    assert!(other.first.is_some(), "it was logged in");
    let begun = order(&mut other);
    let After::Ended(end) = begun.flight.finish_own(&buckets()) else { panic!("not ended") };
    let locked = hub.lock();
    assert_eq!(other.ended(end), Ok(Vec::new()));
    drop(locked);

    // Whoever is told of its progress first is not passed over.
    let id = hub.lock().desk.seats.keys().next().copied().expect("the first");
    hub.lock().desk.seats.get_mut(&id).expect("there").started = Some("4_z".to_owned());
    assert!(matches!(flight.finish_own(&buckets()), After::Other));
    assert!(matches!(first.next(Waker::noop()), Next::Started(file) if file == "4_z"));
    assert!(matches!(first.next(Waker::noop()), Next::Outcome(Ok(_))));
}

#[test]
fn an_order_that_was_taken_along_is_given_up_with_its_job() {
    let (hub, visits) = visited();
    let mut first = add(&hub, &visits);
    assert!(order(&mut first).flight.finish(&answer(200, ACCOUNT)).is_none());
    drop(first);
    type GiveUp = fn(Job<Guest, Vec<Bucket>>);
    let ways: [GiveUp; 2] = [drop, |job| assert!(job.cancel().is_none(), "nothing to tidy up")];
    for give_up in ways {
        let job = add(&hub, &visits);
        assert_eq!(hub.lock().desk.flights.len(), 1);
        give_up(job);
        let state = hub.lock();
        assert!(state.desk.flights.is_empty() && state.desk.seats.is_empty());
        assert!(state.engine.is_empty());
    }
}
