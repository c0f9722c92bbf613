//! The first block of a run, dart by dart: at billions a second nobody sees how the estimate arises.

use std::time::Duration;

use dartboard_points::kernel::Point;
use dartboard_points::tally::{BLOCK_POINTS, Tally};

use crate::text::whole_ms;

/// How many darts are thrown in the first second; in each further one twice as many.
const FIRST_SECOND: u64 = 10;

/// How many darts are shown so long after the first one; none once all of the block are.
pub fn shown(after: Duration) -> Option<u64> {
    // Within what can be doubled. In whole numbers: `exp2` of floats has a table of 4 KB.
    let ms = whole_ms(after).min(50_000);
    let this_second = FIRST_SECOND << (ms / 1_000);
    let darts = this_second - FIRST_SECOND + this_second * (ms % 1_000) / 1_000;
    (darts < BLOCK_POINTS).then_some(darts)
}

/// What `points` say that have been thrown.
pub fn tally(points: &[Point]) -> Tally {
    let inside = points.iter().filter(|point| point.is_inside()).count();
    Tally { points: points.len() as u64, inside: inside as u64 }
}

#[cfg(test)]
mod tests {
    use dartboard_points::kernel;
    use dartboard_points::tally::{BlockRange, Seed};

    use super::*;

    // Fails with: darts too fast to be seen at first, or a replay that never ends.
    #[test]
    fn ten_in_the_first_second_and_twice_as_many_in_each_further_one() {
        let at = |ms| shown(Duration::from_millis(ms));
        let seconds: Vec<_> = (0..6).map(|second| at(second * 1_000).unwrap()).collect();
        assert_eq!(seconds, [0, 10, 30, 70, 150, 310]);
        assert_eq!([at(99), at(100), at(1_050), at(13_000)], [Some(0), Some(1), Some(11), Some(81_910)]);
        assert_eq!([at(13_300), at(100_000_000)], [None, None]);
        let all: Vec<_> = (0..14_000).map_while(at).collect();
        assert!(all.is_sorted() && all.len() < 14_000);
    }

    // Fails with: a number that another run's darts make, or that the workers' count does not take over.
    #[test]
    fn all_of_them_are_what_the_workers_count_of_the_block() {
        let points = kernel::points(Seed(42), 0);
        let block = BlockRange::new(0, 1).unwrap();
        assert_eq!(tally(&points), kernel::reference::tally(Seed(42), block));
        assert_eq!(tally(&points[..0]), Tally::default());
    }
}
