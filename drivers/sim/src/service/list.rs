//! Listings of files and parts (spec sections 3.20 to 3.25, 4.12).

use b2_proto::limits;
use serde::Serialize;
use serde_json::{Value, json};

use super::caps::Cap;
use super::files::{seq_of, time_of};
use super::model::{Action, Version};
use super::order::{after_name, after_prefix};
use super::params::Params;
use super::reply::{Checked, Refusal};
use super::state::{Shelf, Slot};
use super::view::{FileView, part_view};
use super::{Answer, Call, Op, Service};

/// What a page of a file listing starts from and keeps to.
struct Page<'a> {
    bucket_id: &'a str,
    start: Slot,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    max: usize,
}

/// One row of a listing.
enum Row<'a> {
    File(&'a Version),
    Folder(String),
    /// A hidden name at which the page ends.
    Hidden(&'a Version),
}

/// How the rows of a page are looked for.
struct Scan {
    names_only: bool,
    /// Hidden names that may still be passed over.
    hidden_left: usize,
}

impl Service {
    pub(super) fn list_file_names(&mut self, call: &Call<'_>) -> Checked<Answer> {
        let page = self.page(call)?;
        let (rows, next) = self.rows(&page, true);
        let next_file_name = next.as_ref().map(Row::name);
        let files = self.row_views(&page, &rows, call);
        let count = files.len();
        let answer = Answer::text(&NamesPage { files, next_file_name });
        self.count_rows(call.now_ms, Op::ListFileNames, count);
        Ok(answer)
    }

    pub(super) fn list_file_versions(&mut self, call: &Call<'_>) -> Checked<Answer> {
        let mut page = self.page(call)?;
        if let Some(id) = call.params.text("startFileId")? {
            if !call.params.has("startFileName") {
                let message = "startFileId must be used with startFileName";
                return Err(Refusal::bad_request(message));
            }
            page.start = self.slot_of(&page, id)?;
        }
        let (rows, next) = self.rows(&page, false);
        let next_file_id = next.as_ref().and_then(|row| match row {
            Row::File(version) | Row::Hidden(version) => Some(version.file_id.as_str()),
            Row::Folder(_) => None,
        });
        let next_file_name = next.as_ref().map(Row::name);
        let files = self.row_views(&page, &rows, call);
        let count = files.len();
        let answer = Answer::text(&VersionsPage { files, next_file_id, next_file_name });
        self.count_rows(call.now_ms, Op::ListFileVersions, count);
        Ok(answer)
    }

    pub(super) fn list_unfinished(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::ListFiles)?;
        let bucket_id = self.listed_bucket(call)?;
        let prefix = listed_prefix(call, "namePrefix")?;
        let max = page_len(call.params, "maxFileCount", limits::UNFINISHED_PAGE_LEN_MAX)?;
        let start = match call.params.text("startFileId")? {
            Some(id) => seq_of(id).ok_or_else(|| invalid_file_id(id))?,
            None => 0,
        };
        let unfinished = self.state.shelf(bucket_id).map(|shelf| shelf.unfinished.range(start..));
        let mut rows = unfinished
            .into_iter()
            .flatten()
            .filter_map(|seq| self.state.versions.get(seq))
            .filter(|version| version.name.starts_with(prefix));
        let files: Vec<Value> =
            rows.by_ref().take(max).map(|file| self.version_view(file, call.scope)).collect();
        let next = rows.next().map(|file| file.file_id.clone());
        self.count_rows(call.now_ms, Op::ListUnfinishedLargeFiles, files.len());
        Ok(json!({ "files": files, "nextFileId": next, "nextFileName": null }))
    }

    pub(super) fn list_parts(&mut self, call: &Call<'_>) -> Checked<Value> {
        call.scope.require(Cap::WriteFiles)?;
        let file = self.unfinished(call.scope, call.params.required_text("fileId")?)?;
        let max = page_len(call.params, "maxPartCount", limits::PARTS_PAGE_LEN_MAX)?;
        let start = match call.params.number("startPartNumber")? {
            None => 1,
            Some(n) if (1..=i64::from(limits::PARTS_MAX)).contains(&n) => {
                u32::try_from(n).unwrap_or(1)
            }
            Some(n) => return Err(out_of_range("startPartNumber", n)),
        };
        let mut rows = file.parts.range(start..).map(|(_, part)| part);
        let parts: Vec<Value> = rows
            .by_ref()
            .take(max)
            .map(|part| part_view(file, part, part.uploaded_ms / 1000 * 1000))
            .collect();
        let next = rows.next().map(|part| part.number);
        self.count_rows(call.now_ms, Op::ListParts, parts.len());
        Ok(json!({ "parts": parts, "nextPartNumber": next }))
    }

    /// Counts a listing beyond its first 1,000 rows, which the call itself counted.
    pub(super) fn count_rows(&mut self, now_ms: u64, op: Op, rows: usize) {
        let per = u64::from(limits::ROWS_PER_TRANSACTION);
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.meter.count(now_ms, op, rows.div_ceil(per).saturating_sub(1));
    }

    fn page<'a>(&self, call: &Call<'a>) -> Checked<Page<'a>> {
        call.scope.require(Cap::ListFiles)?;
        let bucket_id = self.listed_bucket(call)?;
        let prefix = listed_prefix(call, "prefix")?;
        let max = page_len(call.params, "maxFileCount", limits::FILES_PAGE_LEN_MAX)?;
        let start = call.params.text("startFileName")?.unwrap_or_default();
        let delimiter = call.params.text("delimiter")?.filter(|text| !text.is_empty());
        let start = Slot::first_of(start.max(prefix));
        Ok(Page { bucket_id, start, prefix, delimiter, max })
    }

    fn listed_bucket<'a>(&self, call: &Call<'a>) -> Checked<&'a str> {
        let id = call.params.required_text("bucketId")?;
        if id.len() != limits::BUCKET_ID_LEN || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!("Invalid bucketId: {id}");
            return Err(Refusal::new(400, "invalid_bucket_id", message));
        }
        self.bucket_in_scope(call.scope, id)?;
        Ok(id)
    }

    /// Where a version is, or where it was: listings go on with the next one after it.
    fn slot_of(&self, page: &Page<'_>, id: &str) -> Checked<Slot> {
        let seq = seq_of(id).ok_or_else(|| invalid_file_id(id))?;
        let found = self.state.versions.get(&seq).filter(|version| version.file_id == id);
        let start = page.start.clone();
        let Some(version) = found else {
            let uploaded_ms = core::cmp::Reverse(time_of(id).unwrap_or(u64::MAX));
            return Ok(Slot { uploaded_ms, seq: core::cmp::Reverse(seq), ..start });
        };
        if version.name != start.name || version.bucket_id != page.bucket_id {
            return Ok(start);
        }
        Ok(Slot {
            uploaded_ms: core::cmp::Reverse(version.uploaded_ms),
            seq: core::cmp::Reverse(seq),
            ..start
        })
    }

    /// The rows of a page and the row after it.
    fn rows<'a>(&'a self, page: &Page<'_>, names_only: bool) -> (Vec<Row<'a>>, Option<Row<'a>>) {
        let Some(shelf) = self.state.shelf(page.bucket_id) else { return (Vec::new(), None) };
        let mut rows = Vec::new();
        let mut at = Some(page.start.clone());
        let hidden_left = self.config.hidden_per_page.map_or(usize::MAX, |count| count.max(1));
        let mut scan = Scan { names_only, hidden_left };
        while let Some(start) = at {
            let Some(row) = self.next_row(shelf, page, start, &mut scan) else { break };
            if rows.len() == page.max {
                return (rows, Some(row));
            }
            at = match &row {
                Row::Hidden(_) => return (rows, Some(row)),
                Row::Folder(name) => after_prefix(name).map(|next| Slot::first_of(&next)),
                Row::File(version) if names_only => {
                    Some(Slot::first_of(&after_name(&version.name)))
                }
                Row::File(version) => Some(Slot {
                    name: version.name.clone(),
                    uploaded_ms: core::cmp::Reverse(version.uploaded_ms),
                    // The order is descending, so the next one has a smaller number.
                    seq: core::cmp::Reverse(version.seq.wrapping_sub(1)),
                }),
            };
            rows.push(row);
        }
        (rows, None)
    }

    fn next_row<'a>(
        &'a self,
        shelf: &'a Shelf,
        page: &Page<'_>,
        start: Slot,
        scan: &mut Scan,
    ) -> Option<Row<'a>> {
        let mut decided: Option<&str> = None;
        let slots = shelf.slots.range(start..);
        for slot in slots.take_while(|slot| slot.name.starts_with(page.prefix)) {
            let Some(version) = self.state.versions.get(&slot.seq.0) else { continue };
            if scan.names_only {
                // Only the newest version that is finished or a marker counts for its name.
                if version.action == Action::Start || decided == Some(&slot.name) {
                    continue;
                }
                decided = Some(&slot.name);
                if version.action == Action::Hide {
                    let Some(left) = scan.hidden_left.checked_sub(1) else {
                        return Some(Row::Hidden(version));
                    };
                    scan.hidden_left = left;
                    continue;
                }
            }
            let folder = page.delimiter.and_then(|delimiter| {
                let tail = &slot.name[page.prefix.len()..];
                let cut = tail.find(delimiter)? + delimiter.len();
                Some(slot.name[..page.prefix.len() + cut].to_owned())
            });
            return Some(folder.map_or(Row::File(version), Row::Folder));
        }
        None
    }

    fn row_views<'a>(
        &'a self,
        page: &Page<'a>,
        rows: &'a [Row<'a>],
        call: &Call<'_>,
    ) -> Vec<FileView<'a>> {
        let view = |row: &'a Row<'a>| match row {
            Row::File(version) | Row::Hidden(version) => self.file_view(version, call.scope),
            Row::Folder(name) => self.folder_view(page.bucket_id, name),
        };
        rows.iter().map(view).collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NamesPage<'a> {
    files: Vec<FileView<'a>>,
    next_file_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionsPage<'a> {
    files: Vec<FileView<'a>>,
    next_file_id: Option<&'a str>,
    next_file_name: Option<&'a str>,
}

