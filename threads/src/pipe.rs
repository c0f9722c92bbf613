//! A bounded queue of pieces of text, from one stage of a pipeline to the next, in shared memory.
//!
//! Unlike the [`ring`](crate::ring) of several producers and consumers it has one of each, so it needs no lock: each of the two
//! writes words that the other only reads. A stage may be killed at any moment, and leaves nothing locked.
//!
//! Where every line is a piece, what counts is how often the program's memory is left. So short pieces are written together
//! with those that were put before, and the consumer copies what is there before it needs it. Still they are put and got one
//! by one, and each has a place from when it was put until it was got.
//!
//! Waking costs more than putting, so each end tells the other of what has changed once that is half of the queue, and whoever is
//! about to wait, or to do something else, tells it before ([`Producer::flush`], [`Consumer::flush`]).

use std::collections::VecDeque;

use crate::memory::{LINE, Memory};

/// How many bytes a pipe holds at most, with [`HEADER`] bytes for each piece.
pub const CAPACITY: u32 = 4 << 20;

/// The header of a piece: how many bytes it has, or how the pipe ends; how many lines.
pub const HEADER: u32 = 8;

/// Where a piece may begin: browsers copy shared bytes by words of eight, but only where both places begin alike.
const WORD: u32 = 8;

/// How many bytes have ever been put, wrapping. It changes with whole pieces.
const TAIL: u32 = 0;
/// How many pieces have ever been got.
const HEAD: u32 = LINE;
/// Whether the producer sleeps.
const PRODUCER_SLEEPS: u32 = 2 * LINE;
/// Whether the consumer sleeps.
const CONSUMER_SLEEPS: u32 = 3 * LINE;

/// How many words a pipe needs.
pub const WORDS: u32 = 4 * LINE;

/// Pieces up to so long are written together with others, up to so many bytes.
const SHORT_BYTES: usize = 4 << 10;

/// How much of what is there the consumer copies ahead.
const AHEAD_BYTES: u32 = 16 << 10;

/// Where the text of a pipe is: bytes that can be written and read while other threads use other bytes of them.
pub trait Bytes {
    /// Writes `bytes` from `at` on.
    fn write(&self, at: u32, bytes: &[u8]);
    /// Appends so many bytes from `at` on.
    fn append(&self, at: u32, bytes: u32, into: &mut Vec<u8>);
}

/// How a stage ends, and with it all that come after it.
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
    bytes: B,
    /// Its first byte.
    first_byte: u32,
}

impl<M: Memory, B: Bytes> Pipe<M, B> {
    fn load(&self, word: u32) -> u32 {
        self.memory.load(self.first + word).cast_unsigned()
    }

    fn store(&self, word: u32, value: u32) {
        self.memory.store(self.first + word, value.cast_signed());
    }

    /// Writes bytes, after so many that were written before.
    fn write(&self, before: u32, bytes: &[u8]) {
        let at = before % CAPACITY;
        let (one, other) = bytes.split_at(bytes.len().min((CAPACITY - at) as usize));
        self.bytes.write(self.first_byte + at, one);
        if !other.is_empty() {
            self.bytes.write(self.first_byte, other);
        }
    }

    /// Appends so many bytes, after so many that were read before.
    fn append(&self, before: u32, bytes: u32, into: &mut Vec<u8>) {
        let at = before % CAPACITY;
        let one = bytes.min(CAPACITY - at);
        self.bytes.append(self.first_byte + at, one, into);
        if one < bytes {
            self.bytes.append(self.first_byte, bytes - one, into);
        }
    }

    /// Wakes the one whose word says that it sleeps, at the word that it waits for.
    fn wake(&self, sleeps: u32, at: u32) {
        if self.load(sleeps) != 0 {
            self.memory.notify(self.first + at);
        }
    }

    /// Sleeps until the word changes or the limit is reached, unless it has changed since it was `seen`.
    fn sleep(&self, sleeps: u32, at: u32, seen: u32, limit_us: u64) {
        self.memory.wait(self.first + at, seen.cast_signed(), Some(limit_us));
        self.store(sleeps, 0);
    }
}

/// What one end has not told the other.
#[derive(Clone, Copy, Debug, Default)]
struct Owed {
    pieces: u32,
    bytes: u32,
}

