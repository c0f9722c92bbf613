//! What a GPU has counted of a run, in case it turns out to miscount.
//!
//! Then all its counts are in doubt, including the earlier ones that seemed right. So the run as it was before the first of
//! them is remembered: as small as a checkpoint, however long the GPU has counted. From there it can
//! be counted again.

use dartboard_points::tally::{BlockRange, Tally};

use super::ledger::Ledger;
use super::log::LogEvent;
use super::{Coordinator, Run};
use crate::run::checkpoint::Checkpoint;
use crate::run::config::{Config, Gpu};
use crate::time::Instant;

/// What a GPU has to do with a run.
#[derive(Clone, Debug, Default)]
pub(super) struct GpuShare {
    /// The blocks done and their tally before a GPU counted any; none if none has.
    before: Option<(Vec<BlockRange>, Tally)>,
    /// Points counted by a GPU since.
    points: u64,
    /// Whether these are in doubt.
    in_doubt: bool,
    /// Whether a GPU may have counted blocks of `before`, too: the run was resumed, and is one with a GPU.
    is_resumed: bool,
}

impl GpuShare {
    /// The state of a run resumed from `checkpoint`.
    pub(super) fn of(checkpoint: &Checkpoint) -> Self {
        let is_resumed = checkpoint.config().gpu != Gpu::Off && checkpoint.tally().points > 0;
        Self { is_resumed, ..Self::default() }
    }

    /// Points that are in doubt; 0 if none are.
    pub(super) fn points_in_doubt(&self) -> u64 {
        if self.in_doubt { self.points } else { 0 }
    }
}

impl Run {
    /// Takes note that a GPU has counted so many points, which are not in the ledger yet.
    pub(super) fn note_gpu(&mut self, points: u64) {
        let (ledger, tally) = (&self.ledger, self.tally);
        self.gpu.before.get_or_insert_with(|| (ledger.done(), tally));
        self.gpu.points += points;
    }
}

impl Coordinator {
    /// The GPU has miscounted.
    pub(super) fn doubt(&mut self, now: Instant) {
        let GpuShare { points, is_resumed, .. } = self.run.gpu;
        if points > 0 {
            self.run.gpu.in_doubt = true;
            self.note(now, LogEvent::InDoubt { points });
        }
        if is_resumed {
            self.note(now, LogEvent::EarlierInDoubt);
        }
    }

    /// Forgets what was counted since a GPU began to, if that is in doubt, and counts it again without a GPU.
    pub(super) fn count_again(&mut self, now: Instant) {
        if !self.run.gpu.in_doubt {
            return;
        }
        let Some((done, tally)) = self.run.gpu.before.take() else { return };
        let first = self.run.ledger.first();
        let config = Config { gpu: Gpu::Off, ..self.config };
        let before = Checkpoint { config, done, tally, ..self.checkpoint(now) };
        self.restore(now, &before);
        self.run.ledger = Ledger::resume(first, before.done());
        self.start(now);
    }
}
