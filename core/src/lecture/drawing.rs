//! The pictures of the lessons, from what was measured: lanes of threads over time, bars of times, a strip of runs, a tree
//! of who has started whom.

mod bars;
mod lanes;
mod strip;
mod tree;

pub use bars::{bars_height, draw_bars};
pub use lanes::{draw_lanes, lanes_height, legend_box};
pub use strip::draw_strip;
pub use tree::{draw_tree, tree_height};

use crate::chart::SvgElement;
use crate::text::Fixed;

/// Width of a character, in lines of text: of a wide font, and with some room.
const CHARACTER: f64 = 0.44;

/// Height of a guess's mark, in lines of text.
const MARK: f64 = 0.7;

/// The room that the longest of these texts takes, in pixels.
fn width_of(texts: impl Iterator<Item = impl AsRef<str>>, line: f64) -> f64 {
    let longest = texts.map(|text| text.as_ref().chars().count()).max().unwrap_or(0);
    (longest as f64 * CHARACTER + 0.6) * line
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
