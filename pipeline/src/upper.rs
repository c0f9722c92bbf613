//! Upper case as Python's `str.upper` has it, at the speed of copying where there is nothing to do.
//!
//! What is upper case is the standard library's to say. Its search takes far longer than most characters deserve, so its
//! answers for two-byte characters are kept in a table, and for the others is kept which blocks have no letter with an
//! upper case of its own. Valid or not is found out on the way: the text is read once.

use sixteen::upper_of_16;

/// Bytes in which the result is put together before it is appended.
const ROOM: usize = 1024;

/// What a round writes at most: 16 bytes of ASCII, then three characters for one.
const MOST_A_ROUND: usize = 16 + 3 * 4;

/// The first character of two bytes, and how many there are.
const FIRST_OF_TWO: u32 = 0x80;
const OF_TWO: usize = 0x800 - 0x80;

/// Blocks of 64 characters in the planes 0 and 1; only there are letters with an upper case today, and the others are
/// looked up one by one.
const BLOCKS: usize = 0x2_0000 / 64;

/// The upper case of a two-byte character: at most six bytes, and in the last place how many.
type Entry = [u8; 8];

/// What is known of 64 characters that differ in nothing but the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// All of them stay as they are.
    Same,
    /// Some of them change.
    Cased,
    /// There are no such characters: surrogates, or what is to be written with fewer bytes.
    Invalid,
}

/// Makes text upper case.
#[derive(Clone, Debug)]
pub struct Upper {
    of_two: Box<[Entry; OF_TWO]>,
    blocks: Box<[Block; BLOCKS]>,
}

impl Default for Upper {
    fn default() -> Self {
        Self::new()
    }
}

/// Text of which a part is upper case already.
struct Work<'t> {
    rest: &'t [u8],
    room: [u8; ROOM],
    /// Bytes in the room.
    at: usize,
    /// Invalid sequences so far.
    invalid: u64,
}

impl Upper {
    /// Asks the standard library for all that is looked up later.
    pub fn new() -> Self {
        let mut of_two = Box::new([[0; 8]; OF_TWO]);
        for (place, code_point) in of_two.iter_mut().zip(FIRST_OF_TWO..) {
            *place = entry(code_point);
        }
        let mut blocks = Box::new([Block::Invalid; BLOCKS]);
        for (place, number) in blocks.iter_mut().zip(0..) {
            *place = block(number);
        }
        Self { of_two, blocks }
    }

    /// Appends `text` in upper case to `out`; bytes that are not UTF-8 stay as they are. Returns how many invalid
    /// sequences there were, as [`utf8_chunks`](slice::utf8_chunks) counts them.
    pub fn append(&self, text: &[u8], out: &mut Vec<u8>) -> u64 {
        out.reserve(text.len());
        let mut work = Work { rest: text, room: [0; ROOM], at: 0, invalid: 0 };
        while !work.rest.is_empty() {
            self.fill_room(&mut work);
            out.extend_from_slice(&work.room[..work.at]);
            work.at = 0;
        }
        work.invalid
    }

    /// Goes on until the text ends or the room is full.
    fn fill_room(&self, work: &mut Work<'_>) {
        while work.at <= ROOM - MOST_A_ROUND {
            if !work.ascii() {
                continue;
            }
            match *work.rest {
                [] => return,
                [lead @ 0xC2..=0xDF, next @ 0x80..=0xBF, ..] => {
                    let entry = &self.of_two[usize::from(lead - 0xC2) << 6 | usize::from(next & 0x3F)];
                    work.replace(2, entry, usize::from(entry[7]));
                }
                [lead @ 0xE0..=0xEF, second @ 0x80..=0xBF, third @ 0x80..=0xBF, ..] => {
                    let block = u32::from(lead & 0xF) << 6 | u32::from(second & 0x3F);
                    match self.blocks[block as usize] {
                        Block::Same => work.replace(3, &[lead, second, third], 3),
                        Block::Cased => work.look_up(block << 6 | u32::from(third & 0x3F)),
                        Block::Invalid => work.invalid(),
                    }
                }
                [lead @ 0xF0..=0xF4, second @ 0x80..=0xBF, third @ 0x80..=0xBF, fourth @ 0x80..=0xBF, ..] => {
                    let block =
                        u32::from(lead & 7) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                    match self.blocks.get(block as usize) {
                        _ if block < 0x1_0000 / 64 => work.invalid(),
                        Some(Block::Same) => work.replace(4, &[lead, second, third, fourth], 4),
                        _ => work.look_up(block << 6 | u32::from(fourth & 0x3F)),
                    }
                }
                _ => work.invalid(),
            }
        }
    }
}

