//! Decides what is timed next, with how much work, and what is repeated.
//!
//! A state machine without clock, randomness or browser: [`Runner::handle`] takes a [`RunnerEvent`] and returns what is
//! to be measured next. First each group's work is found, then every sample is taken in the order of [`schedule`].
//! A disturbed sample is discarded and repeated; one too short for the clock raises the work of its whole group.

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, Tally};
use thiserror::Error;

use super::condition::{Condition, Disturbance, Group, Measurement, Sample, Trial, Work};
use super::plan::{Plan, SWEEP_POINTS};
use super::schedule::{self, CALIBRATION_MS, MARGIN, MachineSpeed};
use super::statistics::standard_deviations_from_quarter_pi;

/// How often in a row one sample may be disturbed before the benchmark gives up.
const MOST_DISTURBANCES: u32 = 20;
/// How often a group's work may be raised before the benchmark gives up.
const MOST_RAISES: u32 = 8;
/// How far a correct count may lie from π/4, in standard deviations; one in 500 million is farther by chance.
const MOST_STANDARD_DEVIATIONS: f64 = 6.0;
/// The work that is tried first, in blocks: by a fast kernel and by a slow one.
const FIRST_BLOCKS: [u64; 2] = [1_000, 20];
/// The milliseconds for which the kernel is warmed up.
const WARM_UP_MS: f64 = 30.0;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum RunnerEvent {
    /// The user wants it to begin.
    Start,
    /// The trial is done.
    Measured(Measurement),
    /// The trial cannot be done.
    Failed(String),
    /// The trial was one of the GPU, and cannot be done: all of the GPU's are left out.
    NoGpu(String),
    /// The user wants it to end.
    Cancel,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchmarkStatus {
    /// Nothing was begun.
    Idle,
    /// The work of groups is being found.
    Calibrating,
    /// Samples are being taken.
    Measuring,
    /// All samples are taken.
    Finished,
    /// The user ended it.
    Cancelled,
    /// It could not go on.
    Failed(BenchmarkFailure),
}

impl BenchmarkStatus {
    /// The word in the page's `data-status`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Calibrating | Self::Measuring => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether a trial is under way.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Calibrating | Self::Measuring)
    }
}

/// Why it could not go on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BenchmarkFailure {
    /// Workers could not be kept alive, or what the main thread counts with did not arrive.
    #[error("counting could not go on: {0}")]
    Counting(String),
    /// A sample counted something else than its work.
    #[error("{condition}: {counted} points were counted of {expected}")]
    WrongPoints {
        /// What was timed.
        condition: String,
        /// What was to be counted.
        expected: u64,
        /// What was counted.
        counted: u64,
    },
    /// The same blocks had another tally than before.
    #[error("{condition}: {inside} points inside, where the same points have {expected}")]
    OtherTally {
        /// What was timed.
        condition: String,
        /// Points inside, by an earlier sample or another kernel.
        expected: u64,
        /// Points inside now.
        inside: u64,
    },
    /// The share of points inside is not π/4.
    #[error("{condition}: the count lies {standard_deviations} standard deviations from π/4")]
    ImplausibleTally {
        /// What was timed.
        condition: String,
        /// How far off, in whole standard deviations.
        standard_deviations: u64,
    },
    /// Samples stayed too short for the clock, however much work they got.
    #[error("{condition}: too short to be timed, although its work was raised {MOST_RAISES} times")]
    NeverLongEnough {
        /// What was timed.
        condition: String,
    },
    /// The same sample was disturbed again and again.
    #[error("{condition}: disturbed {MOST_DISTURBANCES} times in a row, last because {reason}")]
    Disturbed {
        /// What was timed.
        condition: String,
        /// The last reason.
        reason: String,
    },
}

/// A sample that does not count, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discarded {
    /// What was timed.
    pub condition: Condition,
    /// Its time.
    pub wall_ms: f64,
    /// Why.
    pub reason: Disturbance,
}

/// The work of one group, as found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupWork {
    /// The group.
    pub group: Group,
    /// What each of its samples counts.
    pub work: Work,
    /// Points a millisecond of one worker.
    pub points_per_ms: f64,
    raises: u32,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Runner {
    plan: Plan,
    cores: u32,
    status: BenchmarkStatus,
    trial: Option<Trial>,
    works: Vec<GroupWork>,
    /// What is still to be measured, the next one last.
    to_do: Vec<(Condition, u32)>,
    samples: Vec<Sample>,
    discarded: Vec<Discarded>,
    disturbances: u32,
    /// What one job of so many blocks has inside, by the kernels that must agree.
    tallies: Vec<(u64, u64)>,
    no_gpu: Option<String>,
}

