//! What is the same in the clients of all asynchronous drivers.

/// Writes what a driver's `Client` does with its flow, which is a flow of `$driver`. The client has
/// the fields `flow` and `settings`.
#[macro_export]
macro_rules! async_client_face {
    ($driver:ty) => {
        $crate::client_face!(async await);

        impl Client {
            /// Logs in unless that was done already, and tells what the service said about the
            /// account.
            ///
            /// # Errors
            /// Those of the login.
            pub async fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error> {
                self.perform(Authorize::default()).await
            }

            /// Performs any operation, with logins and retries.
            ///
            /// # Errors
            /// Those of the operation, of the login, and of the network.
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
                M: ::b2_proto::machine::Machine + Send + 'static,
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
