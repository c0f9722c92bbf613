//! The lecture: its lessons, what there is to try with a run, and the lecture's words.
//!
//! The lecture's page is an [`index`] and a frame in which a [`Lesson`] is open: [`stage`] is that frame's state machine.
//! It is told events and answers commands; [`crew`] is its part that minds the threads. A lesson is a module of its own
//! with its settings and its [`runs`]: what its threads are told, and what came of it as [`shown`]; [`drawing`] draws that.
//!
//! What there is to try with a run is on the run's page: [`experiment`], a run set up for it, what to expect, and what came.
//!
//! [`shared_memory`] says whether threads can share memory here, [`glossary`] what the lecture's words are here;
//! [`explanations`] and [`layers`], which are on the run's page, use it.

pub mod address;
pub mod batch;
pub mod check;
pub mod compared;
pub mod crew;
pub mod daemon;
pub mod downloads;
pub mod drawing;
pub mod errand;
pub mod experiment;
pub mod explanations;
pub mod first_thread;
pub mod gil;
pub mod glossary;
pub mod guess;
pub mod index;
pub mod layers;
#[cfg(test)]
mod local_memory;
pub mod pipeline;
pub mod presenter;
pub mod processes;
pub mod python;
pub mod queue;
pub mod race;
pub mod recorded;
pub mod runs;
pub mod settings;
pub mod shared_memory;
pub mod shown;
pub mod stage;
pub mod window;

use std::borrow::Cow;

use guess::GuessKind;
use python::Python;
use recorded::Recorded;
use runs::Runs;
use settings::{Kind, LessonField, Values};
use stage::ChosenFile;

/// A lesson of the lecture's page: something that runs in threads of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// Threads that sleep: who is done first.
    FirstThread,
    /// Threads that share a counter, with a lock and without.
    Race,
    /// Threads that run one at a time.
    Gil,
    /// Threads that are ended, and one that ends itself.
    Daemon,
    /// Producers and consumers.
    Queue,
    /// Processes that share nothing.
    Processes,
    /// The two queues and the two locks, compared.
    Compared,
    /// A window that works, and one that lets a thread work.
    Window,
    /// The way of one batch.
    Batch,
    /// A list of addresses.
    Downloads,
    /// Three stages and two queues.
    Pipeline,
}

/// How many fields stand on the first screen.
pub const FIRST_FIELDS: usize = 3;

/// What a lesson is, whatever came of it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in addresses and for scripts.
    pub name: &'static str,
    /// What the index calls it.
    pub title: &'static str,
    /// The group of the index that it is in.
    pub group: &'static str,
    /// The question of the index, in a few words.
    pub short_question: &'static str,
    /// The question over the lesson.
    pub question: &'static str,
    /// What can be set, that of the first screen first: [`FIRST_FIELDS`] of them.
    pub fields: &'static [&'static LessonField],
    /// Values with which it takes a second or so, for the check before class.
    pub in_short: &'static [(&'static LessonField, u64)],
    /// The number that is that of the device's cores where the address names none.
    pub per_core: Option<&'static LessonField>,
    /// What is guessed before the first run.
    pub guess: GuessKind,
    /// Names of the three figures.
    pub figures: [&'static str; 3],
    /// Why it comes as it does: the sentence to remember first.
    pub why: &'static [&'static str],
    /// What its table is called as a file: of comma-separated values, and of JSON.
    pub files: [&'static str; 2],
    /// The same in Python.
    pub python: Python,
    /// What its threads need of shared memory.
    pub memory: MemoryNeed,
    /// What came of it on a named machine.
    pub recorded: Recorded,
}

/// What a lesson's threads need of shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryNeed {
    /// None: they share nothing.
    None,
    /// They use messages where they can't have it.
    OrMessages,
    /// It is what the lesson is about.
    All,
}

impl Lesson {
    /// All of them, in the order of the lecture.
    pub const ALL: [Self; 11] = [
        Self::FirstThread,
        Self::Race,
        Self::Gil,
        Self::Daemon,
        Self::Queue,
        Self::Processes,
        Self::Compared,
        Self::Window,
        Self::Batch,
        Self::Downloads,
        Self::Pipeline,
    ];

    /// What it is.
    pub const fn about(self) -> &'static About {
        match self {
            Self::FirstThread => &first_thread::ABOUT,
            Self::Race => &race::ABOUT,
            Self::Gil => &gil::ABOUT,
            Self::Daemon => &daemon::ABOUT,
            Self::Queue => &queue::ABOUT,
            Self::Processes => &processes::ABOUT,
            Self::Compared => &compared::ABOUT,
            Self::Window => &window::ABOUT,
            Self::Batch => &batch::ABOUT,
            Self::Downloads => &downloads::ABOUT,
            Self::Pipeline => &pipeline::ABOUT,
        }
    }

    /// Its settings where nobody has set any, on a device with so many cores.
    pub fn values(self, cores: u32) -> Values {
        let &About { fields, per_core, .. } = self.about();
        let mut values = Values::defaults(fields);
        if let Some(field) = per_core
            && let Kind::Number { min, max, .. } = field.kind
        {
            values.set(field, u64::from(cores).clamp(min, max));
        }
        values
    }

    /// The names of the three figures, and what is guessed of them, with these settings.
    pub fn figures(self, values: &Values) -> ([&'static str; 3], GuessKind) {
        match self {
            Self::Processes => processes::figures(values),
            _ => (self.about().figures, self.about().guess),
        }
    }

    /// A text of the lesson as it reads with these settings.
    pub fn worded(self, text: &'static str, values: &Values) -> Cow<'static, str> {
        match self {
            Self::FirstThread => first_thread::with_names(text, values).into(),
            _ => text.into(),
        }
    }

    /// The runs of a press of Run with these settings; whether the threads can share memory.
    pub fn runs(self, values: &Values, shares_memory: bool, file: Option<&ChosenFile>) -> Box<dyn Runs> {
        match self {
            Self::FirstThread => Box::new(first_thread::FirstThreadRuns::new(values)),
            Self::Race => Box::new(race::RaceRuns::new(values, shares_memory)),
            Self::Gil => Box::new(gil::GilRuns::new(values)),
            Self::Daemon => Box::new(daemon::DaemonRuns::new(values, shares_memory)),
            Self::Queue => Box::new(queue::QueueRuns::new(values, shares_memory)),
            Self::Processes => processes::runs(values),
            Self::Compared => Box::new(compared::CompareRuns::new(values, shares_memory)),
            Self::Window => Box::new(window::WindowRuns::new(values)),
            Self::Batch => Box::new(batch::BatchRuns::new(values)),
            Self::Downloads => Box::new(downloads::DownloadRuns::new(values)),
            Self::Pipeline => Box::new(pipeline::PipelineRuns::new(values, shares_memory, file)),
        }
    }

    /// What the button says that runs it, and what it says while it runs.
    pub const fn buttons(self) -> [&'static str; 2] {
        match self {
            Self::Downloads => ["Download All", "Cancel all"],
            _ => ["Run", "Stop"],
        }
    }

    /// What a press of Run with these settings does to the page, where the user should know before.
    pub fn warning(self, values: &Values) -> Option<String> {
        match self {
            Self::Window => window::warning(values),
            _ => None,
        }
    }

    /// The lesson of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lesson| lesson.about().name == name)
    }
}
