//! Claims on unfinished large files, so that no two jobs continue the same one, and on the
//! destinations of syncs, so that two to the same are told.
//!
//! A claim is a lock on a file in a folder of the user's, named after a digest of the realm and
//! the large file's ID. The system lets go of it when the process ends, however it ends. So it
//! keeps other jobs of this client away, other clients in this process, and other processes of the
//! same user on this machine. Other machines cannot be kept away: what they send are parts of the
//! same bytes, and a large file is finished with the SHA-1 of each part, so the worst is an upload
//! that fails.
//!
//! A process that is killed leaves its file, which means nothing without the lock. Who continues
//! the large file removes it; of others, the first claim of a client does after a week.

mod stale;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use b2_proto::wire::text::Sha1;

use crate::file_id::FileId;

/// How often a claim is tried again whose file was removed in the same moment.
const ATTEMPTS_MAX: u32 = 16;

/// Where claims are made.
///
/// ```
/// use b2_local::claims::Claims;
///
/// let folder = tempfile::tempdir()?;
/// let (one, other) = (Claims::in_folder(folder.path()), Claims::in_folder(folder.path()));
/// let claim = one.claim("4_z1").expect("nobody has it");
/// assert!(other.claim("4_z1").is_none() && other.claim("4_z2").is_some());
/// drop(claim);
/// assert!(other.claim("4_z1").is_some());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Claims {
    folder: Option<PathBuf>,
    realm: String,
    held: Arc<Mutex<BTreeSet<String>>>,
    /// Set once what others have left was looked for.
    swept: Arc<OnceLock<()>>,
}

/// A large file that nobody else continues while this is kept, or a sync's destination.
#[derive(Debug)]
pub struct Claim {
    name: String,
    held: Arc<Mutex<BTreeSet<String>>>,
    lock: Option<Lock>,
}

