//! Peers that are slow, and peers that are stuck: each phase of a request ends by itself.

use b2_local::exchange::Resolver;
use b2_local::sink::{MemorySink, Sink};
use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::Version;
use b2_proto::model::{AccountAuthorization, Allowed, StorageApi};
use b2_proto::op::Grant;
use b2_proto::wire::text::Sha1;
use b2_sim::fault::{Rule, STALL_MS};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{self, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use crate::face::{Bucket as _, Client as _, Face};
use crate::peer;
use crate::proxy::Proxy;
use crate::scenario::{Scenario, list};
use crate::settings::{Setting, Settings};
use crate::tools::{Written, bytes, eventually, on};
use crate::transfer::{Fetch, Source, Target, Upload};
use crate::world::{Service, Setup, World};

mod early;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let handshake: Vec<Scenario<F>> = list![a_handshake_that_never_ends];
    let proxied: Vec<Scenario<F>> =
        list![a_tunnel_that_is_never_opened, an_upload_without_a_connection_leaves_no_doubt];
    let proxied = proxied.into_iter().map(|scenario| scenario.needing(Setting::Proxy));
    let line: Vec<Scenario<F>> = list![a_connection_that_is_never_made];
    let peers: Vec<Scenario<F>> = list![
        an_answer_that_stops_in_its_head,
        an_answer_whose_head_trickles_in,
        an_answer_that_ends_in_its_head,
    ];
    let silence: Vec<Scenario<F>> = list![
        a_call_that_is_never_answered,
        an_answer_that_stops_after_its_head,
        an_answer_that_stops_once_is_asked_for_again,
        an_upload_nobody_takes,
        an_upload_nobody_takes_once,
        a_download_that_stops_once_goes_on,
        a_download_that_stops_for_good,
        slow_is_not_stuck,
        whoever_takes_a_download_may_take_its_time,
        a_disk_may_take_its_time,
        whoever_gives_an_upload_may_take_its_time,
    ];
    let idle: Vec<Scenario<F>> = list![an_idle_connection_is_not_used_again];
    let closed: Vec<Scenario<F>> = list![an_idle_connection_is_closed];
    let idle = idle.into_iter().chain(closed.into_iter().map(Scenario::over_plain));
    let names: Vec<Scenario<F>> = list![a_name_that_is_never_found];
    let names = names.into_iter().map(|scenario| scenario.needing(Setting::Resolver));
    let endless = Scenario::new("times_without_an_end_are_taken", times_without_an_end_are_taken)
        .needing(Setting::ConnectTimeout)
        .needing(Setting::SilenceTimeout);
    let handshake = handshake.into_iter().chain(proxied).map(Scenario::over_tls);
    let peers = peers.into_iter().map(Scenario::over_plain);
    let connecting = handshake.chain(line.into_iter().map(Scenario::over_plain)).chain(names);
    connecting
        .map(|scenario| scenario.needing(Setting::ConnectTimeout))
        .chain(
            peers
                .chain(silence)
                .chain(early::all())
                .map(|scenario| scenario.needing(Setting::SilenceTimeout)),
        )
        .chain([endless].into_iter().chain(idle).map(|it| it.needing(Setting::IdleTimeout)))
        .collect()
}

/// How long a peer may be silent here.
const SILENCE: Duration = Duration::from_millis(300);

/// How long a scenario with a handful of silences may take on the busiest machine: less than one
/// where the setting does not count.
const SOON: Duration = Duration::from_secs(40);

/// Few attempts, each with little patience.
fn hasty<F: Face>(service: &Service<'_, F>) -> Settings {
    let mut settings = service.settings();
    settings.policy.call_attempts_max = 2;
    settings.policy.read_attempts_max = 2;
    settings.policy.upload_attempts_max = 2;
    Settings { silence_timeout: Some(SILENCE), ..settings }
}

