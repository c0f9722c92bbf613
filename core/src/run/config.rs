//! The configuration of a run: every value in its range, every refusal a sentence for the user.
//!
//! The fields of the page and the parameters of its address are read by the same functions.

use std::fmt;

use dartboard_points::decimal::parse_u64;
use dartboard_points::protocol::Probability;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};

use crate::run::estimate::STANDARD_ERROR_OF_ONE_POINT;
use crate::text::Grouped;

/// What a user chooses of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Names the run's random points.
    pub seed: Seed,
    /// How many workers count at a time.
    pub workers: WorkerCount,
    /// How many points a worker is given at a time.
    pub batch: BatchSize,
    /// Where the run ends by itself.
    pub target: Option<Target>,
    /// How often a batch panics in its worker, on purpose.
    pub chaos: Chaos,
}

/// How many workers count at a time: 1 to 64.
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
    pub fn get(self) -> u32 {
        self.0
    }

    /// Reads the number as a user writes it.
    ///
    /// # Errors
    /// When it is not a whole number from 1 to 64.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        whole_number(Field::Workers, text, u64::from(Self::MIN.0), u64::from(Self::MAX.0))
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
    /// When it is neither `auto` nor a multiple of 100,000 from 100,000 to 1,000,000,000.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        BatchPoints::parse(text).map(Self::Fixed)
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

/// The size of a batch: a multiple of 100,000 points from 100,000 to 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchPoints {
    blocks: u64,
}

impl BatchPoints {
    /// The sizes in blocks that a slider offers, about evenly spaced on a logarithmic scale.
    pub const SLIDER_BLOCKS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

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
    /// 1,000,000,000 points.
    pub const MAX: Self = Self { blocks: 1_000_000_000 / BLOCK_POINTS };

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

    /// Reads a number of points as a user writes it.
    ///
    /// # Errors
    /// When it is not a multiple of 100,000 from 100,000 to 1,000,000,000.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        whole_blocks(Field::Batch, text, Self::MAX.blocks).map(|blocks| Self { blocks })
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

    /// Reads a standard error as a user writes it, such as `0.00001` or `1e-5`.
    ///
    /// # Errors
    /// When it is not a number between [`MIN_STANDARD_ERROR`] and 1.
    pub fn parse_standard_error(text: &str) -> Result<Self, ConfigError> {
        parse_decimal(text)
            .and_then(Self::for_standard_error)
            .ok_or_else(|| ConfigError::new(Field::Target, text, Problem::NotAStandardError))
    }

    /// Reads a number of points as a user writes it.
    ///
    /// # Errors
    /// When it is not a positive multiple of 100,000 that fits a `u64`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        whole_blocks(Field::Target, text, Self::MAX.blocks).map(|blocks| Self { blocks })
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
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        // Not by way of a float: it crosses to the worker in whole parts of a billion, and their
        // parser would add 10 KB to the page.
        let per_billion = || {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
            let missing = u32::try_from(CHAOS_DECIMALS.checked_sub(decimals.len())?).ok()?;
            let whole = parse_u64(whole)?.checked_mul(Probability::ALWAYS.per_billion())?;
            whole.checked_add(parse_u64(decimals)? * 10_u64.pow(missing))
        };
        let probability = per_billion().and_then(Probability::from_billionths);
        probability.map(Self).ok_or_else(|| ConfigError::new(Field::Chaos, text, Problem::NotAProbability))
    }

    /// The next whole percent above or below.
    fn stepped(self, step: Step) -> Self {
        let percent = Probability::ALWAYS.per_billion() / 100;
        let per_billion = match step {
            Step::Up => (self.0.per_billion() / percent + 1) * percent,
            Step::Down => self.0.per_billion().saturating_sub(1) / percent * percent,
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

/// A value of a configuration that comes into force without harm to what is counted.
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
        }
    }

    /// Reads the value of `field` as a user writes it. An empty target is none.
    ///
    /// # Errors
    /// When the value is not in the field's range.
    pub fn parse(field: Field, text: &str) -> Result<Self, ConfigError> {
        match field {
            Field::Seed => parse_seed(text).map(Self::Seed),
            Field::Workers => WorkerCount::parse(text).map(LiveSetting::Workers).map(Self::Live),
            Field::Batch => BatchSize::parse(text).map(LiveSetting::Batch).map(Self::Live),
            Field::Target if text.is_empty() => Ok(Self::Live(LiveSetting::Target(None))),
            Field::Target => Target::parse(text).map(Some).map(LiveSetting::Target).map(Self::Live),
            Field::Chaos => Chaos::parse(text).map(LiveSetting::Chaos).map(Self::Live),
        }
    }

    /// The next greater or smaller value that a user may want; the same one where there is none.
    #[must_use]
    pub fn stepped(self, step: Step) -> Self {
        match self {
            Self::Seed(Seed(seed)) => Self::Seed(Seed(match step {
                Step::Up => seed.saturating_add(1),
                Step::Down => seed.saturating_sub(1),
            })),
            Self::Live(setting) => Self::Live(setting.stepped(step)),
        }
    }
}

