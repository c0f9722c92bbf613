//! Whether the page is visible, and how it is drawn.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use web_sys::{Element, EventTarget};
use yew::Callback;

/// Whether the page is in a hidden tab or a minimised window.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Pixels of the screen in a CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().clamp(1.0, 4.0)
}

/// Lets the style sheet show the presenter view, or no more.
pub fn set_presenter(presenter: bool) {
    if let Some(root) = document().document_element() {
        // It fails only for names that are no attribute's.
        let _ = if presenter {
            root.set_attribute("data-view", "presenter")
        } else {
            root.remove_attribute("data-view")
        };
    }
}

/// Reports each change after which drawings may look different: of the system's colours, of the window's size (and with it its
/// pixels), and when a page comes back that the browser has kept.
pub fn on_other_look(on_change: &Callback<()>) -> Vec<EventListener> {
    let listen = |target: &EventTarget, name: &'static str| {
        let on_change = on_change.clone();
        EventListener::new(target, name, move |_| on_change.emit(()))
    };
    let queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];
    let queries = queries.into_iter().filter_map(|query| window().match_media(query).ok().flatten());
    let mut listeners: Vec<EventListener> = queries.map(|query| listen(&query, "change")).collect();
    listeners.extend(["resize", "pageshow"].map(|name| listen(&window(), name)));
    listeners
}

/// Whether the user asks for less motion.
pub fn prefers_reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// The size of the letters in `element`, in CSS pixels.
pub fn font_size_px(element: &Element) -> f64 {
    let style = window().get_computed_style(element).ok().flatten();
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    // The browser's own reader is there already.
    size.map_or(0.0, |size| js_sys::parse_float(&size)).max(1.0)
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
