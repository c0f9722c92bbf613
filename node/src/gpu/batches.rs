//! Batches, counted by a GPU one after another. [`Executor`] decides what is counted when; this module has the chunks in flight and the clock.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use dartboard_points::gpu::Slice;
use dartboard_points::gpu::check::Miscount;
use dartboard_points::gpu::executor::{Done, Executor, Told};
use dartboard_points::gpu::plan::{DISPATCH, Planner};
use dartboard_points::tally::{BlockRange, Seed};
use thiserror::Error;

use super::adapter::{Flight, Gpu, GpuError};

/// Why no batch is counted any more.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum End {
    /// The GPU does not work.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// It counts wrongly.
    #[error("{miscount}: the driver of the GPU {name} may be at fault; leave --gpu out")]
    Miscount {
        /// The GPU's name.
        name: String,
        /// What it counted.
        miscount: Miscount,
    },
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Batches {
    gpu: Gpu,
    executor: Executor,
    /// Chunks at the GPU, in their order.
    flights: VecDeque<Flight>,
    begun: Instant,
}

impl Batches {
    /// With the fastest GPU here, which has shown that it counts right; with `software`, also one that is a program.
    ///
    /// # Errors
    /// When there is none, or it counts wrongly.
    pub(crate) fn open(software: bool) -> Result<Self, End> {
        Self::with(Gpu::open(software)?)
    }

    pub(super) fn with(gpu: Gpu) -> Result<Self, End> {
        let executor = Executor::new(Planner::new(gpu.largest_buffer(), DISPATCH), Slice::END);
        let mut batches = Self { gpu, executor, flights: VecDeque::new(), begun: Instant::now() };
        while batches.count()? != Told::Ready {}
        Ok(batches)
    }

    /// What the GPU is called.
    pub(crate) fn name(&self) -> &str {
        self.gpu.name()
    }

    /// Whether there is nothing to count.
    pub(crate) fn is_empty(&self) -> bool {
        self.executor.is_idle()
    }

    /// Lets a batch be counted behind the others.
    pub(crate) fn give(&mut self, lease: u64, seed: Seed, blocks: BlockRange) {
        // Each hasher of the standard library has a random key.
        let random = RandomState::new().hash_one(lease);
        self.executor.give(lease, seed, blocks, random);
    }

    /// Counts for a moment; the batch that is counted then, if one is.
    ///
    /// # Errors
    /// When the GPU fails, or counts wrongly: it is not to be used any more.
    pub(crate) fn advance(&mut self) -> Result<Option<Done>, End> {
        let Told::Done(done) = self.count()? else { return Ok(None) };
        // The GPU goes on meanwhile.
        self.fill()?;
        Ok(Some(done))
    }

    /// Waits for the next chunk, and tells what came of it.
    fn count(&mut self) -> Result<Told, End> {
        self.fill()?;
        let Some(flight) = self.flights.pop_front() else { return Ok(Told::Nothing) };
        let counts = self.gpu.finish(flight)?;
        let name = || self.gpu.name().to_owned();
        let told = self.executor.counted(self.begun.elapsed(), counts);
        told.map_err(|miscount| End::Miscount { name: name(), miscount })
    }

    /// Gives the GPU as many chunks as may be there.
    fn fill(&mut self) -> Result<(), GpuError> {
        while let Some(chunk) = self.executor.next(self.begun.elapsed()) {
            self.flights.push_back(self.gpu.submit(chunk.job(), chunk.slices())?);
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
