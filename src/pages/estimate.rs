//! The run's page: the lecture's window.

use std::rc::Rc;

use yew::prelude::*;

use crate::components;
use crate::config::{Config, Field, Setting};
use crate::coordinator::Event;
use crate::coordinator::snapshot::{Snapshot, Status};
use crate::estimate::Estimate;
use crate::format::Grouped;

/// What [`EstimatePage`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(crate) struct EstimatePageProps {
    /// The run.
    pub(crate) snapshot: Rc<Snapshot>,
    /// Told of what the user wants.
    pub(crate) on_event: Callback<Event>,
}

/// The run's page.
#[component]
pub(crate) fn EstimatePage(props: &EstimatePageProps) -> Html {
    let snapshot = &*props.snapshot;
    let status = snapshot.status.word();
    let points = Grouped(snapshot.tally.points);
    let on_setting = {
        let (on_event, config) = (props.on_event.clone(), snapshot.config);
        Callback::from(move |setting| on_event.emit(event_of(setting, &config)))
    };
    let field = |field, label: &'static str| {
        html! {
            <components::Field {field} {label} value={snapshot.config.get(field)} on_setting={on_setting.clone()} />
        }
    };
    html! {
        <main>
            <RunMirror snapshot={props.snapshot.clone()} />
            <section class="number" aria-label="Estimate">
                <h1 id="pi">{ pi_line(Estimate::of(snapshot.tally)) }</h1>
                <p id="points-line">{ format!("Points: {points} | Workers: {}", snapshot.workers_alive) }</p>
                <p id="status-line" data-status={status} role="status">
                    { "Status: " }<strong>{ snapshot.status.to_string() }</strong>
                </p>
                if let Some(reason) = snapshot.status.trouble() {
                    <p id="status-reason" class="notice" role="alert">{ reason }</p>
                }
                <StartStop snapshot={props.snapshot.clone()} on_event={props.on_event.clone()} />
            </section>
            <section class="controls" aria-label="Settings">
                { field(Field::Workers, "Workers") }
                { field(Field::Batch, "Batch size (points)") }
            </section>
        </main>
    }
}

fn pi_line(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| "π ≈ ???".to_owned(), |estimate| format!("π ≈ {:.8}", estimate.pi))
}

/// The event that brings `setting` into force in a run with `config`.
fn event_of(setting: Setting, config: &Config) -> Event {
    match setting {
        Setting::Seed(_) => Event::Reset(config.with(setting)),
        Setting::Workers(workers) => Event::SetWorkers(workers),
        Setting::Batch(batch) => Event::SetBatch(batch),
        Setting::Target(target) => Event::SetTarget(target),
        Setting::Chaos(chaos) => Event::SetChaos(chaos),
    }
}

/// The one button that says Start or Stop.
#[component]
fn StartStop(props: &EstimatePageProps) -> Html {
    let counting = matches!(props.snapshot.status, Status::Running | Status::Degraded { .. });
    let on_click = {
        let on_event = props.on_event.clone();
        move |_| on_event.emit(if counting { Event::Pause } else { Event::Start })
    };
    let class = if counting { "stop" } else { "start" };
    html! {
        <button id="start-stop" {class} onclick={on_click}>{ if counting { "Stop" } else { "Start" } }</button>
    }
}

#[derive(Properties, PartialEq)]
struct RunMirrorProps {
    snapshot: Rc<Snapshot>,
}

/// The run's state as attributes of `#run`, for tests and scripts: plain numbers without separators.
#[component]
fn RunMirror(props: &RunMirrorProps) -> Html {
    let snapshot = &*props.snapshot;
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
            data-rate={format!("{:.0}", snapshot.points_per_second)}
        />
    }
}
