//! The stream against published implementations of its two generators, and its own stability.

use ::shishua::ShiShuAState;
use proptest::prelude::*;
use rand_core::Rng;

use super::philox::{halves, philox4x32_10};
use super::*;

proptest! {
    #[test]
    fn leading_words_are_those_of_the_published_shishua_after_its_first_128_bytes(seed: u64, block: u64) {
        let mut published = ShiShuAState::new([seed, block, 0, 0]);
        published.round_unpack();
        let mut stream = Stream::new(Seed(seed), block);
        for _ in 0..50 {
            for word in published.round_unpack() {
                prop_assert_eq!(stream.next_u64(), word);
            }
        }
    }

    #[test]
    fn low_words_are_those_of_the_published_philox(seed: u64, block: u64, point in 0..100_000_u32) {
        let [counter, key] = [halves(block), halves(seed)];
        let published = rand_philox::philox4x32_10([point / 4, 0, counter[0], counter[1]], key);
        prop_assert_eq!(LowWords::new(Seed(seed), block).word(point), published[point as usize % 4]);
    }

    #[test]
    fn initial_states_give_seed_and_block_back(seed: u64, block: u64) {
        let Shishua { rows, counter } = Shishua::initial(Seed(seed), block);
        prop_assert_eq!((rows[0][0] ^ shishua::PHI[0], rows[0][2] ^ shishua::PHI[2]), (seed, block));
        prop_assert_eq!(counter, [0; 4]);
    }

    #[test]
    fn bytes_and_words_are_one_stream(seed: u64, block: u64, length in 0..300_usize) {
        let mut bytes = vec![0; length];
        Stream::new(Seed(seed), block).fill_bytes(&mut bytes);
        let mut words = Stream::from_seed(((u128::from(block) << 64) | u128::from(seed)).to_le_bytes());
        for piece in bytes.chunks(4) {
            prop_assert_eq!(piece, &words.next_u32().to_le_bytes()[..piece.len()]);
        }
    }
}

#[test]
fn philox_meets_the_known_answers_of_random123() {
    assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(
        philox4x32_10([u32::MAX; 4], [u32::MAX; 2]),
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    );
    assert_eq!(
        philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    );
}

/// No state of one stream's first rounds is met in another's: not in order, not shifted by rounds.
#[test]
fn neighbouring_seeds_and_blocks_share_no_state() {
    let mut seen = std::collections::HashSet::new();
    let edges = [0, 1, 2, u64::from(u32::MAX), 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX];
    for seed in edges {
        for block in edges {
            for (seed, block) in [(seed, block), (seed.wrapping_add(7), block), (seed, block.wrapping_add(7))]
            {
                let mut generator = Shishua::new(Seed(seed), block);
                for round in 0..200 {
                    assert!(seen.insert(generator.rows), "seed {seed}, block {block}, round {round}");
                    generator.next_round();
                }
            }
        }
    }
    let state = |seed, block| Shishua::new(Seed(seed), block).rows;
    for base in edges {
        assert_ne!(state(base.wrapping_add(1), base), state(base, base.wrapping_add(1)));
    }
}

/// Computed by another program, written in Python from the module's text alone.
/// A change of these is a breaking change: every published count of every run changes with them.
#[test]
fn the_first_words_never_change() {
    let first = |seed, block| {
        let mut stream = Stream::new(Seed(seed), block);
        let low = LowWords::new(Seed(seed), block);
        ([(); 4].map(|()| stream.next_u32()), [0, 1, 4, 99_999].map(|point| low.word(point)))
    };
    assert_eq!(
        first(0, 0),
        (
            [2_138_743_310, 1_905_001_419, 2_097_530_850, 2_485_448_591],
            [1_713_891_541, 3_781_805_453, 4_175_744_164, 703_016_105]
        )
    );
    assert_eq!(
        first(42, 7),
        (
            [581_046_367, 3_195_173_621, 1_627_883_781, 4_285_414_307],
            [1_743_679_276, 3_847_491_788, 3_856_525_632, 934_056_488]
        )
    );
    assert_eq!(
        first(u64::MAX, u64::MAX),
        (
            [3_925_307_101, 1_049_513_607, 3_354_927_504, 2_797_489_904],
            [1_027_334_919, 1_902_740_438, 2_469_823_688, 4_280_082_051]
        )
    );
}
