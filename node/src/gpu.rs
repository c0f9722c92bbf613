//! A GPU that counts beside the processor's threads, or instead of them: the options that ask for one, and what a crew knows about it.
//!
//! - `adapter`: a GPU and its driver;
//! - `batches`: batches that it counts, and the processor checks;
//! - `worker`: the worker of a crew that counts on it.
//!
//! These are there only in a program that was built with the feature `gpu`.

use clap::{Args, ValueEnum};
use dartboard_core::run::config;
use thiserror::Error;

#[cfg(feature = "gpu")]
mod adapter;
#[cfg(feature = "gpu")]
mod batches;
#[cfg(feature = "gpu")]
pub(crate) mod worker;

/// Whether a GPU counts: options of the commands that count.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct GpuOptions {
    /// Count on the fastest GPU too; --gpu=only: on that alone. The result is the same
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "beside")]
    gpu: Option<How>,
    /// Take a GPU that is only a program on the processor: slow, for tests
    #[arg(long, requires = "gpu")]
    gpu_software: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum How {
    /// Beside the processor's threads
    Beside,
    /// Instead of them
    Only,
}

/// Why no GPU counts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GpuProblem {
    /// This program cannot.
    #[error(
        "this program was built without what --gpu needs; to build one with it: cargo build --profile native -p \
         dartboard-node --features gpu"
    )]
    NotBuilt,
    /// There is none that counts, and this is why.
    #[error("{0}")]
    Unusable(String),
}

impl GpuOptions {
    /// The GPU that is asked for, which has shown that it counts right; none if none is asked for.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(crate) fn open(self) -> Result<Option<Gpu>, GpuProblem> {
        match self.gpu {
            None => Ok(None),
            Some(How::Beside) => Gpu::open(config::Gpu::Beside, self.gpu_software).map(Some),
            Some(How::Only) => Gpu::open(config::Gpu::Alone, self.gpu_software).map(Some),
        }
    }
}

/// A GPU for a crew: the one that was opened, for its first worker there; each later worker opens it again.
#[derive(Debug)]
#[cfg(feature = "gpu")]
pub struct Gpu {
    setting: config::Gpu,
    opened: Option<batches::Batches>,
    name: String,
    software: bool,
}

#[cfg(feature = "gpu")]
impl Gpu {
    fn open(setting: config::Gpu, software: bool) -> Result<Self, GpuProblem> {
        let opened = batches::Batches::open(software).map_err(|end| GpuProblem::Unusable(end.to_string()))?;
        Ok(Self { setting, name: opened.name().to_owned(), opened: Some(opened), software })
    }

    /// What a run's configuration says of it.
    pub(crate) fn setting(&self) -> config::Gpu {
        self.setting
    }

    /// What its driver calls it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What the next worker begins with.
    pub(crate) fn next(&mut self) -> worker::Start {
        worker::Start { opened: self.opened.take(), software: self.software }
    }
}

/// There is none in this program.
#[derive(Debug)]
#[cfg(not(feature = "gpu"))]
pub enum Gpu {}

#[cfg(not(feature = "gpu"))]
impl Gpu {
    fn open(_setting: config::Gpu, _software: bool) -> Result<Self, GpuProblem> {
        Err(GpuProblem::NotBuilt)
    }

    pub(crate) fn setting(&self) -> config::Gpu {
        match *self {}
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }
}
