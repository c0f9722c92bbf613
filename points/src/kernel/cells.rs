//! The cells of the quarter square and the order in which they are asked, as [`kernel`](super) defines them.
//!
//! ```text
//! oooooooooooo....................
//! 77777777889ooooo................
//! 555555556666889oooo.............
//! 555555556666777788oooo..........
//! 333333333333333355559ooo........
//! 33333333333333335555889oo.......
//! 333333333333333355556666ooo.....
//! 33333333333333335555666688oo....
//! 222222222222222233333333779oo...
//! 2222222222222222333333337788oo..
//! 22222222222222223333333366669oo.
//! 222222222222222233333333666688o.
//! 222222222222222233333333555577oo
//! 2222222222222222333333335555779o
//! 2222222222222222333333335555779o
//! 2222222222222222333333335555779o
//! ```
//! The quarter circle with its centre at the lower left. A digit says after how many halvings the darts there are known
//! to be inside, `.` that they are known to be outside, and `o` is a leaf (or two, one above the other).

use crate::kernel::Point;
use crate::stream::LowWords;

/// Halvings down to a leaf, a square of side 1/32.
pub(crate) const DEPTH: u8 = 10;
/// Cells that are halved.
pub(crate) const INNER_CELLS: usize = 132;
/// Leaves.
pub(crate) const LEAVES: usize = 63;

/// Bits of each coordinate that a word of the stream gives to a dart of a leaf.
const LEAF_BITS: u8 = 16;

/// On which side of the circle all of a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Outside,
    Inside,
}

/// A rectangle of the unit square: [cx, cx + 1) · 2^−wx by [cy, cy + 1) · 2^−wy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) number: u16,
    pub(crate) wx: u8,
    pub(crate) wy: u8,
    pub(crate) cx: u8,
    pub(crate) cy: u8,
}

impl Cell {
    /// The whole square.
    pub(crate) const SQUARE: Self = Self { number: 1, wx: 0, wy: 0, cx: 0, cy: 0 };

    /// The cell of that number, at least 1: each bit after the highest says which half comes next.
    pub(crate) const fn numbered(number: u16) -> Self {
        let mut cell = Self::SQUARE;
        let mut bits_left = number.ilog2();
        while bits_left > 0 {
            bits_left -= 1;
            cell = cell.half((number >> bits_left & 1) as u8);
        }
        cell
    }

    pub(crate) const fn is_leaf(self) -> bool {
        self.wx + self.wy == DEPTH
    }

    /// The lower or left half for bit 0, the other for bit 1.
    pub(crate) const fn half(self, bit: u8) -> Self {
        let Self { number, wx, wy, cx, cy } = self;
        let number = 2 * number + bit as u16;
        if wx < wy || wx == wy && cx >= cy {
            Self { number, wx: wx + 1, wy, cx: 2 * cx + bit, cy }
        } else {
            Self { number, wx, wy: wy + 1, cx, cy: 2 * cy + bit }
        }
    }

    /// The side on which all of the cell lies; none if it meets the circle.
    pub(crate) const fn side(self) -> Option<Side> {
        // In units of 2^−DEPTH.
        let (x, y) = ((self.cx as u32) << (DEPTH - self.wx), (self.cy as u32) << (DEPTH - self.wy));
        let (far_x, far_y) = (x + (1 << (DEPTH - self.wx)), y + (1 << (DEPTH - self.wy)));
        let radius_squared = 1 << (2 * DEPTH);
        if far_x * far_x + far_y * far_y <= radius_squared {
            Some(Side::Inside)
        } else if x * x + y * y >= radius_squared {
            Some(Side::Outside)
        } else {
            None
        }
    }

    /// The dart of that rank in the list of a settled cell.
    pub(crate) const fn settled_point(self, rank: u32, low_words: LowWords) -> Point {
        self.point([0; 2], 0, rank, low_words)
    }

    /// The dart of that rank in the list of a leaf, which took `word` of the stream.
    pub(crate) const fn leaf_point(self, word: u32, rank: u32, low_words: LowWords) -> Point {
        self.point([(word & 0xffff) ^ 0x8000, (word >> 16) ^ 0x8000], LEAF_BITS, rank, low_words)
    }

    /// Of each coordinate first the cell's bits, then `next` of that many bits, then the top bits of its low word.
    const fn point(self, next: [u32; 2], next_bits: u8, rank: u32, low_words: LowWords) -> Point {
        let [low_x, low_y] = low_words.of(self.number as u32, rank);
        let (lacking_x, lacking_y) = (31 - self.wx - next_bits, 31 - self.wy - next_bits);
        Point {
            x: ((self.cx as u32) << next_bits | next[0]) << lacking_x | low_x >> (32 - lacking_x),
            y: ((self.cy as u32) << next_bits | next[1]) << lacking_y | low_y >> (32 - lacking_y),
        }
    }
}

/// Where the darts of a half go, as a number: 0 and 1 for the two sides of the circle, 2 + k for cell k in the order.
pub(crate) const OUTSIDE: u8 = 0;
pub(crate) const INSIDE: u8 = 1;
pub(crate) const FIRST_CELL: u8 = 2;
/// How many such numbers there are.
pub(crate) const DESTINATIONS: usize = FIRST_CELL as usize + INNER_CELLS + LEAVES;

/// All cells that meet the circle in their order, the leaves last.
pub(crate) struct Table {
    /// Where the two halves of each cell go that is not a leaf.
    pub(crate) halves: [[u8; 2]; INNER_CELLS],
    pub(crate) leaves: [Cell; LEAVES],
}

/// Made by the compiler.
pub(crate) static TABLE: Table = {
    let mut cells = [Cell::SQUARE; INNER_CELLS + LEAVES];
    let mut table = Table { halves: [[OUTSIDE; 2]; INNER_CELLS], leaves: [Cell::SQUARE; LEAVES] };
    let mut waiting = 1;
    let mut cell = 0;
    while cell < INNER_CELLS {
        assert!(!cells[cell].is_leaf(), "leaves come last");
        let mut bit = 0;
        while bit < 2 {
            let half = cells[cell].half(bit);
            table.halves[cell][bit as usize] = match half.side() {
                Some(Side::Outside) => OUTSIDE,
                Some(Side::Inside) => INSIDE,
                None => {
                    cells[waiting] = half;
                    waiting += 1;
                    #[expect(clippy::cast_possible_truncation, reason = "195 cells")]
                    let number = FIRST_CELL + (waiting - 1) as u8;
                    number
                }
            };
            bit += 1;
        }
        cell += 1;
    }
    assert!(waiting == INNER_CELLS + LEAVES);
    while cell < waiting {
        assert!(cells[cell].is_leaf());
        table.leaves[cell - INNER_CELLS] = cells[cell];
        cell += 1;
    }
    table
};

#[cfg(test)]
mod tests;
