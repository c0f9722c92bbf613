//! The stream against another program's numbers and published ones, and its own stability.

use proptest::prelude::*;
use rand_core::Rng;

use super::philox::philox4x32_10;
use super::*;

/// One step of sfc64 as the definition writes it.
fn stepped([a, b, c, counter]: [u64; 4]) -> ([u64; 4], u64) {
    let output = a.wrapping_add(b).wrapping_add(counter);
    let c_next = c.rotate_left(24).wrapping_add(output);
    ([b ^ (b >> 11), c.wrapping_add(c << 3), c_next, counter.wrapping_add(1)], output)
}

/// The state before a step, by the state after it.
fn stepped_back([a, b, c, counter]: [u64; 4]) -> [u64; 4] {
    // b ^ (b >> 11) undone bits of 11 at a time; c + (c << 3) is c · 9, and 9 has an inverse.
    let b_before = (0..6).fold(a, |b, _| a ^ (b >> 11));
    let c_before = b.wrapping_mul(0x8e38_e38e_38e3_8e39);
    let output = c.wrapping_sub(c_before.rotate_left(24));
    let counter = counter.wrapping_sub(1);
    [output.wrapping_sub(b_before).wrapping_sub(counter), b_before, c_before, counter]
}

proptest! {
    /// The definition's own words, against the generator of the Rand project.
    #[test]
    fn lanes_are_the_published_sfc64(seed: u64, block: u64) {
        let mut stream = Stream::new(Seed(seed), block);
        let mut lanes = [0, 1, 2, 3].map(|lane| [seed, block, lane, 1]);
        for step in 0..200 {
            let outputs = lanes.each_mut().map(|lane| {
                let output;
                (*lane, output) = stepped(*lane);
                output
            });
            if step >= DISCARDED_STEPS {
                prop_assert_eq!(stream.step(), Step(outputs));
            }
        }
    }

    /// With the counter in the state, this is what keeps two streams from ever sharing one.
    #[test]
    fn a_step_can_be_undone(state: [u64; 4]) {
        prop_assert_eq!(stepped_back(stepped(state).0), state);
    }

    #[test]
    fn low_words_are_those_of_the_published_philox(seed: u64, block: u64, cell: u32, rank: u32) {
        let [counter, key] = [halves(block), halves(seed)];
        let [x, y, _, _] = rand_philox::philox4x32_10([rank, cell, counter[0], counter[1]], key);
        prop_assert_eq!(LowWords::new(Seed(seed), block).of(cell, rank), [x, y]);
    }

    #[test]
    fn bits_words_and_bytes_are_one_stream(seed: u64, block: u64, length in 0..300_usize) {
        let mut bytes = vec![0; length];
        Stream::new(Seed(seed), block).fill_bytes(&mut bytes);
        let mut words = Stream::from_seed(((u128::from(block) << 64) | u128::from(seed)).to_le_bytes());
        for piece in bytes.chunks(4) {
            prop_assert_eq!(piece, &words.next_u32().to_le_bytes()[..piece.len()]);
        }
        let (mut steps, mut words) = (Stream::new(Seed(seed), block), Stream::new(Seed(seed), block));
        for _ in 0..3 {
            let step = steps.step();
            for word in step.words() {
                prop_assert_eq!(words.next_u32(), word);
            }
            for bit in 0..Step::BITS {
                prop_assert_eq!(step.bit(bit), usize::from(step.words()[bit / 32] >> (bit % 32) & 1 == 1));
            }
        }
        let mut one_by_one = words.clone();
        let pair = [one_by_one.next_u32(), one_by_one.next_u32()];
        prop_assert_eq!(halves(words.clone().next_u64()), pair);
        // A step is whole even where words were read before it.
        words.next_u32();
        steps.step();
        prop_assert_eq!(words.step(), steps.step());
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

/// No output of one stream's first steps comes in another's: 64 bits in a row are met again once in 10¹² tries.
#[test]
fn neighbouring_seeds_blocks_and_lanes_share_no_output() {
    let mut seen = std::collections::HashSet::new();
    let edges = [0, 1, 2, u64::from(u32::MAX), 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX];
    for seed in edges {
        for block in edges {
            for (seed, block) in [(seed, block), (seed.wrapping_add(7), block), (seed, block.wrapping_add(7))]
            {
                let mut stream = Stream::new(Seed(seed), block);
                for step in 0..200 {
                    for output in stream.step().0 {
                        assert!(seen.insert(output), "seed {seed}, block {block}, step {step}");
                    }
                }
            }
        }
    }
}

/// Computed by another program, written in Python from the module's text alone.
/// A change of these is a breaking change: every published count of every run changes with them.
#[test]
fn the_first_bits_never_change() {
    let first = |seed, block| {
        let mut stream = Stream::new(Seed(seed), block);
        [(); 2].map(|()| stream.step().0)
    };
    assert_eq!(
        first(0, 0),
        [
            [
                15_821_317_571_115_833_757,
                9_895_250_682_254_694_990,
                7_117_490_723_583_114_009,
                1_545_867_195_978_416_322
            ],
            [
                10_375_476_962_501_160_791,
                6_740_700_866_131_628_520,
                11_713_325_451_484_903_760,
                8_878_217_495_194_367_824
            ],
        ]
    );
    assert_eq!(
        first(42, 7),
        [
            [
                8_613_256_247_042_363_784,
                2_690_944_978_869_844_953,
                457_802_540_896_751_115,
                15_508_959_361_789_480_421
            ],
            [
                9_920_955_804_338_113_904,
                5_531_217_555_182_753_855,
                17_438_674_224_840_716_201,
                8_836_576_415_542_631_679
            ],
        ]
    );
    assert_eq!(
        first(u64::MAX, u64::MAX),
        [
            [
                7_907_225_189_413_297_521,
                8_407_223_971_870_128_042,
                15_687_170_506_371_040_856,
                6_221_095_419_754_940_135
            ],
            [
                10_739_249_226_337_044_752,
                3_781_594_376_616_155_545,
                8_220_195_597_454_823_941,
                9_550_389_659_016_668_554
            ],
        ]
    );
    // Of seed 2·2³² + 1 and block 9·2³² + 7.
    let low_words = LowWords::new(Seed(2 << 32 | 1), 9 << 32 | 7);
    assert_eq!(low_words.of(5, 3), [328_025_632, 2_614_598_463]);
}
