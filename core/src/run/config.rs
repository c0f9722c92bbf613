//! The configuration of a run: every value in its range, every refusal a sentence for the user.
//!
//! The fields of the page and the parameters of its address are read by the same functions.

use std::fmt;

use dartboard_points::decimal::parse_u64;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::Probability;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};

use crate::field::{self, Arrow, Refusal, TextField, Wanted, Writing};
use crate::run::estimate::STANDARD_ERROR_OF_ONE_POINT;
use crate::text::Scientific;

/// What a user chooses of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Names the run's random points.
    pub seed: Seed,
    /// How many workers count at a time on the processor, unless the GPU counts instead of them.
    pub workers: WorkerCount,
    /// How many points a worker is given at a time.
    pub batch: BatchSize,
    /// Where the run ends by itself.
    pub target: Option<Target>,
    /// How often a batch panics in its worker, on purpose.
    pub chaos: Chaos,
    /// What the workers count with; none: each with its own, the fastest that it has. The tally is the same.
    pub kernel: Option<Kernel>,
    /// What follows the death of a worker.
    pub after_death: AfterDeath,
    /// Whether a GPU counts too. The tally is the same.
    pub gpu: Gpu,
}

/// Whether a GPU counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gpu {
    /// No.
    #[default]
    Off,
    /// Beside the processor's workers.
    Beside,
    /// Instead of them.
    Alone,
}

impl Gpu {
    /// Reads `0` for none, `1` for one beside the processor's workers, `only` for one instead of them.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "0" => Ok(Self::Off),
            "1" => Ok(Self::Beside),
            "only" => Ok(Self::Alone),
            _ => Err(Refusal::new(Field::Gpu.name(), text, Wanted::Said("be 0, 1 or only".to_owned()))),
        }
    }
}

/// What follows the death of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterDeath {
    /// Another one takes its place, and its blocks are counted again.
    #[default]
    Replace,
    /// The run goes on with those left, as the lecture's program does: the blocks that it held stay missing.
    GoOn,
}

impl AfterDeath {
    /// Reads `1` for replacing it, `0` for going on without it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "1" => Ok(Self::Replace),
            "0" => Ok(Self::GoOn),
            _ => Err(Refusal::new(Field::AfterDeath.name(), text, Wanted::WholeNumber { min: 0, max: 1 })),
        }
    }

    /// The other one.
    #[must_use]
    pub fn switched(self) -> Self {
        match self {
            Self::Replace => Self::GoOn,
            Self::GoOn => Self::Replace,
        }
    }
}

/// How many workers count at a time: [`Self::MIN`] to [`Self::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkerCount(u32);

impl WorkerCount {
    /// One worker.
    pub const MIN: Self = Self(1);
    /// The most workers.
    pub const MAX: Self = Self(64);

    /// The nearest possible count to `count`, for defaults only: what a user types is never replaced.
    pub fn nearest(count: u32) -> Self {
        Self(count.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The number of workers.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// One worker more or less.
    #[must_use]
    pub(crate) fn stepped(self, arrow: Arrow) -> Self {
        Self::nearest(u32::try_from(arrow.next(self.0.into())).unwrap_or(self.0))
    }

    /// Reads the number as a user writes it.
    ///
    /// # Errors
    /// When it is not a whole number from [`Self::MIN`] to [`Self::MAX`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        field::whole_number(Field::Workers.name(), text, u64::from(Self::MIN.0), u64::from(Self::MAX.0))
            .map(|count| Self(u32::try_from(count).unwrap_or(Self::MAX.0)))
    }
}

/// How many points a worker is given at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchSize {
    /// The same for every batch.
    Fixed(BatchPoints),
    /// Follows each worker's speed.
    Auto,
}

impl BatchSize {
    /// Reads a number of points, or `auto`.
    ///
    /// # Errors
    /// When it is neither `auto` nor a multiple of 100,000 from 100,000 to 10,000,000,000.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        BatchPoints::read(text, true).map(Self::Fixed)
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(points) => points.points().fmt(f),
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// The size of a batch: a multiple of 100,000 points from 100,000 to 10,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchPoints {
    blocks: u64,
}

impl BatchPoints {
    /// The sizes in blocks that a slider offers, about evenly spaced on a logarithmic scale.
    pub const SLIDER_BLOCKS: [u64; 16] =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

    /// The slider's position nearest to this size, not above it.
    pub fn slider_position(self) -> usize {
        Self::SLIDER_BLOCKS.partition_point(|&blocks| blocks <= self.blocks) - 1
    }

