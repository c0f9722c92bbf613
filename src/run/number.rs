//! The estimate in large digits, and what is known about it.

use std::f64::consts::PI;

use dartboard_points::tally::Tally;
use yew::prelude::*;

use crate::ui::view_button_of;
use dartboard_core::coordinator::snapshot::Snapshot;
use dartboard_core::lecture::explanations::Explanation;
use dartboard_core::run::estimate::{Estimate, digits_by_trust};
use dartboard_core::session::Event;
use dartboard_core::text::{Fixed, Grouped, duration_words, short_count, times_power_of_ten};

/// What stands for a figure that is not known yet.
const UNKNOWN: &str = "–";

/// The estimate from `tally` in large digits, and under them which are sure (the 95 % interval supports them), which
/// are right by luck, and which are noise; or `instead` in place of that line.
pub(super) fn view_number(tally: Tally, instead: Option<Html>) -> Html {
    let parts = digits_by_trust(tally);
    html! {
        <div class="estimate">
            <h1 id="pi">
                { "π ≈ " }
                if tally.points == 0 { { "???" } }
                { for parts.iter().map(|(trust, text)| html! { <span ~className={trust.name()}>{ text }</span> }) }
            </h1>
            if let Some(instead) = instead {
                { instead }
            } else {
                <p class="digits" aria-hidden="true">
                    { for parts.iter().filter(|(_, text)| !text.is_empty()).map(|(trust, text)| html! {
                        <span><strong ~className={trust.name()}>{ text }</strong>{ trust.meaning() }</span>
                    }) }
                </p>
            }
        </div>
    }
}

/// What is known about the estimate from `tally`: five figures in a line, the others behind *All figures*, with `finish`. `on_event` is told
/// that the first darts are wanted.
pub(super) fn view_facts(
    snapshot: &Snapshot,
    tally: Tally,
    finish: Html,
    on_event: &Callback<Event>,
) -> Html {
    let rate = snapshot.points_per_second;
    let estimate = Estimate::of(tally);
    let unknown = || UNKNOWN.to_owned();
    let with = |show: &dyn Fn(Estimate) -> String| estimate.map_or_else(unknown, show);
    let per_second = if rate > 0.0 { format!("{}/s", short_count(rate)) } else { unknown() };
    let share = estimate.and_then(|estimate| estimate.error_in_standard_errors());
    let next_digit = estimate
        .and_then(|estimate| estimate.factor_to_next_decimal())
        .filter(|_| rate > 0.0 && tally == snapshot.tally);
    html! {
        <div class="facts">
            <dl>
                { fact("", "off by", with(&|estimate| times_power_of_ten(estimate.pi - PI)), share.map(|share| {
                    format!("({} of the typical error)", Fixed(share.abs(), 1))
                })) }
                { fact("extra", "typical error", with(&|estimate| times_power_of_ten(estimate.standard_error)), None) }
                { fact("speed", "speed", per_second, None) }
                { fact("extra", "running", duration_words(snapshot.running_time.as_secs_f64()), None) }
                { fact("extra", "next digit", next_digit.map_or_else(unknown, |factor| {
                    format!("in about {}", duration_words(tally.points as f64 * (factor - 1.0) / rate))
                }), None) }
            </dl>
            <details class="menu ask">
                <summary>{ "All figures" }</summary>
                <div class="menu-panel">
                    <dl>
                        { fact("", "95 % interval", with(&interval), None) }
                        { fact("", "typical error (standard error)", with(&|estimate| times_power_of_ten(estimate.standard_error)), None) }
                        { fact("", "points (darts decided)", Grouped(tally.points).to_string(), None) }
                        { fact("", "inside", Grouped(tally.inside).to_string(), None) }
                    </dl>
                    { finish }
                    <h3>{ Explanation::Estimate.question() }</h3>
                    <p>{ Explanation::Estimate.text() }</p>
                    { view_button_of(Some("small"), "First darts", snapshot.tally.points == 0, on_event.reform(|_| Event::FirstDarts(true))) }
                </div>
            </details>
        </div>
    }
}

fn fact(class: &'static str, term: &'static str, value: String, beside: Option<String>) -> Html {
    html! {
        <div ~className={class}>
            <dt>{ term }</dt>
            <dd>{ value }if let Some(beside) = beside { <span>{ beside }</span> }</dd>
        </div>
    }
}

/// The 95 % interval, with two digits of its width; more would say nothing.
fn interval(estimate: Estimate) -> String {
    let (lower, upper) = estimate.interval_95();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 9")]
    let decimals = (1.0 - (upper - lower).log10().floor()).clamp(2.0, 9.0) as usize;
    format!("{} … {}", Fixed(lower, decimals), Fixed(upper, decimals))
}
