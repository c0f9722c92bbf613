//! The experiments: each sets up a run, asks what to expect of it, and says what came.
//!
//! An experiment has a file of its own. [`notes`] is what they share: what is seen of a run, and what is kept of that.

mod killed_worker;
mod next_digit;
pub mod notes;
pub mod small_batches;

use dartboard_points::tally::Tally;

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

    /// The address, from `#` on, that sets the run's page up for it and starts nothing. Lecturers keep it.
    pub const fn address(self) -> &'static str {
        match self {
            Self::NextDigit => next_digit::ADDRESS,
            Self::SmallBatches => small_batches::ADDRESS,
            Self::KilledWorker => killed_worker::ADDRESS,
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
            let (_, query) = experiment.address().split_once('?').unwrap();
            let set: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').nth(1)).collect();
            assert!(set.contains(&set_up), "{set_up} is not in: {set:?}");
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
