//! Adding to the counter: as the threads do it, and as Python's interpreter does it.

use std::hint::black_box;

use super::{SAMPLES, Stop, Worker};
use crate::gil::Gil;
use crate::lock::Lock;
use crate::memory::{Abandoned, COUNTER, LOCK, Memory};
use crate::recorder::{Clock, Recorder};
use crate::task::{Protection, Python};

/// The most increments between two looks for a fault.
const MOST_AT_ONCE: u32 = 16_384;

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Adds 1 to the shared counter, so often.
    pub(super) fn add(&mut self, increments: u32, protection: Protection) -> Result<(), Stop> {
        self.in_pieces(increments, |worker, piece| worker.add_piece(piece, protection), Self::hold_lock)?;
        if protection == Protection::OwnTotal {
            self.memory.add(COUNTER, increments.cast_signed());
            self.sample(increments);
        }
        Ok(())
    }

    fn add_piece(&mut self, increments: u32, protection: Protection) -> Result<(), Abandoned> {
        let memory = self.memory;
        match protection {
            Protection::None => {
                for _ in 0..increments {
                    memory.set(COUNTER, memory.get(COUNTER).wrapping_add(1));
                }
            }
            Protection::Lock => {
                let lock = Lock::new(memory, LOCK);
                for _ in 0..increments {
                    lock.acquire(&mut self.recorder)?;
                    memory.set(COUNTER, memory.get(COUNTER).wrapping_add(1));
                    lock.release();
                }
            }
            Protection::Atomic => {
                for _ in 0..increments {
                    memory.add(COUNTER, 1);
                }
            }
            Protection::OwnTotal => {
                let mut total = 0;
                for _ in 0..increments {
                    total = black_box(total + 1);
                }
            }
        }
        Ok(())
    }

    fn hold_lock(&mut self) -> Result<(), Abandoned> {
        Lock::new(self.memory, LOCK).acquire(&mut self.recorder)
    }

    /// Adds 1 to the shared counter in three steps, between which another thread may have its turn.
    pub(super) fn interpret(
        &mut self,
        increments: u32,
        python: Python,
        interval_us: u32,
    ) -> Result<(), Stop> {
        if python == Python::NoGil {
            return self.add(increments, Protection::None);
        }
        let gil = Gil::new(self.memory, self.thread, Some(interval_us.into()));
        self.take(&gil)?;
        // It always holds the GIL while it works: so it does when it dies.
        self.in_pieces(increments, |worker, piece| worker.interpret_piece(piece, python, &gil), |_| Ok(()))?;
        gil.let_go();
        Ok(())
    }

    fn interpret_piece(&mut self, increments: u32, python: Python, gil: &Gil<M>) -> Result<(), Abandoned> {
        let recorder = &mut self.recorder;
        for _ in 0..increments {
            let read = self.memory.get(COUNTER);
            if python == Python::AnyStep {
                give_turn(gil, recorder)?;
            }
            let sum = read.wrapping_add(1);
            if python == Python::AnyStep {
                give_turn(gil, recorder)?;
            }
            self.memory.set(COUNTER, sum);
            give_turn(gil, recorder)?;
        }
        Ok(())
    }

    /// Takes the GIL, and counts it if another had it.
    pub(super) fn take(&mut self, gil: &Gil<M>) -> Result<(), Abandoned> {
        let switched = gil.take(&mut self.recorder)?;
        self.recorder.done().switches += u32::from(switched);
        Ok(())
    }

    /// Has `act` add `increments` in pieces, between which it samples the counter and looks for a fault.
    fn in_pieces(
        &mut self,
        increments: u32,
        mut act: impl FnMut(&mut Self, u32) -> Result<(), Abandoned>,
        mut hold: impl FnMut(&mut Self) -> Result<(), Abandoned>,
    ) -> Result<(), Stop> {
        let piece = increments.div_ceil(SAMPLES).max(1);
        let mut own = 0;
        while own < increments {
            let end = increments.min(own + piece);
            while own < end {
                self.look_for_a_fault(&mut hold)?;
                let some = MOST_AT_ONCE.min(end - own);
                act(self, some)?;
                own += some;
                self.recorder.done().own = own;
            }
            self.sample(own);
        }
        Ok(())
    }

    fn sample(&mut self, own: u32) {
        let counter = self.memory.load(COUNTER).cast_unsigned();
        self.recorder.sample(own, counter);
    }
}

/// Gives the thread's turn to another that asks, and counts it.
pub(super) fn give_turn<M: Memory, C: Clock>(
    gil: &Gil<M>,
    recorder: &mut Recorder<M, C>,
) -> Result<(), Abandoned> {
    let switched = gil.give_turn(recorder)?;
    recorder.done().switches += u32::from(switched);
    Ok(())
}
