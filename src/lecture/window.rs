//! A window to play with while the page works: a label, a field, a button, and a hand that a script moves.

use gloo::utils::document;
use web_sys::Element;
use yew::prelude::*;
use yew::virtual_dom::VText;

use super::drawings::view_head;
use crate::browser::frames::Frames;
use crate::browser::{clock, screen};
use crate::ui::{text, view_button};
use dartboard_core::text::whole_ms;

/// The label, whose text no view has: it is there before anything is drawn.
const LABEL: &str = "window-label";

/// How long the hand takes for a turn, in milliseconds.
const TURN_MS: u64 = 3_600;

/// Sets the label's text; nothing where there is no window, as in the check before class.
pub(super) fn set_label(text: &str) {
    if let Some(label) = document().get_element_by_id(LABEL) {
        label.set_text_content(Some(text));
    }
}

/// The window.
#[component]
pub(super) fn WindowPanel() -> Html {
    let hand = use_node_ref();
    let presses = use_state(|| 0_u32);
    {
        let hand = hand.clone();
        use_effect_with((), move |()| {
            set_label("Ready.");
            // Whoever wants little motion sees a step a second.
            let step_ms = if screen::prefers_reduced_motion() { 1_000 } else { 1 };
            let frames = Frames::each(move || {
                let ms = whole_ms(clock::now().since_origin()) / step_ms * step_ms;
                let degrees = ms % TURN_MS * 360 / TURN_MS;
                if let Some(hand) = hand.cast::<Element>() {
                    // It fails only for names that are no attribute's.
                    let _ = hand.set_attribute("transform", &format!("rotate({degrees})"));
                }
            });
            move || drop(frames)
        });
    }
    let onclick = {
        let presses = presses.clone();
        Callback::from(move |_| presses.set(*presses + 1))
    };
    html! {
        <section class="panel window-panel" aria-labelledby="window-heading">
            { view_head(html! { <h2 id="window-heading">{ "The window" }</h2> }, "use it while it works") }
            <div class="window">
                <svg class="hand" viewBox="-50 -50 100 100" aria-hidden="true">
                    <circle r="47" />
                    <line y2="-38" ref={hand} />
                </svg>
                <p id={LABEL}></p>
                <div class="field">
                    <label for="window-text">{ "Type here" }</label>
                    <input id="window-text" autocomplete="off" />
                </div>
                { view_button("Press me", onclick) }
                { text("span", "", VText::new(format!("pressed: {}", *presses)).text) }
            </div>
        </section>
    }
}
