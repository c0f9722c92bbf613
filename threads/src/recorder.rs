//! What a thread notes about itself, and reports at the end.

use std::mem::take;

use crate::memory::{Memory, Own};
use crate::task::{Change, Done, End, Item, MAX_CHANGES, MAX_MOVES, MAX_SAMPLES, Move, Sample, State};
use crate::watch::Watch;

/// The time, passed in.
pub trait Clock {
    /// Microseconds since the order's origin.
    fn now_us(&self) -> u64;
}

/// Notes a thread's states, also into its own words in shared memory, where they outlive it.
#[derive(Debug)]
pub(crate) struct Recorder<'m, M, C> {
    clock: C,
    own: Option<Own<'m, M>>,
    done: Done,
    state: State,
    waits_since_us: Option<u64>,
}

impl<'m, M: Memory, C: Clock> Recorder<'m, M, C> {
    pub(crate) fn new(clock: C, own: Option<Own<'m, M>>) -> Self {
        let mut recorder =
            Self { clock, own, done: Done::default(), state: State::Over, waits_since_us: None };
        recorder.change(State::Waiting);
        recorder
    }

    /// What else comes into the report.
    pub(crate) fn done(&mut self) -> &mut Done {
        &mut self.done
    }

    pub(crate) fn change(&mut self, state: State) {
        let at_us = self.clock.now_us();
        self.change_at(at_us, state);
    }

    fn change_at(&mut self, at_us: u64, state: State) {
        if state == self.state {
            return;
        }
        self.state = state;
        // The last place is that of the end.
        if self.done.trace.len() + 1 < MAX_CHANGES || state == State::Over {
            if let Some(own) = &self.own {
                own.note(self.done.trace.len(), at_us, state);
            }
            self.done.trace.push(Change { at_us, state });
        }
    }

    /// Notes a piece of work, and what came of it.
    pub(crate) fn worked(&mut self, sum: u64) {
        self.done.own += 1;
        self.done.sum = self.done.sum.wrapping_add(sum);
    }

    pub(crate) fn sample(&mut self, own: u32, counter: u32) {
        if self.done.samples.len() < MAX_SAMPLES {
            self.done.samples.push(Sample { at_us: self.clock.now_us(), own, counter });
        }
    }

    pub(crate) fn moved(&mut self, item: Item, size: u32) {
        self.done.deepest = self.done.deepest.max(size);
        if self.done.moves.len() < MAX_MOVES {
            self.done.moves.push(Move { at_us: self.clock.now_us(), item });
        }
    }

    /// The report. It is told once.
    pub(crate) fn finish(&mut self, end: End) -> Done {
        self.goes_on();
        self.change(State::Over);
        self.done.end = end;
        take(&mut self.done)
    }
}

impl<M: Memory, C: Clock> Watch for Recorder<'_, M, C> {
    fn waits(&mut self, state: State) {
        let now_us = self.clock.now_us();
        if self.waits_since_us.is_none() {
            self.waits_since_us = Some(now_us);
            self.done.waits = self.done.waits.saturating_add(1);
        }
        self.change_at(now_us, state);
    }

    fn goes_on(&mut self) {
        if let Some(since_us) = self.waits_since_us.take() {
            let now_us = self.clock.now_us();
            self.done.waited_us += now_us.saturating_sub(since_us);
            self.change_at(now_us, State::Working);
        }
    }

    fn now_us(&self) -> u64 {
        self.clock.now_us()
    }
}
