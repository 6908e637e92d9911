//! What a sync is made of, and its options.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use b2_proto::error::Error;
use b2_proto::plan::sync::{Direction, Options};

use crate::sync::{
    BucketDefaults, End, IN_FLIGHT_MAX, Moved, Named, Onlooker, Pause, Provider, Refused, Rules,
    Setup, Stop,
};
use crate::walk::Symlinks;

/// Files at the same time unless something else is said.
const IN_FLIGHT: usize = 10;

/// A sync as a value.
pub struct SyncSpec {
    /// Where files come from.
    pub source: Named,
    /// Where they go.
    pub destination: Named,
    /// What is planned; direction and present are filled in, the latter by the service's clock.
    pub options: Options,
    /// Which files of the source take part.
    pub rules: Rules,
    /// What becomes of symbolic links in a source folder.
    pub symlinks: Symlinks,
    /// Files at the same time.
    pub in_flight_max: usize,
    /// Whether actions are only told.
    pub is_dry_run: bool,
    /// The file that keeps digests of local files.
    pub index: Option<PathBuf>,
    /// How files are stored and read.
    pub provider: Arc<dyn Provider>,
    /// Counts what is seen and moved.
    pub moved: Moved,
    /// Told what happens.
    pub onlooker: Option<Onlooker>,
    /// Tells it to stop.
    pub stop: Option<Stop>,
    /// Holds it up.
    pub pause: Option<Pause>,
    /// Told what it refuses to remove.
    pub refused: Option<Refused>,
    /// All that it may do: remove this.
    pub allowed: Option<Refused>,
}

impl SyncSpec {
    /// A sync with the defaults of the core.
    pub fn new(source: Named, destination: Named) -> Self {
        Self {
            source,
            destination,
            options: Options::new(Direction::Up, 0),
            rules: Rules::default(),
            symlinks: Symlinks::default(),
            in_flight_max: IN_FLIGHT,
            is_dry_run: false,
            index: None,
            provider: Arc::new(BucketDefaults),
            moved: Moved::default(),
            onlooker: None,
            stop: None,
            pause: None,
            refused: None,
            allowed: None,
        }
    }

    /// The run between two ends that have been found.
    ///
    /// # Errors
    /// Ends that cannot be synchronized.
    pub fn setup(self, source: End, destination: End) -> Result<(Setup, Onlooker), Error> {
        let mut options = self.options;
        options.direction = Setup::direction(&source, &destination)?;
        if options.now_ms == 0 {
            // Until an answer of the service tells its own time.
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            options.now_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        }
        let setup = Setup {
            options,
            source,
            destination,
            rules: self.rules,
            symlinks: self.symlinks,
            in_flight_max: self.in_flight_max.clamp(1, IN_FLIGHT_MAX),
            is_dry_run: self.is_dry_run,
            index: self.index,
            provider: self.provider,
            moved: self.moved,
        };
        Ok((setup, self.onlooker.unwrap_or_else(|| Box::new(|_| {}))))
    }
}

