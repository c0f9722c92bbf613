//! EDGE: carries out the coordinator's commands with real workers and timers, feeds it their events.
//!
//! It translates and never decides.

mod keeper;
mod lifecycle;
mod port;
mod recounter;
mod web_worker;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use dartboard_points::protocol::FromWorker;
use gloo::events::EventListener;
use gloo::render::AnimationFrame;
use gloo::timers::callback::Timeout;
use yew::Callback;

use crate::browser::{clock, screen};
use dartboard_core::coordinator::snapshot::Snapshot;
use dartboard_core::coordinator::{Command, Coordinator, Event, Progress, WorkerId};
use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::supervision::Heard;
use dartboard_core::time::Instant;
use keeper::Keeper;
use port::Port;

pub use keeper::StorageNews;
pub use recounter::Recounter;

/// How often a hidden page is told of the run's state, which draws no animation frames, in milliseconds.
const HIDDEN_SNAPSHOT_MS: u32 = 1_000;

/// The coordinator with its workers and timers. Clones are the same driver.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    coordinator: RefCell<Coordinator>,
    /// At most a hundred or so: found faster by looking through them than by a hash.
    ports: RefCell<Vec<(WorkerId, Port)>>,
    /// Events that came while another was being handled; they are handled in order.
    pending: RefCell<VecDeque<Event>>,
    handling: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    next_snapshot: RefCell<Option<SnapshotTimer>>,
    audience: Audience,
    traffic: Cell<Traffic>,
    listeners: RefCell<Vec<EventListener>>,
}

impl PartialEq for Driver {
    /// Whether both are the same driver.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

/// Who follows the run.
enum Audience {
    /// A page that shows it and keeps it.
    Page { on_snapshot: Callback<Rc<Snapshot>>, keeper: Box<Keeper> },
    /// Who times it: told after every event, and nothing is kept.
    Stopwatch(StopwatchCallback),
}

/// Told how far things are, and when.
pub type StopwatchCallback = Box<dyn Fn(Progress, Instant)>;

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

/// What will hand over the next snapshot: a drawn frame or, in a hidden page, a timer.
/// Dropping it cancels it.
#[expect(dead_code, reason = "held only to be dropped")]
enum SnapshotTimer {
    Frame(AnimationFrame),
    Hidden(Timeout),
}

impl Driver {
    /// Sets `coordinator` to work. Every change of its state is followed by one snapshot, handed to
    /// `on_snapshot` at the next animation frame. Of saved runs `on_storage` is told.
    pub fn new(
        coordinator: Coordinator,
        on_snapshot: Callback<Rc<Snapshot>>,
        on_storage: Callback<StorageNews>,
    ) -> Self {
        let driver = Self::with_audience(
            coordinator,
            Audience::Page { on_snapshot, keeper: Box::new(Keeper::new(on_storage)) },
        );
        driver.send(Event::Open);
        driver.look_for_saved_runs();
        driver
    }

    /// Sets `coordinator` to work for a stopwatch: no worker is made before it is asked for, no run is kept.
    pub fn for_stopwatch(coordinator: Coordinator, told: StopwatchCallback) -> Self {
        Self::with_audience(coordinator, Audience::Stopwatch(told))
    }

    fn with_audience(coordinator: Coordinator, audience: Audience) -> Self {
        let driver = Self {
            inner: Rc::new(Inner {
                coordinator: RefCell::new(coordinator),
                ports: RefCell::default(),
                pending: RefCell::default(),
                handling: Cell::new(false),
                timer: RefCell::default(),
                next_snapshot: RefCell::default(),
                audience,
                traffic: Cell::default(),
                listeners: RefCell::default(),
            }),
        };
        let listeners = lifecycle::listeners(&driver);
        *driver.inner.listeners.borrow_mut() = listeners;
        driver
    }

    /// What keeps the run, if anything does.
    fn keeper(&self) -> Option<&Keeper> {
        match &self.inner.audience {
            Audience::Page { keeper, .. } => Some(keeper),
            Audience::Stopwatch(_) => None,
        }
    }

    /// Lets go of everything: without this the listeners would keep the driver alive. It hears nothing more.
    pub fn retire(&self) {
        self.inner.listeners.borrow_mut().clear();
        self.inner.ports.borrow_mut().clear();
        self.inner.timer.borrow_mut().take();
        self.inner.next_snapshot.borrow_mut().take();
    }

