//! A pipeline as it works: its stages and queues, what can be done to them, the file that it reads and the one it writes.

use yew::prelude::*;
use yew::virtual_dom::VText;

use super::{LecturePage, Message, Open};
use crate::ui::{attributed, element, text, view_button_of, view_svg};
use dartboard_core::lecture::drawing::{draw_shares, legend_box};
use dartboard_core::lecture::shown::{Action, Look, Output, Pipeline, StageShown};
use dartboard_core::lecture::stage::{Event, Status};
use dartboard_core::text::Grouped;

/// The most places that are drawn one by one.
const DRAWN_PLACES: u32 = 16;

/// The stages with the queues between them.
pub(super) fn view_pipeline(
    context: &Context<LecturePage>,
    pipeline: &Pipeline,
    output: Option<&Output>,
) -> Html {
    let [reader, upper, writer] = &pipeline.stages;
    let [first, second] = pipeline.queued;
    let row = vec![
        view_stage(context, reader, true),
        view_queue("Queue 1", first, pipeline.places),
        view_stage(context, upper, false),
        view_queue("Queue 2", second, pipeline.places),
        view_stage(context, writer, false),
    ];
    let mut buttons: Vec<Html> = pipeline.pause.iter().map(|&pause| view_action(context, pause)).collect();
    buttons.extend(output.map(|output| view_save(context, output)));
    let parts = vec![
        element(
            "div",
            "panel-head",
            vec![text("h2", "", "The pipeline".into()), element("span", "run-buttons", buttons)],
        ),
        text("p", "sentence verdict", pipeline.verdict.clone().into()),
        element("div", "pipeline", row),
        view_legend(),
    ];
    attributed("section", "panel", &[("aria-label", "The pipeline")], parts)
}

fn view_action(context: &Context<LecturePage>, Action { act, label }: Action) -> Html {
    let onclick = context.link().callback(move |_| Message::Lesson(Event::Act(act)));
    view_button_of(Some("small"), label, false, onclick)
}

const LOOKS: [(Look, &str); 3] = [
    (Look::Working, "working"),
    (Look::Blocked, "blocked in put(): the queue is full"),
    (Look::Waiting, "blocked in get(): the queue is empty"),
];

fn view_stage(context: &Context<LecturePage>, stage: &StageShown, is_first: bool) -> Html {
    let shares: Vec<(Look, f64)> =
        LOOKS.iter().zip(stage.shares).map(|(&(look, _), share)| (look, share)).collect();
    let bar = view_svg(draw_shares(&shares, is_first));
    let actions = stage.actions.iter().map(|&action| view_action(context, action)).collect();
    let parts = vec![
        text("b", "", stage.name.into()),
        bar,
        text("span", "", stage.does.clone().into()),
        attributed("div", "run-buttons", &[("role", "group"), ("aria-label", stage.name)], actions),
    ];
    element("div", if stage.is_slowest { "stage slowest" } else { "stage" }, parts)
}

fn view_queue(name: &'static str, queued: u32, places: u32) -> Html {
    let drawn = places.min(DRAWN_PLACES);
    // Of many places, each one drawn stands for several.
    let full = (u64::from(queued) * u64::from(drawn)).div_ceil(u64::from(places.max(1)));
    let cell = |cell| text("i", if u64::from(cell) < full { "full" } else { "" }, "".into());
    let size = format!("{} of {}", Grouped(queued.into()), Grouped(places.into()));
    let parts = vec![
        text("b", "", name.into()),
        text("span", "", size.into()),
        attributed("div", "cells", &[("aria-hidden", "true")], (0..drawn).map(cell).collect()),
    ];
    element("div", "pipe", parts)
}

fn view_legend() -> Html {
    let entry = |&(look, name): &(Look, &'static str)| {
        element("span", "", vec![view_svg(legend_box(look)), VText::new(name).into()])
    };
    element("p", "legend", LOOKS.iter().map(entry).collect())
}

fn view_save(context: &Context<LecturePage>, Output { name, bytes, is_complete }: &Output) -> Html {
    let what = if *is_complete { "Save" } else { "Save the part in" };
    let label = format!("{what} {name} ({} bytes)", Grouped(*bytes));
    let saved = name.clone();
    let onclick = context.link().callback(move |_| Message::SaveOutput(saved.clone()));
    html! { <button type="button" id="save-output" {onclick}>{ label }</button> }
}

/// What chooses the file to read. A file can be dropped on it, too.
pub(super) fn view_file(context: &Context<LecturePage>, open: &Open) -> Html {
    let onchange = context.link().callback(|event: web_sys::Event| {
        let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
        Message::Choose(input.and_then(|input| input.files()?.get(0)))
    });
    let disabled = *open.stage.status() == Status::Running;
    html! {
        <div class="field file">
            <label for="file">{ "Read a file" }</label>
            <input id="file" type="file" {onchange} {disabled} />
        </div>
    }
}
