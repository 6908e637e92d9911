use std::fs;

use super::*;

fn filters(regexes: RegexesBuilder, lines: &[&str]) -> Filters {
    Filters {
        regexes: regexes.build().expect("regexes"),
        lines: Lines::new(lines).expect("lines"),
        ignore_files: None,
    }
}

#[test]
fn expressions_match_at_the_start_and_leave_the_end_open() {
    let regexes = Regexes::builder().exclude_folders(["photos", "docs$"]);
    let mut filters = filters(regexes, &[]);
    let out = |filters: &mut Filters, path| filters.excludes_folder(path);
    assert!(out(&mut filters, "photos") && out(&mut filters, "photos2"));
    assert!(!out(&mut filters, "my/photos"));
    assert!(out(&mut filters, "docs") && !out(&mut filters, "docs2"));
    assert!(!filters.excludes_file("photos.txt"));
}

#[test]
fn files_to_include_win_over_those_to_exclude() {
    let regexes =
        Regexes::builder().exclude_files([".*\\.txt$", "x"]).include_files(["a/keep", "ż"]);
    let mut filters = filters(regexes, &[]);
    for (path, is_out) in [
        ("b.txt", true),
        ("a/keep.txt", false),
        ("x/a/keep.txt", true),
        ("ż.txt", false),
        ("b.jpg", false),
    ] {
        assert_eq!(filters.excludes_file(path), is_out, "{path}");
        assert_eq!(filters.explain(path).is_excluded, is_out, "{path}");
    }
    let rule = filters.explain("x/a/keep.txt").rule;
    assert_eq!(rule, Some(Rule::ExcludeFile("x".to_owned())));
}

#[test]
fn bad_expressions_are_named_with_their_option() {
    let error = Regexes::builder().exclude_files(["a", "(?=b)"]).build().expect_err("refused");
    let text = error.to_string();
    assert!(text.starts_with("exclude_file_regexes has '(?=b)'"), "{text}");
    let error = Regexes::builder().include_files(["a"]).build().expect_err("refused");
    assert_eq!(error, RegexError::IncludeWithoutExclude);
}

#[test]
fn the_last_line_that_matches_decides() {
    let lines = ["*.o", "!keep.o", "/build", "cache/", "a/**/b", "# no line", ""];
    let mut filters = filters(Regexes::builder(), &lines);
    for (path, is_folder, is_out) in [
        ("x/y.o", false, true),
        ("x/keep.o", false, false),
        ("build", true, true),
        ("x/build", true, false),
        ("x/cache", true, true),
        ("x/cache", false, false),
        ("a/1/2/b", false, true),
        ("# no line", false, false),
    ] {
        let got = match is_folder {
            true => filters.excludes_folder(path),
            false => filters.excludes_file(path),
        };
        assert_eq!(got, is_out, "{path}");
    }
    let text = filters.explain("x/keep.o").to_string();
    assert_eq!(text, "x/keep.o takes part: it matches the line '!keep.o'");
    let text = filters.explain("x/cache/keep.o").to_string();
    assert_eq!(text, "x/cache/keep.o is left out: the folder x/cache matches the line 'cache/'");
    assert_eq!(filters.explain("q").to_string(), "q takes part: no rule matches it");
    assert!(Lines::new(["[z-a]"]).is_err());
}

fn with_files(files: &[(&str, &str)]) -> (tempfile::TempDir, Filters) {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(path, text).expect("file");
    }
    let ignore_files = Some(IgnoreFiles::new(folder.path(), IGNORE_FILE));
    (folder, Filters { ignore_files, ..Filters::default() })
}

/// Editors of Windows write it.
#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let (_folder, mut filters) = with_files(&[
        (".b2ignore", "\u{feff}secret.key\r\n*.tmp\r\n"),
        ("a/.b2ignore", "\u{feff}# only this\n\u{feff}x"),
    ]);
    for (path, is_out) in
        [("secret.key", true), ("a/secret.key", true), ("b.tmp", true), ("a/x", false)]
    {
        assert_eq!(filters.excludes_file(path), is_out, "{path}");
    }
    assert!(filters.take_notice().is_none());
}

