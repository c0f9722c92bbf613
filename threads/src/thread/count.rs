//! Points counted by the benchmark's kernels, with and without the GIL.

use dartboard_points::tally::BlockRange;

use super::add::give_turn;
use super::{Stop, Worker};
use crate::memory::{COUNTER, Memory};
use crate::recorder::{Clock, Recorder};
use crate::task::{Count, State};
use crate::watch::Watch;

/// Counts without shared memory.
pub(super) fn alone<M: Memory, C: Clock>(
    order: &Count,
    recorder: &mut Recorder<M, C>,
    math_random: fn(u32) -> u32,
) {
    recorder.change(State::Working);
    let mut rest = Some(order.blocks);
    while let Some(blocks) = rest {
        let (step, later) = blocks.split(blocks.first().saturating_add(order.step_blocks.get().into()));
        if let Some(step) = step {
            count_step(order, step, recorder, math_random);
        }
        // As in `compute`: WebKit never ends a wasm loop that does not call JavaScript.
        recorder.now_us();
        rest = later;
    }
}

/// Counts some of the blocks; how many.
fn count_step<M: Memory, C: Clock>(
    order: &Count,
    step: BlockRange,
    recorder: &mut Recorder<M, C>,
    math_random: fn(u32) -> u32,
) -> u32 {
    let inside = order.kernel.count(order.seed, step, math_random).inside;
    // A step has at most as many blocks as its order says, which is a `u32`.
    let counted = u32::try_from(step.blocks()).unwrap_or(u32::MAX);
    let done = recorder.done();
    done.own = done.own.saturating_add(counted);
    done.sum += inside;
    counted
}

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Counts step by step, holding the GIL or nothing.
    pub(super) fn count(&mut self, order: &Count) -> Result<(), Stop> {
        let gil = self.gil(order.held);
        if let Some(gil) = &gil {
            self.take(gil)?;
        }
        self.recorder.change(State::Working);
        let mut rest = Some(order.blocks);
        while let Some(blocks) = rest {
            let (step, later) = blocks.split(blocks.first().saturating_add(order.step_blocks.get().into()));
            if let Some(step) = step {
                let counted = count_step(order, step, &mut self.recorder, self.math_random);
                // The page sees that it goes on.
                self.memory.add(COUNTER, counted.cast_signed());
            }
            match &gil {
                // After the last step there is nothing to take the GIL again for.
                Some(gil) if later.is_some() => give_turn(gil, &mut self.recorder)?,
                // As in `compute`: WebKit never ends a wasm loop that does not call JavaScript.
                _ => {
                    self.recorder.now_us();
                }
            }
            rest = later;
        }
        if let Some(gil) = &gil {
            gil.let_go();
        }
        Ok(())
    }
}
