//! The messages between the page and a thread of a lesson, typed on both sides.
//!
//! As with `dartboard_points::protocol`, a message is one string in the form of a query. The page posts an [`Order`] as a
//! list of one or two: the string, and the `SharedArrayBuffer` where the threads share memory. A thread posts the string of
//! a [`Report`]. It speaks first, with [`Report::Ready`]; what is sent to it earlier is lost.

use dartboard_points::decimal::parse_u64;
use dartboard_points::query::{Fields, MAX_TEXT_BYTES, QueryError, cut, encode};
use thiserror::Error;

/// The most threads of one lesson.
pub const MAX_THREADS: u32 = 64;

/// The most places of a queue: what stands for a queue without a bound, as near as a piece of memory comes to it.
pub const MAX_PLACES: u32 = 65_536;

/// The most changes of state that a thread reports; what comes later but the end is left out.
pub const MAX_CHANGES: usize = 1_000;

/// The most moves of items that a thread reports: the first.
pub const MAX_MOVES: usize = 1_000;

/// The most samples of the counter that a thread reports.
pub const MAX_SAMPLES: usize = 64;

/// The longest message that is looked at, in bytes: the lists with the longest numbers, or a text whose every byte is
/// escaped.
const MAX_MESSAGE_BYTES: usize = 22 * MAX_CHANGES + 34 * MAX_MOVES + 43 * MAX_SAMPLES + 2_000;

const _: () = assert!(MAX_MESSAGE_BYTES > 3 * MAX_TEXT_BYTES + 1_000);

/// What the page has a thread do, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The page's press of Run, in microseconds since 1970. All times in a thread's reports count from it.
    pub origin_us: u64,
    /// What is to be done.
    pub task: Task,
}

/// What the page tells a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Add 1 to the shared counter, so often.
    Add {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// How often it adds.
        increments: u32,
        /// How the counter is protected.
        protection: Protection,
    },
    /// The same without shared memory. The counter is the page's: ask for it ([`Report::Read`]), add 1, write it back
    /// ([`Report::Write`]), by messages.
    AddByMessages {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// How often it adds.
        increments: u32,
    },
    /// The answer to [`Report::Read`]: what the counter shows.
    Value(u32),
    /// Work that needs only a processor, in slices.
    Compute {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// How many slices of work it has.
        slices: u32,
        /// What the thread must hold while it works.
        held: Held,
        /// When it waits for something else in between; none for work alone.
        pause: Option<Pause>,
    },
    /// Add 1 to the shared counter as Python does, in steps between which another thread may have its turn.
    Interpret {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// How often it adds.
        increments: u32,
        /// Which Python.
        python: Python,
        /// How long a thread waits for the GIL before it asks for it, in microseconds.
        interval_us: u32,
    },
    /// Put items into the shared queue.
    Produce {
        /// Which of the threads this is, from 0; producers come first.
        thread: u32,
        /// How many there are, consumers among them.
        threads: u32,
        /// How many of them are producers.
        producers: u32,
        /// How many places the queue has.
        places: u32,
        /// How many items it puts.
        items: u32,
        /// How long it works on each, in microseconds.
        pace_us: u32,
        /// What it does while the queue is full.
        patience: Patience,
        /// How many sentinels are put after the last item of all. The producer that is the last to finish puts them.
        sentinels: u32,
    },
    /// Get items from the shared queue until there comes a sentinel.
    Consume {
        /// Which of the threads this is, from 0; producers come first.
        thread: u32,
        /// How many there are, producers among them.
        threads: u32,
        /// How many places the queue has.
        places: u32,
        /// How long it works on each item, in microseconds.
        pace_us: u32,
        /// What it does while the queue is empty.
        patience: Patience,
    },
    /// Produce without shared memory. The queue is the page's: post an item ([`Report::Put`]), wait for the answer.
    ProduceByMessages {
        /// Which of the threads this is, from 0; producers come first.
        thread: u32,
        /// How many there are, consumers among them.
        threads: u32,
        /// How many items it puts.
        items: u32,
        /// How long it works on each, in microseconds.
        pace_us: u32,
    },
    /// Consume without shared memory: ask for an item ([`Report::Get`]), wait for the answer.
    ConsumeByMessages {
        /// Which of the threads this is, from 0; producers come first.
        thread: u32,
        /// How many there are, producers among them.
        threads: u32,
        /// How long it works on each item, in microseconds.
        pace_us: u32,
    },
    /// The answer to [`Report::Put`]: the item is in the queue.
    Taken,
    /// The answer to [`Report::Put`] or [`Report::Get`]: the queue is full, or empty. Try again.
    Refused,
    /// The answer to [`Report::Get`]: an item, or a sentinel.
    Item(Item),
    /// Trap, on purpose.
    Die {
        /// While it holds the lock.
        holding: bool,
    },
}

