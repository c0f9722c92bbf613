//! Lanes: what each thread did over time, and what was counted, on one time axis.

use super::{fitting, width_of};
use crate::chart::{LinearAxis, Room, SvgElement, line_path, picture};
use crate::lecture::shown::{Curve, Lane, Lanes, Look, Stretch};
use crate::text::{Fixed, Grouped};

/// Height of a lane and of the gap below it, in lines of text.
const LANE: f64 = 1.7;
const GAP: f64 = 0.5;

/// Height of the curve, in lines of text.
const CURVE: f64 = 6.0;

/// Height of the axis' labels, in lines of text.
const AXIS: f64 = 1.6;

/// The shortest stretch that is drawn, in pixels: a short death stays visible.
const LEAST_PX: f64 = 1.0;

/// The height of the drawing, in pixels, where a line of text has `line`.
pub fn lanes_height(lanes: &Lanes, line: f64) -> f64 {
    let curve = if lanes.curve.is_some() { CURVE } else { 0.0 };
    line * (lanes.rows.len() as f64 * (LANE + GAP) + curve + AXIS)
}

/// The lanes in `room`, names to the left of them where there is room, else above.
pub fn draw_lanes(lanes: &Lanes, room: Room) -> SvgElement {
    let line = room.line;
    // A long name leaves room for what its thread does.
    let names: Vec<String> =
        lanes.rows.iter().map(|row| fitting(&row.name, 0.4 * room.width, line)).collect();
    let left = width_of(names.iter().cloned().chain(lanes.curve.iter().map(range_of)), line);
    let right = room.width - 1.0;
    let axis = LinearAxis::from_zero(lanes.span_us as f64, left, right);
    let mut parts = vec![hatches()];
    let mut top = 0.0;
    for (row, name) in lanes.rows.iter().zip(names) {
        parts.extend(lane(row, name, &axis, (left, right), top, line));
        top += (LANE + GAP) * line;
    }
    if let Some(curve) = &lanes.curve {
        parts.extend(draw_curve(curve, &axis, (left, right), top, line));
        top += CURVE * line;
    }
    parts.extend(time_axis(&axis, lanes.span_us, (left, right), top, line));
    picture(room.width, lanes_height(lanes, line), in_words(lanes)).with("class", "lanes").holding(parts)
}

/// The box of a legend that shows `look`.
pub fn legend_box(look: Look) -> SvgElement {
    let stretch = SvgElement::new("rect").with("class", look.class());
    let stretch = stretch.at("x", 1.0).at("y", 1.0).at("width", 14.0).at("height", 12.0);
    let svg = SvgElement::new("svg").with("class", "lanes").with("width", "16").with("height", "14");
    svg.with("aria-hidden", "true").holding([stretch])
}

/// How often a thread had each of these looks, as shares of its time, side by side. The first drawing of a page brings what
/// others are filled with.
pub fn draw_shares(shares: &[(Look, f64)], is_first: bool) -> SvgElement {
    let mut parts = if is_first { vec![hatches()] } else { Vec::new() };
    let mut from = 0.0;
    for &(look, share) in shares {
        let rect = SvgElement::new("rect").with("class", look.class());
        parts.push(rect.at("x", 100.0 * from).at("y", 0.0).at("width", 100.0 * share).at("height", 12.0));
        from += share;
    }
    let svg = SvgElement::new("svg").with("class", "lanes shares").with("viewBox", "0 0 100 12");
    svg.with("preserveAspectRatio", "none").with("aria-hidden", "true").holding(parts)
}

/// What fills the looks that are more than a colour.
fn hatches() -> SvgElement {
    let hatch = |id, d: &str| {
        let pattern = SvgElement::new("pattern").with("id", id).with("width", "8").with("height", "8");
        let ground = SvgElement::new("rect").with("width", "8").with("height", "8");
        pattern
            .with("patternUnits", "userSpaceOnUse")
            .holding([ground, SvgElement::new("path").with("d", d.to_owned())])
    };
    SvgElement::new("defs").holding([
        hatch("lane-starting", "M-2 6L2 10M-2 -2L10 10M6 -2L10 2"),
        hatch("lane-blocked", "M-2 2L2 -2M-2 10L10 -2M6 10L10 6"),
    ])
}

