//! What a chart shows, and approved drawings of it.

use proptest::prelude::*;

use super::*;
use crate::benchmark::condition::{Condition, Group};
use crate::benchmark::results::summaries;
use crate::benchmark::results::tests::sample;
use crate::chart::tests::{assert_drawn, numbers};

fn results() -> Vec<Summary> {
    summaries(&[
        sample(Mode::Sequential, 1, 1, 1_000.0),
        sample(Mode::Cooperative, 2, 1, 1_010.0),
        sample(Mode::Workers, 1, 1, 1_000.0),
        sample(Mode::Workers, 2, 1, 500.0),
        sample(Mode::Workers, 4, 1, 510.0),
    ])
}

#[test]
fn a_chart_has_a_mark_for_each_result_and_names_what_it_shows() {
    let results = results();
    let machine = Machine { name: None, summaries: &results, cores: 2 };
    for figure in [Figure::Time, Figure::SpeedUp] {
        let svg = figure.svg(&[machine], 600.0).unwrap().to_string();
        // Five results, and one of each mode in the legend.
        assert_eq!(svg.matches("class=\"mark").count(), 5 + 3, "{svg}");
        for part in ["2 cores", "class=\"ideal\"", "Web Workers", "workers, threads or tasks", figure.title()]
        {
            assert!(svg.contains(part), "{figure:?} lacks {part}");
        }
        assert!(!svg.contains("style="), "a strict page takes no styles in attributes");
    }
    assert_eq!(Figure::Sweep.svg(&[machine], 600.0), None);
    assert_eq!(Figure::Time.svg(&[], 600.0), None);
}

// Fails with: another machine's cooperative tasks taken for threads.
#[test]
fn threads_and_their_stand_in_are_told_apart() {
    let [own, other] = [Mode::Threads, Mode::Cooperative].map(|mode| made_up(1_000.0, 2, 2, mode));
    let own = Machine { name: None, summaries: &own, cores: 2 };
    let other = Machine { name: Some("another"), summaries: &other, cores: 2 };
    let svg = Figure::Time.svg(&[own, other], 600.0).unwrap().to_string();
    assert!(svg.contains(">threads with a GIL</text>") && svg.contains(">cooperative tasks: another</text>"));
    let shape = |mode| mark(mode, false, 0.0, 0.0).to_string().split_once('m').unwrap().1.to_owned();
    let shapes = Mode::ALL.map(|mode| shape(mode).split_once(" d=").unwrap().1.to_owned());
    for (index, shape) in shapes.iter().enumerate() {
        assert!(!shapes[index + 1..].contains(shape), "{shape}");
    }
}

