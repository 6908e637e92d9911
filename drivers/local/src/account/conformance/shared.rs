//! Several handles of one store at the same time.

use std::thread;

use b2_proto::bucket_names::NameChange;

use super::{change, done, loaded, names, pair, sample};
use crate::account::{Account, AccountStore};

/// Threads that use a store at the same time.
const THREADS: u32 = 4;
/// What each of them does.
const ROUNDS: u32 = 12;
/// Checks several handles of one store at the same time, as several processes would have; `open`
/// gives one more handle with each call. Whatever the store held is lost.
///
/// # Panics
/// When a store does not do what [`AccountStore`] says.
pub fn check_shared<S: AccountStore>(open: impl Fn() -> S + Sync) {
    let (first, second) = (open(), open());
    done(first.clear(), "clear");
    let account = sample("id", "token");
    done(first.save(&account), "save");
    assert_eq!(loaded(&second), Some(account), "another handle sees the login");
    done(second.clear(), "clear");
    assert_eq!(loaded(&first), None, "another handle sees that it is gone");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let open = &open;
            scope.spawn(move || many_steps(&open(), thread));
        }
    });
}

/// What one of many users of a store does; whatever it sees must be whole.
pub(in crate::account) fn many_steps(store: &impl AccountStore, thread: u32) {
    let key_id = format!("key {thread}");
    for round in 0..ROUNDS {
        let account = sample(&key_id, &format!("{key_id} round {round}"));
        if round % 4 == 3 {
            done(store.renew(&account), "renew");
        } else {
            done(store.save(&account), "save");
        }
        if let Some(seen) = loaded(store) {
            assert_whole(&seen);
            let saved = NameChange::Save(vec![pair(&seen.application_key_id, &key_id)]);
            change(store, &seen, &saved);
            for (name, _) in names(store, &seen).iter() {
                assert_eq!(name, seen.application_key_id, "names of another login");
            }
        }
    }
}

/// Nothing of two logins is mixed.
fn assert_whole(seen: &Account) {
    let key_id = &seen.application_key_id;
    let token = seen.authorization.authorization_token.expose();
    assert_eq!(seen.application_key.expose(), format!("secret-of-{key_id}"), "a mixed login");
    assert!(token.starts_with(&format!("{key_id} round")), "a mixed login");
}
