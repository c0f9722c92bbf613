//! A device that counts for a run: what it holds, what it has counted, and when it asks its desk.
//!
//! It is told what it holds and asks for more. Each ask carries every result that the desk has not settled yet, so nothing
//! is lost by an ask or an answer that never arrives. Without a connection it finishes what it holds and keeps the results.
//!
//! Invariants: one lease is counted at a time; a result is kept until it is settled, or until the run turns out to be
//! another one; two asks are at least [`GAP`] apart, unless the second has a new result.

use std::time::Duration;

use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::{BlockRange, Seed, Tally};

use super::message::{Ask, LeaseResult, MOST_CORES, MOST_LEASES, MOST_RESULTS, PROTOCOL, Standing, Tell};
use crate::time::Instant;

/// The least time between two asks, unless the second has a new result.
pub const GAP: Duration = Duration::from_millis(50);
/// How often a member that counts is heard.
pub const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long the first answer is waited for; twice as long for each further one.
pub const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait for an answer, and for work.
pub const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It can reach its desk, and can be told, from now on.
    Connected,
    /// It can no longer.
    Disconnected,
    /// Its desk told it something.
    Told(Tell),
    /// What [`Command::Count`] asked for is counted.
    Counted {
        /// The lease.
        lease: u64,
        /// The tally of its blocks.
        tally: Tally,
    },
    /// The time of the last [`Command::SetTimer`] has come, or is past.
    Timer,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Count blocks, and say [`Event::Counted`]. Nothing else is being counted that was not abandoned.
    Count {
        /// The lease.
        lease: u64,
        /// The run's seed.
        seed: Seed,
        /// Its blocks.
        blocks: BlockRange,
    },
    /// Stop counting the blocks of this lease, and say nothing more of it: its number may come again with other blocks.
    Abandon {
        /// The lease.
        lease: u64,
    },
    /// Send an ask.
    Ask(Ask),
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
}

/// How a member stands, for who looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberStanding {
    /// It has not been told anything yet.
    Joining,
    /// It counts.
    Counting,
    /// It has nothing to count, and will ask again.
    WaitingForWork,
    /// It cannot reach its desk. It may still count what it holds.
    Away {
        /// When it lost its desk.
        since: Instant,
    },
    /// All is counted.
    Finished,
    /// It is banned, and why.
    Banned(String),
    /// It cannot take part, and why.
    Refused(String),
}

/// Blocks to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    lease: u64,
    seed: Seed,
    blocks: BlockRange,
}

/// Whether the desk can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Not yet.
    Opening,
    Up,
    Down {
        since: Instant,
    },
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Member {
    cores: u32,
    link: Link,
    /// What the desk told last of the run and of this member; nothing before that.
    told: Option<(Seed, Standing)>,
    tally: Tally,
    counting: Option<Held>,
    /// What is counted after that, in this order.
    next: Vec<Held>,
    /// What the desk has not settled yet, oldest first.
    results: Vec<LeaseResult>,
    counted_points: u64,
    last_ask: Option<Instant>,
    next_ask: Option<Instant>,
    /// How many asks have gone out since the desk was heard, and when the first of them did.
    unanswered: u32,
    silent_since: Option<Instant>,
    /// The time of the latest event.
    latest: Instant,
    /// The timer as the driver has it.
    timer: Option<Instant>,
    commands: Vec<Command>,
}

impl Member {
    /// A member that counts with so many cores (at most [`MOST_CORES`]) and is not connected yet.
    pub fn new(cores: u32) -> Self {
        Self {
            cores: cores.min(MOST_CORES),
            link: Link::Opening,
            told: None,
            tally: Tally::default(),
            counting: None,
            next: Vec::new(),
            results: Vec::new(),
            counted_points: 0,
            last_ask: None,
            next_ask: None,
            unanswered: 0,
            silent_since: None,
            latest: Instant::ORIGIN,
            timer: None,
            commands: Vec::new(),
        }
    }

    /// From the next ask on it counts with so many cores, at most [`MOST_CORES`].
    pub fn set_cores(&mut self, cores: u32) {
        self.cores = cores.min(MOST_CORES);
    }

