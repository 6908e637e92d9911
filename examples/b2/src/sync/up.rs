//! From a folder to a bucket.

use std::path::Path;

use b2_local::walk::{FoundFile, Symlinks};
use b2_proto::name::Quoted;
use b2_tokio::Bucket;

use super::compare::{Verdict, verdict};
use super::feed::{LocalFeed, Merge, Pair, RemoteFeed, looks};
use super::run::Run;
use super::side::Place;
use crate::failure::Failure;

pub(super) async fn run(run: &mut Run<'_>, source: &Path, place: &Place) -> Result<(), Failure> {
    let symlinks = if run.args.exclude_all_symlinks { Symlinks::Skip } else { Symlinks::Follow };
    // First what needs no network.
    let local = LocalFeed::open(source, symlinks).await?;
    let bucket = run.context.bucket(&place.bucket).await?;
    let remote = RemoteFeed::new(&bucket, &place.prefix);
    let mut merge = Merge { local, remote };
    let merged = upload_all(run, &mut merge, &bucket, place).await;
    // What is on its way is brought to its end, whatever stopped the comparison.
    run.finish().await?;
    merged?;
    if !merge.local.found_any && !run.args.allow_empty_source {
        return Err(Failure::message(format_args!(
            "Directory {} is empty.  Use --allow-empty-source to sync anyway.",
            source.display()
        )));
    }
    Ok(())
}

async fn upload_all(
    run: &mut Run<'_>,
    merge: &mut Merge,
    bucket: &Bucket,
    place: &Place,
) -> Result<(), Failure> {
    while let Some(pair) = merge.next(|skipped| run.warn(skipped)).await? {
        run.compared();
        match pair {
            Pair::Remote(_) => {}
            Pair::Local(file) => upload(run, bucket, place, file).await?,
            Pair::Both(file, there) => match verdict(run.args, looks(&file), there.looks) {
                Verdict::Same => {}
                Verdict::Copy => upload(run, bucket, place, file).await?,
                Verdict::DestinationNewer => run.fail_older(
                    (&format!("local://{}", file.name), looks(&file)),
                    (&format!("b2://{}", there.name), there.looks),
                ),
            },
        }
    }
    Ok(())
}

async fn upload(
    run: &mut Run<'_>,
    bucket: &Bucket,
    place: &Place,
    file: FoundFile,
) -> Result<(), Failure> {
    let name = format!("{}{}", place.prefix, file.name);
    let line = format!("upload {}", Quoted(&file.name));
    let action = format!("b2_upload({}, {name}, {})", file.path.display(), file.modified_ms);
    let bucket = bucket.clone();
    let work = async move { bucket.upload(name, file.path).await.map(|_| ()) };
    run.copy(line, action, work).await
}
