//! The seats as a desk knows them: who was heard, how fast each counts, who sends too much.

use std::collections::BTreeMap;
use std::time::Duration;

use dartboard_points::tally::{BLOCK_POINTS, BlockRange};

use super::super::entry::Op;
use super::super::ledger::{SeatRecord, State};
use super::super::message::{Ask, MOST_ASK_BYTES, MOST_RESULTS, MOST_SHOWN, MemberState, ShownMember};
use super::{MOST_SEATS, SILENCE};
use crate::coordinator::batch_size::Pace;
use crate::coordinator::lease::SLOWEST_POINTS_PER_SECOND;
use crate::text::whole_ms;
use crate::time::Instant;

/// The blocks of a seat's leases until it is known how fast it counts.
const FIRST_BLOCKS: u64 = 64;
/// How many asks a seat may send at once.
const MOST_TOKENS: f64 = 40.0;
/// How many asks a second it may send for ever.
const TOKENS_A_SECOND: f64 = 20.0;
/// How many asks one that is too long counts for.
const LONG_COSTS: f64 = 20.0;
/// How many asks of a seat are dropped before it is banned, if it goes on without a pause of [`FORGIVEN`].
const MOST_DROPPED: u32 = 400;
/// After how long without a dropped ask the earlier ones are forgotten.
const FORGIVEN: Duration = Duration::from_secs(10);
/// The shortest time that is allowed for a lease.
const SHORTEST_ALLOWANCE: Duration = Duration::from_secs(2);
/// How many times longer than expected a silent seat may take.
const ALLOWANCE_FACTOR: u32 = 2;
/// Leases of a seat whose beginning is remembered.
const REMEMBERED: usize = 4;

/// What a desk makes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It is an ask.
    Ask(Ask),
    /// It is dropped.
    Dropped,
    /// It is dropped, and its seat is to be banned for sending too many.
    Flood,
    /// There are too many seats already.
    Full,
}

#[derive(Clone, Debug)]
struct Seat {
    /// How many seats came before.
    place: usize,
    tokens: f64,
    counted_at: Instant,
    dropped: u32,
    dropped_at: Instant,
    heard: Option<Instant>,
    cores: u32,
    pace: Option<Pace>,
    /// When the log stored its newest leases, by their ids.
    given: Vec<(u64, u64)>,
    last_count_ms: u64,
    /// Leases whose results were dealt with, the newest last.
    settled: Vec<u64>,
}

impl Seat {
    fn new(place: usize, now: Instant) -> Self {
        Self {
            place,
            tokens: MOST_TOKENS,
            counted_at: now,
            dropped: 0,
            dropped_at: now,
            heard: None,
            cores: 0,
            pace: None,
            given: Vec::new(),
            last_count_ms: 0,
            settled: Vec::new(),
        }
    }

    /// Takes tokens, if there are so many.
    fn pay(&mut self, now: Instant, cost: f64) -> bool {
        let filled = (now - self.counted_at).as_secs_f64() * TOKENS_A_SECOND;
        self.tokens = (self.tokens + filled).min(MOST_TOKENS);
        self.counted_at = now;
        let enough = self.tokens >= cost;
        self.tokens = (self.tokens - cost).max(0.0);
        enough
    }

    fn drop_ask(&mut self, now: Instant) -> Judged {
        if now - self.dropped_at > FORGIVEN {
            self.dropped = 0;
        }
        self.dropped_at = now;
        self.dropped = self.dropped.saturating_add(1);
        if self.dropped == MOST_DROPPED { Judged::Flood } else { Judged::Dropped }
    }

    fn judge(&mut self, now: Instant, bytes: &[u8]) -> Judged {
        let is_long = bytes.len() > MOST_ASK_BYTES;
        if !self.pay(now, if is_long { LONG_COSTS } else { 1.0 }) || is_long {
            return self.drop_ask(now);
        }
        match Ask::parse(bytes) {
            Ok(ask) => {
                self.heard = Some(now);
                self.cores = ask.cores;
                Judged::Ask(ask)
            }
            Err(_) => self.drop_ask(now),
        }
    }

    fn count(&mut self, lease: u64, blocks: BlockRange, time_ms: u64) {
        if let Some(at) = self.given.iter().position(|(given, _)| *given == lease) {
            let (_, since_ms) = self.given.remove(at);
            // The second lease in hand waits for the first.
            let took = Duration::from_millis(time_ms.saturating_sub(since_ms.max(self.last_count_ms)));
            self.pace = Some(match self.pace {
                Some(pace) => pace.after(blocks.blocks(), took, 1),
                None => Pace::first(blocks.blocks(), took, 1),
            });
        }
        self.last_count_ms = time_ms;
        self.settle(lease);
    }

    fn settle(&mut self, lease: u64) {
        self.settled.push(lease);
        self.settled.drain(..self.settled.len().saturating_sub(MOST_RESULTS));
    }

    fn is_silent(&self, now: Instant) -> bool {
        self.heard.is_none_or(|heard| now - heard >= SILENCE)
    }

    fn points_per_second(&self) -> u64 {
        let rate = self.pace.map_or(0.0, Pace::points_per_second);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite, saturating")]
        if rate.is_finite() { rate as u64 } else { 0 }
    }
}

