//! A plan's conditions in random order, and how long they will take.
//!
//! Each repeat measures every condition once, in a new order (a randomised complete block design), so that a drift of the
//! machine affects all conditions alike.

use dartboard_points::kernel::Kernel;
use dartboard_points::stream::Stream;
use rand::seq::SliceRandom;

use super::condition::{Condition, Group, Mode};
use super::plan::{Plan, SWEEP_POINTS};
use crate::run::config::WorkerCount;

/// The batch of a kernel comparison and of finding out the sweep's work, in points.
pub const PLAIN_BATCH_POINTS: u64 = 1_000_000;

/// How much longer than the shortest sample the fastest one is meant to be.
pub const MARGIN: f64 = 1.2;

/// Points a millisecond and worker on the machine of an estimate made before anything is measured.
const ASSUMED_POINTS_PER_MS: f64 = 2e6;

/// The groups that a plan compares.
pub fn groups(plan: &Plan) -> Vec<Group> {
    let mut groups = vec![Group::Scaling];
    if plan.kernels {
        groups.extend(Kernel::ALL.map(Group::Kernel));
    }
    groups.extend(plan.sweep.map(|_| Group::Sweep));
    // The last one, so that the others' work is found whether there is one or not.
    groups.extend(plan.gpu.then_some(Group::Gpu));
    groups
}

/// The conditions of `group`, in the order of tables.
pub fn conditions(plan: &Plan, group: Group) -> Vec<Condition> {
    let kernel = match group {
        Group::Scaling => plan.kernel,
        Group::Kernel(kernel) => kernel,
        Group::Sweep | Group::Gpu => Kernel::Tree,
    };
    let condition = |mode, workers, batch_points| Condition { group, mode, kernel, workers, batch_points };
    match group {
        Group::Scaling => {
            let sequential = plan.sequential.then(|| condition(Mode::Sequential, 1, 0));
            let threads = plan.threads.iter().map(|count| condition(Mode::Threads, count.get(), 0));
            let cooperative =
                plan.cooperative.iter().map(|count| condition(Mode::Cooperative, count.get(), 0));
            let workers =
                plan.workers.iter().map(|count| condition(Mode::Workers, count.get(), plan.batch.points()));
            sequential.into_iter().chain(threads).chain(cooperative).chain(workers).collect()
        }
        Group::Kernel(_) => vec![condition(Mode::Workers, 1, PLAIN_BATCH_POINTS)],
        Group::Sweep => {
            let workers = plan.sweep.map_or(1, WorkerCount::get);
            SWEEP_POINTS.map(|points| condition(Mode::Workers, workers, points)).to_vec()
        }
        Group::Gpu => vec![condition(Mode::Gpu, 1, 0)],
    }
}

/// The condition by which the work of `group` is found: the one that should be fastest.
pub fn fastest(plan: &Plan, group: Group) -> Condition {
    let condition = Condition {
        group,
        mode: Mode::Workers,
        kernel: Kernel::Tree,
        workers: 1,
        batch_points: PLAIN_BATCH_POINTS,
    };
    match group {
        Group::Scaling => Condition {
            kernel: plan.kernel,
            workers: plan.most_workers(),
            batch_points: plan.batch.points(),
            ..condition
        },
        Group::Kernel(kernel) => Condition { kernel, ..condition },
        Group::Sweep => Condition { workers: plan.sweep.map_or(1, WorkerCount::get), ..condition },
        Group::Gpu => Condition { mode: Mode::Gpu, batch_points: 0, ..condition },
    }
}

/// Every sample of the plan: repeat by repeat, each in a random order.
pub fn order(plan: &Plan) -> Vec<(Condition, u32)> {
    // The one block that no range holds, as its end would be beyond it: its stream orders only this.
    let mut random = Stream::new(plan.seed, u64::MAX);
    let conditions: Vec<_> = groups(plan).into_iter().flat_map(|group| conditions(plan, group)).collect();
    let mut order = Vec::new();
    for repeat in 1..=plan.repeats.get() {
        let mut shuffled = conditions.clone();
        shuffled.shuffle(&mut random);
        order.extend(shuffled.into_iter().map(|condition| (condition, repeat)));
    }
    order
}

