//! A real batch of the run on its way, slowed down.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::browser::screen;
use crate::ui::{view_button, view_button_of};
use dartboard_core::coordinator::counted::Journey;
use dartboard_core::lecture::follow_one_batch::{self, BatchPlace, JourneyStep, steps};

/// How long a step is shown before the next one, in milliseconds.
const STEP_MS: u32 = 4_000;

/// The batch being followed.
#[derive(Clone, PartialEq)]
struct Followed {
    steps: [JourneyStep; 6],
    /// The step shown.
    at: usize,
    /// Whether the next one comes by itself.
    plays: bool,
}

/// What [`FollowBatch`] follows.
#[derive(Properties, PartialEq)]
pub(super) struct FollowBatchProps {
    /// The batch counted last; none before there is one.
    pub(super) latest: Option<Journey>,
}

/// Follows the batch counted last, step by step, by itself or by hand.
#[component]
pub(super) fn FollowBatch(props: &FollowBatchProps) -> Html {
    let followed = use_state(|| None::<Followed>);
    let nothing = use_state(|| false);
    {
        let followed_now = followed.clone();
        use_effect_with((*followed).clone(), move |now| {
            let next = now.clone().filter(|now| now.plays).map(|now| {
                Timeout::new(STEP_MS, move || {
                    let at = now.at + 1;
                    let is_last = at + 1 == now.steps.len();
                    followed_now.set(Some(Followed { at, plays: !is_last, ..now }));
                })
            });
            // Dropping it cancels it.
            move || drop(next)
        });
    }
    let on_follow = {
        let (journey, followed, nothing) = (props.latest, followed.clone(), nothing.clone());
        Callback::from(move |_: MouseEvent| {
            nothing.set(journey.is_none());
            let plays = !screen::prefers_reduced_motion();
            followed.set(journey.map(|journey| Followed { steps: steps(&journey), at: 0, plays }));
        })
    };
    let label = if followed.is_some() { "Follow another batch" } else { "Follow the batch counted last" };
    html! {
        <section class="panel follow-batch" aria-labelledby="follow-batch-heading">
            <h2 id="follow-batch-heading">{ follow_one_batch::TITLE }</h2>
            <p class="hint">{ follow_one_batch::QUESTION }</p>
            <div class="run-buttons">{ view_button(label, on_follow) }</div>
            if *nothing {
                <p class="field-error" role="status">
                    { "No batch has been counted on this page yet: press Start first." }
                </p>
            }
            if let Some(now) = &*followed { { view_step(now, &followed) } }
        </section>
    }
}

fn view_step(now: &Followed, followed: &UseStateHandle<Option<Followed>>) -> Html {
    let go = |at: usize, plays: bool| {
        let (followed, now) = (followed.clone(), now.clone());
        Callback::from(move |_: MouseEvent| followed.set(Some(Followed { at, plays, ..now.clone() })))
    };
    let step = &now.steps[now.at];
    let last = now.steps.len() - 1;
    html! {
        <>
            { view_picture(step.place) }
            <div class="batch-step" data-step={(now.at + 1).to_string()} aria-live="polite">
                <h3>{ format!("{} of {}: {}", now.at + 1, now.steps.len(), step.title) }</h3>
                <p>{ &step.text }</p>
                if let Some(message) = &step.message { <p><code>{ message }</code></p> }
            </div>
            <div class="run-buttons">
                { view_button_of(None, "Back", now.at == 0, go(now.at.saturating_sub(1), false)) }
                if now.plays {
                    { view_button("Pause", go(now.at, false)) }
                } else {
                    { view_button("Play", go(if now.at == last { 0 } else { now.at }, true)) }
                }
                { view_button_of(None, "Step", now.at == last, go((now.at + 1).min(last), false)) }
            </div>
        </>
    }
}

/// The main thread, the worker, and the batch where it is now.
fn view_picture(place: BatchPlace) -> Html {
    let (class, said) = match place {
        BatchPlace::Coordinator => ("at-coordinator", "with the coordinator"),
        BatchPlace::WorkerQueue => ("at-worker-queue", "in the worker’s message queue"),
        BatchPlace::Worker => ("at-worker", "with the worker"),
        BatchPlace::MainQueue => ("at-main-queue", "in the main thread’s message queue"),
    };
    let label = format!("The batch is {said}");
    html! {
        <svg class="batch-picture" viewBox="0 0 600 160" role="img" aria-label={label}>
            <rect class="station" x="5" y="20" width="150" height="110" rx="10" />
            <text x="80" y="48" text-anchor="middle">{ "main thread" }</text>
            <text x="80" y="120" text-anchor="middle">{ "coordinator" }</text>
            <rect class="station" x="445" y="20" width="150" height="110" rx="10" />
            <text x="520" y="48" text-anchor="middle">{ "worker" }</text>
            <text x="520" y="120" text-anchor="middle">{ "kernel" }</text>
            <path class="lane" d="M160 50H440M430 44L440 50L430 56" />
            <path class="lane" d="M440 100H160M170 94L160 100L170 106" />
            <text x="300" y="36" text-anchor="middle">{ "worker’s queue" }</text>
            <text x="300" y="132" text-anchor="middle">{ "main thread’s queue" }</text>
            <circle class={classes!("batch-token", class)} cx="0" cy="0" r="11" />
        </svg>
    }
}
