//! What the data says, in plain sentences.

use super::condition::{Mode, counted};
use super::results::{Summary, in_group, scaling};
use crate::text::{Fixed, Grouped};

/// A speed-up that is within so much of another one is not called greater.
const ALIKE: f64 = 0.03;

/// The sentences that `summaries` support, the main one first; none without samples.
pub fn conclusion(summaries: &[Summary], cores: u32) -> Vec<String> {
    let of_workers: Vec<_> = scaling(summaries, Mode::Workers).collect();
    let mut sentences = Vec::new();
    sentences.extend(of_scaling(&of_workers, cores));
    sentences.extend(of_one_worker(&of_workers));
    sentences.extend(of_cooperation(summaries));
    sentences.extend(of_freeze(summaries));
    sentences.extend(of_kernels(summaries));
    sentences.extend(of_batches(summaries));
    sentences
}

fn times(factor: f64) -> String {
    format!("{} ×", Fixed(factor, 2))
}

/// How far workers carry, and where more of them stop helping.
fn of_scaling(of_workers: &[&Summary], cores: u32) -> Option<String> {
    let speed_ups =
        || of_workers.iter().filter_map(|summary| Some((summary.condition.workers, summary.speed_up?)));
    let (_, best) = speed_ups().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (enough, reached) = speed_ups().find(|(_, speed_up)| *speed_up >= best * (1.0 - ALIKE))?;
    let (most, at_most) = speed_ups().next_back()?;
    let reported = format!(
        "{} reported",
        if cores == 1 { "1 core is".to_owned() } else { format!("{cores} cores are") }
    );
    let main = format!("{} as fast as sequentially with {}", times(reached), counted(enough, "worker"));
    Some(if enough == most {
        if enough < cores {
            format!("{main}, the most that were tried; {reported}.")
        } else {
            format!("{main}; {reported}.")
        }
    } else if at_most < reached * (1.0 - ALIKE) {
        format!("{main}, and less with more of them: {} with {most}; {reported}.", times(at_most))
    } else {
        format!("{main}; nothing more beyond that: {} with {most}, as {reported}.", times(at_most))
    })
}

/// What a worker costs beside the same loop on the main thread.
fn of_one_worker(of_workers: &[&Summary]) -> Option<String> {
    let one = of_workers.iter().find(|summary| summary.condition.workers == 1)?;
    let speed_up = one.speed_up?;
    if (speed_up - 1.0).abs() <= ALIKE {
        Some("One worker is as fast as the main thread: messages cost next to nothing.".to_owned())
    } else {
        Some(format!("One worker is {} as fast as the main thread.", times(speed_up)))
    }
}

fn of_cooperation(summaries: &[Summary]) -> Option<String> {
    let most = scaling(summaries, Mode::Cooperative).last()?;
    let (tasks, speed_up) = (most.condition.workers, most.speed_up?);
    let meaning =
        if speed_up > 1.1 { "more than taking turns can explain" } else { "they take turns on one core" };
    Some(format!("{} on one thread: {}; {meaning}.", counted(tasks, "cooperative task"), times(speed_up)))
}

fn of_freeze(summaries: &[Summary]) -> Option<String> {
    let longest = |mode| scaling(summaries, mode).map(|summary| summary.longest_gap_ms).reduce(f64::max);
    let frozen = longest(Mode::Sequential)?;
    let mut parts =
        vec![format!("The page stood still for {} ms while the main thread counted", Fixed(frozen, 0))];
    for (mode, what) in
        [(Mode::Workers, "while workers did"), (Mode::Cooperative, "between cooperative tasks")]
    {
        if let Some(gap) = longest(mode) {
            parts.push(format!("for at most {} ms {what}", Fixed(gap, 0)));
        }
    }
    Some(parts.join(", ") + ".")
}

fn of_kernels(summaries: &[Summary]) -> Option<String> {
    let kernels: Vec<_> = in_group(summaries, "kernel").collect();
    let slowest = kernels.iter().min_by(|a, b| a.points_per_second.total_cmp(&b.points_per_second))?;
    let fastest = kernels.iter().max_by(|a, b| a.points_per_second.total_cmp(&b.points_per_second))?;
    if slowest.condition == fastest.condition {
        return None;
    }
    Some(format!(
        "On one worker the kernel {} decides {} as many darts a second as {}. The ratio compares algorithm and code together.",
        fastest.condition.kernel,
        times(fastest.points_per_second / slowest.points_per_second),
        slowest.condition.kernel,
    ))
}

