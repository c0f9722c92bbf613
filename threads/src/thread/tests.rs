use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BlockRange, Seed, Tally};

use super::*;
use crate::event;
use crate::memory::{COUNTER, Woken, Words, words};
use crate::ring::Ring;
use crate::task::{Item, Patience, Pause, Protection, Python, Rest};

/// Real threads share it.
#[derive(Clone)]
struct Shared(Arc<(Vec<AtomicI32>, Mutex<Vec<u32>>, Condvar)>);

impl Shared {
    fn new(words: u32) -> Self {
        let words = (0..words).map(|_| AtomicI32::new(0)).collect::<Vec<_>>();
        let notified = vec![0; words.len()];
        Self(Arc::new((words, Mutex::new(notified), Condvar::new())))
    }

    fn at(&self, word: u32) -> &AtomicI32 {
        &self.0.0[word as usize]
    }
}

impl Words for Shared {
    fn load(&self, word: u32) -> i32 {
        self.at(word).load(Ordering::SeqCst)
    }
}

impl Memory for Shared {
    fn store(&self, word: u32, value: i32) {
        self.at(word).store(value, Ordering::SeqCst);
    }

    fn add(&self, word: u32, value: i32) -> i32 {
        self.at(word).fetch_add(value, Ordering::SeqCst)
    }

    fn compare_exchange(&self, word: u32, expected: i32, new: i32) -> i32 {
        let exchange = self.at(word).compare_exchange(expected, new, Ordering::SeqCst, Ordering::SeqCst);
        exchange.unwrap_or_else(|before| before)
    }

    fn wait(&self, word: u32, expected: i32, limit_us: Option<u64>) -> Woken {
        let mut notified = self.0.1.lock().unwrap();
        if self.load(word) != expected {
            return Woken::Changed;
        }
        let before = notified[word as usize];
        let limit = Duration::from_micros(limit_us.unwrap_or(10_000_000));
        let begun = Instant::now();
        while notified[word as usize] == before {
            let left = limit.saturating_sub(begun.elapsed());
            if left.is_zero() {
                assert!(limit_us.is_some(), "nobody wakes who sleeps at {word}");
                return Woken::TimedOut;
            }
            notified = self.0.2.wait_timeout(notified, left).unwrap().0;
        }
        Woken::Notified
    }

    fn notify(&self, word: u32) {
        self.0.1.lock().unwrap()[word as usize] += 1;
        self.0.2.notify_all();
    }

    fn get(&self, word: u32) -> i32 {
        self.at(word).load(Ordering::Relaxed)
    }

    fn set(&self, word: u32, value: i32) {
        self.at(word).store(value, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy)]
struct Since(Instant);

impl Clock for Since {
    fn now_us(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap()
    }
}

type Thread = JoinHandle<Result<Done, Unfinished>>;

fn begin(memory: &Shared, tasks: impl IntoIterator<Item = Task>) -> Vec<Thread> {
    let clock = Since(Instant::now());
    let begin = |task| {
        let memory = memory.clone();
        spawn(move || perform(task, Some(&memory), clock, three_quarters))
    };
    tasks.into_iter().map(begin).collect()
}

fn reports(threads: Vec<Thread>) -> Vec<Done> {
    threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
}

fn states(done: &Done) -> Vec<State> {
    done.trace.iter().map(|change| change.state).collect()
}

fn until(mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not happen");
        sleep(Duration::from_millis(1));
    }
}

fn race(threads: u32, increments: u32, protection: Protection) -> (Shared, Vec<Thread>) {
    let memory = Shared::new(words(threads, 0));
    let add = |thread| Task::Add { thread, threads, increments, protection };
    let begun = begin(&memory, (0..threads).map(add));
    (memory, begun)
}