impl Owed {
    fn add(&mut self, bytes: u32) {
        self.pieces += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether it is half of a queue of so many places.
    fn is_half(self, places: u32) -> bool {
        2 * self.pieces >= places || 2 * self.bytes >= CAPACITY
    }
}

/// The end that puts.
#[derive(Debug)]
pub struct Producer<M, B> {
    pipe: Pipe<M, B>,
    places: u32,
    /// How many bytes each piece takes that was put and, as far as this end knows, not got.
    pieces: VecDeque<u32>,
    /// How many are known to be got.
    seen_got: u32,
    /// How many bytes are written.
    put_bytes: u32,
    /// Of the pieces.
    used_bytes: u32,
    owed: Owed,
    /// Short pieces with their headers, and the header of a long one, still to be written.
    short: Vec<u8>,
}

/// The end that gets.
#[derive(Debug)]
pub struct Consumer<M, B> {
    pipe: Pipe<M, B>,
    places: u32,
    got: u32,
    /// How many bytes were copied, of those that were got or are ahead.
    copied_bytes: u32,
    /// What is copied; up to `at` it was got.
    ahead: Vec<u8>,
    at: usize,
    ending: Option<Ending>,
    owed: Owed,
}

impl<M: Memory, B: Bytes> Producer<M, B> {
    /// Of the pipe that begins at these, empty while its words are all 0.
    pub fn new(memory: M, first: u32, places: u32, bytes: B, first_byte: u32) -> Self {
        Self {
            pipe: Pipe { memory, first, bytes, first_byte },
            places: places.max(1),
            pieces: VecDeque::new(),
            seen_got: 0,
            put_bytes: 0,
            used_bytes: 0,
            owed: Owed::default(),
            short: Vec::new(),
        }
    }

    /// How many pieces are in it.
    pub fn size(&mut self) -> u32 {
        self.look();
        self.seen_size()
    }

    /// How many are in it as far as is known: never fewer than there are.
    fn seen_size(&self) -> u32 {
        u32::try_from(self.pieces.len()).unwrap_or(u32::MAX)
    }

    /// Looks how many were got; how many ever.
    fn look(&mut self) -> u32 {
        let got = self.pipe.load(HEAD);
        while self.seen_got != got
            && let Some(bytes) = self.pieces.pop_front()
        {
            self.used_bytes -= bytes;
            self.seen_got = self.seen_got.wrapping_add(1);
        }
        got
    }

    fn fits(&self, bytes: u32) -> bool {
        let bytes = bytes.min(CAPACITY) + self.used_bytes;
        self.seen_size() < self.places && HEADER + bytes.next_multiple_of(WORD) <= CAPACITY
    }

    /// Whether there is room for a piece of so many bytes. Once there is, there is until something is put.
    pub fn has_room(&mut self, bytes: u32) -> bool {
        self.fits(bytes) || {
            self.look();
            self.fits(bytes)
        }
    }

    /// Puts a piece, for which there must be room.
    pub fn put(&mut self, piece: &[u8], lines: u32) {
        // What does not fit was refused by `has_room`.
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        self.put_behind(header(length, lines), piece);
    }

    /// Says that nothing more comes. There must be room, for no bytes.
    pub fn end(&mut self, ending: Ending) {
        self.put_behind(header((ending as i32).cast_unsigned(), 0), &[]);
        self.flush();
    }

    fn put_behind(&mut self, header: [u8; HEADER as usize], piece: &[u8]) {
        let bytes = HEADER + u32::try_from(piece.len()).unwrap_or(u32::MAX).next_multiple_of(WORD);
        self.pieces.push_back(bytes);
        self.used_bytes += bytes;
        self.owed.add(bytes);
        self.short.extend_from_slice(&header);
        if piece.len() <= SHORT_BYTES {
            self.short.extend_from_slice(piece);
            self.short.resize(self.short.len().next_multiple_of(WORD as usize), 0);
        } else {
            self.write_short();
            self.pipe.write(self.put_bytes, piece);
            self.put_bytes = self.put_bytes.wrapping_add(bytes - HEADER);
        }
        if self.owed.is_half(self.places) {
            self.flush();
        } else if self.short.is_empty() || self.short.len() >= SHORT_BYTES {
            self.show();
        }
    }

    fn write_short(&mut self) {
        self.pipe.write(self.put_bytes, &self.short);
        self.put_bytes = self.put_bytes.wrapping_add(u32::try_from(self.short.len()).unwrap_or(u32::MAX));
        self.short.clear();
    }

    /// Lets the consumer see all that was put.
    fn show(&mut self) {
        if !self.short.is_empty() {
            self.write_short();
        }
        self.pipe.store(TAIL, self.put_bytes);
    }

