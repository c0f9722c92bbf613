//! What the data says, in plain sentences.

use super::condition::{Condition, Mode, counted};
use super::results::{Summary, in_group, scaling};
use crate::text::{Fixed, Grouped};

/// If two speed-ups differ by less than this, neither is called greater.
const ALIKE: f64 = 0.03;
/// If workers reach less than this share of what their cores allow, a reason is looked for.
const SLOW: f64 = 0.7;
/// If workers waited for at least this share of their time, the page says so.
const MUCH_WAITING: f64 = 0.2;
/// A batch of fewer milliseconds is small compared with its messages.
const SMALL_BATCH_MS: f64 = 5.0;

/// The sentences that `summaries` support, the main ones first; none without samples.
pub fn conclusion(summaries: &[Summary], cores: u32) -> Vec<String> {
    let of_workers: Vec<_> = scaling(summaries, Mode::Workers).collect();
    let baseline = match scaling(summaries, Mode::Sequential).next() {
        Some(_) => "the plain loop",
        None => "one worker",
    };
    let mut sentences = Vec::new();
    if let Some(main) = enough_workers(&of_workers) {
        sentences.extend(of_scaling(&of_workers, main, baseline, cores));
        sentences.extend(of_start(main));
        sentences.extend(of_one_worker(&of_workers, main, baseline));
        sentences.extend(of_gpu(summaries, main));
    }
    sentences
        .extend([Mode::Threads, Mode::Cooperative].into_iter().filter_map(|mode| of_turns(summaries, mode)));
    sentences.extend(of_freeze(summaries));
    sentences.extend(of_kernels(summaries));
    sentences.extend(of_batches(summaries));
    sentences
}

/// `3.4 times`; near one with a digit more, from ten on without.
fn times(factor: f64) -> String {
    let decimals = if factor < 1.095 { 2 } else { usize::from(factor < 9.95) };
    format!("{} times", Fixed(factor, decimals))
}

fn is_alike(speed_up: f64) -> bool {
    (speed_up - 1.0).abs() <= ALIKE
}

/// `4 workers were slower: they took 1.4 times as long as the plain loop`; `than` is ` as the plain loop` or empty.
fn compared(who: &str, number: u32, speed_up: f64, than: &str) -> String {
    let (were, they) = if number == 1 { ("was", "it") } else { ("were", "they") };
    if is_alike(speed_up) {
        format!("{who} {were} as fast{than}")
    } else if speed_up > 1.0 {
        format!("{who} {were} {} as fast{than}", times(speed_up))
    } else {
        format!("{who} {were} slower: {they} took {} as long{than}", times(1.0 / speed_up))
    }
}

/// The fewest workers that are about as fast as any number.
fn enough_workers<'a>(of_workers: &[&'a Summary]) -> Option<&'a Summary> {
    let speed_ups = of_workers.iter().filter_map(|summary| summary.speed_up);
    let best = speed_ups.max_by(f64::total_cmp)?;
    let is_enough = |summary: &&&Summary| summary.speed_up.is_some_and(|it| it >= best * (1.0 - ALIKE));
    of_workers.iter().find(is_enough).copied()
}

/// How much workers help, from where more of them do not, and why, if that is known.
fn of_scaling(of_workers: &[&Summary], main: &Summary, baseline: &str, cores: u32) -> Option<String> {
    let (enough, reached) = (main.condition.workers, main.speed_up?);
    let (most, at_most) = of_workers
        .iter()
        .filter_map(|summary| Some((summary.condition.workers, summary.speed_up?)))
        .next_back()?;
    let reported = counted(cores, "core");
    let mut sentences =
        vec![compared(&counted(enough, "worker"), enough, reached, &format!(" as {baseline}"))];
    sentences.extend(reason(main, reached, cores));
    if most > enough {
        let at_most_said = compared(&counted(most, "worker"), most, at_most, "");
        let more =
            if at_most < reached * (1.0 - ALIKE) { "More made it slower" } else { "More did not help" };
        sentences.push(format!("{more}: {at_most_said}"));
        sentences.push(if most > cores {
            format!("This browser reports {reported}, which more workers have to share")
        } else {
            format!("This browser reports {reported}")
        });
    } else if enough < cores {
        sentences.push(format!("No more were tried, although this browser reports {reported}"));
    } else {
        sentences.push(format!("This browser reports {reported}"));
    }
    Some(sentences.join(". ") + ".")
}