/// How the shared counter is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: read, add, write.
    None,
    /// A lock around read, add, write.
    Lock,
    /// One atomic addition.
    Atomic,
    /// Each thread counts for itself and adds its total at the end.
    OwnTotal,
}

impl Protection {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::None, Self::Lock, Self::Atomic, Self::OwnTotal];

    /// Its name in addresses and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lock => "lock",
            Self::Atomic => "atomic",
            Self::OwnTotal => "own",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protection| protection.name() == name)
    }
}

/// What a thread must hold while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing, though it shares memory.
    Nothing,
    /// The GIL; it waits `interval_us` before it asks the holder for it.
    Gil {
        /// In microseconds.
        interval_us: u32,
    },
    /// Nothing, and it shares nothing: it works from the moment the order comes, without pauses. What the others are
    /// compared with.
    Alone,
}

/// What a thread waits for between slices of work. It lets go of the GIL meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// After each so many slices.
    pub every: u32,
    /// For so long, in microseconds.
    pub us: u32,
}

/// Where a thread of a Python may lose its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Python {
    /// After any step, as up to 3.9.
    AnyStep,
    /// Only when a loop goes round, as from 3.10 to 3.13.
    LoopsOnly,
    /// There is no GIL, and no turn to lose.
    NoGil,
}

impl Python {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::AnyStep, Self::LoopsOnly, Self::NoGil];

    /// Its name in addresses and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::AnyStep => "any-step",
            Self::LoopsOnly => "loops-only",
            Self::NoGil => "no-gil",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|python| python.name() == name)
    }
}

/// What a thread does while the queue is full, or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It waits until that changes.
    Block,
    /// It is refused at once, and tries again after its next piece of work.
    NoWait,
    /// It waits so many microseconds, then it is refused.
    Limit(u32),
}

/// An item of a queue, or a sentinel. It fits one word of shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item(u32);

impl Item {
    /// What says that nothing more comes.
    pub const SENTINEL: Self = Self(u32::MAX);

    /// The most producers.
    pub const MAX_PRODUCERS: u32 = 4;

    /// The most items of one producer.
    pub const MAX_NUMBER: u32 = (1 << 28) - 1;

    /// The item `number` of a producer, both from 0; none if there is no such one.
    pub fn new(producer: u32, number: u32) -> Option<Self> {
        (producer < Self::MAX_PRODUCERS && number <= Self::MAX_NUMBER)
            .then_some(Self(producer << 28 | number))
    }

    /// The one in that word; none if it is neither an item nor a sentinel.
    pub fn from_word(word: u32) -> Option<Self> {
        (word >> 28 < Self::MAX_PRODUCERS || word == Self::SENTINEL.0).then_some(Self(word))
    }

    /// Its word.
    pub fn word(self) -> u32 {
        self.0
    }

    /// Its producer and number; none for a sentinel.
    pub fn producer_and_number(self) -> Option<(u32, u32)> {
        (self != Self::SENTINEL).then_some((self.0 >> 28, self.0 & Self::MAX_NUMBER))
    }
}

/// What a thread tells the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Its program runs and takes orders.
    Ready {
        /// Build id of the program: a page works with threads of its own build alone.
        build: String,
    },
    /// Of [`Task::AddByMessages`]: what does the counter show?
    Read,
    /// Of [`Task::AddByMessages`]: the counter is to show this.
    Write(u32),
    /// Of [`Task::ProduceByMessages`]: put this into the queue.
    Put(Item),
    /// Of [`Task::ConsumeByMessages`]: what is next in the queue?
    Get,
    /// The task has ended.
    Done(Done),
    /// The thread panicked, an order was not understood, or the program could not be loaded.
    Failed {
        /// The reason.
        text: String,
    },
}