    /// The size at a slider's position; the greatest beyond its end.
    pub fn at_slider_position(position: usize) -> Self {
        Self::SLIDER_BLOCKS.get(position).map_or(Self::MAX, |&blocks| Self { blocks })
    }

    /// One block.
    pub const MIN: Self = Self { blocks: 1 };
    /// 10,000,000,000 points.
    pub const MAX: Self = Self { blocks: 10_000_000_000 / BLOCK_POINTS };

    /// The nearest possible size to a number of blocks, for sizes that are computed, not typed.
    pub fn nearest(blocks: u64) -> Self {
        Self { blocks: blocks.clamp(Self::MIN.blocks, Self::MAX.blocks) }
    }

    /// The number of blocks in a batch.
    pub fn blocks(self) -> u64 {
        self.blocks
    }

    /// The number of points in a batch.
    pub fn points(self) -> u64 {
        self.blocks * BLOCK_POINTS
    }

    /// Twice or half as many.
    #[must_use]
    pub(crate) fn stepped(self, arrow: Arrow) -> Self {
        Self::nearest(arrow.doubled_or_halved(self.blocks))
    }

    /// Reads a number of points as a user writes it.
    ///
    /// # Errors
    /// When it is not a multiple of 100,000 from 100,000 to 10,000,000,000.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(text, false)
    }

    fn read(text: &str, or_auto: bool) -> Result<Self, Refusal> {
        field::whole_blocks(Field::Batch.name(), text, Self::MAX.blocks, or_auto)
            .map(|blocks| Self { blocks })
    }
}

/// Where a run ends by itself: a whole number of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    blocks: u64,
}

impl Target {
    /// The farthest target: its points still fit a `u64`.
    pub const MAX: Self = Self { blocks: BlockRange::MAX_BLOCKS };

    /// The target after `blocks` blocks; none for 0 or too many blocks.
    pub fn from_blocks(blocks: u64) -> Option<Self> {
        (1..=Self::MAX.blocks).contains(&blocks).then_some(Self { blocks })
    }

    /// The number of blocks to count: the blocks 0 up to, not including, this one.
    pub fn blocks(self) -> u64 {
        self.blocks
    }

    /// The number of points to count.
    pub fn points(self) -> u64 {
        self.blocks * BLOCK_POINTS
    }

    /// The least target whose estimate has at most this standard error:
    /// ⌈([`STANDARD_ERROR_OF_ONE_POINT`]/`standard_error`)²⌉ points, rounded up to a block.
    /// None for an error that is not from [`MIN_STANDARD_ERROR`] to 1.
    pub fn for_standard_error(standard_error: f64) -> Option<Self> {
        if !(MIN_STANDARD_ERROR..=1.0).contains(&standard_error) {
            return None;
        }
        let points = (STANDARD_ERROR_OF_ONE_POINT / standard_error).powi(2).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within u64 by the range"
        )]
        let points = points as u64;
        Self::from_blocks(points.div_ceil(BLOCK_POINTS))
    }

    /// The standard error that an estimate of so many points has.
    pub fn standard_error(self) -> f64 {
        STANDARD_ERROR_OF_ONE_POINT / (self.points() as f64).sqrt()
    }

    /// Twice or half as far.
    fn stepped(self, arrow: Arrow) -> Self {
        Self { blocks: arrow.doubled_or_halved(self.blocks).clamp(1, Self::MAX.blocks) }
    }

    /// Reads a standard error as a user writes it, such as `0.00001` or `1e-5`.
    ///
    /// # Errors
    /// When it is not a number between [`MIN_STANDARD_ERROR`] and 1.
    pub fn parse_standard_error(text: &str) -> Result<Self, Refusal> {
        field::decimal(text)
            .and_then(Self::for_standard_error)
            .ok_or_else(|| Refusal::new(Field::Target.name(), text, Wanted::StandardError))
    }

    /// Reads a number of points as a user writes it.
    ///
    /// # Errors
    /// When it is not a positive multiple of 100,000 that fits a `u64`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        field::whole_blocks(Field::Target.name(), text, Self::MAX.blocks, false).map(|blocks| Self { blocks })
    }
}

/// The least standard error that can be asked for: its points just fit a `u64`.
pub const MIN_STANDARD_ERROR: f64 = 4e-10;

/// The probability that a batch panics in its worker, on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chaos(Probability);

