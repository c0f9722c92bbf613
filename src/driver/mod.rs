//! EDGE: runs a session, or a coordinator alone, on real workers, timers and storage; it translates and never decides.
//!
//! - here: the queue of events, the timer, and the workers behind their ports;
//! - [`page`]: the session of a page, with the browser's storage and locks; [`timed`]: a coordinator alone; [`ranges`]: one
//!   that counts parts of others' runs;
//! - `port`, `web_worker`: one worker, and the only kind there is;
//! - `recounter`: a worker that counts again; `threads`: the workers of a lesson or of the benchmark that share memory.

pub mod page;
mod port;
pub mod ranges;
mod recounter;
mod storage;
mod threads;
pub mod timed;
mod web_worker;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use dartboard_core::coordinator::{self, SlotKind, WorkerId};
use dartboard_core::supervision::Heard;
use dartboard_core::text::whole_us;
use dartboard_core::time::Instant;
use dartboard_points::protocol::FromWorker;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use web_sys::EventTarget;

use crate::browser::clock;
use port::Port;

pub(crate) use port::Signal;
pub use recounter::Recounter;
pub(crate) use threads::{report_of, start_threads};
pub(crate) use web_worker::WebWorker;
pub use web_worker::{Program, script_url};

/// What decides: told of events, it answers commands. Each program has one of them only, and does not load the others.
pub trait Decider: Sized + 'static {
    /// What it is told.
    type Event: From<coordinator::Event>;
    /// What it commands.
    type Command;

    /// Takes an event, and returns what is to be done.
    fn handle(&mut self, event: Self::Event) -> Vec<Self::Command>;

    /// Does what it commands.
    fn carry_out(driver: &Driver<Self>, command: Self::Command);

    /// All events so far are handled.
    fn settled(_driver: &Driver<Self>) {}
}

/// A decider with its workers and its timer. Clones are the same driver.
pub struct Driver<D: Decider> {
    inner: Rc<Inner<D>>,
}

struct Inner<D: Decider> {
    decider: RefCell<D>,
    /// At most a hundred or so: found faster by looking through them than by a hash.
    ports: RefCell<Vec<(WorkerId, Port)>>,
    /// Events that came while another was being handled; they are handled in order.
    pending: RefCell<VecDeque<D::Event>>,
    handling: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    traffic: Cell<Traffic>,
    listeners: RefCell<Vec<EventListener>>,
}

impl<D: Decider> Clone for Driver<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<D: Decider> PartialEq for Driver<D> {
    /// Whether both are the same driver.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

/// What has gone to workers and come from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages both ways.
    pub messages: u64,
    /// Their characters.
    pub characters: u64,
    /// How long workers counted by their own clocks, in microseconds, of all together.
    pub compute_us: u64,
}

impl<D: Decider> Driver<D> {
    fn new(decider: D) -> Self {
        Self {
            inner: Rc::new(Inner {
                decider: RefCell::new(decider),
                ports: RefCell::default(),
                pending: RefCell::default(),
                handling: Cell::new(false),
                timer: RefCell::default(),
                traffic: Cell::default(),
                listeners: RefCell::default(),
            }),
        }
    }

    /// Tells `event` whenever the browser raises an event of the type `raised` at `target`.
    fn listen(&self, target: &EventTarget, raised: &'static str, event: fn() -> D::Event) {
        let driver = self.clone();
        let listener = EventListener::new(target, raised, move |_| driver.tell(event()));
        self.inner.listeners.borrow_mut().push(listener);
    }

    /// Releases everything: otherwise the listeners would keep the driver alive. It hears nothing more.
    pub fn retire(&self) {
        self.inner.listeners.borrow_mut().clear();
        self.inner.ports.borrow_mut().clear();
        self.inner.timer.borrow_mut().take();
    }

    /// The traffic since the last call.
    pub fn take_traffic(&self) -> Traffic {
        self.inner.traffic.take()
    }

    /// Counts a message for the traffic.
    fn count_message(&self, characters: usize, compute_us: u64) {
        let before = self.inner.traffic.get();
        self.inner.traffic.set(Traffic {
            messages: before.messages + 1,
            characters: before.characters + characters as u64,
            compute_us: before.compute_us.saturating_add(compute_us),
        });
    }

    /// Something was heard of a worker.
    fn hear(&self, worker: WorkerId, heard: Heard, characters: usize) {
        if let Heard::Said(message) = &heard {
            let compute_us = if let FromWorker::Tally { compute_us, .. } = message { *compute_us } else { 0 };
            self.count_message(characters, compute_us);
        }
        self.tell(coordinator::Event::of_worker(worker, heard).into());
    }

    /// Tells the decider `event`, and does what it commands.
    pub fn tell(&self, event: D::Event) {
        self.inner.pending.borrow_mut().push_back(event);
        if self.inner.handling.replace(true) {
            return;
        }
        loop {
            // The queue is not borrowed while an event is handled: a command may push another.
            let Some(event) = self.inner.pending.borrow_mut().pop_front() else { break };
            let commands = self.inner.decider.borrow_mut().handle(event);
            for command in commands {
                D::carry_out(self, command);
            }
        }
        self.inner.handling.set(false);
        D::settled(self);
    }

    /// Tells `event` at `at` instead of what was to be told at another time; at none, nothing.
    fn set_timer(&self, at: Option<Instant>, event: D::Event) {
        let timer = at.map(|at| {
            let driver = self.clone();
            // Rounded up: a timer that fires early would only be set again.
            let delay_ms = whole_us(at - clock::now()).div_ceil(1_000);
            let delay_ms = u32::try_from(delay_ms).unwrap_or(u32::MAX).min(MAX_TIMEOUT_MS);
            Timeout::new(delay_ms, move || driver.tell(event))
        });
        *self.inner.timer.borrow_mut() = timer;
    }

    /// Does what the coordinator commands; its timer is the decider's.
    fn carry_out_for_workers(&self, command: coordinator::Command) {
        use coordinator::{Command, Event};

        match command {
            Command::Spawn { worker, slot } => {
                let program = match slot.kind() {
                    SlotKind::Processor => Program::Worker,
                    SlotKind::Gpu => Program::Gpu,
                };
                let driver = self.clone();
                let name = format!("dartboard worker {}", worker.0);
                let on_heard = move |heard, characters| driver.hear(worker, heard, characters);
                match Port::spawn(program, &name, on_heard) {
                    Ok(port) => self.inner.ports.borrow_mut().push((worker, port)),
                    Err(reason) => self.tell(Event::Failed { worker, reason }.into()),
                }
            }
            Command::Post { worker, message } => {
                let ports = self.inner.ports.borrow();
                let posted = ports.iter().find(|(id, _)| *id == worker).map(|(_, port)| port.post(&message));
                drop(ports);
                match posted {
                    Some(Ok(characters)) => self.count_message(characters, 0),
                    Some(Err(reason)) => self.tell(Event::Failed { worker, reason }.into()),
                    None => {}
                }
            }
            // Dropping a port ends its worker.
            Command::Terminate { worker } | Command::KillSilently { worker } => {
                self.inner.ports.borrow_mut().retain(|(id, _)| *id != worker);
            }
            Command::SetTimer(_) => {}
        }
    }
}

/// The longest delay a browser's timer takes: 2³¹ − 1 milliseconds; a longer one would fire at once.
const MAX_TIMEOUT_MS: u32 = 0x7fff_ffff;
