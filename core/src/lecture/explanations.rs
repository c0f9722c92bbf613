//! The questions that the panels of the run's page raise, and their answers with the lecture's words.

use super::glossary::{BATCH_SIZE, COORDINATOR, PICKLING, QUEUE, TERMINATE, WORKER};

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The estimate.
    Estimate,
    /// The convergence chart.
    Convergence,
    /// The workers.
    Workers,
    /// The dartboard.
    Dartboard,
    /// The settings.
    Settings,
    /// The event log.
    Events,
}

impl Explanation {
    /// The question that its panel raises.
    pub fn question(self) -> &'static str {
        match self {
            Self::Estimate => "How do random points give π?",
            Self::Convergence => "How to read this chart",
            Self::Workers => "What is a worker?",
            Self::Dartboard => "Which points are drawn?",
            Self::Settings => "What do these settings change?",
            Self::Events => "What is in this log?",
        }
    }

    /// The answer, in at most 60 words.
    pub fn text(self) -> String {
        match self {
            Self::Estimate => format!(
                "A random point of the square lies inside the quarter circle with the probability π/4. Four times the share \
                 inside is the estimate. In the lecture a {coordinator_thread} takes the counts of the {process}es from a \
                 {queue} and adds them up; here {coordinator} does.",
                coordinator_thread = COORDINATOR.lecture,
                process = WORKER.lecture,
                queue = QUEUE.lecture,
                coordinator = COORDINATOR.here,
            ),
            Self::Convergence => {
                "Both axes are logarithmic: each step is ten times the last. The typical error is 1.642/√N, a straight \
                 line: a hundred times the points for one more digit. One run’s points build on each other: a run that is \
                 off now stays off for a while."
                    .to_owned()
            }
            Self::Workers => format!(
                "The lecture’s {process} is a {worker} here. It shares no memory with the page; they post messages, which the \
                 browser copies ({clone}; the lecture’s {pickling}). A {queue} there is {worker_queue} here. Kill is \
                 {terminate}; the coordinator notices by itself, starts another worker, and the lost \
                 blocks are counted again.",
                process = WORKER.lecture,
                worker = WORKER.here,
                clone = PICKLING.here,
                pickling = PICKLING.lecture,
                queue = QUEUE.lecture,
                worker_queue = QUEUE.here,
                terminate = TERMINATE.here,
            ),
            Self::Dartboard => {
                "Some points of the block counted last. A worker sends two numbers and no points, so the page computes them \
                 again: a block’s points follow from the seed and the block’s number alone. Each dart has 62 bits and is \
                 asked only for as many as settle it: 6.5 on average."
                    .to_owned()
            }
            Self::Settings => format!(
                "More workers than cores only take turns. {batch_size} in the lecture is {here}: small batches mean many \
                 messages, large ones a slow Stop. Seed and target name the run: whoever counts it, with any number of \
                 workers, gets exactly the same result. Random crashes show that the total stays exact.",
                batch_size = BATCH_SIZE.lecture,
                here = BATCH_SIZE.here,
            ),
            Self::Events => {
                "What the coordinator was told, and what it did. When a worker dies, the blocks that it was counting go to \
                 other workers. A result counts once: one that comes late, twice or from a worker already replaced is \
                 dropped."
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a text under another's panel; one that leaves out what a word of the lecture is here.
    #[test]
    fn each_explanation_says_what_the_lectures_words_are_here() {
        for (explanation, subject, terms) in [
            (Explanation::Estimate, "Four times the share inside", &[COORDINATOR][..]),
            (Explanation::Convergence, "1.642/√N, a straight line", &[]),
            (Explanation::Workers, "Kill is", &[WORKER, PICKLING, QUEUE, TERMINATE]),
            (Explanation::Dartboard, "the block counted last", &[]),
            (Explanation::Settings, "Random crashes", &[BATCH_SIZE]),
            (Explanation::Events, "go to other workers", &[]),
        ] {
            let text = explanation.text();
            assert!(text.split_whitespace().count() <= 60, "too long: {text}");
            for part in terms.iter().flat_map(|term| [term.lecture, term.here]).chain([subject]) {
                assert!(text.contains(part), "“{part}” is not in: {text}");
            }
        }
    }
}
