//! A bounded queue of pieces of text, from one stage of a pipeline to the next, in shared memory.
//!
//! Unlike the [`ring`](crate::ring) of several producers and consumers it has one of each, so it needs no lock: each of the two
//! writes words that the other only reads. A stage may be killed at any moment, and leaves nothing locked.
//!
//! Waking costs more than putting, so one that sleeps is woken when half of the queue has changed, and whoever is about to
//! sleep, or to do something else, wakes the other before ([`Producer::flush`], [`Consumer::flush`]).

use crate::memory::{LINE, Memory};

/// How many bytes a pipe holds at most.
pub const CAPACITY: u32 = 4 << 20;

/// How many pieces have ever been put.
const TAIL: u32 = 0;
/// How many have ever been got.
const HEAD: u32 = LINE;
/// How many bytes have ever been got, wrapping.
const HEAD_BYTES: u32 = LINE + 1;
/// Whether the producer sleeps.
const PRODUCER_SLEEPS: u32 = 2 * LINE;
/// Whether the consumer sleeps.
const CONSUMER_SLEEPS: u32 = 3 * LINE;
/// The first place: how many bytes a piece has, or how the pipe ends; how many lines.
const FIRST_PLACE: u32 = 4 * LINE;

/// How many words a pipe of so many places needs.
pub const fn words(places: u32) -> u32 {
    FIRST_PLACE + (2 * places).next_multiple_of(LINE)
}

/// Where the text of a pipe is: bytes that can be written and read while others do so elsewhere among them.
pub trait Bytes {
    /// Writes `bytes` from `at` on.
    fn write(&self, at: u32, bytes: &[u8]);
    /// Appends so many bytes from `at` on.
    fn append(&self, at: u32, bytes: u32, into: &mut Vec<u8>);
}

/// How a stage ends, and all that come after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of its input went through.
    Complete = -1,
    /// It was stopped, or one before it was.
    StoppedEarly = -2,
}

/// What came out of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// A piece in which so many lines end.
    Piece {
        /// How many.
        lines: u32,
    },
    /// Nothing yet.
    Nothing,
    /// Nothing more comes.
    End(Ending),
}

/// A queue's words and bytes.
#[derive(Debug)]
struct Pipe<M, B> {
    memory: M,
    /// Its first word.
    first: u32,
    places: u32,
    bytes: B,
    /// Its first byte.
    first_byte: u32,
}

impl<M: Memory, B: Bytes> Pipe<M, B> {
    /// The first word of a place.
    fn place(&self, count: u32) -> u32 {
        self.first + FIRST_PLACE + 2 * (count % self.places)
    }

    /// How many pieces are in it.
    fn size(&self) -> u32 {
        self.load(TAIL).wrapping_sub(self.load(HEAD))
    }

    fn load(&self, word: u32) -> u32 {
        self.memory.load(self.first + word).cast_unsigned()
    }

    fn store(&self, word: u32, value: u32) {
        self.memory.store(self.first + word, value.cast_signed());
    }

    /// Wakes the one whose word says that it sleeps, at the word that it waits for.
    fn wake(&self, sleeps: u32, at: u32) {
        if self.load(sleeps) != 0 {
            self.memory.notify(self.first + at);
        }
    }

    /// Sleeps until the word changes or the limit is reached, unless it has changed since it was `seen` or `holds`.
    fn sleep(&self, sleeps: u32, at: u32, seen: u32, holds: bool, limit_us: u64) {
        if !holds {
            self.memory.wait(self.first + at, seen.cast_signed(), Some(limit_us));
        }
        self.store(sleeps, 0);
    }
}

/// The end that puts.
#[derive(Debug)]
pub struct Producer<M, B> {
    pipe: Pipe<M, B>,
    put: u32,
    put_bytes: u32,
    /// It has put what the consumer was not woken for.
    owes: bool,
}

/// The end that gets.
#[derive(Debug)]
pub struct Consumer<M, B> {
    pipe: Pipe<M, B>,
    got: u32,
    got_bytes: u32,
    /// It has got what the producer was not woken for.
    owes: bool,
}

impl<M: Memory, B: Bytes> Producer<M, B> {
    /// Of the pipe that begins at these, empty while its words are all 0.
    pub fn new(memory: M, first: u32, places: u32, bytes: B, first_byte: u32) -> Self {
        let pipe = Pipe { memory, first, places: places.max(1), bytes, first_byte };
        Self { pipe, put: 0, put_bytes: 0, owes: false }
    }

    /// How many pieces are in it.
    pub fn size(&self) -> u32 {
        self.pipe.size()
    }

