//! The program as others use it: lines in, lines out.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::{Value, json};

fn run(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_b2-plan"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = thread::spawn(move || {
        // The program may end before it has read everything.
        let _cut_off = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("all is written");
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

#[test]
fn all_vectors_come_out_as_the_reference_plans_them() {
    let input = vectors::text("planner.jsonl");
    let output = run(&[], &input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let got = lines(&output);
    let wanted: Vec<Value> =
        input.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert_eq!(got.len(), wanted.len());
    assert!(got.len() == 1_500 || !vectors::are_own() && !got.is_empty());
    for (got, wanted) in got.iter().zip(&wanted) {
        assert_eq!(got["id"], wanted["id"]);
        assert_eq!(got["out"], wanted["out"], "{}", wanted["id"]);
        // What the service would refuse is said.
        let is_over = wanted["out"]["n"].as_u64().is_some_and(|parts| parts > 10_000);
        assert_eq!(got.get("too_many_parts").is_some(), is_over, "{}", wanted["id"]);
    }
}

/// Bytes sent and fetched.
fn moved(case: &Value, out: &Value) -> u64 {
    let parts = out["parts"].as_array().expect("parts");
    let number = |value: &Value| value.as_u64().expect("a number");
    let of_part = |part: &Value| match part[0].as_str() {
        Some("s") => number(&part[3]) * part.get(4).map_or(1, number),
        Some("c") => 0,
        _ => {
            let pieces = part[1].as_array().expect("pieces").iter();
            let of_piece = |piece: &Value| {
                let intent = usize::try_from(number(&piece[0])).expect("an index");
                let is_remote = case["in"][intent][0] == "R";
                number(&piece[2]) * if is_remote { 2 } else { 1 }
            };
            pieces.map(of_piece).sum()
        }
    };
    parts.iter().map(of_part).sum()
}

#[test]
fn the_least_transfer_is_never_worse_than_the_reference() {
    let input = vectors::text("planner.jsonl");
    let output = run(&["--least-transfer"], &input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut better = 0;
    for (got, line) in lines(&output).iter().zip(input.lines()) {
        let case: Value = serde_json::from_str(line).expect("a JSON line");
        if case["out"].get("error").is_some() {
            assert_eq!(got["out"], case["out"]);
            continue;
        }
        let (least, reference) = (moved(&case, &got["out"]), moved(&case, &case["out"]));
        // The reference's parts that the service would refuse are no measure.
        let is_over = case["out"]["n"].as_u64().is_some_and(|parts| parts > 10_000);
        assert!(least <= reference || is_over, "{}: {least}, not {reference}", case["id"]);
        better += u32::from(least < reference);
    }
    assert!(better > 100 || !vectors::are_own(), "{better}");
}

#[test]
fn priorities_are_those_of_the_documentation() {
    let case = r#"{"id":7,"m":5,"R":100,"M":5000,"in":[["R",0,100,9],["L",50,30],["L",100,100]]}"#;
    let with = |priority: &str| lines(&run(&["--prioritize", priority], case))[0].clone();
    let file = |parts: Value| {
        let n = parts.as_array().map_or(0, Vec::len);
        json!({"id": 7, "out": {"kind": "large", "n": n, "parts": parts}})
    };
    let remote = file(json!([["c", 0, 0, 100], ["s", 2, 0, 100]]));
    assert_eq!(with("reference"), remote);
    assert_eq!(with("remote"), remote);
    let local = json!([["c", 0, 0, 50], ["s", 1, 0, 30], ["c", 0, 80, 20], ["s", 2, 0, 100]]);
    assert_eq!(with("local"), file(local));
    let cut = json!([["c", 0, 0, 50], ["c", 0, 50, 30], ["c", 0, 80, 20], ["s", 2, 0, 100]]);
    assert_eq!(with("local_verification"), file(cut));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let good = r#"{"id":"a","m":5,"R":10,"M":20,"mode":"planned","in":[["L",0,3]]}"#;
    for (bad, why) in [
        ("{", "EOF"),
        (r#"{"id":"b","m":5,"R":10,"M":20,"in":[["X",0,3]]}"#, "unknown variant `X`"),
        (r#"{"id":"b","m":5,"R":10,"M":20,"in":[["L",0]]}"#, "an intent"),
        (r#"{"id":"b","m":5,"R":10,"M":20,"in":[["L",0,-1]]}"#, "-1"),
        (r#"{"id":"b","m":5,"R":4,"M":20,"in":[["L",0,1]]}"#, "minimum part size"),
        (r#"{"id":"b","m":5,"R":10,"in":[]}"#, "missing field `M`"),
        (r#"{"id":"b","m":5,"R":10,"M":20,"mode":"slow","in":[]}"#, "unknown variant `slow`"),
    ] {
        let output = run(&[], &format!("{good}\n\n{bad}\n{good}\n"));
        assert!(!output.status.success(), "{bad}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.starts_with("b2-plan: line 3: ") && text.contains(why), "{bad}: {text}");
        assert_eq!(lines(&output).len(), 1, "{bad}");
    }
    let unknown = r#"{"m":5,"R":10,"M":20,"in":[["L",0,null]]}"#;
    let output = lines(&run(&[], unknown));
    assert_eq!(output, [json!({"id": null, "out": {"error": "unknown_length"}})]);
}

#[test]
fn a_line_has_a_longest_length() {
    let input = " ".repeat(64 * 1024 * 1024 + 1);
    let output = run(&[], &input);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text, "b2-plan: line 1: it has more than 67108864 bytes\n");
}

#[test]
fn options_that_contradict_are_refused() {
    assert_eq!(run(&["--least-transfer", "--prioritize", "local"], "").status.code(), Some(2));
    assert!(run(&[], "").status.success());
}
