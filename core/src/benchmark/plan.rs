//! What a user chooses of a benchmark: every value in its range, every refusal a sentence; and the presets.

use std::fmt;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, Seed};

use crate::field::{Arrow, Refusal, TextField, Wanted, Writing, whole_number};
use crate::run::config::{self, BatchPoints, WorkerCount};

/// The least work of a benchmark that has a measurement to show, and how it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whether the main thread is timed in one go: the page freezes meanwhile.
    pub sequential: bool,
    /// The numbers of threads with a GIL; rising, may be empty. They need shared memory.
    pub threads: Vec<WorkerCount>,
    /// The numbers of cooperative tasks, which stand in for threads where memory cannot be shared; rising, may be empty.
    pub cooperative: Vec<WorkerCount>,
    /// The numbers of workers; rising, at least one.
    pub workers: Vec<WorkerCount>,
    /// What counts in all of these.
    pub kernel: Kernel,
    /// Points a worker is given at a time.
    pub batch: BatchPoints,
    /// Samples of each condition.
    pub repeats: Repeats,
    /// The shortest sample that the clock is trusted with.
    pub sample: SampleLength,
    /// Names the points, and the random order.
    pub seed: Seed,
    /// Whether the kernels are compared on one worker.
    pub kernels: bool,
    /// Whether batch sizes are compared, and with how many workers.
    pub sweep: Option<WorkerCount>,
    /// What one job is; without, as much as the shortest sample needs.
    pub job_blocks: Option<u64>,
    /// Whether the GPU is timed.
    pub gpu: bool,
}

/// Samples of each condition: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repeats(u32);

impl Repeats {
    /// The most repeats.
    pub const MAX: u32 = 100;

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }

    fn stepped(self, arrow: Arrow) -> Self {
        let most = u64::from(Self::MAX);
        Self(u32::try_from(arrow.next(self.0.into()).clamp(1, most)).unwrap_or(self.0))
    }
}

/// The shortest sample: 20 to 5,000 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleLength {
    ms: u32,
}

impl SampleLength {
    /// The least length, in milliseconds: some clocks have steps of one.
    pub const MIN_MS: u32 = 20;
    /// The greatest length, in milliseconds.
    pub const MAX_MS: u32 = 5_000;

    /// The length in milliseconds.
    pub fn ms(self) -> f64 {
        f64::from(self.ms)
    }

    fn stepped(self, arrow: Arrow) -> Self {
        let ms = arrow.doubled_or_halved(self.ms.into()).clamp(Self::MIN_MS.into(), Self::MAX_MS.into());
        Self { ms: u32::try_from(ms).unwrap_or(self.ms) }
    }
}

/// The batch sizes of a sweep, in points.
pub const SWEEP_POINTS: [u64; 9] =
    [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000, 300_000_000, 1_000_000_000];

/// The lecture's job: 4 × 1,000,000 points.
const LECTURE_JOB_BLOCKS: u64 = 4_000_000 / BLOCK_POINTS;

/// The batch of the lecture's job: each of its four parts.
const LECTURE_BATCH_BLOCKS: u64 = 10;

/// The blocks of a batch that takes some milliseconds, long beside a message's way: 10,000,000 points by the fast
/// kernel, 100,000 by the lecture's kind of loop.
const fn usual_batch_blocks(kernel: Kernel) -> u64 {
    match kernel {
        Kernel::Tree => 100,
        Kernel::MathRandom | Kernel::ScalarF64 | Kernel::Reference => 1,
    }
}

