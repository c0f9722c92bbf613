//! The experiments: each sets up a run, asks what to expect of it, and says what came.
//!
//! An experiment has a file of its own. [`notes`] is what they share: what is seen of a run, and what is kept of that.

mod killed_worker;
mod next_digit;
pub mod notes;
pub mod small_batches;

use dartboard_points::tally::{Seed, Tally};

use crate::run::config::{BatchSize, LiveSetting, Setting, Target, WorkerCount};
use notes::Notes;

/// A lesson that sets up a run, and whose name the run's address carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// The error falls as 1/√N.
    NextDigit,
    /// The batch that is too small.
    SmallBatches,
    /// Workers are killed, and the total is the same.
    KilledWorker,
}

/// What a run is set up with; the rest is as the page has it, without target and chaos.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetUp {
    /// The run.
    pub seed: Seed,
    /// How many workers; none leaves as many as there are.
    pub workers: Option<WorkerCount>,
    /// The size of batches.
    pub batch: BatchSize,
    /// Where the run ends by itself.
    pub target: Option<Target>,
}

impl Experiment {
    /// All of them, in the order to try them in.
    pub const ALL: [Self; 3] = [Self::NextDigit, Self::SmallBatches, Self::KilledWorker];

    /// Its name in the page's address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NextDigit => "next-digit",
            Self::SmallBatches => "small-batches",
            Self::KilledWorker => "killed-worker",
        }
    }

    /// The experiment of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|experiment| experiment.name() == name)
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NextDigit => next_digit::TITLE,
            Self::SmallBatches => small_batches::TITLE,
            Self::KilledWorker => killed_worker::TITLE,
        }
    }

    /// What to think about before it begins.
    pub const fn question(self) -> &'static str {
        match self {
            Self::NextDigit => next_digit::QUESTION,
            Self::SmallBatches => small_batches::QUESTION,
            Self::KilledWorker => killed_worker::QUESTION,
        }
    }

    /// The run that is set up for it.
    pub fn set_up(self) -> SetUp {
        match self {
            Self::NextDigit => next_digit::set_up(),
            Self::SmallBatches => small_batches::set_up(),
            Self::KilledWorker => killed_worker::set_up(),
        }
    }

    /// What it teaches.
    pub const fn teaches(self) -> &'static str {
        match self {
            Self::NextDigit => next_digit::TEACHES,
            Self::SmallBatches => small_batches::TEACHES,
            Self::KilledWorker => killed_worker::TEACHES,
        }
    }

    /// What has come of it so far, a sentence a line; `marks` is the run's history.
    pub fn results(self, notes: &Notes, marks: &[Tally]) -> Vec<String> {
        match self {
            Self::NextDigit => next_digit::results(marks),
            Self::SmallBatches => small_batches::results(notes),
            Self::KilledWorker => killed_worker::results(notes),
        }
    }
}

impl SetUp {
    /// Its values, in the order of an address.
    pub fn settings(self) -> impl Iterator<Item = Setting> {
        let live = [
            self.workers.map(LiveSetting::Workers),
            Some(LiveSetting::Batch(self.batch)),
            self.target.map(|target| LiveSetting::Target(Some(target))),
        ];
        std::iter::once(Setting::Seed(self.seed)).chain(live.into_iter().flatten().map(Setting::Live))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::estimate::STANDARD_ERROR_OF_ONE_POINT;
    use crate::text::Fixed;

    // Fails with: a set-up that was changed, and its texts not.
    #[test]
    fn titles_questions_and_lessons_speak_of_what_is_set_up() {
        let standard_error = Fixed(STANDARD_ERROR_OF_ONE_POINT, 3).to_string();
        for (experiment, set_up, title, question, lesson) in [
            (Experiment::NextDigit, "10000000000", "next digit", "Ten billion points", &*standard_error),
            (
                Experiment::SmallBatches,
                "100000",
                "batch that is too small",
                "Each batch of 100,000 points",
                "message",
            ),
            (
                Experiment::KilledWorker,
                "40000000000",
                "Kill a worker",
                "counts 40 billion points",
                "dead worker",
            ),
        ] {
            let settings: Vec<String> =
                experiment.set_up().settings().map(|setting| setting.to_string()).collect();
            assert!(settings.iter().any(|setting| setting == set_up), "{set_up} is not in: {settings:?}");
            for (text, part) in [
                (experiment.title(), title),
                (experiment.question(), question),
                (experiment.teaches(), lesson),
            ] {
                assert!(text.contains(part), "“{part}” is not in: {text}");
            }
        }
    }
}
