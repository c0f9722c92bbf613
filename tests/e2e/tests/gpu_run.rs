//! A GPU counts beside the workers or instead of them: what the page shows of it, and that the total stays the same.
//!
//! In Chromium, tests that need a GPU use a software adapter; a program that replaces the GPU's, and needs no GPU, shows what
//! follows when one miscounts.

use std::time::Duration;

use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus, Site, StandIn};
use dartboard_points::build::BUILD_ID;
use dartboard_points::protocol::{Announcement, FromWorker};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

tests! {
    without_a_gpu_the_row_says_why_and_the_workers_count_on,
    a_gpu_counts_beside_the_workers_and_instead_of_them,
    a_gpu_that_is_lost_is_told_at_once_and_replaced,
    what_a_lying_gpu_counted_is_counted_again,
    #[in_one_engine]
    the_settings_and_the_address_say_whether_a_gpu_counts,
}

/// The seed of all runs here.
const SEED: u64 = 42;

/// How long a run by a GPU may take that is a program on a busy processor.
const RUN_PATIENCE: Duration = Duration::from_secs(120);

/// Lets the GPU's next worker take an adapter that is a program on the processor.
const TAKE_SOFTWARE: &str = "
    const program = document.querySelector(\"meta[name='dartboard-gpu']\");
    if (!program.content.endsWith('?software')) program.content += '?software';
    return null;";

/// The row of the GPU on the page.
#[derive(Debug, Deserialize)]
struct GpuRow {
    head: String,
    text: String,
    state: String,
    adapter: Option<String>,
    points: String,
}

/// The row of the GPU once `condition` holds of it, as `what` says.
async fn gpu_row(
    browser: &Browser,
    what: &str,
    condition: impl Fn(&GpuRow) -> bool,
) -> Result<GpuRow, Error> {
    const ROW: &str = "
        const row = document.querySelector('.workers tr[data-kind=gpu]');
        return row && { head: row.querySelector('th').innerText, text: row.innerText, state: row.dataset.state,
            adapter: row.dataset.adapter ?? null, points: row.dataset.points };";
    let begun = Instant::now();
    loop {
        let row = match browser.evaluate::<Option<GpuRow>>(ROW).await? {
            Some(row) if condition(&row) => return Ok(row),
            other => other,
        };
        assert!(begun.elapsed() < RUN_PATIENCE, "no row of a GPU that {what}: {row:?}");
        sleep(Duration::from_millis(40)).await;
    }
}

/// Opens the page, with the parameters and a GPU that is a program on the processor; not where the engine has none.
async fn open_with_software<'a>(
    browser: &'a Browser,
    site: &Site,
    parameters: &str,
) -> Result<Option<RunPage<'a>>, Error> {
    let page =
        RunPage::open(browser, site, &format!("seed={SEED}&{parameters}")).await?.with_patience(RUN_PATIENCE);
    // Unasked none is taken.
    let refused = gpu_row(browser, "was refused", |row| row.state == "given-up").await?;
    if !refused.text.contains("only slow software") {
        assert!(browser.engine() != Engine::Chromium, "{refused:?}");
        browser.leave_out("a run on a GPU", "this engine offers none, not even in software");
        return Ok(None);
    }
    browser.evaluate::<()>(TAKE_SOFTWARE).await?;
    Ok(Some(page))
}

// Fails with: a run that waits for a GPU, ends for want of one, or does not say which want it is; a reason that hides
// the workers that count.
async fn without_a_gpu_the_row_says_why_and_the_workers_count_on(browser: &Browser) -> Result<(), Error> {
    const TARGET: u64 = 2_000_000_000;
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, &format!("seed={SEED}&workers=2&gpu=1&target={TARGET}&start=1"))
        .await?;
    let row = gpu_row(browser, "was refused", |row| row.state == "given-up").await?;
    let reasons = [
        "this browser has no WebGPU",
        "this browser finds no GPU that it may use",
        "this browser finds no GPU, only slow software in its place",
    ];
    assert_eq!(row.head, "GPU");
    assert_eq!(reasons.iter().filter(|reason| row.text.contains(*reason)).count(), 1, "{row:?}");
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!((finished.tally(), finished.restarts), (native_tally(SEED, TARGET), 0));

    // Alone it leaves nobody to count, and the way out is shown.
    let page = RunPage::open(browser, &site, &format!("seed={SEED}&gpu=only&start=1")).await?;
    page.wait_for_status(ShownStatus::Failed).await?;
    let trouble = page.text("trouble").await?;
    assert!(reasons.iter().any(|reason| trouble.contains(reason)) && trouble.contains("Retry"), "{trouble}");
    browser.assert_clean_console().await
}

