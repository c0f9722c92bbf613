//! The charts as SVG: the same text is shown on the page and saved as a file.
//!
//! On the page the style sheet colours its classes; a saved chart carries [`PAPER_STYLE`] and its own.

use std::fmt::Write;

use super::condition::Mode;
use super::results::{Summary, in_group, scaling};
use crate::chart::{LinearAxis, LogAxis, PAPER_STYLE, line_path, text_scale};
use crate::text::{Fixed, power_of_ten, short_count};

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Time of the same work against workers.
    Time,
    /// Speed-up against workers.
    SpeedUp,
    /// Time of the same work against the batch size.
    Sweep,
}

/// One machine's results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine<'a> {
    /// What the legend calls it; none for the one here.
    pub name: Option<&'a str>,
    /// Its results.
    pub summaries: &'a [Summary],
    /// The cores it reports.
    pub cores: u32,
}

/// The look of a saved chart's own parts, beside [`PAPER_STYLE`]: the colours of the light page.
const SAVED_STYLE: &str = "\
.ideal,.cores{fill:none;stroke:#53606f;stroke-width:1.5;stroke-dasharray:6 4}\
.cores{stroke-dasharray:2 3}.line{fill:none;stroke-width:2.2}.whisker{stroke-width:1.5}\
.workers{stroke:#1456b8;fill:#1456b8}.cooperative{stroke:#8a4b00;fill:#8a4b00}.sequential{stroke:#b3261e;fill:#b3261e}\
.line.workers,.line.cooperative,.line.sequential{fill:none}.other{stroke-dasharray:5 4}.mark.other{fill:#fff;stroke-dasharray:none;stroke-width:2}";

/// A mark with its uncertainty.
#[derive(Clone, Copy)]
struct Dot {
    at: f64,
    value: f64,
    interval: Option<(f64, f64)>,
}

struct Series {
    mode: Mode,
    /// Whether it is of the other machine.
    other: bool,
    name: String,
    dots: Vec<Dot>,
}

/// Where the chart's parts lie, in pixels.
struct Layout {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    line: f64,
    /// Legend entries in a row.
    columns: usize,
}