/// The same where the peer says something in the end, which takes its time on a busy machine.
fn less_hasty<F: Face>(service: &Service<'_, F>) -> Settings {
    Settings { silence_timeout: Some(5 * SILENCE), ..hasty(service) }
}

/// Many connections that a peer has yet to take, and the peer: whoever comes next has to wait.
fn full_line() -> (Vec<TcpStream>, TcpListener, String) {
    let (listener, url) = peer::listen("http");
    let address = listener.local_addr().expect("bound");
    let mut waiting = Vec::new();
    // One that is late may be due to this machine, two in a row are not.
    let mut is_taken = || {
        let stream = TcpStream::connect_timeout(&address, 2 * SILENCE);
        stream.map(|stream| waiting.push(stream)).is_ok()
    };
    while is_taken() || is_taken() {}
    (waiting, listener, url)
}

/// A resolver that hangs is left, and not asked again as long as it does.
fn a_name_that_is_never_found<F: Face>(world: &World<'_, F>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = asked.clone();
    let resolver = Resolver::new(move |_| {
        asks.fetch_add(1, Ordering::Relaxed);
        loop {
            std::thread::park();
        }
    });
    let settings = world.settings(&world.url_of("host.test"), "id", "key");
    never_connects(world, Settings { resolver: Some(resolver), ..settings });
    assert!(asked.load(Ordering::Relaxed) <= 1);
}

/// A peer that does not take the connection is left.
fn a_connection_that_is_never_made<F: Face>(world: &World<'_, F>) {
    let (_waiting, _listener, realm) = full_line();
    never_connected(world, &realm);
}

/// A peer that takes a connection and says nothing is left.
fn a_handshake_that_never_ends<F: Face>(world: &World<'_, F>) {
    never_connected(world, &peer::silent("https"));
}

/// A proxy that takes the request for a tunnel and says nothing is left.
fn a_tunnel_that_is_never_opened<F: Face>(world: &World<'_, F>) {
    let settings = world.settings("https://127.0.0.1:9", "id", "key");
    never_connects(world, Settings { proxy: Some(peer::silent("http")), ..settings });
}

fn never_connected<F: Face>(world: &World<'_, F>, realm: &str) {
    never_connects(world, world.settings(realm, "id", "key"));
}

/// A call ends when its connection was waited for as long as it is to be, twice, one that has a
/// body and one that has none. No peer is silent meanwhile, also when less silence is allowed.
fn never_connects<F: Face>(world: &World<'_, F>, settings: Settings) {
    for silence_timeout in [None, Some(SILENCE / 10)] {
        let connect_timeout = Some(SILENCE);
        let settings = Settings { connect_timeout, silence_timeout, ..settings.clone() };
        never(world, settings.clone(), Cause::ConnectTimeout);
        let mut settings = Settings { resume: Some(grant(&settings.realm)), ..settings };
        settings.policy.call_attempts_max = 2;
        let began = Instant::now();
        let key = world.client(settings).expect("a client").key("none");
        world.said(&key);
        let error = key.expect_err("it ends");
        assert!(began.elapsed() < SOON);
        assert_eq!((error.cause, error.attempts), (Some(Cause::ConnectTimeout), 2), "{error}");
    }
}

/// A login of the service at this URL.
fn grant(url: &str) -> Grant {
    let api = StorageApi::new(url, Allowed::default());
    let account = AccountAuthorization::new("account".into(), "token".into(), api);
    Grant::try_from(&account).expect("usable")
}

/// What never left cannot have taken effect, so the service is not asked whether it has.
fn an_upload_without_a_connection_leaves_no_doubt<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let proxy = Proxy::start();
    let settings = Settings {
        proxy: Some(proxy.url()),
        connect_timeout: Some(10 * SILENCE),
        ..less_hasty(&service)
    };
    let (_, bucket) = service.bucket_with(settings);
    // So that the upload needs a connection of its own, which is the next one.
    service.faults([Rule { nth: Some(1), close: true, ..on("b2_get_upload_url") }]);
    proxy.hold_next();
    bucket.upload("a", bytes(100).into()).expect("uploaded");
}

