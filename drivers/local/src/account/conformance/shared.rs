//! Several handles of one store at the same time.

use core::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use b2_proto::bucket_names::NameChange;

use super::{change, done, loaded, names, pair, sample};
use crate::account::{Account, AccountStore};

/// Threads that use a store at the same time.
const THREADS: u32 = 4;
/// What each of them does.
const ROUNDS: u32 = 12;
/// How often two handles race for a store. One that does in two steps what should be one loses a
/// third of them or so.
const RACES: u32 = 12;

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
    for round in 0..RACES {
        races(&first, &second, round);
    }
    done(first.clear(), "clear");
}

/// Whatever one handle saves or clears stays so, though the other one renews a login meanwhile.
fn races<S: AccountStore>(renewing: &S, other: &S, round: u32) {
    let (ours, theirs) = (sample("one", "a"), sample("two", "b"));
    let start = |kept: Option<&Account>| {
        done(other.clear(), "clear");
        if let Some(account) = kept {
            done(other.save(account), "save");
        }
    };
    let renew = || done(renewing.renew(&ours), "renew");
    let first = || done(renewing.save_first(&ours), "first");
    start(Some(&ours));
    race(round, renew, || done(other.save(&theirs), "save"));
    assert_eq!(loaded(renewing).as_ref(), Some(&theirs), "a renewal undoes another login");
    start(Some(&ours));
    race(round, renew, || done(other.clear(), "clear"));
    assert_eq!(loaded(renewing), None, "a renewal undoes a log-out");
    start(None);
    race(round, first, || done(other.save(&theirs), "save"));
    assert_eq!(loaded(renewing).as_ref(), Some(&theirs), "a first login undoes another one");
    assert!(!done(renewing.renew(&ours), "renew"), "another login is kept");
}

/// Repeats a step in a thread a few times, and has `end` done in the midst of one. Not for as long
/// as that takes: whoever waits for a database that is never free may wait for long.
fn race(round: u32, step: impl Fn() -> bool + Send, end: impl FnOnce()) {
    let (begun, before) = (&AtomicU32::new(0), round % 3);
    thread::scope(|scope| {
        let stepping = scope.spawn(move || {
            for _ in 0..before + 2 {
                begun.fetch_add(1, Ordering::SeqCst);
                step();
            }
        });
        // A step that fails ends the thread.
        while begun.load(Ordering::SeqCst) <= before && !stepping.is_finished() {
            thread::yield_now();
        }
        end();
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
