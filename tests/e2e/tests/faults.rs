//! Whatever dies, hangs or is missing, the run counts what an undisturbed one counts, to the last point.
//!
//! Real faults in real workers, done by the page's own buttons, by `chaos=`, and by the host.

use std::time::Duration;

use dartboard_e2e::fault_log::{FaultLog, WantedFaults};
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, RunPage, RunState, ShownStatus, Site, StandIn};
use tokio::time::{Instant, sleep};

tests! {
    panics_hangs_and_kills_leave_the_tally_as_it_is,
    slow_is_not_hung,
    broken_program_is_told_and_retry_works_once_it_is_whole,
    program_lost_during_a_run_degrades_then_fails_it_and_retry_goes_on,
    storm_of_stops_starts_and_changes_leaves_the_tally_as_it_is,
    #[in_one_engine]
    dead_workers_stay_dead_where_the_user_wants_it,
    frozen_or_hidden_page_loses_neither_workers_nor_points,
}

/// How long a whole run may take on a slow and busy machine.
const RUN_PATIENCE: Duration = Duration::from_secs(600);

/// Longer than any lease of a short batch may take.
const BEYOND_DEADLINES: Duration = Duration::from_secs(4);

/// The seed of all runs here.
const SEED: u64 = 42;

/// Of what is done again and again: all of it in one engine, a part in the others, in which the same code decides.
fn times(browser: &Browser, all: u32) -> u32 {
    if browser.engine().does_all() { all } else { all.div_ceil(3) }
}

const BILLION: u64 = 1_000_000_000;

/// Ends the run at a target beyond what it has counted, between one and two times `more_points` away, and compares.
async fn assert_ends_undisturbed(page: &RunPage<'_>, more_points: u64) -> Result<RunState, Error> {
    page.click("Stop").await?;
    let stopped = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    let target = (stopped.points / more_points + 2) * more_points;
    page.fill("Stop at (points; empty: never)", &target.to_string()).await?;
    page.click("Start").await?;
    let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(SEED, target));
    Ok(finished)
}

