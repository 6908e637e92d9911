use b2_proto::model::{Allowed, StorageApi};

use super::*;
use crate::exchange::idle::AGE_MAX;
use builder::Builder;

#[test]
fn the_user_agent_names_client_and_application() {
    let agent = |application: &str| {
        let application = Some(application.to_owned());
        Settings { application, ..Settings::default() }.user_agent("b2-x", "0.1")
    };
    let text = agent("app/2").expect("legal");
    let text = text.to_str().expect("text");
    assert!(text.starts_with("b2-x/0.1 rust/") && text.ends_with(" app/2"), "{text}");
    assert!(agent("two\nlines").is_err());
}

#[test]
fn a_realm_on_this_machine_is_known() {
    let is_loopback =
        |realm: &str| Settings { realm: realm.to_owned(), ..Settings::default() }.is_loopback();
    for realm in ["http://127.0.0.1:9", "http://[::1]:9/", "https://localhost"] {
        assert!(is_loopback(realm), "{realm}");
    }
    for realm in ["production", "http://127.0.0.1.example.com", "http://10.0.0.1", "::1"] {
        assert!(!is_loopback(realm), "{realm}");
    }
}

#[test]
fn keys_are_not_shown() {
    let key = Some(("id".to_owned(), Secret::new("K001secret")));
    let settings = Settings { key, ..Settings::default() };
    assert!(!format!("{settings:?}").contains("K001secret"));
}

/// What is set of a login, of the account with this letter.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Set {
    Key(char),
    Realm(char),
    Grant(char),
    Login(char),
    NewLogin(char),
}

impl Set {
    const ALL: [Self; 10] = [
        Self::Key('a'),
        Self::Key('b'),
        Self::Realm('a'),
        Self::Realm('b'),
        Self::Grant('a'),
        Self::Grant('b'),
        Self::Login('a'),
        Self::Login('b'),
        Self::NewLogin('a'),
        Self::NewLogin('b'),
    ];

    fn apply(self, settings: &mut Settings) {
        match self {
            Self::Key(of) => settings.set_key(of.into(), Secret::new(of)),
            Self::Realm(of) => settings.set_realm(realm(of)),
            Self::Grant(of) => {
                settings.set_grant(Grant::try_from(&account(of)).expect("whole"));
            }
            Self::Login(of) => settings.set_login(login(of, Some(account(of)))),
            Self::NewLogin(of) => settings.set_login(login(of, None)),
        }
    }
}

fn realm(of: char) -> String {
    format!("http://127.0.0.1:{}", u32::from(of))
}

fn account(of: char) -> AccountAuthorization {
    let api = StorageApi::new(realm(of), Allowed::default());
    AccountAuthorization::new(of.to_string().as_str().into(), "token".into(), api)
}

fn login(of: char, authorization: Option<AccountAuthorization>) -> Login {
    Login { authorization, ..Login::new(of, Secret::new(of), realm(of)) }
}

/// In whatever order they are set: what a login told is used with its own key in its own realm, and
/// a grant only if neither was changed since.
#[test]
fn a_login_of_before_is_of_the_last_key_and_realm() {
    let count = Set::ALL.len();
    for order in 0..count.pow(4) {
        let sets = [0, 1, 2, 3].map(|at| Set::ALL[order / count.pow(at) % count]);
        let mut settings = Settings::default();
        for (at, set) in sets.into_iter().enumerate() {
            set.apply(&mut settings);
            if let Some(known) = &settings.authorization {
                let of = known.account_id.as_str();
                let key = settings.key.as_ref().expect("a key");
                assert_eq!((key.0.as_str(), key.1.expose()), (of, of), "{sets:?}");
                assert_eq!(settings.realm, known.storage_api.api_url, "{sets:?}");
            }
            let is_granted = settings.grant.is_some();
            assert_eq!(is_granted, matches!(set, Set::Grant(_)), "{sets:?} {at}");
            assert!(!is_granted || settings.authorization.is_none(), "{sets:?}");
        }
    }
}

/// As each driver has one.
#[expect(dead_code, unreachable_pub, reason = "only some of it is tried")]
mod builder {
    #[derive(Default)]
    pub(super) struct Builder {
        pub(super) settings: super::Settings,
    }

    crate::builder_face!(Builder);
}

/// Whoever wants no bound gets one all the same: a time without an end has no place on any clock.
#[test]
fn times_have_a_bound() {
    let set = |time| {
        let builder = Builder::default().connect_timeout(time);
        builder.idle_timeout(time).silence_timeout(time).settings
    };
    let times = |it: Settings| [Some(it.connect_timeout), it.idle_timeout, it.silence_timeout];
    let longest = [TIMEOUT_MAX, AGE_MAX, TIMEOUT_MAX].map(Some);
    assert_eq!(times(set(Duration::MAX)), longest);
    let second = Duration::from_secs(1);
    assert_eq!(times(set(second)), [Some(second); 3]);
}

/// The order matters only where the documentation says so.
#[test]
fn a_builder_sets_what_belongs_together() {
    let known = || login('a', Some(account('a')));
    let grant = || Grant::try_from(&account('a')).expect("whole");
    let builder = Builder::default;
    let settings = builder().login(known()).settings;
    assert!(settings.authorization.is_some() && settings.store.is_some());
    for other in [
        builder().login(known()).credentials("b", "b").settings,
        builder().login(known()).realm("staging").settings,
        builder().resume(grant()).credentials("a", "a").settings,
        builder().resume(grant()).realm(realm('a')).settings,
    ] {
        assert!(other.authorization.is_none() && other.grant.is_none());
    }
    let settings = builder().credentials("a", "a").realm(realm('a')).resume(grant()).settings;
    assert!(settings.grant.is_some());
}
