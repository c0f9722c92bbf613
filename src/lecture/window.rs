//! A window to play with while the page works: a label, a field, a button, and a hand that a script moves.

use gloo::utils::document;
use yew::prelude::*;
use yew::virtual_dom::VText;

use super::drawings::view_head;
use crate::browser::frames::Frames;
use crate::browser::{clock, screen};
use crate::ui::{attributed, text, view_button, view_svg};
use dartboard_core::chart::SvgElement;
use dartboard_core::text::whole_ms;

/// The label, whose text no view has: it is there before anything is drawn.
const LABEL: &str = "window-label";

/// The hand, whose angle no view has.
const HAND: &str = "window-hand";

/// How long the hand takes for a turn, in milliseconds.
const TURN_MS: u64 = 3_600;

/// Sets the label's text; nothing where there is no window, as in the check before class.
pub(super) fn set_label(text: &str) {
    let Some(label) = document().get_element_by_id(LABEL) else { return };
    match label.first_child() {
        // A text that replaces another would be taken for its translation (assets/boot.js).
        Some(said) => said.set_node_value(Some(text)),
        None => label.set_text_content(Some(text)),
    }
}

/// Turns the hand with each frame.
pub(super) fn turn_hand() -> Frames {
    // Whoever wants little motion sees a step a second.
    let step_ms = if screen::prefers_reduced_motion() { 1_000 } else { 1 };
    Frames::each(move || {
        let ms = whole_ms(clock::now().since_origin()) / step_ms * step_ms;
        let degrees = ms % TURN_MS * 360 / TURN_MS;
        if let Some(hand) = document().get_element_by_id(HAND) {
            // It fails only for names that are no attribute's.
            let _ = hand.set_attribute("transform", &format!("rotate({degrees})"));
        }
    })
}

/// The window, whose button was pressed so often.
pub(super) fn view_window(presses: u32, on_press: Callback<MouseEvent>) -> Html {
    let face = SvgElement::new("circle").with("r", "47");
    let hand = SvgElement::new("line").with("id", HAND).with("y2", "-38");
    let clock = SvgElement::new("svg").with("class", "hand").with("viewBox", "-50 -50 100 100");
    let label = attributed("label", "", &[("for", "window-text")], vec![VText::new("Type here").into()]);
    let input = attributed("input", "", &[("id", "window-text"), ("autocomplete", "off")], Vec::new());
    let parts = vec![
        view_svg(clock.with("aria-hidden", "true").holding([face, hand])),
        attributed("p", "", &[("id", LABEL)], Vec::new()),
        attributed("div", "field", &[], vec![label, input]),
        view_button("Press me", on_press),
        text("span", "", format!("pressed: {presses}").into()),
    ];
    // Because of its key, no other lesson reuses what a script has changed in it.
    html! {
        <section key="window" class="panel" aria-label="The window">
            { view_head(text("h2", "", "The window".into()), "use it while it works") }
            { attributed("div", "window", &[], parts) }
        </section>
    }
}
