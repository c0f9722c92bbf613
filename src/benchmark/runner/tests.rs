//! The runner against a simulated machine.

use dartboard_worker::kernel::Kernel;
use dartboard_worker::tally::Seed;

use super::*;
use crate::benchmark::condition::Mode;
use crate::benchmark::plan::{PlanField, Preset};
use crate::benchmark::results::{scaling, summaries};

/// A machine of so many cores whose workers count so many points a millisecond.
struct Machine {
    cores: u32,
    points_per_ms: f64,
    /// Trials carried out.
    trials: Vec<Trial>,
}

impl Machine {
    fn new(cores: u32, points_per_ms: f64) -> Self {
        Self { cores, points_per_ms, trials: Vec::new() }
    }

    fn measure(&mut self, trial: Trial) -> Measurement {
        self.trials.push(trial);
        let condition = trial.condition;
        let slowness = match condition.kernel {
            Kernel::MathRandom => 50.0,
            Kernel::ScalarF64 | Kernel::Reference => 20.0,
            Kernel::Simd => 1.0,
        };
        let parallel = match condition.mode {
            Mode::Sequential | Mode::Cooperative => 1,
            Mode::Workers => condition.workers.min(self.cores),
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
    machine: &mut Machine,
    mut measure: impl FnMut(&mut Machine, Trial) -> Measurement,
) -> Runner {
    let mut runner = Runner::new(plan.clone(), machine.cores);
    let mut next = runner.handle(Event::Start);
    for _ in 0..10_000 {
        let Some(trial) = next else { return runner };
        assert_eq!(runner.trial(), Some(&trial));
        assert!(runner.status().is_running() && runner.remaining_ms() > 0.0);
        let measured = measure(machine, trial);
        next = runner.handle(Event::Measured(measured));
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
    ] {
        let plan = preset.plan(cores, Seed(1));
        let mut machine = Machine::new(cores, points_per_ms);
        let runner = run(&plan, &mut machine, Machine::measure);
        assert_eq!(*runner.status(), Status::Finished);
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
    let plan = Preset::Lecture.plan(4, Seed(1));
    let runner = run(&plan, &mut Machine::new(4, 4e6), Machine::measure);
    for sample in runner.samples() {
        assert_eq!(sample.work.job_blocks, 40);
        assert!(sample.work.jobs > 100);
    }
    let summaries = summaries(runner.samples());
    let workers = scaling(&summaries, Mode::Workers).next().unwrap();
    assert!((workers.job_ms.median - 0.25).abs() < 1e-9, "{}", workers.job_ms.median);
}

#[test]
fn disturbed_samples_are_repeated_and_counted() {
    let plan = Preset::Quick.plan(2, Seed(5));
    let mut number = 0;
    let runner = run(&plan, &mut Machine::new(2, 5e6), |machine, trial| {
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
    assert_eq!(*runner.status(), Status::Finished);
    assert_eq!(runner.progress().0, runner.progress().1);
    assert!(runner.samples().iter().all(|sample| sample.measured.wall_ms > 50.0));
    assert!(runner.discarded().len() >= 8, "{:?}", runner.discarded());
}

#[test]
fn a_page_that_stays_hidden_ends_it_with_the_reason() {
    let plan = Preset::Quick.plan(2, Seed(5));
    let hidden = |machine: &mut Machine, trial: Trial| {
        let measured = machine.measure(trial);
        if trial.repeat.is_some() {
            Measurement { disturbance: Some(Disturbance::Hidden), ..measured }
        } else {
            measured
        }
    };
    let runner = run(&plan, &mut Machine::new(2, 5e6), hidden);
    let Status::Failed(fault) = runner.status() else { panic!("{:?}", runner.status()) };
    assert!(fault.to_string().contains("20 times in a row, last because the page was hidden"), "{fault}");
}

#[test]
fn work_that_is_too_little_is_raised_for_all_of_its_group() {
    let plan = Preset::Quick.plan(2, Seed(6));
    // Twice as fast from the tenth trial on, as when other programs end.
    let mut number = 0;
    let runner = run(&plan, &mut Machine::new(2, 5e6), |machine, trial| {
        number += 1;
        machine.points_per_ms = if number > 10 { 1e7 } else { 5e6 };
        machine.measure(trial)
    });
    assert_eq!(*runner.status(), Status::Finished);
    let works: Vec<_> = runner.samples().iter().map(|sample| sample.work).collect();
    assert!(works.iter().all(|work| *work == works[0]), "all samples have the same work");
    assert!(runner.samples().iter().all(|sample| sample.measured.wall_ms >= 100.0));
    assert_eq!(runner.progress().0, runner.progress().1);
    assert!(!runner.discarded().is_empty());
    assert!(runner.discarded().iter().all(|discarded| discarded.reason == Disturbance::TooShort));
}

#[test]
fn cancel_ends_it_at_any_moment_and_keeps_what_was_measured() {
    let plan = Preset::Quick.plan(2, Seed(7));
    for stop_at in 0..24 {
        let mut machine = Machine::new(2, 5e6);
        let mut runner = Runner::new(plan.clone(), 2);
        let mut next = runner.handle(Event::Start);
        for _ in 0..stop_at {
            let Some(trial) = next else { break };
            next = runner.handle(Event::Measured(machine.measure(trial)));
        }
        if !runner.status().is_running() {
            continue;
        }
        let before = runner.samples().to_vec();
        assert_eq!(runner.handle(Event::Cancel), None);
        assert_eq!(*runner.status(), Status::Cancelled);
        // What was under way may still be reported.
        assert_eq!(runner.handle(Event::Measured(Measurement::default())), None);
        assert_eq!(runner.handle(Event::Start), None);
        assert_eq!((runner.samples(), runner.remaining_ms()), (&before[..], 0.0));
    }
}

#[test]
fn wrong_tallies_end_it() {
    let plan = Preset::Quick.plan(2, Seed(8)).with(PlanField::Repeats, "1").unwrap();
    let faulty = |change: fn(&mut Measurement), word: &str| {
        let mut number = 0;
        let runner = run(&plan, &mut Machine::new(2, 5e6), |machine, trial| {
            let mut measured = machine.measure(trial);
            number += u32::from(trial.repeat.is_some());
            if number == 3 {
                change(&mut measured);
            }
            measured
        });
        let Status::Failed(fault) = runner.status() else { panic!("{:?} with {word}", runner.status()) };
        assert!(fault.to_string().contains(word), "{fault}");
        assert_eq!(runner.samples().len(), 2, "what was measured stays");
    };
    faulty(|measured| measured.tally.inside += 1, "where the same points have");
    faulty(|measured| measured.tally.points += BLOCK_POINTS, "points were counted of");
    faulty(
        |measured| measured.control = Some(Tally { inside: measured.tally.inside + 1, ..measured.tally }),
        "where the same",
    );

    let kernels = Plan { kernels: true, ..plan.clone() };
    let runner = run(&kernels, &mut Machine::new(2, 5e6), |machine, trial| {
        let mut measured = machine.measure(trial);
        if trial.condition.kernel == Kernel::MathRandom && trial.repeat.is_some() {
            measured.tally.inside = measured.tally.points * 3 / 4;
        }
        measured
    });
    assert!(
        matches!(runner.status(), Status::Failed(Fault::ImplausibleTally { .. })),
        "{:?}",
        runner.status()
    );
}

#[test]
fn a_failure_of_the_workers_ends_it_with_their_reason() {
    let mut runner = Runner::new(Preset::Quick.plan(2, Seed(1)), 2);
    runner.handle(Event::Start);
    assert_eq!(runner.handle(Event::Failed("no worker can be kept alive".to_owned())), None);
    assert_eq!(runner.status().word(), "failed");
    let Status::Failed(fault) = runner.status() else { panic!() };
    assert!(fault.to_string().ends_with("no worker can be kept alive"));
}