/// What came of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Whether it came to its end.
    pub end: End,
    /// The states the thread was in, in order, at most [`MAX_CHANGES`] of them; the last one is [`State::Over`].
    pub trace: Vec<Change>,
    /// The counter and the thread's own additions at some moments.
    pub samples: Vec<Sample>,
    /// When the thread put or got items: its first [`MAX_MOVES`].
    pub moves: Vec<Move>,
    /// How often it was blocked, or waited for an item.
    pub waits: u32,
    /// How long altogether, in microseconds.
    pub waited_us: u64,
    /// How often it took the GIL from another thread.
    pub switches: u32,
    /// What it counted for itself: additions, slices or items.
    pub own: u32,
    /// What it made of its slices, or the sum of its items' words. For comparisons only.
    pub sum: u64,
    /// How often the queue was full, or empty, when it would not wait.
    pub refused: u32,
    /// The most items that it saw in the queue.
    pub deepest: u32,
    /// How many items came before one of the same producer that had been put earlier.
    pub out_of_order: u32,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// All of it is done.
    #[default]
    Complete,
    /// The page gave up what the thread waited for, because another had died.
    Abandoned,
}

/// A state of a thread, and when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// In microseconds since the order's origin.
    pub at_us: u64,
    /// The state.
    pub state: State,
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for the others to start.
    Waiting,
    /// It works.
    Working,
    /// It waits for a lock, the GIL or a place in a queue.
    Blocked,
    /// It waits for an item.
    Empty,
    /// It waits for something that needs no processor.
    Asleep,
    /// It has ended.
    Over,
}

impl State {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Working, Self::Blocked, Self::Empty, Self::Asleep, Self::Over];

    /// Its number in messages and in shared memory.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// The one of that number.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// The counter at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// In microseconds since the order's origin.
    pub at_us: u64,
    /// How often the thread had added 1.
    pub own: u32,
    /// What the counter showed.
    pub counter: u32,
}

/// An item that was put or got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// In microseconds since the order's origin.
    pub at_us: u64,
    /// The item.
    pub item: Item,
}

/// Why a message could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TaskError {
    /// It is no query, or a field of it is not what it must be.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The field `kind` names no message.
    #[error("a thread knows no message of the kind “{0}”")]
    UnknownKind(String),
    /// A field's number is over what it can be.
    #[error("the field {field} may be {most} at most, not {value}")]
    TooMuch {
        /// Its name.
        field: &'static str,
        /// Its number.
        value: u64,
        /// The most it can be.
        most: u32,
    },
    /// A field's name or list is none.
    #[error("the field {field} cannot be “{value}”")]
    Unknown {
        /// Its name.
        field: &'static str,
        /// Its text, cut.
        value: String,
    },
}

/// How many characters of a text that is refused are quoted.
const QUOTED_CHARACTERS: usize = 40;

fn unknown(field: &'static str, value: &str) -> TaskError {
    TaskError::Unknown { field, value: value.chars().take(QUOTED_CHARACTERS).collect() }
}

/// A number of at most `most`.
fn at_most(fields: &Fields, field: &'static str, most: u32) -> Result<u32, TaskError> {
    let value = fields.number(field)?;
    u32::try_from(value).ok().filter(|&value| value <= most).ok_or(TaskError::TooMuch { field, value, most })
}

fn number(fields: &Fields, field: &'static str) -> Result<u32, TaskError> {
    at_most(fields, field, u32::MAX)
}

/// Which thread of how many.
fn thread(fields: &Fields) -> Result<(u32, u32), TaskError> {
    let threads = at_most(fields, "threads", MAX_THREADS)?;
    Ok((at_most(fields, "thread", threads.saturating_sub(1))?, threads))
}

fn places(fields: &Fields) -> Result<u32, TaskError> {
    at_most(fields, "places", MAX_PLACES)
}

fn item(fields: &Fields) -> Result<Item, TaskError> {
    let word = number(fields, "item")?;
    Item::from_word(word).ok_or_else(|| unknown("item", &word.to_string()))
}

