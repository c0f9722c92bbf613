//! The release on a static host: locked down, named by content, and never two builds at once.

use std::time::Duration;

use dartboard_e2e::site::{SUB_PATH, another_build, dist, has_extension};
use dartboard_e2e::stored::RUN_PREFIX;
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::webkit_console::WebKitConsole;
use dartboard_e2e::{Browser, Engine, Error, RunPage, RunState, ShownStatus, Site, StandIn};
use tokio::time::sleep;

tests! {
    first_visit_is_quiet_under_the_policy_and_fetches_nothing_from_elsewhere,
    first_visit_is_quiet_in_webkit_too,
    redeploy_in_one_profile_never_mixes_builds,
    another_builds_worker_is_refused_with_one_offer_to_reload,
    ten_reloads_in_a_row_beside_another_tab_lose_nothing,
}

const POINTS: u64 = 300_000;
const RUN: &str = "seed=42&workers=1&batch=100000&target=300000&start=1";

/// What is on the page as its version.
const VERSION: &str = "return document.getElementById('version').textContent;";

/// Where each file that the page has loaded came from.
const LOADED: &str = "return performance.getEntriesByType('resource').map(entry => entry.name);";

async fn finish(page: &RunPage<'_>) -> Result<RunState, Error> {
    let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(42, POINTS));
    Ok(finished)
}

