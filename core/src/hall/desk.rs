//! Decides for a run that many devices share: who counts which blocks, whose counts are taken, who is banned.
//!
//! A state machine without clock, randomness or network: [`Desk::handle`] takes an [`Event`] and the time, and returns the
//! [`Command`]s that the driver carries out. All that it knows it has read in the log, its own entries included: nobody is
//! told anything before the entry that makes it so is read back. So it can be killed at any moment, and another one that
//! reads the log goes on. In reading order:
//! - this file: reading, standing by, opening a term, losing it;
//! - `office`: the desk while its term lasts: when it plans, appends, answers;
//! - `plan`: what it is about to change; `told`: what it says;
//! - `outbox`: what is on its way to the log;
//! - `roster`: the seats: who was heard, how fast each is, who sends too much;
//! - `recounts`: what a trusted computer counts again.

use std::time::Duration;

use dartboard_points::tally::{BlockRange, Seed, Tally};

use super::entry::{Entry, Opening, RunSpec};
use super::ledger::{Ledger, Read, Void};
use super::message::{Beat, Show, Tell};
use crate::time::Instant;

mod office;
mod outbox;
mod plan;
mod recounts;
mod roster;
mod told;

use office::Office;
use outbox::{InFlight, Next};
use roster::Roster;

/// How long another desk must be silent before one that stands by opens a term.
pub const STANDBY: Duration = Duration::from_secs(5);
/// How often a desk is heard by those that stand by.
pub const BEAT: Duration = Duration::from_secs(1);
/// How often screens are shown something, and leases are looked at.
pub const SHOW: Duration = Duration::from_millis(500);
/// After how long a seat that was not heard counts as silent.
pub const SILENCE: Duration = Duration::from_secs(10);
/// The most seats that a desk knows.
pub const MOST_SEATS: usize = 2_000;

/// What a desk is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its id, drawn at random: used by no other desk and never again.
    pub id: u64,
    /// The run. A log of another run is refused.
    pub run: RunSpec,
    /// How long a lease is to take a device.
    pub lease: Duration,
    /// Whether it opens a term at once, even if another desk is alive.
    pub take_over: bool,
    /// A secret of all desks of the run, by which the counts are chosen that are counted again.
    pub key: u64,
    /// How many in a hundred counts are counted again where samples are checked: 0 to 100.
    pub share_percent: u8,
    /// What its opening says to later readers; may be empty.
    pub note: String,
}

/// What a desk is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An entry of the log. A driver tells all entries in order, each once, those from before the desk and its own included.
    Entry {
        /// The number under which the log stores it.
        seq: u64,
        /// When the log stored it, in milliseconds by the log's clock.
        time_ms: u64,
        /// The entry.
        text: String,
    },
    /// The log was read to where it ended when the desk was made.
    CaughtUp,
    /// A desk's heartbeat.
    Heard(Beat),
    /// A seat asks.
    Asked {
        /// The seat, by the subject on which it was heard.
        seat: String,
        /// The message, of any length and content.
        bytes: Vec<u8>,
    },
    /// What [`Command::Recount`] asked for is counted.
    Recounted {
        /// The lease.
        lease: u64,
        /// The tally of its blocks.
        tally: Tally,
    },
    /// The time of the last [`Command::SetTimer`] has come, or is past.
    Timer,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Append an entry to the log. It may be asked for again, with the same id.
    Append {
        /// Names the entry, so that a log that knows it already does not store it again.
        id: String,
        /// The entry.
        text: String,
    },
    /// Tell a seat something.
    Tell {
        /// The seat.
        seat: String,
        /// What.
        tell: Tell,
    },
    /// Say that the desk is alive.
    Beat(Beat),
    /// Show the run on screens.
    Show(Show),
    /// A seat is banned: the broker is to close it. May be said again.
    Ban {
        /// The seat.
        seat: String,
    },
    /// Count these blocks on a trusted computer, and say [`Event::Recounted`].
    Recount {
        /// The lease under which they were counted.
        lease: u64,
        /// The run's seed.
        seed: Seed,
        /// The blocks.
        blocks: BlockRange,
    },
    /// The desk has lost its term, or the log is not the one that it has read. It says nothing more. Make a new desk, with
    /// another id and without `take_over`, and read the log again from its beginning.
    Refold,
    /// All is counted, and all is counted again that was to be.
    Finished(Tally),
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
    /// The desk cannot serve this log, for this reason. It says nothing more.
    Refuse(String),
}