impl Layout {
    fn of(width: f64, entries: usize) -> Self {
        let scale = text_scale(width);
        let line = 16.0 * scale;
        // An entry's name takes about so much.
        let columns =
            [4, 3, 2].into_iter().find(|&columns| width / columns as f64 >= 15.0 * line).unwrap_or(1);
        let top = 8.0 + line * 1.25 * entries.div_ceil(columns) as f64 + line;
        let plot = (width * 0.45).clamp(180.0, 460.0);
        let bottom = top + plot;
        Self {
            width,
            height: bottom + 2.6 * line,
            left: 3.4 * line,
            right: width - line,
            top,
            bottom,
            line,
            columns,
        }
    }
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Time, Self::SpeedUp, Self::Sweep];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Time => "Time against workers",
            Self::SpeedUp => "Speed-up against workers",
            Self::Sweep => "Time against batch size",
        }
    }

    /// The name of its file, without ending.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Time => "dartboard-time",
            Self::SpeedUp => "dartboard-speed-up",
            Self::Sweep => "dartboard-batch-size",
        }
    }

    const fn value_label(self) -> &'static str {
        match self {
            Self::Time | Self::Sweep => "ms for the same work",
            Self::SpeedUp => "times as fast as sequentially",
        }
    }

    fn value(self, summary: &Summary) -> Option<Dot> {
        let (job, condition) = (summary.job_ms, summary.condition);
        let at =
            if self == Self::Sweep { condition.batch_points as f64 } else { f64::from(condition.workers) };
        match self {
            Self::Time | Self::Sweep => Some(Dot { at, value: job.median, interval: job.interval }),
            Self::SpeedUp => {
                let value = summary.speed_up?;
                let baseline_ms = value * job.median;
                let interval = job.interval.map(|(low, high)| (baseline_ms / high, baseline_ms / low));
                Some(Dot { at, value, interval })
            }
        }
    }

    fn series(self, machine: &Machine<'_>) -> Vec<Series> {
        let series = |mode: Mode, summaries: Vec<&Summary>| {
            let dots: Vec<_> = summaries.into_iter().filter_map(|summary| self.value(summary)).collect();
            let title = match mode {
                Mode::Sequential => "sequential",
                Mode::Cooperative => "cooperative tasks",
                Mode::Workers => "Web Workers",
            };
            let name = machine.name.map_or_else(|| title.to_owned(), |name| format!("{title}: {name}"));
            (!dots.is_empty()).then_some(Series { mode, other: machine.name.is_some(), name, dots })
        };
        if self == Self::Sweep {
            return series(Mode::Workers, in_group(machine.summaries, "sweep").collect())
                .into_iter()
                .collect();
        }
        let of_mode = |mode| series(mode, scaling(machine.summaries, mode).collect());
        Mode::ALL.into_iter().filter_map(of_mode).collect()
    }

    /// The chart of `machines`, the first one's own marked by its cores, `width` pixels wide; none without data.
    pub fn svg(self, machines: &[Machine<'_>], width: f64) -> Option<String> {
        let series: Vec<_> = machines.iter().flat_map(|machine| self.series(machine)).collect();
        let dots = || series.iter().flat_map(|series| &series.dots);
        let greatest = |value: fn(&Dot) -> f64| dots().map(value).reduce(f64::max);
        let (last, most) = (
            greatest(|dot| dot.at)?,
            greatest(|dot| dot.interval.map_or(dot.value, |(_, high)| high.max(dot.value)))?,
        );
        let cores = machines.first().map_or(1, |machine| machine.cores);
        let ideal = self.ideal(machines, last, cores);
        let entries = series.len() + usize::from(!ideal.is_empty());
        let layout = Layout::of(width, entries);
        // What would be ideal is seen whole too.
        let most = ideal.iter().map(|&(_, value)| value).fold(most, f64::max);
        let values = LinearAxis::from_zero(most * 1.05, layout.bottom, layout.top);
        let across: Box<dyn Fn(f64) -> f64> = if self == Self::Sweep {
            let nearest = dots().map(|dot| dot.at).fold(last, f64::min);
            // Beside the values' labels, which a mark on the edge would touch.
            let start_px = layout.left + layout.line;
            let axis = LogAxis::enclosing(nearest, last, start_px, layout.right - layout.line);
            Box::new(move |at| axis.position_px(at))
        } else {
            let axis = LinearAxis::from_zero(last + 0.5, layout.left, layout.right);
            Box::new(move |at| axis.position_px(at))
        };

        let Layout { width, height, .. } = layout;
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">"#,
            Fixed(width, 0),
            Fixed(height, 0),
            self.title(),
        );
        // Writing to a string cannot fail; errors of `write!` are dropped for that reason.
        self.draw_axes(&mut svg, &layout, &values, &*across, dots().map(|dot| dot.at));
        if self != Self::Sweep && f64::from(cores) <= last {
            let x = Fixed(across(f64::from(cores)), 1);
            // Where nothing is drawn: times come down from the top, and no speed-up is near zero.
            let label_y = match self {
                Self::SpeedUp => layout.bottom - 0.5 * layout.line,
                Self::Time | Self::Sweep => layout.top + 0.8 * layout.line,
            };
            let _ = write!(
                svg,
                r#"<path class="cores" d="M{x} {}V{}"/><text x="{x}" y="{}" dx="5">{cores} core{}</text>"#,
                Fixed(layout.top, 1),
                Fixed(layout.bottom, 1),
                Fixed(label_y, 1),
                if cores == 1 { "" } else { "s" },
            );
        }
        if !ideal.is_empty() {
            let path = line_path(ideal.iter().map(|&(at, value)| (across(at), values.position_px(value))));
            let _ = write!(svg, r#"<path class="ideal" d="{path}"/>"#);
        }
        for series in &series {
            draw_series(&mut svg, series, &values, &*across);
        }
        draw_legend(&mut svg, &layout, &series, !ideal.is_empty());
        svg += "</svg>";
        Some(svg)
    }

    /// A chart that can be opened by itself.
    pub fn saved_svg(self, machines: &[Machine<'_>]) -> Option<String> {
        let svg = self.svg(machines, 720.0)?;
        let (head, body) = svg.split_once('>')?;
        Some(format!("{head}><title>{}</title><style>{PAPER_STYLE}{SAVED_STYLE}</style>{body}", self.title()))
    }

    /// What `cores` cores could do at best, up to `last` workers.
    fn ideal(self, machines: &[Machine<'_>], last: f64, cores: u32) -> Vec<(f64, f64)> {
        let own = machines.iter().find(|machine| machine.name.is_none());
        let Some(first) = own.and_then(|machine| {
            let one =
                scaling(machine.summaries, Mode::Sequential).chain(scaling(machine.summaries, Mode::Workers));
            one.into_iter()
                .find(|summary| summary.condition.workers == 1)
                .and_then(|summary| self.value(summary))
        }) else {
            return Vec::new();
        };
        if self == Self::Sweep {
            return Vec::new();
        }
        // Quarters of a worker make the hyperbola smooth.
        (0_u32..1_000)
            .map(|quarter| 1.0 + f64::from(quarter) / 4.0)
            .take_while(|at| *at <= last)
            .map(|at| {
                let parallel = at.min(f64::from(cores));
                (at, if self == Self::Time { first.value / parallel } else { first.value * parallel })
            })
            .collect()
    }

    fn draw_axes(
        self,
        svg: &mut String,
        layout: &Layout,
        values: &LinearAxis,
        across: &dyn Fn(f64) -> f64,
        positions: impl Iterator<Item = f64>,
    ) {
        let Layout { left, right, top, bottom, line, .. } = *layout;
        let px = |value: f64| Fixed(value, 1);
        for tick in values.ticks(2.2 * line) {
            let y = values.position_px(tick.value);
            let _ = write!(
                svg,
                r#"<line class="grid" x1="{}" x2="{}" y1="{y_px}" y2="{y_px}"/><text x="{}" y="{}" text-anchor="end">{}</text>"#,
                px(left),
                px(right),
                px(left - 6.0),
                px(y + line / 4.0),
                Fixed(tick.value, tick.decimals),
                y_px = px(y),
            );
        }
        let mut positions: Vec<f64> = positions.collect();
        positions.sort_by(f64::total_cmp);
        positions.dedup();
        let mut free_from = f64::MIN;
        for at in positions {
            let x = across(at);
            let label = self.position_label(at);
            let half = label.chars().count() as f64 * line * 0.27;
            let _ = write!(
                svg,
                r#"<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>"#,
                px(x),
                px(bottom),
                px(bottom + 4.0)
            );
            // Labels keep their distance; every mark has its line.
            if x - half >= free_from {
                free_from = x + half + line * 0.4;
                let _ = write!(
                    svg,
                    r#"<text x="{}" y="{}" text-anchor="middle">{label}</text>"#,
                    px(x),
                    px(bottom + 1.2 * line)
                );
            }
        }
        let axis = if self == Self::Sweep { "points in a batch" } else { "workers or tasks" };
        let _ = write!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="end">{axis}</text><text x="2" y="{}">{}</text>"#,
            px(right),
            px(bottom + 2.3 * line),
            px(top - 4.0),
            self.value_label(),
        );
    }

    fn position_label(self, at: f64) -> String {
        if self != Self::Sweep {
            return Fixed(at, 0).to_string();
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 9")]
        let exponent = at.log10().round() as i32;
        if (at / 10_f64.powi(exponent) - 1.0).abs() < 1e-9 {
            power_of_ten(exponent)
        } else {
            short_count(at)
                .replace(" thousand", "k")
                .replace(" million", "M")
                .replace(".00", "")
                .replace(".0", "")
        }
    }
}

/// Classes of a part of `series`.
fn classes(part: &str, mode: Mode, other: bool) -> String {
    format!("{part} {mode}{}", if other { " other" } else { "" })
}

fn draw_series(svg: &mut String, series: &Series, values: &LinearAxis, across: &dyn Fn(f64) -> f64) {
    let at = |dot: &Dot| (across(dot.at), values.position_px(dot.value));
    let path = line_path(series.dots.iter().map(at));
    let _ = write!(svg, r#"<path class="{}" d="{path}"/>"#, classes("line", series.mode, series.other));
    for dot in &series.dots {
        let (x, y) = at(dot);
        if let Some((low, high)) = dot.interval {
            let _ = write!(
                svg,
                r#"<path class="{}" d="M{x_px} {}V{}"/>"#,
                classes("whisker", series.mode, false),
                Fixed(values.position_px(low), 1),
                Fixed(values.position_px(high), 1),
                x_px = Fixed(x, 1),
            );
        }
        draw_mark(svg, series.mode, series.other, x, y);
    }
}

/// Each mode has a shape of its own, so that none is told by its colour alone.
fn draw_mark(svg: &mut String, mode: Mode, other: bool, x: f64, y: f64) {
    let (class, x, y) = (classes("mark", mode, other), Fixed(x, 1), Fixed(y, 1));
    let shape = match mode {
        Mode::Sequential => "m-4.5 -4.5h9v9h-9Z",
        Mode::Cooperative => "m0 -6l5.5 10h-11Z",
        Mode::Workers => "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
    };
    let _ = write!(svg, r#"<path class="{class}" d="M{x} {y}{shape}"/>"#);
}

fn draw_legend(svg: &mut String, layout: &Layout, series: &[Series], has_ideal: bool) {
    let Layout { width, line, columns, .. } = *layout;
    let place = |index: usize| {
        let x = 6.0 + (index % columns) as f64 * width / columns as f64;
        (x, line * (0.8 + 1.25 * (index / columns) as f64))
    };
    let text = |svg: &mut String, (x, y): (f64, f64), text: &str| {
        let _ = write!(
            svg,
            r#"<text x="{}" y="{}">{}</text>"#,
            Fixed(x + 34.0, 1),
            Fixed(y + line / 4.0, 1),
            escaped(text)
        );
    };
    for (index, series) in series.iter().enumerate() {
        let (x, y) = place(index);
        let class = classes("line", series.mode, series.other);
        let _ = write!(svg, r#"<path class="{class}" d="M{} {}h28"/>"#, Fixed(x, 1), Fixed(y, 1));
        draw_mark(svg, series.mode, series.other, x + 14.0, y);
        text(svg, (x, y), &series.name);
    }
    if has_ideal {
        let (x, y) = place(series.len());
        let _ = write!(svg, r#"<path class="ideal" d="M{} {}h28"/>"#, Fixed(x, 1), Fixed(y, 1));
        text(svg, (x, y), "ideal, up to the cores");
    }
}

/// `text` as XML may hold it: a loaded file names the other machine.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