/// A login that cannot end is tried twice, and then given up for this reason.
fn never<F: Face>(world: &World<'_, F>, mut settings: Settings, cause: Cause) {
    settings.policy.call_attempts_max = 2;
    let client = world.client(settings).expect("a client");
    let began = Instant::now();
    let account = client.authorize();
    world.said(&account);
    let error = account.expect_err("it ends");
    assert!(began.elapsed() < SOON);
    let expected = (ErrorKind::Network, Some(cause), 2);
    assert_eq!((error.kind, error.cause, error.attempts), expected, "{error}");
}

const HALF_A_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Le";

/// Half a head is no answer.
fn an_answer_that_stops_in_its_head<F: Face>(world: &World<'_, F>) {
    let realm = peer::stopping("http", HALF_A_HEAD);
    let settings = world.settings(&realm, "id", "key");
    let settings = Settings { silence_timeout: Some(SILENCE), ..settings };
    never(world, settings, Cause::ReadTimeout);
}

/// Nor is one that comes bit by bit: all of it has the time that a peer may be silent.
fn an_answer_whose_head_trickles_in<F: Face>(world: &World<'_, F>) {
    let settings = world.settings(&peer::trickling(SILENCE / 6), "id", "key");
    let settings = Settings { silence_timeout: Some(SILENCE), ..settings };
    never(world, settings, Cause::ReadTimeout);
}

/// Nor is one that ends there.
fn an_answer_that_ends_in_its_head<F: Face>(world: &World<'_, F>) {
    let realm = peer::answering(HALF_A_HEAD.to_owned());
    never(world, world.settings(&realm, "id", "key"), Cause::Closed);
}

/// A service that never answers is asked again, and then left.
fn a_call_that_is_never_answered<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket_with(hasty(&service));
    service.faults([Rule { latency_ms: STALL_MS, ..on("b2_list_buckets") }]);
    let listed = client.buckets();
    service.said(&listed);
    let error = listed.expect_err("no answer");
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::ReadTimeout)));
}

/// A head without a body is no answer.
fn an_answer_that_stops_after_its_head<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket_with(hasty(&service));
    service.faults([Rule { stall_after_bytes: Some(0), ..on("b2_list_buckets") }]);
    let listed = client.buckets();
    service.said(&listed);
    let error = listed.expect_err("no answer");
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::ReadTimeout)));
}

/// An answer that stops half way is asked for again.
fn an_answer_that_stops_once_is_asked_for_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket_with(hasty(&service));
    let stop = Rule { nth: Some(1), stall_after_bytes: Some(5), ..on("b2_list_buckets") };
    service.faults([stop]);
    assert_eq!(client.buckets().expect("listed").len(), 1);
}

/// Long enough to fill every buffer on the way.
const LONG: usize = 30_000_000;

/// Longer than the client waits. A service that does not read cannot see the client go, so it
/// looks up after this time.
const STUCK_MS: u64 = 2_000;

/// A service that stops reading is left.
fn an_upload_nobody_takes<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket_with(hasty(&service));
    service.faults([Rule { latency_ms: STUCK_MS, ..on("b2_upload_file") }]);
    let uploaded = bucket.upload("a", bytes(LONG).into());
    service.said(&uploaded);
    let error = uploaded.expect_err("nobody takes it");
    assert_eq!((error.kind, error.cause), (ErrorKind::Network, Some(Cause::SendTimeout)));
}

/// The next URL gets the file.
fn an_upload_nobody_takes_once<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    let stuck = Rule { nth: Some(1), latency_ms: 2 * STUCK_MS, ..on("b2_upload_file") };
    service.faults([stuck]);
    bucket.upload("a", bytes(LONG).into()).expect("uploaded");
}

