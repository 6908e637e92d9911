//! Carries the jobs of a sync out: those for the service by the engine, those for a disk here.

use b2_local::sync::{Ended, Job, LocalJob, Ticket, Upload, Walked};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::engine::AnyOutput;
use b2_proto::model::ListEntry;
use b2_proto::op::list_file_names::FileNamesPage;
use b2_proto::op::list_file_versions::FileVersionsPage;
use b2_proto::plan::blocks;
use b2_proto::plan::sync::{Direction, UploadMode};

use super::by_blocks::ByBlocks;
use super::folder::Listed;
use super::part::{Facts, Part};
use super::tree::Tree;
use super::{DESTINATION, SOURCE, Sync, counts};
use crate::rows::{Row, RowKind};
use crate::source::{Source, Trouble};
use crate::world::{Happening, World, index};

/// How a job ends with an error.
pub(super) type Failing = fn(Error) -> Ended;

/// No file is longer.
pub(super) const LEN_MAX: u64 = 5_000;

/// Something in a folder that is done when its time has come.
#[derive(Debug)]
pub(crate) struct Apart {
    life: u32,
    ticket: Ticket,
    job: LocalJob,
}

impl World {
    /// Begins what a run wants done.
    pub(super) fn begin_part(&mut self, sync: &mut Sync, ticket: Ticket, job: Job) {
        let now_ms = self.agenda.now_ms();
        let (mut source, mut target) = (Source::none(), None);
        let mut facts = Facts { len: 0, modified_ms: 0 };
        sync.check_dry(&job);
        match &job {
            Job::Local(_) => return self.begin_apart(sync, ticket, job),
            Job::Names(_) | Job::Versions(_) => {}
            Job::Upload(it) => {
                let Some(read) = self.begin_upload(sync, it) else {
                    let gone = Error::new(ErrorKind::Source, "it is gone");
                    return self.refuse(ticket, gone);
                };
                (facts, source) = read;
            }
            Job::Download(it) => {
                let Some(sink) = self.open(sync, &it.target) else {
                    let refused = Error::new(ErrorKind::Sink, "something is in the way");
                    return self.refuse(ticket, refused);
                };
                sync.removals.begins(&it.target.name, None);
                facts.len = it.version.content_length;
                let uploaded_ms = it.version.upload_timestamp_ms;
                let told_ms = it.version.src_last_modified_ms();
                facts.modified_ms = told_ms.map_or(uploaded_ms, i64::cast_unsigned);
                target = Some((sink, Listed::of(&it.target)));
            }
            Job::Copy(_) if sync.loses_copy() => {
                let gone = Error::new(ErrorKind::NotFound, "somebody has deleted the version");
                return self.refuse(ticket, gone);
            }
            Job::Copy(it) => {
                let name = below(it.target.name(), DESTINATION);
                sync.removals.begins(name, Some(it.source.file_id().as_str()));
                facts.len = LEN_MAX;
            }
            Job::Hide(it) => {
                let name = below(&it.file_name, DESTINATION);
                sync.check_home(name);
                check_no_manifest(name);
                sync.removals.hides(name, sync.rules(name, now_ms), sync.has_now(name, now_ms));
            }
            Job::Delete(it) => {
                self.side.log_in(now_ms);
                let mut rows = self.side.bare_rows(now_ms, &it.file_name);
                rows.retain(|row: &Row| {
                    row.name == it.file_name && row.kind != RowKind::Unfinished
                });
                let name = below(&it.file_name, DESTINATION);
                sync.check_home(name);
                check_no_manifest(name);
                let (rules, has_now) = (sync.rules(name, now_ms), sync.has_now(name, now_ms));
                sync.removals.deletes(name, &it.file_id, &rows, rules, has_now);
            }
        }
        if ticket == Ticket::Look {
            sync.look_began_ms = now_ms;
        }
        let failing = job.failing();
        let part = part(job, facts, sync);
        let number = self.add_job(part, source);
        if let Some((sink, listed)) = target {
            self.store.sinks[number] = sink;
            sync.targets.insert(number, listed);
            self.store.sinks[number].modified_ms = Some(facts.modified_ms);
        }
        sync.tickets.insert(number, (ticket, failing));
        self.start(number);
    }

    /// What an upload reads, if it is still there.
    fn begin_upload(&mut self, sync: &mut Sync, it: &Upload) -> Option<(Facts, Source)> {
        let name = Tree::name_of(&it.path);
        assert_eq!(it.file.name(), format!("{DESTINATION}{name}"));
        sync.removals.begins(&name, None);
        let file = *sync.tree.files.get(&name)?;
        let facts = Facts { len: file.len as u64, modified_ms: file.modified_ms };
        let trouble = self.trouble(sync, &name, file.len);
        let is_wanted = sync.options.upload == UploadMode::Blocks;
        assert_eq!(it.mode == UploadMode::Blocks, is_wanted, "{name} is sent otherwise");
        if is_wanted {
            sync.by_blocks.insert(name);
        }
        Some((facts, Source::new(file.seed, file.len, trouble)))
    }

