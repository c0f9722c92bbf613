//! Runs the lecture's lessons as a hall sees them, many times: prints what came and writes `target/bench/lecture-PART.json`.
//! The parts that are named are run, or all of [`PARTS`], each in at most three minutes on two quiet cores.
//!
//! What needs two free cores is judged only in those presses of Run in which workers that share nothing were
//! [`SCALES_FROM`] times as fast as one loop.

use std::collections::HashMap;
use std::env::args;
use std::process::exit;
use std::str::FromStr;
use std::time::Duration;

use dartboard_e2e::processor_time::{Reading, is_worker};
use dartboard_e2e::{Browser, Error, Mirror, RunPage, Site, figures};
use serde::Serialize;
use serde_json::json;
use thirtyfour::By;
use tokio::time::{Instant, sleep};

/// How long a press of Run may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// From how many times as fast two workers are on two free cores.
const SCALES_FROM: f64 = 1.6;

/// Presses of Run of the GIL's lesson, at most, for each number of threads.
const GIL_PRESSES: usize = 10;

/// Presses of Run with each protection, of 50 runs each.
const GUARD_PRESSES: usize = 20;

#[derive(Serialize)]
struct Race {
    guard: &'static str,
    increments: u32,
    runs: u64,
    lost_runs: u64,
    /// From the press of Run to the last result, divided by the runs.
    ms_a_run: f64,
}

#[derive(Serialize)]
struct Gil {
    threads: u32,
    /// Presses of Run in which the cores were free, of how many.
    judged: usize,
    presses: usize,
    /// The greatest speed-up with a GIL, and the least without, as a share of the control's.
    greatest: f64,
    least_free_of_control: f64,
    /// How much longer one thread takes with the GIL, in percent: the median.
    alone_longer_percent: f64,
}

#[derive(Serialize)]
struct Queue {
    producers: u32,
    consumers: u32,
    items: u64,
    /// From the press of Run to the end.
    ms: f64,
}

/// Who of two that sleep is done first.
#[derive(Clone, Copy, Serialize)]
struct Sleep {
    /// With different times, and as many with equal ones.
    runs: usize,
    bob_first: usize,
    alice_first_of_equals: usize,
}

/// What is left of a thread that is ended.
#[derive(Clone, Copy, Serialize)]
struct Daemon {
    runs: u32,
    /// How often it was half a record.
    half_written: u32,
    /// How long a thread that works without end ran on in the last run.
    ran_on_ms: f64,
}

/// The window, with the lecture's five seconds of work.
#[derive(Serialize)]
struct Window {
    place: &'static str,
    work_ms: f64,
    /// Medians of all presses, as are all but the next.
    gap_ms: f64,
    /// The greatest.
    longest_gap_ms: f64,
    missed_frames: f64,
    label_late_ms: f64,
    poll_ms: f64,
    message_ms: f64,
    frame_ms: f64,
}

/// What a message of 64 MB costs there and back, and 10,000 objects against one array of their numbers.
#[derive(Clone, Copy, Serialize)]
#[expect(clippy::struct_field_names, reason = "each has its unit")]
struct Costs {
    copied_ms: f64,
    handed_over_ms: f64,
    shared_ms: f64,
    objects_ms: f64,
    array_ms: f64,
}

/// The two queues, in items, and the two locks, in turns: medians of [`COMPARED_PRESSES`] presses.
#[derive(Clone, Copy, Serialize)]
#[expect(clippy::struct_field_names, reason = "each has its unit")]
struct Compared {
    queue_per_second: f64,
    message_queue_per_second: f64,
    lock_per_second: f64,
    web_lock_per_second: f64,
}

/// What came of a part, and where.
#[derive(Serialize)]
struct Measured<'a> {
    browser: &'a str,
    cores: u32,
    seconds: f64,
    figures: serde_json::Value,
}

/// What is measured: lessons, by their names in addresses.
const PARTS: [&str; 8] = ["threads", "race", "gil", "daemon", "queue", "processes", "compared", "window"];

