//! Which files take part, by their names and as what they are.

use b2_local::filter::{Filters, IgnoreFiles, Lines, Regexes};

use super::*;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    let mut all = list![
        expressions_decide_about_names,
        lines_decide_about_names,
        what_is_left_out_is_deleted_when_that_is_asked_for,
        names_of_a_bucket_are_left_out,
        a_dry_run_only_tells,
        shares_limit_deletes,
    ];
    if cfg!(unix) {
        all.extend(list![links_are_followed, links_are_skipped]);
    }
    all
}

/// A tree of which all rules here leave out the same: what is temporary, and the cache.
fn tree<F: Face>(world: &World<'_, F>) {
    for name in ["a.txt", "a.tmp", "cache/x", "d/b.txt", "d/c.tmp", "d/keep.tmp"] {
        put(world, name, b"1", 1_000);
    }
}

/// What is left then.
const LEFT: [&str; 3] = ["upload a.txt", "upload d/b.txt", "upload d/keep.tmp"];

fn up<F: Face>(world: &World<'_, F>, filter: Filters) -> InStep {
    InStep { filter: Some(filter), ..InStep::between(here(world), there("x")) }
}

/// The reference's: from the start of the path, and what is included comes back.
fn expressions_decide_about_names<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    tree(world);
    let regexes = Regexes::builder()
        .exclude_files([r".*\.tmp$"])
        .include_files([".*keep"])
        .exclude_folders(["cache$"])
        .build()
        .expect("expressions");
    let sync = || up(world, Filters { regexes: regexes.clone(), ..Filters::default() });
    is_done(&run(&service, &client, sync()), &LEFT);
    is_done(&run(&service, &client, sync()), &[]);
    // What the rules leave out is protected at the destination.
    bucket.upload("x/b.tmp", b"it stays".into()).expect("uploaded");
    bucket.upload("x/b.txt", b"it goes".into()).expect("uploaded");
    service.skip();
    is_done(&run(&service, &client, sync().with(DELETE)), &["delete b.txt "]);
}

/// Those of the command and those of a file in the folder; that file is one of the tree.
fn lines_decide_about_names<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    tree(world);
    put(world, "d/.b2ignore", b"*.tmp\n!keep.tmp\n.b2ignore\n", 1_000);
    let lines = Lines::new(["/cache/", "/*.tmp"]).expect("lines");
    let ignore_files = Some(IgnoreFiles::new(world.path("here"), ".b2ignore"));
    let filter = Filters { lines, ignore_files, ..Filters::default() };
    is_done(&run(&service, &client, up(world, filter.clone())), &LEFT);
    is_done(&run(&service, &client, up(world, filter).with(DELETE)), &[]);
}

/// And stays otherwise.
fn what_is_left_out_is_deleted_when_that_is_asked_for<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    put(world, "a", b"1", 1_000);
    put(world, "b.tmp", b"here too", 1_000);
    for name in ["x/b.tmp", "x/c.tmp", "x/cache/d"] {
        bucket.upload(name, b"old".into()).expect("uploaded");
    }
    service.skip();
    let lines = Lines::new(["*.tmp", "cache/"]).expect("lines");
    let sync = || up(world, Filters { lines: lines.clone(), ..Filters::default() });
    let mut synced = run(&service, &client, sync().with(DELETE));
    is_done(&synced, &["upload a"]);
    assert_eq!(synced.summary.planned.protected, 3);
    let excluded: fn(&mut Options) = |it| {
        DELETE(it);
        it.delete_excluded = true;
    };
    synced = run(&service, &client, sync().with(excluded));
    is_done(&synced, &["delete b.tmp ", "delete c.tmp ", "delete cache/d "]);
    assert_eq!(versions(&bucket), ["x/a"]);
    service.skip();
}

/// The same rules hold where names come from a listing.
fn names_of_a_bucket_are_left_out<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["x/a", "x/a.tmp", "x/cache/b"] {
        bucket.upload(name, b"1".into()).expect("uploaded");
    }
    service.skip();
    put(world, "own.tmp", b"it stays", 1_000);
    put(world, "own", b"it goes", 1_000);
    let lines = Lines::new(["*.tmp", "cache/"]).expect("lines");
    let filter = Some(Filters { lines, ..Filters::default() });
    let down = InStep { filter, ..InStep::between(there("x"), here(world)) };
    is_done(&run(&service, &client, down.with(DELETE)), &["upload a", "delete own "]);
    assert!(world.path("here/own.tmp").exists());
}

