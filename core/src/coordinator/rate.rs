//! Points a second over the last two seconds, or over the last few results where they come more rarely.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Instant;

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
    samples: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Measures afresh from now on, when the count is `count`.
    pub(crate) fn restart(&mut self, now: Instant, count: u64) {
        self.samples.clear();
        self.samples.push_back((now, count));
    }

    /// The count has become `count`.
    pub(crate) fn record(&mut self, now: Instant, count: u64) {
        let length = self.samples.len();
        if length >= 2 && self.samples[length - 1].0 - self.samples[length - 2].0 < SPACING {
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
            *time += gap;
        }
    }

    /// Growth a second. It is measured from result to result, so that long batches do not make it flicker,
    /// and falls when results stay away.
    pub(crate) fn per_second(&self, now: Instant) -> f64 {
        let Some(&(last, count)) = self.samples.back() else { return 0.0 };
        let before = self.samples.iter().rev().find(|(time, _)| last - *time >= WINDOW);
        let Some(&(from, base)) = before.or(self.samples.front()) else { return 0.0 };
        let measured = last - from;
        let overdue = now - last > measured.max(WINDOW);
        let span = if overdue { now - from } else { measured };
        if span.is_zero() { 0.0 } else { (count - base) as f64 / span.as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::after_origin(Duration::from_millis(milliseconds))
    }

    fn close(rate: f64, expected: f64) {
        assert!((rate - expected).abs() < 1e-6, "{rate} instead of {expected}");
    }

    #[test]
    fn frequent_results_are_measured_over_two_seconds() {
        let mut rate = Rate::default();
        close(rate.per_second(at(0)), 0.0);
        rate.restart(at(0), 0);
        close(rate.per_second(at(0)), 0.0);
        let mut count = 0;
        for time in (10..=10_000).step_by(10) {
            count += if time <= 5_000 { 100 } else { 300 };
            rate.record(at(time), count);
        }
        close(rate.per_second(at(10_000)), 30_000.0);
        assert!(rate.samples.len() <= SAMPLES);
        let (oldest, _) = rate.samples[0];
        assert!(oldest <= at(8_000), "the window is covered, from {oldest:?} on");
    }

    #[test]
    fn rare_results_do_not_make_it_flicker() {
        let mut rate = Rate::default();
        rate.restart(at(0), 0);
        rate.record(at(10_000), 1_000);
        close(rate.per_second(at(10_000)), 100.0);
        close(rate.per_second(at(15_000)), 100.0);
        // The next result is overdue.
        close(rate.per_second(at(20_000)), 100.0);
        close(rate.per_second(at(40_000)), 25.0);
    }

    #[test]
    fn a_stop_shows_after_two_seconds() {
        let mut rate = Rate::default();
        rate.restart(at(0), 500);
        rate.record(at(1_000), 1_500);
        close(rate.per_second(at(1_000)), 1_000.0);
        close(rate.per_second(at(2_900)), 1_000.0);
        assert!(rate.per_second(at(3_100)) < 500.0);
    }

    #[test]
    fn samples_are_a_tenth_of_a_second_apart() {
        let mut rate = Rate::default();
        rate.restart(at(0), 0);
        for (time, samples) in [(100, 2), (200, 3), (299, 4), (300, 4), (301, 5)] {
            rate.record(at(time), time);
            assert_eq!(rate.samples.len(), samples, "after {time} ms");
        }
    }

    #[test]
    fn lost_time_does_not_count() {
        let mut rate = Rate::default();
        rate.restart(at(0), 0);
        rate.record(at(1_000), 1_000);
        rate.shift(Duration::from_secs(60));
        close(rate.per_second(at(61_500)), 1_000.0);
        rate.restart(at(70_000), 1_000);
        close(rate.per_second(at(70_500)), 0.0);
    }
}
