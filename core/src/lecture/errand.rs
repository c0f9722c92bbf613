//! What the page does itself for a lesson, an errand at a time, and what it is answered: the messages between a lesson's
//! rules and `worker/process.js`, queries as all messages are.

use dartboard_points::query::{Fields, QueryError, cut, encode};

/// The longest answer that is looked at, in bytes: two texts whose every sign is escaped, or a chain of workers.
const MAX_ANSWER_BYTES: usize = 8_000;

/// Something to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Run the script that starts two workers of itself, as the main program. Each worker answers [`Answer::Born`].
    Nest {
        /// Whether the script asks first who it is.
        is_guarded: bool,
        /// How many generations of workers there may be.
        generations: u32,
    },
    /// Post the thing of this name to a worker, which posts it back: [`Answer::Back`], or why not.
    Post {
        /// Its name, also in the script.
        thing: &'static str,
    },
    /// Post so many bytes to a worker and back, so often: [`Answer::Took`], or why not.
    Time {
        /// How.
        way: Way,
        /// How many bytes.
        bytes: u64,
        /// How often, one after another.
        rounds: u32,
    },
    /// Post so many lines from one worker to another: [`Answer::Passed`], or why not.
    Queue {
        /// How many.
        items: u32,
    },
    /// Have two workers take the browser's lock so often each, and add 1 under it: [`Answer::Passed`], or why not.
    Lock {
        /// How often each of them.
        turns: u32,
    },
}

/// How something goes from one thread to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is copied.
    Clone,
    /// It is handed over.
    Transfer,
    /// Both have it.
    Shared,
    /// It is copied: a list with an object of two numbers for each 16 bytes.
    Objects,
    /// It is copied: one array of the same numbers.
    Array,
}

impl Way {
    /// Its name in messages.
    const fn name(self) -> &'static str {
        match self {
            Self::Clone => "clone",
            Self::Transfer => "transfer",
            Self::Shared => "shared",
            Self::Objects => "objects",
            Self::Array => "array",
        }
    }
}

impl Errand {
    /// The message.
    pub fn encode(self) -> String {
        match self {
            Self::Nest { is_guarded, generations } => {
                let numbers = [("guarded", is_guarded.into()), ("generations", generations.into())];
                encode("nest", &numbers, &[])
            }
            Self::Post { thing } => encode("post", &[], &[("thing", thing)]),
            Self::Time { way, bytes, rounds } => {
                encode("time", &[("bytes", bytes), ("rounds", rounds.into())], &[("way", way.name())])
            }
            Self::Queue { items } => encode("queue", &[("items", items.into())], &[]),
            Self::Lock { turns } => encode("lock", &[("turns", turns.into())], &[]),
        }
    }
}

/// What comes of an errand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A worker has run the top of its script.
    Born {
        /// Who has started whom: a sign a generation.
        path: String,
        /// How many workers it has started.
        started: u32,
        /// Whether it would have started more, and was the last that might not.
        is_ended: bool,
    },
    /// A thing came back.
    Back {
        /// What it was.
        before: String,
        /// What came.
        after: String,
    },
    /// The browser does not post it, or has no room for it.
    Refused {
        /// The error's name.
        error: String,
        /// The browser's words.
        text: String,
    },
    /// There is no such thing here.
    Missing {
        /// The browser's words.
        text: String,
    },
    /// How long it took, in microseconds, all rounds together.
    Took {
        /// In microseconds.
        us: u64,
    },
    /// What workers have passed on to one another, or done one after the other.
    Passed {
        /// How many lines came, or how many additions the counter has.
        count: u64,
        /// From the beginning of the first worker to the end of the last, in microseconds.
        us: u64,
    },
    /// A worker does not run, or the errand could not be carried out.
    Failed {
        /// The reason.
        text: String,
    },
}

impl Answer {
    /// Reads an answer. One that is none says why the errand failed.
    pub fn read(message: &str) -> Self {
        Self::parse(message).unwrap_or_else(|error| Self::Failed { text: error.to_string() })
    }