/// How fast a machine is taken to be, to predict how long samples take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MachineSpeed {
    /// Points a millisecond of one worker.
    pub points_per_ms: f64,
    /// Workers that can count at the same time.
    pub cores: u32,
}

impl MachineSpeed {
    /// Milliseconds that a sample of `points` points takes, all told.
    pub fn sample_ms(&self, condition: &Condition, points: u64) -> f64 {
        let parallel = match condition.mode {
            Mode::Sequential | Mode::Threads | Mode::Cooperative | Mode::Gpu => 1,
            Mode::Workers => condition.workers.min(self.cores).max(1),
        };
        // A batch is counted by one worker, however many wait.
        let batch_points = condition.batch_points.min(points).max(1);
        let share = (points as f64 / f64::from(parallel)).max(batch_points as f64);
        share / self.points_per_ms.max(1.0) + overhead_ms(condition)
    }
}

/// Milliseconds of a sample in which nothing is timed: workers start, the kernel warms up, the page is drawn.
fn overhead_ms(condition: &Condition) -> f64 {
    if condition.mode.starts_workers() { 70.0 + 8.0 * f64::from(condition.workers) } else { 50.0 }
}

/// Milliseconds that finding out the work of a group takes, about.
pub const CALIBRATION_MS: f64 = 500.0;

/// Milliseconds that the whole plan takes on a machine of `cores` cores, before anything is measured.
pub fn estimated_ms(plan: &Plan, cores: u32) -> f64 {
    let speed = MachineSpeed { points_per_ms: ASSUMED_POINTS_PER_MS, cores };
    let of_group = |group| {
        let parallel = fastest(plan, group).workers.min(cores).max(1);
        let least_ms = plan.sample.ms() * MARGIN * f64::from(parallel);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 5 s on 64 cores"
        )]
        let points = (least_ms * speed.points_per_ms) as u64;
        let points =
            if group == Group::Sweep { points.max(SWEEP_POINTS[SWEEP_POINTS.len() - 1]) } else { points };
        let one_each: f64 =
            conditions(plan, group).iter().map(|condition| speed.sample_ms(condition, points)).sum();
        CALIBRATION_MS + one_each * f64::from(plan.repeats.get())
    };
    groups(plan).into_iter().map(of_group).sum()
}