#[tokio::main]
async fn main() -> Result<(), Error> {
    // Cargo adds an argument of its own.
    let mut parts: Vec<String> = args().skip(1).filter(|part| part != "--bench").collect();
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("there is no part {unknown:?}; known are {}", PARTS.join(", "));
        exit(2);
    }
    if parts.is_empty() {
        parts = PARTS.map(str::to_owned).to_vec();
    }
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    let page = RunPage::load(&browser, &(site.url() + "#/lecture/race"), "").await?;
    page.wait_until("document.getElementById('run-lesson')?.textContent.startsWith('Turn on')").await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    page.wait_until("document.getElementById('lesson')?.dataset.memory === 'shared'").await?;
    let name: String = browser.evaluate("return navigator.userAgent;").await?;
    let cores: u32 = browser.evaluate("return navigator.hardwareConcurrency;").await?;
    println!("{name} with {cores} cores");
    for part in &parts {
        let begun = Instant::now();
        let figures = measure(&browser, &site, part).await?;
        let seconds = begun.elapsed().as_secs_f64();
        println!("    {part}: {seconds:.0} s");
        figures::write(&format!("lecture-{part}"), &Measured { browser: &name, cores, seconds, figures })?;
    }
    Ok(())
}

/// Measures a part and prints what came.
async fn measure(browser: &Browser, site: &Site, part: &str) -> Result<serde_json::Value, Error> {
    Ok(match part {
        "threads" => json!(measure_sleep(browser, site).await?),
        "race" => {
            let mut race = vec![measure_race(browser, site, "none", 1_000_000, 1, 20).await?];
            for guard in ["lock", "atomic", "own"] {
                race.push(measure_race(browser, site, guard, 10_000, GUARD_PRESSES, 50).await?);
            }
            race.push(measure_race(browser, site, "lock", 1_000_000, 1, 5).await?);
            json!({ "race": race, "blocked_cores": measure_blocked(browser, site).await? })
        }
        "gil" => {
            let mut gil = Vec::new();
            for threads in [2, 4] {
                gil.push(measure_gil(browser, site, threads).await?);
            }
            json!(gil)
        }
        "daemon" => json!(measure_daemon(browser, site).await?),
        "queue" => {
            let mut queue = Vec::new();
            for (producers, consumers) in [(1, 1), (2, 1), (1, 2), (4, 4)] {
                queue.push(measure_queue(browser, site, producers, consumers).await?);
            }
            json!(queue)
        }
        "processes" => json!(measure_costs(browser, site).await?),
        "compared" => json!(measure_compared(browser, site).await?),
        "window" => {
            let mut window = Vec::new();
            for place in ["callback", "pieces", "worker"] {
                window.push(measure_window(browser, site, place).await?);
            }
            json!(window)
        }
        other => panic!("{other} is none of {PARTS:?}"),
    })
}

