//! Which of a run's points are drawn on the dartboard.
//!
//! They are points of blocks that were just counted, recomputed from the stream: a worker sends none.

use dartboard_points::kernel::{self, Point};
use dartboard_points::tally::{BLOCK_POINTS, Seed};

/// The part of the quarter circle's square that is shown; the whole has the side 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquarePart {
    /// Least x and y shown: the part lies on the diagonal.
    pub corner: f64,
    /// Side of the part.
    pub side: f64,
}

impl SquarePart {
    /// All of it.
    pub const WHOLE: Self = Self { corner: 0.0, side: 1.0 };
    /// A part around the rim's middle, twenty times enlarged: one point in 400 falls into it.
    pub const RIM: Self = Self { corner: std::f64::consts::FRAC_1_SQRT_2 - 0.025, side: 0.05 };

    /// Where (x, y) lies in this part, both from 0 to 1; none outside it.
    pub fn place(self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let inner = |coordinate: f64| {
            let share = (coordinate - self.corner) / self.side;
            (0.0..1.0).contains(&share).then_some(share)
        };
        Some((inner(x)?, inner(y)?))
    }

    /// How many of a block's points are looked through for this part, at most.
    fn points_looked_through(self) -> usize {
        // Drawn in shares, over two seconds.
        const WANTED: f64 = 500.0;
        let points = WANTED / (self.side * self.side);
        // The cast saturates.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, bounded below"
        )]
        let points = points.ceil() as usize;
        points.min(usize::try_from(BLOCK_POINTS).unwrap_or(usize::MAX))
    }
}

/// A point to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dart {
    /// Where it lies in the part shown, both coordinates from 0 to 1, y upwards.
    pub at: (f64, f64),
    /// Whether it lies in the circle.
    pub inside: bool,
}

impl Dart {
    /// A point of the run, if it lies in `view`.
    pub fn of(point: Point, view: SquarePart) -> Option<Self> {
        let at = view.place(point.in_quarter_circle())?;
        Some(Self { at, inside: point.is_inside() })
    }
}

/// A share of a block's darts, drawn at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throw {
    /// The block.
    pub block: u64,
    /// Which share, below [`Self::SHARES`].
    pub share: usize,
}

impl Throw {
    /// How many times a block's darts are drawn.
    pub const SHARES: usize = 6;

    /// What is thrown after `last`: the rest of its block, then `latest`, the block counted last, unless that was it.
    pub fn after(last: Option<Self>, latest: Option<u64>) -> Option<Self> {
        let latest = latest?;
        match last {
            Some(Self { block, share }) if share + 1 < Self::SHARES => Some(Self { block, share: share + 1 }),
            Some(last) if last.block == latest => Some(last),
            _ => Some(Self { block: latest, share: 0 }),
        }
    }

    /// The share's part of a block's `darts`.
    pub fn of(self, darts: &[Dart]) -> &[Dart] {
        let end = |shares: usize| darts.len() * shares / Self::SHARES;
        &darts[end(self.share)..end(self.share + 1)]
    }
}

/// The points of the beginning of `block` of the run named by `seed` that lie in `view`.
pub fn darts(seed: Seed, block: u64, view: SquarePart) -> impl Iterator<Item = Dart> {
    let looked_through = kernel::first_points(seed, block, view.points_looked_through());
    looked_through.into_iter().filter_map(move |point| Dart::of(point, view))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dartboard_points::kernel::reference;
    use dartboard_points::tally::BlockRange;

    #[test]
    fn each_dart_is_a_point_of_the_run_in_its_order() {
        let drawn: Vec<Dart> = darts(Seed(42), 7, SquarePart::WHOLE).collect();
        let expected: Vec<Dart> = kernel::points(Seed(42), 7)
            .into_iter()
            .take(500)
            .map(|point| Dart { at: point.in_quarter_circle(), inside: point.is_inside() })
            .collect();
        assert_eq!(drawn, expected);
        assert_eq!(drawn.len(), 500);
    }

    #[test]
    fn points_of_a_block_have_the_tally_of_the_reference() {
        let block = BlockRange::new(7, 8).unwrap();
        let inside =
            kernel::points(Seed(42), 7).into_iter().filter(|&point| Point::is_inside(point)).count() as u64;
        assert_eq!(inside, reference::tally(Seed(42), block).inside);
    }

    #[test]
    fn a_block_is_thrown_in_shares_before_the_next_one() {
        let throw = |block, share| Some(Throw { block, share });
        assert_eq!(Throw::after(None, None), None);
        assert_eq!(Throw::after(None, Some(7)), throw(7, 0));
        for (last, next) in [
            (throw(7, 0), throw(7, 1)),
            (throw(7, 1), throw(7, 2)),
            (throw(7, 4), throw(7, 5)),
            (throw(7, 5), throw(9, 0)),
        ] {
            assert_eq!(Throw::after(last, Some(9)), next);
        }
        assert_eq!(Throw::after(throw(7, 5), Some(7)), throw(7, 5), "there is nothing else");
        assert_eq!(Throw::after(throw(7, 0), None), None, "another run begins");
        // All of a block's darts, each once.
        let all: Vec<Dart> = darts(Seed(42), 7, SquarePart::WHOLE).collect();
        let thrown: Vec<Dart> =
            (0..Throw::SHARES).flat_map(|share| Throw { block: 7, share }.of(&all).to_vec()).collect();
        assert_eq!(thrown, all);
    }

    #[test]
    fn the_rim_is_enlarged_and_has_darts_on_both_sides() {
        let drawn: Vec<Dart> = darts(Seed(42), 0, SquarePart::RIM).collect();
        assert!((150..400).contains(&drawn.len()), "{}", drawn.len());
        assert!(drawn.iter().any(|dart| dart.inside) && drawn.iter().any(|dart| !dart.inside));
        for Dart { at: (x, y), inside } in drawn {
            let [x, y] = [x, y].map(|share| SquarePart::RIM.corner + share * SquarePart::RIM.side);
            assert_eq!(x * x + y * y < 1.0, inside);
        }
    }

    #[test]
    fn what_lies_outside_the_part_has_no_place_in_it() {
        assert_eq!(SquarePart::WHOLE.place((0.25, 0.5)), Some((0.25, 0.5)));
        assert_eq!(SquarePart::RIM.place((0.5, 0.7)), None);
        assert_eq!(SquarePart::RIM.place((0.7, 0.9)), None);
    }
}
