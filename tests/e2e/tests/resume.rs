//! A run outlives its page: saved, offered and resumed, never overwritten, never half-loaded.
//!
//! In a browser with Web Locks, and in one without where that makes a difference.

use std::collections::BTreeMap;
use std::time::Duration;

use dartboard_e2e::stored::{RUN_PREFIX, SET_ASIDE_PREFIX, open_with, saved_run};
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus, Site};
use thirtyfour::Key;
use tokio::time::sleep;

tests! {
    run_goes_on_after_a_reload_to_the_undisturbed_tally,
    start_in_the_address_waits_for_the_answer_to_the_offer,
    run_is_saved_while_it_changes_and_forgotten_by_reset,
    tabs_keep_their_runs_apart,
    page_from_the_back_forward_cache_keeps_its_run_and_overwrites_none,
    #[in_one_engine]
    damaged_and_newer_runs_are_told_and_set_aside,
    full_storage_is_told_and_the_run_goes_on,
    disabled_storage_is_told_and_the_run_goes_on,
    without_locks_a_resumed_run_gets_a_place_of_its_own,
    deployments_on_one_host_do_not_see_each_others_runs,
    #[in_one_engine]
    run_of_the_earlier_stream_under_a_name_without_a_scope_is_shown_saved_and_begun_again,
}

/// Longer than it takes to look for saved runs.
const SETTLED: Duration = Duration::from_secs(1);

/// What is stored of runs, by key.
async fn stored_runs(browser: &Browser) -> Result<BTreeMap<String, String>, Error> {
    let script = format!(
        "return Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.startsWith('{RUN_PREFIX}')));"
    );
    browser.evaluate(&script).await
}

