//! Upper case as Python's `str.upper` has it, at the speed of copying where there is nothing to do.
//!
//! The standard library decides what is upper case. Its search takes far too long for most characters, so a table keeps its
//! answers for two-byte characters, and for the others a second table keeps which blocks have no letter that changes: each is
//! looked up when it first occurs. Invalid bytes are found on the way, so the text is read only once.

use sixteen::upper_of_16;

/// Bytes that are made upper case at once; room is made for them before.
const BLOCK: usize = 512;

/// Bytes that must be there behind a block: a step reads 16 bytes from its last one on, and then four.
const AHEAD: usize = 20;

/// The upper case of a character has at most three times as many bytes.
const MOST_GROWTH: usize = 3;

/// A step writes 16 bytes, also where fewer count.
const STEP: usize = 16;

/// The first character of two bytes, and how many there are.
const FIRST_OF_TWO: u32 = 0x80;
const OF_TWO: usize = 0x800 - 0x80;

/// Blocks of 64 characters in the planes 0 and 1; only there are letters with an upper case today, and the others are
/// looked up one by one.
const BLOCKS: usize = 0x2_0000 / 64;

/// The upper case of a two-byte character: at most six bytes, and in the last place how many; 0 until it was looked up.
type Entry = [u8; 8];

/// What is known of 64 characters that differ in nothing but the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// They were not looked up yet.
    Unknown,
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

impl Upper {
    /// One that has not looked anything up yet.
    pub fn new() -> Self {
        Self { of_two: Box::new([[0; 8]; OF_TWO]), blocks: Box::new([Block::Unknown; BLOCKS]) }
    }

    /// Appends `text` in upper case to `out`; bytes that are not UTF-8 stay as they are. Returns how many invalid
    /// sequences there were, as [`utf8_chunks`](slice::utf8_chunks) counts them.
    pub fn append(&mut self, text: &[u8], out: &mut Vec<u8>) -> u64 {
        out.reserve(text.len() + room_for(text.len().min(BLOCK)));
        let mut invalid = 0;
        let mut rest = text;
        while rest.len() > AHEAD {
            let read = self.append_block(rest, BLOCK.min(rest.len() - AHEAD), out, &mut invalid);
            rest = &rest[read..];
        }
        // Zeros behind it change nothing: they belong to no character before them.
        let mut last = [0; 2 * AHEAD];
        last[..rest.len()].copy_from_slice(rest);
        let read = self.append_block(&last, rest.len(), out, &mut invalid);
        out.truncate(out.len() - (read - rest.len()));
        invalid
    }

    /// Appends so much of `text`, and what of the next [`AHEAD`] bytes comes along with it; how much that is.
    fn append_block(&mut self, text: &[u8], end: usize, out: &mut Vec<u8>, invalid: &mut u64) -> usize {
        let before = out.len();
        out.resize(before + room_for(end), 0);
        let room = &mut out[before..];
        let (mut read, mut written) = (0, 0);
        while read < end {
            let bytes = text[read..].first_chunk().expect("as many bytes are ahead");
            let ascii =
                upper_of_16(bytes, room[written..].first_chunk_mut().expect("there is room for a step"));
            // If it predicts this branch, the processor goes on before it has counted.
            if ascii == 16 {
                read += 16;
                written += 16;
                continue;
            }
            read += ascii;
            written += ascii;
            while text[read] >= 0x80 {
                let bytes = text[read..].first_chunk().expect("as many bytes are ahead");
                let (from, to) = self.character(*bytes, &mut room[written..], invalid);
                read += from;
                written += to;
                if read >= end {
                    break;
                }
            }
        }
        out.truncate(before + written);
        read
    }

