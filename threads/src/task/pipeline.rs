//! The messages between the page and a stage of a pipeline.

use dartboard_points::query::{Fields, MAX_TEXT_BYTES, encode};

use super::messages::{at_most, named, number, numbers_of, unknown, written};
use super::{MAX_PLACES, Report, TaskError};
use crate::pipe::Ending;

/// Which stage of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It reads lines.
    Read,
    /// It makes them upper case.
    Upper,
    /// It writes them.
    Write,
}

impl Role {
    /// All of them, in the order of the pipeline.
    pub const ALL: [Self; 3] = [Self::Read, Self::Upper, Self::Write];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Upper => "upper",
            Self::Write => "write",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a stage is to do. Behind the order come the shared words and the shared bytes, or two message ports (those of the
/// queue before it and of the one after it, null where there is none), and for the reader a file if it is to read one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageOrder {
    /// Which stage it is.
    pub role: Role,
    /// How many lines the reader puts at a time.
    pub lines: u32,
    /// How many places each queue has.
    pub places: u32,
    /// How long a text the reader makes up; none if it reads a file.
    pub generated_bytes: Option<u32>,
    /// Whether the queues are message ports.
    pub by_messages: bool,
}

impl StageOrder {
    pub(super) fn order(&self, origin_us: u64) -> String {
        let numbers = [
            ("origin_us", origin_us),
            ("lines", self.lines.into()),
            ("places", self.places.into()),
            ("reads_file", u64::from(self.generated_bytes.is_none())),
            ("bytes", self.generated_bytes.unwrap_or_default().into()),
            ("by_messages", u64::from(self.by_messages)),
        ];
        encode("stage", &numbers, &[("role", self.role.name())])
    }

    pub(super) fn read(fields: &Fields) -> Result<Self, TaskError> {
        let bytes = number(fields, "bytes")?;
        Ok(Self {
            role: named(fields, "role", Role::named)?,
            lines: number(fields, "lines")?,
            places: at_most(fields, "places", MAX_PLACES)?,
            generated_bytes: (at_most(fields, "reads_file", 1)? == 0).then_some(bytes),
            by_messages: at_most(fields, "by_messages", 1)? == 1,
        })
    }
}

/// What the user wants of a stage that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Stop working for a while.
    Pause,
    /// Go on.
    GoOn,
    /// Rest after each piece.
    Slow {
        /// For so long, in microseconds; 0 for not at all.
        us: u32,
    },
    /// Say to the next stage that this one stops early, and end.
    Stop,
    /// End at once: the next stage is there no more.
    Leave,
    /// End when the queue is empty: the stage before is there no more.
    Last,
}

impl Control {
    /// Its name in messages and its time, 0 for none.
    pub(super) fn parts(self) -> (&'static str, u32) {
        match self {
            Self::Pause => ("pause", 0),
            Self::GoOn => ("go-on", 0),
            Self::Slow { us } => ("slow", us),
            Self::Stop => ("stop", 0),
            Self::Leave => ("leave", 0),
            Self::Last => ("last", 0),
        }
    }

    pub(super) fn read(fields: &Fields) -> Result<Self, TaskError> {
        Ok(match fields.text("control")? {
            "pause" => Self::Pause,
            "go-on" => Self::GoOn,
            "slow" => Self::Slow { us: number(fields, "us")? },
            "stop" => Self::Stop,
            "leave" => Self::Leave,
            "last" => Self::Last,
            other => return Err(unknown("control", other)),
        })
    }
}

/// What a stage says of its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageReport {
    /// How far it is.
    Progress(Progress),
    /// Why it could not read or write on.
    Trouble {
        /// The reason, a sentence.
        text: String,
    },
    /// What was written, read back.
    Written {
        /// How many bytes.
        bytes: u64,
        /// Their SHA-256 in hexadecimal digits.
        sha256: String,
    },
}

impl StageReport {
    /// As it is posted.
    pub fn report(&self) -> Report {
        Report::Own(match self {
            Self::Progress(progress) => progress.encode(),
            Self::Trouble { text } => encode("trouble", &[], &[("text", text)]),
            Self::Written { bytes, sha256 } => encode("written", &[("bytes", *bytes)], &[("sha256", sha256)]),
        })
    }

    /// Reads what [`Self::report`] holds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(said: &str) -> Result<Self, TaskError> {
        let fields = &Fields::parse(said, MAX_TEXT_BYTES)?;
        match fields.text("kind")? {
            "progress" => Progress::read(fields).map(Self::Progress),
            "trouble" => Ok(Self::Trouble { text: fields.text("text")?.to_owned() }),
            "written" => Ok(Self::Written {
                bytes: fields.number("bytes")?,
                sha256: fields.text("sha256")?.to_owned(),
            }),
            other => Err(TaskError::UnknownKind(other.to_owned())),
        }
    }
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which stage.
    pub role: Role,
    /// When it said so, in microseconds since the order's origin.
    pub at_us: u64,
    /// How many bytes went in.
    pub bytes_in: u64,
    /// How many bytes came out.
    pub bytes_out: u64,
    /// How many lines came out.
    pub lines: u64,
    /// How many sequences of bytes were no UTF-8.
    pub invalid: u64,
    /// How long it was blocked because the queue after it was full, in microseconds.
    pub put_us: u64,
    /// How long it was blocked because the queue before it was empty, in microseconds.
    pub get_us: u64,
    /// How many pieces are in the queue after it.
    pub queued: u32,
    /// How it ended; none while it works.
    pub ending: Option<Ending>,
}

impl Progress {
    /// None yet.
    pub fn of(role: Role) -> Self {
        Self {
            role,
            at_us: 0,
            bytes_in: 0,
            bytes_out: 0,
            lines: 0,
            invalid: 0,
            put_us: 0,
            get_us: 0,
            queued: 0,
            ending: None,
        }
    }

    fn encode(&self) -> String {
        let ending = match self.ending {
            None => 0,
            Some(Ending::Complete) => 1,
            Some(Ending::StoppedEarly) => 2,
        };
        let numbers = [
            self.role as u64,
            self.at_us,
            self.bytes_in,
            self.bytes_out,
            self.lines,
            self.invalid,
            self.put_us,
            self.get_us,
            self.queued.into(),
            ending,
        ];
        encode("progress", &[], &[("numbers", &written([numbers].into_iter()))])
    }

    fn read(fields: &Fields) -> Result<Self, TaskError> {
        let text = fields.text("numbers")?;
        let read = || {
            let numbers = numbers_of(text, 1, 10)?;
            let &[role, at_us, bytes_in, bytes_out, lines, invalid, put_us, get_us, queued, ending] =
                numbers.as_array()?;
            let role = *Role::ALL.get(usize::try_from(role).ok()?)?;
            let queued = u32::try_from(queued).ok()?;
            let ending = *[None, Some(Ending::Complete), Some(Ending::StoppedEarly)]
                .get(usize::try_from(ending).ok()?)?;
            Some(Self { role, at_us, bytes_in, bytes_out, lines, invalid, put_us, get_us, queued, ending })
        };
        read().ok_or_else(|| unknown("numbers", text))
    }
}
