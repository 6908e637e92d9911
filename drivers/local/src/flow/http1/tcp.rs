//! Names, addresses, and which of them answers.

use super::{Sockets, cause};
use crate::exchange::{Origin, Resolver, Trouble};
use crate::flow::race;

/// A connection to a host, by whichever of its addresses answers first.
pub(super) async fn connect<S: Sockets>(
    sockets: &S,
    resolver: &Resolver,
    origin: &Origin,
) -> Result<S::Stream, Trouble> {
    let addresses = resolver.resolve(origin.host(), origin.port()).await?;
    let begin = |address| sockets.connect(address);
    let first = race::first(&addresses, begin, |at| sockets.sleep_until(at)).await;
    first.map_err(|error| cause::of_connect(&error))
}
