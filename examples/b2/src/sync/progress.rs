//! How far a sync is, on a terminal: what was compared, what is copied, how fast, and for how much.

use core::time::Duration;

use b2_local::sync::{Moved, Side};
use b2_proto::plan::sync::Totals;
use b2_proto::policy::meter::Meter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::estimate::{Prices, Takes};
use super::status::Status;
use super::ticker::Ticker;

/// How often it is drawn.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// The lines at the bottom of the terminal; nothing where there is none.
pub(super) struct Screen {
    bar: ProgressBar,
    /// The reference's line in its place.
    ticker: Option<Ticker>,
    moved: Option<Moved>,
}

/// What is known besides bytes.
pub(super) struct Now<'a> {
    pub(super) copied: u64,
    /// Actions that have ended.
    pub(super) ended: u64,
    pub(super) failed: u64,
    /// What is to be done in all, once that is known.
    pub(super) planned: Option<&'a Totals>,
    pub(super) meter: Meter,
    pub(super) prices: Option<&'a Prices>,
}

impl Screen {
    pub(super) fn new(is_wanted: bool, ticker: Option<Ticker>) -> Self {
        let bar = if is_wanted && ticker.is_none() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(style("{spinner} {msg}"));
        Self { bar, ticker, moved: None }
    }

    pub(super) fn moves(&mut self, moved: Moved) {
        self.moved = Some(moved);
    }

    /// Prints something above.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.ticker.iter().for_each(Ticker::blank);
        self.bar.suspend(print)
    }

    pub(super) fn clear(&self) {
        self.ticker.iter().for_each(Ticker::blank);
        self.bar.finish_and_clear();
    }

    pub(super) fn is_shown(&self) -> bool {
        self.ticker.is_some() || !self.bar.is_hidden()
    }

    pub(super) fn draw(&self, now: &Now<'_>) {
        let Some(moved) = &self.moved else { return };
        if let Some(ticker) = &self.ticker {
            return ticker.draw(Status {
                compared: moved.compared(Side::Source),
                updated: now.ended,
                bytes: moved.bytes(),
                planned: now.planned.map(|it| (it.actions(), it.transfer_bytes)),
                ..Status::default()
            });
        }
        let (source, destination) =
            (moved.compared(Side::Source), moved.compared(Side::Destination));
        let mut text = format!("compared {source} with {destination}, copied {}", now.copied);
        if let Some(totals) = now.planned {
            let (files, bytes) = (totals.transfers, totals.transfer_bytes);
            if self.bar.length() != Some(bytes) {
                let bar = "[{bar:30}] {binary_bytes}/{binary_total_bytes} {eta}";
                self.bar.set_style(style(&format!("{{spinner}} {{msg}}\n{bar}")));
                self.bar.set_length(bytes);
            }
            text = format!("{text} of {files}");
        }
        if now.failed > 0 {
            text = format!("{text}, {} failed", now.failed);
        }
        if now.meter.retries > 0 {
            text = format!("{text}, {} retries", now.meter.retries);
        }
        if let Some(prices) = now.prices {
            let cost = Takes::counted(&now.meter).cost(prices);
            text = format!("{text}, {cost:.4} {}", prices.currency);
        }
        let seconds = self.bar.elapsed().as_secs().max(1);
        let rate = indicatif::BinaryBytes(moved.bytes() / seconds);
        self.bar.set_message(format!("{text}, {rate}/s"));
        self.bar.set_position(moved.bytes());
        self.bar.tick();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
