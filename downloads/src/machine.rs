//! Decides which address is fetched when, what follows an error, and what is done.
//!
//! A state machine without clock, chance or network: [`Downloads::handle`] takes the time and an [`Event`], and returns the
//! [`Command`]s that the driver carries out. In reading order:
//! - `plan`: what the user chooses;
//! - `row`: one address, its fetch and what is stored of it;
//! - `shared`: what rows have in common: hosts, names, commands;
//! - `view`: what the page shows.
//!
//! Invariants: a row has at most one fetch in flight, from its [`Command::Fetch`] until [`Event::Ended`], [`Event::Broken`]
//! or [`Command::Abort`]; no more than the plan's limit are in flight; what is stored of a row is the beginning of one file.

use std::mem;

use crate::answer::Answer;
use crate::error::{Cause, DownloadError};
use crate::list::List;

use row::{Row, Waiting};
use shared::Shared;

mod plan;
mod rate;
mod row;
mod shared;
mod view;

pub use plan::Plan;
pub use view::{RowView, State, Totals, Wait};

/// What the machine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// *Download All*. Before it, nothing is fetched.
    Begin,
    /// The time of [`Downloads::wake_at_ms`] has come, or is past.
    Tick,
    /// The head of an answer came. The body is read after the commands that follow, unless the fetch is among them.
    Answered {
        /// The row.
        row: u32,
        /// Its attempt.
        attempt: u32,
        /// What the head says.
        answer: Answer,
    },
    /// Further bytes came and are stored behind those that are there.
    Bytes {
        /// The row.
        row: u32,
        /// Its attempt.
        attempt: u32,
        /// So many.
        bytes: u64,
    },
    /// The body came to its end.
    Ended {
        /// The row.
        row: u32,
        /// Its attempt.
        attempt: u32,
    },
    /// The fetch ended before the body was complete.
    Broken {
        /// The row.
        row: u32,
        /// Its attempt.
        attempt: u32,
        /// Why.
        cause: Cause,
    },
    /// The user cancels this row.
    Cancel(u32),
    /// The user cancels all rows that have not ended.
    CancelAll,
    /// The user wants this row tried again.
    Retry(u32),
    /// The user wants all rows tried again that failed and were not cancelled.
    RetryFailed,
    /// The user removes the rows that are done from the list.
    ClearDone,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send a request, without credentials or referrer.
    Fetch {
        /// The row; its last fetch is over.
        row: u32,
        /// Greater than that of any fetch of this row before.
        attempt: u32,
        /// The address.
        href: String,
        /// With `Range: bytes=N-`; the bytes before are stored.
        from_bytes: Option<u64>,
    },
    /// Stop this fetch: nothing more of it may be stored, whatever still comes.
    Abort {
        /// The row.
        row: u32,
        /// The attempt in flight.
        attempt: u32,
    },
    /// Discard what is stored of a row: the fetch in flight brings the file from its beginning.
    StartOver {
        /// The row.
        row: u32,
    },
    /// The file is whole: close it and offer it by this name. It may be empty.
    Keep {
        /// The row.
        row: u32,
        /// Its name, which no other row has.
        name: String,
    },
    /// Delete what is stored of a row; a row that leaves the list is named for the last time.
    Discard {
        /// The row.
        row: u32,
    },
}

/// The time in which the list is worked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    NotBegun,
    Going { since_ms: u64 },
    Over { took_ms: u64 },
}

/// The download manager.
#[derive(Clone, Debug)]
pub struct Downloads {
    rows: Vec<Row>,
    shared: Shared,
    round: Round,
    most_in_flight: u32,
}

impl Downloads {
    /// A list, of which nothing is fetched before [`Event::Begin`]. Values of the plan that are out of range become the nearest
    /// allowed ones. The seed decides the random part of pauses.
    pub fn new(plan: Plan, seed: u64, list: List) -> Self {
        let mut shared = Shared::new(plan.in_range(), seed);
        let row = |(id, entry)| Row::new(id, entry, &mut shared);
        let rows = (0..).zip(list.rows).map(row).collect();
        Self { rows, shared, round: Round::NotBegun, most_in_flight: 0 }
    }

