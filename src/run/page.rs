//! The run's page: the number, the dartboard, how it converges, the workers, the settings.

use std::rc::Rc;

use dartboard_points::kernel;
use dartboard_points::tally::Tally;
use yew::prelude::*;

use super::Action;
use super::convergence::Convergence;
use super::dartboard::{Dartboard, FirstDarts};
use super::event_log::EventLogView;
use super::layers::view_layers;
use super::number::{view_facts, view_number};
use super::recount::RecountPanel;
use super::save_and_load::SaveAndLoad;
use super::settings::Settings;
use super::workers::view_workers;
use crate::browser::{address, clock};
use crate::driver::Driver;
use crate::driver::page::PageSession;
use crate::ui::{use_room, view_button, view_button_of, view_explained};
use dartboard_core::chart::Room;
use dartboard_core::coordinator::Event;
use dartboard_core::coordinator::snapshot::{RunStatus, Snapshot};
use dartboard_core::lecture::explanations::Explanation;
use dartboard_core::lecture::layers::Meter;
use dartboard_core::run::config::AfterDeath;
use dartboard_core::run::darts::Throw;
use dartboard_core::run::estimate::Estimate;
use dartboard_core::run::first_darts;
use dartboard_core::run::trace::Trace;
use dartboard_core::session;
use dartboard_core::spoken::Spoken;
use dartboard_core::text::{Fixed, Grouped, short_count};

/// What [`EstimatePage`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(crate) struct EstimatePageProps {
    /// The run.
    pub(crate) snapshot: Seen,
    /// The run as its pictures show it, which follow it less often.
    pub(crate) pictured: Seen,
    /// How many of the first darts are shown, in the place of all that is counted.
    pub(crate) first_darts: Option<u64>,
    /// The darts thrown last.
    pub(crate) thrown: Option<Throw>,
    /// Another one whenever what is drawn may look otherwise.
    pub(crate) look: u32,
    /// What has the run, for saving it.
    pub(crate) driver: Driver<PageSession>,
    /// Told of what the user wants.
    pub(crate) on_action: Callback<Action>,
}

