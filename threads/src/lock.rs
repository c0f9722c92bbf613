//! A lock: one word, and no thread sleeps without need.

use crate::memory::{Abandoned, Memory};
use crate::task::State;
use crate::watch::Watch;

const FREE: i32 = 0;
/// Held, and nobody waits.
const HELD: i32 = 1;
/// Held, and somebody waits: all of them are woken when it is released.
const AWAITED: i32 = 2;
const ABANDONED: i32 = 3;

/// A lock at a word of shared memory.
#[derive(Debug)]
pub struct Lock<'m, M: ?Sized> {
    memory: &'m M,
    word: u32,
}

impl<'m, M: ?Sized> Lock<'m, M> {
    /// The lock at that word. It is free while the word is 0.
    pub fn new(memory: &'m M, word: u32) -> Self {
        Self { memory, word }
    }
}

impl<M: Memory> Lock<'_, M> {
    /// Waits until the lock is free, and takes it.
    ///
    /// # Errors
    /// When the page has given it up.
    pub fn acquire(&self, watch: &mut impl Watch) -> Result<(), Abandoned> {
        while !self.try_acquire() {
            match self.memory.compare_exchange(self.word, HELD, AWAITED) {
                FREE => {}
                ABANDONED => return Err(Abandoned),
                _ => {
                    watch.waits(State::Blocked);
                    self.memory.wait(self.word, AWAITED, None);
                }
            }
        }
        watch.goes_on();
        Ok(())
    }

    /// Takes the lock if it is free. The page may do no more: it must not wait.
    pub fn try_acquire(&self) -> bool {
        self.memory.compare_exchange(self.word, FREE, HELD) == FREE
    }

    /// Lets go of the lock, which the thread must hold.
    pub fn release(&self) {
        if self.memory.compare_exchange(self.word, HELD, FREE) == AWAITED
            && self.memory.compare_exchange(self.word, AWAITED, FREE) == AWAITED
        {
            self.memory.notify(self.word);
        }
    }

    /// Makes the lock useless: whoever waits for it, or comes later, learns that it was given up.
    pub fn abandon(&self) {
        self.memory.store(self.word, ABANDONED);
        self.memory.notify(self.word);
    }

    /// Whether it was.
    pub fn is_abandoned(&self) -> bool {
        self.memory.load(self.word) == ABANDONED
    }
}
