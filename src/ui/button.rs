//! A button with words on it.
//!
//! Its class is set as a property: Yew's sets of classes would be 2 KB of a program that has no other use for them.

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
    html! { <button ~className={class.unwrap_or_default()} {disabled} {onclick}>{ label }</button> }
}

/// What a button is besides its words.
#[derive(Clone, Copy, Default)]
pub struct ButtonLook {
    /// Its id.
    pub id: Option<&'static str>,
    /// Its class in the style sheet.
    pub class: Option<&'static str>,
    /// Its role, and the id of what it controls, where it is a tab.
    pub tab_of: Option<&'static str>,
    /// Whether it is the one chosen, among tabs or steps.
    pub is_chosen: bool,
    /// Whether it cannot be pressed.
    pub disabled: bool,
}

/// A button that holds `content`.
#[inline(never)]
pub fn view_button_like(look: ButtonLook, content: Html, onclick: Callback<MouseEvent>) -> Html {
    let ButtonLook { id, class, tab_of, is_chosen, disabled } = look;
    html! {
        <button
            {id}
            ~className={class.unwrap_or_default()}
            role={tab_of.is_some().then_some("tab")}
            aria-selected={tab_of.is_some().then_some(if is_chosen { "true" } else { "false" })}
            aria-controls={tab_of}
            aria-current={(tab_of.is_none() && is_chosen).then_some("step")}
            {disabled}
            {onclick}
        >
            { content }
        </button>
    }
}
