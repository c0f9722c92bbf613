//! The estimate in large digits, and what is known about it.

use std::f64::consts::PI;
use std::time::Duration;

use dartboard_points::tally::Tally;
use yew::prelude::*;

use dartboard_core::run::estimate::{Estimate, Trust};
use dartboard_core::text::{Fixed, Grouped, Scientific, duration_words, short_count};

/// The estimate from `tally` in large digits: those that the 95 % interval supports solid, those right by luck
/// outlined, the rest dim.
pub(super) fn view_number(tally: Tally) -> Html {
    let Some(estimate) = Estimate::of(tally) else {
        return html! { <h1 id="pi">{ "π ≈ ???" }</h1> };
    };
    let digits = estimate.digits();
    let run = |trust| -> String {
        digits.iter().filter(|(_, other)| *other == trust).map(|(digit, _)| digit).collect()
    };
    html! {
        <h1 id="pi">
            { "π ≈ " }
            <span class="supported">{ run(Trust::Supported) }</span>
            <span class="luck">{ run(Trust::Luck) }</span>
            <span class="noise">{ run(Trust::Noise) }</span>
        </h1>
    }
}

/// What is known about the estimate from `tally`, at a `rate` of points a second, after the time `running`.
pub(super) fn view_facts(tally: Tally, rate: f64, running: Duration) -> Html {
    let fact = |term: &'static str, value: String| html! { <div><dt>{ term }</dt><dd>{ value }</dd></div> };
    let unknown = || "–".to_owned();
    let estimate = Estimate::of(tally);
    let with = |show: &dyn Fn(Estimate) -> String| estimate.map_or_else(unknown, show);
    html! {
        <dl class="facts">
            { fact("standard error", with(&|estimate| format!("± {}", Scientific(estimate.standard_error)))) }
            { fact("95 % interval", with(&|estimate| {
                let (lower, upper) = estimate.interval_95();
                // Two digits of the width; more would say nothing.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 9")]
                let decimals = (1.0 - (upper - lower).log10().floor()).clamp(2.0, 9.0) as usize;
                format!("{} … {}", Fixed(lower, decimals), Fixed(upper, decimals))
            })) }
            { fact("error", with(&|estimate| {
                let error = estimate.pi - PI;
                estimate.error_in_standard_errors().map_or_else(
                    || Scientific(error).to_string(),
                    |ratio| format!("{} = {} standard errors", Scientific(error), Fixed(ratio.abs(), 2)),
                )
            })) }
            { fact("points", Grouped(tally.points).to_string()) }
            { fact("darts decided a second", if rate > 0.0 { short_count(rate) } else { unknown() }) }
            { fact("time running", duration_words(running.as_secs_f64())) }
            { fact("next digit at this rate", with(&|estimate| {
                estimate
                    .factor_to_next_decimal()
                    .filter(|_| rate > 0.0)
                    .map_or_else(unknown, |factor| {
                        let points = tally.points as f64 * (factor - 1.0);
                        format!("in about {}", duration_words(points / rate))
                    })
            })) }
        </dl>
    }
}