impl Runner {
    /// A runner of `plan` on a machine that reports `cores` cores.
    pub fn new(plan: Plan, cores: u32) -> Self {
        Self {
            plan,
            cores,
            status: BenchmarkStatus::Idle,
            trial: None,
            works: Vec::new(),
            to_do: Vec::new(),
            samples: Vec::new(),
            discarded: Vec::new(),
            disturbances: 0,
            tallies: Vec::new(),
            no_gpu: None,
        }
    }

    /// What is carried out.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where it stands.
    pub fn status(&self) -> &BenchmarkStatus {
        &self.status
    }

    /// What is being timed.
    pub fn trial(&self) -> Option<&Trial> {
        self.trial.as_ref()
    }

    /// The samples that count, as they were taken.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The samples that do not.
    pub fn discarded(&self) -> &[Discarded] {
        &self.discarded
    }

    /// Why the GPU is left out, if it is.
    pub fn no_gpu(&self) -> Option<&str> {
        self.no_gpu.as_deref()
    }

    /// The work of each group so far.
    pub fn works(&self) -> &[GroupWork] {
        &self.works
    }

    /// How many samples count, and how many there will be.
    pub fn progress(&self) -> (usize, usize) {
        let conditions = schedule::groups(&self.plan)
            .into_iter()
            .map(|group| schedule::conditions(&self.plan, group).len());
        (self.samples.len(), conditions.sum::<usize>() * self.plan.repeats.get() as usize)
    }

    /// Milliseconds that the rest will take, about.
    pub fn remaining_ms(&self) -> f64 {
        match self.status {
            BenchmarkStatus::Idle => schedule::estimated_ms(&self.plan, self.cores),
            BenchmarkStatus::Calibrating => {
                let found_ms = self.works.len() as f64 * CALIBRATION_MS;
                schedule::estimated_ms(&self.plan, self.cores) - found_ms
            }
            BenchmarkStatus::Measuring => {
                let current = self.trial.and_then(|trial| Some((trial.condition, trial.repeat?)));
                self.to_do.iter().chain(&current).map(|(condition, _)| self.predicted_ms(condition)).sum()
            }
            BenchmarkStatus::Finished | BenchmarkStatus::Cancelled | BenchmarkStatus::Failed(_) => 0.0,
        }
    }

    /// Milliseconds that a sample of `condition` takes: as the last one, or by the group's speed.
    fn predicted_ms(&self, condition: &Condition) -> f64 {
        let last = self.samples.iter().rev().find(|sample| sample.condition == *condition);
        let Some(found) = self.work_of(condition.group) else { return CALIBRATION_MS };
        let speed = MachineSpeed { points_per_ms: found.points_per_ms, cores: self.cores };
        let by_speed = speed.sample_ms(condition, found.work.points());
        last.map_or(by_speed, |sample| {
            by_speed.min(sample.measured.wall_ms) + sample.measured.spawn_ms + 50.0
        })
    }

    fn work_of(&self, group: Group) -> Option<&GroupWork> {
        self.works.iter().find(|found| found.group == group)
    }

    /// Takes an event; what is to be measured next, if anything.
    pub fn handle(&mut self, event: RunnerEvent) -> Option<Trial> {
        match event {
            RunnerEvent::Start if self.status == BenchmarkStatus::Idle => {
                self.status = BenchmarkStatus::Calibrating;
                self.calibrate_next()
            }
            RunnerEvent::Cancel if self.status.is_running() => self.end(BenchmarkStatus::Cancelled),
            RunnerEvent::Failed(reason) if self.status.is_running() => {
                self.end(BenchmarkStatus::Failed(BenchmarkFailure::Counting(reason)))
            }
            RunnerEvent::NoGpu(reason) if self.status.is_running() => self.leave_out_gpu(reason),
            RunnerEvent::Measured(measured) => {
                let trial = self.trial.take()?;
                match self.status {
                    BenchmarkStatus::Calibrating => self.calibrated(trial, &measured),
                    BenchmarkStatus::Measuring => self.measured(trial, measured),
                    _ => None,
                }
            }
            RunnerEvent::Start | RunnerEvent::Cancel | RunnerEvent::Failed(_) | RunnerEvent::NoGpu(_) => None,
        }
    }

