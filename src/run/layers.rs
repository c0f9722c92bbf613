//! The lecture's picture of its program, with what this run does instead of each part.

use yew::prelude::*;

use crate::browser::clock;
use dartboard_core::coordinator::snapshot::Snapshot;
use dartboard_core::lecture::layers::{
    DIFFERENCE, EXERCISES, Load, Meter, ON_MAIN_THREAD, Row, rows, waiting, worker,
};

/// The panel of the three layers of `run`, which has asked `load` of this thread so far. It measures with each look at the
/// page, and shows that while it is `open`.
pub(super) fn view_layers(
    run: &Snapshot,
    load: Load,
    meter: &mut Meter,
    open: &UseStateHandle<bool>,
) -> Html {
    meter.record(clock::now(), load, run.status.is_counting());
    let flow = meter.flow();
    let on_toggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            open.set(event.target_unchecked_into::<web_sys::Element>().has_attribute("open"));
        })
    };
    html! {
        <details class="panel layers-panel" ontoggle={on_toggle}>
            <summary><h2>{ "The three layers" }</h2></summary>
            if **open {
                <div
                    id="layers"
                    data-messages-per-second={flow.messages_per_second()}
                    data-batches-waiting={waiting(run).to_string()}
                    data-coordinator-us-per-second={flow.coordinator_us.to_string()}
                >
                    { view_picture(&rows(run, flow), run.slots.iter().map(worker)) }
                    <h3>{ "What differs" }</h3>
                    <p>{ DIFFERENCE }</p>
                    <h3>{ "What the lecture’s program leaves as exercises" }</h3>
                    <ul>{ for EXERCISES.map(|(there, here)| html! { <li><strong>{ there }</strong>{ " " }{ here }</li> }) }</ul>
                </div>
            }
        </details>
    }
}

fn view_picture(rows: &[Row], workers: impl Iterator<Item = String>) -> Html {
    let row = |row: &Row| {
        html! {
            <p ~className={row.class}>
                <strong>{ row.name }</strong>{ " " }<span>{ &row.figure }</span><small>{ " lecture: " }{ row.lecture }</small>
            </p>
        }
    };
    html! {
        <div class="layers">
            <div class="thread">
                <small>{ "Main thread" }</small>
                { for rows[..ON_MAIN_THREAD].iter().map(row) }
            </div>
            { for rows[ON_MAIN_THREAD..].iter().map(row) }
            <p class="crew">{ for workers.map(|worker| html! { <span>{ worker }{ " " }</span> }) }</p>
        </div>
    }
}
