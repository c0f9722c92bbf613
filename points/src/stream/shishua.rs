//! SHISHUA, written as [the definition](super) reads, without SIMD.

use crate::tally::Seed;

/// 32-bit words that one round yields.
pub const ROUND_WORDS: usize = 32;

/// Rounds after which the initial state counts as mixed; the published number.
pub(crate) const WARM_UP_ROUNDS: usize = 13;

/// Added to the lanes of the counter in each round; odd numbers, so that a lane returns only after 2⁶⁴ rounds.
pub const INCREMENT: Row = [7, 5, 3, 1];

/// The first 1,024 fraction bits of the golden ratio.
pub const PHI: [u64; 16] = [
    0x9e37_79b9_7f4a_7c15,
    0xf39c_c060_5ced_c834,
    0x1082_276b_f3a2_7251,
    0xf86c_6a11_d0c1_8e95,
    0x2767_f0b1_53d2_7b7f,
    0x0347_045b_5bf1_827f,
    0x0188_6f09_2840_3002,
    0xc1d6_4ba4_0f33_5e36,
    0xf06a_d7ae_9717_877e,
    0x8583_9d6e_ffbd_7dc6,
    0x64d3_25d1_c537_1682,
    0xcadd_0ccc_fdff_bbe1,
    0x626e_33b8_d04b_4331,
    0xbbf7_3c79_0d94_f79d,
    0x471c_4ab3_ed3d_82a5,
    0xfec5_0770_5e4a_e6e5,
];

/// Four 64-bit lanes, lane 0 first.
pub type Row = [u64; 4];

/// The generator's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shishua {
    pub(crate) rows: [Row; 4],
    pub(crate) counter: Row,
}

impl Shishua {
    /// The warmed-up state of `block` of the run named by `seed`.
    pub fn new(seed: Seed, block: u64) -> Self {
        let mut generator = Self::initial(seed, block);
        for _ in 0..WARM_UP_ROUNDS {
            let [o0, o1, o2, o3] = generator.round();
            generator.rows = [o3, o2, o1, o0];
        }
        generator
    }

    /// The state before warm-up; no two (seed, block) share one.
    pub(crate) fn initial(seed: Seed, block: u64) -> Self {
        let [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15] = PHI;
        Self {
            rows: [
                [p0 ^ seed.0, p1, p2 ^ block, p3],
                [p4, p5, p6, p7],
                [p8, p9, p10, p11],
                [p12 ^ seed.0, p13, p14 ^ block, p15],
            ],
            counter: [0; 4],
        }
    }

    /// The next 32 words.
    pub fn next_round(&mut self) -> [u32; ROUND_WORDS] {
        let output = self.round();
        std::array::from_fn(|word| half(&output[word / 8], word % 8))
    }

    fn round(&mut self) -> [Row; 4] {
        self.rows[1] = add(self.rows[1], self.counter);
        self.rows[3] = add(self.rows[3], self.counter);
        self.counter = add(self.counter, INCREMENT);

        let shift = |row: Row, bits: u32| row.map(|lane| lane >> bits);
        let u =
            [shift(self.rows[0], 1), shift(self.rows[1], 3), shift(self.rows[2], 1), shift(self.rows[3], 3)];
        let t = [turn(self.rows[0], 5), turn(self.rows[1], 3), turn(self.rows[2], 5), turn(self.rows[3], 3)];
        self.rows = std::array::from_fn(|row| add(t[row], u[row]));
        let s = self.rows;
        [xor(u[0], t[1]), xor(u[2], t[3]), xor(s[0], s[3]), xor(s[2], s[1])]
    }
}

fn add(a: Row, b: Row) -> Row {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

fn xor(a: Row, b: Row) -> Row {
    std::array::from_fn(|lane| a[lane] ^ b[lane])
}

/// The 32-bit half `index` of a row, the low half of lane 0 being 0.
#[expect(clippy::cast_possible_truncation, reason = "the half is meant")]
fn half(row: &Row, index: usize) -> u32 {
    (row[index / 2] >> (32 * (index % 2))) as u32
}

/// The row's 32-bit halves, each taken from `by` places further on, round the end.
fn turn(row: Row, by: usize) -> Row {
    std::array::from_fn(|lane| {
        let [low, high] = [half(&row, (2 * lane + by) % 8), half(&row, (2 * lane + 1 + by) % 8)];
        u64::from(low) | u64::from(high) << 32
    })
}
