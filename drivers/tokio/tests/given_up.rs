//! What is given up lets go of everything.

mod common;

use b2_local::sink::Sink;
use b2_local::{Error, Reason};
use b2_proto::wire::text::Sha1;
use common::{bucket, bytes, client, service};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Is read back for as long as it is not let go of.
#[derive(Default)]
struct ReadBack {
    is_being_read: Notify,
    is_released: AtomicBool,
}

impl Sink for ReadBack {
    fn write_at(&self, _: u64, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn digest(&self, _: u64, _: u64) -> Result<Sha1, Error> {
        self.is_being_read.notify_one();
        while !self.is_released.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Error::new(Reason::TargetFailed, Path::new("")))
    }

    fn commit(&self, _: u64, _: Option<u64>) -> Result<(), Error> {
        Ok(())
    }

    fn release(&self) {
        self.is_released.store(true, Ordering::SeqCst);
    }
}

/// The next download to it can have what is kept, and nobody reads the old one any more.
#[tokio::test]
async fn a_download_that_is_dropped_while_it_is_read_back_lets_go_of_its_target() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    photos.upload("a", bytes(100)).await.expect("uploaded");
    let sink = Arc::new(ReadBack::default());
    tokio::select! {
        _ = photos.download("a").to_sink(sink.clone()) => panic!("it is not read back yet"),
        () = sink.is_being_read.notified() => {}
    }
    assert!(sink.is_released.swap(true, Ordering::SeqCst));
}
