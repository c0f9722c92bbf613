//! The threads of a lesson: Web Workers that share memory where they can. This module carries out a stage's commands; what
//! the threads say goes back as events.

use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use js_sys::{Array, Int32Array, SharedArrayBuffer};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageChannel, MessageEvent, MessagePort};
use yew::Callback;

use super::downloads::Fetched;
use super::errands::Errands;
use super::output::Output;
use super::stages::Stages;
use crate::browser::clock;
use crate::driver::{Program, WebWorker, report_of, start_threads};
use dartboard_core::lecture::runs;
use dartboard_core::lecture::stage::{Command, Event};
use dartboard_threads::memory::Own;
use dartboard_threads::ring::Ring;
use dartboard_threads::task::{DownloadTask, Item, Order, Report, Rest, Task};
use dartboard_threads::{abandon, event};
use dartboard_worker::shared::SharedWords;

/// How often the shared memory is looked at while threads run, in milliseconds.
const LOOK_MS: u32 = 125;

/// Threads that run. Dropping them ends them.
#[derive(Default)]
pub(super) struct Threads {
    /// In their order; none for one that has been ended.
    workers: Vec<Option<WebWorker>>,
    memory: Option<Int32Array>,
    /// The time that reports count from, in µs since 1970.
    origin_us: u64,
    /// What carries out errands, in a lesson without threads.
    errands: Option<Errands>,
    /// What stages are given, in a pipeline.
    stages: Option<Stages>,
    /// The addresses that are downloaded, and where what came is kept.
    list: Option<(String, Rc<Fetched>)>,
    /// Of threads that are heard also after they were ended.
    ports: Vec<EventListener>,
    _look: Option<Interval>,
}

impl Threads {
    /// Starts so many. What is heard of them goes to `on_event`.
    fn start(program: Program, threads: u32, words: Option<u32>, on_event: &Callback<Event>) -> Self {
        let origin_us = clock::shared_us();
        let memory = words.map(new_memory);
        let look = {
            let (memory, on_event) = (memory.clone(), on_event.clone());
            Interval::new(LOOK_MS, move || on_event.emit(Event::Looked { words: words_in(memory.as_ref()) }))
        };
        let workers = {
            let (memory, on_event) = (memory.clone(), on_event.clone());
            start_threads(program, threads, move |thread, signal| {
                on_event.emit(match report_of(signal) {
                    Ok(report) => Event::Heard { thread, report, words: words_in(memory.as_ref()) },
                    Err(reason) => Event::Died { thread, reason },
                });
            })
        };
        Self {
            workers,
            memory,
            origin_us,
            errands: None,
            stages: None,
            list: None,
            ports: Vec::new(),
            _look: Some(look),
        }
    }

    fn post(&mut self, thread: u32, task: Task, on_event: &Callback<Event>) {
        let message = Array::of1(&Order { origin_us: self.origin_us, task }.encode().into());
        let words = self.memory.as_ref().map_or(JsValue::NULL, |memory| memory.buffer().into());
        let mut handed_over = Array::new();
        if let (Task::Stage(order), Some(stages)) = (task, &mut self.stages) {
            handed_over = stages.equip(&message, order, &words);
        } else if let (Task::Download(DownloadTask::Begin(_)), Some((addresses, fetched))) =
            (task, &self.list)
        {
            handed_over = fetched.equip(&message, addresses);
        } else if self.memory.is_some() {
            message.push(&words);
        }
        let port = matches!(task, Task::BeatByMessages { rest: Rest::Busy, .. })
            .then(|| self.listen_beyond_the_end(thread, on_event))
            .flatten();
        let Some(worker) = usize::try_from(thread).ok().and_then(|place| self.workers.get(place)?.as_ref())
        else {
            return;
        };
        if let Some(port) = port {
            message.push(&port);
            handed_over.push(&port);
        }
        let posted = worker.post_with(&message, &handed_over);
        if let Err(reason) = posted {
            on_event.emit(Event::Died { thread, reason });
        }
    }

    /// Once the page has ended a worker, it no longer hears what the worker posts, though that may run on; it still hears
    /// messages through a port. Returns the other end of that port; none if the browser has no ports.
    fn listen_beyond_the_end(&mut self, thread: u32, on_event: &Callback<Event>) -> Option<MessagePort> {
        let channel = MessageChannel::new().ok()?;
        let (here, on_event) = (channel.port1(), on_event.clone());
        self.ports.push(EventListener::new(&here, "message", move |event| {
            let text = event.unchecked_ref::<MessageEvent>().data().as_string();
            // What is no report is no sign of life.
            if let Ok(report) = Report::parse(&text.unwrap_or_default()) {
                on_event.emit(Event::Heard { thread, report, words: Vec::new() });
            }
        }));
        here.start();
        Some(channel.port2())
    }

    /// Gives stages what they read and write.
    pub(super) fn give(&mut self, file: Option<File>, output: Rc<Output>) {
        self.stages = Some(Stages::new(self.memory.is_some(), file, output));
    }

    /// Gives what is to be downloaded, and where it is kept.
    pub(super) fn give_list(&mut self, addresses: String, fetched: Rc<Fetched>) {
        self.list = Some((addresses, fetched));
    }

    fn with_words(&self, act: impl FnOnce(&SharedWords)) {
        if let Some(memory) = &self.memory {
            act(&SharedWords::of(&memory.buffer().unchecked_into()));
        }
    }

    /// Carries out `command`.
    pub(super) fn carry_out(&mut self, command: Command, on_event: &Callback<Event>) {
        match command {
            Command::Start { threads, words, program } => {
                let program = match program {
                    runs::Program::Thread => Program::Thread,
                    runs::Program::Stage => Program::Stage,
                    runs::Program::Download => Program::Download,
                };
                *self = Self::start(program, threads, words, on_event);
            }
            Command::StartErrands => {
                let errands = Some(Errands::load(on_event));
                *self = Self { errands, ..Self::start(Program::Thread, 0, None, on_event) };
            }
            Command::Errand(errand) => self.errands.iter().for_each(|errands| errands.carry_out(errand)),
            Command::Begin { tasks, since_start, fault } => {
                if let Some(memory) = &self.memory {
                    memory.fill(0, 0, memory.length());
                }
                if let Some(fault) = fault {
                    self.with_words(|words| Own::new(words, 0).ask_for(fault));
                }
                if !since_start {
                    self.origin_us = clock::shared_us();
                }
                let threads = (0..).take(self.workers.len()).cycle();
                for (thread, task) in threads.zip(tasks) {
                    self.post(thread, task, on_event);
                }
            }
            Command::Post { thread, task } => self.post(thread, task, on_event),
            Command::SetEvent => self.with_words(event::set),
            Command::Terminate { thread } => {
                if let Some(worker) =
                    usize::try_from(thread).ok().and_then(|place| self.workers.get_mut(place))
                {
                    *worker = None;
                }
            }
            Command::GiveUp => self.with_words(abandon),
            // Where a thread has the queue's lock just now, the user presses once more.
            Command::PutSentinel { threads, places } => {
                self.with_words(|words| {
                    Ring::new(words, threads, places).try_put(Item::SENTINEL);
                });
            }
            // The page's own.
            Command::OnPage(_) | Command::End => {}
        }
    }
}

fn new_memory(words: u32) -> Int32Array {
    Int32Array::new(&SharedArrayBuffer::new(4 * words))
}

/// The shared words as they are now; empty without.
fn words_in(memory: Option<&Int32Array>) -> Vec<i32> {
    memory.map(Int32Array::to_vec).unwrap_or_default()
}
