//! The class's number.

use dartboard_points::tally::Tally;
use yew::prelude::*;

use crate::ui::{attributed, element, text};
use dartboard_core::run::estimate::digits_by_trust;

/// The estimate from `tally`, and under it which digits are sure.
pub(super) fn view_number(tally: Tally) -> Html {
    let parts = digits_by_trust(tally);
    let mut digits: Vec<Html> = vec!["π ≈ ".into()];
    if tally.points == 0 {
        digits.push("???".into());
    }
    digits.extend(parts.iter().map(|(trust, part)| text("span", trust.name(), part.clone().into())));
    let meanings = parts.iter().filter(|(_, part)| !part.is_empty()).map(|(trust, part)| {
        element("span", "", vec![text("strong", trust.name(), part.clone().into()), trust.meaning().into()])
    });
    let meanings = attributed("p", "digits", &[("aria-hidden", "true")], meanings.collect());
    html! { <>{ element("p", "class-pi", digits) }{ meanings }</> }
}