/// All seats.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    seats: BTreeMap<String, Seat>,
}

impl Roster {
    fn seat(&mut self, name: &str, now: Instant) -> &mut Seat {
        let place = self.seats.len();
        self.seats.entry(name.to_owned()).or_insert_with(|| Seat::new(place, now))
    }

    /// Knows the seats of a ledger.
    pub(super) fn know(&mut self, seats: &BTreeMap<String, SeatRecord>) {
        for name in seats.keys() {
            self.seat(name, Instant::ORIGIN);
        }
    }

    /// Judges a message before it is looked at, and by what it is.
    pub(super) fn judge(&mut self, now: Instant, name: &str, bytes: &[u8]) -> Judged {
        if self.seats.len() >= MOST_SEATS && !self.seats.contains_key(name) {
            return Judged::Full;
        }
        self.seat(name, now).judge(now, bytes)
    }

    /// These changes were read; the log has stored them at `time_ms`.
    pub(super) fn observe(&mut self, time_ms: u64, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Lease { lease, seat, .. } => {
                    let given = &mut self.seat(seat, Instant::ORIGIN).given;
                    given.push((*lease, time_ms));
                    given.drain(..given.len().saturating_sub(REMEMBERED));
                }
                Op::Count { lease, seat, blocks, .. } => {
                    self.seat(seat, Instant::ORIGIN).count(*lease, *blocks, time_ms);
                }
                Op::Lost { .. } | Op::Confirm { .. } | Op::Ban { .. } => {}
            }
        }
    }

    /// How many blocks of an ask's results came too late: their leases are no longer open. A result that comes again is not
    /// counted again.
    pub(super) fn late_blocks(&mut self, name: &str, ask: &Ask, state: &State) -> u64 {
        let Some(seat) = self.seats.get_mut(name) else { return 0 };
        let mut late = 0;
        for result in &ask.results {
            let is_open = state.is_open(result.lease, name, result.blocks);
            if !is_open && !seat.settled.contains(&result.lease) {
                seat.settle(result.lease);
                late += result.blocks.blocks();
            }
        }
        late
    }

    /// How many seats were heard lately and are not banned.
    pub(super) fn active(&self, now: Instant, state: &State) -> u64 {
        let is_banned = |name: &str| state.seats().get(name).is_some_and(|seat| seat.banned.is_some());
        self.seats.iter().filter(|(name, seat)| !seat.is_silent(now) && !is_banned(name)).count() as u64
    }

    pub(super) fn is_silent(&self, now: Instant, name: &str) -> bool {
        self.seats.get(name).is_none_or(|seat| seat.is_silent(now))
    }

    /// The blocks of a seat's next lease.
    pub(super) fn blocks(&self, name: &str, span: Duration) -> u64 {
        let pace = self.seats.get(name).and_then(|seat| seat.pace);
        pace.map_or(FIRST_BLOCKS, |pace| pace.blocks_in(span)).max(1)
    }

    /// How long a seat may be silent that holds so many blocks in all.
    pub(super) fn allow_ms(&self, name: &str, blocks: u64) -> u64 {
        let points = blocks.saturating_mul(BLOCK_POINTS);
        let pace = self.seats.get(name).and_then(|seat| seat.pace);
        let expected = pace.map_or_else(
            || Duration::from_millis(points / (SLOWEST_POINTS_PER_SECOND / 1_000)),
            |pace| pace.predict(points, 1),
        );
        whole_ms(expected.saturating_mul(ALLOWANCE_FACTOR).max(SHORTEST_ALLOWANCE))
    }

    /// The members, in the order in which they came.
    pub(super) fn shown(&self, now: Instant, state: &State) -> Vec<ShownMember> {
        let mut seats: Vec<_> = self.seats.iter().collect();
        seats.sort_unstable_by_key(|(_, seat)| seat.place);
        seats.truncate(MOST_SHOWN);
        seats.into_iter().map(|(name, seat)| shown(now, name, seat, state.seats().get(name))).collect()
    }

    /// Points a second of all members that count.
    pub(super) fn points_per_second(&self, now: Instant, state: &State) -> u64 {
        let counts =
            |name: &str, seat: &Seat| state_of(now, seat, state.seats().get(name)) == MemberState::Counting;
        let rates = self.seats.iter().filter(|(name, seat)| counts(name, seat));
        rates.fold(0, |sum: u64, (_, seat)| sum.saturating_add(seat.points_per_second()))
    }
}

fn state_of(now: Instant, seat: &Seat, record: Option<&SeatRecord>) -> MemberState {
    match record {
        Some(record) if record.banned.is_some() => MemberState::Banned,
        _ if seat.is_silent(now) => MemberState::Away,
        Some(record) if !record.holds.is_empty() => MemberState::Counting,
        _ => MemberState::Waiting,
    }
}

fn shown(now: Instant, name: &str, seat: &Seat, record: Option<&SeatRecord>) -> ShownMember {
    let state = state_of(now, seat, record);
    let counts = state == MemberState::Counting;
    ShownMember {
        seat: name.to_owned(),
        state,
        cores: seat.cores,
        points_per_second: if counts { seat.points_per_second() } else { 0 },
        points: record.map_or(0, |record| record.points),
    }
}
