//! A sync that is given up, and what the next one finds.

mod common;

use b2_blocking::{Cancel, ErrorKind};
use b2_local::sync::Event;
use b2_sim::fault::Rule;
use common::{bucket, client, service_with};

#[test]
fn a_cancelled_sync_goes_on_when_it_is_run_again() {
    // The third upload takes longer than anybody waits here.
    let slow = Rule {
        op: Some("b2_upload_file".to_owned()),
        nth: Some(3),
        latency_ms: 600_000,
        ..Rule::default()
    };
    let server = service_with(vec![slow]);
    let client = client(&server);
    bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c", "d"] {
        std::fs::write(folder.path().join(name), b"x").expect("written");
    }
    let cancel = Cancel::new();
    let (mut done, trigger) = (0, cancel.clone());
    let sync = client.sync(folder.path(), "b2://photos").jobs(1).cancel_with(&cancel);
    let sync = sync.on_event(move |event| {
        done += u32::from(matches!(event, Event::Done(_)));
        if done == 2 && matches!(event, Event::Begun { .. }) {
            let trigger = trigger.clone();
            std::thread::spawn(move || {
                std::thread::sleep(core::time::Duration::from_millis(100));
                trigger.cancel();
            });
        }
    });
    assert_eq!(sync.send().expect_err("given up").kind, ErrorKind::Cancelled);
    let summary = client.sync(folder.path(), "b2://photos").send().expect("it runs");
    assert!(summary.is_complete());
    // The third went out before the cancel, and the service may have finished with it since.
    let same = summary.planned.same;
    assert!((2..=3).contains(&same), "{same} were there");
    assert_eq!(summary.transferred, 4 - same);
}
