//! Batches, counted by a GPU one after another.
//!
//! Two chunks are at the GPU, so that it is never idle while their counts are read; the second may be of the next batch.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use dartboard_points::gpu::Job;
use dartboard_points::gpu::Slice;
use dartboard_points::gpu::check::{BatchCount, Counted, Miscount, check, self_check};
use dartboard_points::gpu::plan::{DISPATCH, Planner};
use dartboard_points::tally::{BlockRange, Seed};
use thiserror::Error;

use super::adapter::{Flight, Gpu, GpuError};

/// Chunks at the GPU.
const IN_FLIGHT: usize = 2;

/// Why no batch is counted any more.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum End {
    /// The GPU does not work.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// It counts wrongly.
    #[error(
        "the GPU {name} counted {} points inside of block {} of seed {}, where there are {}: its driver may be at fault; leave \
         --gpu out",
        .miscount.counted, .miscount.block, .miscount.seed, .miscount.right
    )]
    Miscount {
        /// The GPU's name.
        name: String,
        /// What it counted.
        miscount: Miscount,
    },
}

/// A batch that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) lease: u64,
    pub(crate) counted: Counted,
    /// How long it kept the GPU.
    pub(crate) took: Duration,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Batches {
    gpu: Gpu,
    planner: Planner,
    /// Those that are not counted, in their order.
    waiting: VecDeque<Batch>,
    flights: VecDeque<Chunk>,
    /// When the last chunk was done.
    done: Option<Instant>,
}

#[derive(Debug)]
struct Batch {
    lease: u64,
    seed: Seed,
    count: BatchCount,
    /// The blocks that were not yet given to the GPU.
    rest: Option<BlockRange>,
    took: Duration,
}

/// At the GPU.
#[derive(Debug)]
struct Chunk {
    flight: Flight,
    blocks: u32,
    submitted: Instant,
}

impl Batches {
    /// With the fastest GPU here, which has shown that it counts right; with `software`, also one that is a program.
    ///
    /// # Errors
    /// When there is none, or it counts wrongly.
    pub(crate) fn open(software: bool) -> Result<Self, End> {
        Self::with(Gpu::open(software)?)
    }

    pub(super) fn with(mut gpu: Gpu) -> Result<Self, End> {
        for (job, steps) in self_check() {
            let flight = gpu.submit(job, Slice::all(steps))?;
            let counts = gpu.finish(flight)?;
            let name = || gpu.name().to_owned();
            check(job, &counts).map_err(|miscount| End::Miscount { name: name(), miscount })?;
        }
        let planner = Planner::new(gpu.largest_buffer(), DISPATCH);
        Ok(Self { gpu, planner, waiting: VecDeque::new(), flights: VecDeque::new(), done: None })
    }

    /// What the GPU is called.
    pub(crate) fn name(&self) -> &str {
        self.gpu.name()
    }

    /// Whether there is nothing to count.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Lets a batch be counted behind the others.
    pub(crate) fn give(&mut self, lease: u64, seed: Seed, blocks: BlockRange) {
        // Each hasher of the standard library has a random key.
        let random = RandomState::new().hash_one(lease);
        let count = BatchCount::new(seed, blocks, random);
        self.waiting.push_back(Batch { lease, seed, count, rest: Some(blocks), took: Duration::ZERO });
    }

    /// Counts for a moment; the batch that is counted then, if one is.
    ///
    /// # Errors
    /// When the GPU fails, or counts wrongly: it is not to be used any more.
    pub(crate) fn advance(&mut self) -> Result<Option<Done>, End> {
        self.fill()?;
        let Some(Chunk { flight, blocks, submitted }) = self.flights.pop_front() else { return Ok(None) };
        let counts = self.gpu.finish(flight)?;
        let now = Instant::now();
        // It waited for the one before.
        let begun = self.done.map_or(submitted, |done| done.max(submitted));
        self.done = Some(now);
        self.planner.measured(blocks, now - begun);
        let Some(batch) = self.waiting.front_mut() else { return Ok(None) };
        batch.count.add(&counts);
        batch.took += now - begun;
        if !batch.count.is_whole() {
            return Ok(None);
        }
        // The GPU goes on meanwhile.
        let Some(Batch { lease, count, took, .. }) = self.waiting.pop_front() else { return Ok(None) };
        self.fill()?;
        let name = || self.gpu.name().to_owned();
        let counted = count.counted().map_err(|miscount| End::Miscount { name: name(), miscount })?;
        Ok(Some(Done { lease, counted, took }))
    }

    /// Gives the GPU as many chunks as may be there.
    fn fill(&mut self) -> Result<(), GpuError> {
        while self.flights.len() < IN_FLIGHT {
            let next = self.waiting.iter_mut().find_map(|batch| Some((batch.rest?, batch)));
            let Some((blocks, batch)) = next else { break };
            let (chunk, rest) = self.planner.next(blocks);
            batch.rest = rest;
            let job = Job::new(batch.seed, chunk.first, chunk.blocks, Slice::WHOLE);
            let submitted = Instant::now();
            let flight = self.gpu.submit(job, chunk.slices())?;
            self.flights.push_back(Chunk { flight, blocks: chunk.blocks, submitted });
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
