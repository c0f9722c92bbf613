//! The screen that all look at.

use yew::prelude::*;

use super::device::Say;
use super::number::view_number;
use super::wall::{Wall, view_counts, view_rows};
use crate::browser::{address as browser_address, clock};
use crate::ui::{text, view_button_of};
use dartboard_core::address::Page as SitePage;
use dartboard_core::hall::message::Show;
use dartboard_core::hall::page::About;
use dartboard_core::hall::page::address::{join_link, spaced};
use dartboard_core::hall::page::screen::{ScreenStanding, ScreenView};
use dartboard_core::hall::page::tiles::MOST_ROWS;
use dartboard_core::hall::page::words;
use dartboard_core::qr_code;
use dartboard_core::text::short_count;

/// From so many tiles on the rest makes room.
const MANY: usize = 81;

/// The number, the devices, and how to join them.
pub(super) fn view_screen(view: &ScreenView, say: Say) -> Html {
    let words = standing_words(view);
    let spoken = say(view.standing.name(), &|| words.clone());
    let tally = view.show.as_ref().map(|show| show.tally).unwrap_or_default();
    let on_leave = Callback::from(|_| browser_address::go_to(SitePage::Hall.route()));
    let many = if view.tiles.len() >= MANY { "class-screen many" } else { "class-screen" };
    html! {
        <main class={many}>
            <h1 class="spoken">{ "The class" }</h1>
            <p class="spoken" role="status" aria-live="polite">{ spoken }</p>
            <section class="panel class-band" aria-label="The estimate">
                { view_number(tally) }
                { view_sum(view, words) }
            </section>
            <div class="class-hall">
                { view_side(view) }
                <section class="panel class-devices" aria-label="Devices">{ view_devices(view) }</section>
            </div>
            { view_button_of(Some("leave"), "Leave this view", false, on_leave) }
        </main>
    }
}

/// Points a second, or why there are none; points in all.
fn view_sum(view: &ScreenView, words: String) -> Html {
    let points = view.show.as_ref().map(words::points);
    let rate = view.show.as_ref().map_or(0.0, |show| show.points_per_second as f64);
    html! {
        <div class="class-sum">
            if view.standing == ScreenStanding::Showing {
                <p class="class-rate">{ short_count(rate) }</p>
                <p>{ "points a second" }</p>
            } else {
                <p class="class-word" data-state={view.standing.name()}>{ words }</p>
            }
            <p class="class-points">{ points }</p>
        </div>
    }
}

fn standing_words(view: &ScreenView) -> String {
    match &view.standing {
        ScreenStanding::Asking => "Looking for the class …".to_owned(),
        ScreenStanding::Showing => "The class counts".to_owned(),
        ScreenStanding::Silent(span) => {
            format!("No word from the class since {}", clock::time_of_day(*span))
        }
        ScreenStanding::Finished => "✓ Finished".to_owned(),
        ScreenStanding::Refused(why) => why.clone(),
    }
}

/// How to join; once all is counted, how to count it again.
fn view_side(view: &ScreenView) -> Html {
    let Some(about) = &view.about else {
        return html! { <section class="panel class-join" aria-label="Join" /> };
    };
    let trust = view.show.as_ref().map(words::trust);
    let check = view.check.as_ref().map(|check| [about.address.trim_end_matches('/'), "/", check].concat());
    let is_over = view.standing == ScreenStanding::Finished;
    html! {
        <section class="panel class-join" aria-label={if is_over { "Check" } else { "Join" }}>
            if let Some(check) = check.clone().filter(|_| is_over) {
                <h2>{ "Count it again yourself" }</h2>
                { view_code(&check) }
                <p class="class-address">{ "The same points, on one device" }</p>
            } else {
                <h2>{ "Join with your phone" }</h2>
                { view_code(&join_link(&about.address, &about.code)) }
                { view_address(about) }
            }
            <div class="class-trust">
                <p>{ trust }</p>
                if let Some(check) = check {
                    <p><a href={check}>{ "Anybody can count it again" }</a></p>
                }
            </div>
        </section>
    }
}

fn view_address(about: &About) -> Html {
    let address = about.address.trim_start_matches("http://").trim_end_matches('/').to_owned();
    html! {
        <>
            <p class="class-address" translate="no">{ address }</p>
            <p class="class-code-shown">{ "code" }<b translate="no">{ spaced(&about.code) }</b></p>
        </>
    }
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

fn view_devices(view: &ScreenView) -> Html {
    let Some(show) = &view.show else { return Html::default() };
    if view.tiles.is_empty() {
        return text("p", "class-nobody", "Nobody has joined yet.".into());
    }
    if view.tiles.len() <= MOST_ROWS { view_few(view, show) } else { view_many(view) }
}

fn view_few(view: &ScreenView, show: &Show) -> Html {
    html! { <>{ view_counts(&view.tiles) }{ view_rows(&view.tiles, show.points_per_second) }</> }
}

fn view_many(view: &ScreenView) -> Html {
    html! { <><Wall tiles={view.tiles.clone()} />{ view_counts(&view.tiles) }</> }
}
