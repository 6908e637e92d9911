//! What sends requests: the HTTP client that the drivers share, or one of the caller's.

#[cfg(feature = "reqwest")]
use crate::callers::{self, Callers};
use crate::runtime::Runtime;
use b2_local::exchange::{Meter, Trouble};
use b2_local::flow::http1::{Broken, Http, ReplyBody};
use b2_local::flow::{WireReply, WireRequest};
use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body::{Frame, SizeHint};
use std::sync::Arc;

/// What sends requests.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    Own(Arc<Http<Runtime>>),
    #[cfg(feature = "reqwest")]
    Callers(Callers),
}

/// The body of an answer.
pub(crate) enum Body {
    Own(ReplyBody),
    #[cfg(feature = "reqwest")]
    Callers(reqwest::Body),
}

/// Why the body of an answer broke off.
pub(crate) enum Error {
    Own(Broken),
    #[cfg(feature = "reqwest")]
    Callers(reqwest::Error),
}

impl Transport {
    /// Sends a request.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn send(
        &self,
        request: WireRequest,
        meter: &Arc<Meter>,
    ) -> Result<WireReply<Body>, Trouble> {
        match self {
            Self::Own(http) => Ok(http.send(request, meter).await?.map(Body::Own)),
            #[cfg(feature = "reqwest")]
            Self::Callers(callers) => {
                // Apart: it would make every request large.
                Ok(Box::pin(callers.send(request, meter)).await?.map(Body::Callers))
            }
        }
    }
}

impl Error {
    /// The same in the words of the core.
    pub(crate) fn trouble(&self, is_sending: bool) -> Trouble {
        match self {
            Self::Own(broken) => broken.trouble(is_sending),
            #[cfg(feature = "reqwest")]
            Self::Callers(error) => callers::trouble(error, is_sending),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.get_mut() {
            Self::Own(body) => {
                Pin::new(body).poll_frame(cx).map(|next| next.map(|it| it.map_err(Error::Own)))
            }
            #[cfg(feature = "reqwest")]
            Self::Callers(body) => {
                Pin::new(body).poll_frame(cx).map(|next| next.map(|it| it.map_err(Error::Callers)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            #[cfg(feature = "reqwest")]
            Self::Callers(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            #[cfg(feature = "reqwest")]
            Self::Callers(body) => body.size_hint(),
        }
    }
}