/// The run at a moment. Equal only to itself, so that a component is redrawn for each new one and for nothing else.
#[derive(Clone)]
pub(crate) struct Seen(pub(crate) Rc<Snapshot>);

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The run's page.
#[component]
pub(crate) fn EstimatePage(props: &EstimatePageProps) -> Html {
    let snapshot = &*props.snapshot.0;
    // Listed and replayed once something is counted or shown: it takes a moment.
    let first_block = use_memo(
        (
            snapshot.config.seed,
            snapshot.tally.points > 0 || props.first_darts.is_some(),
            props.first_darts.is_some(),
        ),
        |&(seed, begun, shown)| {
            let listed = if begun { kernel::points(seed, 0) } else { Vec::new() };
            let trace = Trace::of_beginning(&listed);
            (trace, if shown { listed } else { Vec::new() })
        },
    );
    let first_darts = props.first_darts.and_then(|shown| FirstDarts::of(&first_block, shown));
    let shown = first_darts.as_ref().map_or(snapshot.tally, |first| first_darts::tally(first.thrown()));
    let marks = use_memo((props.pictured.clone(), first_block.clone()), |(pictured, first_block)| {
        first_block.0.followed_by(&pictured.0.trace, pictured.0.tally)
    });
    let shown_marks = if first_darts.is_some() { first_block.0.until(shown) } else { (*marks).clone() };
    let (meter, layers_open) = (use_mut_ref(Meter::default), use_state(|| false));
    let chart_frame = use_node_ref();
    let chart_room = use_room(&chart_frame);
    let on_event = &props.on_action.reform(Action::Tell);
    // Spoken on a change of state, and every ten seconds at most.
    let spoken = use_mut_ref(Spoken::default);
    let spoken = spoken.borrow_mut().say(clock::now(), snapshot.status.word(), || spoken_state(snapshot));
    let save_and_load = html! {
        <SaveAndLoad
            driver={props.driver.clone()}
            marks={(*marks).clone()}
            {chart_room}
            on_action={props.on_action.clone()}
        />
    };
    html! {
        <main>
            <p class="spoken" role="status">{ spoken }</p>
            { view_mirror(snapshot) }
            <section class="panel band" aria-label="Estimate">
                { view_number(shown, first_darts.is_some().then(|| view_first_darts(shown.points, on_event))) }
                <div class="run-side">
                    <p id="status-line" data-status={snapshot.status.word()}>
                        { "Status: " }<strong>{ snapshot.status.to_string() }</strong>
                    </p>
                    <p id="points-line">
                        { format!("Points: {} | Workers: {}", Grouped(snapshot.tally.points), workers(snapshot)) }
                    </p>
                    { view_run_buttons(snapshot, &props.on_action, save_and_load) }
                </div>
                { view_trouble(snapshot, &props.on_action) }
                { view_facts(snapshot, shown, view_finish(snapshot, &props.on_action), on_event) }
            </section>
            <Pictures
                pictured={props.pictured.clone()}
                first_darts={first_darts}
                thrown={props.thrown}
                look={props.look}
                marks={shown_marks}
                {chart_frame}
                {chart_room}
                on_action={props.on_action.clone()}
            />
            <div class="below">
                <details class="panel settings-panel">
                    <summary><h2>{ "Settings" }</h2></summary>
                    <Settings config={snapshot.config} on_action={props.on_action.clone()} />
                    { view_explained(Explanation::Settings) }
                </details>
                <details class="panel log-panel">
                    <summary><h2>{ "Event log" }</h2></summary>
                    <EventLogView log={snapshot.log.clone()} />
                    { view_explained(Explanation::Events) }
                </details>
                <details class="panel recount-panel">
                    <summary><h2>{ "Count again" }</h2></summary>
                    <RecountPanel pictured={props.pictured.clone()} />
                </details>
                { view_layers(snapshot, props.driver.load(), &mut meter.borrow_mut(), &layers_open) }
            </div>
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct PicturesProps {
    pictured: Seen,
    first_darts: Option<FirstDarts>,
    thrown: Option<Throw>,
    look: u32,
    marks: Rc<[Tally]>,
    chart_frame: NodeRef,
    chart_room: Room,
    on_action: Callback<Action>,
}

/// What follows the run less often than its figures: the dartboard, how it converges, the workers.
#[component]
fn Pictures(props: &PicturesProps) -> Html {
    let pictured = &*props.pictured.0;
    html! {
        <div class="pictures">
            <section class="panel dartboard-panel" aria-labelledby="dartboard-heading">
                <div class="panel-head">
                    <h2 id="dartboard-heading">{ "The dartboard" }</h2>
                    { view_explained(Explanation::Dartboard) }
                </div>
                <Dartboard
                    look={props.look}
                    seed={pictured.config.seed}
                    first_darts={props.first_darts.clone()}
                    thrown={props.thrown}
                    points={pictured.tally.points}
                />
            </section>
            <section class="panel convergence-panel" aria-labelledby="convergence-heading">
                <div class="panel-head">
                    <h2 id="convergence-heading">{ "How it converges" }</h2>
                    { view_explained(Explanation::Convergence) }
                </div>
                <Convergence marks={props.marks.clone()} frame={props.chart_frame.clone()} room={props.chart_room} />
            </section>
            <section class="panel workers-panel" aria-labelledby="workers-heading">
                <div class="panel-head">
                    <h2 id="workers-heading">{ "Workers" }</h2>
                    { view_explained(Explanation::Workers) }
                </div>
                { view_workers(pictured, &props.on_action.reform(Action::run)) }
            </section>
        </div>
    }
}

/// How many workers there are; where the dead are not replaced, as the lecture's program says it and as it is.
fn workers(snapshot: &Snapshot) -> String {
    let alive = snapshot.workers_alive;
    match snapshot.config.after_death {
        AfterDeath::Replace => alive.to_string(),
        AfterDeath::GoOn => format!("{}, alive: {alive}", snapshot.config.all_workers()),
    }
}

/// What stands under the number while it is that of the first darts.
fn view_first_darts(shown: u64, on_event: &Callback<session::Event>) -> Html {
    let on_skip = on_event.reform(|_: MouseEvent| session::Event::FirstDarts(false));
    html! {
        <p class="digits" id="first-darts">
            { format!("after the first {} darts, one by one", Grouped(shown)) }
            { view_button_of(Some("small"), "Skip", false, on_skip) }
        </p>
    }
}

/// The run in a sentence, for people who cannot see the page.
fn spoken_state(snapshot: &Snapshot) -> String {
    let estimate = Estimate::of(snapshot.tally).map_or_else(String::new, |estimate| {
        format!(
            ", π about {} after {} points",
            Fixed(estimate.pi, 5),
            short_count(snapshot.tally.points as f64)
        )
    });
    format!("{}{estimate}.", snapshot.status)
}

/// Start or Stop, and what else can be done with the run as a whole.
fn view_run_buttons(snapshot: &Snapshot, on_action: &Callback<Action>, save_and_load: Html) -> Html {
    let act = |action: Action| on_action.reform(move |_: MouseEvent| action.clone());
    let at_target = snapshot.status == RunStatus::Finished
        && snapshot.config.target.is_some_and(|target| snapshot.tally.points >= target.points());
    html! {
        <>
            <div class="run-buttons">
                { view_button_of(None, "Reset", snapshot.tally.points == 0, act(Action::Tell(session::Event::Reset))) }
                { view_button("Copy link", act(Action::CopyLink)) }
                { save_and_load }
                if snapshot.status.is_counting() {
                    <button id="start-stop" class="stop" onclick={act(Action::run(Event::Pause))}>{ "Stop" }</button>
                } else {
                    <button id="start-stop" class="start" disabled={at_target} onclick={act(Action::run(Event::Start))}>{ "Start" }</button>
                }
            </div>
            if at_target {
                <p id="start-stop-reason" class="hint">{ "The target is reached. Change it in the settings, or reset." }</p>
            }
        </>
    }
}

/// The button that ends a run without gaps. It is there also without gaps while workers count: they come and go with
/// every batch.
fn view_finish(snapshot: &Snapshot, on_action: &Callback<Action>) -> Html {
    let closes_itself = snapshot.config.target.is_some() && snapshot.missing_points == 0;
    if !(snapshot.status.is_counting() || snapshot.has_gaps) || closes_itself {
        return html! {};
    }
    let on_click = on_action.reform(|_: MouseEvent| Action::run(Event::Finish));
    html! {
        <p>{ view_button("Finish gaps", on_click) }{ " Count what is missing, then stop." }</p>
    }
}

/// What is wrong with the run, and the way out.
fn view_trouble(snapshot: &Snapshot, on_action: &Callback<Action>) -> Html {
    let on_retry = on_action.reform(|_: MouseEvent| Action::run(Event::Retry));
    html! {
        <div id="trouble" role="alert">
            if let Some(trouble) = snapshot.status.trouble() {
                <div class="notice">
                    <p>{ trouble }</p>
                    { view_button("Retry", on_retry) }
                    if matches!(&snapshot.status, RunStatus::Failed(failure) if failure.offers_reload()) {
                        <button class="start" onclick={|_| address::reload()}>{ "Reload the page" }</button>
                    }
                </div>
            }
            if snapshot.points_in_doubt > 0 {
                <div class="notice">
                    <p>{ format!("{} points that the GPU counted are in doubt.", Grouped(snapshot.points_in_doubt)) }</p>
                    { view_button("Count them again", on_action.reform(|_: MouseEvent| Action::run(Event::CountAgain))) }
                </div>
            }
            if snapshot.missing_points > 0 {
                <p class="hint">{ format!(
                    "{} points that dead workers were counting are missing. Retry and Finish gaps have them counted.",
                    Grouped(snapshot.missing_points),
                ) }</p>
            }
            if snapshot.recomputed_points > 0 {
                <p class="hint">{ format!(
                    "Stop interrupted {} points; they will be counted again.",
                    Grouped(snapshot.recomputed_points),
                ) }</p>
            }
        </div>
    }
}

/// The run's state as attributes of `#run`, for tests and scripts: plain numbers without separators.
fn view_mirror(snapshot: &Snapshot) -> Html {
    html! {
        <div
            id="run"
            hidden=true
            data-status={snapshot.status.word()}
            data-points={snapshot.tally.points.to_string()}
            data-inside={snapshot.tally.inside.to_string()}
            data-seed={snapshot.config.seed.to_string()}
            data-workers={snapshot.workers_alive.to_string()}
            data-restarts={snapshot.restarts.to_string()}
            data-missing={snapshot.missing_points.to_string()}
            data-in-doubt={snapshot.points_in_doubt.to_string()}
            data-rate={Fixed(snapshot.points_per_second, 0).to_string()}
        />
    }
}
