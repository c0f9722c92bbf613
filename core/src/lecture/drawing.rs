//! The pictures of the lessons, from what was measured: lanes of threads over time, bars of times, a strip of runs, lines
//! in a chart, a tree of who has started whom.

mod bars;
mod curves;
mod lanes;
mod strip;
mod tree;

pub use bars::{bars_height, draw_bars};
pub use curves::{curves_height, draw_curves};
pub use lanes::{draw_lanes, draw_shares, lanes_height, legend_box};
pub use strip::draw_strip;
pub use tree::{draw_tree, tree_height};

use crate::chart::SvgElement;
use crate::text::{Fixed, columns, cut_to};

/// Width of a character, in lines of text: of a wide font, and with some room.
const CHARACTER: f64 = 0.44;

/// Height of a guess's mark, in lines of text.
const MARK: f64 = 0.7;

/// The room that the longest of these texts takes, in pixels.
fn width_of(texts: impl Iterator<Item = impl AsRef<str>>, line: f64) -> f64 {
    let longest = texts.map(|text| text.as_ref().chars().map(columns).sum::<u32>()).max().unwrap_or(0);
    (f64::from(longest) * CHARACTER + 0.6) * line
}

/// The beginning of `text` that fits into so many pixels; a sign says that it goes on.
fn fitting(text: &str, width_px: f64, line: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a screen")]
    let most = ((width_px / line - 0.6) / CHARACTER) as u32;
    cut_to(text, most)
}

/// A guess, whose tip is at `x` and whose upper edge at `top`, in pixels.
fn guess_mark(x: f64, top: f64, line: f64) -> SvgElement {
    let half = 0.4 * line;
    let mark = format!(
        "M{} {}h{}L{} {}Z",
        Fixed(x - half, 1),
        Fixed(top, 1),
        Fixed(2.0 * half, 1),
        Fixed(x, 1),
        Fixed(top + MARK * line, 1)
    );
    SvgElement::path("guess", mark)
}
