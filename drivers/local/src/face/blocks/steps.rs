//! The steps of an upload by blocks, with `async` or without.

/// Writes the steps of a driver's `BlockUploadBuilder`, which has the fields of its
/// `UploadBuilder`. Next to them the driver says how it opens a source (`open`), reads a slice of
/// it (`match_next`) and runs a job that reads from it (`run`).
#[macro_export]
macro_rules! blocks_face {
    ($($async:ident $await:ident)?) => {
        use $crate::face::{BlockPlan, BlockUploaded, BlocksRead, UploadSpec, reading};
        use $crate::face::types::{Error, FileVersion};

        impl BlockUploadBuilder {
            /// What would be done. The source is read and the service is asked what it has, but
            /// nothing is changed there.
            ///
            /// # Errors
            /// Those of the source, of the operations, of the plan, and of the network.
            pub $($async)? fn plan(self) -> Result<BlockPlan, Error> {
                let this = self$(.at_place().$await)?;
                let client = this.client.clone();
                let (_, _, read) = this.read()$(.$await)??;
                let account = client.authorize()$(.$await)??;
                read.plan(&account)
            }

            /// Uploads.
            ///
            /// # Errors
            /// Those of the source, of the operations, and of the network. Where the service has
            /// other bytes than the manifest says, the file is sent as it is.
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
                let opened = open(&client, source)$(.$await)??;
                let len = spec.len_for_blocks(&opened.facts)?;
                let find = ::b2_proto::machine::basis::FindBasis::new(spec.file.clone(), len);
                let mut basis = client.perform(find)$(.$await)??;
                let mut matched = None;
                let is_worth_reading = basis.is_worth_reading();
                if let (true, Some(source)) = (is_worth_reading, opened.handle.shared()) {
                    let mut matcher = basis.matcher(len);
                    while matcher.len() < len {
                        matcher = match_next(&client, source.clone(), matcher)$(.$await)??;
                        if let Some(listener) = &listener {
                            listener($crate::hub::News::Progress(reading(matcher.len(), len)));
                        }
                    }
                    matched = Some(matcher.finish());
                }
                let read = BlocksRead::new(spec, opened.facts, basis, matched)?;
                Ok((opened.handle, listener, read))
            }
        }

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
                let _ = client.perform(::b2_proto::machine::single::Single::new(delete))$(.$await)?;
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
