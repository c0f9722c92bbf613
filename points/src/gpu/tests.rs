//! What the program is given. Whether it counts right is tested where there is an executor: in `node/src/gpu`, and in browsers.

use std::collections::BTreeMap;

use super::*;
use crate::kernel::cells::{INSIDE, OUTSIDE};

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
}

#[test]
fn a_job_is_eight_little_endian_words() {
    let job = Job {
        seed: Seed(0x0102_0304_0506_0708),
        first: 0xf1f2_f3f4_f5f6_f7f8,
        blocks: 9,
        points: 100_000,
        slice: Slice { begin: 11, end: 12 },
    };
    let expected = [0x0506_0708, 0x0102_0304, 0xf5f6_f7f8, 0xf1f2_f3f4, 9, 100_000, 11, 12];
    assert_eq!(words(&job.bytes()), expected);
    assert_eq!(Job::new(Seed(1), 2, 3, Slice::WHOLE).points, 100_000);
}

/// The program finds each cell by its own number, and no cell's darts are overwritten before it has read them.
#[test]
fn the_cells_and_their_places_in_the_ring() {
    let words = words(&cells());
    let cells: Vec<[u32; 4]> = words.as_chunks().0.to_vec();
    assert_eq!(cells.len(), INNER_CELLS + LEAVES);
    // The number of the cell whose darts a row holds, and what has been made of the halves.
    let mut rows = BTreeMap::from([(FIRST_RING_ROW, 1)]);
    let (mut most, mut settled) = (0, [0; 2]);
    for (index, &[number, widths, place, in_rows]) in cells.iter().enumerate() {
        let pair = |pair: u32| [pair, pair >> 8].map(|byte| u8::try_from(byte & 0xff).unwrap());
        let ([wx, wy], [cx, cy]) = (pair(widths), pair(place));
        let number_u16 = u16::try_from(number).unwrap();
        assert_eq!(Cell::numbered(number_u16), Cell { number: number_u16, wx, wy, cx, cy });
        assert_eq!(number >= 1_024, index >= INNER_CELLS, "the program tells leaves by their numbers");
        most = most.max(rows.len());
        assert_eq!(rows.remove(&(in_rows & 0xff)), Some(number), "cell {index}");
        let halves = [in_rows >> 8, in_rows >> 16].map(|row| row & 0xff);
        for (half, row) in (2 * number..).zip(halves).take(if index < INNER_CELLS { 2 } else { 0 }) {
            if row < FIRST_RING_ROW {
                settled[row as usize] += 1;
            } else {
                assert!(row < ROWS);
                assert_eq!(rows.insert(row, half), None, "row {row} is still needed");
            }
        }
    }
    assert!(rows.is_empty());
    assert_eq!(most, 63, "a power of two is enough");
    // Of 264 halves 194 meet the circle.
    assert_eq!(settled.iter().sum::<u32>(), 70);
    assert_eq!((OUTSIDE, INSIDE), (0, 1), "the program multiplies by them");
}

#[test]
fn slices_are_all_of_a_block_and_the_last_has_no_end() {
    for steps in [0, 1, 7, 100, 660, 1_320, 2_639, 2_640, u32::MAX] {
        let slices: Vec<_> = Slice::all(steps).collect();
        assert_eq!(slices[0].begin, 0);
        assert!(slices.windows(2).all(|pair| pair[0].end == pair[1].begin && !pair[0].is_last()));
        assert!(slices.last().unwrap().is_last());
        assert!(slices.iter().all(|slice| slice.steps() <= steps.max(1)), "{steps}");
        assert_eq!(slices.iter().map(|slice| slice.steps()).sum::<u32>(), MEAN_STEPS, "{steps}");
    }
    assert_eq!(Slice::all(MEAN_STEPS).collect::<Vec<_>>(), [Slice::WHOLE]);
}

/// By the tree's own sizes: what a cell's darts take on average, half a step dropped at its end.
#[test]
fn the_mean_number_of_steps_is_right() {
    let words = words(&cells());
    let steps = words.as_chunks::<4>().0.iter().map(|&[number, ..]| {
        let darts = 1e5 / f64::from(number.ilog2()).exp2();
        if number < 1_024 { darts / 256.0 + 0.5 } else { darts / 8.0 + 0.44 }
    });
    assert!((steps.sum::<f64>() - f64::from(MEAN_STEPS)).abs() < 10.0);
}

#[test]
fn sizes_follow_the_blocks() {
    assert_eq!([0, 1, 64, 65].map(workgroups), [0, 1, 1, 2]);
    assert_eq!((state_bytes(262_144), counts_bytes(3)), (92 * 4 * 262_144, 12));
    assert_eq!(state_bytes(u32::MAX), 92 * 4 * u64::from(u32::MAX));
}