/// A plan with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A first answer in under half a minute.
    Quick,
    /// Every number of workers, intervals, kernels and batch sizes.
    Thorough,
    /// The three-line table of the lecture, by its kind of loop.
    Lecture,
    /// The same by the fast kernel.
    LectureFast,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Quick, Self::Thorough, Self::Lecture, Self::LectureFast];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Thorough => "thorough",
            Self::Lecture => "lecture",
            Self::LectureFast => "lecture, fast kernel",
        }
    }

    /// What it does on a page that shares memory, or on one that does not.
    pub const fn purpose(self, shares_memory: bool) -> &'static str {
        match self {
            Self::Quick => "1, 2, 4 … workers up to twice the cores, three repeats",
            Self::Thorough => {
                "every number of workers up to twice the cores, seven repeats, the kernels, the batch sizes"
            }
            Self::Lecture if shares_memory => {
                "4 × 1,000,000 points by the lecture’s kind of loop: one loop · four threads that take turns · four workers"
            }
            Self::Lecture => {
                "4 × 1,000,000 points by the lecture’s kind of loop: one loop · four cooperative tasks · four workers"
            }
            Self::LectureFast => "the same 4 × 1,000,000 points: work too small for its messages",
        }
    }

    /// Its plan for a machine that reports `cores` cores, and a page that shares memory or not.
    pub fn plan(self, cores: u32, shares_memory: bool, seed: Seed) -> Plan {
        let most = WorkerCount::nearest(cores.saturating_mul(2)).get();
        let few = doubling(cores, most);
        let second = match self {
            Self::Quick => counts([1, cores]),
            Self::Thorough => counts([1, 2, cores, most]),
            Self::Lecture | Self::LectureFast => counts([4]),
        };
        let (threads, cooperative) = if shares_memory { (second, vec![]) } else { (vec![], second) };
        let plan = Plan {
            sequential: true,
            threads,
            cooperative,
            workers: counts(few.iter().copied()),
            kernel: Kernel::Tree,
            batch: BatchPoints::nearest(usual_batch_blocks(Kernel::Tree)),
            repeats: Repeats(3),
            sample: SampleLength { ms: 100 },
            seed,
            kernels: false,
            sweep: None,
            job_blocks: None,
            gpu: false,
        };
        match self {
            Self::Quick => plan,
            Self::Thorough => Plan {
                workers: counts(1..=most),
                repeats: Repeats(7),
                sample: SampleLength { ms: 200 },
                kernels: true,
                sweep: Some(WorkerCount::nearest(cores)),
                ..plan
            },
            Self::Lecture => {
                Self::LectureFast.plan(cores, shares_memory, seed).counted_by(Kernel::MathRandom)
            }
            Self::LectureFast => Plan {
                workers: counts([4]),
                batch: BatchPoints::nearest(LECTURE_BATCH_BLOCKS),
                repeats: Repeats(7),
                sample: SampleLength { ms: 200 },
                job_blocks: Some(LECTURE_JOB_BLOCKS),
                ..plan
            },
        }
    }
}

/// 1, 2, 4 … below `most`, with `cores` and `most`.
fn doubling(cores: u32, most: u32) -> Vec<u32> {
    let powers = (0..7).map(|exponent| 1_u32 << exponent).take_while(|&power| power < most);
    powers.chain([cores, most]).collect()
}

/// The counts, rising, each once.
fn counts(numbers: impl IntoIterator<Item = u32>) -> Vec<WorkerCount> {
    let mut counts: Vec<_> = numbers.into_iter().map(WorkerCount::nearest).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// A field of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanField {
    /// [`Plan::workers`]
    Workers,
    /// [`Plan::threads`]
    Threads,
    /// [`Plan::cooperative`]
    Cooperative,
    /// [`Plan::repeats`]
    Repeats,
    /// [`Plan::batch`]
    Batch,
    /// [`Plan::sample`]
    Sample,
    /// [`Plan::seed`]
    Seed,
    /// [`Plan::sweep`]
    Sweep,
}

impl PlanField {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Workers,
        Self::Threads,
        Self::Cooperative,
        Self::Repeats,
        Self::Sample,
        Self::Batch,
        Self::Sweep,
        Self::Seed,
    ];

    /// Those of a page that shares memory, or of one that does not.
    pub fn here(shares_memory: bool) -> impl Iterator<Item = Self> {
        let not_here = if shares_memory { Self::Cooperative } else { Self::Threads };
        Self::ALL.into_iter().filter(move |&field| field != not_here)
    }
}

impl TextField for PlanField {
    type Value = PlanSetting;

    fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Threads => "threads",
            Self::Cooperative => "cooperative",
            Self::Repeats => "repeats",
            Self::Batch => "batch",
            Self::Sample => "sample",
            Self::Seed => "seed",
            Self::Sweep => "sweep",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Workers => "Workers (a list)",
            Self::Threads => "Threads with a GIL (a list, empty for none)",
            Self::Cooperative => "Cooperative tasks (a list, empty for none)",
            Self::Repeats => "Repeats",
            Self::Batch => "Batch size (points)",
            Self::Sample => "Shortest sample (ms)",
            Self::Seed => "Seed of points and order",
            Self::Sweep => "Workers of the batch-size sweep (empty for none)",
        }
    }

    fn writing(self) -> Writing {
        match self {
            Self::Workers | Self::Threads | Self::Cooperative => Writing::List,
            Self::Repeats | Self::Sample | Self::Batch | Self::Sweep | Self::Seed => Writing::Whole,
        }
    }

    fn read(self, text: &str) -> Result<PlanSetting, Refusal> {
        Ok(match self {
            Self::Workers => PlanSetting::Workers(some_worker_counts(self, text)?),
            Self::Threads => PlanSetting::Threads(worker_counts("each of threads", text)?),
            Self::Cooperative => PlanSetting::Cooperative(worker_counts("each of cooperative", text)?),
            Self::Repeats => PlanSetting::Repeats(Repeats(number(self.name(), text, 1, Repeats::MAX)?)),
            Self::Batch => PlanSetting::Batch(BatchPoints::parse(text)?),
            Self::Sample => {
                let ms = number(self.name(), text, SampleLength::MIN_MS, SampleLength::MAX_MS)?;
                PlanSetting::Sample(SampleLength { ms })
            }
            Self::Seed => PlanSetting::Seed(config::parse_seed(text)?),
            Self::Sweep if text.is_empty() => PlanSetting::Sweep(None),
            Self::Sweep => PlanSetting::Sweep(Some(worker_count(self.name(), text)?)),
        })
    }

    fn stepped(self, value: PlanSetting, arrow: Arrow) -> PlanSetting {
        match value {
            PlanSetting::Repeats(repeats) => PlanSetting::Repeats(repeats.stepped(arrow)),
            PlanSetting::Sample(sample) => PlanSetting::Sample(sample.stepped(arrow)),
            PlanSetting::Batch(batch) => PlanSetting::Batch(batch.stepped(arrow)),
            PlanSetting::Seed(Seed(seed)) => PlanSetting::Seed(Seed(arrow.next(seed))),
            PlanSetting::Sweep(Some(workers)) => PlanSetting::Sweep(Some(workers.stepped(arrow))),
            PlanSetting::Workers(_)
            | PlanSetting::Threads(_)
            | PlanSetting::Cooperative(_)
            | PlanSetting::Sweep(None) => value,
        }
    }
}

/// What one field of a plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanSetting {
    /// [`Plan::workers`]
    Workers(Vec<WorkerCount>),
    /// [`Plan::threads`]
    Threads(Vec<WorkerCount>),
    /// [`Plan::cooperative`]
    Cooperative(Vec<WorkerCount>),
    /// [`Plan::repeats`]
    Repeats(Repeats),
    /// [`Plan::batch`]
    Batch(BatchPoints),
    /// [`Plan::sample`]
    Sample(SampleLength),
    /// [`Plan::seed`]
    Seed(Seed),
    /// [`Plan::sweep`]
    Sweep(Option<WorkerCount>),
}

impl fmt::Display for PlanSetting {
    /// The value as its field reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(counts) | Self::Threads(counts) | Self::Cooperative(counts) => {
                let counts: Vec<_> = counts.iter().map(|count| count.get().to_string()).collect();
                f.write_str(&counts.join(", "))
            }
            Self::Repeats(repeats) => repeats.0.fmt(f),
            Self::Batch(batch) => batch.points().fmt(f),
            Self::Sample(sample) => sample.ms.fmt(f),
            Self::Seed(seed) => seed.fmt(f),
            Self::Sweep(workers) => workers.map_or(Ok(()), |workers| workers.get().fmt(f)),
        }
    }
}

impl Plan {
    /// The same with one value replaced.
    #[must_use]
    pub fn with(mut self, setting: PlanSetting) -> Self {
        match setting {
            PlanSetting::Workers(counts) => self.workers = counts,
            PlanSetting::Threads(counts) => self.threads = counts,
            PlanSetting::Cooperative(counts) => self.cooperative = counts,
            PlanSetting::Repeats(repeats) => self.repeats = repeats,
            PlanSetting::Batch(batch) => self.batch = batch,
            PlanSetting::Sample(sample) => self.sample = sample,
            PlanSetting::Seed(seed) => self.seed = seed,
            PlanSetting::Sweep(workers) => self.sweep = workers,
        }
        self
    }

