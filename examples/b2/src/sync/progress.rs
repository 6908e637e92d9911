//! How far a sync is, on a terminal: what was compared, what is copied, how fast, and for how much.

use core::time::Duration;

use b2_local::sync::{Moved, Side};
use b2_proto::policy::meter::Meter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::estimate::{Prices, Takes};
use crate::output::progress;

/// How often it is drawn.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// The lines at the bottom of the terminal; nothing where there is none.
pub(super) struct Screen {
    bar: ProgressBar,
    moved: Option<Moved>,
}

/// What is known besides bytes.
pub(super) struct Now<'a> {
    pub(super) copied: u64,
    pub(super) failed: u64,
    /// Files and bytes to copy in all, once that is known.
    pub(super) planned: Option<(u64, u64)>,
    pub(super) meter: Meter,
    pub(super) prices: Option<&'a Prices>,
}

impl Screen {
    pub(super) fn new(is_quiet: bool, no_progress: bool) -> Self {
        let bar = if progress::is_wanted(is_quiet, no_progress) {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(style("{spinner} {msg}"));
        Self { bar, moved: None }
    }

    pub(super) fn moves(&mut self, moved: Moved) {
        self.moved = Some(moved);
    }

    /// Prints something above.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    pub(super) fn draw(&self, now: &Now<'_>) {
        let Some(moved) = &self.moved else { return };
        let (source, destination) =
            (moved.compared(Side::Source), moved.compared(Side::Destination));
        let mut text = format!("compared {source} with {destination}, copied {}", now.copied);
        if let Some((files, bytes)) = now.planned {
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
