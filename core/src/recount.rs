//! Recounting a sample of a run's batches, to see whether its workers counted right.
//!
//! Batches are taken in random order. Both kernels recount a batch of at most [`WHOLE_BLOCKS`] whole; the fast kernel recounts
//! a longer one whole, and both recount [`SPOT_BLOCKS`] random blocks of it. If the worker reported the counts of a batch's
//! parts, as a GPU's does, only a random part is recounted. The fast kernel counts cell by cell; the reference has no
//! shortcut at all.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{FromWorker, Probability, ToWorker};
use dartboard_points::tally::{BlockRange, Seed, Tally};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::coordinator::counted::Counted;
use crate::supervision::{Heard, accept};
use crate::text::Grouped;

/// No further recount is begun after this time.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);
/// After this time the worker is no longer waited for, whether it is busy with its last recount or with starting.
pub const PATIENCE: Duration = TIME_LIMIT.saturating_add(Duration::from_secs(10));
/// The most blocks of a batch that both kernels recount whole.
pub const WHOLE_BLOCKS: u64 = 100;
/// How many blocks of a longer batch both kernels recount.
pub const SPOT_BLOCKS: usize = 10;
/// The most findings that are kept: one is too many.
const MAX_FINDINGS: usize = 20;

/// What a recount is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Against {
    /// The tally that counted in the run.
    Counted,
    /// What the other kernel has just counted of the same block.
    Other(Tally),
    /// Nothing yet: the other kernel's count follows.
    Nothing,
}

/// One recount that a worker is asked for.
#[derive(Clone, Copy, Debug)]
struct Recount {
    blocks: BlockRange,
    kernel: Kernel,
    against: Against,
}

/// What does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A batch counted another tally in the run than it has.
    WrongTally {
        /// The batch and what counted.
        counted: Counted,
        /// What was recounted.
        recounted: Tally,
    },
    /// The two kernels disagree about a block.
    KernelsDisagree {
        /// The block.
        blocks: BlockRange,
        /// What the fast kernel counts.
        fast: Tally,
        /// What the reference counts.
        reference: Tally,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongTally { counted, recounted } => write!(
                f,
                "lease {} (blocks {}, worker {}) counted {} points inside, but recounted it has {}",
                counted.lease.0,
                counted.blocks,
                counted.worker.0,
                Grouped(counted.tally.inside),
                Grouped(recounted.inside),
            ),
            Self::KernelsDisagree { blocks, fast, reference } => write!(
                f,
                "of the blocks {blocks} the fast kernel counts {} points inside, the reference {}",
                Grouped(fast.inside),
                Grouped(reference.inside),
            ),
        }
    }
}

/// Why a verification is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All of the sample is recounted.
    Complete,
    /// [`TIME_LIMIT`] has passed.
    TimeIsUp,
    /// The user ended it.
    Cancelled,
    /// The recounting worker failed, for this reason.
    Failed(String),
}

/// How far a verification has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Batches recounted.
    pub batches: usize,
    /// Of these, those of which one part was recounted.
    pub in_part: usize,
    /// Batches in the sample.
    pub sampled: usize,
    /// Batches that the sample was taken from.
    pub out_of: u64,
    /// Blocks recounted of these batches, all of them by the fast kernel.
    pub blocks: u64,
    /// Blocks that the reference recounted too.
    pub blocks_by_both: u64,
    /// What does not agree; the first few.
    pub findings: Vec<Finding>,
    /// Why it is over; none as long as it goes on.
    pub end: Option<End>,
}

impl Report {
    /// Whether `finding` is new and not one too many.
    fn has_room_for(&self, finding: &Finding) -> bool {
        self.findings.len() < MAX_FINDINGS && !self.findings.contains(finding)
    }
}

/// What a verification is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecountEvent {
    /// Something was heard of its worker.
    Heard(Heard),
    /// [`PATIENCE`] has passed since the beginning.
    PatienceOver,
    /// The user ends it.
    Cancelled,
}

/// What is to be done with the verification's worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecountCommand {
    /// Send it a message. If that fails, say [`Heard::Failed`].
    Post(ToWorker),
    /// End it: the verification is over.
    Terminate,
}

