//! Which bucket has which name, as far as it is known without asking (behaviour g.4).
//!
//! A name is looked up with [`BucketNames::find`] before the service is asked, and every answer
//! about buckets is a [`NameChange`]. Nothing is kept here: who holds the names, and whether they
//! outlive the program, is the caller's matter.
//!
//! ```
//! use b2_proto::bucket_names::{BucketNames, NameChange};
//! use b2_proto::model::{Allowed, Bucket, BucketType, Capability};
//! use b2_proto::op::ListBuckets;
//!
//! let allowed = Allowed::everywhere(vec![Capability::ListBuckets]);
//! let mut names = BucketNames::default();
//! assert_eq!(names.find("photos", &allowed)?, None);
//!
//! let asked = ListBuckets::default().name("photos");
//! let answer = [Bucket::new("a1", "8d62", "photos", BucketType::AllPrivate)];
//! names.apply(&NameChange::listed(&asked, &answer));
//! assert_eq!(names.find("photos", &allowed)?, Some("8d62".into()));
//! # Ok::<(), b2_proto::error::Error>(())
//! ```
//!
//! A key that is restricted to buckets knows them from its login, so it never asks; another name
//! is refused without a call.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::error::{ApiCode, Error, ErrorKind};
use crate::model::{Allowed, AllowedBucket, Bucket, BucketId};
use crate::op::ListBuckets;

/// Names of buckets and the IDs they belong to; each name and each ID at most once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BucketNames {
    ids: BTreeMap<String, BucketId>,
}

/// What was learnt about names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NameChange {
    /// These are all there are.
    Replace(Vec<(String, BucketId)>),
    /// These are so; what was known of the same names and the same IDs is no longer true.
    Save(Vec<(String, BucketId)>),
    /// No bucket has this name.
    ForgetName(String),
    /// There is no bucket with this ID.
    ForgetId(BucketId),
}

impl BucketNames {
    /// The ID of the bucket with this name, spelt exactly so. `None`: the service has to be asked.
    ///
    /// # Errors
    /// [`Unauthorized`](ErrorKind::Unauthorized) when the key is restricted to other buckets.
    pub fn find(&self, name: &str, allowed: &Allowed) -> Result<Option<BucketId>, Error> {
        let Some(list) = &allowed.buckets else { return Ok(self.id(name).cloned()) };
        let mut named = list.iter().filter(|bucket| bucket.name.as_deref() == Some(name));
        named.next().map(|bucket| Some(bucket.id.clone())).ok_or_else(|| restricted(list))
    }

    /// The name of the bucket with this ID. `None`: the service has to be asked.
    ///
    /// # Errors
    /// [`Unauthorized`](ErrorKind::Unauthorized) when the key is restricted to other buckets.
    pub fn find_name(&self, id: &BucketId, allowed: &Allowed) -> Result<Option<String>, Error> {
        let Some(list) = &allowed.buckets else { return Ok(self.name(id).map(str::to_owned)) };
        let mut same = list.iter().filter(|bucket| bucket.id == *id);
        same.next().map(|bucket| bucket.name.clone()).ok_or_else(|| restricted(list))
    }

    /// The ID that is known for a name.
    pub fn id(&self, name: &str) -> Option<&BucketId> {
        self.ids.get(name)
    }

    /// The name that is known for an ID.
    pub fn name(&self, id: &BucketId) -> Option<&str> {
        self.iter().find(|(_, each)| *each == id).map(|(name, _)| name)
    }

    /// All that is known, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BucketId)> {
        self.ids.iter().map(|(name, id)| (name.as_str(), id))
    }

    /// Takes in what was learnt.
    pub fn apply(&mut self, change: &NameChange) {
        match change {
            NameChange::Replace(all) => {
                self.ids.clear();
                self.save(all);
            }
            NameChange::Save(some) => self.save(some),
            NameChange::ForgetName(name) => {
                self.ids.remove(name);
            }
            NameChange::ForgetId(id) => self.ids.retain(|_, each| each != id),
        }
    }

    fn save(&mut self, pairs: &[(String, BucketId)]) {
        for (name, id) in pairs {
            self.ids.retain(|_, each| each != id);
            self.ids.insert(name.clone(), id.clone());
        }
    }
}

/// Of several pairs with one name or one ID the first counts.
impl FromIterator<(String, BucketId)> for BucketNames {
    fn from_iter<I: IntoIterator<Item = (String, BucketId)>>(pairs: I) -> Self {
        let mut names = Self::default();
        for (name, id) in pairs {
            if names.name(&id).is_none() {
                names.ids.entry(name).or_insert(id);
            }
        }
        names
    }
}

impl NameChange {
    /// A new login: nothing of an earlier one is true for sure, and a restricted key names its
    /// buckets.
    pub fn login(allowed: &Allowed) -> Self {
        let listed = allowed.buckets.iter().flatten();
        let named = listed.filter_map(|bucket| Some((bucket.name.clone()?, bucket.id.clone())));
        Self::Replace(named.collect())
    }

    /// What a listing answered. Only one of the whole account replaces everything.
    pub fn listed(asked: &ListBuckets, answer: &[Bucket]) -> Self {
        let pairs: Vec<_> = answer.iter().map(pair).collect();
        match (&asked.bucket_id, &asked.bucket_name) {
            (None, None) if asked.is_of_all_types() => Self::Replace(pairs),
            (Some(id), _) if pairs.is_empty() => Self::ForgetId(id.clone()),
            (None, Some(name)) if pairs.is_empty() => Self::ForgetName(name.clone()),
            _ => Self::Save(pairs),
        }
    }

    /// A bucket as the service tells of it when it was created or changed.
    pub fn bucket(bucket: &Bucket) -> Self {
        Self::Save(Vec::from([pair(bucket)]))
    }

    /// A bucket that was deleted.
    pub fn deleted(id: impl Into<BucketId>) -> Self {
        Self::ForgetId(id.into())
    }

    /// A failed call to the bucket `id`: when the service knows no such bucket, its name may belong
    /// to another one by now.
    pub fn failed(error: &Error, id: &BucketId) -> Option<Self> {
        (error.code == ApiCode::BadBucketId).then(|| Self::ForgetId(id.clone()))
    }
}

fn pair(bucket: &Bucket) -> (String, BucketId) {
    (bucket.bucket_name.clone(), bucket.bucket_id.clone())
}

fn restricted(list: &[AllowedBucket]) -> Error {
    let names = fmt::from_fn(|f| {
        let names = list.iter().filter_map(|bucket| bucket.name.as_deref());
        names.enumerate().try_for_each(|(index, name)| {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}'{name}'")
        })
    });
    let kind = ErrorKind::Unauthorized;
    Error::with_message(kind, format_args!("the application key is restricted to buckets: {names}"))
}

#[cfg(test)]
mod tests;
