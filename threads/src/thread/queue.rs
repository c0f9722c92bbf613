//! Producers and consumers.

use super::{PAUSE_US, Stop, Worker};
use crate::memory::{Memory, PRODUCERS_OVER};
use crate::recorder::Clock;
use crate::ring::{Refusal, Ring};
use crate::task::{Item, Patience};

impl<M: Memory, C: Clock> Worker<'_, M, C> {
    /// Works on each item and puts it.
    pub(super) fn produce(
        &mut self,
        places: u32,
        items: u32,
        pace_us: u32,
        patience: Patience,
    ) -> Result<(), Stop> {
        let ring = Ring::new(self.memory, self.threads, places);
        for number in 0..items {
            self.work(pace_us);
            let Some(item) = Item::new(self.thread, number) else { break };
            let size = self.until_not_refused(pace_us, |worker| {
                worker.look_for_a_fault(|worker| ring.take_lock(&mut worker.recorder))?;
                Ok(ring.put(item, patience, &mut worker.recorder))
            })?;
            self.recorder.moved(item, size);
            self.recorder.worked(item.word().into());
        }
        Ok(())
    }

    /// Says that nothing more comes, if it is the last producer to have ended.
    pub(super) fn put_sentinels(&mut self, places: u32, producers: u32, sentinels: u32) -> Result<(), Stop> {
        if self.memory.add(PRODUCERS_OVER, 1) + 1 < producers.cast_signed() {
            return Ok(());
        }
        let ring = Ring::new(self.memory, self.threads, places);
        for _ in 0..sentinels {
            match ring.put(Item::SENTINEL, Patience::Block, &mut self.recorder) {
                Ok(size) => self.recorder.moved(Item::SENTINEL, size),
                Err(_) => return Err(Stop::Abandoned),
            }
        }
        Ok(())
    }

    /// Gets items and works on each, until there comes a sentinel.
    pub(super) fn consume(&mut self, places: u32, pace_us: u32, patience: Patience) -> Result<(), Stop> {
        let ring = Ring::new(self.memory, self.threads, places);
        let mut order = InOrder::default();
        loop {
            let (item, size) = self.until_not_refused(pace_us, |worker| {
                worker.look_for_a_fault(|worker| ring.take_lock(&mut worker.recorder))?;
                Ok(ring.get(patience, &mut worker.recorder))
            })?;
            self.recorder.moved(item, size);
            if item == Item::SENTINEL {
                return Ok(());
            }
            self.recorder.done().out_of_order += u32::from(!order.fits(item));
            self.recorder.worked(item.word().into());
            self.work(pace_us);
        }
    }

    fn until_not_refused<T>(
        &mut self,
        pace_us: u32,
        mut ask: impl FnMut(&mut Self) -> Result<Result<T, Refusal>, Stop>,
    ) -> Result<T, Stop> {
        loop {
            match ask(self)? {
                Ok(answer) => return Ok(answer),
                Err(Refusal::Abandoned) => return Err(Stop::Abandoned),
                Err(Refusal::NotNow) => {
                    self.recorder.done().refused += 1;
                    self.work(PAUSE_US.max(pace_us));
                }
            }
        }
    }

    /// Stands for work on an item: the thread is busy for so long, the processor is not.
    fn work(&mut self, us: u32) {
        if us > 0 {
            self.own.sleep(us.into());
        }
    }
}

/// Whether items come in the order in which each producer put them.
#[derive(Debug, Default)]
pub(crate) struct InOrder {
    next: [u32; Item::MAX_PRODUCERS as usize],
}

impl InOrder {
    /// Notes an item; whether it is a later one of its producer than those before.
    pub(crate) fn fits(&mut self, item: Item) -> bool {
        let Some((producer, number)) = item.producer_and_number() else { return true };
        let Some(next) = usize::try_from(producer).ok().and_then(|producer| self.next.get_mut(producer))
        else {
            return false;
        };
        let fits = number >= *next;
        *next = number + 1;
        fits
    }
}
