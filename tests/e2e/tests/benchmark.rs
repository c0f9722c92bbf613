//! The benchmark page in a real browser: the release, served from a sub-path.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use dartboard_e2e::{Browser, Error, Mirror, RunPage, RunState, ShownStatus, Site, StandIn, Translator};
use dartboard_release::content_names::without_hash;
use serde::Deserialize;
use thirtyfour::prelude::*;
use tokio::time::{Instant, sleep};

tests! {
    quick_ends_with_a_row_for_every_sample_and_their_medians,
    #[in_one_engine]
    bad_input_is_named_and_what_was_measured_stays,
    cancel_keeps_the_samples_and_ends_the_workers,
    a_run_is_paused_while_the_benchmark_is_open_and_goes_on_after,
    a_missing_program_is_told_and_can_be_tried_again,
}

/// How long a quick benchmark may take on a machine that other work keeps busy. No test passes because time went by.
const PATIENCE: Duration = Duration::from_secs(240);

/// A host whose pages share memory with their workers.
async fn sharing_memory() -> Result<Site, Error> {
    let site = Site::start().await?;
    for name in ["index.html", "worker-loader.js", "thread-loader.js"] {
        site.replace(site.file(name)?, StandIn::isolated());
    }
    Ok(site)
}

/// The benchmark page, open in a browser.
struct BenchmarkHandle<'a> {
    browser: &'a Browser,
    mirror: Mirror<'a>,
    /// Its controls are found as those of the other page.
    controls: RunPage<'a>,
}

impl<'a> BenchmarkHandle<'a> {
    async fn open(browser: &'a Browser, site: &Site) -> Result<Self, Error> {
        RunPage::load(browser, &(site.url() + "#/benchmark"), "").await?;
        let page = Self::attach(browser);
        page.mirror.wait_for("the page", |state| state.contains_key("status")).await?;
        Ok(page)
    }

    /// The page as it is open in `browser` already.
    fn attach(browser: &'a Browser) -> Self {
        let mirror = Mirror::new(browser, "benchmark-run", PATIENCE);
        Self { browser, mirror, controls: RunPage::attach(browser) }
    }

    /// What the second curve must be on this page, of [`sharing_memory`].
    async fn second_mode(&self) -> Result<&'static str, Error> {
        if self.browser.evaluate("return crossOriginIsolated && 'SharedArrayBuffer' in window;").await? {
            return Ok("threads");
        }
        self.browser.leave_out("threads with a GIL", "this build has no SharedArrayBuffer");
        Ok("cooperative")
    }

    /// Shows all of the plan, which is folded to a line where a benchmark has finished.
    async fn show_plan(&self) -> Result<(), Error> {
        if self.browser.evaluate("return document.querySelector('.plan-details') === null;").await? {
            self.controls.click("Change the plan").await?;
            self.controls.wait_until("document.querySelector('.plan-details')").await?;
        }
        self.browser
            .evaluate::<()>("document.querySelector('#benchmark .plan-details').open = true; return null;")
            .await
    }

    /// Makes the plan as short as it can be.
    async fn shorten(&self) -> Result<(), Error> {
        self.show_plan().await?;
        self.controls.fill("Shortest sample (ms)", "20").await
    }

    async fn start(&self) -> Result<(), Error> {
        let buttons = self.browser.webdriver().find_all(By::Css("#benchmark button.start")).await?;
        Ok(buttons.first().expect("a button that starts it").click().await?)
    }

    /// What the button `name` saves.
    async fn save(&self, name: &str) -> Result<String, Error> {
        Ok(self.controls.save_file(name).await?.text())
    }

    /// Chooses a file of this content to be compared with.
    async fn compare_with(&self, content: &str) -> Result<(), Error> {
        let content = serde_json::to_string(content).expect("a string");
        let script = format!(
            "const files = new DataTransfer();
            files.items.add(new File([{content}], 'other.json', {{ type: 'application/json' }}));
            const input = document.getElementById('overlay-file');
            input.files = files.files;
            input.dispatchEvent(new Event('change', {{ bubbles: true }}));
            return null;"
        );
        self.browser.evaluate(&script).await
    }
}