// Fails with: a result counted twice, blocks not requeued on a death, two workers given the same blocks (all by
// the tally); deadlines that are never set or never looked at (the run never ends); deaths missing in the log; a
// slot given up although its faults were asked for.
async fn panics_hangs_and_kills_leave_the_tally_as_it_is(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let parameters = format!("seed={SEED}&workers=1&batch=1000000&target={BILLION}&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    let undisturbed = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!((undisturbed.tally(), undisturbed.restarts), (native_tally(SEED, BILLION), 0));

    // It goes on until there was enough of everything: how long that takes is the machine's business.
    let parameters = format!("seed={SEED}&workers=4&batch=1000000&chaos=0.25");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    let log = FaultLog::watch(browser).await?;
    let (panics, hangs, kills) = (times(browser, 180), times(browser, 10), times(browser, 10));
    log.inject(WantedFaults { crashes: 0, hangs: hangs + 2, kills: kills + 2 }).await?;
    page.click("Start").await?;
    let begun = Instant::now();
    loop {
        let faults = log.read().await?;
        if faults.panics >= panics && faults.hangs >= hangs && faults.kills >= kills {
            break;
        }
        assert!(begun.elapsed() < RUN_PATIENCE, "{faults:?}");
        sleep(Duration::from_millis(200)).await;
    }
    let finished = assert_ends_undisturbed(&page, 50_000_000).await?;
    let faults = log.read().await?;
    println!(
        "{}: {} panics, {} hangs, {} kills, {} restarts",
        browser.engine(),
        faults.panics,
        faults.hangs,
        faults.kills,
        finished.restarts
    );
    let deaths = u64::from(faults.panics + faults.hangs + faults.kills);
    // The last death of each of the 4 slots may come so late that the run pauses or ends before it is replaced.
    assert!(finished.restarts + 8 >= deaths, "{finished:?} with {faults:?}");
    assert_eq!(finished.workers, 0, "workers outlive the run");
    // Nothing comes after.
    sleep(BEYOND_DEADLINES).await;
    assert_eq!(page.state().await?.tally(), finished.tally());
    Ok(())
}

// Fails with: a deadline that takes a slow worker for a hung one.
async fn slow_is_not_hung(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // Where WebKit's workers count, its locks keep others from starting for as long as batches of 10⁹ points last.
    let workers = match browser.engine() {
        Engine::Chromium => 64,
        Engine::Firefox => 16,
        Engine::WebKit => 4,
    };
    let target = workers * BILLION;
    let parameters = format!("seed={SEED}&workers={workers}&batch={BILLION}&target={target}&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    let finished = page
        .wait_for("status finished", |run| {
            assert_eq!(run.restarts, 0, "{run:?}");
            run.status == ShownStatus::Finished
        })
        .await?;
    assert_eq!(finished.tally(), native_tally(SEED, target));
    browser.assert_clean_console().await
}

/// What can be wrong with the worker's program on the host, in words and as what is served.
fn broken_programs(site: &Site) -> Result<Vec<(&'static str, String, StandIn)>, Error> {
    const WASM: &str = "worker_bg.wasm";
    let whole = site.content(WASM)?;
    let cut = whole[..whole.len() / 2].to_vec();
    let mut corrupt = whole;
    let middle = corrupt.len() / 2;
    corrupt[middle..].fill(0xff);
    Ok(vec![
        ("script missing", site.file("worker-loader.js")?, StandIn::not_found()),
        ("imported script missing", site.file("worker.js")?, StandIn::not_found()),
        ("wasm missing", site.file(WASM)?, StandIn::not_found()),
        ("wasm corrupt", site.file(WASM)?, StandIn::content(corrupt)),
        ("wasm cut off", site.file(WASM)?, StandIn::content(cut)),
    ])
}

// Fails with: an endless "Running" without workers; a reason that does not say what cannot be loaded; a Retry that
// does nothing, or that begins anew without the slots given up.
async fn broken_program_is_told_and_retry_works_once_it_is_whole(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let undisturbed = native_tally(SEED, BILLION);
    for (fault, file, replacement) in broken_programs(&site)? {
        site.replace(file, replacement);
        let parameters = format!("seed={SEED}&workers=2&batch=1000000&target={BILLION}&start=1");
        let page = RunPage::load(browser, &site.url(), &parameters).await?;
        let failed = page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
        assert_eq!((failed.points, failed.workers), (0, 0), "{fault}");
        page.wait_for_text("trouble", names_the_program).await?;

        site.restore();
        page.click("Retry").await?;
        let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
        assert_eq!(finished.tally(), undisturbed, "{fault}");
        assert_eq!(page.text("trouble").await?, "", "{fault}");
    }
    Ok(())
}

/// Whether the page says that its workers' program is at fault.
fn names_the_program(trouble: &str) -> bool {
    trouble.contains("program could not be loaded or started")
}

// Fails with: totals forgotten by a failure, or counted anew after Retry; the blocks of the last workers lost; a
// slot that is given up in silence; one lost slot that stops the others.
async fn program_lost_during_a_run_degrades_then_fails_it_and_retry_goes_on(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    let broken = broken_programs(&site)?.into_iter().step_by(4);
    for (fault, file, replacement) in broken.take(times(browser, 2) as usize) {
        let parameters = format!("seed={SEED}&workers=2&batch=100000&start=1");
        let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
        page.wait_for("counting", |run| run.points > 0).await?;
        site.replace(file, replacement);
        page.click("Crash worker 1").await?;
        let degraded = page.wait_for("status degraded", |run| run.status == ShownStatus::Degraded).await?;
        page.wait_for_text("trouble", names_the_program).await?;
        let on = page.wait_for("counting to go on", |run| run.points > degraded.points).await?;
        assert_eq!((on.status, on.workers), (ShownStatus::Degraded, 1), "{fault}");

        page.click("Crash worker 2").await?;
        let failed = page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
        assert!(failed.points >= on.points && failed.workers == 0, "{fault}: {failed:?} after {on:?}");
        page.wait_for_text("trouble", names_the_program).await?;

        site.restore();
        page.click("Retry").await?;
        let on = page.wait_for("counting to go on", |run| run.points > failed.points).await?;
        assert_eq!(on.status, ShownStatus::Running, "{fault}");
        assert_ends_undisturbed(&page, BILLION).await?;
    }
    Ok(())
}

/// Has the run go on, whichever way the last press of its button has left it.
async fn keep_on(page: &RunPage<'_>) -> Result<(), Error> {
    // Longer than it takes a busy browser to draw what was pressed.
    const DRAWN: Duration = Duration::from_secs(1);
    let begun = Instant::now();
    let mut before = page.state().await?;
    loop {
        sleep(DRAWN).await;
        let now = page.state().await?;
        assert!(begun.elapsed() < RUN_PATIENCE, "the run does not go on: {now:?}");
        if now.points > before.points && now.status == ShownStatus::Running {
            return Ok(());
        }
        if (now.status, before.status) == (ShownStatus::Paused, ShownStatus::Paused) {
            page.click("Start").await?;
        }
        before = now;
    }
}

// Fails with: blocks lost or counted twice by Stop, by Start right after it, by workers that are taken away or
// added, or by batches cut anew; a run that does not go on after all that.
async fn storm_of_stops_starts_and_changes_leaves_the_tally_as_it_is(browser: &Browser) -> Result<(), Error> {
    // Presses the button 40 times, as fast as it is drawn anew or faster.
    const PRESS: &str = "
        const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
        for (let press = 0; press < 40; press++) {
            document.getElementById('start-stop').click();
            await wait([0, 20, 60, 120, 250][press * 3 % 5]);
        }
        return null;";
    let site = Site::start().await?;
    let parameters = format!("seed={SEED}&workers=2&batch=1000000&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    // The last one leaves 3 workers.
    let changes = [("5", "100000"), ("1", "30000000"), ("8", "700000"), ("3", "100000000")];
    for &(workers, batch) in &changes[4 - times(browser, 4) as usize..] {
        browser.evaluate_async::<()>(PRESS).await?;
        keep_on(&page).await?;
        page.fill("Workers", workers).await?;
        page.fill("Batch size (points)", batch).await?;
        let before = page.state().await?.points;
        page.wait_for("counting to go on", |run| run.points > before).await?;
    }
    let on = page.wait_for("3 workers", |run| run.workers == 3).await?;
    assert_eq!(on.restarts, 0, "{on:?}");
    let finished = assert_ends_undisturbed(&page, BILLION).await?;
    assert_eq!(finished.restarts, 0, "{finished:?}");
    browser.assert_clean_console().await
}

// Fails with: time in which the page was frozen or hidden taken for silence of the workers (restarts); results lost
// around it.
async fn frozen_or_hidden_page_loses_neither_workers_nor_points(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let parameters = format!("seed={SEED}&workers=2&batch=10000000&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    let go_on = async |after: &str| {
        let before = page.state().await?;
        let on = page.wait_for("counting to go on", |run| run.points > before.points).await?;
        assert_eq!((on.status, on.restarts), (ShownStatus::Running, 0), "after {after}");
        Ok::<_, Error>(())
    };
    go_on("the start").await?;

    if browser.has_devtools("freezing a page") {
        for _ in 0..2 {
            browser.set_frozen(true).await?;
            sleep(BEYOND_DEADLINES).await;
            browser.set_frozen(false).await?;
            go_on("a freeze").await?;
        }
        let log = browser.evaluate::<String>("return document.querySelector('.log').textContent;").await?;
        assert!(log.contains("the page was frozen for "), "nothing was frozen: {log}");
    }

    // Another tab hides it.
    let first = browser.webdriver().window().await?;
    let tab = browser.webdriver().new_tab().await?;
    browser.webdriver().switch_to_window(tab).await?;
    sleep(BEYOND_DEADLINES).await;
    browser.webdriver().close_window().await?;
    browser.webdriver().switch_to_window(first).await?;
    go_on("being hidden").await?;

    // Left and come back to.
    browser.evaluate::<()>("window.kept = true; return null;").await?;
    page.leave(&site.url()).await?;
    sleep(BEYOND_DEADLINES).await;
    browser.webdriver().back().await?;
    page.wait_for("the run to be mirrored in #run", |_| true).await?;
    if browser.evaluate("return window.kept === true;").await? {
        go_on("the back/forward cache").await?;
    } else {
        // This engine did not keep the page: then the run was saved.
        page.wait_for_text("resume-offer", |text| text.contains("Resume run, ")).await?;
        page.click("Resume").await?;
        page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
        page.click("Start").await?;
        go_on("coming back").await?;
    }

    let finished = assert_ends_undisturbed(&page, BILLION).await?;
    assert_eq!(finished.restarts, 0, "{finished:?}");
    browser.assert_clean_console().await
}

// Fails with: a worker that is replaced though nobody wants it, one whose death the page keeps to itself, points that are
// counted twice or lost for good once the user wants them.
async fn dead_workers_stay_dead_where_the_user_wants_it(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let parameters = format!("seed={SEED}&workers=2&batch=1000000&replace=0&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?.with_patience(RUN_PATIENCE);
    page.wait_for("both to count", |run| run.workers == 2 && run.points > 0).await?;
    page.click("Crash worker 1").await?;
    let degraded = page.wait_for("status degraded", |run| run.status == ShownStatus::Degraded).await?;
    assert_eq!((degraded.workers, degraded.restarts), (1, 0));
    assert!(page.text("points-line").await?.ends_with("Workers: 2, alive: 1"));
    // What is dead takes no more room.
    let heights: Vec<f64> = browser
        .evaluate("return [...document.querySelectorAll('.workers tbody tr')].map(row => row.getBoundingClientRect().height);")
        .await?;
    assert!(heights.len() == 2 && heights.iter().all(|&height| height <= 44.5), "{heights:?}");
    page.wait_for("the other to go on", |run| run.points > degraded.points + 50_000_000).await?;
    page.wait_until("Number(document.getElementById('run').dataset.missing) > 0").await?;
    page.click("Finish gaps").await?;
    let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(SEED, finished.points));
    page.wait_until("document.getElementById('run').dataset.missing === '0'").await?;

    // The last one takes the run with it, and new ones go on.
    let page = RunPage::open(browser, &site, &parameters).await?;
    for worker in [1, 2] {
        page.wait_for("it to count", |run| run.points > 0 && run.workers == 3 - worker).await?;
        page.click(&format!("Crash worker {worker}")).await?;
    }
    let failed = page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
    assert!(
        page.text("trouble").await?.starts_with("all workers are dead, and dead workers are not replaced")
    );
    page.click("Retry").await?;
    page.wait_for("both to count", |run| run.workers == 2 && run.points > failed.points).await?;
    assert_ends_undisturbed(&page, 50_000_000).await?;
    Ok(())
}
