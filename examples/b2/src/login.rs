//! Which account a command works with (spec 2).

use core::time::Duration;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use b2_local::account::login::REALM_VARIABLE;
use b2_local::account::{
    Account, AccountStore as _, Choice, Location, LocationError, Login as Kept, SqliteStore,
};
use b2_proto::model::AccountAuthorization;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::Secret;
use b2_proto::wire::text::parse_u64;
use b2_sim::server::Handle;
use b2_tokio::{Client, ClientBuilder};

use crate::args::Global;
use crate::failure::{Failure, sentence};
use crate::first_answer::FirstAnswer;
use crate::log::Log;
use crate::output::waits::Waits;
use crate::sim;

/// Seconds a login may take, or the first answer with a kept one, unless `B2_LOGIN_TIMEOUT_S` says
/// otherwise.
const LOGIN_TIMEOUT_S: u64 = 120;

/// A client and where its login came from.
pub(crate) struct Login {
    pub(crate) client: Client,
    pub(crate) account: Account,
    /// The file the login is kept in, if it is kept.
    pub(crate) path: Option<PathBuf>,
    /// What has been heard since a kept login was taken up.
    first: Option<Arc<FirstAnswer>>,
    /// Stops when the command ends.
    _server: Option<Handle>,
}

/// Where the credentials are.
enum Found {
    Simulator(PathBuf),
    /// In the environment, and kept nowhere.
    Given(Kept),
    Stored(SqliteStore),
}

impl Login {
    /// Logs in as the options and the environment say.
    pub(crate) async fn open(global: &Global) -> Result<Self, Failure> {
        let login = Self::find(global).await?;
        login.client.set_bandwidth_up(global.bandwidth_up);
        login.client.set_bandwidth_down(global.bandwidth_down);
        Ok(login)
    }

    async fn find(global: &Global) -> Result<Self, Failure> {
        match find(global)? {
            Found::Simulator(folder) => {
                let server = sim::start(&folder)?;
                let key = Kept::new(server.key_id(), Secret::new(server.key()), server.url());
                let (client, account) = fresh(&key, "", global).await?;
                Ok(Self { client, account, path: None, first: None, _server: Some(server) })
            }
            Found::Given(key) => {
                let (client, account) = fresh(&key, "", global).await?;
                Ok(Self { client, account, path: None, first: None, _server: None })
            }
            Found::Stored(store) => Self::stored(store, global),
        }
    }

    /// The login that is kept for another profile.
    pub(crate) fn of_profile(global: &Global, profile: &str) -> Result<Self, Failure> {
        let global = Global { profile: Some(profile.to_owned()), ..global.clone() };
        Self::stored(store(&global)?, &global)
    }

    fn stored(store: SqliteStore, global: &Global) -> Result<Self, Failure> {
        let path = Some(store.path().to_owned());
        let kept = Kept::from_store(Arc::new(store))?.ok_or_else(|| no_account(global))?;
        let first = Arc::new(FirstAnswer::new());
        let client = builder(&kept, global, Some(first.clone()))?.build()?;
        let account = kept.authorization.clone().map(|known| kept.account(known));
        let account = account.ok_or_else(|| no_account(global))?;
        Ok(Self { client, account, path, first: Some(first), _server: None })
    }

    /// Does the work of a command; `Err` when the service has not said a word for as long as a
    /// login may take, and the work was dropped.
    pub(crate) async fn unless_silent<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let Some(first) = &self.first else { return Ok(work.await) };
        let limit_s = limit_s()?;
        tokio::select! {
            biased;
            result = work => Ok(result),
            server = first.overdue(Duration::from_secs(limit_s)) => {
                Err(silent("", &server, limit_s))
            }
        }
    }
}

/// Logs in with a key; `prefix` comes before what the error says.
pub(crate) async fn fresh(
    key: &Kept,
    prefix: &str,
    global: &Global,
) -> Result<(Client, Account), Failure> {
    let client = builder(key, global, None)?.build()?;
    let limit_s = limit_s()?;
    let login = tokio::time::timeout(Duration::from_secs(limit_s), client.authorize());
    let realm = &key.realm;
    match login.await {
        Ok(Ok(authorization)) => {
            let account = key.account(AccountAuthorization::clone(&authorization));
            Ok((client, account))
        }
        Ok(Err(error)) => {
            let text = sentence(&error);
            Err(Failure::message(format_args!("{prefix}{text} (realm: {realm})")))
        }
        Err(_) => Err(silent(prefix, realm, limit_s)),
    }
}

