//! What happened in a scenario, as lines that are the same for every driver, wire and run.
//!
//! A line tells a request with what is the same each time: no token, URL, identifier, port or
//! time. Requests of one job that run at the same time are a group: their lines are sorted, and
//! which upload URL each took and how many they needed between them is left out, for it depends
//! on who was first. Where not even that is the same each time they are counted by operation and
//! status; and where the number of some depends on time, their place is taken by the reason.

use b2_proto::error::{Cause, Error};
use b2_sim::server::{Record, Sha1Mode};
use core::fmt::Write as _;

/// Lines of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Script {
    lines: Vec<String>,
}

/// Headers every request may have.
const USUAL_HEADERS: [&str; 1] = ["authorization"];

impl Script {
    /// The lines; equal ones in a row are told once, with their number.
    pub(crate) fn lines(self) -> Vec<String> {
        let runs = self.lines.chunk_by(|a, b| a == b);
        let told = runs.filter_map(|run| match run {
            [] => None,
            [line] => Some(line.clone()),
            [line, ..] => Some(format!("{line} ×{}", run.len())),
        });
        told.collect()
    }

    /// A heading of the scenario's own.
    pub(crate) fn step(&mut self, text: &str) {
        self.lines.push(format!("{text}:"));
    }

    /// What the client said in the end.
    pub(crate) fn said<T>(&mut self, result: &Result<T, Error>) {
        self.lines.push(match result {
            Ok(_) => "  = ok".to_owned(),
            Err(error) => said(error),
        });
    }

    /// Requests one after the other.
    pub(crate) fn sequence(&mut self, records: &[Record]) {
        self.lines.extend(records.iter().map(|record| match record.upload_url {
            Some(number) => format!("  {} url={number}", line(record)),
            None => format!("  {}", line(record)),
        }));
    }

    /// Requests of which some ran at the same time.
    pub(crate) fn group(&mut self, records: &[Record]) {
        let mut lines: Vec<String> = records.iter().map(line).collect();
        lines.sort_unstable();
        lines.dedup_by(|a, b| a == b && a.contains(" b2_get_upload_"));
        self.lines.extend(lines.iter().map(|line| format!("  | {line}")));
    }

    /// How many requests there were of each kind, but for those with one of these texts in their
    /// line.
    pub(crate) fn count(&mut self, records: &[Record], but: &[&str]) {
        let counted = records.iter().filter(|record| !is_about(record, but));
        let mut lines: Vec<String> = counted.map(outcome).collect();
        lines.sort_unstable();
        let is_lease = |line: &str| line.contains(" b2_get_upload_") && line.ends_with(" 200");
        lines.dedup_by(|a, b| a == b && is_lease(a));
        self.lines.extend(lines.iter().map(|line| format!("  | {line}")));
    }

    /// Says in words what cannot be compared, or what there is instead of requests.
    pub(crate) fn remark(&mut self, words: &str) {
        self.lines.push(format!("  ({words})"));
    }
}

/// Whether one of these texts is in what is said of a request.
pub(crate) fn is_about(record: &Record, texts: &[&str]) -> bool {
    let line = outcome(record);
    texts.iter().any(|text| line.contains(text))
}

/// What was asked and what came of it.
fn outcome(record: &Record) -> String {
    let asked = format!("{} {}", record.method, record.operation.unwrap_or("(no operation)"));
    match record.status {
        0 => format!("{asked} broken-off"),
        status => format!("{asked} {status}"),
    }
}

/// One request.
fn line(record: &Record) -> String {
    let mut line = outcome(record);
    let mut put = |text: core::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = line.write_fmt(text);
    };
    let is_upload = record.sha1.is_some();
    if let Some(name) = &record.file_name {
        put(format_args!(" name={name}"));
    }
    if let Some(part) = &record.part {
        put(format_args!(" part={part}"));
    }
    if let Some(range) = &record.range {
        put(format_args!(" {range}"));
    }
    if let Some(len) = record.body_len.filter(|len| is_upload || *len > 0) {
        put(format_args!(" len={len}"));
    }
    match record.sha1 {
        Some(Sha1Mode::Header) => put(format_args!(" sha1=header")),
        Some(Sha1Mode::Trailer) => put(format_args!(" sha1=trailer")),
        Some(Sha1Mode::Unverified) => put(format_args!(" sha1=none")),
        None => {}
    }
    if let Some(content_type) = record.content_type.as_ref().filter(|_| is_upload) {
        put(format_args!(" type={content_type}"));
    }
    for name in record.headers.iter().filter(|name| !USUAL_HEADERS.contains(&name.as_str())) {
        put(format_args!(" +{name}"));
    }
    for name in USUAL_HEADERS.iter().filter(|name| !record.headers.iter().any(|it| it == *name)) {
        put(format_args!(" -{name}"));
    }
    line
}

/// An error by what it tells the caller, without the driver's own words.
fn said(error: &Error) -> String {
    let mut line = format!("  = {:?}", error.kind);
    if error.status != 0 {
        let _ = write!(line, " {}", error.status);
    }
    if !error.code.as_str().is_empty() {
        let _ = write!(line, " {}", error.code);
    }
    if error.attempts > 1 {
        let _ = write!(line, " after {} attempts", error.attempts);
    }
    if let Some(seconds) = error.retry_after_s {
        let _ = write!(line, ", retry after {seconds} s");
    }
    if error.may_have_taken_effect {
        line.push_str(", may have taken effect");
    }
    if let Some(cause) = error.cause {
        // How a connection broke depends on what this machine noticed first.
        let is_broken = matches!(cause, Cause::Reset | Cause::BrokenPipe | Cause::Closed);
        let _ = match is_broken {
            true => write!(line, ", Broken"),
            false => write!(line, ", {cause:?}"),
        };
    }
    line
}
