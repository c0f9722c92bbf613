//! Processes: four that report through one queue, why a script needs its guard, what can be sent, and what that costs.

mod costs;
mod guard;
pub mod kinds;
mod one_run;
mod program;
mod sums;

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::Runs;
use super::settings::{Choice, Kind, LessonField, Values};
use super::{About, MemoryNeed};
use one_run::OneRun;

/// Which part of the lesson is run, in the order of [`PARTS`].
pub static PART: LessonField = LessonField {
    name: "part",
    label: "Show",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "sums", label: "sums" },
            Choice { name: "guard", label: "the guard" },
            Choice { name: "kinds", label: "pickling" },
            Choice { name: "costs", label: "the costs" },
        ],
    },
};

/// How many workers add up.
pub static WORKERS: LessonField = LessonField {
    name: "workers",
    label: "Workers",
    kind: Kind::Number { min: 1, max: 8, default: 4, decimals: 0 },
};

/// How many numbers each of them adds up.
pub static NUMBERS: LessonField = LessonField {
    name: "n",
    label: "Each adds up to n",
    kind: Kind::Number { min: 1, max: 2_000_000_000, default: 10_000_000, decimals: 0 },
};

/// How often they do.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs of the sums",
    kind: Kind::Number { min: 1, max: 20, default: 1, decimals: 0 },
};

/// What is posted.
pub static KINDS: LessonField = LessonField {
    name: "kinds",
    label: "Kinds to pickle",
    kind: Kind::Choice {
        choices: &[Choice { name: "six", label: "six" }, Choice { name: "all", label: "all kinds" }],
    },
};

/// The largest message whose way is timed.
pub static LARGEST: LessonField = LessonField {
    name: "largest",
    label: "Largest message",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "64mb", label: "64 MB" },
            Choice { name: "16mb", label: "16 MB" },
            Choice { name: "1mb", label: "1 MB" },
            Choice { name: "1tb", label: "1 TB: too large" },
        ],
    },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "processes",
    title: "Processes and pickling",
    group: "Queues",
    short_question: "What can go to another process?",
    question: "What does it take to hand work and results to another process?",
    fields: &[&PART, &WORKERS, &NUMBERS, &RUNS, &KINDS, &LARGEST],
    guess: PARTS[0].1,
    figures: PARTS[0].0,
    files: ["processes.csv", "processes.json"],
    why: &[
        "Processes share nothing. What goes from one to another is copied, so it must be something that can be copied.",
        "A queue gives results in the order in which they come, not in the order in which the processes were started.",
        "Code, open files and connections belong to the process that has them. Send what another process needs to make its \
         own.",
        "A message costs by its parts, too: send one large array, not many small objects.",
    ],
    python: Python {
        file_name: "processes.py",
        program: program::of,
        beside: &[
            ("multiprocessing.Process(target=work)", "a Web Worker that shares nothing"),
            ("results.put((number, total))", "postMessage: the browser copies it (structured clone)"),
            ("results.get()", "the page’s message event"),
            ("if __name__ == \"__main__\":", "a worker has no document: so it is not the main program"),
            ("pickle.dumps(thing)", "postMessage(thing) throws where it cannot copy"),
        ],
        prints: &[(
            "3.11",
            "four times 49999995000000; the first three kinds: pickled; lambda: PicklingError; the others: TypeError",
        )],
        remark: "pickle keeps the class of an instance, by its name; the browser’s copy of an instance is a plain object.",
    },
    in_short: &[(&NUMBERS, 1_000_000)],
    per_core: None,
    memory: MemoryNeed::None,
    recorded: Recorded {
        figures: ["Worker 2", "4 of 4", "4 of 4"],
        findings: &[
            "4 workers added up 10,000,000 numbers each. Their totals came in this order: 2, 1, 4, 3. Each was 49,999,995,000,000.",
        ],
    },
};

/// The names of the three figures of each part, and what is guessed.
const PARTS: [([&str; 3], GuessKind); 4] = [
    (
        ["First to report", "Totals that came", "Right ones"],
        GuessKind::Words {
            label: "Your guess: who reports first?",
            answers: &["worker 1", "the last worker", "any of them"],
        },
    ),
    (
        ["Without the guard", "Generations", "With the guard"],
        GuessKind::Words {
            label: "Your guess: workers without it?",
            answers: &["2", "4", "6", "more and more"],
        },
    ),
    (
        ["Came through", "Changed on the way", "Refused"],
        GuessKind::Words {
            label: "Your guess: how many of the six come?",
            answers: &["all six", "five", "four", "three", "fewer"],
        },
    ),
    (
        ["Largest, copied", "Handed over", "Objects / one array"],
        GuessKind::Words {
            label: "Your guess: objects against an array?",
            answers: &["as fast", "twice as long", "ten times as long", "more than that"],
        },
    ),
];

/// The names of the three figures, and what is guessed, of the part that is chosen.
pub(super) fn figures(values: &Values) -> ([&'static str; 3], GuessKind) {
    let part = usize::try_from(values.get(&PART)).ok().and_then(|part| PARTS.get(part));
    part.copied().unwrap_or(PARTS[0])
}

/// The runs of the part that is chosen.
pub(super) fn runs(values: &Values) -> Box<dyn Runs> {
    match values.get(&PART) {
        0 => Box::new(sums::SumRuns::new(values)),
        1 => Box::new(OneRun::of(guard::GuardRuns::default())),
        2 => Box::new(OneRun::of(kinds::KindRuns::new(values))),
        _ => Box::new(OneRun::of(costs::CostRuns::new(values))),
    }
}

/// What follows where what carries out errands does not run.
pub(super) fn void(text: &str) -> String {
    format!("A worker does not run: {}.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