    /// Goes on as if the GPU had not been planned.
    fn leave_out_gpu(&mut self, reason: String) -> Option<Trial> {
        self.plan.gpu = false;
        self.no_gpu = Some(reason);
        self.disturbances = 0;
        self.works.retain(|found| found.group != Group::Gpu);
        self.to_do.retain(|(condition, _)| condition.group != Group::Gpu);
        self.samples.retain(|sample| sample.condition.group != Group::Gpu);
        match self.status {
            BenchmarkStatus::Calibrating => self.calibrate_next(),
            _ => self.next_sample(),
        }
    }

    fn end(&mut self, status: BenchmarkStatus) -> Option<Trial> {
        self.status = status;
        self.trial = None;
        None
    }

    fn try_out(&mut self, trial: Trial) -> Option<Trial> {
        self.trial = Some(trial);
        self.trial
    }

    /// Finds the work of the next group; with all found, takes the first sample.
    fn calibrate_next(&mut self) -> Option<Trial> {
        let groups = schedule::groups(&self.plan);
        let Some(&group) = groups.get(self.works.len()) else {
            self.status = BenchmarkStatus::Measuring;
            self.to_do = schedule::order(&self.plan);
            self.to_do.reverse();
            return self.next_sample();
        };
        let condition = schedule::fastest(&self.plan, group);
        let first = FIRST_BLOCKS[usize::from(condition.kernel != Kernel::Tree)];
        let work = self.work(group, first);
        self.try_out(Trial { condition, work, warm_up_blocks: first / 10, repeat: None })
    }

    /// The least work of `group` of at least `blocks` blocks that its workers can share evenly.
    fn work(&self, group: Group, blocks: u64) -> Work {
        match (group, self.plan.job_blocks) {
            (Group::Scaling, Some(job_blocks)) => {
                Work { job_blocks, jobs: blocks.div_ceil(job_blocks).max(1) }
            }
            (Group::Scaling, None) => {
                Work { job_blocks: blocks.next_multiple_of(self.plan.even_share_blocks(blocks)), jobs: 1 }
            }
            _ => Work { job_blocks: blocks.max(1), jobs: 1 },
        }
    }

    /// Tries more work until it takes long enough to tell how much is needed.
    fn calibrated(&mut self, trial: Trial, measured: &Measurement) -> Option<Trial> {
        if let Some(reason) = measured.disturbance {
            return self.disturbed(trial, measured, reason);
        }
        self.disturbances = 0;
        let least_ms = self.plan.sample.ms();
        let (blocks, wall_ms) = (trial.work.points() / BLOCK_POINTS, measured.wall_ms.max(0.01));
        let factor = least_ms * MARGIN / wall_ms;
        if wall_ms < least_ms / 4.0 {
            // So short a time says little: raise the work at most tenfold.
            let work = self.work(trial.condition.group, scaled(blocks, factor.clamp(2.0, 10.0)));
            return self.try_out(Trial { work, ..trial });
        }
        let group = trial.condition.group;
        let mut needed = scaled(blocks, factor);
        if group == Group::Sweep {
            // At least one of the greatest batches, and only whole batches.
            let greatest = SWEEP_POINTS[SWEEP_POINTS.len() - 1] / BLOCK_POINTS;
            needed = needed.next_multiple_of(greatest);
        }
        let parallel = trial.condition.workers.min(self.cores).max(1);
        let points_per_ms = trial.work.points() as f64 / wall_ms / f64::from(parallel);
        self.works.push(GroupWork { group, work: self.work(group, needed), points_per_ms, raises: 0 });
        self.calibrate_next()
    }

    fn next_sample(&mut self) -> Option<Trial> {
        let Some((condition, repeat)) = self.to_do.pop() else { return self.end(BenchmarkStatus::Finished) };
        let found = *self.work_of(condition.group)?;
        let warm_up = found.points_per_ms * WARM_UP_MS / BLOCK_POINTS as f64;
        let warm_up_blocks = scaled(1, warm_up.max(1.0)).min(found.work.job_blocks * found.work.jobs);
        self.try_out(Trial { condition, work: found.work, warm_up_blocks, repeat: Some(repeat) })
    }

