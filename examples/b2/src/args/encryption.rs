//! Options about whose keys files are encrypted with.

use clap::Args;

/// How a new file is encrypted.
#[derive(Args, Debug)]
pub(crate) struct DestinationArgs {
    /// Encrypts the file: with the service's key, or with that of B2_DESTINATION_SSE_C_KEY_B64
    #[arg(long, value_name = "MODE", value_parser = ["SSE-B2", "SSE-C"])]
    pub(crate) destination_server_side_encryption: Option<String>,
    #[arg(long, value_parser = ["AES256"], default_value = "AES256", hide = true)]
    pub(crate) destination_server_side_encryption_algorithm: String,
}

/// How a stored file is encrypted.
#[derive(Args, Debug)]
pub(crate) struct SourceArgs {
    /// The file is encrypted with the key of B2_SOURCE_SSE_C_KEY_B64
    #[arg(long, value_name = "MODE", value_parser = ["SSE-C"])]
    pub(crate) source_server_side_encryption: Option<String>,
    #[arg(long, value_parser = ["AES256"], default_value = "AES256", hide = true)]
    pub(crate) source_server_side_encryption_algorithm: String,
}