    /// What is wrong with the file that an upload reads.
    fn trouble(&mut self, sync: &Sync, name: &str, len: usize) -> Trouble {
        let (is_short, end) =
            (self.faults.source.hits(&mut self.rng), self.rng.below(len as u64 + 1));
        match sync.tree.next_change_ms(name, self.agenda.now_ms()) {
            Some(at_ms) => Trouble::Changes { at_ms },
            None if is_short => Trouble::Short { len: index(end) },
            None => Trouble::None,
        }
    }

    /// A job that fails before anything of it is begun.
    fn refuse(&mut self, ticket: Ticket, error: Error) {
        let life = self.life.number;
        let failing = Box::new((life, ticket, error));
        self.agenda.put(0, Happening::Refused(failing));
    }

    /// Tells the run of one that has.
    pub(crate) fn refused(&mut self, (life, ticket, error): (u32, Ticket, Error)) {
        if life == self.life.number
            && let Some(run) = self.sync.as_mut().and_then(|sync| sync.run.as_mut())
        {
            run.ended(ticket, Ended::Done(Err(error)));
        }
    }

    fn begin_apart(&mut self, sync: &mut Sync, ticket: Ticket, job: Job) {
        let Job::Local(job) = job else { return };
        if let LocalJob::Remove(file, _, unplaced) = &job {
            let known: Vec<String> = unplaced.paths().iter().map(|it| Tree::name_of(it)).collect();
            sync.removals.check_unplaced(known.iter().map(String::as_str));
            assert!(sync.tree.cover(&file.name).is_none(), "S13: {} is behind a link", file.name);
            let now_ms = self.agenda.now_ms();
            let (rules, has_now) =
                (sync.rules(&file.name, now_ms), sync.has_now(&file.name, now_ms));
            sync.removals.removes_file(&file.name, rules, has_now);
        }
        let apart = Apart { life: self.life.number, ticket, job };
        let delay_ms = self.rng.below(20);
        self.agenda.put(delay_ms, Happening::Apart(Box::new(apart)));
    }

    /// Does something in a folder.
    pub(crate) fn do_apart(&mut self, Apart { life, ticket, job }: Apart) {
        let Some(mut sync) = self.sync.take() else { return };
        let now_ms = self.agenda.now_ms();
        if life == self.life.number && sync.run.is_some() {
            let ended = match job {
                LocalJob::Walk(walking)
                    if ticket == Ticket::Source && !sync.home.is_same(walking.root()) =>
                {
                    Ended::Walked(Err(Error::new(ErrorKind::Source, "it is another folder")))
                }
                LocalJob::Walk(walking) => {
                    let (entries, is_at_end) = self.walk(&mut sync, ticket);
                    let rest = (!is_at_end).then_some(walking);
                    Ended::Walked(Ok(Walked { entries, notices: Vec::new(), rest }))
                }
                LocalJob::Hash(path, ..) => {
                    let is_down = sync.options.direction == Direction::Down;
                    let disk = is_down.then_some(&self.disk);
                    let sha1 = sync.tree.sha1(&Tree::name_of(&path), disk);
                    let is_unreadable = self.faults.source.hits(&mut self.rng);
                    let failed = || Error::new(ErrorKind::Source, "it cannot be read");
                    Ended::Hashed(sha1.filter(|_| !is_unreadable).ok_or_else(failed))
                }
                LocalJob::Judge(judging) => LocalJob::Judge(judging).run(&|| false),
                LocalJob::Keep(_) => Ended::Kept(None),
                LocalJob::Look(path, root, _) => {
                    let is_back =
                        sync.has_now(&Tree::name_of(&path), now_ms) || !sync.home.is_same(&root);
                    let back = || Error::new(ErrorKind::Source, "it is there again");
                    Ended::Looked(if is_back { Err(back()) } else { Ok(()) })
                }
                LocalJob::Remove(file, ..) => Ended::Done(self.remove(&sync, &file)),
                LocalJob::Prune { .. } => Ended::Done(Ok(())),
            };
            self.trace.note(self.agenda.now_ms(), format_args!("{ticket:?} ends apart"));
            if let Some(run) = &mut sync.run {
                run.ended(ticket, ended);
            }
        }
        self.sync = Some(sync);
    }

    /// A job of the sync has ended: tells its run.
    pub(crate) fn part_ended(&mut self, number: usize) {
        let Some(mut sync) = self.sync.take() else { return };
        let outcome = self.running.jobs[number].outcome.as_ref();
        if let (Some(open), Some(outcome)) = (sync.tickets.remove(&number), outcome) {
            let result = self.running.jobs[number].job.part_result(outcome);
            let (ticket, ended) = match result {
                Some(result) => (open.0, Ended::Done(result)),
                None => (open.0, sync.told(open, outcome)),
            };
            if ticket == Ticket::Look {
                sync.looked_ms = sync.look_began_ms;
            }
            if let Some(run) = &mut sync.run {
                run.ended(ticket, ended);
            }
        }
        self.sync = Some(sync);
    }
}

