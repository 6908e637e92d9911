//! Setting replication up, step by step: keys first, then the destination, and the source last, so
//! that no rule names a key that is not accepted yet.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::rules;
use crate::error::Error;
use crate::model::{
    Bucket, Capability, Key, KeyId, ReplicationConfiguration, ReplicationDestination,
    ReplicationRule,
};
use crate::op::{CreateKey, UpdateBucket};

/// Characters of a bucket's name that the name of its key has.
const KEY_NAME_LEN_MAX: usize = 91;

/// What a rule is to be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Its name; that of the destination bucket, with a number if need be, when not given.
    pub name: Option<String>,
    /// Its priority; above all others when not given.
    pub priority: Option<u32>,
    /// Only files whose names begin so; all when empty.
    pub prefix: String,
    /// Also for versions that are there already.
    pub include_existing_files: bool,
}

/// One of the two buckets, and the account it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Where files come from.
    Source,
    /// Where they go.
    Destination,
}

/// What is to be done next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// Look a key up, and tell with [`found`](SetUp::found).
    LookUp(Side, KeyId),
    /// Make a key, and tell with [`created`](SetUp::created).
    Create(Side, Box<CreateKey>),
    /// Change the bucket, and tell with [`updated`](SetUp::updated).
    Update(Side, Box<UpdateBucket>),
    /// Nothing: the rule is there.
    Done(ReplicationRule),
}

/// Sets replication up from one bucket to another. Keys that do are used again.
#[derive(Clone, Debug)]
pub struct SetUp {
    source: Bucket,
    destination: Bucket,
    source_configuration: ReplicationConfiguration,
    destination_configuration: ReplicationConfiguration,
    rule: ReplicationRule,
    /// Keys of the side at work that are not looked up yet, the next one last.
    candidates: Vec<KeyId>,
    source_key: Option<KeyId>,
    destination_key: Option<KeyId>,
    is_destination_done: bool,
    is_done: bool,
}

impl SetUp {
    /// A plan for two buckets as the service tells of them.
    ///
    /// # Errors
    /// [`Unauthorized`](crate::error::ErrorKind::Unauthorized) when a key may not see the
    /// replication of a bucket.
    pub fn new(source: &Bucket, destination: &Bucket, options: Options) -> Result<Self, Error> {
        let source_configuration = rules::configuration(source)?;
        let present = source_configuration.as_replication_source.as_ref();
        let present_rules = present.map(|it| it.replication_rules.as_slice()).unwrap_or_default();
        let rule = rules::next_rule(present_rules, destination, options);
        let candidates = present.map(|it| it.source_application_key_id.clone());
        Ok(Self {
            candidates: candidates.into_iter().collect(),
            destination_configuration: rules::configuration(destination)?,
            source: source.clone(),
            destination: destination.clone(),
            source_configuration,
            rule,
            source_key: None,
            destination_key: None,
            is_destination_done: false,
            is_done: false,
        })
    }

    /// What is to be done next; the same until it is told to be done.
    pub fn step(&self) -> Step {
        let side = self.side();
        if let (None, Some(id)) = (self.key(), self.candidates.last()) {
            return Step::LookUp(side, id.clone());
        }
        let (Some(source), Some(destination)) = (&self.source_key, &self.destination_key) else {
            return Step::Create(side, Box::new(self.new_key()));
        };
        if !self.is_destination_done {
            Step::Update(Side::Destination, Box::new(self.change_destination(source, destination)))
        } else if !self.is_done {
            let configuration = self.source_configuration.clone();
            let rule = self.rule.clone();
            let update = rules::with_rule(&self.source, configuration, source, rule);
            Step::Update(Side::Source, Box::new(update))
        } else {
            Step::Done(self.rule.clone())
        }
    }

    /// What a key that was looked up is; `None` when there is none of that ID any more.
    pub fn found(&mut self, key: Option<&Key>) {
        self.candidates.pop();
        let wanted = self.capabilities();
        let bucket = &self.bucket().bucket_id;
        let does = |key: &&Key| {
            key.name_prefix.as_deref().unwrap_or_default().is_empty()
                && key.bucket_ids.as_ref().is_none_or(|ids| ids.contains(bucket))
                && wanted.iter().all(|it| key.capabilities.contains(it))
        };
        if let Some(key) = key.filter(does) {
            self.has_key(key.application_key_id.clone());
        }
    }

    /// The key that was made.
    pub fn created(&mut self, key: &Key) {
        self.has_key(key.application_key_id.clone());
    }

    /// The bucket is changed.
    pub const fn updated(&mut self) {
        self.is_done = self.is_destination_done;
        self.is_destination_done = true;
    }

    /// Whose key is looked for.
    const fn side(&self) -> Side {
        if self.source_key.is_none() { Side::Source } else { Side::Destination }
    }

    const fn bucket(&self) -> &Bucket {
        match self.side() {
            Side::Source => &self.source,
            Side::Destination => &self.destination,
        }
    }

    /// The key of the side at work.
    const fn key(&self) -> Option<&KeyId> {
        match self.side() {
            Side::Source => self.source_key.as_ref(),
            Side::Destination => self.destination_key.as_ref(),
        }
    }

    fn has_key(&mut self, id: KeyId) {
        match self.side() {
            Side::Source => {
                self.source_key = Some(id);
                // The last of them that will do is taken, so they are looked up from the end.
                let before = self.destination_configuration.as_replication_destination.as_ref();
                let keys = before.map(|it| it.source_to_destination_key_mapping.values().cloned());
                self.candidates = keys.into_iter().flatten().collect();
                self.candidates.dedup();
            }
            Side::Destination => self.destination_key = Some(id),
        }
    }

    fn capabilities(&self) -> Vec<Capability> {
        match self.side() {
            Side::Source => [
                Capability::ReadFiles,
                Capability::ReadFileLegalHolds,
                Capability::ReadFileRetentions,
            ]
            .into(),
            Side::Destination => [
                Capability::WriteFiles,
                Capability::WriteFileLegalHolds,
                Capability::WriteFileRetentions,
                Capability::DeleteFiles,
            ]
            .into(),
        }
    }

    /// A key for a whole bucket: a rule may come to have another prefix.
    fn new_key(&self) -> CreateKey {
        let kind = match self.side() {
            Side::Source => "replisrc",
            Side::Destination => "replidst",
        };
        let bucket = self.bucket();
        let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let start: String =
            bucket.bucket_name.chars().map(allowed).take(KEY_NAME_LEN_MAX).collect();
        CreateKey::new(format!("{start}-{kind}"), self.capabilities())
            .bucket(bucket.bucket_id.clone())
    }

    fn change_destination(&self, source: &KeyId, destination: &KeyId) -> UpdateBucket {
        let mut configuration = self.destination_configuration.clone();
        let before: Option<ReplicationDestination> =
            configuration.as_replication_destination.take();
        let keys = before.unwrap_or_default().map_key(source.clone(), destination.clone());
        rules::update(&self.destination, configuration.destination(keys))
    }
}

#[cfg(test)]
mod tests;
