//! The workers, a row a slot, each with what can be done to it.

use dartboard_points::tally::BlockRange;
use yew::prelude::*;

use super::timeline::Timeline;
use dartboard_core::coordinator::snapshot::{SlotStateView, SlotView};
use dartboard_core::coordinator::timeline::Cell;
use dartboard_core::coordinator::{Event, Fault, SlotIndex};
use dartboard_core::text::{Fixed, Grouped, short_count};

/// The workers, a row a slot, of a run of `points`, for each slot's share; their timelines as `pictured` has them.
/// `on_event` is told of the faults asked for.
pub(super) fn view_workers(
    slots: &[SlotView],
    pictured: &[SlotView],
    points: u64,
    on_event: &Callback<Event>,
) -> Html {
    let key = |name: &'static str| html! { <span class={classes!("timeline-key", name)}>{ name }</span> };
    html! {
        <>
            <div class="table-frame workers" tabindex="0" role="region" aria-label="Table of workers">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ "slot" }</th>
                            <th scope="col" class="stretch">{ "the last 10 s, and now" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for slots.iter().enumerate().map(|(index, view)| {
                        view_row(view, &pictured.get(index).unwrap_or(view).timeline, points, on_event)
                    }) }</tbody>
                </table>
            </div>
            <p class="legend">{ key("computing") }{ key("starting") }{ key("waiting") }{ key("dead") }</p>
        </>
    }
}

fn view_row(view: &SlotView, timeline: &[Cell], points: u64, on_event: &Callback<Event>) -> Html {
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
    // The cell of now is not over.
    let over = timeline.len().saturating_sub(1);
    html! {
        <tr key={view.slot.0}>
            <th scope="row">{ number }</th>
            <td>
                <Timeline cells={timeline[..over].to_vec()} slot={number} />
                <div class="slot-detail">
                    <span class="state" data-state={state_word(&view.state)}>{ state_text(&view.state) }</span>
                    <span>{ format!("{} points/s", short_count(view.points_per_second)) }</span>
                    <span>{ format!("{} points, {} %", Grouped(view.points), Fixed(share * 100.0, 0)) }</span>
                    <span>{ if view.restarts == 1 { "1 restart".to_owned() } else { format!("{} restarts", view.restarts) } }</span>
                    <span class="faults">
                        { fault(Fault::Crash, "Crash", "the worker panics, really") }
                        { fault(Fault::Hang, "Hang", "the worker loops for ever, really") }
                        { fault(Fault::Kill, "Kill", "the worker is terminated and nobody is told") }
                    </span>
                </div>
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
        SlotStateView::Backoff { remaining } => {
            format!("dead, next in {} s", Fixed(remaining.as_secs_f64(), 1))
        }
        SlotStateView::Starting { .. } => "starting".to_owned(),
        SlotStateView::Ready { .. } => "ready".to_owned(),
        SlotStateView::Computing { blocks, .. } => format!("computing blocks {}", span(*blocks)),
        SlotStateView::Retiring { blocks, .. } => format!("retiring after blocks {}", span(*blocks)),
        SlotStateView::GivenUp { last } => format!("given up: {last}"),
    }
}

fn span(blocks: BlockRange) -> String {
    format!("{}–{}", Grouped(blocks.first()), Grouped(blocks.end() - 1))
}
