//! What happens behind a panel of the run's page, in a few plain sentences and with the lecture's words.

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
    /// The sentences.
    pub fn text(self) -> String {
        match self {
            Self::Estimate => format!(
                "A point of the square lies inside the quarter circle with the probability π/4; four times the share inside \
                 is the estimate. In the lecture a {coordinator_thread} takes the counts of the {process}es from a {queue} \
                 and adds them up. Here {coordinator} does, which draws the page besides. Start and Stop are events in its \
                 message queue like any other. The dim digits are noise; the solid ones the 95 % interval supports.",
                coordinator_thread = COORDINATOR.lecture,
                process = WORKER.lecture,
                queue = QUEUE.lecture,
                coordinator = COORDINATOR.here,
            ),
            Self::Convergence => {
                "Each tally that arrives makes the estimate a little better: its typical error is 1.642/√N. The chart keeps \
                 some 8 tallies for each doubling of N, so a run of any length fits into a few kilobytes. Both axes are \
                 logarithmic: 1/√N is a straight line there."
                    .to_owned()
            }
            Self::Workers => format!(
                "The lecture’s {process} is a {worker} here: a thread with memory of its own, started by the page. It \
                 shares nothing with the page; they post each other messages. The browser copies each one ({clone}), the \
                 lecture’s {pickling} of what goes through a {queue}. Here that is {worker_queue}, in which its next batch \
                 waits already. Crash is a panic in the worker, Hang an endless loop; Kill is {terminate}, as in the \
                 lecture, without the coordinator being told. It finds out by an error event or a deadline, terminates \
                 what is left, starts another worker and gives it the lost blocks. A process can be killed in the lecture \
                 in the same way; a Python thread cannot.",
                process = WORKER.lecture,
                worker = WORKER.here,
                clone = PICKLING.here,
                pickling = PICKLING.lecture,
                queue = QUEUE.lecture,
                worker_queue = QUEUE.here,
                terminate = TERMINATE.here,
            ),
            Self::Dartboard => {
                "A worker sends back two numbers, never its darts. Each dart has 62 random bits, and the kernel asks it only \
                 for as many as settle it: 6.5 on average. The darts shown are those of the block counted last, with all \
                 their bits. The page computes them again: a block’s darts follow from the seed and the block’s number alone."
                    .to_owned()
            }
            Self::Settings => format!(
                "The number of workers is the lecture’s number of {process}es. Beyond the number of cores they only take \
                 turns. What the lecture calls {batch_size} is {here}: small batches mean many messages, large ones a slow \
                 Stop. Seed and target name the run: whoever counts them, with however many workers, gets the same total. \
                 Chaos lets workers panic, to show that it does.",
                process = WORKER.lecture,
                batch_size = BATCH_SIZE.lecture,
                here = BATCH_SIZE.here,
            ),
            Self::Events => {
                "What the coordinator was told and what it did. A batch out at a worker is a lease; when the worker dies, \
                 its blocks are requeued. A result counts once: one that comes late, twice or from a worker already \
                 replaced is dropped."
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
            (Explanation::Estimate, "four times the share inside", &[COORDINATOR][..]),
            (Explanation::Convergence, "1/√N is a straight line", &[]),
            (Explanation::Workers, "a panic in the worker", &[WORKER, PICKLING, QUEUE, TERMINATE]),
            (Explanation::Dartboard, "the block counted last", &[]),
            (Explanation::Settings, "Chaos lets workers panic", &[BATCH_SIZE]),
            (Explanation::Events, "its blocks are requeued", &[]),
        ] {
            let text = explanation.text();
            for part in terms.iter().flat_map(|term| [term.lecture, term.here]).chain([subject]) {
                assert!(text.contains(part), "“{part}” is not in: {text}");
            }
        }
    }
}
