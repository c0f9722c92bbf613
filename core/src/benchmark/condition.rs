//! What is timed, and one measured sample of it.

use std::fmt;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Tally};

use crate::lecture::glossary::{LOOP, THREADS, WORKER};
use crate::lecture::shared_memory::SharedMemory;

/// How the work is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// On the main thread in one go.
    Sequential,
    /// In Web Workers that share memory, and in it a GIL: threads as Python has them.
    Threads,
    /// As tasks that take turns on the main thread: a stand-in for such threads where memory cannot be shared.
    Cooperative,
    /// In Web Workers.
    Workers,
    /// On the GPU, by one Web Worker.
    Gpu,
}

impl Mode {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Sequential, Self::Threads, Self::Cooperative, Self::Workers, Self::Gpu];

    /// Those of the lecture, on a page that shares memory with its workers or on one that does not.
    pub const fn here(shares_memory: bool) -> [Self; 3] {
        [Self::Sequential, if shares_memory { Self::Threads } else { Self::Cooperative }, Self::Workers]
    }

    /// Its name in exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Threads => "threads",
            Self::Cooperative => "cooperative",
            Self::Workers => "workers",
            Self::Gpu => "gpu",
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
            Self::Threads => "Threads with a GIL",
            Self::Cooperative => "Cooperative tasks",
            Self::Workers => "Web Workers",
            Self::Gpu => "GPU",
        }
    }

    /// What several of it are called, in legends and sentences.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Sequential => "one loop",
            Self::Threads => "threads with a GIL",
            Self::Cooperative => "cooperative tasks",
            Self::Workers => "workers",
            Self::Gpu => "the GPU",
        }
    }

    /// Whether it starts workers for each sample, which takes time by itself.
    pub const fn starts_workers(self) -> bool {
        matches!(self, Self::Threads | Self::Workers | Self::Gpu)
    }

    /// What of the lecture it stands for.
    pub fn stands_for(self) -> String {
        match self {
            Self::Sequential => {
                format!("{}: one call counts everything, and the page freezes meanwhile.", LOOP.lecture)
            }
            Self::Threads => format!(
                "{}: Web Workers that share memory. Only the one that holds the GIL counts, so nothing gets faster, but the \
                 page stays alive.",
                THREADS.lecture
            ),
            Self::Cooperative => format!(
                "{}, for which they stand in where memory cannot be shared. They take turns on the main thread, so nothing \
                 gets faster, but the page stays alive.",
                THREADS.lecture
            ),
            Self::Workers => format!(
                "{}es: each has its own memory and core and is sent messages, and the page stays alive.",
                WORKER.lecture
            ),
            Self::Gpu => {
                "Nothing of the lecture: one Web Worker lets the GPU count thousands of blocks at a time."
                    .to_owned()
            }
        }
    }
}

/// Why cooperative tasks stand in for threads with a GIL on this page; none where memory is shared.
pub fn stand_in(memory: &SharedMemory) -> Option<String> {
    let reason = match memory {
        SharedMemory::Here => return None,
        SharedMemory::AfterReload => "Reload this page to share memory.".to_owned(),
        SharedMemory::NotYet => "The browser is storing this page, which shared memory needs.".to_owned(),
        SharedMemory::Never(reason) => reason.to_string(),
    };
    Some(format!("Cooperative tasks stand in for threads with a GIL, which need shared memory. {reason}"))
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What counted a sample, here or in a file: a kernel of today, or one that only files of version 1
/// have. The kernels of version 1 that depend on the stream differ from today's of the same name.
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
    /// The GPU: for the same work as the others it may be too fast.
    Gpu,
}

impl<K> Group<K> {
    /// Its name in exports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scaling => "scaling",
            Self::Kernel(_) => "kernel",
            Self::Sweep => "sweep",
            Self::Gpu => "gpu",
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
    /// Workers, threads or cooperative tasks; 1 for [`Mode::Sequential`].
    pub workers: u32,
    /// Points a worker is given at a time; 0 where there are no batches, or the coordinator chooses.
    pub batch_points: u64,
}