/// What the lesson at `rest` says once all its runs are over, and how long that took.
async fn run(
    browser: &Browser,
    site: &Site,
    rest: &str,
) -> Result<(HashMap<String, String>, Duration), Error> {
    let page = RunPage::visit(browser, &(site.url() + "#/lecture/" + rest), "").await?;
    let lesson = Mirror::new(browser, "lesson", PATIENCE);
    page.wait_until("/running|finished/.test(document.getElementById('lesson')?.dataset.status)").await?;
    let begun = Instant::now();
    loop {
        let state = lesson.state().await?;
        match state.get("status").map(String::as_str) {
            Some("finished") => return Ok((state, begun.elapsed())),
            Some("running") | None => {}
            Some(_) => panic!("{rest} ended as {state:?}"),
        }
        assert!(begun.elapsed() < PATIENCE, "{rest} does not end: {state:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn measure_race(
    browser: &Browser,
    site: &Site,
    guard: &'static str,
    increments: u32,
    presses: usize,
    runs: u32,
) -> Result<Race, Error> {
    let (mut all, mut lost, mut took) = (0, 0, Duration::ZERO);
    for _ in 0..presses {
        let rest = format!("race?increments={increments}&guard={guard}&runs={runs}&run=1");
        let (state, time) = run(browser, site, &rest).await?;
        assert_eq!(state["memory"], "shared");
        all += number::<u64>(&state, "runs");
        lost += number::<u64>(&state, "lostRuns");
        took += time;
    }
    let ms_a_run = took.as_secs_f64() * 1e3 / all as f64;
    println!(
        "2 × {increments:>9} additions, {guard:<6}: {lost:>4} of {all:>4} runs lost, {ms_a_run:>6.1} ms a run"
    );
    Ok(Race { guard, increments, runs: all, lost_runs: lost, ms_a_run })
}

async fn measure_gil(browser: &Browser, site: &Site, threads: u32) -> Result<Gil, Error> {
    let mut judged = Vec::new();
    for _ in 0..GIL_PRESSES {
        let (state, _) =
            run(browser, site, &format!("gil?threads={threads}&slices=10000&rounds=7&run=1")).await?;
        let speedup = |name: &str| number::<f64>(&state, &format!("speedup{name}"));
        if speedup("Control") >= SCALES_FROM {
            judged.push((speedup("Gil"), speedup("Free") / speedup("Control"), speedup("OneWithGil")));
        }
    }
    let mut alone: Vec<f64> = judged.iter().map(|&(_, _, alone)| 100.0 * (1.0 / alone - 1.0)).collect();
    alone.sort_by(f64::total_cmp);
    let gil = Gil {
        threads,
        judged: judged.len(),
        presses: GIL_PRESSES,
        greatest: judged.iter().map(|figures| figures.0).fold(0.0, f64::max),
        least_free_of_control: judged.iter().map(|figures| figures.1).fold(f64::INFINITY, f64::min),
        alone_longer_percent: alone.get(alone.len() / 2).copied().unwrap_or(f64::NAN),
    };
    println!(
        "{threads} threads: with a GIL {:.2} at most (bar 1.1), without {:.2} of the control at least (bar 0.9), one thread with \
         the GIL {:+.1} % (bar 5); judged {} of {}",
        gil.greatest, gil.least_free_of_control, gil.alone_longer_percent, gil.judged, gil.presses
    );
    Ok(gil)
}

/// A million items, as fast as it goes.
async fn measure_queue(
    browser: &Browser,
    site: &Site,
    producers: u32,
    consumers: u32,
) -> Result<Queue, Error> {
    let rest = format!(
        "queue?producers={producers}&consumers={consumers}&maxsize=16&items={}&produce=0&consume=0&run=1",
        1_000_000 / producers
    );
    let (state, time) = run(browser, site, &rest).await?;
    let items = number(&state, "produced");
    assert_eq!((items, number::<u64>(&state, "consumed")), (1_000_000, 1_000_000), "{state:?}");
    assert_eq!(state["inOrder"], "yes", "{state:?}");
    assert!(number::<u32>(&state, "deepest") <= 16, "{state:?}");
    let ms = time.as_secs_f64() * 1e3;
    println!(
        "{producers} producers, {consumers} consumers, 16 places: {items} items, none lost, doubled or overtaken, in {ms:.0} ms"
    );
    Ok(Queue { producers, consumers, items, ms })
}

/// A tenth of the lecture's times.
async fn measure_sleep(browser: &Browser, site: &Site) -> Result<Sleep, Error> {
    let (state, _) = run(browser, site, "threads?alice=0.2&bob=0.1&runs=50&run=1").await?;
    let firsts =
        |attribute: &str, name: &str| state[attribute].split(',').filter(|&first| first == name).count();
    let runs = state["first"].split(',').count();
    let bob_first = firsts("first", "Bob");
    let alice_first_of_equals = firsts("firstOfEquals", "Alice");
    println!("Bob sleeps half as long as Alice: done first in {bob_first} of {runs} runs");
    println!("all sleep as long: Alice was done first in {alice_first_of_equals} of {runs} runs");
    Ok(Sleep { runs, bob_first, alice_first_of_equals })
}

async fn measure_daemon(browser: &Browser, site: &Site) -> Result<Daemon, Error> {
    let (state, _) = run(browser, site, "daemon?end=0.3&beat=100&write=60&limit=0.1&runs=20&run=1").await?;
    assert_eq!(state["politeRecord"], "complete", "{state:?}");
    let (runs, half_written) = (number(&state, "runs"), number(&state, "halfWritten"));
    let ran_on_ms = number(&state, "ranOnMs");
    println!(
        "a daemon that writes most of the time left half a record in {half_written} of {runs} runs; the stubborn thread"
    );
    println!("ran on for {ran_on_ms:.0} ms after terminate()");
    Ok(Daemon { runs, half_written, ran_on_ms })
}

/// Presses of Run of the window's lesson in each way.
const WINDOW_PRESSES: usize = 3;

/// From one tick to the next, in ms. After the lecture's 500, a multiple of the time between two polls, all ticks of a press
/// would be equally late by polling; so they are late by anything from nothing to that time.
const TICK_EVERY_MS: u32 = 530;

async fn measure_window(browser: &Browser, site: &Site, place: &'static str) -> Result<Window, Error> {
    let mut presses = Vec::new();
    for _ in 0..WINDOW_PRESSES {
        let rest = format!("window?where={place}&work=5&ticks=20&every={TICK_EVERY_MS}&run=1");
        let (press, _) = run(browser, site, &rest).await?;
        assert_eq!((press["ticks"].as_str(), press["inOrder"].as_str()), ("20", "yes"), "{press:?}");
        presses.push(press);
    }
    let sorted = |name| {
        let mut values: Vec<f64> = presses.iter().map(|press| number(press, name)).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let median = |name| sorted(name)[WINDOW_PRESSES / 2];
    let window = Window {
        place,
        work_ms: 5_000.0,
        gap_ms: median("longestGapMs"),
        longest_gap_ms: sorted("longestGapMs")[WINDOW_PRESSES - 1],
        missed_frames: median("missedFrames"),
        label_late_ms: median("labelLateMs"),
        poll_ms: median("latencyPollMs"),
        message_ms: median("latencyMessageMs"),
        frame_ms: median("latencyFrameMs"),
    };
    println!(
        "window, {:.0} ms of work, {place:<8}: longest gap {:.1} ms (bars: callback the work ± 5 %, worker 50 ms), at most {:.1}",
        window.work_ms, window.gap_ms, window.longest_gap_ms
    );
    println!(
        "    {} frames missed, label {:.1} ms late; ticks {:.2} ms late by message (bar 2), {:.2} by frame, {:.2} by polling \
         (bar 40 to 60)",
        window.missed_frames, window.label_late_ms, window.message_ms, window.frame_ms, window.poll_ms
    );
    Ok(window)
}

async fn measure_costs(browser: &Browser, site: &Site) -> Result<Costs, Error> {
    let (state, _) = run(browser, site, "processes?part=costs&run=1").await?;
    assert_eq!(state["sizesRefused"], "0", "{state:?}");
    let ms = |name| number(&state, name);
    let costs = Costs {
        copied_ms: ms("cloneMs"),
        handed_over_ms: ms("transferMs"),
        shared_ms: ms("sharedMs"),
        objects_ms: ms("objectsMs"),
        array_ms: ms("arrayMs"),
    };
    let Costs { copied_ms, handed_over_ms, shared_ms, objects_ms, array_ms } = costs;
    println!(
        "64 MB there and back: copied {copied_ms:.1} ms, handed over {handed_over_ms:.2} ms, shared {shared_ms:.2} ms; 10,000"
    );
    println!(
        "objects {objects_ms:.2} ms, their numbers in one array {array_ms:.3} ms: {:.0} ×",
        objects_ms / array_ms
    );
    Ok(costs)
}

/// Presses of Run of the lesson that compares queues and locks.
const COMPARED_PRESSES: usize = 3;

async fn measure_compared(browser: &Browser, site: &Site) -> Result<Compared, Error> {
    let mut presses = Vec::new();
    for _ in 0..COMPARED_PRESSES {
        let (state, _) = run(browser, site, "compared?run=1").await?;
        assert_eq!(state["lost"], "0", "{state:?}");
        presses.push(state);
    }
    let median = |name| {
        let mut speeds: Vec<f64> = presses.iter().map(|state| number(state, name)).collect();
        speeds.sort_by(f64::total_cmp);
        speeds[COMPARED_PRESSES / 2]
    };
    let compared = Compared {
        queue_per_second: median("queuePerSecond"),
        message_queue_per_second: median("messageQueuePerSecond"),
        lock_per_second: median("lockPerSecond"),
        web_lock_per_second: median("webLockPerSecond"),
    };
    let Compared { queue_per_second, message_queue_per_second, lock_per_second, web_lock_per_second } =
        compared;
    println!(
        "items a second: in memory {queue_per_second:.0}, as messages {message_queue_per_second:.0}: {:.1} ×",
        queue_per_second / message_queue_per_second
    );
    println!(
        "turns a second: lock in memory {lock_per_second:.0}, Web Lock {web_lock_per_second:.0}: {:.0} ×",
        lock_per_second / web_lock_per_second
    );
    Ok(compared)
}

async fn measure_blocked(browser: &Browser, site: &Site) -> Result<f64, Error> {
    let rest = "#/lecture/race?threads=8&guard=lock&fault=holding&run=1";
    let page = RunPage::visit(browser, &(site.url() + rest), "").await?;
    page.wait_until("document.getElementById('lesson')?.dataset.hangs === '1'").await?;
    let before = Reading::now();
    sleep(Duration::from_secs(4)).await;
    let cores = Reading::now().cores_since(&before);
    let cores = cores.iter().filter(|(thread, _)| is_worker(thread)).map(|(_, cores)| cores).sum();
    println!("eight threads that wait for a lock take {cores:.3} cores");
    Ok(cores)
}

fn number<N: FromStr>(state: &HashMap<String, String>, name: &str) -> N {
    state[name].parse().unwrap_or_else(|_| panic!("{name} is no number in {state:?}"))
}