/// A body that stops is continued at the next byte.
fn a_download_that_stops_once_goes_on<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    let data = bytes(1_000_000);
    bucket.upload("a", data.clone().into()).expect("uploaded");
    service.skip();
    let stop = Rule { stall_after_bytes: Some(300_000), ..on("b2_download_file_by_name") };
    service.faults([stop]);
    assert!(bucket.download("a", Fetch::default()).expect("downloaded").bytes == data);
}

/// A body that never moves is given up.
fn a_download_that_stops_for_good<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    bucket.upload("a", bytes(1_000).into()).expect("uploaded");
    service.skip();
    service.faults([Rule { stall_after_bytes: Some(0), ..on("*") }]);
    let fetched = bucket.download("a", Fetch::default());
    service.said(&fetched);
    assert_eq!(fetched.expect_err("it stops").cause, Some(Cause::ReadTimeout));
}

/// A peer that takes and gives a little all the time may take as long as it needs.
fn slow_is_not_stuck<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    // What is in the buffers of the way takes time, too.
    let silence = 3 * SILENCE;
    let settings = Settings { silence_timeout: Some(silence), ..hasty(&service) };
    let (_, bucket) = service.bucket_with(settings);
    service.faults([Rule { bytes_per_second: Some(20_000_000), ..on("*") }]);
    let data = bytes(LONG);
    let began = Instant::now();
    bucket.upload("a", data.clone().into()).expect("uploaded");
    assert!(began.elapsed() > silence, "that was not slow");
    let began = Instant::now();
    assert!(bucket.download("a", Fetch::default()).expect("downloaded").bytes == data);
    assert!(began.elapsed() > silence, "that was not slow");
}

/// Takes nothing for longer than a peer may be silent, now and then.
struct Unhurried<W> {
    inner: W,
    rests: u32,
}

impl<W: Write> Write for Unhurried<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.rests > 0 {
            self.rests -= 1;
            std::thread::sleep(2 * SILENCE);
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// It is not the peer that is silent then, so nothing is asked for again.
fn whoever_takes_a_download_may_take_its_time<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(hasty(&service));
    let data = bytes(1_000_000);
    let upload = Upload { part_len: Some(2_000_000), ..data.clone().into() };
    bucket.upload("a", upload).expect("uploaded");
    let written = Written::default();
    let slow = Unhurried { inner: written.clone(), rests: 3 };
    let fetch = Fetch { to: Target::Writer(Box::new(slow)), ..Fetch::default() };
    bucket.download("a", fetch).expect("downloaded");
    assert!(written.bytes() == data);
}

/// A sink whose disk is busy for longer than a peer may be silent, now and then.
struct BusyDisk {
    inner: MemorySink,
    rests: AtomicUsize,
}

impl Sink for BusyDisk {
    fn pin(&self, version: &Version<'_>) {
        self.inner.pin(version);
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), b2_local::Error> {
        let less = |rests: usize| rests.checked_sub(1);
        if self.rests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            std::thread::sleep(4 * SILENCE);
        }
        self.inner.write_at(offset, bytes)
    }

    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, b2_local::Error> {
        self.inner.digest(offset, len)
    }

    fn commit(&self, len: u64, modified_ms: Option<u64>) -> Result<(), b2_local::Error> {
        self.inner.commit(len, modified_ms)
    }
}

/// Nor is it the peer that is silent while a disk is written, and the target is not at fault: with
/// one request and with several, in the middle of the file and at its end.
fn a_disk_may_take_its_time<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(hasty(&service));
    let data = bytes(1_000_000);
    let upload = Upload { part_len: Some(2_000_000), ..data.clone().into() };
    bucket.upload("a", upload).expect("uploaded");
    for lanes in [1, 3] {
        let inner = MemorySink::new(data.len());
        let disk = Arc::new(BusyDisk { inner, rests: AtomicUsize::new(4) });
        let to = Target::Sink(disk.clone());
        let lane_len_min = Some(300_000);
        let fetch = Fetch { to, lanes: Some(lanes), lane_len_min, ..Fetch::default() };
        let fetched = service.together(|| bucket.download("a", fetch));
        fetched.expect("downloaded");
        assert!(disk.inner.take() == data);
    }
}

