//! The diagnosis for a person at a terminal.

use super::php::is_ours;
use super::{Diagnosis, EncryptionFound};
use crate::dynamodb::tables;

const WIDTH: usize = 100;
const MARK: usize = 9;
const NAME: usize = 14;

/// Lines of at most [`WIDTH`] characters, where words allow it.
pub fn text(found: &Diagnosis) -> String {
    let mut lines = vec![format!("dynamosess {}", found.version), String::new()];
    for (mark, name, value) in rows(found) {
        let start = format!("{mark:<MARK$}{name:<NAME$}");
        lines.extend(wrap(&start, MARK + NAME, &value));
    }
    lines.push(String::new());
    lines.push("Settings in force".to_owned());
    let longest = found.settings.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, setting) in &found.settings {
        let start = format!("  {name:<longest$}  ");
        lines.extend(wrap(&start, start.len(), &format!("{setting:<24}")));
    }
    for (mark, texts) in [("PROBLEM", &found.problems), ("NOTE", &found.notes)] {
        for text in texts {
            lines.push(String::new());
            lines.extend(wrap(&format!("{mark:<MARK$}"), MARK, text));
        }
    }
    lines.push(String::new());
    lines.push(match found.problems.len() {
        0 if is_ours(&found.save_handler) => "OK: sessions can be kept.".to_owned(),
        0 => "OK for DynamoDbSessionHandler objects; session_start() alone uses another handler: see above.".to_owned(),
        1 => "1 problem: see above.".to_owned(),
        n => format!("{n} problems: see above."),
    });
    lines.push(String::new());
    lines.join("\n")
}

const OK: &str = "OK";
const PROBLEM: &str = "PROBLEM";
const NOTE: &str = "NOTE";

type Row = (&'static str, &'static str, String);

fn rows(found: &Diagnosis) -> Vec<Row> {
    let unknown = || "not known".to_owned();
    let mut rows = Vec::new();
    rows.push((if is_ours(&found.save_handler) { OK } else { NOTE }, "Save handler", found.save_handler.clone()));
    for (name, sourced) in [("Region", &found.region), ("Endpoint", &found.endpoint)] {
        rows.push(match sourced {
            Some(sourced) => (OK, name, sourced.to_string()),
            None => (PROBLEM, name, unknown()),
        });
    }
    rows.push(match &found.credentials.source {
        Some(source) if found.credentials.ok => (OK, "Credentials", format!("from {source}")),
        Some(source) => (PROBLEM, "Credentials", format!("none to be had from {source}")),
        None => (PROBLEM, "Credentials", "none found".to_owned()),
    });
    if let Some(encryption) = &found.encryption {
        rows.push((OK, "Encryption", keys(encryption)));
    }
    table_rows(found, &mut rows);
    rows.push(match &found.ttl {
        Some(ttl) => match &ttl.attribute {
            Some(attribute) if ttl.on && is_lifetime(found, attribute) => (OK, "TTL", format!("on, by '{attribute}'")),
            Some(attribute) => (NOTE, "TTL", format!("on, but by '{attribute}'")),
            None => (NOTE, "TTL", "off".to_owned()),
        },
        None => ("-", "TTL", unknown()),
    });
    rows.push(match found.clock_skew_ms {
        Some(0) => (OK, "Clock", "within 2 s of the service's".to_owned()),
        Some(skew) => (NOTE, "Clock", format!("{skew:+} ms against the service's")),
        None => ("-", "Clock", unknown()),
    });
    rows.push(match &found.round_trip {
        Some(trip) => {
            let (write, read, delete) = (trip.write_ms, trip.read_ms, trip.delete_ms);
            (OK, "Round trip", format!("write {write:.2} ms, read {read:.2} ms, delete {delete:.2} ms"))
        }
        None => (PROBLEM, "Round trip", "not made, or failed".to_owned()),
    });
    rows
}

fn keys(found: &EncryptionFound) -> String {
    let (first, others) = found.keys.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
    let others = if others.is_empty() { String::new() } else { format!(", read also: {}", others.join(", ")) };
    let plain = if found.required { "required" } else { "not required" };
    format!("by key {first}{others}; {plain}")
}

fn table_rows(found: &Diagnosis, rows: &mut Vec<Row>) {
    let Some(table) = &found.table else {
        rows.push(("-", "Table", "not known".to_owned()));
        return;
    };
    let is_usable = tables::is_usable(&table.status);
    let state = format!("{}: {}, {}", table.name, table.status, table.billing_mode);
    rows.push((if is_usable { OK } else { PROBLEM }, "Table", state));
    rows.push((if table.key_ok { OK } else { PROBLEM }, "Key", table.key.clone()));
    if let (Some(items), Some(bytes)) = (table.items, table.bytes) {
        rows.push(("", "Items", format!("{items}, {bytes} bytes, as of some hours ago")));
    }
}

fn is_lifetime(found: &Diagnosis, attribute: &str) -> bool {
    let lifetime = found.settings.iter().find(|(name, _)| *name == "session_lifetime_attribute");
    lifetime.is_some_and(|(_, setting)| setting.value == attribute)
}

/// `text` behind `start`, its further lines indented by `indent`.
fn wrap(start: &str, indent: usize, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = start.to_owned();
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(indent);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}
