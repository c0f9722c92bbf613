//! What the samples of each condition say together: median, spread, speed-up, efficiency.

use super::condition::{Condition, Group, Mode, ReportedKernel, Sample};
use super::statistics::Spread;
use dartboard_points::kernel::Kernel;

/// What is known of one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What was timed.
    pub condition: Condition<ReportedKernel>,
    /// How many samples there are.
    pub samples: usize,
    /// How many of them lie oddly far out; they are not removed.
    pub outliers: usize,
    /// Points of one job.
    pub job_points: u64,
    /// Milliseconds of one job.
    pub job_ms: Spread,
    /// Points a second, by the median.
    pub points_per_second: f64,
    /// How many times as fast as the baseline; none without one.
    pub speed_up: Option<f64>,
    /// Speed-up by worker or task.
    pub efficiency: Option<f64>,
    /// Median of the time from asking for workers until all were ready, in milliseconds.
    pub spawn_ms: f64,
    /// The longest of all gaps of the main thread, in milliseconds.
    pub longest_gap_ms: f64,
    /// Median of the messages of a sample.
    pub messages: f64,
    /// Median of their characters.
    pub message_characters: f64,
    /// Median of the share of their time that workers waited.
    pub waiting_share: f64,
}

impl Summary {
    /// Median milliseconds of one job with the start of its workers.
    pub fn with_start_ms(&self) -> f64 {
        self.job_ms.median + self.spawn_ms
    }

    /// How many times as fast as the baseline with the start of its workers, which the baseline has not.
    pub fn speed_up_with_start(&self) -> Option<f64> {
        self.speed_up.map(|speed_up| speed_up * self.job_ms.median / self.with_start_ms())
    }
}

/// The summaries of all conditions that have samples: by group, mode, workers and batch.
pub fn summaries(samples: &[Sample]) -> Vec<Summary> {
    let samples: Vec<_> = samples.iter().map(|&sample| sample.into()).collect();
    summaries_of_reported(&samples)
}

/// The summaries of samples that may be of another version's file.
pub fn summaries_of_reported(samples: &[Sample<ReportedKernel>]) -> Vec<Summary> {
    let mut conditions: Vec<Condition<ReportedKernel>> = Vec::new();
    for sample in samples {
        if !conditions.contains(&sample.condition) {
            conditions.push(sample.condition);
        }
    }
    conditions.sort_by_key(|condition| {
        let (group, kernel) = match condition.group {
            Group::Scaling => (0, 0),
            Group::Kernel(ReportedKernel::Current(kernel)) => (1, kernel as u8),
            Group::Kernel(ReportedKernel::EarlierReference) => (1, Kernel::Reference as u8),
            Group::Kernel(ReportedKernel::EarlierSimd) => (1, Kernel::Tree as u8),
            Group::Sweep => (2, 0),
            Group::Gpu => (3, 0),
        };
        (group, kernel, condition.mode, condition.workers, condition.batch_points)
    });
    let mut summaries: Vec<_> =
        conditions.into_iter().filter_map(|condition| summary(condition, samples)).collect();
    let baselines: Vec<_> = summaries.iter().map(|summary| baseline_ms(&summaries, summary)).collect();
    for (summary, baseline_ms) in summaries.iter_mut().zip(baselines) {
        summary.speed_up = baseline_ms.map(|baseline_ms| baseline_ms / summary.job_ms.median);
        summary.efficiency = summary.speed_up.map(|speed_up| speed_up / f64::from(summary.condition.workers));
    }
    summaries
}

fn summary(condition: Condition<ReportedKernel>, samples: &[Sample<ReportedKernel>]) -> Option<Summary> {
    let own: Vec<&Sample<ReportedKernel>> =
        samples.iter().filter(|sample| sample.condition == condition).collect();
    let of = |value: fn(&Sample<ReportedKernel>) -> f64| {
        own.iter().map(|sample| value(sample)).collect::<Vec<f64>>()
    };
    let median = |value: fn(&Sample<ReportedKernel>) -> f64| {
        Spread::of(&of(value)).map_or(0.0, |spread| spread.median)
    };
    let times = of(Sample::job_ms);
    let job_ms = Spread::of(&times)?;
    let outliers = times.iter().filter(|&&time| job_ms.is_outlier(time, times.len())).count();
    let work = own.first()?.work;
    let job_points = work.points() / work.jobs.max(1);
    Some(Summary {
        condition,
        samples: own.len(),
        outliers,
        job_points,
        job_ms,
        points_per_second: job_points as f64 / job_ms.median * 1e3,
        speed_up: None,
        efficiency: None,
        spawn_ms: median(|sample| sample.measured.spawn_ms),
        longest_gap_ms: of(|sample| sample.measured.longest_gap_ms).into_iter().fold(0.0, f64::max),
        messages: median(|sample| sample.measured.messages as f64),
        message_characters: median(|sample| sample.measured.message_characters as f64),
        waiting_share: median(|sample| {
            let all_ms = sample.measured.wall_ms * f64::from(sample.condition.workers);
            if all_ms > 0.0 { sample.measured.waiting_ms / all_ms } else { 0.0 }
        }),
    })
}

