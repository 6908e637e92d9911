//! Runs the list and reports.

use core::any::Any;
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::io::Write as _;
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::authority::Authority;
use crate::face::Face;
use crate::golden::{self, Sections};
use crate::scenario::Scenario;
use crate::scenarios::{self, Theme};
use crate::watch::Watch;
use crate::world::World;

/// How clients and service speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Plain HTTP.
    Plain,
    /// HTTP over TLS.
    Tls,
}

impl Wire {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Tls];
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    driver: &'static str,
    wire: Wire,
    passed: usize,
    failed: Vec<(String, String)>,
    pending: Vec<(String, String)>,
    known: Vec<(String, String)>,
    seconds: f64,
}

/// Scenarios at the same time: many wait for a time to pass.
const WORKERS: usize = 12;

/// Runs every scenario over both wires and prints how many passed and which are pending. With
/// the variable `CONFORMANCE_ONLY` only those are run whose name, `theme::scenario`, contains it.
///
/// # Panics
/// When a scenario failed, or none was chosen.
pub fn run(face: &impl Face) {
    let filter = std::env::var("CONFORMANCE_ONLY").unwrap_or_default();
    let reports = Wire::ALL.map(|wire| run_over(face, wire, &filter));
    assert!(reports.iter().all(Report::is_ok), "scenarios failed");
    assert!(reports.iter().any(Report::has_chosen), "no scenario is named so: {filter}");
}

/// Runs the scenarios over one wire whose name, `theme::scenario`, contains `filter`, and prints
/// the report.
pub fn run_over(face: &impl Face, wire: Wire, filter: &str) -> Report {
    let began = Instant::now();
    let themes = scenarios::all();
    let mut report = Report {
        driver: face.name(),
        wire,
        passed: 0,
        failed: Vec::new(),
        pending: Vec::new(),
        known: Vec::new(),
        seconds: 0.0,
    };
    let chosen = choose(face, &themes, filter, &mut report);
    let outcomes = run_all(face, wire, &chosen);
    for theme in &themes {
        let of_theme = outcomes.iter().filter(|outcome| outcome.theme == theme.name);
        judge(theme, of_theme, filter.is_empty(), &mut report);
    }
    report.seconds = began.elapsed().as_secs_f64();
    // The report is the result; when it cannot be shown, the outcome of the test still is.
    let _ = write!(std::io::stdout().lock(), "{report}");
    report
}

/// A scenario and its theme's name.
type Chosen<'a, F> = Vec<(&'static str, &'a Scenario<F>)>;

/// The scenarios to run, notes those that cannot.
fn choose<'a, F: Face>(
    face: &F,
    themes: &'a [Theme<F>],
    filter: &str,
    report: &mut Report,
) -> Chosen<'a, F> {
    let mut chosen = Vec::new();
    for theme in themes {
        for scenario in &theme.scenarios {
            let name = format!("{}::{}", theme.name, scenario.name);
            if !name.contains(filter) || !scenario.wires.contains(&report.wire) {
                continue;
            }
            let is_missing = |setting| face.missing().contains(setting);
            match scenario.needs.iter().find(|setting| is_missing(setting)) {
                Some(setting) => report.pending.push((name, format!("no setting {setting:?}"))),
                None => chosen.push((theme.name, scenario)),
            }
        }
    }
    chosen
}

struct Outcome {
    theme: &'static str,
    name: String,
    /// What is known to be wrong.
    trouble: Option<&'static str>,
    /// Whether its transcript is written rather than compared.
    writes: bool,
    /// The transcript, or why there is none.
    lines: Result<Vec<String>, String>,
}

fn run_all<F: Face>(face: &F, wire: Wire, chosen: &Chosen<'_, F>) -> Vec<Outcome> {
    let authority = Authority::new();
    let (next, outcomes) = (Mutex::new(chosen.iter()), Mutex::new(Vec::new()));
    let watch = Watch::start(face.name(), wire);
    let work = || {
        let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((theme, scenario)) = take() {
            let name = format!("{theme}::{}", scenario.name);
            watch.begin(&name);
            let lines = run_one(face, wire, &authority, scenario);
            watch.end(&name);
            let writes = golden::is_writing() && scenario.wires.first() == Some(&wire);
            let (name, trouble) = (scenario.name.clone(), scenario.trouble);
            let outcome = Outcome { theme, name, trouble, writes, lines };
            outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn run_one<F: Face>(
    face: &F,
    wire: Wire,
    authority: &Authority,
    scenario: &Scenario<F>,
) -> Result<Vec<String>, String> {
    let run = || {
        let world = World::new(face, wire, authority);
        (scenario.run)(&world);
        world.into_lines()
    };
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| words(panic.as_ref()))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// Compares the transcripts of a theme with those they must be, or writes them.
fn judge<'a, F: Face>(
    theme: &Theme<F>,
    outcomes: impl Iterator<Item = &'a Outcome>,
    is_whole: bool,
    report: &mut Report,
) {
    let mut golden = golden::read(theme.name);
    let mut seen = Sections::new();
    for outcome in outcomes {
        let name = format!("{}::{}", theme.name, outcome.name);
        let lines = match (&outcome.lines, outcome.trouble) {
            (Ok(lines), None) => lines,
            (Ok(_), Some(_)) => {
                report.failed.push((name, "it passes; it is no longer in trouble".to_owned()));
                continue;
            }
            (Err(words), Some(why)) => {
                report.known.push((name, format!("{why}: {words}")));
                continue;
            }
            (Err(words), None) => {
                report.failed.push((name, words.clone()));
                continue;
            }
        };
        if outcome.writes {
            seen.insert(outcome.name.clone(), lines.clone());
            report.passed += 1;
            continue;
        }
        let expected = golden.get(&outcome.name);
        match golden::difference(expected, lines) {
            None => report.passed += 1,
            Some(difference) => report.failed.push((name, difference)),
        }
    }
    if golden::is_writing() {
        golden.retain(|name, _| theme.scenarios.iter().any(|scenario| scenario.name == *name));
        golden.extend(seen);
        golden::write(theme.name, &golden);
    } else if is_whole {
        let is_known = |name: &String| theme.scenarios.iter().any(|it| it.name == *name);
        let unknown = golden.into_keys().filter(|name| !is_known(name));
        let gone = unknown.map(|name| (name, "a transcript without a scenario".to_owned()));
        report.failed.extend(gone);
    }
}

impl Report {
    /// Whether nothing failed.
    pub fn is_ok(&self) -> bool {
        self.failed.is_empty()
    }

    /// Whether there was anything to run, or to leave out because a setting is missing.
    pub fn has_chosen(&self) -> bool {
        self.passed + self.failed.len() + self.pending.len() + self.known.len() > 0
    }

    /// How many scenarios passed.
    pub fn passed(&self) -> usize {
        self.passed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { driver, wire, passed, failed, pending, known, seconds } = self;
        for (name, why) in failed {
            writeln!(f, "failed: {driver}, {wire:?}, {name}: {why}")?;
        }
        for (name, why) in pending {
            writeln!(f, "pending: {driver}, {wire:?}, {name}: {why}")?;
        }
        for (name, why) in known {
            writeln!(f, "in trouble: {driver}, {wire:?}, {name}: {why}")?;
        }
        let (failed, pending, known) = (failed.len(), pending.len(), known.len());
        writeln!(
            f,
            "conformance of {driver} over {wire:?}: {passed} passed, {failed} failed, \
             {pending} pending, {known} in trouble, in {seconds:.1} s",
        )
    }
}
