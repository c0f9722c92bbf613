//! What a point is, and tallies that never change. `tests/kernel.rs` compares the two kernels.

use proptest::prelude::*;

use super::*;
use crate::tally::BLOCK_POINTS;

fn block(index: u64) -> BlockRange {
    BlockRange::new(index, index + 1).unwrap()
}

proptest! {
    #[test]
    fn a_point_is_inside_when_its_middle_is_by_whole_number_arithmetic(x in 0..1_u32 << 31, y in 0..1_u32 << 31) {
        let twice = |index: u32| 2 * u128::from(index) + 1;
        let inside = twice(x).pow(2) + twice(y).pow(2) < 1 << 64;
        prop_assert_eq!(Point { x, y }.is_inside(), inside);
    }
}

#[test]
fn the_corners_and_the_ends_of_the_axes() {
    const MOST: u32 = (1 << 31) - 1;
    let inside = |x, y| Point { x, y }.is_inside();
    assert!(inside(0, 0) && inside(MOST, 0) && inside(0, MOST));
    assert!(!inside(MOST, MOST));
    // At this height the circle leaves the square's last column.
    assert!(inside(MOST, 46_340) && !inside(MOST, 46_341));
    assert!(inside(46_340, MOST) && !inside(46_341, MOST));
}

#[test]
fn points_are_drawn_in_the_quarter_circle() {
    assert_eq!(
        Point { x: 0, y: (1 << 31) - 1 }.in_quarter_circle(),
        (0.5_f64.powi(32), 1.0 - 0.5_f64.powi(32))
    );
    for point in points(Seed(5), 5) {
        let (x, y) = point.in_quarter_circle();
        assert!((0.0..1.0).contains(&x) && (0.0..1.0).contains(&y));
        assert_eq!(x * x + y * y < 1.0, point.is_inside(), "{point:?}");
    }
}

#[test]
fn listed_points_are_the_counted_ones() {
    let listed = points(Seed(1), 2);
    assert_eq!(listed.len() as u64, BLOCK_POINTS);
    let inside = listed.into_iter().filter(|point| point.is_inside()).count() as u64;
    assert_eq!(tally(Seed(1), block(2)), Tally { points: BLOCK_POINTS, inside });
}

/// Computed by another program, written in Python from the text of `stream` and `kernel` alone.
/// A change of these is a breaking change: every published count of every run changes with them.
#[test]
fn the_first_points_and_tallies_never_change() {
    let place = |point: &Point| (point.x, point.y);
    let listed = points(Seed(42), 0);
    assert_eq!(
        listed[..3].iter().map(place).collect::<Vec<_>>(),
        [(1_197_110_579, 1_422_296_873), (306_359_786, 288_949_999), (246_213_607, 2_143_433_764)]
    );
    assert_eq!(listed.last().map(place), Some((1_241_881_546, 1_378_381_459)));
    let inside = |seed, first, end| tally(Seed(seed), BlockRange::new(first, end).unwrap()).inside;
    assert_eq!(inside(0, 0, 1), 78_550);
    assert_eq!(inside(42, 0, 10), 785_317);
    assert_eq!(inside(1 << 63, 1 << 53, (1 << 53) + 1), 78_521);
    assert_eq!(inside(u64::MAX, u64::MAX - 1, u64::MAX), 78_389);
}

#[test]
fn kernels_throw_all_points_of_their_batch() {
    let blocks = BlockRange::new(3, 43).unwrap();
    let tally = |kernel: Kernel| kernel.tally(Seed(9), blocks);
    let own = Some(super::tally(Seed(9), blocks));
    assert_eq!((tally(Kernel::Tree), tally(Kernel::Reference)), (own, own));
    assert_eq!(tally(Kernel::MathRandom), None, "a worker's program has that one");
    let Tally { points, inside } = tally(Kernel::ScalarF64).unwrap();
    let z = (inside as f64 - points as f64 * std::f64::consts::FRAC_PI_4)
        / (points as f64 * std::f64::consts::FRAC_PI_4 * (1.0 - std::f64::consts::FRAC_PI_4)).sqrt();
    assert!(
        points == 4_000_000 && z.abs() < 5.0,
        "{inside} inside of {points} is {z} standard deviations off"
    );
}

#[test]
fn the_reproducible_kernels_are_those_that_count_the_runs_own_tally() {
    let blocks = BlockRange::new(3, 43).unwrap();
    let own = Some(tally(Seed(9), blocks));
    for kernel in Kernel::ALL {
        let counts_the_same = kernel.tally(Seed(9), blocks) == own;
        assert_eq!(kernel.is_reproducible(), counts_the_same, "{kernel}");
    }
}

#[test]
fn batches_have_points_of_their_own_in_the_usual_program() {
    let inside =
        |seed, first| scalar_f64::tally(Seed(seed), BlockRange::new(first, first + 10).unwrap()).inside;
    let counts = [(0, 0), (0, 10), (0, 20), (1, 0), (2, 0), (u64::MAX, 0), (u64::MAX, 10)]
        .map(|(seed, first)| inside(seed, first));
    assert!((1..counts.len()).all(|index| !counts[..index].contains(&counts[index])), "{counts:?}");
}

#[test]
fn kernels_have_names() {
    for kernel in Kernel::ALL {
        assert_eq!(Kernel::named(kernel.name()), Some(kernel));
        assert_eq!(kernel.to_string(), kernel.name());
    }
    assert_eq!(Kernel::ALL.map(Kernel::name), ["math_random", "scalar_f64", "reference", "tree"]);
    assert_eq!(Kernel::named("Tree"), None);
}

#[test]
fn a_batch_counted_block_by_block_has_all_points_of_its_blocks() {
    let blocks = BlockRange::new(3, 43).expect("forty blocks");
    let tally = Kernel::MathRandom.count(Seed(1), blocks, |points| points / 4 * 3);
    assert_eq!(tally, Tally { points: 4_000_000, inside: 3_000_000 });
}
