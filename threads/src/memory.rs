//! The words that threads share, and their layout.
//!
//! A word is an `i32`, as `Atomics.wait` needs. Words that two threads touch at the same time have a cache line of their own.

use crate::task::{MAX_CHANGES, State};

/// Words that can be read: shared memory, or a copy of it.
pub trait Words {
    /// What the word holds.
    fn load(&self, word: u32) -> i32;
}

/// A copy. Words that it does not have are 0.
impl Words for [i32] {
    fn load(&self, word: u32) -> i32 {
        usize::try_from(word).ok().and_then(|word| self.get(word)).copied().unwrap_or_default()
    }
}

/// Shared words. All but [`Memory::get`] and [`Memory::set`] are atomic and sequentially consistent.
pub trait Memory: Words {
    /// Writes the word.
    fn store(&self, word: u32, value: i32);
    /// Adds to the word, wrapping; what it held before.
    fn add(&self, word: u32, value: i32) -> i32;
    /// Writes `new` if the word holds `expected`; what it held before.
    fn compare_exchange(&self, word: u32, expected: i32, new: i32) -> i32;
    /// Sleeps if the word holds `expected`, until a [`Memory::notify`], or for `limit_us` microseconds.
    fn wait(&self, word: u32, expected: i32, limit_us: Option<u64>) -> Woken;
    /// Wakes all that sleep at the word. Never just one: in Chromium, that one may be a worker that was ended in its sleep.
    fn notify(&self, word: u32);
    /// What the word holds, read without protection.
    fn get(&self, word: u32) -> i32;
    /// Writes the word without protection.
    fn set(&self, word: u32, value: i32);
}

/// How a [`Memory::wait`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Somebody notified.
    Notified,
    /// The word held something else, so there was nothing to wait for.
    Changed,
    /// The limit was reached.
    TimedOut,
}

/// The page gave up what a thread waits for, because another has died. It never becomes usable again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned;

/// The distance, in words, between two things that are touched at the same time.
pub(crate) const LINE: u32 = 16;

/// The start barrier.
pub(crate) const GATE: u32 = 0;
/// The lock of the counter.
pub const LOCK: u32 = LINE;
/// The counter of the race; of threads that count points, the blocks that all of them have counted, wrapping.
pub const COUNTER: u32 = 2 * LINE;
/// The GIL.
pub(crate) const GIL: u32 = 3 * LINE;
/// Whether its holder is asked for it.
pub(crate) const GIL_REQUEST: u32 = 4 * LINE;
/// Who held it last.
pub(crate) const GIL_LAST: u32 = 5 * LINE;
/// How often it went from one thread to another.
pub(crate) const GIL_SWITCHES: u32 = 6 * LINE;
/// The queue's lock.
pub(crate) const RING_LOCK: u32 = 7 * LINE;
/// How many items have ever been got.
pub(crate) const RING_HEAD: u32 = 8 * LINE;
/// How many items have ever been put.
pub(crate) const RING_TAIL: u32 = RING_HEAD + 1;
/// How many wait for an item, and for a place.
pub(crate) const RING_WAITING: [u32; 2] = [RING_HEAD + 2, RING_HEAD + 3];
/// Changes when an item has come, and when a place has become free, for those who wait for it.
pub(crate) const RING_EVENT: [u32; 2] = [9 * LINE, 10 * LINE];
/// How many producers have put their last item.
pub(crate) const PRODUCERS_OVER: u32 = 11 * LINE;
/// Whether the event is set.
pub(crate) const EVENT: u32 = 12 * LINE;
/// The first thread's own words.
const THREADS: u32 = 13 * LINE;

/// Of a thread's own words: the fault that it is to have.
const FAULT: u32 = 0;
/// Nobody ever notifies here: a thread sleeps at it.
const SLEEP: u32 = 1;
/// How many changes of state follow.
const CHANGES: u32 = 2;
/// Its last sign of life, in microseconds since the order's origin, of a thread that works without end.
const ALIVE: u32 = 3;
/// The first change: its time, its state.
const FIRST_CHANGE: u32 = LINE;

#[expect(clippy::cast_possible_truncation, reason = "it is a thousand")]
const MOST_CHANGES: u32 = MAX_CHANGES as u32;

/// A thread's own words.
const THREAD: u32 = (FIRST_CHANGE + 2 * MOST_CHANGES).next_multiple_of(LINE);

/// How many words a lesson needs, of so many threads and a queue of so many places.
pub fn words(threads: u32, places: u32) -> u32 {
    first_place(threads) + places.max(1)
}

/// Where the queue's places begin.
pub(crate) fn first_place(threads: u32) -> u32 {
    THREADS + threads * THREAD
}

/// A thread's own words: what it and the page tell each other while it is too busy for messages.
#[derive(Debug)]
pub struct Own<'m, M: ?Sized> {
    memory: &'m M,
    first: u32,
}

/// A fault that the user asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The thread is to die.
    Die,
    /// It is to die while it holds what the others wait for.
    DieHolding,
}

impl<'m, M: Words + ?Sized> Own<'m, M> {
    /// Those of the thread with that number.
    pub fn new(memory: &'m M, thread: u32) -> Self {
        Self { memory, first: THREADS + thread * THREAD }
    }

    /// The states that it has been in so far, also when it is dead.
    pub fn trace(&self) -> Vec<crate::task::Change> {
        let changes = self.memory.load(self.first + CHANGES).cast_unsigned().min(MOST_CHANGES);
        let change = |index| {
            let change = self.first + FIRST_CHANGE + 2 * index;
            let state = State::numbered(self.memory.load(change + 1).cast_unsigned())?;
            Some(crate::task::Change { at_us: self.memory.load(change).cast_unsigned().into(), state })
        };
        (0..changes).filter_map(change).collect()
    }
}

impl<M: Words + ?Sized> Own<'_, M> {
    /// Its last sign of life, in microseconds since the order's origin: that of [`Self::trace`] or a later one.
    pub fn alive_us(&self) -> u64 {
        let last = self.trace().last().map_or(0, |change| change.at_us);
        last.max(self.memory.load(self.first + ALIVE).cast_unsigned().into())
    }
}

impl<M: Memory> Own<'_, M> {
    pub(crate) fn is_alive(&self, at_us: u64) {
        self.memory.store(self.first + ALIVE, i32::try_from(at_us).unwrap_or(i32::MAX));
    }

    /// Has it a fault, at its next look.
    pub fn ask_for(&self, fault: Fault) {
        self.memory.store(self.first + FAULT, if fault == Fault::Die { 1 } else { 2 });
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        match self.memory.load(self.first + FAULT) {
            0 => None,
            1 => Some(Fault::Die),
            _ => Some(Fault::DieHolding),
        }
    }

    pub(crate) fn sleep(&self, us: u64) {
        self.memory.wait(self.first + SLEEP, 0, Some(us));
    }

    /// Notes its change of state with that index, from 0. Those past the most are left out.
    pub fn note(&self, index: usize, at_us: u64, state: State) {
        let Some(index) = u32::try_from(index).ok().filter(|&index| index < MOST_CHANGES) else { return };
        let change = self.first + FIRST_CHANGE + 2 * index;
        self.memory.store(change, i32::try_from(at_us).unwrap_or(i32::MAX));
        self.memory.store(change + 1, state.number().cast_signed());
        self.memory.store(self.first + CHANGES, (index + 1).cast_signed());
    }
}