    /// Takes an event at this time, which never goes back. What does not fit is ignored.
    pub fn handle(&mut self, now_ms: u64, event: Event) -> Vec<Command> {
        let room_bytes = self.room_bytes();
        let shared = &mut self.shared;
        match event {
            Event::Begin if self.round == Round::NotBegun => self.round = Round::Going { since_ms: now_ms },
            Event::Begin => {}
            Event::Tick => self.stop_stalled(now_ms),
            Event::Answered { row, attempt, answer } => {
                if let Some(row) = in_flight(&mut self.rows, row, attempt) {
                    row.answered(now_ms, &answer, room_bytes, shared);
                }
            }
            Event::Bytes { row, attempt, bytes } => {
                if let Some(row) = in_flight(&mut self.rows, row, attempt) {
                    row.bytes(now_ms, bytes, room_bytes, shared);
                }
            }
            Event::Ended { row, attempt } => {
                if let Some(row) = in_flight(&mut self.rows, row, attempt) {
                    row.ended(now_ms, shared);
                }
            }
            Event::Broken { row, attempt, cause } => {
                if let Some(row) = in_flight(&mut self.rows, row, attempt) {
                    row.broken(now_ms, cause, shared);
                }
            }
            Event::Cancel(row) => self.cancel(now_ms, |id| id == row),
            Event::CancelAll => self.cancel(now_ms, |_| true),
            Event::Retry(id) => self.retry(now_ms, |row| row.id == id),
            Event::RetryFailed => self.retry(now_ms, |row| !row.is_cancelled()),
            Event::ClearDone => self.clear_done(),
        }
        self.start_due(now_ms);
        self.note_end(now_ms);
        mem::take(&mut self.shared.commands)
    }

    /// When the machine wants [`Event::Tick`]; none if it does not want one.
    pub fn wake_at_ms(&self) -> Option<u64> {
        self.rows.iter().filter_map(|row| row.wake_at_ms(&self.shared)).min()
    }

    /// Whether every row has ended.
    pub fn is_over(&self) -> bool {
        self.rows.iter().all(Row::has_ended)
    }

    /// The ids of the rows that look different from when this was asked last: at first all of them, and always those in
    /// flight.
    pub fn take_changed(&mut self) -> Vec<u32> {
        let changed =
            |row: &mut Row| (mem::take(&mut row.is_changed) || row.flight().is_some()).then_some(row.id);
        self.rows.iter_mut().filter_map(changed).collect()
    }

    /// Where there is no disk: how many bytes may still be stored.
    fn room_bytes(&self) -> Option<u64> {
        let stored = || self.rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.got_bytes()));
        self.shared.plan.memory_limit.map(|limit_bytes| limit_bytes.saturating_sub(stored()))
    }

    /// Ends the fetches of which nothing was heard for too long.
    fn stop_stalled(&mut self, now_ms: u64) {
        // Answered fetches first: each holds a connection, and when one ends, the silence of those that wait for one starts anew.
        for are_answered in [true, false] {
            for row in &mut self.rows {
                let is_meant = row.flight().is_some_and(|flight| flight.is_answered() == are_answered);
                if is_meant && row.wake_at_ms(&self.shared).is_some_and(|at_ms| at_ms <= now_ms) {
                    row.stalled(now_ms, &mut self.shared);
                }
            }
        }
    }

    fn cancel(&mut self, now_ms: u64, is_meant: impl Fn(u32) -> bool) {
        for row in self.rows.iter_mut().filter(|row| is_meant(row.id) && !row.has_ended()) {
            row.stop(now_ms, DownloadError::Cancelled, &mut self.shared);
        }
    }

    fn retry(&mut self, now_ms: u64, is_meant: impl Fn(&Row) -> bool) {
        let mut is_any = false;
        for row in self.rows.iter_mut().filter(|row| is_meant(row)) {
            is_any |= row.retry();
        }
        if is_any && matches!(self.round, Round::Over { .. }) {
            self.round = Round::Going { since_ms: now_ms };
        }
    }

    fn clear_done(&mut self) {
        let shared = &mut self.shared;
        self.rows.retain_mut(|row| {
            let is_done = row.is_done();
            if is_done {
                row.clear(shared);
            }
            !is_done
        });
    }

    /// Starts the rows whose turn it is, and notes why the others wait.
    fn start_due(&mut self, now_ms: u64) {
        if self.round == Round::NotBegun {
            return;
        }
        let mut in_flight = self.in_flight();
        for row in &mut self.rows {
            if !row.is_due(now_ms) {
                continue;
            }
            if in_flight >= self.shared.plan.limit {
                row.wait(Waiting::Turn);
            } else if row.is_host_ready(now_ms, &self.shared) {
                row.start(now_ms, &mut self.shared);
                in_flight += 1;
            } else {
                row.wait(Waiting::HostPause);
            }
        }
        self.most_in_flight = self.most_in_flight.max(in_flight);
    }

    fn in_flight(&self) -> u32 {
        self.rows.iter().map(|row| u32::from(row.flight().is_some())).sum()
    }

    fn note_end(&mut self, now_ms: u64) {
        if let Round::Going { since_ms } = self.round
            && self.is_over()
        {
            self.round = Round::Over { took_ms: now_ms.saturating_sub(since_ms) };
        }
    }
}

/// The row, if this is the attempt that it has in flight.
fn in_flight(rows: &mut [Row], id: u32, attempt: u32) -> Option<&mut Row> {
    rows.iter_mut().find(|row| row.id == id).filter(|row| row.is_in_flight(attempt))
}

#[cfg(test)]
mod tests;
