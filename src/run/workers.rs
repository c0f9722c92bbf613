//! The workers, a line each, with what can be done to it, and what happened last.

use yew::prelude::*;

use super::timeline::{view_looks, view_timeline};
use dartboard_core::coordinator::log::Entry;
use dartboard_core::coordinator::snapshot::{SlotStateView, SlotView, Snapshot};
use dartboard_core::coordinator::{Event, Fault, SlotKind};
use dartboard_core::text::Fixed;

/// With more workers than these there is no room for events.
const WORKERS_WITH_EVENTS: usize = 4;
/// Events shown below the workers.
const EVENTS: usize = 4;

/// The workers of the run as `pictured`. `on_event` is told of the faults asked for.
pub(super) fn view_workers(pictured: &Snapshot, on_event: &Callback<Event>) -> Html {
    html! {
        <>
            <div class="table-frame" tabindex="0" role="region" aria-label="Table of workers">
                <table class="workers">
                    <thead>
                        <tr>
                            <th scope="col"><span class="spoken">{ "worker" }</span></th>
                            <th scope="col" class="stretch">{ "last 10 s" }</th>
                            <th scope="col" class="quantity">{ "billion/s" }</th>
                            <th scope="col" class="quantity share">{ "share" }</th>
                            <td></td>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody>{ for pictured.slots.iter().map(|view| view_row(view, pictured.tally.points, on_event)) }</tbody>
                </table>
            </div>
            if pictured.is_gpu_slower() {
                <p id="gpu-slower" class="hint">{ "The processor’s workers, all together, are faster than this GPU." }</p>
            }
            { view_looks() }
            if pictured.slots.len() <= WORKERS_WITH_EVENTS { { view_events(pictured) } }
        </>
    }
}

fn view_row(view: &SlotView, points: u64, on_event: &Callback<Event>) -> Html {
    let number = view.slot;
    let is_gpu = view.slot.kind() == SlotKind::Gpu;
    let adapter = view.adapter.as_deref();
    let share = if points == 0 { 0.0 } else { view.points as f64 / points as f64 };
    let fault = |fault: Fault, name: &'static str, hint: &'static str| {
        let (on_event, slot) = (on_event.clone(), view.slot);
        html! {
            <button
                class="small"
                title={hint}
                aria-label={format!("{name} worker {number}")}
                disabled={!takes_faults(&view.state)}
                onclick={move |_| on_event.emit(Event::Inject { slot, fault })}
            >{ name }</button>
        }
    };
    // The cell of now is not over.
    let over = view.timeline.len().saturating_sub(1);
    html! {
        <tr
            key={view.slot.0}
            data-kind={if is_gpu { "gpu" } else { "processor" }}
            data-adapter={adapter.map(str::to_owned)}
            data-state={state_word(&view.state)}
            data-blocks={blocks(&view.state)}
            data-points={view.points.to_string()}
        >
            <th scope="row">{ number.to_string() }</th>
            <td>
                { view_timeline(&view.timeline[..over], number) }
                if let Some(adapter) = adapter {
                    <small>{ if adapter.is_empty() { "unnamed" } else { adapter } }</small>
                } else if is_gpu && matches!(view.state, SlotStateView::Starting { .. }) {
                    <small>{ "gets ready" }</small>
                }
            </td>
            if let SlotStateView::GivenUp { last } = &view.state {
                // It is told in full by the events.
                <td colspan="3" class="trouble" title={last.to_string()}><p>{ format!("not started again: {last}") }</p></td>
            } else {
                if let SlotStateView::Backoff { remaining } = &view.state {
                    <td colspan="2" class="trouble">
                        { format!("dead; next one in {} s", Fixed(remaining.as_secs_f64(), 1)) }
                    </td>
                } else {
                    <td class="quantity">{ Fixed(view.points_per_second / 1e9, 2).to_string() }</td>
                    <td class="quantity share">{ format!("{} %", Fixed(share * 100.0, 0)) }</td>
                }
                <td>{ fault(Fault::Kill, "Kill", "stops the worker; the coordinator is not told") }</td>
            }
            <td>
                <details class="menu faults">
                    <summary aria-label={format!("More for worker {number}: Crash, Hang")}>{ "⋯" }</summary>
                    <div>
                        { fault(Fault::Crash, "Crash", "makes the worker’s program crash") }
                        { fault(Fault::Hang, "Hang", "makes the worker loop for ever") }
                    </div>
                </details>
            </td>
        </tr>
    }
}

/// What happened last, or what to try when nothing has.
fn view_events(pictured: &Snapshot) -> Html {
    let events = pictured.log.entries();
    if events.len() == 0 {
        return html! {
            <div class="events">
                <h3>{ "Before you start" }</h3>
                <p>{ "A worker is a separate program that counts points on one core. Kill one during a run: the other \
                      workers count its unfinished points, and the total stays exact." }</p>
            </div>
        };
    }
    html! {
        <div class="events">
            <h3>{ "Latest events" }</h3>
            <ul>{ for events.rev().take(EVENTS).map(view_event) }</ul>
        </div>
    }
}

fn view_event(entry: &Entry) -> Html {
    let worker = entry.slot.map_or_else(String::new, |slot| format!("{slot}: "));
    html! {
        <li key={entry.number}>
            <span>{ format!("{} s", Fixed(entry.at.since_origin().as_secs_f64(), 1)) }</span>
            { worker }{ entry.what.to_string() }
        </li>
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

/// The first and the last of the blocks being counted, for scripts.
fn blocks(state: &SlotStateView) -> Option<String> {
    match state {
        SlotStateView::Computing { blocks, .. } | SlotStateView::Retiring { blocks, .. } => {
            Some(format!("{}-{}", blocks.first(), blocks.end() - 1))
        }
        _ => None,
    }
}