impl Chaos {
    /// No batch panics on purpose.
    pub const NONE: Self = Self(Probability::NEVER);

    /// The probability that a worker is told.
    pub fn probability(self) -> Probability {
        self.0
    }

    /// Reads a probability as a user writes it: digits with at most one point, and nine behind it.
    ///
    /// # Errors
    /// When it is not a number from 0 to 1.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        // Not by way of a float: it crosses to the worker in whole parts of a billion, and their
        // parser would add 10 KB to the page.
        let per_billion = || {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
            let missing = u32::try_from(CHAOS_DECIMALS.checked_sub(decimals.len())?).ok()?;
            let whole = parse_u64(whole)?.checked_mul(Probability::ALWAYS.per_billion())?;
            whole.checked_add(parse_u64(decimals)? * 10_u64.pow(missing))
        };
        let probability = per_billion().and_then(Probability::from_billionths);
        probability.map(Self).ok_or_else(|| Refusal::new(Field::Chaos.name(), text, Wanted::Probability))
    }

    /// The next whole percent above or below.
    fn stepped(self, arrow: Arrow) -> Self {
        let percent = Probability::ALWAYS.per_billion() / 100;
        let per_billion = match arrow {
            Arrow::Up => (self.0.per_billion() / percent + 1) * percent,
            Arrow::Down => self.0.per_billion().saturating_sub(1) / percent * percent,
        };
        Self(Probability::from_billionths(per_billion).unwrap_or(Probability::ALWAYS))
    }
}

impl fmt::Display for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (always, per_billion) = (Probability::ALWAYS.per_billion(), self.0.per_billion());
        let decimals = format!("{:0CHAOS_DECIMALS$}", per_billion % always);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}", per_billion / always),
            decimals => write!(f, "{}.{decimals}", per_billion / always),
        }
    }
}

/// The most decimals of a chaos: parts of a billion.
const CHAOS_DECIMALS: usize = 9;

/// One value of a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// [`Config::seed`]: another one names another run.
    Seed(Seed),
    /// A value that can change while the run goes on.
    Live(LiveSetting),
}

/// A value of a configuration that can change without harm to what is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LiveSetting {
    /// [`Config::workers`]
    Workers(WorkerCount),
    /// [`Config::batch`]
    Batch(BatchSize),
    /// [`Config::target`]
    Target(Option<Target>),
    /// [`Config::chaos`]
    Chaos(Chaos),
    /// [`Config::kernel`]
    Kernel(Option<Kernel>),
    /// [`Config::after_death`]
    AfterDeath(AfterDeath),
    /// [`Config::gpu`]
    Gpu(Gpu),
}

impl Setting {
    /// What it is a value of.
    pub fn field(self) -> Field {
        match self {
            Self::Seed(_) => Field::Seed,
            Self::Live(LiveSetting::Workers(_)) => Field::Workers,
            Self::Live(LiveSetting::Batch(_)) => Field::Batch,
            Self::Live(LiveSetting::Target(_)) => Field::Target,
            Self::Live(LiveSetting::Chaos(_)) => Field::Chaos,
            Self::Live(LiveSetting::Kernel(_)) => Field::Kernel,
            Self::Live(LiveSetting::AfterDeath(_)) => Field::AfterDeath,
            Self::Live(LiveSetting::Gpu(_)) => Field::Gpu,
        }
    }

    /// Whether it is what holds where nothing is said, of a field that need not be filled in.
    pub fn is_unsaid(self) -> bool {
        matches!(
            self,
            Self::Live(
                LiveSetting::Target(None)
                    | LiveSetting::Kernel(None)
                    | LiveSetting::AfterDeath(AfterDeath::Replace)
                    | LiveSetting::Gpu(Gpu::Off)
            )
        )
    }
}

impl fmt::Display for Setting {
    /// The value as its field reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => seed.fmt(f),
            Self::Live(setting) => setting.fmt(f),
        }
    }
}

impl fmt::Display for LiveSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(workers) => workers.0.fmt(f),
            Self::Batch(batch) => batch.fmt(f),
            Self::Target(target) => target.map_or(Ok(()), |target| target.points().fmt(f)),
            Self::Chaos(chaos) => chaos.fmt(f),
            Self::Kernel(kernel) => kernel.map_or(Ok(()), |kernel| kernel.fmt(f)),
            Self::AfterDeath(after_death) => f.write_str(match after_death {
                AfterDeath::Replace => "1",
                AfterDeath::GoOn => "0",
            }),
            Self::Gpu(gpu) => f.write_str(match gpu {
                Gpu::Off => "0",
                Gpu::Beside => "1",
                Gpu::Alone => "only",
            }),
        }
    }
}