/// What a desk does.
#[derive(Clone, Debug)]
enum Phase {
    /// It reads what was there before it.
    Reading,
    /// It reads along while another desk decides.
    StandingBy { quiet_since: Instant },
    /// Its opening is on its way to the log.
    Opening(InFlight),
    /// It decides.
    Open(Box<Office>),
    /// It has lost its term, or never had one to have.
    Gone,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Desk {
    setup: Setup,
    ledger: Ledger,
    roster: Roster,
    phase: Phase,
    /// When the newest entry was read.
    read_at: Instant,
    /// The time of the latest event.
    latest: Instant,
    /// The timer as the driver has it.
    timer: Option<Instant>,
    commands: Vec<Command>,
}

impl Desk {
    /// A desk that reads its log from the beginning.
    pub fn new(setup: Setup) -> Self {
        Self::reading(setup, Ledger::default())
    }

    /// A desk that goes on where `ledger` ends: see [`Ledger::from_checkpoint`].
    pub fn reading(setup: Setup, ledger: Ledger) -> Self {
        Self {
            setup,
            ledger,
            roster: Roster::default(),
            phase: Phase::Reading,
            read_at: Instant::ORIGIN,
            latest: Instant::ORIGIN,
            timer: None,
            commands: Vec::new(),
        }
    }

    /// What the log says, as far as it was read.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the desk decides now.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    /// How many blocks were counted too late in this term: their leases were given to others.
    pub fn late_blocks(&self) -> u64 {
        match &self.phase {
            Phase::Open(office) => office.late_blocks(),
            _ => 0,
        }
    }

    /// Whether the desk reads along while another one decides.
    pub fn stands_by(&self) -> bool {
        matches!(self.phase, Phase::StandingBy { .. })
    }

    /// Takes an event at `now` and returns what the driver is to do.
    /// A `now` before that of an earlier event counts as that one.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        self.latest = self.latest.max(now);
        let now = self.latest;
        match event {
            Event::Entry { seq, time_ms, text } => self.read(now, seq, time_ms, &text),
            Event::CaughtUp => self.caught_up(now),
            Event::Heard(beat) => self.heard(now, beat),
            Event::Asked { seat, bytes } => self.asked(now, &seat, &bytes),
            Event::Recounted { lease, tally } => self.recounted(lease, tally),
            Event::Timer => self.timer = None,
        }
        self.go_on(now);
        self.set_timer();
        std::mem::take(&mut self.commands)
    }

    fn read(&mut self, now: Instant, seq: u64, time_ms: u64, text: &str) {
        if matches!(self.phase, Phase::Gone) {
            return;
        }
        let quiet_ms = self.ledger.newest_ms();
        let read = self.ledger.read(seq, time_ms, text);
        self.read_at = now;
        let is_taken = matches!(read, Read::Taken(_) | Read::Checkpoint);
        match read {
            // A log that has lost its end may give another desk the same term.
            _ if is_taken && self.has_not_written(text) => self.refold(),
            Read::Opened { desk } if desk == self.setup.id => self.begin_term(now, quiet_ms),
            Read::Opened { .. } if self.is_open() => self.refold(),
            Read::Opened { .. } => self.give_way(now),
            // The log has lost its end, or an opening was missed.
            Read::Void(Void::Backward { .. }) => self.refold(),
            Read::Void(Void::Term { term, present }) if term > present && self.is_open() => self.refold(),
            Read::Taken(ops) => {
                self.roster.observe(self.ledger.newest_ms(), &ops);
                if let Phase::Open(office) = &mut self.phase {
                    office.observe(&self.setup, &self.ledger, &ops, &mut self.commands);
                }
            }
            Read::Checkpoint | Read::Void(_) => {}
        }
        self.refuse_another_run();
        match &mut self.phase {
            Phase::StandingBy { quiet_since } => *quiet_since = now,
            Phase::Open(office) => office.read_back(now, text, &mut self.commands),
            Phase::Reading | Phase::Opening(_) | Phase::Gone => {}
        }
    }

