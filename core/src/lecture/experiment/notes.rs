//! What an experiment observes of a run, and what it remembers of that.

use dartboard_points::tally::Tally;

use crate::run::config::{BatchPoints, BatchSize};

/// The page's run at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When, in milliseconds since any beginning.
    pub at_ms: u64,
    /// Whether it counts.
    pub running: bool,
    /// Whether it has reached its target.
    pub finished: bool,
    /// What is counted.
    pub tally: Tally,
    /// Replacements of dead workers.
    pub restarts: u64,
    /// Points a second.
    pub points_per_second: f64,
    /// The size of batches.
    pub batch: BatchSize,
}

/// A rate is believed once the batch has been the same for this long: the page's own covers two seconds.
const SETTLED_MS: u64 = 2_500;

/// What was observed so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The batch size now, and since when it has been counted with.
    batch: Option<(BatchPoints, u64)>,
    /// The highest rate seen for each batch size, in the order they were tried.
    pub(super) rates: Vec<(BatchPoints, f64)>,
    /// Runs that reached their target: tally and restarts, in the order they did.
    pub(super) finished: Vec<(Tally, u64)>,
    was_finished: bool,
}

impl Notes {
    /// Takes note of what is to be seen.
    pub fn observe(&mut self, seen: &Observation) {
        self.observe_rate(seen);
        if seen.finished && !self.was_finished {
            self.finished.push((seen.tally, seen.restarts));
        }
        self.was_finished = seen.finished;
    }

    fn observe_rate(&mut self, seen: &Observation) {
        let BatchSize::Fixed(batch) = seen.batch else { return };
        if !seen.running {
            self.batch = None;
            return;
        }
        match self.batch {
            Some((same, since_ms)) if same == batch => {
                if seen.at_ms.saturating_sub(since_ms) < SETTLED_MS {
                    return;
                }
                match self.rates.iter_mut().find(|(known, _)| *known == batch) {
                    Some((_, rate)) => *rate = rate.max(seen.points_per_second),
                    None => self.rates.push((batch, seen.points_per_second)),
                }
            }
            _ => self.batch = Some((batch, seen.at_ms)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run that counts at `rate` in batches of `batch` points.
    pub(in crate::lecture) fn seen(at_ms: u64, batch: u64, rate: f64) -> Observation {
        Observation {
            at_ms,
            running: true,
            finished: false,
            tally: Tally::default(),
            restarts: 0,
            points_per_second: rate,
            batch: BatchSize::Fixed(BatchPoints::nearest(batch / 100_000)),
        }
    }
}
