//! What was measured: conclusion, charts, tables, the machine, files.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{BenchmarkPage, Export, Message};
use crate::browser::files;
use crate::ui::{use_room, view_svg};
use dartboard_core::benchmark::condition::Sample;
use dartboard_core::benchmark::document::{Loaded, MAX_BYTES};
use dartboard_core::benchmark::export::{interval, or_dash};
use dartboard_core::benchmark::figure::{Figure, Machine};
use dartboard_core::benchmark::results::Summary;
use dartboard_core::benchmark::runner::Runner;
use dartboard_core::benchmark::segments::segments;
use dartboard_core::text::{Fixed, Grouped, short_count};

impl BenchmarkPage {
    /// What follows from the samples; while they are being taken it would change with each.
    pub(super) fn view_conclusion(&self) -> Html {
        if self.is_running() || self.summaries.is_empty() {
            return html! {};
        }
        let sentences = self.conclusion().into_iter().map(|sentence| html! { <li>{ sentence }</li> });
        html! {
            <section class="panel wide" aria-labelledby="conclusion-heading">
                <h2 id="conclusion-heading">{ "What the data says" }</h2>
                <ul id="benchmark-conclusion">{ for sentences }</ul>
                <Segments own={self.summaries.clone()} />
            </section>
        }
    }

    pub(super) fn view_results(&self, context: &Context<Self>) -> Html {
        let samples = self.runner.as_ref().map_or(&[][..], Runner::samples);
        html! {
            <>
                { for Figure::ALL.map(|figure| self.view_chart(context, figure)) }
                if !self.summaries.is_empty() {
                    <section class="panel wide" aria-labelledby="table-heading">
                        <h2 id="table-heading">{ "The same numbers as a table" }</h2>
                        { view_summaries(&self.summaries, samples) }
                        <details>
                            <summary>{ "Every sample" }</summary>
                            { view_samples(samples, &self.summaries) }
                        </details>
                    </section>
                }
            </>
        }
    }

    fn view_chart(&self, context: &Context<Self>, figure: Figure) -> Html {
        let other = self.overlay.as_ref().map(|loaded| loaded.name()).unwrap_or_default();
        if figure.svg(&self.machines(&other), 600.0).is_none() {
            return html! {};
        }
        let on_save = context.link().callback(move |_| Message::Save(Export::Svg(figure)));
        let name = format!("SVG of the chart: {}", figure.title());
        let (own, cores, overlay) = (self.summaries.clone(), self.environment.cores, self.overlay.clone());
        html! {
            <section class="panel" aria-label={figure.title()} key={figure.file_name()}>
                <div class="panel-head">
                    <h2>{ figure.title() }</h2>
                    <button class="small" aria-label={name} onclick={on_save}>{ "SVG" }</button>
                </div>
                <Chart {figure} {own} {cores} {overlay} />
            </section>
        }
    }

    pub(super) fn view_environment(&self) -> Html {
        let facts = self.environment.facts().map(|(label, value)| {
            html! { <div><dt>{ label }</dt><dd>{ value }</dd></div> }
        });
        html! {
            <section class="panel" aria-labelledby="environment-heading">
                <h2 id="environment-heading">{ "Measured on" }</h2>
                <dl class="facts">{ for facts }</dl>
                <p class="hint">
                    { "Some browsers report a wrong number of cores, and make their clock coarse on purpose." }
                </p>
            </section>
        }
    }