/// The longest that one sample on the main thread takes by the estimate: for so long, in pieces, the page freezes.
pub fn estimated_freeze_ms(plan: &Plan, cores: u32) -> f64 {
    let parallel = plan.most_workers().min(cores).max(1);
    plan.sample.ms() * MARGIN * f64::from(parallel)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use dartboard_points::tally::Seed;

    use super::*;
    use crate::benchmark::plan::{PlanField, Preset};

    #[test]
    fn quick_takes_at_most_20_s_up_to_8_cores() {
        for cores in 1..=8 {
            let ms = estimated_ms(&Preset::Quick.plan(cores, true, Seed(1)), cores);
            assert!((2_000.0..=20_000.0).contains(&ms), "{cores} cores: {ms} ms");
        }
    }

    #[test]
    fn the_estimate_is_as_worked_by_hand() {
        let quick = Preset::Quick.plan(2, true, Seed(1));
        // 120 ms by two at a time are 480,000,000 points: 240 ms by one; 50 ms, or 70 ms and 8 ms a worker or thread,
        // besides.
        let workers = (240.0 + 78.0) + (120.0 + 86.0) + (120.0 + 102.0);
        let threads = (240.0 + 78.0) + (240.0 + 86.0);
        let one_each = (240.0 + 50.0) + threads + workers;
        assert!((estimated_ms(&quick, 2) - (500.0 + 3.0 * one_each)).abs() < 1e-6);
        let one_each = 3.0 * (240.0 + 50.0) + workers;
        let quick_cooperative = Preset::Quick.plan(2, false, Seed(1));
        assert!((estimated_ms(&quick_cooperative, 2) - (500.0 + 3.0 * one_each)).abs() < 1e-6);
        assert!((estimated_freeze_ms(&quick, 2) - 240.0).abs() < 1e-6);
        // One batch of the sweep's greatest, by one of the two workers; all others by both.
        let thorough = Preset::Thorough.plan(2, true, Seed(1));
        let sweep = estimated_ms(&thorough, 2) - estimated_ms(&Plan { sweep: None, ..thorough }, 2);
        assert!((sweep - (500.0 + 7.0 * (8.0 * (250.0 + 86.0) + 500.0 + 86.0))).abs() < 1e-6, "{sweep}");
    }

    #[test]
    fn each_repeat_has_every_condition_once() {
        let plan = Preset::Thorough.plan(2, true, Seed(3));
        let all: HashSet<_> = groups(&plan).into_iter().flat_map(|group| conditions(&plan, group)).collect();
        assert_eq!(all.len(), 1 + 3 + 4 + 4 + 9);
        let order = order(&plan);
        assert_eq!(order.len(), all.len() * 7);
        let mut orders = HashSet::new();
        for (index, repeat) in order.chunks(all.len()).enumerate() {
            assert!(repeat.iter().all(|(_, number)| *number as usize == index + 1));
            let conditions: Vec<_> = repeat.iter().map(|(condition, _)| *condition).collect();
            assert_eq!(conditions.iter().copied().collect::<HashSet<_>>(), all);
            assert!(orders.insert(conditions), "repeat {index} has the order of another");
        }
        assert_eq!(super::order(&plan), order, "the seed names the order");
        assert_ne!(super::order(&plan.with_text(PlanField::Seed, "4").unwrap()), order);
    }

    #[test]
    fn work_is_found_by_what_should_be_fastest() {
        let plan = Preset::Thorough.plan(2, true, Seed(3)).with_text(PlanField::Batch, "300000").unwrap();
        let by = |group| {
            let Condition { mode, kernel, workers, batch_points, .. } = fastest(&plan, group);
            (mode, kernel, workers, batch_points)
        };
        assert_eq!(by(Group::Scaling), (Mode::Workers, Kernel::Tree, 4, 300_000));
        assert_eq!(by(Group::Sweep), (Mode::Workers, Kernel::Tree, 2, PLAIN_BATCH_POINTS));
        assert_eq!(
            fastest(&plan.clone().counted_by(Kernel::MathRandom), Group::Scaling).kernel,
            Kernel::MathRandom
        );
        for kernel in Kernel::ALL {
            assert_eq!(by(Group::Kernel(kernel)), (Mode::Workers, kernel, 1, PLAIN_BATCH_POINTS));
        }
        assert_eq!(by(Group::Gpu), (Mode::Gpu, Kernel::Tree, 1, 0));
    }

    #[test]
    fn a_batch_as_large_as_the_work_is_counted_by_one_worker() {
        let speed = MachineSpeed { points_per_ms: 1e6, cores: 4 };
        let condition = |workers, batch_points| Condition {
            group: Group::Sweep,
            mode: Mode::Workers,
            kernel: Kernel::Tree,
            workers,
            batch_points,
        };
        let ms = |workers, batch_points| {
            let condition = condition(workers, batch_points);
            speed.sample_ms(&condition, 1_000_000_000) - overhead_ms(&condition)
        };
        assert!((ms(4, 1_000_000) - 250.0).abs() < 1e-6);
        assert!((ms(8, 1_000_000) - 250.0).abs() < 1e-6);
        assert!((ms(4, 1_000_000_000) - 1_000.0).abs() < 1e-6);
    }
}
