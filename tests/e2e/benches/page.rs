//! Measures how the estimate page feels: prints a table and writes `target/bench/page.json`.
//!
//! Three measurements, each on the page as it opens, with the batch size that it chooses itself:
//! - *feel*: repeats that load the page with an empty cache, press Start, let it run for some seconds and press Stop.
//!   All times are taken in the page by its own clock, so that the driver's are not among them;
//! - *main thread*: a run with twice as many workers as cores. Tasks over 50 ms are those of the Long Tasks API;
//!   script time a frame is what Chromium counts as `ScriptDuration` in each second, divided by the animation
//!   frames of that second. It is taken twice: by the main thread's own clock, which is what the page needs of a
//!   core, and by the wall's, which also runs while the workers or other programs have the core;
//! - *memory*: the same run for `DARTBOARD_BENCH_MINUTES` minutes (10 if unset): the JavaScript heap each minute
//!   after a garbage collection, and the size of the app's wasm memory.

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use dartboard_e2e::browser::Clock;
use dartboard_e2e::{Browser, Error, RunPage, Site, figures};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

const REPEATS: u32 = 7;

/// For how long the main thread is watched.
const WATCHED_SECONDS: u32 = 30;

const BYTES_PER_MB: f64 = 1e6;

/// Before the page's own scripts: notes when `#run` is there, tasks over 50 ms, frames, and the app's memory.
const OBSERVE: &str = r"
    window.seen = { interactive: null, longTasks: [], frames: 0, memory: null };
    new MutationObserver((_, observer) => {
        if (document.getElementById('run') && document.getElementById('start-stop')) {
            window.seen.interactive = performance.now();
            observer.disconnect();
        }
    }).observe(document, { childList: true, subtree: true });
    new PerformanceObserver(list => {
        window.seen.longTasks.push(...list.getEntries().map(task => task.duration));
    }).observe({ entryTypes: ['longtask'] });
    requestAnimationFrame(function frame() {
        window.seen.frames += 1;
        requestAnimationFrame(frame);
    });
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const original = WebAssembly[name];
        WebAssembly[name] = async (...rest) => {
            const made = await original.apply(WebAssembly, rest);
            window.seen.memory = (made.instance ?? made).exports.memory;
            return made;
        };
    }
";

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
        interactive_ms: window.seen.interactive,
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
    interactive_ms: f64,
    first_estimate_ms: f64,
    hundred_million_ms: f64,
    longest_frame_gap_ms: f64,
    frames_per_s: f64,
    million_points_per_s: f64,
    stop_ms: f64,
}

/// What the main thread has done up to a moment.
#[derive(Deserialize)]
struct Seen {
    frames: f64,
    long_tasks_ms: Vec<f64>,
    wasm_bytes: f64,
}

impl Seen {
    async fn now(browser: &Browser) -> Result<Self, Error> {
        let script = "return { frames: window.seen.frames, long_tasks_ms: window.seen.longTasks,
            wasm_bytes: window.seen.memory.buffer.byteLength };";
        browser.evaluate(script).await
    }
}

/// One line of the table.
#[derive(Serialize)]
struct PageFigure {
    name: &'static str,
    median: f64,
    min: f64,
    max: f64,
    /// The median should stay below it; none for what has no bar.
    bar: Option<f64>,
}

impl PageFigure {
    fn of(name: &'static str, bar: Option<f64>, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        Self { name, median: at(values.len() / 2), min: at(0), max: at(values.len().saturating_sub(1)), bar }
    }

    fn verdict(&self) -> &'static str {
        match self.bar {
            Some(bar) if self.median < bar => "met",
            Some(_) => "MISSED",
            None => "",
        }
    }
}

