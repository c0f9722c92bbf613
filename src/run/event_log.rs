//! What happened, newest first.

use yew::prelude::*;

use dartboard_core::coordinator::log::{Entry, EventLog};
use dartboard_core::text::{Fixed, whole_ms};

/// What [`EventLogView`] shows.
#[derive(Properties, PartialEq)]
pub(super) struct EventLogProps {
    /// The log.
    pub(super) log: EventLog,
}

/// Entries shown; the log keeps more.
const SHOWN: usize = 100;

/// What happened, newest first.
#[component]
pub(super) fn EventLogView(props: &EventLogProps) -> Html {
    html! {
        <div class="table-frame log" tabindex="0" role="region" aria-label="Table of events">
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="quantity">{ "time" }</th>
                        <th scope="col">{ "slot" }</th>
                        <th scope="col">{ "worker" }</th>
                        <th scope="col">{ "what happened" }</th>
                        <th scope="col" class="quantity">{ "blocks requeued" }</th>
                        <th scope="col" class="quantity">{ "computed again after" }</th>
                    </tr>
                </thead>
                <tbody>{ for props.log.entries().rev().take(SHOWN).map(row) }</tbody>
            </table>
        </div>
    }
}

fn row(entry: &Entry) -> Html {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let requeued = (entry.requeued_blocks > 0).then(|| entry.requeued_blocks.to_string());
    let recovered_after = entry.recovered_after.map(|after| format!("{} ms", whole_ms(after)));
    html! {
        <tr key={entry.number}>
            <td class="quantity">{ format!("{} s", Fixed(entry.at.since_origin().as_secs_f64(), 3)) }</td>
            <td>{ or_dash(entry.slot.map(|slot| slot.to_string())) }</td>
            <td>{ or_dash(entry.worker.map(|worker| worker.0.to_string())) }</td>
            <td>{ entry.what.to_string() }</td>
            <td class="quantity">{ or_dash(requeued) }</td>
            <td class="quantity">{ or_dash(recovered_after) }</td>
        </tr>
    }
}
