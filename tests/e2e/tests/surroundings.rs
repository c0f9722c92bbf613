//! What is around the page and not ours: translators that change its texts, hosts that are busy or change its files,
//! caches that are cleared, places from which no script runs.

use std::path::Path;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use dartboard_e2e::site::dist;
use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus, Site, StandIn, Translator};
use thirtyfour::prelude::*;

tests! {
    translated_texts_stay_right,
    what_a_busy_host_refuses_is_there_after_retries,
    what_the_footer_promises_is_what_works_now,
    where_no_script_runs_the_page_names_the_likely_causes,
}

/// The page's functions for a page whose texts stand in `«»`: what an element says, and a click on a button.
const TRANSLATED: &str = "
    const said = selector => document.querySelector(selector)?.textContent.replaceAll(/[«»]/g, '') ?? '';
    const click = (selector, name) => [...document.querySelectorAll(selector)]
        .find(button => button.textContent.replaceAll(/[«»]/g, '') === name).click();
    const mirror = document.getElementById('run').dataset;
    const points = Number(mirror.points).toLocaleString('en');";

/// Waits until `condition`, an expression in JavaScript with the functions of [`TRANSLATED`], is true.
async fn wait_until(page: &RunPage<'_>, condition: &str) -> Result<(), Error> {
    page.wait_until(&format!("(() => {{ {TRANSLATED} return {condition}; }})()")).await
}

async fn run(browser: &Browser, script: &str) -> Result<(), Error> {
    browser.evaluate(&format!("{TRANSLATED} {script}; return null;")).await
}

// Fails with: figures, buttons, notices or dialogs that say what they said when they were translated, beside what they
// say now or alone; a page that breaks when it adds to or removes from what was translated.
async fn translated_texts_stay_right(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&batch=100000").await?;
    for translator in [Translator::Replaces, Translator::Removes, Translator::Wraps] {
        translator.translate(browser, "body").await?;
        wait_until(&page, "document.querySelectorAll('h2 font').length > 2").await?;
        run(browser, "click('#start-stop', 'Start')").await?;
        wait_until(&page, "said('#start-stop') === 'Stop' && said('#status-line') === 'Status: Running'")
            .await?;
        translator.translate(browser, "body").await?;
        let before = page.state().await?.points;
        page.wait_for("counting to go on", |run| run.points > before + 1_000_000).await?;
        wait_until(
            &page,
            &format!(
                "Number(said('#points-line').match(/Points: ([0-9,]+)/)[1].replaceAll(',', '')) > {before}"
            ),
        )
        .await?;
        run(browser, "click('#start-stop', 'Stop')").await?;
        page.wait_for_status(ShownStatus::Paused).await?;
        wait_until(&page, "said('#start-stop') === 'Start' && said('#status-line') === 'Status: Paused'")
            .await?;
        wait_until(&page, "said('#points-line') === `Points: ${points} | Workers: ${mirror.workers}`")
            .await?;
        // A dialog that is opened, translated and closed, and another one.
        for _ in 0..2 {
            run(browser, "click('button', 'Copy link')").await?;
            wait_until(
                &page,
                "said('dialog').includes('Link to this run') && /counts the same [0-9,]+ points/.test(said('dialog'))",
            )
            .await?;
            translator.translate(browser, "body").await?;
            run(browser, "click('dialog button', 'Close')").await?;
            page.wait_for_no_dialog().await?;
        }
        // The explanations, which do not change, stay translated.
        wait_until(&page, "document.querySelectorAll('h2 font').length > 2").await?;
    }
    page.reload().await?;
    page.wait_for_text("resume-offer", |text| text.contains("Resume run")).await?;
    let offer: String =
        browser.evaluate("return document.getElementById('resume-offer').textContent;").await?;
    let same = format!("said('#resume-offer') === {offer:?}");
    Translator::Replaces.translate(browser, "body").await?;
    wait_until(&page, &same).await?;
    for _ in 0..2 {
        run(browser, "click('#resume-offer button', 'Discard')").await?;
        wait_until(
            &page,
            "/Discard this run\\?You will lose the .* points saved here/.test(said('#resume-offer dialog'))",
        )
        .await?;
        Translator::Wraps.translate(browser, "body").await?;
        run(browser, "click('#resume-offer dialog button', 'Keep it')").await?;
        wait_until(&page, &same).await?;
    }
    browser.assert_clean_console().await
}

