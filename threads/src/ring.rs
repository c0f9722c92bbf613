//! A bounded queue of several producers and consumers: a ring of places under one lock, with two events for those who
//! wait, as in Python's `queue.Queue`.

use crate::lock::Lock;
use crate::memory::{
    Abandoned, Memory, RING_EVENT, RING_HEAD, RING_LOCK, RING_TAIL, RING_WAITING, Woken, Words, first_place,
};
use crate::task::{Item, Patience, State};
use crate::watch::Watch;

/// A queue in shared memory.
#[derive(Debug)]
pub struct Ring<'m, M: ?Sized> {
    memory: &'m M,
    lock: Lock<'m, M>,
    first_place: u32,
    places: u32,
}

/// Why an item could not be put or got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The queue is full, or empty, and the thread would wait no longer.
    NotNow,
    /// The page gave the queue up.
    Abandoned,
}

impl From<Abandoned> for Refusal {
    fn from(_: Abandoned) -> Self {
        Self::Abandoned
    }
}

/// Which way an item goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Out = 0,
    In = 1,
}

impl Way {
    /// The word that changes when those who wait in this direction may go on.
    fn event(self) -> u32 {
        RING_EVENT[self as usize]
    }

    fn waiting(self) -> u32 {
        RING_WAITING[self as usize]
    }
}

impl<'m, M: Words + ?Sized> Ring<'m, M> {
    /// The queue of so many places in this memory, beside the words of so many threads. It is empty while they are all 0.
    pub fn new(memory: &'m M, threads: u32, places: u32) -> Self {
        Self {
            memory,
            lock: Lock::new(memory, RING_LOCK),
            first_place: first_place(threads),
            places: places.max(1),
        }
    }

    /// The items in the queue, first to last. They are right only while nobody puts or gets: good enough to be shown.
    pub fn items(&self) -> Vec<Item> {
        let head = self.memory.load(RING_HEAD);
        (0..self.size().min(self.places)).map(|place| self.item(head.wrapping_add_unsigned(place))).collect()
    }

    /// How many items have ever been put, and got.
    pub fn put_and_got(&self) -> (u32, u32) {
        (self.memory.load(RING_TAIL).cast_unsigned(), self.memory.load(RING_HEAD).cast_unsigned())
    }

    fn size(&self) -> u32 {
        self.memory.load(RING_TAIL).wrapping_sub(self.memory.load(RING_HEAD)).cast_unsigned()
    }

    fn place(&self, count: i32) -> u32 {
        self.first_place + count.cast_unsigned() % self.places
    }

    fn item(&self, count: i32) -> Item {
        // Only items are put: anything else is as good as the end.
        Item::from_word(self.memory.load(self.place(count)).cast_unsigned()).unwrap_or(Item::SENTINEL)
    }
}

impl<M: Memory> Ring<'_, M> {
    /// Puts an item; how many there are now.
    ///
    /// # Errors
    /// When the queue stays full for longer than the thread is patient, or was given up.
    pub fn put(&self, item: Item, patience: Patience, watch: &mut impl Watch) -> Result<u32, Refusal> {
        self.lock.acquire(watch)?;
        self.wait_until(Way::In, || self.size() < self.places, patience, watch)?;
        Ok(self.put_under_lock(item))
    }

    /// Gets the first item; how many there were.
    ///
    /// # Errors
    /// When the queue stays empty for longer than the thread is patient, or was given up.
    pub fn get(&self, patience: Patience, watch: &mut impl Watch) -> Result<(Item, u32), Refusal> {
        self.lock.acquire(watch)?;
        self.wait_until(Way::Out, || self.size() > 0, patience, watch)?;
        let (head, size) = (self.memory.load(RING_HEAD), self.size());
        let item = self.item(head);
        self.memory.store(RING_HEAD, head.wrapping_add(1));
        self.release_and_tell(Way::In);
        Ok((item, size))
    }

    /// Puts an item if that needs no waiting, not even for the lock: the page may not wait.
    pub fn try_put(&self, item: Item) -> bool {
        if !self.lock.try_acquire() {
            return false;
        }
        if self.size() < self.places {
            self.put_under_lock(item);
            return true;
        }
        self.lock.release();
        false
    }

    /// Dies while it holds the queue's lock: takes it, and that is all.
    pub(crate) fn take_lock(&self, watch: &mut impl Watch) -> Result<(), Abandoned> {
        self.lock.acquire(watch)
    }

    /// Called with the lock held, returns with it held, or fails with it released.
    fn wait_until(
        &self,
        way: Way,
        holds: impl Fn() -> bool,
        patience: Patience,
        watch: &mut impl Watch,
    ) -> Result<(), Refusal> {
        let state = if way == Way::In { State::Blocked } else { State::Empty };
        let mut until_us = None;
        while !holds() {
            let left_us = match patience {
                Patience::Block => None,
                Patience::NoWait => Some(0),
                Patience::Limit(us) => {
                    let until_us = *until_us.get_or_insert(watch.now_us().saturating_add(us.into()));
                    Some(until_us.saturating_sub(watch.now_us()))
                }
            };
            if left_us == Some(0) {
                self.lock.release();
                return Err(Refusal::NotNow);
            }
            let seen = self.memory.load(way.event());
            self.memory.add(way.waiting(), 1);
            self.lock.release();
            // After the event was read: it is changed after the lock is given up.
            if self.lock.is_abandoned() {
                return Err(Refusal::Abandoned);
            }
            watch.waits(state);
            let woken = self.memory.wait(way.event(), seen, left_us);
            self.lock.acquire(watch)?;
            self.memory.add(way.waiting(), -1);
            watch.goes_on();
            if woken == Woken::TimedOut && !holds() {
                self.lock.release();
                return Err(Refusal::NotNow);
            }
        }
        Ok(())
    }

    fn put_under_lock(&self, item: Item) -> u32 {
        let tail = self.memory.load(RING_TAIL);
        self.memory.store(self.place(tail), item.word().cast_signed());
        self.memory.store(RING_TAIL, tail.wrapping_add(1));
        let size = self.size();
        self.release_and_tell(Way::Out);
        size
    }

    /// Releases the lock and wakes those who wait to go that way.
    fn release_and_tell(&self, way: Way) {
        let awaited = self.memory.load(way.waiting()) > 0;
        if awaited {
            self.memory.add(way.event(), 1);
        }
        self.lock.release();
        if awaited {
            self.memory.notify(way.event());
        }
    }
}

/// Gives the queue up: whoever waits at it, or comes later, learns it.
pub(crate) fn abandon(memory: &impl Memory) {
    Lock::new(memory, RING_LOCK).abandon();
    for way in [Way::Out, Way::In] {
        memory.add(way.event(), 1);
        memory.notify(way.event());
    }
}
