//! What a key must be allowed to do for a job, and whether it is.
//!
//! A login tells what its key may do, so a job that cannot succeed ends before its first request,
//! with an error that names what is missing. Only what every such request needs is asked for: a
//! download needs `readFiles` in private buckets alone, and to list files only helps (an upload
//! without it does not settle lost answers).

#[cfg(feature = "alloc")]
use crate::error::{Error, ErrorKind};
#[cfg(feature = "alloc")]
use crate::model::{Allowed, Capability};
use crate::op::file_spec::FileSpec;

/// Most capabilities one job needs.
const CAPABILITIES_MAX: usize = 4;

/// What a key must be allowed to do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs<'a> {
    capabilities: heapless::Vec<&'static str, CAPABILITIES_MAX>,
    /// In this bucket.
    bucket_id: Option<&'a str>,
    /// With a file of this name.
    file_name: Option<&'a str>,
}

impl<'a> Needs<'a> {
    /// One capability; none if its name is empty.
    pub fn of(capability: &'static str) -> Self {
        Self::default().with(capability, !capability.is_empty())
    }

    /// One more capability, if `is_needed`.
    #[must_use]
    pub fn with(mut self, capability: &'static str, is_needed: bool) -> Self {
        if is_needed {
            // No request has more options that need one.
            let _ = self.capabilities.push(capability);
        }
        self
    }

    /// In the bucket with this ID.
    #[must_use]
    pub const fn in_bucket(mut self, id: &'a str) -> Self {
        self.bucket_id = Some(id);
        self
    }

    /// With a file of this name.
    #[must_use]
    pub const fn for_name(mut self, name: &'a str) -> Self {
        self.file_name = Some(name);
        self
    }

    /// What it takes to upload a file like this, in one request or in parts.
    pub fn of_new_file(file: &FileSpec<'a>) -> Self {
        Self::of(crate::op::upload_file::SPEC.capability)
            .with("writeFileRetentions", file.retention.is_some())
            .with("writeFileLegalHolds", file.legal_hold.is_some())
            .in_bucket(file.bucket_id)
            .for_name(file.name)
    }

    /// Whether a key may do that, by what its login told.
    ///
    /// # Errors
    /// [`Unauthorized`](ErrorKind::Unauthorized) with what is missing.
    #[cfg(feature = "alloc")]
    pub fn check(&self, allowed: &Allowed) -> Result<(), Error> {
        let refused = |why| Err(Error::with_message(ErrorKind::Unauthorized, why));
        let has =
            |wanted: &&&str| allowed.capabilities.iter().any(|each| each.as_str() == **wanted);
        if let Some(missing) = self.capabilities.iter().find(|each| !has(each)) {
            return refused(format_args!("the key lacks the capability {missing}"));
        }
        if self.bucket_id.is_some_and(|id| !allowed.permits_bucket(&id.into())) {
            return refused(format_args!("the key is restricted to other buckets"));
        }
        let prefix = allowed.name_prefix.as_deref().unwrap_or_default();
        if self.file_name.is_some_and(|name| !name.starts_with(prefix)) {
            let prefix = crate::name::Hexed(prefix);
            return refused(format_args!("the key is restricted to names like \"{prefix}…\""));
        }
        Ok(())
    }

    /// The capabilities, by name.
    #[cfg(feature = "alloc")]
    pub fn capabilities(&self) -> impl Iterator<Item = Capability> + '_ {
        self.capabilities.iter().map(|name| Capability::from(*name))
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::model::AllowedBucket;
    use alloc::string::ToString as _;
    use alloc::vec;
    use alloc::vec::Vec;

    fn check(needs: &Needs<'_>, allowed: &Allowed) -> alloc::string::String {
        match needs.check(allowed) {
            Ok(()) => "fine".into(),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unauthorized);
                error.message.to_string()
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut allowed = Allowed::everywhere(vec![Capability::ReadFiles]);
        let mut file = FileSpec::new("8d62", "photos/a");
        let upload = Needs::of_new_file(&file);
        assert!(check(&upload, &allowed).ends_with("capability writeFiles"));
        allowed.capabilities.push(Capability::WriteFiles);
        assert_eq!(check(&upload, &allowed), "fine");
        file.legal_hold = Some(false);
        let locked = Needs::of_new_file(&file);
        assert!(check(&locked, &allowed).ends_with("capability writeFileLegalHolds"));
        let wanted: Vec<_> = locked.capabilities().collect();
        assert_eq!(wanted, [Capability::WriteFiles, Capability::WriteFileLegalHolds]);
    }

    #[test]
    fn restrictions_to_buckets_and_names_count() {
        let mut allowed = Allowed::everywhere(vec![Capability::WriteFiles]);
        let needs = Needs::of("writeFiles").in_bucket("8d62").for_name("photos/a");
        allowed.buckets = Some(vec![AllowedBucket::new("8d63", None)]);
        assert!(check(&needs, &allowed).contains("other buckets"));
        allowed.buckets = Some(vec![AllowedBucket::new("8d62", None)]);
        assert_eq!(check(&needs, &allowed), "fine");
        allowed.name_prefix = Some("films/".into());
        assert!(check(&needs, &allowed).contains("\"films/…\""));
        allowed.name_prefix = Some("photos/".into());
        assert_eq!(check(&needs, &allowed), "fine");
        assert_eq!(check(&Needs::of(""), &Allowed::everywhere(vec![])), "fine");
    }
}