#[test]
fn files_in_inner_folders_go_before_those_in_outer_ones() {
    let (folder, mut filters) = with_files(&[
        (".b2ignore", "*.log\n/top\n"),
        ("a/b/.b2ignore", "!keep.log\r\n/top\n[z-a]"),
    ]);
    for (path, is_out) in [
        ("x.log", true),
        ("a/keep.log", true),
        ("a/b/keep.log", false),
        ("a/b/c/keep.log", false),
        ("a/b/other.log", true),
        ("a/b/top", true),
        ("a/b/c/top", false),
        ("a/c/keep.log", true),
        ("top", true),
        ("a/top", false),
        // What is only at the other side has no folder here.
        ("gone/d/x.log", true),
    ] {
        assert_eq!(filters.excludes_file(path), is_out, "{path}");
        assert_eq!(filters.explain(path).is_excluded, is_out, "{path}");
    }
    let line = filters.explain("a/b/top").rule;
    let file = Some(folder.path().join("a/b/.b2ignore"));
    assert_eq!(line, Some(Rule::Line(Line { text: "/top".to_owned(), file })));
    let notice = filters.take_notice().expect("a bad line");
    assert!(notice.contains("'[z-a]'") && notice.contains("a/b/.b2ignore"), "{notice}");
}

#[test]
fn a_folder_whose_file_cannot_be_read_is_left_out() {
    let long = "x\n".repeat(600_000);
    let (folder, mut filters) = with_files(&[("a/.b2ignore", &long), ("b/x", "")]);
    fs::create_dir(folder.path().join("b/.b2ignore")).expect("a folder in its place");
    assert!(filters.excludes_file("a/file") && filters.excludes_folder("b/c"));
    assert!(!filters.excludes_file("c/file"));
    for path in ["a/", "a/file", "b/", "b/c/d"] {
        let why = filters.unjudged(path).expect("nobody knows");
        assert!(why.contains(".b2ignore"), "{path}: {why}");
    }
    let long = format!("{}/file", "x".repeat(300));
    for path in ["", "a", "b", "c/", "c/file", &long] {
        assert_eq!(filters.unjudged(path), None, "{path}");
    }
    let rule = filters.explain("a/file").rule;
    assert_eq!(rule, Some(Rule::Unreadable(folder.path().join("a/.b2ignore"))));
}

/// What its rules would leave out must neither be uploaded nor be removed.
#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_file_that_cannot_be_read() {
    use std::os::unix::fs::symlink;
    let (folder, mut filters) =
        with_files(&[("a/x", ""), ("b/x", ""), ("c/x", ""), ("rules", "x")]);
    let root = folder.path();
    symlink("nowhere", root.join("a/.b2ignore")).expect("a link");
    symlink("x/y", root.join("b/.b2ignore")).expect("a link");
    symlink("../rules", root.join("c/.b2ignore")).expect("a link");
    for path in ["a/x", "b/x"] {
        let why = filters.unjudged(path).expect("nobody knows");
        assert!(filters.excludes_file(path) && why.contains("leads nowhere"), "{path}: {why}");
    }
    assert!(filters.excludes_file("c/x") && filters.unjudged("c/x").is_none());
}

#[test]
fn no_line_brings_back_what_one_of_the_other_kind_leaves_out() {
    let (_folder, mut filters) = with_files(&[(".b2ignore", "*.key\n!kept.bak\n/out/\n")]);
    filters.lines = Lines::new(["*.bak", "!server.*", "!out/"]).expect("lines");
    for (path, is_out) in [
        ("server.key", true),
        ("kept.bak", true),
        ("server.bak", false),
        ("server.txt", false),
        ("out/x", true),
    ] {
        let explained = filters.explain(path);
        let is_excluded = filters.excludes_file(path)
            || filters.excludes_folder("out") && path.starts_with("out/");
        assert_eq!((is_excluded, explained.is_excluded), (is_out, is_out), "{explained}");
    }
    assert_eq!(
        filters.explain("server.bak").to_string(),
        "server.bak takes part: it matches the line '!server.*'"
    );
}

/// A bucket may have any name; what lies outside of the folder says nothing of it.
#[test]
fn no_file_is_read_for_a_name_that_leads_elsewhere() {
    let outer = tempfile::tempdir().expect("a folder");
    let root = outer.path().join("root");
    fs::create_dir_all(root.join("d")).expect("folders");
    for folder in [outer.path(), &root.join("d")] {
        fs::write(folder.join(".b2ignore"), "*\n").expect("written");
    }
    let mut filters =
        Filters { ignore_files: Some(IgnoreFiles::new(&root, IGNORE_FILE)), ..Filters::default() };
    let absolute = format!("{}/x", outer.path().display());
    for name in ["../x", "d/../../x", &absolute, "d/x", ".//x"] {
        let is_inside = name.starts_with("d/");
        assert_eq!(filters.excludes_file(name), is_inside, "{name}");
        assert_eq!(filters.unjudged(name), None, "{name}");
    }
}