fn lane(
    row: &Lane,
    name: String,
    axis: &LinearAxis,
    (left, right): (f64, f64),
    top: f64,
    line: f64,
) -> Vec<SvgElement> {
    let bottom = top + LANE * line;
    let base = SvgElement::new("line").with("class", "base");
    let mut parts = vec![
        SvgElement::label(0.0, top + LANE * line * 0.66, name),
        base.at("x1", left).at("x2", right).at("y1", bottom).at("y2", bottom),
    ];
    parts.extend(row.stretches.iter().map(|&Stretch { from_us, to_us, look }| {
        let from = axis.position_px(from_us as f64);
        let width = (axis.position_px(to_us as f64) - from).max(LEAST_PX);
        let stretch = SvgElement::new("rect").with("class", look.class());
        stretch.at("x", from).at("y", top).at("width", width).at("height", bottom - top)
    }));
    parts
}

fn draw_curve(
    curve: &Curve,
    axis: &LinearAxis,
    (left, right): (f64, f64),
    top: f64,
    line: f64,
) -> Vec<SvgElement> {
    let (upper, lower) = (top + 0.4 * line, top + CURVE * line);
    let up = LinearAxis::from_zero(curve.most as f64, lower, upper);
    let at = |&(us, count): &(u64, u64)| (axis.position_px(us as f64), up.position_px(count as f64));
    let grid = |y| {
        SvgElement::new("line").with("class", "grid").at("x1", left).at("x2", right).at("y1", y).at("y2", y)
    };
    let between = curve.expected.iter().map(at).chain(curve.got.iter().rev().map(at));
    let area = line_path(between) + "Z";
    let lost = curve.most.saturating_sub(curve.got.last().map_or(0, |&(_, got)| got));
    let mut parts = vec![
        SvgElement::label(0.0, upper + 0.8 * line, curve.name),
        SvgElement::label(0.0, upper + 1.9 * line, format!("0 to {}", short(curve.most)))
            .with("class", "soft"),
        grid(upper),
        grid(f64::midpoint(upper, lower)),
        SvgElement::path("lost-area", area),
        SvgElement::path("expected", line_path(curve.expected.iter().map(at))),
        SvgElement::path("got", line_path(curve.got.iter().map(at))),
    ];
    if lost.saturating_mul(12) > curve.most
        && let Some((x, y)) = curve.got.last().map(at)
    {
        let label = SvgElement::label(x - 0.5 * line, f64::midpoint(y, upper) + 0.3 * line, "lost");
        parts.push(label.with("class", "lost").with("text-anchor", "end"));
    }
    parts
}

/// The range of the curve's axis, in words.
fn range_of(curve: &Curve) -> String {
    format!("0 to {}", short(curve.most))
}

/// A count of a round number in a few signs.
fn short(count: u64) -> String {
    match count {
        1_000_000.. if count.is_multiple_of(1_000_000) => format!("{} million", Grouped(count / 1_000_000)),
        _ => Grouped(count).to_string(),
    }
}

fn time_axis(
    axis: &LinearAxis,
    span_us: u64,
    (left, right): (f64, f64),
    top: f64,
    line: f64,
) -> Vec<SvgElement> {
    let (unit_us, unit) = match span_us {
        2_000_000.. => (1e6, "s"),
        2_000.. => (1e3, "ms"),
        _ => (1.0, "µs"),
    };
    let in_units = LinearAxis::from_zero(span_us as f64 / unit_us, left, right);
    let base = SvgElement::new("line").with("class", "base");
    let mut parts = vec![base.at("x1", left).at("x2", right).at("y1", top).at("y2", top)];
    let ticks = in_units.ticks(5.0 * line);
    let last = ticks.len().saturating_sub(1);
    for (index, tick) in ticks.into_iter().enumerate() {
        let x = axis.position_px(tick.value * unit_us);
        let mut text = Fixed(tick.value, tick.decimals).to_string();
        if index == last {
            text = format!("{text} {unit}");
        }
        let anchor = match index {
            0 => "start",
            _ if x > right - 2.0 * line => "end",
            _ => "middle",
        };
        parts.push(
            SvgElement::label(x, top + 1.2 * line, text).with("text-anchor", anchor).with("class", "soft"),
        );
    }
    parts
}

