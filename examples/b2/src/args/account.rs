//! `b2 account …`

use clap::{Args, Subcommand};

#[derive(Subcommand, Debug)]
pub(crate) enum AccountCommand {
    /// Logs in with an application key and keeps the login
    Authorize(AuthorizeArgs),
    /// Prints the stored login, with the key and the token
    Get,
    /// Forgets the stored login
    Clear,
}

#[derive(Args, Debug)]
pub(crate) struct AuthorizeArgs {
    /// ID of the application key; asked for when it is nowhere else
    #[arg(value_name = "applicationKeyId")]
    pub(crate) key_id: Option<String>,
    /// The application key; asked for when it is nowhere else
    #[arg(value_name = "applicationKey")]
    pub(crate) key: Option<String>,
    /// Realm: `production` or the URL of a service
    #[arg(long, value_name = "URL")]
    pub(crate) environment: Option<String>,
    #[arg(long, hide = true, conflicts_with_all = ["environment", "dev"])]
    pub(crate) staging: bool,
    #[arg(long, hide = true, conflicts_with = "environment")]
    pub(crate) dev: bool,
}
