//! `b2 verify`: what of a folder a bucket has for sure, and what would be lost with the folder.

use core::fmt;
use std::path::Path;
use std::{fs, io};

use b2_local::verify::Found;
use b2_proto::plan::sync::verify::{Difference, Proof, Totals, Verdict};
use serde_json::{Value, json};

use crate::args::VerifyArgs;
use crate::args::uri::Uri;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{note, one_line, progress};

/// Something would be lost.
const LOST: u8 = 3;
/// Something is not proven.
const UNPROVEN: u8 = 4;

pub(crate) async fn run(context: &Context, args: VerifyArgs) -> Result<(), Failure> {
    let Uri::Path { bucket, path } = &args.place else {
        return Err(Failure::message("name a bucket to compare the folder with"));
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    check_folder(&args.folder)?;
    let filters = args.names.filters(Some(&args.folder))?;
    let bucket = context.listed_bucket(bucket).await?;
    let mut builder = bucket.verify(&args.folder).prefix(prefix).walk(args.walk());
    if let Some(index) = &args.index {
        builder = builder.index(index);
    }
    if args.versions {
        builder = builder.versions();
    }
    let is_wanted = progress::is_wanted(context.out.is_quiet(), args.no_progress);
    let bar = progress::counter("{spinner} compared: {pos}", is_wanted);
    let mut verification = builder.filter(filters).start();
    while let Some(found) = verification.next().await? {
        bar.inc(1);
        bar.suspend(|| tell(context, args.json, &found))?;
    }
    bar.finish_and_clear();
    for notice in verification.notices() {
        note!("WARNING: {notice}");
    }
    if let Some(note) = verification.index_note() {
        note!("WARNING: {note}.");
    }
    let totals = verification.totals();
    let code = exit_code(totals);
    if args.json {
        context.out.result(summary(totals, code))?;
    } else {
        context.out.result(Summary(totals))?;
    }
    if code == 0 { Ok(()) } else { Err(Failure::Exit(code)) }
}

/// Trouble with what is named as the folder, in the words that `sync` has for it.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    match fs::metadata(folder) {
        Ok(it) if !it.is_dir() => Err(Failure::message(format_args!("{shown} is not a directory"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Failure::message(format_args!("no such folder: {shown}")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn exit_code(totals: &Totals) -> u8 {
    if totals.only_here + totals.differs > 0 {
        LOST
    } else if totals.size_and_time + totals.unknown > 0 {
        UNPROVEN
    } else {
        0
    }
}

fn tell(context: &Context, is_json: bool, found: &Found) -> Result<(), Failure> {
    let (out, verdict) = (&context.out, found.finding.verdict);
    if is_json {
        return out.result(line(found));
    }
    let name = &found.finding.path;
    let is_many_lines = name.contains(['\n', '\r']);
    let name = if is_many_lines { one_line(name).to_string() } else { out.name(name) };
    let line = match &found.reason {
        Some(reason) => format!("{:<28} {name}: {reason}", text(verdict)),
        None => format!("{:<28} {name}", text(verdict)),
    };
    // What is as it should be is for those who want to see it.
    if verdict.is_proven() || verdict == Verdict::OnlyThere {
        out.say(line)
    } else {
        out.result(line)
    }
}

/// A verdict for people.
const fn text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven(Proof::Sha1) => "proven by SHA-1",
        Verdict::Proven(Proof::LargeFileSha1) => "proven by large_file_sha1",
        Verdict::Proven(Proof::PartSha1s) => "proven by part_sha1s",
        Verdict::InOlderVersion(_) => "proven, in an older version",
        Verdict::SizeAndTime => "size and time only",
        Verdict::Differs(Difference::Len) => "differs in size",
        Verdict::Differs(Difference::Content) => "differs in content",
        Verdict::Differs(Difference::Time) => "differs in time, no digest",
        Verdict::OnlyHere => "only here",
        Verdict::OnlyThere => "only in the bucket",
        Verdict::Unknown => "unknown",
    }
}

/// A finding for programs.
fn line(found: &Found) -> Value {
    let finding = &found.finding;
    let verdict = finding.verdict;
    let (word, by) = match verdict {
        Verdict::Proven(proof) => ("proven", Some(proof_word(proof))),
        Verdict::InOlderVersion(proof) => ("inOlderVersion", Some(proof_word(proof))),
        Verdict::SizeAndTime => ("sizeAndTime", None),
        Verdict::Differs(Difference::Len) => ("differs", Some("size")),
        Verdict::Differs(Difference::Content) => ("differs", Some("content")),
        Verdict::Differs(Difference::Time) => ("differs", Some("time")),
        Verdict::OnlyHere => ("onlyHere", None),
        Verdict::OnlyThere => ("onlyThere", None),
        Verdict::Unknown => ("unknown", None),
    };
    let len = finding.here.as_ref().map(|file| file.len);
    let stored_len = finding.there.as_ref().map(|it| it.version.content_length);
    let file_id = finding.there.as_ref().map(|it| it.version.file_id.as_str());
    json!({
        "name": finding.path,
        "verdict": word,
        "by": by,
        "lost": verdict.is_lost(),
        "size": len,
        "storedSize": stored_len,
        "fileId": file_id,
        "reason": found.reason,
    })
}

const fn proof_word(proof: Proof) -> &'static str {
    match proof {
        Proof::Sha1 => "sha1",
        Proof::LargeFileSha1 => "large_file_sha1",
        Proof::PartSha1s => "part_sha1s",
    }
}

fn summary(totals: &Totals, code: u8) -> Value {
    json!({
        "summary": {
            "proven": totals.proven,
            "provenBytes": totals.proven_bytes,
            "inOlderVersion": totals.in_older_version,
            "sizeAndTime": totals.size_and_time,
            "differs": totals.differs,
            "onlyHere": totals.only_here,
            "onlyThere": totals.only_there,
            "unknown": totals.unknown,
            "leftOut": totals.left_out,
            "lostBytes": totals.lost_bytes,
        },
        "exitCode": code,
    })
}

/// The last line for people.
struct Summary<'a>(&'a Totals);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { proven, proven_bytes, size_and_time, differs, only_here, .. } = self.0;
        write!(
            f,
            "{proven} proven ({proven_bytes} bytes), {size_and_time} by size and time only, "
        )?;
        write!(f, "{differs} differ, {only_here} only here, {} only in the ", self.0.only_there)?;
        write!(f, "bucket, {} unknown. ", self.0.unknown)?;
        match self.0.lost_bytes {
            0 if differs + only_here == 0 => {
                f.write_str("Nothing is known to be lost with the folder.")
            }
            lost => write!(f, "{lost} bytes would be lost with the folder."),
        }
    }
}
