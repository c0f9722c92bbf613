//! The charts as SVG: the same drawing is shown on the page and saved as a file.
//!
//! On the page the style sheet colours its classes; a saved chart carries [`PAPER_STYLE`] and its own.

use super::condition::Mode;
use super::results::{Summary, in_group, scaling};
use crate::chart::{Layout, LinearAxis, LogAxis, PAPER_STYLE, SvgElement, line_path, line_px};
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
.workers{stroke:#1456b8;fill:#1456b8}.threads,.cooperative{stroke:#8a4b00;fill:#8a4b00}.sequential{stroke:#b3261e;fill:#b3261e}\
.line.workers,.line.threads,.line.cooperative,.line.sequential{fill:none}.other{stroke-dasharray:5 4}.mark.other{fill:#fff;stroke-dasharray:none;stroke-width:2}";

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

/// The most legend entries in a row of a chart `width` pixels wide: an entry's name takes about 15 lines' height.
fn legend_columns(width: f64) -> usize {
    [4, 3, 2].into_iter().find(|&columns| width / columns as f64 >= 15.0 * line_px(width)).unwrap_or(1)
}

/// The layout of a chart `width` pixels wide, below a legend of so many entries.
fn below_legend(width: f64, entries: usize) -> Layout {
    let line = line_px(width);
    Layout::new(width, 8.0 + line * 1.25 * entries.div_ceil(legend_columns(width)) as f64 + line)
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
            Self::SpeedUp => "times as fast as one loop",
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
            let title = if mode == Mode::Workers { mode.title() } else { mode.plural() };
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
    pub fn svg(self, machines: &[Machine<'_>], width: f64) -> Option<SvgElement> {
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
        let layout = below_legend(width, entries);
        // The ideal line is seen whole too.
        let most = ideal.iter().map(|&(_, value)| value).fold(most, f64::max);
        let values = LinearAxis::from_zero(most * 1.05, layout.bottom, layout.top);
        let across: Box<dyn Fn(f64) -> f64> = if self == Self::Sweep {
            let nearest = dots().map(|dot| dot.at).fold(last, f64::min);
            // Some room beside the values' labels, which a mark on the edge would touch.
            let start_px = layout.left + layout.line;
            let axis = LogAxis::enclosing(nearest, last, start_px, layout.right - layout.line);
            Box::new(move |at| axis.position_px(at))
        } else {
            let axis = LinearAxis::from_zero(last + 0.5, layout.left, layout.right);
            Box::new(move |at| axis.position_px(at))
        };

        let mut parts = self.axes(&layout, &values, &*across, dots().map(|dot| dot.at));
        if self != Self::Sweep && f64::from(cores) <= last {
            let x = across(f64::from(cores));
            let path = format!("M{} {}V{}", Fixed(x, 1), Fixed(layout.top, 1), Fixed(layout.bottom, 1));
            // Where nothing is drawn: times come down from the top, and no speed-up is near zero.
            let label_y = match self {
                Self::SpeedUp => layout.bottom - 0.5 * layout.line,
                Self::Time | Self::Sweep => layout.top + 0.8 * layout.line,
            };
            let label = format!("{cores} core{}", if cores == 1 { "" } else { "s" });
            parts.push(SvgElement::path("cores", path));
            parts.push(SvgElement::label(x, label_y, label).with("dx", "5"));
        }
        if !ideal.is_empty() {
            let path = line_path(ideal.iter().map(|&(at, value)| (across(at), values.position_px(value))));
            parts.push(SvgElement::path("ideal", path));
        }
        for series in &series {
            draw_series(&mut parts, series, &values, &*across);
        }
        draw_legend(&mut parts, &layout, &series, !ideal.is_empty());
        Some(layout.chart(self.title(), parts))
    }

    /// A chart that can be opened by itself.
    pub fn saved_svg(self, machines: &[Machine<'_>]) -> Option<String> {
        let svg = self.svg(machines, 720.0)?;
        Some(svg.to_file(self.title(), format!("{PAPER_STYLE}{SAVED_STYLE}")))
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

    fn axes(
        self,
        layout: &Layout,
        values: &LinearAxis,
        across: &dyn Fn(f64) -> f64,
        positions: impl Iterator<Item = f64>,
    ) -> Vec<SvgElement> {
        let rows = values.ticks(2.2 * layout.line).into_iter().flat_map(|tick| {
            layout.row(values.position_px(tick.value), Fixed(tick.value, tick.decimals).to_string())
        });
        let mut parts: Vec<_> = rows.collect();
        let mut positions: Vec<f64> = positions.collect();
        positions.sort_by(f64::total_cmp);
        positions.dedup();
        let mut free_from = f64::MIN;
        for at in positions {
            let x = across(at);
            let label = self.position_label(at);
            let half = label.chars().count() as f64 * layout.line * 0.27;
            parts.push(layout.column(x, layout.bottom, layout.bottom + 4.0));
            // Labels keep their distance; every mark has its line.
            if x - half >= free_from {
                free_from = x + half + layout.line * 0.4;
                parts.push(layout.column_label(x, label));
            }
        }
        let axis = if self == Self::Sweep { "points in a batch" } else { "workers, threads or tasks" };
        parts.push(layout.across_label(axis));
        parts.push(SvgElement::label(2.0, layout.top - 4.0, self.value_label()));
        parts
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

fn draw_series(
    parts: &mut Vec<SvgElement>,
    series: &Series,
    values: &LinearAxis,
    across: &dyn Fn(f64) -> f64,
) {
    let at = |dot: &Dot| (across(dot.at), values.position_px(dot.value));
    let path = line_path(series.dots.iter().map(at));
    parts.push(SvgElement::path(classes("line", series.mode, series.other), path));
    for dot in &series.dots {
        let (x, y) = at(dot);
        if let Some((low, high)) = dot.interval {
            let [low, high] = [low, high].map(|end| Fixed(values.position_px(end), 1));
            let path = format!("M{} {low}V{high}", Fixed(x, 1));
            parts.push(SvgElement::path(classes("whisker", series.mode, false), path));
        }
        parts.push(mark(series.mode, series.other, x, y));
    }
}

/// Each mode has a shape of its own, so that none is told by its colour alone.
fn mark(mode: Mode, other: bool, x: f64, y: f64) -> SvgElement {
    let shape = match mode {
        Mode::Sequential => "m-4.5 -4.5h9v9h-9Z",
        Mode::Threads => "m0 -6l6 6l-6 6l-6 -6Z",
        Mode::Cooperative => "m0 -6l5.5 10h-11Z",
        Mode::Workers => "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
        Mode::Gpu => "m-5 -3l5 -3l5 3v6l-5 3l-5 -3Z",
    };
    SvgElement::path(classes("mark", mode, other), format!("M{} {}{shape}", Fixed(x, 1), Fixed(y, 1)))
}

fn draw_legend(parts: &mut Vec<SvgElement>, layout: &Layout, series: &[Series], has_ideal: bool) {
    let Layout { width, line, .. } = *layout;
    let columns = legend_columns(width);
    let place = |index: usize| {
        let x = 6.0 + (index % columns) as f64 * width / columns as f64;
        (x, line * (0.8 + 1.25 * (index / columns) as f64))
    };
    let stroke = |class: String, (x, y): (f64, f64)| {
        SvgElement::path(class, format!("M{} {}h28", Fixed(x, 1), Fixed(y, 1)))
    };
    let name = |(x, y): (f64, f64), name: String| SvgElement::label(x + 34.0, y + line / 4.0, name);
    for (index, series) in series.iter().enumerate() {
        let (x, y) = place(index);
        parts.push(stroke(classes("line", series.mode, series.other), (x, y)));
        parts.push(mark(series.mode, series.other, x + 14.0, y));
        parts.push(name((x, y), series.name.clone()));
    }
    if has_ideal {
        let at = place(series.len());
        parts.push(stroke("ideal".to_owned(), at));
        parts.push(name(at, "ideal, up to the cores".to_owned()));
    }
}

#[cfg(test)]
mod tests;
