//! EDGE: runs a session, or a coordinator alone, on real workers, timers and storage; it translates and never decides.

mod lifecycle;
mod port;
mod recounter;
mod storage;
mod web_worker;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use dartboard_points::protocol::FromWorker;
use gloo::events::EventListener;
use gloo::render::AnimationFrame;
use gloo::timers::callback::Timeout;
use yew::Callback;

use crate::browser::locks::Lock;
use crate::browser::{address, clock, screen};
use dartboard_core::coordinator::{self, Coordinator, Progress, WorkerId};
use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::run::saved_runs::RunKey;
use dartboard_core::session::view::View;
use dartboard_core::session::{Command, Event, Moment, Opening, Session};
use dartboard_core::supervision::Heard;
use dartboard_core::time::Instant;
use port::Port;

pub use recounter::Recounter;

/// How often a hidden page, which draws no animation frames, is told what to show, in milliseconds.
const HIDDEN_VIEW_MS: u32 = 1_000;

/// What decides, with its workers and timers. Clones are the same driver.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    decider: RefCell<Decider>,
    /// At most a hundred or so: found faster by looking through them than by a hash.
    ports: RefCell<Vec<(WorkerId, Port)>>,
    locks: RefCell<Vec<(RunKey, Lock)>>,
    /// Events that came while another was being handled; they are handled in order.
    pending: RefCell<VecDeque<Event>>,
    handling: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    next_view: RefCell<Option<ViewTimer>>,
    traffic: Cell<Traffic>,
    listeners: RefCell<Vec<EventListener>>,
}

impl PartialEq for Driver {
    /// Whether both are the same driver.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

/// Who decides, and who follows that.
enum Decider {
    /// A session, for a page that shows it.
    Session { session: Box<Session>, on_view: Callback<Rc<View>> },
    /// A coordinator alone, for who times it: told after every event, and nothing is saved.
    Coordinator { coordinator: Box<Coordinator>, told: StopwatchCallback },
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

/// What will hand over the next view: a drawn frame or, in a hidden page, a timer. Dropping it cancels it.
#[expect(dead_code, reason = "held only to be dropped")]
enum ViewTimer {
    Frame(AnimationFrame),
    Hidden(Timeout),
}

impl Driver {
    /// Sets the session of a page to work. Every change of it is followed by one view, handed to `on_view` at the next
    /// animation frame. `opening` is told which run this tab saved last.
    pub fn for_page(opening: impl FnOnce(Option<RunKey>) -> Opening, on_view: Callback<Rc<View>>) -> Self {
        let session = Box::new(Session::new(opening(storage::own_run())));
        let driver = Self::new(Decider::Session { session, on_view });
        driver.tell(Event::Opened);
        driver
    }

    /// Sets `coordinator` to work for a stopwatch: no worker is made before it is asked for, no run is saved.
    pub fn for_stopwatch(coordinator: Coordinator, told: StopwatchCallback) -> Self {
        Self::new(Decider::Coordinator { coordinator: Box::new(coordinator), told })
    }

    fn new(decider: Decider) -> Self {
        let driver = Self {
            inner: Rc::new(Inner {
                decider: RefCell::new(decider),
                ports: RefCell::default(),
                locks: RefCell::default(),
                pending: RefCell::default(),
                handling: Cell::new(false),
                timer: RefCell::default(),
                next_view: RefCell::default(),
                traffic: Cell::default(),
                listeners: RefCell::default(),
            }),
        };
        let listeners = lifecycle::listeners(&driver);
        *driver.inner.listeners.borrow_mut() = listeners;
        driver
    }

    /// Lets go of everything: without this the listeners would keep the driver alive. It hears nothing more.
    pub fn retire(&self) {
        self.inner.listeners.borrow_mut().clear();
        self.inner.ports.borrow_mut().clear();
        self.inner.timer.borrow_mut().take();
        self.inner.next_view.borrow_mut().take();
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
        self.send(coordinator::Event::of_worker(worker, heard));
    }

    /// Tells the coordinator `event`, by way of the session if there is one.
    pub fn send(&self, event: coordinator::Event) {
        self.tell(Event::Run(event));
    }

