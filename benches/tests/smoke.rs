//! What is measured does what it says. Nothing is timed here.

use b2_benches::alone::machines::{EngineRun, JobKind, LANES, LargeRun};
use b2_benches::alone::sync::{Change, SyncRun};
use b2_benches::alone::{codecs, operations};
use b2_benches::planner::backup::BACKUPS;
use b2_benches::planner::shapes::SHAPES;
use b2_benches::planner::{Form, LIMIT, vectors};
use b2_benches::transfer::files::Small;
use b2_benches::transfer::{Client, Job, Task, files};
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_sim::Config;
use b2_sim::server::{Server, ServerConfig};
use std::fs;
use std::path::Path;

#[test]
fn every_operation_and_codec_runs() {
    operations::cases().iter_mut().for_each(|case| (case.run)());
    codecs::codecs().iter_mut().for_each(|codec| (codec.case.run)());
}

#[test]
fn a_large_upload_asks_for_what_it_needs_only() {
    // One start, one finish, a URL for each lane, and the parts.
    assert_eq!(LargeRun::new(20).run(), 20 + 2 + LANES as u64);
}

#[test]
fn no_vector_moves_more_with_the_least_transfer() {
    let moved = vectors::moved().expect("vectors");
    assert_eq!(moved.worse, 0, "{moved:?}");
    // Another set may have no line that can be better.
    let is_better = moved.better > 100 && moved.least.sent < moved.reference.sent;
    assert!(is_better || !::vectors::are_own(), "{moved:?}");
}

#[test]
fn every_shape_is_a_file_in_every_form() {
    for shape in &SHAPES {
        let intents = (shape.build)(200);
        for (form, name) in Form::ALL {
            if shape.is_sorted || form != Form::Streaming {
                assert!(form.plan(&intents, shape.parts_max) > 1, "{} {name}", shape.name);
            }
        }
    }
    for backup in BACKUPS.iter().filter(|backup| !backup.name.contains("64 KB")) {
        assert!(Form::Least.plan(&(backup.build)(), LIMIT) > 1, "{}", backup.name);
    }
}

#[test]
fn jobs_of_the_engine_end() {
    for kind in [JobKind::Call, JobKind::Put, JobKind::Download] {
        let mut run = EngineRun::new(2);
        (0..5).for_each(|_| run.add(kind));
        run.run();
        assert!(run.requests() >= 5, "{kind:?}");
    }
}

#[test]
fn plans_do_what_changed() {
    for (change, versions, actions) in [
        (Change::None, 1, 0),
        (Change::Percent, 1, 10),
        (Change::All, 1, 1_000),
        // Two old versions of each name, and the newest of those that are replaced.
        (Change::None, 3, 2_000),
        (Change::Percent, 3, 2_000 + 2 * 10),
        (Change::All, 3, 1_000 + 3_000),
    ] {
        assert_eq!(SyncRun::new(1_000, versions, change).run(), actions, "{change:?} {versions}");
    }
}

const LARGE_LEN: u64 = 1_234_567;
const SMALL: Small = Small { count: 9, len: 4_096, folder_len: Some(4), is_whole: false };

/// What one client uploads the other one gets back, byte for byte.
#[test]
fn floors_and_drivers_move_the_same_bytes() {
    let server = Server::start(ServerConfig { service: service(), ..ServerConfig::default() });
    let server = server.expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    files::make(folder.path(), LARGE_LEN, &SMALL).expect("files");
    create_bucket(&server);
    for (up, down) in [
        (Client::Floor, Client::Ours),
        (Client::Ours, Client::Floor),
        (Client::SmolFloor, Client::Smol),
        (Client::Smol, Client::SmolFloor),
        (Client::BlockingFloor, Client::Blocking),
        (Client::Blocking, Client::BlockingFloor),
    ] {
        files::clear_back(folder.path(), &SMALL).expect("cleared");
        for (client, job) in [
            (up, Job::UploadOnce),
            (up, Job::UploadSmall),
            (down, Job::DownloadLarge),
            (down, Job::DownloadSmall),
        ] {
            let task = task(&server, folder.path(), client, job);
            task.perform().expect("performed");
        }
        assert_same(&files::large(folder.path()), &files::large_back(folder.path()));
        assert_small_came_back(&task(&server, folder.path(), down, Job::DownloadSmall));
    }
}

/// A sync moves all files into an empty place, and none the second time.
#[test]
fn syncs_move_the_same_bytes_once() {
    let server = Server::start(ServerConfig { service: service(), ..ServerConfig::default() });
    let server = server.expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    files::make(folder.path(), 0, &SMALL).expect("files");
    create_bucket(&server);
    for client in [Client::Ours, Client::Smol, Client::Blocking] {
        files::clear_back(folder.path(), &SMALL).expect("cleared");
        let task = |client, job| Task {
            prefix: format!("{client:?}"),
            small: Small { is_whole: true, ..SMALL },
            ..task(&server, folder.path(), client, job)
        };
        for job in [Job::SyncUp, Job::SyncAgain, Job::SyncDown] {
            let figures = task(client, job).perform().expect("performed");
            assert_eq!(figures.first_s.is_some(), job != Job::SyncAgain, "{client:?} {job:?}");
        }
        assert_small_came_back(&task(client, Job::SyncDown));
        assert!(task(client, Job::SyncUp).perform().is_err(), "there is nothing left to move");

        files::clear_back(folder.path(), &SMALL).expect("cleared");
        for job in [Job::SyncUp, Job::SyncDown] {
            task(client.floor(), job).perform().expect("performed");
        }
        assert_small_came_back(&task(client.floor(), Job::SyncDown));
        assert!(!client.floor().does(Job::SyncAgain));
    }
}

fn assert_small_came_back(task: &Task) {
    (0..SMALL.count).for_each(|at| assert_same(&task.small(at), &task.small_back(at)));
}

fn assert_same(sent: &Path, back: &Path) {
    assert!(fs::read(sent).expect("sent") == fs::read(back).expect("back"), "{}", back.display());
}

/// What else can be measured ends well; the driver compares what is stored.
#[test]
fn drivers_read_twice_and_from_streams() {
    let server = Server::start(ServerConfig { service: service(), ..ServerConfig::default() });
    let server = server.expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    files::make(folder.path(), LARGE_LEN, &Small { count: 0, ..SMALL }).expect("files");
    create_bucket(&server);
    for client in [Client::Ours, Client::Smol, Client::Blocking] {
        for job in [Job::UploadLarge, Job::UploadStream] {
            assert!(client.does(job) && !client.floor().does(Job::UploadStream));
            task(&server, folder.path(), client, job).perform().expect("performed");
        }
    }
}

/// A service with short parts.
fn service() -> Config {
    Config { part_len_min: 100_000, part_len_recommended: 200_000, ..Config::default() }
}

const BUCKET: &str = "benchmarks";

fn task(server: &b2_sim::server::Handle, folder: &Path, client: Client, job: Job) -> Task {
    Task {
        client,
        job,
        url: server.url().to_owned(),
        key_id: server.key_id(),
        key: server.key(),
        bucket: BUCKET.to_owned(),
        folder: folder.to_owned(),
        large_len: LARGE_LEN,
        small: SMALL,
        prefix: "small".to_owned(),
        lanes: 3,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn create_bucket(server: &b2_sim::server::Handle) {
    let client = b2_tokio::Client::builder()
        .credentials(server.key_id(), server.key())
        .realm(server.url())
        .build()
        .expect("a client");
    let bucket = CreateBucket::new(BUCKET, BucketType::AllPrivate);
    client.create_bucket(bucket).await.expect("created");
}
