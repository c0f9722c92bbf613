//! Orders and reports as text, and back.

use std::num::NonZeroU32;

use dartboard_points::decimal::parse_u64;
use dartboard_points::kernel::Kernel;
use dartboard_points::query::{Fields, cut, encode, encode_whole};
use dartboard_points::tally::{BlockRange, Seed};

use super::{
    Change, Control, Count, Done, DownloadTask, End, Held, Item, MAX_CHANGES, MAX_MESSAGE_BYTES, MAX_MOVES,
    MAX_PLACES, MAX_SAMPLES, MAX_THREADS, Move, Order, Patience, Pause, Protection, Python, Report, Rest,
    Sample, StageOrder, State, Task, TaskError,
};

/// How many characters of a text that is refused are quoted.
const QUOTED_CHARACTERS: usize = 40;

pub(super) fn unknown(field: &'static str, value: &str) -> TaskError {
    TaskError::Unknown { field, value: value.chars().take(QUOTED_CHARACTERS).collect() }
}

/// A number of at most `most`.
pub(super) fn at_most(fields: &Fields, field: &'static str, most: u32) -> Result<u32, TaskError> {
    let value = fields.number(field)?;
    u32::try_from(value).ok().filter(|&value| value <= most).ok_or(TaskError::TooMuch { field, value, most })
}

pub(super) fn number(fields: &Fields, field: &'static str) -> Result<u32, TaskError> {
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

pub(super) fn named<T>(
    fields: &Fields,
    field: &'static str,
    named: fn(&str) -> Option<T>,
) -> Result<T, TaskError> {
    let name = fields.text(field)?;
    named(name).ok_or_else(|| unknown(field, name))
}

/// The entries of a list, separated by dots; each is numbers separated by minus signs.
fn list<T, const N: usize>(
    fields: &Fields,
    field: &'static str,
    most: usize,
    entry: fn([u64; N]) -> Option<T>,
) -> Result<Vec<T>, TaskError> {
    let text = fields.text(field)?;
    let numbers = numbers_of(text, most, N);
    let entries = numbers
        .and_then(|numbers| numbers.as_chunks::<N>().0.iter().map(|&numbers| entry(numbers)).collect());
    entries.ok_or_else(|| unknown(field, text))
}

/// The numbers of a list's entries, so many each, one after another. One function for all lists.
pub(super) fn numbers_of(text: &str, most: usize, each: usize) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for (index, entry) in text.split_terminator('.').enumerate() {
        for number in entry.split('-') {
            numbers.push(parse_u64(number)?);
        }
        if index == most || numbers.len() != (index + 1) * each {
            return None;
        }
    }
    Some(numbers)
}

