//! Leases, the one or two a worker holds, and how long it may take.

use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::Probability;
use dartboard_points::tally::BlockRange;

use super::batch_size::Pace;
use super::{LeaseId, SlotKind};
use crate::time::Instant;

/// The shortest time a worker is given for a lease.
pub const SHORTEST_ALLOWANCE: Duration = Duration::from_secs(2);
/// How many times longer than predicted a lease may take.
pub const ALLOWANCE_FACTOR: u32 = 10;
/// Points a second below which a worker that has not been measured yet counts as hung.
pub const SLOWEST_POINTS_PER_SECOND: u64 = 10_000_000;
/// How many times longer a measured worker may be given than one that has not been measured.
pub const LONGEST_FACTOR: u32 = 10;
/// The time a worker is given to say that it is ready, and what each further slot adds: all start at once.
pub const READY_ALLOWANCE: Duration = Duration::from_secs(10);
/// See [`READY_ALLOWANCE`].
pub const READY_ALLOWANCE_PER_SLOT: Duration = Duration::from_millis(250);
/// The time a worker on the GPU is given to say that it is ready: its program is compiled for the adapter first.
pub const GPU_READY_ALLOWANCE: Duration = Duration::from_secs(30);
/// How often an unannounced jump of time may move one deadline. In a hidden tab whose timers come once a
/// minute a hung worker would otherwise never be found.
pub const MOST_MOVES: u8 = 3;
/// How long after its deadline a worker is judged: what it said may be waiting behind the timer.
pub const SECOND_LOOK: Duration = Duration::from_millis(250);

/// How long a worker may take from when a lease of `points` points is its head.
pub(crate) fn lease_allowance(points: u64, pace: Option<Pace>, concurrency: u32, patience: u32) -> Duration {
    let unmeasured = Duration::from_millis(points / (SLOWEST_POINTS_PER_SECOND / 1_000));
    let expected = pace.map_or(unmeasured, |pace| {
        // However slow it seemed: a measurement may have caught time in which nothing ran.
        let longest = unmeasured.saturating_mul(LONGEST_FACTOR);
        pace.predict(points, concurrency).saturating_mul(ALLOWANCE_FACTOR).min(longest)
    });
    expected.max(SHORTEST_ALLOWANCE).saturating_mul(patience)
}

/// How long a worker of this kind may take to start, with `slots` slots of the processor in all.
pub(crate) fn ready_allowance(kind: SlotKind, slots: u32) -> Duration {
    match kind {
        SlotKind::Processor => READY_ALLOWANCE + READY_ALLOWANCE_PER_SLOT * slots,
        SlotKind::Gpu => GPU_READY_ALLOWANCE,
    }
}

/// A moment by which something must have happened, and since when it is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(crate) since: Instant,
    pub(crate) at: Instant,
    moves: u8,
    /// Whether it has passed once, and `at` is the second look.
    passed: bool,
}

impl Deadline {
    pub(crate) fn new(now: Instant, allowance: Duration) -> Self {
        Self { since: now, at: now + allowance, moves: 0, passed: false }
    }

    /// Whether it has passed for good at `now`; the first time it only asks for a second look.
    pub(crate) fn judge(&mut self, now: Instant) -> bool {
        if self.at > now {
            return false;
        }
        if !self.passed {
            self.passed = true;
            self.at = now + SECOND_LOOK;
            return false;
        }
        true
    }

    /// Gives at least `allowance` in all.
    pub(crate) fn allow(&mut self, allowance: Duration) {
        self.at = self.at.max(self.since + allowance);
    }

    /// A gap of time in which nothing could be heard has passed; an announced gap may move deadlines without limit.
    pub(crate) fn shift(&mut self, gap: Duration, announced: bool) {
        self.since += gap;
        if announced || self.moves < MOST_MOVES {
            self.moves += u8::from(!announced);
            self.at += gap;
        }
    }
}

/// One batch out at one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) id: LeaseId,
    pub(crate) blocks: BlockRange,
    /// Whether it has fewer blocks than its worker should have been given, because there were no more in one piece.
    pub(crate) is_cut: bool,
    /// When it was posted, moved by the gaps of time since.
    pub(crate) posted: Instant,
    /// The probability that its worker panics on purpose.
    pub(crate) chaos: Probability,
    /// The kernel that was asked for.
    pub(crate) kernel: Option<Kernel>,
}

/// The lease that its worker counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) lease: Lease,
    pub(crate) deadline: Deadline,
    /// How many workers shared the machine when it became head.
    pub(crate) concurrency: u32,
}

/// What a worker holds: the second lease waits in its message queue, so that it never waits for the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hand {
    #[default]
    Empty,
    One(Head),
    Two(Head, Lease),
}

impl Hand {
    pub(crate) fn head(&self) -> Option<&Head> {
        match self {
            Self::Empty => None,
            Self::One(head) | Self::Two(head, _) => Some(head),
        }
    }

