//! What `r:` refers to, in data of PHP's.
//!
//! PHP numbers the values that it serializes, from 1 in each session, and writes an object that it has written before as
//! `r:` and its number. So it does with the cases of enums, of which there is one object each: written out, they
//! are the same to PHP. <https://github.com/php/php-src/blob/PHP-8.2/ext/standard/var.c>, `php_add_var_hash`.

use std::ops::Range;

use super::{MAX_EXPANDED, Unmergeable};

/// A reference to an enum, and where that enum is written.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    at: Range<usize>,
    target: Range<usize>,
}

/// The numbers of a session's values, as far as they can be known.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    last: usize,
    /// The numbers of enums, and where they are written, in this order.
    enums: Vec<(usize, Range<usize>)>,
    /// A class with a format of its own has been seen. It may have numbered values of its own.
    lost_count: bool,
    references: Vec<Reference>,
}

impl Numbering {
    /// A value of any kind but `R:`.
    pub(super) fn value(&mut self) {
        self.last = self.last.saturating_add(1);
    }

    /// The value just numbered is an enum.
    pub(super) fn enumeration(&mut self, at: Range<usize>) {
        if !self.lost_count {
            self.enums.push((self.last, at));
        }
    }

    /// The value just numbered is `r:` and this number; whether that is an enum.
    pub(super) fn reference(&mut self, at: Range<usize>, number: usize) -> bool {
        let Ok(found) = self.enums.binary_search_by_key(&number, |(number, _)| *number) else {
            return false;
        };
        let target = self.enums.get(found).map(|(_, target)| target.clone()).unwrap_or_default();
        self.enumeration(target.clone());
        self.references.push(Reference { at, target });
        true
    }

    /// The value just numbered is of a class with a format of its own.
    pub(super) fn custom(&mut self) {
        self.lost_count = true;
    }

    pub(super) fn into_references(self) -> Vec<Reference> {
        self.references
    }
}

/// The text with each of these written out.
pub(super) fn written_out(text: &[u8], references: &[Reference]) -> Result<Vec<u8>, Unmergeable> {
    let longer = references.iter().try_fold(text.len(), |sum, reference| {
        sum.checked_add(reference.target.len()).filter(|sum| *sum <= MAX_EXPANDED)
    });
    let mut expanded = Vec::with_capacity(longer.ok_or(Unmergeable::TooLarge)?);
    let mut done = 0;
    for reference in references {
        expanded.extend_from_slice(text.get(done..reference.at.start).unwrap_or_default());
        expanded.extend_from_slice(text.get(reference.target.clone()).unwrap_or_default());
        done = reference.at.end;
    }
    expanded.extend_from_slice(text.get(done..).unwrap_or_default());
    Ok(expanded)
}

/// Whether the bytes of a class with a format of its own may have references in them.
pub(super) fn may_refer(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|part| matches!(part, [b'r' | b'R', b':', b'0'..=b'9']))
}
