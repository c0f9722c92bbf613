//! The question that a panel raises, with its answer for whoever wants to know.

use yew::prelude::*;

use dartboard_core::lecture::explanations::Explanation;

/// An answer under the question that opens it.
pub fn view_explained(what: Explanation) -> Html {
    html! {
        <details class="menu ask explanation">
            <summary>{ what.question() }</summary>
            <p class="menu-panel">{ what.text() }</p>
        </details>
    }
}
