//! A run as text: what is needed to resume it after the page was closed.
//!
//! Its version names the stream that it was counted with. A run of an earlier stream is read too, but as an
//! [`EarlierRun`], which nothing can resume: today its seed names other points.
//!
//! One line in the form of a query, like the workers' messages; small, exact for every `u64`, and closed by a
//! check of all the rest, so that a damaged one is never half-loaded.

use std::hash::Hasher;
use std::time::Duration;

use dartboard_points::decimal::parse_u64;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use fnv::FnvHasher;
use thiserror::Error;

use crate::field::{Refusal, TextField};
use crate::run::config::{BatchSize, Config, Field, Target, WorkerCount};
use crate::run::estimate::{DECIMALS, Estimate};
use crate::text::{Fixed, Grouped, whole_ms};

/// Raised whenever a checkpoint changes its meaning or its fields. It means the stream of
/// [`STREAM_VERSION`](dartboard_points::stream::STREAM_VERSION).
pub const CHECKPOINT_VERSION: u64 = 2;
/// The version that means the stream before that; the fields are the same.
const EARLIER_VERSION: u64 = 1;
/// The longest checkpoint that is looked at, in bytes.
pub const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;
/// The most ranges of counted blocks; a run has at most one gap a lease in flight, and some more.
pub const MAX_RANGES: usize = 1_000;

/// More fields than a checkpoint has.
const MAX_FIELDS: usize = 20;

/// A configuration before its values are read: all stand in every checkpoint but those that need not be said.
const UNSET: Config = Config::new(Seed(0), WorkerCount::MIN, BatchSize::Auto);

/// A run, complete and consistent.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(crate) config: Config,
    /// Rising and apart.
    pub(crate) done: Vec<BlockRange>,
    pub(crate) tally: Tally,
    /// Replacements of dead workers so far.
    pub restarts: u64,
    /// Results dropped so far.
    pub stale_results: u64,
    /// Time in Running so far; in whole milliseconds once encoded.
    pub ran: Duration,
}

impl Checkpoint {
    /// A run that has counted nothing.
    pub fn of_nothing(config: Config) -> Self {
        Self {
            config,
            done: Vec::new(),
            tally: Tally::default(),
            restarts: 0,
            stale_results: 0,
            ran: Duration::ZERO,
        }
    }

    /// The configuration of the run.
    pub fn config(&self) -> Config {
        self.config
    }

    /// The blocks counted, as rising ranges apart from each other.
    pub fn done(&self) -> &[BlockRange] {
        &self.done
    }

    /// What is counted of them.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether the run has reached its target: every block up to it is counted, with no gap after it.
    pub fn is_finished(&self) -> bool {
        let target = self.config.target.map(Target::blocks);
        matches!((target, self.done()), (Some(target), [all]) if all.first() == 0 && target <= all.end())
    }

    /// Whether `self` and `other` tell the same but for the time spent.
    pub fn counts_the_same(&self, other: &Self) -> bool {
        *self == Self { ran: self.ran, ..other.clone() }
    }

    /// The checkpoint as one line of ASCII text.
    pub fn encode(&self) -> String {
        self.encode_as(CHECKPOINT_VERSION)
    }

    fn encode_as(&self, version: u64) -> String {
        let ranges: Vec<_> =
            self.done.iter().map(|range| format!("{}-{}", range.first(), range.end())).collect();
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("version", &version.to_string());
        for field in Field::ALL {
            let setting = self.config.get(field);
            if !setting.is_unsaid() {
                text.append_pair(field.name(), &setting.to_string());
            }
        }
        text.append_pair("points", &self.tally.points.to_string())
            .append_pair("inside", &self.tally.inside.to_string())
            .append_pair("done", &ranges.join("."))
            .append_pair("restarts", &self.restarts.to_string())
            .append_pair("stale", &self.stale_results.to_string())
            .append_pair("ran_ms", &whole_ms(self.ran).to_string());
        sealed(&text.finish())
    }
}

/// A run that was counted with an earlier stream: it can be read, saved and begun again with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierRun(Checkpoint);

impl EarlierRun {
    /// The configuration of the run.
    pub fn config(&self) -> Config {
        self.0.config
    }