    pub(super) fn view_files(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let nothing = self.summaries.is_empty();
        let button = |export, text: &'static str, name: &'static str| {
            let on_save = link.callback(move |_| Message::Save(export));
            html! {
                <button class="small" disabled={nothing} aria-label={name} onclick={on_save}>{ text }</button>
            }
        };
        let on_read = link.callback(Message::Read);
        let on_file = Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<HtmlInputElement>();
            files::read_chosen(&input, MAX_BYTES, on_read.clone());
        });
        html! {
            <section class="panel" aria-labelledby="files-heading">
                <h2 id="files-heading">{ "Save and compare" }</h2>
                <div class="run-buttons files">
                    { button(Export::Csv, "CSV", "Save samples as CSV") }
                    { button(Export::Json, "JSON", "Save everything as JSON") }
                    { button(Export::Markdown, "Markdown", "Save table as Markdown") }
                </div>
                <label class="load">
                    { "Compare with another machine’s file" }
                    <input
                        id="overlay-file" type="file" accept=".json,application/json"
                        aria-describedby="overlay-error" onchange={on_file}
                    />
                </label>
                <p id="overlay-error" class="field-error" aria-live="polite">
                    if let Some(error) = &self.overlay_error { { format!("{error}. Nothing was changed.") } }
                </p>
                if let Some(loaded) = &self.overlay {
                    <p id="overlay-name">
                        { format!("Compared with: {}, {} samples.", loaded.name(), loaded.samples.len()) }
                        { loaded.difference(&self.environment, &self.summaries).map(|difference| format!(" {difference}")) }
                    </p>
                    <button class="small" onclick={link.callback(|_| Message::RemoveOverlay)}>
                        { "Remove the comparison" }
                    </button>
                }
            </section>
        }
    }
}

#[derive(Properties, PartialEq)]
struct ChartProps {
    figure: Figure,
    own: Rc<Vec<Summary>>,
    cores: u32,
    overlay: Option<Rc<Loaded>>,
}

/// A chart as wide as its panel.
#[component]
fn Chart(props: &ChartProps) -> Html {
    let frame = use_node_ref();
    let width_px = use_room(&frame).width;
    let name = props.overlay.as_ref().map(|loaded| loaded.name()).unwrap_or_default();
    let own = Machine { name: None, summaries: &props.own, cores: props.cores };
    let other = props.overlay.as_ref().map(|loaded| Machine {
        name: Some(&name),
        summaries: &loaded.summaries,
        cores: loaded.environment.cores,
    });
    let machines: Vec<_> = std::iter::once(own).chain(other).collect();
    let svg = props.figure.svg(&machines, width_px).map(view_svg);
    html! { <div ref={frame} class="chart benchmark-chart">{ svg }</div> }
}

#[derive(Properties, PartialEq)]
struct SegmentsProps {
    own: Rc<Vec<Summary>>,
}

/// A bar for each way, with the start of its workers or threads as a separate segment.
#[component]
fn Segments(props: &SegmentsProps) -> Html {
    let frame = use_node_ref();
    let width_px = use_room(&frame).width;
    let svg = segments(&props.own, width_px).map(view_svg);
    let is_drawn = svg.is_some();
    html! {
        <>
            <div ref={frame} class="chart benchmark-chart" id="benchmark-segments">{ svg }</div>
            if is_drawn {
                <p class="hint">
                    { "Filled: counting. Outlined: starting the workers or threads. \
                       The lecture starts its pool while its clock runs: compare its time with the sum." }
                </p>
            }
        </>
    }
}

fn view_summaries(summaries: &[Summary], samples: &[Sample]) -> Html {
    let jobs = samples.iter().map(|sample| sample.work.jobs).max().unwrap_or(1);
    let first_points = summaries.first().map_or(0, |summary| summary.job_points);
    let time = if summaries.iter().all(|summary| summary.job_points == first_points) {
        format!("median, ms ({} points)", Grouped(first_points))
    } else {
        "median, ms".to_owned()
    };
    html! {
        <>
            <div class="table-frame" tabindex="0" role="region" aria-label="Results">
                <table id="benchmark-results">
                    <thead><tr>
                        <th scope="col">{ "what" }</th>
                        <th scope="col" class="quantity">{ time }</th>
                        <th scope="col" class="quantity">{ "MAD" }</th>
                        <th scope="col" class="quantity">{ "95 % interval" }</th>
                        <th scope="col" class="quantity">{ "speed-up" }</th>
                        <th scope="col" class="quantity">{ "efficiency" }</th>
                        <th scope="col" class="quantity">{ "points/s" }</th>
                        <th scope="col" class="quantity">{ "longest gap, ms" }</th>
                        <th scope="col" class="quantity">{ "start, ms" }</th>
                        <th scope="col" class="quantity">{ "with start, ms" }</th>
                        <th scope="col" class="quantity">{ "speed-up with start" }</th>
                        <th scope="col" class="quantity">{ "messages" }</th>
                        <th scope="col" class="quantity">{ "characters" }</th>
                        <th scope="col" class="quantity">{ "waited" }</th>
                        <th scope="col" class="quantity">{ "samples" }</th>
                    </tr></thead>
                    <tbody>{ for summaries.iter().map(view_summary) }</tbody>
                </table>
            </div>
            <p class="hint">
                { "Speed-up: how many times as fast as the plain loop, by medians. \
                   MAD: median absolute deviation. \
                   The interval holds the true median in 95 % of cases and needs six samples. \
                   Longest gap: for how long the page did nothing else. \
                   Start: until all workers or threads were ready. \
                   Waited: the share of their time in which they did not count. \
                   Outliers are marked but not removed." }
                if jobs > 1 {
                    { " The lecture’s 4 × 1,000,000 points are counted several times in a sample; \
                        times are those of one." }
                }
            </p>
        </>
    }
}

