//! Measures what the page costs its workers: prints a table and writes `target/bench/cost.json`. Linux only, since it reads
//! `/proc`.
//!
//! - *one worker*: darts a second of a live page, against the same worker program counting alone beside an idle page;
//! - *two workers*: how many times as fast two are as one, of a live page and of plain loops in JavaScript;
//! - *processor time*: of all threads of the browser but the workers', with two workers, in cores.
//!
//! All are measured in turn, again and again; a ratio is the median of the ratios within one turn.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use dartboard_e2e::processor_time::{Reading, is_worker};
use dartboard_e2e::{Browser, Error, RunPage, Site, figures};
use dartboard_points::protocol::{Probability, ToWorker};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
use serde::Serialize;
use tokio::time::{Instant, sleep};

const TURNS: usize = 7;
/// Before a live page is measured: it compiles, and automatic batches grow.
const WARM_UP: Duration = Duration::from_secs(2);
const SAMPLE: Duration = Duration::from_secs(4);
/// Blocks of one message to a worker that counts alone: some fifty milliseconds.
const ALONE_BLOCKS: u64 = 5_000;

/// Counts by the release's own worker without a page, for a while. Resolves to blocks a second.
const COUNT_ALONE: &str = r"
    const worker = new Worker(LOADER, { type: 'module' });
    return await new Promise((resolve, reject) => {
        let batches = 0, begun;
        worker.onerror = event => reject(new Error(event.message));
        worker.onmessage = ({ data }) => {
            if (data.startsWith('kind=tally')) batches += 1;
            // The first batches compile.
            if (batches === 20) { begun ??= performance.now(); }
            const ms = begun ? performance.now() - begun : 0;
            if (ms < SAMPLE_MS) return worker.postMessage(MESSAGE);
            worker.terminate();
            resolve((batches - 20) / ms * 1e3);
        };
    });
";

/// So many workers that loop in JavaScript for a while. Resolves to turns of all of them a second.
const PLAIN_LOOPS: &str = r"
    const source = `onmessage = ({ data }) => {
        let turns = 0, x = 1, inside = 0;
        const begun = performance.now();
        while (performance.now() - begun < data) {
            for (let i = 0; i < 100000; i += 1) {
                x = Math.imul(x, 1664525) + 1013904223 | 0;
                if ((x >>> 16) * (x >>> 16) < 3e9) inside += 1;
            }
            turns += 1;
        }
        postMessage(turns + (inside < 0 ? 1 : 0));
    }`;
    const url = URL.createObjectURL(new Blob([source]));
    const turns = await Promise.all(Array.from({ length: WORKERS }, () => new Promise(resolve => {
        const worker = new Worker(url);
        worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
        worker.postMessage(SAMPLE_MS);
    })));
    return turns.reduce((sum, turns) => sum + turns) / SAMPLE_MS * 1e3;
";

#[derive(Serialize)]
struct Cost {
    name: String,
    median: f64,
    min: f64,
    max: f64,
}

impl Cost {
    fn of(name: impl Into<String>, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self {
            name: name.into(),
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, plain) = (Site::start().await?, plain_site().await?);
    let browser = Browser::start().await?;
    browser.webdriver().set_window_rect(0, 0, 1_280, 800).await?;
    let (mut to_alone, mut scaling) = (Vec::new(), Vec::new());
    let mut cores: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for turn in 0..TURNS {
        let alone = count_alone(&browser, &site).await?;
        let (one, _) = live_page(&browser, &site, 1).await?;
        let loops = [plain_loops(&browser, &plain, 1).await?, plain_loops(&browser, &plain, 2).await?];
        let (two, of_threads) = live_page(&browser, &site, 2).await?;
        println!("turn {turn}: alone {alone:.3e}, page with one {one:.3e}, with two {two:.3e} darts/s");
        to_alone.push(one / alone);
        scaling.push(two / one / (loops[1] / loops[0]));
        let all = of_threads.iter().filter(|(name, _)| !is_worker(name)).map(|(_, cores)| cores).sum();
        cores.entry("all but the workers".to_owned()).or_default().push(all);
        for (name, value) in of_threads {
            cores.entry(name).or_default().push(value);
        }
    }
    let mut costs = vec![
        Cost::of("page with one worker / the worker alone", to_alone),
        Cost::of("page, two workers / one, against plain loops", scaling),
    ];
    costs.extend(cores.into_iter().map(|(name, values)| Cost::of(format!("cores: {name}"), values)));
    println!("{:<48} {:>8} {:>8} {:>8}", "", "median", "min", "max");
    for Cost { name, median, min, max } in costs.iter().filter(|cost| cost.max >= 0.001) {
        println!("{name:<48} {median:>8.3} {min:>8.3} {max:>8.3}");
    }
    figures::write("cost", &costs)
}

/// A page without a policy, where scripts may make workers of their own.
async fn plain_site() -> Result<(Site, tempfile::TempDir), Error> {
    let folder = tempfile::tempdir().map_err(Error::io("making a folder to serve"))?;
    fs::write(folder.path().join("index.html"), "<!doctype html><title>plain</title>")
        .map_err(Error::io("writing a plain page"))?;
    Ok((Site::serve(folder.path().to_owned()).await?, folder))
}

async fn count_alone(browser: &Browser, site: &Site) -> Result<f64, Error> {
    RunPage::open(browser, site, "seed=5").await?;
    let files = site.files()?;
    let loader = files.into_iter().find(|name| name.starts_with("worker-loader")).unwrap_or_default();
    let message = ToWorker::Compute {
        lease: 1,
        seed: Seed(5),
        blocks: BlockRange::new(0, ALONE_BLOCKS).expect("blocks from 0 on"),
        kernel: None,
        chaos: Probability::NEVER,
    };
    let script = COUNT_ALONE
        .replace("LOADER", &format!("'./{loader}'"))
        .replace("MESSAGE", &format!("'{}'", message.encode()))
        .replace("SAMPLE_MS", &SAMPLE.as_millis().to_string());
    let batches_a_second: f64 = browser.evaluate_async(&script).await?;
    Ok(batches_a_second * (ALONE_BLOCKS * BLOCK_POINTS) as f64)
}

async fn plain_loops(
    browser: &Browser,
    (site, _): &(Site, tempfile::TempDir),
    workers: u32,
) -> Result<f64, Error> {
    browser.webdriver().goto(site.url()).await?;
    let script = PLAIN_LOOPS
        .replace("WORKERS", &workers.to_string())
        .replace("SAMPLE_MS", &SAMPLE.as_millis().to_string());
    browser.evaluate_async(&script).await
}

/// Darts a second of a page with so many workers, and the cores that the browser's threads took by name.
async fn live_page(
    browser: &Browser,
    site: &Site,
    workers: u32,
) -> Result<(f64, BTreeMap<String, f64>), Error> {
    let page = RunPage::open(browser, site, &format!("seed=5&workers={workers}&start=1")).await?;
    sleep(WARM_UP).await;
    let (points, before, begun) = (page.state().await?.points, Reading::now(), Instant::now());
    sleep(SAMPLE).await;
    let cores = Reading::now().cores_since(&before);
    let points = page.state().await?.points - points;
    Ok((points as f64 / begun.elapsed().as_secs_f64(), cores))
}