impl Work<'_> {
    /// Makes ASCII upper case, 16 bytes at most; whether something else comes next, or the end.
    #[inline]
    fn ascii(&mut self) -> bool {
        if let Some(bytes) = self.rest.first_chunk::<16>() {
            let (upper, ascii) = upper_of_16(bytes);
            self.replace(ascii, &upper, ascii);
            ascii < 16
        } else if let Some(byte @ 0..0x80) = self.rest.first() {
            self.replace(1, &[byte.to_ascii_uppercase()], 1);
            false
        } else {
            true
        }
    }

    /// Writes the first `length` of these bytes for the next `read` of the text. It writes all of them, since that takes
    /// less time; those that follow are written over.
    #[inline]
    fn replace<const N: usize>(&mut self, read: usize, bytes: &[u8; N], length: usize) {
        self.rest = &self.rest[read..];
        self.room[self.at..self.at + N].copy_from_slice(bytes);
        self.at += length;
    }

    /// Asks the standard library.
    fn look_up(&mut self, code_point: u32) {
        let Some(letter) = char::from_u32(code_point) else {
            return self.invalid();
        };
        self.rest = &self.rest[letter.len_utf8()..];
        for upper in letter.to_uppercase() {
            self.at += upper.encode_utf8(&mut self.room[self.at..]).len();
        }
    }

    /// Copies the invalid sequence that comes next.
    #[cold]
    fn invalid(&mut self) {
        let next = self.rest.utf8_chunks().next();
        let sequence = next.map_or(self.rest, |chunk| chunk.invalid());
        let (sequence, rest) = self.rest.split_at(sequence.len().max(1));
        self.room[self.at..self.at + sequence.len()].copy_from_slice(sequence);
        self.at += sequence.len();
        self.rest = rest;
        self.invalid += 1;
    }
}

fn entry(code_point: u32) -> Entry {
    let mut entry = [0; 8];
    for upper in char::from_u32(code_point).into_iter().flat_map(char::to_uppercase) {
        for byte in upper.encode_utf8(&mut [0; 4]).bytes() {
            entry[usize::from(entry[7])] = byte;
            entry[7] += 1;
        }
    }
    entry
}

fn block(number: u32) -> Block {
    let first = number << 6;
    if first < 0x800 {
        return Block::Invalid;
    }
    let same = |code_point| char::from_u32(code_point).map(|letter| letter.to_uppercase().eq([letter]));
    match (first..first + 64).map(same).collect::<Option<Vec<_>>>() {
        None => Block::Invalid,
        Some(same) if same.iter().all(|same| *same) => Block::Same,
        Some(_) => Block::Cased,
    }
}

/// 16 bytes at a time, by wasm's vectors.
#[cfg(target_arch = "wasm32")]
mod sixteen {
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_lt, u8x16_splat, u8x16_sub, v128, v128_and, v128_load, v128_store, v128_xor,
    };

    /// These bytes with ASCII letters in upper case, and how many at the beginning are ASCII.
    #[inline]
    pub(super) fn upper_of_16(bytes: &[u8; 16]) -> ([u8; 16], usize) {
        #[expect(clippy::cast_ptr_alignment, reason = "wasm loads vectors from any address")]
        // SAFETY: the 16 bytes are a vector.
        let vector = unsafe { v128_load(bytes.as_ptr().cast::<v128>()) };
        let lower = u8x16_lt(u8x16_sub(vector, u8x16_splat(b'a')), u8x16_splat(26));
        let upper = v128_xor(vector, v128_and(lower, u8x16_splat(0x20)));
        let mut written = [0; 16];
        #[expect(clippy::cast_ptr_alignment, reason = "wasm stores vectors to any address")]
        // SAFETY: as above.
        unsafe {
            v128_store(written.as_mut_ptr().cast::<v128>(), upper);
        }
        (written, u8x16_bitmask(vector).trailing_zeros() as usize)
    }
}

/// 16 bytes at a time, by code that the compiler makes vectors of.
#[cfg(not(target_arch = "wasm32"))]
mod sixteen {
    /// These bytes with ASCII letters in upper case, and how many at the beginning are ASCII.
    #[inline]
    pub(super) fn upper_of_16(bytes: &[u8; 16]) -> ([u8; 16], usize) {
        let not_ascii = u128::from_le_bytes(*bytes) & u128::from_le_bytes([0x80; 16]);
        (bytes.map(|byte| byte.to_ascii_uppercase()), (not_ascii.trailing_zeros() / 8) as usize)
    }
}

#[cfg(test)]
mod tests;
