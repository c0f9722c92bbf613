//! The run's page: the number, how it converges, the workers, the settings.

use std::rc::Rc;

use yew::prelude::*;

use super::Action;
use super::convergence::Convergence;
use super::dartboard::Dartboard;
use super::event_log::EventLogView;
use super::number::{view_facts, view_number};
use super::recount::RecountPanel;
use super::save_and_load::SaveAndLoad;
use super::settings::Settings;
use super::workers::view_workers;
use crate::browser::address;
use crate::driver::Driver;
use crate::driver::page::PageSession;
use crate::ui::{Explained, use_width_px};
use dartboard_core::coordinator::Event;
use dartboard_core::coordinator::snapshot::{RunStatus, Snapshot};
use dartboard_core::lecture::explanations::Explanation;
use dartboard_core::run::darts::Throw;
use dartboard_core::run::estimate::Estimate;
use dartboard_core::run::trace::Trace;
use dartboard_core::session;
use dartboard_core::text::{Fixed, Grouped, short_count};

/// What [`EstimatePage`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(crate) struct EstimatePageProps {
    /// The run.
    pub(crate) snapshot: Rc<Snapshot>,
    /// The run as its pictures show it, which follow it less often.
    pub(crate) pictured: Rc<Snapshot>,
    /// The darts thrown last.
    pub(crate) thrown: Option<Throw>,
    /// What has the run, for saving it.
    pub(crate) driver: Driver<PageSession>,
    /// Told of what the user wants.
    pub(crate) on_action: Callback<Action>,
}

/// The run's page.
#[component]
pub(crate) fn EstimatePage(props: &EstimatePageProps) -> Html {
    let (snapshot, pictured) = (&*props.snapshot, &*props.pictured);
    let first_block = use_memo(
        // Replayed once something is counted: it takes a moment.
        (snapshot.config.seed, snapshot.tally.points > 0),
        |&(seed, counted)| if counted { Trace::of_first_block(seed) } else { Trace::default() },
    );
    let chart_frame = use_node_ref();
    let chart_width_px = use_width_px(&chart_frame);
    let on_event = props.on_action.reform(Action::run);
    // The same callbacks for components that are drawn anew when these change.
    let callbacks = use_memo(props.on_action.clone(), |on_action| {
        (
            on_action.reform(|setting| Action::Tell(session::Event::Set(setting))),
            on_action.reform(|()| Action::NewSeed),
            on_action.reform(Action::Tell),
        )
    });
    let (on_setting, on_new_seed, on_session_event) = &*callbacks;
    // Spoken on a change of state, and every ten seconds at most.
    let spoken =
        use_memo((snapshot.status.word(), snapshot.running_time.as_secs() / 10), |_| spoken_state(snapshot));
    let marks = first_block.followed_by(&pictured.trace, pictured.tally);
    let save_and_load = html! { <SaveAndLoad driver={props.driver.clone()} marks={marks.clone()} {chart_width_px} on_event={on_session_event.clone()} /> };
    html! {
        <main>
            <p class="spoken" role="status">{ &*spoken }</p>
            { view_mirror(snapshot) }
            <section class="panel number" aria-label="Estimate">
                { view_number(snapshot.tally) }
                <p id="points-line">
                    { format!("Points: {} | Workers: {}", Grouped(snapshot.tally.points), snapshot.workers_alive) }
                </p>
                <p id="status-line" data-status={snapshot.status.word()}>
                    { "Status: " }<strong>{ snapshot.status.to_string() }</strong>
                </p>
                { view_run_buttons(snapshot, &props.on_action, save_and_load) }
                { view_trouble(snapshot, &props.on_action) }
                { view_facts(snapshot.tally, snapshot.points_per_second, snapshot.running_time) }
                <Explained what={Explanation::Estimate} />
            </section>
            <section class="panel convergence-panel" aria-labelledby="convergence-heading">
                <h2 id="convergence-heading">{ "How it converges" }</h2>
                <Convergence {marks} frame={chart_frame} width_px={chart_width_px} />
                <Explained what={Explanation::Convergence} />
            </section>
            <section class="panel workers-panel" aria-labelledby="workers-heading">
                <h2 id="workers-heading">{ "Workers" }</h2>
                { view_workers(&snapshot.slots, &pictured.slots, snapshot.tally.points, &on_event) }
                <Explained what={Explanation::Workers} />
            </section>
            <section class="panel dartboard-panel" aria-labelledby="dartboard-heading">
                <h2 id="dartboard-heading">{ "The dartboard" }</h2>
                <Dartboard
                    seed={snapshot.config.seed}
                    thrown={props.thrown}
                    points={pictured.tally.points}
                />
                <Explained what={Explanation::Dartboard} />
            </section>
            <section class="panel settings-panel" aria-labelledby="settings-heading">
                <h2 id="settings-heading">{ "Settings" }</h2>
                <Settings
                    config={snapshot.config}
                    on_setting={on_setting.clone()}
                    on_new_seed={on_new_seed.clone()}
                />
                <Explained what={Explanation::Settings} />
            </section>
            <section class="panel log-panel" aria-labelledby="log-heading">
                <h2 id="log-heading">{ "Event log" }</h2>
                <EventLogView log={snapshot.log.clone()} />
                <Explained what={Explanation::Events} />
            </section>
            <section class="panel recount-panel" aria-labelledby="recount-heading">
                <h2 id="recount-heading">{ "Count again" }</h2>
                <RecountPanel snapshot={props.pictured.clone()} />
            </section>
        </main>
    }
}

