//! Memory for tests of code that reads shared memory.

use std::cell::RefCell;

use dartboard_threads::memory::{Memory, Woken, Words};

/// Memory of one thread, in which nothing waits.
pub(super) struct Local(RefCell<Vec<i32>>);

impl Local {
    /// So many words, all 0.
    pub(super) fn new(words: u32) -> Self {
        Self(RefCell::new(vec![0; words as usize]))
    }

    /// What a page sees of it.
    pub(super) fn copy(&self) -> Vec<i32> {
        self.0.borrow().clone()
    }
}

impl Words for Local {
    fn load(&self, word: u32) -> i32 {
        self.0.borrow()[word as usize]
    }
}

impl Memory for Local {
    fn store(&self, word: u32, value: i32) {
        self.0.borrow_mut()[word as usize] = value;
    }
    fn add(&self, word: u32, value: i32) -> i32 {
        let before = self.load(word);
        self.store(word, before + value);
        before
    }
    fn compare_exchange(&self, word: u32, expected: i32, new: i32) -> i32 {
        let before = self.load(word);
        if before == expected {
            self.store(word, new);
        }
        before
    }
    fn wait(&self, _: u32, _: i32, _: Option<u64>) -> Woken {
        Woken::TimedOut
    }
    fn notify(&self, _: u32) {}
    fn get(&self, word: u32) -> i32 {
        self.load(word)
    }
    fn set(&self, word: u32, value: i32) {
        self.store(word, value);
    }
}
