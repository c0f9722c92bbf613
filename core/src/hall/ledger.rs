//! What a run's log says: the fold of its entries, which anybody may compute.
//!
//! In reading order:
//! - [`Ledger`]: whose entries count, in which order, and each only once;
//! - [`State`]: what they change: which blocks are to do, leased, counted, counted for good; who is banned;
//! - `blocks`: which blocks are to do; `checkpoint`: the state as text.
//!
//! Invariants, even if entries are lost, repeated or out of order: a lease opens only over blocks that are to do; a count
//! counts once, and only if its lease is open with the same seat and the same blocks. So no block is counted twice, and the
//! sum is that of the blocks counted: a lost entry costs work and nothing else.

use thiserror::Error;

use super::entry::checkpoint::Part;
use super::entry::{Content, Entry, EntryError, Group, Op, Opening, RunSpec};

mod blocks;
mod checkpoint;
mod state;

pub use checkpoint::CheckpointError;
pub use state::{Counted, Lease, SeatRecord, State};

use checkpoint::Parts;

/// What an entry has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A desk has begun its term, and all others have lost theirs.
    Opened {
        /// The desk's id.
        desk: u64,
    },
    /// A group of the present term. These of its changes were taken; the others say what is not so.
    Taken(Vec<Op>),
    /// A part of a checkpoint of the present term.
    Checkpoint,
    /// Nothing.
    Void(Void),
}

/// Why an entry changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Void {
    /// An entry with a number not below this one's was read before.
    #[error("entry {seq} was read after entry {newest}")]
    Backward {
        /// Its number.
        seq: u64,
        /// The newest number before.
        newest: u64,
    },
    /// It is not understood.
    #[error(transparent)]
    Unreadable(#[from] EntryError),
    /// The same desk has opened the present term.
    #[error("the desk's opening is repeated")]
    OpenedBefore,
    /// It opens another run than the log's first opening.
    #[error("it belongs to another run")]
    AnotherRun,
    /// It is of another term than the present one.
    #[error("it is of term {term}, and the present term is {present}")]
    Term {
        /// Its term.
        term: u64,
        /// The present one; 0 if there is none.
        present: u64,
    },
    /// A group of this term with this serial or a later one was taken before.
    #[error("it has serial {serial}, and serial {newest} was taken before")]
    Serial {
        /// Its serial.
        serial: u64,
        /// The newest one taken.
        newest: u64,
    },
    /// It is a checkpoint that contradicts itself.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A run, as far as its log was read.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    run: Option<RunSpec>,
    /// Why the log is not of a kind that this program can go on with.
    foreign: Option<EntryError>,
    newest_seq: u64,
    newest_ms: u64,
    term: u64,
    serial: u64,
    desk: Option<u64>,
    state: State,
    parts: Option<Parts>,
    since_checkpoint: u64,
}

impl Ledger {
    /// A ledger that begins with the first part of a checkpoint of `term`. Whoever makes it knows that no desk has opened
    /// another term between that term's opening and the checkpoint.
    pub fn from_checkpoint(term: u64) -> Self {
        Self { term, ..Self::default() }
    }

    /// Reads the entry that the log has stored under the number `seq` (from 1, rising) at `time_ms`, in milliseconds by its
    /// own clock.
    pub fn read(&mut self, seq: u64, time_ms: u64, text: &str) -> Read {
        if seq <= self.newest_seq {
            return Read::Void(Void::Backward { seq, newest: self.newest_seq });
        }
        self.newest_seq = seq;
        self.newest_ms = self.newest_ms.max(time_ms);
        self.since_checkpoint += 1;
        let read = match Entry::parse(text) {
            Ok(Entry::Opening(opening)) => self.open(&opening),
            Ok(Entry::Group(group)) => self.take(group),
            Err(error) => Err(self.not_understood(error)),
        };
        read.unwrap_or_else(Read::Void)
    }

    fn not_understood(&mut self, error: EntryError) -> Void {
        if self.run.is_none() && matches!(error, EntryError::Foreign { .. }) {
            self.foreign.get_or_insert_with(|| error.clone());
        }
        error.into()
    }

    fn open(&mut self, opening: &Opening) -> Result<Read, Void> {
        if self.foreign.is_some() || self.run.is_some_and(|run| run != opening.run) {
            return Err(Void::AnotherRun);
        }
        if self.desk == Some(opening.desk) {
            return Err(Void::OpenedBefore);
        }
        self.begin(opening.run);
        self.desk = Some(opening.desk);
        (self.term, self.serial, self.parts) = (self.newest_seq, 0, None);
        Ok(Read::Opened { desk: opening.desk })
    }

    fn begin(&mut self, run: RunSpec) {
        if self.run.is_none() {
            self.state = State::new(run);
        }
        self.run = Some(run);
    }

    fn take(&mut self, group: Group) -> Result<Read, Void> {
        let Group { term, serial, content } = group;
        if term != self.term {
            return Err(Void::Term { term, present: self.term });
        }
        if serial <= self.serial {
            return Err(Void::Serial { serial, newest: self.serial });
        }
        let follows = serial == self.serial + 1;
        self.serial = serial;
        match content {
            Content::Ops(mut ops) => {
                self.parts = None;
                let time_ms = self.newest_ms;
                ops.retain(|op| self.state.apply(time_ms, op));
                Ok(Read::Taken(ops))
            }
            Content::Checkpoint(part) => self.take_part(part, follows),
        }
    }

    fn take_part(&mut self, part: Part, follows: bool) -> Result<Read, Void> {
        let so_far = self.parts.take().filter(|_| follows);
        let parts = Parts::with(so_far, part)?;
        if !parts.are_whole() {
            self.parts = Some(parts);
            return Ok(Read::Checkpoint);
        }
        let (run, state) = parts.state()?;
        if self.run.is_some_and(|own| own != run) {
            return Err(Void::AnotherRun);
        }
        self.run = Some(run);
        self.state = state;
        self.since_checkpoint = 0;
        Ok(Read::Checkpoint)
    }

    /// The run; none before its first opening.
    pub fn run(&self) -> Option<RunSpec> {
        self.run
    }

    /// Why this program cannot go on with the log, if its first opening is of another protocol or stream.
    pub fn foreign(&self) -> Option<&EntryError> {
        self.foreign.as_ref()
    }

    /// The number of the newest entry; 0 before the first.
    pub fn newest_seq(&self) -> u64 {
        self.newest_seq
    }

    /// When the newest entry was stored, in milliseconds by the log's clock.
    pub fn newest_ms(&self) -> u64 {
        self.newest_ms
    }

    /// The present term; 0 before the first opening.
    pub fn term(&self) -> u64 {
        self.term
    }

    /// The desk of the present term, if its opening was read.
    pub fn desk(&self) -> Option<u64> {
        self.desk
    }

    /// The serial taken last in this term; 0 before the first.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// How many entries were read since the last whole checkpoint.
    pub fn since_checkpoint(&self) -> u64 {
        self.since_checkpoint
    }

    /// Where the run stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The whole state as entries of the present term, which follow the newest group of it.
    pub fn checkpoint(&self) -> Vec<String> {
        let Some(run) = self.run else { return Vec::new() };
        super::entry::checkpoint::entries(self.term, self.serial.saturating_add(1), &self.state.items(run))
    }
}

#[cfg(test)]
mod tests;
