//! The error falls as 1/√N.

use dartboard_points::tally::Tally;

use crate::run::estimate::{DECIMALS, Estimate};
use crate::text::{Fixed, Scientific, short_count};

pub(super) const TITLE: &str = "Why the next digit takes a hundred times as long";

pub(super) const QUESTION: &str = "Ten thousand points give about two decimals of π. Ten billion points are a \
    million times as many. How many decimals will they give? Write your guess down, then press Start.";

pub(super) const TEACHES: &str = "The standard error of N points is 1.642/√N: a hundred times the points make it a tenth, \
    which is one more digit. More workers help by a factor, never by digits. A single error may be lucky; the standard \
    error never is.";

/// Ten billion points.
pub(super) const ADDRESS: &str =
    "#/?seed=31415&batch=1000000&target=10000000000&stream=2&experiment=next-digit";

/// The estimate each time the number of points had grown a hundredfold.
pub(super) fn results(marks: &[Tally]) -> Vec<String> {
    let last = marks.last().map_or(0, |mark| mark.points);
    [4, 6, 8, 10]
        .into_iter()
        .map(|exponent| 10_u64.pow(exponent))
        .filter(|&points| last >= points)
        .filter_map(|points| {
            let mark = *marks.iter().find(|mark| mark.points >= points)?;
            let Estimate { pi, standard_error } = Estimate::of(mark)?;
            Some(format!(
                "{} points: π ≈ {}, error {}, standard error {}.",
                short_count(mark.points as f64),
                Fixed(pi, DECIMALS),
                Scientific((pi - std::f64::consts::PI).abs()),
                Scientific(standard_error),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_told_at_every_hundredfold() {
        let marks: Vec<Tally> = [100, 9_000, 10_240, 950_000, 1_100_000, 99_000_000]
            .into_iter()
            .map(|points| Tally { points, inside: points / 4 * 3 })
            .collect();
        let lines = results(&marks);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "10.2 thousand points: π ≈ 3.00000000, error 1.42e-1, standard error 1.71e-2.");
        assert!(lines[1].starts_with("1.10 million points"));
    }
}
