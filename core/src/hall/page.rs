//! The page of a class: a device that takes part, or the screen that everybody watches.
//!
//! A state machine like the others: [`Page::handle`] takes an [`Event`] and the time, and returns the [`Command`]s that the
//! driver carries out. In reading order:
//! - [`address`]: which of the two an address asks for;
//! - [`device`]: joining, counting, coming back; [`screen`]: what is shown to all;
//! - `answers`: what the hall answers, and the seat that a tab keeps; `broker`: the connection that both have;
//! - [`tiles`]: the place of each device on the screen; [`words`]: what both say.

use crate::time::Instant;
use dartboard_points::tally::{BlockRange, Seed, Tally};

use address::{HallAddress, Showing};
use device::{Device, DeviceView};
use screen::{Screen, ScreenView};

pub mod address;
mod answers;
mod broker;
pub mod device;
pub mod screen;
pub mod tiles;
pub mod words;

pub use answers::About;

/// What the page is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It is shown at this address, from `#` on: it was opened, shown again, or its address has changed.
    At(String),
    /// Another page is shown in its place.
    Left,
    /// The user wants to join by this code.
    Join(String),
    /// The user wants to count no more.
    Leave,
    /// The user wants to find this device on the screen.
    WhereAmI,
    /// The user wants so many cores to count.
    SetCores(u32),
    /// The user wants the device's screen to stay on, or no more.
    KeepAwake(bool),
    /// The page is seen again.
    Seen,
    /// What a [`Command::Request`] came to: the hall's answer, or why there is none.
    Answered {
        /// What was asked for.
        request: Request,
        /// The answer.
        answer: Result<Answer, String>,
    },
    /// The socket is open.
    SocketOpened,
    /// Bytes have come.
    Received(Vec<u8>),
    /// The socket has closed, or could not be opened.
    SocketClosed,
    /// So many points of the lease are counted so far.
    Progress {
        /// The points.
        points: u64,
        /// Why no worker counts, if so.
        trouble: Option<String>,
    },
    /// A lease is counted.
    Counted {
        /// The lease.
        lease: u64,
        /// Its tally.
        tally: Tally,
    },
    /// The time of the last [`Command::SetTimer`] has come, or is past.
    Timer,
}

/// What is asked of the hall's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A seat.
    Join,
    /// That the device's tile flashes.
    Flash,
    /// What the screen needs to know.
    About,
}

impl Request {
    /// Where it goes, relative to the page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Join => "hall/join",
            Self::Flash => "hall/flash",
            Self::About => "hall/about",
        }
    }
}

/// An answer of the hall's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status, as HTTP has it.
    pub status: u16,
    /// What it says.
    pub text: String,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask the hall's server, by POST if there is a form to send and by GET otherwise. Say [`Event::Answered`].
    Request {
        /// What for.
        request: Request,
        /// The form.
        form: Option<String>,
    },
    /// Open a socket to the broker. Say [`Event::SocketOpened`] or [`Event::SocketClosed`].
    OpenSocket,
    /// Send bytes.
    Send(Vec<u8>),
    /// Close the socket, or give up opening it, and say nothing more of it.
    CloseSocket,
    /// Count blocks with so many workers. Say [`Event::Progress`] and, once, [`Event::Counted`].
    Count {
        /// The lease.
        lease: u64,
        /// The run's seed.
        seed: Seed,
        /// Its blocks.
        blocks: BlockRange,
    },
    /// Stop counting what is being counted, and say nothing more of it.
    Abandon,
    /// Let so many workers count.
    SetWorkers(u32),
    /// End all workers until there is something to count.
    EndWorkers,
    /// Keep this for the tab, or nothing any more.
    Keep(Option<String>),
    /// Keep the device's screen on, or no more.
    KeepAwake(bool),
    /// Show the page as it is.
    Show,
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
}

/// What the page begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The run of the hall that serves the page; none on other pages.
    pub run: Option<String>,
    /// What the tab has kept.
    pub kept: Option<String>,
    /// How many cores count if the user does not say otherwise.
    pub cores: u32,
    /// Any random number.
    pub jitter: u32,
    /// Whether the browser can keep the screen on.
    pub can_keep_awake: bool,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// No hall serves it.
    Elsewhere,
    /// A device that takes part, or may.
    Device(DeviceView),
    /// The screen for all.
    Screen(ScreenView),
}

/// What the page is.
#[derive(Clone, Debug)]
enum Role {
    Elsewhere,
    Device(Box<Device>),
    Screen(Box<Screen>),
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Page {
    opening: Opening,
    role: Role,
    /// The time of the latest event.
    latest: Instant,
    /// The timer as the driver has it.
    timer: Option<Instant>,
}

impl Page {
    /// A page that is not shown yet.
    pub fn new(opening: Opening) -> Self {
        Self { opening, role: Role::Elsewhere, latest: Instant::ORIGIN, timer: None }
    }

    /// Takes an event at `now` and returns what the driver is to do.
    /// A `now` before that of an earlier event counts as that one.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        self.latest = self.latest.max(now);
        let now = self.latest;
        let mut commands = Vec::new();
        if event == Event::Timer {
            self.timer = None;
        }
        if let Event::At(fragment) = &event {
            self.be(now, &address::parse(fragment), &mut commands);
        }
        match &mut self.role {
            Role::Elsewhere => {}
            Role::Device(device) => device.handle(now, event, &mut commands),
            Role::Screen(screen) => screen.handle(now, event, &mut commands),
        }
        self.set_timer(&mut commands);
        commands
    }

    /// Is what the address asks for, and nothing else any more.
    fn be(&mut self, now: Instant, address: &HallAddress, commands: &mut Vec<Command>) {
        let Some(run) = &self.opening.run else {
            commands.push(Command::Show);
            return;
        };
        match (&mut self.role, address.showing) {
            (Role::Device(_), Showing::Device) | (Role::Screen(_), Showing::Screen) => {}
            (role, showing) => {
                if let Role::Device(device) = role {
                    device.handle(now, Event::Left, commands);
                }
                if let Role::Screen(screen) = role {
                    screen.handle(now, Event::Left, commands);
                }
                self.role = match showing {
                    Showing::Device => Role::Device(Box::new(Device::new(&self.opening, run))),
                    Showing::Screen => Role::Screen(Box::new(Screen::new(self.opening.jitter))),
                };
            }
        }
    }

    /// Whether it is the screen for all.
    pub fn is_screen(&self) -> bool {
        matches!(self.role, Role::Screen(_))
    }

    /// What is to be seen at `now`.
    pub fn view(&self, now: Instant) -> View {
        let now = self.latest.max(now);
        match &self.role {
            Role::Elsewhere => View::Elsewhere,
            Role::Device(device) => View::Device(device.view(now)),
            Role::Screen(screen) => View::Screen(screen.view(now)),
        }
    }

    fn set_timer(&mut self, commands: &mut Vec<Command>) {
        let deadline = match &self.role {
            Role::Elsewhere => None,
            Role::Device(device) => device.deadline(),
            Role::Screen(screen) => screen.deadline(),
        };
        if deadline != self.timer {
            self.timer = deadline;
            commands.push(Command::SetTimer(deadline));
        }
    }
}

/// The earliest of what may come.
fn earliest<const N: usize>(deadlines: [Option<Instant>; N]) -> Option<Instant> {
    deadlines.into_iter().flatten().min()
}

#[cfg(test)]
mod tests;
