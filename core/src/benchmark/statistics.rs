//! Medians and their uncertainty: what holds without knowing how timings are distributed.

/// What several timings of the same thing say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle value; of an even number, the mean of the two in the middle.
    pub median: f64,
    /// Median absolute deviation from the median.
    pub mad: f64,
    /// An interval that holds the true median in at least 95 % of cases; none below six values.
    pub interval: Option<(f64, f64)>,
}

/// Values below which none is called an outlier: two of three may agree by chance.
const LEAST_FOR_OUTLIERS: usize = 5;

impl Spread {
    /// The spread of `values`; none without any.
    pub fn of(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values);
        let median = middle(&sorted)?;
        let deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        let mad = middle(&self::sorted(&deviations))?;
        let interval = interval_rank(sorted.len())
            .and_then(|rank| Some((*sorted.get(rank - 1)?, *sorted.get(sorted.len() - rank)?)));
        Some(Self { median, mad, interval })
    }

    /// Whether `value`, one of `count`, lies oddly far out: its modified z-score is over 3.5
    /// (B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", 1993).
    pub fn is_outlier(&self, value: f64, count: usize) -> bool {
        count >= LEAST_FOR_OUTLIERS
            && 0.674_5 * (value - self.median).abs() > 3.5 * self.mad
            && self.mad > 0.0
    }
}

/// Values above which there is no interval: the least probability it is reckoned from would round to zero.
const MOST_FOR_INTERVAL: usize = 1_000;

/// The rank r, from 1, such that the r-th least and the r-th greatest of `count` values enclose the true median with at
/// least 95 %, as narrowly as possible; none below six values, and none above [`MOST_FOR_INTERVAL`].
///
/// Each value lies below the median with probability ½, so the number below it is binomial, and the interval misses it
/// with 2 · P(fewer than r of `count`) (W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2).
pub fn interval_rank(count: usize) -> Option<usize> {
    if count > MOST_FOR_INTERVAL {
        return None;
    }
    let mut rank = 0;
    // P(exactly `rank` of `count`) and P(at most `rank`).
    let mut exactly = 0.5_f64.powi(i32::try_from(count).ok()?);
    let mut at_most = exactly;
    while 2.0 * at_most <= 0.05 {
        rank += 1;
        exactly *= (count - rank + 1) as f64 / rank as f64;
        at_most += exactly;
    }
    (rank > 0).then_some(rank)
}

/// How many standard deviations `inside` of `points` lies from π/4 of them.
pub fn standard_deviations_from_quarter_pi(points: u64, inside: u64) -> f64 {
    const SHARE: f64 = std::f64::consts::FRAC_PI_4;
    let points = points as f64;
    (inside as f64 - points * SHARE) / (points * SHARE * (1.0 - SHARE)).sqrt()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    // They are few; the library's sort is 1 KB of download.
    let mut sorted = Vec::new();
    for &value in values {
        sorted.insert(sorted.partition_point(|other: &f64| other.total_cmp(&value).is_lt()), value);
    }
    sorted
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(sorted.len() / 2 - 1)?, upper))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};
    use statrs::statistics::{Data, OrderStatistics};

    use super::*;

    #[test]
    fn a_case_worked_by_hand() {
        let values = [7.0, 1.0, 3.0, 100.0, 4.0, 5.0, 2.0];
        let spread = Spread::of(&values).unwrap();
        // Sorted 1 2 3 4 5 7 100; deviations from 4, sorted: 0 1 1 2 3 3 96.
        assert_eq!(spread, Spread { median: 4.0, mad: 2.0, interval: Some((1.0, 100.0)) });
        assert_eq!(
            values.map(|value| spread.is_outlier(value, 7)),
            [false, false, false, true, false, false, false]
        );
        assert_eq!(Spread::of(&[1.0, 2.0, 4.0, 9.0]).unwrap().median, 3.0);
        assert_eq!(Spread::of(&[]), None);
        let three = Spread::of(&[1.0, 1.01, 5.0]).unwrap();
        assert_eq!((three.interval, three.is_outlier(5.0, 3)), (None, false));
        let equal = Spread::of(&[2.0; 7]).unwrap();
        assert!(!equal.is_outlier(2.0, 7) && equal.mad == 0.0);
    }

    #[test]
    fn outliers_are_farther_out_than_three_and_a_half_modified_z() {
        let is_outlier =
            |median, mad, value| Spread { median, mad, interval: None }.is_outlier(value, LEAST_FOR_OUTLIERS);
        // 3.5 / 0.6745 = 5.189 deviations.
        for (mad, within, beyond) in [(1.0, 5.18, 5.20), (2.0, 10.37, 10.39)] {
            for side in [-1.0, 1.0] {
                assert!(
                    !is_outlier(10.0, mad, 10.0 + side * within)
                        && is_outlier(10.0, mad, 10.0 + side * beyond)
                );
            }
        }
        assert!(!is_outlier(0.0, 0.674_5, 3.5), "just so far");
        assert!(!is_outlier(10.0, 0.0, 11.0), "among equal values");
    }

    // Ranks as in published tables of the sign test.
    #[test]
    fn ranks_of_the_intervals_known_from_tables() {
        let ranks = [5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 25, 30, 50, 100]
            .map(|count| interval_rank(count).unwrap_or(0));
        assert_eq!(ranks, [0, 1, 1, 1, 2, 2, 2, 3, 4, 6, 8, 10, 18, 40]);
    }

    #[test]
    fn intervals_cover_as_a_library_says_and_narrower_ones_do_not() {
        for count in 6..300 {
            let binomial = Binomial::new(0.5, count as u64).unwrap();
            let rank = interval_rank(count).unwrap();
            let coverage = |rank: usize| 1.0 - 2.0 * binomial.cdf(rank as u64 - 1);
            assert!(coverage(rank) >= 0.95, "{count}: {}", coverage(rank));
            assert!(coverage(rank + 1) < 0.95, "{count}: a narrower interval would do");
        }
    }

    // Fails with: a rank sought for ever, or beyond the values, where the probability of the lowest rank rounds to
    // zero.
    #[test]
    fn very_many_values_have_no_interval() {
        let rank = interval_rank(1_000).unwrap();
        // n/2 − 1.96·√n/2 by the normal approximation.
        assert!((468..=470).contains(&rank), "{rank}");
        for count in [1_001, 1_075, 20_000, usize::MAX] {
            assert_eq!(interval_rank(count), None);
        }
    }

    proptest! {
        #[test]
        fn medians_are_those_of_a_library(values in prop::collection::vec(0.0..1e6_f64, 1..60)) {
            let spread = Spread::of(&values).unwrap();
            prop_assert!((spread.median - Data::new(values.clone()).median()).abs() < 1e-6);
            let deviations: Vec<f64> = values.iter().map(|value| (value - spread.median).abs()).collect();
            prop_assert!((spread.mad - Data::new(deviations).median()).abs() < 1e-6);
            if let Some((low, high)) = spread.interval {
                prop_assert!(low <= spread.median && spread.median <= high);
            }
        }
    }

    #[test]
    fn distance_from_quarter_pi() {
        assert!(standard_deviations_from_quarter_pi(1_000_000, 785_398).abs() < 0.01);
        // √(400 · π/4 · (1 − π/4)) = 8.2109; 300 − 314.159 = −14.159
        assert!((standard_deviations_from_quarter_pi(400, 300) + 1.724_45).abs() < 1e-4);
    }
}
