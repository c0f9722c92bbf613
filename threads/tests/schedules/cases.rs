//! What must hold under every schedule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dartboard_threads::gate;
use dartboard_threads::gil::Gil;
use dartboard_threads::lock::Lock;
use dartboard_threads::memory::{COUNTER, LOCK, Memory, words};
use dartboard_threads::pipe::{self, Bytes, Consumer, Ending, Got, Producer};
use dartboard_threads::ring::{Refusal, Ring};
use dartboard_threads::task::{Item, Patience};

use crate::world::{LONG_US, Unwatched, World};

type Thread = Box<dyn FnOnce() + Send>;

fn each<W: World>(threads: u32, memory: &W, act: impl Fn(u32, &W) + Copy + Send + 'static) {
    let thread = |thread| {
        let memory = memory.clone();
        Box::new(move || act(thread, &memory)) as Thread
    };
    W::run((0..threads).map(thread).collect());
}

fn add_unprotected(memory: &impl Memory) {
    memory.set(COUNTER, memory.get(COUNTER) + 1);
}

/// Fails with: two holders at once, a waiter that nobody wakes.
pub(crate) fn lock<W: World>(threads: u32, rounds: u32) {
    let memory = W::new(words(0, 0));
    each(threads, &memory, move |_, memory| {
        let lock = Lock::new(memory, LOCK);
        for _ in 0..rounds {
            lock.acquire(&mut Unwatched).unwrap();
            add_unprotected(memory);
            lock.release();
        }
    });
    assert_eq!(memory.load(COUNTER).cast_unsigned(), threads * rounds);
}

/// Fails with: a waiter that is not told of a lock that was given up, or a lock that can be used again after that.
pub(crate) fn lock_given_up<W: World>(threads: u32) {
    let memory = W::new(words(0, 0));
    assert!(Lock::new(&memory, LOCK).try_acquire(), "by a thread that has died since");
    each(threads + 1, &memory, move |thread, memory| {
        let lock = Lock::new(memory, LOCK);
        if thread == threads {
            lock.abandon();
            lock.release();
        } else {
            lock.acquire(&mut Unwatched).unwrap_err();
        }
    });
}

/// Fails with: one that passes alone, one that is never let through.
pub(crate) fn gate<W: World>(threads: u32, looks: u32) {
    let memory = W::new(words(0, 0));
    each(threads, &memory, move |_, memory| {
        memory.add(COUNTER, 1);
        gate::pass(memory, threads, looks).unwrap();
        assert_eq!(memory.load(COUNTER).cast_unsigned(), threads);
    });
}

/// Fails with: one that waits for ever for a thread that does not come.
pub(crate) fn everything_given_up<W: World>() {
    let memory = W::new(words(0, 1));
    Gil::new(&memory, 9, None).take(&mut Unwatched).unwrap();
    each(4, &memory, move |thread, memory| match thread {
        0 => drop(gate::pass(memory, 2, 0).unwrap_err()),
        1 => drop(Ring::new(memory, 0, 1).get(Patience::Block, &mut Unwatched).unwrap_err()),
        2 => drop(Gil::new(memory, 0, None).take(&mut Unwatched).unwrap_err()),
        _ => dartboard_threads::abandon(memory),
    });
}

/// Without anybody asking. Fails with: two holders, a waiter that nobody wakes.
pub(crate) fn gil<W: World>(threads: u32, rounds: u32) {
    let memory = W::new(words(0, 0));
    each(threads, &memory, move |thread, memory| {
        let gil = Gil::new(memory, thread, None);
        for _ in 0..rounds {
            gil.take(&mut Unwatched).unwrap();
            add_unprotected(memory);
            gil.let_go();
        }
    });
    assert_eq!(memory.load(COUNTER).cast_unsigned(), threads * rounds);
}

/// Each works in steps and gives its turn when it is asked. Fails with: two holders, a request that nobody made, a turn
/// that is given and not taken, one that waits for a turn for ever.
pub(crate) fn gil_by_turns<W: World>(threads: u32, steps: u32) {
    let memory = W::new(words(0, 0));
    each(threads, &memory, move |thread, memory| {
        let gil = Gil::new(memory, thread, Some(1));
        gil.take(&mut Unwatched).unwrap();
        for _ in 0..steps {
            add_unprotected(memory);
            let asked = gil.is_asked_for();
            let before = memory.get(COUNTER);
            let switched = gil.give_turn(&mut Unwatched).unwrap();
            assert!(switched || !asked, "nobody took the turn");
            assert!(switched || memory.get(COUNTER) == before, "another worked, and had no turn");
        }
        gil.let_go();
    });
    assert_eq!(memory.load(COUNTER).cast_unsigned(), threads * steps);
}