#[test]
fn a_protected_counter_is_exact() {
    for protection in Protection::ALL {
        let (memory, threads) = race(4, 50_001, protection);
        let reports = reports(threads);
        let got = memory.load(COUNTER);
        if protection == Protection::None {
            assert!((50_001..=200_004).contains(&got), "{got}");
        } else {
            assert_eq!(got, 200_004, "{protection:?}");
        }
        for (thread, done) in (0..).zip(&reports) {
            assert_eq!((done.own, done.end), (50_001, End::Complete));
            assert_eq!(states(done)[..2], [State::Waiting, State::Working]);
            assert_eq!(states(done).last(), Some(&State::Over));
            assert!(done.trace.is_sorted_by_key(|change| change.at_us));
            assert_eq!(Own::new(&memory, thread).trace(), done.trace);
            let own = done.samples.iter().map(|sample| sample.own).collect::<Vec<_>>();
            assert!((24..=25).contains(&own.len()) && own.is_sorted() && own.last() == Some(&50_001));
        }
        if protection == Protection::OwnTotal {
            assert!(reports.iter().all(|done| done.samples[0].counter < 200_004));
            assert!(reports.iter().any(|done| done.samples[24].counter == 200_004));
        }
    }
}

#[test]
fn a_switch_where_loops_go_round_loses_nothing() {
    let interpret =
        |thread, python| Task::Interpret { thread, threads: 2, increments: 100_000, python, interval_us: 50 };
    for python in Python::ALL {
        let memory = Shared::new(words(2, 0));
        let reports = reports(begin(&memory, (0..2).map(|thread| interpret(thread, python))));
        let (got, switches) = (memory.load(COUNTER), reports.iter().map(|done| done.switches).sum::<u32>());
        match python {
            Python::LoopsOnly => assert!(got == 200_000 && switches >= 1, "{got}, {switches} switches"),
            Python::AnyStep => assert!(got <= 200_000 && switches >= 1, "{got}, {switches} switches"),
            Python::NoGil => assert!(got <= 200_000 && switches == 0),
        }
        assert!(reports.iter().all(|done| done.own == 100_000));
    }
}

#[test]
fn what_is_held_changes_nothing_of_the_work() {
    let sums = |held, pause| {
        let memory = Shared::new(words(2, 0));
        let compute = |thread| Task::Compute { thread, threads: 2, slices: 100, held, pause };
        let done = reports(begin(&memory, (0..2).map(compute)));
        assert!(done.iter().all(|done| done.own == 100));
        (done.iter().map(|done| done.sum).collect::<Vec<_>>(), done)
    };
    let (alone, _) = sums(Held::Alone, None);
    assert!(alone.iter().all(|&inside| (626_000..630_500).contains(&inside)), "π/4 of 800,000: {alone:?}");
    assert_ne!(alone[0], alone[1]);
    assert_eq!(sums(Held::Nothing, None).0, alone);
    assert_eq!(sums(Held::Gil { interval_us: 50 }, None).0, alone);
    let (sums, done) = sums(Held::Gil { interval_us: 50 }, Some(Pause { every: 50, us: 2_000 }));
    assert_eq!(sums, alone);
    assert!(done.iter().all(|done| states(done).contains(&State::Asleep)));
}

/// In the place of the loop over `Math.random()`.
fn three_quarters(points: u32) -> u32 {
    points / 4 * 3
}

/// A thread's share of blocks 3 to 15.
fn share(thread: u32, threads: u32, kernel: Kernel, step_blocks: u32, held: Held) -> Count {
    let [first, end] = [thread, thread + 1].map(|thread| 3 + u64::from(12 * thread / threads));
    Count {
        thread,
        threads,
        seed: Seed(5),
        kernel,
        blocks: BlockRange::new(first, end).unwrap(),
        step_blocks: NonZeroU32::new(step_blocks).unwrap(),
        held,
    }
}

/// Those, counted by so many threads: what all of them have inside, what each reported, and the page's counter.
fn counted(threads: u32, kernel: Kernel, step_blocks: u32, held: Held) -> (Tally, Vec<Done>, i32) {
    let memory = Shared::new(words(threads, 0));
    let task = |thread| Task::Count(share(thread, threads, kernel, step_blocks, held));
    let done = reports(begin(&memory, (0..threads).map(task)));
    let blocks: u32 = done.iter().map(|done| done.own).sum();
    let inside = done.iter().map(|done| done.sum).sum();
    (Tally { points: u64::from(blocks) * 100_000, inside }, done, memory.load(COUNTER))
}

