//! Lets a run with chaos go on for long and holds its count against the native kernel's: prints a table and writes
//! `target/bench/long.json`.
//!
//! `DARTBOARD_BENCH_MINUTES` minutes (60 if unset) with `DARTBOARD_BENCH_WORKERS` workers (2 if unset), batches of
//! 10,000,000 points, each of which panics with the probability 0.005: often enough that the event log is full before half
//! an hour is over. Each minute: the JavaScript heap after a garbage collection, the size of the app's wasm memory, and
//! what `#run` says. At the end the run is stopped and its gaps are closed; then the native kernel counts the same
//! blocks again, all of them.

use std::env;
use std::io::{self, Write};
use std::time::Duration;

use dartboard_e2e::browser::Clock;
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Error, RunPage, ShownStatus, Site, figures};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

const SEED: u64 = 20_261_122;

/// The probability that a batch panics in its worker.
const CHAOS: &str = "0.005";

const BYTES_PER_MB: f64 = 1e6;

/// How long the run may take to close its gaps: batches that panic again and again wait for their replacements.
const PATIENCE: Duration = Duration::from_secs(600);

/// Before the page's own scripts: keeps hold of the app's memory, to look at its size.
const OBSERVE: &str = r"
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const original = WebAssembly[name];
        WebAssembly[name] = async (...rest) => {
            const made = await original.apply(WebAssembly, rest);
            window.appMemory = (made.instance ?? made).exports.memory;
            return made;
        };
    }
";

/// What is seen at one minute.
#[derive(Serialize)]
struct MinuteReport {
    minute: u32,
    points: u64,
    inside: u64,
    restarts: u64,
    million_points_per_s: f64,
    js_heap_mb: f64,
    wasm_mb: f64,
    log_rows: u32,
    dom_elements: u32,
}

#[derive(Serialize)]
struct LongReport {
    browser: String,
    cores: u32,
    workers: u32,
    minutes: u32,
    seed: u64,
    chaos: &'static str,
    samples: Vec<MinuteReport>,
    restarts: u64,
    points: u64,
    /// What the page counted.
    inside: u64,
    /// What the native kernel counts of the same points.
    native_inside: u64,
    /// The console's errors that no panic explains.
    unexplained_errors: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let minutes = number("DARTBOARD_BENCH_MINUTES", 60);
    let workers = number("DARTBOARD_BENCH_WORKERS", 2);
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    browser.run_before_pages(OBSERVE).await?;
    browser.count_metrics(Clock::Wall).await?;
    let parameters = format!("seed={SEED}&workers={workers}&batch=10000000&chaos={CHAOS}&start=1");
    let page = RunPage::open(&browser, &site, &parameters).await?.with_patience(PATIENCE);
    page.wait_for("counting", |run| run.points > 0).await?;

    let mut samples = Vec::new();
    let begun = Instant::now();
    for minute in 0..=minutes {
        sleep_until(begun + Duration::from_secs(60) * minute).await;
        let sample = sample(&browser, &page, minute).await?;
        print_sample(&sample);
        samples.push(sample);
    }

    page.click("Stop").await?;
    page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    // Without gaps there is nothing to finish.
    if page.button("Finish gaps").await.is_ok() {
        page.click("Finish gaps").await?;
        page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    }
    let end = page.state().await?;
    println!("{} points with {} restarts; the native kernel counts them again", end.points, end.restarts);
    let (points, begun) = (end.points, Instant::now());
    let native = tokio::task::spawn_blocking(move || native_tally(SEED, points)).await;
    let native = native.map_err(|error| Error::io("counting natively")(io::Error::other(error)))?;
    println!("done in {:.1} min", begun.elapsed().as_secs_f64() / 60.0);

    let report = LongReport {
        browser: browser.evaluate("return navigator.userAgent;").await?,
        cores: browser.evaluate("return navigator.hardwareConcurrency;").await?,
        workers,
        minutes,
        seed: SEED,
        chaos: CHAOS,
        samples,
        restarts: end.restarts,
        points,
        inside: end.inside,
        native_inside: native.inside,
        unexplained_errors: unexplained_errors(&browser).await?,
    };
    print(&report);
    figures::write("long", &report)?;
    assert_eq!(end.tally(), native, "the page's tally and the native kernel's");
    assert!(report.unexplained_errors.is_empty(), "the console has errors");
    Ok(())
}

fn number(variable: &str, default: u32) -> u32 {
    env::var(variable).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number, not {text:?}"))
    })
}

async fn sample(browser: &Browser, page: &RunPage<'_>, minute: u32) -> Result<MinuteReport, Error> {
    browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
    let heap_bytes = browser.metrics().await?["JSHeapUsedSize"];
    let (wasm_bytes, log_rows, dom_elements): (f64, u32, u32) = browser
        .evaluate(
            "return [window.appMemory.buffer.byteLength, document.querySelectorAll('.log tbody tr').length,
                document.querySelectorAll('*').length];",
        )
        .await?;
    let run = page.state().await?;
    Ok(MinuteReport {
        minute,
        points: run.points,
        inside: run.inside,
        restarts: run.restarts,
        million_points_per_s: run.rate / 1e6,
        js_heap_mb: heap_bytes / BYTES_PER_MB,
        wasm_mb: wasm_bytes / BYTES_PER_MB,
        log_rows,
        dom_elements,
    })
}

/// Each deliberate panic is heard on the console; nothing else should be.
async fn unexplained_errors(browser: &Browser) -> Result<Vec<String>, Error> {
    let errors = browser.console_errors().await?;
    Ok(errors.into_iter().filter(|message| !message.contains("chaos")).collect())
}

fn print_sample(sample: &MinuteReport) {
    if sample.minute == 0 {
        println!(
            "{:>6} {:>20} {:>9} {:>14} {:>10} {:>8} {:>8} {:>9}",
            "minute", "points", "restarts", "Mpoints/s", "heap, MB", "wasm, MB", "log rows", "elements"
        );
    }
    println!(
        "{:>6} {:>20} {:>9} {:>14.0} {:>10.2} {:>8.2} {:>8} {:>9}",
        sample.minute,
        sample.points,
        sample.restarts,
        sample.million_points_per_s,
        sample.js_heap_mb,
        sample.wasm_mb,
        sample.log_rows,
        sample.dom_elements
    );
    // For whoever looks at a file while it grows.
    let _ = io::stdout().flush();
}

fn print(report: &LongReport) {
    println!("{} with {} cores, {} workers", report.browser, report.cores, report.workers);
    let verdict = if report.inside == report.native_inside { "EQUAL" } else { "DIFFERENT" };
    println!(
        "{} of {} points inside; by the native kernel {}: {verdict}",
        report.inside, report.points, report.native_inside
    );
    for error in &report.unexplained_errors {
        println!("on the console: {error}");
    }
}
