//! What happened to a connection, a source or a sink.

/// What happened to a connection, a source or a sink, in the words of a driver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// No connection within the time allowed.
    ConnectTimeout,
    /// Nothing arrived within the time allowed.
    ReadTimeout,
    /// Nothing could be sent within the time allowed.
    SendTimeout,
    /// Nobody listens there.
    Refused,
    /// The peer reset the connection.
    Reset,
    /// The peer closed the connection while the request was still being sent.
    BrokenPipe,
    /// The connection ended before the answer did.
    Closed,
    /// The host name is not known.
    Dns,
    /// No trusted encrypted connection could be made.
    Tls,
    /// Some other trouble with the connection.
    Transport,
    /// The driver's HTTP library cannot express the request; nothing was sent.
    Unsendable,
    /// An answer was longer than allowed or not understood as HTTP.
    BadReply,
    /// The source ended early or could not be read.
    SourceUnreadable,
    /// The source changed while it was read (size, time or identity).
    SourceChanged,
    /// The sink could not be written.
    SinkFailed,
    /// The sink's disk or quota is full.
    SinkFull,
}

impl Cause {
    /// Whether the trouble is with the local source or sink, where repeating the request is
    /// of no use.
    pub const fn is_local(self) -> bool {
        matches!(
            self,
            Self::SourceUnreadable | Self::SourceChanged | Self::SinkFailed | Self::SinkFull
        )
    }

    /// Whether the request can have reached the service, so that it may have taken effect.
    pub const fn may_have_arrived(self) -> bool {
        !matches!(
            self,
            Self::ConnectTimeout | Self::Refused | Self::Dns | Self::Tls | Self::Unsendable
        )
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::ConnectTimeout => "no connection within the time allowed",
            Self::ReadTimeout => "no answer within the time allowed",
            Self::SendTimeout => "nothing could be sent within the time allowed",
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
            Self::BrokenPipe => "connection closed while sending",
            Self::Closed => "connection closed before the answer was complete",
            Self::Dns => "host name not found",
            Self::Tls => "no trusted connection",
            Self::Transport => "connection trouble",
            Self::Unsendable => "the request cannot be sent",
            Self::BadReply => "answer not understood",
            Self::SourceUnreadable => "the source cannot be read",
            Self::SourceChanged => "the source changed while it was read",
            Self::SinkFailed => "the target cannot be written",
            Self::SinkFull => "no space left for the target",
        }
    }
}
