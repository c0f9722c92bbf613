//! Times the pipeline beside the same exercise in Python and in a native program with `sync_channel`, all on one file, round by
//! round: prints medians and ratios and writes `target/bench/pipeline.json`. Then, in a browser of its own, a file of 1 GB: what memory
//! it takes, and the page's longest task.
//!
//! The clock of the page's runs goes from when the order is posted to three workers that have started, over opening both files,
//! until the last byte is written. `tr` is timed twice: writing nowhere, and writing a file, as the page and the others do.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use dartboard_core::lecture::pipeline::ABOUT;
use dartboard_core::lecture::settings::Values;
use dartboard_e2e::processor_time::memory_mb;
use dartboard_e2e::{Browser, Error, Mirror, RunPage, Site, figures};
use dartboard_pipeline::generated::Generated;
use serde_json::json;
use thirtyfour::By;
use tokio::time::{Instant, sleep};

/// How long a press of Run may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often everything is timed.
const ROUNDS: usize = 5;

/// The texts: of all, of one line per message, and of the one for memory, in bytes.
const BYTES: [u64; 3] = [30_000_000, 10_000_000, 1_000_000_000];

/// What `tr` does.
const TR_NOWHERE: &str = "tr a-z A-Z >/dev/null, ASCII, MB/s";
const TR_TO_FILE: &str = "tr a-z A-Z >file, ASCII, MB/s";

/// The places of each queue, as in the lecture's program.
const PLACES: usize = 16;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder for files");
    let at = |name: &str| folder.path().join(name);
    for (name, bytes) in ["all.txt", "lines.txt", "large.txt"].into_iter().zip(BYTES) {
        generate(&at(name), bytes);
    }
    let ascii = ascii_half(&at("all.txt"), &at("ascii.txt"));
    fs::write(at("pipeline.py"), (ABOUT.python.program)(&Values::defaults(ABOUT.fields))).expect("a file");
    let (site, browser) = (Site::start().await?, Browser::start().await?);
    share_memory(&browser, &site).await?;
    let mut timed: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut note = |what, value| timed.entry(what).or_default().push(value);
        note("python, 1 line", python(folder.path()));
        note("native, 1 line", native(&at("lines.txt"), &at("out"), 1));
        note("native, 1,000 lines", native(&at("all.txt"), &at("out"), 1_000));
        for (what, file, rest) in [
            ("ring, 1 line", "lines.txt", "lines=1"),
            ("ring, 1,000 lines", "all.txt", "lines=1000"),
            ("messages, 1 line", "lines.txt", "lines=1&queue=messages"),
            ("messages, 1,000 lines", "all.txt", "lines=1000&queue=messages"),
        ] {
            let state = run(&browser, &site, rest, &at(file)).await?;
            note(what, number(&state, "linesPerSecond"));
        }
        let state = run(&browser, &site, "lines=1000", &at("ascii.txt")).await?;
        note("page, ASCII, MB/s", number(&state, "bytesOut") / number(&state, "us"));
        for (what, to) in [(TR_NOWHERE, None), (TR_TO_FILE, Some(at("out")))] {
            note(what, ascii as f64 / tr(&at("ascii.txt"), to.as_deref()) / 1e6);
        }
    }
    let median = |what: &str| {
        let mut values = timed[what].clone();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for (what, values) in &timed {
        println!("{what:34} {:12.0} (median of {values:.0?})", median(what));
    }
    let ratios = [
        ("messages, 1,000 lines", "python, 1 line", 13.0),
        ("ring, 1,000 lines", "native, 1,000 lines", 0.8),
        ("ring, 1 line", "native, 1 line", 1.2),
        ("page, ASCII, MB/s", TR_NOWHERE, 0.3),
        ("page, ASCII, MB/s", TR_TO_FILE, 0.3),
    ];
    for (ours, theirs, least) in ratios {
        println!("{ours} / {theirs}: {:.2} (at least {least})", median(ours) / median(theirs));
    }
    drop(browser);
    let (growth_mb, longest_task_ms) = large_file(&at("large.txt")).await?;
    println!(
        "1 GB: memory grows by {growth_mb:.0} MB (at most 64), the page's longest task is {longest_task_ms:.0} ms (at most 50)"
    );
    let medians: BTreeMap<&str, f64> = timed.keys().map(|&what| (what, median(what))).collect();
    figures::write(
        "pipeline",
        &json!({ "timed": timed, "medians": medians, "growth_mb": growth_mb, "longest_task_ms": longest_task_ms }),
    )
}

fn generate(path: &Path, bytes: u64) {
    let mut file = File::create(path).expect("a file");
    let (mut generated, mut chunk) = (Generated::new(1, bytes), Vec::new());
    while generated.read(&mut chunk, 1 << 20) > 0 {
        file.write_all(&chunk).expect("room on the disk");
        chunk.clear();
    }
}

/// The lines that are ASCII; how many bytes.
fn ascii_half(from: &Path, to: &Path) -> usize {
    let text = fs::read(from).expect("a file");
    let lines = text.split_inclusive(|&byte| byte == b'\n').filter(|line| line.is_ascii());
    let half: Vec<u8> = lines.flatten().copied().collect();
    fs::write(to, &half).expect("a file");
    half.len()
}

