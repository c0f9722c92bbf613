//! The estimate page in a real browser: the release, served from a sub-path.

use std::time::Duration;

use dartboard_e2e::site::{has_extension, is_worker_file};
use dartboard_e2e::{Browser, Error, RunPage, ShownStatus, Site, StandIn};
use dartboard_points::kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
use tokio::time::sleep;

tests! {
    estimate_comes_near_pi_and_stop_and_start_keep_the_totals,
    target_run_has_the_native_tally_for_any_workers_and_batch,
    #[in_one_engine]
    bad_input_in_a_field_names_the_range_and_leaves_the_run_alone,
    #[in_one_engine]
    bad_address_opens_the_page_with_messages_and_starts_nothing,
    first_darts_are_shown_one_by_one_until_they_are_skipped,
    missing_worker_file_is_told,
    missing_app_is_told,
    what_a_browser_lacks_is_named,
    page_runs_by_its_folder_and_by_its_file,
    errors_of_a_page_are_heard,
}

/// `text` with numbers as they are in code: `1,000` becomes `1000`.
fn without_separators(text: &str) -> String {
    text.replace([',', '\'', '\u{202f}', '\u{2009}', '\u{a0}'], "")
}

// Fails with: the kernel's comparison turned round; a worker that never answers; a Stop that lets tallies in
// or loses some; a Start that begins anew; layers that show no run or another one; anything that the page logs as an error.
async fn estimate_comes_near_pi_and_stop_and_start_keep_the_totals(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "").await?;
    let idle = page.state().await?;
    assert_eq!((idle.status, idle.points, idle.inside), (ShownStatus::Idle, 0, 0));
    assert!(page.text("pi").await?.contains("π ≈ ???"));
    assert!(page.text("status-line").await?.contains("Status: Idle"));

    page.click("Start").await?;
    let running = page.wait_for("10⁸ points", |run| run.points >= 100_000_000).await?;
    assert_eq!(running.status, ShownStatus::Running);
    assert!(running.workers >= 1 && running.rate > 0.0, "{running:?}");
    assert!(running.standard_errors_from_pi() < 5.0, "{running:?} is not near π");
    layers_follow_the_run(browser, &page, running.workers).await?;

    page.click("Stop").await?;
    let stopped = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert!(stopped.points >= running.points && stopped.points.is_multiple_of(BLOCK_POINTS), "{stopped:?}");
    for _ in 0..10 {
        sleep(Duration::from_millis(100)).await;
        assert_eq!(page.state().await?.tally(), stopped.tally(), "counted on after Stop");
    }
    // The texts show the same run as the mirror.
    let points_line = without_separators(&page.text("points-line").await?);
    assert!(points_line.contains(&format!("Points: {}", stopped.points)), "{points_line}");
    let pi = page.text("pi").await?;
    assert!(pi.contains(&format!("π ≈ {:.8}", stopped.pi())), "{pi} at {stopped:?}");
    assert!(page.text("status-line").await?.contains("Status: Paused"));

    page.click("Start").await?;
    let further = page
        .wait_for("counting to go on", |run| {
            assert!(run.points >= stopped.points, "{run:?} has less than {stopped:?}");
            run.points > stopped.points
        })
        .await?;
    assert_eq!((further.status, further.seed), (ShownStatus::Running, stopped.seed));
    page.click("Stop").await?;
    let last = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert!(last.standard_errors_from_pi() < 5.0, "{last:?} is not near π");
    browser.assert_clean_console().await
}

/// The three layers of a run that counts, with its figures.
async fn layers_follow_the_run(browser: &Browser, page: &RunPage<'_>, workers: u32) -> Result<(), Error> {
    page.open_details("The three layers").await?;
    page.wait_until("document.querySelector('#layers')?.dataset.messagesPerSecond > 1").await?;
    let script = "const { dataset, innerText } = document.querySelector('#layers');
        const boxes = document.querySelectorAll('#layers .crew span').length;
        return [dataset.batchesWaiting, dataset.coordinatorUsPerSecond, `${boxes}`, innerText];";
    let [waiting, coordinator_us, boxes, text]: [String; 4] = browser.evaluate(script).await?;
    assert!(waiting.parse::<u32>().is_ok_and(|waiting| waiting <= workers), "{waiting} of {workers}: {text}");
    assert!(coordinator_us.parse::<u32>().is_ok_and(|us| us < 1_000_000), "{coordinator_us}: {text}");
    assert_eq!(boxes, workers.to_string(), "{text}");
    assert!(text.contains("messages a second") && text.contains("coordinator thread"), "{text}");
    browser.evaluate::<()>("document.querySelector('.layers-panel').open = false; return null;").await?;
    page.wait_until("!document.querySelector('#layers')").await
}