    /// Writes the upper case of what begins with these bytes, the first of which is not ASCII; how many bytes that was,
    /// and how many it is.
    #[inline]
    fn character(&mut self, bytes: [u8; 4], room: &mut [u8], invalid: &mut u64) -> (usize, usize) {
        match bytes {
            [lead @ 0xC2..=0xDF, next @ 0x80..=0xBF, ..] => {
                let code_point = u32::from(lead & 0x1F) << 6 | u32::from(next & 0x3F);
                let entry = &mut self.of_two[(code_point - FIRST_OF_TWO) as usize];
                if entry[7] == 0 {
                    *entry = new_entry(code_point);
                }
                room[..8].copy_from_slice(entry);
                return (2, usize::from(entry[7]));
            }
            [lead @ 0xE0..=0xEF, second @ 0x80..=0xBF, third @ 0x80..=0xBF, _] => {
                let block = u32::from(lead & 0xF) << 6 | u32::from(second & 0x3F);
                match self.block(block) {
                    Block::Same => {
                        room[..4].copy_from_slice(&bytes);
                        return (3, 3);
                    }
                    Block::Cased => return look_up(block << 6 | u32::from(third & 0x3F), room),
                    Block::Unknown | Block::Invalid => {}
                }
            }
            [lead @ 0xF0..=0xF4, second @ 0x80..=0xBF, third @ 0x80..=0xBF, fourth @ 0x80..=0xBF] => {
                let block =
                    u32::from(lead & 7) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                match block {
                    ..0x400 | 0x4400.. => {}
                    ..0x800 if self.block(block) == Block::Same => {
                        room[..4].copy_from_slice(&bytes);
                        return (4, 4);
                    }
                    _ => return look_up(block << 6 | u32::from(fourth & 0x3F), room),
                }
            }
            _ => {}
        }
        *invalid += 1;
        copy_invalid(bytes, room)
    }

    /// What is known of the block of this number, which is looked up if nothing is.
    #[inline]
    fn block(&mut self, number: u32) -> Block {
        let block = &mut self.blocks[number as usize];
        if *block == Block::Unknown {
            *block = new_block(number);
        }
        *block
    }
}

/// Enough room for the upper case of so many bytes and of what is read along with them.
fn room_for(bytes: usize) -> usize {
    MOST_GROWTH * (bytes + AHEAD) + STEP
}

/// Asks the standard library.
#[inline(never)]
fn look_up(code_point: u32, room: &mut [u8]) -> (usize, usize) {
    let letter = char::from_u32(code_point).expect("it was valid UTF-8");
    let mut written = 0;
    for upper in letter.to_uppercase() {
        written += upper.encode_utf8(&mut room[written..]).len();
    }
    (letter.len_utf8(), written)
}

/// Copies the invalid sequence that these bytes begin with.
#[cold]
fn copy_invalid(bytes: [u8; 4], room: &mut [u8]) -> (usize, usize) {
    let sequence = bytes.utf8_chunks().next().map_or(&[][..], |chunk| chunk.invalid());
    room[..sequence.len()].copy_from_slice(sequence);
    (sequence.len(), sequence.len())
}

#[cold]
fn new_entry(code_point: u32) -> Entry {
    let mut entry = [0; 8];
    for upper in char::from_u32(code_point).into_iter().flat_map(char::to_uppercase) {
        for byte in upper.encode_utf8(&mut [0; 4]).bytes() {
            entry[usize::from(entry[7])] = byte;
            entry[7] += 1;
        }
    }
    entry
}

#[cold]
fn new_block(number: u32) -> Block {
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

/// 16 bytes at a time, with wasm's vectors.
#[cfg(target_arch = "wasm32")]
mod sixteen {
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_lt, u8x16_splat, u8x16_sub, v128, v128_and, v128_load, v128_store, v128_xor,
    };

    /// Writes these bytes with ASCII letters in upper case; how many at the beginning are ASCII.
    #[inline]
    #[expect(clippy::cast_ptr_alignment, reason = "wasm loads and stores vectors at any address")]
    pub(super) fn upper_of_16(bytes: &[u8; 16], upper: &mut [u8; 16]) -> usize {
        // SAFETY: the 16 bytes are a vector.
        let vector = unsafe { v128_load(bytes.as_ptr().cast::<v128>()) };
        let lower = u8x16_lt(u8x16_sub(vector, u8x16_splat(b'a')), u8x16_splat(26));
        // SAFETY: as above.
        unsafe {
            v128_store(
                upper.as_mut_ptr().cast::<v128>(),
                v128_xor(vector, v128_and(lower, u8x16_splat(0x20))),
            );
        }
        u8x16_bitmask(vector).trailing_zeros() as usize
    }
}

/// 16 bytes at a time, in code that the compiler vectorises.
#[cfg(not(target_arch = "wasm32"))]
mod sixteen {
    /// Writes these bytes with ASCII letters in upper case; how many at the beginning are ASCII.
    #[inline]
    pub(super) fn upper_of_16(bytes: &[u8; 16], upper: &mut [u8; 16]) -> usize {
        for (upper, byte) in upper.iter_mut().zip(bytes) {
            *upper = byte ^ (u8::from(byte.is_ascii_lowercase()) << 5);
        }
        let not_ascii = u128::from_le_bytes(*bytes) & u128::from_le_bytes([0x80; 16]);
        (not_ascii.trailing_zeros() / 8) as usize
    }
}

#[cfg(test)]
mod tests;
