//! The runner against a simulated machine.

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::Seed;

use super::*;
use crate::benchmark::conclusion::conclusion;
use crate::benchmark::condition::Mode;
use crate::benchmark::plan::{PlanField, Preset};
use crate::benchmark::results::{Summary, scaling, summaries};

/// A machine of so many cores whose workers count so many points a millisecond.
struct SimulatedMachine {
    cores: u32,
    points_per_ms: f64,
    /// Trials carried out.
    trials: Vec<Trial>,
}

impl SimulatedMachine {
    fn new(cores: u32, points_per_ms: f64) -> Self {
        Self { cores, points_per_ms, trials: Vec::new() }
    }

    fn measure(&mut self, trial: Trial) -> Measurement {
        self.trials.push(trial);
        let condition = trial.condition;
        let slowness = match condition.kernel {
            Kernel::MathRandom => 50.0,
            Kernel::ScalarF64 | Kernel::Reference => 20.0,
            Kernel::Tree => 1.0,
        };
        let parallel = match condition.mode {
            Mode::Sequential | Mode::Threads | Mode::Cooperative => 1,
            Mode::Workers => condition.workers.min(self.cores),
            Mode::Gpu => 100,
        };
        let points = trial.work.points();
        let wall_ms = points as f64 * slowness / self.points_per_ms / f64::from(parallel);
        Measurement { wall_ms, tally: tally(trial.work), ..Measurement::default() }
    }
}

/// What a work has inside: a little off, differently for each, and the same for the same.
fn tally(work: Work) -> Tally {
    let points = work.job_blocks * BLOCK_POINTS;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive")]
    let inside = (points as f64 * std::f64::consts::FRAC_PI_4) as u64 + work.job_blocks % 7;
    Tally { points: points * work.jobs, inside: inside * work.jobs }
}

fn run(
    plan: &Plan,
    machine: &mut SimulatedMachine,
    mut measure: impl FnMut(&mut SimulatedMachine, Trial) -> Measurement,
) -> Runner {
    let mut runner = Runner::new(plan.clone(), machine.cores);
    let mut next = runner.handle(RunnerEvent::Start);
    for _ in 0..10_000 {
        let Some(trial) = next else { return runner };
        assert_eq!(runner.trial(), Some(&trial));
        assert!(runner.status().is_running() && runner.remaining_ms() > 0.0);
        let measured = measure(machine, trial);
        next = runner.handle(RunnerEvent::Measured(measured));
    }
    panic!("it does not end: {:?}", runner.status());
}

#[test]
fn every_sample_is_taken_with_the_same_work_and_long_enough() {
    for (preset, cores, points_per_ms) in [
        (Preset::Quick, 2, 5e6),
        (Preset::Quick, 16, 3e4),
        (Preset::Thorough, 3, 2e6),
        (Preset::Lecture, 4, 4e6),
        (Preset::Lecture, 1, 1e4),
        (Preset::LectureFast, 4, 4e6),
        (Preset::LectureFast, 1, 1e4),
    ] {
        let plan = preset.plan(cores, false, Seed(1));
        let mut machine = SimulatedMachine::new(cores, points_per_ms);
        let runner = run(&plan, &mut machine, SimulatedMachine::measure);
        assert_eq!(*runner.status(), BenchmarkStatus::Finished);
        let (done, all) = runner.progress();
        assert_eq!(done, all);
        assert_eq!((runner.discarded(), runner.remaining_ms()), (&[][..], 0.0));
        for group in schedule::groups(&plan) {
            for condition in schedule::conditions(&plan, group) {
                let own: Vec<_> =
                    runner.samples().iter().filter(|sample| sample.condition == condition).collect();
                let mut repeats: Vec<_> = own.iter().map(|sample| sample.repeat).collect();
                repeats.sort_unstable();
                assert_eq!(repeats, (1..=plan.repeats.get()).collect::<Vec<_>>(), "{condition}");
                assert!(own.iter().all(|sample| sample.measured.wall_ms >= plan.sample.ms()), "{condition}");
            }
            let mut works =
                runner.samples().iter().filter(|sample| sample.condition.group == group).map(|s| s.work);
            let first = works.next().unwrap();
            assert!(works.all(|work| work == first), "{group:?}");
            // No wasteful excess over what the fastest needs.
            let fastest = runner.samples().iter().filter(|sample| sample.condition.group == group);
            let fastest = fastest.map(|sample| sample.measured.wall_ms).fold(f64::MAX, f64::min);
            let least = group == Group::Sweep || plan.job_blocks.is_some_and(|_| first.jobs == 1);
            assert!(least || fastest < plan.sample.ms() * 1.5, "{group:?}: {fastest} ms");
        }
    }
}

