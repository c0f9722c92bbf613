//! EDGE: carries out the coordinator's commands with real workers and timers, feeds it their events.
//!
//! It translates and never decides.

mod browser;
mod locks;
mod storage;
mod worker;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::render::AnimationFrame;
use gloo::timers::callback::Timeout;
use yew::Callback;

use crate::coordinator::snapshot::Snapshot;
use crate::coordinator::{Command, Coordinator, Event};
use storage::Keeper;
use worker::BrowserWorker;

pub use browser::{
    address, colour, copy, link, on_shortcut, pixel_ratio, prefers_reduced_motion, random_seed, reload,
    reported_cores, store, stored, write_address,
};
pub use storage::{StorageNews, wall_clock_ms};

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
    workers: RefCell<Vec<BrowserWorker>>,
    /// Events that came while another was being handled; they are handled in order.
    pending: RefCell<VecDeque<Event>>,
    handling: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    next_snapshot: RefCell<Option<SnapshotTimer>>,
    on_snapshot: Callback<Rc<Snapshot>>,
    keeper: Keeper,
    listeners: RefCell<Vec<EventListener>>,
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
        let driver = Self {
            inner: Rc::new(Inner {
                coordinator: RefCell::new(coordinator),
                workers: RefCell::default(),
                pending: RefCell::default(),
                handling: Cell::new(false),
                timer: RefCell::default(),
                next_snapshot: RefCell::default(),
                on_snapshot,
                keeper: Keeper::new(on_storage),
                listeners: RefCell::default(),
            }),
        };
        let listeners = browser::lifecycle_listeners(&driver);
        *driver.inner.listeners.borrow_mut() = listeners;
        driver.send(Event::Open);
        driver.look_for_saved_runs();
        driver
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
            let commands = self.inner.coordinator.borrow_mut().handle(browser::now(), event);
            for command in commands {
                self.carry_out(command);
            }
        }
        self.inner.handling.set(false);
        self.save_soon();
        self.request_snapshot();
    }

    fn carry_out(&self, command: Command) {
        match command {
            Command::Spawn { worker, .. } => match BrowserWorker::spawn(worker, self) {
                Ok(browser_worker) => {
                    self.inner.workers.borrow_mut().push(browser_worker);
                }
                Err(reason) => self.send(Event::Failed { worker, reason }),
            },
            Command::Post { worker, message } => {
                let workers = self.inner.workers.borrow();
                let posted = workers.iter().find(|port| port.id() == worker).map(|port| port.post(&message));
                drop(workers);
                if let Some(Err(reason)) = posted {
                    self.send(Event::Failed { worker, reason });
                }
            }
            // Dropping a worker terminates it.
            Command::Terminate { worker } | Command::KillSilently { worker } => {
                self.inner.workers.borrow_mut().retain(|port| port.id() != worker);
            }
            Command::SetTimer(at) => {
                let timer = at.map(|at| {
                    let driver = self.clone();
                    // Rounded up: a timer that fires early would only be set again.
                    let delay_ms = at.saturating_sub(browser::now()).as_micros().div_ceil(1_000);
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
            let snapshot = driver.inner.coordinator.borrow().snapshot(browser::now());
            driver.inner.on_snapshot.emit(Rc::new(snapshot));
        };
        let timer = if browser::is_hidden() {
            SnapshotTimer::Hidden(Timeout::new(HIDDEN_SNAPSHOT_MS, hand_over))
        } else {
            SnapshotTimer::Frame(gloo::render::request_animation_frame(move |_| hand_over()))
        };
        *self.inner.next_snapshot.borrow_mut() = Some(timer);
    }

    /// Hands over a snapshot at the next frame although none was due: the page has become visible.
    fn renew_snapshot(&self) {
        self.inner.next_snapshot.borrow_mut().take();
        self.request_snapshot();
    }
}

/// The longest delay a browser's timer takes: 2³¹ − 1 milliseconds; a longer one would fire at once.
const MAX_TIMEOUT_MS: u32 = 0x7fff_ffff;
