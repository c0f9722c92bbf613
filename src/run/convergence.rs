//! The error of the estimate against the number of points, both axes logarithmic.

use std::f64::consts::PI;
use std::rc::Rc;

use dartboard_points::tally::Tally;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::ui::use_width_px;
use dartboard_core::chart::{LogAxis, line_path, text_scale};
use dartboard_core::run::estimate::{DECIMALS, ERROR_BAND_OF_ONE_POINT, Estimate, MEDIAN_ERROR_OF_ONE_POINT};
use dartboard_core::run::trace::FIRST_MARK_POINTS;
use dartboard_core::text::{Fixed, Grouped, Scientific, power_of_ten, short_count};

/// What [`Convergence`] shows.
#[derive(Properties, PartialEq)]
pub(super) struct ConvergenceProps {
    /// The run's history, by rising number of points; the last is the run's tally now.
    pub(super) marks: Rc<[Tally]>,
}

/// Where the chart's parts lie, in pixels.
#[derive(Clone, Copy)]
struct Layout {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Height of a line of text.
    line: f64,
}

impl Layout {
    /// A chart of `width` pixels; on a large screen its text is larger too, as the page's is.
    fn of_width(width: f64) -> Self {
        let scale = text_scale(width);
        let height = (width * 0.53).clamp(240.0, 560.0);
        Self {
            width,
            height,
            left: 52.0 * scale,
            right: width - 14.0 * scale,
            top: 10.0,
            bottom: height - 38.0 * scale,
            line: 16.0 * scale,
        }
    }
}

/// The number of points that the chart shows at least, so that it does not jump at the beginning.
const LEAST_SPAN_POINTS: f64 = 1e8;

fn error_of(tally: Tally) -> f64 {
    Estimate::of(tally).map_or(0.0, |estimate| (estimate.pi - PI).abs())
}