// Fails with: a policy that the page itself breaks, or that is not in force; anything fetched from elsewhere.
async fn first_visit_is_quiet_under_the_policy_and_fetches_nothing_from_elsewhere(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    finish(&page).await?;
    browser.assert_clean_console().await?;
    let loaded: Vec<String> = browser.evaluate(LOADED).await?;
    assert!(loaded.iter().any(|url| has_extension(url, "wasm")), "{loaded:#?}");
    assert!(loaded.iter().all(|url| url.starts_with(&site.url())), "{loaded:#?}");

    // What the policy forbids, tried: each is named by the directive that forbids it.
    let forbidden: Vec<String> = browser
        .evaluate_async(
            "const broken = [];
            addEventListener('securitypolicyviolation', event => broken.push(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.inlineHasRun = true';
            document.head.append(script);
            document.body.setAttribute('style', 'color: red');
            const image = document.createElement('img');
            image.src = 'http://localhost:9/image.png';
            document.body.append(image);
            await fetch('http://localhost:9/').catch(() => null);
            try { new Worker('http://localhost:9/worker.js').onerror = event => event.preventDefault(); } catch {}
            const base = document.createElement('base');
            base.href = 'http://localhost:9/';
            document.head.append(base);
            for (let look = 0; look < 100 && broken.length < 6; look++) await new Promise(r => setTimeout(r, 50));
            return window.inlineHasRun ? ['the inline script has run'] : broken.sort();",
        )
        .await?;
    for directive in ["base-uri", "connect-src", "img-src", "script-src-elem", "style-src-attr"] {
        // Older engines do not tell elements and attributes apart.
        let wide = directive.trim_end_matches("-elem").trim_end_matches("-attr");
        assert!(
            forbidden.iter().any(|its| its == directive || its == wide),
            "no {directive} in {forbidden:?}"
        );
    }
    Ok(())
}

// Fails with: a page that breaks its own policy in WebKit, or says anything as an error there; a listener that hears
// nothing.
async fn first_visit_is_quiet_in_webkit_too(browser: &Browser) -> Result<(), Error> {
    if browser.engine() != Engine::WebKit {
        // Every other test hears the console there.
        return Ok(());
    }
    let site = Site::start().await?;
    let page = format!("{SUB_PATH}index.html#/?{RUN}");
    let mut console = WebKitConsole::open(&site, &page)?;
    console.wait_for("\"status\":\"finished\"").await?;
    assert_eq!(console.errors(), [""; 0]);

    // Were there errors, they would be heard.
    let html = String::from_utf8_lossy(&site.content("index.html")?).into_owned();
    let planted = html.replace("</body>", "<script>console.log('inline')</script></body>");
    assert_ne!(html, planted);
    site.replace("index.html", StandIn::content(planted));
    let mut console = WebKitConsole::open(&site, &page)?;
    console.wait_for("\"status\":\"finished\"").await?;
    assert!(
        console.errors().iter().any(|error| error.contains("Content Security Policy")),
        "{:#?}",
        console.errors()
    );
    Ok(())
}

// Fails with: a worker, script or wasm taken from the build before, however long the browser was told to keep it.
async fn redeploy_in_one_profile_never_mixes_builds(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let other = another_build(&dist()?)?;
    // Every file is kept for ever, as some hosts say of all files but the page.
    site.set_cache_control("max-age=31536000, immutable");
    site.replace(
        "index.html",
        StandIn::unchanged()
            .with_header(axum::http::header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-cache")),
    );
    let first = site.files()?;
    let mut worker = String::new();
    for visit in 0..4 {
        if visit % 2 == 1 {
            site.deploy(other.path());
        } else {
            site.deploy(&dist()?);
        }
        let page = RunPage::open(browser, &site, RUN).await?;
        finish(&page).await?;
        let is_other = browser.evaluate::<String>(VERSION).await?.starts_with("9.9.9");
        assert_eq!(is_other, visit % 2 == 1, "the page of the build before");
        worker = site.file("worker-loader.js")?;
        assert_eq!(first.contains(&worker), !is_other, "both builds have {worker}");
        let named: String = browser
            .evaluate("return document.querySelector('meta[name=\"dartboard-worker\"]').content;")
            .await?;
        assert!(named.ends_with(&worker), "{named} is not {worker}");
    }
    browser.assert_clean_console().await?;

    // The page too is kept, and its files are gone from the host and, some of them, from the cache: then the page of
    // the build before can be whole or say what is wrong, and loading it again brings the new build.
    site.restore();
    site.set_cache_control("max-age=31536000");
    let page = RunPage::open(browser, &site, RUN).await?;
    finish(&page).await?;
    site.deploy(&dist()?);
    site.replace(worker, StandIn::not_found());
    let page = RunPage::load(browser, &site.url(), RUN).await?;
    let said = "const status = document.getElementById('run')?.dataset.status;
        const has_ended = status === 'finished' || status === 'failed';
        return has_ended ? status : document.getElementById('fatal').textContent;";
    let mut end = String::new();
    for _ in 0..600 {
        end = browser.evaluate(said).await?;
        if !end.is_empty() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    if end != "finished" {
        let has_begun = end == "failed";
        if has_begun {
            page.button("Reload the page").await?;
        } else {
            assert!(end.contains("could not be loaded") && end.contains("Reload the page"), "{end:?}");
        }
        page.reload().await?;
        // What the address says is done once.
        if has_begun {
            page.click("Start").await?;
        }
        assert!(!browser.evaluate::<String>(VERSION).await?.starts_with("9.9.9"));
    }
    finish(&page).await?;
    Ok(())
}

// Fails with: a page that takes tallies from another build's worker; a mismatch that loads the page by itself, again
// and again; one without a word, or without a way out.
async fn another_builds_worker_is_refused_with_one_offer_to_reload(browser: &Browser) -> Result<(), Error> {
    const LOADS: &str = "return Number(sessionStorage.loads ?? 0);";
    let site = Site::start().await?;
    let other = another_build(&dist()?)?;
    let foreign = Site::serve(other.path().to_owned()).await?.content("worker_bg.wasm")?;
    // A cache that lies: under the new name it has the old content.
    site.replace(site.file("worker_bg.wasm")?, StandIn::content(foreign));
    let page = RunPage::load(browser, &site.url(), "seed=42&workers=2&batch=100000&start=1").await?;
    for load in 0..3 {
        let failed = page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
        assert_eq!((failed.points, failed.workers, failed.restarts), (0, 0, 0), "load {load}");
        // WebKit says what is to be seen only once it has drawn it.
        let told =
            |text: &str| text.contains("of build “ffffffffffffffff”") && text.contains("reload the page");
        let text = page.wait_for_text("trouble", told).await?;
        assert_eq!(text.matches("Reload the page").count(), 1, "{text}");
        // Nothing happens by itself.
        let mark = format!("sessionStorage.loads = {load}; window.same = {load}; return null;");
        browser.evaluate::<()>(&mark).await?;
        sleep(Duration::from_secs(2)).await;
        assert_eq!(browser.evaluate::<Option<u64>>("return window.same ?? null;").await?, Some(load));
        assert_eq!(browser.evaluate::<u64>(LOADS).await?, load);
        if load == 2 {
            site.restore();
        }
        page.click("Reload the page").await?;
        for _ in 0..600 {
            if browser.evaluate::<bool>("return window.same === undefined;").await.unwrap_or(false) {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        if load < 2 {
            page.wait_for("the page to be there again", |_| true).await?;
            page.click("Start").await?;
        }
    }
    page.wait_for("the page to be there again", |_| true).await?;
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0 && run.status == ShownStatus::Running).await?;
    Ok(())
}

// Fails with: a page that a reload at a bad moment breaks; runs that multiply with each reload; a run that loses
// what another tab counts.
async fn ten_reloads_in_a_row_beside_another_tab_lose_nothing(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1&batch=100000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    let tab = browser.webdriver().new_tab().await?;
    browser.webdriver().switch_to_window(tab).await?;
    let page = RunPage::revisit(browser, &site, "seed=2&workers=1&batch=100000&start=1").await?;
    let mut last = page.wait_for("counting", |run| run.points > 0).await?.points;
    for reload in 0..10 {
        // The first as soon as the page is there, so that some come while it still starts.
        for _ in 0..=reload % 3 {
            browser.evaluate::<()>("setTimeout(() => location.reload()); return null;").await?;
        }
        page.wait_for_text("resume-offer", |text| text.contains("Resume run, ") && text.contains("seed 2,"))
            .await?;
        page.click("Resume").await?;
        let resumed = page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
        assert!(resumed.points >= last, "{resumed:?} after {last} points");
        page.click("Start").await?;
        last = page.wait_for("counting", |run| run.points > resumed.points).await?.points;
    }
    let stored =
        &format!("return Object.keys(localStorage).filter(key => key.startsWith('{RUN_PREFIX}')).length;");
    assert_eq!(browser.evaluate::<u64>(stored).await?, 2, "runs multiply");
    browser.webdriver().switch_to_window(first).await?;
    let on = page.wait_for("counting", |run| run.points > 0 && run.seed == 1).await?;
    assert_eq!((on.status, on.restarts), (ShownStatus::Running, 0));
    browser.assert_clean_console().await
}
