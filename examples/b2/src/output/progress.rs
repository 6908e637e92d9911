//! Progress on a terminal; nothing anywhere else, so that logs and pipes stay clean.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Whether bars may be drawn at all.
pub(crate) fn is_wanted(is_quiet: bool, no_progress: bool) -> bool {
    !is_quiet && !no_progress && io::stderr().is_terminal()
}

/// A bar for the bytes of one file.
pub(crate) fn bytes(label: &str, len: Option<u64>, is_wanted: bool) -> ProgressBar {
    if !is_wanted {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(len, ProgressDrawTarget::stderr());
    let template = "{prefix}{msg}: {percent:>3}% [{bar:24}] {binary_bytes}/{binary_total_bytes} \
                    {elapsed} {binary_bytes_per_sec}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(b2_proto::name::Hexed(label).to_string());
    bar
}

/// A line that counts.
pub(crate) fn counter(template: &str, is_wanted: bool) -> ProgressBar {
    if !is_wanted {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}
