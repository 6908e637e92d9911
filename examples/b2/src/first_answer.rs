//! Waiting for a service that has not said a word yet.

use core::future::pending;
use core::time::Duration;

use b2_tokio::{ReplyInfo, RequestInfo};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Calls that may take minutes when all is well.
const LONG: [&str; 3] = ["b2_copy_file", "b2_copy_part", "b2_finish_large_file"];

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
            let counts = !LONG.contains(&request.operation) && !moves_payload(request);
            if counts {
                waiting.push((request.clone(), Instant::now()));
            }
            counts
        });
    }

    pub(crate) fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        self.0.send_if_modified(|heard| {
            let Heard::Nothing(waiting) = heard else { return false };
            match reply.status {
                // The new login that is needed comes from another server, which may be silent.
                None | Some(401) => {
                    // Of those that are the same the one that waits longest: none counts too long.
                    if let Some(at) = waiting.iter().position(|(it, _)| it == request) {
                        waiting.remove(at);
                    }
                }
                Some(_) => *heard = Heard::Life,
            }
            true
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

/// Whether a request's time is that of bytes which move, and no silence: its end says nothing.
fn moves_payload(request: &RequestInfo) -> bool {
    let is_download = request.operation.starts_with("b2_download_file_");
    (is_download && request.method != "HEAD")
        || matches!(request.operation, "b2_upload_file" | "b2_upload_part")
}

/// The server of a URL.
fn server(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(begin..).unwrap_or_default();
    let len = rest.find('/').unwrap_or(rest.len());
    url.get(..begin + len).unwrap_or(url)
}
