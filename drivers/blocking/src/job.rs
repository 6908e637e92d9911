//! Any machine of the core as a job.

use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::JobIo;
use crate::source::Source;

b2_local::job_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_blocking::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::{model::BucketType, op::CreateBucket};
    /// # let new = CreateBucket::new("photos", BucketType::AllPrivate);
    /// # let photos = client.create_bucket(new)?;
    /// use b2_blocking::b2_local::sink::{MemorySink, Sink as _};
    /// use b2_blocking::b2_proto::id::{SinkId, SourceId};
    /// use b2_blocking::b2_proto::machine::download::{Download, DownloadOptions, RangeLane};
    /// use b2_blocking::b2_proto::machine::put::{Put, PutOptions};
    /// use b2_blocking::b2_proto::machine::upload::{Payload, Uploaded};
    /// use b2_blocking::b2_proto::model::{DownloadInfo, FileVersion};
    /// use b2_blocking::b2_proto::op::new_download::NewDownload;
    /// use b2_blocking::b2_proto::op::new_file::NewFile;
    /// use std::sync::Arc;
    ///
    /// // The first bytes of a source alone.
    /// let photo = b"not really a picture";
    /// let payload = Payload { can_reread: true, ..Payload::stream(SourceId(0), 10) };
    /// let file = NewFile::new(photos.id(), "2026/a.jpg");
    /// let put = Put::<FileVersion>::new(file, payload, PutOptions::default());
    /// let Uploaded { file, .. } = client.run_job(put).source(photo).send()?;
    /// assert_eq!(file.content_length, 10);
    ///
    /// let sink = Arc::new(MemorySink::new(1_000));
    /// let options = DownloadOptions::whole(SinkId(0));
    /// let lanes = vec![RangeLane::new()];
    /// let request = NewDownload::of_version(&file);
    /// let get = Download::<_, _, DownloadInfo>::new(request, options, lanes);
    /// let downloaded = client.run_job(get).sink(sink.clone()).send()?;
    /// sink.commit(downloaded.len, None)?;
    /// assert_eq!(sink.take(), b"not really");
    /// # Ok(()) }
    /// ```
}