impl Config {
    /// With what is meant where nothing is said of it: no target, no chaos, the workers' own kernels, dead workers that are
    /// replaced, and no GPU.
    pub const fn new(seed: Seed, workers: WorkerCount, batch: BatchSize) -> Self {
        Self {
            seed,
            workers,
            batch,
            target: None,
            chaos: Chaos::NONE,
            kernel: None,
            after_death: AfterDeath::Replace,
            gpu: Gpu::Off,
        }
    }

    /// How many workers count at a time on the processor.
    pub fn processor_workers(&self) -> u32 {
        if self.gpu == Gpu::Alone { 0 } else { self.workers.get() }
    }

    /// How many workers count at a time, with that of the GPU.
    pub fn all_workers(&self) -> u32 {
        self.processor_workers() + u32::from(self.gpu != Gpu::Off)
    }

    /// The same with one value replaced.
    #[must_use]
    pub fn with(mut self, setting: Setting) -> Self {
        match setting {
            Setting::Seed(seed) => self.seed = seed,
            Setting::Live(LiveSetting::Workers(workers)) => self.workers = workers,
            Setting::Live(LiveSetting::Batch(batch)) => self.batch = batch,
            Setting::Live(LiveSetting::Target(target)) => self.target = target,
            Setting::Live(LiveSetting::Chaos(chaos)) => self.chaos = chaos,
            Setting::Live(LiveSetting::Kernel(kernel)) => self.kernel = kernel,
            Setting::Live(LiveSetting::AfterDeath(after_death)) => self.after_death = after_death,
            Setting::Live(LiveSetting::Gpu(gpu)) => self.gpu = gpu,
        }
        self
    }

    /// Every value that can change while the run goes on.
    pub fn live(&self) -> [LiveSetting; 7] {
        [
            LiveSetting::Workers(self.workers),
            LiveSetting::Batch(self.batch),
            LiveSetting::Target(self.target),
            LiveSetting::Chaos(self.chaos),
            LiveSetting::Kernel(self.kernel),
            LiveSetting::AfterDeath(self.after_death),
            LiveSetting::Gpu(self.gpu),
        ]
    }

    /// What a link or a file says so that whoever opens it counts the same again: without a target it ends after
    /// `counted_end` blocks, the last ones counted, no batch panics on purpose, what dies is replaced, and no GPU is needed.
    #[must_use]
    pub fn reproducing(self, counted_end: u64) -> Self {
        Self {
            target: self.target.or_else(|| Target::from_blocks(counted_end)),
            chaos: Chaos::NONE,
            after_death: AfterDeath::Replace,
            gpu: Gpu::Off,
            ..self
        }
    }

    /// The value of `field`.
    pub fn get(&self, field: Field) -> Setting {
        match field {
            Field::Seed => Setting::Seed(self.seed),
            Field::Workers => Setting::Live(LiveSetting::Workers(self.workers)),
            Field::Batch => Setting::Live(LiveSetting::Batch(self.batch)),
            Field::Target => Setting::Live(LiveSetting::Target(self.target)),
            Field::Chaos => Setting::Live(LiveSetting::Chaos(self.chaos)),
            Field::Kernel => Setting::Live(LiveSetting::Kernel(self.kernel)),
            Field::AfterDeath => Setting::Live(LiveSetting::AfterDeath(self.after_death)),
            Field::Gpu => Setting::Live(LiveSetting::Gpu(self.gpu)),
        }
    }
}

/// Reads a seed as a user writes it.
///
/// # Errors
/// When it is not a whole number from 0 to 2⁶⁴ − 1.
pub fn parse_seed(text: &str) -> Result<Seed, Refusal> {
    field::whole_number(Field::Seed.name(), text, 0, u64::MAX).map(Seed)
}

/// The part of a configuration that a value was meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// [`Config::seed`]
    Seed,
    /// [`Config::workers`]
    Workers,
    /// [`Config::batch`]
    Batch,
    /// [`Config::target`]
    Target,
    /// [`Config::chaos`]
    Chaos,
    /// [`Config::kernel`]
    Kernel,
    /// [`Config::after_death`]
    AfterDeath,
    /// [`Config::gpu`]
    Gpu,
}

