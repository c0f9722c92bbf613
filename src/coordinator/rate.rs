//! Points a second over the last two seconds, or over the last few results where they come more rarely.

use std::collections::VecDeque;
use std::time::Duration;

/// The span that a rate looks back.
const WINDOW: Duration = Duration::from_secs(2);
/// Results closer together than this share one sample.
const SPACING: Duration = Duration::from_millis(100);
/// Samples kept: the window's, one before it and the one that still moves.
const SAMPLES: usize = 24;

/// How a count grew lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// (time, count at that time), rising; the last one moves until it is [`SPACING`] after its predecessor.
    samples: VecDeque<(Duration, u64)>,
}

impl Rate {
    /// Measures afresh from now on, when the count is `count`.
    pub(crate) fn restart(&mut self, now: Duration, count: u64) {
        self.samples.clear();
        self.samples.push_back((now, count));
    }

    /// The count has become `count`.
    pub(crate) fn record(&mut self, now: Duration, count: u64) {
        let length = self.samples.len();
        if length >= 2 && self.samples[length - 1].0.saturating_sub(self.samples[length - 2].0) < SPACING {
            self.samples[length - 1] = (now, count);
            return;
        }
        if length == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((now, count));
    }

    /// Nothing could happen for `gap`.
    pub(crate) fn shift(&mut self, gap: Duration) {
        for (time, _) in &mut self.samples {
            *time = time.saturating_add(gap);
        }
    }

    /// Growth a second. It is measured from result to result, so that long batches do not make it flicker,
    /// and falls when results stay away.
    pub(crate) fn per_second(&self, now: Duration) -> f64 {
        let Some(&(last, count)) = self.samples.back() else { return 0.0 };
        let before = self.samples.iter().rev().find(|(time, _)| now.saturating_sub(*time) >= WINDOW);
        let Some(&(from, base)) = before.or(self.samples.front()) else { return 0.0 };
        let measured = last.saturating_sub(from);
        let overdue = now.saturating_sub(last) > measured.max(WINDOW);
        let span = if overdue { now.saturating_sub(from) } else { measured };
        if span.is_zero() { 0.0 } else { (count - base) as f64 / span.as_secs_f64() }
    }
}