#[test]
fn the_lectures_job_is_repeated_as_it_is() {
    let plan = Preset::LectureFast.plan(4, false, Seed(1));
    let runner = run(&plan, &mut SimulatedMachine::new(4, 4e6), SimulatedMachine::measure);
    for sample in runner.samples() {
        assert_eq!(sample.work.job_blocks, 40);
        assert!(sample.work.jobs > 100);
    }
    let summaries = summaries(runner.samples());
    let workers = scaling(&summaries, Mode::Workers).next().unwrap();
    assert!((workers.job_ms.median - 0.25).abs() < 1e-9, "{}", workers.job_ms.median);
}

/// What each of the lecture's three lines says on a machine of four cores, where a message takes half a millisecond and
/// the start of four workers 60 ms.
fn lecture_lines(preset: Preset) -> (Vec<Summary>, Vec<String>) {
    let mut machine = SimulatedMachine::new(4, 4e6);
    let runner = run(&preset.plan(4, false, Seed(1)), &mut machine, |machine, trial| {
        let measured = machine.measure(trial);
        if trial.condition.mode != Mode::Workers {
            return measured;
        }
        let on_the_way_ms = 0.5 * trial.work.jobs as f64;
        Measurement {
            wall_ms: measured.wall_ms + on_the_way_ms,
            spawn_ms: 60.0,
            waiting_ms: on_the_way_ms * f64::from(trial.condition.workers),
            ..measured
        }
    });
    let summaries = summaries(runner.samples());
    let said = conclusion(&summaries, 4);
    (summaries, said)
}

// Fails with: a lecture's table in which threads gain and workers lose; a fast kernel that hides why they do.
#[test]
fn the_lectures_lines_come_out_as_in_the_lecture_and_the_fast_kernel_teaches_what_too_small_work_costs() {
    let (summaries, said) = lecture_lines(Preset::Lecture);
    let speed_ups: Vec<_> = summaries.iter().filter_map(|summary| summary.speed_up).collect();
    let [one_loop, threads, workers] = speed_ups[..] else { panic!("{speed_ups:?}") };
    assert!(
        (one_loop - 1.0).abs() < 1e-12 && (0.95..1.05).contains(&threads) && workers > 3.0,
        "{speed_ups:?}"
    );
    assert!(said[0].starts_with("4 workers were 3.8 times as fast as the plain loop."), "{said:?}");
    // 50 ms in one loop; 13 ms in workers, and 60 ms for their start.
    assert_eq!(
        said[1],
        "Starting 4 workers took 60 ms. With their start they were slower: they took 1.5 times as long. Starting pays off for longer work."
    );

    let (_, said) = lecture_lines(Preset::LectureFast);
    // 1 ms in one loop; 0.25 ms in workers, and 0.5 ms on the way.
    assert!(said[0].starts_with("4 workers were 1.3 times as fast as the plain loop."), "{said:?}");
    assert!(
        said[0].contains("The work was too small for its messages: the workers waited 67 % of the time."),
        "{said:?}"
    );
}

