//! The pictures of the lessons, from what was measured: lanes of threads over time, bars of times, a strip of runs.

mod bars;
mod lanes;
mod strip;

pub use bars::{bars_height, draw_bars};
pub use lanes::{draw_lanes, lanes_height, legend_box};
pub use strip::draw_strip;
