//! Which account a command works with (spec 2).

use core::time::Duration;
use std::env;
use std::path::PathBuf;

use b2_local::account::{Account, AccountStore, FileStore};
use b2_proto::model::AccountAuthorization;
use b2_proto::op::Grant;
use b2_proto::policy::retry::RetryPolicy;
use b2_proto::secret::{Secret, SecretText};
use b2_proto::wire::text::{Text, parse_u64};
use b2_sim::server::Handle;
use b2_tokio::{Client, ClientBuilder};

use crate::args::Global;
use crate::failure::{Failure, sentence};
use crate::sim;

/// The realm when nothing says otherwise.
pub(crate) const PRODUCTION: &str = "production";

/// Seconds a login may take, unless `B2_LOGIN_TIMEOUT_S` says otherwise.
const LOGIN_TIMEOUT_S: u64 = 120;

/// A client and where its login came from.
pub(crate) struct Login {
    pub(crate) client: Client,
    pub(crate) account: Account,
    /// The file the login is kept in, if it is kept.
    pub(crate) path: Option<PathBuf>,
    /// Stops when the command ends.
    _server: Option<Handle>,
}

/// Where the credentials are.
enum Found {
    Simulator(PathBuf),
    Given { key_id: String, key: Secret, realm: String },
    Stored(FileStore),
}

impl Login {
    /// Logs in as the options and the environment say.
    pub(crate) async fn open(global: &Global) -> Result<Self, Failure> {
        match find(global)? {
            Found::Simulator(folder) => {
                let server = sim::start(&folder)?;
                let (key_id, key) = (server.key_id(), Secret::new(server.key()));
                let realm = server.url().to_owned();
                let (client, account) = fresh(&key_id, &key, &realm, "").await?;
                Ok(Self { client, account, path: None, _server: Some(server) })
            }
            Found::Given { key_id, key, realm } => {
                let (client, account) = fresh(&key_id, &key, &realm, "").await?;
                Ok(Self { client, account, path: None, _server: None })
            }
            Found::Stored(store) => {
                let account = store.load()?.ok_or_else(no_account)?;
                let grant = grant(&account.authorization)?;
                let key = account.application_key.expose();
                let client = builder(&account.realm)?
                    .credentials(&account.application_key_id, key)
                    .grant(grant)
                    .build()?;
                let path = Some(store.path().to_owned());
                Ok(Self { client, account, path, _server: None })
            }
        }
    }
}

/// Logs in with a key; `prefix` comes before what the error says.
pub(crate) async fn fresh(
    key_id: &str,
    key: &Secret,
    realm: &str,
    prefix: &str,
) -> Result<(Client, Account), Failure> {
    let client = builder(realm)?.credentials(key_id, key.expose()).build()?;
    let limit_s = number("B2_LOGIN_TIMEOUT_S")?.unwrap_or(LOGIN_TIMEOUT_S);
    let login = tokio::time::timeout(Duration::from_secs(limit_s), client.authorize());
    let authorization = match login.await {
        Ok(Ok(authorization)) => AccountAuthorization::clone(&authorization),
        Ok(Err(error)) => {
            let text = sentence(&error);
            return Err(Failure::message(format_args!("{prefix}{text} (realm: {realm})")));
        }
        Err(_) => {
            return Err(Failure::message(format_args!(
                "{prefix}{realm} did not answer within {limit_s} seconds. Check B2_ENVIRONMENT \
                 and the network, then try again."
            )));
        }
    };
    let account = Account {
        realm: realm.to_owned(),
        application_key_id: key_id.to_owned(),
        application_key: key.clone(),
        authorization,
    };
    Ok((client, account))
}

/// The store a login is kept in (spec 2.2).
pub(crate) fn store(global: &Global) -> Result<FileStore, Failure> {
    let given = env::var_os("B2_ACCOUNT_INFO");
    let name = match (&global.profile, given) {
        (Some(_), Some(_)) => {
            return Err(Failure::Line(
                "ValueError: Provide either B2_ACCOUNT_INFO env var or profile, not both"
                    .to_owned(),
            ));
        }
        (None, Some(path)) => return Ok(FileStore::new(PathBuf::from(path))),
        (None, None) => "account.json".to_owned(),
        (Some(profile), None) => {
            let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            if profile.is_empty() || !profile.bytes().all(is_legal) {
                return Err(Failure::Line(format!("ValueError: Invalid profile name: {profile}")));
            }
            format!("account-{profile}.json")
        }
    };
    let home = || env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let config = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    match config.or_else(|| Some(home()?.join(".config"))) {
        Some(config) => Ok(FileStore::new(config.join("b2").join(name))),
        None => Err(Failure::message("no home folder to keep a login in; set B2_ACCOUNT_INFO")),
    }
}

/// The realm that the environment asks for.
pub(crate) fn realm_of_environment() -> Option<String> {
    env::var("B2_ENVIRONMENT").ok().filter(|realm| !realm.is_empty())
}

fn find(global: &Global) -> Result<Found, Failure> {
    if let Some(folder) = simulator(global) {
        return Ok(Found::Simulator(folder));
    }
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("B2_APPLICATION_KEY_ID"), variable("B2_APPLICATION_KEY")) {
        (None, None) => Ok(Found::Stored(store(global)?)),
        (Some(key_id), Some(key)) => {
            let realm = realm_of_environment().unwrap_or_else(|| PRODUCTION.to_owned());
            Ok(Found::Given { key_id, key: Secret::new(key), realm })
        }
        (Some(_), None) | (None, Some(_)) => Err(Failure::Line(
            "Please provide both \"B2_APPLICATION_KEY\" and \"B2_APPLICATION_KEY_ID\" environment \
             variables or none of them"
                .to_owned(),
        )),
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
fn no_account() -> Failure {
    Failure::message(
        "Missing account data: 'NoneType' object is not subscriptable  Use: 'b2 account \
         authorize' or provide auth data with 'B2_APPLICATION_KEY_ID' and 'B2_APPLICATION_KEY' \
         environment variables",
    )
}

fn builder(realm: &str) -> Result<ClientBuilder, Failure> {
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
    Ok(Client::builder().realm(realm).user_agent(program).retry_policy(policy))
}

fn number(variable: &str) -> Result<Option<u64>, Failure> {
    let Ok(text) = env::var(variable) else { return Ok(None) };
    let number = parse_u64(&text).filter(|number| *number > 0);
    let wrong = || Failure::message(format_args!("{variable} is not a number above 0: '{text}'"));
    number.map(Some).ok_or_else(wrong)
}

/// What requests need of a stored login.
fn grant(account: &AccountAuthorization) -> Result<Grant, Failure> {
    let damaged =
        || Failure::message("the stored login is damaged; run `b2 account authorize` again");
    let storage = &account.storage_api;
    Ok(Grant {
        account_id: Text::try_from(account.account_id.as_str()).map_err(|_| damaged())?,
        token: SecretText::new(account.authorization_token.expose()).ok_or_else(damaged)?,
        api_url: Text::try_from(storage.api_url.as_str()).map_err(|_| damaged())?,
        download_url: Text::try_from(storage.download_url.as_str()).map_err(|_| damaged())?,
        recommended_part_len: storage.recommended_part_size,
        part_len_min: storage.absolute_minimum_part_size,
    })
}
