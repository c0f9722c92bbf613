//! Measures how the benchmark page's workers, and its threads or cooperative tasks, scale, beside threads that do the same work
//! natively at the same time. Prints a table and writes `target/bench/scaling.json`.
//!
//! The page and the threads take turns, so that what else the machine does falls on both alike; a speed-up is the
//! ratio of medians within one program.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use dartboard_e2e::{Browser, Error, RunPage, Site, figures};
use dartboard_points::kernel;
use dartboard_points::tally::{BlockRange, Seed};
use serde::Serialize;
use thirtyfour::prelude::*;

/// How often the page runs its quick preset, between native samples.
const TURNS: usize = 3;
/// Native samples of each number of threads in a turn.
const NATIVE_SAMPLES: usize = 3;
/// What one native sample counts.
const NATIVE_BLOCKS: u64 = 8_000;
/// Of what two native threads reach, workers must reach so much.
const LEAST_SHARE: f64 = 0.95;

/// How long a run of the page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// A line of the table.
#[derive(Debug, Serialize)]
struct ModeSpeed {
    mode: String,
    workers: u32,
    median_points_per_ms: f64,
    speed_up: f64,
}

/// A row of the CSV that the page saves.
#[derive(Clone, Debug)]
struct TimedWork {
    mode: String,
    workers: u32,
    points_per_ms: f64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    let mut samples = Vec::new();
    for _ in 0..TURNS {
        for threads in [1, 2].repeat(NATIVE_SAMPLES) {
            let points_per_ms = native_points_per_ms(threads);
            samples.push(TimedWork { mode: "native threads".to_owned(), workers: threads, points_per_ms });
        }
        samples.extend(page_samples(&browser, &site).await?);
    }
    let figures = figures(&samples);
    println!("{:<16} {:>7} {:>14} {:>9}", "mode", "workers", "points/ms", "speed-up");
    for ModeSpeed { mode, workers, median_points_per_ms, speed_up } in &figures {
        println!("{mode:<16} {workers:>7} {median_points_per_ms:>14.0} {speed_up:>9.2}");
    }
    let speed_up = |mode: &str| {
        figures.iter().find(|figure| figure.mode == mode && figure.workers == 2).map(|figure| figure.speed_up)
    };
    if let (Some(workers), Some(native)) = (speed_up("workers"), speed_up("native threads")) {
        let share = workers / native;
        let verdict = if share >= LEAST_SHARE { "reached" } else { "missed" };
        println!(
            "two workers reach {share:.3} of what two native threads do; the bar of {LEAST_SHARE} is {verdict}"
        );
    }
    figures::write("scaling", &figures)
}

/// Each thread counts an even share of the same blocks.
fn native_points_per_ms(threads: u32) -> f64 {
    let share = NATIVE_BLOCKS / u64::from(threads);
    let begun = Instant::now();
    thread::scope(|scope| {
        for thread in 0..u64::from(threads) {
            scope.spawn(move || {
                let blocks =
                    BlockRange::new(thread * share, (thread + 1) * share).expect("a share of blocks");
                black_box(kernel::tally(Seed(42), blocks));
            });
        }
    });
    NATIVE_BLOCKS as f64 * 1e5 / (begun.elapsed().as_secs_f64() * 1e3)
}

/// One run of the quick preset, read from the CSV that the page saves.
async fn page_samples(browser: &Browser, site: &Site) -> Result<Vec<TimedWork>, Error> {
    const STATUS: &str = "document.getElementById('benchmark-run')?.dataset.status";
    let page = RunPage::load(browser, &(site.url() + "#/benchmark"), "").await?.with_patience(PATIENCE);
    // Longer than quick's own: starting and ending a sample costs some milliseconds whatever its length.
    page.wait_until(STATUS).await?;
    browser
        .evaluate::<()>("document.querySelector('#benchmark .plan-details').open = true; return null;")
        .await?;
    page.fill("Shortest sample (ms)", "500").await?;
    browser.webdriver().find(By::Css("#benchmark button.start")).await?.click().await?;
    page.wait_until(&format!("{STATUS} === 'finished'")).await?;
    let csv = page.save_file("Save samples as CSV").await?.text();
    Ok(csv.lines().skip(1).filter_map(sample).collect())
}

/// `mode,kernel,workers,batch_points,repeat,points,wall_ms,…`
fn sample(line: &str) -> Option<TimedWork> {
    let fields: Vec<&str> = line.split(',').collect();
    let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
    let points_per_ms = number(5)? / number(6)?;
    Some(TimedWork {
        mode: fields.first()?.to_string(),
        workers: fields.get(2)?.parse().ok()?,
        points_per_ms,
    })
}

/// Medians, and speed-ups against one of the same kind: sequential for the page's, one thread for native ones.
fn figures(samples: &[TimedWork]) -> Vec<ModeSpeed> {
    let mut kinds: Vec<(String, u32)> =
        samples.iter().map(|sample| (sample.mode.clone(), sample.workers)).collect();
    kinds.sort();
    kinds.dedup();
    let median = |mode: &str, workers: u32| {
        let own = samples.iter().filter(|sample| sample.mode == mode && sample.workers == workers);
        let mut values: Vec<f64> = own.map(|sample| sample.points_per_ms).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let figure = |(mode, workers): (String, u32)| {
        let own = median(&mode, workers);
        let one = if mode == "native threads" { median(&mode, 1) } else { median("sequential", 1) };
        ModeSpeed { workers, median_points_per_ms: own, speed_up: own / one, mode }
    };
    kinds.into_iter().map(figure).collect()
}