#[derive(Serialize)]
struct PageReport {
    browser: String,
    cores: u32,
    repeats: u32,
    watched_seconds: u32,
    memory_minutes: u32,
    figures: Vec<PageFigure>,
    /// By what it is of, one value a minute.
    memory_mb: BTreeMap<&'static str, Vec<f64>>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    browser.run_before_pages(OBSERVE).await?;
    let memory_minutes =
        env::var("DARTBOARD_BENCH_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(10_u32).max(1);
    let cores: u32 = browser.evaluate("return navigator.hardwareConcurrency;").await?;

    let mut figures = feel(&site, &browser).await?;
    RunPage::open(&browser, &site, &format!("seed=1&workers={}&start=1", 2 * cores)).await?;
    // What belongs to the start has been measured above.
    sleep(Duration::from_secs(5)).await;
    figures.extend(main_thread(&browser).await?);
    let memory_mb = memory(&browser, memory_minutes).await?;
    // How far apart the values are after the first minute, which has a value at its beginning and at its end.
    for (name, bar, of) in
        [("heap_span_after_first_minute_mb", Some(2.0), "js_heap"), ("wasm_span_mb", None, "wasm")]
    {
        let later = &memory_mb[of][1..];
        let (least, greatest) = later
            .iter()
            .fold((f64::MAX, 0.0_f64), |(least, greatest), &value| (least.min(value), greatest.max(value)));
        figures.push(PageFigure::of(name, bar, vec![greatest - least]));
    }

    let report = PageReport {
        browser: browser.evaluate("return navigator.userAgent;").await?,
        cores,
        repeats: REPEATS,
        watched_seconds: WATCHED_SECONDS,
        memory_minutes,
        figures,
        memory_mb,
    };
    print(&report);
    figures::write("page", &report)
}

async fn feel(site: &Site, browser: &Browser) -> Result<Vec<PageFigure>, Error> {
    let mut repeats = Vec::new();
    for repeat in 0..REPEATS {
        browser.devtools("Network.clearBrowserCache", json!({})).await?;
        RunPage::open(browser, site, &format!("seed={repeat}")).await?;
        repeats.push(browser.evaluate_async::<Repeat>(MEASURE).await?);
    }
    let figure = |name, bar, value: fn(&Repeat) -> f64| {
        PageFigure::of(name, bar, repeats.iter().map(value).collect::<Vec<f64>>())
    };
    Ok(vec![
        figure("navigation_to_interactive_ms", Some(300.0), |it| it.interactive_ms),
        figure("start_to_first_estimate_ms", Some(100.0), |it| it.first_estimate_ms),
        figure("start_to_hundred_million_points_ms", Some(5000.0), |it| it.hundred_million_ms),
        figure("longest_frame_gap_ms", Some(100.0), |it| it.longest_frame_gap_ms),
        figure("frames_per_s", None, |it| it.frames_per_s),
        figure("million_points_per_s", None, |it| it.million_points_per_s),
        figure("stop_ms", Some(300.0), |it| it.stop_ms),
    ])
}

/// Watches the run that is on.
async fn main_thread(browser: &Browser) -> Result<Vec<PageFigure>, Error> {
    let before = Seen::now(browser).await?;
    let wall = a_frame(browser, Clock::Wall).await?;
    let long = Seen::now(browser).await?.long_tasks_ms.split_off(before.long_tasks_ms.len());
    let longest = long.iter().copied().fold(0.0, f64::max);
    let own = a_frame(browser, Clock::Thread).await?;
    Ok(vec![
        PageFigure::of("busy_tasks_over_50_ms", Some(1.0), vec![long.len() as f64]),
        PageFigure::of("busy_longest_of_them_ms", None, vec![longest]),
        PageFigure::of("busy_script_a_frame_ms", Some(4.0), own.script_ms),
        PageFigure::of("busy_script_a_frame_by_wall_clock_ms", Some(4.0), wall.script_ms),
        PageFigure::of("busy_main_thread_a_frame_ms", None, own.all_ms),
        PageFigure::of("busy_main_thread_a_frame_by_wall_clock_ms", None, wall.all_ms),
        PageFigure::of("busy_frames_per_s", None, wall.frames_per_s),
    ])
}

/// Means of each second that was watched.
#[derive(Default)]
struct AFrame {
    script_ms: Vec<f64>,
    /// With styles, layout and painting.
    all_ms: Vec<f64>,
    frames_per_s: Vec<f64>,
}

async fn a_frame(browser: &Browser, clock: Clock) -> Result<AFrame, Error> {
    browser.count_metrics(clock).await?;
    let mut means = AFrame::default();
    let mut last = (browser.metrics().await?, Seen::now(browser).await?.frames, Instant::now());
    for _ in 0..WATCHED_SECONDS {
        sleep(Duration::from_secs(1)).await;
        let now = (browser.metrics().await?, Seen::now(browser).await?.frames, Instant::now());
        let frames = (now.1 - last.1).max(1.0);
        let ms = |name: &str| (now.0[name] - last.0[name]) / frames * 1e3;
        means.script_ms.push(ms("ScriptDuration"));
        means.all_ms.push(ms("TaskDuration"));
        means.frames_per_s.push(frames / (now.2 - last.2).as_secs_f64());
        last = now;
    }
    Ok(means)
}

/// The size of the heap and of the app's wasm memory now and after each minute.
async fn memory(browser: &Browser, minutes: u32) -> Result<BTreeMap<&'static str, Vec<f64>>, Error> {
    let mut memory_mb: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    let begun = Instant::now();
    for minute in 0..=minutes {
        sleep_until(begun + Duration::from_secs(60) * minute).await;
        browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        let metrics = browser.metrics().await?;
        for (name, bytes) in
            [("js_heap", metrics["JSHeapUsedSize"]), ("wasm", Seen::now(browser).await?.wasm_bytes)]
        {
            memory_mb.entry(name).or_default().push(bytes / BYTES_PER_MB);
        }
    }
    Ok(memory_mb)
}

fn print(report: &PageReport) {
    println!("{} with {} cores, {} repeats", report.browser, report.cores, report.repeats);
    println!("{:<42} {:>10} {:>10} {:>10} {:>10}", "", "median", "min", "max", "bar");
    for figure in &report.figures {
        let bar = figure.bar.map_or_else(String::new, |bar| format!("< {bar}"));
        let PageFigure { name, median, min, max, .. } = figure;
        println!("{name:<42} {median:>10.1} {min:>10.1} {max:>10.1} {bar:>10} {}", figure.verdict());
    }
    for (of, values) in &report.memory_mb {
        let values: Vec<String> = values.iter().map(|value| format!("{value:.2}")).collect();
        println!("{of} after each minute, MB: {}", values.join(" "));
    }
}
