//! What takes part in a sync, and two syncs at the same time.

use b2_local::claims::Claims;
use b2_local::sync::{End, Presence};
use b2_proto::plan::sync::{TimeRange, Times};

use super::*;
use crate::settings::Settings;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        as_it_was_at_a_moment,
        files_of_some_time,
        an_empty_source,
        another_sync_is_noticed,
        two_at_once_to_one_bucket,
        two_at_once_to_one_folder,
    ]
}

/// What came later than the moment does not count.
fn as_it_was_at_a_moment<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a", b"old".into()).expect("uploaded");
    let then = bucket.upload("gone", b"old".into()).expect("uploaded").file.upload_timestamp_ms;
    after(then);
    bucket.hide("gone").expect("hidden");
    bucket.upload("a", b"new".into()).expect("uploaded");
    service.skip();
    let down = || (there(""), here(world));
    let before_all: fn(&mut Options) = |it| it.as_of_ms = Some(0);
    is_done(&sync(&service, &client, down(), before_all), &[]);
    // The clock of the service is not known here, but all of it is before the end of time.
    let present: fn(&mut Options) = |it| it.as_of_ms = Some(i64::MAX);
    is_done(&sync(&service, &client, down(), present), &["upload a"]);
    assert_eq!(fs::read(world.path("here").join("a")).expect("there"), b"new");
    let as_of_ms = Some(i64::try_from(then).expect("it fits"));
    let down = InStep::between(there(""), Place::Folder(world.path("then")));
    let down = InStep { as_of_ms, ..down };
    is_done(&run(&service, &client, down), &["upload a", "upload gone"]);
    assert_eq!(fs::read(world.path("then/a")).expect("there"), b"old");
    // As the destination, a bucket has no moments.
    let up = InStep::between(here(world), there(""));
    client.sync(InStep { as_of_ms: Some(1), ..up }).expect_err("it makes no sense");
}

/// Waits until the service, whose times are whole seconds, notes a later one than this.
fn after(ms: u64) {
    let since = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    while since().as_millis() < u128::from(ms) + 1_000 {
        std::thread::sleep(Duration::from_millis(10));
    }
}

const UNTIL: fn(&mut Options) = |it| {
    DELETE(it);
    let to = Some(9_200_000_000_000);
    it.times = Times { modified_ms: TimeRange { from: None, to }, ..Times::default() };
};

/// A range of times leaves files out, which then stay at the destination as well.
fn files_of_some_time<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["early", "late", "gone"] {
        bucket.upload(name, b"other".into()).expect("uploaded");
    }
    service.skip();
    put(world, "early", b"1", 9_000_000_000);
    put(world, "late", b"2", 9_500_000_000);
    let up = || (here(world), there(""));
    let mut synced = sync(&service, &client, up(), UNTIL);
    // The plan may end before the upload does.
    synced.lines.sort();
    is_done(&synced, &["delete early (old version)", "delete gone ", "upload early"]);
    assert_eq!(versions(&bucket), ["early", "late"]);
    let excluded: fn(&mut Options) = |it| {
        UNTIL(it);
        it.delete_excluded = true;
    };
    is_done(&sync(&service, &client, up(), excluded), &["delete late "]);
    service.skip();
}

/// It is taken for a mistake, unless it is said to be none.
fn an_empty_source<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("a", b"it stays".into()).expect("uploaded");
    service.skip();
    fs::create_dir(world.path("here")).expect("a folder");
    let up = || (here(world), there(""));
    let synced = sync(&service, &client, up(), DELETE);
    assert_eq!((synced.lines.len(), synced.summary.ending), (0, Ending::EmptySource));
    assert_eq!(versions(&bucket), ["a"]);
    let meant: fn(&mut Options) = |it| {
        DELETE(it);
        it.allow_empty_source = true;
    };
    is_done(&sync(&service, &client, up(), meant), &["delete a "]);
}

