//! The tree's parts against the definition, with each instruction set that this processor has.

use super::*;
use crate::kernel::Point;
use crate::kernel::lanes::portable::Portable;
use crate::kernel::reference;
use crate::stream::Stream;

/// Runs `test::<L>()` for each kind of lanes that this processor has; there is one at least.
macro_rules! by_all_lanes {
    ($test:ident) => {
        $test::<Portable>();
        #[cfg(target_arch = "wasm32")]
        $test::<Simd128>();
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx2() {
                $test::<x86::Avx2>();
            }
            if x86::has_avx512() {
                $test::<x86::Avx512>();
            }
        }
    };
}

/// What the definition and a block of any size say.
fn inside_by_definition(seed: Seed, block: u64, points: u32) -> usize {
    reference::points_of(seed, block, points).into_iter().filter(|point| point.is_inside()).count()
}

#[test]
fn the_generator_in_lanes_is_the_stream() {
    fn test<L: Lanes>() {
        let constants = L::constants();
        for (seed, block) in [(0, 0), (42, 1 << 63), (u64::MAX, u64::MAX)] {
            let mut generator = Generator::<L>::new(Seed(seed), block, &constants);
            let mut stream = Stream::new(Seed(seed), block);
            for step in 0..1_000 {
                assert_eq!(generator.step(&constants).words(), stream.step().words(), "step {step}");
            }
        }
    }
    by_all_lanes!(test);
}

/// With few darts most cells are empty, hold one, or fill a step to the last bit.
#[test]
fn blocks_of_any_size_are_counted_as_defined() {
    fn test<L: Lanes>() {
        for points in (0..40).chain([255, 256, 257, 511, 512, 1_000, 2_560, 12_345]) {
            for (seed, block) in [(7, 3), (u64::MAX, points.into())] {
                let counted = inside::<L>(Seed(seed), block, points, &L::constants());
                let expected = inside_by_definition(Seed(seed), block, points);
                assert_eq!(counted as usize, expected, "{points} of seed {seed}, block {block}");
            }
        }
    }
    by_all_lanes!(test);
    // Computed by another program, as the tallies that never change.
    let counts = [0, 1, 2, 31, 257, 1_000, 12_345].map(|points| inside_by_definition(Seed(7), 3, points));
    assert_eq!(counts, [0, 1, 2, 26, 212, 780, 9_653]);
}

#[test]
fn the_first_bits_are_so_many_ones() {
    fn test<L: Lanes>() {
        for n in 0..STEP_BITS {
            let words = first_bits::<L>(n).words();
            let ones = |word: u32| n.saturating_sub(32 * word).min(32);
            let expected = [0, 1, 2, 3, 4, 5, 6, 7]
                .map(|word| u32::try_from((1_u64 << ones(word)) - 1).expect("32 bits"));
            assert_eq!(words, expected, "{n}");
        }
    }
    by_all_lanes!(test);
}

/// t + MARGIN as the text defines it.
fn sum_by_definition(leaf: Cell, l: i16, m: i16) -> i128 {
    let at = |index: u8, half: i16| (2 * i128::from(index) + 1) * 32_768 + i128::from(half);
    let (x, y) = (at(leaf.cx, l), at(leaf.cy, m));
    (x * x + y * y - (1 << 42)).div_euclid(65_536) + i128::from(MARGIN)
}

fn word(l: i16, m: i16) -> u32 {
    u32::from(l.cast_unsigned()) | u32::from(m.cast_unsigned()) << 16
}

/// In each leaf, along all of the circle and at its corners: what the kernel takes for settled is so whatever the other
/// bits are, and what it takes for open it need not know.
#[test]
fn a_leafs_sums_settle_only_what_is_sure() {
    fn test<L: Lanes>() {
        let mut open = 0;
        for leaf in TABLE.leaves {
            let sums = Sums::<L>::new(leaf);
            let mut look = |l: i16, m: i16| {
                let sum = sums.of(L::splat_u32(word(l, m))).words()[7].cast_signed();
                assert_eq!(i128::from(sum), sum_by_definition(leaf, l, m), "{leaf:?}, {l}, {m}");
                let corners = [(0, 0), (0, 1_023), (1_023, 0), (1_023, 1_023)].map(|(low_x, low_y)| {
                    let place = |index: u8, half: i16, low| {
                        u32::from(index) << 26 | (u32::from(half.cast_unsigned()) ^ 0x8000) << 10 | low
                    };
                    Point { x: place(leaf.cx, l, low_x), y: place(leaf.cy, m, low_y) }.is_inside()
                });
                match sum {
                    ..0 => assert_eq!(corners, [true; 4], "{leaf:?}, {l}, {m}"),
                    0..92 => open += 1,
                    92.. => assert_eq!(corners, [false; 4], "{leaf:?}, {l}, {m}"),
                }
            };
            for l in (i16::MIN..=i16::MAX).step_by(61).chain([-1, 0, i16::MAX]) {
                // The sums rise with m: where the circle is, both margins are.
                let crossing = (i32::from(i16::MIN)..=i32::from(i16::MAX))
                    .collect::<Vec<_>>()
                    .partition_point(|&m| sum_by_definition(leaf, l, i16::try_from(m).unwrap()) < 46);
                let crossing = i32::try_from(crossing).unwrap() - 32_768;
                for m in crossing - 150..=crossing + 150 {
                    if let Ok(m) = i16::try_from(m) {
                        look(l, m);
                    }
                }
                look(l, i16::MIN);
                look(l, i16::MAX);
            }
        }
        assert!(open > 50_000, "only {open}");
    }
    by_all_lanes!(test);
}

