//! The experiment that the address names: what to predict, and what came.

use gloo::timers::callback::Interval;
use yew::prelude::*;

use super::WorkshopProps;
use crate::config::BatchPoints;
use crate::driver;
use crate::experiments::{Experiment, LARGE_BATCH, Notes};

/// How often the run is looked at, in milliseconds.
const LOOK_MS: u32 = 250;

/// What is shown of an experiment.
#[derive(Clone, Default, PartialEq)]
struct Shown {
    experiment: Option<Experiment>,
    results: Vec<String>,
}

/// The experiment that the address names, if any.
#[component]
pub(super) fn ExperimentPanel(props: &WorkshopProps) -> Html {
    let shown = use_state_eq(Shown::default);
    {
        let (page, shown) = (props.page.clone(), shown.setter());
        use_effect_with((), move |()| {
            let (mut notes, mut of) = (Notes::default(), None);
            let look = Interval::new(LOOK_MS, move || {
                let experiment = driver::run_link().experiment;
                if experiment != of {
                    (notes, of) = (Notes::default(), experiment);
                }
                let results = experiment.map_or_else(Vec::new, |experiment| {
                    if let Some(seen) = driver::observe() {
                        notes.observe(&seen);
                    }
                    let marks = if experiment == Experiment::NextDigit { page.marks() } else { Vec::new() };
                    notes.results(experiment, &marks)
                });
                shown.set(Shown { experiment, results });
            });
            // Dropping it ends it.
            move || drop(look)
        });
    }
    let Some(experiment) = shown.experiment else { return html! {} };
    let change = |name: &'static str, value: Option<String>| {
        move |_: MouseEvent| driver::change_address(name, value.as_deref())
    };
    html! {
        <section class="panel experiment" aria-labelledby="experiment-heading">
            <h2 id="experiment-heading">{ experiment.title() }</h2>
            <p><strong>{ "Predict first. " }</strong>{ experiment.question() }</p>
            if experiment == Experiment::SmallBatches {
                <div class="run-buttons">
                    <button onclick={change("batch", Some(BatchPoints::MIN.points().to_string()))}>{ "Batches of 100,000" }</button>
                    <button onclick={change("batch", Some(LARGE_BATCH.to_string()))}>{ "Batches of 10,000,000" }</button>
                </div>
            }
            <div class="results" aria-live="polite">
                if !shown.results.is_empty() {
                    <h3>{ "What came" }</h3>
                    <ul>{ for shown.results.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                    <p class="hint">{ experiment.lesson() }</p>
                }
            </div>
            <button class="small" onclick={change("experiment", None)}>{ "Close the experiment" }</button>
        </section>
    }
}