impl Row<'_> {
    fn name(&self) -> &str {
        match self {
            Row::File(version) | Row::Hidden(version) => &version.name,
            Row::Folder(name) => name,
        }
    }
}

/// The beginning of the names to list, which the key must be allowed to see.
fn listed_prefix<'a>(call: &Call<'a>, name: &str) -> Checked<&'a str> {
    let prefix = call.params.text(name)?.unwrap_or_default();
    // Version 1 shows a restricted key what it may see and says nothing about the rest.
    let prefix = match &call.scope.name_prefix {
        Some(own) if call.scope.version == 1 && own.starts_with(prefix) => own,
        _ => prefix,
    };
    call.scope.require_name(prefix)?;
    Ok(prefix)
}

/// How many rows a page may have.
pub(super) fn page_len(params: &Params, name: &str, max: u32) -> Checked<usize> {
    let count = match params.number(name)? {
        None | Some(0) => i64::from(limits::PAGE_LEN_DEFAULT),
        Some(n) if (1..=i64::from(max)).contains(&n) => n,
        Some(n) => return Err(out_of_range(name, n)),
    };
    usize::try_from(count).map_err(|_| out_of_range(name, count))
}

fn out_of_range(name: &str, n: i64) -> Refusal {
    Refusal::new(400, "out_of_range", format!("{name} out of range: {n}"))
}

fn invalid_file_id(id: &str) -> Refusal {
    Refusal::new(400, "invalid_file_id", format!("Invalid fileId: {id}"))
}