fn named<T>(fields: &Fields, field: &'static str, named: fn(&str) -> Option<T>) -> Result<T, TaskError> {
    let name = fields.text(field)?;
    named(name).ok_or_else(|| unknown(field, name))
}

/// The entries of a list, apart by points; each is numbers apart by minus signs.
fn list<T, const N: usize>(
    fields: &Fields,
    field: &'static str,
    most: usize,
    entry: fn([u64; N]) -> Option<T>,
) -> Result<Vec<T>, TaskError> {
    let text = fields.text(field)?;
    let read = |text: &str| {
        let mut numbers = text.split('-');
        let mut entry_numbers = [0; N];
        for number in &mut entry_numbers {
            *number = parse_u64(numbers.next()?)?;
        }
        numbers.next().is_none().then(|| entry(entry_numbers))?
    };
    let entries = text.split_terminator('.').map(read).take(most + 1).collect::<Option<Vec<_>>>();
    entries.filter(|entries| entries.len() <= most).ok_or_else(|| unknown(field, text))
}

/// The text that [`list`] reads.
fn written<const N: usize>(entries: impl Iterator<Item = [u64; N]>) -> String {
    let mut text = String::new();
    for (index, entry) in entries.enumerate() {
        if index > 0 {
            text.push('.');
        }
        for (place, number) in entry.into_iter().enumerate() {
            if place > 0 {
                text.push('-');
            }
            text.push_str(&number.to_string());
        }
    }
    text
}

fn patience(fields: &Fields) -> Result<Patience, TaskError> {
    match fields.text("patience")? {
        "block" => Ok(Patience::Block),
        "no-wait" => Ok(Patience::NoWait),
        "limit" => Ok(Patience::Limit(number(fields, "limit_us")?)),
        other => Err(unknown("patience", other)),
    }
}

impl Patience {
    /// Its name in messages and its limit in microseconds, 0 for none.
    fn parts(self) -> (&'static str, u32) {
        match self {
            Self::Block => ("block", 0),
            Self::NoWait => ("no-wait", 0),
            Self::Limit(us) => ("limit", us),
        }
    }
}

fn held(fields: &Fields) -> Result<Held, TaskError> {
    match fields.text("held")? {
        "nothing" => Ok(Held::Nothing),
        "gil" => Ok(Held::Gil { interval_us: number(fields, "interval_us")? }),
        "alone" => Ok(Held::Alone),
        other => Err(unknown("held", other)),
    }
}

impl Held {
    /// Its name in messages and the interval in microseconds, 0 for none.
    fn parts(self) -> (&'static str, u32) {
        match self {
            Self::Nothing => ("nothing", 0),
            Self::Gil { interval_us } => ("gil", interval_us),
            Self::Alone => ("alone", 0),
        }
    }
}

