//! Waiting for a service that has not said a word yet.

use core::future::pending;
use core::time::Duration;

use b2_tokio::{ReplyInfo, RequestInfo};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Calls that may take minutes when all is well.
const LONG: [&str; 3] = ["b2_copy_file", "b2_copy_part", "b2_finish_large_file"];

/// What a command that goes on with a kept login has heard.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Heard {
    /// No request waits.
    Nothing,
    /// Nothing, with a request to this server since then.
    NothingFrom(String, Instant),
    /// The login works; requests have bounds of their own.
    Success,
}

/// Knows since when a command waits for the first answer. A service that never answers would be
/// waited for as long as it may take for a long call, again and again.
pub(crate) struct FirstAnswer(watch::Sender<Heard>);

impl FirstAnswer {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Heard::Nothing))
    }

    pub(crate) fn before(&self, request: &RequestInfo) {
        self.0.send_if_modified(|heard| {
            let begins = *heard == Heard::Nothing && !LONG.contains(&request.operation);
            if begins {
                *heard = Heard::NothingFrom(server(&request.url).to_owned(), Instant::now());
            }
            begins
        });
    }

    /// A refusal is an answer; what is asked then, such as a new login, has its time again.
    pub(crate) fn after(&self, reply: &ReplyInfo) {
        let Some(status) = reply.status else { return };
        self.0.send_if_modified(|heard| {
            let is_over = *heard == Heard::Success;
            if !is_over {
                *heard = if (200..300).contains(&status) { Heard::Success } else { Heard::Nothing };
            }
            !is_over
        });
    }

    /// Ends when a server has not answered for so long, and tells which.
    pub(crate) async fn overdue(&self, limit: Duration) -> String {
        let mut news = self.0.subscribe();
        loop {
            let heard = news.borrow_and_update().clone();
            let until = match &heard {
                Heard::Success => return pending().await,
                Heard::Nothing => None,
                Heard::NothingFrom(_, since) => Some(*since + limit),
            };
            let over = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = over => if let Heard::NothingFrom(server, _) = heard { return server },
                // The sender is our own.
                _ = news.changed() => {}
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
