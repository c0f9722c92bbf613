//! The time of one program, in the form that the state machines take.

use std::time;

use dartboard_core::time::Instant;
use tokio::time::sleep_until;

/// A clock that began when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(time::Instant);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(time::Instant::now())
    }

    /// What it shows.
    pub(crate) fn now(self) -> Instant {
        Instant::after_origin(self.0.elapsed())
    }

    /// Waits until it shows `timer`; for ever, where there is none.
    pub(crate) async fn until(self, timer: Option<Instant>) {
        match timer.and_then(|timer| self.0.checked_add(timer.since_origin())) {
            Some(at) => sleep_until(at.into()).await,
            None => std::future::pending().await,
        }
    }
}
