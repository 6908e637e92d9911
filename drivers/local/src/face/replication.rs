//! Replication of a bucket: what is asked and changed is said by the core, step by step.

/// Writes the methods of a driver's `Bucket` about replication; part of
/// [`bucket_face!`](crate::bucket_face).
#[doc(hidden)]
#[macro_export]
macro_rules! replication_face {
    ($($async:ident $await:ident)?) => {
        impl Bucket {
            /// Lets the service copy new versions of this bucket to `destination`, which may be of
            /// another account: makes the keys it takes, unless there are some that do, and adds a
            /// rule, which it gives. When it fails half way, keys may be left that are not used,
            /// and no rule.
            ///
            /// # Errors
            /// [`Unauthorized`](ErrorKind::Unauthorized) when a key may not see or change
            /// replication, [`Conflict`](ErrorKind::Conflict) when somebody else changed a bucket
            /// meanwhile, and [those](ErrorKind) of the operations.
            pub $($async)? fn replicate_to(
                &mut self,
                destination: &mut Self,
                options: replication::Options,
            ) -> Result<ReplicationRule, Error> {
                use replication::{Side, Step};
                let to = destination.refresh()$(.$await)??;
                let mut setup = replication::SetUp::new(self.refresh()$(.$await)??, to, options)?;
                loop {
                    match setup.step() {
                        Step::LookUp(Side::Source, id) => {
                            setup.found(self.client.key(id.as_str())$(.$await)??.as_ref());
                        }
                        Step::LookUp(Side::Destination, id) => {
                            setup.found(destination.client.key(id.as_str())$(.$await)??.as_ref());
                        }
                        Step::Create(Side::Source, key) => {
                            setup.created(&self.client.create_key(*key)$(.$await)??.key);
                        }
                        Step::Create(Side::Destination, key) => {
                            setup.created(&destination.client.create_key(*key)$(.$await)??.key);
                        }
                        Step::Update(Side::Source, update) => {
                            self.update(*update)$(.$await)??;
                            setup.updated();
                        }
                        Step::Update(Side::Destination, update) => {
                            destination.update(*update)$(.$await)??;
                            setup.updated();
                        }
                        Step::Done(rule) => return Ok(rule),
                    }
                }
            }

            /// Lets a replication rule work or rest, and says whether it did the other before.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound) when there is no such rule, and those of
            /// [`replicate_to`](Self::replicate_to).
            pub $($async)? fn switch_replication_rule(
                &mut self,
                name: &str,
                enabled: bool,
            ) -> Result<bool, Error> {
                let now = self.refresh()$(.$await)??;
                let Some(update) = replication::switched(now, name, enabled)? else {
                    return Ok(false);
                };
                self.update(update)$(.$await)??;
                Ok(true)
            }

            /// Takes a replication rule away. What was copied stays.
            ///
            /// # Errors
            /// As of [`switch_replication_rule`](Self::switch_replication_rule).
            pub $($async)? fn delete_replication_rule(&mut self, name: &str) -> Result<(), Error> {
                let update = replication::without(self.refresh()$(.$await)??, name)?;
                self.update(update)$(.$await)??;
                Ok(())
            }

            /// How far the service is with a rule: counts the newest versions of the names it is
            /// for by what is known about them; beside those of the destination, if that is given.
            /// It lists everything on both sides.
            ///
            /// # Errors
            /// Those of the listings.
            pub $($async)? fn replication_report(
                &self,
                rule: &ReplicationRule,
                destination: Option<&Self>,
            ) -> Result<replication::Report, Error> {
                use replication::{Pairing, Turn};
                let rows = |bucket: &Self| {
                    let prefix = rule.file_name_prefix.as_str();
                    bucket.list_versions(bucket.versions_options().prefix(prefix))
                };
                let mut here = rows(self);
                let mut there = destination.map(rows);
                let mut pairing =
                    if there.is_some() { Pairing::new() } else { Pairing::of_source() };
                let mut report = replication::Report::default();
                loop {
                    match pairing.turn() {
                        Turn::NeedSource => pairing.source(here.try_next()$(.$await)??)?,
                        Turn::NeedDestination => {
                            let row = match &mut there {
                                Some(rows) => rows.try_next()$(.$await)??,
                                None => None,
                            };
                            pairing.destination(row)?;
                        }
                        Turn::Pair(source, destination) => {
                            report.add(source.as_deref(), destination.as_deref());
                        }
                        Turn::Done => return Ok(report),
                    }
                }
            }
        }
    };
}
