//! What the workers and the passing of time make happen.

use std::rc::Rc;
use std::time::Duration;

use dartboard_points::protocol::{Announcement, FromWorker, Probability, ToWorker, check_parts};
use dartboard_points::tally::Tally;

use super::backoff::Verdict;
use super::batch_size::{Pace, next_batch};
use super::counted::Counted;
use super::death::{Cause, Failure};
use super::lease::{Deadline, Hand, Head, Lease, lease_allowance, ready_allowance};
use super::log::{Entry, LogEvent};
use super::roster::{Ready, SlotState, Starting};
use super::{Command, Coordinator, LeaseId, Phase, SlotIndex, SlotKind, WorkerId};
use crate::run::config::AfterDeath;
use crate::supervision::{accept, accept_gpu};
use crate::time::Instant;

/// What a slot held.
struct Vacated {
    worker: WorkerId,
    hand: Hand,
    injected: bool,
}

/// What a worker told of a batch.
struct Told {
    tally: Tally,
    parts: Vec<u64>,
    /// How long it counted.
    compute: Duration,
}

impl Coordinator {
    pub(super) fn message(&mut self, now: Instant, worker: WorkerId, message: FromWorker) {
        let index = self.roster.find(worker);
        match (message, index) {
            (FromWorker::Tally { lease, tally, parts, compute_us }, index) => {
                let told = Told { tally, parts, compute: Duration::from_micros(compute_us) };
                self.result(now, index, LeaseId(lease), &told);
            }
            // What a worker said before it was terminated may arrive after.
            (_, None) => {}
            (FromWorker::Ready(announced), Some(index)) => self.ready(now, index, &announced),
            (FromWorker::Panicked { text }, Some(index)) => self.bury(now, index, Cause::Panicked(text)),
            (FromWorker::StartFailed { text }, Some(index)) => {
                self.bury(now, index, Cause::StartFailed(text));
            }
            (FromWorker::Rejected { text }, Some(index)) => self.bury(now, index, Cause::Rejected(text)),
            (FromWorker::Errored { text }, Some(index)) => self.bury(now, index, Cause::Errored(text)),
            (FromWorker::NoGpu { text }, Some(index)) => self.bury(now, index, Cause::NoGpu(text)),
            (FromWorker::Miscounted { text }, Some(index)) => self.bury(now, index, Cause::Miscounted(text)),
        }
    }

    pub(super) fn malformed(&mut self, now: Instant, worker: WorkerId, reason: String) {
        if let Some(index) = self.roster.find(worker) {
            self.bury(now, index, Cause::Malformed(reason));
        }
    }

    pub(super) fn failed(&mut self, now: Instant, worker: WorkerId, reason: String) {
        if let Some(index) = self.roster.find(worker) {
            let starting = matches!(self.roster[index].state, SlotState::Starting(_));
            let cause = if starting { Cause::StartFailed(reason) } else { Cause::Errored(reason) };
            self.bury(now, index, cause);
        }
    }

    fn ready(&mut self, now: Instant, index: SlotIndex, announced: &Announcement) {
        let SlotState::Starting(starting) = &self.roster[index].state else {
            return self.bury(now, index, Cause::ReadyTwice);
        };
        let accepted = match index.kind() {
            SlotKind::Processor => accept(announced, &self.build).map(|kernel| (Some(kernel), None)),
            SlotKind::Gpu => accept_gpu(announced, &self.build).map(|adapter| (None, Some(adapter))),
        };
        let (kernel, adapter) = match accepted {
            Ok(accepted) => accepted,
            Err(mismatch) => return self.bury(now, index, Cause::Mismatch(mismatch)),
        };
        let ready = Ready {
            worker: starting.worker,
            kernel,
            adapter,
            hand: Hand::Empty,
            pace: None,
            used: false,
            injected: starting.injected,
        };
        self.roster[index].state = SlotState::Ready(ready);
    }

