use super::*;
use crate::account::conformance::sample;
use crate::account::{Account, AccountStore, MemoryStore};
use crate::{Error as LocalError, Reason};
use b2_proto::bucket_names::BucketNames;

/// A store that is busy so many times.
#[derive(Default)]
struct Busy {
    inner: MemoryStore,
    times: AtomicU32,
    writes: AtomicU32,
}

impl Busy {
    fn new(times: u32) -> Arc<Self> {
        Arc::new(Self { times: times.into(), ..Self::default() })
    }

    fn write<T>(&self, write: impl FnOnce(&MemoryStore) -> T) -> Result<T, LocalError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let less = |times: u32| times.checked_sub(1);
        match self.times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Err(LocalError::new(Reason::StoreBusy, "store".as_ref())),
            Err(_) => Ok(write(&self.inner)),
        }
    }

    fn token(&self) -> Option<String> {
        let kept = self.inner.load().expect("in memory");
        kept.map(|kept| kept.authorization.authorization_token.expose().to_owned())
    }
}

impl AccountStore for Busy {
    fn load(&self) -> Result<Option<Account>, LocalError> {
        self.inner.load()
    }

    fn save(&self, account: &Account) -> Result<(), LocalError> {
        self.write(|inner| inner.save(account))?
    }

    fn renew(&self, account: &Account) -> Result<bool, LocalError> {
        self.write(|inner| inner.renew(account))?
    }

    fn clear(&self) -> Result<(), LocalError> {
        self.inner.clear()
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, LocalError> {
        self.inner.bucket_names(account)
    }

    fn change_bucket_names(&self, account: &Account, it: &NameChange) -> Result<bool, LocalError> {
        self.inner.change_bucket_names(account, it)
    }
}

/// The accounts of a client with a key and this store.
fn accounts(store: &Arc<Busy>) -> Arc<Accounts> {
    let account = sample("id", "");
    let login = Login::new("id", account.application_key, account.realm);
    Arc::new(Accounts::new(Login { store: store.clone(), ..login }))
}

/// What a job does when the client has logged in so often.
fn job(accounts: &Arc<Accounts>, epoch: u32) {
    let known = Arc::new(sample("id", &format!("token {epoch}")).authorization);
    if let Some(keeping) = accounts.keeping(epoch, &known) {
        keeping.keep();
    }
}

#[test]
fn each_login_is_kept_once() {
    let store = Busy::new(0);
    let accounts = accounts(&store);
    for epoch in [1, 1, 2, 2, 2] {
        job(&accounts, epoch);
        assert_eq!(store.token(), Some(format!("token {epoch}")));
    }
    assert_eq!(store.writes.load(Ordering::Relaxed), 2);
}

#[test]
fn a_store_that_was_busy_is_asked_again() {
    let store = Busy::new(1);
    let accounts = accounts(&store);
    job(&accounts, 1);
    assert_eq!(store.token(), None);
    job(&accounts, 1);
    assert_eq!(store.token().as_deref(), Some("token 1"));
}

#[test]
fn a_store_that_fails_for_good_is_left_alone() {
    let store = Busy::new(u32::MAX);
    let accounts = accounts(&store);
    (0..3 * ATTEMPTS_MAX).for_each(|_| job(&accounts, 1));
    assert_eq!(store.writes.load(Ordering::Relaxed), ATTEMPTS_MAX);
    store.times.store(0, Ordering::Relaxed);
    job(&accounts, 2);
    assert_eq!(store.token().as_deref(), Some("token 2"), "the next login is another matter");
}

#[test]
fn a_login_that_ended_is_not_undone() {
    let store = Busy::new(0);
    let accounts = accounts(&store);
    job(&accounts, 1);
    store.clear().expect("in memory");
    job(&accounts, 2);
    assert_eq!(store.token(), None, "somebody has logged out");
}

#[test]
fn another_login_stays() {
    let store = Busy::new(0);
    store.save(&sample("other", "theirs")).expect("in memory");
    job(&accounts(&store), 1);
    assert_eq!(store.token().as_deref(), Some("theirs"));
}

#[test]
fn what_was_given_up_is_kept_by_the_next() {
    let store = Busy::new(0);
    let accounts = accounts(&store);
    let known = Arc::new(sample("id", "token 1").authorization);
    let first = accounts.keeping(1, &known).expect("nobody is at it");
    assert!(accounts.keeping(1, &known).is_none(), "somebody is at it");
    drop(first);
    job(&accounts, 1);
    assert_eq!(store.token().as_deref(), Some("token 1"));
}

#[test]
fn what_a_client_starts_from_is_there_already() {
    let store = Busy::new(0);
    let accounts = accounts(&store);
    accounts.starts_at(1);
    job(&accounts, 1);
    assert_eq!(store.writes.load(Ordering::Relaxed), 0);
}