    fn measured(&mut self, trial: Trial, measured: Measurement) -> Option<Trial> {
        if let Some(reason) = measured.disturbance {
            return self.disturbed(trial, &measured, reason);
        }
        self.disturbances = 0;
        if let Err(failure) = self.check(&trial, &measured) {
            return self.end(BenchmarkStatus::Failed(failure));
        }
        if measured.wall_ms < self.plan.sample.ms() {
            return self.raise(trial, &measured);
        }
        let repeat = trial.repeat.unwrap_or(1);
        self.samples.push(Sample { condition: trial.condition, repeat, work: trial.work, measured });
        self.next_sample()
    }

    /// Does a disturbed trial again.
    fn disturbed(&mut self, trial: Trial, measured: &Measurement, reason: Disturbance) -> Option<Trial> {
        self.discard(trial.condition, measured.wall_ms, reason);
        self.disturbances += 1;
        if self.disturbances >= MOST_DISTURBANCES {
            let (condition, reason) = (trial.condition.to_string(), reason.to_string());
            return self.end(BenchmarkStatus::Failed(BenchmarkFailure::Disturbed { condition, reason }));
        }
        self.try_out(trial)
    }

    fn discard(&mut self, condition: Condition, wall_ms: f64, reason: Disturbance) {
        self.discarded.push(Discarded { condition, wall_ms, reason });
    }

    /// Gives the group of `trial` more work and measures all of its samples anew: they must have the same.
    fn raise(&mut self, trial: Trial, measured: &Measurement) -> Option<Trial> {
        let group = trial.condition.group;
        let factor = (self.plan.sample.ms() * MARGIN / measured.wall_ms.max(0.01)).clamp(MARGIN, 10.0);
        let work = self.work(group, scaled(trial.work.points() / BLOCK_POINTS, factor));
        let found = self.works.iter_mut().find(|found| found.group == group)?;
        found.work = work;
        found.points_per_ms *= factor;
        found.raises += 1;
        let raises = found.raises;
        self.discard(trial.condition, measured.wall_ms, Disturbance::TooShort);
        if raises > MOST_RAISES {
            let condition = trial.condition.to_string();
            return self.end(BenchmarkStatus::Failed(BenchmarkFailure::NeverLongEnough { condition }));
        }
        let (again, kept) = std::mem::take(&mut self.samples)
            .into_iter()
            .partition::<Vec<_>, _>(|sample| sample.condition.group == group);
        self.samples = kept;
        self.to_do.push((trial.condition, trial.repeat.unwrap_or(1)));
        for sample in again.into_iter().rev() {
            self.discard(sample.condition, sample.measured.wall_ms, Disturbance::TooShort);
            self.to_do.push((sample.condition, sample.repeat));
        }
        self.next_sample()
    }

    /// Checks what was counted against the contract of its kernel.
    fn check(&mut self, trial: &Trial, measured: &Measurement) -> Result<(), BenchmarkFailure> {
        let condition = || trial.condition.to_string();
        let (work, Tally { points, inside }) = (trial.work, measured.tally);
        if points != work.points() {
            return Err(BenchmarkFailure::WrongPoints {
                condition: condition(),
                expected: work.points(),
                counted: points,
            });
        }
        if trial.condition.kernel.is_reproducible() {
            let known =
                self.tallies.iter().find(|(blocks, _)| *blocks == work.job_blocks).map(|(_, inside)| *inside);
            let control = measured.control.map(|control| control.inside);
            // Each job counts the same points.
            let of_one_job = inside / work.jobs;
            for right in known.into_iter().chain(control).chain([of_one_job]) {
                let expected = right * work.jobs;
                if inside != expected {
                    return Err(BenchmarkFailure::OtherTally { condition: condition(), expected, inside });
                }
            }
            if known.is_none() {
                self.tallies.push((work.job_blocks, of_one_job));
            }
        }
        // The same points counted several times are no more independent than once.
        let z = standard_deviations_from_quarter_pi(points / work.jobs, inside / work.jobs).abs();
        if z < MOST_STANDARD_DEVIATIONS {
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let standard_deviations = z as u64;
        Err(BenchmarkFailure::ImplausibleTally { condition: condition(), standard_deviations })
    }
}

/// `blocks` times `factor`, rounded up; at least one.
fn scaled(blocks: u64, factor: f64) -> u64 {
    // Far below 2⁵³; the cast saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let scaled = (blocks as f64 * factor).ceil() as u64;
    scaled.max(1)
}

#[cfg(test)]
mod tests;