// Fails with: a block that threads count twice, or not at all; a kernel that they lack; a count that the GIL changes; a
// thread of which the page does not see that it goes on.
#[test]
fn threads_count_the_same_points_by_every_kernel_with_the_gil_and_without() {
    let all = BlockRange::new(3, 15).unwrap();
    for kernel in Kernel::ALL {
        let whole = kernel.tally(Seed(5), all).unwrap_or(Tally { points: 1_200_000, inside: 900_000 });
        for (threads, step_blocks) in [(1, 1), (3, 2), (4, 1_000), (12, u32::MAX)] {
            for held in [Held::Nothing, Held::Gil { interval_us: 50 }, Held::Alone] {
                let (tally, done, seen) = counted(threads, kernel, step_blocks, held);
                // The batches of this kernel are others, and so are its points.
                if kernel == Kernel::ScalarF64 {
                    assert_eq!(tally.points, whole.points);
                } else {
                    assert_eq!(tally, whole, "{kernel} by {threads}, {step_blocks} at a time, {held:?}");
                }
                assert_eq!(seen, if held == Held::Alone { 0 } else { 12 }, "what the page sees meanwhile");
                assert!(done.iter().all(|done| done.end == End::Complete));
            }
        }
    }
}

/// How many count just now, and the most that ever did at once.
static COUNTING: [AtomicI32; 2] = [const { AtomicI32::new(0) }; 2];

/// Takes some milliseconds, and sees who else counts.
fn seen_counting(points: u32) -> u32 {
    let now = COUNTING[0].fetch_add(1, Ordering::SeqCst) + 1;
    COUNTING[1].fetch_max(now, Ordering::SeqCst);
    sleep(Duration::from_millis(5));
    COUNTING[0].fetch_sub(1, Ordering::SeqCst);
    points
}

// Fails with: threads that count at the same time though there is a GIL; a holder that never gives its turn.
#[test]
fn threads_that_count_under_the_gil_take_turns() {
    for held in [Held::Nothing, Held::Gil { interval_us: 50 }] {
        COUNTING[1].store(0, Ordering::SeqCst);
        let memory = Shared::new(words(3, 0));
        let clock = Since(Instant::now());
        let begun: Vec<Thread> = (0..3)
            .map(|thread| {
                let task = Task::Count(share(thread, 3, Kernel::MathRandom, 1, held));
                let memory = memory.clone();
                spawn(move || perform(task, Some(&memory), clock, seen_counting))
            })
            .collect();
        let done = reports(begun);
        let most = COUNTING[1].load(Ordering::SeqCst);
        if held == Held::Nothing {
            assert!(most > 1 && done.iter().all(|done| done.waits == 0), "{most}: {done:?}");
        } else {
            assert_eq!(most, 1);
            let switches: u32 = done.iter().map(|done| done.switches).sum();
            assert!(switches > 6 && done.iter().any(|done| done.waited_us > 0), "{done:?}");
        }
    }
}

struct Queue {
    producers: u32,
    consumers: u32,
    items: u32,
    places: u32,
    pace_us: u32,
    patience: Patience,
    sentinels: u32,
}

impl Queue {
    fn begin(&self) -> (Shared, Vec<Thread>) {
        let &Self { producers, consumers, items, places, pace_us, patience, sentinels } = self;
        let threads = producers + consumers;
        let memory = Shared::new(words(threads, places));
        let task = |thread| {
            if thread < producers {
                Task::Produce { thread, threads, producers, places, items, pace_us, patience, sentinels }
            } else {
                Task::Consume { thread, threads, places, pace_us, patience }
            }
        };
        let begun = begin(&memory, (0..threads).map(task));
        (memory, begun)
    }
}

