//! The workshop: what can be done with a run besides running it. A program of its own, loaded when it is wanted.

mod batch_way;
mod experiment;
mod take_away;
mod verify;

use gloo::utils::document;
use yew::prelude::*;

use crate::driver::RunPage;
use crate::experiments::Experiment;
use batch_way::BatchWay;
use experiment::ExperimentPanel;
use take_away::TakeAway;
use verify::Verify;

/// What [`Workshop`] works on.
#[derive(Clone, Properties, PartialEq)]
pub(crate) struct WorkshopProps {
    /// The page with the run.
    pub(crate) page: RunPage,
}

/// Shows the workshop of the run on `page` below it, and the experiment that the address names above it.
pub fn open(page: &RunPage) {
    let element = |id| document().get_element_by_id(id);
    if let Some(root) = element("workshop") {
        yew::Renderer::<Workshop>::with_root_and_props(root, WorkshopProps { page: page.clone() }).render();
    }
    if let Some(root) = element("experiment") {
        yew::Renderer::<ExperimentPanel>::with_root_and_props(root, WorkshopProps { page: page.clone() })
            .render();
    }
}

#[component]
fn Workshop(props: &WorkshopProps) -> Html {
    let page = props.page.clone();
    html! {
        <div class="workshop">
            <section class="panel" aria-labelledby="batch-way-heading">
                <h2 id="batch-way-heading">{ "The way of one batch" }</h2>
                <BatchWay page={page.clone()} />
            </section>
            <section class="panel" aria-labelledby="experiments-heading">
                <h2 id="experiments-heading">{ "Experiments" }</h2>
                <p class="hint">{ "Each link sets the page up, asks what you expect, and shows what came." }</p>
                <ol class="experiments">{ for Experiment::ALL.into_iter().map(|experiment| html! {
                    <li><a href={experiment.link()}>{ experiment.title() }</a></li>
                }) }</ol>
            </section>
            <section class="panel" aria-labelledby="take-away-heading">
                <h2 id="take-away-heading">{ "Take away" }</h2>
                <TakeAway page={page.clone()} />
            </section>
            <section class="panel" aria-labelledby="verify-heading">
                <h2 id="verify-heading">{ "Verify" }</h2>
                <Verify {page} />
            </section>
        </div>
    }
}