/// A job of a sync as one of the engine, or as the first of several.
fn part(job: Job, facts: Facts, sync: &Sync) -> Box<dyn crate::jobs::Job> {
    let (manner, was_begun) = (sync.manner, sync.was_begun);
    if let Job::Upload(it) = job {
        return match it.mode {
            UploadMode::Blocks => Box::new(ByBlocks::new(*it, facts, manner, was_begun)),
            UploadMode::Full | UploadMode::Incremental => {
                Box::new(Part::new(Job::Upload(it), facts, manner, was_begun))
            }
        };
    }
    Box::new(Part::new(job, facts, manner, was_begun))
}

impl Sync {
    /// A job of the run has ended, and another one belongs to the same piece of work.
    pub(crate) fn part_goes_on(&mut self, number: usize, next: usize) {
        if let Some(open) = self.tickets.remove(&number) {
            self.tickets.insert(next, open);
        }
    }

    /// What the run is told of an outcome.
    fn told(
        &mut self,
        (ticket, failing): (Ticket, Failing),
        outcome: &Result<AnyOutput, Error>,
    ) -> Ended {
        let output = match outcome {
            Ok(output) => output,
            Err(error) => return failing(error.clone()),
        };
        if let Some(page) = output.downcast_ref::<FileNamesPage>() {
            let (rows, next) = self.cut(&page.files);
            self.see(ticket, &rows);
            let next = next.map(|row| row.name().to_owned());
            return Ended::Names(Ok(FileNamesPage::new(
                rows,
                next.or_else(|| page.next_file_name.clone()),
            )));
        }
        if let Some(page) = output.downcast_ref::<FileVersionsPage>() {
            let (rows, next) = self.cut(&page.files);
            self.see(ticket, &rows);
            let Some(next) = next else {
                let (name, id) = (page.next_file_name.clone(), page.next_file_id.clone());
                return Ended::Versions(Ok(FileVersionsPage::new(rows, name, id)));
            };
            let (name, id) = (next.name().to_owned(), next.file().map(|it| it.file_id.clone()));
            return Ended::Versions(Ok(FileVersionsPage::new(rows, Some(name), id)));
        }
        Ended::Done(Ok(()))
    }

    /// Whether the folder that is the source has a file of this name at this moment, whatever its
    /// walk has told; of a bucket, as far as the last look has told.
    fn has_now(&self, name: &str, now_ms: u64) -> bool {
        let is_there = self.tree.files.contains_key(name) && self.tree.cover(name).is_none();
        (self.is_to_bucket() && is_there) || self.is_back(name, now_ms)
    }

    /// A page as short as the service likes to have it, and the row behind it.
    fn cut<'a>(&self, rows: &'a [ListEntry]) -> (Vec<ListEntry>, Option<&'a ListEntry>) {
        let len = self.page_len.unwrap_or(rows.len()).min(rows.len());
        (rows[..len].to_vec(), rows.get(len))
    }

    /// What a page tells of either side.
    fn see(&mut self, ticket: Ticket, rows: &[ListEntry]) {
        if ticket == Ticket::Destination {
            let whole = rows.iter().filter_map(ListEntry::file);
            let whole = whole.filter(|it| it.is_finished() || it.is_hide_marker());
            for it in whole {
                self.removals.lists(it.file_id.as_str());
                let name = below(&it.file_name, DESTINATION);
                let is_file = it.is_finished() && !blocks::is_manifest(it);
                self.answers.refusals.lists(name, is_file);
            }
        }
        if ticket != Ticket::Source {
            return;
        }
        for file in rows.iter().filter_map(ListEntry::file) {
            let name = below(&file.file_name, SOURCE);
            let uploaded_ms = file.upload_timestamp_ms;
            let modified_ms = file.src_last_modified_ms().map(i64::cast_unsigned);
            if !counts(&self.options, uploaded_ms, modified_ms.unwrap_or(uploaded_ms)) {
                if self.options.delete_excluded {
                    self.removals.notes_left_out(name);
                }
                self.removals.passed_void(name);
                continue;
            }
            if file.is_finished() && !self.removals.is_last(name) {
                self.removals.told(name);
            } else if file.is_finished() || file.is_hide_marker() {
                self.removals.passed(name);
            }
        }
    }
}

/// No file here has such a name, and manifests are nobody's to remove but their files'.
fn check_no_manifest(name: &str) {
    assert!(!name.ends_with(blocks::SUFFIX), "S1: {name} is removed, which is a manifest");
}

/// A name below a prefix that it must have.
fn below<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).expect("S13: a name outside of the folder")
}