/// A row of the table on the page.
#[derive(Debug, Deserialize)]
struct TableRow {
    mode: String,
    workers: String,
    batch: String,
    median: String,
    gap: String,
}

/// Counts the changes of live regions from now on.
const COUNT_SPOKEN: &str = "window.spoken = 0;
    new MutationObserver(changes => {
        const regions = changes.map(change => (change.target.closest ? change.target : change.target.parentElement)
            ?.closest('[aria-live], [role=status], [role=alert]'));
        window.spoken += new Set(regions.filter(region => region)).size;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return null;";

const ROWS: &str = "return [...document.querySelectorAll('#benchmark-results tbody tr')].map(row => ({
    mode: row.dataset.mode, workers: row.dataset.workers, batch: row.dataset.batch,
    median: row.querySelector('[data-median-ms]').dataset.medianMs, gap: row.cells[7].innerText,
}));";

/// A number among the attributes of `#benchmark-run`.
fn number(state: &HashMap<String, String>, name: &str) -> usize {
    state[name].parse().expect("a number")
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

// Fails with: a condition or repeat that is never measured, or twice; a median that is not the samples'; a tally that
// differs between modes; tasks that take turns called threads, and no word why; a freeze that is not seen; a benchmark that
// never ends, or talks all the time; anything logged as an error.
async fn quick_ends_with_a_row_for_every_sample_and_their_medians(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = BenchmarkHandle::open(browser, &site).await?;
    let cores: u32 = browser.evaluate("return navigator.hardwareConcurrency;").await?;
    let warning = page.controls.text("freeze-warning").await?;
    assert!(warning.contains("freezes: 3 times"), "{warning}");
    // A first visit shares no memory.
    let stand_in = page.controls.text("threads-stand-in").await?;
    assert!(stand_in.starts_with("Cooperative tasks stand in for threads with a GIL"), "{stand_in}");
    browser.evaluate::<()>(COUNT_SPOKEN).await?;
    let begun = Instant::now();
    page.start().await?;
    let running = page.mirror.wait_for_status("running").await?;
    assert!(running["remainingMs"].parse::<f64>().is_ok_and(|ms| ms > 0.0), "{running:?}");
    let finished = page.mirror.wait_for_status("finished").await?;
    assert_eq!(finished["done"], finished["total"]);
    let spoken: u64 = browser.evaluate("return window.spoken;").await?;
    // That it runs, every ten seconds, and that it has finished.
    let expected = 2..=3 + begun.elapsed().as_secs() / 10;
    assert!(expected.contains(&spoken), "a live region changed {spoken} times, not {expected:?}");

    let csv = page.save("Save samples as CSV").await?;
    let mut lines = csv.split("\r\n");
    assert_eq!(
        lines.next(),
        Some("mode,kernel,workers,batch_points,repeat,points,wall_ms,spawn_ms,longest_gap_ms,inside")
    );
    let rows: Vec<Vec<&str>> =
        lines.filter(|line| !line.is_empty()).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len().to_string(), finished["total"]);
    let mut expected = BTreeSet::new();
    let workers =
        (0..7).map(|exponent| 1 << exponent).filter(|&workers| workers < 2 * cores).chain([cores, 2 * cores]);
    let modes = [("sequential", vec![1]), ("cooperative", vec![1, cores]), ("workers", workers.collect())];
    for (mode, numbers) in &modes {
        for number in numbers {
            expected
                .extend((1..=3).map(|repeat| ((*mode).to_owned(), number.to_string(), repeat.to_string())));
        }
    }
    let found: Vec<_> =
        rows.iter().map(|row| (row[0].to_owned(), row[2].to_owned(), row[4].to_owned())).collect();
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), expected.len(), "a sample stands twice");
    // The same work has the same tally, however it was spread.
    assert!(rows.iter().all(|row| (row[5], row[9]) == (rows[0][5], rows[0][9])), "{csv}");
    assert!(rows.iter().all(|row| row[6].parse::<f64>().is_ok_and(|ms| ms >= 100.0)), "{csv}");

    let mut times: BTreeMap<(&str, &str, &str), Vec<f64>> = BTreeMap::new();
    for row in &rows {
        times.entry((row[0], row[2], row[3])).or_default().push(row[6].parse().expect("a number"));
    }
    let shown: Vec<TableRow> = browser.evaluate(ROWS).await?;
    assert_eq!(shown.len(), times.len());
    for TableRow { mode, workers, batch, median: shown, .. } in &shown {
        let times = times.get_mut(&(mode, workers, batch)).expect("a condition of the CSV");
        assert_eq!(*shown, format!("{:.3}", median(times)), "{mode} {workers}");
    }
    let sequential = shown.iter().find(|row| row.mode == "sequential").expect("measured");
    let gap: f64 = sequential.gap.parse().expect("a number");
    assert!(gap >= 0.9 * sequential.median.parse::<f64>().expect("a number").min(1_000.0), "{sequential:?}");
    let conclusion = page.controls.text("benchmark-conclusion").await?;
    assert!(
        conclusion.contains("the plain loop") && conclusion.contains("The page stood still"),
        "{conclusion}"
    );
    // The conclusion comes first, and of the plan there is a line, which opens again.
    let panels: Vec<String> = browser
        .evaluate("return [...document.querySelectorAll('#benchmark .panel h2')].map(it => it.textContent);")
        .await?;
    assert_eq!(panels[..2], ["What the data says", "The same work, spread in different ways"]);
    assert!(page.controls.text("plan-line").await?.starts_with("quick: "));
    page.show_plan().await?;
    browser.assert_clean_console().await
}