/// The text that [`list`] reads.
pub(super) fn written<const N: usize>(entries: impl Iterator<Item = [u64; N]>) -> String {
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

impl Count {
    /// The message of an [`Order`] with that origin to count this. A program that orders nothing else need not contain the other tasks.
    pub fn order(&self, origin_us: u64) -> String {
        let (held, interval_us) = self.held.parts();
        let numbers = [
            ("origin_us", origin_us),
            ("thread", self.thread.into()),
            ("threads", self.threads.into()),
            ("seed", self.seed.0),
            ("first", self.blocks.first()),
            ("end", self.blocks.end()),
            ("step_blocks", self.step_blocks.get().into()),
            ("interval_us", interval_us.into()),
        ];
        encode("count", &numbers, &[("kernel", self.kernel.name()), ("held", held)])
    }

    fn read(fields: &Fields) -> Result<Self, TaskError> {
        let (thread, threads) = thread(fields)?;
        let step_blocks = number(fields, "step_blocks")?;
        Ok(Self {
            thread,
            threads,
            seed: Seed(fields.number("seed")?),
            kernel: named(fields, "kernel", Kernel::named)?,
            blocks: BlockRange::new(fields.number("first")?, fields.number("end")?)?,
            step_blocks: NonZeroU32::new(step_blocks).ok_or_else(|| unknown("step_blocks", "0"))?,
            held: held(fields)?,
        })
    }
}

type Number = (&'static str, u32);
type Name = (&'static str, &'static str);

impl Order {
    /// The message as it is posted.
    #[expect(clippy::too_many_lines, reason = "an arm a message")]
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
            Task::Count(count) => return count.order(self.origin_us),
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
            Task::Sleep { thread, threads, us } => {
                ("sleep", &[("thread", thread), ("threads", threads), ("us", us)], &[])
            }
            Task::Sum { thread, threads, numbers } => {
                ("sum", &[("thread", thread), ("threads", threads), ("numbers", numbers)], &[])
            }
            Task::Beat { thread, threads, beat_us, write_us, rest } => (
                "beat",
                &[("thread", thread), ("threads", threads), ("beat_us", beat_us), ("write_us", write_us)],
                &[("rest", rest.name())],
            ),
            Task::BeatByMessages { thread, threads, beat_us, write_us, rest } => (
                "beat-by-messages",
                &[("thread", thread), ("threads", threads), ("beat_us", beat_us), ("write_us", write_us)],
                &[("rest", rest.name())],
            ),
            Task::Event => ("event", &[], &[]),
            Task::Taken => ("taken", &[], &[]),
            Task::Refused => ("refused", &[], &[]),
            Task::Item(item) => ("item", &[("item", item.word())], &[]),
            Task::Work { us } => ("work", &[("us", us)], &[]),
            Task::TouchPage => ("touch-page", &[], &[]),
            Task::Tick { ticks, every_us } => ("tick", &[("ticks", ticks), ("every_us", every_us)], &[]),
            Task::Stage(stage) => return stage.order(self.origin_us),
            Task::Download(task) => return task.order(self.origin_us),
            Task::Control(control) => {
                let (name, us) = control.parts();
                ("control", &[("us", us)], &[("control", name)])
            }
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
            "count" => Task::Count(Count::read(fields)?),
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
            kind @ ("beat" | "beat-by-messages") => {
                let (thread, threads) = thread(fields)?;
                let beat_us = number(fields, "beat_us")?;
                let write_us = number(fields, "write_us")?;
                let rest = named(fields, "rest", Rest::named)?;
                if kind == "beat" {
                    Task::Beat { thread, threads, beat_us, write_us, rest }
                } else {
                    Task::BeatByMessages { thread, threads, beat_us, write_us, rest }
                }
            }
            "event" => Task::Event,
            "sleep" => {
                let (thread, threads) = thread(fields)?;
                Task::Sleep { thread, threads, us: number(fields, "us")? }
            }
            "sum" => {
                let (thread, threads) = thread(fields)?;
                Task::Sum { thread, threads, numbers: number(fields, "numbers")? }
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
            "work" => Task::Work { us: number(fields, "us")? },
            "touch-page" => Task::TouchPage,
            "tick" => Task::Tick { ticks: number(fields, "ticks")?, every_us: number(fields, "every_us")? },
            "stage" => Task::Stage(StageOrder::read(fields)?),
            "download" => Task::Download(DownloadTask::read(fields)?),
            "control" => Task::Control(Control::read(fields)?),
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
            Self::Line(line) => encode("line", &[("line", u64::from(*line))], &[]),
            Self::Total(total) => encode("total", &[("total", *total)], &[]),
            Self::Touched { text } => encode("touched", &[], &[("text", text)]),
            Self::Tick { number, at_us } => {
                encode("tick", &[("number", u64::from(*number)), ("at_us", *at_us)], &[])
            }
            Self::Read => encode("read", &[], &[]),
            Self::Write(value) => encode("write", &[("value", u64::from(*value))], &[]),
            Self::Put(item) => encode("put", &[("item", u64::from(item.word()))], &[]),
            Self::Get => encode("get", &[], &[]),
            Self::Own(said) => encode_whole("own", "said", said),
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
            "line" => Ok(Self::Line(number(fields, "line")?)),
            "total" => Ok(Self::Total(fields.number("total")?)),
            "touched" => Ok(Self::Touched { text: cut(fields.text("text")?).to_owned() }),
            "tick" => Ok(Self::Tick { number: number(fields, "number")?, at_us: fields.number("at_us")? }),
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write(number(fields, "value")?)),
            "put" => Ok(Self::Put(item(fields)?)),
            "get" => Ok(Self::Get),
            "own" => Ok(Self::Own(fields.text("said")?.to_owned())),
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
