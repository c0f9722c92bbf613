use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::memory::{Woken, Words};
use crate::task::Done;

/// There is none.
#[derive(Debug)]
enum NoMemory {}

impl Words for NoMemory {
    fn load(&self, _: u32) -> i32 {
        match *self {}
    }
}

impl Memory for NoMemory {
    fn store(&self, _: u32, _: i32) {
        match *self {}
    }
    fn add(&self, _: u32, _: i32) -> i32 {
        match *self {}
    }
    fn compare_exchange(&self, _: u32, _: i32, _: i32) -> i32 {
        match *self {}
    }
    fn wait(&self, _: u32, _: i32, _: Option<u64>) -> Woken {
        match *self {}
    }
    fn notify(&self, _: u32) {
        match *self {}
    }
    fn get(&self, _: u32) -> i32 {
        match *self {}
    }
    fn set(&self, _: u32, _: i32) {
        match *self {}
    }
}

#[derive(Clone, Debug, Default)]
struct Time(Rc<Cell<u64>>);

impl Clock for Time {
    fn now_us(&self) -> u64 {
        self.0.get()
    }
}

/// A page with threads that talk to it, one message at a time.
struct Page {
    time: Time,
    threads: Vec<(Conversation<NoMemory, Time>, VecDeque<Report>)>,
    counter: u32,
    queue: VecDeque<Item>,
    places: usize,
    /// Threads without an answer yet.
    waiting: Vec<(usize, Report)>,
    done: Vec<(usize, Done)>,
}

impl Page {
    fn new(tasks: &[Task], places: usize) -> Self {
        let time = Time::default();
        let mut page = Self {
            time: time.clone(),
            threads: Vec::new(),
            counter: 0,
            queue: VecDeque::new(),
            places,
            waiting: Vec::new(),
            done: Vec::new(),
        };
        for &task in tasks {
            let (conversation, step) = Conversation::begin(task, time.clone()).unwrap();
            page.threads.push((conversation, VecDeque::new()));
            page.take(page.threads.len() - 1, step);
        }
        page
    }

    fn take(&mut self, thread: usize, step: Step) {
        match step {
            Step::Work(us) => {
                self.time.0.set(self.time.0.get() + u64::from(us));
                let step = self.threads[thread].0.go_on();
                self.take(thread, step);
            }
            Step::SayAndWork(report, us) => {
                self.threads[thread].1.push_back(report);
                self.take(thread, Step::Work(us));
            }
            Step::SayAndStay(..) => panic!("it comes back to its event loop"),
            Step::Say(reports) => self.threads[thread].1.extend(reports),
        }
    }

    /// Hears the next message of the thread, and answers whom it can.
    fn hear(&mut self, thread: usize) -> bool {
        let Some(report) = self.threads[thread].1.pop_front() else { return false };
        match report {
            Report::Write(value) => self.counter = value,
            Report::Done(done) => self.done.push((thread, done)),
            asked => self.waiting.push((thread, asked)),
        }
        let mut index = 0;
        while index < self.waiting.len() {
            let answer = match self.waiting[index].1 {
                Report::Read => Some(Task::Value(self.counter)),
                Report::Put(item) if self.queue.len() < self.places => {
                    self.queue.push_back(item);
                    Some(Task::Taken)
                }
                Report::Get => self.queue.pop_front().map(Task::Item),
                _ => None,
            };
            match answer {
                Some(answer) => {
                    let (thread, _) = self.waiting.remove(index);
                    let step = self.threads[thread].0.hear(answer).unwrap();
                    self.take(thread, step);
                    index = 0;
                }
                None => index += 1,
            }
        }
        true
    }

    fn hear_all(&mut self) {
        while (0..self.threads.len()).any(|thread| self.hear(thread)) {}
    }
}

fn add(thread: u32, threads: u32, increments: u32) -> Task {
    Task::AddByMessages { thread, threads, increments }
}

#[test]
fn one_thread_counts_right_and_two_lose() {
    let mut page = Page::new(&[add(0, 1, 50)], 0);
    page.hear_all();
    assert_eq!((page.counter, page.done[0].1.own), (50, 50));
    assert!((17..=25).contains(&page.done[0].1.samples.len()));
    // Both ask before either writes, each time.
    let mut page = Page::new(&[add(0, 2, 50), add(1, 2, 50)], 0);
    while page.hear(0) | page.hear(1) {}
    assert_eq!(page.counter, 50);
    assert_eq!(page.done.len(), 2);
}

