//! How many requests of one kind may be in flight at the same time, as the service bears it.
//!
//! Additive growth and multiplicative shrink, as TCP has it: clients that share a service come to
//! even shares of what it can do, without telling each other.

/// A size is kept in parts of one.
const ONE: u32 = 1 << 10;

/// Requests that the service handles, or refuses, alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// JSON calls, also those that ask for upload URLs.
    Api,
    /// Files in one request.
    Upload,
    /// Parts of large files.
    UploadPart,
    /// Copies at the service, of files and of parts.
    Copy,
    /// Files and ranges of them.
    Download,
}

impl Kind {
    /// How many kinds there are; they are numbered from 0 on.
    pub const COUNT: usize = 5;
    /// All kinds, in their order.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Api, Self::Upload, Self::UploadPart, Self::Copy, Self::Download];

    /// The kind of an operation by its name.
    pub fn of(operation: &str) -> Self {
        match operation {
            "b2_upload_file" => Self::Upload,
            "b2_upload_part" => Self::UploadPart,
            "b2_copy_file" | "b2_copy_part" => Self::Copy,
            "b2_download_file_by_id" | "b2_download_file_by_name" => Self::Download,
            _ => Self::Api,
        }
    }
}

/// What the end of a request says about how busy the service is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// It was answered.
    Answered,
    /// It was refused because of too many requests or too little of the service (429, 503), or
    /// took too long.
    Busy,
    /// Nothing: a connection broke, or the request was given up.
    Silent,
}

/// The requests of one kind.
///
/// It begins at the limit and is never above it nor below 1. Each answer lets it grow by a share
/// of one request, so that a window full of answers makes it one larger. A busy service makes it
/// a quarter smaller; one quarter for all requests that were sent before, for they met the same
/// trouble. A quarter, because a single 503 of an upload is an everyday event: it says that one
/// machine of the service is full.
///
/// ```
/// use b2_proto::policy::window::{Signal, Window};
///
/// let mut window = Window::new(8);
/// let sent = [(); 8].map(|()| window.enter());
/// assert_eq!(window.room(), 0);
/// for round in sent {
///     window.leave(round, Signal::Busy);
/// }
/// assert_eq!(window.room(), 6, "all were refused at the same time");
/// ```
#[derive(Clone, Debug)]
pub struct Window {
    /// In parts of [`ONE`].
    size: u32,
    limit: u32,
    in_flight: u32,
    round: Round,
}

/// When a request was sent: how often the window had shrunk before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Round(u16);

impl Window {
    /// At most `limit` requests, which counts as at least 1 and at most a million.
    pub fn new(limit: usize) -> Self {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX).clamp(1, 1_000_000) * ONE;
        Self { size: limit, limit, in_flight: 0, round: Round(0) }
    }

    /// Requests that may be in flight.
    pub const fn size(&self) -> u32 {
        self.size / ONE
    }

    /// Requests that may be sent now.
    pub const fn room(&self) -> u32 {
        self.size().saturating_sub(self.in_flight)
    }

    /// A request is sent.
    pub const fn enter(&mut self) -> Round {
        self.in_flight += 1;
        self.round
    }

    /// A request that was sent in `round` has ended.
    pub fn leave(&mut self, round: Round, signal: Signal) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match signal {
            Signal::Answered if self.size < self.limit => {
                self.size = (self.size + ONE / self.size()).min(self.limit);
            }
            Signal::Busy if round == self.round => {
                self.size = (self.size / 4 * 3).max(ONE);
                self.round = Round(self.round.0.wrapping_add(1));
            }
            Signal::Answered | Signal::Busy | Signal::Silent => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// A service that bears `capacity` requests at a time and refuses the others; each client
    /// sends whatever its window allows, and all are answered together. The means of the windows
    /// over the last half of `rounds`.
    fn converge(windows: &mut [Window], capacity: usize, rounds: usize) -> Vec<f64> {
        let mut sums: Vec<f64> = windows.iter().map(|_| 0.0).collect();
        for at in 0..rounds {
            let mut sent = Vec::new();
            // In turn, so that it is not always the same client that is refused.
            let mut left = windows.len();
            while left > 0 {
                left = 0;
                for step in 0..windows.len() {
                    let client = (at + step) % windows.len();
                    if windows[client].room() > 0 {
                        sent.push((client, windows[client].enter()));
                        left += 1;
                    }
                }
            }
            for (place, (client, round)) in sent.into_iter().enumerate() {
                let signal = if place < capacity { Signal::Answered } else { Signal::Busy };
                windows[client].leave(round, signal);
            }
            if at >= rounds / 2 {
                for (sum, window) in sums.iter_mut().zip(&*windows) {
                    *sum += f64::from(window.size()) / (rounds / 2) as f64;
                }
            }
        }
        sums
    }

    #[test]
    fn a_window_comes_to_what_the_service_bears() {
        let mean = converge(&mut [Window::new(64)], 20, 1_000)[0];
        assert!((15.0..=20.0).contains(&mean), "{mean}");
    }

    #[test]
    fn clients_come_to_even_shares_from_wherever_they_begin() {
        let mut windows = [Window::new(64), Window::new(64), Window::new(64)];
        windows[1].size = ONE;
        windows[2].size = 8 * ONE;
        let means = converge(&mut windows, 30, 2_000);
        let (least, most) =
            means.iter().fold((f64::MAX, 0.0_f64), |(a, b), it| (a.min(*it), b.max(*it)));
        assert!(most < 1.3 * least && (20.0..=31.0).contains(&means.iter().sum()), "{means:?}");
    }

    #[test]
    fn it_is_never_below_one_nor_above_the_limit() {
        let mut window = Window::new(3);
        for _ in 0..50 {
            let round = window.enter();
            window.leave(round, Signal::Busy);
        }
        assert_eq!(window.size(), 1);
        for _ in 0..50 {
            let round = window.enter();
            window.leave(round, Signal::Answered);
        }
        assert_eq!(window.size(), 3);
        assert_eq!(Window::new(0).size(), 1);
    }

    #[test]
    fn a_broken_connection_says_nothing() {
        let mut window = Window::new(3);
        let round = window.enter();
        window.leave(round, Signal::Silent);
        assert_eq!(window.room(), 3);
    }

    #[test]
    fn kinds_are_numbered_in_their_order() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
        assert_eq!(Kind::of(crate::op::upload_part::SPEC.name), Kind::UploadPart);
        assert_eq!(Kind::of(crate::op::upload_file::SPEC.name), Kind::Upload);
        assert_eq!(Kind::of(crate::op::download::BY_ID.name), Kind::Download);
        assert_eq!(Kind::of(crate::op::download::BY_NAME.name), Kind::Download);
        assert_eq!(Kind::of(<crate::op::CopyFile as crate::op::Operation>::SPEC.name), Kind::Copy);
        assert_eq!(Kind::of(<crate::op::CopyPart as crate::op::Operation>::SPEC.name), Kind::Copy);
    }
}
