//! What an executor does, without its GPU: first the self-check, then batches in their order.
//!
//! The caller gives the GPU each chunk that [`Executor::next`] returns, until that is none, and passes their counts to
//! [`Executor::counted`] in the same order. Time is passed in. Two chunks are at the GPU, so that it is never idle while counts are
//! read; the second may be of the next batch.

use std::collections::VecDeque;
use std::time::Duration;

use super::check::{BatchCount, Counted, Miscount, check, self_check};
use super::plan::Planner;
use super::{Job, Slice};
use crate::tally::{BlockRange, Seed};

/// Chunks at the GPU.
const IN_FLIGHT: usize = 2;

/// A chunk for the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    job: Job,
    steps: u32,
    /// How many blocks its buffers are to have room for. There are few such numbers, so that buffers can be used again.
    pub room: u32,
}

impl Chunk {
    /// Its blocks: at least 1.
    pub fn blocks(self) -> u32 {
        self.job.blocks
    }

    /// All of it, in one slice.
    pub fn job(self) -> Job {
        self.job
    }

    /// The slices in which it is counted, in their order.
    pub fn slices(self) -> impl Iterator<Item = Slice> {
        Slice::all(self.steps)
    }

    /// Its dispatches in their order, each to be submitted by itself.
    pub fn jobs(self) -> impl Iterator<Item = Job> {
        self.slices().map(move |slice| Job { slice, ..self.job })
    }
}

/// What came of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// There is more to count.
    Nothing,
    /// The GPU counts right: batches may be given.
    Ready,
    /// A batch is counted: the one that was given first of those that are not.
    Done(Done),
}

