//! `b2 account …`

use std::env;
use std::io;

use b2_local::account::login::{KEY_ID_VARIABLE, KEY_VARIABLE, PRODUCTION};
use b2_local::account::{AccountStore as _, Login};
use b2_proto::machine::session::Credentials;
use b2_proto::model::{Allowed, Capability};
use b2_proto::secret::Secret;

use crate::args::{AuthorizeArgs, Global};
use crate::context::Context;
use crate::failure::Failure;
use crate::login;
use crate::output::{Out, note, shape};
use crate::prompt::{self, Echo};

/// Logs in and keeps the login (spec 2.3).
pub(crate) async fn authorize(
    out: &Out,
    global: &Global,
    args: AuthorizeArgs,
) -> Result<(), Failure> {
    if login::simulator(global).is_some() {
        return Err(Failure::message(
            "the simulator inside this program needs no login; leave `account authorize` out",
        ));
    }
    let store = login::store(global)?;
    let key_id = match args.key_id.or_else(|| variable(KEY_ID_VARIABLE)) {
        Some(key_id) => key_id,
        None => ask("Backblaze application key ID: ", Echo::On).await?,
    };
    let key = match args.key.or_else(|| variable(KEY_VARIABLE)) {
        Some(key) => key,
        None => ask("Backblaze application key: ", Echo::Off).await?,
    };
    let asked = match (args.dev, args.staging) {
        (true, _) => Some("dev".to_owned()),
        (_, true) => Some("staging".to_owned()),
        (false, false) => args.environment.or_else(login::realm_of_environment),
    };
    if let Some(realm) = &asked {
        let url = Credentials::new("-", "-", realm).map(|it| it.realm().to_owned());
        note!("Using {}", url.as_ref().unwrap_or(realm));
    }
    let realm = asked.unwrap_or_else(|| PRODUCTION.to_owned());
    let key = Login::new(key_id, Secret::new(key), realm);
    let (_, account) = login::fresh(&key, "unable to authorize account: ", global).await?;
    if let Err(failure) = check_usable(&account.authorization.storage_api.allowed) {
        store.clear()?;
        return Err(failure);
    }
    store.save(&account)?;
    out.json(&shape::account(&account, Some(&store.path().to_string_lossy())))
}

/// Whether this program can do anything with a key (spec 2.3).
fn check_usable(allowed: &Allowed) -> Result<(), Failure> {
    if !allowed.permits(&Capability::ListBuckets) {
        return Err(Failure::message(
            "application key has no listBuckets capability, which is required for the b2 \
             command-line tool",
        ));
    }
    match allowed.buckets.as_deref() {
        Some([first, ..]) if allowed.buckets.iter().flatten().all(|it| it.name.is_none()) => {
            Err(Failure::message(format_args!(
                "application key is restricted to bucket id '{}', which no longer exists",
                first.id.as_str()
            )))
        }
        _ => Ok(()),
    }
}

/// Forgets the login.
pub(crate) fn clear(global: &Global) -> Result<(), Failure> {
    login::store(global)?.clear().map_err(Failure::from)
}

/// Prints the login.
pub(crate) fn get(context: &Context) -> Result<(), Failure> {
    let path = context.login.path.as_ref().map(|path| path.to_string_lossy());
    context.out.json(&shape::account(&context.login.account, path.as_deref()))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Asks a person. Without a terminal it is one line of standard input.
async fn ask(question: &str, echo: Echo) -> Result<String, Failure> {
    let answer = prompt::ask(io::stdout(), question, echo).await;
    let answer = answer.map_err(|error| {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::output(&error)
        } else {
            Failure::message(format_args!("nothing to read: {error}"))
        }
    })?;
    answer.ok_or_else(|| {
        Failure::message(
            "no application key; give it as an argument or in B2_APPLICATION_KEY_ID and \
             B2_APPLICATION_KEY",
        )
    })
}
