//! The probability that a point is inside, by counting all 2⁶⁴ cells: what makes a run an estimate of π.
#![cfg(not(target_arch = "wasm32"))]

/// The number of cells (x, y) with x, y ≥ 0 and x(x + 1) + y(y + 1) < `limit`.
///
/// They lie under a curve symmetric about x = y. Left of the diagonal, column by column, the highest cell of the next
/// column is the same or one lower: `slack`, how far the sum stays under the limit, falls by 2x and rises by 2y ≥ 2x.
/// The columns are cut into stretches that step in turn, since one stretch alone waits for its own arithmetic.
fn cells(limit: u64) -> u128 {
    const STRETCHES: usize = 8;
    let height = |x: u64| highest(limit - x * (x + 1));
    // The last column whose highest cell is on or above the diagonal.
    let last = highest(limit.div_ceil(2));
    let length = (last + 1) / STRETCHES as u64;
    let mut columns: [u64; STRETCHES] = std::array::from_fn(|stretch| stretch as u64 * length);
    let mut heights = columns.map(height);
    let mut slacks: [i64; STRETCHES] = std::array::from_fn(|stretch| {
        let (x, y) = (columns[stretch], heights[stretch]);
        i64::try_from(limit - x * (x + 1) - y * (y + 1)).expect("less than a column")
    });
    let mut sums = [0_u64; STRETCHES];
    let mut sum = 0_u128;
    for column in 0..length {
        for stretch in 0..STRETCHES {
            sums[stretch] += heights[stretch] + 1;
            columns[stretch] += 1;
            let slack = slacks[stretch] - 2 * columns[stretch].cast_signed();
            let falls = u64::from(slack <= 0);
            slacks[stretch] = slack + 2 * (heights[stretch] * falls).cast_signed();
            heights[stretch] -= falls;
        }
        if column % (1 << 20) == 0 {
            sum += std::mem::take(&mut sums).into_iter().map(u128::from).sum::<u128>();
        }
    }
    sum += sums.into_iter().map(u128::from).sum::<u128>();
    sum += (STRETCHES as u64 * length..=last).map(|x| u128::from(height(x) + 1)).sum::<u128>();
    // Both sides of the diagonal, less the square that is in both.
    2 * sum - u128::from(last + 1).pow(2)
}

/// The largest n with n(n + 1) < `limit`.
fn highest(limit: u64) -> u64 {
    // n(n + 1) < l and (2n + 1)² < 4l + 1 are the same; the root below is of a number not reached, hence − 1.
    let root = (4 * u128::from(limit)).isqrt();
    u64::try_from(root.div_ceil(2) - 1).expect("half of a root")
}

#[test]
fn counting_agrees_with_looking_at_every_cell() {
    for limit in (1..400_u64).chain([1_000, 4_096, 10_007, 65_536, 1 << 20]) {
        let side = limit.isqrt() + 1;
        let cells_of_square = (0..side).flat_map(|x| (0..side).map(move |y| (x, y)));
        let inside = cells_of_square.filter(|(x, y)| x * (x + 1) + y * (y + 1) < limit).count();
        assert_eq!(cells(limit), inside as u128, "limit {limit}");
    }
}

/// |P(inside) − π/4| < 10⁻¹², by all cells of the quadrant x, y ≥ 0; the other three mirror it, since
/// x(x + 1) is the same for x and −1 − x.
#[test]
fn the_chance_of_inside_is_a_quarter_of_pi_to_twelve_digits() {
    let inside = cells(1 << 62);
    assert_eq!(inside, 3_622_009_729_038_549_664);
    // π/4 · 2⁶² without its fraction, from π to 34 digits.
    let quarter_circle = 3_622_009_729_038_561_421_u128;
    let difference = inside.abs_diff(quarter_circle) as f64 / 62_f64.exp2();
    assert!(difference < 1e-12, "{difference}");
}
