//! What is seen of the page, and how.

use gloo::utils::{document, window};
use web_sys::Element;

/// Whether the page is in a hidden tab or a minimised window.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Pixels of the screen in a CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().clamp(1.0, 4.0)
}

/// Whether the user asks for less motion.
pub fn prefers_reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// The colour that the style sheet gives the variable `name` at `element`; black if none.
pub fn colour(element: &Element, name: &str) -> String {
    let style = window().get_computed_style(element).ok().flatten();
    let value = style.and_then(|style| style.get_property_value(name).ok());
    value
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "black".to_owned())
}
