//! The wide kernel counts what the reference counts, natively and in a browser's worker.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

use dartboard_points::kernel::{Point, reference, wide};
use dartboard_points::stream::{LowWords, Stream};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use rand_core::Rng;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_dedicated_worker);

const EDGES: [u64; 10] =
    [0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 1 << 53, 1 << 63, (1 << 63) - 1, u64::MAX - 2, u64::MAX - 1];

fn one_block(block: u64) -> BlockRange {
    BlockRange::new(block, block + 1).expect("no edge is the last number")
}

/// 10,100 pairs: edges with edges, and words of a stream.
#[test]
fn wide_and_reference_agree_on_single_blocks() {
    let mut draw = Stream::new(Seed(2_026), 0);
    let edges = EDGES.into_iter().flat_map(|seed| EDGES.map(|block| (seed, block)));
    let drawn = (0..10_000).map(|_| (draw.next_u64(), draw.next_u64() % (u64::MAX - 1)));
    for (seed, block) in edges.chain(drawn) {
        let (seed, blocks) = (Seed(seed), one_block(block));
        assert_eq!(wide::tally(seed, blocks), reference::tally(seed, blocks), "seed {seed}, blocks {blocks}");
    }
}

#[test]
fn a_ranges_tally_is_the_sum_of_its_blocks() {
    for (first, end) in [(0, 1), (0, 3), (7, 40), (u64::MAX - 9, u64::MAX)] {
        let whole = wide::tally(Seed(3), BlockRange::new(first, end).expect("not empty"));
        let sum = (first..end)
            .map(|block| reference::tally(Seed(3), one_block(block)))
            .fold(Tally::default(), |sum, block| sum + block);
        assert_eq!(whole, sum, "{first}..{end}");
    }
}

/// Points whose leading words leave open whether they are inside, in blocks where the kernels agree.
///
/// Over 5,000 of them must have come up, and both answers among them; one wrong decision changes a block's tally.
#[test]
fn wide_and_reference_agree_on_points_that_straddle_the_circle() {
    let (mut straddling, mut inside) = (0, 0);
    for block in 0..1_000 {
        let seed = Seed(77);
        let mut leading_words = Stream::new(seed, block);
        let low_words = LowWords::new(seed, block);
        for point in 0..u32::try_from(BLOCK_POINTS).expect("100,000 points") {
            let leading = leading_words.next_u32();
            let corners =
                [0, 0xffff, 0xffff_0000, u32::MAX].map(|low| Point::from_words(leading, low).is_inside());
            if corners != [corners[0]; 4] {
                straddling += 1;
                inside += u32::from(Point::from_words(leading, low_words.word(point)).is_inside());
            }
        }
        assert_eq!(wide::tally(seed, one_block(block)), reference::tally(seed, one_block(block)), "{block}");
    }
    assert!(straddling > 5_000, "only {straddling}");
    assert!((straddling * 2 / 5..straddling * 3 / 5).contains(&inside), "{inside} of {straddling}");
}
