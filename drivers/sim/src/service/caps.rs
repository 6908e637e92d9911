//! Capabilities of application keys (spec section 2.5).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! capabilities {
    ($( $variant:ident $name:literal $scoped:literal )*) => {
        /// One capability.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Cap { $( $variant, )* }

        const TABLE: &[(Cap, &str, bool)] = &[ $( (Cap::$variant, $name, $scoped), )* ];
    };
}

// Name on the wire; whether a key restricted to buckets may have it.
capabilities! {
    ListKeys "listKeys" false
    WriteKeys "writeKeys" false
    DeleteKeys "deleteKeys" false
    ListBuckets "listBuckets" true
    ListAllBucketNames "listAllBucketNames" true
    ReadBuckets "readBuckets" true
    WriteBuckets "writeBuckets" false
    DeleteBuckets "deleteBuckets" false
    ReadBucketRetentions "readBucketRetentions" true
    WriteBucketRetentions "writeBucketRetentions" true
    ReadBucketEncryption "readBucketEncryption" true
    WriteBucketEncryption "writeBucketEncryption" true
    ReadBucketReplications "readBucketReplications" true
    WriteBucketReplications "writeBucketReplications" true
    ReadBucketNotifications "readBucketNotifications" true
    WriteBucketNotifications "writeBucketNotifications" true
    ReadBucketLogging "readBucketLogging" true
    WriteBucketLogging "writeBucketLogging" true
    ReadBucketLifecycleRules "readBucketLifecycleRules" true
    WriteBucketLifecycleRules "writeBucketLifecycleRules" true
    ListFiles "listFiles" true
    ReadFiles "readFiles" true
    ShareFiles "shareFiles" true
    WriteFiles "writeFiles" true
    DeleteFiles "deleteFiles" true
    ReadFileLegalHolds "readFileLegalHolds" true
    WriteFileLegalHolds "writeFileLegalHolds" true
    ReadFileRetentions "readFileRetentions" true
    WriteFileRetentions "writeFileRetentions" true
    BypassGovernance "bypassGovernance" true
}

impl Cap {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    pub(crate) fn allowed_on_bucket_key(self) -> bool {
        TABLE[self as usize].2
    }
}

/// A set of capabilities; written down as their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CapSet(u64);

impl CapSet {
    pub(crate) fn all() -> Self {
        TABLE.iter().fold(Self::default(), |set, row| set.with(row.0))
    }

    pub(crate) fn with(self, cap: Cap) -> Self {
        Self(self.0 | (1 << cap as u64))
    }

    pub(crate) fn has(self, cap: Cap) -> bool {
        self.0 & (1 << cap as u64) != 0
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(move |row| self.has(row.0)).map(|row| row.1)
    }
}

impl Serialize for CapSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for CapSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().try_fold(Self::default(), |set, name| {
            Cap::parse(name)
                .map(|cap| set.with(cap))
                .ok_or_else(|| D::Error::custom("unknown capability"))
        })
    }
}
