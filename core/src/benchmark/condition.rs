//! What is timed, and one measured sample of it.

use std::fmt;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, Tally};

use crate::lecture::glossary::{LOOP, THREADS, WORKER};

/// How the work is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// On the main thread in one go.
    Sequential,
    /// As tasks that take turns on the main thread.
    Cooperative,
    /// In Web Workers.
    Workers,
}

impl Mode {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Sequential, Self::Cooperative, Self::Workers];

    /// Its name in exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Cooperative => "cooperative",
            Self::Workers => "workers",
        }
    }

    /// The mode of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// What it is, on the page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sequential => "One loop on the main thread",
            Self::Cooperative => "Tasks that take turns on one thread",
            Self::Workers => "Web Workers",
        }
    }

    /// What of the lecture it stands for.
    pub fn stands_for(self) -> String {
        match self {
            Self::Sequential => {
                format!("{}: one call counts everything, and the page freezes meanwhile.", LOOP.lecture)
            }
            Self::Cooperative => format!(
                "{}: they take turns on one core, so nothing gets faster, but the page stays alive.",
                THREADS.lecture
            ),
            Self::Workers => format!(
                "{}es: each has its own memory and core and is sent messages, and the page stays alive.",
                WORKER.lecture
            ),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What counted a sample that was reported, here or in a file: a kernel of today, or one that only files of version 1
/// have. Those that depend on the stream are others than today's of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportedKernel {
    /// One of today's.
    Current(Kernel),
    /// The `reference` of version 1.
    EarlierReference,
    /// The `simd` of version 1, the kernel of its workers.
    EarlierSimd,
}

impl ReportedKernel {
    /// The kernel of that name in a file of version 1.
    pub fn of_version_1(name: &str) -> Option<Self> {
        match name {
            "reference" => Some(Self::EarlierReference),
            "simd" => Some(Self::EarlierSimd),
            // These count the same points as ever.
            name => Kernel::named(name).filter(|kernel| !kernel.is_reproducible()).map(Self::Current),
        }
    }
}

impl From<Kernel> for ReportedKernel {
    fn from(kernel: Kernel) -> Self {
        Self::Current(kernel)
    }
}

impl fmt::Display for ReportedKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current(kernel) => kernel.fmt(f),
            Self::EarlierReference => f.write_str("reference (of the earlier stream)"),
            Self::EarlierSimd => f.write_str("simd (point by point)"),
        }
    }
}

/// What a condition is compared with: conditions of one group get the same work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group<K = Kernel> {
    /// Modes and numbers of workers.
    Scaling,
    /// This kernel on one worker; kernels differ too much in speed for the same work.
    Kernel(K),
    /// Batch sizes.
    Sweep,
}

impl<K> Group<K> {
    /// Its name in exports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scaling => "scaling",
            Self::Kernel(_) => "kernel",
            Self::Sweep => "sweep",
        }
    }
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition<K = Kernel> {
    /// What it is compared with.
    pub group: Group<K>,
    /// How the work is spread.
    pub mode: Mode,
    /// What counts.
    pub kernel: K,
    /// Workers or cooperative tasks; 1 for [`Mode::Sequential`].
    pub workers: u32,
    /// Points a worker is given at a time; 0 where there are no batches.
    pub batch_points: u64,
}

impl From<Condition> for Condition<ReportedKernel> {
    fn from(condition: Condition) -> Self {
        let Condition { group, mode, kernel, workers, batch_points } = condition;
        let group = match group {
            Group::Scaling => Group::Scaling,
            Group::Kernel(kernel) => Group::Kernel(kernel.into()),
            Group::Sweep => Group::Sweep,
        };
        Self { group, mode, kernel: kernel.into(), workers, batch_points }
    }
}

impl<K: fmt::Display> fmt::Display for Condition<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.group, self.mode) {
            (Group::Kernel(kernel), _) => write!(f, "kernel {kernel} on one worker"),
            (Group::Sweep, _) => write!(f, "batches of {} points", self.batch_points),
            (_, Mode::Sequential) => f.write_str("one loop"),
            // One task takes no turns.
            (_, Mode::Cooperative) if self.workers == 1 => f.write_str("1 task"),
            (_, Mode::Cooperative) => write!(f, "{} tasks that take turns", self.workers),
            (_, Mode::Workers) => f.write_str(&counted(self.workers, "worker")),
        }
    }
}

/// `1 worker`, `2 workers`.
pub fn counted(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What one sample counts: the same blocks, from 0 on, one or more times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    /// Blocks of one job.
    pub job_blocks: u64,
    /// How many times they are counted; more than once only in the lecture's preset.
    pub jobs: u64,
}

