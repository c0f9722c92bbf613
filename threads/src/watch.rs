//! What a thread notes about itself while it waits.

use crate::task::State;

/// Told by locks and queues when a thread must wait. It also knows the time, for waits with a limit.
pub trait Watch {
    /// The thread goes to sleep, for the reason that `state` names; called for each sleep of a wait.
    fn waits(&mut self, state: State);
    /// It has what it waited for, or waits no longer. Also called when there was nothing to wait for.
    fn goes_on(&mut self);
    /// Microseconds since the order's origin.
    fn now_us(&self) -> u64;
}
