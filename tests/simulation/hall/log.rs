//! The log of a world: it stores entries in one order, and knows for a while what it has stored.

use std::collections::HashSet;
use std::time::Duration;

/// Entries with the time at which each was stored.
pub(crate) struct Log {
    entries: Vec<(u64, String)>,
    /// The names of entries that are not stored a second time.
    known: HashSet<String>,
    keeps_names: bool,
}

impl Log {
    /// An empty log that knows an entry again by its name, or not.
    pub(crate) fn new(keeps_names: bool) -> Self {
        Self { entries: Vec::new(), known: HashSet::new(), keeps_names }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Stores an entry; false if it is stored already.
    pub(crate) fn append(&mut self, now: Duration, id: &str, text: &str) -> bool {
        if self.keeps_names && !self.known.insert(id.to_owned()) {
            return false;
        }
        self.entries.push((1_000_000 + now.as_millis() as u64, text.to_owned()));
        true
    }

    /// The entry at this place, from 0, with its number and its time.
    pub(crate) fn get(&self, at: usize) -> Option<(u64, u64, String)> {
        let (time_ms, text) = self.entries.get(at)?;
        Some((at as u64 + 1, *time_ms, text.clone()))
    }

    /// The last entries are gone, though they were stored. Their names may still be known.
    pub(crate) fn lose_end(&mut self, lost: usize) {
        self.entries.truncate(self.entries.len().saturating_sub(lost));
    }
}
