//! A device that takes part, or may.

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::html::Scope;
use yew::prelude::*;

use super::number::view_number;
use super::{HEADING, HallPage, Message};
use crate::browser::clock;
use crate::ui::{FieldLook, attributed, element, text, view_button, view_button_of};
use dartboard_core::hall::page::Event;
use dartboard_core::hall::page::device::{DeviceStanding, DeviceView};
use dartboard_core::run::config::{Field, LiveSetting, Setting, WorkerCount};
use dartboard_core::text::{Fixed, short_count};

const KEEP_ON: &str = "Keep the screen on";

/// Says something to people who cannot see it.
pub(super) type Say<'a> = &'a dyn Fn(&'static str, &dyn Fn() -> String) -> String;

/// The form, or the device in its seat.
pub(super) fn view_device(view: &DeviceView, link: &Scope<HallPage>, say: Say) -> Html {
    let words = standing_words(view);
    let spoken = say(view.standing.name(), &|| words.clone());
    let live = [("role", "status"), ("aria-live", "polite")];
    let mut parts = vec![attributed("p", "spoken", &live, vec![spoken.into()])];
    if !view.unread.is_empty() {
        let unread = view.unread.join("”, “");
        let said = format!("This page does not know what “{unread}” in its address means.");
        parts.push(text("p", "notice", said.into()));
    }
    match &view.seat {
        Some((name, _)) => parts.extend(view_seated(view, name.clone(), words, link)),
        None => parts.push(view_form(view, link)),
    }
    element("main", "class", parts)
}

fn view_form(view: &DeviceView, link: &Scope<HallPage>) -> Html {
    let is_joining = view.standing == DeviceStanding::Joining;
    let onsubmit = link.callback(|event: SubmitEvent| {
        event.prevent_default();
        let form = event.target_dyn_into::<web_sys::Element>();
        let input = form.and_then(|form| form.query_selector("#class-code").ok().flatten());
        let input = input.and_then(|input| wasm_bindgen::JsCast::dyn_into::<HtmlInputElement>(input).ok());
        Message::Tell(Event::Join(input.map(|input| input.value()).unwrap_or_default()))
    });
    html! {
        <form class="panel class-form" {onsubmit}>
            <h1>{ HEADING }</h1>
            <p class="hint">
                { "Your device gets the name of an animal and counts points for the class, on its cores, until you leave or close \
                   this page. It sends how many points it has counted, and nothing of yours." }
            </p>
            <div class="field class-code">
                <label for="class-code">{ "Code on the screen" }</label>
                <input
                    id="class-code" type="text" inputmode="numeric" autocomplete="off" maxlength="24"
                    value={view.code.clone()} aria-describedby="class-refusal"
                    aria-invalid={view.refusal.is_some().then_some("true")}
                />
                <p id="class-refusal" class="field-error" role="alert">{ view.refusal.clone() }</p>
            </div>
            <button type="submit" class="start" disabled={is_joining}>{ if is_joining { "Joining …" } else { "Join" } }</button>
            { view_cores(view, link) }
        </form>
    }
}

fn view_cores(view: &DeviceView, link: &Scope<HallPage>) -> Html {
    let cores = Setting::Live(LiveSetting::Workers(WorkerCount::nearest(view.cores)));
    let on_take = link.batch_callback(|setting: Setting| match setting {
        Setting::Live(LiveSetting::Workers(workers)) => Some(Message::Tell(Event::SetCores(workers.get()))),
        _ => None,
    });
    FieldLook { prefix: "class-", ..FieldLook::new(Field::Workers, cores, on_take) }.view()
}

/// The device in its seat.
fn view_seated(view: &DeviceView, name: String, words: String, link: &Scope<HallPage>) -> Vec<Html> {
    let tell = |event: fn() -> Event| link.callback(move |_| Message::Tell(event()));
    let state = [("data-state", view.standing.name())];
    let mut me = vec![
        text("p", "soft", "You are".into()),
        attributed("h1", "tile", &state, vec![name.into()]),
        attributed("p", "class-state", &state, vec![words.into()]),
    ];
    if let Some(trouble) = &view.trouble {
        let said = format!("No worker counts: {trouble}");
        me.push(attributed("p", "field-error", &[("role", "alert")], vec![said.into()]));
        me.push(view_button("Try again", link.callback(|_| Message::Retry)));
    }
    let figures = vec![
        figure("your speed", speed(view)),
        figure("your share", share(view)),
        figure("your points", short_count(view.points as f64)),
    ];
    let all = format!("The whole class: {} points", short_count(view.tally.points as f64));
    let total = vec![text("p", "soft", all.into()), view_number(view.tally)];
    let mut parts = vec![
        section("panel class-me", "This device", me),
        section("panel class-figures", "What this device counts", vec![element("dl", "", figures)]),
        section("panel class-total", "The class", total),
    ];
    if !matches!(view.standing, DeviceStanding::Excluded(_) | DeviceStanding::Refused(_)) {
        let found = view.found.clone().unwrap_or_else(|| "Your tile on the big screen flashes.".to_owned());
        let find = vec![
            view_button_of(Some("start"), "Where am I?", false, tell(|| Event::WhereAmI)),
            attributed("p", "hint", &[("role", "status")], vec![found.into()]),
        ];
        parts.push(element("div", "class-find", find));
        parts.push(section(
            "panel class-settings",
            "Settings",
            vec![view_awake(view, link), view_cores(view, link)],
        ));
    }
    parts.push(view_button("Leave the class", tell(|| Event::Leave)));
    parts
}

/// A panel of the style sheet's `class`, called `name`.
pub(super) fn section(class: &'static str, name: &'static str, parts: Vec<Html>) -> Html {
    attributed("section", class, &[("aria-label", name)], parts)
}

/// Whether the screen stays on: by the page, or by the user where the page cannot.
fn view_awake(view: &DeviceView, link: &Scope<HallPage>) -> Html {
    if !view.can_keep_awake {
        let why = "This page cannot do it here. A device whose screen sleeps stops counting.";
        return element("p", "", vec![text("strong", "", KEEP_ON.into()), text("span", "soft", why.into())]);
    }
    let awake = !view.stays_awake;
    html! {
        <label class="class-switch">
            <span>{ KEEP_ON }<small class="soft">{ "uses more battery" }</small></span>
            <input
                type="checkbox" role="switch" checked={view.stays_awake}
                onchange={link.callback(move |_: yew::events::Event| Message::Tell(Event::KeepAwake(awake)))}
            />
        </label>
    }
}

fn figure(term: &'static str, value: String) -> Html {
    element("div", "", vec![text("dt", "", term.into()), text("dd", "", value.into())])
}

fn speed(view: &DeviceView) -> String {
    if view.points_per_second > 0.0 {
        format!("{} points/s", short_count(view.points_per_second))
    } else {
        "–".to_owned()
    }
}

/// The part of all points that this device has counted. What it has just counted may not be among them yet.
fn share(view: &DeviceView) -> String {
    if view.tally.points == 0 || view.points == 0 {
        return "–".to_owned();
    }
    let share = (100.0 * view.points as f64 / view.tally.points as f64).min(100.0);
    format!("{} % of all points", Fixed(share, usize::from(share < 9.95)))
}

fn standing_words(view: &DeviceView) -> String {
    match &view.standing {
        DeviceStanding::Form => String::new(),
        DeviceStanding::Joining => "Joining the class".to_owned(),
        DeviceStanding::Counting => "Counting for the class".to_owned(),
        DeviceStanding::Waiting => "Waiting for work".to_owned(),
        DeviceStanding::Away { span, is_connected: false } => format!(
            "No connection to the class since {}: this device finishes what it holds and comes back by itself.",
            clock::time_of_day(*span)
        ),
        DeviceStanding::Away { span, is_connected: true } => format!(
            "The class has not answered since {}: this device finishes what it holds and asks again.",
            clock::time_of_day(*span)
        ),
        DeviceStanding::Finished => "Finished: the class has counted everything".to_owned(),
        DeviceStanding::Excluded(why) => format!("Excluded. {why}"),
        DeviceStanding::Refused(why) => format!("This device cannot take part. {why}"),
    }
}