type Number = (&'static str, u32);
type Name = (&'static str, &'static str);

impl Order {
    /// The message as it is posted.
    pub fn encode(&self) -> String {
        let (kind, numbers, texts): (_, &[Number], &[Name]) = match self.task {
            Task::Add { thread, threads, increments, protection } => (
                "add",
                &[("thread", thread), ("threads", threads), ("increments", increments)],
                &[("protection", protection.name())],
            ),
            Task::AddByMessages { thread, threads, increments } => (
                "add-by-messages",
                &[("thread", thread), ("threads", threads), ("increments", increments)],
                &[],
            ),
            Task::Value(value) => ("value", &[("value", value)], &[]),
            Task::Compute { thread, threads, slices, held, pause } => {
                let (held, interval_us) = held.parts();
                let pause = pause.unwrap_or(Pause { every: 0, us: 0 });
                (
                    "compute",
                    &[
                        ("thread", thread),
                        ("threads", threads),
                        ("slices", slices),
                        ("interval_us", interval_us),
                        ("every", pause.every),
                        ("pause_us", pause.us),
                    ],
                    &[("held", held)],
                )
            }
            Task::Interpret { thread, threads, increments, python, interval_us } => (
                "interpret",
                &[
                    ("thread", thread),
                    ("threads", threads),
                    ("increments", increments),
                    ("interval_us", interval_us),
                ],
                &[("python", python.name())],
            ),
            Task::Produce { thread, threads, producers, places, items, pace_us, patience, sentinels } => {
                let (patience, limit_us) = patience.parts();
                (
                    "produce",
                    &[
                        ("thread", thread),
                        ("threads", threads),
                        ("producers", producers),
                        ("places", places),
                        ("items", items),
                        ("pace_us", pace_us),
                        ("limit_us", limit_us),
                        ("sentinels", sentinels),
                    ],
                    &[("patience", patience)],
                )
            }
            Task::Consume { thread, threads, places, pace_us, patience } => {
                let (patience, limit_us) = patience.parts();
                (
                    "consume",
                    &[
                        ("thread", thread),
                        ("threads", threads),
                        ("places", places),
                        ("pace_us", pace_us),
                        ("limit_us", limit_us),
                    ],
                    &[("patience", patience)],
                )
            }
            Task::ProduceByMessages { thread, threads, items, pace_us } => (
                "produce-by-messages",
                &[("thread", thread), ("threads", threads), ("items", items), ("pace_us", pace_us)],
                &[],
            ),
            Task::ConsumeByMessages { thread, threads, pace_us } => (
                "consume-by-messages",
                &[("thread", thread), ("threads", threads), ("pace_us", pace_us)],
                &[],
            ),
            Task::Taken => ("taken", &[], &[]),
            Task::Refused => ("refused", &[], &[]),
            Task::Item(item) => ("item", &[("item", item.word())], &[]),
            Task::Die { holding } => ("die", &[("holding", u32::from(holding))], &[]),
        };
        let mut fields = vec![("origin_us", self.origin_us)];
        fields.extend(numbers.iter().map(|&(name, number)| (name, u64::from(number))));
        encode(kind, &fields, texts)
    }

    /// Reads a message of the page.
    ///
    /// # Errors
    /// When it is not one that [`Self::encode`] writes.
    pub fn parse(message: &str) -> Result<Self, TaskError> {
        let fields = &Fields::parse(message, MAX_MESSAGE_BYTES)?;
        let task = match fields.text("kind")? {
            "add" => {
                let (thread, threads) = thread(fields)?;
                let protection = named(fields, "protection", Protection::named)?;
                Task::Add { thread, threads, increments: number(fields, "increments")?, protection }
            }
            "add-by-messages" => {
                let (thread, threads) = thread(fields)?;
                Task::AddByMessages { thread, threads, increments: number(fields, "increments")? }
            }
            "value" => Task::Value(number(fields, "value")?),
            "compute" => {
                let (thread, threads) = thread(fields)?;
                let pause = Pause { every: number(fields, "every")?, us: number(fields, "pause_us")? };
                Task::Compute {
                    thread,
                    threads,
                    slices: number(fields, "slices")?,
                    held: held(fields)?,
                    pause: (pause.every > 0).then_some(pause),
                }
            }
            "interpret" => {
                let (thread, threads) = thread(fields)?;
                Task::Interpret {
                    thread,
                    threads,
                    increments: number(fields, "increments")?,
                    python: named(fields, "python", Python::named)?,
                    interval_us: number(fields, "interval_us")?,
                }
            }
            "produce" => {
                let (thread, threads) = thread(fields)?;
                Task::Produce {
                    thread,
                    threads,
                    producers: at_most(fields, "producers", Item::MAX_PRODUCERS)?,
                    places: places(fields)?,
                    items: at_most(fields, "items", Item::MAX_NUMBER)?,
                    pace_us: number(fields, "pace_us")?,
                    patience: patience(fields)?,
                    sentinels: at_most(fields, "sentinels", MAX_THREADS)?,
                }
            }
            "consume" => {
                let (thread, threads) = thread(fields)?;
                Task::Consume {
                    thread,
                    threads,
                    places: places(fields)?,
                    pace_us: number(fields, "pace_us")?,
                    patience: patience(fields)?,
                }
            }
            "produce-by-messages" => {
                let (thread, threads) = thread(fields)?;
                let items = at_most(fields, "items", Item::MAX_NUMBER)?;
                Task::ProduceByMessages { thread, threads, items, pace_us: number(fields, "pace_us")? }
            }
            "consume-by-messages" => {
                let (thread, threads) = thread(fields)?;
                Task::ConsumeByMessages { thread, threads, pace_us: number(fields, "pace_us")? }
            }
            "taken" => Task::Taken,
            "refused" => Task::Refused,
            "item" => Task::Item(item(fields)?),
            "die" => Task::Die { holding: at_most(fields, "holding", 1)? == 1 },
            other => return Err(TaskError::UnknownKind(cut(other).to_owned())),
        };
        Ok(Self { origin_us: fields.number("origin_us")?, task })
    }
}

impl Report {
    /// The message as it is posted.
    pub fn encode(&self) -> String {
        match self {
            Self::Ready { build } => encode("ready", &[], &[("build", build)]),
            Self::Read => encode("read", &[], &[]),
            Self::Write(value) => encode("write", &[("value", u64::from(*value))], &[]),
            Self::Put(item) => encode("put", &[("item", u64::from(item.word()))], &[]),
            Self::Get => encode("get", &[], &[]),
            Self::Done(done) => done.encode(),
            Self::Failed { text } => encode("failed", &[], &[("text", text)]),
        }
    }

    /// Reads a message of a thread.
    ///
    /// # Errors
    /// When it is not one that [`Self::encode`] or the thread's loader script writes.
    pub fn parse(message: &str) -> Result<Self, TaskError> {
        let fields = &Fields::parse(message, MAX_MESSAGE_BYTES)?;
        match fields.text("kind")? {
            "ready" => Ok(Self::Ready { build: cut(fields.text("build")?).to_owned() }),
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write(number(fields, "value")?)),
            "put" => Ok(Self::Put(item(fields)?)),
            "get" => Ok(Self::Get),
            "done" => Done::read(fields).map(Self::Done),
            "failed" => Ok(Self::Failed { text: cut(fields.text("text")?).to_owned() }),
            other => Err(TaskError::UnknownKind(cut(other).to_owned())),
        }
    }
}

