//! The start barrier: no thread begins before all are there; otherwise two short tasks might not overlap at all.

use crate::memory::{Abandoned, GATE, Memory};

/// Arrives and waits until all `threads` have. It looks `looks` times before it sleeps, since a sleeper would start late.
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

/// Closes the barrier: those who wait give up, and so does whoever comes later.
pub(crate) fn abandon(memory: &impl Memory) {
    memory.store(GATE, i32::MIN);
    memory.notify(GATE);
}