/// Lines a second of the lesson's own program.
fn python(folder: &Path) -> f64 {
    let files = ["pipeline.py", "lines.txt", "out"].map(|name| folder.join(name));
    let output = Command::new("python3").args(files).output().expect("Python 3");
    let said = String::from_utf8_lossy(&output.stdout);
    let per_second = said.trim().split(": ").nth(1).and_then(|rest| rest.split(' ').next());
    per_second.and_then(|number| number.replace(',', "").parse().ok()).expect("lines a second")
}

/// Lines a second of three threads with two `sync_channel`s, upper case by the standard library.
fn native(from: &Path, to: &Path, lines_per_message: usize) -> f64 {
    let begun = Instant::now();
    let (put, get) = sync_channel::<Vec<String>>(PLACES);
    let (put_upper, get_upper) = sync_channel::<Vec<String>>(PLACES);
    let mut source = BufReader::new(File::open(from).expect("a file"));
    let mut target = BufWriter::new(File::create(to).expect("a file"));
    let reader = thread::spawn(move || {
        let mut lines = 0;
        loop {
            let mut piece = Vec::with_capacity(lines_per_message);
            for _ in 0..lines_per_message {
                let mut line = String::new();
                if source.read_line(&mut line).expect("a text") == 0 {
                    break;
                }
                piece.push(line);
            }
            if piece.is_empty() {
                return lines;
            }
            lines += piece.len();
            put.send(piece).expect("a receiver");
        }
    });
    let upper = thread::spawn(move || {
        for piece in get {
            put_upper.send(piece.iter().map(|line| line.to_uppercase()).collect()).expect("a receiver");
        }
    });
    for line in get_upper.iter().flatten() {
        target.write_all(line.as_bytes()).expect("room on the disk");
    }
    target.flush().expect("room on the disk");
    upper.join().expect("no panic");
    reader.join().expect("no panic") as f64 / begun.elapsed().as_secs_f64()
}

/// How long `tr` takes, in seconds.
fn tr(from: &Path, to: Option<&Path>) -> f64 {
    let begun = Instant::now();
    let file = File::open(from).expect("a file");
    let to = to.map_or_else(Stdio::null, |to| File::create(to).expect("a file").into());
    let status = Command::new("tr").args(["a-z", "A-Z"]).stdin(file).stdout(to).status();
    assert!(status.expect("tr").success());
    begun.elapsed().as_secs_f64()
}

fn number(state: &HashMap<String, String>, name: &str) -> f64 {
    state[name].parse().unwrap_or_else(|error| panic!("{name} of {state:?}: {error}"))
}

/// Has the page share memory from its next visit on.
async fn share_memory(browser: &Browser, site: &Site) -> Result<(), Error> {
    let page = RunPage::load(browser, &(site.url() + "#/lecture/race"), "").await?;
    page.wait_until("document.getElementById('run-lesson')?.textContent.startsWith('Turn on')").await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    page.wait_until("document.getElementById('lesson')?.dataset.memory === 'shared'").await
}

async fn open(browser: &Browser, site: &Site, rest: &str, file: &Path) -> Result<(), Error> {
    let page = RunPage::visit(browser, &format!("{}#/lecture/pipeline?{rest}", site.url()), "").await?;
    page.wait_until("document.getElementById('lesson')?.dataset.memory === 'shared'").await?;
    let input = browser.webdriver().find(By::Id("file")).await?;
    input.send_keys(file.to_str().expect("a path of plain letters")).await?;
    Ok(browser.webdriver().find(By::Id("run-lesson")).await?.click().await?)
}

/// What the lesson says once all of the file is written.
async fn run(
    browser: &Browser,
    site: &Site,
    rest: &str,
    file: &Path,
) -> Result<HashMap<String, String>, Error> {
    open(browser, site, rest, file).await?;
    let state = Mirror::new(browser, "lesson", PATIENCE).wait_for_status("finished").await?;
    assert_eq!(state["complete"], "1", "{state:?}");
    Ok(state)
}

/// By how much memory grows while the file goes through, in MB, and the page's longest task, in ms.
async fn large_file(file: &Path) -> Result<(f64, f64), Error> {
    // The pages of the other runs stay for a while in their browser, and what they leave goes little by little.
    let (site, browser) = (Site::start().await?, &Browser::start().await?);
    share_memory(browser, &site).await?;
    // The browser has its workers and buffers by then.
    run(browser, &site, "lines=1000", &file.with_file_name("all.txt")).await?;
    open(browser, &site, "lines=1000", file).await?;
    browser
        .evaluate::<serde_json::Value>(
            "window.longest = 0; new PerformanceObserver(list => { for (const it of list.getEntries())
                window.longest = Math.max(window.longest, it.duration); }).observe({ type: 'longtask' });",
        )
        .await?;
    let mirror = Mirror::new(browser, "lesson", PATIENCE);
    mirror.wait_for("line written", |state| state.get("lines").is_some_and(|lines| lines != "0")).await?;
    let (before, mut most) = (memory_mb(), 0.0_f64);
    loop {
        most = most.max(memory_mb());
        let state = mirror.state().await?;
        if state["status"] == "finished" {
            assert_eq!(state["complete"], "1", "{state:?}");
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }
    Ok((most - before, browser.evaluate("return window.longest;").await?))
}
