//! The geometry of charts, in pixels.

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

/// How much larger the text of a chart `width_px` wide is than that of a small one: it grows as the page's does.
pub fn text_scale(width_px: f64) -> f64 {
    (width_px / 560.0).clamp(1.0, 1.6)
}

/// The path of a line through `points`, in the form of an SVG path's `d`; empty without points.
pub fn line_path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    use std::fmt::Write;

    use crate::text::Fixed;

    let mut path = String::new();
    for (index, (x, y)) in points.into_iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        // Tenths of a pixel are finer than can be seen. Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {}", Fixed(x, 1), Fixed(y, 1));
    }
    path
}

/// What all charts that are taken away look like: for paper, whatever theme the page has.
pub const PAPER_STYLE: &str =
    "svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#53606f}.grid{stroke:#d5dae1}";

/// The look of the convergence chart's own parts on paper.
const CONVERGENCE_STYLE: &str = "path,circle{fill:none}.band{fill:#dce8f8}.median{stroke:#8a4b00;stroke-width:1.5;stroke-dasharray:6 4}\
    .curve{stroke:#1456b8;stroke-width:2}.reading-mark{display:none}";

/// A chart of the page as a file of its own: `svg` is the element as the page writes it. None if it is something else.
pub fn standalone_svg(svg: &str) -> Option<String> {
    let (attributes, content) = svg.strip_prefix("<svg ")?.split_once('>')?;
    let namespace = "http://www.w3.org/2000/svg";
    Some(format!(
        "<svg xmlns=\"{namespace}\" {attributes}><style>{PAPER_STYLE}{CONVERGENCE_STYLE}</style>{content}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_chart_alone_says_what_it_is_and_how_it_looks() {
        let svg =
            standalone_svg("<svg width=\"10\" role=\"img\"><path class=\"curve\"></path></svg>").unwrap();
        assert!(
            svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" role=\"img\"><style>"),
            "{svg}"
        );
        assert!(svg.ends_with("</style><path class=\"curve\"></path></svg>\n"), "{svg}");
        assert_eq!(standalone_svg("<p>no chart</p>"), None);
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
