//! What stands above every page.

use yew::prelude::*;

use crate::browser::theme::Theme;
use dartboard_core::address::Page;

/// The name, the way to the other pages, and what else belongs there.
pub fn view_header(current: Page, controls: Html) -> Html {
    // The page that is shown is no link: following it would forget what its address says.
    let link = |page: Page| {
        let here = page == current;
        html! { <a href={(!here).then_some(page.route())} aria-current={here.then_some("page")}>{ page.name() }</a> }
    };
    html! {
        <header>
            <p class="brand">{ "Dartboard" }<span>{ "π by throwing points" }</span></p>
            <nav aria-label="Pages">{ for Page::ALL.map(link) }</nav>
            { controls }
        </header>
    }
}

/// The button that switches the theme.
pub fn view_theme_switch(theme: Theme, on_switch: Callback<MouseEvent>) -> Html {
    html! {
        <button class="small" onclick={on_switch} title="light, dark, or as the system prefers">
            { format!("Theme: {}", theme.name()) }
        </button>
    }
}