    /// A result counts only for the head of the worker that reports it.
    fn result(&mut self, now: Instant, index: Option<SlotIndex>, id: LeaseId, told: &Told) {
        let Told { tally, ref parts, compute } = *told;
        let found = index.and_then(|index| {
            let ready = self.roster[index].ready()?;
            let head = ready.hand.head().filter(|head| head.lease.id == id)?;
            Some((index, ready.worker, *head, ready.hand.second().copied()))
        });
        let Some((index, worker, head, second)) = found else {
            self.run.stale_results = self.run.stale_results.saturating_add(1);
            return;
        };
        let kind = index.kind();
        let (concurrency, kernel) = (self.concurrency(kind), self.kernel(kind));
        let blocks = head.lease.blocks;
        let expected = blocks.points();
        if tally.points != expected || tally.inside > tally.points {
            return self.bury(now, index, Cause::ImpossibleTally { tally, expected });
        }

        // Not every worker's words have passed the parser.
        if let Err(error) = check_parts(tally, parts) {
            return self.bury(now, index, Cause::Malformed(error.to_string()));
        }

        self.count(
            now,
            Counted { lease: id, slot: index, worker, blocks, tally, parts: Rc::default() },
            parts,
        );

        // A result may have waited for the page together with its predecessor: then the worker knows better.
        let waited = now - head.deadline.since;
        let time = waited.max(compute.min(now - head.lease.posted));
        let measured_concurrency = concurrency.min(head.concurrency);
        let slot = &mut self.roster[index];
        slot.points += tally.points;
        slot.rate.record(now, slot.points);
        slot.timeline.result(now, compute);
        slot.backoff = super::Backoff::default();
        if let Some(death) = slot.last_death.take() {
            self.log.recovered(death, now);
        }
        let SlotState::Ready(ready) = &mut slot.state else { return };
        // A batch that was posted before the kernel changed says nothing about the pace, nor does one that does not fill the GPU.
        if head.lease.kernel == kernel && !(kind == SlotKind::Gpu && head.lease.is_cut) {
            let pace = match ready.pace {
                Some(pace) => pace.after(blocks.blocks(), time, measured_concurrency),
                None => Pace::first(blocks.blocks(), time, measured_concurrency),
            };
            ready.pace = Some(pace);
            slot.pace = Some(pace);
            self.paces[kind as usize] = Some(pace);
        }
        ready.hand = match second {
            None => Hand::Empty,
            Some(lease) => {
                let allowance = lease_allowance(lease.blocks.points(), ready.pace, concurrency, 1);
                Hand::One(Head { lease, deadline: Deadline::new(now, allowance), concurrency })
            }
        };
        if self.run.phase != Phase::Running || !self.roster.is_wanted(index) {
            self.vacate(index);
        }
    }

    /// Counts a batch.
    fn count(&mut self, now: Instant, counted: Counted, parts: &[u64]) {
        let Counted { slot, blocks, tally, .. } = counted;
        if slot == SlotIndex::GPU {
            self.run.note_gpu(tally.points);
        }
        self.run.ledger.finish(blocks);
        self.run.suspects.acquit(blocks);
        self.run.tally += tally;
        self.run.trace.record(self.run.tally);
        self.run.rate.record(now, self.run.tally.points);
        self.run.sample.offer(counted, parts);
        self.run.latest_block = Some(blocks.end() - 1);
    }

    /// Ends the worker in a slot; its leases are to do again.
    pub(super) fn vacate(&mut self, index: SlotIndex) {
        if let Some(vacated) = self.take_out(index) {
            self.requeue(vacated.hand);
        }
    }

    fn requeue(&mut self, hand: Hand) {
        for lease in hand.leases() {
            self.run.ledger.requeue(lease.blocks);
        }
    }

    /// Ends the worker in a slot; what it held is still in flight.
    fn take_out(&mut self, index: SlotIndex) -> Option<Vacated> {
        let (worker, hand, injected) = match std::mem::take(&mut self.roster[index].state) {
            SlotState::Starting(starting) => (starting.worker, Hand::Empty, starting.injected),
            SlotState::Ready(ready) => (ready.worker, ready.hand, ready.injected),
            SlotState::Empty | SlotState::Waiting { .. } | SlotState::GivenUp(_) => return None,
        };
        self.commands.push(Command::Terminate { worker });
        Some(Vacated { worker, hand, injected })
    }