impl Work {
    /// Points thrown in all.
    pub fn points(self) -> u64 {
        self.job_blocks * BLOCK_POINTS * self.jobs
    }
}

/// One timing, to be carried out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// What is timed.
    pub condition: Condition,
    /// What is counted.
    pub work: Work,
    /// Blocks counted before the clock starts, so that the kernel is compiled by then.
    pub warm_up_blocks: u64,
    /// Which repeat it is, from 1; none finds out how much work a sample needs.
    pub repeat: Option<u32>,
}

/// What was measured of one [`Trial`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measurement {
    /// From the start of the counting to its end.
    pub wall_ms: f64,
    /// From asking for the workers until all were ready.
    pub spawn_ms: f64,
    /// The longest time for which the main thread did nothing else.
    pub longest_gap_ms: f64,
    /// What was counted.
    pub tally: Tally,
    /// What another kernel counts of the same blocks of one job.
    pub control: Option<Tally>,
    /// Messages to and from workers while the clock ran.
    pub messages: u64,
    /// Their characters.
    pub message_characters: u64,
    /// Time that workers spent not counting while the clock ran, of all together.
    pub waiting_ms: f64,
    /// Why it must not count.
    pub disturbance: Option<Disturbance>,
}

/// Why a sample must not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disturbance {
    /// The page was hidden, when browsers slow it down.
    Hidden,
    /// The clock jumped, as when a laptop sleeps.
    ClockJumped,
    /// A worker died and was replaced.
    WorkerReplaced,
    /// The work turned out to be too little for the clock: it was raised for its whole group.
    TooShort,
}

impl Disturbance {
    /// What is said of `count` samples that were repeated for this reason.
    pub fn repeated(self, count: usize) -> String {
        let samples = if count == 1 { "1 sample" } else { &format!("{count} samples") };
        let (were, they) = if count == 1 { ("was", "it was") } else { ("were", "they were") };
        match self {
            Self::Hidden => format!("{samples} {were} taken while the page was hidden; {they} repeated."),
            Self::ClockJumped => format!("The clock jumped during {samples}; {they} repeated."),
            Self::WorkerReplaced => format!("A worker died during {samples}; {they} repeated."),
            Self::TooShort => format!("{samples} {were} too short to time; {they} repeated with more work."),
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hidden => "the page was hidden",
            Self::ClockJumped => "the clock jumped",
            Self::WorkerReplaced => "a worker had to be replaced",
            Self::TooShort => "it was too short to time; it was repeated with more work",
        })
    }
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<K = Kernel> {
    /// What was timed.
    pub condition: Condition<K>,
    /// Which repeat it is, from 1.
    pub repeat: u32,
    /// What was counted.
    pub work: Work,
    /// What was measured.
    pub measured: Measurement,
}

impl<K> Sample<K> {
    /// Time of one job.
    pub fn job_ms(&self) -> f64 {
        self.measured.wall_ms / self.work.jobs.max(1) as f64
    }
}

impl From<Sample> for Sample<ReportedKernel> {
    fn from(sample: Sample) -> Self {
        let Sample { condition, repeat, work, measured } = sample;
        Self { condition: condition.into(), repeat, work, measured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_samples_are_told_in_whole_sentences() {
        assert_eq!(
            Disturbance::TooShort.repeated(3),
            "3 samples were too short to time; they were repeated with more work."
        );
        assert_eq!(
            Disturbance::TooShort.repeated(1),
            "1 sample was too short to time; it was repeated with more work."
        );
        assert_eq!(
            Disturbance::Hidden.repeated(2),
            "2 samples were taken while the page was hidden; they were repeated."
        );
        assert_eq!(
            Disturbance::ClockJumped.repeated(1),
            "The clock jumped during 1 sample; it was repeated."
        );
        assert_eq!(
            Disturbance::WorkerReplaced.repeated(1),
            "A worker died during 1 sample; it was repeated."
        );
    }

    #[test]
    fn modes_say_what_they_stand_for() {
        for (mode, title, stands_for) in [
            (Mode::Sequential, "main thread", "the page freezes"),
            (Mode::Cooperative, "one thread", "Python threads under the GIL"),
            (Mode::Workers, "Workers", "processes"),
        ] {
            assert!(mode.title().contains(title) && mode.stands_for().contains(stands_for), "{mode}");
        }
        // The glossary calls the modes by their names on this page.
        assert!(
            LOOP.here.contains(Mode::Sequential.name()) && THREADS.here.contains(Mode::Cooperative.name())
        );
        assert!(Mode::Workers.title().contains(WORKER.here));
    }
}