/// It lists, and sends nothing else.
fn a_dry_run_only_tells<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("gone", b"old".into()).expect("uploaded");
    service.skip();
    put(world, "a", b"1", 1_000);
    let up = InStep { dry_run: true, ..InStep::between(here(world), there("")) };
    let synced = run(&service, &client, up.with(DELETE));
    is_done(&synced, &["upload a", "delete gone "]);
    assert_eq!(versions(&bucket), ["gone"]);
    service.skip();
    let target = Place::Folder(world.path("new"));
    let down = InStep { dry_run: true, ..InStep::between(there(""), target) };
    is_done(&run(&service, &client, down), &["upload gone"]);
    assert!(!world.path("new").exists());
}

/// Exactly the share that was given, of what the destination has.
fn shares_limit_deletes<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    for name in ["a", "b", "c", "d"] {
        bucket.upload(name, b"1".into()).expect("uploaded");
    }
    service.skip();
    put(world, "a", b"1", 1_000);
    put(world, "b", b"1", 1_000);
    let up = || InStep::between(here(world), there(""));
    let under: fn(&mut Options) = |it| {
        (it.keep, it.newer) = (Keep::Newest, Newer::Skip);
        it.delete_limit = DeleteLimit::Percent(49);
    };
    let synced = run(&service, &client, up().with(under));
    assert_eq!(synced.lines, ["kept Limit: c", "kept Limit: d"]);
    assert_eq!(synced.summary.ending, Ending::TooManyDeletes { wanted: 2, allowed: 1 });
    let enough: fn(&mut Options) = |it| {
        (it.keep, it.newer) = (Keep::Newest, Newer::Skip);
        it.delete_limit = DeleteLimit::Percent(50);
    };
    is_done(&run(&service, &client, up().with(enough)), &["delete c ", "delete d "]);
}

/// A tree with links to a file, to a folder, to nothing, and to the folder it is in.
#[cfg(unix)]
fn linked<F: Face>(world: &World<'_, F>) {
    use std::os::unix::fs::symlink;
    put(world, "a", b"1", 1_000);
    fs::create_dir(world.path("outside")).expect("a folder");
    fs::write(world.path("outside/b"), b"2").expect("written");
    let link = |to: &str, name: &str| symlink(to, world.path("here").join(name)).expect("a link");
    link("a", "file");
    link("../outside", "folder");
    link("nowhere", "lost");
    link(".", "loop");
}

#[cfg(not(unix))]
fn linked<F: Face>(_: &World<'_, F>) {}

/// What they lead to is uploaded. Behind one that leads nowhere nobody can look, so nothing is
/// deleted there (S2).
fn links_are_followed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    linked(world);
    for name in ["lost", "lost/x", "z"] {
        bucket.upload(name, b"old".into()).expect("uploaded");
    }
    service.skip();
    let up = InStep::between(here(world), there(""));
    let mut synced = run(&service, &client, up.with(DELETE));
    synced.lines.sort();
    let want = [
        "delete z ",
        "kept SourceUnknown: lost",
        "kept SourceUnknown: lost/x",
        "skipped Source: loop/: LinkLoop",
        "skipped Source: lost: BrokenLink",
        "upload a",
        "upload file",
        "upload folder/b",
    ];
    assert_eq!(synced.lines, want);
    assert_eq!((synced.summary.failures(), synced.summary.planned.unknown), (0, 1));
}

/// As if they were not there.
fn links_are_skipped<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, _) = service.bucket();
    linked(world);
    let up = InStep { skip_symlinks: true, ..InStep::between(here(world), there("")) };
    let mut synced = run(&service, &client, up.with(DELETE));
    synced.lines.sort();
    let skipped = ["file", "folder/", "loop/", "lost"];
    let mut want: Vec<String> =
        skipped.map(|name| format!("skipped Source: {name}: Link")).to_vec();
    want.push("upload a".to_owned());
    assert_eq!(synced.lines, want);
    assert!(synced.summary.is_complete(), "{:?}", synced.summary);
}
