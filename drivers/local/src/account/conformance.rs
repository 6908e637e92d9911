//! What every account store does, as a check that any implementation can run.
//!
//! A store in the database of a server, with one login for each customer; a map stands for the
//! database, whose lock for a transaction:
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex};
//!
//! use b2_local::Error;
//! use b2_local::account::{Account, AccountStore, conformance};
//! use b2_proto::bucket_names::{BucketNames, NameChange};
//!
//! type Rows = Arc<Mutex<HashMap<u64, (Account, BucketNames)>>>;
//!
//! struct Customer { id: u64, rows: Rows }
//!
//! impl Customer {
//!     /// What `work` gives for the row of this customer, if it is of this login.
//!     fn with<T>(
//!         &self,
//!         login: &Account,
//!         work: impl FnOnce(&mut (Account, BucketNames)) -> T,
//!     ) -> Option<T> {
//!         let mut rows = self.rows.lock().expect("no thread panicked");
//!         rows.get_mut(&self.id).filter(|row| row.0.is_same_login(login)).map(work)
//!     }
//! }
//!
//! impl AccountStore for Customer {
//!     fn load(&self) -> Result<Option<Account>, Error> {
//!         let rows = self.rows.lock().expect("no thread panicked");
//!         Ok(rows.get(&self.id).map(|row| row.0.clone()))
//!     }
//!     fn save(&self, account: &Account) -> Result<(), Error> {
//!         let mut names = BucketNames::default();
//!         names.apply(&NameChange::login(&account.authorization.storage_api.allowed));
//!         let mut rows = self.rows.lock().expect("no thread panicked");
//!         rows.insert(self.id, (account.clone(), names));
//!         Ok(())
//!     }
//!     fn save_first(&self, account: &Account) -> Result<bool, Error> {
//!         let mut names = BucketNames::default();
//!         names.apply(&NameChange::login(&account.authorization.storage_api.allowed));
//!         let mut rows = self.rows.lock().expect("no thread panicked");
//!         let row = rows.entry(self.id).or_insert_with(|| (account.clone(), names));
//!         if row.0.is_same_login(account) {
//!             row.0 = account.clone();
//!             return Ok(true);
//!         }
//!         Ok(false)
//!     }
//!     fn renew(&self, account: &Account) -> Result<bool, Error> {
//!         Ok(self.with(account, |row| row.0 = account.clone()).is_some())
//!     }
//!     fn clear(&self) -> Result<(), Error> {
//!         self.rows.lock().expect("no thread panicked").remove(&self.id);
//!         Ok(())
//!     }
//!     fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
//!         Ok(self.with(account, |row| row.1.clone()).unwrap_or_default())
//!     }
//!     fn change_bucket_names(&self, account: &Account, it: &NameChange) -> Result<bool, Error> {
//!         Ok(self.with(account, |row| row.1.apply(it)).is_some())
//!     }
//! }
//!
//! let rows = Rows::default();
//! let mut id = 0;
//! conformance::check(|| {
//!     id += 1;
//!     Customer { id, rows: rows.clone() }
//! });
//! conformance::check_shared(|| Customer { id: 1, rows: rows.clone() });
//! ```

mod shared;

use b2_proto::bucket_names::{BucketNames, NameChange};
use b2_proto::model::{
    AccountAuthorization, Allowed, AllowedBucket, BucketId, Capability, StorageApi,
};

use super::{Account, AccountStore};

pub use shared::check_shared;
#[cfg(all(test, feature = "sqlite"))]
pub(super) use shared::many_steps;

/// Changes of bucket names that are compared with [`BucketNames`].
const CHANGES: u32 = 60;

/// Checks one store at a time; `new_store` gives a fresh, empty one with each call.
///
/// # Panics
/// When a store does not do what [`AccountStore`] says.
pub fn check<S: AccountStore>(mut new_store: impl FnMut() -> S) {
    the_last_login_is_kept(&new_store());
    every_text_comes_back(&new_store());
    a_first_login_leaves_another_one_alone(&new_store());
    a_renewal_is_of_the_same_login(&new_store());
    names_belong_to_a_login(&new_store());
    names_change_as_in_memory(&new_store());
}

