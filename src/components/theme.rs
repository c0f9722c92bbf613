//! Light, dark, or as the system prefers.

use gloo::utils::document;
use yew::prelude::*;

use crate::driver;

/// Where the choice is kept; boot.js reads it too, so that no other colours flash up first.
const STORAGE_KEY: &str = "dartboard.theme";

/// The names of the choices, the first being the system's.
const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// A switch between light, dark and the system's preference; the choice is remembered.
#[component]
pub fn ThemeSwitch() -> Html {
    let theme = use_state(|| {
        let kept = driver::stored(STORAGE_KEY);
        THEMES.into_iter().find(|name| kept.as_deref() == Some(name)).unwrap_or(THEMES[0])
    });
    use_effect_with(*theme, |&theme| {
        if let Some(root) = document().document_element() {
            // The name of an attribute that is valid by construction.
            let _ = root.set_attribute("data-theme", theme);
        }
    });
    let on_click = {
        let theme = theme.clone();
        Callback::from(move |_| {
            let position = THEMES.iter().position(|name| *name == *theme).unwrap_or(0);
            let next = THEMES[(position + 1) % THEMES.len()];
            // Where nothing can be stored the choice lasts until the page is left.
            let _ = driver::store(STORAGE_KEY, next);
            theme.set(next);
        })
    };
    html! {
        <button class="small" onclick={on_click} title="light, dark, or as the system prefers">
            { format!("Theme: {}", *theme) }
        </button>
    }
}
