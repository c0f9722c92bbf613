//! A stage of a pipeline: one of three, each in a separate worker, with a queue between each two.
//!
//! The reader cuts a text into pieces of whole lines, the next stage makes these upper case, the writer writes them. A stage
//! knows its queues by their [`Link`]s, which may be pipes in shared memory or message ports, and what it reads or writes
//! by its [`Text`]. It works until it is blocked or its time is up, says why it stopped, and counts what it spent waiting.

use dartboard_pipeline::lines::Cutter;
use dartboard_pipeline::upper::Upper;

use crate::pipe::{Ending, Got};
use crate::recorder::Clock;
use crate::task::{Control, Progress, Role};

/// The most bytes of a piece that the reader puts.
pub const MOST_BYTES: u32 = 1 << 20;

/// The most bytes of a piece in upper case: a character becomes three times as long at most.
const MOST_UPPER_BYTES: u32 = 3 * MOST_BYTES;

const _: () = assert!(MOST_UPPER_BYTES <= crate::pipe::CAPACITY - crate::pipe::HEADER);

/// How many bytes are read or written at a time.
pub const CHUNK_BYTES: usize = 1 << 20;

/// How many pieces go by between two looks at the clock, and how many bytes.
const LOOK: (u32, usize) = (32, 256 << 10);

/// How often a stage says how far it is, in microseconds.
pub const REPORT_US: u64 = 100_000;

/// A queue as one of its two stages sees it.
pub trait Link {
    /// Whether a piece of so many bytes can be put.
    fn has_room(&mut self, bytes: u32) -> bool;
    /// Puts a piece, for which there is room.
    fn put(&mut self, piece: &[u8], lines: u32);
    /// Says that nothing more comes; there is room for no bytes.
    fn end(&mut self, ending: Ending);
    /// Gets a piece; its text is appended.
    fn get(&mut self, into: &mut Vec<u8>) -> Got;
    /// How many pieces are in the queue, as this stage knows it.
    fn size(&mut self) -> u32;
    /// Wakes the other stage for anything it does not know yet, before this one does something else.
    fn flush(&mut self);
    /// Sleeps for so long at most, until there may be a piece, or room for so many bytes. Whether it did: a stage that cannot
    /// sleep is called again when there is something new.
    fn wait(&mut self, room: Option<u32>, limit_us: u64) -> bool;
}

/// What a pipeline reads and writes.
pub trait Text {
    /// Appends some bytes, up to `most` where it can choose.
    ///
    /// # Errors
    /// Why they cannot be read, in a sentence.
    fn read(&mut self, into: &mut Vec<u8>, most: usize) -> Result<Read, String>;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Why they cannot be written, in a sentence.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// So many bytes.
    Bytes(usize),
    /// None yet: the stage is called again when there are some.
    Later,
    /// Nothing more comes.
    End,
}

/// Why a stage has stopped working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its time is up: call it again, after what else there is to do.
    GoOn,
    /// Call it again when it was told something.
    WhenTold,
    /// Call it again after so many microseconds.
    After(u32),
    /// It is over.
    Over,
}

/// What comes of one step.
enum Step {
    /// A piece of so many bytes went through.
    Piece(usize),
    /// It needs room for so many bytes, or a piece.
    Blocked(Option<u32>),
    /// What it reads has not come yet.
    Reads,
    Over,
}

/// A stage at work.
#[derive(Debug)]
pub struct Stage<L, T> {
    work: Work<L>,
    text: T,
    progress: Progress,
    /// How it ends as soon as there is room to say so.
    ending: Option<Ending>,
    /// The stage before it is dead: when nothing more is in the queue, that was all.
    is_last: bool,
    is_paused: bool,
    /// How long it rests after each piece, in µs.
    slow_us: u32,
    /// Whether it waits for room, otherwise for a piece, and since when, in µs.
    blocked: Option<(bool, u64)>,
    /// When it last said how far it is.
    reported_us: u64,
    /// Pieces and bytes since it last looked at the clock.
    since_look: (u32, usize),
    trouble: Option<String>,
}

/// What a stage does, with what it needs for that.
#[derive(Debug)]
enum Work<L> {
    Read {
        cutter: Box<Cutter>,
        has_read_all: bool,
        to: L,
    },
    Upper {
        from: L,
        upper: Box<Upper>,
        piece: Vec<u8>,
        /// In upper case, with the lines that end in it, if it is still to be put.
        done: Vec<u8>,
        lines: Option<u32>,
        to: L,
    },
    Write {
        from: L,
        piece: Vec<u8>,
    },
}