    fn parse(message: &str) -> Result<Self, QueryError> {
        let fields = &Fields::parse(message, MAX_ANSWER_BYTES)?;
        let text = |name| fields.text(name).map(|text| cut(text).to_owned());
        Ok(match fields.text("kind")? {
            "born" => Self::Born {
                path: text("path")?,
                started: u32::try_from(fields.number("started")?).unwrap_or(u32::MAX),
                is_ended: fields.number("ended")? > 0,
            },
            "back" => Self::Back { before: text("before")?, after: text("after")? },
            "refused" => Self::Refused { error: text("error")?, text: text("text")? },
            "missing" => Self::Missing { text: text("text")? },
            "took" => Self::Took { us: fields.number("us")? },
            "passed" => Self::Passed { count: fields.number("count")?, us: fields.number("us")? },
            _ => Self::Failed { text: text("text")? },
        })
    }
}

/// What follows from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// More answers come.
    GoesOn,
    /// The next errand.
    Errand(Errand),
    /// The run is over.
    Over,
    /// It is void, for this reason.
    Void(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: an answer that is taken for another one, a text of any length that is kept, hostile text that ends the page.
    #[test]
    fn answers_are_read_and_what_is_none_says_why() {
        let failed = |text: &str| Answer::Failed { text: text.to_owned() };
        let born = Answer::Born { path: "01".to_owned(), started: 2, is_ended: false };
        let refused = Answer::Refused { error: "DataCloneError".to_owned(), text: "(x) => 2 & x".to_owned() };
        for (message, read) in [
            ("kind=born&path=01&started=2&ended=0", born),
            ("kind=back&before=1&after=%7B%7D", Answer::Back { before: "1".into(), after: "{}".into() }),
            ("kind=refused&error=DataCloneError&text=%28x%29+%3D%3E+2+%26+x", refused),
            ("kind=missing&text=no", Answer::Missing { text: "no".to_owned() }),
            ("kind=took&us=1200", Answer::Took { us: 1_200 }),
            ("kind=passed&count=400&us=1200", Answer::Passed { count: 400, us: 1_200 }),
            ("kind=failed&text=404", failed("404")),
            (
                "kind=took&us=-1",
                failed("the field us must be a whole number from 0 to 18446744073709551615, not “-1”"),
            ),
            ("kind=something", failed("the message has no field text")),
            ("", failed("the message has no field kind")),
        ] {
            assert_eq!(Answer::read(message), read, "{message}");
        }
        let long = format!("kind=missing&text={}", "π".repeat(2_000));
        assert!(matches!(Answer::read(&long), Answer::Missing { text } if text.len() <= 2_000));
        assert!(matches!(Answer::read(&long.repeat(3)), Answer::Failed { .. }));
    }

    // Fails with: an errand that the script does not know.
    #[test]
    fn errands_are_written_as_the_script_reads_them() {
        let written = [
            Errand::Nest { is_guarded: true, generations: 3 },
            Errand::Post { thing: "2n ** 64n" },
            Errand::Time { way: Way::Transfer, bytes: 1 << 40, rounds: 5 },
            Errand::Queue { items: 2_000 },
            Errand::Lock { turns: 300 },
        ]
        .map(Errand::encode);
        assert_eq!(
            written,
            [
                "kind=nest&guarded=1&generations=3",
                "kind=post&thing=2n+**+64n",
                "kind=time&bytes=1099511627776&rounds=5&way=transfer",
                "kind=queue&items=2000",
                "kind=lock&turns=300",
            ]
        );
        let script = include_str!("../../../worker/process.js");
        for read in [
            "'nest'",
            "'post'",
            "get('way')",
            "number('bytes')",
            "number('rounds')",
            "get('thing')",
            "'queue'",
            "number('items')",
            "'lock'",
            "number('turns')",
        ] {
            assert!(script.contains(read), "the script does not read {read}");
        }
        for way in [Way::Transfer, Way::Shared, Way::Objects, Way::Array] {
            assert!(script.contains(&format!("way === '{}'", way.name())), "{way:?}");
        }
    }
}
