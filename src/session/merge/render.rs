//! Writes what was merged.

use std::io::Write as _;

use super::document::Value;
use super::format::Format;
use super::key::Key;
use super::php::LAMINAS_ARRAY;
use super::value::{Merged, Style, is_storage};

/// A session's bytes.
pub(super) fn session(format: Format, merged: &Merged<'_>) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::new() };
    match format {
        Format::Php => out.names(merged),
        Format::PhpSerialize => out.php(merged),
        Format::Json => out.json(merged, true),
    }
    out.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        // Writing to memory does not fail.
        let _written = write!(self.bytes, "{number}");
    }

    /// `name|` and a value, each.
    fn names(&mut self, merged: &Merged<'_>) {
        match merged {
            Merged::Map { entries, .. } => {
                for (name, value) in entries {
                    self.push(name.written_key());
                    self.push(b"|");
                    self.php(value);
                }
            }
            // No name is an index: an array of names is a list only where it is empty.
            Merged::Whole(session) => self.push(session.bytes()),
            Merged::List { .. } | Merged::ArrayObject { .. } => {}
        }
    }

    fn php(&mut self, merged: &Merged<'_>) {
        match merged {
            Merged::Whole(value) => self.push(value.bytes()),
            Merged::Map { entries, .. } => {
                self.begin_array(entries.len());
                for (key, value) in entries {
                    self.push(key.written_key());
                    self.php(value);
                }
                self.push(b"}");
            }
            Merged::List { elements, .. } => {
                self.begin_array(elements.len());
                for (index, element) in elements.iter().enumerate() {
                    self.push(b"i:");
                    self.number(index);
                    self.push(b";");
                    self.push(element.bytes());
                }
                self.push(b"}");
            }
            Merged::ArrayObject { object, storage } => self.array_object(*object, storage),
        }
    }

    fn begin_array(&mut self, count: usize) {
        self.push(b"a:");
        self.number(count);
        self.push(b":{");
    }

    fn array_object(&mut self, object: Value<'_>, storage: &Merged<'_>) {
        self.push(b"O:");
        self.number(LAMINAS_ARRAY.len());
        self.push(b":\"");
        self.push(LAMINAS_ARRAY);
        self.push(b"\":");
        self.number(object.children().count());
        self.push(b":{");
        for member in object.children() {
            self.push(member.written_key());
            if is_storage(member) {
                self.php(storage);
            } else {
                self.push(member.bytes());
            }
        }
        self.push(b"}");
    }

    fn json(&mut self, merged: &Merged<'_>, is_session: bool) {
        match merged {
            Merged::Map { entries, style } => {
                let is_list =
                    !is_session && *style == Style::ByKeys && are_indexes(entries.iter().map(|(key, _)| *key));
                self.json_array(entries.iter(), is_list, |out, (key, value)| {
                    if !is_list {
                        out.json_key(*key);
                    }
                    out.json(value, false);
                });
            }
            Merged::List { elements, style } => {
                let is_list = !is_session && *style == Style::ByKeys;
                self.json_array(elements.iter().enumerate(), is_list, |out, (index, element)| {
                    if !is_list {
                        out.json_index(index);
                    }
                    out.push(element.bytes());
                });
            }
            // JSON has no objects of PHP's.
            Merged::Whole(value) | Merged::ArrayObject { object: value, .. } => self.push(value.bytes()),
        }
    }

    fn json_array<T>(&mut self, entries: impl Iterator<Item = T>, is_list: bool, write: impl Fn(&mut Self, T)) {
        self.push(if is_list { b"[" } else { b"{" });
        for (at, entry) in entries.enumerate() {
            if at > 0 {
                self.push(b",");
            }
            write(self, entry);
        }
        self.push(if is_list { b"]" } else { b"}" });
    }

    fn json_key(&mut self, holder: Value<'_>) {
        match holder.key() {
            Key::Int(index) if holder.written_key().is_empty() => self.json_index(index),
            _ => {
                self.push(holder.written_key());
                self.push(b":");
            }
        }
    }

    fn json_index(&mut self, index: impl std::fmt::Display) {
        self.push(b"\"");
        self.number(index);
        self.push(b"\":");
    }
}

fn are_indexes<'a>(keys: impl Iterator<Item = Value<'a>>) -> bool {
    keys.enumerate().all(|(at, holder)| holder.key().is_index(at))
}
