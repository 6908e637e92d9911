//! From a bucket to a folder.

use std::fs;
use std::path::{Path, PathBuf};

use b2_local::safe_name::{UnsafeName, resolve};
use b2_local::walk::Symlinks;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::name::{Hexed, Quoted};
use b2_tokio::{Bucket, Client};

use super::compare::{Verdict, verdict};
use super::feed::{LocalFeed, Merge, Pair, RemoteFeed, RemoteFile, looks};
use super::run::Run;
use super::side::Place;
use crate::failure::Failure;

pub(super) async fn run(
    run: &mut Run<'_>,
    place: &Place,
    destination: &Path,
) -> Result<(), Failure> {
    let local = open_destination(run, destination).await?;
    let bucket = run.context.bucket(&place.bucket).await?;
    let remote = RemoteFeed::new(&bucket, &place.prefix);
    let mut merge = Merge { local, remote };
    let merged = download_all(run, &mut merge, &bucket, destination).await;
    // What is on its way is brought to its end, whatever stopped the comparison.
    run.finish().await?;
    merged
}

/// The folder as it is; made when it is missing.
async fn open_destination(run: &Run<'_>, folder: &Path) -> Result<LocalFeed, Failure> {
    match fs::metadata(folder) {
        Ok(it) if !it.is_dir() => {
            return Err(Failure::message(format_args!("{} is not a directory", folder.display())));
        }
        Ok(_) => {}
        Err(_) if run.args.dry_run => return Ok(LocalFeed::empty()),
        Err(_) => fs::create_dir_all(folder).map_err(|error| {
            Failure::message(format_args!(
                "unable to create directory {}: {error}",
                folder.display()
            ))
        })?,
    }
    LocalFeed::open(folder, Symlinks::Follow).await
}

async fn download_all(
    run: &mut Run<'_>,
    merge: &mut Merge,
    bucket: &Bucket,
    destination: &Path,
) -> Result<(), Failure> {
    // What the destination holds besides files is no trouble of the source's.
    while let Some(pair) = merge.next(|_| {}).await? {
        run.compared();
        match pair {
            Pair::Local(_) => {}
            Pair::Remote(file) => download(run, bucket, destination, file).await?,
            Pair::Both(here, file) => match verdict(run.args, file.looks, looks(&here)) {
                Verdict::Same => {}
                Verdict::Copy => download(run, bucket, destination, file).await?,
                Verdict::DestinationNewer => run.fail_older(
                    (&format!("b2://{}", file.name), file.looks),
                    (&format!("local://{}", here.name), looks(&here)),
                ),
            },
        }
    }
    Ok(())
}

async fn download(
    run: &mut Run<'_>,
    bucket: &Bucket,
    destination: &Path,
    file: RemoteFile,
) -> Result<(), Failure> {
    let path = match resolve(destination, &file.name) {
        Ok(path) => path,
        Err(error) => {
            run.fail(&format!("{} is not downloaded: {error}", Hexed(&file.name)));
            return Ok(());
        }
    };
    let line = format!("dnload {}", Quoted(&file.name));
    let action = format!(
        "b2_download({}, {}, {}, {})",
        file.name,
        file.file_id,
        path.display(),
        file.looks.modified_ms
    );
    let work = fetch(bucket.client().clone(), file, destination.to_owned(), path);
    run.copy(line, action, work).await
}

async fn fetch(
    client: Client,
    file: RemoteFile,
    root: PathBuf,
    path: PathBuf,
) -> Result<(), Error> {
    let (name, target) = (file.name, path.clone());
    let making = tokio::task::spawn_blocking(move || make_way(&root, &name, &target));
    making.await.map_err(|_| Error::new(ErrorKind::Sink, "making the folders broke off"))??;
    // By its ID: the version that was compared, whatever is uploaded meanwhile.
    client.download_by_id(file.file_id).save_to(path).await.map(|_| ())
}

/// Makes the folders a file lies in, and looks again at where that leads.
fn make_way(root: &Path, name: &str, path: &Path) -> Result<(), Error> {
    let unsafe_name =
        |error: UnsafeName| Error::with_message(ErrorKind::Sink, format_args!("{error}"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            let message = format_args!("cannot make the folder ({error}): {}", folder.display());
            Error::with_message(ErrorKind::Sink, message)
        })?;
    }
    resolve(root, name).map(|_| ()).map_err(unsafe_name)
}
