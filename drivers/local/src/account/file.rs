//! A login in a private JSON file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Account, AccountStore};
use crate::temp::{Access, TempFile, folder_of};
use crate::{Error, Reason};

/// A login takes about two kilobytes; a list of a thousand buckets a hundred.
const LEN_MAX: u64 = 1024 * 1024;

/// Keeps a login in one file that only its owner can read, from its first moment on; replaced
/// whole or not at all.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// The store at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> Result<Option<File>, Error> {
        let reading = |error| Error::from_system(Reason::SourceUnreadable, &error, &self.path);
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reading(error)),
            Ok(it) => self.check_private(&it)?,
        }
        let file = File::open(&self.path).map_err(reading)?;
        self.check_private(&file.metadata().map_err(reading)?)?;
        Ok(Some(file))
    }

    fn check_private(&self, metadata: &Metadata) -> Result<(), Error> {
        if metadata.is_file() && is_private(metadata) {
            Ok(())
        } else {
            Err(Error::new(Reason::NotPrivate, &self.path))
        }
    }

    /// A link or a folder in the place of the file is not written through.
    fn check_replaceable(&self) -> Result<(), Error> {
        match fs::symlink_metadata(&self.path) {
            Ok(it) if !it.is_file() => Err(Error::new(Reason::NotPrivate, &self.path)),
            _ => Ok(()),
        }
    }
}

impl AccountStore for FileStore {
    fn load(&self) -> Result<Option<Account>, Error> {
        let Some(file) = self.open()? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(LEN_MAX)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::from_system(Reason::SourceUnreadable, &e, &self.path))?;
        // The parser's own words could quote a secret.
        let account = serde_json::from_slice(&bytes);
        account.map(Some).map_err(|_| Error::new(Reason::NotAnAccount, &self.path))
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        self.check_replaceable()?;
        let writing = |error: &io::Error| Error::writing(error, &self.path);
        create_private_folder(folder_of(&self.path)).map_err(|e| writing(&e))?;
        let temp = TempFile::create(&self.path, Access::Private).map_err(|e| writing(&e))?;
        let text = serde_json::to_vec_pretty(account).map_err(|e| writing(&io::Error::other(e)))?;
        temp.file().write_all(&text).map_err(|e| writing(&e))?;
        temp.commit().map_err(|e| writing(&e))
    }

    fn clear(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::writing(&error, &self.path))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn is_private(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 == 0
}

/// Files below a user's profile are private by their inherited rights.
#[cfg(not(unix))]
const fn is_private(_: &Metadata) -> bool {
    true
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::model::{Allowed, Capability, StorageApi};

    fn account(token: &str) -> Account {
        let allowed = Allowed::everywhere(vec![Capability::ListBuckets]);
        let storage = StorageApi::new("http://127.0.0.1:1", allowed);
        Account {
            realm: "production".to_owned(),
            application_key_id: "id".to_owned(),
            application_key: "secret-key".into(),
            authorization: AccountAuthorization::new("acc".into(), token.into(), storage),
        }
    }

    use b2_proto::model::AccountAuthorization;

    #[test]
    fn both_stores_keep_the_last_login() {
        let folder = tempfile::tempdir().expect("folder");
        let file = FileStore::new(folder.path().join("new/deep/account.json"));
        let stores: [&dyn AccountStore; 2] = [&super::super::MemoryStore::new(), &file];
        for store in stores {
            assert_eq!(store.load(), Ok(None));
            for token in ["one", "two"] {
                store.save(&account(token)).expect("save");
                assert_eq!(store.load(), Ok(Some(account(token))));
            }
            store.clear().expect("clear");
            store.clear().expect("clear again");
            assert_eq!(store.load(), Ok(None));
        }
    }

    #[test]
    fn a_damaged_file_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().expect("folder");
        let store = FileStore::new(folder.path().join("account.json"));
        store.save(&account("token")).expect("save");
        fs::write(store.path(), br#"{"application_key":"top-secret""#).expect("write");
        let error = store.load().expect_err("damaged");
        assert_eq!(error.reason, Reason::NotAnAccount);
        assert!(!error.to_string().contains("top-secret"));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_private_ordinary_file_is_used() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("folder");
        let store = FileStore::new(folder.path().join("account.json"));
        store.save(&account("token")).expect("save");
        let mode = |mode| fs::set_permissions(store.path(), fs::Permissions::from_mode(mode));
        let now = fs::metadata(store.path()).expect("metadata").permissions().mode();
        assert_eq!(now & 0o777, 0o600);
        for loose in [0o640, 0o604, 0o620] {
            mode(loose).expect("mode");
            assert_eq!(store.load().expect_err("loose").reason, Reason::NotPrivate);
        }
        mode(0o600).expect("mode");
        let link = FileStore::new(folder.path().join("link.json"));
        symlink(store.path(), link.path()).expect("link");
        assert_eq!(link.load().expect_err("link").reason, Reason::NotPrivate);
        assert_eq!(link.save(&account("x")).expect_err("link").reason, Reason::NotPrivate);
        assert_eq!(store.load(), Ok(Some(account("token"))));
        // A looser file that is replaced becomes private.
        mode(0o644).expect("mode");
        store.save(&account("new")).expect("save");
        assert_eq!(store.load(), Ok(Some(account("new"))));
    }
}