/// Why `summary` is far from what its cores allow; none where it is not far, or nobody knows.
fn reason(summary: &Summary, speed_up: f64, cores: u32) -> Option<String> {
    let workers = summary.condition.workers;
    let at_once = f64::from(workers.min(cores));
    if speed_up >= SLOW * at_once {
        return None;
    }
    let batches = summary.job_points.div_ceil(summary.condition.batch_points.max(1)).max(1);
    if batches < u64::from(workers.min(cores)) {
        let word = if batches == 1 { "batch" } else { "batches" };
        return Some(format!("There were only {batches} {word} for them"));
    }
    let batch_ms = summary.job_ms.median * at_once * (1.0 - summary.waiting_share) / batches as f64;
    if summary.waiting_share < MUCH_WAITING || batch_ms >= SMALL_BATCH_MS {
        return None;
    }
    let who = if workers == 1 { "the worker" } else { "the workers" };
    Some(format!(
        "The work was too small for its messages: {who} waited {} % of the time",
        Fixed(summary.waiting_share * 100.0, 0)
    ))
}

/// What the start of the workers takes, which is not in the other sentences.
fn of_start(main: &Summary) -> Option<String> {
    let workers = main.condition.workers;
    if main.spawn_ms <= 0.0 {
        return None;
    }
    let with = if workers == 1 { "With its start it" } else { "With their start they" };
    let with_start = main.speed_up_with_start()?;
    let compared = compared(with, workers, with_start, "");
    // Only the start has made them slower.
    let is_too_short = with_start < 1.0 - ALIKE && main.speed_up? > 1.0;
    let advice = if is_too_short { " Starting pays off for longer work." } else { "" };
    let start_ms = Fixed(main.spawn_ms, 0);
    Some(format!("Starting {} took {start_ms} ms. {compared}.{advice}", counted(workers, "worker")))
}

/// What a worker costs compared with the same loop on the main thread.
fn of_one_worker(of_workers: &[&Summary], main: &Summary, baseline: &str) -> Option<String> {
    let one = of_workers.iter().find(|summary| summary.condition.workers == 1)?;
    let speed_up = one.speed_up?;
    if is_alike(speed_up) && baseline != "one worker" {
        return Some(format!("One worker was as fast as {baseline}: messages cost next to nothing."));
    }
    let is_said = main.condition.workers == 1 || baseline == "one worker";
    (!is_said).then(|| compared("One worker", 1, speed_up, &format!(" as {baseline}")) + ".")
}

/// What taking turns brings: threads by their GIL, tasks on the main thread.
fn of_turns(summaries: &[Summary], mode: Mode) -> Option<String> {
    let most = scaling(summaries, mode).last()?;
    let (tasks, speed_up) = (most.condition.workers, most.speed_up?);
    let baseline = match scaling(summaries, Mode::Sequential).next() {
        Some(_) => "the plain loop",
        None if mode == Mode::Threads => "one thread",
        None => "one task",
    };
    let compared = compared(&most.condition.to_string(), tasks, speed_up, &format!(" as {baseline}"));
    Some(match tasks {
        1 => format!("{compared}."),
        _ if speed_up > 1.1 => format!("{compared}. Taking turns cannot explain that."),
        _ if mode == Mode::Threads => format!("{compared}. Only one runs at a time."),
        _ => format!("{compared}. They share one core."),
    })
}