/// 2³¹, which has the sign bit set, is shifted as a number without sign.
#[test]
fn the_square_of_the_lowest_halves_is_positive() {
    fn test<L: Lanes>() {
        let lowest = L::splat_u32(0x8000_8000);
        assert_eq!(lowest.dot_i16(lowest).shift_right_16().words(), [0x8000; 8]);
    }
    by_all_lanes!(test);
}

/// Over a hundred darts of these blocks were open, and the tally is right with them.
#[test]
fn open_darts_are_decided_by_all_their_bits() {
    fn test<L: Lanes>() {
        let constants = L::constants();
        let (mut open, mut open_and_inside) = (0, 0);
        for block in 0..1_000 {
            let seed = Seed(77);
            let low_words = LowWords::new(seed, block);
            let mut generator = Generator::<L>::new(seed, block, &constants);
            let at_leaves = generator;
            let mut in_all_leaves = Expected { settled: 0, open: 0, open_inside: 0 };
            for leaf in TABLE.leaves {
                let start = generator;
                let expected = leaf_by_definition(start, 97, leaf, low_words, &constants);
                let (mut negatives, mut least) = (L::no_negatives(), L::most());
                look_at_leaf(&mut generator, 97, leaf, &mut negatives, &mut least, &constants);
                // Seven fill the last step.
                assert_eq!(L::number_of(negatives), expected.settled + 7, "{leaf:?} of block {block}");
                assert_eq!(L::is_below(least, MARGIN), expected.open > 0, "{leaf:?} of block {block}");
                let counted = open_in_leaf(start, 97, leaf, low_words, &constants);
                assert_eq!(counted, expected.open_inside, "{leaf:?} of block {block}");
                in_all_leaves.settled += expected.settled;
                in_all_leaves.open += expected.open;
                in_all_leaves.open_inside += expected.open_inside;
            }
            let darts = [97; TABLE.leaves.len()];
            let found = look_at_leaves(at_leaves, &darts, &constants);
            assert_eq!(found, (in_all_leaves.settled, in_all_leaves.open > 0), "block {block}");
            let counted = open_inside(at_leaves, &darts, low_words, &constants);
            assert_eq!(counted, in_all_leaves.open_inside, "block {block}");
            open += in_all_leaves.open;
            open_and_inside += in_all_leaves.open_inside;
        }
        assert!(open > 50, "only {open}");
        assert!((open / 5..open * 4 / 5).contains(&open_and_inside), "{open_and_inside} of {open}");
    }
    by_all_lanes!(test);
}

struct Expected {
    settled: u32,
    open: u32,
    open_inside: u32,
}

fn leaf_by_definition<L: Lanes>(
    mut generator: Generator<L>,
    n: u32,
    leaf: Cell,
    low_words: LowWords,
    constants: &L::Constants,
) -> Expected {
    let mut expected = Expected { settled: 0, open: 0, open_inside: 0 };
    let mut words = [0; 8];
    for rank in 0..n {
        if rank % 8 == 0 {
            words = generator.step(constants).words();
        }
        let word = words[rank as usize % 8];
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let is_open = (0..92).contains(&sum_by_definition(leaf, word as i16, (word >> 16) as i16));
        let is_inside = u32::from(leaf.leaf_point(word, rank, low_words).is_inside());
        if is_open {
            expected.open += 1;
            expected.open_inside += is_inside;
        } else {
            expected.settled += is_inside;
        }
    }
    expected
}

/// What is looked at is counted where it is negative, and the least is found wherever it stands.
#[test]
fn negative_words_are_counted_and_the_least_is_found() {
    fn test<L: Lanes>() {
        for place in 0..8 {
            for (word, is_below) in [
                (0, true),
                (91, true),
                (92, false),
                (93, false),
                (1 << 16, false),
                (i32::MAX, false),
                (-1, false),
                (i32::MIN, false),
            ] {
                let mut words = [0x1234_5678; 8];
                words[place] = word.cast_unsigned();
                let lanes = [0, 1, 2, 3]
                    .map(|lane| u64::from(words[2 * lane]) | u64::from(words[2 * lane + 1]) << 32);
                let (mut negatives, mut least) = (L::no_negatives(), L::most());
                for _ in 0..20_000 {
                    L::new(lanes).look(&mut negatives, &mut least);
                }
                assert_eq!(L::number_of(negatives), if word < 0 { 20_000 } else { 0 }, "{word} at {place}");
                assert_eq!(L::is_below(least, 92), is_below, "{word} at {place}");
            }
        }
    }
    by_all_lanes!(test);
}
