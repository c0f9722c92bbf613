//! What is counted ([`Tally`]) and over which part of a run ([`BlockRange`], [`Seed`]).

use std::fmt;
use std::ops::{Add, AddAssign};

use thiserror::Error;

/// Points in one block, the unit of reproducibility (the lecture's `BATCH_SIZE`).
pub const BLOCK_POINTS: u64 = 100_000;

/// The number that names a run's random points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many points were thrown and how many of them lie in the circle. Tallies add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Points thrown.
    pub points: u64,
    /// Points thrown that lie inside the circle; at most `points`.
    pub inside: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { points: self.points + other.points, inside: self.inside + other.inside }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A non-empty range of consecutive blocks of a run, whose number of points fits a `u64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockRange {
    first: u64,
    end: u64,
}

impl BlockRange {
    /// The most blocks one range can hold: their points still fit a `u64`.
    pub const MAX_BLOCKS: u64 = u64::MAX / BLOCK_POINTS;

    /// The blocks `first`, `first + 1`, … `end - 1`.
    ///
    /// # Errors
    /// When the range is empty (`end <= first`) or longer than [`Self::MAX_BLOCKS`].
    pub const fn new(first: u64, end: u64) -> Result<Self, BlockRangeError> {
        if end <= first {
            Err(BlockRangeError::Empty { first, end })
        } else if end - first > Self::MAX_BLOCKS {
            Err(BlockRangeError::TooLong { first, end })
        } else {
            Ok(Self { first, end })
        }
    }

    /// Index of the first block.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// Index one past the last block.
    pub const fn end(self) -> u64 {
        self.end
    }

    /// Number of blocks; at least 1.
    pub const fn blocks(self) -> u64 {
        self.end - self.first
    }

    /// Number of points in these blocks.
    pub const fn points(self) -> u64 {
        self.blocks() * BLOCK_POINTS
    }

    /// What lies before `block`, and what lies from it on; none where that is nothing.
    pub fn split(self, block: u64) -> (Option<Self>, Option<Self>) {
        let cut = block.clamp(self.first, self.end);
        (Self::new(self.first, cut).ok(), Self::new(cut, self.end).ok())
    }

    /// The part `index` of `of` equal parts, from 0 in their order: their lengths differ by one block at most. None where
    /// there is no such part, or no block in it.
    pub fn part(self, index: u32, of: u32) -> Option<Self> {
        let (blocks, index, of) = (self.blocks(), u64::from(index), u64::from(of));
        if index >= of {
            return None;
        }
        // In two steps, so that no product passes a u64.
        let bound = |index| self.first + blocks / of * index + blocks % of * index / of;
        Self::new(bound(index), bound(index + 1)).ok()
    }

    /// This range and the one that begins where it ends, as one; none if the other begins elsewhere.
    pub fn joined(self, next: Self) -> Option<Self> {
        if self.end == next.first { Self::new(self.first, next.end).ok() } else { None }
    }
}

impl fmt::Display for BlockRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.end)
    }
}

/// Why two block indices do not make a [`BlockRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BlockRangeError {
    /// There is no block in the range.
    #[error("the block range {first}..{end} is empty: its end must be greater than its first block")]
    Empty {
        /// Index of the first block asked for.
        first: u64,
        /// Index one past the last block asked for.
        end: u64,
    },
    /// The points of the range do not fit a `u64`.
    #[error("the block range {first}..{end} is too long: at most {most} blocks fit one range", most = BlockRange::MAX_BLOCKS)]
    TooLong {
        /// Index of the first block asked for.
        first: u64,
        /// Index one past the last block asked for.
        end: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_range_refuses_empty_and_overflowing_ranges_naming_both_ends() {
        assert_eq!(BlockRange::new(7, 7), Err(BlockRangeError::Empty { first: 7, end: 7 }));
        assert_eq!(BlockRange::new(8, 7), Err(BlockRangeError::Empty { first: 8, end: 7 }));
        let long = BlockRange::new(1, BlockRange::MAX_BLOCKS + 2);
        assert_eq!(long, Err(BlockRangeError::TooLong { first: 1, end: BlockRange::MAX_BLOCKS + 2 }));
        let message = BlockRange::new(0, u64::MAX).unwrap_err().to_string();
        assert!(message.contains("0..18446744073709551615"), "{message}");
    }

    #[test]
    fn block_range_counts_its_points() {
        let range = BlockRange::new(u64::MAX - 3, u64::MAX).unwrap();
        assert_eq!((range.blocks(), range.points()), (3, 300_000));
        assert!(BlockRange::new(5, 5 + BlockRange::MAX_BLOCKS).is_ok());
    }

    // Fails with: a block in two parts or in none, or parts that are not equal.
    #[test]
    fn equal_parts_are_all_of_a_range_and_differ_by_one_block_at_most() {
        let last = BlockRange::new(u64::MAX - BlockRange::MAX_BLOCKS, u64::MAX).unwrap();
        for range in [BlockRange::new(7, 8).unwrap(), BlockRange::new(0, 4_097).unwrap(), last] {
            for of in [1, 7, 100, 4_097] {
                let parts: Vec<_> = (0..of).filter_map(|index| range.part(index, of)).collect();
                assert_eq!((parts[0].first(), parts[parts.len() - 1].end()), (range.first(), range.end()));
                assert!(parts.windows(2).all(|pair| pair[0].end() == pair[1].first()));
                let longest = range.blocks().div_ceil(u64::from(of));
                assert!(parts.iter().all(|part| (longest - 1..=longest).contains(&part.blocks())));
            }
        }
        let range = BlockRange::new(0, 2).unwrap();
        for (index, of) in [(2, 2), (0, 0), (0, 3), (u32::MAX, u32::MAX)] {
            assert_eq!(range.part(index, of), None, "{index} of {of}");
        }
    }

    #[test]
    fn tallies_add() {
        let mut sum = Tally { points: 100_000, inside: 78_000 };
        sum += Tally { points: 200_000, inside: 157_001 };
        assert_eq!(sum, Tally { points: 300_000, inside: 235_001 });
    }

    #[test]
    fn seeds_and_ranges_are_shown_plainly() {
        let range = BlockRange::new(3, 12).unwrap();
        assert_eq!(format!("{} {range}", Seed(u64::MAX)), "18446744073709551615 3..12");
        assert_eq!(BlockRange::MAX_BLOCKS, 184_467_440_737_095);
    }
}
