//! Lifecycle rules, applied when the host says so (spec section 4.9).

use serde_json::Value;

use super::Service;
use super::bucket_rules::{CANCEL_DAYS, DELETE_DAYS, HIDE_DAYS};
use super::model::{Action, Version};
use super::state::Step;

const DAY_MS: u64 = 86_400_000;

enum Due {
    Hide { bucket_id: String, name: String },
    Remove(u64),
}

impl Service {
    /// What the service does of its own accord: due replication, and lifecycle rules once in each
    /// day of UTC, which is remembered beyond a restart.
    pub fn run_chores(&mut self, now_ms: u64) {
        self.run_replication(now_ms);
        let today = now_ms / DAY_MS;
        if self.state.lifecycle_day.is_none_or(|day| day < today) {
            self.run_lifecycle(now_ms);
            self.apply(Step::LifecycleDay(today));
        }
    }

    /// Applies every lifecycle rule as of `now_ms`; the real service does so once a day. Returns
    /// how many versions were hidden, deleted or cancelled.
    pub fn run_lifecycle(&mut self, now_ms: u64) -> usize {
        let mut due = Vec::new();
        for bucket in self.state.buckets.values() {
            for rule in bucket.lifecycle.as_array().into_iter().flatten() {
                self.due(now_ms, &bucket.id, rule, &mut due);
            }
        }
        let count = due.len();
        for step in due {
            match step {
                Due::Remove(seq) => self.apply(Step::VersionGone(seq)),
                Due::Hide { bucket_id, name } => {
                    let marker = self.hide_marker(now_ms, &bucket_id, &name);
                    self.apply(Step::Version(Box::new(marker)));
                }
            }
        }
        count
    }

    fn due(&self, now_ms: u64, bucket_id: &str, rule: &Value, due: &mut Vec<Due>) {
        let prefix = rule["fileNamePrefix"].as_str().unwrap_or_default();
        let passed = |days: &str, since_ms: u64| {
            rule[days]
                .as_u64()
                .is_some_and(|days| since_ms.saturating_add(days.saturating_mul(DAY_MS)) <= now_ms)
        };
        let Some(shelf) = self.state.shelf(bucket_id) else { return };
        // The finished version or marker before, which is the successor when names match.
        let mut newer: Option<&Version> = None;
        let slots = shelf.slots.range(super::state::Slot::first_of(prefix)..);
        let mut versions = slots
            .take_while(|slot| slot.name.starts_with(prefix))
            .filter_map(|slot| self.state.versions.get(&slot.seq.0))
            .peekable();
        while let Some(version) = versions.next() {
            if version.action == Action::Start {
                if passed(CANCEL_DAYS, version.uploaded_ms) {
                    due.push(Due::Remove(version.seq));
                }
                continue;
            }
            let successor = newer.filter(|newer| newer.name == version.name);
            newer = Some(version);
            let locked = version.locked(now_ms).is_some();
            match (successor, version.action) {
                (Some(successor), _) => {
                    if passed(DELETE_DAYS, successor.uploaded_ms) && !locked {
                        due.push(Due::Remove(version.seq));
                    }
                }
                (None, Action::Upload) => {
                    if passed(HIDE_DAYS, version.uploaded_ms) {
                        let name = version.name.clone();
                        due.push(Due::Hide { bucket_id: bucket_id.to_owned(), name });
                    }
                }
                (None, Action::Hide | Action::Start) => {
                    // A marker with nothing behind it hides nothing.
                    let lone = versions.peek().is_none_or(|older| older.name != version.name);
                    if lone && passed(DELETE_DAYS, version.uploaded_ms) {
                        due.push(Due::Remove(version.seq));
                    }
                }
            }
        }
    }
}
