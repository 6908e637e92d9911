//! Uploads.

use crate::client::Client;
use crate::job::JobIo;
use crate::progress::{self, Listener};
use crate::source::Source;
use b2_proto::error::Error;
use b2_proto::info::Override;
use b2_proto::machine::Progress;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::put::{Put, PutOptions};
use b2_proto::machine::upload::{Payload, Uploaded};
use b2_proto::model::{EncryptionSetting, FileRetention, FileVersion};
use b2_proto::op::new_file::{CustomerKeyText, NewFile};
use b2_proto::wire::text::Sha1;
use core::future::IntoFuture;
use core::pin::Pin;

/// An upload that begins when it is awaited.
///
/// Short files go up in one request, long ones in parts that are sent at the same time. Every
/// byte is verified by SHA-1. Dropping the future gives the upload up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_tokio::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// use b2_proto::model::BucketType;
/// use b2_proto::op::CreateBucket;
///
/// let photos = client.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate)).await?;
/// let uploaded = photos
///     .upload("2026/a.jpg", b"not really a picture")
///     .content_type("image/jpeg")
///     .info("camera", "box")
///     .await?;
/// assert_eq!(uploaded.file.file_name, "2026/a.jpg");
/// # Ok(()) }
/// ```
#[must_use = "an upload begins when it is awaited"]
pub struct UploadBuilder {
    client: Client,
    file: NewFile,
    source: Source,
    sha1: Option<Sha1>,
    options: PutOptions,
    listener: Option<Listener>,
}

impl UploadBuilder {
    pub(crate) fn new(client: Client, file: NewFile, source: Source) -> Self {
        let config = client.config();
        let options = PutOptions {
            lanes: u16::try_from(config.lanes).unwrap_or(u16::MAX),
            buffer_len_max: config.buffer_budget,
            ..PutOptions::default()
        };
        Self { client, file, source, sha1: None, options, listener: None }
    }

    /// The MIME type; without one the service derives it from the name.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.with(|file| file.content_type(content_type))
    }

    /// An entry of file info. Keys are stored in lower case.
    pub fn info(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|file| file.info(key, value))
    }

    /// `Cache-Control` of later downloads.
    pub fn cache_control(self, value: impl Into<String>) -> Self {
        self.with(|file| file.header(Override::CacheControl, value))
    }

    /// `Content-Disposition` of later downloads.
    pub fn content_disposition(self, value: impl Into<String>) -> Self {
        self.with(|file| file.header(Override::ContentDisposition, value))
    }

    /// `Content-Encoding` of later downloads.
    pub fn content_encoding(self, value: impl Into<String>) -> Self {
        self.with(|file| file.header(Override::ContentEncoding, value))
    }

    /// `Content-Language` of later downloads.
    pub fn content_language(self, value: impl Into<String>) -> Self {
        self.with(|file| file.header(Override::ContentLanguage, value))
    }

    /// `Expires` of later downloads.
    pub fn expires(self, value: impl Into<String>) -> Self {
        self.with(|file| file.header(Override::Expires, value))
    }

    /// The SHA-1 of the whole source, when it is known; the service checks it.
    pub const fn sha1(mut self, sha1: Sha1) -> Self {
        self.sha1 = Some(sha1);
        self
    }

    /// When the source was modified, in milliseconds since 1970. A path tells it by itself.
    pub fn modified_ms(self, ms: u64) -> Self {
        self.with(|file| file.modified_ms(ms))
    }

    /// How the file is encrypted at rest; without it the bucket's default decides.
    pub fn encryption(self, setting: &EncryptionSetting) -> Self {
        match setting {
            EncryptionSetting::None => self,
            EncryptionSetting::SseB2 => self.with(NewFile::managed_encryption),
            EncryptionSetting::SseC(key) => {
                let key = CustomerKeyText::new(key, None);
                self.with(|file| file.customer_key(key))
            }
        }
    }

    /// Encrypts with the customer's key and keeps its ID with the file.
    pub fn customer_key(self, key: CustomerKeyText) -> Self {
        self.with(|file| file.customer_key(key))
    }

    /// Protects the file from deletion for a time.
    pub fn retention(self, retention: &FileRetention) -> Self {
        self.with(|file| file.retention(retention))
    }

    /// Sets a legal hold, or explicitly sets none.
    pub fn legal_hold(self, is_on: bool) -> Self {
        self.with(|file| file.legal_hold(is_on))
    }

    /// Another upload time than now, in milliseconds since 1970, for accounts that may.
    pub fn upload_timestamp_ms(self, ms: u64) -> Self {
        self.with(|file| file.upload_timestamp_ms(ms))
    }

    /// The length of parts in bytes, in place of what the account recommends.
    pub const fn part_len(mut self, len: u64) -> Self {
        self.options.sizes.recommended = Some(len);
        self
    }

    /// The shortest part the caller wants, in bytes.
    pub const fn part_len_min(mut self, len: u64) -> Self {
        self.options.sizes.min = Some(len);
        self
    }

    /// Most parts at the same time, in place of the client's setting.
    pub fn lanes(mut self, count: u16) -> Self {
        self.options.lanes = count.clamp(1, crate::builder::LANES_MAX);
        self
    }

    /// What becomes of an unfinished large file when the upload fails or is given up.
    pub const fn leftover(mut self, leftover: Leftover) -> Self {
        self.options.leftover = leftover;
        self
    }

    /// Calls `listener` with each news of the upload, in the task that awaits it.
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    fn with(mut self, change: impl FnOnce(NewFile) -> NewFile) -> Self {
        self.file = change(self.file);
        self
    }

    async fn run(self) -> Result<Uploaded<FileVersion>, Error> {
        let place = self.client.place().await?;
        let source = self.source.open().await?;
        let file = match source.modified_ms {
            Some(ms) => self.file.modified_ms(ms),
            None => self.file,
        };
        let payload = Payload {
            source: b2_proto::id::SourceId(0),
            offset: 0,
            len: source.len,
            sha1: self.sha1,
            can_reread: source.can_reread,
        };
        let (told, news) = progress::channel(self.listener);
        let put = Put::<FileVersion>::new(file, payload, self.options);
        let io = JobIo::reading(source.handle);
        let mut running = self.client.submit(put, io, told, place).await?;
        progress::attend(&mut running, news, |_| payload.len).await
    }
}

impl IntoFuture for UploadBuilder {
    type Output = Result<Uploaded<FileVersion>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl core::fmt::Debug for UploadBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("UploadBuilder")
            .field("file", &self.file)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