/// The lanes for those who do not see them: each thread with the shares of its time.
fn in_words(lanes: &Lanes) -> String {
    let share = |row: &Lane, look: Look| {
        let us: u64 = row
            .stretches
            .iter()
            .filter(|stretch| stretch.look == look)
            .map(|stretch| stretch.to_us - stretch.from_us)
            .sum();
        us as f64 / lanes.span_us.max(1) as f64
    };
    let row = |row: &Lane| {
        let shares: Vec<String> = lanes
            .legend
            .iter()
            .map(|&(look, name)| format!("{name} {} %", Fixed(100.0 * share(row, look), 0)))
            .collect();
        format!("{}: {}", row.name, shares.join(", "))
    };
    let rows: Vec<String> = lanes.rows.iter().map(row).collect();
    format!("{}. {}", lanes.title, rows.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_threads() -> Lanes {
        let stretch = |from_us, to_us, look| Stretch { from_us, to_us, look };
        let lane =
            |name: &str, stretches: &[Stretch]| Lane { name: name.to_owned(), stretches: stretches.to_vec() };
        Lanes {
            title: "Run 1, measured".to_owned(),
            note: String::new(),
            rows: vec![
                lane(
                    "Thread 1",
                    &[stretch(0, 25_000, Look::Starting), stretch(25_000, 75_000, Look::Working)],
                ),
                lane("Thread 2", &[stretch(25_000, 25_010, Look::Dead)]),
            ],
            span_us: 100_000,
            legend: vec![(Look::Starting, "starting"), (Look::Working, "adding")],
            curve: Some(Curve {
                name: "Counter",
                most: 2_000_000,
                expected: vec![(0, 0), (100_000, 2_000_000)],
                got: vec![(0, 0), (100_000, 1_000_000)],
            }),
        }
    }

    // Fails with: a stretch in another place than its time, one that is too short to be seen, letters that overlap.
    #[test]
    fn stretches_lie_at_their_time() {
        let lanes = two_threads();
        let room = Room { width: 600.0, height: 0.0, line: 16.0 };
        let drawing = draw_lanes(&lanes, room);
        let number = |element: &SvgElement, name: &str| -> f64 {
            element.attributes.iter().find(|(other, _)| *other == name).unwrap().1.parse().unwrap()
        };
        let rects: Vec<&SvgElement> = drawing.children.iter().filter(|part| part.tag == "rect").collect();
        let [starting, working, dead] = rects[..] else { panic!("{rects:?}") };
        let (left, right) = (number(starting, "x"), 599.0);
        let span = right - left;
        assert!((number(starting, "width") - span / 4.0).abs() < 0.2);
        assert!((number(working, "x") - left - span / 4.0).abs() < 0.2);
        assert!((number(working, "width") - span / 2.0).abs() < 0.2);
        assert!(number(dead, "width") >= LEAST_PX && number(dead, "y") > number(working, "y"));
        let text = drawing.to_string();
        assert!(text.contains(">100 ms</text>") && text.contains(">0 to 2 million</text>"), "{text}");
        let words =
            "Run 1, measured. Thread 1: starting 25 %, adding 50 %; Thread 2: starting 0 %, adding 0 %";
        assert!(text.contains(words), "{text}");
    }

    // Fails with: a name that takes the room of what its thread does, or lies under it.
    #[test]
    fn a_long_name_is_cut_where_there_is_no_room() {
        for name in ["Bartholomew-Alexander", "さくらさくらさくらさくらさくらさくら"] {
            let mut lanes = two_threads();
            lanes.rows[0].name = name.to_owned();
            for (width, is_cut) in [(320.0, true), (1_200.0, false)] {
                let drawing = draw_lanes(&lanes, Room { width, height: 0.0, line: 16.0 });
                let text = drawing.to_string();
                assert_eq!(text.contains("…</text>"), is_cut, "{text}");
                let x = drawing.children.iter().find(|part| part.tag == "rect").unwrap();
                let x = &x.attributes.iter().find(|(name, _)| *name == "x").unwrap().1;
                assert!(x.parse::<f64>().unwrap() < 0.6 * width, "{text}");
            }
        }
    }
}
