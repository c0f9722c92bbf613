//! The history of a run's tally, spaced by a constant ratio of points, in bounded memory.

use std::f64::consts::PI;
use std::fmt::Write;
use std::rc::Rc;

use dartboard_points::kernel::{self, Point};
use dartboard_points::tally::{Seed, Tally};

use crate::run::estimate::Estimate;
use crate::text::{Fixed, Scientific};

/// Marks in each doubling of the number of points. A power of two.
const MARKS_PER_DOUBLING: u64 = 8;

/// The fewest points that are marked: fewer say next to nothing about π.
pub const FIRST_MARK_POINTS: u64 = 100;

/// A run's tallies at about logarithmically spaced numbers of points.
///
/// The spacing is at least 6 % and, as far as the tallies come often enough, at most 12.5 %. A run up to 2⁶⁴
/// points has fewer than 480 marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Shared by clones until one of them takes note of more.
    marks: Rc<Vec<Tally>>,
    next_points: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { marks: Rc::default(), next_points: FIRST_MARK_POINTS }
    }
}

impl Trace {
    /// Takes note of the run's tally, which must not have fewer points than the one before.
    pub fn record(&mut self, tally: Tally) {
        if tally.points >= self.next_points {
            Rc::make_mut(&mut self.marks).push(tally);
            self.next_points = next_mark(tally.points);
        }
    }

    /// Takes note of the beginning of a run point by point: `inside` tells of each whether it lies in the circle.
    pub fn replay(&mut self, inside: impl Iterator<Item = bool>) {
        let mut tally = Tally::default();
        for inside in inside {
            tally += Tally { points: 1, inside: u64::from(inside) };
            self.record(tally);
        }
    }

    /// The first block of the run named by `seed`, point by point: what a chart shows of the time before the first batch.
    pub fn of_first_block(seed: Seed) -> Self {
        Self::of_beginning(&kernel::points(seed, 0))
    }

    /// The same of `points`, which are the first ones of a run.
    pub fn of_beginning(points: &[Point]) -> Self {
        let mut trace = Self::default();
        trace.replay(points.iter().map(|point| point.is_inside()));
        trace
    }

    /// The marks of this beginning of a run, those of `rest` beyond it, and the run's `tally` now as the last.
    pub fn followed_by(&self, rest: &Self, tally: Tally) -> Rc<[Tally]> {
        let mut marks = self.marks().to_vec();
        for &mark in rest.marks().iter().chain([&tally]) {
            if mark.points > marks.last().map_or(0, |last| last.points) {
                marks.push(mark);
            }
        }
        marks.into()
    }

    /// The marks of this beginning of a run up to `tally`, and it as the last.
    pub fn until(&self, tally: Tally) -> Rc<[Tally]> {
        let before = self.marks().iter().take_while(|mark| mark.points < tally.points);
        before.chain([&tally]).copied().collect()
    }

    /// The tallies noted, by rising number of points.
    pub fn marks(&self) -> &[Tally] {
        &self.marks
    }
}

/// `marks` as comma-separated values, a line each below the names of the columns: exact counts, and what they say about
/// π. No number is written as a locale would have it.
pub fn to_csv(marks: &[Tally]) -> String {
    let mut csv = "points,inside,estimate,error,standard_error\n".to_owned();
    for &mark in marks {
        let Some(Estimate { pi, standard_error }) = Estimate::of(mark) else { continue };
        // Writing to a string cannot fail.
        let _ = writeln!(
            csv,
            "{},{},{},{},{}",
            mark.points,
            mark.inside,
            Fixed(pi, CSV_DECIMALS),
            Scientific(pi - PI),
            Scientific(standard_error),
        );
    }
    csv
}

/// Decimals of an estimate in a table: the points say more than the last of them only beyond 10¹⁸.
const CSV_DECIMALS: usize = 9;

