//! The vectors of the wide kernel lane by lane.

use super::*;
use crate::stream::Stream;
use rand_core::Rng;

#[test]
fn the_generator_in_vectors_is_the_stream() {
    for (seed, block) in [(0, 0), (42, 1 << 63), (u64::MAX, u64::MAX)] {
        let constants = Constants::new();
        let mut generator = Generator::new(Seed(seed), block, &constants);
        let mut stream = Stream::new(Seed(seed), block);
        for round in 0..1_000 {
            let words = generator.words(&constants);
            assert_eq!(words, [(); 32].map(|()| stream.next_u32()), "round {round}");
            generator.round(&constants, |_| ());
        }
    }
}

// Fails with: a generator that is measured and does not do its work.
#[test]
fn folding_takes_in_every_leading_word_once() {
    for (first, end) in [(0, 1), (7, 9)] {
        let mut expected = 0;
        for block in first..end {
            let mut stream = Stream::new(Seed(42), block);
            expected = (0..BLOCK_POINTS / 2).fold(expected, |fold, _| fold ^ stream.next_u64());
        }
        assert_eq!(fold_words(Seed(42), BlockRange::new(first, end).unwrap()), expected);
    }
}

/// g of every pair of leading halves round the circle, on its axes and at the square's corners, as the text defines it.
#[test]
fn sides_tell_what_the_leading_halves_decide() {
    let constants = Constants::new();
    let mut columns: Vec<i32> = (-32_768..=32_767).step_by(17).collect();
    columns.extend([-32_768, -32_767, -1, 0, 1, 32_766, 32_767]);
    for a in columns {
        let circle = ((1 << 30) - a * a).isqrt();
        for b in (circle - 6..=circle + 6).flat_map(|b| [b, -b]).chain([-32_768, 0, 32_767]) {
            let (Ok(a), Ok(b)) = (i16::try_from(a), i16::try_from(b)) else { continue };
            let word = u32::from(a.cast_unsigned()) | u32::from(b.cast_unsigned()) << 16;
            let words = Lanes::from_u64x2([u64::from(word) | u64::from(word) << 32; 2]);
            let g = g(words, words, &constants).saturate_to_i8(Lanes::splat_u8(0));
            let is_sure = g.signs_i8() & 1 == 1;
            let straddles = g.which_u8_at_most(constants.last_straddling).signs_i8() & 1 == 1;
            let corners =
                [0, 0xffff, 0xffff_0000, u32::MAX].map(|low| Point::from_words(word, low).is_inside());
            match (is_sure, straddles) {
                (true, false) => assert_eq!(corners, [true; 4], "{a}, {b}"),
                (false, false) => assert_eq!(corners, [false; 4], "{a}, {b}"),
                (false, true) => {}
                (true, true) => panic!("{a}, {b} cannot be both"),
            }
        }
    }
}

/// Each of the 32 points is found at its own byte.
#[test]
fn bytes_name_their_points() {
    let mut points: Vec<_> = (0..ROUND_POINTS).map(point_of_byte).collect();
    points.sort_unstable();
    assert_eq!(points, (0..ROUND_POINTS).collect::<Vec<_>>());
    assert_eq!([0, 1, 2, 8, 31].map(point_of_byte), [0, 4, 1, 8, 31]);
}
