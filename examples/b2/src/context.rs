//! What every command works with.

use b2_proto::error::ErrorKind;
use b2_proto::model::Allowed;
use b2_tokio::{Bucket, Client, Error};

use crate::args::Global;
use crate::failure::{Failure, quoted_names, sentence_for};
use crate::login::Login;
use crate::output::Out;

/// Output and login of one command.
pub(crate) struct Context {
    pub(crate) out: Out,
    pub(crate) login: Login,
    /// The options of every command.
    pub(crate) global: Global,
}

impl Context {
    pub(crate) async fn open(out: Out, global: &Global) -> Result<Self, Failure> {
        let login = Login::open(global).await?;
        Ok(Self { out, login, global: global.clone() })
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.login.client
    }

    /// The bucket of this name.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Bucket, Failure> {
        let missing = || Failure::Line(self.no_bucket(&[name]));
        self.find_bucket(name).await?.ok_or_else(missing)
    }

    /// Several of them; the error names all that are not there.
    pub(crate) async fn buckets(&self, names: &[String]) -> Result<Vec<Bucket>, Failure> {
        let (mut buckets, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match self.find_bucket(name).await? {
                Some(bucket) => buckets.push(bucket),
                None => unknown.push(name.as_str()),
            }
        }
        if unknown.is_empty() {
            return Ok(buckets);
        }
        Err(Failure::Line(self.no_bucket(&unknown)))
    }

    /// What is said of buckets that are not found.
    pub(crate) fn no_bucket(&self, names: &[&str]) -> String {
        let (names, program) = (names.join("; "), &self.global.program);
        format!(
            "Bucket not found: {names}. If you believe it exists, run `{program} bucket list` to \
             reset cache, then try again."
        )
    }

    /// The same with the words of a listing (spec 3.3).
    pub(crate) async fn listed_bucket(&self, name: &str) -> Result<Bucket, Failure> {
        let missing = || Failure::message(format_args!("No such bucket: {name}"));
        self.find_bucket(name).await?.ok_or_else(missing)
    }

    pub(crate) async fn find_bucket(&self, name: &str) -> Result<Option<Bucket>, Failure> {
        match self.client().bucket(name).await {
            Ok(bucket) => Ok(Some(bucket)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.restricted_or(error)),
        }
    }

    /// What an error about buckets means for a key that is for certain buckets only.
    pub(crate) fn restricted_or(&self, error: Error) -> Failure {
        if error.kind == ErrorKind::Unauthorized
            && let Some(failure) = self.restricted()
        {
            return failure;
        }
        error.into()
    }

    /// Says which buckets the key is for, if it is for certain ones only.
    fn restricted(&self) -> Option<Failure> {
        let names = quoted_names(self.allowed())?;
        Some(Failure::message(format_args!("Application key is restricted to buckets: [{names}]")))
    }

    /// What an error says, and what helps.
    pub(crate) fn sentence(&self, error: &Error) -> String {
        sentence_for(self.allowed(), error)
    }

    /// A failure with the words of [`sentence`](Self::sentence).
    pub(crate) fn describe(&self, failure: Failure) -> Failure {
        if let Failure::Client(error) = &failure {
            Failure::Message(self.sentence(error))
        } else {
            failure
        }
    }

    const fn allowed(&self) -> &Allowed {
        &self.login.account.authorization.storage_api.allowed
    }
}
