//! The queue where threads share no memory: it is the page's, and a thread waits for the page's answer.

use std::collections::VecDeque;

use dartboard_threads::task::{Item, Task};

/// The page's queue, and who waits at it.
#[derive(Clone, Debug)]
pub(super) struct PageQueue {
    places: usize,
    items: VecDeque<Item>,
    /// Producers that wait for a place, each with its item; the first has waited longest.
    putting: VecDeque<(u32, Item)>,
    /// Consumers that wait for an item.
    getting: VecDeque<u32>,
    put: u32,
    got: u32,
    has_sentinels: bool,
}

impl PageQueue {
    /// An empty queue of so many places.
    pub(super) fn new(places: usize) -> Self {
        Self {
            places,
            items: VecDeque::new(),
            putting: VecDeque::new(),
            getting: VecDeque::new(),
            put: 0,
            got: 0,
            has_sentinels: false,
        }
    }

    /// A producer wants to put an item: whom to answer, and what.
    pub(super) fn put(&mut self, thread: u32, item: Item) -> Vec<(u32, Task)> {
        self.putting.push_back((thread, item));
        self.settle()
    }

    /// A consumer wants an item.
    pub(super) fn get(&mut self, thread: u32) -> Vec<(u32, Task)> {
        self.getting.push_back(thread);
        self.settle()
    }

    /// So many sentinels more, for whom there is always room.
    pub(super) fn put_sentinels(&mut self, sentinels: u32) -> Vec<(u32, Task)> {
        self.has_sentinels = true;
        self.items.extend((0..sentinels).map(|_| Item::SENTINEL));
        self.settle()
    }

    /// Whether sentinels were put.
    pub(super) fn has_sentinels(&self) -> bool {
        self.has_sentinels
    }

    /// How many items were put and got; sentinels are not counted.
    pub(super) fn put_and_got(&self) -> (u32, u32) {
        (self.put, self.got)
    }

    /// What is in it, next out first.
    pub(super) fn items(&self) -> Vec<Item> {
        self.items.iter().copied().collect()
    }

    /// Answers whoever need not wait any longer.
    fn settle(&mut self) -> Vec<(u32, Task)> {
        let mut answers = Vec::new();
        loop {
            let had = answers.len();
            if self.items.len() < self.places
                && let Some((thread, item)) = self.putting.pop_front()
            {
                self.items.push_back(item);
                self.put += 1;
                answers.push((thread, Task::Taken));
            }
            if !self.items.is_empty()
                && let Some(thread) = self.getting.pop_front()
                && let Some(item) = self.items.pop_front()
            {
                self.got += u32::from(item != Item::SENTINEL);
                answers.push((thread, Task::Item(item)));
            }
            if answers.len() == had {
                return answers;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Fails with: an item lost or doubled, out of order, or put into a queue that is full.
        #[test]
        fn it_is_a_bounded_fifo(places in 1..5_usize, calls in proptest::collection::vec(any::<bool>(), 0..80)) {
            let mut queue = PageQueue::new(places);
            let (mut put, mut waits, mut asks, mut got) = (0, 0, 0, Vec::new());
            for is_put in calls {
                let answers = if is_put {
                    put += 1;
                    waits += 1;
                    queue.put(0, Item::new(0, put).unwrap())
                } else {
                    asks += 1;
                    queue.get(1)
                };
                for answer in answers {
                    match answer {
                        (0, Task::Taken) => waits -= 1,
                        (1, Task::Item(item)) => {
                            asks -= 1;
                            got.push(item.producer_and_number().unwrap().1);
                        }
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
                prop_assert!(queue.items().len() <= places);
                prop_assert!(waits == 0 || queue.items().len() == places);
                prop_assert!(asks == 0 || queue.items().is_empty());
            }
            let expected: Vec<u32> = (1..).take(got.len()).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