    /// Hands `event` to what decides and carries out what it commands.
    pub fn tell(&self, event: Event) {
        self.inner.pending.borrow_mut().push_back(event);
        if self.inner.handling.replace(true) {
            return;
        }
        loop {
            // The queue is not borrowed while an event is handled: a command may push another.
            let Some(event) = self.inner.pending.borrow_mut().pop_front() else { break };
            let commands = self.inner.decider.borrow_mut().handle(event);
            for command in commands {
                self.carry_out(command);
            }
        }
        self.inner.handling.set(false);
        if let Decider::Coordinator { coordinator, told } = &*self.inner.decider.borrow() {
            return told(coordinator.progress(), clock::now());
        }
        self.request_view();
    }

    /// What the page shows now; none without a session.
    fn view(&self) -> Option<(View, Callback<Rc<View>>)> {
        match &*self.inner.decider.borrow() {
            Decider::Session { session, on_view } => Some((session.view(clock::now()), on_view.clone())),
            Decider::Coordinator { .. } => None,
        }
    }

    /// The run as it stands.
    pub fn checkpoint(&self) -> Checkpoint {
        match &*self.inner.decider.borrow() {
            Decider::Session { session, .. } => session.coordinator().checkpoint(clock::now()),
            Decider::Coordinator { coordinator, .. } => coordinator.checkpoint(clock::now()),
        }
    }

    fn carry_out(&self, command: Command) {
        match command {
            Command::Run(command) => self.carry_out_for_workers(command),
            Command::SetTimer(at) => {
                let timer = at.map(|at| {
                    let driver = self.clone();
                    // Rounded up: a timer that fires early would only be set again.
                    let delay_ms = (at - clock::now()).as_micros().div_ceil(1_000);
                    let delay_ms = u32::try_from(delay_ms).unwrap_or(u32::MAX).min(MAX_TIMEOUT_MS);
                    Timeout::new(delay_ms, move || driver.tell(Event::Timer))
                });
                *self.inner.timer.borrow_mut() = timer;
            }
            Command::WriteAddress(fragment) => {
                self.tell(Event::AddressWritten(address::replace(&fragment).is_ok()));
            }
            command => self.carry_out_for_saved_runs(command),
        }
    }

    fn carry_out_for_workers(&self, command: coordinator::Command) {
        use coordinator::{Command, Event};

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
            // Both deciders pass it on as their own.
            Command::SetTimer(_) => {}
        }
    }

    fn request_view(&self) {
        if self.inner.next_view.borrow().is_some() {
            return;
        }
        let driver = self.clone();
        let hand_over = move || {
            driver.inner.next_view.borrow_mut().take();
            if let Some((view, on_view)) = driver.view() {
                on_view.emit(Rc::new(view));
            }
        };
        let timer = if screen::is_hidden() {
            ViewTimer::Hidden(Timeout::new(HIDDEN_VIEW_MS, hand_over))
        } else {
            ViewTimer::Frame(gloo::render::request_animation_frame(move |_| hand_over()))
        };
        *self.inner.next_view.borrow_mut() = Some(timer);
    }

    /// Hands over a view at the next frame although none was due: the page has become visible.
    fn renew_view(&self) {
        self.inner.next_view.borrow_mut().take();
        self.request_view();
    }
}

impl Decider {
    fn handle(&mut self, event: Event) -> Vec<Command> {
        let at = Moment { now: clock::now(), wall_ms: clock::wall_clock_ms() };
        match self {
            Self::Session { session, .. } => session.handle(at, event),
            Self::Coordinator { coordinator, .. } => {
                let event = match event {
                    Event::Run(event) => event,
                    Event::Timer => coordinator::Event::Timer,
                    Event::Frozen | Event::Left => coordinator::Event::Frozen,
                    Event::Thawed | Event::CameBack => coordinator::Event::Thawed,
                    _ => return Vec::new(),
                };
                let commands = coordinator.handle(at.now, event).into_iter();
                let command = |command| match command {
                    coordinator::Command::SetTimer(at) => Command::SetTimer(at),
                    command => Command::Run(command),
                };
                commands.map(command).collect()
            }
        }
    }
}

/// The longest delay a browser's timer takes: 2³¹ − 1 milliseconds; a longer one would fire at once.
const MAX_TIMEOUT_MS: u32 = 0x7fff_ffff;