// Fails with: a result counted twice or lost; a batch that overlaps another or leaves a gap; a last batch not
// cut at the target; a seed that goes through an f64; a wasm kernel that differs from the native one; a worker
// that never answers.
async fn target_run_has_the_native_tally_for_any_workers_and_batch(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // Not a multiple of the larger batch; the second seed is none that a Number holds.
    for (seed, blocks) in [(42, 234), (u64::MAX - 1, 57)] {
        let range = BlockRange::new(0, blocks).expect("a range");
        let native = kernel::tally(Seed(seed), range);
        for (workers, batch) in [(1, 100_000), (3, 1_000_000)] {
            let target = range.points();
            let parameters = format!("seed={seed}&workers={workers}&batch={batch}&target={target}&start=1");
            let page = RunPage::open(browser, &site, &parameters).await?;
            let finished =
                page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
            assert_eq!(finished.tally(), native, "{parameters}");
            assert_eq!((finished.seed, finished.restarts), (seed, 0), "{parameters}");
            // Nothing comes after.
            sleep(Duration::from_millis(300)).await;
            assert_eq!(page.state().await?.tally(), native, "{parameters}");
        }
    }
    browser.assert_clean_console().await
}

// Fails with: a value silently clamped or dropped; a message without the range; a run that a typing mistake
// stops, restarts or resizes.
async fn bad_input_in_a_field_names_the_range_and_leaves_the_run_alone(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=7&workers=2&batch=100000&start=1").await?;
    let begun = page.wait_for("counting with 2 workers", |run| run.points > 0 && run.workers == 2).await?;
    let mut last = begun.clone();
    let workers = ("Workers", "workers-error", "2", &["1", "64"]);
    let batch = ("Batch size (points)", "batch-error", "100000", &["100000", "10000000000"]);
    for ((name, error, valid, range), bad_values) in [
        (workers, &["0", "-1", "65", "1000000000", "abc", "", "2.5"][..]),
        (batch, &["0", "99999", "1152921504606846976", ""][..]),
        (("Batch size (points)", "batch-error", "100000", &["100000", "200000"]), &["150000"][..]),
    ] {
        for bad in bad_values {
            page.fill(name, bad).await?;
            let says_range = |text: &str| {
                let text = without_separators(text);
                range.iter().all(|end| text.split(|c: char| !c.is_ascii_digit()).any(|number| number == *end))
            };
            let text = page.wait_for_text(error, says_range).await;
            text.map_err(|error| format!("{name} of {bad:?}: {error}")).expect("a message with the range");
            let on = page.wait_for("counting to go on", |run| run.points > last.points).await?;
            assert_eq!(
                (on.status, on.seed, on.workers, on.restarts),
                (ShownStatus::Running, begun.seed, begun.workers, 0),
                "{name} of {bad:?} touched the run"
            );
            last = on;
            page.fill(name, valid).await?;
            page.wait_for_text(error, str::is_empty).await?;
        }
    }
    browser.assert_clean_console().await
}

// Fails with: a bad parameter replaced by a default without a word; a run started all the same; a panic of the
// parser (then there is no #run).
async fn bad_address_opens_the_page_with_messages_and_starts_nothing(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for (parameters, words) in [
        ("workers=0&start=1", &["workers", "1 to 64"][..]),
        ("workers=abc&start=1", &["workers", "1 to 64"]),
        ("batch=150000&start=1", &["batch", "100000", "200000"]),
        ("seed=18446744073709551616&start=1", &["seed", "18446744073709551615"]),
        ("seed=-1&start=1", &["seed", "18446744073709551615"]),
        ("bogus=1&start=1", &["bogus"]),
        ("target=150000&start=1", &["target"]),
        ("start=maybe", &["start", "maybe"]),
        ("workers=%FF%00&&&=&start=1", &["workers", "1 to 64"]),
        ("workers=0&batch=1&seed=x&bogus=1&start=1", &["workers", "batch", "seed", "bogus"]),
    ] {
        let page = RunPage::open(browser, &site, parameters).await?;
        let says = |text: &str| words.iter().all(|word| without_separators(text).contains(word));
        page.wait_for_text("address-error", says).await?;
        // Long enough for a start to show.
        sleep(Duration::from_millis(500)).await;
        let state = page.state().await?;
        assert_eq!((state.status, state.points), (ShownStatus::Idle, 0), "{parameters} started a run");
    }
    browser.assert_clean_console().await
}

// Fails with: an endless "Running" when a host has the page but not the worker.
async fn missing_worker_file_is_told(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let files: Vec<_> = site.files()?.into_iter().filter(|name| is_worker_file(name)).collect();
    assert!(files.iter().any(|name| has_extension(name, "wasm")), "no worker in {:?}", site.files()?);
    // Its script, what that script imports, its wasm: each missing alone.
    for file in files {
        site.replace(&file, StandIn::not_found());
        let page = RunPage::load(browser, &site.url(), "workers=2&start=1").await?;
        let failed = page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
        assert_eq!((failed.points, failed.workers), (0, 0), "without {file}");
        page.wait_for_text("trouble", |reason| reason.to_lowercase().contains("worker")).await?;
        site.restore();
    }
    Ok(())
}

// Fails with: a blank page, or "starting" for ever, when a host has the page but not the app.
async fn missing_app_is_told(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for file in ["run.js", "run_bg.wasm"] {
        let file = site.file(file)?;
        site.replace(&file, StandIn::not_found());
        let page = RunPage::load(browser, &site.url(), "").await?;
        let text = page.wait_for_text("fatal", |text| !text.is_empty()).await?;
        assert!(text.contains("could not be loaded"), "without {file}: {text}");
        site.restore();
    }
    Ok(())
}