impl<L: Link, T: Text> Stage<L, T> {
    /// Reads `text`, so many lines a piece, and puts them.
    pub fn reader(text: T, lines: u32, to: L) -> Self {
        let cutter = Box::new(Cutter::new(lines, MOST_BYTES as usize));
        Self::new(Work::Read { cutter, has_read_all: false, to }, text)
    }

    /// Makes what it gets upper case, and puts that.
    pub fn upper(from: L, to: L, text: T) -> Self {
        let (piece, done, lines) = (Vec::new(), Vec::new(), None);
        Self::new(Work::Upper { from, upper: Box::new(Upper::new()), piece, done, lines, to }, text)
    }

    /// Writes what it gets.
    pub fn writer(from: L, text: T) -> Self {
        Self::new(Work::Write { from, piece: Vec::new() }, text)
    }

    fn new(work: Work<L>, text: T) -> Self {
        let role = match work {
            Work::Read { .. } => Role::Read,
            Work::Upper { .. } => Role::Upper,
            Work::Write { .. } => Role::Write,
        };
        Self {
            work,
            text,
            progress: Progress::of(role),
            ending: None,
            is_last: false,
            is_paused: false,
            slow_us: 0,
            blocked: None,
            reported_us: 0,
            since_look: (0, 0),
            trouble: None,
        }
    }

    /// What it reads or writes.
    pub fn text(&mut self) -> &mut T {
        &mut self.text
    }

    /// The queue that it gets from.
    pub fn from(&mut self) -> Option<&mut L> {
        match &mut self.work {
            Work::Read { .. } => None,
            Work::Upper { from, .. } | Work::Write { from, .. } => Some(from),
        }
    }

    /// The queue that it puts into.
    pub fn to(&mut self) -> Option<&mut L> {
        match &mut self.work {
            Work::Read { to, .. } | Work::Upper { to, .. } => Some(to),
            Work::Write { .. } => None,
        }
    }

    /// Why it could not read or write on.
    pub fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// How it ended; none before.
    pub fn ending(&self) -> Option<Ending> {
        self.progress.ending
    }

    /// Does what the user wants of it.
    pub fn control(&mut self, control: Control) {
        match control {
            Control::Pause => self.is_paused = true,
            Control::GoOn => self.is_paused = false,
            Control::Slow { us } => self.slow_us = us,
            Control::Stop => self.ending = Some(Ending::StoppedEarly),
            Control::Leave => self.progress.ending = Some(Ending::StoppedEarly),
            Control::Last => self.is_last = true,
        }
    }

    /// Works until `until_us` at most.
    pub fn run(&mut self, clock: &impl Clock, until_us: u64) -> Next {
        loop {
            if self.progress.ending.is_some() {
                return Next::Over;
            }
            if self.is_paused {
                self.flush();
                return Next::WhenTold;
            }
            match self.step() {
                Step::Over => {
                    self.unblock(clock.now_us());
                    self.flush();
                    return Next::Over;
                }
                Step::Piece(bytes) => {
                    if self.blocked.is_some() {
                        self.unblock(clock.now_us());
                    }
                    if self.slow_us > 0 {
                        self.flush();
                        return Next::After(self.slow_us);
                    }
                    let (pieces, looked_bytes) = &mut self.since_look;
                    (*pieces, *looked_bytes) = (*pieces + 1, *looked_bytes + bytes);
                    if *pieces >= LOOK.0 || *looked_bytes >= LOOK.1 {
                        self.since_look = (0, 0);
                        if clock.now_us() >= until_us {
                            self.flush();
                            return Next::GoOn;
                        }
                    }
                }
                // It is the reader's work, though the disk does it.
                Step::Reads => {
                    self.unblock(clock.now_us());
                    self.flush();
                    return Next::WhenTold;
                }
                Step::Blocked(room) => {
                    let now_us = clock.now_us();
                    if self.blocked.is_none_or(|(for_room, _)| for_room != room.is_some()) {
                        self.unblock(now_us);
                        self.blocked = Some((room.is_some(), now_us));
                    }
                    self.flush();
                    if now_us >= until_us {
                        return Next::GoOn;
                    }
                    let link = if room.is_some() { self.to() } else { self.from() };
                    if !link.is_some_and(|link| link.wait(room, until_us - now_us)) {
                        return Next::WhenTold;
                    }
                }
            }
        }
    }