/// A batch that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Of the batch.
    pub lease: u64,
    /// What was counted.
    pub counted: Counted,
    /// How long it kept the GPU.
    pub took: Duration,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Executor {
    planner: Planner,
    /// Steps of the longest dispatch.
    most_steps: u32,
    /// Jobs of the self-check that were not yet given, and their steps.
    checks: VecDeque<(Job, u32)>,
    /// Batches that are not counted.
    waiting: VecDeque<Batch>,
    flights: VecDeque<Flight>,
    /// When the last chunk was done.
    done: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Batch {
    lease: u64,
    seed: Seed,
    count: BatchCount,
    /// The blocks that were not yet given to the GPU.
    rest: Option<BlockRange>,
    took: Duration,
}

/// At the GPU.
#[derive(Clone, Debug)]
struct Flight {
    job: Job,
    is_check: bool,
    given: Duration,
}

impl Executor {
    /// Of a GPU that has not counted yet. No dispatch makes more than `most_steps` steps of a block: [`Slice::END`], unless a
    /// test wants it otherwise.
    pub fn new(planner: Planner, most_steps: u32) -> Self {
        let (waiting, flights) = (VecDeque::new(), VecDeque::new());
        Self { planner, most_steps, checks: self_check().into(), waiting, flights, done: None }
    }

    /// Has a batch counted behind the others; `random`, any number, says which of its blocks is counted again.
    pub fn give(&mut self, lease: u64, seed: Seed, blocks: BlockRange, random: u64) {
        let count = BatchCount::new(seed, blocks, random);
        self.waiting.push_back(Batch { lease, seed, count, rest: Some(blocks), took: Duration::ZERO });
    }

    /// Whether all batches that were given are counted.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What the GPU is given now; none if it has enough, or there is nothing.
    pub fn next(&mut self, now: Duration) -> Option<Chunk> {
        if self.flights.len() >= IN_FLIGHT {
            return None;
        }
        let (is_check, job, steps) = match self.checks.pop_front() {
            Some((job, steps)) => (true, job, steps),
            None if self.flights.iter().any(|flight| flight.is_check) => return None,
            None => {
                let (job, steps) = self.next_of_batch()?;
                (false, job, steps)
            }
        };
        self.flights.push_back(Flight { job, is_check, given: now });
        Some(Chunk { job, steps: steps.min(self.most_steps), room: self.planner.room(job.blocks) })
    }

    fn next_of_batch(&mut self) -> Option<(Job, u32)> {
        let (blocks, batch) = self.waiting.iter_mut().find_map(|batch| Some((batch.rest?, batch)))?;
        let (chunk, rest) = self.planner.next(blocks);
        batch.rest = rest;
        Some((Job::new(batch.seed, chunk.first, chunk.blocks, Slice::WHOLE), chunk.steps))
    }

    /// Takes the counts of the chunk that was given first of those at the GPU.
    ///
    /// # Errors
    /// The block that was counted wrongly: the GPU is not to be used any more.
    pub fn counted(&mut self, now: Duration, mut counts: Vec<u32>) -> Result<Told, Miscount> {
        let Some(Flight { job, is_check, given }) = self.flights.pop_front() else {
            return Ok(Told::Nothing);
        };
        // It waited for the one before.
        let begun = self.done.map_or(given, |done| done.max(given));
        let took = now.saturating_sub(begun);
        self.done = Some(now);
        // What is missing is no count that a block can have.
        counts.resize(job.blocks as usize, u32::MAX);
        if is_check {
            check(job, &counts)?;
            let is_over = self.checks.is_empty() && self.flights.is_empty();
            return Ok(if is_over { Told::Ready } else { Told::Nothing });
        }
        self.planner.measured(job.blocks, took);
        let Some(batch) = self.waiting.front_mut() else { return Ok(Told::Nothing) };
        batch.count.add(&counts);
        batch.took += took;
        if !batch.count.is_whole() {
            return Ok(Told::Nothing);
        }
        let Some(Batch { lease, count, took, .. }) = self.waiting.pop_front() else {
            return Ok(Told::Nothing);
        };
        Ok(Told::Done(Done { lease, counted: count.counted()?, took }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::plan::DISPATCH;
    use crate::kernel;
    use crate::protocol::check_parts;

    /// A GPU that counts a chunk in a millisecond, and those at it one after another.
    struct Gpu {
        executor: Executor,
        asked: VecDeque<Chunk>,
        now: Duration,
        given: Vec<Chunk>,
        /// Changes what it counts.
        spoil: fn(&Chunk, &mut Vec<u32>),
    }

    impl Gpu {
        fn new(spoil: fn(&Chunk, &mut Vec<u32>)) -> Self {
            Self::with(Slice::END, spoil)
        }

        fn with(most_steps: u32, spoil: fn(&Chunk, &mut Vec<u32>)) -> Self {
            let executor = Executor::new(Planner::new(128 << 20, DISPATCH), most_steps);
            Self { executor, asked: VecDeque::new(), now: Duration::ZERO, given: Vec::new(), spoil }
        }

        /// As far as it goes without anything new.
        fn run(&mut self) -> Result<Vec<Told>, Miscount> {
            let mut told = Vec::new();
            loop {
                while let Some(chunk) = self.executor.next(self.now) {
                    self.asked.push_back(chunk);
                    self.given.push(chunk);
                    assert!(self.asked.len() <= 2);
                }
                let Some(chunk) = self.asked.pop_front() else { return Ok(told) };
                self.now += Duration::from_millis(1);
                let blocks = chunk.job.first..chunk.job.first + u64::from(chunk.blocks());
                let inside =
                    |block| kernel::tally(chunk.job.seed, BlockRange::new(block, block + 1).unwrap()).inside;
                let mut counts = blocks.map(|block| u32::try_from(inside(block)).unwrap()).collect();
                (self.spoil)(&chunk, &mut counts);
                told.push(self.executor.counted(self.now, counts)?);
            }
        }

        fn done(&mut self) -> Vec<Done> {
            let done = |told| if let Told::Done(done) = told { Some(done) } else { None };
            self.run().unwrap().into_iter().filter_map(done).collect()
        }
    }

    fn blocks(first: u64, blocks: u64) -> BlockRange {
        BlockRange::new(first, first + blocks).unwrap()
    }

    #[test]
    fn a_gpu_is_ready_once_it_has_counted_the_self_check_and_does_nothing_else_before() {
        let mut gpu = Gpu::new(|_, _| {});
        gpu.executor.give(1, Seed(5), blocks(0, 1), 0);
        let told = gpu.run().unwrap();
        assert_eq!(told[..7], [const { Told::Nothing }; 7]);
        assert_eq!(told[7], Told::Ready);
        assert!(matches!(told[8..], [Told::Done(_)]), "{told:?}");
        let jobs = gpu.given.iter().map(|chunk| Job { slice: Slice::WHOLE, ..chunk.job });
        assert_eq!(jobs.take(8).collect::<Vec<_>>(), self_check().map(|(job, _)| job));
        // In the slices that belong to it.
        for (chunk, (_, steps)) in gpu.given.iter().zip(self_check()) {
            assert_eq!(chunk.jobs().count(), Slice::all(steps).count());
        }
    }

    #[test]
    fn one_wrong_or_missing_count_of_the_self_check_ends_it() {
        let wrong: [fn(&Chunk, &mut Vec<u32>); 3] = [
            |chunk, counts| counts[3] += u32::from(chunk.job.seed == Seed(2_026)),
            |chunk, counts| counts.truncate(if chunk.job.seed == Seed(42) { 7 } else { 8 }),
            |_, counts| counts.swap(0, 1),
        ];
        for spoil in wrong {
            assert!(Gpu::new(spoil).run().is_err());
        }
    }

    #[test]
    fn batches_are_answered_in_their_order_with_their_own_tallies() {
        let mut gpu = Gpu::new(|_, _| {});
        let given = [(7, 3, 0, 5_000), (8, 4, 99, 1), (2, 3, 5_000, 64), (9, u64::MAX, u64::MAX - 300, 300)];
        for (lease, seed, first, number) in given {
            gpu.executor.give(lease, Seed(seed), blocks(first, number), 1_000_003 * lease);
        }
        let done = gpu.done();
        assert_eq!(done.len(), given.len());
        for (Done { lease, counted, took }, (given, seed, first, number)) in done.into_iter().zip(given) {
            assert_eq!((lease, counted.tally), (given, kernel::tally(Seed(seed), blocks(first, number))));
            assert_eq!(counted.parts.len() as u64, number.min(100));
            assert_eq!(check_parts(counted.tally, &counted.parts), Ok(()));
            assert!(took >= Duration::from_millis(1));
        }
        // The first one was long.
        assert!(gpu.given.iter().skip(8).filter(|chunk| chunk.job.seed == Seed(3)).count() > 2);
        assert!(gpu.done().is_empty());
    }

    /// Time that a chunk spent behind another is the other's; time without work is nobody's.
    #[test]
    fn a_batch_took_what_its_chunks_kept_the_gpu() {
        let mut gpu = Gpu::new(|_, _| {});
        gpu.run().unwrap();
        for lease in 0..2 {
            gpu.executor.give(lease, Seed(1), blocks(0, 64), 0);
        }
        gpu.now += Duration::from_secs(9);
        let took: Vec<_> = gpu.done().into_iter().map(|done| done.took).collect();
        assert_eq!(took, [Duration::from_millis(1); 2]);
    }

    #[test]
    fn a_wrong_block_that_is_counted_again_ends_it_before_its_batch_counts() {
        // Not that of the self-check.
        let spoil: fn(&Chunk, &mut Vec<u32>) = |chunk, counts| {
            if chunk.job.seed == Seed(5) {
                counts[20] += 1;
            }
        };
        let count = |random| {
            let mut gpu = Gpu::new(spoil);
            gpu.executor.give(1, Seed(5), blocks(100, 50), random);
            gpu.run()
        };
        let miscount = count(20).unwrap_err();
        assert_eq!((miscount.seed, miscount.block, miscount.counted), (Seed(5), 120, miscount.right + 1));
        assert!(count(21).is_ok(), "another block's is not looked at");
        // A block too few.
        let mut gpu =
            Gpu::new(|chunk, counts| counts.truncate(if chunk.job.seed == Seed(6) { 49 } else { 99 }));
        gpu.executor.give(1, Seed(6), blocks(100, 50), 0);
        assert_eq!(gpu.run().unwrap_err().block, 149);
    }

    #[test]
    fn a_test_may_have_short_slices() {
        let mut gpu = Gpu::with(100, |_, _| {});
        gpu.executor.give(1, Seed(5), blocks(0, 64), 0);
        gpu.run().unwrap();
        for chunk in gpu.given {
            assert!(chunk.jobs().all(|job| job.slice.steps() <= 100));
            assert!(chunk.jobs().all(|job| Job { slice: Slice::WHOLE, ..job } == chunk.job));
        }
    }

    #[test]
    fn rooms_are_few_and_large_enough() {
        let planner = Planner::new(128 << 20, DISPATCH);
        for (blocks, room) in
            [(1, 64), (64, 64), (65, 128), (1_025, 2_048), (200_000, 1 << 18), (1 << 18, 1 << 18)]
        {
            assert_eq!(planner.room(blocks), room);
        }
        // Buffers that are no longer than that.
        assert_eq!(Planner::new(400 * 368, DISPATCH).room(300), 400);
        assert_eq!(Planner::new(1, DISPATCH).room(1), 1);
    }

    #[test]
    fn counts_that_nobody_waits_for_change_nothing() {
        let mut executor = Executor::new(Planner::new(128 << 20, DISPATCH), Slice::END);
        assert_eq!(executor.counted(Duration::ZERO, vec![1, 2]), Ok(Told::Nothing));
    }
}
