//! The threads of a sample: Web Workers that share memory, with a GIL in it. This module starts them, gives them orders, and
//! hears the results.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dartboard_points::build::BUILD_ID;
use dartboard_threads::memory::{COUNTER, words};
use dartboard_threads::task::{Count, Done};
use gloo::timers::callback::Interval;
use js_sys::{Array, Int32Array, SharedArrayBuffer};

use super::stopwatch::Waiting;
use crate::browser::clock;
use crate::driver::{Program, Signal, Traffic, WebWorker, report_of, start_threads};
use dartboard_core::lecture::crew::{Crew, Outcome};
use dartboard_core::time::Instant;

/// How often it is looked whether the threads get on, in milliseconds.
const LOOK_MS: u32 = 500;

/// Threads that run. Dropping them ends them.
pub(super) struct Threads {
    workers: Vec<Option<WebWorker>>,
    memory: SharedArrayBuffer,
    heard: Rc<Heard>,
    _look: Interval,
}

/// What has been heard of them.
struct Heard {
    crew: RefCell<Crew>,
    news: RefCell<Option<News>>,
    traffic: Cell<Traffic>,
    waiting: Rc<Waiting>,
}

/// What the threads are waited for.
pub(super) enum News {
    /// All have started, by then.
    Ready(Instant),
    /// All have done what they were ordered, by then.
    Done(Vec<Done>, Instant),
    /// They can do no more, for this reason.
    Lost(String),
}

impl Heard {
    fn note(&self, outcome: Outcome) {
        let news = match outcome {
            Outcome::GoesOn => return,
            Outcome::Ready => News::Ready(clock::now()),
            Outcome::Over(done) => News::Done(done, clock::now()),
            Outcome::Void(reason) => News::Lost(reason),
            // Of tasks that go by messages, which none of them has.
            Outcome::Said(_) => News::Lost("a thread asks for what it needs no answer to".to_owned()),
        };
        let mut last = self.news.borrow_mut();
        // The first reason is the one that tells.
        if !matches!(*last, Some(News::Lost(_))) {
            *last = Some(news);
        }
        self.waiting.wake();
    }

    fn signal(&self, thread: u32, signal: Signal) {
        if let Signal::Text(text) = &signal {
            self.count_message(text.len());
        }
        let outcome = match report_of(signal) {
            Ok(report) => self.crew.borrow_mut().heard(clock::now(), thread, report),
            Err(reason) => self.crew.borrow_mut().died(clock::now(), thread, &reason),
        };
        self.note(outcome);
    }

    fn count_message(&self, characters: usize) {
        let Traffic { messages, characters: before, compute_us } = self.traffic.get();
        self.traffic.set(Traffic {
            messages: messages + 1,
            characters: before + characters as u64,
            compute_us,
        });
    }
}

impl Threads {
    /// Starts so many. Who waits for them is woken by `waiting`.
    pub(super) fn start(threads: u32, waiting: Rc<Waiting>) -> Self {
        let memory = SharedArrayBuffer::new(4 * words(threads, 0));
        let heard = Rc::new(Heard {
            crew: RefCell::new(Crew::new(clock::now(), threads, BUILD_ID)),
            news: RefCell::default(),
            traffic: Cell::default(),
            waiting,
        });
        let look = {
            let (heard, words) = (heard.clone(), Int32Array::new(&memory));
            Interval::new(LOOK_MS, move || {
                let counted = words.get_index(COUNTER).cast_unsigned().into();
                let outcome = heard.crew.borrow_mut().looked_at(clock::now(), counted);
                heard.note(outcome);
            })
        };
        let workers = {
            let heard = heard.clone();
            start_threads(Program::Thread, threads, move |thread, signal| heard.signal(thread, signal))
        };
        Self { workers, memory, heard, _look: look }
    }

    /// Orders the threads to count, one each; those without an order wait.
    pub(super) fn begin(&self, orders: &[Count]) {
        self.heard.crew.borrow_mut().begin(clock::now(), u32::try_from(orders.len()).unwrap_or(u32::MAX));
        let origin_us = clock::shared_us();
        for ((worker, count), thread) in self.workers.iter().zip(orders).zip(0..) {
            let text = count.order(origin_us);
            self.heard.count_message(text.len());
            let posted = worker.as_ref().map(|worker| worker.post(&Array::of2(&text.into(), &self.memory)));
            if let Some(Err(reason)) = posted {
                self.heard.signal(thread, Signal::Failed(reason));
            }
        }
    }

    /// What has been heard since it was last asked for, if anything.
    pub(super) fn news(&self) -> Option<News> {
        self.heard.news.borrow_mut().take()
    }

    /// The traffic since the last call. What the threads counted is in their reports.
    pub(super) fn take_traffic(&self) -> Traffic {
        self.heard.traffic.take()
    }
}
