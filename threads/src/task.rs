//! The messages between the page and a thread of a lesson or of the benchmark, typed on both sides.
//!
//! As with `dartboard_points::protocol`, a message is one string in the form of a query. The page posts an [`Order`] as a
//! list of one or two: the string, and the `SharedArrayBuffer` where the threads share memory. A thread posts the string of
//! a [`Report`]. It speaks first, with [`Report::Ready`]; what is sent to it earlier is lost.

mod downloads;
mod messages;
mod pipeline;

use std::num::NonZeroU32;

use dartboard_points::kernel::Kernel;
use dartboard_points::query::{MAX_TEXT_BYTES, QueryError};
use dartboard_points::tally::{BlockRange, BlockRangeError, Seed};
pub use downloads::{
    DownloadOrder, DownloadReport, DownloadRow, DownloadState, DownloadTask, DownloadTotals, MAX_AT_A_TIME,
};
pub use pipeline::{Control, Progress, Role, StageOrder, StageReport};
use thiserror::Error;

/// The most threads of one lesson.
pub const MAX_THREADS: u32 = 64;

/// The most places of a queue; a queue with so many stands for one without a bound.
pub const MAX_PLACES: u32 = 65_536;

/// The most changes of state that a thread reports; later ones are left out, except the end.
pub const MAX_CHANGES: usize = 1_000;

/// The most moves of items that a thread reports: the first.
pub const MAX_MOVES: usize = 1_000;

/// The most samples of the counter that a thread reports.
pub const MAX_SAMPLES: usize = 64;

/// The longest text of a lesson's own program, in bytes.
pub const MAX_OWN_BYTES: usize = 8_000;

/// The longest message that is looked at, in bytes: the lists with the longest numbers, or a text whose every byte is
/// escaped.
const MAX_MESSAGE_BYTES: usize = 22 * MAX_CHANGES + 34 * MAX_MOVES + 43 * MAX_SAMPLES + 2_000;

const _: () =
    assert!(MAX_MESSAGE_BYTES > 3 * MAX_TEXT_BYTES + 1_000 && MAX_MESSAGE_BYTES > 3 * MAX_OWN_BYTES);

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
    /// Count points, as the benchmark does in all its ways.
    Count(Count),
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
    /// The answer to [`Report::Put`]: the item is in the queue. To the last [`Report::Tick`]: the page has them all.
    Taken,
    /// The answer to [`Report::Put`] or [`Report::Get`]: the queue is full, or empty. Try again.
    Refused,
    /// The answer to [`Report::Get`]: an item, or a sentinel.
    Item(Item),
    /// Say a line ([`Report::Line`]), sleep, and say another one.
    Sleep {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// For how long, in microseconds.
        us: u32,
    },
    /// Add up the numbers from 0 on, one by one, and tell the total ([`Report::Total`]).
    Sum {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// How many numbers.
        numbers: u32,
    },
    /// Write a record every so often, without end unless the event is heeded.
    Beat {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// From one record to the next, in microseconds.
        beat_us: u32,
        /// How long a record takes, in microseconds.
        write_us: u32,
        /// What it does between two records.
        rest: Rest,
    },
    /// The same without shared memory. A record is two messages ([`Report::Tick`]), and the event is one ([`Task::Event`]).
    BeatByMessages {
        /// Which of the threads this is, from 0.
        thread: u32,
        /// How many there are.
        threads: u32,
        /// From one record to the next, in microseconds.
        beat_us: u32,
        /// How long a record takes, in microseconds.
        write_us: u32,
        /// What it does between two records.
        rest: Rest,
    },
    /// The event is set.
    Event,
    /// Work that needs only a processor, for so long.
    Work {
        /// In microseconds.
        us: u32,
    },
    /// Ask for the page's document, which no worker has ([`Report::Touched`]).
    TouchPage,
    /// Say a tick ([`Report::Tick`]) every so often, then wait until the page has them all ([`Task::Taken`]).
    Tick {
        /// How many ticks.
        ticks: u32,
        /// From one to the next, in microseconds.
        every_us: u32,
    },
    /// Be a stage of a pipeline.
    Stage(StageOrder),
    /// What the user wants of a stage that works.
    Control(Control),
    /// Download a list, or do something to one that is downloaded.
    Download(DownloadTask),
    /// Trap, on purpose.
    Die {
        /// While it holds the lock.
        holding: bool,
    },
}

/// Points that a thread counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which of the threads this is, from 0.
    pub thread: u32,
    /// How many there are.
    pub threads: u32,
    /// Names the points.
    pub seed: Seed,
    /// What counts them.
    pub kernel: Kernel,
    /// Which they are.
    pub blocks: BlockRange,
    /// The most blocks between two looks whether another thread wants the GIL.
    pub step_blocks: NonZeroU32,
    /// What the thread must hold while it counts.
    pub held: Held,
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

/// What a thread does between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It waits for the event, and ends when that is set.
    Event,
    /// It sleeps and never looks at the event.
    Asleep,
    /// It works and never looks at the event.
    Busy,
}

impl Rest {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Event, Self::Asleep, Self::Busy];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Asleep => "asleep",
            Self::Busy => "busy",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rest| rest.name() == name)
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
    /// Nothing, and it shares nothing: it works from the moment the order comes, without pauses. The others are compared
    /// with it.
    Alone,
}

/// What a thread waits for between slices of work. It releases the GIL meanwhile.
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
    /// Of [`Task::Sleep`]: what Python would print, by its number: 0 when it starts, 1 when it is done. Of
    /// [`Task::BeatByMessages`]: 1 when it has ended by itself.
    Line(u32),
    /// Of [`Task::Sum`]: the total.
    Total(u64),
    /// Of [`Task::TouchPage`]: what the browser said to it; empty if it allowed it.
    Touched {
        /// The text of its error.
        text: String,
    },
    /// Of [`Task::Tick`]. Of [`Task::BeatByMessages`]: an odd one begins a record, the even one after it completes it; the
    /// same again is a sign of life.
    Tick {
        /// Which, from 1.
        number: u32,
        /// When it was said, in microseconds since the order's origin.
        at_us: u64,
    },
    /// Of [`Task::AddByMessages`]: what does the counter show?
    Read,
    /// Of [`Task::AddByMessages`]: the counter is to show this.
    Write(u32),
    /// Of [`Task::ProduceByMessages`]: put this into the queue.
    Put(Item),
    /// Of [`Task::ConsumeByMessages`]: what is next in the queue?
    Get,
    /// What only one lesson's program says, as text: a [`StageReport`] or a [`DownloadReport`]. Code for other threads does not
    /// need it.
    Own(String),
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
    /// What it counted for itself: additions, slices, items or blocks.
    pub own: u32,
    /// The points inside the circle of its slices or blocks, or the sum of its items' words.
    pub sum: u64,
    /// How often the queue was full, or empty, when it would not wait.
    pub refused: u32,
    /// The most items that it saw in the queue.
    pub deepest: u32,
    /// How many items came before one of the same producer that had been put earlier.
    pub out_of_order: u32,
}

impl Done {
    /// When the thread was first in this state, in microseconds since the order's origin.
    pub fn began(&self, state: State) -> Option<u64> {
        self.trace.iter().find(|change| change.state == state).map(|change| change.at_us)
    }
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
    /// Two block indices are no range.
    #[error(transparent)]
    Blocks(#[from] BlockRangeError),
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

#[cfg(test)]
mod tests;
