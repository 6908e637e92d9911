//! Trees as they are: what a compiler leaves behind, and a folder of very many files. They are
//! planned against a bucket in memory, by the run that the drivers carry out.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use b2_local::sync::{
    BucketDefaults, End, Ended, Event, Job, Moved, Next, Rules, Run, Setup, Summary,
};
use b2_local::walk::Symlinks;
use b2_proto::model::{FileAction, FileVersion, ListEntry};
use b2_proto::op::list_file_versions::FileVersionsPage;
use b2_proto::plan::sync::{DeleteLimit, Direction, Keep, Options};

use crate::{split, walk};

/// Most entries of a build folder that are copied, and most bytes of each file.
const COPIED_MAX: usize = 4_000;
const BYTES_MAX: u64 = 4_096;
const MANY: usize = 200_000;
/// Rows of a page here.
const PAGE_LEN: usize = 1_000;

/// A bucket: length and time of each file.
#[derive(Default)]
struct Bucket(BTreeMap<String, (u64, i64)>);

impl Bucket {
    /// Brings it into step with a folder; gives what was done.
    fn sync(&mut self, root: &Path) -> (Summary, Vec<String>) {
        let setup = Setup {
            options: Options {
                keep: Keep::Newest,
                delete_limit: DeleteLimit::Unlimited,
                ..Options::new(Direction::Up, 1)
            },
            source: End::Folder(root.to_owned()),
            destination: End::Bucket { id: "b".into(), prefix: String::new() },
            rules: Rules::default(),
            symlinks: Symlinks::Follow,
            in_flight_max: 10,
            is_dry_run: false,
            index: None,
            provider: Arc::new(BucketDefaults),
            moved: Moved::default(),
        };
        let mut run = Run::new(setup).expect("it can be run");
        // Names change here while they are listed, unlike in a bucket that is asked for a page.
        let rows: Vec<_> = self.0.iter().map(|(name, it)| row(name, *it)).collect();
        let (mut open, mut lines, mut listed) = (Vec::new(), Vec::new(), 0);
        loop {
            match run.step() {
                Next::Begin(ticket, job) => open.push((ticket, job)),
                Next::Tell(Event::Done(action)) => {
                    lines.push(action.line(Direction::Up).to_string());
                }
                Next::Tell(_) => {}
                Next::Wait => {
                    let (ticket, job) = open.remove(0);
                    let ended = if matches!(job, Job::Versions(_)) {
                        let page = &rows[listed..rows.len().min(listed + PAGE_LEN)];
                        listed += page.len();
                        let next = rows.get(listed).map(|row| row.name().to_owned());
                        Ended::Versions(Ok(FileVersionsPage::new(page.to_vec(), next, None)))
                    } else {
                        self.carry_out(job)
                    };
                    run.ended(ticket, ended);
                }
                Next::Over(result) => return (result.expect("it runs"), lines),
            }
        }
    }

    fn carry_out(&mut self, job: Job) -> Ended {
        match job {
            Job::Local(job) => job.run(&|| false),
            Job::Upload(it) => {
                let found = fs::metadata(&it.path).expect("there");
                let since = found.modified().expect("a time").duration_since(std::time::UNIX_EPOCH);
                let ms = i64::try_from(since.expect("after 1970").as_millis()).expect("soon");
                self.0.insert(it.file.name().to_owned(), (found.len(), ms));
                Ended::Done(Ok(()))
            }
            Job::Delete(it) => {
                // One version of each name is enough here, and the new one has taken its place.
                if it.file_id == "gone" {
                    self.0.remove(&it.file_name);
                }
                Ended::Done(Ok(()))
            }
            Job::Names(_) | Job::Versions(_) | Job::Download(_) | Job::Copy(_) | Job::Hide(_) => {
                panic!("nobody asked for it")
            }
        }
    }
}

fn row(name: &str, (len, ms): (u64, i64)) -> ListEntry {
    let id = if name.ends_with("gone") { "gone" } else { "there" };
    let mut version = FileVersion::new("a", "b", id, name, FileAction::Upload);
    version.content_length = len;
    version.file_info.insert("src_last_modified_millis".to_owned(), ms.to_string());
    ListEntry::File(version)
}

/// Copies a tree: all names and links, and the beginning of each file. Others may be changing it;
/// what goes away meanwhile is left out.
fn copy(from: &Path, to: &Path, left: &mut usize) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if *left == 0 {
            return;
        }
        *left -= 1;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy(&path, &copied, left),
            Ok(kind) if kind.is_symlink() => {
                if let Ok(target) = fs::read_link(&path) {
                    symlink(target, &copied).expect("a link");
                }
            }
            Ok(_) => {
                let mut bytes = Vec::new();
                let file = File::open(&path).map(|file| file.take(BYTES_MAX));
                if file.and_then(|mut file| file.read_to_end(&mut bytes)).is_ok() {
                    fs::write(&copied, bytes).expect("a file");
                }
            }
            Err(_) => {}
        }
    }
}

#[test]
fn what_a_compiler_leaves_goes_up_once() {
    // The folder of this very test, two above which is that of all builds.
    let own = env::current_exe().expect("a test");
    let target = own.ancestors().nth(3).expect("a folder of builds");
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("target");
    let mut left = COPIED_MAX;
    copy(target, &root, &mut left);
    let (files, skipped) = split(walk(&root));
    assert!(files.len() > 100, "{} files of {}", files.len(), target.display());
    assert!(files.is_sorted_by(|a, b| a.name < b.name));
    let mut bucket = Bucket::default();
    let (summary, lines) = bucket.sync(&root);
    // A link to something that was not copied leads nowhere, and nothing is known about it.
    let unknown = skipped.iter().filter(|it| it.reason.hides_files()).count() as u64;
    assert_eq!((summary.failed, summary.planned.unknown), (0, unknown));
    assert_eq!((summary.transferred, lines.len()), (files.len() as u64, files.len()));
    assert!(files.iter().all(|file| bucket.0[&file.name].0 == file.len));
    assert_eq!(bucket.sync(&root).1, [""; 0]);
}

#[test]
fn a_folder_of_two_hundred_thousand_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..MANY {
        File::create(folder.path().join(format!("{number:06}"))).expect("a file");
    }
    let mut bucket = Bucket::default();
    let (summary, _) = bucket.sync(folder.path());
    assert_eq!((summary.transferred, bucket.0.len()), (MANY as u64, MANY));
    assert!(summary.is_complete());
    fs::write(folder.path().join("100000"), "changed").expect("a file");
    bucket.0.insert("150000.gone".to_owned(), (1, 1));
    let (summary, lines) = bucket.sync(folder.path());
    let want = ["upload 100000", "delete 100000 (old version)", "delete 150000.gone "];
    assert_eq!((lines, summary.planned.same), (want.map(String::from).into(), MANY as u64 - 1));
}