impl Field {
    /// All of them, in the order of an address.
    pub const ALL: [Self; 8] = [
        Self::Seed,
        Self::Workers,
        Self::Batch,
        Self::Target,
        Self::Chaos,
        Self::Kernel,
        Self::AfterDeath,
        Self::Gpu,
    ];
}

impl TextField for Field {
    type Value = Setting;

    fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Workers => "workers",
            Self::Batch => "batch",
            Self::Target => "target",
            Self::Chaos => "chaos",
            Self::Kernel => "kernel",
            Self::AfterDeath => "replace",
            Self::Gpu => "gpu",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Seed => "Seed",
            Self::Workers => "Workers",
            Self::Batch => "Batch size (points)",
            Self::Target => "Stop at (points; empty: never)",
            Self::Chaos => "Random crashes (share of batches, 0 to 1)",
            Self::Kernel => "Point by point",
            Self::AfterDeath => "Replace dead workers",
            Self::Gpu => "GPU",
        }
    }

    fn writing(self) -> Writing {
        match self {
            Self::Seed | Self::Workers | Self::Target | Self::AfterDeath => Writing::Whole,
            Self::Batch | Self::Kernel | Self::Gpu => Writing::WholeOrWord,
            Self::Chaos => Writing::Fraction,
        }
    }

    /// An empty target is none, as is an empty kernel: there is one that a run may ask for.
    fn read(self, text: &str) -> Result<Setting, Refusal> {
        let live = match self {
            Self::Seed => return parse_seed(text).map(Setting::Seed),
            Self::Workers => LiveSetting::Workers(WorkerCount::parse(text)?),
            Self::Batch => LiveSetting::Batch(BatchSize::parse(text)?),
            Self::Target if text.is_empty() => LiveSetting::Target(None),
            Self::Target => LiveSetting::Target(Some(Target::parse(text)?)),
            Self::Chaos => LiveSetting::Chaos(Chaos::parse(text)?),
            Self::Kernel if text.is_empty() => LiveSetting::Kernel(None),
            Self::Kernel if text == Kernel::Reference.name() => LiveSetting::Kernel(Some(Kernel::Reference)),
            Self::Kernel => return Err(Refusal::new(self.name(), text, Wanted::Kernel)),
            Self::AfterDeath => LiveSetting::AfterDeath(AfterDeath::parse(text)?),
            Self::Gpu => LiveSetting::Gpu(Gpu::parse(text)?),
        };
        Ok(Setting::Live(live))
    }

    fn stepped(self, value: Setting, arrow: Arrow) -> Setting {
        match value {
            Setting::Seed(Seed(seed)) => Setting::Seed(Seed(arrow.next(seed))),
            Setting::Live(setting) => Setting::Live(match setting {
                LiveSetting::Workers(workers) => LiveSetting::Workers(workers.stepped(arrow)),
                LiveSetting::Batch(BatchSize::Fixed(batch)) => {
                    LiveSetting::Batch(BatchSize::Fixed(batch.stepped(arrow)))
                }
                LiveSetting::Target(Some(target)) => LiveSetting::Target(Some(target.stepped(arrow))),
                LiveSetting::Chaos(chaos) => LiveSetting::Chaos(chaos.stepped(arrow)),
                LiveSetting::Batch(BatchSize::Auto)
                | LiveSetting::Target(None)
                | LiveSetting::Kernel(_)
                | LiveSetting::AfterDeath(_)
                | LiveSetting::Gpu(_) => setting,
            }),
        }
    }
}

/// The target, typed as the standard error that its estimate will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardErrorField;

/// A target whose text is the standard error of its estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetByError(pub Option<Target>);

impl fmt::Display for TargetByError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |target| Scientific(target.standard_error()).fmt(f))
    }
}

impl TextField for StandardErrorField {
    type Value = TargetByError;

    fn name(self) -> &'static str {
        "standard-error"
    }

    fn label(self) -> &'static str {
        "Stop at (standard error)"
    }

    fn writing(self) -> Writing {
        Writing::Fraction
    }

    /// An empty one is no target.
    fn read(self, text: &str) -> Result<TargetByError, Refusal> {
        let target = if text.is_empty() { None } else { Some(Target::parse_standard_error(text)?) };
        Ok(TargetByError(target))
    }

    /// A greater error needs fewer points.
    fn stepped(self, value: TargetByError, arrow: Arrow) -> TargetByError {
        TargetByError(value.0.map(|target| target.stepped(arrow.reversed())))
    }
}

#[cfg(test)]
mod tests;
