//! The error of the estimate against the number of points, both axes logarithmic.

use std::rc::Rc;

use dartboard_points::tally::Tally;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::ui::view_svg;
use dartboard_core::chart::Room;
use dartboard_core::run::convergence::{ConvergenceChart, error_of, reading};
use dartboard_core::run::estimate::{DECIMALS, Estimate};
use dartboard_core::text::{Fixed, Grouped, short_count, times_power_of_ten};

/// What [`Convergence`] shows.
#[derive(Properties, PartialEq)]
pub(super) struct ConvergenceProps {
    /// The run's history, by rising number of points; the last is the run's tally now.
    pub(super) marks: Rc<[Tally]>,
    /// Where the chart is shown.
    pub(super) frame: NodeRef,
    /// The room that it has there.
    pub(super) room: Room,
}

/// The convergence chart, its reader for keyboard, pointer and touch, and the same numbers as a table.
#[component]
pub(super) fn Convergence(props: &ConvergenceProps) -> Html {
    let marks = &props.marks;
    let chart = ConvergenceChart::new(marks, props.room);
    let read_at = use_state(|| None::<usize>);
    let table_open = use_state(|| false);
    let read_index = read_at.filter(|&index| index < marks.len()).unwrap_or(marks.len().saturating_sub(1));

    let reading = reading(marks.get(read_index).copied());
    let on_pointer = {
        let (read_at, marks, frame, room) = (read_at.clone(), marks.clone(), props.frame.clone(), props.room);
        Callback::from(move |event: PointerEvent| {
            let Some(element) = frame.cast::<web_sys::Element>() else { return };
            let x_px = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
            read_at.set(ConvergenceChart::new(&marks, room).nearest(x_px));
        })
    };
    let on_leave = {
        let read_at = read_at.clone();
        Callback::from(move |_: PointerEvent| read_at.set(None))
    };
    let on_slide = {
        let read_at = read_at.clone();
        Callback::from(move |event: InputEvent| {
            read_at.set(event.target_unchecked_into::<HtmlInputElement>().value().parse().ok());
        })
    };

    html! {
        <figure class="convergence">
            <div ref={&props.frame} class="chart" onpointermove={on_pointer.clone()} onpointerdown={on_pointer} onpointerleave={on_leave}>
                { view_svg(chart.svg(Some(read_index))) }
            </div>
            <p class="legend">
                <span class="key">{ "this run" }</span>
                <span class="key median-key">{ "half of all runs are below this line" }</span>
                <span class="key band-key">{ "95 % of runs are in this band" }</span>
            </p>
            <div class="reader">
                <label for="read-chart">{ "Read the chart" }</label>
                <input id="read-chart" type="range" min="0" max={marks.len().saturating_sub(1).to_string()} value={read_index.to_string()}
                    disabled={marks.is_empty()} aria-valuetext={reading.clone()} oninput={on_slide} />
            </div>
            <p class="reading">{ reading }</p>
            { view_table(marks, &table_open) }
        </figure>
    }
}

/// The chart's numbers as a table, made only while it is open.
fn view_table(marks: &[Tally], open: &UseStateHandle<bool>) -> Html {
    let on_toggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            open.set(event.target_unchecked_into::<web_sys::Element>().has_attribute("open"));
        })
    };
    html! {
        <details ontoggle={on_toggle}>
            <summary>{ "The same numbers as a table" }</summary>
            if **open {
                <div class="table-frame" tabindex="0" role="region" aria-label="Convergence table">
                    <table>
                        <thead><tr><th>{ "points" }</th><th>{ "π ≈" }</th><th>{ "off by" }</th><th>{ "typical error" }</th></tr></thead>
                        <tbody>{ for marks.iter().filter_map(|&mark| {
                            let estimate = Estimate::of(mark)?;
                            Some(html! {
                                <tr>
                                    <td title={short_count(mark.points as f64)}>{ Grouped(mark.points).to_string() }</td>
                                    <td>{ Fixed(estimate.pi, DECIMALS).to_string() }</td>
                                    <td>{ times_power_of_ten(error_of(mark)) }</td>
                                    <td>{ times_power_of_ten(estimate.standard_error) }</td>
                                </tr>
                            })
                        }) }</tbody>
                    </table>
                </div>
            }
        </details>
    }
}
