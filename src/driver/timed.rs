//! A coordinator alone, to be timed: nothing is shown or saved.

use dartboard_core::coordinator::{Command, Coordinator, Event, Progress};
use dartboard_core::time::Instant;
use gloo::utils::{document, window};

use super::{Decider, Driver};
use crate::browser::clock;

/// A coordinator, and who is told how far it is.
pub struct TimedCoordinator {
    coordinator: Coordinator,
    told: Told,
}

/// Told after every event how far things are, and when.
pub type Told = Box<dyn Fn(Progress, Instant)>;

impl Driver<TimedCoordinator> {
    /// Sets `coordinator` to work: no worker is made before it is asked for.
    pub fn timing(coordinator: Coordinator, told: Told) -> Self {
        let driver = Self::new(TimedCoordinator { coordinator, told });
        driver.listen(&window(), "pagehide", || Event::Frozen);
        driver.listen(&window(), "pageshow", || Event::Thawed);
        driver.listen(&document(), "freeze", || Event::Frozen);
        driver.listen(&document(), "resume", || Event::Thawed);
        driver
    }

    /// The name of the adapter of the GPU that is ready; none if there is none.
    pub fn adapter(&self) -> Option<String> {
        self.inner.decider.borrow().coordinator.adapter().map(str::to_owned)
    }
}

impl Decider for TimedCoordinator {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, event: Event) -> Vec<Command> {
        self.coordinator.handle(clock::now(), event)
    }

    fn carry_out(driver: &Driver<Self>, command: Command) {
        match command {
            Command::SetTimer(at) => driver.set_timer(at, Event::Timer),
            command => driver.carry_out_for_workers(command),
        }
    }

    fn settled(driver: &Driver<Self>) {
        let decider = driver.inner.decider.borrow();
        (decider.told)(decider.coordinator.progress(), clock::now());
    }
}
