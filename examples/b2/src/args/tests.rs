use super::*;
use clap::CommandFactory as _;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn options_and_positionals_come_in_any_order() {
    for line in [
        "b2 file upload --sha1 aa bucket local remote --threads 3",
        "b2 file upload bucket --threads=3 local --sha1=aa remote",
        "b2 file upload bucket local remote --thr 3 --sh aa",
    ] {
        let Ok(Cli { command: Command::File(FileCommand::Upload(it)), .. }) = parse(line) else {
            panic!("{line}");
        };
        assert_eq!((it.bucket_name.as_str(), it.file_name.as_str()), ("bucket", "remote"));
        assert_eq!((it.threads, it.sha1.as_deref()), (Some(3), Some("aa")), "{line}");
    }
}

#[test]
fn prefixes_must_be_clear_and_the_last_value_wins() {
    assert!(parse("b2 ls --vers b2://bucket").is_ok());
    let ambiguous = parse("b2 ls --re b2://b").expect_err("--recursive or --replication");
    assert_eq!(ambiguous.exit_code(), 2);
    // As the reference reads it.
    let Ok(Cli { command: Command::Sync(sync), .. }) = parse("b2 sync --incremental a b2://b")
    else {
        panic!("only one option begins like that");
    };
    assert!(sync.incremental_mode && !sync.by_blocks);
    let Ok(Cli { command: Command::Rm(rm), .. }) = parse("b2 rm --threads 1 --threads 2 b2://b")
    else {
        panic!("the last of two values counts");
    };
    assert_eq!(rm.threads, 2);
    assert!(parse("b2 ls -lr b2://bucket").is_ok());
}

#[test]
fn the_simulator_can_be_named_anywhere() {
    for line in ["b2 --sim D ls b2://b", "b2 ls --sim D b2://b", "b2 ls b2://b --sim=D"] {
        let cli = parse(line).expect("parsed");
        assert_eq!(cli.global.sim, Some(PathBuf::from("D")), "{line}");
    }
    assert!(parse("b2 file --sim D large parts b2id://x").expect("parsed").global.sim.is_some());
}

#[test]
fn words_with_a_dash_have_a_second_spelling() {
    assert!(parse("b2 bucket get-download-auth b").is_ok());
    assert!(parse("b2 bucket get_download_auth b").is_ok());
}

#[test]
fn mistakes_in_arguments_exit_with_2() {
    for line in [
        "b2",
        "b2 frob",
        "b2 file",
        "b2 file upload bucket",
        "b2 bucket create name allprivate",
        "b2 sync a b2://b --threads x",
        "b2 file info s3://x/y",
        "b2 file info b2://bucket/",
        "b2 file large parts b2://bucket/x",
        "b2 rm",
        "b2 bucket delete b2://bucket/path",
        "b2 bucket create x allPrivate --bucket-info {bad",
        "b2 key create name",
        "b2 key create name listFiles --all-capabilities",
        "b2 sync a b --skip-newer --replace-newer",
        "b2 ls --frob",
    ] {
        assert_eq!(parse(line).map(|_| 0).map_err(|e| e.exit_code()), Err(2), "{line}");
    }
}
