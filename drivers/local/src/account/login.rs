//! What a client starts from.

use core::fmt;
use std::ffi::OsString;
use std::sync::Arc;

use b2_proto::error::{Error as ProtoError, ErrorKind};
use b2_proto::machine::session::Credentials;
use b2_proto::model::AccountAuthorization;
use b2_proto::op::Grant;
use b2_proto::secret::Secret;

use super::{Account, AccountStore, MemoryStore};

/// The variable with the application key's ID.
pub const KEY_ID_VARIABLE: &str = "B2_APPLICATION_KEY_ID";
/// The variable with the application key.
pub const KEY_VARIABLE: &str = "B2_APPLICATION_KEY";
/// The variable with the realm, for another one than the real service.
pub const REALM_VARIABLE: &str = "B2_ENVIRONMENT";

/// The realm when nothing says otherwise.
pub const PRODUCTION: &str = "production";

/// A key, what is known of its login already, and where to keep what is learnt.
///
/// ```
/// use b2_local::account::{AccountStore as _, Login};
///
/// let variable = |name: &str| match name {
///     "B2_APPLICATION_KEY_ID" => Some("0012a3b4c5d6e7f0000000001".into()),
///     "B2_APPLICATION_KEY" => Some("K001secret".into()),
///     _ => None,
/// };
/// let login = Login::from_env(variable)?.expect("both are set");
/// let credentials = login.credentials()?;
/// assert_eq!(credentials.realm(), "https://api.backblazeb2.com");
/// assert!(login.grant().is_none());
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Login {
    /// The application key's ID.
    pub application_key_id: String,
    /// The application key.
    pub application_key: Secret,
    /// The realm as it was given: a name or a URL.
    pub realm: String,
    /// What the service answered last time; `None` when the first request has to log in.
    pub authorization: Option<AccountAuthorization>,
    /// Where the login is kept.
    pub store: Arc<dyn AccountStore>,
}

impl Login {
    /// A key that is kept nowhere but in memory.
    pub fn new(
        application_key_id: impl Into<String>,
        application_key: Secret,
        realm: impl Into<String>,
    ) -> Self {
        Self {
            application_key_id: application_key_id.into(),
            application_key,
            realm: realm.into(),
            authorization: None,
            store: Arc::new(MemoryStore::new()),
        }
    }

