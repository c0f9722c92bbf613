//! The workers, a row a slot, each with what can be done to it.

use yew::prelude::*;

use crate::coordinator::snapshot::{SlotStateView, SlotView};
use crate::coordinator::{Event, Fault, SlotIndex};
use crate::format::{Grouped, short_count};

/// The workers, a row a slot, of a run of `points`, for each slot's share. `on_event` is told of the faults asked for.
pub fn view_workers(slots: &[SlotView], points: u64, on_event: &Callback<Event>) -> Html {
    html! {
        <div class="table-frame workers" tabindex="0" role="region" aria-label="Workers">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{ "slot" }</th>
                        <th scope="col">{ "state" }</th>
                        <th scope="col" class="quantity">{ "points/s" }</th>
                        <th scope="col" class="quantity">{ "points" }</th>
                        <th scope="col" class="quantity">{ "share" }</th>
                        <th scope="col" class="quantity">{ "restarts" }</th>
                        <th scope="col">{ "batch in hand" }</th>
                        <th scope="col">{ "do to it" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for slots.iter().map(|view| view_row(view, points, on_event)) }
                </tbody>
            </table>
        </div>
    }
}

fn view_row(view: &SlotView, points: u64, on_event: &Callback<Event>) -> Html {
    let number = view.slot.0 + 1;
    let share = if points == 0 { 0.0 } else { view.points as f64 / points as f64 };
    let fault = |fault: Fault, name: &'static str, hint: &'static str| {
        let on_event = on_event.clone();
        let slot: SlotIndex = view.slot;
        html! {
            <button
                class="small"
                title={hint}
                aria-label={format!("{name} worker in slot {number}")}
                disabled={!takes_faults(&view.state)}
                onclick={move |_| on_event.emit(Event::Inject { slot, fault })}
            >{ name }</button>
        }
    };
    html! {
        <tr key={view.slot.0}>
            <th scope="row">{ number }</th>
            <td><span class="state" data-state={state_word(&view.state)}>{ state_text(&view.state) }</span></td>
            <td class="quantity">{ short_count(view.points_per_second) }</td>
            <td class="quantity">{ Grouped(view.points).to_string() }</td>
            <td class="quantity">{ format!("{:.0} %", share * 100.0) }</td>
            <td class="quantity">{ view.restarts }</td>
            <td>{ lease_text(&view.state) }</td>
            <td class="faults">
                { fault(Fault::Crash, "Crash", "the worker panics, really") }
                { fault(Fault::Hang, "Hang", "the worker loops for ever, really") }
                { fault(Fault::Kill, "Kill", "the worker is terminated and nobody is told") }
            </td>
        </tr>
    }
}

/// Whether a fault can be done to what the slot holds.
fn takes_faults(state: &SlotStateView) -> bool {
    matches!(
        state,
        SlotStateView::Ready { .. } | SlotStateView::Computing { .. } | SlotStateView::Retiring { .. }
    )
}

fn state_word(state: &SlotStateView) -> &'static str {
    match state {
        SlotStateView::Empty => "empty",
        SlotStateView::Backoff { .. } => "backoff",
        SlotStateView::Starting { .. } => "starting",
        SlotStateView::Ready { .. } => "ready",
        SlotStateView::Computing { .. } => "computing",
        SlotStateView::Retiring { .. } => "retiring",
        SlotStateView::GivenUp { .. } => "given-up",
    }
}

fn state_text(state: &SlotStateView) -> String {
    match state {
        SlotStateView::Empty => "empty".to_owned(),
        SlotStateView::Backoff { remaining } => format!("dead, next in {:.1} s", remaining.as_secs_f64()),
        SlotStateView::Starting { .. } => "starting".to_owned(),
        SlotStateView::Ready { .. } => "ready".to_owned(),
        SlotStateView::Computing { .. } => "computing".to_owned(),
        SlotStateView::Retiring { .. } => "retiring".to_owned(),
        SlotStateView::GivenUp { last } => format!("given up: {last}"),
    }
}

fn lease_text(state: &SlotStateView) -> String {
    match state {
        SlotStateView::Computing { blocks, .. } | SlotStateView::Retiring { blocks, .. } => {
            format!("blocks {}–{}", Grouped(blocks.first()), Grouped(blocks.end() - 1))
        }
        _ => "–".to_owned(),
    }
}