// Fails with: a script or program that can never be loaded after the host did not answer once, twice or more often; a
// button that tries it and cannot succeed.
async fn what_a_busy_host_refuses_is_there_after_retries(browser: &Browser) -> Result<(), Error> {
    const SHOWN: &str = "document.querySelector('#run, #benchmark-run')";
    const REFUSED: &str = "!document.getElementById('fatal').hidden";
    let site = Site::start().await?;
    for (file, fragment, refusals) in [
        ("benchmark.js", "#/benchmark", 5),
        ("benchmark_bg.wasm", "#/benchmark", 2),
        ("run.js", "", 5),
        ("run_bg.wasm", "", 2),
    ] {
        site.replace(site.file(file)?, StandIn::unavailable().times(refusals));
        let page = RunPage::load(browser, &(site.url() + fragment), "").await?;
        let mut retries = 0;
        loop {
            page.wait_until(&format!("{SHOWN} || {REFUSED}")).await?;
            if browser.evaluate(&format!("return Boolean({SHOWN});")).await? {
                break;
            }
            retries += 1;
            assert!(retries <= refusals, "{file} is never loaded");
            page.click("Try again").await?;
        }
        site.restore();
        // Where the page is left before, WebKit may install the service worker for ever (docs/browsers.md).
        page.wait_for_text("offline", |text| !text.is_empty()).await?;
    }
    // What workers are made of, and what keeps the page.
    for file in ["worker-loader.js", "worker.js", "worker_bg.wasm", "offline.js"] {
        site.replace(site.file(file)?, StandIn::unavailable().times(1));
    }
    let page = RunPage::open(browser, &site, "workers=1&target=100000&start=1").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    page.wait_for_text("offline", |text| text.contains("kept for use without a network")).await?;
    Ok(())
}

// Fails with: a promise that is kept in the footer though the files are lost or were never cached; a loss that is not made
// good at the next visit; a refusal without its reason.
async fn what_the_footer_promises_is_what_works_now(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let html = String::from_utf8_lossy(&site.content("index.html")?).into_owned();
    let worker = site.file("worker.js")?;
    // A host that changes whitespace, and one that has not all files.
    for (file, stand_in, reason, visits) in [
        (
            "index.html",
            StandIn::content(html.replace("<body>", "<body>\n")),
            "the host changes index.html",
            2,
        ),
        (worker.as_str(), StandIn::not_found(), "the host answers 404 for worker-", 1),
    ] {
        site.replace(file, stand_in);
        let page = RunPage::open(browser, &site, "").await?;
        for visit in 1..=visits {
            page.wait_for_text("offline", |text| {
                text.contains("not kept for use without a network") && text.contains(reason)
            })
            .await?;
            if visit < visits {
                page.reload().await?;
            }
        }
        site.restore();
    }
    // What the browser has cleared, or one file of it, is fetched again.
    let page = RunPage::open(browser, &site, "workers=1&target=100000").await?;
    for loss in [
        "return null;",
        "for (const name of await caches.keys()) await caches.delete(name); return null;",
        "for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) if (request.url.includes('worker')) await cache.delete(request);
        }
        return null;",
    ] {
        page.wait_for_text("offline", |text| text.contains("; kept for use without a network")).await?;
        browser.evaluate_async::<()>(loss).await?;
        page.reload().await?;
    }
    page.wait_for_text("offline", |text| text.contains("; kept for use without a network")).await?;
    site.cut_off().await;
    page.reload().await?;
    page.click("Start").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    Ok(())
}

// Fails with: a page that stays blank, or blames one cause, where its script does not run.
async fn where_no_script_runs_the_page_names_the_likely_causes(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    let boot = site.file("boot.js")?;
    let file =
        Path::new("/").join(dist()?.canonicalize().map_err(Error::io("finding dist"))?.join("index.html"));
    site.replace(
        &*boot,
        StandIn::unchanged().with_header(CONTENT_TYPE, HeaderValue::from_static("text/html")),
    );
    let file = format!("file://{}", file.display());
    // The others, where a driver leads them, run scripts from files.
    let as_file = (browser.engine() == Engine::Chromium).then_some(file);
    for url in as_file.into_iter().chain([site.url()]) {
        browser.webdriver().goto(&url).await?;
        let text = RunPage::attach(browser).wait_for_text("starting", |text| !text.is_empty()).await?;
        for cause in [
            "as a file",
            "a frame or a policy",
            "wrong type",
            "last slash",
            "changes it",
            "older than Chrome",
        ] {
            assert!(text.contains(cause), "{url}: no {cause:?} in {text:?}");
        }
        assert!(browser.webdriver().find(By::Css("#fatal[hidden]")).await.is_ok(), "{url}");
    }
    Ok(())
}