fn of_batches(summaries: &[Summary]) -> Option<String> {
    let sweep: Vec<_> = in_group(summaries, "sweep").collect();
    let best = sweep.iter().min_by(|a, b| a.job_ms.median.total_cmp(&b.job_ms.median))?;
    let ends = [sweep.first()?, sweep.last()?];
    let costs = ends.into_iter().filter(|end| end.condition != best.condition).map(|end| {
        let percent = (end.job_ms.median / best.job_ms.median - 1.0) * 100.0;
        format!("those of {} take {} % longer", Grouped(end.condition.batch_points), Fixed(percent, 0))
    });
    let costs: Vec<_> = costs.collect();
    Some(format!(
        "Batches of {} points were the fastest with {}{}{}.",
        Grouped(best.condition.batch_points),
        counted(best.condition.workers, "worker"),
        if costs.is_empty() { "" } else { "; " },
        costs.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::condition::{Group, Sample};
    use crate::benchmark::results::summaries;
    use crate::benchmark::results::tests::sample;

    fn said(samples: &[Sample], cores: u32) -> Vec<String> {
        conclusion(&summaries(samples), cores)
    }

    /// A sequential time, and those of `mode` beside it.
    fn beside(sequential_ms: f64, mode: Mode, times: &[(u32, f64)]) -> Vec<Sample> {
        let others = times.iter().map(|&(workers, ms)| sample(mode, workers, 1, ms));
        [sample(Mode::Sequential, 1, 1, sequential_ms)].into_iter().chain(others).collect()
    }

    fn scaling_of(times: &[(u32, f64)]) -> Vec<Sample> {
        beside(1_000.0, Mode::Workers, times)
    }

    #[test]
    fn it_says_where_more_workers_stop_helping() {
        for (times, cores, expected) in [
            (
                &[(1, 1_005.0), (2, 526.0), (4, 520.0)][..],
                2,
                "1.90 × as fast as sequentially with 2 workers; nothing more beyond that: 1.92 × with 4, \
                 as 2 cores are reported.",
            ),
            (
                &[(1, 1_005.0), (2, 526.0), (4, 800.0)],
                2,
                "1.90 × as fast as sequentially with 2 workers, and less with more of them: 1.25 × with 4; \
                 2 cores are reported.",
            ),
            (
                &[(1, 1_000.0), (2, 500.0)],
                4,
                "2.00 × as fast as sequentially with 2 workers, the most that were tried; 4 cores are reported.",
            ),
            (
                &[(1, 1_000.0), (4, 250.0)],
                4,
                "4.00 × as fast as sequentially with 4 workers; 4 cores are reported.",
            ),
            (
                &[(1, 1_000.0), (2, 1_001.0)],
                1,
                "1.00 × as fast as sequentially with 1 worker; nothing more beyond that: 1.00 × with 2, \
                 as 1 core is reported.",
            ),
        ] {
            assert_eq!(said(&scaling_of(times), cores)[0], expected);
        }
    }

    #[test]
    fn every_sentence_follows_from_what_was_measured() {
        assert_eq!(said(&[], 2), [""; 0]);
        let mut samples = scaling_of(&[(1, 1_200.0), (2, 600.0)]);
        samples.push(sample(Mode::Cooperative, 2, 1, 990.0));
        samples[0].measured.longest_gap_ms = 1_001.0;
        let all = said(&samples, 2);
        assert_eq!(all[1], "One worker is 0.83 × as fast as the main thread.");
        assert_eq!(all[2], "2 cooperative tasks on one thread: 1.01 ×; they take turns on one core.");
        assert_eq!(
            all[3],
            "The page stood still for 1001 ms while the main thread counted, for at most 6 ms while workers did, \
             for at most 6 ms between cooperative tasks."
        );
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn what_is_alike_is_not_called_different() {
        for (one_worker_ms, expected) in [
            (1_000.0, "One worker is as fast as the main thread: messages cost next to nothing."),
            (980.0, "One worker is as fast as the main thread: messages cost next to nothing."),
            (1_020.0, "One worker is as fast as the main thread: messages cost next to nothing."),
            (950.0, "One worker is 1.05 × as fast as the main thread."),
        ] {
            assert_eq!(said(&scaling_of(&[(1, one_worker_ms)]), 2)[1], expected);
        }
        for (cooperative_ms, expected) in [
            (1_000.0, "4 cooperative tasks on one thread: 1.00 ×; they take turns on one core."),
            (500.0, "4 cooperative tasks on one thread: 2.00 ×; more than taking turns can explain."),
        ] {
            let samples = beside(1_000.0, Mode::Cooperative, &[(4, cooperative_ms)]);
            assert_eq!(said(&samples, 4)[0], expected);
        }
    }

    #[test]
    fn what_lies_on_the_edge_is_alike() {
        // 1.94 is 3 % less than 2.
        assert_eq!(
            said(&beside(194.0, Mode::Workers, &[(2, 97.0), (4, 100.0)]), 2)[0],
            "2.00 × as fast as sequentially with 2 workers; nothing more beyond that: 1.94 × with 4, \
             as 2 cores are reported."
        );
        assert_eq!(
            said(&beside(1_100.0, Mode::Cooperative, &[(2, 1_000.0)]), 2)[0],
            "2 cooperative tasks on one thread: 1.10 ×; they take turns on one core."
        );
    }

    #[test]
    fn kernels_and_batches_are_compared() {
        use dartboard_points::kernel::Kernel;
        let of_kernel = |kernel, ms| {
            let mut sample = sample(Mode::Workers, 1, 1, ms);
            sample.condition.group = Group::Kernel(kernel);
            sample.condition.kernel = kernel;
            sample
        };
        let of_batch = |points, ms| {
            let mut sample = sample(Mode::Workers, 2, 1, ms);
            sample.condition.group = Group::Sweep;
            sample.condition.batch_points = points;
            sample
        };
        let samples = [
            of_kernel(Kernel::MathRandom, 6_000.0),
            of_kernel(Kernel::Tree, 100.0),
            of_batch(100_000, 110.0),
            of_batch(1_000_000, 100.0),
            of_batch(1_000_000_000, 200.0),
        ];
        assert_eq!(
            said(&samples, 2),
            [
                "On one worker the kernel tree decides 60.00 × as many darts a second as math_random. The ratio compares \
                 algorithm and code together.",
                "Batches of 1,000,000 points were the fastest with 2 workers; those of 100,000 take 10 % longer, \
                 those of 1,000,000,000 take 100 % longer.",
            ]
        );
    }
}