fn limit_s() -> Result<u64, Failure> {
    Ok(number("B2_LOGIN_TIMEOUT_S")?.unwrap_or(LOGIN_TIMEOUT_S))
}

fn silent(prefix: &str, server: &str, limit_s: u64) -> Failure {
    Failure::message(format_args!(
        "{prefix}{server} did not answer within {limit_s} seconds. Check B2_ENVIRONMENT and the \
         network, then try again."
    ))
}

/// The place a login is kept in (spec 2.2).
fn location(global: &Global) -> Result<Location, LocationError> {
    Location::find(Choice::profile(global.profile.as_deref()), |name| env::var_os(name))
}

/// The store a login is kept in, which is made when it is missing.
pub(crate) fn store(global: &Global) -> Result<SqliteStore, Failure> {
    Ok(SqliteStore::open_at(&location(global)?)?)
}

/// The store, if there is one that holds this very key already (spec 2.1). One that cannot be used
/// is not needed either.
fn store_of(key: &Kept, global: &Global) -> Result<Option<SqliteStore>, Failure> {
    let location = match location(global) {
        Err(LocationError::NoHome) => return Ok(None),
        found => found?,
    };
    let Ok(Some(store)) = SqliteStore::open_existing(&location.path) else { return Ok(None) };
    let is_same = store.load().ok().flatten().is_some_and(|kept| {
        kept.application_key_id == key.application_key_id
            && kept.application_key == key.application_key
            && kept.realm == key.realm
    });
    Ok(is_same.then_some(store))
}

/// The realm that the environment asks for.
pub(crate) fn realm_of_environment() -> Option<String> {
    env::var(REALM_VARIABLE).ok().filter(|realm| !realm.is_empty())
}

fn find(global: &Global) -> Result<Found, Failure> {
    if let Some(folder) = simulator(global) {
        return Ok(Found::Simulator(folder));
    }
    match Kept::from_env(|name| env::var_os(name)) {
        Ok(None) => Ok(Found::Stored(store(global)?)),
        Ok(Some(key)) => match store_of(&key, global)? {
            Some(store) => Ok(Found::Stored(store)),
            None => Ok(Found::Given(key)),
        },
        // The sentence of the reference, without another word.
        Err(error) => Err(Failure::Line(error.message.to_string())),
    }
}

/// The folder of the simulator, if one is to be used.
pub(crate) fn simulator(global: &Global) -> Option<PathBuf> {
    let by_variable = || {
        let realm = realm_of_environment()?;
        Some(PathBuf::from(realm.strip_prefix("sim:")?))
    };
    global.sim.clone().or_else(by_variable)
}

/// Scripts of the reference look for this very text.
fn no_account(global: &Global) -> Failure {
    let program = &global.program;
    Failure::message(format_args!(
        "Missing account data: 'NoneType' object is not subscriptable  Use: '{program} account \
         authorize' or provide auth data with 'B2_APPLICATION_KEY_ID' and 'B2_APPLICATION_KEY' \
         environment variables"
    ))
}

fn builder(
    key: &Kept,
    global: &Global,
    first: Option<Arc<FirstAnswer>>,
) -> Result<ClientBuilder, Failure> {
    let mut program = concat!("b2-cli/", env!("CARGO_PKG_VERSION")).to_owned();
    if let Ok(more) = env::var("B2_USER_AGENT_APPEND") {
        program.push(' ');
        program.push_str(&more);
    }
    let mut policy = RetryPolicy::default();
    if let Some(attempts) = number("B2_MAX_ATTEMPTS")? {
        let attempts = u16::try_from(attempts).unwrap_or(u16::MAX);
        policy.call_attempts_max = attempts;
        policy.read_attempts_max = attempts;
        policy.upload_attempts_max = attempts;
    }
    let log = global.log.as_ref().map(Log::requests);
    let client = Client::builder().login(key.clone()).user_agent(program).retry_policy(policy);
    let client = client.observer(Waits::new(log, global.quiet, first));
    Ok(match global.lanes {
        Some(lanes) => client.lanes(lanes),
        None => client,
    })
}

fn number(variable: &str) -> Result<Option<u64>, Failure> {
    let Ok(text) = env::var(variable) else { return Ok(None) };
    let number = parse_u64(&text).filter(|number| *number > 0);
    let wrong = || Failure::message(format_args!("{variable} is not a number above 0: '{text}'"));
    number.map(Some).ok_or_else(wrong)
}
