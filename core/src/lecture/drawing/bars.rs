//! Bars of times on one axis from zero, and what was guessed.

use super::{MARK, guess_mark, width_of};
use crate::chart::{LinearAxis, Room, SvgElement, picture};
use crate::lecture::shown::{Bar, Bars};

/// Height of a bar and of the gap below it, in lines of text.
const BAR: f64 = 1.5;
const GAP: f64 = 0.45;

/// The height of the drawing, in pixels, where a line of text has `line`.
pub fn bars_height(bars: &Bars, line: f64) -> f64 {
    let marks = if bars.guesses_ms.is_empty() { 0.0 } else { 1.4 };
    line * (bars.bars.len() as f64 * (BAR + GAP) + marks)
}

/// The bars in `room`: names to the left, figures to the right.
pub fn draw_bars(bars: &Bars, room: Room) -> SvgElement {
    let line = room.line;
    let texts = |text: fn(&Bar) -> &str| width_of(bars.bars.iter().map(text), line);
    let (left, right) = (texts(|bar| &bar.name), room.width - texts(|bar| &bar.text));
    let most = bars.bars.iter().map(|bar| bar.range_ms.1.max(bar.before_ms + bar.ms)).fold(0.0, f64::max);
    let axis = LinearAxis::from_zero(most, left, right.max(left + 1.0));
    let mut parts = Vec::new();
    let mut top = 0.0;
    if !bars.guesses_ms.is_empty() {
        parts.push(SvgElement::label(0.0, line, "Guesses").with("class", "soft"));
        top = 1.4 * line;
    }
    let first = top;
    for bar in &bars.bars {
        parts.extend(draw_bar(bar, &axis, (left, room.width), top, line));
        top += (BAR + GAP) * line;
    }
    for &ms in &bars.guesses_ms {
        parts.push(guess_mark(axis.position_px(ms), first - MARK * line - 2.0, line));
    }
    picture(room.width, bars_height(bars, line), in_words(bars)).with("class", "lanes bars").holding(parts)
}

fn draw_bar(bar: &Bar, axis: &LinearAxis, (left, right): (f64, f64), top: f64, line: f64) -> Vec<SvgElement> {
    let rect = |class, from: f64, to: f64| {
        let rect = SvgElement::new("rect").with("class", class).at("x", axis.position_px(from)).at("y", top);
        rect.at("width", axis.position_px(to) - axis.position_px(from)).at("height", BAR * line)
    };
    let base = SvgElement::new("line").with("class", "base").at("x1", left).at("x2", left);
    let text = top + 0.72 * BAR * line;
    let mut parts = vec![
        SvgElement::label(0.0, text, bar.name.clone()),
        rect(if bar.is_reference { "reference" } else { "working" }, bar.before_ms, bar.before_ms + bar.ms),
        base.at("y1", top).at("y2", top + BAR * line),
        SvgElement::label(right, text, bar.text.clone()).with("text-anchor", "end").with("class", "strong"),
    ];
    if bar.before_ms > 0.0 {
        parts.push(rect("starting", 0.0, bar.before_ms));
    }
    let middle = top + 0.5 * BAR * line;
    for class in ["halo", "range"] {
        let range = SvgElement::new("line").with("class", class).at("y1", middle).at("y2", middle);
        let (from, to) = (axis.position_px(bar.range_ms.0), axis.position_px(bar.range_ms.1));
        parts.push(range.at("x1", from).at("x2", to));
    }
    parts
}

fn in_words(bars: &Bars) -> String {
    let bar = |bar: &Bar| format!("{}: {}", bar.name, bar.text);
    format!("{}. {}", bars.title, bars.bars.iter().map(bar).collect::<Vec<_>>().join("; "))
}