#[test]
fn the_ideal_is_seen_whole() {
    let results = results();
    let slow: Vec<_> = results.iter().filter(|summary| summary.condition.workers != 2).cloned().collect();
    let machine = Machine { name: None, summaries: &slow, cores: 4 };
    let svg = Figure::SpeedUp.svg(&[machine], 600.0).unwrap().to_string();
    let ideal = svg.split("class=\"ideal\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let heights: Vec<f64> =
        ideal.split(['M', 'L']).filter_map(|point| point.split(' ').nth(1)?.parse().ok()).collect();
    // It rises all the way: an axis too short would cut it off.
    assert!(heights.len() > 10 && heights.windows(2).all(|pair| pair[1] < pair[0]), "{heights:?}");
}

#[test]
fn a_name_from_a_file_stays_text() {
    let results = results();
    let own = Machine { name: None, summaries: &results, cores: 2 };
    let other = Machine { name: Some("<script>alert(1)</script>&\"\u{7}"), ..own };
    let svg = Figure::Time.saved_svg(&[own, other]).unwrap();
    assert!(!svg.contains("<script") && svg.contains("&lt;/script&gt;&amp;&quot; <"), "{svg}");
    assert_eq!(svg.matches("class=\"line workers other\"").count(), 2);
    assert!(svg.contains("<style>") && svg.contains("<title>Time against workers</title>"));
}

#[test]
fn charts_are_saved_under_names_of_their_own() {
    let names = Figure::ALL.map(Figure::file_name);
    assert_eq!(names, ["dartboard-time", "dartboard-speed-up", "dartboard-batch-size"]);
}

#[test]
fn batch_sizes_are_labelled_as_people_say_them() {
    let labels = [1e5, 3e5, 1e6, 3e7, 1e9].map(|points| Figure::Sweep.position_label(points));
    assert_eq!(labels, ["10⁵", "300k", "10⁶", "30M", "10⁹"]);
}

/// Six made-up times of each condition, in percent of a condition's own: enough for an interval.
const SPREAD_PERCENT: [f64; 6] = [97.0, 99.0, 100.0, 100.0, 102.0, 106.0];

/// Made-up results of a machine that takes `sequential_ms` for the work on one core, with threads or their stand-in.
fn made_up(sequential_ms: f64, cores: u32, most_workers: u32, second: Mode) -> Vec<Summary> {
    let mut samples = Vec::new();
    for (repeat, percent) in (1..).zip(SPREAD_PERCENT) {
        let mut time =
            |mode, workers, ms: f64| samples.push(sample(mode, workers, repeat, ms * percent / 100.0));
        time(Mode::Sequential, 1, sequential_ms);
        time(second, 2, sequential_ms * 1.02);
        for workers in 1..=most_workers {
            time(Mode::Workers, workers, sequential_ms * 1.1 / f64::from(workers.min(cores)));
        }
        for (batch_points, factor) in [(100_000, 1.6), (300_000, 1.3), (1_000_000, 1.1), (30_000_000, 1.05)] {
            let mut swept = sample(Mode::Workers, 2, repeat, sequential_ms * factor / 2.0 * percent / 100.0);
            swept.condition = Condition { group: Group::Sweep, batch_points, ..swept.condition };
            samples.push(swept);
        }
    }
    summaries(&samples)
}

/// They are drawn anew by `DARTBOARD_REDRAW=1 cargo test -p dartboard-core --lib drawings`; look at them before they are
/// committed.
#[test]
fn drawings_are_those_that_were_looked_at() {
    let here = made_up(1_000.0, 4, 6, Mode::Threads);
    let there = made_up(1_440.0, 2, 3, Mode::Cooperative);
    let lone = made_up(52.0, 1, 1, Mode::Cooperative);
    let large = made_up(900.0, 12, 24, Mode::Threads);
    let own = Machine { name: None, summaries: &here, cores: 4 };
    let other = Machine { name: Some("Firefox 153 & 2 cores"), summaries: &there, cores: 2 };
    let one_core = Machine { name: None, summaries: &lone, cores: 1 };
    let many_cores = Machine { name: None, summaries: &large, cores: 12 };
    let text = |drawing: Option<SvgElement>| drawing.unwrap().to_string();
    for (name, drawn, looked_at) in [
        ("time", Figure::Time.saved_svg(&[own, other]).unwrap(), include_str!("tests/time.svg")),
        (
            "speed-up-narrow",
            text(Figure::SpeedUp.svg(&[own, other], 340.0)),
            include_str!("tests/speed-up-narrow.svg"),
        ),
        ("sweep-wide", text(Figure::Sweep.svg(&[own, other], 1_200.0)), include_str!("tests/sweep-wide.svg")),
        ("many-cores", text(Figure::SpeedUp.svg(&[many_cores], 340.0)), include_str!("tests/many-cores.svg")),
        ("one-core", text(Figure::Time.svg(&[one_core], 600.0)), include_str!("tests/one-core.svg")),
    ] {
        assert_drawn(
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/benchmark/figure/tests"),
            name,
            &drawn,
            looked_at,
        );
    }
}

/// The positions where marks are drawn.
fn marks(svg: &str) -> Vec<(f64, f64)> {
    svg.split("<path class=\"mark ")
        .skip(1)
        .map(|rest| {
            let path = rest.split("d=\"M").nth(1).unwrap();
            let (x, rest) = path.split_once(' ').unwrap();
            (x.parse().unwrap(), rest.split('m').next().unwrap().parse().unwrap())
        })
        .collect()
}

proptest! {
    // Fails with: marks or words beyond the picture's edge, or a legend that is drawn over the chart.
    #[test]
    fn all_lies_within_the_picture(
        width in 320.0..2_600.0_f64,
        ms in 1.0..20_000.0_f64,
        cores in 1..9_u32,
        most_workers in 1..17_u32,
        two in any::<bool>(),
    ) {
        let results = made_up(ms, cores, most_workers, if two { Mode::Cooperative } else { Mode::Threads });
        let own = Machine { name: None, summaries: &results, cores };
        let other = Machine { name: Some("another"), ..own };
        let machines = if two { vec![own, other] } else { vec![own] };
        for figure in Figure::ALL {
            let svg = figure.svg(&machines, width).unwrap().to_string();
            let (width, height) = (numbers(&svg, "width")[0], numbers(&svg, "height")[0]);
            let top = numbers(&svg, "y1").into_iter().fold(f64::MAX, f64::min);
            let across = ["x", "x1", "x2"].map(|name| (name, width));
            let down = ["y", "y1", "y2"].map(|name| (name, height));
            for (name, most) in across.into_iter().chain(down) {
                for at in numbers(&svg, name) {
                    prop_assert!((0.0..=most).contains(&at), "{name} of {at} in {svg}");
                }
            }
            let marks = marks(&svg);
            let legend = machines.len() * if figure == Figure::Sweep { 1 } else { 3 };
            let (in_chart, in_legend) = marks.split_at(marks.len() - legend);
            for &(x, y) in &marks {
                prop_assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{x}, {y} in {svg}");
            }
            let lowest_of_legend = in_legend.iter().map(|&(_, y)| y).fold(0.0, f64::max);
            let highest_of_chart = in_chart.iter().map(|&(_, y)| y).fold(top, f64::min);
            prop_assert!(lowest_of_legend + 12.0 < highest_of_chart, "{svg}");
        }
    }
}
