//! `b2 bucket notification-rule …`

use clap::{Args, Subcommand};

use super::uri;

#[derive(Subcommand, Debug)]
pub(crate) enum NotificationCommand {
    /// Lists the rules of a bucket, or those for names that begin like the path
    List(RulesArgs),
    /// Makes a rule for files whose names begin like the path
    Create(Box<RuleCreateArgs>),
    /// Changes a rule; the path becomes the beginning of the names it is for
    Update(Box<RuleChangeArgs>),
    /// Lets a rule work
    Enable(RuleJsonArgs),
    /// Lets a rule rest
    Disable(RuleJsonArgs),
    /// Deletes a rule
    Delete(RuleArgs),
}

#[derive(Args, Debug)]
pub(crate) struct PlaceArgs {
    /// b2://bucket or b2://bucket/path
    #[arg(value_name = "B2_URI", value_parser = uri::place)]
    pub(crate) place: (String, String),
}

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Prints them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RuleArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The name of the rule
    #[arg(value_name = "ruleName")]
    pub(crate) name: String,
}

#[derive(Args, Debug)]
pub(crate) struct RuleJsonArgs {
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// Prints the rule as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RuleCreateArgs {
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// What is told, such as `b2:ObjectCreated:*`; can be repeated
    #[arg(long, value_name = "TYPE", required = true)]
    pub(crate) event_type: Vec<String>,
    /// The web server that is told, https only
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: String,
    #[command(flatten)]
    pub(crate) more: RuleOptions,
}

#[derive(Args, Debug)]
pub(crate) struct RuleChangeArgs {
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// What is told, in place of what was; can be repeated
    #[arg(long, value_name = "TYPE")]
    pub(crate) event_type: Vec<String>,
    /// The web server that is told, https only
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: Option<String>,
    #[command(flatten)]
    pub(crate) more: RuleOptions,
}

/// What both making and changing can set.
#[derive(Args, Debug)]
pub(crate) struct RuleOptions {
    /// Signs what is sent; 32 letters and digits
    #[arg(long, value_name = "SECRET", value_parser = sign_secret)]
    pub(crate) sign_secret: Option<String>,
    /// A header that is sent along, `NAME=VALUE`; can be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    pub(crate) custom_header: Vec<(String, String)>,
    /// Lets the rule work
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Lets the rule rest
    #[arg(long)]
    pub(crate) disable: bool,
    /// Prints the rule as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn sign_secret(text: &str) -> Result<String, String> {
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(text.to_owned());
    }
    Err(format!("the secret has to be exactly 32 alphanumeric characters, got: '{text}'"))
}

/// `NAME=VALUE`, or a name with an empty value.
#[expect(clippy::unnecessary_wraps, reason = "the form of the parser")]
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Ok((name.to_owned(), value.to_owned()))
}