// Fails with: a value clamped or taken without a word; a file that is half taken; results that a mistake wipes out; where
// memory is shared, a second curve that is not of threads with a GIL, or of threads that count other points; a GPU that is
// missing and stops the others, or is left out without a word.
async fn bad_input_is_named_and_what_was_measured_stays(browser: &Browser) -> Result<(), Error> {
    let site = sharing_memory().await?;
    let page = BenchmarkHandle::open(browser, &site).await?;
    let second = page.second_mode().await?;
    page.shorten().await?;
    page.controls.field("Count on the GPU, too").await?.click().await?;
    page.start().await?;
    page.mirror.wait_for_status("finished").await?;
    let conclusion = page.controls.text("benchmark-conclusion").await?;
    let csv = page.save("Save samples as CSV").await?;
    let json = page.save("Save everything as JSON").await?;
    let mut samples: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    // Where the browser offers a GPU it is timed, with other work.
    let has_gpu = samples.iter().any(|sample| sample[0] == "gpu");
    assert_ne!(has_gpu, conclusion.contains("The GPU is left out: this browser"), "{conclusion}");
    samples.retain(|sample| sample[0] != "gpu");
    let modes: BTreeSet<&str> = samples.iter().map(|sample| sample[0]).collect();
    assert_eq!(modes, BTreeSet::from(["sequential", second, "workers"]), "{csv}");
    assert!(samples.iter().all(|it| (it[5], it[9]) == (samples[0][5], samples[0][9])), "{csv}");
    page.show_plan().await?;
    assert_eq!(page.controls.text("threads-stand-in").await?.is_empty(), second == "threads");

    for (name, id, bad, good, words) in [
        ("Workers (a list)", "workers", "0", "1, 2", &["“0”", "1 to 64"][..]),
        ("Workers (a list)", "workers", "1, 65", "1, 2", &["“65”", "1 to 64"]),
        ("Repeats", "repeats", "1000000000", "3", &["“1000000000”", "1 to 100"]),
        ("Batch size (points)", "batch", "150000", "1000000", &["100,000", "200,000"]),
        ("Shortest sample (ms)", "sample", "0", "20", &["20 to 5000"]),
    ] {
        page.controls.fill(name, bad).await?;
        let error = format!("plan-{id}-error");
        let names_all = |text: &str| words.iter().all(|word| text.contains(word));
        page.controls.wait_for_text(&error, names_all).await?;
        let start = browser.webdriver().find(By::Css("#benchmark button.start")).await?;
        assert!(!start.is_enabled().await?, "{name} of {bad} can be started");
        assert!(page.controls.text("plan-refused").await?.contains("First correct the value"), "{name}");
        page.controls.fill(name, good).await?;
        page.controls.wait_for_text(&error, str::is_empty).await?;
    }
    for (content, word) in [
        ("hello", "not a benchmark saved by this page"),
        ("{\"name\": \"something else\"}", "it does not say “format”"),
        (&json.replacen("\"workers\": 2", "\"workers\": 65", 1), "workers"),
        (&json.replacen("\"wall_ms\": ", "\"wall_ms\": -", 1), "wall_ms is out of range"),
    ] {
        page.compare_with(content).await?;
        page.controls
            .wait_for_text("overlay-error", |text| {
                text.contains(word) && text.contains("Nothing was changed")
            })
            .await?;
    }
    assert_eq!(page.save("Save samples as CSV").await?, csv);
    // A good one is compared with, and takes nothing away.
    page.compare_with(&json).await?;
    page.controls.wait_for_text("overlay-name", |text| text.contains("Compared with")).await?;
    page.controls.wait_for_text("overlay-error", str::is_empty).await?;
    let others: usize = browser.evaluate("return document.querySelectorAll('.line.other').length;").await?;
    assert!(others >= 3, "no lines of the other machine");
    assert_eq!(page.save("Save samples as CSV").await?, csv);
    let svg = page.save("SVG of the chart: Time against workers").await?;
    assert!(svg.starts_with("<svg xmlns=") && svg.contains("<style>") && svg.ends_with("</svg>"), "{svg}");
    assert!(page.save("Save table as Markdown").await?.contains("| one loop |"));
    browser.assert_clean_console().await
}

