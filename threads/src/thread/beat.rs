//! A heartbeat: record after record, until there is an end.

use super::{Stop, Worker};
use crate::event;
use crate::memory::Memory;
use crate::recorder::Clock;
use crate::task::{Rest, State};
use crate::watch::Watch;

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Writes a record every `beat_us`, which takes `write_us`: who is ended meanwhile leaves half of it.
    pub(super) fn beat(&mut self, beat_us: u32, write_us: u32, rest: Rest) -> Result<(), Stop> {
        let rest_us = u64::from(beat_us.saturating_sub(write_us));
        loop {
            self.recorder.change(State::Working);
            self.own.sleep(write_us.into());
            self.recorder.worked(0);
            self.recorder.change(State::Asleep);
            match rest {
                Rest::Event => {
                    if event::is_set_within(self.memory, rest_us) {
                        return Ok(());
                    }
                }
                Rest::Asleep => self.own.sleep(rest_us),
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
}
