//! Lines in a chart: what was counted over time, or by a setting.

use super::width_of;
use crate::chart::{LinearAxis, LogAxis, Room, SvgElement, line_path, picture};
use crate::lecture::shown::{Across, Curves, Series};
use crate::text::{Fixed, Grouped, short_count};

/// Heights, in lines of text: of a plot, of what is above it, and of what is below.
const PLOT: f64 = 5.0;
const HEAD: f64 = 0.6;
const FOOT: f64 = 1.8;

/// How many lines of text lie between two labels across, at least.
const APART: f64 = 4.0;

/// The height of the drawing, in pixels, where a line of text has `line`.
pub fn curves_height(curves: &Curves, line: f64) -> f64 {
    line * match curves.across {
        Across::Seconds => curves.series.len() as f64 * (HEAD + PLOT * 0.6) + FOOT,
        Across::LinesPerMessage => HEAD + 2.4 * PLOT + FOOT,
    }
}

/// The lines in `room`: each in a plot of its own over time, all in one by a setting.
pub fn draw_curves(curves: &Curves, room: Room) -> SvgElement {
    let line = room.line;
    let names = curves.series.iter().map(|series| series.name);
    let left = width_of(names.chain(["10,000,000"]), line);
    let within = (left, room.width - line);
    let parts = match curves.across {
        Across::Seconds => over_time(curves, within, line),
        Across::LinesPerMessage => by_powers_of_ten(curves, within, line),
    };
    picture(room.width, curves_height(curves, line), in_words(curves)).with("class", "curves").holding(parts)
}

fn row(y: f64, (left, right): (f64, f64)) -> SvgElement {
    SvgElement::new("line").with("class", "grid").at("x1", left).at("x2", right).at("y1", y).at("y2", y)
}

fn over_time(curves: &Curves, (left, right): (f64, f64), line: f64) -> Vec<SvgElement> {
    let ends = curves.series.iter().filter_map(|series| series.points.last());
    let end = ends.map(|&(across, _)| across).fold(0.0, f64::max);
    let x = LinearAxis::from_zero(end.max(1e-3), left, right);
    let mut parts = Vec::new();
    let mut top = HEAD * line;
    for series in &curves.series {
        let bottom = top + PLOT * 0.6 * line;
        let y = LinearAxis::from_zero(curves.most, bottom, top);
        parts.push(SvgElement::label(0.0, f64::midpoint(top, bottom) + 0.3 * line, series.name));
        parts.extend([row(top, (left, right)), row(bottom, (left, right))]);
        // What was counted stays so until it is counted again.
        let mut steps = Vec::new();
        for &(across, up) in &series.points {
            let at = (x.position_px(across), y.position_px(up));
            steps.extend(steps.last().map(|&(_, before)| (at.0, before)));
            steps.push(at);
        }
        let area = steps.first().zip(steps.last()).map(|(first, last)| {
            line_path([(first.0, bottom)].into_iter().chain(steps.iter().copied()).chain([(last.0, bottom)]))
                + "Z"
        });
        parts.extend(area.map(|area| SvgElement::path("depth", area)));
        parts.push(SvgElement::path("got", line_path(steps)));
        top = bottom + HEAD * line;
    }
    let ticks = x.ticks(APART * line);
    let last = ticks.len().saturating_sub(1);
    parts.extend(ticks.into_iter().enumerate().map(|(index, tick)| {
        let unit = if index == last { " s" } else { "" };
        let text = format!("{}{unit}", Fixed(tick.value, tick.decimals));
        let anchor = if index == 0 { "start" } else { "middle" };
        SvgElement::label(x.position_px(tick.value), top + 0.8 * line, text)
            .with("text-anchor", anchor)
            .with("class", "soft")
    }));
    parts
}

fn by_powers_of_ten(curves: &Curves, (left, right): (f64, f64), line: f64) -> Vec<SvgElement> {
    let (top, bottom) = (HEAD * line, (HEAD + 2.4 * PLOT) * line);
    let x = LogAxis::enclosing(1.0, 1e4, left + line, right - line);
    let least = curves.series.iter().flat_map(|series| &series.points).map(|&(_, up)| up).fold(1e4, f64::min);
    let y = LogAxis::enclosing(least, curves.most, bottom, top);
    let mut parts = Vec::new();
    let power = |decade: i32| 10_f64.powi(decade);
    for decade in y.labelled_decades(1.5 * line) {
        let at = y.position_px(power(decade));
        parts.push(row(at, (left, right)));
        let label = SvgElement::label(left - 0.4 * line, at + 0.3 * line, short_count(power(decade)));
        parts.push(label.with("text-anchor", "end").with("class", "soft"));
    }
    for decade in x.labelled_decades(2.0 * line) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 10,000")]
        let text = Grouped(power(decade) as u64).to_string();
        let label = SvgElement::label(x.position_px(power(decade)), bottom + 1.2 * line, text);
        parts.push(label.with("text-anchor", "middle").with("class", "soft"));
    }
    if let Some((value, name)) = curves.reference {
        let at = y.position_px(value);
        parts.push(row(at, (left, right)).with("class", "reference"));
        parts
            .push(SvgElement::label(right, at + line, name).with("text-anchor", "end").with("class", "soft"));
    }
    for (Series { name, points }, class) in curves.series.iter().zip(["got", "expected"]) {
        let at = |&(across, up): &(f64, f64)| (x.position_px(across), y.position_px(up));
        parts.push(SvgElement::path(class, line_path(points.iter().map(at))));
        parts.extend(points.iter().map(at).map(|(x, y)| {
            SvgElement::new("circle").with("class", "run").at("cx", x).at("cy", y).at("r", 0.25 * line)
        }));
        // At its first point the lines are furthest apart.
        parts.extend(
            points.first().map(at).map(|(x, y)| SvgElement::label(x + 0.6 * line, y + 0.9 * line, *name)),
        );
    }
    parts
}

/// The chart for those who do not see it.
fn in_words(curves: &Curves) -> String {
    let series = |series: &Series| match curves.across {
        Across::Seconds => {
            let sum: f64 = series.points.iter().map(|&(_, up)| up).sum();
            let mean = sum / series.points.len().max(1) as f64;
            format!("{}: {} on average", series.name, Fixed(mean, 1))
        }
        Across::LinesPerMessage => {
            let points = series
                .points
                .iter()
                .map(|&(across, up)| format!("{}: {}", Fixed(across, 0), short_count(up)));
            format!("{}: {}", series.name, points.collect::<Vec<_>>().join(", "))
        }
    };
    let all: Vec<String> = curves.series.iter().filter(|it| !it.points.is_empty()).map(series).collect();
    format!("{}, {}. {}", curves.title, curves.note, all.join("; "))
}