    /// Takes an event at `now` and returns what the driver is to do.
    /// A `now` before that of an earlier event counts as that one.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        self.latest = self.latest.max(now);
        let now = self.latest;
        match event {
            Event::Connected => self.connected(now),
            Event::Disconnected => self.disconnected(now),
            Event::Told(tell) => self.told(now, tell),
            Event::Counted { lease, tally } => self.counted(now, lease, tally),
            Event::Timer => self.timer = None,
        }
        if self.due().is_some_and(|due| due <= now) {
            self.ask(now);
        }
        self.set_timer();
        std::mem::take(&mut self.commands)
    }

    /// How it stands.
    pub fn standing(&self) -> MemberStanding {
        match (self.told.as_ref().map(|(_, standing)| standing), self.link) {
            (Some(Standing::Banned(why)), _) => MemberStanding::Banned(why.clone()),
            (Some(Standing::Refused(why)), _) => MemberStanding::Refused(why.clone()),
            (Some(Standing::Finished), _) => MemberStanding::Finished,
            (_, Link::Down { since }) => MemberStanding::Away { since },
            (None, _) => MemberStanding::Joining,
            (Some(Standing::Welcome), _) if self.counting.is_some() => MemberStanding::Counting,
            (Some(Standing::Welcome), _) => MemberStanding::WaitingForWork,
        }
    }

    /// Points that this device has counted, whether or not the desk took them.
    pub fn counted_points(&self) -> u64 {
        self.counted_points
    }

    /// What all members have counted, as the desk said last.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The run's seed, once it is known.
    pub fn seed(&self) -> Option<Seed> {
        self.told.as_ref().map(|(seed, _)| *seed)
    }

    /// The blocks being counted.
    pub fn counting(&self) -> Option<BlockRange> {
        self.counting.map(|held| held.blocks)
    }

    /// How many results the desk has not settled yet.
    pub fn unsettled(&self) -> usize {
        self.results.len()
    }

    /// Since when the desk, though it can be reached, has not answered; none if nothing is waited for.
    pub fn silent_since(&self) -> Option<Instant> {
        self.silent_since
    }

    fn connected(&mut self, now: Instant) {
        self.link = Link::Up;
        self.hear();
        self.next_ask = self.may_ask().then_some(now);
    }

    fn disconnected(&mut self, now: Instant) {
        if !matches!(self.link, Link::Down { .. }) {
            self.link = Link::Down { since: now };
        }
        self.hear();
        self.next_ask = None;
    }

    /// Nothing that was asked is waited for any longer.
    fn hear(&mut self) {
        self.unanswered = 0;
        self.silent_since = None;
    }

    fn told(&mut self, now: Instant, tell: Tell) {
        if self.seed().is_some_and(|seed| seed != tell.seed) {
            // Another run: to it they would be results of other points.
            self.results.clear();
        }
        self.results.retain(|result| !tell.settled.contains(&result.lease));
        self.tally = tell.tally;
        let fresh = self.hold(&tell);
        self.told = Some((tell.seed, tell.standing));
        self.count();
        self.hear();
        self.next_ask = self.may_ask().then(|| self.ask_after(now, fresh, tell.ask_again_ms));
    }

    /// Holds what the desk says that it holds, and nothing else. Whether any of it is new.
    fn hold(&mut self, tell: &Tell) -> bool {
        let now_held = if is_stopped(&tell.standing) { Vec::new() } else { self.to_count(tell) };
        let before: Vec<_> = self.counting.iter().chain(&self.next).copied().collect();
        if let Some(counting) = self.counting.take_if(|counting| !now_held.contains(counting)) {
            self.commands.push(Command::Abandon { lease: counting.lease });
        }
        let fresh = now_held.iter().any(|held| !before.contains(held));
        self.next = now_held.into_iter().filter(|held| self.counting != Some(*held)).collect();
        fresh
    }

    /// The leases of `tell` that are not counted yet, and whose results can be kept.
    fn to_count(&self, tell: &Tell) -> Vec<Held> {
        let mut held: Vec<Held> = Vec::new();
        for leased in &tell.leases {
            let is_counted = self.results.iter().any(|result| result.lease == leased.lease);
            let is_there = held.iter().any(|held| held.lease == leased.lease);
            if !is_counted && !is_there && held.len() < self.wants() {
                held.push(Held { lease: leased.lease, seed: tell.seed, blocks: leased.blocks });
            }
        }
        held
    }

    /// How many leases it can hold: the results of all of them must fit one ask.
    fn wants(&self) -> usize {
        MOST_LEASES.min(MOST_RESULTS.saturating_sub(self.results.len()))
    }

    /// When it asks after a tell.
    fn ask_after(&self, now: Instant, fresh: bool, ask_again_ms: u64) -> Instant {
        let last = self.last_ask.unwrap_or(now);
        // However often it is told something, it is heard.
        let latest = last + self.heard_at_least(LONGEST_WAIT);
        let held = self.next.len() + usize::from(self.counting.is_some());
        let next = if !self.results.is_empty() {
            // The tell did not answer the ask with these results, which may be lost.
            last + FIRST_WAIT
        } else if held >= self.wants() {
            latest
        } else if fresh {
            now
        } else {
            now + Duration::from_millis(ask_again_ms).max(GAP)
        };
        next.min(latest)
    }

    /// The wait before an ask, so that it is heard often enough while it counts.
    fn heard_at_least(&self, wait: Duration) -> Duration {
        if self.counting.is_some() { wait.min(HEARTBEAT) } else { wait }
    }

    /// Counts the next lease if nothing is being counted.
    fn count(&mut self) {
        if self.counting.is_none() && !self.next.is_empty() {
            let held = self.next.remove(0);
            self.counting = Some(held);
            let Held { lease, seed, blocks } = held;
            self.commands.push(Command::Count { lease, seed, blocks });
        }
    }

    fn counted(&mut self, now: Instant, lease: u64, tally: Tally) {
        let Some(held) = self.counting.take_if(|held| is_tally_of(held, lease, tally)) else { return };
        self.results.push(LeaseResult { lease, blocks: held.blocks, inside: tally.inside });
        self.counted_points = self.counted_points.saturating_add(tally.points);
        self.count();
        if self.may_ask() {
            self.ask(now);
        }
    }

    /// Whether it says anything at all.
    fn may_ask(&self) -> bool {
        self.link == Link::Up && !self.told.as_ref().is_some_and(|(_, standing)| is_stopped(standing))
    }

    fn ask(&mut self, now: Instant) {
        self.commands.push(Command::Ask(Ask {
            protocol: PROTOCOL,
            stream: u64::from(STREAM_VERSION),
            wants: self.wants(),
            cores: self.cores,
            seed: self.seed().filter(|_| !self.results.is_empty()),
            results: self.results.clone(),
        }));
        let wait = FIRST_WAIT.saturating_mul(1 << self.unanswered.min(8)).min(LONGEST_WAIT);
        self.unanswered = self.unanswered.saturating_add(1);
        self.silent_since.get_or_insert(now);
        self.last_ask = Some(now);
        self.next_ask = Some(now + self.heard_at_least(wait));
    }

    /// When it asks, but not sooner than [`GAP`] after the last time.
    fn due(&self) -> Option<Instant> {
        let earliest = self.last_ask.map_or(Instant::ORIGIN, |last| last + GAP);
        self.next_ask.map(|next| next.max(earliest))
    }

    /// Sets the timer to the next ask, unless it is.
    fn set_timer(&mut self) {
        let due = self.due();
        if due != self.timer {
            self.timer = due;
            self.commands.push(Command::SetTimer(due));
        }
    }
}

/// Whether a member that stands so counts no more and says nothing.
fn is_stopped(standing: &Standing) -> bool {
    matches!(standing, Standing::Banned(_) | Standing::Refused(_))
}

/// Whether a tally can be that of what is held under this lease.
fn is_tally_of(held: &Held, lease: u64, tally: Tally) -> bool {
    held.lease == lease && tally.points == held.blocks.points() && tally.inside <= tally.points
}

#[cfg(test)]
mod tests;