// Fails with: a blank page, or a reason that names nothing, in a browser that lacks what the page needs.
async fn what_a_browser_lacks_is_named(browser: &Browser) -> Result<(), Error> {
    if !browser.has_devtools("taking features away from the page") {
        return Ok(());
    }
    let site = Site::start().await?;
    for (lack, named) in [
        ("delete window.WebAssembly", "lacks WebAssembly,"),
        ("WebAssembly.validate = () => false", "lacks WebAssembly SIMD,"),
        ("delete window.Worker", "lacks Web Workers,"),
        (
            "const Known = Worker; window.Worker = function (url) { return new Known(url); }",
            "lacks module workers,",
        ),
    ] {
        browser.start_afresh().await?;
        browser.run_before_pages(lack).await?;
        let page = RunPage::load(browser, &site.url(), "").await?;
        let text = page.wait_for_text("fatal", |text| !text.is_empty()).await?;
        assert!(text.contains(named) && text.contains("Firefox 114"), "{lack}: {text}");
    }
    Ok(())
}

// Fails with: an address in the page or its worker that only works at one of these.
async fn page_runs_by_its_folder_and_by_its_file(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for url in [site.url(), site.url() + "index.html"] {
        let page =
            RunPage::load(browser, &url, "seed=1&workers=1&batch=100000&target=300000&start=1").await?;
        let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
        assert_eq!(finished.points, 300_000, "{url}");
        let address = browser.webdriver().current_url().await?;
        assert!(address.as_str().starts_with(&url), "{address} is not at {url}");
        assert!(!address.as_str().contains("start="), "start is still in {address}");
    }
    browser.assert_clean_console().await
}

// Fails with: a browser whose errors the other tests do not hear.
async fn errors_of_a_page_are_heard(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    if !browser.tells_console("whether errors of a page are heard") {
        return Ok(());
    }
    let blank = RunPage::load(browser, &site.url(), "").await?;
    blank.leave(&site.url()).await?;
    browser.assert_clean_console().await?;
    for (script, word) in [("console.error(\"said\");", "said"), ("throw new Error(\"thrown\");", "thrown")] {
        let script = format!(
            "const script = document.createElement('script');
            script.textContent = '{script}';
            document.head.append(script);
            return null;"
        );
        browser.evaluate::<()>(&script).await?;
        // Another process may have to pass it on.
        for _ in 0..100 {
            if browser.console_errors().await?.iter().any(|error| error.contains(word)) {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        let errors = browser.console_errors().await?;
        assert!(errors.iter().any(|error| error.contains(word)), "{word}: {errors:?}");
    }
    Ok(())
}

// Fails with: a number that is not that of the darts shown, workers that wait for them, darts that cannot be skipped or are
// shown each time, a dartboard without them.
async fn first_darts_are_shown_one_by_one_until_they_are_skipped(browser: &Browser) -> Result<(), Error> {
    // Darts shown, and π as the number says it.
    const SHOWN: &str = "
        const darts = document.getElementById('first-darts');
        const digits = text => text.replace(/[^0-9.]/g, '');
        return darts && [Number(digits(darts.firstChild.textContent)), digits(document.getElementById('pi').textContent)];";
    let site = Site::start().await?;
    let page = RunPage::first_visit(browser, &site, "seed=42&workers=1").await?;
    let points = kernel::points(Seed(42), 0);
    let assert_right = |(darts, pi): (usize, String)| {
        let inside = points[..darts].iter().filter(|point| point.is_inside()).count();
        let right = format!("{:.8}", 4.0 * inside as f64 / darts as f64);
        assert!(right.starts_with(&pi) && pi.len() >= 3, "{pi} after {darts} darts, not {right}");
    };
    page.click("Start").await?;
    page.wait_until("document.getElementById('first-darts') !== null").await?;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|&darts| darts < 60) {
        let shown: Option<(usize, String)> = browser.evaluate(SHOWN).await?;
        let shown = shown.expect("the first darts are shown");
        if shown.0 > 0 {
            assert_right(shown.clone());
        }
        seen.push(shown.0);
        sleep(Duration::from_millis(50)).await;
    }
    assert!(seen.is_sorted());
    assert!(page.state().await?.points > 1_000_000, "the workers do not wait");
    page.click("Skip").await?;
    let is_gone = "document.getElementById('first-darts') === null";
    page.wait_until(is_gone).await?;
    page.click("Stop").await?;
    let stopped = page.wait_for_status(ShownStatus::Paused).await?;
    assert!(page.text("pi").await?.contains(&format!("π ≈ {:.8}", stopped.pi())));

    page.click("First darts").await?;
    page.wait_until("document.getElementById('first-darts') !== null").await?;
    let page = RunPage::revisit(browser, &site, "seed=7&workers=1").await?;
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.wait_until(is_gone).await?;
    browser.assert_clean_console().await
}
