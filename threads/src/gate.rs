//! The start barrier: nobody begins before all are there, or two short tasks would not even overlap.

use crate::memory::{Abandoned, GATE, Memory};

/// Comes in and waits until all `threads` are in. The first `looks` are busy ones, since a sleeper would start late.
///
/// # Errors
/// When the page no longer waits for a thread that did not come.
pub fn pass(memory: &impl Memory, threads: u32, looks: u32) -> Result<(), Abandoned> {
    let threads = threads.cast_signed();
    let mut inside = memory.add(GATE, 1).wrapping_add(1);
    if inside == threads {
        memory.notify(GATE);
    }
    let mut busy = 0..looks;
    loop {
        match inside {
            abandoned if abandoned < 0 => return Err(Abandoned),
            all if all >= threads => return Ok(()),
            some => {
                if busy.next().is_none() {
                    memory.wait(GATE, some, None);
                }
            }
        }
        inside = memory.load(GATE);
    }
}

/// Lets nobody in any more, and those who wait go.
pub(crate) fn abandon(memory: &impl Memory) {
    memory.store(GATE, i32::MIN);
    memory.notify(GATE);
}