impl Done {
    fn encode(&self) -> String {
        let mut message = encode(
            "done",
            &[
                ("abandoned", u64::from(self.end == End::Abandoned)),
                ("waits", u64::from(self.waits)),
                ("waited_us", self.waited_us),
                ("switches", u64::from(self.switches)),
                ("own", u64::from(self.own)),
                ("sum", self.sum),
                ("refused", u64::from(self.refused)),
                ("deepest", u64::from(self.deepest)),
                ("out_of_order", u64::from(self.out_of_order)),
            ],
            &[],
        );
        let changes = self.trace.iter().map(|change| [change.at_us, change.state.number().into()]);
        let samples = self.samples.iter().map(|it| [it.at_us, it.own.into(), it.counter.into()]);
        let moves = self.moves.iter().map(|it| [it.at_us, it.item.word().into()]);
        let lists = [("trace", written(changes)), ("samples", written(samples)), ("moves", written(moves))];
        for (name, list) in lists {
            for part in ["&", name, "=", &list] {
                message.push_str(part);
            }
        }
        message
    }

    fn read(fields: &Fields) -> Result<Self, TaskError> {
        Ok(Self {
            end: if at_most(fields, "abandoned", 1)? == 1 { End::Abandoned } else { End::Complete },
            trace: list(fields, "trace", MAX_CHANGES, |[at_us, state]| {
                Some(Change { at_us, state: State::numbered(u32::try_from(state).ok()?)? })
            })?,
            samples: list(fields, "samples", MAX_SAMPLES, |[at_us, own, counter]| {
                Some(Sample { at_us, own: own.try_into().ok()?, counter: counter.try_into().ok()? })
            })?,
            moves: list(fields, "moves", MAX_MOVES, |[at_us, word]| {
                Some(Move { at_us, item: Item::from_word(word.try_into().ok()?)? })
            })?,
            waits: number(fields, "waits")?,
            waited_us: fields.number("waited_us")?,
            switches: number(fields, "switches")?,
            own: number(fields, "own")?,
            sum: fields.number("sum")?,
            refused: number(fields, "refused")?,
            deepest: number(fields, "deepest")?,
            out_of_order: number(fields, "out_of_order")?,
        })
    }
}

#[cfg(test)]
mod tests;
