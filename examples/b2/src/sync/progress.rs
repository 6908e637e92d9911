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
    /// Bytes that were moved before this run.
    moved_before: u64,
}

/// What is known besides bytes.
pub(super) struct Now<'a> {
    pub(super) copied: u64,
    /// Versions and files that were hidden or deleted.
    pub(super) removed: u64,
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
        Self { bar, ticker, moved: None, moved_before: 0 }
    }

    /// A run begins, whose time counts from now.
    pub(super) fn moves(&mut self, moved: Moved) {
        // What was cleared is drawn no more.
        self.bar.reset();
        self.moved_before = moved.bytes();
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
        if let Some(totals) = now.planned {
            let bytes = totals.transfer_bytes.saturating_add(totals.rename_bytes);
            if self.bar.length() != Some(bytes) {
                let bar = "[{bar:30}] {binary_bytes}/{binary_total_bytes} {eta}";
                let bar = if bytes > 0 { format!("\n{bar}") } else { String::new() };
                self.bar.set_style(style(&format!("{{spinner}} {{msg}}{bar}")));
                self.bar.set_length(bytes);
            }
        }
        let (source, destination) =
            (moved.compared(Side::Source), moved.compared(Side::Destination));
        let text = format!("compared {source} with {destination}, {}", now.text());
        let seconds = self.bar.elapsed().as_secs().max(1);
        let rate =
            indicatif::BinaryBytes(moved.bytes().saturating_sub(self.moved_before) / seconds);
        self.bar.set_message(format!("{text}, {rate}/s"));
        self.bar.set_position(moved.bytes());
        self.bar.tick();
    }
}

impl Now<'_> {
    /// What was done, of how much where that is known.
    fn text(&self) -> String {
        let of = |planned: Option<u64>| planned.map(|it| format!(" of {it}")).unwrap_or_default();
        let copies = self.planned.map(|it| it.transfers + it.renames);
        let removals = self.planned.map(|it| it.hides + it.deletes);
        let has_removals = self.removed > 0 || removals.is_some_and(|it| it > 0);
        let mut parts = Vec::new();
        if copies != Some(0) || !has_removals {
            parts.push(format!("copied {}{}", self.copied, of(copies)));
        }
        if has_removals {
            parts.push(format!("removed {}{}", self.removed, of(removals)));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        match self.meter.retries {
            0 => {}
            1 => parts.push("1 retry".to_owned()),
            retries => parts.push(format!("{retries} retries")),
        }
        if let Some(prices) = self.prices {
            let cost = Takes::counted(&self.meter).cost(prices);
            parts.push(format!("{cost:.4} {}", prices.currency));
        }
        parts.join(", ")
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(now: (u64, u64), planned: Option<Totals>) -> String {
        let (copied, removed) = now;
        let (ended, failed, meter) = (copied + removed, 0, Meter::default());
        let planned = planned.as_ref();
        Now { copied, removed, ended, failed, planned, meter, prices: None }.text()
    }

    #[test]
    fn what_is_done_is_told_of_the_same_as_what_is_planned() {
        assert_eq!(text((2, 0), None), "copied 2");
        assert_eq!(text((2, 3), None), "copied 2, removed 3");
        let renames = Totals { transfers: 1, renames: 2, deletes: 2, ..Totals::default() };
        assert_eq!(text((2, 1), Some(renames)), "copied 2 of 3, removed 1 of 2");
        let deletes = Totals { hides: 1, deletes: 2, ..Totals::default() };
        assert_eq!(text((0, 0), Some(deletes)), "removed 0 of 3");
        assert_eq!(text((0, 0), Some(Totals::default())), "copied 0 of 0");
    }
}
