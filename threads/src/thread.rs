//! What a thread does, from its order to its report.

mod add;
mod beat;
mod compute;
mod count;
mod queue;
mod sum;

pub(crate) use beat::SIGN_US;
pub use compute::work_for;
pub(crate) use queue::InOrder;
pub(crate) use sum::sum;
use thiserror::Error;

use crate::gate;
use crate::gil::Gil;
use crate::lock::Lock;
use crate::memory::{Abandoned, Fault, LOCK, Memory, Own};
use crate::recorder::{Clock, Recorder};
use crate::task::{Count, Done, End, Held, State, Task};
use crate::watch::Watch;

/// How often a thread looks whether the others are there before it goes to sleep: some milliseconds long.
const BUSY_LOOKS: u32 = 100_000;

/// How often the counter is looked at on the way.
pub(crate) const SAMPLES: u32 = 24;

/// How long a thread without work waits before it tries again what was refused, in microseconds.
pub(crate) const PAUSE_US: u32 = 1_000;

/// Why a thread has nothing to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unfinished {
    /// The user wanted it to die, so it must.
    #[error("crashed on purpose")]
    Dies,
    /// The order came without memory to share.
    #[error("the order needs shared memory and came without it")]
    NoMemory,
    /// The message answers a question that the thread did not ask.
    #[error("the message answers nothing that was asked")]
    NotAsked,
}

/// Why a task ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Abandoned,
    Dies,
}

impl From<Abandoned> for Stop {
    fn from(_: Abandoned) -> Self {
        Self::Abandoned
    }
}

/// Carries out a task that needs no messages. The memory is what the page sent with it. `math_random` throws so many points
/// by the loop in JavaScript, and says how many are inside.
///
/// # Errors
/// When there is nothing to report.
pub fn perform<M: Memory>(
    task: Task,
    memory: Option<&M>,
    clock: impl Clock,
    math_random: fn(u32) -> u32,
) -> Result<Done, Unfinished> {
    if let Task::Compute { thread, slices, held: Held::Alone, .. } = task {
        let mut recorder = Recorder::<M, _>::new(clock, None);
        recorder.change(State::Working);
        compute::alone(thread, slices, &mut recorder);
        return Ok(recorder.finish(End::Complete));
    }
    if let Task::Work { us } = task {
        let mut recorder = Recorder::<M, _>::new(clock, None);
        recorder.change(State::Working);
        let inside = work_for(us.into(), || recorder.now_us());
        recorder.worked(inside);
        return Ok(recorder.finish(End::Complete));
    }
    if let Task::Count(order @ Count { held: Held::Alone, .. }) = task {
        let mut recorder = Recorder::<M, _>::new(clock, None);
        count::alone(&order, &mut recorder, math_random);
        return Ok(recorder.finish(End::Complete));
    }
    let (thread, threads) = match task {
        Task::Add { thread, threads, .. }
        | Task::Compute { thread, threads, .. }
        | Task::Interpret { thread, threads, .. }
        | Task::Produce { thread, threads, .. }
        | Task::Consume { thread, threads, .. }
        | Task::Beat { thread, threads, .. }
        | Task::Count(Count { thread, threads, .. }) => (thread, threads),
        Task::Die { holding } => {
            if let Some(memory) = memory.filter(|_| holding) {
                Lock::new(memory, LOCK).try_acquire();
            }
            return Err(Unfinished::Dies);
        }
        _ => return Err(Unfinished::NotAsked),
    };
    let memory = memory.ok_or(Unfinished::NoMemory)?;
    let mut worker = Worker {
        memory,
        thread,
        threads,
        own: Own::new(memory, thread),
        recorder: Recorder::new(clock, Some(Own::new(memory, thread))),
        math_random,
    };
    match worker.perform(task) {
        Ok(()) => Ok(worker.recorder.finish(End::Complete)),
        Err(Stop::Abandoned) => Ok(worker.recorder.finish(End::Abandoned)),
        Err(Stop::Dies) => Err(Unfinished::Dies),
    }
}

/// A thread at work in shared memory.
struct Worker<'m, M, C> {
    memory: &'m M,
    thread: u32,
    threads: u32,
    own: Own<'m, M>,
    recorder: Recorder<'m, M, C>,
    math_random: fn(u32) -> u32,
}

impl<'m, M: Memory, C: Clock> Worker<'m, M, C> {
    fn perform(&mut self, task: Task) -> Result<(), Stop> {
        if let Task::Count(count) = task {
            // Without the barrier: Python's threads begin as they start, and those that wait there would take time from
            // whoever counts.
            return self.count(&count);
        }
        gate::pass(self.memory, self.threads, BUSY_LOOKS)?;
        self.recorder.change(State::Working);
        match task {
            Task::Add { increments, protection, .. } => self.add(increments, protection),
            Task::Interpret { increments, python, interval_us, .. } => {
                self.interpret(increments, python, interval_us)
            }
            Task::Compute { slices, held, pause, .. } => self.compute(slices, held, pause),
            Task::Produce { producers, places, items, pace_us, patience, sentinels, .. } => {
                self.produce(places, items, pace_us, patience)?;
                self.put_sentinels(places, producers, sentinels)
            }
            Task::Consume { places, pace_us, patience, .. } => self.consume(places, pace_us, patience),
            Task::Beat { beat_us, write_us, rest, .. } => self.beat(beat_us, write_us, rest),
            // Not let in above.
            _ => Ok(()),
        }
    }

    /// The GIL as this thread sees it, if it must hold that.
    fn gil(&self, held: Held) -> Option<Gil<'m, M>> {
        match held {
            Held::Gil { interval_us } => Some(Gil::new(self.memory, self.thread, Some(interval_us.into()))),
            Held::Nothing | Held::Alone => None,
        }
    }

    /// Dies if the user wants that. `hold` takes what the others wait for.
    fn look_for_a_fault(
        &mut self,
        hold: impl FnOnce(&mut Self) -> Result<(), Abandoned>,
    ) -> Result<(), Stop> {
        match self.own.fault() {
            None => Ok(()),
            Some(Fault::Die) => Err(Stop::Dies),
            Some(Fault::DieHolding) => {
                hold(self)?;
                Err(Stop::Dies)
            }
        }
    }
}

#[cfg(test)]
mod tests;