#[test]
fn disturbed_samples_are_repeated_and_counted() {
    let plan = Preset::Quick.plan(2, false, Seed(5));
    let mut number = 0;
    let runner = run(&plan, &mut SimulatedMachine::new(2, 5e6), |machine, trial| {
        number += 1;
        let disturbance = match number % 5 {
            0 => Some(Disturbance::Hidden),
            1 => Some(Disturbance::ClockJumped),
            _ => None,
        };
        // Whatever was measured meanwhile must not count.
        let wall_ms = if disturbance.is_some() { 1.0 } else { machine.measure(trial).wall_ms };
        Measurement { wall_ms, disturbance, ..machine.measure(trial) }
    });
    assert_eq!(*runner.status(), BenchmarkStatus::Finished);
    assert_eq!(runner.progress().0, runner.progress().1);
    assert!(runner.samples().iter().all(|sample| sample.measured.wall_ms > 50.0));
    assert!(runner.discarded().len() >= 8, "{:?}", runner.discarded());
}

#[test]
fn a_page_that_stays_hidden_ends_it_with_the_reason() {
    let plan = Preset::Quick.plan(2, false, Seed(5));
    let hidden = |machine: &mut SimulatedMachine, trial: Trial| {
        let measured = machine.measure(trial);
        if trial.repeat.is_some() {
            Measurement { disturbance: Some(Disturbance::Hidden), ..measured }
        } else {
            measured
        }
    };
    let runner = run(&plan, &mut SimulatedMachine::new(2, 5e6), hidden);
    let BenchmarkStatus::Failed(failure) = runner.status() else { panic!("{:?}", runner.status()) };
    assert!(failure.to_string().contains("20 times in a row, last because the page was hidden"), "{failure}");
}

#[test]
fn work_that_is_too_little_is_raised_for_all_of_its_group() {
    let plan = Preset::Quick.plan(2, false, Seed(6));
    // Twice as fast from the tenth trial on, as when other programs end.
    let mut number = 0;
    let runner = run(&plan, &mut SimulatedMachine::new(2, 5e6), |machine, trial| {
        number += 1;
        machine.points_per_ms = if number > 10 { 1e7 } else { 5e6 };
        machine.measure(trial)
    });
    assert_eq!(*runner.status(), BenchmarkStatus::Finished);
    let works: Vec<_> = runner.samples().iter().map(|sample| sample.work).collect();
    assert!(works.iter().all(|work| *work == works[0]), "all samples have the same work");
    assert!(runner.samples().iter().all(|sample| sample.measured.wall_ms >= 100.0));
    assert_eq!(runner.progress().0, runner.progress().1);
    assert!(!runner.discarded().is_empty());
    assert!(runner.discarded().iter().all(|discarded| discarded.reason == Disturbance::TooShort));
}

#[test]
fn cancel_ends_it_at_any_moment_and_keeps_what_was_measured() {
    let plan = Preset::Quick.plan(2, false, Seed(7));
    for stop_at in 0..24 {
        let mut machine = SimulatedMachine::new(2, 5e6);
        let mut runner = Runner::new(plan.clone(), 2);
        let mut next = runner.handle(RunnerEvent::Start);
        for _ in 0..stop_at {
            let Some(trial) = next else { break };
            next = runner.handle(RunnerEvent::Measured(machine.measure(trial)));
        }
        if !runner.status().is_running() {
            continue;
        }
        let before = runner.samples().to_vec();
        assert_eq!(runner.handle(RunnerEvent::Cancel), None);
        assert_eq!(*runner.status(), BenchmarkStatus::Cancelled);
        // What was under way may still be reported.
        assert_eq!(runner.handle(RunnerEvent::Measured(Measurement::default())), None);
        assert_eq!(runner.handle(RunnerEvent::Start), None);
        assert_eq!((runner.samples(), runner.remaining_ms()), (&before[..], 0.0));
    }
}