// Fails with: a Cancel that comes too late or wipes out samples; workers that live on after it; no way to begin again.
async fn cancel_keeps_the_samples_and_ends_the_workers(browser: &Browser) -> Result<(), Error> {
    let site = sharing_memory().await?;
    let page = BenchmarkHandle::open(browser, &site).await?;
    let second = page.second_mode().await?;
    // Where a sample proves too short for the clock, those of its group are discarded by name and taken again with
    // more work: on a busy machine also in the moment of the click, and then there is nothing to save.
    let (cancelled, done) = loop {
        page.start().await?;
        let seen = page.mirror.wait_for("two samples", |state| number(state, "done") >= 2).await?;
        page.controls.click("Cancel").await?;
        let cancelled = page.mirror.wait_for_status("cancelled").await?;
        let [taken, taken_before] =
            [&cancelled, &seen].map(|state| number(state, "done") + number(state, "discarded"));
        assert!(taken >= taken_before, "samples are lost: {seen:?}, then {cancelled:?}");
        let done = number(&cancelled, "done");
        if done > 0 {
            break (cancelled, done);
        }
    };
    assert_ne!(cancelled["done"], cancelled["total"], "{cancelled:?}");
    let csv = page.save("Save samples as CSV").await?;
    assert_eq!(csv.trim_end().lines().count(), done + 1);
    if browser.has_devtools("counting workers") {
        let begun = Instant::now();
        while browser.count_workers().await? > 0 {
            assert!(begun.elapsed() < PATIENCE, "workers live on after Cancel");
            sleep(Duration::from_millis(100)).await;
        }
    }
    assert_eq!(page.mirror.state().await?["done"], done.to_string(), "measured on after Cancel");
    lectures_lines_are_counted_by_its_kind_of_loop(&page, second).await?;
    browser.assert_clean_console().await
}

// Fails with: another loop on the main thread than in the workers, or none in the threads; a start of workers or threads that
// is not told apart.
async fn lectures_lines_are_counted_by_its_kind_of_loop(
    page: &BenchmarkHandle<'_>,
    second: &str,
) -> Result<(), Error> {
    page.browser.webdriver().find(By::Css("input[value=lecture]")).await?.click().await?;
    page.shorten().await?;
    page.start().await?;
    page.mirror.wait_for_status("finished").await?;
    let script = "return [...document.querySelectorAll('#benchmark-results tbody tr')].map(row => {
        const { mode, kernel, workers, startMs } = row.dataset;
        return [mode, kernel, workers, Number(startMs) > 0];
    });";
    let rows: Vec<(String, String, String, bool)> = page.browser.evaluate(script).await?;
    let expected = [("sequential", "1", false), (second, "4", second == "threads"), ("workers", "4", true)];
    let expected = expected.map(|(mode, workers, starts)| {
        (mode.to_owned(), "math_random".to_owned(), workers.to_owned(), starts)
    });
    assert_eq!(rows, expected);
    let conclusion = page.controls.text("benchmark-conclusion").await?;
    assert!(conclusion.contains("Starting 4 workers took"), "{conclusion}");
    let segments = "return document.querySelectorAll('#benchmark-segments .segment').length;";
    let starts = rows.iter().filter(|(.., starts)| *starts).count();
    assert_eq!(page.browser.evaluate::<usize>(segments).await?, 3 + starts);
    Ok(())
}