// Fails with: blocks counted by neither or by both; a GPU that is shown and counts nothing; workers that count where
// only the GPU should; an adapter without a name that is shown as nothing.
async fn a_gpu_counts_beside_the_workers_and_instead_of_them(browser: &Browser) -> Result<(), Error> {
    const TARGET: u64 = 200_000_000;
    let site = Site::start().await?;
    // By the reference the worker is slow enough for the GPU to get ready meanwhile, which has a program of its own.
    for (gpu, target) in [("only", TARGET), ("1&kernel=reference", 2 * TARGET)] {
        let parameters = format!("workers=1&batch=10000000&gpu={gpu}&target={target}");
        let Some(page) = open_with_software(browser, &site, &parameters).await? else { return Ok(()) };
        page.click("Start").await?;
        let counting = gpu_row(browser, "counts", |row| row.points != "0").await?;
        let name = counting.adapter.as_deref().expect("it counts on an adapter");
        assert!(counting.text.contains(if name.is_empty() { "unnamed" } else { name }), "{counting:?}");
        let finished = page.wait_for_status(ShownStatus::Finished).await?;
        // On a machine that stands still for seconds a worker may have been replaced.
        assert_eq!(finished.tally(), native_tally(SEED, target), "gpu={gpu}, {} replaced", finished.restarts);
        let points: Vec<(String, String)> = browser
            .evaluate("return [...document.querySelectorAll('.workers tbody tr')].map(row => [row.dataset.kind, row.dataset.points]);")
            .await?;
        let kinds: Vec<_> = points.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, if gpu == "only" { &["gpu"][..] } else { &["processor", "gpu"] });
        let sum: u64 = points.iter().map(|(_, points)| points.parse::<u64>().expect("points")).sum();
        assert_eq!(sum, target, "{points:?}");
    }
    browser.assert_clean_console().await
}

// Fails with: a lost GPU that nobody hears of, that is not replaced, or whose blocks are lost or counted twice; a run that
// ends with it.
async fn a_gpu_that_is_lost_is_told_at_once_and_replaced(browser: &Browser) -> Result<(), Error> {
    if !browser.has_devtools("a crash of the GPU's process") {
        return Ok(());
    }
    let site = Site::start().await?;
    let parameters = "workers=1&batch=10000000&gpu=only";
    let Some(page) = open_with_software(browser, &site, parameters).await? else { return Ok(()) };
    page.click("Start").await?;
    gpu_row(browser, "counts", |row| row.points != "0").await?;
    // Told by the page's own clock, from the browser's answer on.
    browser
        .evaluate::<()>(
            "window.lost = null;
            new MutationObserver(() => {
                const events = document.querySelector('.events')?.innerText ?? '';
                if (!window.lost && /GPU: .*GPU/s.test(events)) window.lost = { at: Date.now(), events };
            }).observe(document.querySelector('.workers-panel'), { childList: true, subtree: true, characterData: true });
            return null;",
        )
        .await?;
    let before: f64 = browser.evaluate("return Date.now();").await?;
    browser.devtools("Browser.crashGpuProcess", json!({})).await?;
    page.wait_until("window.lost").await?;
    let (lost_at, events): (f64, String) =
        browser.evaluate("return [window.lost.at, window.lost.events];").await?;
    assert!(events.contains("the GPU was lost"), "{events}");
    let told_after = Duration::from_secs_f64((lost_at - before) / 1e3);
    println!("the lost GPU was told after {told_after:?}");

    let counted = page.state().await?.points;
    page.wait_for("the next one to count", |run| run.restarts > 0 && run.points > counted).await?;
    page.click("Stop").await?;
    let stopped = page.wait_for_status(ShownStatus::Paused).await?;
    let target = (stopped.points / 50_000_000 + 2) * 50_000_000;
    page.fill("Stop at (points; empty: never)", &target.to_string()).await?;
    page.click("Start").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(SEED, target));
    Ok(())
}

