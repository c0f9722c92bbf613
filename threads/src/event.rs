//! A flag that one thread sets and others look at: `threading.Event`.

use crate::memory::{EVENT, Memory, Woken};

/// Sets it, and wakes all that wait for it. It stays set.
pub fn set(memory: &impl Memory) {
    memory.store(EVENT, 1);
    memory.notify(EVENT);
}

/// Whether it is set, now or within `limit_us` microseconds.
pub(crate) fn is_set_within(memory: &impl Memory, limit_us: u64) -> bool {
    match memory.wait(EVENT, 0, Some(limit_us)) {
        Woken::Notified | Woken::Changed => true,
        // It may have been set at the last moment.
        Woken::TimedOut => memory.load(EVENT) != 0,
    }
}
