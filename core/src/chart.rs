//! What charts are made of: axes and where parts lie, in pixels, and the drawing as SVG.

mod svg;

pub use svg::SvgElement;

use std::borrow::Cow;

use crate::text::Fixed;

/// A logarithmic axis: values between two powers of ten, laid out between two positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogAxis {
    /// Exponent of ten at `start_px`.
    first_decade: i32,
    /// Exponent of ten at `end_px`; greater than `first_decade`.
    last_decade: i32,
    /// Position of the least value.
    start_px: f64,
    /// Position of the greatest value; on a vertical axis above, so less than `start_px`.
    end_px: f64,
}

impl LogAxis {
    /// The axis of whole decades that holds `least` to `greatest`, both positive; at least one decade long.
    pub fn enclosing(least: f64, greatest: f64, start_px: f64, end_px: f64) -> Self {
        // Exponents of positive f64 numbers lie within ±324.
        #[expect(clippy::cast_possible_truncation, reason = "within ±324")]
        let decade = |value: f64| value as i32;
        let first_decade = decade(least.max(f64::MIN_POSITIVE).log10().floor());
        let last_decade = decade(greatest.max(f64::MIN_POSITIVE).log10().ceil()).max(first_decade + 1);
        Self { first_decade, last_decade, start_px, end_px }
    }

    /// The least value shown.
    pub fn least(&self) -> f64 {
        10_f64.powi(self.first_decade)
    }

    /// The greatest value shown.
    pub fn greatest(&self) -> f64 {
        10_f64.powi(self.last_decade)
    }

    /// Where `value` lies; values beyond either end lie at that end.
    pub fn position_px(&self, value: f64) -> f64 {
        let span = f64::from(self.last_decade - self.first_decade);
        let share = (value.max(f64::MIN_POSITIVE).log10() - f64::from(self.first_decade)) / span;
        self.start_px + share.clamp(0.0, 1.0) * (self.end_px - self.start_px)
    }

    /// The exponents of ten to label, so that two labels are at least `apart_px` from each other.
    pub fn labelled_decades(&self, apart_px: f64) -> impl Iterator<Item = i32> + use<> {
        let span = self.last_decade - self.first_decade;
        let decade_px = (self.end_px - self.start_px).abs() / f64::from(span);
        let every = [1, 2, 3, 5, 10, 20, 50, 100]
            .into_iter()
            .find(|&every| f64::from(every) * decade_px >= apart_px)
            .unwrap_or(1_000);
        (self.first_decade..=self.last_decade).filter(move |decade| decade.rem_euclid(every) == 0)
    }
}

/// A linear axis from zero, laid out between two positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearAxis {
    greatest: f64,
    start_px: f64,
    end_px: f64,
}

/// A labelled position on a [`LinearAxis`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// Its value.
    pub value: f64,
    /// The decimals that it needs.
    pub decimals: usize,
}

impl LinearAxis {
    /// The axis from zero to `greatest`, which is positive.
    pub fn from_zero(greatest: f64, start_px: f64, end_px: f64) -> Self {
        Self { greatest: greatest.max(f64::MIN_POSITIVE), start_px, end_px }
    }

    /// Where `value` lies; values beyond either end lie at that end.
    pub fn position_px(&self, value: f64) -> f64 {
        self.start_px + (value / self.greatest).clamp(0.0, 1.0) * (self.end_px - self.start_px)
    }

    /// The multiples of 1, 2 or 5 times a power of ten that are at least `apart_px` from each other.
    pub fn ticks(&self, apart_px: f64) -> Vec<Tick> {
        let most = ((self.end_px - self.start_px).abs() / apart_px).max(1.0);
        let least_step = self.greatest / most;
        #[expect(clippy::cast_possible_truncation, reason = "exponents lie within ±324")]
        let exponent = least_step.log10().floor() as i32;
        let power = 10_f64.powi(exponent);
        let multiple =
            [1.0, 2.0, 5.0].into_iter().find(|multiple| multiple * power >= least_step * 0.999_999);
        let (step, exponent) =
            multiple.map_or((10.0 * power, exponent + 1), |multiple| (multiple * power, exponent));
        let decimals = usize::try_from(-exponent).unwrap_or(0);
        (0_u32..1_000)
            .map(|index| Tick { value: f64::from(index) * step, decimals })
            .take_while(|tick| tick.value <= self.greatest)
            .collect()
    }
}