fn of_freeze(summaries: &[Summary]) -> Option<String> {
    let longest = |mode| scaling(summaries, mode).map(|summary| summary.longest_gap_ms).reduce(f64::max);
    let frozen = longest(Mode::Sequential)?;
    let parts = [Mode::Workers, Mode::Threads, Mode::Cooperative].into_iter().filter_map(|mode| {
        Some(format!("for at most {} ms with {}", Fixed(longest(mode)?, 0), mode.plural()))
    });
    let alone = format!("The page stood still for {} ms with the plain loop", Fixed(frozen, 0));
    Some(std::iter::once(alone).chain(parts).collect::<Vec<_>>().join(", ") + ".")
}

/// How the GPU compares with the workers, where both count the same points by the same tree of cells.
fn of_gpu(summaries: &[Summary], main: &Summary) -> Option<String> {
    let gpu = in_group(summaries, "gpu").next()?;
    let Condition { kernel, workers, .. } = main.condition;
    if kernel != gpu.condition.kernel {
        return None;
    }
    let faster = gpu.points_per_second / main.points_per_second;
    let workers = counted(workers, "worker");
    Some(if faster >= 1.0 {
        format!("The GPU decided {} as many darts a second as {workers}.", times(faster))
    } else {
        format!("{workers} decided {} as many darts a second as the GPU.", times(1.0 / faster))
    })
}