    pub(crate) fn head_mut(&mut self) -> Option<&mut Head> {
        match self {
            Self::Empty => None,
            Self::One(head) | Self::Two(head, _) => Some(head),
        }
    }

    /// Nothing could be heard for `gap`.
    pub(crate) fn shift(&mut self, gap: Duration, announced: bool) {
        let (head, second) = match self {
            Self::Empty => return,
            Self::One(head) => (head, None),
            Self::Two(head, second) => (head, Some(second)),
        };
        head.deadline.shift(gap, announced);
        for lease in second.into_iter().chain([&mut head.lease]) {
            lease.posted += gap;
        }
    }

    pub(crate) fn second(&self) -> Option<&Lease> {
        match self {
            Self::Empty | Self::One(_) => None,
            Self::Two(_, second) => Some(second),
        }
    }

    /// The leases held, the head first.
    pub(crate) fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.head().map(|head| &head.lease).into_iter().chain(self.second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::after_origin(ms(milliseconds))
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn allowances_by_table() {
        let measured = |blocks, time| Some(Pace::first(blocks, ms(time), 2));
        // points, pace, concurrency, patience, allowance in milliseconds
        for (points, pace, concurrency, patience, allowance) in [
            (100_000, None, 1, 1, 2_000),
            (20_000_000, None, 1, 1, 2_000),
            (30_000_000, None, 64, 1, 3_000),
            (1_000_000_000, None, 1, 1, 100_000),
            (1_000_000_000, None, 1, 8, 800_000),
            (1_000_000, measured(10, 10), 2, 1, 2_000),
            (1_000_000, measured(10, 500), 2, 1, 5_000 / 5),
            (100_000_000, measured(10, 10), 2, 1, 10_000),
            (100_000_000, measured(10, 10), 6, 1, 30_000),
            (100_000_000, measured(10, 10), 6, 2, 60_000),
            // Ten times what an unmeasured worker gets, and no more.
            (100_000_000, measured(10, 60_000), 2, 1, 100_000),
        ] {
            let allowance = ms(allowance).max(SHORTEST_ALLOWANCE);
            assert_eq!(lease_allowance(points, pace, concurrency, patience), allowance, "{points} {pace:?}");
        }
        assert_eq!(ready_allowance(SlotKind::Processor, 1), ms(10_250));
        assert_eq!(ready_allowance(SlotKind::Processor, 64), ms(26_000));
        assert_eq!(ready_allowance(SlotKind::Gpu, 64), ms(30_000));
    }

    #[test]
    fn a_deadline_is_looked_at_twice() {
        let mut deadline = Deadline::new(at(100), ms(2_000));
        assert!(!deadline.judge(at(2_099)));
        assert_eq!(deadline.at, at(2_100));
        assert!(!deadline.judge(at(2_100)));
        assert_eq!(deadline.at, at(2_100) + SECOND_LOOK);
        assert!(!deadline.judge(deadline.at - ms(1)));
        assert!(deadline.judge(deadline.at));
    }

    #[test]
    fn announced_gaps_move_a_deadline_for_ever_and_others_three_times() {
        let mut deadline = Deadline::new(at(0), ms(2_000));
        for _ in 0..5 {
            deadline.shift(ms(1_000), true);
        }
        assert_eq!((deadline.since, deadline.at), (at(5_000), at(7_000)));
        for expected in [8_000, 9_000, 10_000, 10_000] {
            deadline.shift(ms(1_000), false);
            assert_eq!(deadline.at, at(expected));
        }
        assert_eq!(deadline.since, at(9_000));
        deadline.allow(ms(500));
        assert_eq!(deadline.at, at(10_000));
        deadline.allow(ms(3_000));
        assert_eq!(deadline.at, at(12_000));
    }

    #[test]
    fn a_gap_moves_all_that_a_worker_holds() {
        let lease = |id| Lease {
            id: LeaseId(id),
            blocks: BlockRange::new(id, id + 1).unwrap(),
            is_cut: false,
            posted: at(id),
            chaos: Probability::NEVER,
            kernel: None,
        };
        let head = Head { lease: lease(1), deadline: Deadline::new(at(1), ms(2_000)), concurrency: 1 };
        let mut hand = Hand::Two(head, lease(2));
        hand.shift(ms(10), false);
        let posted: Vec<_> = hand.leases().map(|lease| lease.posted).collect();
        assert_eq!(posted, [at(11), at(12)]);
        assert_eq!(hand.head().map(|head| head.deadline.at), Some(at(2_011)));
        let mut hand = Hand::One(head);
        hand.shift(ms(10), true);
        assert_eq!(hand.head().map(|head| head.lease.posted), Some(at(11)));
        assert_eq!(hand.second(), None);
        hand = Hand::Empty;
        hand.shift(ms(10), true);
        assert_eq!(hand.leases().count(), 0);
    }
}