    /// The traffic since the last call.
    pub fn take_traffic(&self) -> Traffic {
        self.inner.traffic.take()
    }

    /// Counts a message, for who wants to know.
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
        self.send(Event::of_worker(worker, heard));
    }

    /// Hands `event` to the coordinator and carries out what it commands.
    pub fn send(&self, event: Event) {
        self.inner.pending.borrow_mut().push_back(event);
        if self.inner.handling.replace(true) {
            return;
        }
        loop {
            // The queue is not borrowed while an event is handled: a command may push another.
            let Some(event) = self.inner.pending.borrow_mut().pop_front() else { break };
            let commands = self.inner.coordinator.borrow_mut().handle(clock::now(), event);
            for command in commands {
                self.carry_out(command);
            }
        }
        self.inner.handling.set(false);
        match &self.inner.audience {
            Audience::Page { .. } => {
                self.save_soon();
                self.request_snapshot();
            }
            Audience::Stopwatch(told) => {
                let progress = self.inner.coordinator.borrow().progress();
                told(progress, clock::now());
            }
        }
    }

    /// The run's state now.
    pub fn snapshot(&self) -> Snapshot {
        self.inner.coordinator.borrow().snapshot(clock::now())
    }

    /// The run as it stands.
    pub fn checkpoint(&self) -> Checkpoint {
        self.inner.coordinator.borrow().checkpoint(clock::now())
    }

    fn carry_out(&self, command: Command) {
        match command {
            Command::Spawn { worker, .. } => {
                let driver = self.clone();
                let name = format!("dartboard worker {}", worker.0);
                match Port::spawn(&name, move |heard, characters| driver.hear(worker, heard, characters)) {
                    Ok(port) => self.inner.ports.borrow_mut().push((worker, port)),
                    Err(reason) => self.send(Event::Failed { worker, reason }),
                }
            }
            Command::Post { worker, message } => {
                let ports = self.inner.ports.borrow();
                let posted = ports.iter().find(|(id, _)| *id == worker).map(|(_, port)| port.post(&message));
                drop(ports);
                match posted {
                    Some(Ok(characters)) => self.count_message(characters, 0),
                    Some(Err(reason)) => self.send(Event::Failed { worker, reason }),
                    None => {}
                }
            }
            // Dropping a port ends its worker.
            Command::Terminate { worker } | Command::KillSilently { worker } => {
                self.inner.ports.borrow_mut().retain(|(id, _)| *id != worker);
            }
            Command::SetTimer(at) => {
                let timer = at.map(|at| {
                    let driver = self.clone();
                    // Rounded up: a timer that fires early would only be set again.
                    let delay_ms = (at - clock::now()).as_micros().div_ceil(1_000);
                    let delay_ms = u32::try_from(delay_ms).unwrap_or(u32::MAX).min(MAX_TIMEOUT_MS);
                    Timeout::new(delay_ms, move || driver.send(Event::Timer))
                });
                *self.inner.timer.borrow_mut() = timer;
            }
        }
    }

    fn request_snapshot(&self) {
        if self.inner.next_snapshot.borrow().is_some() {
            return;
        }
        let driver = self.clone();
        let hand_over = move || {
            driver.inner.next_snapshot.borrow_mut().take();
            if let Audience::Page { on_snapshot, .. } = &driver.inner.audience {
                on_snapshot.emit(Rc::new(driver.snapshot()));
            }
        };
        let timer = if screen::is_hidden() {
            SnapshotTimer::Hidden(Timeout::new(HIDDEN_SNAPSHOT_MS, hand_over))
        } else {
            SnapshotTimer::Frame(gloo::render::request_animation_frame(move |_| hand_over()))
        };
        *self.inner.next_snapshot.borrow_mut() = Some(timer);
    }

    /// Hands over a snapshot at the next frame although none was due: the page has become visible.
    fn renew_snapshot(&self) {
        if matches!(self.inner.audience, Audience::Page { .. }) {
            self.inner.next_snapshot.borrow_mut().take();
            self.request_snapshot();
        }
    }
}

/// The longest delay a browser's timer takes: 2³¹ − 1 milliseconds; a longer one would fire at once.
const MAX_TIMEOUT_MS: u32 = 0x7fff_ffff;
