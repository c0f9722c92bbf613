//! Points counted by the benchmark's kernels, with and without the GIL.

use super::add::give_turn;
use super::{Stop, Worker};
use crate::memory::{COUNTER, Memory};
use crate::recorder::Clock;
use crate::task::{Count, State};
use crate::watch::Watch;

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
                let inside = order.kernel.count(order.seed, step, self.math_random).inside;
                // A step has at most as many blocks as its order says, which is a `u32`.
                let counted = u32::try_from(step.blocks()).unwrap_or(u32::MAX);
                let done = self.recorder.done();
                done.own = done.own.saturating_add(counted);
                done.sum += inside;
                // The page sees that it goes on.
                self.memory.add(COUNTER, counted.cast_signed());
            }
            match &gil {
                // After the last step there is nothing to take the GIL again for.
                Some(gil) if later.is_some() => give_turn(gil, &mut self.recorder)?,
                // As in `compute`: WebKit ends no wasm loop that never calls JavaScript.
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
