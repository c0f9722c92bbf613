//! Names of workers, leases and slots.

use std::fmt;

use crate::run::config::WorkerCount;

/// Names one Web Worker; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u64);

/// Names one batch out at one worker; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

/// A row on the page: those of the processor's workers from 0 on, or [`Self::GPU`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotIndex(pub u32);

/// What the workers of a slot count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// A core of the processor.
    Processor,
    /// The GPU.
    Gpu,
}

impl SlotIndex {
    /// The GPU's: beyond all that the processor's workers can have, so that it stays while they come and go.
    pub const GPU: Self = Self(WorkerCount::MAX.get());

    /// What its workers count on.
    pub fn kind(self) -> SlotKind {
        if self == Self::GPU { SlotKind::Gpu } else { SlotKind::Processor }
    }
}

impl fmt::Display for SlotIndex {
    /// As the page numbers it, from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            SlotKind::Processor => (self.0 + 1).fmt(f),
            SlotKind::Gpu => f.write_str("GPU"),
        }
    }
}
