//! What the protocol says is said once, in the core: drivers know no header of the service, no
//! operation and no status code; nor how HTTP is written, which they share.

use tidy::source;
use tidy::tree::{File, shipped};

use crate::none;

const DRIVERS: [&str; 3] = ["drivers/blocking/src/", "drivers/smol/src/", "drivers/tokio/src/"];

/// Parts of texts that only the core may have, in lower case.
const TEXTS: [&str; 10] = [
    "x-bz-",
    "b2_",
    "large_file",
    "src_last_modified",
    "b2api",
    "retry-after",
    "fileid",
    "bucketid",
    "applicationkey",
    "http/1",
];
/// Names with such parts that are not the protocol's: environment variables.
const OUR_NAMES: [&str; 2] = ["b2_application_key", "b2_environment"];
/// Statuses that mean something to the protocol and the constants for them, headers it decides
/// about, and sizes of parts.
const WORDS: [&str; 23] = [
    "200",
    "206",
    "400",
    "401",
    "403",
    "404",
    "408",
    "409",
    "416",
    "429",
    "500",
    "502",
    "503",
    "504",
    "is_success",
    "is_client_error",
    "is_server_error",
    "AUTHORIZATION",
    "RETRY_AFTER",
    "CONTENT_RANGE",
    "5_000_000",
    "100_000_000",
    "5_000_000_000",
];

#[test]
fn drivers_have_no_protocol_knowledge() {
    let files: Vec<File> = DRIVERS.iter().flat_map(|folder| shipped(folder)).collect();
    let mut found = Vec::new();
    for File { path, text } in &files {
        let source = source::read(text);
        for (line, text) in &source.texts {
            let text = text.to_lowercase();
            let text = OUR_NAMES.iter().fold(text, |text, name| text.replace(name, ""));
            let parts = TEXTS.iter().filter(|part| text.contains(*part));
            found.extend(parts.map(|part| format!("{path}:{line}: {part} in a text")));
        }
        for (index, line) in source.code.lines().enumerate() {
            let words = WORDS.iter().filter(|word| source::has_word(line, word));
            found.extend(words.map(|word| format!("{path}:{}: {word}", index + 1)));
            if line.contains("StatusCode::") {
                found.push(format!("{path}:{}: a constant for a status", index + 1));
            }
        }
    }
    none("piece of the protocol in a driver", &found);
}
