//! What the rules say of names, found out where a disk may be waited for.
//!
//! Rules that lie in files are read when a name is asked for, and a disk that hangs holds up
//! whoever asks. The plan asks while it has the lock of the whole run. So where rules
//! [may wait](PathFilter::may_wait), the rows of each side are judged by jobs, a few in a go as a
//! walk finds them, and the plan is told the verdict with the row.

use std::collections::VecDeque;
use std::time::Instant;

use b2_proto::error::Error;
use b2_proto::plan::sync::{Choice, Entry as _, PathFilter, Selection};

use super::event::Side;
use super::feed::Row;
use super::job::{Job, LocalJob};
use super::local::{ENTRIES_MAX, FIRST_ENTRIES_MAX, GO_MS_MAX};
use super::rules::Rules;
use crate::index::IsGivenUp;

/// Rules on their way along the names of a side, and the next of those.
#[derive(Debug)]
pub struct Judging {
    selection: Box<Selection<Rules>>,
    subjects: Vec<Subject>,
}

/// The rules again, and what they said of the first of those names.
#[derive(Debug)]
pub struct Judged {
    selection: Box<Selection<Rules>>,
    choices: Vec<Choice>,
}

#[derive(Debug)]
enum Subject {
    File(String),
    /// Something that takes no part; all of a folder if it ends with a slash.
    Place(String),
    /// Nothing has to be said.
    Nothing,
}

impl Subject {
    fn of(row: &Row) -> Self {
        match row {
            Row::Entry(item) => Self::File(item.path().to_owned()),
            Row::Skipped(skipped) => Self::Place(skipped.name.clone()),
            Row::Failed { .. } | Row::End => Self::Nothing,
        }
    }
}

impl Judging {
    /// Asks the rules for a while, and at least about one name. May wait for a disk.
    pub(super) fn run(self, is_given_up: &IsGivenUp<'_>) -> Judged {
        let Self { mut selection, subjects } = self;
        let (began, mut choices) = (Instant::now(), Vec::with_capacity(subjects.len()));
        for subject in &subjects {
            choices.push(match subject {
                Subject::File(path) => selection.choose(path),
                Subject::Place(place) => selection.choose_place(place),
                Subject::Nothing => Choice::In,
            });
            if is_given_up() || began.elapsed().as_millis() >= GO_MS_MAX {
                break;
            }
        }
        Judged { selection, choices }
    }
}

/// What the rules say of the rows of a side that are here.
#[derive(Debug)]
pub(super) struct Verdicts {
    /// Nothing while a job has them.
    selection: Option<Box<Selection<Rules>>>,
    /// Of the first rows.
    known: VecDeque<Choice>,
    /// Whether anything was said.
    has_begun: bool,
}

impl Verdicts {
    /// For rules that may wait; nothing where the plan itself may ask.
    pub(super) fn by(rules: &Rules) -> Option<Self> {
        rules.may_wait().then(|| Self {
            selection: Some(Box::new(Selection::new(rules.clone()))),
            known: VecDeque::new(),
            has_begun: false,
        })
    }

    /// Has some of the rows judged that are not yet.
    pub(super) fn ask(&mut self, rows: &VecDeque<Row>) -> Option<Job> {
        if rows.len() <= self.known.len() {
            return None;
        }
        let selection = self.selection.take()?;
        let max = if self.has_begun { ENTRIES_MAX } else { FIRST_ENTRIES_MAX };
        let subjects = rows.iter().skip(self.known.len()).take(max).map(Subject::of).collect();
        Some(Job::Local(LocalJob::Judge(Judging { selection, subjects })))
    }

    pub(super) fn take(&mut self, Judged { selection, choices }: Judged) {
        self.has_begun = true;
        self.selection = Some(selection);
        self.known.extend(choices);
    }

    /// The job broke off: nobody can say anything any more but of the rows that are known. The row
    /// that tells it comes behind those.
    pub(super) fn break_off(&mut self, rows: &mut VecDeque<Row>, error: Error) {
        rows.truncate(self.known.len());
        rows.push_back(Row::Failed { error, is_first: !self.has_begun });
        self.known.push_back(Choice::In);
    }

    /// The verdict on the first row, which is taken; nothing if it is not there yet.
    pub(super) fn next(&mut self) -> Option<Choice> {
        self.known.pop_front()
    }

    /// The verdict on a row that is not the next, if it is there.
    pub(super) fn ahead(&self, row: usize) -> Option<Choice> {
        self.known.get(row).copied()
    }
}

/// The rules as a plan asks them: themselves, or what it was told with the rows.
#[derive(Debug)]
pub(crate) struct PlanRules<F = Rules> {
    rules: F,
    /// Of source and destination, where the rules may wait.
    told: Option<[Told; 2]>,
}

/// The verdict on the last row of a side.
#[derive(Debug, Default)]
struct Told {
    path: String,
    is_place: bool,
    /// Nothing before the first row.
    choice: Option<Choice>,
}

impl<F: PathFilter> PlanRules<F> {
    pub(crate) fn new(rules: F) -> Self {
        let told = rules.may_wait().then(Default::default);
        Self { rules, told }
    }

    /// Takes the verdict on the next row of a side.
    pub(super) fn tell(&mut self, side: Side, row: &Row, choice: Choice) {
        match row {
            Row::Entry(item) => self.tell_of(side, (item.path(), false), choice),
            Row::Skipped(skipped) => self.tell_of(side, (&skipped.name, true), choice),
            Row::Failed { .. } | Row::End => {}
        }
    }

    /// The same of a file, or of a place that takes no part.
    pub(crate) fn tell_of(&mut self, side: Side, (path, is_place): (&str, bool), choice: Choice) {
        let Some([source, destination]) = &mut self.told else { return };
        let told = if side == Side::Source { source } else { destination };
        path.clone_into(&mut told.path);
        (told.is_place, told.choice) = (is_place, Some(choice));
    }
}

impl Told {
    /// The verdict, if it is on the file or the folder of this path.
    fn of(&self, path: &str) -> Option<Choice> {
        self.choice.filter(|_| self.path == path).or_else(|| self.of_folder(path))
    }

    /// The verdict, if it is on the folder of this path.
    fn of_folder(&self, path: &str) -> Option<Choice> {
        let is_it = self.is_place && self.path.strip_suffix('/') == Some(path);
        self.choice.filter(|_| is_it)
    }
}

/// What was said of a file or folder; unknown if nothing was (S2).
fn choice(told: &[Told; 2], path: &str) -> Choice {
    told.iter().find_map(|told| told.of(path)).unwrap_or(Choice::Unknown)
}

impl<F: PathFilter> PathFilter for PlanRules<F> {
    fn excludes_folder(&mut self, path: &str) -> bool {
        let Some(told) = &self.told else { return self.rules.excludes_folder(path) };
        // The verdict on a file counts the folders it is in.
        let of_folder = told.iter().find_map(|told| told.of_folder(path));
        of_folder.is_some_and(|choice| choice != Choice::In)
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        match &self.told {
            Some(told) => choice(told, path) != Choice::In,
            None => self.rules.excludes_file(path),
        }
    }

    fn unjudged(&mut self, path: &str) -> Option<String> {
        match &self.told {
            Some(told) => (choice(told, path) == Choice::Unknown).then(String::new),
            None => self.rules.unjudged(path),
        }
    }

    fn can_be_local(&mut self, path: &str) -> bool {
        self.rules.can_be_local(path)
    }
}