    /// Ends a worker that is beyond help, and decides what follows.
    fn bury(&mut self, now: Instant, index: SlotIndex, cause: Cause) {
        let Some(Vacated { worker, hand, injected }) = self.take_out(index) else { return };
        let head = hand.head().map(|head| head.lease);
        let chaos = head.is_some_and(|lease| lease.chaos > Probability::NEVER)
            && matches!(cause, Cause::Panicked(_) | Cause::Errored(_));
        let asked_for = injected || chaos;
        let is_wanted = self.roster.is_wanted(index);
        let is_replaced = self.config.after_death == AfterDeath::Replace;
        let requeued_blocks = if is_wanted && !is_replaced {
            for lease in hand.leases() {
                self.run.ledger.miss(lease.blocks);
            }
            0
        } else {
            self.requeue(hand);
            hand.leases().map(|lease| lease.blocks.blocks()).sum()
        };
        let number = self.log.write(Entry {
            number: 0,
            at: now,
            slot: Some(index),
            worker: Some(worker),
            what: LogEvent::Died(cause.clone()),
            lease: head.map(|lease| lease.id),
            requeued_blocks,
            recovered_after: None,
        });

        if index == SlotIndex::GPU && matches!(cause, Cause::Miscounted(_)) {
            self.doubt(now);
        }
        if is_wanted {
            let slot = &mut self.roster[index];
            slot.last_death = Some(number);
            if matches!(cause, Cause::LeaseExpired { .. }) && !asked_for {
                slot.backoff.lease_expired();
            }
            let verdict = slot.backoff.death(cause.weight(asked_for), index.kind());
            match if is_replaced { verdict } else { Verdict::GiveUp } {
                Verdict::Replace(wait) => {
                    slot.restarts += 1;
                    self.run.restarts = self.run.restarts.saturating_add(1);
                    slot.state = SlotState::Waiting { until: now + wait };
                }
                Verdict::GiveUp => {
                    slot.state = SlotState::GivenUp(cause.clone());
                    let what = if is_replaced { LogEvent::GivenUp } else { LogEvent::NotReplaced };
                    // Why no GPU counts is said already.
                    if !(is_replaced && cause.is_of_gpu()) {
                        let entry = Entry::of_run(now, what);
                        self.log.write(Entry { slot: Some(index), ..entry });
                    }
                }
            }
        }

        // A lost GPU says nothing against what it was counting.
        if let Some(lease) = head.filter(|_| !asked_for && index.kind() == SlotKind::Processor)
            && let Some(blocks) = self.run.suspects.accuse(lease.blocks)
        {
            let seed = self.config.seed;
            self.fail(now, Failure::Lethal { seed, blocks, last: cause });
        }
    }

    /// Ends the workers that missed their deadlines.
    pub(super) fn judge(&mut self, now: Instant) {
        if self.frozen.is_some() {
            return;
        }
        for index in self.roster.indices() {
            let waited = |deadline: &mut Deadline| deadline.judge(now).then(|| now - deadline.since);
            let cause = match &mut self.roster[index].state {
                SlotState::Starting(starting) => {
                    waited(&mut starting.deadline).map(|waited| Cause::NeverReady { waited })
                }
                SlotState::Ready(ready) => ready
                    .hand
                    .head_mut()
                    .and_then(|head| waited(&mut head.deadline).map(|waited| Cause::LeaseExpired { waited })),
                SlotState::Empty | SlotState::Waiting { .. } | SlotState::GivenUp(_) => None,
            };
            if let Some(cause) = cause {
                self.bury(now, index, cause);
            }
        }
    }

