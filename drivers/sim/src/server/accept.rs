//! Lets clients in, and does what is due meanwhile.

use core::time::Duration;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Shared, connection, now_ms};

/// How long nobody is let in after that could not be done: there is no descriptor left, most
/// likely, and none will be before a connection ends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often the service does what is due.
const CHORES: Duration = Duration::from_secs(60);

/// Serves until the server is stopped.
pub(super) async fn serve(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    mut stopped: Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut count = 0;
    // A process may not live long enough to do it later.
    do_chores(shared);
    let mut chores = tokio::time::interval_at(Instant::now() + CHORES, CHORES);
    let mut pause = None;
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept(), if pause.is_none() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(greet(stream, count, shared.clone()));
                    count += 1;
                }
                Err(_) => pause = Some(Instant::now() + ACCEPT_PAUSE),
            },
            () = until(pause), if pause.is_some() => pause = None,
            // Takes finished connections out of the set.
            Some(_) = connections.join_next() => {}
            _ = chores.tick() => do_chores(shared),
        }
    }
    connections.shutdown().await;
}

fn do_chores(shared: &Shared) {
    let now_ms = now_ms();
    // A failed store answers every request with an error; nothing to add here.
    let _ = shared.host.with_service(|service| service.run_chores(now_ms));
}

/// Waits until then; without a time, for ever.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => core::future::pending().await,
    }
}

/// Speaks to a client that has just connected.
async fn greet(stream: TcpStream, number: u64, shared: Arc<Shared>) {
    // Small answers must not wait for more to send; if that cannot be set, they do.
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(acceptor) = &shared.tls {
        // Why a handshake failed is the client's to tell.
        if let Ok(stream) = acceptor.accept(stream).await {
            connection::serve(stream, number, shared).await;
        }
        return;
    }
    connection::serve(stream, number, shared).await;
}
