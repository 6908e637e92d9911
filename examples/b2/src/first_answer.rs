//! Waiting for a service that has not said a word yet.

use core::future::pending;
use core::time::Duration;

use b2_tokio::RequestInfo;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Calls that may take minutes before the head of their answer, when all is well.
const LONG: [&str; 5] =
    ["b2_copy_file", "b2_copy_part", "b2_finish_large_file", "b2_upload_file", "b2_upload_part"];

/// What a command that goes on with a kept login has heard.
enum Heard {
    /// Nothing from those that wait for an answer, each with its begin: no more than requests that
    /// are under way.
    Nothing(Vec<(RequestInfo, Instant)>),
    /// Somebody is there; requests have bounds of their own.
    Life,
}

/// Knows since when a command waits for the first answer. A service that never answers would be
/// waited for as long as it may take for a long call, again and again.
///
/// A request that failed on the way waits no more, and the next attempt begins anew: a network that
/// is away is no silence.
pub(crate) struct FirstAnswer(watch::Sender<Heard>);

impl FirstAnswer {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Heard::Nothing(Vec::new())))
    }

    pub(crate) fn before(&self, request: &RequestInfo) {
        self.0.send_if_modified(|heard| {
            let Heard::Nothing(waiting) = heard else { return false };
            let counts = !LONG.contains(&request.operation);
            if counts {
                waiting.push((request.clone(), Instant::now()));
            }
            counts
        });
    }

    /// The head of an answer is there: what its body needs is no silence.
    pub(crate) fn answered(&self, status: u16) {
        // The new login that is needed comes from another server, which may be silent.
        if status != 401 {
            self.0.send_replace(Heard::Life);
        }
    }

    pub(crate) fn after(&self, request: &RequestInfo) {
        self.0.send_if_modified(|heard| {
            let Heard::Nothing(waiting) = heard else { return false };
            // Of those that are the same the one that waits longest: none counts too long.
            let at = waiting.iter().position(|(it, _)| it == request);
            at.map(|at| waiting.remove(at)).is_some()
        });
    }

    /// Ends when a server has not answered for so long, and tells which.
    pub(crate) async fn overdue(&self, limit: Duration) -> String {
        let mut news = self.0.subscribe();
        loop {
            let first = match &*news.borrow_and_update() {
                Heard::Life => None,
                Heard::Nothing(waiting) => Some(waiting.first().cloned()),
            };
            let Some(first) = first else { return pending().await };
            let over = async {
                match &first {
                    Some((_, since)) => sleep_until(*since + limit).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                // The sender is our own.
                _ = news.changed() => {}
                () = over => if let Some((request, _)) = &first {
                    return server(&request.url).to_owned();
                },
            }
        }
    }
}

/// The server of a URL.
fn server(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(begin..).unwrap_or_default();
    let len = rest.find('/').unwrap_or(rest.len());
    url.get(..begin + len).unwrap_or(url)
}