    /// How far it is, if it is time to say so or `at_once`.
    pub fn report(&mut self, now_us: u64, at_once: bool) -> Option<Progress> {
        if !at_once && now_us < self.reported_us + REPORT_US {
            return None;
        }
        self.reported_us = now_us;
        if let Some((for_room, _)) = self.blocked {
            self.unblock(now_us);
            self.blocked = Some((for_room, now_us));
        }
        self.progress.at_us = now_us;
        self.progress.queued = self.to().map_or(0, Link::size);
        Some(self.progress)
    }

    fn flush(&mut self) {
        self.from().into_iter().for_each(Link::flush);
        self.to().into_iter().for_each(Link::flush);
    }

    /// It is no longer blocked: the time counts for the queue that it waited for.
    fn unblock(&mut self, now_us: u64) {
        let Some((for_room, since_us)) = self.blocked.take() else { return };
        let us = now_us.saturating_sub(since_us);
        *if for_room { &mut self.progress.put_us } else { &mut self.progress.get_us } += us;
    }

    fn step(&mut self) -> Step {
        if let Some(ending) = self.ending {
            return self.end(ending);
        }
        let step = match &mut self.work {
            Work::Read { cutter, has_read_all, to } => {
                if !to.has_room(MOST_BYTES) {
                    return Step::Blocked(Some(MOST_BYTES));
                }
                loop {
                    if let Some(piece) = cutter.next() {
                        self.progress.lines += u64::from(piece.lines);
                        self.progress.bytes_out += piece.bytes.len() as u64;
                        to.put(piece.bytes, piece.lines);
                        break Ok(Step::Piece(piece.bytes.len()));
                    }
                    if *has_read_all {
                        break Err(Ending::Complete);
                    }
                    match self.text.read(cutter.feed(), CHUNK_BYTES) {
                        Ok(Read::Later) => break Ok(Step::Reads),
                        Ok(Read::End) => {
                            *has_read_all = true;
                            cutter.end();
                        }
                        Ok(Read::Bytes(bytes)) => self.progress.bytes_in += bytes as u64,
                        Err(trouble) => {
                            self.trouble = Some(trouble);
                            break Err(Ending::StoppedEarly);
                        }
                    }
                }
            }
            Work::Upper { from, upper, piece, done, lines, to } => {
                if lines.is_none() {
                    piece.clear();
                    match from.get(piece) {
                        Got::Nothing if self.is_last => return self.end(Ending::StoppedEarly),
                        Got::Nothing => return Step::Blocked(None),
                        Got::End(ending) => return self.end(ending),
                        Got::Piece { lines: ended } => {
                            done.clear();
                            self.progress.bytes_in += piece.len() as u64;
                            self.progress.invalid += upper.append(piece, done);
                            *lines = Some(ended);
                        }
                    }
                }
                let bytes = u32::try_from(done.len()).unwrap_or(u32::MAX);
                if !to.has_room(bytes) {
                    return Step::Blocked(Some(bytes));
                }
                let lines = lines.take().unwrap_or_default();
                to.put(done, lines);
                self.progress.lines += u64::from(lines);
                self.progress.bytes_out += done.len() as u64;
                Ok(Step::Piece(piece.len()))
            }
            Work::Write { from, piece } => {
                piece.clear();
                match from.get(piece) {
                    Got::Nothing if self.is_last => Err(Ending::StoppedEarly),
                    Got::Nothing => return Step::Blocked(None),
                    Got::End(ending) => Err(ending),
                    Got::Piece { lines } => match self.text.write(piece) {
                        Ok(()) => {
                            self.progress.lines += u64::from(lines);
                            self.progress.bytes_in += piece.len() as u64;
                            self.progress.bytes_out += piece.len() as u64;
                            Ok(Step::Piece(piece.len()))
                        }
                        Err(trouble) => {
                            self.trouble = Some(trouble);
                            Err(Ending::StoppedEarly)
                        }
                    },
                }
            }
        };
        step.unwrap_or_else(|ending| self.end(ending))
    }

    /// Says so to the stage after it, once there is room.
    fn end(&mut self, ending: Ending) -> Step {
        self.ending = Some(ending);
        if let Some(to) = self.to() {
            if !to.has_room(0) {
                return Step::Blocked(Some(0));
            }
            to.end(ending);
        }
        self.progress.ending = Some(ending);
        Step::Over
    }
}

#[cfg(test)]
mod tests;