/// The values of the field `name` in what is stored of runs, in the order of the numbers.
async fn stored_numbers(browser: &Browser, name: &str) -> Result<Vec<u64>, Error> {
    let prefix = format!("{name}=");
    let runs = stored_runs(browser).await?;
    let fields = runs.values().flat_map(|value| value.split('&'));
    let mut numbers: Vec<u64> =
        fields.filter_map(|field| field.strip_prefix(&prefix)?.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Waits for an offer whose text has all of `words`.
async fn offer(page: &RunPage<'_>, words: &[&str]) -> Result<String, Error> {
    page.wait_for_text("resume-offer", |text| words.iter().all(|word| text.contains(word))).await
}

/// The points in `Resume run, 12,400,000 points (…`.
fn offered_points(text: &str) -> u64 {
    let number = text.split_once("run, ").and_then(|(_, rest)| rest.split_once(" points"));
    number.and_then(|(number, _)| number.replace(',', "").parse().ok()).expect("points in the offer")
}

/// Waits until the run of that seed is saved: in Firefox a tab that is left within a second of its start may not know on the
/// next page which run was its own.
async fn wait_until_saved(browser: &Browser, page: &RunPage<'_>, seed: u64) -> Result<(), Error> {
    page.wait("the run to be saved", async || {
        Ok(stored_numbers(browser, "seed").await?.contains(&seed).then_some(()))
    })
    .await
}

async fn assert_no_offer(page: &RunPage<'_>) -> Result<(), Error> {
    sleep(SETTLED).await;
    assert_eq!(page.text("resume-offer").await?, "");
    Ok(())
}

/// Opens another tab and goes there.
async fn new_tab(browser: &Browser) -> Result<(), Error> {
    let tab = browser.webdriver().new_tab().await?;
    Ok(browser.webdriver().switch_to_window(tab).await?)
}

// Fails with: no save on pagehide (fewer points offered than were seen); blocks counted twice or never after
// Resume; a run that starts itself; an address that still names another run; a resumed run saved under a second
// key; a finished run forgotten, or one that keeps a link from starting.
async fn run_goes_on_after_a_reload_to_the_undisturbed_tally(browser: &Browser) -> Result<(), Error> {
    const POINTS: u64 = 1_000_000_000;
    let site = Site::start().await?;
    let parameters = format!("seed=42&workers=1&batch=100000&target={POINTS}&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?;
    let seen = page.wait_for("counting", |run| run.points > 0).await?;
    // Whose seed the reloaded page would not find in its address.
    browser.evaluate::<()>("history.replaceState(null, '', '#/'); return null;").await?;
    page.reload().await?;

    let text = offer(&page, &["Resume run, ", "seed 42", "a moment ago"]).await?;
    let points = offered_points(&text);
    assert!((seen.points..POINTS).contains(&points), "{points} offered, {} seen", seen.points);
    let state = page.state().await?;
    assert_eq!((state.status, state.points), (ShownStatus::Idle, 0));

    page.click("Resume").await?;
    let resumed = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert_eq!((resumed.points, resumed.seed), (points, 42));
    assert_no_offer(&page).await?;
    let address = browser.webdriver().current_url().await?.to_string();
    assert!(address.contains("seed=42&") && address.contains(&format!("target={POINTS}")), "{address}");
    assert_eq!(page.state().await?.status, ShownStatus::Paused);

    page.click("Start").await?;
    let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    let native = native_tally(42, POINTS);
    assert_eq!(finished.tally(), native);

    page.reload().await?;
    offer(&page, &["Show run, 1,000,000,000 points", "finished"]).await?;
    assert_eq!(stored_runs(browser).await?.len(), 1);
    page.click("Show run").await?;
    let shown = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!(shown.tally(), native);

    let page =
        RunPage::revisit(browser, &site, "seed=7&workers=1&batch=100000&target=300000&start=1").await?;
    let other = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!((other.seed, other.points), (7, 300_000));
    browser.assert_clean_console().await
}

// Fails with: a start that does not wait for the answer, or is forgotten by it; a discarded run that comes back,
// or one discarded by a single click.
async fn start_in_the_address_waits_for_the_answer_to_the_offer(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    wait_until_saved(browser, &page, 1).await?;

    let page = RunPage::revisit(browser, &site, "seed=2&workers=1&batch=100000&start=1").await?;
    offer(&page, &["Resume run, ", "seed 1,", "waits for your answer"]).await?;
    sleep(SETTLED).await;
    let waiting = page.state().await?;
    assert_eq!((waiting.status, waiting.points, waiting.seed), (ShownStatus::Idle, 0, 2));
    page.click("Not now").await?;
    wait_until_saved(browser, &page, 2).await?;

    // This tab's own run comes first.
    let page = RunPage::revisit(browser, &site, "seed=3&workers=1&batch=100000&start=1").await?;
    offer(&page, &["Resume run, ", "seed 2,", "; 1 more saved"]).await?;
    page.click("Discard").await?;
    assert_eq!(stored_numbers(browser, "seed").await?, [1, 2]);
    page.click("Keep it").await?;
    offer(&page, &["seed 2,"]).await?;
    page.click("Discard").await?;
    page.click("Discard for good").await?;
    offer(&page, &["seed 1,"]).await?;
    assert_eq!(stored_numbers(browser, "seed").await?, [1]);
    page.click("Discard").await?;
    page.click("Discard for good").await?;
    wait_until_saved(browser, &page, 3).await?;
    page.reload().await?;
    offer(&page, &["seed 3,"]).await?;
    assert_eq!(stored_numbers(browser, "seed").await?, [3]);
    browser.assert_clean_console().await
}

// Fails with: a run saved only when the page is left; one saved again and again although nothing changes; one
// that comes back after Reset.
async fn run_is_saved_while_it_changes_and_forgotten_by_reset(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    let saved_points = || async { Ok::<_, Error>(stored_numbers(browser, "points").await?.first().copied()) };
    let (mut seen, mut last) = (0, None);
    for _ in 0..600 {
        let saved = saved_points().await?;
        if saved > last {
            (seen, last) = (seen + 1, saved);
        }
        if seen == 3 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seen, 3, "the saved run does not follow the one computed");
    page.click("Stop").await?;
    let stopped = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    sleep(Duration::from_millis(1_500)).await;
    let stored = stored_runs(browser).await?;
    assert_eq!(saved_points().await?, Some(stopped.points));
    // The time of saving stands in it. What makes a changed run saved, as a tab that is left, changes nothing now.
    for event in ["visibilitychange", "freeze", "resume"] {
        let script = format!("document.dispatchEvent(new Event('{event}')); return null;");
        browser.evaluate::<()>(&script).await?;
        sleep(Duration::from_millis(1_500)).await;
    }
    assert_eq!(stored_runs(browser).await?, stored);

    page.click("Reset").await?;
    // Asked for only if the run was long.
    let asks = "return document.querySelector('dialog[open]') !== null;";
    if browser.evaluate::<bool>(asks).await? {
        page.click_in_dialog("Reset").await?;
    }
    page.wait_for("status idle", |run| run.status == ShownStatus::Idle && run.points == 0).await?;
    page.reload().await?;
    assert_no_offer(&page).await?;
    assert_eq!(stored_runs(browser).await?.len(), 0);
    browser.assert_clean_console().await
}

// Fails with: one key for all tabs; the run of an open tab offered in another; two tabs that resume the same run;
// workers that outlive their tab.
async fn tabs_keep_their_runs_apart(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.click("Stop").await?;
    page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    page.click("Start").await?;

    new_tab(browser).await?;
    let page = RunPage::revisit(browser, &site, "seed=2&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.reload().await?;
    let text = offer(&page, &["Resume run, ", "seed 2,"]).await?;
    assert!(!text.contains("more saved"), "the run of an open tab is offered: {text}");
    assert_eq!(stored_numbers(browser, "seed").await?, [1, 2]);
    browser.webdriver().close_window().await?;
    browser.webdriver().switch_to_window(first.clone()).await?;
    let on = page.wait_for("counting", |run| run.points > 0).await?;
    assert_eq!((on.status, on.seed), (ShownStatus::Running, 1));
    if browser.has_devtools("counting the workers of a closed tab") {
        for _ in 0..100 {
            if browser.count_workers().await? == 1 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(browser.count_workers().await?, 1, "workers outlive their tab");
    }

    page.reload().await?;
    offer(&page, &["seed 1,", "; 1 more saved"]).await?;
    page.click("Show another").await?;
    offer(&page, &["seed 2,", "; 1 more saved"]).await?;
    // Another tab is offered the same runs, and is faster.
    new_tab(browser).await?;
    let other = RunPage::revisit(browser, &site, "").await?;
    offer(&other, &["; 1 more saved"]).await?;
    while !other.text("resume-offer").await?.contains("seed 2,") {
        other.click("Show another").await?;
    }
    other.click("Resume").await?;
    let resumed = other.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert_eq!(resumed.seed, 2);
    browser.webdriver().switch_to_window(first).await?;
    page.click("Resume").await?;
    page.wait_for_text("storage-notice", |text| text.contains("opened in another tab")).await?;
    offer(&page, &["seed 1,"]).await?;
    page.click("Resume").await?;
    let resumed = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert_eq!(resumed.seed, 1);
    assert_eq!(stored_numbers(browser, "seed").await?, [1, 2]);
    browser.assert_clean_console().await
}

// Fails with: a lock that keeps the page out of the back/forward cache, or that is not taken again; a run that
// a page come back from there writes over one that went on elsewhere.
async fn page_from_the_back_forward_cache_keeps_its_run_and_overwrites_none(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    browser.evaluate::<()>("window.kept = true; return null;").await?;
    let is_kept = || browser.evaluate::<bool>("return window.kept === true;");
    page.leave(&site.url()).await?;
    browser.webdriver().back().await?;
    page.wait_for("the run to be mirrored in #run", |_| true).await?;
    if browser.engine() != Engine::Chromium && !is_kept().await? {
        browser.leave_out("the back/forward cache", "driven so, it keeps no page there");
        // Then the run was saved.
        offer(&page, &["Resume run, ", "seed 1,"]).await?;
        return browser.assert_clean_console().await;
    }
    assert!(is_kept().await?, "the page was not in the back/forward cache");
    page.wait_for("the run as it was", |run| run.points > 0).await?;
    sleep(SETTLED).await;

    new_tab(browser).await?;
    let other = RunPage::revisit(browser, &site, "").await?;
    assert_no_offer(&other).await?;

    // Now the other tab takes the run up while the page is away.
    let second = browser.webdriver().window().await?;
    browser.webdriver().switch_to_window(first.clone()).await?;
    page.click("Stop").await?;
    page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    page.leave(&site.url()).await?;
    browser.webdriver().switch_to_window(second).await?;
    other.reload().await?;
    offer(&other, &["seed 1,"]).await?;
    other.click("Resume").await?;
    let taken = other.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    let before = stored_runs(browser).await?;
    assert_eq!(before.len(), 1);

    browser.webdriver().switch_to_window(first).await?;
    browser.webdriver().back().await?;
    let back = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert!(is_kept().await?, "the page was not in the back/forward cache");
    assert_eq!(back.tally(), taken.tally());
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > back.points).await?;
    sleep(Duration::from_millis(2_500)).await;
    let after = stored_runs(browser).await?;
    assert_eq!(after.len(), 2, "{after:#?}");
    for (key, value) in before {
        assert_eq!(after.get(&key), Some(&value), "another tab's run was overwritten");
    }
    browser.assert_clean_console().await
}

// Fails with: a panic of the parser (then there is no #run); a damaged run offered; a message without a reason;
// the same message on every visit; a start kept back by a value that is no run.
async fn damaged_and_newer_runs_are_told_and_set_aside(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.leave(&site.url()).await?;
    for (change, words) in [
        ("value.replace(/inside=\\d+/, 'inside=1')", "damaged (check)"),
        ("value.slice(0, 60)", "damaged"),
        ("value.replace('version=2&', 'version=9&')", "version 9"),
        ("'\\u0000<b>' + '9'.repeat(70000)", "damaged"),
    ] {
        let set = format!(
            "const key = '{RUN_PREFIX}00000000000000aa';
            const own = Object.keys(localStorage).filter((name) => name.startsWith('{RUN_PREFIX}'));
            window.name ||= localStorage[own[0]];
            localStorage.clear();
            const value = window.name;
            localStorage[key] = {change};
            return null;"
        );
        page.leave(&site.url()).await?;
        browser.evaluate::<()>(&set).await?;
        let page = RunPage::revisit(browser, &site, "seed=5&workers=1&batch=100000&start=1").await?;
        page.wait_for_text("storage-notice", |text| text.contains(words) && text.contains("set aside"))
            .await?;
        page.wait_for("counting", |run| run.points > 0 && run.seed == 5).await?;
        assert_eq!(page.text("resume-offer").await?, "");
        let aside: Vec<String> = browser
            .evaluate(&format!(
                "return Object.keys(localStorage).filter((key) => key.startsWith('{SET_ASIDE_PREFIX}'));"
            ))
            .await?;
        assert_eq!(aside.len(), 1, "{aside:?}");
        page.reload().await?;
        offer(&page, &["seed 5,"]).await?;
        assert_eq!(page.text("storage-notice").await?, "");
    }
    browser.assert_clean_console().await
}

// Fails with: a run stopped by what setItem throws; silence about it; a message that stays when there is room again.
async fn full_storage_is_told_and_the_run_goes_on(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000").await?;
    browser
        .evaluate::<()>(
            "for (let size = 1 << 22; size >= 1; size >>= 1) {
                try { for (let i = 0; ; i++) localStorage[`filler.${size}.${i}`] = 'x'.repeat(size); } catch {}
            }
            return null;",
        )
        .await?;
    page.click("Start").await?;
    page.wait_for_text("storage-notice", |text| text.contains("not being saved") && text.contains("full"))
        .await?;
    let told = page.state().await?;
    page.wait_for("counting to go on", |run| run.points > told.points && run.status == ShownStatus::Running)
        .await?;
    browser.evaluate::<()>("localStorage.clear(); return null;").await?;
    page.wait_for_text("storage-notice", str::is_empty).await?;
    page.reload().await?;
    offer(&page, &["seed 1,"]).await?;
    browser.assert_clean_console().await
}

// Fails with: a page that needs storage to come up; silence; a link that does not start.
async fn disabled_storage_is_told_and_the_run_goes_on(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    if !browser.has_devtools("taking storage away from the page") {
        return Ok(());
    }
    let refuse = "for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });";
    browser.run_before_pages(refuse).await?;
    let page = RunPage::revisit(browser, &site, "seed=1&workers=1&batch=100000").await?;
    assert_eq!(page.text("storage-notice").await?, "");
    page.click("Start").await?;
    page.wait_for_text("storage-notice", |text| text.contains("store nothing")).await?;
    let told = page.state().await?;
    page.wait_for("counting to go on", |run| run.points > told.points && run.status == ShownStatus::Running)
        .await?;
    let page =
        RunPage::revisit(browser, &site, "seed=1&workers=1&batch=100000&target=300000&start=1").await?;
    page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    browser.assert_clean_console().await
}

// Fails with: nothing offered where there are no locks; a run that another tab is computing offered; a run resumed
// in the place of one that may be open elsewhere.
async fn without_locks_a_resumed_run_gets_a_place_of_its_own(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    if !browser.has_devtools("taking Web Locks away from the page") {
        return Ok(());
    }
    let no_locks = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });";
    browser.run_before_pages(no_locks).await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.reload().await?;
    let points = offered_points(&offer(&page, &["seed 1,"]).await?);
    let before = stored_runs(browser).await?;
    assert_eq!(before.len(), 1);
    page.click("Resume").await?;
    let resumed = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    assert_eq!(resumed.points, points);
    let after = stored_runs(browser).await?;
    assert_eq!(after.len(), 1);
    assert_ne!(after.keys().next(), before.keys().next(), "resumed in place");
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > points).await?;
    sleep(Duration::from_millis(2_500)).await;

    new_tab(browser).await?;
    browser.run_before_pages(no_locks).await?;
    let other = RunPage::revisit(browser, &site, "").await?;
    assert_no_offer(&other).await?;
    browser.webdriver().switch_to_window(first).await?;
    let on = page.wait_for("counting", |run| run.points > 0).await?;
    assert_eq!(on.status, ShownStatus::Running);
    browser.assert_clean_console().await
}