/// Producers put so many items each; consumers get until a sentinel comes, of which there is one for each. Fails with: an
/// item lost, doubled or out of its producer's order, more items than places, one that waits for ever.
pub(crate) fn ring<W: World>(producers: u32, consumers: u32, items: u32, places: u32) {
    let memory = W::new(words(0, places));
    let got = Arc::new(Mutex::new(BTreeMap::<u32, Vec<u32>>::new()));
    let produce = |producer| {
        let memory = memory.clone();
        Box::new(move || {
            let ring = Ring::new(&memory, 0, places);
            for number in 0..items {
                let item = Item::new(producer, number).unwrap();
                let size = ring.put(item, Patience::Block, &mut Unwatched).unwrap();
                assert!((1..=places).contains(&size));
            }
            if memory.add(COUNTER, 1) + 1 == producers.cast_signed() {
                for _ in 0..consumers {
                    ring.put(Item::SENTINEL, Patience::Block, &mut Unwatched).unwrap();
                }
            }
        }) as Thread
    };
    let consume = |_| {
        let (memory, got) = (memory.clone(), Arc::clone(&got));
        Box::new(move || {
            let ring = Ring::new(&memory, 0, places);
            let mut last = BTreeMap::new();
            loop {
                let (item, size) = ring.get(Patience::Block, &mut Unwatched).unwrap();
                assert!((1..=places).contains(&size));
                let Some((producer, number)) = item.producer_and_number() else { break };
                assert!(last.insert(producer, number).is_none_or(|before| before < number), "in order");
                got.lock().unwrap().entry(producer).or_default().push(number);
            }
        }) as Thread
    };
    W::run((0..producers).map(produce).chain((0..consumers).map(consume)).collect());
    let mut got = got.lock().unwrap();
    for producer in 0..producers {
        let mut numbers = got.remove(&producer).unwrap_or_default();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..items).collect::<Vec<_>>(), "of producer {producer}");
    }
    assert!(got.is_empty());
    assert_eq!(Ring::new(&memory, 0, places).items(), []);
}

/// One puts without waiting, one gets with a limit, until all have come. Fails with: an item lost or doubled by a refusal.
pub(crate) fn impatient_ring<W: World>(items: u32) {
    let memory = W::new(words(0, 1));
    each(2, &memory, move |thread, memory| {
        let ring = Ring::new(memory, 0, 1);
        let mut number = 0;
        // As often as a schedule of this length can need.
        for _ in 0..4 * items {
            let patience = if thread == 0 { Patience::NoWait } else { Patience::Limit(1) };
            if thread == 0 && number < items {
                match ring.put(Item::new(0, number).unwrap(), patience, &mut Unwatched) {
                    Ok(size) => number += u32::from(size == 1),
                    Err(refusal) => assert_eq!(refusal, Refusal::NotNow),
                }
            }
            if thread == 1 {
                match ring.get(patience, &mut Unwatched) {
                    Ok((item, _)) => {
                        assert_eq!(item.producer_and_number(), Some((0, number)));
                        number += 1;
                    }
                    Err(refusal) => assert_eq!(refusal, Refusal::NotNow),
                }
            }
        }
        if thread == 0 {
            memory.store(COUNTER, number.cast_signed());
        } else {
            memory.store(LOCK, number.cast_signed());
        }
    });
    let left = Ring::new(&memory, 0, 1).items().len();
    assert_eq!(memory.load(COUNTER), memory.load(LOCK) + i32::try_from(left).unwrap());
}

/// One puts so many pieces, one gets them, without a lock. Fails with: a piece lost, doubled or out of order, more pieces
/// than places, a sleeper that nobody wakes.
pub(crate) fn pipe<W: World>(pieces: u8, places: u32) {
    /// All of the bytes that are needed; nobody waits here.
    #[derive(Clone)]
    struct Few(Arc<Mutex<[u8; 256]>>);
    impl Bytes for Few {
        fn write(&self, at: u32, bytes: &[u8]) {
            let at = usize::try_from(at).unwrap();
            self.0.lock().unwrap()[at..at + bytes.len()].copy_from_slice(bytes);
        }
        fn append(&self, at: u32, bytes: u32, into: &mut Vec<u8>) {
            let [at, bytes] = [at, bytes].map(|it| usize::try_from(it).unwrap());
            into.extend_from_slice(&self.0.lock().unwrap()[at..at + bytes]);
        }
    }
    let memory = W::new(pipe::WORDS);
    let bytes = Few(Arc::new(Mutex::new([0; 256])));
    let producer = {
        let mut producer = Producer::new(memory.clone(), 0, places, bytes.clone(), 0);
        Box::new(move || {
            for number in 0..pieces {
                while !producer.has_room(1) {
                    producer.wait_for_room(1, LONG_US);
                }
                producer.put(&[number], number.into());
                assert!(producer.size() <= places);
            }
            while !producer.has_room(0) {
                producer.wait_for_room(0, LONG_US);
            }
            producer.end(Ending::Complete);
        }) as Thread
    };
    let consumer = {
        let mut consumer = Consumer::new(memory, 0, places, bytes, 0);
        Box::new(move || {
            let mut got = Vec::new();
            loop {
                match consumer.get(&mut got) {
                    Got::Nothing => consumer.wait_for_piece(LONG_US),
                    Got::Piece { lines } => assert_eq!(u32::from(*got.last().unwrap()), lines),
                    Got::End(ending) => {
                        assert_eq!(ending, Ending::Complete);
                        break;
                    }
                }
            }
            assert_eq!(got, (0..pieces).collect::<Vec<_>>());
        }) as Thread
    };
    W::run(vec![producer, consumer]);
}
