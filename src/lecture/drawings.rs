//! The pictures of lessons, in the room that they have.

use yew::prelude::*;
use yew::virtual_dom::VText;

use crate::ui::{attributed, element, text, use_room, view_svg};
use dartboard_core::chart::Room;
use dartboard_core::lecture::drawing::{
    bars_height, draw_bars, draw_lanes, draw_strip, lanes_height, legend_box,
};
use dartboard_core::lecture::shown::{Bars, Lanes, Look, Strip};

#[derive(Properties, PartialEq)]
pub(super) struct LanesProps {
    pub(super) lanes: Lanes,
}

/// What threads did over time.
#[component]
pub(super) fn LanesPanel(props: &LanesProps) -> Html {
    let lanes = &props.lanes;
    let frame = use_node_ref();
    let room = use_room(&frame);
    let room = Room { height: lanes_height(lanes, room.line), ..room };
    let legend = |&(look, name): &(Look, &'static str)| {
        element("span", "", vec![view_svg(legend_box(look)), VText::new(name).into()])
    };
    html! {
        <section class="panel lanes-panel" aria-labelledby="lanes-heading">
            { view_head("lanes-heading", lanes.title.clone(), &lanes.note) }
            <div ref={frame}>{ view_svg(draw_lanes(lanes, room)) }</div>
            { element("p", "legend", lanes.legend.iter().map(legend).collect()) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct StripProps {
    pub(super) strip: Strip,
}

/// The results of all runs.
#[component]
pub(super) fn StripPanel(props: &StripProps) -> Html {
    let strip = &props.strip;
    let frame = use_node_ref();
    let room = use_room(&frame);
    let runs = strip.values.len();
    let sign = |class, sign: &'static str, name: &'static str| {
        element("span", "", vec![text("i", class, sign.into()), VText::new(name).into()])
    };
    let mut legend = vec![sign("dot", "", "a run"), sign("dot ring", "", "the last run")];
    if !strip.guesses.is_empty() {
        legend.push(sign("mark", "▼", "a guess"));
    }
    let heading = format!("{runs} run{}", if runs == 1 { "" } else { "s" });
    html! {
        <section class="panel strip-panel" aria-labelledby="strip-heading">
            { view_head("strip-heading", heading, &strip.note) }
            <div class="strip-frame" ref={frame}>{ view_svg(draw_strip(strip, room)) }</div>
            { element("p", "legend", legend) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct BarsProps {
    pub(super) bars: Bars,
}

/// How long each way took.
#[component]
pub(super) fn BarsPanel(props: &BarsProps) -> Html {
    let bars = &props.bars;
    let frame = use_node_ref();
    let room = use_room(&frame);
    let room = Room { height: bars_height(bars, room.line), ..room };
    html! {
        <section class="panel bars-panel" aria-labelledby="bars-heading">
            { view_head("bars-heading", bars.title.clone(), &bars.note) }
            <div ref={frame}>{ view_svg(draw_bars(bars, room)) }</div>
            { element("p", "legend", vec![VText::new(bars.legend.clone()).into()]) }
        </section>
    }
}

/// A panel's heading, and what stands beside it.
fn view_head(id: &'static str, heading: String, note: &str) -> Html {
    let heading = attributed("h2", "", &[("id", id)], vec![VText::new(heading).into()]);
    element("div", "panel-head", vec![heading, text("span", "hint", note.to_owned().into())])
}
