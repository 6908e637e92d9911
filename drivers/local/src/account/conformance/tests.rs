//! Stores with one fault each, all of which the checks must find.

use core::time::Duration;
use std::panic;
use std::sync::Arc;
use std::thread;

use super::super::MemoryStore;
use super::*;
use crate::{Error, Reason};

/// What an answer of a database takes.
const A_MOMENT: Duration = Duration::from_micros(200);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    ForgetsPrefix,
    KeepsTheFirstLogin,
    FailsToClearNothing,
    FirstReplacesAnyLogin,
    FirstForgetsNames,
    FirstIsNotSaved,
    RenewsWhatIsGone,
    RenewsAnyLogin,
    RenewalForgetsNames,
    NamesSurviveLogin,
    NamesOfAnyLogin,
    ChangesNamesOfAnyLogin,
    NeverForgetsIds,
    RenewsInTwoSteps,
    FirstInTwoSteps,
}

struct Faulty {
    inner: Arc<MemoryStore>,
    fault: Fault,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The login that is kept, whichever was meant.
    fn kept(&self, account: &Account) -> Result<Account, Error> {
        Ok(self.inner.load()?.unwrap_or_else(|| account.clone()))
    }

    /// Puts a login in the place of the other; names stay.
    fn exchange(&self, account: &Account) -> Result<(), Error> {
        let names = self.inner.bucket_names(&self.kept(account)?)?;
        let pairs = names.iter().map(|(name, id)| (name.to_owned(), id.clone())).collect();
        self.inner.save(account)?;
        self.inner.change_bucket_names(account, &NameChange::Save(pairs)).map(drop)
    }
}

impl AccountStore for Faulty {
    fn load(&self) -> Result<Option<Account>, Error> {
        let mut account = self.inner.load()?;
        if self.has(Fault::ForgetsPrefix) {
            let allowed = account.as_mut().map(|it| &mut it.authorization.storage_api.allowed);
            if let Some(allowed) = allowed {
                allowed.name_prefix = None;
            }
        }
        Ok(account)
    }

    fn save(&self, account: &Account) -> Result<(), Error> {
        if self.has(Fault::KeepsTheFirstLogin) && self.inner.load()?.is_some() {
            return Ok(());
        }
        if self.has(Fault::NamesSurviveLogin) {
            return self.exchange(account);
        }
        self.inner.save(account)
    }

    fn save_first(&self, account: &Account) -> Result<bool, Error> {
        if self.has(Fault::FirstInTwoSteps) && self.inner.load()?.is_none() {
            thread::sleep(A_MOMENT);
            return self.inner.save(account).map(|()| true);
        }
        if self.has(Fault::FirstIsNotSaved) {
            return self.inner.renew(account);
        }
        let has_saved = self.inner.save_first(account)?;
        if self.has(Fault::FirstReplacesAnyLogin) && !has_saved {
            return self.exchange(account).map(|()| true);
        }
        if self.has(Fault::FirstForgetsNames) && has_saved {
            self.inner.save(account)?;
        }
        Ok(has_saved)
    }

    fn renew(&self, account: &Account) -> Result<bool, Error> {
        if self.has(Fault::RenewsInTwoSteps) {
            let is_same = self.inner.load()?.is_some_and(|kept| kept.is_same_login(account));
            thread::sleep(A_MOMENT);
            return if is_same { self.exchange(account).map(|()| true) } else { Ok(false) };
        }
        let is_gone = self.inner.load()?.is_none();
        if (is_gone && self.has(Fault::RenewsWhatIsGone))
            || (!is_gone && self.has(Fault::RenewsAnyLogin))
        {
            return self.exchange(account).map(|()| true);
        }
        let has_renewed = self.inner.renew(account)?;
        if has_renewed && self.has(Fault::RenewalForgetsNames) {
            self.inner.save(account)?;
        }
        Ok(has_renewed)
    }

    fn clear(&self) -> Result<(), Error> {
        if self.has(Fault::FailsToClearNothing) && self.inner.load()?.is_none() {
            return Err(Error::new(Reason::SourceMissing, "store".as_ref()));
        }
        self.inner.clear()
    }

    fn bucket_names(&self, account: &Account) -> Result<BucketNames, Error> {
        let is_any = self.has(Fault::NamesOfAnyLogin);
        self.inner.bucket_names(&if is_any { self.kept(account)? } else { account.clone() })
    }

    fn change_bucket_names(&self, account: &Account, change: &NameChange) -> Result<bool, Error> {
        if self.has(Fault::NeverForgetsIds) && matches!(change, NameChange::ForgetId(_)) {
            return Ok(true);
        }
        let is_any = self.has(Fault::ChangesNamesOfAnyLogin);
        let login = if is_any { self.kept(account)? } else { account.clone() };
        self.inner.change_bucket_names(&login, change)
    }
}

fn passes(fault: Fault) -> bool {
    let new = || Faulty { inner: Arc::default(), fault };
    panic::catch_unwind(|| check(new)).is_ok()
}

#[test]
fn a_good_store_passes() {
    assert!(passes(Fault::None));
    let inner = Arc::<MemoryStore>::default();
    check_shared(|| Faulty { inner: Arc::clone(&inner), fault: Fault::None });
}

#[test]
fn every_fault_is_found() {
    let faults = [
        Fault::ForgetsPrefix,
        Fault::KeepsTheFirstLogin,
        Fault::FailsToClearNothing,
        Fault::FirstReplacesAnyLogin,
        Fault::FirstForgetsNames,
        Fault::FirstIsNotSaved,
        Fault::RenewsWhatIsGone,
        Fault::RenewsAnyLogin,
        Fault::RenewalForgetsNames,
        Fault::NamesSurviveLogin,
        Fault::NamesOfAnyLogin,
        Fault::ChangesNamesOfAnyLogin,
        Fault::NeverForgetsIds,
    ];
    for fault in faults {
        assert!(!passes(fault), "{fault:?} was not found");
    }
}

#[test]
fn two_steps_in_place_of_one_are_found() {
    for fault in [Fault::RenewsInTwoSteps, Fault::FirstInTwoSteps] {
        assert!(passes(fault), "{fault:?} shows only where a store is shared");
        let inner = Arc::<MemoryStore>::default();
        let open = || Faulty { inner: Arc::clone(&inner), fault };
        assert!(panic::catch_unwind(|| check_shared(open)).is_err(), "{fault:?} was not found");
    }
}

#[test]
fn handles_that_do_not_share_are_found() {
    assert!(panic::catch_unwind(|| check_shared(MemoryStore::new)).is_err());
}