/// A login whose token tells its key, so that a mixture of two is noticed.
pub(super) fn sample(key_id: &str, token: &str) -> Account {
    let allowed = Allowed::everywhere(vec![Capability::ListBuckets, Capability::ReadFiles]);
    let mut storage = StorageApi::new("https://api000.backblazeb2.com", allowed);
    storage.download_url = "https://f000.backblazeb2.com".to_owned();
    storage.s3_api_url = "https://s3.us-west-000.backblazeb2.com".to_owned();
    storage.recommended_part_size = 100_000_000;
    storage.absolute_minimum_part_size = 5_000_000;
    Account {
        realm: "production".to_owned(),
        application_key_id: key_id.to_owned(),
        application_key: format!("secret-of-{key_id}").as_str().into(),
        authorization: AccountAuthorization::new("4aa9865d6f00".into(), token.into(), storage),
    }
}

fn done<T>(result: Result<T, crate::Error>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

fn loaded(store: &impl AccountStore) -> Option<Account> {
    done(store.load(), "load")
}

fn names(store: &impl AccountStore, account: &Account) -> BucketNames {
    done(store.bucket_names(account), "bucket names")
}

fn change(store: &impl AccountStore, account: &Account, change: &NameChange) -> bool {
    done(store.change_bucket_names(account, change), "change of bucket names")
}

fn pair(name: &str, id: &str) -> (String, BucketId) {
    (name.to_owned(), id.into())
}

fn the_last_login_is_kept(store: &impl AccountStore) {
    assert_eq!(loaded(store), None, "a new store is empty");
    done(store.clear(), "clearing an empty store");
    for (key_id, token) in [("one", "a"), ("one", "b"), ("two", "c")] {
        done(store.save(&sample(key_id, token)), "save");
        assert_eq!(loaded(store), Some(sample(key_id, token)), "the login saved last");
    }
    done(store.clear(), "clear");
    assert_eq!(loaded(store), None, "a cleared store is empty");
    done(store.clear(), "clearing again");
}

/// Texts that break statements and encodings, rights nobody knows yet, and the largest number.
fn every_text_comes_back(store: &impl AccountStore) {
    let odd = "it's \"q\" \\ ; -- %_ \u{1}\n zażółć \u{1f980}";
    let mut account = sample(odd, odd);
    account.realm = odd.to_owned();
    let storage = &mut account.authorization.storage_api;
    storage.recommended_part_size = i64::MAX.unsigned_abs();
    storage.s3_api_url.clear();
    storage.allowed.name_prefix = Some(odd.to_owned());
    storage.allowed.capabilities = vec![Capability::from("newRight"), Capability::from(odd)];
    storage.allowed.buckets =
        Some(vec![AllowedBucket::new("1", Some(odd.to_owned())), AllowedBucket::new("2", None)]);
    done(store.save(&account), "save");
    assert_eq!(loaded(store).as_ref(), Some(&account), "every text as it was");
    assert_eq!(names(store, &account).id(odd), Some(&"1".into()), "the name of a key's bucket");
    account.authorization.storage_api.allowed.buckets = Some(Vec::new());
    done(store.save(&account), "save");
    assert_eq!(loaded(store), Some(account), "no bucket is not every bucket");
}

fn a_first_login_leaves_another_one_alone(store: &impl AccountStore) {
    let (first, later) = (sample("one", "a"), sample("one", "b"));
    assert!(done(store.save_first(&first), "first"), "an empty store");
    assert_eq!(loaded(store).as_ref(), Some(&first), "a first login");
    let saved = NameChange::Save(vec![pair("photos", "1")]);
    assert!(change(store, &first, &saved), "names of the login that is kept");
    assert!(done(store.save_first(&later), "first"), "the same login");
    assert_eq!(loaded(store).as_ref(), Some(&later), "the same login, renewed");
    assert_eq!(names(store, &later).id("photos"), Some(&"1".into()), "names stay");
    for other in others(&later) {
        assert!(!done(store.save_first(&other), "first"), "another login is kept");
    }
    assert_eq!(loaded(store), Some(later), "another login stays");
}

fn a_renewal_is_of_the_same_login(store: &impl AccountStore) {
    let (first, later) = (sample("one", "a"), sample("one", "b"));
    assert!(!done(store.renew(&first), "renew"), "nothing to renew");
    assert_eq!(loaded(store), None, "a renewal does not undo a log-out");
    done(store.save(&first), "save");
    let saved = NameChange::Save(vec![pair("photos", "1")]);
    assert!(change(store, &first, &saved), "names of the login that is kept");
    assert!(done(store.renew(&later), "renew"), "the same login");
    assert_eq!(loaded(store).as_ref(), Some(&later), "the renewed login");
    assert_eq!(names(store, &later).id("photos"), Some(&"1".into()), "names stay");
    for other in others(&later) {
        assert!(!done(store.renew(&other), "renew"), "another login");
    }
    assert_eq!(loaded(store), Some(later), "another login changes nothing");
}

/// Logins that differ from `account` in one thing that makes them others.
fn others(account: &Account) -> [Account; 4] {
    let mut others = [(); 4].map(|()| account.clone());
    let [realm, key_id, key, account_id] = &mut others;
    realm.realm.push('x');
    key_id.application_key_id.push('x');
    key.application_key = "another secret".into();
    account_id.authorization.account_id = "another account".into();
    others
}

fn names_belong_to_a_login(store: &impl AccountStore) {
    let account = sample("one", "a");
    let saved = NameChange::Save(vec![pair("photos", "1")]);
    assert!(!change(store, &account, &saved), "no login, no names");
    assert_eq!(names(store, &account), BucketNames::default(), "no login, no names");
    done(store.save(&account), "save");
    assert!(change(store, &account, &saved), "names of the login that is kept");
    for other in others(&account) {
        assert!(!change(store, &other, &NameChange::Replace(Vec::new())), "another login");
        assert_eq!(names(store, &other), BucketNames::default(), "names of another login");
    }
    assert_eq!(names(store, &account).id("photos"), Some(&"1".into()), "names are as they were");
    done(store.save(&account), "save");
    assert_eq!(names(store, &account), BucketNames::default(), "a new login knows no names");
    let mut restricted = account;
    let list =
        vec![AllowedBucket::new("7", Some("films".to_owned())), AllowedBucket::new("8", None)];
    restricted.authorization.storage_api.allowed.buckets = Some(list);
    done(store.save(&restricted), "save");
    let own = BucketNames::from_iter([pair("films", "7")]);
    assert_eq!(names(store, &restricted), own, "the buckets a key is restricted to");
    done(store.clear(), "clear");
    assert_eq!(names(store, &restricted), BucketNames::default(), "cleared");
}

fn names_change_as_in_memory(store: &impl AccountStore) {
    let account = sample("one", "a");
    done(store.save(&account), "save");
    let mut wanted = BucketNames::default();
    for number in 0..CHANGES {
        let change_now = some_change(number);
        assert!(change(store, &account, &change_now), "names of the login that is kept");
        wanted.apply(&change_now);
        assert_eq!(names(store, &account), wanted, "after {change_now:?}");
    }
    let many: Vec<_> = (0..1_000).map(|n| pair(&format!("bucket-{n}"), &format!("{n}"))).collect();
    assert!(change(store, &account, &NameChange::Replace(many.clone())), "many names");
    assert_eq!(names(store, &account), BucketNames::from_iter(many), "many names");
}

/// A change to a few names and IDs, so that they meet often.
fn some_change(number: u32) -> NameChange {
    // Fixed, and scattered well enough.
    let scattered = number.wrapping_mul(2_654_435_761).rotate_left(13);
    let one = |bits: u32| pair(&format!("it's-{}", bits % 3), &format!("{}", bits / 3 % 3));
    let (name, id) = one(scattered / 16);
    match scattered % 8 {
        0 => NameChange::Replace(vec![(name, id)]),
        1 => NameChange::ForgetName(name),
        2 => NameChange::ForgetId(id),
        3 => NameChange::Save(vec![(name, id), one(scattered / 256)]),
        _ => NameChange::Save(vec![(name, id)]),
    }
}

#[cfg(test)]
mod tests;