    /// The key in `B2_APPLICATION_KEY_ID` and `B2_APPLICATION_KEY`, in the realm that
    /// `B2_ENVIRONMENT` names, kept nowhere but in memory. `None` when there is no key; an empty
    /// text counts as none. `variable` reads the environment, as [`std::env::var_os`] does.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when only half of the key is there, or a text is
    /// not Unicode.
    pub fn from_env(
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, ProtoError> {
        let key_id = text(&variable, KEY_ID_VARIABLE)?;
        let key = text(&variable, KEY_VARIABLE)?.map(Secret::new);
        let (Some(key_id), Some(key)) = (&key_id, &key) else {
            if key_id.is_none() && key.is_none() {
                return Ok(None);
            }
            return Err(invalid(format_args!(
                "Please provide both \"{KEY_VARIABLE}\" and \"{KEY_ID_VARIABLE}\" environment \
                 variables or none of them"
            )));
        };
        let realm = text(&variable, REALM_VARIABLE)?.unwrap_or_else(|| PRODUCTION.to_owned());
        Ok(Some(Self::new(key_id, key.clone(), realm)))
    }

    /// The login that a store keeps; `None` when it keeps none.
    ///
    /// # Errors
    /// Those of the store.
    pub fn from_store(store: Arc<dyn AccountStore>) -> Result<Option<Self>, crate::Error> {
        Ok(store.load()?.map(|account| Self {
            application_key_id: account.application_key_id,
            application_key: account.application_key,
            realm: account.realm,
            authorization: Some(account.authorization),
            store,
        }))
    }

    /// The login that Backblaze's own tools, or `b2 account authorize`, kept for a profile; for
    /// none when the name is empty. No file is made.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when there is no such login, and when the name or
    /// the file cannot be used.
    #[cfg(feature = "sqlite")]
    pub fn from_profile(
        profile: &str,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ProtoError> {
        use super::{Choice, Location, SqliteStore};
        let place = Location::find(Choice::profile(Some(profile)), variable)?;
        let store = SqliteStore::open_existing(&place.path)?;
        let login = match store {
            Some(store) => Self::from_store(Arc::new(store))?,
            None => None,
        };
        let path = place.path.to_string_lossy();
        let path = b2_proto::name::Hexed(&path);
        login.ok_or_else(|| invalid(format_args!("no login is kept in {path}; log in first")))
    }

    /// Who logs in, and where.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when a text is empty or too long, or the realm is
    /// not a URL.
    pub fn credentials(&self) -> Result<Credentials, ProtoError> {
        Credentials::new(&self.application_key_id, self.application_key.expose(), &self.realm)
    }

    /// What requests need of the last login, when it is known and can be used.
    pub fn grant(&self) -> Option<Grant> {
        self.authorization.as_ref().and_then(|known| Grant::try_from(known).ok())
    }

    /// What to keep of a login with this key.
    pub fn account(&self, authorization: AccountAuthorization) -> Account {
        Account {
            realm: self.realm.clone(),
            application_key_id: self.application_key_id.clone(),
            application_key: self.application_key.clone(),
            authorization,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("application_key_id", &self.application_key_id)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// The text of a variable, if it has one.
fn text(
    variable: &impl Fn(&str) -> Option<OsString>,
    name: &str,
) -> Result<Option<String>, ProtoError> {
    let value = variable(name).filter(|value| !value.is_empty());
    // The value may be a secret.
    let broken = |_| invalid(format_args!("the variable {name} is not Unicode"));
    value.map(OsString::into_string).transpose().map_err(broken)
}

fn invalid(message: fmt::Arguments<'_>) -> ProtoError {
    ProtoError::with_message(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::super::conformance::sample;
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Login>, ProtoError> {
        Login::from_env(|name| {
            let mut found = variables.iter().filter(|(each, _)| *each == name);
            found.next().map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_environment_has_a_whole_key_or_none() {
        let id = ("B2_APPLICATION_KEY_ID", "id");
        let key = ("B2_APPLICATION_KEY", "top-secret");
        let login = from(&[id, key]).expect("fine").expect("a key");
        assert_eq!((login.application_key_id.as_str(), login.realm.as_str()), ("id", "production"));
        assert_eq!(login.application_key.expose(), "top-secret");
        assert!(login.authorization.is_none() && login.store.load() == Ok(None));
        assert!(!format!("{login:?}").contains("top-secret"));
        let staged = from(&[id, key, ("B2_ENVIRONMENT", "staging")]).expect("fine");
        assert_eq!(staged.expect("a key").realm, "staging");
        assert!(from(&[]).expect("fine").is_none());
        assert!(
            from(&[("B2_APPLICATION_KEY", ""), ("B2_ENVIRONMENT", "x")]).expect("fine").is_none()
        );
        for half in [id, key] {
            let error = from(&[half]).expect_err("half");
            assert_eq!(error.kind, ErrorKind::InvalidInput);
            assert!(error.message.contains("both \"B2_APPLICATION_KEY\" and"), "{error}");
            assert!(!error.message.contains("top-secret"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_is_no_text_is_not_quoted() {
        use std::os::unix::ffi::OsStringExt as _;
        let error = Login::from_env(|_| Some(OsString::from_vec(b"top-secret\xff".to_vec())));
        let error = error.expect_err("no text").to_string();
        assert!(error.contains("B2_APPLICATION_KEY_ID") && !error.contains("top"), "{error}");
    }

    #[test]
    fn a_store_gives_back_what_a_client_starts_from() {
        let store = Arc::new(MemoryStore::new());
        assert!(Login::from_store(store.clone()).expect("fine").is_none());
        let account = sample("0014aa9865d6f0000000000001", "4_token");
        store.save(&account).expect("save");
        let login = Login::from_store(store).expect("fine").expect("a login");
        assert_eq!(login.grant().expect("known").token.expose(), "4_token");
        assert_eq!(login.credentials().expect("fine").key_id(), account.application_key_id);
        assert_eq!(login.account(account.authorization.clone()), account);
        assert!(login.store.renew(&account).expect("the same store"));
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_profile_has_what_was_kept_for_it() {
        use super::super::SqliteStore;
        let home = tempfile::tempdir().expect("folder");
        let profile = |name| {
            let variable = |variable: &str| (variable == "HOME").then(|| home.path().into());
            Login::from_profile(name, variable)
        };
        let error = profile("work").expect_err("nothing kept");
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.message.contains("work.sqlite; log in first"), "{error}");
        assert_eq!(std::fs::read_dir(home.path()).expect("list").count(), 0);
        assert!(profile("a/b").expect_err("no name").message.contains("Invalid profile name"));
        // The place of those who came before is the same on every system.
        let store = SqliteStore::open(home.path().join(".b2db-work.sqlite")).expect("store");
        assert!(profile("work").expect_err("still nothing").message.contains("log in first"));
        let account = sample("0014aa9865d6f0000000000001", "4_token");
        store.save(&account).expect("save");
        let login = profile("work").expect("a login");
        assert_eq!(login.authorization, Some(account.authorization.clone()));
        assert!(login.store.renew(&account).expect("the same store"));
        assert!(profile("").expect_err("another profile").message.contains("log in first"));
    }
}