#[test]
fn a_queue_loses_and_doubles_nothing() {
    for (producers, consumers, patience) in [
        (1, 1, Patience::Block),
        (4, 4, Patience::Block),
        (1, 3, Patience::NoWait),
        (3, 1, Patience::Limit(100)),
    ] {
        let (items, places) = (3_000, 7);
        let queue = Queue { producers, consumers, items, places, pace_us: 0, patience, sentinels: consumers };
        let reports = reports(queue.begin().1);
        let (put, got) = reports.split_at(producers as usize);
        let total = |reports: &[Done]| {
            let own = reports.iter().map(|done| done.own).sum::<u32>();
            (own, reports.iter().map(|done| done.sum).sum::<u64>())
        };
        assert_eq!(total(put), total(got));
        assert_eq!(total(got).0, producers * items);
        assert!(got.iter().all(|done| done.out_of_order == 0));
        assert!(reports.iter().all(|done| done.deepest <= places && done.moves.len() <= 1_000));
        let refused = reports.iter().map(|done| done.refused).sum::<u32>();
        assert!(refused == 0 || patience != Patience::Block);
    }
}

// Fails with: the lecture's classic mistake healed in secret, or a rescue that does not come through.
#[test]
fn one_sentinel_ends_one_consumer() {
    let (producers, consumers, patience) = (1, 2, Patience::Block);
    let queue = Queue { producers, consumers, items: 5, places: 2, pace_us: 0, patience, sentinels: 1 };
    let (memory, threads) = queue.begin();
    until(|| threads.iter().filter(|thread| thread.is_finished()).count() == 2);
    sleep(Duration::from_millis(20));
    let hung = threads.iter().position(|thread| !thread.is_finished()).unwrap();
    let own = Own::new(&memory, u32::try_from(hung).unwrap());
    assert_eq!(own.trace().last().unwrap().state, State::Empty);
    assert!(Ring::new(&memory, 3, 2).try_put(Item::SENTINEL));
    assert_eq!(reports(threads).iter().map(|done| done.own).sum::<u32>(), 10);
}

#[test]
fn a_consumer_reports_what_it_got_and_how_deep_the_queue_was() {
    let (producers, consumers, patience) = (1, 1, Patience::Block);
    let queue = Queue { producers, consumers, items: 40, places: 10, pace_us: 0, patience, sentinels: 1 };
    let (memory, threads) = queue.begin();
    let got = reports(threads).remove(1);
    assert!((1..=10).contains(&got.deepest));
    assert_eq!(got.moves.len(), 41);
    assert_eq!(got.moves.last().unwrap().item, Item::SENTINEL);
    let ring = Ring::new(&memory, 2, 10);
    assert_eq!((ring.items(), ring.put_and_got()), (vec![], (41, 41)));
}

#[test]
fn a_thread_dies_when_it_is_asked_and_its_lock_with_it() {
    let (memory, mut threads) = race(2, 2_000_000, Protection::Lock);
    Own::new(&memory, 0).ask_for(Fault::DieHolding);
    assert_eq!(threads.remove(0).join().unwrap(), Err(Unfinished::Dies));
    let other = Own::new(&memory, 1);
    until(|| other.trace().last().is_some_and(|change| change.state == State::Blocked));
    sleep(Duration::from_millis(20));
    assert!(!threads[0].is_finished(), "the lock is held for ever");
    crate::abandon(&memory);
    let done = reports(threads).remove(0);
    assert_eq!(done.end, End::Abandoned);
    assert!(done.own < 2_000_000 && done.waited_us > 10_000, "{done:?}");
    assert!(Own::new(&memory, 0).trace().len() >= 2, "what the dead one did is still known");

    let (memory, mut threads) = race(2, 100_000, Protection::Lock);
    Own::new(&memory, 0).ask_for(Fault::Die);
    assert_eq!(threads.remove(0).join().unwrap(), Err(Unfinished::Dies));
    assert_eq!(reports(threads)[0].end, End::Complete);
    assert!(memory.load(COUNTER) < 200_000);
}

#[test]
fn a_producer_that_dies_holding_the_queue_stops_all_until_it_is_given_up() {
    let (producers, consumers, patience) = (2, 1, Patience::Block);
    let queue = Queue { producers, consumers, items: 100_000, places: 4, pace_us: 0, patience, sentinels: 1 };
    let (memory, mut threads) = queue.begin();
    Own::new(&memory, 1).ask_for(Fault::DieHolding);
    assert_eq!(threads.remove(1).join().unwrap(), Err(Unfinished::Dies));
    assert!(!Ring::new(&memory, 3, 4).try_put(Item::SENTINEL), "its lock is held");
    crate::abandon(&memory);
    assert!(reports(threads).iter().all(|done| done.end == End::Abandoned));
}