/// A program in the place of the GPU's: it tells three batches, and a second later that it miscounted.
fn lying_program() -> String {
    let ready = FromWorker::Ready(Announcement::of_gpu(BUILD_ID, "of lies")).encode();
    format!(
        "let batches = 0;
        addEventListener('message', ({{ data }}) => {{
            const order = new URLSearchParams(data);
            const [lease, first, end] = ['lease', 'first', 'end'].map((name) => order.get(name));
            const points = (Number(end) - Number(first)) * 100_000;
            batches += 1;
            const lies = batches > 3;
            setTimeout(() => {{
                const told = lies
                    ? {{ kind: 'miscounted', text: 'the GPU counted 1 points inside, and the processor 2' }}
                    : {{ kind: 'tally', lease, points, inside: points / 2, compute_us: 1000 }};
                postMessage(new URLSearchParams(told).toString());
            }}, lies ? 1_200 : 300);
        }});
        postMessage({ready:?});"
    )
}

// Fails with: counts of a GPU that lied which stay in the total, or are taken from it before the user says so; a lying GPU that
// is asked again.
async fn what_a_lying_gpu_counted_is_counted_again(browser: &Browser) -> Result<(), Error> {
    const TARGET: u64 = 50_000_000_000;
    let site = Site::start().await?;
    site.replace(site.file("gpu-loader.js")?, StandIn::script(lying_program()));
    let parameters = format!("seed={SEED}&workers=1&gpu=1&batch=10000000&target={TARGET}&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    let row = gpu_row(browser, "counts", |row| row.points != "0").await?;
    assert_eq!(row.adapter.as_deref(), Some("of lies"));
    assert!(row.head == "GPU" && row.text.contains("of lies"), "{row:?}");
    let row = gpu_row(browser, "was found out", |row| row.state == "given-up").await?;
    assert!(row.text.contains("the GPU counted 1 points inside, and the processor 2"), "{row:?}");
    let trouble = page.wait_for_text("trouble", |text| text.contains("in doubt")).await?;
    assert!(trouble.contains("30,000,000 points that the GPU counted are in doubt."), "{trouble}");
    let in_doubt: String = browser.evaluate("return document.getElementById('run').dataset.inDoubt;").await?;
    assert_eq!(in_doubt, "30000000");
    page.click("Count them again").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(SEED, TARGET));
    page.wait_for_address("gpu", None).await?;
    let trouble = page.text("trouble").await?;
    assert!(!trouble.contains("doubt"), "{trouble}");
    browser.assert_clean_console().await
}

// Fails with: a choice of the GPU that is not in the address, or not in force; one in the address that is not shown; a
// choice that there is not, followed or refused without its name.
async fn the_settings_and_the_address_say_whether_a_gpu_counts(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    site.replace(site.file("gpu-loader.js")?, StandIn::script(lying_program()));
    let page = RunPage::open(browser, &site, "seed=1&workers=2").await?;
    let chosen = async || {
        let script = "return ['gpu', 'gpu-only'].map(id => document.getElementById(id)?.checked ?? null);";
        browser.evaluate::<(Option<bool>, Option<bool>)>(script).await
    };
    let rows = |count: usize| format!("document.querySelectorAll('.workers tbody tr').length === {count}");
    page.open_details("Settings").await?;
    assert_eq!(chosen().await?, (Some(false), None));
    for (id, count, address, now) in [
        ("gpu", 3, Some("1"), (Some(true), Some(false))),
        ("gpu-only", 1, Some("only"), (Some(true), Some(true))),
        ("gpu-only", 3, Some("1"), (Some(true), Some(false))),
        ("gpu", 2, None, (Some(false), None)),
    ] {
        browser.evaluate::<()>(&format!("document.getElementById('{id}').click(); return null;")).await?;
        page.wait_until(&rows(count)).await?;
        page.wait_for_address("gpu", address).await?;
        assert_eq!(chosen().await?, now, "{id}");
    }

    let page = RunPage::open(browser, &site, "seed=1&workers=2&gpu=only").await?;
    page.wait_until(&rows(1)).await?;
    assert_eq!(chosen().await?, (Some(true), Some(true)));
    let page = RunPage::open(browser, &site, "seed=1&workers=2&gpu=yes&start=1").await?;
    let error = page.text("address-error").await?;
    assert!(error.contains("gpu must be 0, 1 or only, not “yes”"), "{error}");
    assert_eq!(page.state().await?.status, ShownStatus::Idle);
    Ok(())
}
