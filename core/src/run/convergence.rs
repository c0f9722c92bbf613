//! The chart of how a run converges: the error of its estimate against its number of points, both axes logarithmic.

use std::f64::consts::PI;

use dartboard_points::tally::Tally;

use crate::chart::{Layout, LogAxis, PAPER_STYLE, Room, SvgElement, line_path};
use crate::run::estimate::{DECIMALS, ERROR_BAND_OF_ONE_POINT, Estimate, MEDIAN_ERROR_OF_ONE_POINT};
use crate::run::trace::FIRST_MARK_POINTS;
use crate::text::{Fixed, Grouped, power_of_ten, times_power_of_ten};

/// The number of points that the chart shows at least, so that it does not jump at the beginning.
const LEAST_SPAN_POINTS: f64 = 1e8;

/// What lies above the plot, in lines of text.
const HEAD_LINES: f64 = 1.5;

/// The look of a saved chart's own parts, beside [`PAPER_STYLE`]: the colours of the light page.
const SAVED_STYLE: &str = "\
path{fill:none}.band{fill:#dce8f8;stroke:#4a80cb}.median{stroke:#b34700;stroke-width:1.5;stroke-dasharray:6 4}\
.curve{stroke:#1456b8;stroke-width:2}";

/// What the chart shows, in words.
const TITLE: &str = "Distance of the estimate from π against the number of points, both axes logarithmic";

/// A run's chart.
#[derive(Clone, Copy, Debug)]
pub struct ConvergenceChart<'a> {
    /// The run's history, by rising number of points.
    marks: &'a [Tally],
    layout: Layout,
    points_axis: LogAxis,
    error_axis: LogAxis,
}

impl<'a> ConvergenceChart<'a> {
    /// The chart of `marks`, by rising number of points, that fills `room`.
    pub fn new(marks: &'a [Tally], room: Room) -> Self {
        let layout = Layout::within(room, HEAD_LINES * room.line);
        let last = marks.last().map_or(0, |mark| mark.points);
        let most = LEAST_SPAN_POINTS.max(last as f64);
        let points_axis = LogAxis::enclosing(FIRST_MARK_POINTS as f64, most, layout.left, layout.right);
        let least_error = ERROR_BAND_OF_ONE_POINT.0 / points_axis.greatest().sqrt();
        let error_axis = LogAxis::enclosing(least_error, 0.9, layout.bottom, layout.top);
        Self { marks, layout, points_axis, error_axis }
    }

    /// The chart, with a mark at the one of `marks` that is `read`.
    pub fn svg(&self, read: Option<usize>) -> SvgElement {
        let band = [ERROR_BAND_OF_ONE_POINT.0, ERROR_BAND_OF_ONE_POINT.1].map(|error| self.along(error));
        let [lower, upper] = band;
        let band = line_path([lower[0], lower[1], upper[1], upper[0]]) + "Z";
        let reading_mark = read.and_then(|index| self.marks.get(index)).map(|&mark| {
            let (x, y) = self.at(mark);
            let radius = self.layout.line / 3.0;
            SvgElement::new("circle").with("class", "reading-mark").at("cx", x).at("cy", y).at("r", radius)
        });
        let parts = [
            SvgElement::new("g").holding(self.grid()),
            SvgElement::path("band", band),
            SvgElement::path("median", line_path(self.along(MEDIAN_ERROR_OF_ONE_POINT))),
            SvgElement::path("curve", line_path(self.marks.iter().map(|&mark| self.at(mark)))),
        ];
        self.layout.chart(TITLE, parts.into_iter().chain(reading_mark))
    }

    /// The chart as the text of a file.
    pub fn saved_svg(&self) -> String {
        self.svg(None).to_file(TITLE, format!("{PAPER_STYLE}{SAVED_STYLE}"))
    }

    /// Its width and height, in pixels.
    pub fn size_px(&self) -> (f64, f64) {
        (self.layout.width, self.layout.height)
    }

    /// The index of the mark whose number of points lies nearest to `x_px`; none without marks.
    pub fn nearest(&self, x_px: f64) -> Option<usize> {
        let distance = |index: &usize| (self.at(self.marks[*index]).0 - x_px).abs();
        (0..self.marks.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// Where a tally lies, in pixels.
    fn at(&self, mark: Tally) -> (f64, f64) {
        (self.points_axis.position_px(mark.points as f64), self.error_axis.position_px(error_of(mark)))
    }

    /// The line of an error that shrinks as 1/√N from `of_one_point`, by its ends.
    fn along(&self, of_one_point: f64) -> [(f64, f64); 2] {
        [self.points_axis.least(), self.points_axis.greatest()].map(|points| {
            (self.points_axis.position_px(points), self.error_axis.position_px(of_one_point / points.sqrt()))
        })
    }

    fn grid(&self) -> impl Iterator<Item = SvgElement> {
        let (layout, points_axis, error_axis) = (self.layout, self.points_axis, self.error_axis);
        let columns = points_axis.labelled_decades(2.8 * layout.line).flat_map(move |decade| {
            let x = points_axis.position_px(10_f64.powi(decade));
            [layout.column(x, layout.top, layout.bottom), layout.column_label(x, power_of_ten(decade))]
        });
        let rows = error_axis.labelled_decades(1.7 * layout.line).flat_map(move |decade| {
            layout.row(error_axis.position_px(10_f64.powi(decade)), power_of_ten(decade))
        });
        let names = [
            layout.across_label("points"),
            SvgElement::label(layout.left, layout.top - 0.5 * layout.line, "distance from π"),
        ];
        columns.chain(rows).chain(names)
    }
}

/// The distance of a tally's estimate from π; 0 for that of no points.
pub fn error_of(tally: Tally) -> f64 {
    Estimate::of(tally).map_or(0.0, |estimate| (estimate.pi - PI).abs())
}

/// What the chart says at `mark`, in a sentence.
pub fn reading(mark: Option<Tally>) -> String {
    let read = mark.and_then(|mark| Some((mark, Estimate::of(mark)?)));
    read.map_or_else(
        || "No points yet.".to_owned(),
        |(mark, estimate)| {
            format!(
                "After {} points: π ≈ {}, off by {}. Half of all runs are off by less than {} there.",
                Grouped(mark.points),
                Fixed(estimate.pi, DECIMALS),
                times_power_of_ten(error_of(mark)),
                times_power_of_ten(MEDIAN_ERROR_OF_ONE_POINT / (mark.points as f64).sqrt()),
            )
        },
    )
}

#[cfg(test)]
mod tests;
