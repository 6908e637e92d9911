//! Folders and buckets kept in step.

use crate::cancel::Cancel;
use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::crew;
use crate::download::DownloadBuilder;
use crate::source::Source;
use crate::upload::UploadBuilder;

b2_local::sync_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_blocking::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::{model::BucketType, op::CreateBucket};
    /// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
    /// # let photos = client.create_bucket(bucket)?;
    /// # let folder = tempfile::tempdir()?;
    /// # std::fs::write(folder.path().join("a.jpg"), b"not really a picture")?;
    /// # let folder = folder.path();
    /// let summary = client.sync(folder, "b2://photos/2026").keep_days(30).send()?;
    /// assert!(summary.is_complete());
    /// assert_eq!(summary.transferred, 1);
    /// # Ok(()) }
    /// ```
}

fn crew(client: Client, run: Run, onlooker: Onlooker, moved: Moved) -> Result<Summary, Error> {
    let (lasting, own) = (client.never_cancelled(), client.clone());
    let (client, _listening) = match run.stop_signal() {
        Some(stop) => {
            let (client, cancel) = client.cancelled_apart();
            (client, Some(stop.listen(move || cancel.cancel())))
        }
        None => (client, None),
    };
    crew::run(run, onlooker, move |job| {
        // What a stop lets go on, the caller's own token still cancels.
        let client = match &job {
            job if job.ends_a_run() => &lasting,
            job if job.outlives_a_stop() => &own,
            _ => &client,
        };
        carry_out(client.clone(), job, moved.clone())
    })
}
