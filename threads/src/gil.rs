//! The GIL, by the protocol of `CPython`: a thread that waits for longer than an interval asks for it. The holder releases it
//! between two steps, and takes it again only after another thread has had it.

use crate::memory::{Abandoned, GIL, GIL_LAST, GIL_REQUEST, GIL_SWITCHES, Memory, Woken};
use crate::task::State;
use crate::watch::Watch;

const FREE: i32 = 0;
const ABANDONED: i32 = -1;

/// How long a thread of `CPython` waits before it asks for the GIL, if nobody sets another interval, in microseconds.
pub const SWITCH_INTERVAL_US: u32 = 5_000;

/// How long a holder that has released the GIL waits at most for another to take it: that one may have died since it asked.
const MOST_FOR_ANOTHER_US: u64 = 50_000;

/// A thread's view of the GIL.
#[derive(Debug)]
pub struct Gil<'m, M> {
    memory: &'m M,
    /// Its name at the GIL: from 1.
    me: i32,
    interval_us: Option<u64>,
}

impl<'m, M: Memory> Gil<'m, M> {
    /// That of the thread of this number, from 0. It waits for an interval before it asks for the GIL; without an
    /// interval it never asks.
    pub fn new(memory: &'m M, thread: u32, interval_us: Option<u64>) -> Self {
        Self { memory, me: thread.cast_signed() + 1, interval_us }
    }

    /// Waits until the GIL is free, and takes it; whether another had it in between.
    ///
    /// # Errors
    /// When the page has given it up.
    pub fn take(&self, watch: &mut impl Watch) -> Result<bool, Abandoned> {
        loop {
            let holder = self.memory.compare_exchange(GIL, FREE, self.me);
            if holder == FREE {
                break;
            }
            if holder == ABANDONED {
                return Err(Abandoned);
            }
            let switches = self.memory.load(GIL_SWITCHES);
            watch.waits(State::Blocked);
            let woken = self.memory.wait(GIL, holder, self.interval_us);
            // Not if it has changed hands meanwhile: the present holder has only just got it.
            if woken == Woken::TimedOut
                && self.memory.load(GIL) != FREE
                && self.memory.load(GIL_SWITCHES) == switches
            {
                self.memory.store(GIL_REQUEST, 1);
            }
        }
        watch.goes_on();
        // Before its own turn can be asked for, the request that it made itself must be gone.
        self.memory.store(GIL_REQUEST, 0);
        let last = self.memory.load(GIL_LAST);
        if last != self.me {
            self.memory.add(GIL_SWITCHES, 1);
            self.memory.store(GIL_LAST, self.me);
            self.memory.notify(GIL_LAST);
        }
        Ok(last != FREE && last != self.me)
    }

    /// Lets go of the GIL, which the thread must hold.
    pub fn let_go(&self) {
        if self.memory.compare_exchange(GIL, self.me, FREE) == self.me {
            self.memory.notify(GIL);
        }
    }

    /// Whether another has asked for it.
    pub fn is_asked_for(&self) -> bool {
        self.memory.load(GIL_REQUEST) != 0
    }

    /// Releases it if another has asked, and takes it again after that one has had it; returns whether another had it.
    ///
    /// # Errors
    /// When the page has given it up.
    pub fn give_turn(&self, watch: &mut impl Watch) -> Result<bool, Abandoned> {
        if !self.is_asked_for() {
            return Ok(false);
        }
        self.memory.store(GIL_REQUEST, 0);
        self.let_go();
        // Without this, the running thread would take it again before the other is awake.
        watch.waits(State::Blocked);
        self.memory.wait(GIL_LAST, self.me, Some(MOST_FOR_ANOTHER_US));
        self.take(watch)
    }
}

/// Gives the GIL up: whoever waits for it, or comes later, learns it.
pub(crate) fn abandon(memory: &impl Memory) {
    memory.store(GIL, ABANDONED);
    memory.notify(GIL);
    memory.store(GIL_LAST, ABANDONED);
    memory.notify(GIL_LAST);
}
