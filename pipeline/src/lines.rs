//! From a stream of bytes that comes in chunks of any size to pieces of whole lines.
//!
//! A line ends as in Python's `open(…, newline='')`: with `\n`, `\r\n`, or `\r` alone.

use memchr::{memchr2, memrchr2};

/// How many bytes are looked at together where many lines belong to a piece.
const BLOCK: usize = 128;

/// For fewer lines than these, each is found on its own.
const MANY_LINES: u32 = 16;

/// Bytes that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'b> {
    /// They can be made upper case on their own.
    pub bytes: &'b [u8],
    /// How many lines end in it; the end of the text also ends a line, unless that line is empty.
    pub lines: u32,
}

/// Cuts a stream of bytes into pieces of whole lines.
#[derive(Clone, Debug)]
pub struct Cutter {
    lines_per_piece: u32,
    most_bytes: usize,
    /// What has come and is not used up.
    bytes: Vec<u8>,
    /// Nothing more comes.
    ended: bool,
    /// Where the next piece begins.
    start: usize,
    /// So many lines are in it for sure, and here the last of them ends.
    lines: u32,
    whole: usize,
    /// Where the next line ends, as soon as that is known. Until then, it does not end before `searched`.
    line_end: Option<usize>,
    searched: usize,
}

impl Cutter {
    /// For pieces of so many lines, but at most so many bytes: a piece ends before a line that does not fit,
    /// and a line that is longer than a whole piece is cut.
    ///
    /// There is no piece of fewer than 1 line, or limited to fewer than 64 bytes.
    pub fn new(lines_per_piece: u32, most_bytes: usize) -> Self {
        Self {
            lines_per_piece: lines_per_piece.max(1),
            most_bytes: most_bytes.max(64),
            bytes: Vec::new(),
            ended: false,
            start: 0,
            lines: 0,
            whole: 0,
            line_end: None,
            searched: 0,
        }
    }

    /// Where the next bytes are to be appended; what is there already must stay.
    pub fn feed(&mut self) -> &mut Vec<u8> {
        // No more bytes are moved than were used up since the last time: each byte that comes pays for one.
        if self.start >= self.bytes.len() - self.start {
            self.bytes.drain(..self.start);
            self.whole -= self.start;
            self.searched -= self.start;
            self.line_end = self.line_end.map(|end| end - self.start);
            self.start = 0;
        }
        &mut self.bytes
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next piece, if there is one before more bytes come.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not lend what it holds")]
    pub fn next(&mut self) -> Option<Piece<'_>> {
        self.take_blocks();
        while self.lines < self.lines_per_piece {
            match self.find_line_end() {
                Some(end) if end - self.start <= self.most_bytes => {
                    self.lines += 1;
                    self.whole = end;
                    self.line_end = None;
                }
                _ if self.bytes.len() - self.start > self.most_bytes => {
                    if self.lines == 0 {
                        self.whole = self.place_to_cut(self.start + self.most_bytes);
                    }
                    break;
                }
                _ if self.ended && self.start < self.bytes.len() => {
                    self.lines += u32::from(self.whole < self.bytes.len());
                    self.whole = self.bytes.len();
                    break;
                }
                _ => return None,
            }
        }
        let piece = Piece { bytes: &self.bytes[self.start..self.whole], lines: self.lines };
        self.start = self.whole;
        self.lines = 0;
        Some(piece)
    }

    /// Takes the lines of whole blocks, as long as fewer end there than still belong to the piece.
    fn take_blocks(&mut self) {
        if self.line_end.is_some() {
            return;
        }
        let most = self.bytes.len().min(self.start + self.most_bytes);
        let mut last = None;
        while self.lines_per_piece - self.lines > MANY_LINES && self.searched + BLOCK < most {
            let block = &self.bytes[self.searched..];
            let ends = line_ends(block);
            if ends >= self.lines_per_piece - self.lines {
                break;
            }
            self.lines += ends;
            if ends > 0 {
                last = Some(self.searched);
            }
            self.searched += BLOCK;
        }
        if let Some(last) = last {
            // If this is the first half of a line's end, the second is looked at next, and is within the limit.
            let end = memrchr2(b'\n', b'\r', &self.bytes[last..last + BLOCK]);
            self.whole = end.map_or(self.whole, |end| last + end + 1);
        }
    }

    /// Where the line at `whole` ends.
    fn find_line_end(&mut self) -> Option<usize> {
        if self.line_end.is_none() {
            let unsearched = &self.bytes[self.searched..];
            let found = memchr2(b'\n', b'\r', unsearched);
            self.searched += found.unwrap_or(unsearched.len());
            self.line_end = match self.bytes[self.searched..] {
                // `\r` may be the first half of a line's end. At the end of all, what is left is a line anyway.
                [] | [b'\r'] => None,
                [b'\r', b'\n', ..] => Some(self.searched + 2),
                _ => Some(self.searched + 1),
            };
            self.searched = self.line_end.unwrap_or(self.searched);
        }
        self.line_end
    }

    /// Where to cut inside a line, at most here, in front of a byte that has come.
    ///
    /// A cut before a byte that does not continue a character splits no sequence, valid or not: a sequence is a first
    /// byte and the bytes that continue it. Nor does a cut before a continuing byte that follows three others: a first byte
    /// has at most three after it, so this one is a separate sequence.
    fn place_to_cut(&self, here: usize) -> usize {
        let continues = |place: usize| self.bytes[place] & 0xC0 == 0x80;
        let place = (0..=3).map(|back| here - back).find(|place| !continues(*place)).unwrap_or(here);
        if self.bytes[place - 1..=place] == *b"\r\n" { place - 1 } else { place }
    }
}

/// How many lines end with one of the first [`BLOCK`] bytes; one more must be there.
fn line_ends(bytes: &[u8]) -> u32 {
    let ends = |(&byte, &next): (&u8, &u8)| {
        u8::from(byte == b'\n') + (u8::from(byte == b'\r') & u8::from(next != b'\n'))
    };
    bytes[..BLOCK].iter().zip(&bytes[1..=BLOCK]).map(ends).sum::<u8>().into()
}

#[cfg(test)]
mod tests;
