//! What happens behind a panel, for whoever wants to know.

use yew::prelude::*;

use dartboard_core::lecture::explanations::Explanation;

/// What [`Explained`] shows.
#[derive(Properties, PartialEq)]
pub struct ExplainedProps {
    /// What is explained.
    pub what: Explanation,
}

/// An explanation under a line that opens it.
#[component]
pub fn Explained(props: &ExplainedProps) -> Html {
    html! {
        <details class="explanation">
            <summary>{ "What happens here" }</summary>
            <p>{ props.what.text() }</p>
        </details>
    }
}
