//! `b2 file update`, and the locks of new files.

use b2_proto::error::{ApiCode, ErrorKind};
use b2_proto::model::{FileRetention, LegalHold, RetentionMode};
use b2_proto::op::{UpdateFileLegalHold, UpdateFileRetention};
use b2_proto::wire::text::Text;
use b2_tokio::Error;

use super::info;
use crate::args::uri::FileUri;
use crate::args::{FileUpdateArgs, LockArgs};
use crate::commands::ls;
use crate::context::Context;
use crate::failure::Failure;

/// The hold is written first: whoever asks for both wants the version protected all the time.
pub(super) async fn update(context: &Context, args: FileUpdateArgs) -> Result<(), Failure> {
    let retention = changed_retention(args.file_retention_mode.as_deref(), args.retain_until)?;
    let (name, id) = match args.file.file {
        FileUri::Id(id) => {
            let file = ls::version(context, &id).await?;
            (file.file_name, file.file_id)
        }
        FileUri::Name { bucket, name } => {
            let not_present = || format!("File not present: {name}");
            let place = (bucket.as_str(), name.as_str());
            let file = info::newest(context, place, &args.encryption, not_present).await?;
            (file.file_name, file.file_id)
        }
    };
    if let Some(hold) = &args.legal_hold {
        let hold = LegalHold::from(hold.as_str());
        let updated = context.client().run(UpdateFileLegalHold::new(&name, id.clone(), hold)).await;
        updated.map_err(denied)?;
    }
    if let Some(retention) = retention {
        let mut update = UpdateFileRetention::new(name, id, retention);
        update.bypass_governance = args.bypass_governance;
        let refused = || {
            "Auth token not authorized to write retention or file already in 'compliance' mode or \
             bypassGovernance=true parameter missing"
                .to_owned()
        };
        let updated = context.client().run(update).await.map_err(denied_kind);
        updated.map_err(|error| Failure::or(error, ErrorKind::AccessDenied, refused))?;
    }
    Ok(())
}

/// A key that may not change locks is told so in the words in which the service denies access,
/// whoever noticed it.
fn denied(error: Error) -> Failure {
    denied_kind(error).into()
}

fn denied_kind(mut error: Error) -> Error {
    if error.kind == ErrorKind::Unauthorized && error.code == ApiCode::None {
        error.kind = ErrorKind::AccessDenied;
        error.code = ApiCode::AccessDenied;
        error.message = Text::truncated("Access Denied");
    }
    error
}

fn changed_retention(
    mode: Option<&str>,
    until_ms: Option<u64>,
) -> Result<Option<FileRetention>, Failure> {
    match (mode, until_ms) {
        (None, None) => Ok(None),
        (Some("none"), None) => Ok(Some(FileRetention::NONE)),
        (Some("none") | None, Some(_)) => Err(half()),
        (Some(mode), Some(until_ms)) => {
            Ok(Some(FileRetention::new(RetentionMode::from(mode), until_ms)))
        }
        (Some(mode), None) => Err(Failure::Line(format!(
            "ValueError: must specify retain_until for retention mode RetentionMode.{}",
            mode.to_uppercase()
        ))),
    }
}

/// The retention of a new file: both options or none (spec 3.4).
pub(crate) fn retention(args: &LockArgs) -> Result<Option<FileRetention>, Failure> {
    match (args.file_retention_mode.as_deref(), args.retain_until) {
        (None, None) => Ok(None),
        (Some(mode), Some(until_ms)) => {
            Ok(Some(FileRetention::new(RetentionMode::from(mode), until_ms)))
        }
        (_, _) => Err(half()),
    }
}

/// Whether a new file has a legal hold, if it is said.
pub(crate) fn legal_hold(args: &LockArgs) -> Option<bool> {
    args.legal_hold.as_deref().map(|hold| hold == "on")
}

fn half() -> Failure {
    Failure::Line(
        "ValueError: provide either both --retain-until and --file-retention-mode or none of them"
            .to_owned(),
    )
}
