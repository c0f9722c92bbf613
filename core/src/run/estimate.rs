//! What a tally says about π.

use std::f64::consts::PI;

use dartboard_points::tally::Tally;

use crate::text::Fixed;

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
        (self.standard_error > 0.0).then(|| (self.pi - PI) / self.standard_error)
    }

    /// The estimate to [`DECIMALS`] decimals, each character with how much it can be trusted.
    pub fn digits(&self) -> Vec<(char, Trust)> {
        let text = |number: f64| Fixed(number, DECIMALS).to_string();
        let shown = text(self.pi);
        let common = |other: &str| shown.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let (lower, upper) = self.interval_95();
        let supported = common(&text(lower)).min(common(&text(upper)));
        let right = common(&text(PI));
        let trust = |index| match index {
            _ if index < supported => Trust::Supported,
            _ if index < right => Trust::Luck,
            _ => Trust::Noise,
        };
        shown.chars().enumerate().map(|(index, character)| (character, trust(index))).collect()
    }

    /// How many times the points are needed until the 95 % interval is narrower than the next decimal place;
    /// none while nothing is known of the spread. More than 1, at most 100: a decimal place costs a hundred
    /// times the points.
    pub fn factor_to_next_decimal(&self) -> Option<f64> {
        let width = 2.0 * NORMAL_95 * self.standard_error;
        if width <= 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "within ±324")]
        let next_place = 10_f64.powi((-width.log10()).floor() as i32 + 1);
        Some((width * next_place).powi(2))
    }
}

/// The digits of the estimate from `tally`, in three parts by how much they can be trusted; all empty while there is none.
pub fn digits_by_trust(tally: Tally) -> [(Trust, String); 3] {
    let digits = Estimate::of(tally).map(|estimate| estimate.digits()).unwrap_or_default();
    Trust::ALL.map(|trust| {
        let part = digits.iter().filter(|(_, other)| *other == trust).map(|(digit, _)| digit);
        (trust, part.collect())
    })
}

/// Decimals of the estimate that are shown.
pub const DECIMALS: usize = 8;

/// How much a digit of an estimate can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Both ends of the 95 % interval agree on it and on all digits before.
    Supported,
    /// It and all digits before agree with π, beyond what the interval supports.
    Luck,
    /// It says nothing.
    Noise,
}

impl Trust {
    const ALL: [Self; 3] = [Self::Supported, Self::Luck, Self::Noise];

    /// Its name in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Luck => "luck",
            Self::Noise => "noise",
        }
    }

    /// What the page says of such digits.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Supported => "sure (95 %)",
            Self::Luck => "right so far, by luck",
            Self::Noise => "noise",
        }
    }
}

/// The standard error of an estimate of π is this over the root of the number of points:
/// 4·√(π/4·(1 − π/4)) = 1.6421834, rounded up so that a target computed from it suffices.
pub const STANDARD_ERROR_OF_ONE_POINT: f64 = 1.642_184_0;

/// The error that every second estimate exceeds is this over the root of the number of points:
/// the upper quartile of the normal distribution, 0.6745, times [`STANDARD_ERROR_OF_ONE_POINT`].
pub const MEDIAN_ERROR_OF_ONE_POINT: f64 = 1.107_642;

/// 95 % of all absolute errors lie between these two over the root of the number of points: the quantiles
/// 0.025 and 0.975 of the half-normal distribution, 0.03134 and 2.2414, times [`STANDARD_ERROR_OF_ONE_POINT`].
pub const ERROR_BAND_OF_ONE_POINT: (f64, f64) = (0.051_461, 3.680_8);

#[cfg(test)]
#[expect(clippy::approx_constant, reason = "estimates of π are rarely π")]
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
        assert!((z - (3.14 - PI) / 0.051_965_372).abs() < 1e-7);
    }

    fn kinds(estimate: &Estimate) -> (String, String) {
        let digits = estimate.digits();
        let kind = |trust: &Trust| match trust {
            Trust::Supported => 's',
            Trust::Luck => 'l',
            Trust::Noise => 'n',
        };
        (
            digits.iter().map(|(digit, _)| digit).collect(),
            digits.iter().map(|(_, trust)| kind(trust)).collect(),
        )
    }

    #[test]
    fn digits_are_supported_lucky_or_noise() {
        // 3.141500 to 3.141696: both ends share 3.141 with it, the next two digits are right by luck.
        let estimate = Estimate { pi: 3.141_598, standard_error: 0.000_05 };
        assert_eq!(kinds(&estimate), ("3.14159800".to_owned(), "sssssllnnn".to_owned()));
        // Nothing supported beyond 3, nothing right after it.
        let estimate = Estimate { pi: 3.3, standard_error: 0.2 };
        assert_eq!(kinds(&estimate), ("3.30000000".to_owned(), "llnnnnnnnn".to_owned()));
        // Supported although wrong: one interval in twenty misses π.
        let estimate = Estimate { pi: 3.145, standard_error: 0.000_1 };
        assert_eq!(kinds(&estimate).1, "ssssnnnnnn");
    }

    // Fails with: digits that are lost, or shown in another order, where a page shows them by trust.
    #[test]
    fn the_parts_of_the_number_are_the_whole_number() {
        let tally = Tally { points: 10_000_000, inside: 7_853_990 };
        let parts = digits_by_trust(tally);
        let whole: String = Estimate::of(tally).unwrap().digits().iter().map(|(digit, _)| digit).collect();
        assert_eq!(parts.iter().map(|(_, part)| part.as_str()).collect::<String>(), whole);
        assert_eq!(parts[0], (Trust::Supported, "3.14".to_owned()));
        assert!(digits_by_trust(Tally::default()).iter().all(|(_, part)| part.is_empty()));
    }

    #[test]
    fn a_decimal_costs_a_hundred_times_the_points() {
        // Width 0.0392: the second decimal place, 0.01, is 3.92 times narrower, so 15.4 times the points.
        let estimate = Estimate { pi: 3.14, standard_error: 0.01 };
        assert!((estimate.factor_to_next_decimal().unwrap() - 15.366).abs() < 0.001);
        for exponent in 1..60 {
            let standard_error = 10_f64.powf(-f64::from(exponent) / 7.0);
            let factor = Estimate { pi: 3.14, standard_error }.factor_to_next_decimal().unwrap();
            assert!((1.0..=100.0 + 1e-9).contains(&factor), "{factor}");
        }
        assert_eq!(Estimate { pi: 4.0, standard_error: 0.0 }.factor_to_next_decimal(), None);
    }

    #[test]
    fn the_constants_of_one_point_follow_from_the_half_normal_distribution() {
        let one = 4.0 * (PI / 4.0 * (1.0 - PI / 4.0)).sqrt();
        assert!((STANDARD_ERROR_OF_ONE_POINT - one).abs() < 1e-6);
        assert!((MEDIAN_ERROR_OF_ONE_POINT - 0.674_489_75 * one).abs() < 1e-5);
        assert!((ERROR_BAND_OF_ONE_POINT.0 - 0.031_337_98 * one).abs() < 1e-5);
        assert!((ERROR_BAND_OF_ONE_POINT.1 - 2.241_402_73 * one).abs() < 1e-4);
    }

    #[test]
    fn all_inside_has_no_spread_to_measure_an_error_in() {
        let estimate = Estimate::of(Tally { points: 5, inside: 5 }).unwrap();
        assert_eq!((estimate.pi, estimate.error_in_standard_errors()), (4.0, None));
    }
}
