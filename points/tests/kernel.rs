//! The tree counts what the reference counts, natively with every instruction set of the processor, and in a browser's worker.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

use dartboard_points::kernel::reference;
use dartboard_points::kernel::tree::{self, Instructions};
use dartboard_points::stream::Stream;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use rand_core::Rng;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_dedicated_worker);

const EDGES: [u64; 10] =
    [0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 1 << 53, 1 << 63, (1 << 63) - 1, u64::MAX - 2, u64::MAX - 1];

fn one_block(block: u64) -> BlockRange {
    BlockRange::new(block, block + 1).expect("no edge is the last number")
}

/// How many of these pairs of a seed and a block each set of instructions counted as the reference does; fails if one did not.
fn agreed(pairs: &[(u64, u64)]) -> [usize; Instructions::ALL.len()] {
    let mut by = [0; Instructions::ALL.len()];
    for &(seed, block) in pairs {
        let (seed, blocks) = (Seed(seed), one_block(block));
        let expected = reference::tally(seed, blocks);
        assert_eq!(tree::tally(seed, blocks), expected, "seed {seed}, blocks {blocks}");
        for (instructions, by) in Instructions::ALL.into_iter().zip(&mut by) {
            if let Some(tally) = instructions.tally(seed, blocks) {
                assert_eq!(tally, expected, "{instructions:?}: seed {seed}, blocks {blocks}");
                *by += 1;
            }
        }
    }
    by
}

/// [`agreed`], on all cores.
#[cfg(not(target_arch = "wasm32"))]
fn agreed_by_all_cores(pairs: &[(u64, u64)]) -> [usize; Instructions::ALL.len()] {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            pairs.chunks(pairs.len().div_ceil(cores)).map(|part| scope.spawn(|| agreed(part))).collect();
        parts.into_iter().map(|part| part.join().expect("all agree")).fold(
            [0; Instructions::ALL.len()],
            |mut sum, by| {
                sum.iter_mut().zip(by).for_each(|(sum, by)| *sum += by);
                sum
            },
        )
    })
}

#[cfg(target_arch = "wasm32")]
use agreed as agreed_by_all_cores;

/// 10,100 pairs: edges with edges, and words of a stream.
#[test]
fn tree_and_reference_agree_on_single_blocks() {
    let mut draw = Stream::new(Seed(2_026), 0);
    let edges = EDGES.into_iter().flat_map(|seed| EDGES.map(|block| (seed, block)));
    let drawn = (0..10_000).map(|_| (draw.next_u64(), draw.next_u64() % (u64::MAX - 1)));
    let pairs: Vec<_> = edges.chain(drawn).collect();
    let by = agreed_by_all_cores(&pairs);
    // A processor may lack the faster ones; what it lacks is not passed over in silence.
    for (instructions, by) in Instructions::ALL.into_iter().zip(by) {
        match by {
            0 => println!("{instructions:?} left out: this processor lacks it"),
            by => assert_eq!(by, 10_100, "{instructions:?}"),
        }
    }
    assert!(by.contains(&10_100));
}

#[test]
fn a_ranges_tally_is_the_sum_of_its_blocks() {
    for (first, end) in [(0, 1), (0, 3), (7, 40), (u64::MAX - 9, u64::MAX)] {
        let whole = tree::tally(Seed(3), BlockRange::new(first, end).expect("not empty"));
        let sum = (first..end)
            .map(|block| reference::tally(Seed(3), one_block(block)))
            .fold(Tally::default(), |sum, block| sum + block);
        assert_eq!(whole, sum, "{first}..{end}");
    }
}
