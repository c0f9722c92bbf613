//! Measures how the estimate page feels: prints a table and writes `target/bench/page.json`.
//!
//! Each repeat loads the page anew, presses Start, lets it run for some seconds and presses Stop. All times are
//! taken in the page by its own clock, so that the driver's are not among them.

use std::fs;
use std::path::Path;

use dartboard_e2e::{Browser, Error, RunPage, Site};
use serde::{Deserialize, Serialize};

const REPEATS: u32 = 7;

/// One repeat, in the page. Frames are counted while the run is on.
const MEASURE: &str = r"
    const run = document.getElementById('run');
    const button = name => [...document.querySelectorAll('button')].find(it => it.textContent.trim() === name);
    const when = condition => new Promise(resolve => {
        const look = () => { if (condition()) { observer.disconnect(); resolve(performance.now()); } };
        const observer = new MutationObserver(look);
        observer.observe(run, { attributes: true });
        look();
    });
    const seconds = count => new Promise(resolve => setTimeout(resolve, count * 1000));
    const points = () => Number(run.dataset.points);

    // Workers are made ready before Start is pressed.
    await seconds(1);
    let last = performance.now(), longest_gap = 0, frames = 0, watching = true;
    requestAnimationFrame(function frame() {
        const now = performance.now();
        longest_gap = Math.max(longest_gap, now - last);
        last = now;
        frames += 1;
        if (watching) requestAnimationFrame(frame);
    });
    const start = performance.now();
    button('Start').click();
    const first = await when(() => points() > 0);
    const hundred_million = await when(() => points() >= 1e8);
    await seconds(5);
    const before_stop = points();
    watching = false;
    const stop = performance.now();
    button('Stop').click();
    const stopped = await when(() => run.dataset.status === 'paused');
    return {
        first_estimate_ms: first - start,
        hundred_million_ms: hundred_million - start,
        longest_frame_gap_ms: longest_gap,
        frames_per_s: frames / (stop - start) * 1000,
        million_points_per_s: before_stop / (stop - start) / 1000,
        stop_ms: stopped - stop,
    };
";

#[derive(Deserialize)]
struct Repeat {
    first_estimate_ms: f64,
    hundred_million_ms: f64,
    longest_frame_gap_ms: f64,
    frames_per_s: f64,
    million_points_per_s: f64,
    stop_ms: f64,
}

/// One line of the table.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    median: f64,
    min: f64,
    max: f64,
    /// The median should stay below it; none for what has no bar.
    bar: Option<f64>,
}

impl Figure {
    fn of(repeats: &[Repeat], name: &'static str, bar: Option<f64>, value: fn(&Repeat) -> f64) -> Self {
        let mut values: Vec<f64> = repeats.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        Self { name, median: values[values.len() / 2], min: values[0], max: values[values.len() - 1], bar }
    }
}

#[derive(Serialize)]
struct Report {
    browser: String,
    cores: u32,
    repeats: u32,
    figures: Vec<Figure>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    let mut repeats = Vec::new();
    for repeat in 0..REPEATS {
        RunPage::open(&browser, &site, &format!("seed={repeat}")).await?;
        repeats.push(browser.evaluate_async::<Repeat>(MEASURE).await?);
    }
    let report = Report {
        browser: browser.evaluate("return navigator.userAgent;").await?,
        cores: browser.evaluate("return navigator.hardwareConcurrency;").await?,
        repeats: REPEATS,
        figures: vec![
            Figure::of(&repeats, "start_to_first_estimate_ms", Some(100.0), |it| it.first_estimate_ms),
            Figure::of(&repeats, "start_to_hundred_million_points_ms", Some(5000.0), |it| {
                it.hundred_million_ms
            }),
            Figure::of(&repeats, "longest_frame_gap_ms", Some(100.0), |it| it.longest_frame_gap_ms),
            Figure::of(&repeats, "frames_per_s", None, |it| it.frames_per_s),
            Figure::of(&repeats, "million_points_per_s", None, |it| it.million_points_per_s),
            Figure::of(&repeats, "stop_ms", Some(300.0), |it| it.stop_ms),
        ],
    };

    println!("{} with {} cores, {} repeats", report.browser, report.cores, report.repeats);
    println!("{:<36} {:>10} {:>10} {:>10} {:>10}", "", "median", "min", "max", "bar");
    for figure in &report.figures {
        let bar = figure.bar.map(|bar| format!("{}{bar}", if figure.median < bar { "< " } else { "OVER " }));
        println!(
            "{:<36} {:>10.1} {:>10.1} {:>10.1} {:>10}",
            figure.name,
            figure.median,
            figure.min,
            figure.max,
            bar.unwrap_or_default()
        );
    }
    write(&report)
}

fn write(report: &Report) -> Result<(), Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    let path = folder.join("page.json");
    let json = serde_json::to_string_pretty(report).map_err(Into::into);
    let written = fs::create_dir_all(&folder).and(json).and_then(|json| fs::write(&path, json + "\n"));
    written.map_err(Error::io(format!("writing {}", path.display())))
}