impl LiveSetting {
    /// As of [`Setting::stepped`].
    fn stepped(self, step: Step) -> Self {
        match self {
            Self::Workers(workers) => Self::Workers(WorkerCount::nearest(match step {
                Step::Up => workers.0 + 1,
                Step::Down => workers.0 - 1,
            })),
            Self::Batch(BatchSize::Fixed(batch)) => {
                Self::Batch(BatchSize::Fixed(BatchPoints::nearest(doubled_or_halved(batch.blocks, step))))
            }
            Self::Target(Some(target)) => {
                let blocks = doubled_or_halved(target.blocks, step).clamp(1, Target::MAX.blocks);
                Self::Target(Some(Target { blocks }))
            }
            Self::Chaos(chaos) => Self::Chaos(chaos.stepped(step)),
            Self::Batch(BatchSize::Auto) | Self::Target(None) => self,
        }
    }
}

fn doubled_or_halved(number: u64, step: Step) -> u64 {
    match step {
        Step::Up => number.saturating_mul(2),
        Step::Down => number / 2,
    }
}

/// A step from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a greater value.
    Up,
    /// To a smaller value.
    Down,
}

impl fmt::Display for Setting {
    /// The value as [`Setting::parse`] reads it.
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
        }
    }
}

impl Config {
    /// The same with one value replaced.
    #[must_use]
    pub fn with(mut self, setting: Setting) -> Self {
        match setting {
            Setting::Seed(seed) => self.seed = seed,
            Setting::Live(LiveSetting::Workers(workers)) => self.workers = workers,
            Setting::Live(LiveSetting::Batch(batch)) => self.batch = batch,
            Setting::Live(LiveSetting::Target(target)) => self.target = target,
            Setting::Live(LiveSetting::Chaos(chaos)) => self.chaos = chaos,
        }
        self
    }

    /// Every value that can change while the run goes on.
    pub fn live(&self) -> [LiveSetting; 4] {
        [
            LiveSetting::Workers(self.workers),
            LiveSetting::Batch(self.batch),
            LiveSetting::Target(self.target),
            LiveSetting::Chaos(self.chaos),
        ]
    }

    /// The value of `field`.
    pub fn get(&self, field: Field) -> Setting {
        match field {
            Field::Seed => Setting::Seed(self.seed),
            Field::Workers => Setting::Live(LiveSetting::Workers(self.workers)),
            Field::Batch => Setting::Live(LiveSetting::Batch(self.batch)),
            Field::Target => Setting::Live(LiveSetting::Target(self.target)),
            Field::Chaos => Setting::Live(LiveSetting::Chaos(self.chaos)),
        }
    }
}

/// Reads a seed as a user writes it.
///
/// # Errors
/// When it is not a whole number from 0 to 2⁶⁴ − 1.
pub fn parse_seed(text: &str) -> Result<Seed, ConfigError> {
    whole_number(Field::Seed, text, 0, u64::MAX).map(Seed)
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
}

impl Field {
    /// All of them, in the order of an address.
    pub const ALL: [Self; 5] = [Self::Seed, Self::Workers, Self::Batch, Self::Target, Self::Chaos];

    /// Its name in the page's address, and its label's first word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Workers => "workers",
            Self::Batch => "batch",
            Self::Target => "target",
            Self::Chaos => "chaos",
        }
    }
}