    /// The same counted by `kernel`, in batches that suit it; the lecture's job keeps its four parts.
    #[must_use]
    pub fn counted_by(self, kernel: Kernel) -> Self {
        let batch = match self.job_blocks {
            Some(_) => self.batch,
            None => BatchPoints::nearest(usual_batch_blocks(kernel)),
        };
        Self { kernel, batch, ..self }
    }

    /// The value of `field`.
    pub fn get(&self, field: PlanField) -> PlanSetting {
        match field {
            PlanField::Workers => PlanSetting::Workers(self.workers.clone()),
            PlanField::Threads => PlanSetting::Threads(self.threads.clone()),
            PlanField::Cooperative => PlanSetting::Cooperative(self.cooperative.clone()),
            PlanField::Repeats => PlanSetting::Repeats(self.repeats),
            PlanField::Batch => PlanSetting::Batch(self.batch),
            PlanField::Sample => PlanSetting::Sample(self.sample),
            PlanField::Seed => PlanSetting::Seed(self.seed),
            PlanField::Sweep => PlanSetting::Sweep(self.sweep),
        }
    }

    /// The preset that this plan is for a machine of `cores` cores and a page that shares memory or not.
    pub fn preset(&self, cores: u32, shares_memory: bool) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| preset.plan(cores, shares_memory, self.seed) == *self)
    }

    /// Blocks of which any multiple is shared evenly by as many of the numbers of workers as possible, in whole batches,
    /// without adding more than a tenth to `blocks`.
    pub fn even_share_blocks(&self, blocks: u64) -> u64 {
        self.workers.iter().fold(1, |share, workers| {
            let batches = (share / self.batch.blocks()).max(1);
            let more = least_common_multiple(batches, u64::from(workers.get())) * self.batch.blocks();
            if more.saturating_mul(10) <= blocks { more } else { share }
        })
    }

    /// The most workers at a time.
    pub fn most_workers(&self) -> u32 {
        self.workers.last().map_or(1, |count| count.get())
    }
}

fn least_common_multiple(a: u64, b: u64) -> u64 {
    let (mut greater, mut lesser) = (a, b);
    while lesser > 0 {
        (greater, lesser) = (lesser, greater % lesser);
    }
    a / greater * b
}

