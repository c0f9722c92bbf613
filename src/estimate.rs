//! What a tally says about π.

use dartboard_worker::tally::Tally;

/// Half the width of a two-sided 95 % interval of the normal distribution, in standard errors.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// What a tally says about π.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate: four times the share of points inside.
    pub pi: f64,
    /// Standard error of the point estimate, from the tally itself: 4·√(p(1 − p)/points), p the share inside.
    pub standard_error: f64,
}

impl Estimate {
    /// The estimate from `tally`; none as long as there is no point.
    pub fn of(tally: Tally) -> Option<Self> {
        if tally.points == 0 {
            return None;
        }
        let share = tally.inside as f64 / tally.points as f64;
        let standard_error = 4.0 * (share * (1.0 - share) / tally.points as f64).sqrt();
        Some(Self { pi: 4.0 * share, standard_error })
    }

    /// The 95 % interval, lower and upper end, by the normal approximation (Wald).
    pub fn interval_95(&self) -> (f64, f64) {
        let half = NORMAL_95 * self.standard_error;
        (self.pi - half, self.pi + half)
    }

    /// The error against π in standard errors; none while the standard error is 0.
    pub fn error_in_standard_errors(&self) -> Option<f64> {
        (self.standard_error > 0.0).then(|| (self.pi - std::f64::consts::PI) / self.standard_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_points_no_estimate() {
        assert_eq!(Estimate::of(Tally::default()), None);
    }

    #[test]
    fn a_tally_worked_by_hand() {
        // p = 0.785, p(1 - p) = 0.168775, divided by 1000: 0.000168775, its root 0.01299134…, times 4.
        let estimate = Estimate::of(Tally { points: 1_000, inside: 785 }).unwrap();
        assert!((estimate.pi - 3.14).abs() < 1e-15);
        assert!((estimate.standard_error - 0.051_965_372).abs() < 1e-8);
        let (lower, upper) = estimate.interval_95();
        assert!((lower - 3.038_149_74).abs() < 1e-7 && (upper - 3.241_850_26).abs() < 1e-7);
        let z = estimate.error_in_standard_errors().unwrap();
        assert!((z - (3.14 - std::f64::consts::PI) / 0.051_965_372).abs() < 1e-7);
    }

    #[test]
    fn all_inside_has_no_spread_to_measure_an_error_in() {
        let estimate = Estimate::of(Tally { points: 5, inside: 5 }).unwrap();
        assert_eq!((estimate.pi, estimate.error_in_standard_errors()), (4.0, None));
    }
}