/// A verification by one worker, which was made for it: told events, it answers commands.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The page's own build id.
    build: String,
    seed: Seed,
    /// Still to be recounted.
    rest: Vec<Counted>,
    /// The one being recounted, and what is left to be asked of it; the first of these is out.
    current: Option<(Counted, VecDeque<Recount>)>,
    /// Number of the recount that is out.
    asked: u64,
    random: Xoshiro256PlusPlus,
    report: Report,
}

impl Verification {
    /// A verification of a `sample` out of `out_of` batches, of the run named by `seed`, for a page of build `build`;
    /// `random` decides the order.
    pub fn new(build: String, seed: Seed, out_of: u64, sample: Vec<Counted>, random: u64) -> Self {
        let report = Report {
            batches: 0,
            in_part: 0,
            sampled: sample.len(),
            out_of,
            blocks: 0,
            blocks_by_both: 0,
            findings: Vec::new(),
            end: None,
        };
        Self {
            build,
            seed,
            rest: sample,
            current: None,
            asked: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(random),
            report,
        }
    }

    /// How far it has come.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Takes an event, `elapsed` after the beginning, and says what is to be done. Once it is over nothing is.
    pub fn handle(&mut self, elapsed: Duration, event: RecountEvent) -> Option<RecountCommand> {
        if self.report.end.is_some() {
            return None;
        }
        let next = match event {
            RecountEvent::Heard(Heard::Said(message)) => self.hear(message, elapsed),
            RecountEvent::Heard(Heard::Malformed(reason) | Heard::Failed(reason)) => Err(End::Failed(reason)),
            RecountEvent::PatienceOver => Err(End::Failed("the worker does not answer".to_owned())),
            RecountEvent::Cancelled => Err(End::Cancelled),
        };
        match next {
            Ok(message) => message.map(RecountCommand::Post),
            Err(end) => {
                self.report.end = Some(end);
                Some(RecountCommand::Terminate)
            }
        }
    }

    /// What the worker is to do after what it has said, or why it is over.
    fn hear(&mut self, message: FromWorker, elapsed: Duration) -> Result<Option<ToWorker>, End> {
        match message {
            FromWorker::Ready(announced) => match accept(&announced, &self.build) {
                Ok(_) => self.next(elapsed),
                Err(mismatch) => Err(End::Failed(mismatch.to_string())),
            },
            FromWorker::Tally { lease, tally, .. } => self.result(lease, tally, elapsed),
            FromWorker::Panicked { text }
            | FromWorker::Errored { text }
            | FromWorker::StartFailed { text }
            | FromWorker::Rejected { text }
            | FromWorker::NoGpu { text }
            | FromWorker::Miscounted { text } => Err(End::Failed(text)),
        }
    }

    /// The next recount; none if a result is awaited.
    fn next(&mut self, elapsed: Duration) -> Result<Option<ToWorker>, End> {
        if self.current.is_some() {
            return Ok(None);
        }
        if self.rest.is_empty() {
            return Err(End::Complete);
        }
        if elapsed >= TIME_LIMIT {
            return Err(End::TimeIsUp);
        }
        let index = self.below(self.rest.len() as u64);
        let mut counted = self.rest.swap_remove(usize::try_from(index).unwrap_or_default());
        let part = self.below(counted.parts.len() as u64);
        if let Some(part) = counted.part(usize::try_from(part).unwrap_or_default()) {
            counted = part;
            self.report.in_part += 1;
        }
        let recounts = self.recounts(counted.blocks);
        self.current = Some((counted, recounts));
        Ok(self.ask())
    }

