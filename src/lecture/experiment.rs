//! The experiments, and the one that the address names.

use std::rc::Rc;

use dartboard_points::tally::BLOCK_POINTS;
use yew::prelude::*;

use crate::browser::clock;
use crate::run::Action;
use dartboard_core::coordinator::snapshot::{Snapshot, Status};
use dartboard_core::lecture::experiments::{Experiment, LARGE_BATCH, Notes, Observation};
use dartboard_core::run::config::{BatchPoints, BatchSize, LiveSetting, Setting};
use dartboard_core::run::trace::Trace;
use dartboard_core::text::whole_ms;

/// What [`ExperimentPanel`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub struct ExperimentPanelProps {
    /// The experiment.
    pub experiment: Experiment,
    /// The run.
    pub snapshot: Rc<Snapshot>,
    /// Told of what the user wants.
    pub on_action: Callback<Action>,
}

/// An experiment: what to predict, and what came.
#[component]
pub fn ExperimentPanel(props: &ExperimentPanelProps) -> Html {
    let (experiment, snapshot) = (props.experiment, &*props.snapshot);
    let notes = use_mut_ref(Notes::default);
    notes.borrow_mut().observe(&observation(snapshot));
    let beginning = use_memo((snapshot.config.seed, snapshot.tally.points > 0), |&(seed, counted)| {
        if counted { Trace::of_first_block(seed) } else { Trace::default() }
    });
    let results = notes.borrow().results(experiment, &beginning.followed_by(&snapshot.trace, snapshot.tally));
    let batch = |blocks: u64| {
        let on_action = props.on_action.clone();
        move |_: MouseEvent| {
            on_action.emit(Action::Set(Setting::Live(LiveSetting::Batch(BatchSize::Fixed(
                BatchPoints::nearest(blocks),
            )))));
        }
    };
    let on_close = props.on_action.reform(|_: MouseEvent| Action::CloseExperiment);
    html! {
        <section class="panel experiment" aria-labelledby="experiment-heading">
            <h2 id="experiment-heading">{ experiment.title() }</h2>
            <p><strong>{ "Predict first. " }</strong>{ experiment.question() }</p>
            if experiment == Experiment::SmallBatches {
                <div class="run-buttons">
                    <button onclick={batch(BatchPoints::MIN.blocks())}>{ "Batches of 100,000" }</button>
                    <button onclick={batch(LARGE_BATCH / BLOCK_POINTS)}>{ "Batches of 10,000,000" }</button>
                </div>
            }
            <div class="results" aria-live="polite">
                if !results.is_empty() {
                    <h3>{ "What came" }</h3>
                    <ul>{ for results.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                    <p class="hint">{ experiment.lesson() }</p>
                }
            </div>
            <button class="small" onclick={on_close}>{ "Close the experiment" }</button>
        </section>
    }
}

/// The run at this moment, as an experiment looks at it.
fn observation(snapshot: &Snapshot) -> Observation {
    Observation {
        at_ms: whole_ms(clock::now().since_origin()),
        running: matches!(snapshot.status, Status::Running | Status::Degraded { .. }),
        finished: snapshot.status == Status::Finished,
        tally: snapshot.tally,
        restarts: snapshot.restarts,
        points_per_second: snapshot.points_per_second,
        batch: snapshot.config.batch,
    }
}

/// The experiments, each a link that sets the page up.
pub fn view_experiments() -> Html {
    html! {
        <section class="panel" aria-labelledby="experiments-heading">
            <h2 id="experiments-heading">{ "Experiments" }</h2>
            <p class="hint">{ "Each link sets the page up, asks what you expect, and shows what came." }</p>
            <ol class="experiments">{ for Experiment::ALL.into_iter().map(|experiment| html! {
                <li><a href={experiment.link()}>{ experiment.title() }</a></li>
            }) }</ol>
        </section>
    }
}
