//! Comparisons that are given up.

mod common;

use b2_blocking::{Cancel, ErrorKind};
use b2_local::verify::AHEAD_MAX;
use common::{bucket, client, service};

/// Also where the listing has ended and only the folder is left to be walked.
#[test]
fn a_comparison_is_given_up_between_its_pieces_of_work() {
    let server = service();
    let client = client(&server);
    bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..2 * AHEAD_MAX {
        std::fs::write(folder.path().join(number.to_string()), b"x").expect("written");
    }
    let cancel = Cancel::new();
    let photos = client.cancel_with(&cancel).bucket("photos").expect("found");
    let mut verification = photos.verify(folder.path()).start();
    verification.next().expect("not given up").expect("a name");
    cancel.cancel();
    let error = loop {
        match verification.next() {
            Ok(found) => assert!(found.is_some(), "it was not given up"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Cancelled);
}
