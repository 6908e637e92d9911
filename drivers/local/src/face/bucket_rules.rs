//! Rules of a bucket that calls of their own read and write.

/// Writes the methods of a driver's `Bucket` about rules that are no part of its settings; part of
/// [`bucket_face!`](crate::bucket_face).
#[doc(hidden)]
#[macro_export]
macro_rules! bucket_rules_face {
    ($($async:ident $await:ident)?) => {
        impl Bucket {
            /// The rules that tell a web server what happens in the bucket, sorted by name.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn notification_rules(&self) -> Result<Vec<NotificationRule>, Error> {
                let get = GetBucketNotificationRules::new(self.id.clone());
                Ok(self.run(get)$(.$await)??.event_notification_rules)
            }

            /// Replaces all rules that tell a web server what happens in the bucket, and gives
            /// them as the service has them then. Rules as
            /// [`notification_rules`](Self::notification_rules) gave them can be passed back.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn set_notification_rules(
                &self,
                rules: impl IntoIterator<Item = NotificationRule>,
            ) -> Result<Vec<NotificationRule>, Error> {
                let set = SetBucketNotificationRules::new(self.id.clone(), rules);
                Ok(self.run(set)$(.$await)??.event_notification_rules)
            }
        }
    };
}
