//! The options of a sync, as methods.

/// Writes the options of a driver's `SyncBuilder`.
#[doc(hidden)]
#[macro_export]
macro_rules! sync_options_face {
    () => {
        impl SyncBuilder {
            /// When a file that both sides have counts as changed.
            pub const fn compare(mut self, compare: Compare) -> Self {
                self.spec.options.compare = compare;
                self
            }

            /// What becomes of a changed file whose destination is the newer one.
            pub const fn if_newer(mut self, newer: Newer) -> Self {
                self.spec.options.newer = newer;
                self
            }

            /// What the destination keeps of names the source has no more, and of old versions.
            pub const fn keep(mut self, keep: Keep) -> Self {
                self.spec.options.keep = keep;
                self
            }

            /// Sets that what the source has no more is removed, and old versions;
            /// [`keep`](Self::keep) with [`Keep::Newest`].
            pub const fn delete_extra(self) -> Self {
                self.keep(Keep::Newest)
            }

            /// Keeps in the bucket what was visible at some moment of so many days; with 0,
            /// everything.
            pub fn keep_days(self, days: u32) -> Self {
                self.keep(Keep::Days { days, by: Default::default() })
            }

            /// How many names may vanish from the destination in this run; a share is exact. If
            /// more would, none does, and the run ends with `Ending::TooManyDeletes`. Half of the
            /// names may unless this is set, and three in any case.
            pub const fn delete_limit(mut self, limit: DeleteLimit) -> Self {
                self.spec.options.delete_limit = limit;
                self
            }

            /// Removes from the destination also what the filter leaves out of the source.
            pub const fn delete_excluded(mut self) -> Self {
                self.spec.options.delete_excluded = true;
                self
            }

            /// A source without files, or without any that takes part, is no mistake.
            pub const fn allow_empty_source(mut self) -> Self {
                self.spec.options.allow_empty_source = true;
                self
            }

            /// Uploads of a changed file only what was appended to it.
            pub const fn incremental(mut self) -> Self {
                self.spec.options.upload = UploadMode::Incremental;
                self
            }

            /// Uploads of a changed file only what the version before has nowhere. A manifest of
            /// the blocks of each long file is kept beside it, as `NAME.b2blocks`, and takes no
            /// part in syncs; files no longer than the shortest part have none. A file is read
            /// before it is sent.
            pub const fn by_blocks(mut self) -> Self {
                self.spec.options.upload = UploadMode::Blocks;
                self
            }

            /// Reads the source's bucket as it was at a moment, in milliseconds since the Unix
            /// epoch.
            pub const fn as_of_ms(mut self, ms: i64) -> Self {
                self.spec.options.as_of_ms = Some(ms);
                self
            }

            /// Copies renamed files at the service instead of uploading them again.
            pub const fn renames(mut self, renames: Renames) -> Self {
                self.spec.options.renames = Some(renames);
                self
            }

            /// Which files take part, by their times.
            pub const fn times(mut self, times: Times) -> Self {
                self.spec.options.times = times;
                self
            }

            /// Which files of the source take part, by their names. A filter that reads files says
            /// so ([`may_wait`](::b2_proto::plan::sync::PathFilter::may_wait)), since otherwise all
            /// transfers wait for its answers.
            pub fn filter(
                mut self,
                filter: impl ::b2_proto::plan::sync::PathFilter + Clone + Send + 'static,
            ) -> Self {
                self.spec.rules = Rules::new(filter);
                self
            }

            /// Skips symbolic links of a source folder instead of following them.
            pub const fn skip_symlinks(mut self) -> Self {
                self.spec.symlinks = $crate::walk::Symlinks::Skip;
                self
            }

            /// Most files under way at the same time, at most 256; 10 unless set.
            pub const fn files_at_once(mut self, count: usize) -> Self {
                self.spec.in_flight_max = count;
                self
            }

            /// Only tells what would be done.
            pub const fn dry_run(mut self) -> Self {
                self.spec.is_dry_run = true;
                self
            }

            /// Keeps digests of local files in this file, so that files that did not change since
            /// need not be read where contents are compared; see [`b2_local::index`]. What is wrong
            /// with it is told as an event.
            pub fn index(mut self, path: impl Into<::std::path::PathBuf>) -> Self {
                self.spec.index = Some(path.into());
                self
            }

            /// Decides for each file how it is stored and with which key it is read.
            pub fn provider(mut self, provider: impl Provider + 'static) -> Self {
                self.spec.provider = Arc::new(provider);
                self
            }

            /// Calls `onlooker` with each event, one after the other, in whichever task or thread
            /// has it. Nothing new begins before it comes back, so it must not wait for another
            /// task of the same runtime: who cannot take more in holds the sync up with
            /// [`pause_with`](Self::pause_with).
            pub fn on_event(mut self, onlooker: impl FnMut(&Event) + Send + 'static) -> Self {
                self.spec.onlooker = Some(Box::new(onlooker));
                self
            }

            /// Ends early when this signal is given; see [`b2_local::sync::Stop`].
            pub fn stop_with(mut self, stop: &Stop) -> Self {
                self.spec.stop = Some(stop.clone());
                self
            }

            /// Is held up and let go on by this switch; see [`b2_local::sync::Pause`].
            pub fn pause_with(mut self, pause: &Pause) -> Self {
                self.spec.pause = Some(pause.clone());
                self
            }

            /// Notes here which names it refuses to remove for the [limit](Self::delete_limit), so
            /// that somebody can be asked about them.
            pub fn note_refused(mut self, refused: &Refused) -> Self {
                self.spec.refused = Some(refused.clone());
                self
            }

            /// Removes what another sync between the same places has refused to remove and noted,
            /// as far as the source still has not got it, and does nothing else, under no limit.
            /// The summary is that of both. It is an error if not all of that was noted
            /// ([`Refused::is_whole`]).
            pub fn only_refused(mut self, refused: &Refused) -> Self {
                self.spec.moved = refused.moved();
                self.spec.allowed = Some(refused.clone());
                self
            }

            /// Counts what it sees and the bytes its transfers move, while they do.
            pub fn moved(&self) -> Moved {
                self.spec.moved.clone()
            }

            /// All that is planned by, to be changed as a whole.
            pub const fn options_mut(&mut self) -> &mut Options {
                &mut self.spec.options
            }
        }

        impl ::core::fmt::Debug for SyncBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("SyncBuilder")
                    .field("source", &self.spec.source)
                    .field("destination", &self.spec.destination)
                    .field("options", &self.spec.options)
                    .finish_non_exhaustive()
            }
        }
    };
}
