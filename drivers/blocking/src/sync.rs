//! Folders and buckets kept in step.

use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::crew;
use crate::download::DownloadBuilder;
use crate::source::Source;
use crate::upload::UploadBuilder;

/// A sync that begins when it is sent.
///
/// Both sides are listed in the order of their names and compared as they come, so the first file
/// is on its way while the rest is still being looked at. Memory does not depend on the number of
/// files. Old versions go only after what takes their place is there, and nothing is removed below
/// a place that could not be looked at. A sync that was [given up](Self::cancel_with) or
/// [stopped](Self::stop_with), which gives a summary, goes on from there when it is run again.
///
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
#[must_use = "a sync begins when it is sent"]
pub struct SyncBuilder {
    client: Client,
    spec: SyncSpec,
}

b2_local::sync_face!();

impl SyncBuilder {
    /// Gives the sync up when `cancel` says so.
    pub fn cancel_with(mut self, cancel: &crate::Cancel) -> Self {
        self.client = self.client.cancel_with(cancel);
        self
    }
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
