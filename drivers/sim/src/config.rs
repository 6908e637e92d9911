//! What a simulated service is told before it starts.

use b2_proto::limits;

/// Settings of one service. `Config::default()` is an account as new customers have it, but
/// without default encryption.
#[derive(Clone)]
pub struct Config {
    /// All identifiers, tokens and random choices follow from this number.
    pub seed: u64,
    /// Key ID of the master key; derived from the seed when absent.
    pub key_id: Option<String>,
    /// The master key; derived from the seed when absent.
    pub key: Option<String>,
    /// Where clients reach the service, without a trailing slash. When absent, answers use
    /// the scheme and the request's `Host`.
    pub public_url: Option<String>,
    /// Whether that scheme is `https` rather than `http`; a server with TLS sets it.
    pub https: bool,
    /// Shortest part but the last, checked at finish; bytes.
    pub part_len_min: u64,
    /// Part size recommended to clients; bytes.
    pub part_len_recommended: u64,
    /// Longest file of one upload or copy; bytes.
    pub single_len_max: u64,
    /// How many hidden names a page of `b2_list_file_names` passes over, at least 1; after that
    /// it ends, perhaps without a row, and says how to go on. Absent means all.
    pub hidden_per_page: Option<usize>,
    /// Whether new buckets encrypt with SSE-B2 unless told otherwise.
    pub default_sse_b2: bool,
    /// Whether received bytes are hashed. When not, the digest the client sent is believed.
    pub verify: bool,
    /// Whether MD5 is computed as well; without it `contentMd5` is null.
    pub md5: bool,
    /// Whether uploads may carry their own timestamp.
    pub custom_timestamps: bool,
    /// Life of account tokens and of upload URLs, in milliseconds.
    pub token_life_ms: u64,
    /// What the account may use.
    pub caps: Caps,
}

impl core::fmt::Debug for Config {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The key is a secret, and the seed gives it away.
        f.debug_struct("Config")
            .field("key_id", &self.key_id)
            .field("part_len_min", &self.part_len_min)
            .field("part_len_recommended", &self.part_len_recommended)
            .field("caps", &self.caps)
            .finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            key_id: None,
            key: None,
            public_url: None,
            https: false,
            part_len_min: limits::PART_LEN_MIN,
            part_len_recommended: limits::PART_LEN_RECOMMENDED,
            single_len_max: limits::SINGLE_UPLOAD_LEN_MAX,
            hidden_per_page: None,
            default_sse_b2: false,
            verify: true,
            md5: false,
            custom_timestamps: false,
            token_life_ms: limits::ACCOUNT_TOKEN_LIFE_MS_MAX,
            caps: Caps::default(),
        }
    }
}

impl Config {
    /// The same service with tiny parts: at least 100 bytes, 200 recommended.
    #[must_use]
    pub fn with_small_limits(mut self) -> Self {
        self.part_len_min = 100;
        self.part_len_recommended = 200;
        self
    }
}

/// Caps of the account (spec section 5.2, status 403). Absent means unlimited; days are UTC days.
#[derive(Debug, Clone, Default)]
pub struct Caps {
    /// Bytes stored at one time.
    pub storage_bytes: Option<u64>,
    /// Bytes downloaded in a day.
    pub download_bytes_per_day: Option<u64>,
    /// Class B transactions in a day.
    pub class_b_per_day: Option<u64>,
    /// Class C transactions in a day.
    pub class_c_per_day: Option<u64>,
}
