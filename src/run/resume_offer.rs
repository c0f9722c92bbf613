//! The offer to resume a saved run, and what else is to be said of saving.

use yew::prelude::*;

use crate::browser::clock;
use crate::driver::{Driver, StorageNews};
use dartboard_core::coordinator::snapshot::Status;
use dartboard_core::run::saved_runs::{Offer, StoreError};
use dartboard_core::text::Grouped;

/// What the user says to the first offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Take it up.
    Resume,
    /// Remove it for good; the user has confirmed it.
    Discard,
    /// Leave all saved runs for another visit.
    NotNow,
    /// Show the next one.
    Next,
}

/// The saved runs on offer, and what has to be said of others.
#[derive(Debug, Default)]
pub(super) struct Offers {
    saved: Vec<Offer>,
    /// A start that the address asks for waits until no run is on offer any more.
    start_waits: bool,
    notices: Vec<String>,
    trouble: Option<StoreError>,
}

impl Offers {
    /// Before the browser's storage has been looked through, with a start that waits, or not.
    pub(super) fn awaited(start_waits: bool) -> Self {
        Self { start_waits, ..Self::default() }
    }

    /// Takes note of `news`, and returns whether the start that waits is due.
    pub(super) fn hear(&mut self, news: StorageNews) -> bool {
        match news {
            StorageNews::Found(survey) => {
                self.saved = survey.offers;
                if self.start_waits {
                    // A finished run is no reason not to start another.
                    self.saved.retain(|offer| !offer.saved.checkpoint.is_finished());
                }
                self.notices.extend(survey.refusals.iter().map(|error| {
                    format!("{} It is set aside; everything else works.", sentence(&error.to_string()))
                }));
            }
            StorageNews::Resumed(_) => {
                self.saved.clear();
                self.start_waits = false;
            }
            StorageNews::Discarded(key) => self.saved.retain(|offer| offer.key != key),
            StorageNews::Refused(key, error) => {
                self.saved.retain(|offer| offer.key != key);
                self.notices.push(sentence(&error.to_string()));
            }
            StorageNews::Trouble(trouble) => {
                self.trouble = trouble;
                return false;
            }
        }
        self.start_is_due()
    }

    /// Does what the user says, and returns whether the start that waits is due.
    pub(super) fn answer(&mut self, answer: Answer, driver: &Driver) -> bool {
        let Some(offer) = self.saved.first() else { return false };
        match answer {
            Answer::Resume => driver.resume(offer.clone()),
            Answer::Discard => driver.discard(offer.clone()),
            Answer::NotNow => self.saved.clear(),
            Answer::Next => self.saved.rotate_left(1),
        }
        self.start_is_due()
    }

    /// Withdraws the offers once another run is started; they stay saved.
    pub(super) fn follow(&mut self, status: &Status) {
        if matches!(status, Status::Running | Status::Degraded { .. }) {
            self.saved.clear();
            self.start_waits = false;
        }
    }

    fn start_is_due(&mut self) -> bool {
        self.saved.is_empty() && std::mem::take(&mut self.start_waits)
    }

    /// What there is to say.
    pub(super) fn view(&self, on_answer: Callback<Answer>) -> Html {
        html! {
            <>
                <div id="storage-notice" role="alert">
                    { for self.notices.iter().map(|notice| html! { <p class="notice">{ notice }</p> }) }
                    if let Some(trouble) = &self.trouble {
                        <p class="notice">{ format!(
                            "This run is not being saved: {trouble}. It goes on unharmed, but what is counted \
                             from here on is lost when the page is closed."
                        ) }</p>
                    }
                </div>
                if let Some(offer) = self.saved.first() {
                    <ResumeOffer
                        key={offer.key.to_string()}
                        offer={offer.clone()}
                        others={self.saved.len() - 1}
                        start_waits={self.start_waits}
                        {on_answer}
                    />
                }
            </>
        }
    }
}

#[derive(Properties, PartialEq)]
struct ResumeOfferProps {
    offer: Offer,
    others: usize,
    start_waits: bool,
    on_answer: Callback<Answer>,
}

/// One saved run. To discard it takes two clicks: it is lost.
#[component]
fn ResumeOffer(props: &ResumeOfferProps) -> Html {
    let discarding = use_state(|| false);
    let button = |label: &'static str, answer| {
        let on_answer = props.on_answer.clone();
        html! { <button onclick={move |_| on_answer.emit(answer)}>{ label }</button> }
    };
    let ask = |label: &'static str, ask| {
        let discarding = discarding.clone();
        html! { <button onclick={move |_| discarding.set(ask)}>{ label }</button> }
    };
    let points = Grouped(props.offer.saved.checkpoint.tally().points);
    let (verb, resume) =
        if props.offer.saved.checkpoint.is_finished() { ("Show", "Show run") } else { ("Resume", "Resume") };
    html! {
        <div id="resume-offer" class="notice" role="region" aria-label="Saved run">
            if *discarding {
                <p>{ format!("Discard this run of {points} points for good?") }</p>
                { button("Discard for good", Answer::Discard) }
                { ask("Keep it", false) }
            } else {
                <p>
                    { format!("{verb} run, {}", props.offer.describe(clock::wall_clock_ms())) }
                    if props.others > 0 {
                        { format!("; {} more saved", props.others) }
                    }
                    { "?" }
                    if props.start_waits {
                        { " The address asks to start another run at once; that waits for your answer." }
                    }
                </p>
                { button(resume, Answer::Resume) }
                { ask("Discard", true) }
                { button("Not now", Answer::NotNow) }
                if props.others > 0 {
                    { button("Show another", Answer::Next) }
                }
            }
        </div>
    }
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    format!("{}{}.", first.map(String::from).unwrap_or_default(), characters.as_str())
}