fn view_summary(summary: &Summary) -> Html {
    let spread = summary.job_ms;
    let in_workers = summary.condition.mode.starts_workers();
    let of_workers = |text: String| if in_workers { text } else { "–".to_owned() };
    let quantity = |text: String| html! { <td class="quantity">{ text }</td> };
    let condition = summary.condition;
    let outliers = if summary.outliers > 0 {
        format!("{} ({} outlying)", summary.samples, summary.outliers)
    } else {
        summary.samples.to_string()
    };
    html! {
        <tr
            data-group={condition.group.name()} data-mode={condition.mode.name()}
            data-kernel={condition.kernel.to_string()} data-workers={condition.workers.to_string()}
            data-batch={condition.batch_points.to_string()} data-start-ms={Fixed(summary.spawn_ms, 3).to_string()}
        >
            <th scope="row">{ condition.to_string() }</th>
            <td class="quantity" data-median-ms={Fixed(spread.median, 3).to_string()}>
                { Fixed(spread.median, 2).to_string() }
            </td>
            { quantity(Fixed(spread.mad, 2).to_string()) }
            { quantity(interval(spread.interval)) }
            { quantity(or_dash(summary.speed_up, 2)) }
            { quantity(or_dash(summary.efficiency, 2)) }
            { quantity(short_count(summary.points_per_second)) }
            { quantity(Fixed(summary.longest_gap_ms, 0).to_string()) }
            { quantity(of_workers(Fixed(summary.spawn_ms, 0).to_string())) }
            { quantity(of_workers(Fixed(summary.with_start_ms(), 2).to_string())) }
            { quantity(of_workers(or_dash(summary.speed_up_with_start(), 2))) }
            { quantity(of_workers(Grouped(whole(summary.messages)).to_string())) }
            { quantity(of_workers(Grouped(whole(summary.message_characters)).to_string())) }
            { quantity(of_workers(format!("{} %", Fixed(summary.waiting_share * 100.0, 1)))) }
            { quantity(outliers) }
        </tr>
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

fn view_samples(samples: &[Sample], summaries: &[Summary]) -> Html {
    let is_outlier = |sample: &Sample| {
        let summary = summaries.iter().find(|summary| summary.condition == sample.condition.into());
        summary.is_some_and(|summary| summary.job_ms.is_outlier(sample.job_ms(), summary.samples))
    };
    html! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Samples">
            <table>
                <thead><tr>
                    <th scope="col">{ "what" }</th>
                    <th scope="col" class="quantity">{ "repeat" }</th>
                    <th scope="col" class="quantity">{ "ms" }</th>
                    <th scope="col" class="quantity">{ "points" }</th>
                    <th scope="col" class="quantity">{ "inside" }</th>
                    <th scope="col">{ "note" }</th>
                </tr></thead>
                <tbody>{ for samples.iter().map(|sample| html! {
                    <tr>
                        <th scope="row">{ sample.condition.to_string() }</th>
                        <td class="quantity">{ sample.repeat }</td>
                        <td class="quantity">{ Fixed(sample.measured.wall_ms, 2).to_string() }</td>
                        <td class="quantity">{ Grouped(sample.measured.tally.points).to_string() }</td>
                        <td class="quantity">{ Grouped(sample.measured.tally.inside).to_string() }</td>
                        <td>{ if is_outlier(sample) { "outlier" } else { "" } }</td>
                    </tr>
                }) }</tbody>
            </table>
        </div>
    }
}