impl From<Condition> for Condition<ReportedKernel> {
    fn from(condition: Condition) -> Self {
        let Condition { group, mode, kernel, workers, batch_points } = condition;
        let group = match group {
            Group::Scaling => Group::Scaling,
            Group::Kernel(kernel) => Group::Kernel(kernel.into()),
            Group::Sweep => Group::Sweep,
            Group::Gpu => Group::Gpu,
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
            (_, Mode::Threads) => write!(f, "{} with a GIL", counted(self.workers, "thread")),
            (_, Mode::Cooperative) => f.write_str(&counted(self.workers, "cooperative task")),
            (_, Mode::Workers) => f.write_str(&counted(self.workers, "worker")),
            (_, Mode::Gpu) => f.write_str("GPU"),
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

    /// The blocks of one job in even shares for so many threads or tasks; where there are fewer blocks, fewer shares.
    pub fn shares(self, tasks: u32) -> impl Iterator<Item = BlockRange> {
        let (all, tasks) = (self.job_blocks, self.job_blocks.min(tasks.into()));
        (0..tasks).filter_map(move |task| BlockRange::new(all * task / tasks, all * (task + 1) / tasks).ok())
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
    /// From asking for the workers or threads until all were ready.
    pub spawn_ms: f64,
    /// The longest time for which the main thread did nothing else.
    pub longest_gap_ms: f64,
    /// What was counted.
    pub tally: Tally,
    /// What another kernel counts of the same blocks of one job.
    pub control: Option<Tally>,
    /// Messages to and from workers or threads while the clock ran.
    pub messages: u64,
    /// Their characters.
    pub message_characters: u64,
    /// Time that workers or threads spent not counting while the clock ran, of all together.
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
    use crate::lecture::shared_memory::Reason;

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
            (Mode::Threads, "Threads with a GIL", "Python threads under the GIL"),
            (Mode::Cooperative, "Cooperative tasks", "Python threads under the GIL, for which they stand in"),
            (Mode::Workers, "Workers", "processes"),
            (Mode::Gpu, "GPU", "Nothing of the lecture"),
        ] {
            assert!(mode.title().contains(title) && mode.stands_for().contains(stands_for), "{mode}");
        }
        // The glossary calls the modes by their names on this page.
        assert!(LOOP.here.contains(Mode::Sequential.name()) && THREADS.here.contains(Mode::Threads.plural()));
        assert!(Mode::Workers.title().contains(WORKER.here));
    }

    // Fails with: tasks that take turns called threads; a page that offers what it cannot do.
    #[test]
    fn threads_are_where_memory_is_shared_and_elsewhere_their_stand_in_says_so() {
        assert_eq!(Mode::here(true), [Mode::Sequential, Mode::Threads, Mode::Workers]);
        assert_eq!(Mode::here(false), [Mode::Sequential, Mode::Cooperative, Mode::Workers]);
        let condition = |mode, workers| {
            let (group, kernel) = (Group::Scaling, Kernel::Tree);
            Condition { group, mode, kernel, workers, batch_points: 0 }.to_string()
        };
        let named =
            [Mode::Threads, Mode::Cooperative].map(|mode| [1, 4].map(|number| condition(mode, number)));
        assert_eq!(
            named,
            [["1 thread with a GIL", "4 threads with a GIL"], ["1 cooperative task", "4 cooperative tasks"]]
        );
        for (memory, reason) in [
            (SharedMemory::AfterReload, "Reload this page to share memory."),
            (SharedMemory::NotYet, "The browser is storing this page, which shared memory needs."),
            (SharedMemory::Never(Reason::NoSharedMemory), "This browser has no shared memory."),
        ] {
            let said = stand_in(&memory).unwrap();
            assert!(said.starts_with("Cooperative tasks stand in for threads with a GIL"), "{said}");
            assert!(said.ends_with(reason), "{said}");
        }
        assert_eq!(stand_in(&SharedMemory::Here), None);
    }

    // Fails with: a block that two threads count, or none; an empty share.
    #[test]
    fn shares_are_even_and_hold_every_block_once() {
        for (job_blocks, tasks) in [(40, 4), (41, 4), (3, 64), (1, 1), (1_000_003, 7)] {
            let shares: Vec<_> = Work { job_blocks, jobs: 2 }.shares(tasks).collect();
            assert_eq!(shares.len() as u64, job_blocks.min(tasks.into()));
            let mut next = 0;
            for share in shares {
                assert_eq!(share.first(), next);
                assert!(share.blocks().abs_diff(job_blocks / u64::from(tasks)) <= 1, "{share}");
                next = share.end();
            }
            assert_eq!(next, job_blocks);
        }
    }
}