    /// Brings phase, slots and leases in line with what has just happened.
    pub(super) fn settle(&mut self, now: Instant) {
        self.roster.trim();
        if let Phase::Pausing { until } = self.run.phase {
            let busy = self.roster.all().iter().filter_map(|slot| slot.ready()?.hand.head()).count();
            if busy == 0 || until <= now {
                self.cut_off(now);
            }
        }
        let counting = matches!(self.run.phase, Phase::Running | Phase::Paused);
        if counting && self.run.ledger.is_complete() {
            self.run.enter(now, Phase::Finished);
            self.note(now, LogEvent::Finished);
        }
        if self.run.phase == Phase::Finished {
            if !self.keeps_workers {
                self.dismiss();
            }
        } else {
            self.give_up_if_nothing_lives(now);
            self.spawn_due(now);
        }
        if self.run.phase == Phase::Running {
            self.dispatch(now);
        }
        for slot in self.roster.all_mut() {
            slot.show(now);
        }
        self.roster.trim();
    }

    /// Fails the run if every slot is given up.
    fn give_up_if_nothing_lives(&mut self, now: Instant) {
        let mut last = None;
        for slot in self.roster.wanted() {
            let SlotState::GivenUp(cause) = &slot.state else { return };
            // A mismatch says best what helps.
            if last.is_none_or(|_| cause.is_mismatch()) {
                last = Some(cause);
            }
        }
        if let Some(last) = last.cloned() {
            self.fail(
                now,
                match self.config.after_death {
                    AfterDeath::Replace => Failure::NoWorkers { last },
                    AfterDeath::GoOn => Failure::NoneLeft { last },
                },
            );
        }
    }

    /// Makes the workers that are due.
    fn spawn_due(&mut self, now: Instant) {
        if !self.opened || matches!(self.run.phase, Phase::Failed { .. }) {
            return;
        }
        let slots = self.config.workers.get();
        for slot in self.roster.wanted_mut() {
            let due = match slot.state {
                SlotState::Empty => true,
                SlotState::Waiting { until } => until <= now,
                SlotState::Starting(_) | SlotState::Ready(_) | SlotState::GivenUp(_) => false,
            };
            if due {
                let worker = WorkerId(self.next_worker);
                self.next_worker += 1;
                let deadline = Deadline::new(now, ready_allowance(slot.index.kind(), slots));
                slot.state = SlotState::Starting(Starting { worker, deadline, injected: false });
                // It is there to count what is missing, too.
                self.run.ledger.find();
                self.commands.push(Command::Spawn { worker, slot: slot.index });
            }
        }
    }

    /// Hands out the lowest blocks to do: first to workers that hold nothing, then as second leases.
    fn dispatch(&mut self, now: Instant) {
        let chaos = self.config.chaos.probability();
        let kinds =
            [SlotKind::Processor, SlotKind::Gpu].map(|kind| (self.concurrency(kind), self.kernel(kind)));
        for second in [false, true] {
            for slot in self.roster.wanted_mut() {
                if self.run.ledger.is_exhausted() {
                    return;
                }
                let SlotState::Ready(ready) = &mut slot.state else { continue };
                let fits =
                    if second { matches!(ready.hand, Hand::One(_)) } else { ready.hand == Hand::Empty };
                if !fits {
                    continue;
                }
                let kind = slot.index.kind();
                let (concurrency, kernel) = kinds[kind as usize];
                let size = next_batch(self.config.batch, kind, slot.pace.or(self.paces[kind as usize]));
                let Some(blocks) = self.run.ledger.take(size) else { return };
                let id = LeaseId(self.next_lease);
                self.next_lease += 1;
                let is_cut = blocks.blocks() < size;
                let lease = Lease { id, blocks, is_cut, posted: now, chaos, kernel };
                ready.used = true;
                ready.hand = if let Hand::One(head) = ready.hand {
                    Hand::Two(head, lease)
                } else {
                    let patience = slot.backoff.patience();
                    let allowance = lease_allowance(blocks.points(), ready.pace, concurrency, patience);
                    Hand::One(Head { lease, deadline: Deadline::new(now, allowance), concurrency })
                };
                self.commands.push(Command::Post {
                    worker: ready.worker,
                    message: ToWorker::Compute { lease: id.0, seed: self.config.seed, blocks, kernel, chaos },
                });
            }
        }
    }
}