    /// `1,100,000 points, 864,000 inside, π ≈ 3.14181818 (seed 7, 3 minutes ago), counted with …`, where `when` is
    /// `, 3 minutes ago`.
    pub fn describe(&self, when: &str) -> String {
        let Tally { points, inside } = self.0.tally;
        let pi = Estimate::of(self.0.tally).map_or(0.0, |estimate| estimate.pi);
        format!(
            "{} points, {} inside, π ≈ {} (seed {}{when}), counted with an earlier stream: \
             it can be read and saved, not resumed",
            Grouped(points),
            Grouped(inside),
            Fixed(pi, DECIMALS),
            self.0.config.seed,
        )
    }
}

/// A run as it was read.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenRun {
    /// Counted with this stream: it can be resumed.
    Current(Checkpoint),
    /// Counted with an earlier one.
    Earlier(EarlierRun),
}

impl WrittenRun {
    fn checkpoint(&self) -> &Checkpoint {
        match self {
            Self::Current(checkpoint) | Self::Earlier(EarlierRun(checkpoint)) => checkpoint,
        }
    }

    /// The configuration of the run.
    pub fn config(&self) -> Config {
        self.checkpoint().config
    }

    /// What is counted of it.
    pub fn tally(&self) -> Tally {
        self.checkpoint().tally
    }

    /// The run, if it can be resumed.
    pub fn current(&self) -> Option<&Checkpoint> {
        match self {
            Self::Current(checkpoint) => Some(checkpoint),
            Self::Earlier(_) => None,
        }
    }

    /// The run as one line of ASCII text, of the version that it was read from.
    pub fn encode(&self) -> String {
        let version = if self.current().is_some() { CHECKPOINT_VERSION } else { EARLIER_VERSION };
        self.checkpoint().encode_as(version)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When it is anything else: too long, of a newer version, damaged, or in contradiction with itself.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        if text.len() > MAX_CHECKPOINT_BYTES {
            return Err(CheckpointError::TooLong { bytes: text.len() });
        }
        let fields: Vec<(_, _)> = form_urlencoded::parse(text.as_bytes()).take(MAX_FIELDS).collect();
        let optional = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| field.1.as_ref());
        let field = |name: &'static str| optional(name).ok_or(CheckpointError::Damaged(name));
        let number = |name: &'static str| parse_u64(field(name)?).ok_or(CheckpointError::Damaged(name));

        let version = number("version")?;
        if version != CHECKPOINT_VERSION && version != EARLIER_VERSION {
            return Err(CheckpointError::OtherVersion { version });
        }
        let repeated =
            |(index, field): (usize, &(_, _))| fields[..index].iter().any(|earlier| earlier.0 == field.0);
        if fields.len() == MAX_FIELDS || fields.iter().enumerate().any(repeated) {
            return Err(CheckpointError::Damaged("fields"));
        }
        let (body, stated) = text.rsplit_once("&check=").ok_or(CheckpointError::Damaged("check"))?;
        if parse_u64(stated) != Some(check(body)) {
            return Err(CheckpointError::Damaged("check"));
        }

        let mut config = UNSET;
        for field in Field::ALL {
            match optional(field.name()) {
                Some(text) => config = config.with(field.read(text)?),
                None if config.get(field).is_unsaid() => {}
                None => return Err(CheckpointError::Damaged(field.name())),
            }
        }
        let tally = Tally { points: number("points")?, inside: number("inside")? };
        let done = parse_ranges(field("done")?)?;
        let counted: u64 = done.iter().map(|range| range.points()).sum();
        if counted != tally.points || tally.inside > tally.points {
            return Err(CheckpointError::Damaged("points"));
        }
        let checkpoint = Checkpoint {
            config,
            done,
            tally,
            restarts: number("restarts")?,
            stale_results: number("stale")?,
            ran: Duration::from_millis(number("ran_ms")?),
        };
        Ok(if version == CHECKPOINT_VERSION {
            Self::Current(checkpoint)
        } else {
            Self::Earlier(EarlierRun(checkpoint))
        })
    }
}

/// Reads `first-end` pairs, rising and apart, within [`BlockRange::MAX_BLOCKS`]; their points fit a `u64`.
fn parse_ranges(text: &str) -> Result<Vec<BlockRange>, CheckpointError> {
    const DAMAGED: CheckpointError = CheckpointError::Damaged("done");
    let mut done = Vec::new();
    let mut lowest = 0;
    for pair in text.split('.').filter(|pair| !pair.is_empty()) {
        if done.len() == MAX_RANGES {
            return Err(CheckpointError::TooManyRanges);
        }
        let (first, end) = pair.split_once('-').ok_or(DAMAGED)?;
        let (first, end) = (parse_u64(first).ok_or(DAMAGED)?, parse_u64(end).ok_or(DAMAGED)?);
        if first < lowest || end > BlockRange::MAX_BLOCKS {
            return Err(DAMAGED);
        }
        done.push(BlockRange::new(first, end).map_err(|_| DAMAGED)?);
        // Ranges that touch would be one.
        lowest = end + 1;
    }
    Ok(done)
}

