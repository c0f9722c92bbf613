//! A strip of runs: each a dot at its result, dots of like results stacked, guesses marked above.

use super::{MARK, guess_mark};
use crate::chart::{Room, SvgElement, picture};
use crate::lecture::shown::Strip;
use crate::text::Grouped;

/// The strip in `room`.
pub fn draw_strip(strip: &Strip, room: Room) -> SvgElement {
    let line = room.line;
    let (least, most) = strip.axis;
    let radius = (room.width / 60.0).min(0.6 * line).max(4.0);
    let (left, right) = (radius + 1.0, room.width - radius - 1.0);
    let base = room.height - 1.8 * line;
    let x_of = |value: f64| left + ((value - least) / (most - least)).clamp(0.0, 1.0) * (right - left);
    let mut parts = Vec::new();
    // Dots whose places are the same are stacked; where too many lie on each other, they move closer.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a screen")]
    let column_of = |value: f64| ((x_of(value) - left) / (2.0 * radius + 1.0)).round() as u32;
    let highest = strip
        .values
        .iter()
        .map(|&value| strip.values.iter().filter(|&&other| column_of(other) == column_of(value)).count());
    let marks = if strip.guesses.is_empty() { 0.0 } else { 2.4 * line };
    let highest = highest.max().unwrap_or(1).max(1);
    let apart = ((base - marks - radius) / highest as f64).min(2.0 * radius + 1.0);
    for (index, &value) in strip.values.iter().enumerate() {
        let column = column_of(value);
        let below = strip.values[..index].iter().filter(|&&other| column_of(other) == column).count();
        let is_last = index + 1 == strip.values.len();
        let dot = SvgElement::new("circle").with("class", if is_last { "last" } else { "run" });
        let y = base - radius - 1.0 - below as f64 * apart;
        parts.push(
            dot.at("cx", (left + f64::from(column) * (2.0 * radius + 1.0)).min(right))
                .at("cy", y)
                .at("r", radius - 0.5),
        );
    }
    for (index, &guess) in strip.guesses.iter().enumerate() {
        let x = x_of(guess);
        let above = strip.guesses[..index].iter().filter(|&&other| (x_of(other) - x).abs() < line).count();
        let top = 1.2 * line - above as f64 * 0.5 * line;
        let drop = SvgElement::new("line").with("class", "guess").at("x1", x).at("x2", x);
        parts.push(drop.at("y1", top + MARK * line).at("y2", base));
        parts.push(guess_mark(x, top, line));
    }
    let axis = SvgElement::new("line").with("class", "base");
    parts.push(axis.at("x1", left).at("x2", right).at("y1", base).at("y2", base));
    for (value, anchor, x) in [
        (least, "start", left - radius),
        (f64::midpoint(least, most), "middle", f64::midpoint(left, right)),
        (most, "end", right + radius),
    ] {
        // On a short axis the middle may be between two numbers.
        if most - least < 10.0 && value.fract() > 0.0 {
            continue;
        }
        let label = SvgElement::label(x, base + 1.3 * line, number(value));
        parts.push(label.with("text-anchor", anchor).with("class", "soft"));
    }
    picture(room.width, room.height, in_words(strip)).with("class", "strip").holding(parts)
}

fn number(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = value.round() as u64;
    Grouped(whole).to_string()
}

fn in_words(strip: &Strip) -> String {
    let values = |values: &[f64]| values.iter().copied().map(number).collect::<Vec<_>>().join("; ");
    let guesses = if strip.guesses.is_empty() {
        String::new()
    } else {
        format!(". Guesses: {}", values(&strip.guesses))
    };
    format!("Results: {}{guesses}", values(&strip.values))
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
        let strip = Strip { note: String::new(), values, axis: (1e6, 2e6), guesses: vec![2e6, 2e6, 1.5e6] };
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

    // Fails with: a middle that says another number than its place is.
    #[test]
    fn a_middle_between_two_numbers_has_no_label() {
        let strip = Strip { note: String::new(), values: vec![1.0, 4.0], axis: (1.0, 4.0), guesses: vec![] };
        let text = draw_strip(&strip, Room { width: 300.0, height: 200.0, line: 16.0 }).to_string();
        assert_eq!(text.matches("</text>").count(), 2, "{text}");
    }
}
