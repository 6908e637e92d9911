//! What is the same in the clients of all asynchronous drivers.

/// Writes what a driver's `Client` does with its flow, which is a flow of `$driver`: for its users,
/// and for builders. The client has the fields `flow` and `settings`, and the driver its own
/// `Source` in scope.
#[macro_export]
macro_rules! async_client_face {
    ($driver:ty) => {
        $crate::client_face!(async await);

        impl Client {
            /// Logs in unless that was done already, and tells what the service said about the
            /// account.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the login.
            pub async fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error> {
                self.perform(Authorize::default()).await
            }

            /// Performs any operation, with logins and retries. What takes several is a
            /// [job](Self::run_job).
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation, of the login, and of the network.
            pub async fn run<O>(&self, operation: O) -> Result<O::Output, Error>
            where
                O: Operation + Send + 'static,
                O::Output: Send + 'static,
            {
                self.perform(Single::new(operation)).await
            }

            /// Lists the rows of any operation that has pages, from `first` on.
            pub fn list<O>(&self, first: O) -> Listing<O::Item>
            where
                O: Paged + Clone + PartialEq + Send + Sync + 'static,
                O::Item: Send + 'static,
                O::Output: Send + 'static,
            {
                Listing::new(self.flow.clone(), first)
            }

            pub(crate) fn rows(&self, rows: SelectedPages) -> Listing<Row> {
                Listing::of_rows(self.flow.clone(), rows)
            }

            /// Runs a machine that neither reads nor writes anything.
            pub(crate) async fn perform<M>(&self, machine: M) -> Result<M::Output, Error>
            where
                M: Machine + Send + 'static,
                M::Output: Send + 'static,
            {
                self.flow.run(machine, $crate::flow::io::JobIo::default()).await
            }

            /// The same client for jobs one after the other that share a place, which is waited
            /// for.
            pub(crate) async fn at_place(&self) -> Self {
                Self { flow: self.flow.at_place().await, settings: self.settings.clone() }
            }

            /// Does something where waiting for a disk is allowed.
            pub(crate) async fn apart<T: Send + 'static>(
                &self,
                work: impl FnOnce() -> T + Send + 'static,
            ) -> Result<T, Error> {
                let broke_off = || Error::new(ErrorKind::Unknown, "a thread broke off");
                let driver = self.flow.driver();
                $crate::flow::Driver::unblock(driver, work).await.ok_or_else(broke_off)
            }

            /// The same for what takes long, and can ask whether this was dropped meanwhile.
            pub(crate) async fn apart_until_given_up<T: Send + 'static>(
                &self,
                work: impl FnOnce(&$crate::index::IsGivenUp<'_>) -> T + Send + 'static,
            ) -> Result<T, Error> {
                let waiting = $crate::flow::Waiting::default();
                let has_ended = waiting.ended();
                self.apart(move || work(&has_ended)).await
            }

            pub(crate) fn new(settings: Settings, flow: $crate::flow::Flow<$driver>) -> Self {
                Self { flow, settings: Arc::new(settings) }
            }

            pub(crate) const fn flow(&self) -> &$crate::flow::Flow<$driver> {
                &self.flow
            }

            /// Waits for a place among the jobs of the client.
            pub(crate) fn place(&self) -> impl Future<Output = $crate::flow::Place> + Send {
                self.flow.place()
            }

            /// Opens what a job reads from.
            pub(crate) fn open(
                &self,
                source: Source,
            ) -> impl Future<Output = Result<$crate::flow::source::Opened, Error>> + Send {
                source.open(self.flow.driver())
            }

            /// Carries a job out; `len` gives how many bytes it has moved.
            pub(crate) fn carry_out<M>(
                &self,
                machine: M,
                io: $crate::flow::io::JobIo,
                listener: Option<Listener>,
                place: $crate::flow::Place,
                len: fn(&M::Output) -> Option<u64>,
            ) -> impl Future<Output = Result<M::Output, Error>> + Send
            where
                M: Machine + Send + 'static,
                M::Output: Send + 'static,
            {
                self.flow.begin(Box::new(machine), io, listener, place).attend(len)
            }

            /// Downloads to a file.
            pub(crate) fn save_to(
                &self,
                spec: DownloadSpec,
                listener: Option<Listener>,
                path: ::std::path::PathBuf,
            ) -> impl Future<Output = DownloadResult> + Send {
                self.flow.clone().save_to(spec, listener, path)
            }

            /// Downloads to a sink.
            pub(crate) fn to_sink(
                &self,
                spec: DownloadSpec,
                listener: Option<Listener>,
                sink: Arc<dyn $crate::sink::Sink>,
            ) -> impl Future<Output = DownloadResult> + Send {
                self.flow.clone().to_sink(spec, listener, sink)
            }

            /// Downloads to memory.
            pub(crate) fn to_bytes(
                &self,
                spec: DownloadSpec,
                listener: Option<Listener>,
                len_max: usize,
            ) -> impl Future<Output = $crate::face::BytesResult> + Send {
                self.flow.clone().to_bytes(spec, listener, len_max)
            }

            async fn ask_store<T: Send + 'static>(
                &self,
                ask: impl FnOnce(&Accounts) -> T + Send + 'static,
            ) -> Result<T, Error> {
                self.flow.ask(ask).await
            }

            pub(crate) fn settings(&self) -> &Settings {
                &self.settings
            }
        }

        impl ::core::fmt::Debug for Client {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
            }
        }
    };
}