/// A value that cannot be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What the value was meant for.
    pub field: Field,
    /// The value as it was written, cut to a length that can be shown.
    pub value: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not a whole number in the field's range.
    OutOfRange {
        /// Least number allowed.
        min: u64,
        /// Greatest number allowed.
        max: u64,
    },
    /// It is not a multiple of 100,000 in the field's range.
    NotWholeBlocks {
        /// Greatest number allowed.
        max: u64,
        /// The nearest allowed numbers, where the value is a number between two of them.
        nearest: Option<(u64, u64)>,
    },
    /// It is not a probability.
    NotAProbability,
    /// It is not a standard error that can be reached.
    NotAStandardError,
}

/// The most characters of a refused value that a message repeats.
const SHOWN_CHARACTERS: usize = 40;

impl ConfigError {
    fn new(field: Field, value: &str, problem: Problem) -> Self {
        Self { field, value: shortened(value), problem }
    }
}

/// The beginning of `value`, short enough for a message, and with nothing in it that would turn the words around it.
pub(crate) fn shortened(value: &str) -> String {
    let mut characters = value.chars();
    let visible = |character| if is_invisible(character) { char::REPLACEMENT_CHARACTER } else { character };
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS).map(visible).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Whether it is a control character or one that changes the direction of the text around it.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || character.is_control()
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be ", self.field.name())?;
        match &self.problem {
            Problem::OutOfRange { min, max } => {
                write!(f, "a whole number from {} to {}", Grouped(*min), Grouped(*max))?;
            }
            Problem::NotWholeBlocks { max, .. } => {
                write!(f, "a multiple of 100,000 from 100,000 to {}", Grouped(*max))?;
                if self.field == Field::Batch {
                    write!(f, ", or auto")?;
                }
            }
            Problem::NotAStandardError => {
                write!(f, "a standard error from 4e-10 to 1, such as 0.00001 or 1e-5")?;
            }
            Problem::NotAProbability => {
                write!(f, "a number from 0 to 1 with at most nine decimals, such as 0.01")?;
            }
        }
        if self.value.is_empty() {
            write!(f, "; it is empty")?;
        } else {
            write!(f, ", not “{}”", self.value)?;
        }
        if let Problem::NotWholeBlocks { nearest: Some((below, above)), .. } = &self.problem {
            write!(f, "; the nearest are {} and {}", Grouped(*below), Grouped(*above))?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

fn whole_number(field: Field, text: &str, min: u64, max: u64) -> Result<u64, ConfigError> {
    parse_u64(text)
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| ConfigError::new(field, text, Problem::OutOfRange { min, max }))
}

/// Reads a number as a user writes it: `0.00001`, `1e-5`, `2.5E-4`; up to 18 digits and an exponent of one or two.
fn parse_decimal(text: &str) -> Option<f64> {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let (negative, exponent) = exponent.strip_prefix('-').map_or((false, exponent), |digits| (true, digits));
    let digits = [whole, decimals].concat();
    if digits.len() > 18 || exponent.len() > 2 {
        return None;
    }
    let exponent = i32::try_from(parse_u64(exponent)?).ok()?;
    let exponent = if negative { -exponent } else { exponent };
    let shift = i32::try_from(decimals.len()).ok()?;
    Some(parse_u64(&digits)? as f64 * 10_f64.powi(exponent - shift))
}

/// Reads a number of points that make whole blocks, 1 to `max_blocks` of them.
fn whole_blocks(field: Field, text: &str, max_blocks: u64) -> Result<u64, ConfigError> {
    let max = max_blocks * BLOCK_POINTS;
    let refuse = |nearest| Err(ConfigError::new(field, text, Problem::NotWholeBlocks { max, nearest }));
    match parse_u64(text) {
        Some(points) if (BLOCK_POINTS..=max).contains(&points) => {
            let blocks = points / BLOCK_POINTS;
            if blocks * BLOCK_POINTS == points {
                Ok(blocks)
            } else {
                refuse(Some((blocks * BLOCK_POINTS, (blocks + 1) * BLOCK_POINTS)))
            }
        }
        _ => refuse(None),
    }
}

#[cfg(test)]
mod tests;
