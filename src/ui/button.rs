//! A button with words on it.

use yew::prelude::*;

/// A button called `label`.
pub fn view_button(label: &'static str, onclick: Callback<MouseEvent>) -> Html {
    view_button_of(None, label, false, onclick)
}

/// A button of the style sheet's `class`, which can be pressed unless it is `disabled`. Made in one place, since there
/// are many and each would be code of its own.
#[inline(never)]
pub fn view_button_of(
    class: Option<&'static str>,
    label: &'static str,
    disabled: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! { <button {class} {disabled} {onclick}>{ label }</button> }
}
