//! What stands above every page.

use yew::prelude::*;

use crate::browser::theme::Theme;
use dartboard_core::address::Page;

/// The name, the way to the other pages, and behind ⋯ what else can be done: `more`.
pub fn view_header(current: Page, more: Html) -> Html {
    // The page that is shown is no link: following it would forget what its address says.
    let link = |page: Page| {
        let here = page == current;
        html! { <a href={(!here).then_some(page.route())} aria-current={here.then_some("page")}>{ page.name() }</a> }
    };
    html! {
        <header>
            <p class="brand"><strong>{ "Dartboard" }</strong><span>{ "Estimate π with random points, on all cores" }</span></p>
            <nav aria-label="Pages">{ for Page::IN_HEADER.map(link) }</nav>
            <details class="menu more">
                <summary aria-label="More: theme, keys, view">{ "⋯" }</summary>
                <div class="menu-panel">{ more }</div>
            </details>
        </header>
    }
}

/// The button that switches the theme.
pub fn view_theme_switch(theme: Theme, on_switch: Callback<MouseEvent>) -> Html {
    html! {
        <button onclick={on_switch} title="light, dark, or as the system prefers">
            { format!("Theme: {}", theme.name()) }
        </button>
    }
}
