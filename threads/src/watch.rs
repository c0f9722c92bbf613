//! What a thread notes of itself while it waits.

use crate::task::State;

/// Told by locks and queues when a thread must wait. It also knows the time, for waits with a limit.
pub trait Watch {
    /// The thread goes to sleep, for the reason that `state` names; said anew for each sleep of one wait.
    fn waits(&mut self, state: State);
    /// It has what it waited for, or waits no longer. Also said when there was nothing to wait for.
    fn goes_on(&mut self);
    /// Microseconds since the order's origin.
    fn now_us(&self) -> u64;
}