// Fails with: a run of one deployment offered, discarded or cleared away by another on the same host.
async fn deployments_on_one_host_do_not_see_each_others_runs(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&target=300000&start=1").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    let other = site.other_url();
    let page = RunPage::revisit_at(browser, &other, "seed=2&workers=1&batch=100000&target=300000").await?;
    assert_no_offer(&page).await?;
    page.click("Start").await?;
    page.wait_for_status(ShownStatus::Finished).await?;

    let page = RunPage::revisit(browser, &site, "").await?;
    let text = offer(&page, &["seed 1,"]).await?;
    assert!(!text.contains("more saved"), "{text}");
    page.click("Discard").await?;
    page.click("Discard for good").await?;
    page.wait_for_text("resume-offer", str::is_empty).await?;
    assert_eq!(stored_runs(browser).await?.len(), 0);
    let page = RunPage::revisit_at(browser, &other, "").await?;
    let text = offer(&page, &["seed 2,"]).await?;
    assert!(!text.contains("more saved"), "{text}");
    browser.assert_clean_console().await
}

// Fails with: a run that an older version of the page saved not found, counted on, or lost when it is begun again; something
// left under a name without a scope; this tab's own run forgotten by the update; a way to any of this that needs a pointer.
async fn run_of_the_earlier_stream_under_a_name_without_a_scope_is_shown_saved_and_begun_again(
    browser: &Browser,
) -> Result<(), Error> {
    const SAID: &str = "200,000 points, 157,000 inside, π ≈ 3.14000000 (seed 7";
    const EARLIER: &str = "counted with an earlier stream: it can be read and saved, not resumed";
    let site = Site::start().await?;
    let run = saved_run(
        "version=1&seed=7&workers=1&batch=auto&target=300000&chaos=0&points=200000&inside=157000&done=0-2&restarts=0\
         &stale=0&ran_ms=9",
    );
    let newer = saved_run(
        "version=2&seed=8&workers=1&batch=auto&chaos=0&points=100000&inside=78000&done=0-1&restarts=0&stale=0&ran_ms=9",
    );
    let newer = (format!("{RUN_PREFIX}0000000000000003"), newer.replacen("saved_ms=1", "saved_ms=2", 1));
    let values = BTreeMap::from([
        newer.clone(),
        ("dartboard.run.0000000000000001".to_owned(), run.clone()),
        ("dartboard.set-aside.5.0000000000000002".to_owned(), "rubbish".to_owned()),
        ("dartboard.theme".to_owned(), "dark".to_owned()),
    ]);
    let page = open_with(browser, &site, &values, "seed=3").await?;
    offer(&page, &["Resume run, ", "seed 8,", "; 1 more saved"]).await?;
    let own = "sessionStorage.setItem('dartboard.own-run', 'dartboard.run.0000000000000001'); return null;";
    browser.evaluate::<()>(own).await?;
    page.reload().await?;
    offer(&page, &["Saved run, ", SAID, EARLIER]).await?;
    let session: BTreeMap<String, String> =
        browser.evaluate("return Object.fromEntries(Object.entries(sessionStorage));").await?;
    let own = ("dartboard /some/repo/ own-run".to_owned(), format!("{RUN_PREFIX}0000000000000001"));
    assert_eq!(session, BTreeMap::from([own]));
    let moved: BTreeMap<String, String> =
        browser.evaluate("return Object.fromEntries(Object.entries(localStorage));").await?;
    let expected = [
        newer,
        (format!("{RUN_PREFIX}0000000000000001"), run.clone()),
        (format!("{SET_ASIDE_PREFIX}5.0000000000000002"), "rubbish".to_owned()),
        ("dartboard /some/repo/ theme".to_owned(), "dark".to_owned()),
    ];
    assert_eq!(moved, BTreeMap::from(expected));
    let theme = "return document.documentElement.dataset.theme;";
    assert_eq!(browser.evaluate::<String>(theme).await?, "dark");

    // The file that is saved of it can be read, and does not go on either.
    let saved = page.save_file("Save (JSON)").await?;
    assert_eq!(saved.name, "dartboard-7-200000.json");
    let folder = tempfile::tempdir().map_err(Error::io("making a folder"))?;
    let path = folder.path().join(&saved.name);
    std::fs::write(&path, &saved.content).map_err(Error::io("writing a file"))?;
    page.open_details("Save and load").await?;
    page.choose_file(&path).await?;
    page.wait_for_text("file-news", |text| text.contains(SAID) && text.contains(EARLIER)).await?;
    let state = page.state().await?;
    assert_eq!((state.points, state.seed), (0, 3));

    page.reload().await?;
    offer(&page, &[SAID]).await?;
    browser.evaluate::<()>("document.querySelector('#resume-offer button').focus(); return null;").await?;
    page.press(Key::Enter + "").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!((finished.seed, finished.tally()), (7, native_tally(7, 300_000)));
    sleep(Duration::from_millis(1_500)).await;
    let stored = stored_runs(browser).await?;
    assert_eq!(stored.get(&format!("{RUN_PREFIX}0000000000000001")), Some(&run));
    assert_eq!(stored.len(), 3);
    browser.assert_clean_console().await
}