impl Claims {
    /// Claims by files in `folder`, which is made when it is needed. Where that is impossible,
    /// claims count within this client only.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::default() }
    }

    /// Claims that count within this client only, and write nothing.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Claims in the user's usual place: `b2/claims` in `XDG_STATE_HOME` or `~/.local/state`, on
    /// Windows in `LOCALAPPDATA`. `variable` reads the environment, as [`std::env::var_os`] does.
    pub fn usual(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| variable(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let state = if cfg!(windows) {
            folder("LOCALAPPDATA")
        } else {
            let home = || folder("HOME").map(|home| home.join(".local/state"));
            folder("XDG_STATE_HOME").filter(|state| state.is_absolute()).or_else(home)
        };
        Self { folder: state.map(|state| state.join("b2").join("claims")), ..Self::default() }
    }

    /// Claims of large files in this realm; another may have files with the same IDs.
    #[must_use]
    pub fn of_realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// Claims the large file with this ID, if nobody else has it. Looks at the disk.
    #[must_use]
    pub fn claim(&self, file_id: &str) -> Option<Claim> {
        self.take(self.name_of(file_id))
    }

    /// Claims a place in a bucket that a sync brings files to, if nobody else has it. Looks at the
    /// disk.
    #[must_use]
    pub fn claim_prefix(&self, bucket_id: &str, prefix: &str) -> Option<Claim> {
        self.take(self.name_of(&format!("sync {bucket_id}\n{prefix}")))
    }

    /// The same for a folder, wherever the files come from. Other paths of the folder are noticed
    /// while it is there.
    #[must_use]
    pub fn claim_folder(&self, folder: &Path) -> Option<Claim> {
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let name = [b"sync\n", folder.as_os_str().as_encoded_bytes()].concat();
        self.take(Sha1::of(&name).to_string())
    }

    fn take(&self, name: String) -> Option<Claim> {
        let is_new = self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        if !is_new {
            return None;
        }
        let mut claim = Claim { name, held: self.held.clone(), lock: None };
        if let Some(folder) = &self.folder {
            match Lock::take(&folder.join(&claim.name)) {
                Ok(lock) => {
                    claim.lock = Some(lock);
                    self.swept.get_or_init(|| stale::sweep(folder));
                }
                Err(TryLockError::WouldBlock) => return None,
                // No such folder can be written, or it has no locks.
                Err(TryLockError::Error(_)) => {}
            }
        }
        Some(claim)
    }

    fn name_of(&self, file_id: &str) -> String {
        Sha1::of(format!("{}\n{file_id}", self.realm).as_bytes()).to_string()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.lock.take());
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// A locked file.
#[derive(Debug)]
struct Lock {
    /// Held as long as it is open.
    _file: File,
    path: PathBuf,
}

impl Lock {
    fn take(path: &Path) -> Result<Self, TryLockError> {
        if let Some(folder) = path.parent() {
            make_private(folder).map_err(TryLockError::Error)?;
        }
        for _ in 0..ATTEMPTS_MAX {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
            let file = file.map_err(TryLockError::Error)?;
            file.try_lock()?;
            // Whoever had it before may have removed it between the two.
            if is_there(&file, path) {
                return Ok(Self { _file: file, path: path.to_owned() });
            }
        }
        Err(TryLockError::WouldBlock)
    }
}

/// Nothing is left behind where a file can be removed while it is open.
impl Drop for Lock {
    fn drop(&mut self) {
        if cfg!(unix) {
            // Left there, it can be locked again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Whether the open file is the one with this path.
fn is_there(file: &File, path: &Path) -> bool {
    match (FileId::of(file), FileId::behind(path)) {
        (Ok((open, _)), Ok((named, _))) => open == named,
        _ => false,
    }
}

/// The claim of one job.
#[derive(Debug, Default)]
pub struct HeldClaim(Mutex<Option<Claim>>);

impl HeldClaim {
    /// Claims a large file until the job ends or claims another; whether nobody else has it.
    pub fn claim(&self, claims: &Claims, file_id: &str) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|held| held.name != claims.name_of(file_id)) {
            *held = None;
            *held = claims.claim(file_id);
        }
        held.is_some()
    }

    /// Lets go of it.
    pub fn end(&self) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use std::time::SystemTime;

    #[test]
    fn a_claim_is_for_one_at_a_time_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let claims = Claims::in_folder(folder.path().join("deep/er"));
        let claim = claims.claim("4_z1").expect("free");
        assert!(claims.claim("4_z1").is_none());
        assert!(claims.clone().claim("4_z1").is_none());
        let elsewhere = claims.clone().of_realm("http://127.0.0.1:1");
        assert!(elsewhere.claim("4_z1").is_some(), "another file with the same ID");
        drop(claim);
        drop(claims.claim("4_z1").expect("free again"));
        if cfg!(unix) {
            assert_eq!(fs::read_dir(folder.path().join("deep/er")).expect("made").count(), 0);
        }
    }

    #[test]
    fn what_killed_processes_left_goes_after_a_week() {
        let folder = tempfile::tempdir().expect("folder");
        let day = Duration::from_secs(24 * 60 * 60);
        let old = |name: &str, days: u32| {
            let file = File::create(folder.path().join(name)).expect("create");
            file.set_modified(SystemTime::now() - day * days).expect("time");
            file
        };
        let name = |letter: &str| letter.repeat(40);
        let in_use = old(&name("a"), 8);
        in_use.lock().expect("locked");
        for (name, days) in [(name("b"), 8), (name("c"), 6), ("mine".to_owned(), 8)] {
            drop(old(&name, days));
        }
        let _claim = Claims::in_folder(folder.path()).claim("4_z1").expect("free");
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(!is_there(&name("b")));
        assert!(is_there(&name("a")) && is_there(&name("c")) && is_there("mine"));
    }

    #[test]
    fn many_threads_and_one_winner_at_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let holders = core::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // As in processes of their own: they share nothing but the folder.
                    let claims = Claims::in_folder(folder.path());
                    for _ in 0..200 {
                        if let Some(claim) = claims.claim("4_z1") {
                            let before = holders.fetch_add(1, core::sync::atomic::Ordering::SeqCst);
                            assert_eq!(before, 0);
                            holders.fetch_sub(1, core::sync::atomic::Ordering::SeqCst);
                            drop(claim);
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn without_a_folder_claims_count_within_the_client() {
        let file = tempfile::NamedTempFile::new().expect("file");
        for claims in [Claims::default(), Claims::in_folder(file.path().join("below a file"))] {
            let claim = claims.claim("4_z1").expect("free");
            assert!(claims.claim("4_z1").is_none());
            drop(claim);
            assert!(claims.claim("4_z1").is_some());
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn the_usual_place() {
        let place = |variables: &[(&str, &str)]| {
            let found = |name: &str| variables.iter().find(|(each, _)| *each == name);
            Claims::usual(|name| found(name).map(|(_, value)| value.into())).folder
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(place(&[("HOME", "/h")]), path("/h/.local/state/b2/claims"));
        let both = [("HOME", "/h"), ("XDG_STATE_HOME", "/x")];
        assert_eq!(place(&both), path("/x/b2/claims"));
        assert_eq!(place(&[("XDG_STATE_HOME", "relative")]), None);
        assert_eq!(place(&[]), None);
    }
}