    /// Takes a result. One of anything but the recount that is out changes nothing.
    fn result(&mut self, lease: u64, tally: Tally, elapsed: Duration) -> Result<Option<ToWorker>, End> {
        let Some((counted, recounts)) = self.current.as_mut().filter(|_| lease == self.asked) else {
            return Ok(None);
        };
        let Some(recount) = recounts.pop_front() else { return Ok(None) };
        let blocks = counted.blocks.blocks();
        let finding = match recount.against {
            Against::Counted if tally != counted.tally => {
                Some(Finding::WrongTally { counted: counted.clone(), recounted: tally })
            }
            Against::Other(fast) if tally != fast => {
                Some(Finding::KernelsDisagree { blocks: recount.blocks, fast, reference: tally })
            }
            Against::Nothing => {
                // Now the other kernel counts the same block.
                if let Some(next) = recounts.front_mut() {
                    next.against = Against::Other(tally);
                }
                None
            }
            Against::Counted | Against::Other(_) => None,
        };
        let is_last = recounts.is_empty();
        if recount.kernel == Kernel::Reference {
            self.report.blocks_by_both += recount.blocks.blocks();
        }
        if let Some(finding) = finding.filter(|finding| self.report.has_room_for(finding)) {
            self.report.findings.push(finding);
        }
        if is_last {
            self.report.batches += 1;
            self.report.blocks += blocks;
            self.current = None;
            self.next(elapsed)
        } else {
            Ok(self.ask())
        }
    }

    /// The message that asks for the first of the recounts left of the batch at hand.
    fn ask(&mut self) -> Option<ToWorker> {
        let recount = *self.current.as_ref()?.1.front()?;
        self.asked += 1;
        Some(ToWorker::Compute {
            lease: self.asked,
            seed: self.seed,
            blocks: recount.blocks,
            kernel: Some(recount.kernel),
            chaos: Probability::NEVER,
        })
    }

    /// What is to be recounted of a batch.
    fn recounts(&mut self, batch: BlockRange) -> VecDeque<Recount> {
        let whole = |kernel| Recount { blocks: batch, kernel, against: Against::Counted };
        let mut recounts = VecDeque::from([whole(Kernel::Tree)]);
        if batch.blocks() <= WHOLE_BLOCKS {
            recounts.push_back(whole(Kernel::Reference));
            return recounts;
        }
        let mut spots: Vec<u64> = Vec::new();
        while spots.len() < SPOT_BLOCKS {
            let block = batch.first() + self.below(batch.blocks());
            if !spots.contains(&block) {
                spots.push(block);
            }
        }
        for blocks in spots.into_iter().filter_map(|block| BlockRange::new(block, block + 1).ok()) {
            for kernel in [Kernel::Tree, Kernel::Reference] {
                recounts.push_back(Recount { blocks, kernel, against: Against::Nothing });
            }
        }
        recounts
    }

