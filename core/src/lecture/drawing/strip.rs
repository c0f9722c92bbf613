//! A strip of runs: each a dot at its result, dots of like results stacked, guesses marked above.

use super::{MARK, fitting, guess_mark, width_of};
use crate::chart::{Room, SvgElement, picture};
use crate::lecture::shown::{Strip, StripRow};
use crate::text::Grouped;

/// The strip in `room`.
pub fn draw_strip(strip: &Strip, room: Room) -> SvgElement {
    let line = room.line;
    let (least, most) = strip.axis;
    let names = strip.rows.iter().map(|row| row.name).filter(|name| !name.is_empty());
    let names = names.fold(0.0, |widest, name| width_of([name].into_iter(), line).max(widest));
    let radius = ((room.width - names) / 60.0).min(0.6 * line).max(4.0);
    let (left, right) = (names + radius + 1.0, room.width - radius - 1.0);
    let base = room.height - 1.8 * line;
    let x_of = |value: f64| left + ((value - least) / (most - least)).clamp(0.0, 1.0) * (right - left);
    let mut parts = Vec::new();
    let step = 2.0 * radius + 1.0;
    // A name has a part of the width to itself, which its dots fill line by line.
    let bands = strip.names.len().max(1);
    let band = (room.width - names) / bands as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a screen")]
    let in_line = if strip.names.is_empty() { 1 } else { ((band / step) as usize).max(2) - 1 };
    // Dots whose places are the same are stacked; where too many lie on each other, they move closer.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a screen")]
    let column_of = |value: f64| {
        if strip.names.is_empty() { ((x_of(value) - left) / step).round() as usize } else { value as usize }
    };
    let marks = if strip.guesses.is_empty() { 0.0 } else { 2.4 * line };
    let height = (base - marks) / strip.rows.len().max(1) as f64;
    for (row, number) in strip.rows.iter().rev().zip(0_u32..) {
        let base = base - f64::from(number) * height;
        let in_column =
            |values: &[f64], column| values.iter().filter(|&&other| column_of(other) == column).count();
        let highest = row.values.iter().map(|&value| in_column(&row.values, column_of(value)));
        let highest = highest.max().unwrap_or(1).div_ceil(in_line).max(1);
        let apart = ((height - radius) / highest as f64).min(step);
        for (index, &value) in row.values.iter().enumerate() {
            let column = column_of(value);
            let below = in_column(row.values.get(..index).unwrap_or_default(), column);
            let is_last = index + 1 == row.values.len();
            let dot = SvgElement::new("circle").with("class", if is_last { "last" } else { "run" });
            let x = if strip.names.is_empty() {
                left + column as f64 * step
            } else {
                left + column as f64 * band + (below % in_line) as f64 * step
            };
            let y = base - radius - 1.0 - (below / in_line) as f64 * apart;
            parts.push(dot.at("cx", x.min(right)).at("cy", y).at("r", radius - 0.5));
        }
        parts.push(SvgElement::label(0.0, base - 0.4 * line, row.name));
        let axis = SvgElement::new("line").with("class", "base");
        parts.push(axis.at("x1", left).at("x2", right).at("y1", base).at("y2", base));
    }
    for (index, &guess) in strip.guesses.iter().enumerate() {
        let x = x_of(guess);
        let above = strip.guesses[..index].iter().filter(|&&other| (x_of(other) - x).abs() < line).count();
        let top = 1.2 * line - above as f64 * 0.5 * line;
        let drop = SvgElement::new("line").with("class", "guess").at("x1", x).at("x2", x);
        parts.push(drop.at("y1", top + MARK * line).at("y2", base));
        parts.push(guess_mark(x, top, line));
    }
    let mut label = |x: f64, anchor, text| {
        let label = SvgElement::label(x, base + 1.3 * line, text);
        parts.push(label.with("text-anchor", anchor).with("class", "soft"));
    };
    for (number, name) in (0_u32..).zip(&strip.names) {
        label(left - radius + f64::from(number) * band, "start", fitting(name, band, line));
    }
    let middle = f64::midpoint(least, most);
    // On a short axis the middle may be between two numbers.
    let is_between = most - least < 10.0 && middle.fract() > 0.0;
    for (value, anchor, x, is_left_out) in [
        (least, "start", left - radius, false),
        (middle, "middle", f64::midpoint(left, right), is_between),
        (most, "end", right + radius, false),
    ] {
        if strip.names.is_empty() && !is_left_out {
            label(x, anchor, number(value));
        }
    }
    picture(room.width, room.height, in_words(strip)).with("class", "strip").holding(parts)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn number(value: f64) -> String {
    Grouped(whole(value)).to_string()
}

fn in_words(strip: &Strip) -> String {
    let said = |&value: &f64| {
        let name = usize::try_from(whole(value)).ok().and_then(|place| strip.names.get(place));
        name.cloned().unwrap_or_else(|| number(value))
    };
    let values = |values: &[f64]| values.iter().map(said).collect::<Vec<_>>().join("; ");
    let guesses = if strip.guesses.is_empty() {
        String::new()
    } else {
        format!(". Guesses: {}", values(&strip.guesses))
    };
    let row = |row: &StripRow| {
        let name = if row.name.is_empty() { "Results" } else { row.name };
        format!("{name}: {}", values(&row.values))
    };
    let rows: Vec<String> = strip.rows.iter().map(row).collect();
    format!("{}{guesses}", rows.join(". "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(drawing: &SvgElement, tag: &str, name: &str) -> Vec<f64> {
        let elements = drawing.children.iter().filter(|part| part.tag == tag);
        let attribute = |part: &SvgElement| -> Option<f64> {
            part.attributes.iter().find(|(other, _)| *other == name).and_then(|(_, value)| value.parse().ok())
        };
        elements.filter_map(attribute).collect()
    }

    // Fails with: a run without a dot, a dot outside, two dots on each other, a guess without its mark.
    #[test]
    fn every_run_has_a_dot_of_its_own() {
        let values: Vec<f64> =
            (0..50).map(|run| if run % 2 == 0 { 2e6 } else { 1e6 + f64::from(run) * 1e4 }).collect();
        let strip = Strip::of_runs(String::new(), values, (1e6, 2e6), vec![2e6, 2e6, 1.5e6]);
        for (width, height) in [(300.0, 200.0), (700.0, 240.0)] {
            let drawing = draw_strip(&strip, Room { width, height, line: 16.0 });
            let dots: Vec<(f64, f64)> = numbers(&drawing, "circle", "cx")
                .into_iter()
                .zip(numbers(&drawing, "circle", "cy"))
                .collect();
            assert_eq!(dots.len(), 50);
            for (index, dot) in dots.iter().enumerate() {
                assert!(dot.0 > 0.0 && dot.0 < width && dot.1 > 0.0 && dot.1 < height);
                assert!(!dots[..index].contains(dot), "{dot:?} stands twice");
            }
            assert_eq!(drawing.children.iter().filter(|part| part.tag == "path").count(), 3);
            let text = drawing.to_string();
            for label in ["1,000,000", "1,500,000", "2,000,000"] {
                assert!(text.contains(&format!(">{label}</text>")), "{text}");
            }
        }
    }

    // Fails with: a row that lies on another, a dot in another row than its own or over a name, a row without a name.
    #[test]
    fn rows_lie_one_below_the_other() {
        let row = |name, values: &[f64]| StripRow { name, values: values.to_vec() };
        let rows = vec![row("by polling", &[10.0, 90.0, 90.0]), row("by message", &[0.0; 12])];
        let strip =
            Strip { rows, what: "tick", ..Strip::of_runs(String::new(), vec![], (0.0, 100.0), vec![]) };
        let drawing = draw_strip(&strip, Room { width: 320.0, height: 200.0, line: 16.0 });
        let (x, y) = (numbers(&drawing, "circle", "cx"), numbers(&drawing, "circle", "cy"));
        assert!(x.iter().all(|&x| x > width_of(["by polling"].into_iter(), 16.0)), "{x:?}");
        // The lower row is drawn first.
        let (messages, polls) = y.split_at(12);
        let lowest_poll = polls.iter().copied().fold(0.0, f64::max);
        assert!(messages.iter().all(|&y| y > lowest_poll), "{y:?}");
        let text = drawing.to_string();
        assert!(text.contains(">by polling</text>") && text.contains("by message: 0; 0"), "{text}");
    }

    // Fails with: a middle that says another number than its place is.
    #[test]
    fn a_middle_between_two_numbers_has_no_label() {
        let strip = Strip::of_runs(String::new(), vec![1.0, 4.0], (1.0, 4.0), Vec::new());
        let text = draw_strip(&strip, Room { width: 300.0, height: 200.0, line: 16.0 }).to_string();
        assert_eq!(text.matches("</text>").count(), 2, "{text}");
    }

    // Fails with: a name that lies on another or hides how it goes on, a run over another's name, numbers beside names.
    #[test]
    fn names_stand_where_numbers_would() {
        let names = ["Alice", "Bartholomew-Alexander", "</text>", "דנה", "さくらさくら"].map(str::to_owned);
        let strip = Strip {
            names: names.to_vec(),
            ..Strip::of_runs(String::new(), vec![0.0, 4.0, 1.0], (0.0, 4.0), vec![])
        };
        for width in [300.0, 2_000.0] {
            let drawing = draw_strip(&strip, Room { width, height: 200.0, line: 16.0 });
            let labels: Vec<f64> = numbers(&drawing, "text", "x").split_off(1);
            assert_eq!(labels.len(), 5);
            assert!(labels.windows(2).all(|pair| pair[0] < pair[1]), "{labels:?}");
            let text = drawing.to_string();
            assert!(text.contains("Results: Alice; さくらさくら; Bartholomew-Alexander"), "{text}");
            assert_eq!(text.contains(">Bartholomew-Alexander</text>"), width > 1_000.0, "{text}");
            assert!(text.contains(">Bartho…</text>") || width > 1_000.0, "{text}");
            assert!(text.contains(">&lt;/text&gt;</text>"), "{text}");
        }
    }

    // Fails with: runs of a name that lie on each other, outside the picture, or where another name's are.
    #[test]
    fn the_runs_of_a_name_can_be_counted() {
        let row = |name, values: &[f64]| StripRow { name, values: values.to_vec() };
        let rows = vec![row("started", &[0.0; 20]), row("done", &[1.0; 50])];
        let names = vec!["Alice".to_owned(), "Bob".to_owned()];
        let strip = Strip { rows, names, ..Strip::of_runs(String::new(), vec![], (0.0, 1.0), vec![]) };
        for (width, height) in [(300.0, 200.0), (640.0, 240.0)] {
            let drawing = draw_strip(&strip, Room { width, height, line: 16.0 });
            let (x, y) = (numbers(&drawing, "circle", "cx"), numbers(&drawing, "circle", "cy"));
            let dots: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
            let bob = numbers(&drawing, "text", "x")[3];
            for (index, dot) in dots.iter().enumerate() {
                assert!(dot.0 < width && dot.1 > 0.0 && dot.1 < height, "{dot:?}");
                // The lower row, which is Bob's, is drawn first.
                assert_eq!(dot.0 > bob, index < 50, "{dot:?} and {bob}");
                assert!(!dots[..index].contains(dot), "{dot:?} stands twice");
            }
        }
    }
}
