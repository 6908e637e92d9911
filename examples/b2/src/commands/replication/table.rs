//! The groups of a report as tables for people and for spreadsheets.

use core::fmt::Write as _;

use b2_proto::plan::replication::Report;
use serde_json::Value;

use super::status::cell;

/// The columns, in the order they are printed in.
pub(super) const COLUMNS: [&str; 10] = [
    "source_replication_status",
    "source_has_hide_marker",
    "source_encryption_mode",
    "source_has_large_metadata",
    "source_has_file_retention",
    "source_has_legal_hold",
    "destination_replication_status",
    "metadata_differs",
    "hash_differs",
    "count",
];

/// A grid with heads of several lines; nothing for a report without groups.
pub(super) fn console(report: &Report, columns: &[&str]) -> String {
    if report.groups.is_empty() {
        return String::new();
    }
    let heads: Vec<Vec<&str>> = columns.iter().map(|name| name.split('_').collect()).collect();
    let rows = rows(report, columns);
    let width = |column: usize| {
        let heads = heads.get(column).into_iter().flatten().map(|word| word.len());
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::len);
        heads.chain(cells).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let rule = |sign: &str| {
        let cells: Vec<String> = widths.iter().map(|width| sign.repeat(width + 2)).collect();
        format!("+{}+\n", cells.join("+"))
    };
    let line = |cells: &[&str]| {
        let mut text = String::new();
        for ((cell, width), column) in cells.iter().zip(&widths).zip(columns) {
            // Numbers are in line with each other.
            let _ = match *column {
                "count" => write!(text, "| {cell:>width$} "),
                _ => write!(text, "| {cell:<width$} "),
            };
        }
        text + "|\n"
    };
    let mut out = rule("-");
    let height = heads.iter().map(Vec::len).max().unwrap_or_default();
    for at in 0..height {
        let words: Vec<&str> =
            heads.iter().map(|head| head.get(at).copied().unwrap_or_default()).collect();
        out += &line(&words);
    }
    out += &rule("=");
    for row in &rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        out += &line(&cells);
        out += &rule("-");
    }
    out.truncate(out.trim_end().len());
    out
}

/// Comma-separated values of all rules; nothing when there is none.
pub(super) fn csv(found: &[(String, Report)], columns: &[&str]) -> String {
    let mut out = String::new();
    for (name, report) in found {
        for row in rows(report, columns) {
            if out.is_empty() {
                let heads = columns.iter().map(|column| column.replace('_', "\n"));
                out += &csv_line(core::iter::once("rule name".to_owned()).chain(heads));
            }
            out += &csv_line(core::iter::once(name.clone()).chain(row));
        }
    }
    out
}

fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    format!("{}\r\n", cells.map(quoted).collect::<Vec<_>>().join(","))
}

/// The cells of all groups as texts.
fn rows(report: &Report, columns: &[&str]) -> Vec<Vec<String>> {
    let row = |group| columns.iter().map(|column| text(&cell(group, column))).collect();
    report.groups.iter().map(row).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => text.replace('-', "_").to_uppercase(),
        other @ (Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::model::{EncryptionInfo, FileAction, FileVersion};

    fn report() -> Report {
        let mut file = FileVersion::new("a", "b", "4_z", "n", FileAction::Upload);
        file.server_side_encryption = Some(EncryptionInfo::SSE_B2);
        let mut report = Report::default();
        report.add(Some(&file), None);
        report
    }

    #[test]
    fn a_grid_has_heads_of_several_lines() {
        let columns = ["source_encryption_mode", "hash_differs", "count"];
        let want = "+------------+---------+-------+\n\
                    | source     | hash    | count |\n\
                    | encryption | differs |       |\n\
                    | mode       |         |       |\n\
                    +============+=========+=======+\n\
                    | SSE_B2     |         |     1 |\n\
                    +------------+---------+-------+";
        assert_eq!(console(&report(), &columns), want);
        assert_eq!(console(&Report::default(), &columns), "");
    }

    #[test]
    fn values_are_separated_by_commas() {
        let columns = ["source_has_hide_marker", "count"];
        let found = [("a,b".to_owned(), report())];
        let want = "rule name,\"source\nhas\nhide\nmarker\",count\r\n\"a,b\",No,1\r\n";
        assert_eq!(csv(&found, &columns), want);
        assert_eq!(csv(&[("r".to_owned(), Report::default())], &columns), "");
    }
}
