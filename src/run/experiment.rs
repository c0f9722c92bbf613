//! The experiment that the address names.

use yew::prelude::*;

use super::page::Seen;
use crate::browser::clock;
use crate::ui::view_button_of;
use dartboard_core::coordinator::snapshot::{RunStatus, Snapshot};
use dartboard_core::lecture::experiment::notes::{Notes, Observation};
use dartboard_core::lecture::experiment::{Experiment, small_batches};
use dartboard_core::run::config::{BatchPoints, BatchSize, LiveSetting, Setting};
use dartboard_core::run::trace::Trace;
use dartboard_core::spoken::Spoken;
use dartboard_core::text::{Grouped, whole_ms};

/// What [`ExperimentPanel`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(super) struct ExperimentPanelProps {
    /// The experiment.
    pub(super) experiment: Experiment,
    /// The run.
    pub(super) snapshot: Seen,
    /// Told of a value to bring into force.
    pub(super) on_setting: Callback<Setting>,
    /// Told when the experiment is over.
    pub(super) on_close: Callback<()>,
}

/// An experiment: what to predict, and what came.
#[component]
pub(super) fn ExperimentPanel(props: &ExperimentPanelProps) -> Html {
    let (experiment, snapshot) = (props.experiment, &*props.snapshot.0);
    let kept = use_mut_ref(<(Notes, Spoken<_>)>::default);
    let (notes, spoken) = &mut *kept.borrow_mut();
    notes.observe(&observation(snapshot));
    let beginning = use_memo((snapshot.config.seed, snapshot.tally.points > 0), |&(seed, counted)| {
        if counted { Trace::of_first_block(seed) } else { Trace::default() }
    });
    let results = experiment.results(notes, &beginning.followed_by(&snapshot.trace, snapshot.tally));
    let spoken = spoken.say(clock::now(), (snapshot.status.word(), results.len()), || results.join(" "));
    let batch = |batch: BatchPoints| {
        let setting = Setting::Live(LiveSetting::Batch(BatchSize::Fixed(batch)));
        let onclick = props.on_setting.reform(move |_: MouseEvent| setting);
        html! { <button {onclick}>{ format!("Batches of {}", Grouped(batch.points())) }</button> }
    };
    let on_close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <section class="panel experiment" aria-labelledby="experiment-heading">
            <h2 id="experiment-heading">{ experiment.title() }</h2>
            <p><strong>{ "Guess first. " }</strong>{ experiment.question() }</p>
            if experiment == Experiment::SmallBatches {
                <div class="run-buttons">{ for small_batches::batches().map(batch) }</div>
            }
            <p class="spoken" role="status">{ spoken }</p>
            <div class="results">
                if !results.is_empty() {
                    <h3>{ "Your result" }</h3>
                    <ul>{ for results.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                    <p class="hint">{ experiment.teaches() }</p>
                }
            </div>
            { view_button_of(Some("small"), "Close the experiment", false, on_close) }
        </section>
    }
}

/// The run at this moment, as an experiment looks at it.
fn observation(snapshot: &Snapshot) -> Observation {
    Observation {
        at_ms: whole_ms(clock::now().since_origin()),
        running: snapshot.status.is_counting(),
        finished: snapshot.status == RunStatus::Finished,
        tally: snapshot.tally,
        restarts: snapshot.restarts,
        points_per_second: snapshot.points_per_second,
        batch: snapshot.config.batch,
    }
}