/// `body` closed by its check, as a checkpoint is.
pub fn sealed(body: &str) -> String {
    format!("{body}&check={}", check(body))
}

/// FNV-1a: finds damage, not malice.
fn check(text: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Why a checkpoint cannot be resumed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// It is longer than any real one.
    #[error(
        "the saved run cannot be resumed: it has {bytes} bytes, over the limit of {MAX_CHECKPOINT_BYTES}"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It was written by another version of the page.
    #[error(
        "the saved run cannot be resumed: it is of version {version}, and this page reads version {CHECKPOINT_VERSION}"
    )]
    OtherVersion {
        /// Its version.
        version: u64,
    },
    /// This part of it is missing, not what was written, or contradicts another.
    #[error("the saved run cannot be resumed: it is damaged ({0})")]
    Damaged(&'static str),
    /// It has more ranges of counted blocks than a run can have.
    #[error("the saved run cannot be resumed: it has more than {MAX_RANGES} ranges of counted blocks")]
    TooManyRanges,
    /// Its configuration cannot be taken.
    #[error("the saved run cannot be resumed: {0}")]
    Config(#[from] Refusal),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::config::{AfterDeath, BatchPoints, Chaos, Gpu};
    use dartboard_points::kernel::Kernel;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        let config = Config {
            target: Target::from_blocks(50),
            chaos: Chaos::parse("0.01").unwrap(),
            ..Config::new(Seed(u64::MAX), WorkerCount::nearest(3), BatchSize::Fixed(BatchPoints::nearest(2)))
        };
        Checkpoint {
            config,
            done: vec![range(0, 10), range(12, 13)],
            tally: Tally { points: 1_100_000, inside: 864_000 },
            restarts: 5,
            stale_results: 6,
            ran: Duration::from_millis(7_008),
        }
    }

    /// The run in `text`, which can be resumed.
    fn current(text: &str) -> Checkpoint {
        WrittenRun::parse(text).unwrap().current().unwrap().clone()
    }

    /// `text` with another check that fits it.
    fn resealed(text: &str) -> String {
        sealed(text.rsplit_once("&check=").unwrap().0)
    }

    const TEXT: &str = "version=2&seed=18446744073709551615&workers=3&batch=200000&target=5000000&chaos=0.01\
        &points=1100000&inside=864000&done=0-10.12-13&restarts=5&stale=6&ran_ms=7008";

    #[test]
    fn it_is_written_as_it_was_in_version_2() {
        let text = checkpoint().encode();
        assert_eq!(text.rsplit_once("&check="), Some((TEXT, "7902625631224075216")));
        assert_eq!(WrittenRun::parse(&text), Ok(WrittenRun::Current(checkpoint())));
    }

    // Fails with: a run with a GPU that comes back without it, or a page from before it that cannot read such a run.
    #[test]
    fn a_gpu_is_said_where_there_is_one_and_not_missed_where_there_is_none() {
        let mut with_gpu = checkpoint();
        with_gpu.config.gpu = Gpu::Alone;
        let text = with_gpu.encode();
        assert_eq!(
            text.matches("&gpu=only&points=").count(),
            1,
            "a field beside those of before, and only there: {text}"
        );
        assert_eq!(current(&text), with_gpu);
        assert_eq!(current(&resealed(&text.replacen("&gpu=only", "", 1))), checkpoint());
        let refused = WrittenRun::parse(&resealed(&text.replacen("gpu=only", "gpu=2", 1))).unwrap_err();
        assert!(refused.to_string().ends_with("gpu must be 0, 1 or only, not “2”"), "{refused}");
    }

    // Fails with: a run of the earlier stream that can be resumed, or is written as one of this stream; one that is damaged
    // and is shown all the same.
    #[test]
    fn a_run_of_version_1_is_read_as_one_that_cannot_be_resumed() {
        let text = sealed(&TEXT.replacen("version=2", "version=1", 1));
        assert!(text.ends_with("&check=3690222085288987219"), "as version 1 wrote it");
        let run = WrittenRun::parse(&text).unwrap();
        assert_eq!(
            (run.current(), run.config(), run.tally()),
            (None, checkpoint().config, checkpoint().tally)
        );
        assert_eq!(run.encode(), text);
        let WrittenRun::Earlier(earlier) = run else { panic!("{run:?}") };
        assert_eq!(earlier.config(), checkpoint().config);
        assert_eq!(
            earlier.describe(", now"),
            "1,100,000 points, 864,000 inside, π ≈ 3.14181818 (seed 18446744073709551615, now), counted with an \
             earlier stream: it can be read and saved, not resumed"
        );
        for (was, becomes, part) in [
            ("inside=864000", "inside=864001", "check"),
            ("version=1", "version=2", "check"),
            ("0-10.12-13", "0-10.12-14", "check"),
        ] {
            let damaged = text.replacen(was, becomes, 1);
            assert_eq!(WrittenRun::parse(&damaged), Err(CheckpointError::Damaged(part)));
        }
        let contradiction = resealed(&text.replacen("points=1100000", "points=1200000", 1));
        assert_eq!(WrittenRun::parse(&contradiction), Err(CheckpointError::Damaged("points")));
    }

    #[test]
    fn the_version_means_the_stream_that_is_counted() {
        assert_eq!(CHECKPOINT_VERSION, u64::from(dartboard_points::stream::STREAM_VERSION));
    }

    #[test]
    fn auto_and_no_target_and_nothing_counted_are_read_back() {
        let mut empty = checkpoint();
        empty.config.target = None;
        empty.config.batch = BatchSize::Auto;
        empty.done = vec![];
        empty.tally = Tally::default();
        assert_eq!(WrittenRun::parse(&empty.encode()), Ok(WrittenRun::Current(empty)));
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let text = checkpoint().encode();
        for index in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[index] = if damaged[index] == b'7' { b'8' } else { b'7' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert!(WrittenRun::parse(&damaged).is_err(), "{damaged}");
            assert!(WrittenRun::parse(&text[..index]).is_err(), "{}", &text[..index]);
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_name() {
        let text = checkpoint().encode();
        for (was, becomes, said) in [
            ("version=2&", "version=3&", "it is of version 3, and this page reads version 2"),
            ("version=2&", "", "it is damaged (version)"),
            ("points=1100000", "points=1100001", "it is damaged (points)"),
            ("points=1100000", "points=x", "it is damaged (points)"),
            ("inside=864000", "inside=1100001", "it is damaged (points)"),
            ("0-10.12-13", "0-10.10-11", "it is damaged (done)"),
            ("0-10.12-13", "0-10.9-10", "it is damaged (done)"),
            ("0-10.12-13", "0-10.13-13", "it is damaged (done)"),
            ("0-10.12-13", "0-10.12", "it is damaged (done)"),
            ("0-10.12-13", "184467440737095-184467440737096", "it is damaged (done)"),
            ("seed=", "seed=1&seed=", "it is damaged (fields)"),
            ("seed=", "points=1&seed=", "it is damaged (fields)"),
            ("seed=", "a&b&c&d&e&f&g&h&seed=", "it is damaged (fields)"),
            ("restarts=5", "restarts=-5", "it is damaged (restarts)"),
            ("&ran_ms=7008", "", "it is damaged (ran_ms)"),
            ("workers=3", "workers=65", "workers must be a whole number from 1 to 64, not “65”"),
            ("chaos=0.01", "chaos=2", "chaos must be a number from 0 to 1"),
        ] {
            let error =
                WrittenRun::parse(&resealed(&text.replacen(was, becomes, 1))).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the saved run cannot be resumed: {said}")), "{error}");
        }
        assert_eq!(WrittenRun::parse(TEXT), Err(CheckpointError::Damaged("check")));
        assert!(WrittenRun::parse(&resealed(&text.replacen("inside=864000", "inside=1100000", 1))).is_ok());
    }

    #[test]
    fn huge_ones_are_refused() {
        let long = " ".repeat(MAX_CHECKPOINT_BYTES + 1);
        let error = WrittenRun::parse(&long).unwrap_err();
        assert_eq!(error, CheckpointError::TooLong { bytes: MAX_CHECKPOINT_BYTES + 1 });
        assert!(error.to_string().ends_with("it has 65537 bytes, over the limit of 65536"));
        assert_eq!(
            WrittenRun::parse(&long[1..]),
            Err(CheckpointError::Damaged("version")),
            "the longest is looked at"
        );

        let mut many = checkpoint();
        many.done = (0..MAX_RANGES as u64).map(|index| range(2 * index, 2 * index + 1)).collect();
        many.tally = Tally { points: MAX_RANGES as u64 * 100_000, inside: 0 };
        assert!(WrittenRun::parse(&many.encode()).is_ok());
        many.done.push(range(1_000_000, 1_000_001));
        let error = WrittenRun::parse(&many.encode()).unwrap_err();
        assert_eq!(error, CheckpointError::TooManyRanges);
        assert!(error.to_string().ends_with("it has more than 1000 ranges of counted blocks"));
    }

    #[test]
    fn the_last_block_and_the_longest_time_are_read_back() {
        let mut last = checkpoint();
        last.config.target = None;
        last.done = vec![range(0, BlockRange::MAX_BLOCKS)];
        last.tally = Tally { points: BlockRange::MAX_BLOCKS * 100_000, inside: 0 };
        last.ran = Duration::MAX;
        let read = current(&last.encode());
        assert_eq!(read.done(), last.done());
        assert_eq!(read.ran, Duration::from_millis(u64::MAX));
    }

    /// Any checkpoint that a run may have.
    fn checkpoints() -> impl Strategy<Value = Checkpoint> {
        let gaps = prop::collection::vec((1..1_000_000_000_u64, 1..1_000_000_000_u64), 0..40);
        let batch = prop::option::of(1..=10_000_u64).prop_map(|blocks| {
            blocks.map_or(BatchSize::Auto, |blocks| BatchSize::Fixed(BatchPoints::nearest(blocks)))
        });
        let gpu = prop::sample::select(&[Gpu::Off, Gpu::Beside, Gpu::Alone][..]);
        let rare = (any::<bool>(), any::<bool>(), gpu);
        let config = (any::<u64>(), 1..=64_u32, batch, 0..=Target::MAX.blocks(), 0..=9_u32, rare).prop_map(
            |(seed, workers, batch, target, chaos, (by_point, goes_on, gpu))| Config {
                gpu,
                kernel: by_point.then_some(Kernel::Reference),
                after_death: if goes_on { AfterDeath::GoOn } else { AfterDeath::Replace },
                target: Target::from_blocks(target),
                chaos: Chaos::parse(&format!("0.{chaos}")).unwrap(),
                ..Config::new(Seed(seed), WorkerCount::nearest(workers), batch)
            },
        );
        (config, gaps, any::<bool>(), any::<(u64, u64, u64, u64)>()).prop_map(
            |(config, gaps, to_the_end, (inside, restarts, stale_results, ran_ms))| {
                let mut end = 0;
                let mut done: Vec<_> = gaps
                    .into_iter()
                    .map(|(missing, counted)| {
                        let first = end + missing;
                        end = first + counted;
                        range(first, end)
                    })
                    .collect();
                if to_the_end {
                    done.push(range(end + 1, BlockRange::MAX_BLOCKS));
                }
                let points = done.iter().map(|range| range.points()).sum::<u64>();
                let tally = Tally { points, inside: inside.checked_rem(points).unwrap_or(0) };
                let ran = Duration::from_millis(ran_ms);
                Checkpoint { config, done, tally, restarts, stale_results, ran }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(checkpoint in checkpoints()) {
            prop_assert_eq!(WrittenRun::parse(&checkpoint.encode()), Ok(WrittenRun::Current(checkpoint)));
        }

        // Fails with: a checkpoint resumed whose parts contradict each other, or that would not be read back.
        #[test]
        fn a_forged_one_is_whole_or_refused_in_a_short_sentence(
            checkpoint in checkpoints(),
            forged in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-z&=.%+-]{0,3}"), 1..4),
        ) {
            let mut text = checkpoint.encode();
            for (at, by) in forged {
                let at = at.index(text.len());
                text.replace_range(at..=at, &by);
            }
            let Some((body, _)) = text.rsplit_once("&check=") else { return Ok(()) };
            match WrittenRun::parse(&format!("{body}&check={}", check(body))) {
                Ok(run) => {
                    let read = run.checkpoint();
                    prop_assert!(read.tally.inside <= read.tally.points);
                    let points: u128 = read.done.iter().map(|range| u128::from(range.points())).sum();
                    prop_assert_eq!(points, u128::from(read.tally.points));
                    prop_assert!(read.done.windows(2).all(|pair| pair[0].end() < pair[1].first()));
                    prop_assert_eq!(WrittenRun::parse(&run.encode()), Ok(run));
                }
                Err(error) => prop_assert!(error.to_string().len() < 500),
            }
        }

        #[test]
        fn any_text_is_a_checkpoint_or_an_error(text in "[a-z0-9=&.-]{0,200}") {
            let _ = WrittenRun::parse(&text);
        }
    }
}
