//! What the chart shows and says, and approved drawings of it.

use proptest::prelude::*;

use super::*;
use crate::chart::tests::{assert_drawn, numbers};

/// A made-up history: each estimate is off by a share of the median error there, on both sides of π.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and less than is asked for"
)]
fn made_up(most_points: u64) -> Vec<Tally> {
    let grid =
        (0..).map(|index| (100.0 * 1.12_f64.powi(index)) as u64).take_while(|&points| points < most_points);
    let tally = |(index, points): (usize, u64)| {
        let share = [0.3, 1.9, -0.8, -2.2, 0.05, 0.9][index % 6] / 2.0;
        let pi = PI + share * MEDIAN_ERROR_OF_ONE_POINT / (points as f64).sqrt();
        Tally { points, inside: (points as f64 * pi / 4.0).round() as u64 }
    };
    grid.chain([most_points]).enumerate().map(tally).collect()
}

/// They are drawn anew by `DARTBOARD_REDRAW=1 cargo test -p dartboard-core --lib drawings`; look at them before they are
/// committed.
#[test]
fn drawings_are_those_that_were_looked_at() {
    let (short, long) = (made_up(40_000_000), made_up(u64::MAX / 1_000));
    for (name, drawn, looked_at) in [
        (
            "saved",
            ConvergenceChart::new(&short, Room::on_paper(620.0)).saved_svg(),
            include_str!("tests/saved.svg"),
        ),
        (
            "narrow",
            ConvergenceChart::new(&long, Room::on_paper(340.0)).saved_svg(),
            include_str!("tests/narrow.svg"),
        ),
        (
            "wide",
            ConvergenceChart::new(&long, Room::on_paper(1_200.0)).saved_svg(),
            include_str!("tests/wide.svg"),
        ),
        (
            "nothing-yet",
            ConvergenceChart::new(&[], Room::on_paper(340.0)).saved_svg(),
            include_str!("tests/nothing-yet.svg"),
        ),
    ] {
        assert_drawn(
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/run/convergence/tests"),
            name,
            &drawn,
            looked_at,
        );
    }
}

// Fails with: a file whose curve is not the page's, or with the page's reading mark in it.
#[test]
fn what_is_saved_is_what_is_shown_without_the_reading_mark() {
    let marks = made_up(1_000_000);
    let chart = ConvergenceChart::new(&marks, Room::on_paper(500.0));
    let (shown, saved) = (chart.svg(Some(3)), chart.saved_svg());
    let curve =
        |svg: &str| svg.split("class=\"curve\" d=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(curve(&shown.to_string()), curve(&saved));
    assert_eq!(curve(&saved).split(['M', 'L']).skip(1).count(), marks.len());
    let mark = shown.children.last().unwrap().to_string();
    assert!(mark.starts_with("<circle class=\"reading-mark\" cx=\""), "{mark}");
    assert!(
        !saved.contains("reading-mark") && !chart.svg(Some(marks.len())).to_string().contains("reading-mark")
    );
    let (width, height) = chart.size_px();
    assert!(saved.contains(&format!("viewBox=\"0 0 {width:.0} {height:.0}\"")), "{saved}");
}

// Fails with: a pointer that reads another mark than the one below it.
#[test]
fn a_pointer_reads_the_nearest_mark() {
    let marks = made_up(1_000_000);
    let chart = ConvergenceChart::new(&marks, Room::on_paper(500.0));
    for (index, &mark) in marks.iter().enumerate() {
        assert_eq!(chart.nearest(chart.at(mark).0 + 0.4), Some(index));
    }
    assert_eq!([-1e9, 1e9].map(|x| chart.nearest(x)), [Some(0), Some(marks.len() - 1)]);
    assert_eq!(ConvergenceChart::new(&[], Room::on_paper(500.0)).nearest(10.0), None);
}

#[test]
fn readings_say_what_the_chart_shows() {
    assert_eq!(
        reading(Some(Tally { points: 1_000_000, inside: 785_000 })),
        "After 1,000,000 points: π ≈ 3.14000000, off by 1.6 × 10⁻³. Half of all runs are off by less than 1.1 × 10⁻³ there."
    );
    assert_eq!(reading(None), "No points yet.");
    assert_eq!(reading(Some(Tally::default())), "No points yet.");
}

proptest! {
    // Fails with: a curve or words beyond the picture's edge.
    #[test]
    fn all_lies_within_the_picture(
        width in 240.0..2_600.0_f64, height in 180.0..1_400.0_f64, line in 14.0..32.0_f64, most in 100..u64::MAX
    ) {
        let marks = made_up(most);
        let chart = ConvergenceChart::new(&marks, Room { width, height, line });
        let svg = chart.svg(Some(0)).to_string();
        let (width, height) = chart.size_px();
        let across = ["x", "x1", "x2", "cx"].map(|name| (name, width));
        let down = ["y", "y1", "y2", "cy"].map(|name| (name, height));
        for (name, most) in across.into_iter().chain(down) {
            for at in numbers(&svg, name) {
                prop_assert!((0.0..=most).contains(&at), "{} of {} in {}", name, at, svg);
            }
        }
        for &mark in &marks {
            let (x, y) = chart.at(mark);
            prop_assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y));
        }
    }
}