#[test]
fn wrong_tallies_end_it() {
    let plan = Preset::Quick.plan(2, false, Seed(8)).with_text(PlanField::Repeats, "1").unwrap();
    let faulty = |change: fn(&mut Measurement), word: &str| {
        let mut number = 0;
        let runner = run(&plan, &mut SimulatedMachine::new(2, 5e6), |machine, trial| {
            let mut measured = machine.measure(trial);
            number += u32::from(trial.repeat.is_some());
            if number == 3 {
                change(&mut measured);
            }
            measured
        });
        let BenchmarkStatus::Failed(failure) = runner.status() else {
            panic!("{:?} with {word}", runner.status())
        };
        assert!(failure.to_string().contains(word), "{failure}");
        assert_eq!(runner.samples().len(), 2, "what was measured stays");
    };
    faulty(|measured| measured.tally.inside += 1, "where the same points have");
    faulty(|measured| measured.tally.points += BLOCK_POINTS, "points were counted of");
    faulty(
        |measured| measured.control = Some(Tally { inside: measured.tally.inside + 1, ..measured.tally }),
        "where the same",
    );

    let kernels = Plan { kernels: true, ..plan.clone() };
    let runner = run(&kernels, &mut SimulatedMachine::new(2, 5e6), |machine, trial| {
        let mut measured = machine.measure(trial);
        if trial.condition.kernel == Kernel::MathRandom && trial.repeat.is_some() {
            measured.tally.inside = measured.tally.points * 3 / 4;
        }
        measured
    });
    assert!(
        matches!(runner.status(), BenchmarkStatus::Failed(BenchmarkFailure::ImplausibleTally { .. })),
        "{:?}",
        runner.status()
    );
}

#[test]
fn a_failure_of_the_workers_ends_it_with_their_reason() {
    let mut runner = Runner::new(Preset::Quick.plan(2, false, Seed(1)), 2);
    runner.handle(RunnerEvent::Start);
    assert_eq!(runner.handle(RunnerEvent::Failed("no worker can be kept alive".to_owned())), None);
    assert_eq!(runner.status().word(), "failed");
    let BenchmarkStatus::Failed(failure) = runner.status() else { panic!() };
    assert!(failure.to_string().ends_with("no worker can be kept alive"));
}

/// What a trial of such a time says.
fn lasting(wall_ms: f64, trial: Trial) -> RunnerEvent {
    RunnerEvent::Measured(Measurement {
        wall_ms,
        spawn_ms: 30.0,
        tally: tally(trial.work),
        ..Measurement::default()
    })
}

/// A runner of the quick preset on two cores whose work is found, as worked by hand, and its first sample.
fn calibrated_by_hand() -> (Runner, Trial) {
    let mut runner = Runner::new(Preset::Quick.plan(2, false, Seed(1)), 2);
    let first = runner.handle(RunnerEvent::Start).unwrap();
    // A tenth of it warms up.
    assert_eq!((first.work, first.warm_up_blocks), (Work { job_blocks: 1_000, jobs: 1 }, 100));
    assert_eq!((first.condition.mode, first.condition.workers, first.repeat), (Mode::Workers, 4, None));
    // Less than a quarter of 100 ms tells little: 120/24 as much, in batches of 100 blocks that 1, 2 and 4 can share.
    let second = runner.handle(lasting(24.0, first)).unwrap();
    assert_eq!(second, Trial { work: Work { job_blocks: 5_200, jobs: 1 }, ..first });
    // 5,200 · 120/25 = 24,960, and again shared evenly; 5,200 blocks in 25 ms by two at a time.
    let sample = runner.handle(lasting(25.0, second)).unwrap();
    let work = Work { job_blocks: 25_200, jobs: 1 };
    assert_eq!(
        runner.works(),
        [GroupWork { group: Group::Scaling, work, points_per_ms: 10_400_000.0, raises: 0 }]
    );
    // 30 ms of 10.4 million points each.
    assert_eq!((sample.work, sample.warm_up_blocks, sample.repeat), (work, 3_120, Some(1)));
    (runner, sample)
}

#[test]
fn work_is_raised_as_worked_by_hand() {
    let (mut runner, sample) = calibrated_by_hand();
    // Just long enough is long enough.
    let next = runner.handle(lasting(100.0, sample)).unwrap();
    assert_eq!((runner.progress(), runner.discarded()), ((1, 18), &[][..]));
    // Half as long as is asked for: 25,200 · 120/50 = 60,480, shared evenly.
    runner.handle(lasting(50.0, next));
    let work = Work { job_blocks: 60_800, jobs: 1 };
    assert_eq!(
        runner.works(),
        [GroupWork { group: Group::Scaling, work, points_per_ms: 24_960_000.0, raises: 1 }]
    );
    assert_eq!((runner.progress(), runner.discarded().len()), ((0, 18), 2));
}

