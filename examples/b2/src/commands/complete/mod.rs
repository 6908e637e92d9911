//! What a shell is told when somebody asks it to go on with a line; `install` teaches it to ask.

pub(crate) mod install;

use std::path::PathBuf;

use crate::args::{Candidates, CompleteArgs, Global, Unfinished, uri};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Out;

/// Files that are offered at most, which one call lists.
const FILES_MAX: u32 = 10_000;

/// Prints a line for each way to go on.
pub(crate) async fn run(out: Out, global: &Global, args: CompleteArgs) -> Result<(), Failure> {
    let line = Unfinished::new(&args.line);
    let mut found = match &line.candidates {
        Candidates::Words(words) => words.clone(),
        Candidates::Other => Vec::new(),
        Candidates::Uri => uris(&line, global).await?,
        Candidates::Bucket => buckets(&line, global).await?,
    };
    found.retain(|candidate| candidate.starts_with(&line.word));
    // Bash has cut the word behind each colon, and puts what it gets behind the last one.
    let cut = if args.shell == "bash" { line.word.rfind(':').map_or(0, |at| at + 1) } else { 0 };
    for candidate in &found {
        out.result(candidate.get(cut..).unwrap_or_default())?;
    }
    out.flush()
}

/// A context as the options in the line ask for.
async fn context(line: &Unfinished, global: &Global) -> Result<Context, Failure> {
    let mut global = global.clone();
    global.sim = line.value_of("--sim").map(PathBuf::from).or(global.sim);
    global.profile = line.value_of("--profile").or(global.profile);
    Context::open(Out::new(&global), &global).await
}

async fn bucket_uris(context: &Context) -> Result<Vec<String>, Failure> {
    let buckets = context.client().buckets().await?;
    Ok(buckets.iter().map(|bucket| format!("b2://{}/", bucket.bucket_name)).collect())
}

async fn buckets(line: &Unfinished, global: &Global) -> Result<Vec<String>, Failure> {
    let uris = bucket_uris(&context(line, global).await?).await?;
    let name = |uri: &String| uri.trim_start_matches("b2://").trim_end_matches('/').to_owned();
    Ok(uris.iter().map(name).chain(uris.iter().cloned()).collect())
}

/// Both schemes, then all buckets, then the files of a bucket whose names begin so.
async fn uris(line: &Unfinished, global: &Global) -> Result<Vec<String>, Failure> {
    if !line.word.starts_with("b2://") {
        return Ok(["b2://", "b2id://"].map(str::to_owned).into());
    }
    let context = context(line, global).await?;
    let place = line.word.matches('/').nth(2).and_then(|_| uri::place(&line.word).ok());
    let Some((bucket, start)) = place else {
        return bucket_uris(&context).await;
    };
    let found = context.listed_bucket(&bucket).await?;
    let names = found.names_options().prefix(start).page_len(FILES_MAX);
    let mut rows = found.list_names(names);
    let mut files = Vec::new();
    while let Some(row) = rows.try_next().await? {
        files.push(format!("b2://{bucket}/{}", row.name()));
        // More calls for a listing nobody reads to its end would only be waited for.
        if files.len() >= FILES_MAX as usize {
            break;
        }
    }
    Ok(files)
}