/// Writes a driver's `SyncBuilder` and how it carries a sync out. The driver has its own `Client`,
/// `CopyBuilder`, `DownloadBuilder`, `Source` and `UploadBuilder` in scope, and gives the example.
/// One without futures has also `crew(client, run, onlooker, moved)`, which has lanes do
/// `carry_out` with each job of the run.
#[macro_export]
macro_rules! sync_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use ::b2_proto::error::Error;
        use ::b2_proto::op::new_download::NewDownload;
        pub use ::b2_proto::plan::sync::{
            Compare, DeleteLimit, Keep, Newer, Options, Renames, Times, UploadMode,
        };
        use ::std::sync::Arc;
        use $crate::face::SyncSpec;
        pub use $crate::sync::{Action, BucketDefaults, Ending, Event, Pause, Place, Provider};
        use $crate::sync::{Download, End, Ended, Job, Moved, Named, Onlooker, Rules, Run, Setup};
        pub use $crate::sync::{Refused, Report, Stop, Summary};

        impl Client {
            /// Brings a folder or a bucket into step with another: copies what is new or changed,
            /// and removes what is gone if it is asked to. Texts name a bucket as
            /// `b2://bucket/path`; anything else is a local folder.
            pub fn sync(
                &self,
                source: impl Into<Named>,
                destination: impl Into<Named>,
            ) -> SyncBuilder {
                let spec = SyncSpec::new(source.into(), destination.into());
                SyncBuilder { client: self.clone(), spec }
            }
        }

        #[doc = $crate::begins!($($async)? "A sync that begins")]
        ///
        /// Both sides are listed in the order of their names and compared as they come, so the
        /// first file is on its way while the rest is still being looked at. Memory does not
        /// depend on the number of files. Old versions go only after what takes their place is
        /// there, and nothing is removed below a place that could not be looked at.
        #[doc = $crate::given_up!($($async)? "the sync")]
        /// [`stop_with`](Self::stop_with) ends it with a summary. Run again, it goes on from there.
        ///
        $(#[$example])*
        #[must_use = "a sync begins when it is sent"]
        pub struct SyncBuilder {
            client: Client,
            spec: SyncSpec,
        }

        $crate::awaited_face!($($async $await)? SyncBuilder -> Summary);
        $crate::cancel_face!($($async)? SyncBuilder, "the sync");
        $crate::sync_options_face!();
        $crate::crew_face!($($async)?);

        impl SyncBuilder {
            /// Runs it. What is wrong with one file is told and counted, and the others go on.
            ///
            /// # Errors
            /// What stops all of it: options and ends that make no sense, a source folder that is
            /// not there, a side that cannot be listed at all, and being given up.
            pub $($async)? fn send(self) -> Result<Summary, Error> {
                let Self { client, mut spec } = self;
                let source = find(&client, spec.source.0.clone()?)$(.$await)??;
                let destination = find(&client, spec.destination.0.clone()?)$(.$await)??;
                let moved = spec.moved.clone();
                let (stop, pause) = (spec.stop.take(), spec.pause.take());
                let (refused, allowed) = (spec.refused.take(), spec.allowed.take());
                let asks_time = spec.options.now_ms == 0;
                let (setup, onlooker) = spec.setup(source, destination)?;
                if let Some(folder) = setup.new_folder()
                    && allowed.is_none()
                {
                    client.apart(move || Setup::make(&folder))$(.$await)???;
                }
                let claims = client.flow().claims().clone();
                let presence = client.apart(setup.presence(claims))$(.$await)??;
                let run = match allowed {
                    Some(allowed) => Run::allowing(setup, &allowed)?,
                    None => Run::new(setup)?,
                };
                let mut run = run.beside(presence);
                if let Some(refused) = refused {
                    run = run.refusing(refused);
                }
                if asks_time {
                    let client = client.clone();
                    run = run.timed_by(move || client.flow().hub().service_ms());
                }
                if let Some(stop) = stop {
                    run = run.stopped_by(stop);
                }
                if let Some(pause) = pause {
                    run = run.held_by(pause);
                }
                crew(client, run, onlooker, moved)$(.$await)?
            }
        }

        $($async)? fn find(client: &Client, place: Place) -> Result<End, Error> {
            match place {
                Place::Folder(path) => Ok(End::Folder(path)),
                Place::Bucket { bucket, prefix } => {
                    let bucket = client.bucket(bucket)$(.$await)??;
                    Ok(End::Bucket { id: bucket.id().into(), prefix })
                }
            }
        }

        /// Does one job.
        $($async)? fn carry_out(client: Client, job: Job, moved: Moved) -> Ended {
            match job {
                Job::Local(job) => {
                    let failing = job.failing();
                    let ended = client.apart_until_given_up(move |it| job.run(it));
                    ended$(.$await)?.unwrap_or_else(failing)
                }
                Job::Names(page) => Ended::Names(client.perform(page)$(.$await)?),
                Job::Versions(page) => Ended::Versions(client.perform(page)$(.$await)?),
                Job::Upload(it) => {
                    let source = Source::found(it.path, it.way);
                    let upload = UploadBuilder::new(client, it.file, source);
                    let upload = upload.progress(moved.listener());
                    Ended::Done(match it.mode {
                        UploadMode::Full => upload.send()$(.$await)?.map(drop),
                        UploadMode::Incremental => {
                            upload.incremental().send()$(.$await)?.map(drop)
                        }
                        // Without its manifest the next upload sends more, and is as good.
                        UploadMode::Blocks => upload.by_blocks().send()$(.$await)?.map(drop),
                    })
                }
                Job::Download(it) => Ended::Done(download(client, *it, moved)$(.$await)?),
                Job::Copy(it) => {
                    let copy = CopyBuilder::new(client, it.source, it.target).fetch_metadata();
                    let copied = copy.progress(moved.listener()).send()$(.$await)?;
                    Ended::Done(copied.map(drop))
                }
                Job::Hide(hide) => Ended::Done(client.run(hide)$(.$await)?.map(drop)),
                Job::Delete(delete) => Ended::Done(client.run(delete)$(.$await)?.map(drop)),
            }
        }

        $($async)? fn download(client: Client, it: Download, moved: Moved) -> Result<(), Error> {
            let Download { version, key, target } = it;
            let sink = match target.open_in_memory() {
                Some(sink) => sink?,
                None => client.apart(move || target.open())$(.$await)???,
            };
            let mut download = DownloadBuilder::new(client, NewDownload::of_version(&version));
            if let Some(key) = key {
                download = download.customer_key(&key.key);
            }
            let downloaded =
                download.progress(moved.listener()).to_sink(Arc::new(sink))$(.$await)?;
            downloaded.map(drop)
        }
    };
}

/// Writes how an asynchronous driver has lanes do the jobs of a run; nothing for another.
#[doc(hidden)]
#[macro_export]
macro_rules! crew_face {
    () => {};
    ($async:ident) => {
        $async fn crew(
            client: Client,
            run: Run,
            onlooker: Onlooker,
            moved: Moved,
        ) -> Result<Summary, Error> {
            let driver = client.flow().driver().clone();
            let brake = $crate::flow::brake::Brake::of(&run);
            let hand = move |job| {
                brake.around(job, |job| Box::pin(carry_out(client.clone(), job, moved.clone())))
            };
            $crate::flow::crew::run(driver, run, onlooker, hand).await
        }
    };
}