/// Who comes second says so, and goes on.
fn another_sync_is_noticed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let state = world.path("claims");
    let settings = Settings { lock_files_in: Some(state.clone()), ..service.settings() };
    let (client, bucket) = service.bucket_with(settings);
    let claims = Claims::in_folder(&state).of_realm(service.handle().url());
    put(world, "a", b"a", 1_000);
    let up = || (here(world), there("x"));
    let id = bucket.id();
    let destination = End::Bucket { id: id.as_str().into(), prefix: "x/".to_owned() };
    let other = Presence::claim(&claims, &destination, false);
    assert!(other.is_kept());
    is_done(&sync(&service, &client, up(), DEFAULTS), &["contested", "upload a"]);
    drop(other);
    is_done(&sync(&service, &client, up(), DEFAULTS), &[]);
    let folder = End::Folder(world.path("here"));
    let other = Presence::claim(&claims, &folder, false);
    is_done(&sync(&service, &client, (there("x"), here(world)), DEFAULTS), &["contested"]);
    drop(other);
}

/// Runs the same sync with two clients at the same time; gives what each says.
fn at_once<F: Face>(service: &Service<'_, F>, ends: &(Place, Place)) -> [Synced; 2] {
    let clients = [service.client(), service.client()];
    service.skip();
    let both = std::thread::scope(|scope| {
        let run = |client: F::Client| {
            let (source, destination) = ends.clone();
            let sync = InStep::between(source, destination).with(DELETE);
            scope.spawn(move || client.sync(sync).expect("it runs"))
        };
        clients.map(run).map(|running| running.join().expect("it ends"))
    });
    // What they ask for differs from run to run.
    service.skip();
    both
}

/// Whatever each of them saw of the other, the newest versions are right, and what is beside the
/// destination stays.
fn two_at_once_to_one_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let names: Vec<String> = (0..12).map(|number| format!("{number:02}")).collect();
    for name in &names {
        put(world, name, name.as_bytes(), 9_000_000_000);
        bucket.upload(&format!("x/{name}"), b"old".into()).expect("uploaded");
    }
    bucket.upload("x/gone", b"old".into()).expect("uploaded");
    bucket.upload("other", b"it stays".into()).expect("uploaded");
    let ends = (here(world), there("x"));
    for synced in at_once(&service, &ends) {
        assert!(synced.summary.is_complete(), "{synced:?}");
    }
    for name in &names {
        let fetched = bucket.download(&format!("x/{name}"), Fetch::default());
        assert_eq!(fetched.expect("there").bytes, name.as_bytes());
    }
    service.skip();
    let (source, destination) = ends;
    let again = InStep::between(source, destination).with(DELETE);
    let again = client.sync(again).expect("it runs");
    service.skip();
    assert_eq!(again.summary.transferred, 0);
    let mut want: Vec<String> = names.iter().map(|name| format!("x/{name}")).collect();
    want.insert(0, "other".to_owned());
    assert_eq!(versions(&bucket), want);
}

/// The same with a folder. A new file that the other one has brought meanwhile is in the way,
/// because nobody can tell that it is the same.
fn two_at_once_to_one_folder<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    let names: Vec<String> = (0..12).map(|number| format!("d{}/{number:02}", number % 3)).collect();
    for name in &names {
        bucket.upload(name, name.as_bytes().into()).expect("uploaded");
    }
    put(world, "d0/00", b"older", 1_000);
    put(world, "gone/a", b"old", 1_000);
    fs::write(world.path("beside"), b"it stays").expect("written");
    let ends = (there(""), here(world));
    for Synced { summary, lines } in at_once(&service, &ends) {
        assert_eq!((summary.ending, summary.undone), (Ending::Complete, 0));
        let failed = lines.iter().filter(|line| line.starts_with("failed Sink: upload d"));
        assert_eq!(failed.count() as u64, summary.failed, "{lines:?}");
    }
    let root = world.path("here");
    for name in &names {
        assert_eq!(fs::read(root.join(name)).expect("there"), name.as_bytes());
    }
    assert!(!root.join("gone").exists() && world.path("beside").exists());
    is_done(&sync(&service, &client, ends, DELETE), &[]);
}
