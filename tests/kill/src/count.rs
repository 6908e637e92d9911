//! Bytes that passed, as the simulator counted them.

use crate::Failure;
use crate::task::Way;
use core::time::Duration;
use serde::Deserialize;
use std::fs;
use std::path::Path;
use std::thread;

/// How long requests of a program that was killed may take to end at the server.
const TRIES_MAX: u32 = 300;
const TRY: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Record {
    number: u64,
    operation: Option<String>,
    received: u64,
    sent: u64,
}

/// Bytes of files that have passed one way, wanted or not. Waits until all requests have ended.
pub(crate) fn moved(transcript: &Path, way: Way) -> Result<u64, Failure> {
    for _ in 0..TRIES_MAX {
        if let Some(records) = ended(&fs::read_to_string(transcript)?)? {
            return Ok(records.iter().map(|record| record.moved(way)).sum());
        }
        thread::sleep(TRY);
    }
    Err("the simulator is still busy with requests of programs that are gone".into())
}

/// Whether a part has arrived.
pub(crate) fn has_part(transcript: &Path) -> Result<bool, Failure> {
    Ok(fs::read_to_string(transcript)?.contains(r#""operation":"b2_upload_part""#))
}

/// All records, unless one is missing.
fn ended(text: &str) -> Result<Option<Vec<Record>>, Failure> {
    let lines = text.lines().map(serde_json::from_str);
    let records: Vec<Record> = lines.collect::<Result<_, _>>()?;
    let last = records.iter().map(|record| record.number).max();
    let is_complete = last.is_none_or(|last| last + 1 == records.len() as u64);
    Ok(is_complete.then_some(records))
}

impl Record {
    fn moved(&self, way: Way) -> u64 {
        let operation = self.operation.as_deref().unwrap_or_default();
        match way {
            Way::Up if operation.starts_with("b2_upload_") => self.received,
            Way::Down if operation.starts_with("b2_download_file_") => self.sent,
            Way::Up | Way::Down => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_ended_counts() {
        let line = |number: u64, operation: &str| {
            format!(r#"{{"number":{number},"operation":"{operation}","received":5,"sent":7}}"#)
        };
        let (up, down) = (line(1, "b2_upload_part"), line(0, "b2_download_file_by_id"));
        assert!(ended(&up).expect("lines").is_none());
        let all = ended(&format!("{up}\n{down}\n{}", line(2, "b2_list_parts")));
        let all = all.expect("lines").expect("complete");
        let sum = |way| all.iter().map(|record| record.moved(way)).sum::<u64>();
        assert_eq!((sum(Way::Up), sum(Way::Down)), (5, 7));
    }
}
