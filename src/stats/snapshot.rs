//! All counters at one moment.

use super::{COUNTERS, HISTOGRAMS, histogram};

/// The values of counters and histograms, of one process or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    counters: Vec<u64>,
    histograms: Vec<Vec<u64>>,
}

impl Snapshot {
    /// `values` come in the order of declaration, counters first.
    pub(super) fn new(values: impl Iterator<Item = u64>) -> Self {
        let mut values = values.into_iter();
        Snapshot {
            counters: values.by_ref().take(COUNTERS.len()).collect(),
            histograms: HISTOGRAMS.iter().map(|_| values.by_ref().take(histogram::CELLS).collect()).collect(),
        }
    }

    /// Name, value and meaning of every counter, in the order of declaration.
    pub fn list(&self) -> Vec<(&'static str, u64, &'static str)> {
        COUNTERS.iter().zip(&self.counters).map(|((name, help), value)| (*name, *value, *help)).collect()
    }

    /// How many sessions were encrypted.
    pub fn encryptions(&self) -> u64 {
        self.list().into_iter().find(|(name, ..)| *name == "encryptions").map_or(0, |(_, count, _)| count)
    }

    /// Name, meaning and numbers of every histogram: a number for each bucket, one for all that took longer, and the sum in
    /// microseconds.
    pub(super) fn histograms(&self) -> impl Iterator<Item = (&'static str, &'static str, &[u64])> {
        HISTOGRAMS.iter().zip(&self.histograms).map(|((name, help), values)| (*name, *help, values.as_slice()))
    }
}
