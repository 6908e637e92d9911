//! The setters of a client's settings.

/// Writes the setters of a driver's `ClientBuilder`, which has its
/// [`Settings`](crate::face::Settings) in `settings`.
#[macro_export]
macro_rules! builder_face {
    ($builder:ident) => {
        /// Of [`credentials`](Self::credentials), [`realm`](Self::realm), [`login`](Self::login),
        /// [`resume`](Self::resume) and [`store`](Self::store), what is set later counts, as a
        /// login is of one key in one realm. `login` sets all of them, and takes back what was set
        /// before. `credentials` and `realm` take back the login of a `login` or a `resume` before
        /// them, but not its store. `resume` takes back that of a `login` before it, whose key,
        /// realm and store stay; so it comes after the key and the realm it is of. `store` takes
        /// back nothing but another store.
        impl $builder {
            /// The application key to log in with. A login that was set before, [kept](Self::login)
            /// or [of before](Self::resume), is another key's, and forgotten; its store stays.
            pub fn credentials(
                mut self,
                key_id: impl Into<String>,
                key: impl Into<String>,
            ) -> Self {
                self.settings.set_key(key_id.into(), ::b2_proto::secret::Secret::new(key));
                self
            }

            /// A login that was kept from before, such as one a program passes on to another. It
            /// is used until the service refuses it; then the [key](Self::credentials) logs in.
            /// It is of the key and the realm that are set already: setting one after it takes it
            /// back.
            pub fn resume(mut self, grant: ::b2_proto::op::Grant) -> Self {
                self.settings.set_grant(grant);
                self
            }

            /// Starts from a login that is kept somewhere, and keeps there what is learnt. Sets
            /// key, realm and store, and takes a [login of before](Self::resume) back.
            pub fn login(mut self, login: $crate::account::Login) -> Self {
                self.settings.set_login(login);
                self
            }

            /// Keeps the login and bucket names in this store; in memory unless set.
            ///
            /// With [`credentials`](Self::credentials) the first login is saved in a store that is
            /// empty, and takes the place of an older login of the same key. Where another login is
            /// kept it stays, and nothing of this client is:
            /// [`clear`](::b2_local::account::AccountStore::clear) the store before. To start from
            /// what a store has, use [`Client::from_store`].
            pub fn store(
                mut self,
                store: ::std::sync::Arc<dyn $crate::account::AccountStore>,
            ) -> Self {
                self.settings.store = Some(store);
                self
            }

            /// Where to log in: `production` (the default), `staging`, `dev`, or a URL. A login
            /// that was set before, [kept](Self::login) or [of before](Self::resume), is another
            /// realm's, and forgotten.
            pub fn realm(mut self, realm: impl Into<String>) -> Self {
                self.settings.set_realm(realm.into());
                self
            }

            /// The folder of the lock files by which uploads claim the large files they send parts
            /// of, so that no two processes continue the same one, and syncs their destinations;
            /// `b2/claims` in the user's folder for state unless set.
            pub fn lock_files_in(mut self, folder: impl Into<::std::path::PathBuf>) -> Self {
                self.settings.claims = Some($crate::claims::Claims::in_folder(folder));
                self
            }

            /// Claims large files and destinations of syncs within this client only, without lock
            /// files, so that it writes nothing to the disk but what downloads and syncs are to
            /// write, and a store that was chosen. Another client may then continue the same large
            /// file, and one of both uploads fails.
            pub fn no_lock_files(mut self) -> Self {
                self.settings.claims = Some($crate::claims::Claims::in_memory());
                self
            }

            /// Most requests at the same time, for all jobs together, and with that most
            /// connections in use, as each has one request at a time; 16 unless set, at least 1.
            pub const fn connections(mut self, count: usize) -> Self {
                self.settings.connections = count;
                self
            }

            /// Most parts or ranges of one job at the same time; 8 unless set, between 1 and 64.
            pub const fn lanes(mut self, count: u16) -> Self {
                self.settings.lanes = count;
                self
            }

            /// Most bytes that all uploads together keep in memory, of sources that can be read
            /// only once; 64 MiB unless set. Such an upload has shorter parts or fewer lanes if
            /// they would need more, waits while others have what it needs at least (two of its
            /// shortest parts where its length is not known, else one part), and is refused
            /// before it is read when that is more than there is in all.
            pub const fn buffer_bytes(mut self, bytes: u64) -> Self {
                self.settings.buffers = bytes;
                self
            }

            /// Most bytes of payload sent in a second, by all requests together. What one tenth
            /// of a second gives may pass at once, and at least 64 KiB. It can be
            /// [changed](Client::set_bandwidth_up) later.
            pub const fn bandwidth_up(mut self, bytes_per_second: u64) -> Self {
                self.settings.bandwidth_up = Some(bytes_per_second);
                self
            }

            /// Most bytes of files received in a second, by all requests together, as
            /// [`bandwidth_up`](Self::bandwidth_up).
            pub const fn bandwidth_down(mut self, bytes_per_second: u64) -> Self {
                self.settings.bandwidth_down = Some(bytes_per_second);
                self
            }

            /// How much this client may ask of the service over its life. A job that would pass
            /// it ends with an error of kind [`Limit`](::b2_proto::error::ErrorKind::Limit).
            pub const fn budget(mut self, budget: ::b2_proto::policy::meter::Budget) -> Self {
                self.settings.budget = Some(budget);
                self
            }

            /// The program's own name and version, appended to this client's in the user agent.
            pub fn user_agent(mut self, application: impl Into<String>) -> Self {
                self.settings.application = Some(application.into());
                self
            }

            /// Sends all requests through this proxy; otherwise the proxy variables of the
            /// environment are respected, but for a realm on this machine, which no proxy could
            /// reach. Beside [`no_proxy`](Self::no_proxy) it is refused.
            pub fn proxy(mut self, url: impl Into<String>) -> Self {
                self.settings.proxy = Some(url.into());
                self
            }

            /// Uses no proxy, whatever the environment says.
            pub const fn no_proxy(mut self) -> Self {
                self.settings.no_proxy = true;
                self
            }

            /// Asks for the addresses of hosts, the service's and a proxy's, in the caller's way in
            /// place of the system's. It is refused where connections are the caller's own.
            pub fn resolver(mut self, resolver: $crate::exchange::Resolver) -> Self {
                self.settings.resolver = Some(resolver);
                self
            }

            /// Trusts these certificates too, in PEM.
            pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
                self.settings.ca_pem.push(pem.into());
                self
            }

            /// Longest wait for a new connection, with the name's addresses, TLS and a proxy; 46
            /// seconds unless set, and a day at most.
            pub const fn connect_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                let timeout = $crate::face::at_most(timeout, $crate::face::TIMEOUT_MAX);
                self.settings.connect_timeout = timeout;
                self
            }

            /// How long an unused connection is kept; 20 seconds unless set, which is less than
            /// the service keeps it. A driver may keep fewer connections than it had at once, and
            /// none for longer than an hour.
            pub const fn idle_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                let timeout = $crate::face::at_most(timeout, $crate::exchange::idle::AGE_MAX);
                self.settings.idle_timeout = Some(timeout);
                self
            }

            /// Longest silence of a peer in the middle of a request; each operation has its own
            /// bound, and the shorter one counts. The time that a source or a sink takes is no
            /// silence: both are waited for until the job is given up.
            pub const fn silence_timeout(mut self, timeout: ::core::time::Duration) -> Self {
                let timeout = $crate::face::at_most(timeout, $crate::face::TIMEOUT_MAX);
                self.settings.silence_timeout = Some(timeout);
                self
            }

            /// How often and when requests are repeated; the defaults are those of
            /// [`RetryPolicy`](::b2_proto::policy::retry::RetryPolicy), in milliseconds.
            pub const fn retry_policy(
                mut self,
                policy: ::b2_proto::policy::retry::RetryPolicy,
            ) -> Self {
                self.settings.policy = policy;
                self
            }

            /// Asks the service to misbehave in one of its test modes: `fail_some_uploads`,
            /// `expire_some_account_authorization_tokens` or `force_cap_exceeded`.
            pub const fn test_mode(mut self, mode: &'static str) -> Self {
                self.settings.test_mode = Some(mode);
                self
            }

            /// Whether work ends with an error when this machine's clock and the service's differ
            /// by more than ten minutes; it does unless this is switched off.
            pub const fn check_clock(mut self, checks: bool) -> Self {
                self.settings.checks_clock = checks;
                self
            }

            /// Somebody to tell about each request, for logs, metrics and traces. The request
            /// waits meanwhile.
            pub fn observer(mut self, observer: impl $crate::hub::Observer + 'static) -> Self {
                self.settings.observer = Some(::std::sync::Arc::new(observer));
                self
            }
        }
    };
}