    /// Whether the desk's term lasts and this entry, which is of that term, is not the one in flight.
    fn has_not_written(&self, text: &str) -> bool {
        matches!(&self.phase, Phase::Open(office) if !office.has_written(text))
    }

    fn refuse_another_run(&mut self) {
        let why = match (self.ledger.foreign(), self.ledger.run()) {
            (Some(foreign), _) => format!("the log cannot be read: {foreign}"),
            (None, Some(run)) if run != self.setup.run => {
                format!("the log is of {}, and this desk of {}", in_words(run), in_words(self.setup.run))
            }
            _ => return,
        };
        if !matches!(self.phase, Phase::Gone) {
            self.phase = Phase::Gone;
            self.commands.push(Command::Refuse(why));
        }
    }

    fn refold(&mut self) {
        self.phase = Phase::Gone;
        self.commands.push(Command::Refold);
    }

    /// Another desk has opened a term.
    fn give_way(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Opening(_)) {
            self.phase = Phase::StandingBy { quiet_since: now };
        }
    }

    fn begin_term(&mut self, now: Instant, quiet_ms: u64) {
        self.roster.know(self.ledger.state().seats());
        let office = Office::new(now, &self.setup, &self.ledger, quiet_ms);
        for (seat, record) in self.ledger.state().seats() {
            if record.banned.is_some() {
                self.commands.push(Command::Ban { seat: seat.clone() });
            }
        }
        self.phase = Phase::Open(Box::new(office));
    }

    fn caught_up(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Reading) {
            return;
        }
        if self.setup.take_over || self.ledger.term() == 0 {
            self.open(now);
        } else {
            self.phase = Phase::StandingBy { quiet_since: now };
        }
    }

    fn open(&mut self, now: Instant) {
        let Setup { id: desk, run, ref note, .. } = self.setup;
        let text = Entry::Opening(Opening { desk, run, note: note.clone() }).encode();
        let (in_flight, append) = InFlight::new(now, format!("{desk:x}-open"), text);
        self.commands.push(append);
        self.phase = Phase::Opening(in_flight);
    }

    fn heard(&mut self, now: Instant, beat: Beat) {
        if let Phase::StandingBy { quiet_since } = &mut self.phase
            && beat.desk != self.setup.id
        {
            *quiet_since = now;
        }
    }

    fn asked(&mut self, now: Instant, seat: &str, bytes: &[u8]) {
        if let Phase::Open(office) = &mut self.phase {
            office.asked(now, &self.setup, &self.ledger, &mut self.roster, (seat, bytes), &mut self.commands);
        }
    }

    fn recounted(&mut self, lease: u64, tally: Tally) {
        if let Phase::Open(office) = &mut self.phase {
            office.recounted(&self.ledger, lease, tally);
        }
    }

    /// Does what is due at `now`.
    fn go_on(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::StandingBy { quiet_since } if now >= *quiet_since + STANDBY => self.open(now),
            Phase::Opening(in_flight) => match in_flight.next(now) {
                Next::Wait => {}
                Next::Again(append) => self.commands.push(append),
                Next::GiveUp => self.refold(),
            },
            Phase::Open(office) => {
                let log_ms =
                    self.ledger.newest_ms().saturating_add(crate::text::whole_ms(now - self.read_at));
                let served = office.go_on(
                    now,
                    log_ms,
                    &self.setup,
                    &self.ledger,
                    &mut self.roster,
                    &mut self.commands,
                );
                if served == office::Served::LogAway {
                    self.refold();
                }
            }
            Phase::Reading | Phase::StandingBy { .. } | Phase::Gone => {}
        }
    }

    fn set_timer(&mut self) {
        let due = match &self.phase {
            Phase::StandingBy { quiet_since } => Some(*quiet_since + STANDBY),
            Phase::Opening(in_flight) => Some(in_flight.due()),
            Phase::Open(office) => Some(office.due()),
            Phase::Reading | Phase::Gone => None,
        };
        if due != self.timer {
            self.timer = due;
            self.commands.push(Command::SetTimer(due));
        }
    }
}

fn in_words(run: RunSpec) -> String {
    let RunSpec { seed, target, trust } = run;
    let blocks = target
        .map_or_else(|| "without a target".to_owned(), |target| format!("to block {}", target.blocks()));
    format!("the run with seed {seed} {blocks}, trust {}", trust.name())
}

#[cfg(test)]
mod tests;
