//! Gross faults of the randomness, as a run would show them. Seeds are fixed, so that no test fails by chance.
//!
//! That tallies are exact is not shown here but by `tests/lattice.rs` and `tests/kernel.rs`;
//! finer faults are what the outside batteries look for (`docs/randomness.md`).
#![cfg(not(target_arch = "wasm32"))]

use std::f64::consts::FRAC_PI_4;
use std::sync::LazyLock;

use dartboard_points::kernel::{points, tally};
use dartboard_points::stream::{LowWords, Stream};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use rand_core::Rng;
use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF, Normal};
use statrs::statistics::Statistics;

mod cell_statistics;

const SEEDS: u64 = 4_096;
/// Blocks counted of each seed, from block 0 on.
const BLOCKS: usize = 16;
/// A sound generator falls below this once in ten thousand sets of seeds; the fixed ones do not.
const LEAST_P_VALUE: f64 = 1e-4;

/// Tallies of the blocks of seeds 0, 1, 2, …
static TALLIES: LazyLock<Vec<[Tally; BLOCKS]>> = LazyLock::new(|| {
    let block = |seed, block| tally(Seed(seed), BlockRange::new(block, block + 1).expect("one block"));
    (0..SEEDS).map(|seed| std::array::from_fn(|index| block(seed, index as u64))).collect()
});

fn sum(blocks: &[Tally]) -> Tally {
    blocks.iter().fold(Tally::default(), |sum, &block| sum + block)
}

/// How many standard deviations a tally is off π/4.
fn z_score(Tally { points, inside }: Tally) -> f64 {
    let points = points as f64;
    (inside as f64 - points * FRAC_PI_4) / (points * FRAC_PI_4 * (1.0 - FRAC_PI_4)).sqrt()
}

/// Both tails: too even is as suspect as too uneven.
fn assert_chi_squared(statistic: f64, degrees_of_freedom: usize, what: &str) {
    let below = ChiSquared::new(degrees_of_freedom as f64).expect("at least one degree").cdf(statistic);
    assert!((LEAST_P_VALUE..=1.0 - LEAST_P_VALUE).contains(&below), "{what}: χ² = {statistic}, P = {below}");
}

fn chi_squared(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum()
}

#[test]
fn z_scores_of_seeds_are_standard_normal() {
    let normal = Normal::standard();
    let mut counts = [0; 64];
    let mut sum_of_squares = 0.0;
    for blocks in TALLIES.iter() {
        let z = z_score(sum(blocks));
        sum_of_squares += z * z;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the bins")]
        let bin = (normal.cdf(z) * counts.len() as f64) as usize;
        counts[bin] += 1;
    }
    assert_chi_squared(chi_squared(&counts), counts.len() - 1, "shape");
    assert_chi_squared(sum_of_squares, TALLIES.len(), "spread");
}

/// The interval that the page shows: estimate ± 1.96 standard errors, both from the tally.
#[test]
fn intervals_of_95_percent_cover_pi_as_often_as_they_say() {
    let half_width = Normal::standard().inverse_cdf(0.975);
    let covering = TALLIES.iter().filter(|blocks| {
        let Tally { points, inside } = sum(&blocks[..]);
        let (points, share) = (points as f64, inside as f64 / points as f64);
        (share - FRAC_PI_4).abs() < half_width * (share * (1.0 - share) / points).sqrt()
    });
    let (covering, binomial) = (covering.count() as u64, Binomial::new(0.95, SEEDS).expect("a probability"));
    let p_value = binomial.cdf(covering).min(binomial.sf(covering));
    assert!(p_value > LEAST_P_VALUE, "{covering} of {SEEDS} cover π");
}

