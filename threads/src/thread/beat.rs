//! A heartbeat: record after record, until the thread is ended.

use super::{Stop, Worker};
use crate::event;
use crate::memory::Memory;
use crate::recorder::Clock;
use crate::task::{Rest, State};
use crate::watch::Watch;

/// How long a thread that sleeps, or stays away from its event loop, gives no sign of life, in microseconds.
pub(crate) const SIGN_US: u64 = 20_000;

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Writes a record every `beat_us`, which takes `write_us`: a thread that is ended meanwhile leaves half of it.
    pub(super) fn beat(&mut self, beat_us: u32, write_us: u32, rest: Rest) -> Result<(), Stop> {
        let rest_us = u64::from(beat_us.saturating_sub(write_us));
        loop {
            self.recorder.change(State::Working);
            self.nap(write_us.into());
            self.recorder.worked(0);
            self.recorder.change(State::Asleep);
            match rest {
                Rest::Event => {
                    if event::is_set_within(self.memory, rest_us) {
                        return Ok(());
                    }
                }
                Rest::Asleep => self.nap(rest_us),
                Rest::Busy => {
                    let until_us = self.recorder.now_us() + rest_us;
                    while self.recorder.now_us() < until_us {
                        self.own.is_alive(self.recorder.now_us());
                    }
                }
            }
            self.look_for_a_fault(|_| Ok(()))?;
        }
    }

    /// Sleeps, and gives a sign of life again and again, so that the end of a sleeping thread is noticed soon.
    fn nap(&mut self, us: u64) {
        let until_us = self.recorder.now_us() + us;
        loop {
            let now_us = self.recorder.now_us();
            self.own.is_alive(now_us);
            if now_us >= until_us {
                return;
            }
            self.own.sleep((until_us - now_us).min(SIGN_US));
        }
    }
}