fn of_kernels(summaries: &[Summary]) -> Option<String> {
    let kernels: Vec<_> = in_group(summaries, "kernel").collect();
    let slowest = kernels.iter().min_by(|a, b| a.points_per_second.total_cmp(&b.points_per_second))?;
    let fastest = kernels.iter().max_by(|a, b| a.points_per_second.total_cmp(&b.points_per_second))?;
    if slowest.condition == fastest.condition {
        return None;
    }
    Some(format!(
        "On one worker, the kernel {} decided {} as many darts a second as {}. The ratio compares algorithm and code together.",
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
        format!("Batches of {} took {} % longer.", Grouped(end.condition.batch_points), Fixed(percent, 0))
    });
    let fastest = format!(
        "With {}, batches of {} points were the fastest.",
        counted(best.condition.workers, "worker"),
        Grouped(best.condition.batch_points),
    );
    Some(std::iter::once(fastest).chain(costs).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use dartboard_points::kernel::Kernel;

    use super::*;
    use crate::benchmark::condition::{Group, Sample};
    use crate::benchmark::results::summaries;
    use crate::benchmark::results::tests::sample;

    fn said(samples: &[Sample], cores: u32) -> Vec<String> {
        conclusion(&summaries(samples), cores)
    }

    /// A sequential time, and those of `mode` beside it; workers start in no time.
    fn beside(sequential_ms: f64, mode: Mode, times: &[(u32, f64)]) -> Vec<Sample> {
        let others = times.iter().map(|&(workers, ms)| sample(mode, workers, 1, ms));
        let mut samples: Vec<_> =
            [sample(Mode::Sequential, 1, 1, sequential_ms)].into_iter().chain(others).collect();
        for sample in &mut samples {
            sample.measured.spawn_ms = 0.0;
        }
        samples
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
                "2 workers were 1.9 times as fast as the plain loop. More did not help: 4 workers were 1.9 times as \
                 fast. This browser reports 2 cores, which more workers have to share.",
            ),
            (
                &[(1, 1_005.0), (2, 526.0), (4, 800.0)],
                2,
                "2 workers were 1.9 times as fast as the plain loop. More made it slower: 4 workers were 1.3 times as \
                 fast. This browser reports 2 cores, which more workers have to share.",
            ),
            (
                &[(1, 1_005.0), (2, 526.0), (4, 800.0)],
                8,
                "2 workers were 1.9 times as fast as the plain loop. More made it slower: 4 workers were 1.3 times as \
                 fast. This browser reports 8 cores.",
            ),
            (
                &[(1, 1_000.0), (2, 500.0)],
                4,
                "2 workers were 2.0 times as fast as the plain loop. No more were tried, although this browser \
                 reports 4 cores.",
            ),
            (
                &[(1, 1_000.0), (4, 250.0)],
                4,
                "4 workers were 4.0 times as fast as the plain loop. This browser reports 4 cores.",
            ),
            (
                &[(1, 1_000.0), (2, 1_001.0)],
                1,
                "1 worker was as fast as the plain loop. More did not help: 2 workers were as fast. This browser \
                 reports 1 core, which more workers have to share.",
            ),
            (
                &[(4, 1_400.0)],
                4,
                "4 workers were slower: they took 1.4 times as long as the plain loop. This browser reports 4 cores.",
            ),
        ] {
            assert_eq!(said(&scaling_of(times), cores)[0], expected);
        }
        // Without the plain loop, all are compared with one worker.
        let lone = &scaling_of(&[(1, 1_000.0), (2, 500.0)])[1..];
        assert_eq!(
            said(lone, 2),
            ["2 workers were 2.0 times as fast as one worker. This browser reports 2 cores."]
        );
    }

    // Fails with: a reason that the samples do not show, or none although they do.
    #[test]
    fn a_reason_is_given_where_it_is_known() {
        let slow = |job_points: u64, batch_points, ms, waiting_share, cores| {
            let mut found = summaries(&scaling_of(&[(4, ms)]));
            let four = &mut found[1];
            (four.job_points, four.waiting_share) = (job_points, waiting_share);
            four.condition.batch_points = batch_points;
            reason(four, four.speed_up.unwrap(), cores)
        };
        let waited = |percent: u32| {
            Some(format!(
                "The work was too small for its messages: the workers waited {percent} % of the time"
            ))
        };
        assert_eq!(slow(40_000_000, 100_000, 400.0, 0.7, 4), waited(70), "1.2 ms a batch");
        assert_eq!(slow(4_000_000, 100_000, 400.0, 0.2, 4), None, "32 ms a batch");
        assert_eq!(slow(40_000_000, 100_000, 400.0, 0.2, 4), waited(20));
        assert_eq!(slow(40_000_000, 100_000, 400.0, 0.19, 4), None);
        assert_eq!(slow(40_000_000, 100_000, 350.0, 0.3, 4), None, "2.86 times is fast enough for 4 cores");
        assert_eq!(slow(40_000_000, 100_000, 700.0, 0.3, 2), None, "1.43 times is for 2");
        let batches = |number: &str| Some(format!("There were only {number} for them"));
        assert_eq!(slow(3_000_000, 1_000_000, 400.0, 0.4, 4), batches("3 batches"));
        assert_eq!(slow(1_000_000, 1_000_000, 1_000.0, 0.75, 4), batches("1 batch"));
    }

    #[test]
    fn the_start_of_workers_is_told_apart_and_with_the_rest() {
        for (workers, ms, start_ms, expected) in [
            (4, 250.0, 60.0, "Starting 4 workers took 60 ms. With their start they were 3.2 times as fast."),
            (4, 250.0, 750.0, "Starting 4 workers took 750 ms. With their start they were as fast."),
            (
                4,
                250.0,
                1_750.0,
                "Starting 4 workers took 1750 ms. With their start they were slower: they took 2.0 times as long. \
                 Starting pays off for longer work.",
            ),
            (
                1,
                1_000.0,
                500.0,
                "Starting 1 worker took 500 ms. With its start it was slower: it took 1.5 times as long.",
            ),
        ] {
            let mut samples = scaling_of(&[(workers, ms)]);
            samples[1].measured.spawn_ms = start_ms;
            assert_eq!(said(&samples, 4)[1], expected);
        }
    }

    #[test]
    fn every_sentence_follows_from_what_was_measured() {
        assert_eq!(said(&[], 2), [""; 0]);
        let mut samples = scaling_of(&[(1, 1_200.0), (2, 600.0)]);
        samples.push(sample(Mode::Cooperative, 2, 1, 990.0));
        samples[0].measured.longest_gap_ms = 1_001.0;
        let all = said(&samples, 2);
        assert_eq!(all[1], "One worker was slower: it took 1.2 times as long as the plain loop.");
        assert_eq!(all[2], "2 cooperative tasks were as fast as the plain loop. They share one core.");
        assert_eq!(
            all[3],
            "The page stood still for 1001 ms with the plain loop, for at most 6 ms with workers, for at most 6 ms with \
             cooperative tasks."
        );
        assert_eq!(all.len(), 4);
        samples[3] = sample(Mode::Threads, 2, 1, 1_060.0);
        let all = said(&samples, 2);
        assert_eq!(
            all[2],
            "2 threads with a GIL were slower: they took 1.06 times as long as the plain loop. Only one runs at a time."
        );
        assert!(all[3].ends_with("with workers, for at most 6 ms with threads with a GIL."), "{all:?}");
        // Without the plain loop, one thread is what they are compared with.
        let lone = [sample(Mode::Threads, 1, 1, 1_000.0), sample(Mode::Threads, 2, 1, 990.0)];
        assert_eq!(
            said(&lone, 2),
            ["2 threads with a GIL were as fast as one thread. Only one runs at a time."]
        );
    }

    #[test]
    fn what_is_alike_is_not_called_different() {
        let alike = "One worker was as fast as the plain loop: messages cost next to nothing.";
        for (one_worker_ms, expected) in [(1_000.0, alike), (980.0, alike), (1_020.0, alike)] {
            assert_eq!(said(&scaling_of(&[(1, one_worker_ms)]), 2)[1], expected);
        }
        let faster = said(&scaling_of(&[(1, 950.0)]), 2);
        assert!(faster[0].starts_with("1 worker was 1.05 times as fast as the plain loop."), "{faster:?}");
        for (cooperative_ms, expected) in [
            (1_000.0, "4 cooperative tasks were as fast as the plain loop. They share one core."),
            (
                500.0,
                "4 cooperative tasks were 2.0 times as fast as the plain loop. Taking turns cannot explain that.",
            ),
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
            "2 workers were 2.0 times as fast as the plain loop. More did not help: 4 workers were 1.9 times as \
             fast. This browser reports 2 cores, which more workers have to share."
        );
        assert_eq!(
            said(&beside(1_100.0, Mode::Cooperative, &[(2, 1_000.0)]), 2)[0],
            "2 cooperative tasks were 1.1 times as fast as the plain loop. They share one core."
        );
    }

    #[test]
    fn kernels_and_batches_are_compared() {
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
                "On one worker, the kernel tree decided 60 times as many darts a second as math_random. The ratio \
                 compares algorithm and code together.",
                "With 2 workers, batches of 1,000,000 points were the fastest. Batches of 100,000 took 10 % longer. \
                 Batches of 1,000,000,000 took 100 % longer.",
            ]
        );
    }

    // Fails with: a GPU compared with workers that count differently, or called faster where it is not.
    #[test]
    fn the_gpu_is_held_against_the_workers_that_count_as_it_does() {
        let with_gpu = |ms: f64, kernel| {
            let mut samples = scaling_of(&[(1, 1_000.0), (2, 500.0)]);
            for sample in &mut samples {
                sample.condition.kernel = kernel;
            }
            let mut gpu = sample(Mode::Gpu, 1, 1, ms);
            gpu.condition.group = Group::Gpu;
            samples.push(gpu);
            said(&samples, 2).into_iter().filter(|sentence| sentence.contains("GPU")).collect::<Vec<_>>()
        };
        assert_eq!(
            with_gpu(10.0, Kernel::Tree),
            ["The GPU decided 50 times as many darts a second as 2 workers."]
        );
        assert_eq!(
            with_gpu(750.0, Kernel::Tree),
            ["2 workers decided 1.5 times as many darts a second as the GPU."]
        );
        assert_eq!(with_gpu(10.0, Kernel::MathRandom), [""; 0]);
    }
}