#[test]
fn neighbouring_blocks_and_seeds_are_uncorrelated() {
    let z: Vec<Vec<f64>> =
        TALLIES.iter().map(|blocks| blocks.iter().map(|&block| z_score(block)).collect()).collect();
    let blocks = z.iter().flat_map(|blocks| blocks.windows(2).map(|pair| (pair[0], pair[1])));
    let seeds = z.windows(2).flat_map(|seeds| seeds[0].iter().copied().zip(seeds[1].iter().copied()));
    // (s, b + 1) with (s + 1, b): the same sum of seed and block.
    let diagonal = z.windows(2).flat_map(|seeds| seeds[0][1..].iter().copied().zip(seeds[1].iter().copied()));
    for (what, pairs) in [
        ("blocks", blocks.collect::<Vec<_>>()),
        ("seeds", seeds.collect()),
        ("seed and block", diagonal.collect()),
    ] {
        let products = pairs.iter().map(|(a, b)| a * b);
        // Products of independent standard normal values have mean 0 and variance 1.
        let deviations = products.mean() * (pairs.len() as f64).sqrt();
        assert!(deviations.abs() < 4.0, "{what}: {deviations} standard deviations");
    }
}

/// Each bit of neighbouring streams' words agrees as often as not.
#[test]
fn words_of_neighbouring_streams_differ_in_half_of_their_bits() {
    const WORDS: u32 = 20_000;
    let leading = |seed: u64, block: u64| {
        let mut stream = Stream::new(Seed(seed), block);
        (0..WORDS).map(|_| stream.next_u32()).collect::<Vec<_>>()
    };
    let low = |seed: u64, block: u64| {
        let low_words = LowWords::new(Seed(seed), block);
        (0..WORDS).map(|rank| low_words.of(1_024 + rank % 7, rank)[rank as usize % 2]).collect::<Vec<_>>()
    };
    for base in [0, 1, 255, u64::from(u32::MAX), u64::MAX - 1] {
        let next = base + 1;
        let pairs = [
            (leading(base, base), leading(base, next)),
            (leading(base, base), leading(next, base)),
            (leading(base, next), leading(next, base)),
            (low(base, base), low(base, next)),
            (low(base, base), low(next, base)),
            (low(base, next), low(next, base)),
            (leading(base, base), low(base, base)),
        ];
        for (number, (a, b)) in pairs.iter().enumerate() {
            for bit in 0..32 {
                let differing = a.iter().zip(b).filter(|(a, b)| (*a ^ *b) >> bit & 1 == 1).count();
                let z = (differing as f64 - f64::from(WORDS) / 2.0) / (f64::from(WORDS) / 4.0).sqrt();
                assert!(z.abs() < 5.0, "pair {number} at {base}, bit {bit}: {z} standard deviations");
            }
        }
    }
}

/// All 31 bits of both coordinates, eight and at last seven at a time, over 10 million points.
#[test]
fn coordinates_are_uniform() {
    let mut counts = [[0; 256]; 8];
    for point in (0..100).flat_map(|block| points(Seed(11), block)) {
        let bytes = [point.x, point.y].into_iter().flat_map(|index| (index << 1).to_be_bytes());
        for (counts, byte) in counts.iter_mut().zip(bytes) {
            counts[usize::from(byte)] += 1;
        }
    }
    for (byte, counts) in counts.iter().enumerate() {
        assert_eq!(counts.iter().sum::<u64>(), 100 * BLOCK_POINTS);
        // Of the last byte the lowest bit is 0.
        let step = if byte % 4 == 3 { 2 } else { 1 };
        let counts: Vec<u64> = counts.iter().copied().step_by(step).collect();
        assert_chi_squared(chi_squared(&counts), counts.len() - 1, &format!("byte {byte}"));
    }
}

/// 12,800 blocks; `examples/cells.rs` looks at a million.
#[test]
fn cells_send_half_of_their_darts_to_each_half() {
    for finding in cell_statistics::look(7, 64, 200) {
        let below = finding.probability_below();
        assert!(
            (LEAST_P_VALUE..=1.0 - LEAST_P_VALUE).contains(&below),
            "{}: {finding:?}, P = {below}",
            finding.what
        );
        assert!(finding.farthest.abs() < 5.5, "{finding:?}");
    }
}
