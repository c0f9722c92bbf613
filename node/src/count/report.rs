//! What is printed of a run: its progress while it is counted, then what the page shows of it.

use std::fmt::Display;
use std::time::Duration;

use dartboard_core::run::config::Target;
use dartboard_core::run::estimate::{DECIMALS, Estimate};
use dartboard_core::text::{Fixed, Grouped, Scientific, duration_words, short_count, times_power_of_ten};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::{Seed, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that is counted, or was stopped.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) seed: Seed,
    pub(super) target: Target,
    pub(super) tally: Tally,
    /// Also before it was resumed.
    pub(super) counted_for: Duration,
    /// Of the processor; 0 where the GPU counts alone.
    pub(super) threads: u32,
    /// The name of the GPU that counts too.
    pub(super) gpu: Option<String>,
    pub(super) kernel: Kernel,
}

impl Report {
    /// As the page words it.
    pub(super) fn words(&self) -> String {
        let running = fact("running", &duration_words(self.counted_for.as_secs_f64()));
        [words(self.seed, self.tally), running].join("\n")
    }

    /// One JSON object, in one line.
    pub(super) fn json(&self) -> String {
        let estimate = Estimate::of(self.tally);
        let unknown = || "null".to_owned();
        let pi = estimate.map_or_else(unknown, |estimate| Fixed(estimate.pi, DECIMALS).to_string());
        let error = estimate.map_or_else(unknown, |estimate| Scientific(estimate.standard_error).to_string());
        let gpu = self.gpu.as_deref().map_or_else(unknown, |name| serde_json::Value::from(name).to_string());
        // Otherwise only names and numbers: nothing needs to be escaped.
        let fields = [
            ("version", format!("\"{}\"", env!("CARGO_PKG_VERSION"))),
            ("stream", STREAM_VERSION.to_string()),
            ("seed", format!("\"{}\"", self.seed)),
            ("target_points", format!("\"{}\"", self.target.points())),
            ("points", format!("\"{}\"", self.tally.points)),
            ("inside", format!("\"{}\"", self.tally.inside)),
            ("pi", pi),
            ("standard_error", error),
            ("seconds", Fixed(self.counted_for.as_secs_f64(), 3).to_string()),
            ("threads", self.threads.to_string()),
            ("gpu", gpu),
            ("kernel", format!("\"{}\"", self.kernel)),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\": {value}"));
        format!("{{{}}}", fields.join(", "))
    }
}

/// What is counted of the run of `seed`, as the page words it.
pub(crate) fn words(seed: Seed, tally: Tally) -> String {
    let unknown = || "…".to_owned();
    let estimate = Estimate::of(tally);
    let pi = estimate.map_or_else(unknown, |estimate| Fixed(estimate.pi, DECIMALS).to_string());
    let error = estimate.map_or_else(unknown, |estimate| times_power_of_ten(estimate.standard_error));
    [
        format!("π ≈ {pi}"),
        fact("typical error (standard error)", &error),
        fact("points (darts decided)", &Grouped(tally.points)),
        fact("inside", &Grouped(tally.inside)),
        fact("seed", &seed),
    ]
    .join("\n")
}

fn fact(term: &str, value: &impl Display) -> String {
    format!("{term:<32}{value}")
}

/// How far a run is; nothing is shown where standard error is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    target: Target,
    /// What was counted before.
    before: Tally,
    begun: Instant,
}

impl Progress {
    /// Of a run that goes on from `before`.
    pub(super) fn begin(target: Target, before: Tally, now: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(target.blocks()), ProgressDrawTarget::stderr());
        // The template is a constant; without it the bar has another form.
        if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, target, before, begun: now }
    }

    /// Shows what is counted.
    pub(super) fn show(&self, tally: Tally, now: Instant) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_message(progress_words(self.before, tally, self.target, now - self.begun));
        self.bar.set_position(tally.points / dartboard_points::tally::BLOCK_POINTS);
    }

    /// Says something above the bar, or, where there is none, alone.
    pub(super) fn tell(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// How long `left` points take, at the speed of the `new` ones; none while nothing is known of that.
fn time_left(new: u64, left: u64, since: Duration) -> Option<Duration> {
    if new == 0 {
        return None;
    }
    Duration::try_from_secs_f64(since.as_secs_f64() / new as f64 * left as f64).ok()
}

/// How far a run is that had counted `before` when it began so long ago.
fn progress_words(before: Tally, tally: Tally, target: Target, since: Duration) -> String {
    let (points, of) = (tally.points as f64, target.points() as f64);
    let new = tally.points.saturating_sub(before.points);
    let left = time_left(new, target.points().saturating_sub(tally.points), since);
    let left =
        left.map_or_else(String::new, |left| format!(" · {} left", duration_words(left.as_secs_f64())));
    let share = Fixed((points / of * 100.0).min(100.0).floor(), 0);
    format!("{share} % · {} of {} points{left}", short_count(points), short_count(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            seed: Seed(u64::MAX),
            target: Target::from_blocks(20).unwrap(),
            tally: Tally { points: 1_100_000, inside: 864_000 },
            counted_for: Duration::from_millis(12_345),
            threads: 2,
            gpu: Some("A \"GPU\"".to_owned()),
            kernel: Kernel::Tree,
        }
    }

    #[test]
    fn the_words_are_those_of_the_page() {
        let words = report().words();
        let lines: Vec<_> =
            words.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "π ≈ 3.14181818",
                "typical error (standard error) 1.6 × 10⁻³",
                "points (darts decided) 1,100,000",
                "inside 864,000",
                "seed 18446744073709551615",
                "running 12 s",
            ]
        );
    }

    #[test]
    fn the_json_is_read_by_others_and_rounds_no_count() {
        let read: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        assert_eq!(
            read,
            serde_json::json!({
                "version": "0.1.0", "stream": 2, "seed": "18446744073709551615", "target_points": "2000000",
                "points": "1100000", "inside": "864000", "pi": 3.141_818_18, "standard_error": 1.57e-3,
                "seconds": 12.345, "threads": 2, "gpu": "A \"GPU\"", "kernel": "tree"
            })
        );
    }

    #[test]
    fn nothing_counted_is_no_estimate() {
        let report = Report { tally: Tally::default(), ..report() };
        let read: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(
            (&read["pi"], &read["standard_error"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
        assert!(report.words().starts_with("π ≈ …\n"));
    }

    // Fails with: a time left that counts what was there before, or divides by nothing.
    #[test]
    fn the_time_left_follows_what_was_counted_since() {
        let seconds = Duration::from_secs;
        assert_eq!(time_left(0, 100, seconds(5)), None);
        assert_eq!(time_left(200, 100, seconds(10)), Some(seconds(5)));
        assert_eq!(time_left(1, u64::MAX, Duration::MAX), None);
        let target = Target::from_blocks(100_000).unwrap();
        let counted = |points| Tally { points, inside: 0 };
        let shown = progress_words(counted(1_240_000_000), counted(4_160_000_000), target, seconds(20));
        assert_eq!(shown, "41 % · 4.16 billion of 10.0 billion points · 40 s left");
        let shown = progress_words(counted(100_000), counted(100_000), target, seconds(20));
        assert_eq!(shown, "0 % · 100 thousand of 10.0 billion points");
    }
}