#[test]
fn nobody_waits_for_ever_for_one_that_does_not_come() {
    let memory = Shared::new(words(2, 0));
    let add = Task::Add { thread: 0, threads: 2, increments: 1, protection: Protection::None };
    let threads = begin(&memory, [add]);
    until(|| Own::new(&memory, 0).trace().len() == 1);
    crate::abandon(&memory);
    let done = reports(threads).remove(0);
    assert_eq!((done.end, done.own, states(&done)), (End::Abandoned, 0, vec![State::Waiting, State::Over]));
}

#[test]
fn an_order_that_cannot_be_carried_out_is_refused() {
    let clock = Since(Instant::now());
    let memory = Shared::new(words(1, 0));
    let add = Task::Add { thread: 0, threads: 1, increments: 1, protection: Protection::None };
    let of = |task, memory: Option<&Shared>| perform(task, memory, clock, three_quarters);
    assert_eq!(of(add, None), Err(Unfinished::NoMemory));
    assert_eq!(of(Task::Value(1), None), Err(Unfinished::NotAsked));
    assert_eq!(of(Task::Die { holding: true }, None), Err(Unfinished::Dies));
    assert_eq!(of(Task::Die { holding: true }, Some(&memory)), Err(Unfinished::Dies));
    assert!(!Lock::new(&memory, LOCK).try_acquire());
}

// Fails with: a thread that switches often and reports no end, or an endless list.
#[test]
fn the_end_is_reported_after_any_number_of_changes() {
    let memory = Shared::new(words(1, 0));
    let mut recorder = Recorder::new(Since(Instant::now()), Some(Own::new(&memory, 0)));
    for _ in 0..crate::task::MAX_CHANGES {
        recorder.change(State::Working);
        recorder.change(State::Blocked);
    }
    let done = recorder.finish(End::Complete);
    assert_eq!(done.trace.len(), crate::task::MAX_CHANGES);
    assert_eq!(states(&done).last(), Some(&State::Over));
    assert_eq!(Own::new(&memory, 0).trace(), done.trace);
}

// Fails with: an event that is not seen, half a record left by a thread that heeds it, one that never looks and ends.
#[test]
fn who_heeds_the_event_ends_between_two_records() {
    let memory = Shared::new(words(3, 0));
    let beat = |(thread, rest)| Task::Beat { thread, threads: 3, beat_us: 4_000, write_us: 1_000, rest };
    let mut threads = begin(&memory, (0..).zip([Rest::Event, Rest::Asleep, Rest::Busy]).map(beat));
    until(|| (0..3).all(|thread| Own::new(&memory, thread).trace().len() > 6));
    event::set(&memory);
    until(|| threads[0].is_finished());
    let done = threads.remove(0).join().unwrap().unwrap();
    assert!(states(&done).ends_with(&[State::Working, State::Asleep, State::Over]), "{done:?}");
    assert!(done.own >= 3, "{done:?}");
    for thread in [1, 2] {
        let own = Own::new(&memory, thread);
        let before = own.alive_us();
        until(|| own.alive_us() > before + 10_000);
        own.ask_for(Fault::Die);
        assert_eq!(threads.remove(0).join().unwrap(), Err(Unfinished::Dies));
    }
}

/// A clock that goes on with each look.
struct Looks(std::cell::Cell<u64>);

impl Clock for Looks {
    fn now_us(&self) -> u64 {
        self.0.set(self.0.get() + 10);
        self.0.get()
    }
}

// Fails with: work that ends early, or goes on; a time that is another than that of the work.
#[test]
fn work_lasts_as_long_as_it_is_to() {
    let done =
        perform::<Shared>(Task::Work { us: 1_000 }, None, Looks(std::cell::Cell::new(0)), |_| 0).unwrap();
    let lasted = done.began(State::Over).unwrap() - done.began(State::Working).unwrap();
    assert!((1_000..=1_030).contains(&lasted), "{lasted}");
    assert!(done.sum > 0);
}
