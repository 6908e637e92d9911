//! The first address of a host that answers.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::pin::Pin;
use core::task::Poll;
use std::io;
use std::time::Instant;

use crate::exchange::addresses::Race;

/// What comes of the first address that answers: `begin` tries one, `sleep_until` waits for when
/// the next one is tried as well. The others are given up.
///
/// # Errors
/// All have failed; what the last one said.
pub async fn first<T, A, S>(
    addresses: &[SocketAddr],
    begin: impl Fn(SocketAddr) -> A,
    sleep_until: impl Fn(Instant) -> S,
) -> io::Result<T>
where
    A: Future<Output = io::Result<T>>,
    S: Future<Output = ()>,
{
    let mut race = Race::new(addresses);
    let mut running: Vec<Pin<Box<A>>> = Vec::new();
    let mut alarm: Option<Pin<Box<S>>> = None;
    let mut failed = None;
    poll_fn(|cx| {
        loop {
            let mut at = 0;
            while let Some(attempt) = running.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(first)) => return Poll::Ready(Ok(first)),
                    Poll::Ready(Err(error)) => {
                        failed = Some(error);
                        race.failed();
                        drop(running.remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            if let Some(address) = race.begin(Instant::now()) {
                running.push(Box::pin(begin(address)));
                alarm = race.next().map(|next| Box::pin(sleep_until(next)));
            } else if race.is_lost() {
                let nobody = || io::Error::from(io::ErrorKind::NotFound);
                return Poll::Ready(Err(failed.take().unwrap_or_else(nobody)));
            } else {
                let Some(waiting) = &mut alarm else { return Poll::Pending };
                if waiting.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                // It may go off a little early, and is not to be asked again.
                alarm = race.next().map(|next| Box::pin(sleep_until(next)));
            }
        }
    })
    .await
}
