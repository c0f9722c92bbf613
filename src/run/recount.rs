//! Recounting a sample of what the workers counted, when the user asks for it.

use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::Seed;
use yew::prelude::*;

use super::page::Seen;
use crate::browser::machine;
use crate::driver::Recounter;
use dartboard_core::coordinator::counted::SAMPLE_CAPACITY;
use dartboard_core::recount::{End, Report, SPOT_BLOCKS, TIME_LIMIT, Verification, WHOLE_BLOCKS};
use dartboard_core::text::Grouped;

/// What [`RecountPanel`] counts again.
#[derive(Properties, PartialEq)]
pub(super) struct RecountPanelProps {
    /// The run.
    pub(super) pictured: Seen,
}

/// A button that lets a worker recount a sample of the run's batches, how far it is, and what it found.
#[component]
pub(super) fn RecountPanel(props: &RecountPanelProps) -> Html {
    let recounter = use_mut_ref(|| None::<Recounter>);
    let report = use_state(|| None::<(Seed, Report)>);
    let nothing = use_state(|| false);
    let is_running = report.as_ref().is_some_and(|(_, report)| report.end.is_none());
    let on_click = {
        let (snapshot, recounter, report, nothing) =
            (props.pictured.0.clone(), recounter.clone(), report.clone(), nothing.clone());
        Callback::from(move |_: MouseEvent| {
            if is_running {
                if let Some(recounter) = recounter.borrow().as_ref() {
                    recounter.cancel();
                }
                return;
            }
            let sample = &snapshot.sample;
            nothing.set(sample.kept().is_empty());
            if sample.kept().is_empty() {
                return;
            }
            let seed = snapshot.config.seed;
            // The order matters to nobody but one who plans to cheat.
            let random = machine::random_seed().unwrap_or(seed).0;
            let on_report = {
                let report = report.setter();
                Callback::from(move |news| report.set(Some((seed, news))))
            };
            let verification =
                Verification::new(BUILD_ID.to_owned(), seed, sample.seen(), sample.kept().to_vec(), random);
            *recounter.borrow_mut() = Some(Recounter::begin(verification, on_report));
        })
    };
    html! {
        <>
            <p class="hint">{ format!(
                "A worker of its own counts again what the others counted: up to {SAMPLE_CAPACITY} batches, picked evenly \
                 from all that this page counted, for {} s at most. Batches of up to {WHOLE_BLOCKS} blocks by both kernels; \
                 longer ones by the fast kernel, and {SPOT_BLOCKS} of their blocks by both; of the GPU’s, one part.",
                TIME_LIMIT.as_secs(),
            ) }</p>
            <div class="run-buttons">
                <button id="verify" onclick={on_click}>{ if is_running { "Cancel" } else { "Count again" } }</button>
            </div>
            if *nothing {
                <p class="field-error" role="status">
                    { "This page has counted nothing of this run yet, so there is nothing to count again." }
                </p>
            } else if let Some((seed, report)) = &*report {
                { view_report(*seed, report) }
            }
        </>
    }
}

fn view_report(seed: Seed, report: &Report) -> Html {
    let in_part = match report.in_part {
        0 => String::new(),
        batches => format!(" ({batches} of them in part)"),
    };
    let done = format!(
        "Seed {seed}: {} of {} batches counted again{in_part}, out of {} that this page had counted; \
         {} blocks, {} of them by both kernels.",
        report.batches,
        report.sampled,
        Grouped(report.out_of),
        Grouped(report.blocks),
        Grouped(report.blocks_by_both),
    );
    let (state, verdict) = match (&report.end, report.findings.is_empty()) {
        (_, false) => ("wrong", "Some counts differ:".to_owned()),
        (None, true) => ("running", "Counting again …".to_owned()),
        (Some(End::Failed(reason)), true) => ("failed", format!("It could not go on: {reason}.")),
        (Some(end), true) => {
            let until = match end {
                End::TimeIsUp => " until the time was up",
                End::Cancelled => " until it was cancelled",
                End::Complete | End::Failed(_) => "",
            };
            let verdict =
                if report.batches == 0 { "Nothing was counted again" } else { "Every count agreed" };
            ("right", format!("{verdict}{until}."))
        }
    };
    let (sampled, batches) = (report.sampled.to_string(), report.batches.to_string());
    html! {
        <div id="verify-report" data-state={state} data-batches={batches.clone()}>
            <progress aria-label="Batches recounted" max={sampled} value={batches} />
            <p role="status"><strong>{ verdict }</strong></p>
            <p class="hint">{ done }</p>
            if !report.findings.is_empty() {
                <ul>{ for report.findings.iter().map(|finding| html! { <li>{ finding.to_string() }</li> }) }</ul>
            }
        </div>
    }
}
