//! What is asked of the service, told on standard error or appended to a file (spec 3.8).
//!
//! The lines have the form of the reference's, and requests its name for their source, because
//! scripts look for both.

use core::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use b2_tokio::{Observer, ReplyInfo, RequestInfo};
use jiff::Timestamp;

use crate::args::{AccountCommand, Command, Global};
use crate::failure::Failure;
use crate::output::note;

/// The file of `--debug-logs`, in the present folder.
const FILE: &str = "b2_cli.log";
const REQUESTS: &str = "urllib3.connectionpool";
const PROGRAM: &str = "b2";
const RULE: &str = "========================================";

/// Where lines go.
#[derive(Debug)]
pub(crate) struct Log {
    file: Option<Mutex<File>>,
    is_verbose: bool,
}

/// Begins to tell, if the options ask for it.
pub(crate) fn begin(global: &mut Global, command: &Command) -> Result<(), Failure> {
    let tells = global.verbose || global.debug_logs;
    if global.log_config.is_some() && tells {
        let text = "ValueError: Please provide either --log-config or --verbose/--debug-logs";
        return Err(Failure::Line(text.to_owned()));
    }
    if let Some(path) = &global.log_config {
        note!(
            "WARNING: {} is not used: this program has no loggers to configure. Use --verbose or \
             --debug-logs.",
            path.display()
        );
    }
    if !tells {
        return Ok(());
    }
    let log = Arc::new(Log::open(global)?);
    log.start(&global.program, command);
    global.log = Some(log);
    Ok(())
}

impl Log {
    fn open(global: &Global) -> Result<Self, Failure> {
        let open = || {
            let file = OpenOptions::new().create(true).append(true).open(FILE);
            file.map_err(|error| {
                Failure::message(format_args!("{FILE} cannot be written: {error}"))
            })
        };
        let file = global.debug_logs.then(open).transpose()?.map(Mutex::new);
        Ok(Self { file, is_verbose: global.verbose })
    }

    fn start(&self, program: &str, command: &Command) {
        let version = env!("CARGO_PKG_VERSION");
        self.info(format_args!("// {RULE} {version:^8} {RULE} \\\\"));
        let words: Vec<String> = std::env::args().skip(1).collect();
        let is_secret = matches!(command, Command::Account(AccountCommand::Authorize(_)));
        let words = if is_secret { "(arguments hidden)".to_owned() } else { format!("{words:?}") };
        self.info(format_args!("starting command [{program}] with arguments: {words}"));
    }

    /// How the command has ended.
    pub(crate) fn end(&self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            self.line("ERROR", PROGRAM, format_args!("command error"));
            self.raw(format_args!("Traceback (most recent call last):\n{failure}"));
        }
        let code = u8::from(failure.is_some());
        self.info(format_args!("\\\\ {RULE} exit={code} {RULE} //"));
    }

    /// What is to be told of each request.
    pub(crate) fn requests(self: &Arc<Self>) -> Requests {
        Requests(self.clone())
    }

    fn info(&self, message: fmt::Arguments<'_>) {
        self.line("INFO", PROGRAM, message);
    }

    fn line(&self, level: &str, source: &str, message: fmt::Arguments<'_>) {
        if self.is_verbose {
            note!("{level}:{source}:{message}");
        }
        let time = Timestamp::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
        let process = std::process::id();
        self.append(format_args!("{time}\t{process}\t0\t{source}\t{level}\t{message}\n"));
    }

    fn raw(&self, text: fmt::Arguments<'_>) {
        if self.is_verbose {
            note!("{text}");
        }
        self.append(format_args!("{text}\n"));
    }

    fn append(&self, text: fmt::Arguments<'_>) {
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // One write for each line, so that those of other processes come between lines. What
            // cannot be kept is no trouble of the command.
            let _ = file.write_all(text.to_string().as_bytes());
        }
    }
}

/// Tells of requests. URLs come without their secrets.
pub(crate) struct Requests(Arc<Log>);

impl Observer for Requests {
    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        let RequestInfo { method, url, attempt, body_len, .. } = request;
        let behind_host = url.find("://").map_or(0, |at| at + 3);
        let path_at = url.get(behind_host..).and_then(|it| it.find('/')).map(|at| behind_host + at);
        let (host, path) = url.split_at(path_at.unwrap_or(url.len()));
        let (ms, bytes) = (reply.duration.as_millis(), reply.bytes);
        let end = match (reply.status, reply.cause) {
            (Some(status), None) => status.to_string(),
            (Some(status), Some(cause)) => format!("{status}, then {cause:?}"),
            (None, Some(cause)) => format!("{cause:?}"),
            (None, None) => "given up".to_owned(),
        };
        self.0.line(
            "DEBUG",
            REQUESTS,
            format_args!(
                "{host} \"{method} {path} HTTP/1.1\" {end} (attempt {attempt}, {body_len} bytes of \
                 body, {bytes} bytes moved, {ms} ms)"
            ),
        );
    }
}
