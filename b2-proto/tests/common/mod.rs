//! Runs conformance vectors: one JSON object per line, told apart by its field `t`.

use std::collections::BTreeMap;

use serde_json::Value;

/// What came of one case: why it failed, if it did.
pub(crate) type Checked = Result<(), String>;

/// Runs every case of a file through `check` and fails unless all are as expected.
///
/// Cases that carry `defect` or `quirk` document the reference: they run too, but may differ.
/// Counts are printed per kind.
#[track_caller]
#[allow(dead_code, reason = "every test file uses its part of the runners")]
pub(crate) fn run(file: &str, check: impl Fn(&str, &Case<'_>) -> Checked) {
    run_by(file, "t", |case| case.documents_the_reference(), check);
}

/// As [`run`], told apart by the field `key`; `check` must hold for marked cases too.
#[track_caller]
#[allow(dead_code, reason = "every test file uses its part of the runners")]
pub(crate) fn run_all(file: &str, key: &str, check: impl Fn(&str, &Case<'_>) -> Checked) {
    run_by(file, key, |_| false, check);
}

#[track_caller]
fn run_by(
    file: &str,
    key: &str,
    may_differ: impl Fn(&Case<'_>) -> bool,
    check: impl Fn(&str, &Case<'_>) -> Checked,
) {
    let mut counts = BTreeMap::<String, Count>::new();
    let mut failures = Vec::new();
    for (index, line) in vectors::text(file).lines().enumerate() {
        let at = format!("{file}:{}", index + 1);
        let case: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{at}: {e}"));
        let case = Case(&case);
        let kind = case.str(key);
        let count = counts.entry(kind.to_owned()).or_default();
        count.cases += 1;
        match check(kind, &case) {
            Ok(()) => {}
            Err(_) if may_differ(&case) => count.differing += 1,
            Err(why) => failures.push(format!("{at} {} {kind}: {why}", case.str("id"))),
        }
    }
    report(file, &counts);
    let shown = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} cases failed:\n{shown}", failures.len());
    assert!(!counts.is_empty(), "{file} has no cases");
}

/// Fails unless the two are equal.
pub(crate) fn same<T: PartialEq<U> + core::fmt::Debug, U: core::fmt::Debug>(
    got: T,
    wanted: U,
) -> Checked {
    if got == wanted { Ok(()) } else { Err(format!("got {got:?}, wanted {wanted:?}")) }
}

/// One case. Its accessors panic when a field is missing or of another kind: a case that is not
/// understood must not pass.
pub(crate) struct Case<'a>(pub(crate) &'a Value);

#[allow(dead_code, reason = "every test file uses its part of the accessors")]
impl Case<'_> {
    /// Any field.
    #[track_caller]
    pub(crate) fn field(&self, key: &str) -> &Value {
        self.0.get(key).unwrap_or_else(|| panic!("no {key} in {}", self.0))
    }

    /// A text.
    #[track_caller]
    pub(crate) fn str(&self, key: &str) -> &str {
        self.opt_str(key).unwrap_or_else(|| panic!("{key} is null in {}", self.0))
    }

    /// A text or null.
    #[track_caller]
    pub(crate) fn opt_str(&self, key: &str) -> Option<&str> {
        let value = self.field(key);
        let text = value.as_str();
        assert!(text.is_some() || value.is_null(), "{key} in {}", self.0);
        text
    }

    /// A size.
    #[track_caller]
    pub(crate) fn u64(&self, key: &str) -> u64 {
        self.opt_u64(key).unwrap_or_else(|| panic!("{key} is null in {}", self.0))
    }

    /// A size or null.
    #[track_caller]
    pub(crate) fn opt_u64(&self, key: &str) -> Option<u64> {
        let value = self.field(key);
        let number = value.as_u64();
        assert!(number.is_some() || value.is_null(), "{key} in {}", self.0);
        number
    }

    /// A list whose elements are of one type.
    #[track_caller]
    pub(crate) fn list<T: serde::de::DeserializeOwned>(&self, key: &str) -> Vec<T> {
        self.parsed(key)
    }

    /// An object whose values are text.
    #[track_caller]
    pub(crate) fn texts(&self, key: &str) -> BTreeMap<String, String> {
        self.parsed(key)
    }

    #[track_caller]
    fn parsed<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        let parsed = serde_json::from_value(self.field(key).clone());
        parsed.unwrap_or_else(|e| panic!("{key} in {}: {e}", self.0))
    }

    fn documents_the_reference(&self) -> bool {
        self.0.get("defect").is_some() || self.0.get("quirk").is_some()
    }
}

#[derive(Default)]
struct Count {
    cases: u32,
    differing: u32,
}

#[expect(clippy::print_stdout, reason = "the counts are for the reader of a test run")]
fn report(file: &str, counts: &BTreeMap<String, Count>) {
    let total: u32 = counts.values().map(|count| count.cases).sum();
    println!("{file}: {total} cases");
    for (kind, Count { cases, differing }) in counts {
        println!("  {kind}: {cases}, of which {differing} differ as documented");
    }
}
