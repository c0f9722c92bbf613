//! Notices about saved runs: the offer to resume one, and what went wrong.

use yew::prelude::*;

use super::save_and_load::save_run;
use crate::browser::clock;
use crate::ui::{view_button, view_question};
use dartboard_core::session::view::{OfferView, View};
use dartboard_core::session::{Event, OfferAnswer};
use dartboard_core::text::short_count;

/// What there is to say.
pub(super) fn view_storage_notices(view: &View, on_event: &Callback<Event>) -> Html {
    html! {
        <>
            <div id="storage-notice" role="alert">
                { for view.storage_notices.iter().map(|notice| html! { <p class="notice">{ notice }</p> }) }
                if let Some(trouble) = &view.trouble {
                    <p class="notice">{ format!(
                        "This run is not being saved: {trouble}. It goes on unharmed, but what is counted \
                         from here on is lost when the page is closed."
                    ) }</p>
                }
            </div>
            if let Some(offer) = &view.offer {
                { view_offer(offer, on_event) }
            }
        </>
    }
}

fn view_offer(view: &OfferView, on_event: &Callback<Event>) -> Html {
    let key = view.offer.key;
    let on_answer = on_event.reform(move |answer| Event::Offered { key, answer });
    html! { <ResumeOffer key={key.0} view={view.clone()} {on_answer} /> }
}

#[derive(Properties, PartialEq)]
struct ResumeOfferProps {
    view: OfferView,
    on_answer: Callback<OfferAnswer>,
}

/// One saved run. Whether to discard it is asked: it is lost.
#[component]
fn ResumeOffer(props: &ResumeOfferProps) -> Html {
    let OfferView { offer, others, start_waits } = &props.view;
    let discarding = use_state(|| false);
    let button = |label: &'static str, answer| view_button(label, props.on_answer.reform(move |_| answer));
    let on_discard = {
        let discarding = discarding.clone();
        move |_: MouseEvent| discarding.set(true)
    };
    let on_discard_answer = {
        let (discarding, on_answer) = (discarding.clone(), props.on_answer.clone());
        Callback::from(move |discard| {
            discarding.set(false);
            if discard {
                on_answer.emit(OfferAnswer::Discard);
            }
        })
    };
    let run = &offer.saved.run;
    let (verb, end, resume) = match run.current() {
        Some(run) if run.is_finished() => ("Show", "?", "Show run"),
        Some(_) => ("Resume", "?", "Resume"),
        None => ("Saved", ".", "Begin again"),
    };
    let on_save = {
        let run = run.clone();
        move |_: MouseEvent| save_run(&run)
    };
    html! {
        <div id="resume-offer" class="notice" role="region" aria-label="Saved run">
            <p>
                { format!("{verb} run, {}", offer.describe(clock::wall_clock_ms())) }
                if *others > 0 {
                    { format!("; {} more saved", *others) }
                }
                { end }
                if *start_waits {
                    { " The address asks to start another run at once; that waits for your answer." }
                }
            </p>
            { button(resume, OfferAnswer::Resume) }
            if run.current().is_none() {
                { view_button("Save (JSON)", Callback::from(on_save)) }
            }
            { view_button("Discard", Callback::from(on_discard)) }
            { button("Not now", OfferAnswer::NotNow) }
            if *others > 0 {
                { button("Show another", OfferAnswer::Next) }
            }
            if *discarding {
                { view_question(
                    "Discard this run?",
                    format!("You will lose the {} points saved here.", short_count(run.tally().points as f64)),
                    ["Keep it", "Discard for good"],
                    &on_discard_answer,
                ) }
            }
        </div>
    }
}