/// The least number of the form m·2ᵉ, m from 8 to 15, that is greater than `points`.
fn next_mark(points: u64) -> u64 {
    let Some(log2) = points.checked_ilog2() else { return 1 };
    let step = 1 << log2.saturating_sub(MARKS_PER_DOUBLING.ilog2());
    (points / step + 1).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_follow_a_grid_of_eight_a_doubling() {
        let marks: Vec<u64> =
            std::iter::successors(Some(64), |&points| Some(next_mark(points))).take(10).collect();
        assert_eq!(marks, [64, 72, 80, 88, 96, 104, 112, 120, 128, 144]);
        assert_eq!(next_mark(65), 72);
        assert_eq!(next_mark(u64::MAX), u64::MAX);
    }

    #[test]
    fn replaying_a_block_starts_at_a_hundred_points_and_keeps_the_counts() {
        let mut trace = Trace::default();
        // Every third point lies outside.
        trace.replay((0..100_000).map(|index| index % 3 != 2));
        let marks = trace.marks();
        assert_eq!(marks[0], Tally { points: 100, inside: 67 });
        assert!(marks.len() > 70 && marks.len() < 90);
        for mark in marks {
            assert_eq!(mark.inside, mark.points - mark.points / 3);
        }
        trace.record(Tally { points: 100_000, inside: 66_667 });
        assert_eq!(trace.marks().last().unwrap().points, 98_304);
    }

    #[test]
    fn the_first_block_of_a_run_is_told_point_by_point() {
        let trace = Trace::of_first_block(Seed(42));
        let inside = |points| {
            kernel::points(Seed(42), 0).into_iter().take(points).filter(|point| point.is_inside()).count()
        };
        let counts: Vec<_> = trace.marks().iter().map(|mark| (mark.points, mark.inside)).collect();
        assert_eq!(counts.first(), Some(&(100, inside(100) as u64)));
        assert_eq!(counts.last(), Some(&(98_304, inside(98_304) as u64)));
    }

    #[test]
    fn a_beginning_is_followed_by_what_lies_beyond_it() {
        let tally = |points| Tally { points, inside: points / 2 };
        let (mut beginning, mut rest) = (Trace::default(), Trace::default());
        for points in [100, 200] {
            beginning.record(tally(points));
        }
        for points in [200, 400] {
            rest.record(tally(points));
        }
        let points = |now| -> Vec<u64> {
            beginning.followed_by(&rest, tally(now)).iter().map(|mark| mark.points).collect()
        };
        assert_eq!(points(401), [100, 200, 400, 401]);
        assert_eq!(points(400), [100, 200, 400]);
        assert!(Trace::default().followed_by(&Trace::default(), Tally::default()).is_empty());
    }

    #[test]
    fn a_run_to_the_end_of_u64_stays_bounded() {
        let mut trace = Trace::default();
        let mut points: u64 = 1;
        while let Some(more) = points.checked_add(points / 1_000 + 1) {
            points = more;
            trace.record(Tally { points, inside: points / 2 });
        }
        assert!(trace.marks().len() < 480, "{}", trace.marks().len());
    }

    #[test]
    fn marks_become_lines_of_plain_numbers() {
        let marks = [
            Tally { points: 0, inside: 0 },
            Tally { points: 100, inside: 80 },
            Tally { points: 12_345_678_900_000, inside: 9_696_273_622_191 },
        ];
        assert_eq!(
            to_csv(&marks),
            "points,inside,estimate,error,standard_error\n\
             100,80,3.200000000,5.84e-2,1.60e-1\n\
             12345678900000,9696273622191,3.141592682,2.86e-8,4.67e-7\n"
        );
    }

    proptest! {
        #[test]
        fn the_next_mark_is_a_little_more(points in 8..u64::MAX / 2) {
            let next = next_mark(points);
            prop_assert!(next > points);
            prop_assert!((next - points) as f64 <= points as f64 / 8.0);
        }

        #[test]
        fn marks_rise(steps in proptest::collection::vec(0..10_000_000_u64, 1..200)) {
            let (mut trace, mut tally) = (Trace::default(), Tally::default());
            for points in steps {
                tally += Tally { points, inside: points / 2 };
                trace.record(tally);
            }
            prop_assert!(trace.marks().windows(2).all(|pair| pair[0].points < pair[1].points));
        }
    }
}
