//! A machine of the core, or of the caller's own, as a job.

/// Writes a driver's `JobBuilder`, which runs any machine. The driver has its own `Client`,
/// `JobIo` and `Source` in scope, and gives the example.
#[macro_export]
macro_rules! job_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        #[doc = $crate::begins!($($async)? "A machine that runs")]
        ///
        /// Uploads, downloads, copies and syncs have builders with all their options. This is for
        /// what none of them has: a machine of the core that is put together by hand, or one of
        /// the caller's own. It has the client's login, limits and upload URLs as every other job.
        ///
        /// A machine says by numbers what it reads from and writes to; the first
        /// [source](Self::source) and the first [sink](Self::sink) have the number 0, as in
        /// [`SourceId(0)`](::b2_proto::id::SourceId). One that is not there is an error of the
        /// job.
        #[doc = $crate::given_up!($($async)? "the job")]
        ///
        $(#[$example])*
        #[must_use = "a job begins when it is sent"]
        pub struct JobBuilder<T: 'static> {
            client: Client,
            machine: Box<dyn Machine<Output = T> + Send>,
            sources: Vec<Source>,
            sinks: Vec<Arc<dyn $crate::sink::Sink>>,
            listener: Option<Listener>,
        }

        impl<T: Send + 'static> JobBuilder<T> {
            pub(crate) fn new(
                client: Client,
                machine: Box<dyn Machine<Output = T> + Send>,
            ) -> Self {
                Self { client, machine, sources: Vec::new(), sinks: Vec::new(), listener: None }
            }

            /// Lets the machine read from this source, and may be called several times. The
            /// machine knows how long it is and whether it can be read again: what it is told
            /// must be true of the source.
            pub fn source(mut self, source: impl Into<Source>) -> Self {
                self.sources.push(source.into());
                self
            }

            /// Lets the machine write to this sink, and may be called several times. When the job
            /// has succeeded, the caller [commits](::b2_local::sink::Sink::commit) the sink; one
            /// of a job that fails or is given up is left as a download leaves it.
            pub fn sink(mut self, sink: Arc<dyn $crate::sink::Sink>) -> Self {
                self.sinks.push(sink);
                self
            }

            /// Calls `listener` with each news of the job, where it is waited for: the job goes on
            /// when it returns.
            pub fn progress(mut self, listener: impl Fn(Progress) + Send + 'static) -> Self {
                self.listener = Some($crate::face::progress_listener(listener));
                self
            }

            #[doc = $crate::sends!($($async)? "Runs the machine to its end")]
            ///
            /// # Errors
            /// [Those](ErrorKind) of the machine, of its sources and sinks, and of the network.
            pub $($async)? fn send(self) -> Result<T, Error> {
                let Self { client, machine, sources, sinks, listener } = self;
                // Let go after the job, or when that does not begin.
                let held = sinks.iter().cloned().map($crate::face::HeldSink::new);
                let held: Vec<_> = held.collect();
                let place = client.place()$(.$await)?;
                let mut opened = Vec::with_capacity(sources.len());
                for source in sources {
                    opened.push(client.open(source)$(.$await)??.handle);
                }
                let io = JobIo::reading_all(opened).and_writing(sinks);
                let running = client.carry_out(machine, io, listener, place, |_| None);
                match running$(.$await)? {
                    Ok(output) => {
                        held.into_iter().for_each($crate::face::HeldSink::hand_over);
                        Ok(output)
                    }
                    Err(error) => {
                        let failed = error.clone();
                        let leave = move || held.into_iter().for_each(|it| it.leave(&failed));
                        // Nothing more can be done about it if that breaks off.
                        let _ = client.apart(leave)$(.$await)?;
                        Err(error)
                    }
                }
            }
        }

        $crate::awaited_face!($($async $await)? JobBuilder<T>);
        $crate::cancel_face!($($async)? JobBuilder<T>, "the job");

        impl<T> ::core::fmt::Debug for JobBuilder<T> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("JobBuilder").field("sources", &self.sources).finish_non_exhaustive()
            }
        }
    };
}