/// How much room there is for a chart, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
    /// Height of a line of text.
    pub line: f64,
}

impl Room {
    /// As much as looks well on paper, `width` wide.
    pub fn on_paper(width: f64) -> Self {
        let line = line_px(width);
        Self { width, height: 4.1 * line + plot_height_px(width), line }
    }
}

/// Where a chart's parts lie, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// The whole chart's.
    pub width: f64,
    /// The whole chart's.
    pub height: f64,
    /// The plot's left edge.
    pub left: f64,
    /// The plot's right edge.
    pub right: f64,
    /// The plot's upper edge.
    pub top: f64,
    /// The plot's lower edge.
    pub bottom: f64,
    /// Height of a line of text.
    pub line: f64,
}

impl Layout {
    /// A chart of `width` pixels, of which `head` lie above the plot.
    pub fn new(width: f64, head: f64) -> Self {
        let line = line_px(width);
        Self::within(Room { width, height: head + plot_height_px(width) + 2.6 * line, line }, head)
    }

    /// A chart that fills the room, of which `head` lies above the plot.
    pub fn within(Room { width, height, line }: Room, head: f64) -> Self {
        let bottom = (height - 2.6 * line).max(head + line);
        Self { width, height, left: 3.4 * line, right: width - line, top: head, bottom, line }
    }

    /// The whole chart, called `label`.
    pub fn chart(&self, label: &'static str, parts: impl IntoIterator<Item = SvgElement>) -> SvgElement {
        picture(self.width, self.height, label).holding(parts)
    }

    /// A line across the plot at the height `y`, and what it stands for.
    pub fn row(&self, y: f64, label: String) -> [SvgElement; 2] {
        let line = SvgElement::new("line").with("class", "grid").at("x1", self.left).at("x2", self.right);
        let label = SvgElement::label(self.left - 6.0, y + self.line / 4.0, label);
        [line.at("y1", y).at("y2", y), label.with("text-anchor", "end")]
    }

    /// A line down at `x`.
    pub fn column(&self, x: f64, from: f64, to: f64) -> SvgElement {
        SvgElement::new("line").with("class", "grid").at("x1", x).at("x2", x).at("y1", from).at("y2", to)
    }

    /// What `x` stands for, below the plot.
    pub fn column_label(&self, x: f64, label: String) -> SvgElement {
        SvgElement::label(x, self.bottom + 1.2 * self.line, label).with("text-anchor", "middle")
    }

    /// What the axis below the plot measures.
    pub fn across_label(&self, label: impl Into<Cow<'static, str>>) -> SvgElement {
        SvgElement::label(self.right, self.bottom + 2.3 * self.line, label).with("text-anchor", "end")
    }
}

/// An empty drawing of so many pixels, called `label`.
pub fn picture(width: f64, height: f64, label: impl Into<Cow<'static, str>>) -> SvgElement {
    let (width, height) = (Fixed(width, 0).to_string(), Fixed(height, 0).to_string());
    let view = format!("0 0 {width} {height}");
    let svg = SvgElement::new("svg").with("width", width).with("height", height).with("viewBox", view);
    svg.with("role", "img").with("aria-label", label)
}

/// The height of a line of text in a chart `width_px` wide: on a large screen it is larger, as the page's is.
pub fn line_px(width_px: f64) -> f64 {
    16.0 * (width_px / 560.0).clamp(1.0, 1.6)
}

/// The height of the plot in a chart `width_px` wide.
fn plot_height_px(width_px: f64) -> f64 {
    (width_px * 0.45).clamp(180.0, 460.0)
}

/// The path of a line through `points`, in the form of an SVG path's `d`; empty without points.
pub fn line_path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    use std::fmt::Write;

    let mut path = String::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        // Tenths of a pixel are finer than can be seen. Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {}", Fixed(x, 1), Fixed(y, 1));
    }
    path
}