#[test]
fn work_that_never_suffices_ends_it() {
    let (mut runner, mut trial) = calibrated_by_hand();
    for raise in 1..=8 {
        trial = runner.handle(lasting(50.0, trial)).unwrap();
        assert_eq!(runner.works()[0].raises, raise);
    }
    assert_eq!(runner.handle(lasting(50.0, trial)), None);
    let BenchmarkStatus::Failed(failure) = runner.status() else { panic!("{:?}", runner.status()) };
    assert!(
        failure.to_string().ends_with("too short to be timed, although its work was raised 8 times"),
        "{failure}"
    );
}

#[test]
fn the_time_left_is_as_worked_by_hand() {
    // 25,200 blocks by workers of 10.4 million points a millisecond, two at a time, and what is not timed.
    let by_pace = |condition: &Condition| match (condition.mode, condition.workers) {
        (Mode::Workers, 1) => 242.307_69 + 78.0,
        (Mode::Workers, 2) => 121.153_85 + 86.0,
        (Mode::Workers, _) => 121.153_85 + 102.0,
        _ => 242.307_69 + 50.0,
    };
    for (wall_ms, as_measured) in [(150.0, true), (1_000.0, false)] {
        let (mut runner, sample) = calibrated_by_hand();
        assert!((runner.remaining_ms() - 4_882.615_4).abs() < 0.01, "{}", runner.remaining_ms());
        runner.handle(lasting(wall_ms, sample));
        let expected = by_pace(&sample.condition);
        let as_last = if as_measured { 150.0 } else { expected } + 30.0 + 50.0;
        // This one is done, and two more of its condition are to come.
        let left = 4_882.615_4 - expected + 2.0 * (as_last - expected);
        assert!((runner.remaining_ms() - left).abs() < 0.01, "{} of {left}", runner.remaining_ms());
    }
}

#[test]
fn the_work_of_kernels_and_of_the_sweep_is_as_worked_by_hand() {
    let plan = Preset::Thorough.plan(2, false, Seed(1));
    let estimated = schedule::estimated_ms(&plan, 2);
    let mut runner = Runner::new(plan, 2);
    assert_eq!((runner.remaining_ms(), runner.status().is_running()), (estimated, false));
    let mut trial = runner.handle(RunnerEvent::Start).unwrap();
    // Group, blocks tried first, warming up, milliseconds; blocks found, points a millisecond and worker.
    for (found, (group, first, warm_up, wall_ms, blocks, points_per_ms)) in [
        (Group::Scaling, 1_000, 100, 120.0, 2_000, 416_666.67),
        (Group::Kernel(Kernel::MathRandom), 20, 2, 100.0, 48, 20_000.0),
        (Group::Kernel(Kernel::ScalarF64), 20, 2, 50.0, 96, 40_000.0),
        (Group::Kernel(Kernel::Reference), 20, 2, 60.0, 80, 33_333.33),
        (Group::Kernel(Kernel::Tree), 1_000, 100, 60.0, 4_000, 1_666_666.67),
        (Group::Sweep, 1_000, 100, 60.0, 10_000, 833_333.33),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            (trial.condition.group, trial.work.job_blocks, trial.warm_up_blocks),
            (group, first, warm_up)
        );
        let left = estimated - found as f64 * 500.0;
        assert!((runner.remaining_ms() - left).abs() < 0.01, "{} of {left}", runner.remaining_ms());
        trial = runner.handle(lasting(wall_ms, trial)).unwrap();
        let work = runner.works()[found];
        assert_eq!((work.group, work.work), (group, Work { job_blocks: blocks, jobs: 1 }));
        assert!((work.points_per_ms - points_per_ms).abs() < 0.01, "{group:?}: {}", work.points_per_ms);
    }
    assert_eq!(*runner.status(), BenchmarkStatus::Measuring);
}

