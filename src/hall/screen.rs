//! The screen that everybody watches.

use yew::prelude::*;

use super::device::{Say, section};
use super::number::view_number;
use super::wall::{Wall, view_counts, view_rows};
use crate::browser::{address as browser_address, clock};
use crate::ui::{attributed, element, link, text};
use dartboard_core::address::Page as SitePage;
use dartboard_core::hall::page::About;
use dartboard_core::hall::page::address::{join_link, spaced};
use dartboard_core::hall::page::screen::{ScreenStanding, ScreenView};
use dartboard_core::hall::page::tiles::MOST_ROWS;
use dartboard_core::hall::page::words;
use dartboard_core::qr_code;
use dartboard_core::text::short_count;

/// From so many tiles on, everything else makes room for them.
const MANY: usize = 81;

/// The number, the devices, and how to join them.
pub(super) fn view_screen(view: &ScreenView, say: Say) -> Html {
    let words = standing_words(view);
    let spoken = say(view.standing.name(), &|| words.clone());
    let tally = view.show.as_ref().map(|show| show.tally).unwrap_or_default();
    let many = if view.tiles.len() >= MANY { "class-screen many" } else { "class-screen" };
    let live = [("role", "status"), ("aria-live", "polite")];
    let hall = vec![view_side(view), section("panel class-devices", "Devices", view_devices(view))];
    let parts = vec![
        text("h1", "spoken", "The class".into()),
        attributed("p", "spoken", &live, vec![spoken.into()]),
        section("panel class-band", "The estimate", vec![view_number(tally), view_sum(view, words)]),
        element("div", "class-hall", hall),
        view_leave(),
    ];
    element("main", many, parts)
}

/// The way out, in a corner.
fn view_leave() -> Html {
    let onclick = Callback::from(|_| browser_address::go_to(SitePage::Hall.route()));
    html! { <button class="leave" aria-label="Leave this view" {onclick}>{ "✕" }</button> }
}

/// Points a second, or why there are none; points in all.
fn view_sum(view: &ScreenView, words: String) -> Html {
    let rate = view.show.as_ref().map_or(0.0, |show| show.points_per_second as f64);
    let mut parts = match view.standing {
        ScreenStanding::Showing => {
            vec![text("p", "class-rate", short_count(rate).into()), text("p", "", "points a second".into())]
        }
        // It stands where the devices would.
        ScreenStanding::Refused(_) => Vec::new(),
        _ => vec![attributed("p", "class-word", &[("data-state", view.standing.name())], vec![words.into()])],
    };
    parts.extend(view.show.as_ref().map(|show| text("p", "class-points", words::points(show).into())));
    element("div", "class-sum", parts)
}

fn standing_words(view: &ScreenView) -> String {
    match &view.standing {
        ScreenStanding::Asking => "Looking for the class …".to_owned(),
        ScreenStanding::Showing => "The class counts".to_owned(),
        ScreenStanding::Silent(span) => {
            format!("No answer from the class since {}", clock::time_of_day(*span))
        }
        ScreenStanding::Finished => "✓ Finished".to_owned(),
        ScreenStanding::Refused(why) => why.clone(),
    }
}

/// How to join; once all is counted, how to count it again.
fn view_side(view: &ScreenView) -> Html {
    let Some(about) = &view.about else { return section("panel class-join", "Join", Vec::new()) };
    let check = view.check.as_ref().map(|check| [about.address.trim_end_matches('/'), "/", check].concat());
    let mut parts = match &check {
        Some(check) if view.standing == ScreenStanding::Finished => vec![
            text("h2", "", "Count it again yourself".into()),
            view_code(check),
            text("p", "class-again", "The same points, on one device: the total must be the same.".into()),
        ],
        _ => view_join(about),
    };
    let trust = view.show.as_ref().map(|show| text("p", "", words::trust(show).into()));
    let check = check.map(|check| {
        let way = link("", check, vec!["Anybody can count it again".into()]);
        element("p", "", vec![way])
    });
    parts.push(element("div", "class-trust", trust.into_iter().chain(check).collect()));
    section("panel class-join", "How to take part", parts)
}

fn view_join(about: &About) -> Vec<Html> {
    let address =
        about.address.strip_prefix("http://").unwrap_or(&about.address).trim_end_matches('/').to_owned();
    let code = text("b", "", spaced(&about.code).into());
    vec![
        text("h2", "", "Join with your phone".into()),
        view_code(&join_link(&about.address, &about.code)),
        attributed("p", "class-address", &[("translate", "no")], vec![address.into()]),
        element("p", "class-code-shown", vec!["code".into(), code]),
    ]
}

fn view_code(link: &str) -> Html {
    let Some(code) = qr_code::draw(link) else { return Html::default() };
    let view_box = format!("0 0 {0} {0}", code.modules);
    html! {
        <svg class="class-qr" viewBox={view_box} role="img" aria-label="QR code of the address">
            <path d={code.path} />
        </svg>
    }
}

fn view_devices(view: &ScreenView) -> Vec<Html> {
    if let ScreenStanding::Refused(why) = &view.standing {
        return vec![text("p", "class-nobody", why.clone().into())];
    }
    let Some(show) = &view.show else { return Vec::new() };
    let counts = view_counts(&view.tiles);
    match view.tiles.len() {
        0 => vec![text("p", "class-nobody", "Nobody has joined yet.".into())],
        1..=MOST_ROWS => vec![counts, view_rows(&view.tiles, show.points_per_second)],
        _ => vec![html! { <Wall tiles={view.tiles.clone()} /> }, counts],
    }
}
