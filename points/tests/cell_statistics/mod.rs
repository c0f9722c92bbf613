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

/// For each of several questions a sum of values of mean 0 and variance 1, which is standard normal once divided by the
/// root of their number.
struct Sums {
    sums: Vec<f64>,
    values: Vec<u64>,
}

impl Sums {
    fn of(questions: usize) -> Self {
        Self { sums: vec![0.0; questions], values: vec![0; questions] }
    }

    /// Adds one value to each, where there is one.
    fn add(&mut self, added: impl Iterator<Item = Option<f64>>) {
        for ((sum, values), value) in self.sums.iter_mut().zip(&mut self.values).zip(added) {
            if let Some(value) = value {
                *sum += value;
                *values += 1;
            }
        }
    }

    fn finding(&self, what: &'static str) -> Finding {
        let asked = self.sums.iter().zip(&self.values).filter(|&(_, &values)| values > 0);
        Finding::of(what, asked.map(|(sum, &values)| sum / (values as f64).sqrt()))
    }
}

/// How many standard deviations the ones of so many bits are off half of them; none without bits.
fn deviations(bits: u32, ones: u32) -> Option<f64> {
    let n = f64::from(bits);
    (bits > 0).then(|| (2.0 * f64::from(ones) - n) / n.sqrt())
}

fn of_cells(answers: &[Answers; HALVED_CELLS]) -> [Option<f64>; HALVED_CELLS] {
    answers.each_ref().map(|cell| {
        let (n, ones) = cell.darts();
        deviations(n, ones)
    })
}

fn product(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? * b?)
}

fn products<'a>(a: &'a [Option<f64>], b: &'a [Option<f64>]) -> impl Iterator<Item = Option<f64>> + 'a {
    a.iter().zip(b).map(|(&a, &b)| product(a, b))
}

/// Looks at `blocks` blocks from block 0 on of each of the seeds from `first_seed` on.
pub(crate) fn look(first_seed: u64, seeds: u64, blocks: u64) -> Vec<Finding> {
    let mut means = Sums::of(HALVED_CELLS);
    let mut squares = Sums::of(HALVED_CELLS);
    let mut pairs_of_cells = Sums::of(HALVED_CELLS * (HALVED_CELLS - 1) / 2);
    let mut neighbouring_blocks = Sums::of(HALVED_CELLS);
    let mut neighbouring_seeds = Sums::of(HALVED_CELLS);
    let mut pairs_of_lanes = Sums::of(HALVED_CELLS * LANES * (LANES - 1) / 2);
    let mut of_seed_before: Vec<[Option<f64>; HALVED_CELLS]> = Vec::new();
    for seed in (0..seeds).map(|number| first_seed.wrapping_add(number)) {
        let mut of_seed: Vec<[Option<f64>; HALVED_CELLS]> = Vec::new();
        for block in 0..blocks {
            let answers = answers(Seed(seed), block);
            let cells = of_cells(&answers);
            means.add(cells.into_iter());
            // z² has mean 1 and variance 2 where n is large; a cell here has a hundred darts and more.
            squares.add(cells.into_iter().map(|z| z.map(|z| (z * z - 1.0) / 2.0_f64.sqrt())));
            pairs_of_cells.add(
                (1..HALVED_CELLS)
                    .flat_map(|a| (0..a).map(move |b| (a, b)))
                    .map(|(a, b)| product(cells[a], cells[b])),
            );
            pairs_of_lanes.add(answers.iter().flat_map(|cell| {
                let z: [_; LANES] = std::array::from_fn(|lane| deviations(cell.bits[lane], cell.ones[lane]));
                (1..LANES).flat_map(move |a| (0..a).map(move |b| product(z[a], z[b])))
            }));
            if let Some(before) = of_seed.last() {
                neighbouring_blocks.add(products(before, &cells));
            }
            if let Some(before) = of_seed_before.get(of_seed.len()) {
                neighbouring_seeds.add(products(before, &cells));
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