#[test]
fn the_lectures_job_warms_up_for_30_ms_and_counts_the_same_points_each_time() {
    let plan = Preset::LectureFast.plan(4, false, Seed(1));
    let mut machine = SimulatedMachine::new(4, 4e6);
    run(&plan, &mut machine, SimulatedMachine::measure);
    let samples = machine.trials.iter().filter(|trial| trial.repeat.is_some());
    // 4 million points a millisecond are 40 blocks.
    assert!(samples.clone().count() > 0 && samples.clone().all(|trial| trial.warm_up_blocks == 1_200));

    let runner = run(&plan, &mut machine, |machine, trial| {
        let mut measured = machine.measure(trial);
        measured.tally.inside += u64::from(trial.repeat.is_some());
        measured
    });
    assert!(
        matches!(runner.status(), BenchmarkStatus::Failed(BenchmarkFailure::OtherTally { .. })),
        "{:?}",
        runner.status()
    );
}

#[test]
fn what_comes_before_the_start_or_after_the_end_changes_nothing() {
    let plan = Preset::Quick.plan(2, false, Seed(1));
    let finished = run(&plan, &mut SimulatedMachine::new(2, 5e6), SimulatedMachine::measure);
    for (mut runner, status) in
        [(Runner::new(plan, 2), BenchmarkStatus::Idle), (finished, BenchmarkStatus::Finished)]
    {
        for event in [
            RunnerEvent::Cancel,
            RunnerEvent::Failed("no worker can be kept alive".to_owned()),
            RunnerEvent::Measured(Measurement::default()),
        ] {
            assert_eq!(runner.handle(event), None);
            assert_eq!((runner.status(), runner.status().is_running()), (&status, false));
        }
    }
}

// Fails with: a GPU that is given what a core counts in a sample, or the others what a GPU does; a benchmark that ends for want
// of a GPU, or keeps half of its samples.
#[test]
fn a_gpu_has_work_of_its_own_and_is_left_out_with_its_reason_where_there_is_none() {
    let plan = Plan { gpu: true, ..Preset::Quick.plan(2, true, Seed(1)) };
    let measure = |machine: &mut SimulatedMachine, trial| machine.measure(trial);
    let runner = run(&plan, &mut SimulatedMachine::new(2, 1e6), measure);
    assert_eq!(*runner.status(), BenchmarkStatus::Finished);
    let work = |mode| {
        let of_mode = runner.samples().iter().filter(move |sample| sample.condition.mode == mode);
        of_mode.map(|sample| sample.work.job_blocks).collect::<Vec<_>>()
    };
    assert_eq!(work(Mode::Gpu).len(), 3);
    assert!(work(Mode::Gpu)[0] > 20 * work(Mode::Workers)[0]);
    assert_eq!(runner.no_gpu(), None);

    // The order is another one.
    let taken = |runner: &Runner| {
        let samples = runner.samples().iter();
        let mut taken: Vec<_> =
            samples.map(|sample| format!("{:?}", (sample.condition, sample.repeat, sample.work))).collect();
        taken.sort_unstable();
        taken
    };
    let without = run(&Plan { gpu: false, ..plan.clone() }, &mut SimulatedMachine::new(2, 1e6), measure);
    // At once, or after it was timed twice.
    for counted in [0, 3] {
        let (mut machine, mut times) = (SimulatedMachine::new(2, 1e6), 0);
        let mut runner = Runner::new(plan.clone(), 2);
        let mut next = runner.handle(RunnerEvent::Start);
        while let Some(trial) = next {
            let is_gone = trial.condition.mode == Mode::Gpu && {
                times += 1;
                times > counted
            };
            next = runner.handle(if is_gone {
                RunnerEvent::NoGpu("it was lost".to_owned())
            } else {
                RunnerEvent::Measured(machine.measure(trial))
            });
        }
        assert_eq!((runner.status(), runner.no_gpu()), (&BenchmarkStatus::Finished, Some("it was lost")));
        assert_eq!((taken(&runner), runner.progress()), (taken(&without), without.progress()));
    }
}