    /// Lets the consumer see all that was put, and wakes it if it sleeps.
    pub fn flush(&mut self) {
        if std::mem::take(&mut self.owed).pieces > 0 {
            self.show();
            self.pipe.wake(CONSUMER_SLEEPS, TAIL);
        }
    }

    /// Sleeps until there may be room for so many bytes, at most so long.
    pub fn wait_for_room(&mut self, bytes: u32, limit_us: u64) {
        self.flush();
        self.pipe.store(PRODUCER_SLEEPS, 1);
        let got = self.look();
        if self.fits(bytes) {
            self.pipe.store(PRODUCER_SLEEPS, 0);
        } else {
            self.pipe.sleep(PRODUCER_SLEEPS, HEAD, got, limit_us);
        }
    }
}

impl<M: Memory, B: Bytes> Consumer<M, B> {
    /// Of the pipe that begins at these, empty while its words are all 0.
    pub fn new(memory: M, first: u32, places: u32, bytes: B, first_byte: u32) -> Self {
        Self {
            pipe: Pipe { memory, first, bytes, first_byte },
            places: places.max(1),
            got: 0,
            copied_bytes: 0,
            ahead: Vec::new(),
            at: 0,
            ending: None,
            owed: Owed::default(),
        }
    }

    /// Gets the next piece; its text is appended.
    pub fn get(&mut self, into: &mut Vec<u8>) -> Got {
        if let Some(ending) = self.ending {
            return Got::End(ending);
        }
        let Some((length, lines)) = self.next_header() else { return Got::Nothing };
        let Ok(bytes) = u32::try_from(length) else {
            let is_complete = length == Ending::Complete as i32;
            let ending = if is_complete { Ending::Complete } else { Ending::StoppedEarly };
            self.ending = Some(ending);
            return Got::End(ending);
        };
        self.take(bytes, into);
        self.got = self.got.wrapping_add(1);
        self.owed.add(bytes);
        if self.owed.is_half(self.places) {
            self.flush();
        } else if bytes as usize > SHORT_BYTES {
            self.pipe.store(HEAD, self.got);
        }
        Got::Piece { lines }
    }

    /// The header of the next piece; none if there is none.
    fn next_header(&mut self) -> Option<(i32, u32)> {
        if self.at == self.ahead.len() {
            let bytes = self.pipe.load(TAIL).wrapping_sub(self.copied_bytes).min(AHEAD_BYTES);
            if bytes == 0 {
                return None;
            }
            self.ahead.clear();
            self.at = 0;
            self.pipe.append(self.copied_bytes, bytes, &mut self.ahead);
            self.copied_bytes = self.copied_bytes.wrapping_add(bytes);
        }
        let (length, rest) = self.ahead[self.at..].split_first_chunk()?;
        let header = (i32::from_le_bytes(*length), u32::from_le_bytes(*rest.first_chunk()?));
        self.at += HEADER as usize;
        Some(header)
    }

    /// Appends the bytes of the next piece, which are there, and leaves behind what fills up its last word.
    fn take(&mut self, bytes: u32, into: &mut Vec<u8>) {
        let rest = &self.ahead[self.at..];
        let here = rest.len().min(bytes as usize);
        into.extend_from_slice(&rest[..here]);
        self.at += here.next_multiple_of(WORD as usize);
        let bytes = bytes - u32::try_from(here).unwrap_or(bytes);
        if bytes > 0 {
            self.pipe.append(self.copied_bytes, bytes, into);
            self.copied_bytes = self.copied_bytes.wrapping_add(bytes.next_multiple_of(WORD));
        }
    }

    /// Lets the producer see all that was got, and wakes it if it sleeps.
    pub fn flush(&mut self) {
        if std::mem::take(&mut self.owed).pieces > 0 {
            self.pipe.store(HEAD, self.got);
            self.pipe.wake(PRODUCER_SLEEPS, HEAD);
        }
    }

    /// Sleeps until there may be a piece, at most so long.
    pub fn wait_for_piece(&mut self, limit_us: u64) {
        self.flush();
        self.pipe.store(CONSUMER_SLEEPS, 1);
        self.pipe.sleep(CONSUMER_SLEEPS, TAIL, self.copied_bytes, limit_us);
    }
}

fn header(length: u32, lines: u32) -> [u8; HEADER as usize] {
    let [length, lines] = [length, lines].map(u32::to_le_bytes);
    let mut header = [0; HEADER as usize];
    header[..4].copy_from_slice(&length);
    header[4..].copy_from_slice(&lines);
    header
}

#[cfg(test)]
mod tests;