/// The convergence chart, its reader for keyboard, pointer and touch, and the same numbers as a table.
#[component]
pub(super) fn Convergence(props: &ConvergenceProps) -> Html {
    let frame = use_node_ref();
    let layout = Layout::of_width(use_width_px(&frame));
    let marks = &props.marks;
    let last = marks.last().copied().unwrap_or_default();
    let read_at = use_state(|| None::<usize>);
    let table_open = use_state(|| false);
    let read_index = read_at.filter(|&index| index < marks.len()).unwrap_or(marks.len().saturating_sub(1));

    let points_axis = LogAxis::enclosing(
        FIRST_MARK_POINTS as f64,
        LEAST_SPAN_POINTS.max(last.points as f64),
        layout.left,
        layout.right,
    );
    let least_error = ERROR_BAND_OF_ONE_POINT.0 / points_axis.greatest().sqrt();
    let error_axis = LogAxis::enclosing(least_error, 0.9, layout.bottom, layout.top);

    let at = |points: f64, error: f64| (points_axis.position_px(points), error_axis.position_px(error));
    let along = |of_one_point: f64| {
        [points_axis.least(), points_axis.greatest()].map(|points| at(points, of_one_point / points.sqrt()))
    };
    let [lower, upper] = [ERROR_BAND_OF_ONE_POINT.0, ERROR_BAND_OF_ONE_POINT.1].map(along);
    let band = line_path([lower[0], lower[1], upper[1], upper[0]]);
    let median = line_path(along(MEDIAN_ERROR_OF_ONE_POINT));
    let curve = line_path(marks.iter().map(|&mark| at(mark.points as f64, error_of(mark))));

    let read = marks.get(read_index).copied();
    let reading = read.map_or_else(
        || "No points yet.".to_owned(),
        |mark| {
            let median = MEDIAN_ERROR_OF_ONE_POINT / (mark.points as f64).sqrt();
            format!(
                "After {} points: π ≈ {}, error {}; half of all runs have less than {} there.",
                Grouped(mark.points),
                Fixed(Estimate::of(mark).map_or(0.0, |estimate| estimate.pi), DECIMALS),
                Scientific(error_of(mark)),
                Scientific(median),
            )
        },
    );
    let on_pointer = {
        let (read_at, marks, frame) = (read_at.clone(), marks.clone(), frame.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(element) = frame.cast::<web_sys::Element>() else { return };
            let x = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
            let distance = |mark: &Tally| (points_axis.position_px(mark.points as f64) - x).abs();
            let nearest =
                (0..marks.len()).min_by(|&a, &b| distance(&marks[a]).total_cmp(&distance(&marks[b])));
            read_at.set(nearest);
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
            <div ref={frame} class="chart" onpointermove={on_pointer.clone()} onpointerdown={on_pointer} onpointerleave={on_leave}>
                <svg width={Fixed(layout.width, 0).to_string()} height={Fixed(layout.height, 0).to_string()} role="img"
                    aria-label="Error of the estimate against the number of points, both axes logarithmic">
                    { grid(&points_axis, &error_axis, layout) }
                    <path class="band" d={format!("{band}Z")} />
                    <path class="median" d={median} />
                    <path class="curve" d={curve} />
                    if let Some(mark) = read {
                        { reading_mark(at(mark.points as f64, error_of(mark))) }
                    }
                </svg>
            </div>
            <p class="legend">
                <span class="key curve-key">{ "this run’s error" }</span>
                <span class="key median-key">{ "median of all runs, 1.108/√N" }</span>
                <span class="key band-key">{ "95 % of runs at each N" }</span>
            </p>
            <div class="reader">
                <label for="read-chart">{ "Read the chart" }</label>
                <input id="read-chart" type="range" min="0" max={marks.len().saturating_sub(1).to_string()} value={read_index.to_string()}
                    disabled={marks.is_empty()} aria-valuetext={reading.clone()} oninput={on_slide} />
            </div>
            <p class="reading">{ reading }</p>
            <figcaption>
                { "The error shrinks as 1/√N: a hundred times the points for the next digit. One run’s curve is correlated with itself: once off, it stays off for a while." }
            </figcaption>
            { view_table(marks, &table_open) }
        </figure>
    }
}

fn grid(points_axis: &LogAxis, error_axis: &LogAxis, layout: Layout) -> Html {
    let Layout { left, right, top, bottom, line, .. } = layout;
    let px = |value: f64| Fixed(value, 1).to_string();
    let columns = points_axis.labelled_decades(2.8 * line).map(|decade| {
        let x = px(points_axis.position_px(10_f64.powi(decade)));
        html! {
            <>
                <line class="grid" x1={x.clone()} x2={x.clone()} y1={px(top)} y2={px(bottom)} />
                <text {x} y={px(bottom + line)} text-anchor="middle">{ power_of_ten(decade) }</text>
            </>
        }
    });
    let rows = error_axis.labelled_decades(1.7 * line).map(|decade| {
        let y = error_axis.position_px(10_f64.powi(decade));
        html! {
            <>
                <line class="grid" x1={px(left)} x2={px(right)} y1={px(y)} y2={px(y)} />
                <text x={px(left - 6.0)} y={px(y + line / 4.0)} text-anchor="end">{ power_of_ten(decade) }</text>
            </>
        }
    });
    html! {
        <g>
            { for columns }
            { for rows }
            <text x={px(right)} y={px(bottom + 2.1 * line)} text-anchor="end">{ "points N" }</text>
            <text x={px(left + 6.0)} y={px(top + line)}>{ "|π̂ − π|" }</text>
        </g>
    }
}

fn reading_mark((x, y): (f64, f64)) -> Html {
    html! { <circle class="reading-mark" cx={Fixed(x, 1).to_string()} cy={Fixed(y, 1).to_string()} r="5" /> }
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
                        <thead><tr><th>{ "points" }</th><th>{ "π̂" }</th><th>{ "error" }</th><th>{ "standard error" }</th></tr></thead>
                        <tbody>{ for marks.iter().filter_map(|&mark| {
                            let estimate = Estimate::of(mark)?;
                            Some(html! {
                                <tr>
                                    <td title={short_count(mark.points as f64)}>{ Grouped(mark.points).to_string() }</td>
                                    <td>{ Fixed(estimate.pi, DECIMALS).to_string() }</td>
                                    <td>{ Scientific(error_of(mark)).to_string() }</td>
                                    <td>{ Scientific(estimate.standard_error).to_string() }</td>
                                </tr>
                            })
                        }) }</tbody>
                    </table>
                </div>
            }
        </details>
    }
}