#[test]
fn an_answer_to_nothing_is_refused() {
    let begin = |task| Conversation::<NoMemory, _>::begin(task, Time::default());
    let (mut adds, step) = begin(add(0, 1, 1)).unwrap();
    assert_eq!(step, Step::Say(vec![Report::Read]));
    assert_eq!(adds.hear(Task::Taken), Err(Unfinished::NotAsked));
    assert_eq!(adds.hear(Task::Die { holding: false }), Err(Unfinished::Dies));
    assert!(
        matches!(adds.hear(Task::Value(7)).unwrap(), Step::Say(reports) if reports[0] == Report::Write(8))
    );
    assert_eq!(adds.hear(Task::Value(7)), Err(Unfinished::NotAsked), "after its end");
    assert!(begin(Task::Taken).is_none());
}

// Fails with: a thread that says nothing before it sleeps, or is done before it has slept.
#[test]
fn a_sleeper_says_when_it_starts_and_when_it_is_done() {
    let time = Time::default();
    let task = Task::Sleep { thread: 1, threads: 2, us: 1_000 };
    let (mut sleeper, step) = Conversation::<NoMemory, _>::begin(task, time.clone()).unwrap();
    assert_eq!(step, Step::SayAndWork(Report::Line(0), 1_000));
    time.0.set(1_000);
    let Step::Say(reports) = sleeper.go_on() else { panic!("it is done") };
    let [Report::Line(1), Report::Done(done)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((done.began(State::Working), done.began(State::Over)), (Some(0), Some(1_000)));
}

// Fails with: a number that is left out or added twice where two pieces meet, a total that is rounded as an `f64` is.
#[test]
fn the_first_numbers_are_added_up_as_by_gauss() {
    for numbers in [0, 1, 2, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 10_000_000, 200_000_001] {
        let task = Task::Sum { thread: 0, threads: 1, numbers };
        let (_, step) = Conversation::<NoMemory, _>::begin(task, Time::default()).unwrap();
        let Step::Say(reports) = step else { panic!("{step:?}") };
        let [Report::Total(total), Report::Done(done)] = &reports[..] else { panic!("{reports:?}") };
        let gauss = u64::from(numbers) * u64::from(numbers.saturating_sub(1)) / 2;
        assert_eq!(*total, gauss, "{numbers} numbers");
        assert!(done.began(State::Working).is_some() && done.began(State::Over).is_some());
    }
}

#[test]
fn who_is_refused_tries_again_later() {
    let task = Task::ProduceByMessages { thread: 2, threads: 3, items: 1, pace_us: 0 };
    let (mut puts, step) = Conversation::<NoMemory, _>::begin(task, Time::default()).unwrap();
    let put = Step::Say(vec![Report::Put(Item::new(2, 0).unwrap())]);
    assert_eq!(step, put);
    assert_eq!(puts.hear(Task::Refused), Ok(Step::Work(PAUSE_US)));
    assert_eq!(puts.go_on(), put);
    let Ok(Step::Say(reports)) = puts.hear(Task::Taken) else { panic!("it ends") };
    let [Report::Done(done)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((done.own, done.refused, done.waits), (1, 1, 2));
}

proptest! {
    // Fails with: an item lost, doubled or out of order, in whatever order messages come.
    #[test]
    fn a_queue_by_messages_loses_and_doubles_nothing(
        producers in 1_u32..4, consumers in 1_u32..4, items in 0_u32..20, places in 1_usize..4, pace_us in 0_u32..2,
        heard in prop::collection::vec(0_usize..8, 0..400),
    ) {
        let threads = producers + consumers;
        let task = |thread| if thread < producers {
            Task::ProduceByMessages { thread, threads, items, pace_us }
        } else {
            Task::ConsumeByMessages { thread, threads, pace_us }
        };
        let mut page = Page::new(&(0..threads).map(task).collect::<Vec<_>>(), places);
        for thread in heard {
            page.hear(thread % page.threads.len());
        }
        page.hear_all();
        prop_assert_eq!(page.done.len(), producers as usize, "consumers wait for more");
        page.places += consumers as usize;
        page.queue.extend((0..consumers).map(|_| Item::SENTINEL));
        page.threads[0].1.push_back(Report::Write(0));
        page.hear_all();
        prop_assert_eq!(page.done.len(), threads as usize);
        let total = |put: bool| {
            let done = page.done.iter().filter(|(thread, _)| (*thread < producers as usize) == put);
            done.map(|(_, done)| (u64::from(done.own), done.sum)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
        };
        prop_assert_eq!(total(true), total(false));
        prop_assert_eq!(total(true).0, u64::from(producers * items));
        prop_assert!(page.done.iter().all(|(_, done)| done.out_of_order == 0));
    }
}

// Fails with: a tick lost, doubled or out of order, a time that is not its own, a thread that ends before the page has them
// all, or twice.
#[test]
fn ticks_come_one_after_another_and_the_thread_ends_when_the_page_has_them() {
    for ticks in [1, 2, 12] {
        let time = Time::default();
        let (mut conversation, mut step) =
            Conversation::<NoMemory, _>::begin(Task::Tick { ticks, every_us: 500 }, time.clone()).unwrap();
        let tick = |number: u32| Report::Tick { number, at_us: u64::from(number - 1) * 500 };
        for number in 1..ticks {
            assert_eq!(conversation.hear(Task::Taken), Err(Unfinished::NotAsked));
            assert_eq!(step, Step::SayAndWork(tick(number), 500));
            time.0.set(time.0.get() + 500);
            step = conversation.go_on();
        }
        assert_eq!(step, Step::Say(vec![tick(ticks)]));
        let Ok(Step::Say(reports)) = conversation.hear(Task::Taken) else { panic!("it is not done") };
        assert!(matches!(&reports[..], [Report::Done(done)] if done.own == ticks), "{reports:?}");
        assert_eq!(conversation.hear(Task::Taken), Err(Unfinished::NotAsked));
    }
}

/// A thread that beats, 100 µs apart, of which 60 are a record's.
fn beats(rest: Rest, time: &Time) -> (Conversation<NoMemory, Time>, Step) {
    let task = Task::BeatByMessages { thread: 0, threads: 3, beat_us: 100, write_us: 60, rest };
    Conversation::begin(task, time.clone()).unwrap()
}

// Fails with: a sleeper that looks at the event, one that stays and hears it or gives no sign of life, a record that is never
// completed.
#[test]
fn records_go_on_without_end_where_nobody_heeds_the_event() {
    let time = Time::default();
    let tick = |number, at_us| Report::Tick { number, at_us };
    let (mut daemon, step) = beats(Rest::Asleep, &time);
    assert_eq!(step, Step::SayAndWork(tick(1, 0), 60));
    assert_eq!(daemon.hear(Task::Event), Ok(Step::Say(vec![])));
    // A timer that comes early.
    time.0.set(59);
    assert_eq!(daemon.go_on(), Step::SayAndWork(tick(1, 59), 1));
    time.0.set(60);
    assert_eq!(daemon.go_on(), Step::SayAndWork(tick(2, 60), 40));
    time.0.set(105);
    assert_eq!(daemon.go_on(), Step::SayAndWork(tick(3, 105), 60));
    let task =
        Task::BeatByMessages { thread: 2, threads: 3, beat_us: 50_000, write_us: 30_000, rest: Rest::Busy };
    let time = Time::default();
    let (mut stubborn, mut step) = Conversation::<NoMemory, _>::begin(task, time.clone()).unwrap();
    for (number, us) in [(1, 20_000), (1, 10_000), (2, 20_000), (3, 20_000), (3, 10_000)] {
        assert_eq!(step, Step::SayAndStay(tick(number, time.now_us()), us));
        time.0.set(time.now_us() + u64::from(us));
        step = stubborn.go_on();
    }
}

proptest! {
    // Fails with: a polite thread that leaves half a record, that goes on after the event, or that ends twice.
    #[test]
    fn the_polite_thread_completes_its_record_whenever_the_event_comes(set_us in 0_u64..1_000) {
        let time = Time::default();
        let (mut polite, mut step) = beats(Rest::Event, &time);
        let mut said = Vec::new();
        let mut is_set = false;
        let (mut due_us, mut ended_us) = (0, None);
        while time.now_us() <= 2_000 {
            match step {
                Step::SayAndWork(report, us) => {
                    said.push(report);
                    due_us = time.now_us() + u64::from(us);
                }
                Step::Say(reports) => {
                    if matches!(reports[..], [.., Report::Line(1), Report::Done(_)]) {
                        prop_assert_eq!(ended_us.replace(time.now_us()), None);
                    }
                    said.extend(reports);
                }
                other => prop_assert!(false, "{:?}", other),
            }
            if !is_set && set_us <= due_us {
                time.0.set(set_us);
                is_set = true;
                step = polite.hear(Task::Event).unwrap();
            } else {
                // A timer that it still has comes after its end, too.
                time.0.set(due_us.max(time.now_us() + 1));
                step = polite.go_on();
            }
        }
        let last = said.iter().rev().find_map(|report| match report {
            Report::Tick { number, .. } => Some(*number),
            _ => None,
        });
        prop_assert!(last.unwrap().is_multiple_of(2), "half a record: {:?}", said);
        let ended_us = ended_us.unwrap();
        prop_assert!((set_us..=set_us + 60).contains(&ended_us), "{} for {}", ended_us, set_us);
        prop_assert!(matches!(said[said.len() - 2..], [Report::Line(1), Report::Done(_)]), "{:?}", said);
    }
}
