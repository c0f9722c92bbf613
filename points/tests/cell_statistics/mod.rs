//! The test that fits the tree: whether each cell's darts go to its halves as often as they should, whatever other
//! cells, blocks, seeds and lanes do. Shared by `tests/statistics.rs` and `examples/cells.rs`.

use dartboard_points::kernel::answers::{Answers, HALVED_CELLS, answers};
use dartboard_points::stream::LANES;
use dartboard_points::tally::Seed;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// One of the questions, with its χ² over all cells or pairs.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) what: &'static str,
    /// The sum of squares of values that are standard normal if all is well.
    pub(crate) chi_squared: f64,
    /// How many of them.
    pub(crate) degrees_of_freedom: usize,
    /// The one farthest from 0.
    pub(crate) farthest: f64,
}

impl Finding {
    fn of(what: &'static str, values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<_> = values.collect();
        Self {
            what,
            chi_squared: values.iter().map(|value| value * value).sum(),
            degrees_of_freedom: values.len(),
            farthest: values.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0),
        }
    }

    /// The probability of so small a χ².
    pub(crate) fn probability_below(&self) -> f64 {
        ChiSquared::new(self.degrees_of_freedom as f64).map_or(f64::NAN, |of| of.cdf(self.chi_squared))
    }
}

/// Sums of products of standard normal values: √(number of products) times as large as one of them.
struct Products {
    sums: Vec<f64>,
    products: u64,
}

impl Products {
    fn of(pairs: usize) -> Self {
        Self { sums: vec![0.0; pairs], products: 0 }
    }

    fn add(&mut self, products: impl Iterator<Item = f64>) {
        for (sum, product) in self.sums.iter_mut().zip(products) {
            *sum += product;
        }
        self.products += 1;
    }

    fn finding(&self, what: &'static str) -> Finding {
        let scale = (self.products as f64).sqrt();
        Finding::of(what, self.sums.iter().map(|sum| sum / scale))
    }
}

/// How many standard deviations the ones of so many bits are off half of them.
fn deviations(bits: u32, ones: u32) -> f64 {
    let n = f64::from(bits);
    if bits == 0 { 0.0 } else { (2.0 * f64::from(ones) - n) / n.sqrt() }
}

fn of_cells(answers: &[Answers; HALVED_CELLS]) -> [f64; HALVED_CELLS] {
    answers.each_ref().map(|cell| {
        let (n, ones) = cell.darts();
        deviations(n, ones)
    })
}

fn times<'a>(a: &'a [f64], b: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    a.iter().zip(b).map(|(a, b)| a * b)
}

/// Looks at `blocks` blocks from block 0 on of each of the seeds from `first_seed` on.
pub(crate) fn look(first_seed: u64, seeds: u64, blocks: u64) -> Vec<Finding> {
    let mut means = Products::of(HALVED_CELLS);
    let mut squares = Products::of(HALVED_CELLS);
    let mut pairs_of_cells = Products::of(HALVED_CELLS * (HALVED_CELLS - 1) / 2);
    let mut neighbouring_blocks = Products::of(HALVED_CELLS);
    let mut neighbouring_seeds = Products::of(HALVED_CELLS);
    let mut pairs_of_lanes = Products::of(HALVED_CELLS * LANES * (LANES - 1) / 2);
    let mut of_seed_before: Vec<[f64; HALVED_CELLS]> = Vec::new();
    for seed in (0..seeds).map(|number| first_seed.wrapping_add(number)) {
        let mut of_seed: Vec<[f64; HALVED_CELLS]> = Vec::new();
        for block in 0..blocks {
            let answers = answers(Seed(seed), block);
            let cells = of_cells(&answers);
            means.add(cells.into_iter());
            // z² has mean 1 and variance 2 where n is large; a cell here has a hundred darts and more.
            squares.add(cells.into_iter().map(|z| (z * z - 1.0) / 2.0_f64.sqrt()));
            pairs_of_cells.add(
                (1..HALVED_CELLS).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| cells[a] * cells[b]),
            );
            pairs_of_lanes.add(answers.iter().flat_map(|cell| {
                let z: [f64; LANES] =
                    std::array::from_fn(|lane| deviations(cell.bits[lane], cell.ones[lane]));
                (1..LANES).flat_map(move |a| (0..a).map(move |b| z[a] * z[b]))
            }));
            if let Some(before) = of_seed.last() {
                neighbouring_blocks.add(times(before, &cells));
            }
            if let Some(before) = of_seed_before.get(of_seed.len()) {
                neighbouring_seeds.add(times(before, &cells));
            }
            of_seed.push(cells);
        }
        of_seed_before = of_seed;
    }
    vec![
        means.finding("mean of each cell"),
        squares.finding("spread of each cell"),
        pairs_of_cells.finding("pairs of cells of a block"),
        pairs_of_lanes.finding("pairs of lanes of a cell"),
        neighbouring_blocks.finding("a cell in neighbouring blocks"),
        neighbouring_seeds.finding("a cell in neighbouring seeds"),
    ]
}