/// Gives nothing for longer than a peer may be silent, once, behind so many bytes.
struct Unready {
    inner: Cursor<Vec<u8>>,
    rests_at: u64,
    is_rested: bool,
}

impl Unready {
    const fn new(data: Vec<u8>, rests_at: u64) -> Self {
        Self { inner: Cursor::new(data), rests_at, is_rested: false }
    }
}

impl Read for Unready {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let before = self.rests_at.saturating_sub(self.inner.position());
        if before > 0 {
            return Read::by_ref(&mut self.inner).take(before).read(bytes);
        }
        if !core::mem::replace(&mut self.is_rested, true) {
            std::thread::sleep(6 * SILENCE);
        }
        self.inner.read(bytes)
    }
}

/// It is not the peer that is silent then, so nothing is sent again: not a body that is read on a
/// thread while it is sent, nor what is read before. That holds up whoever polls it, so it rests
/// while no request is under way.
fn whoever_gives_an_upload_may_take_its_time<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket_with(less_hasty(&service));
    let data = bytes(500);
    let len = data.len() as u64;
    let all = data.clone();
    let open = move |offset| -> io::Result<Box<dyn Read + Send>> {
        let mut reader = Unready::new(all.clone(), 250);
        reader.inner.set_position(offset);
        Ok(Box::new(reader))
    };
    let whole = |source| Upload { part_len: Some(len), ..Upload::from(source) };
    let reader = |rests_at| Box::new(Unready::new(data.clone(), rests_at));
    for (name, upload) in [
        ("replay", whole(Source::Replay(len, Box::new(open)))),
        ("reader", whole(Source::Reader(reader(250), len))),
        ("stream", Upload { lanes: Some(1), ..Source::Stream(reader(50)).into() }),
    ] {
        bucket.upload(name, upload).expect(name);
        assert!(bucket.download(name, Fetch::default()).expect("downloaded").bytes == data);
    }
}

/// No time is too long: who wants no bound says so.
fn times_without_an_end_are_taken<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let time = Some(Duration::MAX);
    let settings = service.settings();
    let settings =
        Settings { connect_timeout: time, idle_timeout: time, silence_timeout: time, ..settings };
    let (_, bucket) = service.bucket_with(settings);
    bucket.upload("a", bytes(100).into()).expect("uploaded");
    assert!(bucket.download("a", Fetch::default()).expect("downloaded").bytes == bytes(100));
}

/// A connection nobody has used for so long is not taken for the next request.
fn an_idle_connection_is_not_used_again<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let idle = Duration::from_millis(100);
    let settings = Settings { idle_timeout: Some(idle), ..service.settings() };
    let (client, _) = service.bucket_with(settings);
    client.buckets().expect("listed");
    std::thread::sleep(4 * idle);
    client.buckets().expect("listed");
    let records = service.records();
    let of = |at: usize| records.get(at).map(|record| record.connection);
    assert_ne!(of(records.len() - 1), of(records.len() - 2));
}

/// A connection nobody uses is closed by the client, though it has nothing more to send: the first
/// one, and one that is kept when nothing was left for a while.
fn an_idle_connection_is_closed<F: Face>(world: &World<'_, F>) {
    let (realm, closed) = peer::refusing();
    let idle_timeout = Some(Duration::from_millis(100));
    let settings = Settings { idle_timeout, ..world.settings(&realm, "id", "key") };
    let client = world.client(settings).expect("a client");
    for count in 1..=2 {
        let account = client.authorize();
        world.said(&account);
        account.expect_err("it is refused");
        eventually("the connection stays open", || closed.load(Ordering::Relaxed) == count);
    }
}