/// Reads a list of numbers of workers, in any order.
fn worker_counts(subject: &'static str, text: &str) -> Result<Vec<WorkerCount>, Refusal> {
    let words = text.split([',', ' ', ';']).filter(|word| !word.is_empty());
    let mut found = words.map(|word| worker_count(subject, word)).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Reads such a list that is not empty.
fn some_worker_counts(field: PlanField, text: &str) -> Result<Vec<WorkerCount>, Refusal> {
    let counts = worker_counts("each of workers", text)?;
    if counts.is_empty() {
        let wanted = Wanted::WholeNumbers { min: 1, max: WorkerCount::MAX.get().into() };
        return Err(Refusal::new(field.name(), text, wanted));
    }
    Ok(counts)
}

fn worker_count(subject: &'static str, text: &str) -> Result<WorkerCount, Refusal> {
    number(subject, text, WorkerCount::MIN.get(), WorkerCount::MAX.get()).map(WorkerCount::nearest)
}

fn number(subject: &'static str, text: &str, min: u32, max: u32) -> Result<u32, Refusal> {
    // Within its range it fits.
    whole_number(subject, text, min.into(), max.into()).map(|number| u32::try_from(number).unwrap_or(max))
}

#[cfg(test)]
impl Plan {
    /// The same with `field` as a user writes it.
    pub(crate) fn with_text(&self, field: PlanField, text: &str) -> Result<Self, Refusal> {
        field.read(text).map(|setting| self.clone().with(setting))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quick() -> Plan {
        Preset::Quick.plan(2, true, Seed(1))
    }

    #[test]
    fn labels_say_what_to_type() {
        assert_eq!(
            PlanField::ALL.map(PlanField::label),
            [
                "Workers (a list)",
                "Threads with a GIL (a list, empty for none)",
                "Cooperative tasks (a list, empty for none)",
                "Repeats",
                "Shortest sample (ms)",
                "Batch size (points)",
                "Workers of the batch-size sweep (empty for none)",
                "Seed of points and order",
            ]
        );
    }

    #[test]
    fn presets_do_what_they_are_said_to() {
        const FIELDS: [PlanField; 6] = [
            PlanField::Workers,
            PlanField::Threads,
            PlanField::Repeats,
            PlanField::Sample,
            PlanField::Batch,
            PlanField::Sweep,
        ];
        for (preset, name, purpose, values, kernels, job_blocks, kernel) in [
            (
                Preset::Quick,
                "quick",
                "1, 2, 4 … workers up to twice the cores, three repeats",
                ["1, 2, 4", "1, 2", "3", "100", "10000000", ""],
                false,
                None,
                Kernel::Tree,
            ),
            (
                Preset::Thorough,
                "thorough",
                "every number of workers up to twice the cores, seven repeats",
                ["1, 2, 3, 4", "1, 2, 4", "7", "200", "10000000", "2"],
                true,
                None,
                Kernel::Tree,
            ),
            (
                Preset::Lecture,
                "lecture",
                "4 × 1,000,000 points",
                ["4", "4", "7", "200", "1000000", ""],
                false,
                Some(40),
                Kernel::MathRandom,
            ),
            (
                Preset::LectureFast,
                "lecture, fast kernel",
                "4 × 1,000,000 points",
                ["4", "4", "7", "200", "1000000", ""],
                false,
                Some(40),
                Kernel::Tree,
            ),
        ] {
            let plan = preset.plan(2, true, Seed(1));
            assert_eq!(FIELDS.map(|field| plan.get(field).to_string()), values, "{name}");
            assert_eq!(plan.get(PlanField::Cooperative).to_string(), "", "{name}");
            assert_eq!(
                (plan.kernels, plan.job_blocks, plan.sequential, plan.kernel),
                (kernels, job_blocks, true, kernel),
                "{name}"
            );
            assert_eq!(preset.name(), name);
            assert!(preset.purpose(true).contains(purpose), "{name}: {}", preset.purpose(true));
        }
    }

    // Fails with: threads planned on a page that cannot share memory; tasks that take turns called threads.
    #[test]
    fn where_memory_is_not_shared_cooperative_tasks_take_the_place_of_threads() {
        for preset in Preset::ALL {
            let [with, without] = [true, false].map(|shares_memory| preset.plan(3, shares_memory, Seed(1)));
            assert!(!with.threads.is_empty() && with.cooperative.is_empty());
            let swapped = Plan { threads: vec![], cooperative: with.threads.clone(), ..with.clone() };
            assert_eq!(without, swapped);
            assert_eq!((with.preset(3, true), without.preset(3, false)), (Some(preset), Some(preset)));
            assert_eq!((with.preset(3, false), without.preset(3, true)), (None, None));
        }
        assert!(Preset::Lecture.purpose(true).contains("four threads that take turns"));
        assert!(Preset::Lecture.purpose(false).contains("four cooperative tasks"));
        let fields = |shares_memory| PlanField::here(shares_memory).map(PlanField::name).collect::<Vec<_>>();
        assert_eq!(fields(true)[..3], ["workers", "threads", "repeats"]);
        assert_eq!(fields(false)[..3], ["workers", "cooperative", "repeats"]);
        assert_eq!([fields(true).len(), fields(false).len()], [7, 7]);
    }

    #[test]
    fn presets_follow_the_cores() {
        let workers =
            |preset: Preset, cores| preset.plan(cores, true, Seed(1)).get(PlanField::Workers).to_string();
        assert_eq!(workers(Preset::Quick, 1), "1, 2");
        assert_eq!(workers(Preset::Quick, 2), "1, 2, 4");
        assert_eq!(workers(Preset::Quick, 6), "1, 2, 4, 6, 8, 12");
        assert_eq!(workers(Preset::Quick, 8), "1, 2, 4, 8, 16");
        assert_eq!(workers(Preset::Thorough, 2), "1, 2, 3, 4");
        assert_eq!(workers(Preset::Lecture, 8), "4");
        assert_eq!(workers(Preset::Quick, 1_000), "1, 2, 4, 8, 16, 32, 64");
        assert_eq!(quick().get(PlanField::Threads).to_string(), "1, 2");
        assert_eq!(quick().with_text(PlanField::Repeats, "4").unwrap().preset(2, true), None);
    }

    #[test]
    fn a_kernel_brings_batches_that_take_some_milliseconds_but_the_lectures_job_keeps_its_parts() {
        let by = |plan: Plan, kernel| {
            let plan = plan.counted_by(kernel);
            (plan.kernel, plan.batch.points())
        };
        assert_eq!(by(quick(), Kernel::MathRandom), (Kernel::MathRandom, 100_000));
        assert_eq!(quick().counted_by(Kernel::MathRandom).counted_by(Kernel::Tree), quick());
        let lecture = Preset::Lecture.plan(2, true, Seed(1));
        assert_eq!(by(lecture, Kernel::Tree), (Kernel::Tree, 1_000_000));
    }

    #[test]
    fn refusals_name_field_value_and_range() {
        for (field, text, words) in [
            (PlanField::Workers, "0", &["each of workers", "1 to 64", "“0”"][..]),
            (PlanField::Workers, "1, 65", &["1 to 64", "“65”"]),
            (PlanField::Workers, "1, x", &["1 to 64", "“x”"]),
            (PlanField::Workers, "", &["at least one", "1 to 64"]),
            (PlanField::Threads, "65", &["each of threads", "1 to 64", "“65”"]),
            (PlanField::Cooperative, "-1", &["each of cooperative", "1 to 64"]),
            (PlanField::Repeats, "1000000000", &["repeats", "1 to 100", "“1000000000”"]),
            (PlanField::Repeats, "18446744073709551616", &["1 to 100"]),
            (PlanField::Repeats, "0", &["1 to 100"]),
            (PlanField::Sample, "19", &["sample", "20 to 5000"]),
            (PlanField::Batch, "150000", &["batch", "100,000", "200,000"]),
            (PlanField::Seed, "-1", &["seed", "18,446,744,073,709,551,615"]),
            (PlanField::Sweep, "65", &["sweep", "1 to 64"]),
        ] {
            let said = quick().with_text(field, text).unwrap_err().to_string();
            for word in words {
                assert!(said.contains(word), "{text:?}: {said:?} should name {word:?}");
            }
        }
    }

    #[test]
    fn lists_are_taken_in_any_order_and_each_number_once() {
        let plan = quick().with_text(PlanField::Workers, "4 2,2;  1").unwrap();
        assert_eq!(plan.get(PlanField::Workers).to_string(), "1, 2, 4");
        assert_eq!(plan.with_text(PlanField::Threads, "").unwrap().threads, []);
        assert_eq!(plan.with_text(PlanField::Cooperative, "2 1").unwrap().cooperative, counts([1, 2]));
        assert_eq!(plan.with_text(PlanField::Sweep, "").unwrap().sweep, None);
        assert_eq!(plan.most_workers(), 4);
    }

    #[test]
    fn work_is_shared_evenly_where_it_is_enough_for_that() {
        let plan = Preset::Quick.plan(8, true, Seed(1));
        // Batches of 100 blocks; 1, 2, 4, 8 and 16 workers.
        assert_eq!(plan.even_share_blocks(100_000), 1_600);
        assert_eq!(plan.even_share_blocks(8_000), 800);
        assert_eq!(plan.even_share_blocks(500), 1);
        let thorough = Preset::Thorough.plan(3, true, Seed(1));
        assert_eq!(
            thorough.even_share_blocks(100_000),
            6_000,
            "1 to 6 workers: of 60 batches each has a whole number"
        );
    }

    #[test]
    fn steps_stay_in_range() {
        let stepped =
            |field: PlanField, text, arrow| field.stepped(field.read(text).unwrap(), arrow).to_string();
        for (field, text, down, up) in [
            (PlanField::Workers, "1, 2", "1, 2", "1, 2"),
            (PlanField::Threads, "1, 2", "1, 2", "1, 2"),
            (PlanField::Cooperative, "", "", ""),
            (PlanField::Repeats, "1", "1", "2"),
            (PlanField::Repeats, "100", "99", "100"),
            (PlanField::Sample, "20", "20", "40"),
            (PlanField::Sample, "3000", "1500", "5000"),
            (PlanField::Batch, "100000", "100000", "200000"),
            (PlanField::Seed, "0", "0", "1"),
            (PlanField::Sweep, "", "", ""),
            (PlanField::Sweep, "64", "63", "64"),
        ] {
            assert_eq!(stepped(field, text, Arrow::Down), down, "{field:?} {text} down");
            assert_eq!(stepped(field, text, Arrow::Up), up, "{field:?} {text} up");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,40}") {
            for field in PlanField::ALL {
                if let Ok(plan) = quick().with_text(field, &text) {
                    prop_assert_eq!(plan.with_text(field, &plan.get(field).to_string()), Ok(plan));
                }
            }
        }
    }
}
