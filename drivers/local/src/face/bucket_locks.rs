//! What protects versions from being deleted, and what does not mind.

/// Writes the methods of a driver's `Bucket` about retention and legal holds; part of
/// [`bucket_face!`](crate::bucket_face).
#[doc(hidden)]
#[macro_export]
macro_rules! bucket_locks_face {
    ($($async:ident $await:ident)?) => {
        impl Bucket {
            /// Changes the retention of a stored version, as told by [`UpdateFileRetention::new`]:
            /// protects it for a time, or no longer with [`FileRetention::NONE`]. The bucket needs
            /// file lock; to shorten governance retention takes
            /// [`bypass_governance`](UpdateFileRetention::bypass_governance).
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation; [`AccessDenied`](ErrorKind::AccessDenied) when
            /// the present retention does not permit it.
            pub $($async)? fn update_retention(
                &self,
                update: UpdateFileRetention,
            ) -> Result<UpdatedRetention, Error> {
                self.client.run(update)$(.$await)?
            }

            /// Sets or lifts the legal hold of a stored version. The bucket needs file lock.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn set_legal_hold(
                &self,
                name: impl Into<String>,
                file_id: impl Into<FileId>,
                hold: LegalHold,
            ) -> Result<UpdatedLegalHold, Error> {
                self.client.run(UpdateFileLegalHold::new(name, file_id, hold))$(.$await)?
            }

            /// As [`unhide`](Self::unhide), although governance retention protects the marker.
            /// The key needs `bypassGovernance`.
            ///
            /// # Errors
            /// As of [`unhide`](Self::unhide).
            pub $($async)? fn unhide_bypassing_governance(
                &self,
                name: impl Into<String>,
            ) -> Result<DeletedFileVersion, Error> {
                self.perform(Unhide::new(self.id(), name).bypass_governance())$(.$await)?
            }

            /// Deletes one version of a file although governance retention protects it. The key
            /// needs `bypassGovernance`.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn delete_version_bypassing_governance(
                &self,
                name: impl Into<String>,
                file_id: impl Into<String>,
            ) -> Result<DeletedFileVersion, Error> {
                let delete = DeleteFileVersion::new(file_id.into(), name.into());
                self.client.run(delete.bypass_governance())$(.$await)?
            }
        }
    };
}
