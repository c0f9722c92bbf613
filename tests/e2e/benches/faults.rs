//! Measures how fast a worker that panicked is replaced: prints a table and writes `target/bench/faults.json`.
//!
//! Workers are crashed by the page's own buttons while a run is on; the times are those of the page's event log, from
//! the panic's message to the first result of the slot's next worker.

use std::time::Duration;

use dartboard_e2e::fault_log::{FaultLog, WantedFaults};
use dartboard_e2e::{Browser, Error, RunPage, Site, figures};
use serde::Serialize;
use tokio::time::{Instant, sleep};

/// Crashes for each number of workers.
const CRASHES: u32 = 40;

/// How long they may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// The median should stay below it, in milliseconds.
const BAR_MS: f64 = 250.0;

/// Milliseconds from a panic to the replacement's first result.
#[derive(Serialize)]
struct Recovery {
    workers: u32,
    crashes: usize,
    median_ms: f64,
    min_ms: f64,
    max_ms: f64,
    bar_ms: f64,
}

#[derive(Serialize)]
struct FaultsReport {
    browser: String,
    cores: u32,
    panic_to_first_result: Vec<Recovery>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    let cores = browser.evaluate("return navigator.hardwareConcurrency;").await?;
    let mut figures = Vec::new();
    for workers in [1, cores, 2 * cores] {
        figures.push(measure(&browser, &site, workers).await?);
    }
    let report = FaultsReport {
        browser: browser.evaluate("return navigator.userAgent;").await?,
        cores,
        panic_to_first_result: figures,
    };

    println!("{} with {} cores, {CRASHES} crashes each", report.browser, report.cores);
    println!(
        "{:<36} {:>10} {:>10} {:>10} {:>10}",
        "panic to first result, ms", "median", "min", "max", "bar"
    );
    for figure in &report.panic_to_first_result {
        println!(
            "{:<36} {:>10.0} {:>10.0} {:>10.0} {:>10}",
            format!("{} workers", figure.workers),
            figure.median_ms,
            figure.min_ms,
            figure.max_ms,
            format!("{}{BAR_MS}", if figure.median_ms < BAR_MS { "< " } else { "OVER " })
        );
    }
    figures::write("faults", &report)
}

/// Crashes workers until [`CRASHES`] of them were replaced.
async fn measure(browser: &Browser, site: &Site, workers: u32) -> Result<Recovery, Error> {
    let page =
        RunPage::open(browser, site, &format!("seed=1&workers={workers}&batch=1000000&start=1")).await?;
    let log = FaultLog::watch(browser).await?;
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < CRASHES as usize {
        if begun.elapsed() > PATIENCE {
            let (what, page) = (format!("{CRASHES} crashes"), format!("{:?}", log.read().await?));
            return Err(Error::TimedOut { what, within: PATIENCE, page });
        }
        // One at a time, and the run goes on for a while between.
        let crashes = u32::try_from(times.len()).unwrap_or(CRASHES) + 1;
        log.inject(WantedFaults { crashes, ..WantedFaults::default() }).await?;
        sleep(Duration::from_millis(100)).await;
        times = log.read().await?.panic_to_result_ms;
    }
    page.click("Stop").await?;
    times.sort_by(f64::total_cmp);
    Ok(Recovery {
        workers,
        crashes: times.len(),
        median_ms: times[times.len() / 2],
        min_ms: times[0],
        max_ms: times[times.len() - 1],
        bar_ms: BAR_MS,
    })
}
