//! `b2 ls` (spec 6.4).

use b2_proto::error::ErrorKind;
use b2_proto::model::FileVersion;
use b2_proto::plan::selection::{Row, Selection};

use crate::args::LsArgs;
use crate::args::uri::Uri;
use crate::commands::bucket;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{json, shape, table};
use crate::select::{first_in, rows};

pub(crate) async fn run(context: &Context, args: LsArgs) -> Result<(), Failure> {
    if args.long && args.json {
        return Err(Failure::message("Cannot use --long and --json options together"));
    }
    match args.uri.clone().unwrap_or(Uri::Buckets) {
        Uri::Buckets => all_buckets(context, &args).await,
        Uri::Id(id) => {
            let file = version(context, &id).await?;
            let mut printer = Printer::new(context, &args);
            printer.file(&file)?;
            printer.end()
        }
        Uri::Path { bucket, path } => {
            let bucket = context.listed_bucket(&bucket).await?;
            let selection = Selection { as_of_ms: args.as_of, ..args.selection.0.clone() };
            let mut files = rows(&bucket, &path, &selection)?;
            let mut printer = Printer::new(context, &args);
            while let Some(row) = files.try_next().await? {
                match row {
                    Row::File(file) => printer.file(&file)?,
                    Row::Folder { name, first } if args.json => {
                        let first = first_in(&bucket, &selection, &name, first).await?;
                        if let Some(file) = first {
                            printer.file(&file)?;
                        }
                    }
                    Row::Folder { name, .. } => printer.folder(&name)?,
                }
            }
            printer.end()
        }
    }
}

/// The version with this ID.
pub(crate) async fn version(context: &Context, id: &str) -> Result<FileVersion, Failure> {
    let not_present = || format!("File not present: {id}");
    let found = context.client().file_info(id).await;
    found.map_err(|error| Failure::or(error, ErrorKind::NotFound, not_present))
}

async fn all_buckets(context: &Context, args: &LsArgs) -> Result<(), Failure> {
    let options = [
        (args.long, "--long"),
        (args.selection.0.recursive, "--recursive"),
        (args.replication, "--replication"),
        (args.as_of.is_some(), "--as-of"),
    ];
    if let Some((_, option)) = options.iter().find(|(is_given, _)| *is_given) {
        return Err(Failure::message(format_args!(
            "Cannot use {option} option without specifying a bucket name"
        )));
    }
    bucket::list(context, args.json).await
}

/// Rows in the form that was asked for.
struct Printer<'a> {
    context: &'a Context,
    args: &'a LsArgs,
    count: u64,
}

impl<'a> Printer<'a> {
    const fn new(context: &'a Context, args: &'a LsArgs) -> Self {
        Self { context, args, count: 0 }
    }

    fn file(&mut self, file: &FileVersion) -> Result<(), Failure> {
        let out = &self.context.out;
        self.count += 1;
        if self.args.json {
            // Objects are printed as they come, whatever their number (spec 5.6).
            let start = if self.count == 1 { "[\n" } else { "," };
            return out.result(format_args!("{start}{}", json::text(&shape::version(file))));
        }
        let name = out.name(&file.file_name);
        if self.args.long {
            out.say(table::file(file, &name, self.args.replication))
        } else {
            out.say(name)
        }
    }

    fn folder(&mut self, name: &str) -> Result<(), Failure> {
        let out = &self.context.out;
        self.count += 1;
        let name = out.name(name);
        out.say(if self.args.long { table::folder(&name, self.args.replication) } else { name })
    }

    fn end(self) -> Result<(), Failure> {
        match (self.args.json, self.count) {
            (false, _) => Ok(()),
            (true, 0) => self.context.out.result("[]"),
            (true, _) => self.context.out.result("]"),
        }
    }
}
