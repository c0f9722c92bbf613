//! A test that SHISHUA fails where it is seeded anew for many short blocks, and the stream should not:
//! `cargo run --release -p dartboard-points --example rank -- shishua|stream LOW ROUNDS [MATRICES [SEED]]`.
//!
//! The lowest LOW (4 or 8) of the 32-bit words fill matrices of 1,024 by 1,024 bits; a block gives ROUNDS times 1,024
//! bits, then comes the next block. A random matrix has full rank with probability 0.289, one less with 0.578, two less
//! with 0.128 (G. Marsaglia, L.-H. Tsay, "Matrices and the structure of random number sequences", 1985). Bits related by
//! parity leave a larger deficit.

fn main() -> std::process::ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return native::main();
    #[cfg(target_arch = "wasm32")]
    std::process::ExitCode::SUCCESS
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::process::ExitCode;

    use dartboard_points::decimal::parse_u64;
    use dartboard_points::stream::{Step, Stream};
    use dartboard_points::tally::Seed;
    use rand_core::Rng;
    use shishua::ShiShuAState;

    const SIDE: usize = 1_024;
    const ROW_WORDS: usize = SIDE / 64;
    /// Probabilities of deficits 0, 1, 2, and 3 or more.
    const PROBABILITIES: [f64; 4] = [0.288_788, 0.577_576, 0.128_350, 0.005_286];

    /// The words of so many rounds of each block, one block after another.
    struct Words<F> {
        of_block: F,
        waiting: Vec<u32>,
        block: u64,
    }

    impl<F: Fn(u64) -> Vec<u32>> Words<F> {
        fn next(&mut self) -> u32 {
            loop {
                if let Some(word) = self.waiting.pop() {
                    return word;
                }
                self.waiting = (self.of_block)(self.block);
                self.waiting.reverse();
                self.block += 1;
            }
        }

        fn matrix(&mut self, low_bits: u32) -> Vec<[u64; ROW_WORDS]> {
            let mut row = || {
                let mut row = [0; ROW_WORDS];
                for word in &mut row {
                    for place in (0..64).step_by(low_bits as usize) {
                        *word |= u64::from(self.next() & ((1 << low_bits) - 1)) << place;
                    }
                }
                row
            };
            (0..SIDE).map(|_| row()).collect()
        }
    }

    fn rank(mut rows: Vec<[u64; ROW_WORDS]>) -> usize {
        let mut rank = 0;
        for column in 0..SIDE {
            let has = |row: &[u64; ROW_WORDS]| row[column / 64] >> (column % 64) & 1 == 1;
            let Some(pivot) = (rank..SIDE).find(|&row| has(&rows[row])) else { continue };
            rows.swap(rank, pivot);
            let pivot = rows[rank];
            for row in rows[rank + 1..].iter_mut().filter(|row| has(row)) {
                for (word, pivot) in row.iter_mut().zip(pivot) {
                    *word ^= pivot;
                }
            }
            rank += 1;
        }
        rank
    }

    fn of_stream(seed: u64, rounds: usize) -> impl Fn(u64) -> Vec<u32> {
        move |block| {
            let mut stream = Stream::new(Seed(seed), block);
            (0..1_024 / Step::BITS * rounds * Step::WORDS).map(|_| stream.next_u32()).collect()
        }
    }

    fn of_shishua(seed: u64, rounds: usize) -> impl Fn(u64) -> Vec<u32> {
        move |block| {
            let mut generator = ShiShuAState::new([seed, block, 0, 0]);
            let outputs = (0..rounds).flat_map(|_| generator.round_unpack());
            #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
            outputs.flat_map(|output| [output as u32, (output >> 32) as u32]).collect()
        }
    }

    fn deficits(mut words: Words<impl Fn(u64) -> Vec<u32>>, low_bits: u32, matrices: u64) -> Vec<u64> {
        let mut counts = vec![0; 12];
        for _ in 0..matrices {
            let deficit = SIDE - rank(words.matrix(low_bits));
            counts[deficit.min(11)] += 1;
        }
        counts
    }

    pub(super) fn main() -> ExitCode {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let number = |index: usize, absent: u64| {
            arguments
                .get(index)
                .map_or(Some(absent), |text| parse_u64(text))
                .filter(|&number| number > 0 || index == 4)
        };
        let of = arguments.first().map(String::as_str).filter(|of| ["stream", "shishua"].contains(of));
        let low_bits =
            number(1, 0).filter(|bits| [4, 8].contains(bits)).and_then(|bits| u32::try_from(bits).ok());
        let rounds = number(2, 0).and_then(|rounds| usize::try_from(rounds).ok());
        let (Some(of), Some(low_bits), Some(rounds), Some(matrices), Some(seed), ..=5) =
            (of, low_bits, rounds, number(3, 200), number(4, 42), arguments.len())
        else {
            eprintln!("usage: rank shishua|stream 4|8 ROUNDS [MATRICES [SEED]]");
            return ExitCode::from(2);
        };
        let counts = if of == "stream" {
            deficits(
                Words { of_block: of_stream(seed, rounds), waiting: Vec::new(), block: 0 },
                low_bits,
                matrices,
            )
        } else {
            deficits(
                Words { of_block: of_shishua(seed, rounds), waiting: Vec::new(), block: 0 },
                low_bits,
                matrices,
            )
        };
        let binned = [counts[0], counts[1], counts[2], counts[3..].iter().sum()];
        let chi_squared: f64 = binned
            .into_iter()
            .zip(PROBABILITIES)
            .map(|(count, probability)| {
                let expected = probability * matrices as f64;
                (count as f64 - expected).powi(2) / expected
            })
            .sum();
        println!("{of}, seed {seed}, low {low_bits} bits, blocks of {rounds} rounds, {matrices} matrices");
        println!("deficits 0, 1, 2, … 11 and more: {counts:?}");
        // Of three degrees of freedom, exceeded by chance once in a million.
        let sound = chi_squared < 30.66;
        println!("χ² = {chi_squared:.1}: {}", if sound { "as random" } else { "NOT as random" });
        if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