    fn used_bytes(&self) -> u32 {
        self.put_bytes.wrapping_sub(self.pipe.load(HEAD_BYTES))
    }

    /// Whether there is room for a piece of so many bytes. Once there is, there is until something is put.
    pub fn has_room(&self, bytes: u32) -> bool {
        self.pipe.size() < self.pipe.places && self.used_bytes().saturating_add(bytes) <= CAPACITY
    }

    /// Puts a piece, for which there must be room.
    pub fn put(&mut self, piece: &[u8], lines: u32) {
        // What does not fit was refused by `has_room`.
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        let at = self.put_bytes % CAPACITY;
        let (one, other) = piece.split_at(piece.len().min((CAPACITY - at) as usize));
        self.pipe.bytes.write(self.pipe.first_byte + at, one);
        if !other.is_empty() {
            self.pipe.bytes.write(self.pipe.first_byte, other);
        }
        self.put_bytes = self.put_bytes.wrapping_add(length);
        self.put_words(length.cast_signed(), lines);
    }

    /// Says that nothing more comes. There must be room, for no bytes.
    pub fn end(&mut self, ending: Ending) {
        self.put_words(ending as i32, 0);
        self.flush();
    }

    fn put_words(&mut self, length: i32, lines: u32) {
        let place = self.pipe.place(self.put);
        self.pipe.memory.set(place, length);
        self.pipe.memory.set(place + 1, lines.cast_signed());
        self.put = self.put.wrapping_add(1);
        self.pipe.store(TAIL, self.put);
        self.owes = true;
        if 2 * self.pipe.size() >= self.pipe.places || 2 * self.used_bytes() >= CAPACITY {
            self.flush();
        }
    }

    /// Wakes the consumer if it sleeps and there is something for it.
    pub fn flush(&mut self) {
        if std::mem::take(&mut self.owes) {
            self.pipe.wake(CONSUMER_SLEEPS, TAIL);
        }
    }

    /// Sleeps until there may be room for so many bytes, at most so long.
    pub fn wait_for_room(&mut self, bytes: u32, limit_us: u64) {
        self.flush();
        self.pipe.store(PRODUCER_SLEEPS, 1);
        let seen = self.pipe.load(HEAD);
        self.pipe.sleep(PRODUCER_SLEEPS, HEAD, seen, self.has_room(bytes), limit_us);
    }
}

impl<M: Memory, B: Bytes> Consumer<M, B> {
    /// Of the pipe that begins at these, empty while its words are all 0.
    pub fn new(memory: M, first: u32, places: u32, bytes: B, first_byte: u32) -> Self {
        let pipe = Pipe { memory, first, places: places.max(1), bytes, first_byte };
        Self { pipe, got: 0, got_bytes: 0, owes: false }
    }

    /// Gets the next piece; its text is appended.
    pub fn get(&mut self, into: &mut Vec<u8>) -> Got {
        if self.pipe.load(TAIL) == self.got {
            return Got::Nothing;
        }
        let place = self.pipe.place(self.got);
        let (length, lines) = (self.pipe.memory.get(place), self.pipe.memory.get(place + 1).cast_unsigned());
        let Ok(length) = u32::try_from(length) else {
            // Left where it is: nothing comes after it.
            let is_complete = length == Ending::Complete as i32;
            return Got::End(if is_complete { Ending::Complete } else { Ending::StoppedEarly });
        };
        let at = self.got_bytes % CAPACITY;
        let one = length.min(CAPACITY - at);
        self.pipe.bytes.append(self.pipe.first_byte + at, one, into);
        if one < length {
            self.pipe.bytes.append(self.pipe.first_byte, length - one, into);
        }
        self.got_bytes = self.got_bytes.wrapping_add(length);
        self.got = self.got.wrapping_add(1);
        self.pipe.store(HEAD_BYTES, self.got_bytes);
        self.pipe.store(HEAD, self.got);
        self.owes = true;
        if 2 * self.pipe.size() <= self.pipe.places {
            self.flush();
        }
        Got::Piece { lines }
    }

    /// Wakes the producer if it sleeps and there is more room.
    pub fn flush(&mut self) {
        if std::mem::take(&mut self.owes) {
            self.pipe.wake(PRODUCER_SLEEPS, HEAD);
        }
    }

    /// Sleeps until there may be a piece, at most so long.
    pub fn wait_for_piece(&mut self, limit_us: u64) {
        self.flush();
        self.pipe.store(CONSUMER_SLEEPS, 1);
        self.pipe.sleep(CONSUMER_SLEEPS, TAIL, self.got, false, limit_us);
    }
}

#[cfg(test)]
mod tests;
