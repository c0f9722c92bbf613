//! Work for a processor, with and without the GIL.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::add::give_turn;
use super::{Stop, Worker};
use crate::memory::Memory;
use crate::recorder::{Clock, Recorder};
use crate::task::{Held, Pause, State};
use crate::watch::Watch;

/// The points of one slice: about ten microseconds, so that a request for the GIL is soon seen.
const POINTS: u32 = 8_000;

/// Throws the points of one slice; how many lie inside the circle.
// Never a part of its caller's loop, of which there is one with the GIL and one without: both call the same code.
#[inline(never)]
fn slice(thread: u32, number: u32) -> u64 {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(u64::from(thread) << 32 | u64::from(number));
    let mut inside = 0;
    for _ in 0..POINTS {
        let bits = random.next_u64();
        let (x, y) = (bits >> 32, bits & 0xffff_ffff);
        inside += u64::from((x * x).checked_add(y * y).is_some());
    }
    inside
}

/// Throws points until so many microseconds have passed; how many lie inside the circle. A page that works itself does it
/// as a thread does.
pub fn work_for(us: u64, now_us: impl Fn() -> u64) -> u64 {
    let until_us = now_us() + us;
    let mut inside = 0;
    for number in 0.. {
        if now_us() >= until_us {
            break;
        }
        inside += slice(0, number);
    }
    inside
}

/// Works without anything shared.
pub(super) fn alone<M: Memory, C: Clock>(thread: u32, slices: u32, recorder: &mut Recorder<M, C>) {
    for number in 0..slices {
        recorder.worked(slice(thread, number));
        // WebKit never ends a wasm loop that does not call JavaScript; this one does.
        recorder.now_us();
    }
}

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Works, holding the GIL or nothing.
    pub(super) fn compute(&mut self, slices: u32, held: Held, pause: Option<Pause>) -> Result<(), Stop> {
        let gil = self.gil(held);
        if let Some(gil) = &gil {
            self.take(gil)?;
        }
        for number in 0..slices {
            self.look_for_a_fault(|_| Ok(()))?;
            self.recorder.worked(slice(self.thread, number));
            if let Some(pause) = pause.filter(|pause| (number + 1).is_multiple_of(pause.every)) {
                if let Some(gil) = &gil {
                    gil.let_go();
                }
                self.recorder.change(State::Asleep);
                self.own.sleep(pause.us.into());
                if let Some(gil) = &gil {
                    self.take(gil)?;
                }
                self.recorder.change(State::Working);
            } else if let Some(gil) = &gil {
                give_turn(gil, &mut self.recorder)?;
            }
        }
        if let Some(gil) = &gil {
            gil.let_go();
        }
        Ok(())
    }
}