/// The look of all saved charts: for paper, whatever theme the page has.
pub const PAPER_STYLE: &str =
    "svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#53606f}.grid{stroke:#d5dae1}";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Compares the drawing `name` with the approved one in `folder`. `DARTBOARD_REDRAW=1` redraws one that is meant to change;
    /// look at it before you commit it.
    pub(crate) fn assert_drawn(folder: &str, name: &str, drawn: &str, looked_at: &str) {
        // A line each, so that a difference is a line and not the whole drawing.
        let drawn = drawn.replace("><", ">\n<") + "\n";
        if std::env::var_os("DARTBOARD_REDRAW").is_some() {
            std::fs::write(format!("{folder}/{name}.svg"), &drawn).unwrap();
            return;
        }
        for (number, (line, expected)) in (1..).zip(drawn.lines().zip(looked_at.lines())) {
            assert_eq!(line, expected, "line {number} of {name}.svg");
        }
        assert_eq!(drawn.len(), looked_at.len(), "{name}.svg");
    }

    /// The numbers of the attributes called `name`.
    pub(crate) fn numbers(svg: &str, name: &str) -> Vec<f64> {
        let attribute = format!(" {name}=\"");
        svg.split(&attribute).skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn an_axis_holds_its_values_in_whole_decades() {
        let axis = LogAxis::enclosing(0.003, 250.0, 0.0, 600.0);
        assert!((axis.least() - 1e-3).abs() < 1e-12 && (axis.greatest() - 1e3).abs() < 1e-9);
        assert!((axis.position_px(1.0) - 300.0).abs() < 1e-9);
        assert!((axis.position_px(10.0) - 400.0).abs() < 1e-9);
        let upwards = LogAxis::enclosing(1.0, 100.0, 200.0, 0.0);
        assert!((upwards.position_px(10.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn values_beyond_the_ends_stay_at_them() {
        let axis = LogAxis::enclosing(1.0, 100.0, 10.0, 210.0);
        assert!((axis.position_px(0.0) - 10.0).abs() < 1e-9);
        assert!((axis.position_px(1e300) - 210.0).abs() < 1e-9);
        let single = LogAxis::enclosing(10.0, 10.0, 0.0, 100.0);
        assert!((single.greatest() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn labels_keep_their_distance() {
        let axis = LogAxis::enclosing(100.0, 1e12, 0.0, 500.0);
        let narrow: Vec<i32> = axis.labelled_decades(120.0).collect();
        assert_eq!(narrow, [3, 6, 9, 12]);
        assert_eq!(axis.labelled_decades(40.0).count(), 11);
        // The same distance on a vertical axis that does not begin at 0.
        let axis = LogAxis::enclosing(100.0, 1e12, 900.0, 400.0);
        assert_eq!(axis.labelled_decades(120.0).collect::<Vec<_>>(), [3, 6, 9, 12]);
    }

    #[test]
    fn a_linear_axis_has_round_ticks_that_keep_their_distance() {
        let ticks = |greatest: f64| {
            let axis = LinearAxis::from_zero(greatest, 200.0, 0.0);
            axis.ticks(30.0)
                .iter()
                .map(|tick| format!("{:.*}", tick.decimals, tick.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(ticks(1_050.0), ["0", "200", "400", "600", "800", "1000"]);
        assert_eq!(ticks(4.2), ["0", "1", "2", "3", "4"]);
        assert_eq!(ticks(1.9), ["0.0", "0.5", "1.0", "1.5"]);
        assert_eq!(ticks(0.011), ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010"]);
        let axis = LinearAxis::from_zero(100.0, 200.0, 0.0);
        // Just far enough from each other is far enough.
        assert_eq!((axis.ticks(20.0).len(), axis.ticks(20.1).len()), (11, 6));
        assert!((axis.position_px(25.0) - 150.0).abs() < 1e-9 && axis.position_px(1e9).abs() < 1e-9);
    }

    #[test]
    fn a_line_starts_with_a_move() {
        assert_eq!(line_path([(0.0, 1.25), (10.0, 2.0)]), "M0.0 1.3L10.0 2.0");
        assert_eq!(line_path([]), "");
    }
}
