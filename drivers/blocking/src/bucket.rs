//! A bucket and what is done in it.

use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::download::DownloadBuilder;
use crate::listing::Listing;
use crate::source::Source;
use crate::upload::UploadBuilder;

b2_local::bucket_face!();
