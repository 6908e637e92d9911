//! An upload by blocks: its steps in order, with `async` or without.

/// Writes a driver's `BlockUploadBuilder`, which an `UploadBuilder` becomes. The driver has its own
/// `Client`, `JobIo`, `Source` and `SourceHandle` in scope, and gives the example.
#[macro_export]
macro_rules! blocks_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        #[doc = $crate::begins!($($async)? "An upload by blocks that begins")]
        ///
        /// What the newest version has of the file is copied at the service, wherever it is in
        /// either, and compared with the bytes here by SHA-1; the rest is sent. A manifest of the
        /// new version's blocks is kept beside it for the next time.
        #[doc = $crate::given_up!($($async)? "the upload")]
        ///
        $(#[$example])*
        #[must_use = "an upload begins when it is sent"]
        pub struct BlockUploadBuilder {
            pub(crate) client: Client,
            pub(crate) source: Source,
            pub(crate) spec: UploadSpec,
            pub(crate) listener: Option<Listener>,
        }

        impl BlockUploadBuilder {
            /// What would be done. The source is read and the service is asked what it has, but
            /// nothing is changed there.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the source, of the operations, of the plan, and of the
            /// network.
            pub $($async)? fn plan(self) -> Result<BlockPlan, Error> {
                let this = self$(.at_place().$await)?;
                let client = this.client.clone();
                let (_, _, read) = this.read()$(.$await)??;
                let account = client.authorize()$(.$await)??;
                read.plan(&account)
            }

            #[doc = $crate::sends!($($async)? "Uploads")]
            ///
            /// # Errors
            /// [Those](ErrorKind) of the source, of the operations, and of the network. Where the
            /// service has other bytes than the manifest says, the file is sent as it is.
            pub $($async)? fn send(self) -> Result<BlockUploaded, Error> {
                let (client, bucket) = (self.client.clone(), self.spec.bucket());
                let done = self$(.at_place().$await)?.upload()$(.$await)?;
                client.learn_from(done, &bucket)$(.$await)?
            }

            $($async)? fn upload(self) -> Result<BlockUploaded, Error> {
                let client = self.client.clone();
                let (source, listener, mut read) = self.read()$(.$await)??;
                let (mut listener, again) = $crate::face::told_twice(listener);
                let mut done = None;
                if let Some(build) = read.building() {
                    let (source, len) = (source.clone(), $crate::face::built_len);
                    let told = listener.take();
                    match run(&client, build, source, told, len)$(.$await)? {
                        Ok(built) => done = Some(read.built(built)),
                        Err(error) if read.is_refuted(&error) => {}
                        Err(error) => return Err(error),
                    }
                }
                let (uploaded, totals) = match done {
                    Some(done) => done,
                    None => {
                        let (send, len) = (read.sending(), $crate::face::sent_len);
                        let sent = run(&client, send, source, again, len)$(.$await)??;
                        read.sent(sent)
                    }
                };
                let manifest = keep(&client, &mut read, &uploaded.file)$(.$await)?;
                Ok(BlockUploaded { uploaded, totals, lacks: read.lacks(), manifest })
            }

            $(
                /// One place for all of its jobs, before the source is opened.
                $async fn at_place(self) -> Self {
                    Self { client: self.client.at_place().$await, ..self }
                }
            )?

            /// Finds out what the service has, and reads the source if anything may come of it.
            $($async)? fn read(
                self,
            ) -> Result<(SourceHandle, Option<Listener>, BlocksRead), Error> {
                let Self { client, source, spec, listener } = self;
                let opened = client.open(source)$(.$await)??;
                let len = spec.len_for_blocks(&opened.facts)?;
                let find = FindBasis::new(spec.file.clone(), len);
                let mut basis = client.perform(find)$(.$await)??;
                let mut matched = None;
                let is_worth_reading = basis.is_worth_reading();
                if let (true, Some(source)) = (is_worth_reading, opened.handle.shared()) {
                    let mut matcher = basis.matcher(len);
                    while matcher.len() < len {
                        let source = source.clone();
                        let matching = move || $crate::source::match_slice(&*source, matcher);
                        matcher = client.apart(matching)$(.$await)???;
                        if let Some(listener) = &listener {
                            listener($crate::face::reading(matcher.len(), len));
                        }
                    }
                    matched = Some(matcher.finish());
                }
                let read = BlocksRead::new(spec, opened.facts, basis, matched)?;
                Ok((opened.handle, listener, read))
            }
        }

        /// Runs a job that reads from a source.
        $($async)? fn run<M>(
            client: &Client,
            machine: M,
            source: SourceHandle,
            listener: Option<Listener>,
            len: fn(&M::Output) -> Option<u64>,
        ) -> Result<M::Output, Error>
        where
            M: Machine + Send + 'static,
            M::Output: Send + 'static,
        {
            let place = client.place()$(.$await)?;
            client.carry_out(machine, JobIo::reading(source), listener, place, len)$(.$await)?
        }

        $crate::awaited_face!($($async $await)? BlockUploadBuilder -> BlockUploaded);

        /// Keeps the manifest of the new version, unless somebody's own file has its name by now,
        /// and then deletes the one before.
        $($async)? fn keep(
            client: &Client,
            read: &mut BlocksRead,
            version: &FileVersion,
        ) -> Result<Option<FileVersion>, Error> {
            let Some(look) = read.last_look() else { return Ok(None) };
            read.looked_last(client.perform(look)$(.$await)??);
            let Some((put, bytes)) = read.manifest(version) else { return Ok(None) };
            let (source, len) = (SourceHandle::Memory(bytes), $crate::face::sent_len);
            let kept = run(client, put, source, None, len)$(.$await)??;
            if let Some(delete) = read.replaced() {
                // Where it cannot be deleted it is in nobody's way: the newest one counts.
                let _ = client.perform(Single::new(delete))$(.$await)?;
            }
            Ok(Some(kept.file))
        }

        impl ::core::fmt::Debug for BlockUploadBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("BlockUploadBuilder")
                    .field("file", &self.spec.file)
                    .field("source", &self.source)
                    .finish_non_exhaustive()
            }
        }
    };
}