    /// A random number below `end`, which is far below 2⁶⁴: the remainder is even enough.
    fn below(&mut self, end: u64) -> u64 {
        self.random.next_u64() % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use dartboard_points::kernel::{self, reference};
    use dartboard_points::protocol::Announcement;

    use super::*;
    use crate::coordinator::{LeaseId, SlotIndex, WorkerId};

    const SEED: Seed = Seed(7);
    const AT_ONCE: Duration = Duration::ZERO;
    const BUILD: &str = "build-1";

    /// A sample of `batches` batches of `blocks` blocks each, counted right but for that of the lease `wrong`.
    fn sample(batches: u64, blocks: u64, wrong: Option<u64>) -> Vec<Counted> {
        let batch = |lease| {
            let blocks = BlockRange::new(lease * blocks, (lease + 1) * blocks).unwrap();
            let mut tally = stand_in(blocks);
            if wrong == Some(lease) {
                tally.inside -= 1;
            }
            let (slot, worker) = (SlotIndex(1), WorkerId(9));
            Counted { lease: LeaseId(lease), slot, worker, blocks, tally, parts: Rc::default() }
        };
        (0..batches).map(batch).collect()
    }

    fn verification_of(sample: Vec<Counted>, random: u64) -> Verification {
        Verification::new(BUILD.to_owned(), SEED, sample.len() as u64, sample, random)
    }

    /// A tally of the kernel's contract that costs nothing.
    fn stand_in(blocks: BlockRange) -> Tally {
        Tally {
            points: blocks.points(),
            inside: (blocks.first()..blocks.end()).map(|block| 78_000 + block % 997).sum(),
        }
    }

    fn said(message: FromWorker) -> RecountEvent {
        RecountEvent::Heard(Heard::Said(message))
    }

    fn ready() -> RecountEvent {
        said(FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree)))
    }

    fn result(lease: u64, tally: Tally) -> RecountEvent {
        said(FromWorker::tally(lease, tally, 1))
    }

    /// Number and blocks of the recount that the worker is asked for.
    fn asked_for(command: Option<RecountCommand>) -> (u64, BlockRange) {
        match command {
            Some(RecountCommand::Post(ToWorker::Compute { lease, blocks, .. })) => (lease, blocks),
            other => panic!("{other:?}"),
        }
    }

    /// Lets `count` answer until it is over, and returns the recounts asked for.
    fn run(
        verification: &mut Verification,
        mut count: impl FnMut(BlockRange, Kernel) -> Tally,
    ) -> Vec<(BlockRange, Kernel)> {
        let mut asked = Vec::new();
        let mut command = verification.handle(AT_ONCE, ready());
        while let Some(RecountCommand::Post(message)) = command {
            let ToWorker::Compute { lease, seed, blocks, kernel, chaos } = message else {
                panic!("{message:?}")
            };
            let kernel = kernel.expect("a recount names its kernel");
            assert_eq!((seed, chaos), (SEED, Probability::NEVER));
            asked.push((blocks, kernel));
            command = verification.handle(AT_ONCE, result(lease, count(blocks, kernel)));
        }
        assert_eq!(command, Some(RecountCommand::Terminate));
        asked
    }

    #[test]
    fn a_short_run_is_recounted_whole_by_both_kernels_in_another_order() {
        let sample = sample(50, 3, None);
        let mut verification = verification_of(sample, 1);
        let asked = run(&mut verification, |blocks, _| stand_in(blocks));
        let whole = |kernel| -> Vec<u64> {
            asked.iter().filter(|asked| asked.1 == kernel).map(|asked| asked.0.first()).collect()
        };
        assert_eq!(whole(Kernel::Tree), whole(Kernel::Reference));
        let mut firsts = whole(Kernel::Tree);
        assert!(!firsts.is_sorted(), "{firsts:?}");
        firsts.sort_unstable();
        assert_eq!(firsts, Vec::from_iter((0..50).map(|lease| lease * 3)));
        let report = verification.report();
        assert_eq!((report.batches, report.sampled, report.out_of), (50, 50, 50));
        assert_eq!((report.blocks, report.blocks_by_both), (150, 150));
        assert_eq!((report.findings.as_slice(), &report.end), ([].as_slice(), &Some(End::Complete)));
    }

    #[test]
    fn a_wrong_tally_is_found_and_named() {
        for kernel_that_finds_it in [Kernel::Tree, Kernel::Reference] {
            let sample = sample(256, 1, Some(77));
            let mut verification = verification_of(sample, 2);
            run(&mut verification, |blocks, kernel| {
                let mut tally = stand_in(blocks);
                // The other kernel shares the mistake.
                if blocks.first() == 77 && kernel != kernel_that_finds_it {
                    tally.inside -= 1;
                }
                tally
            });
            let [finding] = verification.report().findings.as_slice() else { panic!("one finding") };
            assert_eq!(
                finding.to_string(),
                "lease 77 (blocks 77..78, worker 9) counted 78,076 points inside, but recounted it has 78,077"
            );
        }
    }

    #[test]
    fn no_more_findings_are_kept_than_anybody_reads() {
        let mut sample = sample(MAX_FINDINGS as u64 + 5, 1, None);
        for counted in &mut sample {
            counted.tally.inside -= 1;
        }
        let mut verification = verification_of(sample, 2);
        run(&mut verification, |blocks, _| stand_in(blocks));
        let report = verification.report();
        assert_eq!((report.findings.len(), report.batches), (MAX_FINDINGS, MAX_FINDINGS + 5));
    }

    #[test]
    fn a_tally_that_both_kernels_find_wrong_is_named_once() {
        let sample = sample(9, 1, Some(4));
        let mut verification = verification_of(sample, 2);
        run(&mut verification, |blocks, _| stand_in(blocks));
        assert_eq!(verification.report().findings.len(), 1);
    }

    #[test]
    fn long_batches_are_recounted_whole_by_the_fast_kernel_and_in_ten_blocks_by_both() {
        let sample = sample(4, 1_000, None);
        let mut verification = verification_of(sample, 3);
        let asked = run(&mut verification, |blocks, _| stand_in(blocks));
        assert_eq!(asked.len(), 4 * (1 + 2 * SPOT_BLOCKS));
        for batch in asked.chunks(1 + 2 * SPOT_BLOCKS) {
            assert_eq!((batch[0].0.blocks(), batch[0].1), (1_000, Kernel::Tree));
            let mut spots: Vec<u64> = batch[1..].iter().step_by(2).map(|spot| spot.0.first()).collect();
            assert!(spots.iter().all(|&block| (batch[0].0.first()..batch[0].0.end()).contains(&block)));
            spots.sort_unstable();
            spots.dedup();
            assert_eq!(spots.len(), SPOT_BLOCKS, "each another block");
            for pair in batch[1..].chunks(2) {
                assert_eq!(pair, [(pair[0].0, Kernel::Tree), (pair[0].0, Kernel::Reference)]);
            }
        }
        let report = verification.report();
        assert_eq!((report.batches, report.blocks, report.blocks_by_both), (4, 4_000, 40));
        assert_eq!(report.findings, [], "kernels that agree");
    }

    /// A batch of so many blocks, in so many parts, of which one was told with a point too many.
    fn in_parts(blocks: u64, of: u32, wrong: Option<u32>) -> Counted {
        let mut batch = sample(1, blocks, None).remove(0);
        let part =
            |index| stand_in(batch.blocks.part(index, of).unwrap()).inside + u64::from(wrong == Some(index));
        batch.parts = (0..of).map(part).collect();
        batch.tally.inside = batch.parts.iter().sum();
        batch
    }

    // Fails with: a GPU's batch that takes the processor as long as a whole run, or a part compared with another part's count.
    #[test]
    fn of_a_batch_in_parts_one_is_recounted_as_a_batch_is() {
        let mut firsts = Vec::new();
        for random in 0..40 {
            let mut verification = verification_of(vec![in_parts(1_000_003, 100, None)], random);
            let asked = run(&mut verification, |blocks, _| stand_in(blocks));
            assert_eq!(asked.len(), 1 + 2 * SPOT_BLOCKS);
            let part = asked[0].0;
            assert!((10_000..=10_001).contains(&part.blocks()));
            assert!(
                asked.iter().all(|(blocks, _)| part.first() <= blocks.first() && blocks.end() <= part.end())
            );
            let report = verification.report();
            assert_eq!((report.batches, report.in_part, report.findings.len()), (1, 1, 0));
            assert_eq!((report.blocks, report.blocks_by_both), (part.blocks(), 10));
            firsts.push(part.first());
        }
        firsts.sort_unstable();
        firsts.dedup();
        assert!(firsts.len() > 20, "parts by chance: {firsts:?}");
        // A short part is recounted whole by both kernels.
        let mut verification = verification_of(vec![in_parts(400, 4, None)], 1);
        let asked = run(&mut verification, |blocks, _| stand_in(blocks));
        assert_eq!(asked.len(), 2);
        assert_eq!(verification.report().blocks_by_both, 100);
    }

    #[test]
    fn a_wrong_count_of_the_part_at_hand_is_found_and_named() {
        let found = (0..20).filter(|&random| {
            let mut verification = verification_of(vec![in_parts(400, 4, Some(2))], random);
            run(&mut verification, |blocks, _| stand_in(blocks));
            let said = verification.report().findings.first().map(ToString::to_string);
            assert!(
                said.as_ref().is_none_or(|said| said.starts_with("lease 0 (blocks 200..300, worker 9) "))
            );
            said.is_some()
        });
        assert!((1..=12).contains(&found.count()), "one part in four");
    }

    #[test]
    fn kernels_that_disagree_are_found_out() {
        let sample = sample(1, 101, None);
        let mut verification = verification_of(sample, 4);
        run(&mut verification, |blocks, kernel| {
            let mut tally = stand_in(blocks);
            tally.inside += u64::from(kernel == Kernel::Reference && blocks.blocks() == 1);
            tally
        });
        let report = verification.report();
        assert_eq!(report.findings.len(), SPOT_BLOCKS);
        assert!(report.findings[0].to_string().contains("the fast kernel counts 78,"));
    }

    #[test]
    fn the_time_is_bounded_and_what_was_done_is_said() {
        let sample = sample(10, 1, None);
        let mut verification = verification_of(sample, 5);
        let (lease, blocks) = asked_for(verification.handle(AT_ONCE, ready()));
        // A batch that is begun is ended.
        let (lease, _) = asked_for(verification.handle(TIME_LIMIT, result(lease, stand_in(blocks))));
        let command = verification.handle(TIME_LIMIT, result(lease, stand_in(blocks)));
        assert_eq!(command, Some(RecountCommand::Terminate));
        let report = verification.report();
        assert_eq!((report.batches, &report.end), (1, &Some(End::TimeIsUp)));
    }

    #[test]
    fn foreign_and_late_results_change_nothing() {
        let sample = sample(2, 1, None);
        let mut verification = verification_of(sample, 6);
        let (first, _) = asked_for(verification.handle(AT_ONCE, ready()));
        assert_eq!(verification.handle(AT_ONCE, ready()), None, "one at a time");
        assert_eq!(verification.handle(AT_ONCE, result(9, Tally::default())), None);
        verification.handle(AT_ONCE, RecountEvent::Cancelled);
        assert_eq!(verification.handle(AT_ONCE, RecountEvent::PatienceOver), None);
        assert_eq!(verification.handle(AT_ONCE, result(first, Tally::default())), None);
        let report = verification.report();
        assert_eq!((report.batches, report.findings.len(), &report.end), (0, 0, &Some(End::Cancelled)));
    }

    // Fails with: a worker that is kept although nobody waits for it; an end whose reason changes afterwards.
    #[test]
    fn whatever_ends_it_ends_its_worker() {
        let text = || "unreachable".to_owned();
        let failed = |text: &str| End::Failed(text.to_owned());
        let older = Announcement::new("old", Kernel::Tree);
        for (event, end) in [
            (RecountEvent::Cancelled, End::Cancelled),
            (RecountEvent::PatienceOver, failed("the worker does not answer")),
            (RecountEvent::Heard(Heard::Failed(text())), failed("unreachable")),
            (RecountEvent::Heard(Heard::Malformed(text())), failed("unreachable")),
            (said(FromWorker::Panicked { text: text() }), failed("unreachable")),
            (said(FromWorker::StartFailed { text: text() }), failed("unreachable")),
            (said(FromWorker::Rejected { text: text() }), failed("unreachable")),
            (
                said(FromWorker::Ready(older)),
                failed("the worker is of build “old” and the page of build “build-1”; reload the page"),
            ),
        ] {
            let mut verification = verification_of(sample(2, 1, None), 9);
            asked_for(verification.handle(AT_ONCE, ready()));
            assert_eq!(verification.handle(AT_ONCE, event.clone()), Some(RecountCommand::Terminate));
            assert_eq!(verification.report().end, Some(end.clone()));
            assert_eq!(verification.handle(AT_ONCE, ready()), None);
            assert_eq!(verification.handle(AT_ONCE, event), None, "it is ended once");
            assert_eq!(verification.report().end, Some(end));
        }
    }

    #[test]
    fn the_real_kernels_agree_about_a_real_run() {
        let blocks = BlockRange::new(0, 2).unwrap();
        let tally = kernel::tally(SEED, blocks);
        let (lease, slot, worker) = (LeaseId(0), SlotIndex(0), WorkerId(0));
        let sample = vec![Counted { lease, slot, worker, blocks, tally, parts: Rc::default() }];
        let mut verification = verification_of(sample, 8);
        run(&mut verification, |blocks, kernel| match kernel {
            Kernel::Reference => reference::tally(SEED, blocks),
            _ => kernel::tally(SEED, blocks),
        });
        assert_eq!((verification.report().findings.len(), verification.report().blocks_by_both), (0, 2));
    }
}