/// What `summary` is compared with: the same work sequentially, or by one of the same kind where that was not timed.
fn baseline_ms(summaries: &[Summary], summary: &Summary) -> Option<f64> {
    if summary.condition.group != Group::Scaling {
        return None;
    }
    let of = |mode| {
        summaries.iter().find(|other| {
            let condition = other.condition;
            condition.group == Group::Scaling && condition.mode == mode && condition.workers == 1
        })
    };
    of(Mode::Sequential).or_else(|| of(summary.condition.mode)).map(|baseline| baseline.job_ms.median)
}

/// Those of `group`'s kind, in order.
pub fn in_group<'a>(summaries: &'a [Summary], name: &'a str) -> impl Iterator<Item = &'a Summary> {
    summaries.iter().filter(move |summary| summary.condition.group.name() == name)
}

/// Those of the scaling in `mode`, by rising number of workers.
pub fn scaling(summaries: &[Summary], mode: Mode) -> impl Iterator<Item = &Summary> {
    in_group(summaries, "scaling").filter(move |summary| summary.condition.mode == mode)
}

#[cfg(test)]
pub(super) mod tests {
    use dartboard_points::kernel::Kernel;
    use dartboard_points::tally::Tally;

    use super::*;
    use crate::benchmark::condition::{Measurement, Work};

    pub(crate) fn sample(mode: Mode, workers: u32, repeat: u32, wall_ms: f64) -> Sample {
        Sample {
            condition: Condition {
                group: Group::Scaling,
                mode,
                kernel: Kernel::Tree,
                workers,
                batch_points: if mode == Mode::Workers { 1_000_000 } else { 0 },
            },
            repeat,
            work: Work { job_blocks: 10_000, jobs: 1 },
            measured: Measurement {
                wall_ms,
                spawn_ms: 40.0,
                longest_gap_ms: 6.0,
                tally: Tally { points: 1_000_000_000, inside: 785_398_163 },
                messages: 2_000,
                message_characters: 120_000,
                waiting_ms: wall_ms * 0.1,
                ..Measurement::default()
            },
        }
    }

    #[test]
    fn in_no_time_nobody_has_waited() {
        let summaries = summaries(&[sample(Mode::Workers, 1, 1, 0.0)]);
        assert_eq!(summaries[0].waiting_share, 0.0);
    }

    #[test]
    fn speed_up_is_against_the_sequential_median() {
        let mut samples = Vec::new();
        for (repeat, ms) in [(1, 400.0), (2, 410.0), (3, 390.0)] {
            samples.push(sample(Mode::Workers, 2, repeat, ms / 2.0));
            samples.push(sample(Mode::Sequential, 1, repeat, ms));
            samples.push(sample(Mode::Workers, 1, repeat, ms * 1.25));
        }
        let found = summaries(&samples);
        let conditions: Vec<_> = found.iter().map(|summary| summary.condition.to_string()).collect();
        assert_eq!(conditions, ["one loop", "1 worker", "2 workers"]);
        let figures: Vec<_> = found
            .iter()
            .map(|summary| (summary.job_ms.median, summary.speed_up, summary.efficiency))
            .collect();
        assert_eq!(
            figures,
            [(400.0, Some(1.0), Some(1.0)), (500.0, Some(0.8), Some(0.8)), (200.0, Some(2.0), Some(1.0))]
        );
        assert!((found[0].points_per_second - 2.5e9).abs() < 1.0);
        assert!((found[2].waiting_share - 0.05).abs() < 1e-12);
        assert_eq!((found[2].spawn_ms, found[2].longest_gap_ms, found[2].messages), (40.0, 6.0, 2_000.0));
    }

    #[test]
    fn the_start_of_workers_is_added_to_their_job_alone() {
        let mut samples = [sample(Mode::Sequential, 1, 1, 400.0), sample(Mode::Workers, 2, 1, 200.0)];
        samples[0].measured.spawn_ms = 0.0;
        let found = summaries(&samples);
        let sums: Vec<_> =
            found.iter().map(|summary| (summary.with_start_ms(), summary.speed_up_with_start())).collect();
        assert_eq!(sums, [(400.0, Some(1.0)), (240.0, Some(400.0 / 240.0))]);
    }

    #[test]
    fn without_a_sequential_time_one_worker_is_the_baseline() {
        let samples = [sample(Mode::Workers, 1, 1, 500.0), sample(Mode::Workers, 4, 1, 250.0)];
        assert_eq!(summaries(&samples)[1].speed_up, Some(2.0));
        assert_eq!(summaries(&samples[1..])[0].speed_up, None);
        assert_eq!(summaries(&[]), []);
    }

    #[test]
    fn times_are_those_of_one_job() {
        let mut lecture = sample(Mode::Sequential, 1, 1, 300.0);
        lecture.work = Work { job_blocks: 40, jobs: 100 };
        let summary = &summaries(&[lecture])[0];
        assert!((summary.job_ms.median - 3.0).abs() < 1e-12);
        assert!((summary.points_per_second - 4e6 / 3e-3).abs() < 1e-3);
    }
}
