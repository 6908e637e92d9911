//! S6: nothing is sent again but after a failure, and nothing after a failure that is final.

use std::collections::BTreeMap;

use b2_proto::error::Cause;

use crate::checkers::LOGIN;
use crate::exchange::{End, Exchange};
use crate::who::Who;

/// How often a job needs each operation when nothing fails.
pub(crate) type Needs = BTreeMap<&'static str, u64>;

/// Unfinished files of one name, each looked at twice, in a few pages.
pub(crate) const CANDIDATES_MAX: u64 = 40;

/// What it takes to store a file of whose bytes some are copied, in whatever form.
pub(crate) fn of_partly_copied(lanes: u64, parts: u64) -> Needs {
    Needs::from([
        ("b2_list_unfinished_large_files", 1),
        ("b2_list_buckets", 1),
        ("b2_list_parts", CANDIDATES_MAX),
        ("b2_start_large_file", 1),
        ("b2_get_upload_url", 1),
        ("b2_upload_file", 1),
        ("b2_get_upload_part_url", lanes),
        ("b2_upload_part", parts),
        ("b2_copy_file", 1),
        ("b2_copy_part", parts),
        ("b2_finish_large_file", 1),
        ("b2_get_file_info", 3),
        ("b2_cancel_large_file", 1),
        ("b2_delete_file_version", 1),
    ])
}

/// What a job has sent and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    counts: BTreeMap<&'static str, Count>,
    final_end: Option<(&'static str, End)>,
    pub(crate) token_refusals: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    sent: u64,
    failed: u64,
}

/// What may follow a final failure: asking whether something took effect, cleaning up, deleting
/// what was stored damaged, and looking at another unfinished file than one that has gone.
const AFTERWARDS: [&str; 7] = [
    "b2_get_file_info",
    "b2_cancel_large_file",
    "b2_delete_file_version",
    "b2_list_file_versions",
    "b2_list_parts",
    "b2_list_buckets",
    "b2_list_keys",
];

/// What is asked after an answer to one of [`UNSAFE`] was lost.
const QUESTIONS: [&str; 4] =
    ["b2_get_file_info", "b2_list_file_versions", "b2_list_buckets", "b2_list_keys"];
const UNSAFE: [&str; 6] = [
    "b2_upload_file",
    "b2_hide_file",
    "b2_copy_file",
    "b2_start_large_file",
    "b2_create_bucket",
    "b2_create_key",
];

const COPIES: [&str; 2] = ["b2_copy_part", "b2_copy_file"];
const START: &str = "b2_start_large_file";
const FINISH: &str = "b2_finish_large_file";
/// How often a large file is looked at after the first time.
const LOOKS_AGAIN_MAX: u64 = 4;

impl Sent {
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        let operation = exchange.operation;
        if let Some((failed, end)) = self.final_end {
            // What cannot be copied because it is gone can be sent.
            let is_gone = COPIES.contains(&failed) && end == End::Status(404);
            let is_instead = is_gone && !COPIES.contains(&operation);
            let is_allowed = AFTERWARDS.contains(&operation) || is_instead;
            assert!(is_allowed, "S6: {operation} is sent although {failed} ended with {end:?}");
        }
        self.counts.entry(operation).or_default().sent += 1;
    }

    pub(crate) fn settled(&mut self, operation: &'static str, end: End) {
        if end.is_success() {
            return;
        }
        self.counts.entry(operation).or_default().failed += 1;
        self.token_refusals += u64::from(end == End::Status(401));
        // Logins are for all jobs, and each of them may have another try.
        // An attempt of before may have started the file after all.
        let may_be_started = operation == START && self.failed(START) > 1;
        let goes_on = AFTERWARDS.contains(&operation) || operation == LOGIN || may_be_started;
        if is_final(operation, end) && !goes_on {
            self.final_end = Some((operation, end));
        }
    }

    fn failed(&self, operation: &str) -> u64 {
        self.counts.get(operation).map_or(0, |count| count.failed)
    }

    /// Fails unless every request beyond `needs` answers to a failure.
    pub(crate) fn check(&self, who: Who, needs: &Needs) {
        for (operation, count) in &self.counts {
            let needed = needs.get(operation).copied().unwrap_or(0);
            let for_urls = match *operation {
                "b2_get_upload_url" => self.failed("b2_upload_file"),
                "b2_get_upload_part_url" => self.failed("b2_upload_part"),
                _ => 0,
            };
            // Each failure is asked about once, and a job that is given up once more.
            let is_question = QUESTIONS.contains(operation);
            let doubts: u64 = UNSAFE.iter().map(|operation| self.failed(operation)).sum();
            let for_doubts = if is_question { 2 * doubts } else { 0 };
            // A large file whose finish is in doubt is looked at again, while that may be late.
            let is_look = *operation == "b2_get_file_info" && self.failed(FINISH) > 0;
            let for_looks = if is_look { LOOKS_AGAIN_MAX } else { 0 };
            let allowed = needed + count.failed + for_urls + for_doubts + for_looks;
            assert!(
                count.sent <= allowed,
                "S6: {who:?} sent {operation} {} times, {allowed} are allowed",
                count.sent
            );
        }
    }

    /// Fails unless every login answers to a failed one or a token that was refused.
    pub(crate) fn check_logins(&self, refusals: u64) {
        let Count { sent, failed } = self.counts.get(LOGIN).copied().unwrap_or_default();
        assert!(sent <= 1 + failed + refusals, "S6: {sent} logins for {refusals} refused tokens");
    }
}

/// Whether nothing may be repeated after this.
fn is_final(operation: &str, end: End) -> bool {
    let is_upload = operation.starts_with("b2_upload_");
    match end {
        End::Status(401 | 408 | 429 | 500..=599) => false,
        // What is there from before may lie behind the end of what there is now.
        End::Status(416) => false,
        // Other bytes than were read, a URL that is believed to be in use, or a finish while the
        // service was at another.
        End::Status(400) if is_upload || operation == "b2_finish_large_file" => false,
        End::Status(_) => true,
        // Another part takes the place of one, but a file would be there twice.
        End::Lie => operation == "b2_upload_file",
        End::Broken(cause) => cause.is_local() || matches!(cause, Cause::Tls | Cause::BadReply),
    }
}
