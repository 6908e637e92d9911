//! The Backblaze B2 protocol without I/O.
//!
//! This crate knows everything about talking to B2 and does none of it: it encodes requests,
//! parses replies, plans parts and ranges, decides what is repeated when and with which token, and
//! leaves sockets, files, clocks and entropy to a driver. The same code runs in a server under
//! tokio, in a tool with plain threads, and in firmware without a heap.
//!
//! An application takes a driver crate, which has a short method for everything; whoever brings
//! their own transport starts here.
//!
//! # Two tiers
//!
//! | tier | features | holds |
//! | --- | --- | --- |
//! | bare core | none: no heap | names, headers, limits, errors and their classification, retry policy, part and range arithmetic, login, upload in one request or in parts, continuing one, ranged download, hide, delete, cancel |
//! | `alloc` | the default | also all other operations, the models of all resources, listings, and the engine for many jobs |
//!
//! Features only add; nothing behaves otherwise with `alloc` than without.
//!
//! # Where to find what
//!
//! | to … | look at |
//! | --- | --- |
//! | write a driver | [`machine`]: the loop as a complete example, a driver's duties, the contract |
//! | make one request by hand | [`op`]: each call of the service is a value with `head`, `body` and `parse` |
//! | understand a failure | [`error`]: kinds by what the caller can do |
//! | know what is repeated and when | [`policy`] |
//! | cut a file into parts, a download into ranges | [`plan`] |
//! | find what a file has of an earlier version | `plan::blocks` (`alloc`) |
//! | plan a sync of two sides that are read in order | `plan::sync` (`alloc`) |
//! | check or print a file name | [`name`] |
//! | write file info | [`info`] |
//! | verify parts of a large file | `part_digests` (`alloc`) |
//! | send a request with another HTTP library | [`wire::head`] and [`wire::body`] |
//! | know a number the service sets | [`limits`] |
//! | look a bucket's name up without a call | `bucket_names` (`alloc`) |
//! | name the types of the JSON | `model` (`alloc`) |
//!
//! # One request by hand
//!
//! A login gives a [`Grant`](op::Grant); with it any operation is a request that can be sent in any
//! way. The machines add logins, waits and upload URLs to that.
//!
//! ```
//! use b2_proto::op::hide_file::HideFile;
//! use b2_proto::op::receipt::FileRef;
//! use b2_proto::op::{Operation as _, authorize_account};
//! use b2_proto::wire::reply::Reply;
//!
//! let login = br#"{"accountId":"a1","authorizationToken":"4_token","apiInfo":{"storageApi":{
//!     "apiUrl":"https://api000.backblazeb2.com","downloadUrl":"https://f000.backblazeb2.com",
//!     "recommendedPartSize":100000000,"absoluteMinimumPartSize":5000000}}}"#;
//! let grant = authorize_account::parse(login)?;
//!
//! let hide = HideFile::<_, FileRef>::new("8d625eb63be2775577c70e1a", "old.txt");
//! hide.check()?;
//! let url = hide.head(&grant).target.to_string();
//! assert_eq!(url, "https://api000.backblazeb2.com/b2api/v4/b2_hide_file");
//!
//! let headers: [(&str, &str); 0] = [];
//! let body = br#"{"fileId":"4_z8d625eb6","action":"hide","uploadTimestamp":1767225600000}"#;
//! let hidden = hide.parse(&Reply { status: 200, headers: &headers, body })?;
//! assert_eq!(hidden.file_id.as_str(), "4_z8d625eb6");
//! # Ok::<(), b2_proto::error::Error>(())
//! ```
//!
//! # What is absent
//!
//! - No I/O, no threads, no runtime, no clock, no randomness, no environment: time and a seed are
//!   arguments.
//! - No payload bytes: a request says where its body is, an answer where its own goes, and digests
//!   come back.
//! - No `unsafe`, no global state.
//! - No S3 API, and no version of the native API before v4 in what is sent.
//! - No secrets in any text: keys, tokens and upload URLs are in no `Debug`, `Display` or error.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "alloc")]
pub mod bucket_names;
pub mod error;
pub mod id;
pub mod info;
pub mod limits;
pub mod machine;
#[cfg(feature = "alloc")]
pub mod model;
pub mod name;
pub mod op;
#[cfg(feature = "alloc")]
pub mod part_digests;
pub mod plan;
pub mod policy;
pub mod rng;
pub mod secret;
pub mod sse;
pub mod time;
pub mod wire;