/// The run in a sentence, for those who do not see the page.
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

/// Start or Stop, and what else can be done with the run as a whole; the menu of files stands last.
fn view_run_buttons(snapshot: &Snapshot, on_action: &Callback<Action>, save_and_load: Html) -> Html {
    let counting = matches!(snapshot.status, RunStatus::Running | RunStatus::Degraded { .. });
    let act = |action: Action| {
        let on_action = on_action.clone();
        move |_: MouseEvent| on_action.emit(action.clone())
    };
    let at_target = snapshot.status == RunStatus::Finished
        && snapshot.config.target.is_some_and(|target| snapshot.tally.points >= target.points());
    html! {
        <div class="run-buttons">
            if counting {
                <button id="start-stop" class="stop" onclick={act(Action::run(Event::Pause))}>{ "Stop" }</button>
            } else {
                <button
                    id="start-stop"
                    class="start"
                    disabled={at_target}
                    title={at_target.then_some("the target is reached: change it, or reset")}
                    onclick={act(Action::run(Event::Start))}
                >{ "Start" }</button>
            }
            <button onclick={act(Action::Tell(session::Event::Reset))} disabled={snapshot.tally.points == 0}>{ "Reset" }</button>
            // Also without gaps while it counts: they come and go with every batch, and the buttons must stay in place.
            if (counting || snapshot.has_gaps) && snapshot.config.target.is_none() {
                <button
                    onclick={act(Action::run(Event::Finish))}
                    title="count the blocks that are missing before the last one counted, then end"
                >{ "Finish" }</button>
            }
            <button onclick={act(Action::CopyLink)}>{ "Copy link" }</button>
            { save_and_load }
        </div>
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
                    <button onclick={on_retry}>{ "Retry" }</button>
                    if matches!(&snapshot.status, RunStatus::Failed(failure) if failure.offers_reload()) {
                        <button class="start" onclick={|_| address::reload()}>{ "Reload the page" }</button>
                    }
                </div>
            }
            if snapshot.recomputed_points > 0 {
                <p class="hint">{ format!(
                    "{} points were cut off by Stop and will be counted again.",
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
            data-rate={Fixed(snapshot.points_per_second, 0).to_string()}
        />
    }
}