// Fails with: a run that counts on beside the benchmark, is lost, is asked for again or loses its target; keys that
// reach a page that is not shown; the benchmark's program loaded by a visitor who only estimates π.
async fn a_run_is_paused_while_the_benchmark_is_open_and_goes_on_after(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let run = RunPage::open(browser, &site, "seed=7&workers=2&batch=1000000&target=900000000000000&start=1")
        .await?;
    run.wait_for("counting", |run| run.points > 0).await?;
    let loaded = "return performance.getEntriesByType('resource').filter(({ name }) => /benchmark/.test(name)).length;";
    assert_eq!(browser.evaluate::<usize>(loaded).await?, 0, "the benchmark's program was loaded beforehand");

    let link = browser.webdriver().find(By::Css("#app nav a[href='#/benchmark']")).await?;
    link.click().await?;
    let page = BenchmarkHandle::attach(browser);
    page.mirror.wait_for("the page", |state| state.contains_key("status")).await?;
    let paused = run.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    // How many of its fresh workers are ready by now says nothing.
    let stand = |run: &RunState| (run.status, run.tally(), run.seed, run.restarts);
    // Keys mean nothing to a page that is not shown.
    run.press_on_page(" ").await?;
    page.shorten().await?;
    // Also where a translator has changed its texts.
    Translator::Replaces.translate(browser, "#benchmark").await?;
    page.start().await?;
    Translator::Removes.translate(browser, "#benchmark").await?;
    page.mirror.wait_for_status("finished").await?;
    page.controls.wait_for_text("benchmark-status", |text| text.starts_with("Finished: ")).await?;
    let buttons: Vec<String> = browser
        .evaluate(
            "return [...document.querySelectorAll('#benchmark button.start')].map(it => it.textContent);",
        )
        .await?;
    assert!(matches!(&*buttons, [text] if text.starts_with("Start, about ")), "{buttons:?}");
    assert_eq!(stand(&run.state().await?), stand(&paused), "the run changed meanwhile");

    let link = browser.webdriver().find(By::Css("#benchmark nav a[href]")).await?;
    link.click().await?;
    run.wait_for_text("paused-by-leaving", |text| text.contains("paused when you opened another page"))
        .await?;
    run.wait_for_address("target", Some("900000000000000")).await?;
    assert_eq!(stand(&run.state().await?), stand(&paused));
    run.click("Start").await?;
    let on = run.wait_for("counting to go on", |run| run.points > paused.points).await?;
    assert_eq!((on.status, on.seed), (ShownStatus::Running, 7));
    run.click("Stop").await?;
    browser.assert_clean_console().await
}

// Fails with: a blank page when a host has the page but not the benchmark's program; no way but to reload.
async fn a_missing_program_is_told_and_can_be_tried_again(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let files = site.files()?;
    let wasm = files.iter().find(|name| without_hash(name) == "benchmark_bg.wasm").expect("the program");
    site.replace(wasm.as_str(), StandIn::not_found());
    let controls = RunPage::load(browser, &(site.url() + "#/benchmark"), "").await?;
    controls.wait_for_text("fatal", |text| text.contains("The benchmark could not be loaded")).await?;
    site.restore();
    controls.click("Try again").await?;
    let page = BenchmarkHandle::attach(browser);
    page.mirror.wait_for("the page", |state| state.contains_key("status")).await?;
    assert!(page.controls.text("fatal").await?.is_empty());
    Ok(())
}
