//! `b2 file upload --by-blocks`: what was not sent, and what would be.

use b2_proto::error::Error;
use b2_proto::machine::basis::NoBasis;
use b2_proto::machine::upload::Uploaded;
use b2_proto::model::FileVersion;
use b2_proto::name::Hexed;
use b2_tokio::{BlockPlan, BlockUploaded, UploadBuilder};

use super::plan::figures;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::note;

/// Uploads by blocks, and tells on standard error what is to be known of it.
pub(super) async fn send(
    upload: UploadBuilder,
    name: &str,
    is_quiet: bool,
) -> Result<Uploaded<FileVersion>, Error> {
    let BlockUploaded { uploaded, lacks, manifest, .. } = upload.by_blocks().await?;
    if let Err(error) = manifest {
        note!(
            "WARNING: the manifest of {} could not be stored, so the next upload sends more: \
             {error}",
            Hexed(name)
        );
    }
    if !is_quiet && let Some(why) = lacks.and_then(explained) {
        note!("NOTE: nothing is known of the blocks of {}: {why}", Hexed(name));
    }
    Ok(uploaded)
}

/// Prints what would be done, with what the manifests take.
pub(super) fn show(context: &Context, plan: &BlockPlan) -> Result<(), Failure> {
    let mut summary = plan.summary;
    summary.add_calls(&plan.manifest);
    super::plan::parts(context, &plan.plan)?;
    figures(context, &super::plan::bytes(&summary))?;
    figures(context, &super::plan::compared(&summary))?;
    let manifest = [
        ("of these sent as a manifest", plan.manifest.bytes_sent),
        ("of these fetched as a manifest", plan.manifest.bytes_fetched),
    ];
    figures(context, &manifest)?;
    figures(context, &super::plan::calls(&summary))?;
    match plan.lacks.and_then(explained) {
        Some(why) => context.out.say(format_args!("nothing is known of blocks: {why}")),
        None => Ok(()),
    }
}

/// Why blocks could not be used, where that is not to be expected.
const fn explained(why: NoBasis) -> Option<&'static str> {
    Some(match why {
        NoBasis::NotAllowed => "the key may not list or not read files",
        NoBasis::NoCustomerKey => "the newest version is encrypted with another key",
        NoBasis::NoManifest => "there is no manifest of the newest version",
        NoBasis::NameTaken => "another file has the name of the manifest",
        NoBasis::NameTooLong => "the name of the manifest would be too long",
        NoBasis::OtherVersion => "the manifest is of another version than the newest",
        NoBasis::Unreadable(_) => "the manifest cannot be read",
        NoBasis::Unreachable(_) => "the manifest cannot be fetched",
        NoBasis::Refuted => "the newest version is gone, or not what its manifest says",
        // The first upload of a file, or one that is sent whole at any rate.
        NoBasis::TooShort | NoBasis::NoVersion | _ => return None,
    })
}
