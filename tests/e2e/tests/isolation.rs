//! Cross-origin isolation, by which a page may share memory with its workers, on hosts that send nothing for it.

use axum::http::StatusCode;
use dartboard_e2e::{Browser, Engine, Error, RunPage, SharedMemory, ShownStatus, Site, StandIn};

use crate::offline::{RUN, run_to_the_end, wait_until_kept};

tests! {
    every_visit_but_the_first_may_share_memory,
    a_host_that_redirects_or_sends_nothing_again_has_an_isolated_page,
    a_host_that_sends_the_headers_has_an_isolated_page_at_once,
    a_page_that_is_not_isolated_goes_on_beside_one_that_is,
    an_isolated_page_that_has_lost_its_service_worker_is_right_again_by_a_reload,
    a_browser_without_shared_memory_counts_in_an_isolated_page,
}

/// The page's own sentence for workers that cannot start.
const NOT_STARTED: &str = "program could not be loaded";

async fn is_isolated(browser: &Browser) -> Result<bool, Error> {
    browser.evaluate("return crossOriginIsolated;").await
}

async fn shares_memory(browser: &Browser) -> Result<bool, Error> {
    browser.evaluate("return crossOriginIsolated && typeof SharedArrayBuffer === 'function';").await
}

/// What the browser has cached for this page goes, so that the host has to answer.
pub(crate) async fn forget_kept(browser: &Browser) -> Result<(), Error> {
    let script = "for (const name of await caches.keys()) await caches.delete(name); return null;";
    browser.evaluate_async(script).await
}

// Fails with: a service worker that does not send the headers with the page or with its workers, which then do not start;
// one that sends them only with what the host answers, or only with what is kept.
async fn every_visit_but_the_first_may_share_memory(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;
    assert!(!is_isolated(browser).await?, "the host sends no headers");
    page.reload().await?;
    assert!(shares_memory(browser).await?);
    run_to_the_end(&page).await?;
    site.cut_off().await;
    page.reload().await?;
    assert!(shares_memory(browser).await?);
    run_to_the_end(&page).await?;
    browser.assert_clean_console().await
}

// Fails with: an answer without a status, or with one that has no content, of which the service worker makes an error.
async fn a_host_that_redirects_or_sends_nothing_again_has_an_isolated_page(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;

    let before = site.answered("index.html").len();
    forget_kept(browser).await?;
    page.reload().await?;
    let answers = site.answered("index.html").split_off(before);
    if browser.engine() == Engine::WebKit {
        browser.leave_out("a page of which the host sends nothing again", "its reload asks for all of it");
        assert!(!answers.is_empty(), "the host was not asked");
    } else {
        assert!(answers.contains(&StatusCode::NOT_MODIFIED), "{answers:?}");
    }
    assert!(is_isolated(browser).await?);
    run_to_the_end(&page).await?;
    wait_until_kept(&page).await?;

    site.redirect_page_to_folder();
    let before = site.answered("index.html").len();
    forget_kept(browser).await?;
    let page = RunPage::revisit_at(browser, &format!("{}index.html", site.url()), RUN).await?;
    let answers = site.answered("index.html").split_off(before);
    assert!(answers.contains(&StatusCode::PERMANENT_REDIRECT), "{answers:?}");
    assert!(is_isolated(browser).await?);
    assert!(browser.evaluate::<bool>("return location.pathname.endsWith('/');").await?);
    run_to_the_end(&page).await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    assert!(is_isolated(browser).await?);
    run_to_the_end(&page).await
}

// Fails with: a page that knows only one way to be isolated.
async fn a_host_that_sends_the_headers_has_an_isolated_page_at_once(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for file in ["index.html".to_owned(), site.file("worker-loader.js")?] {
        site.replace(file, StandIn::isolated());
    }
    let page = RunPage::open(browser, &site, RUN).await?;
    assert!(shares_memory(browser).await?);
    run_to_the_end(&page).await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    assert!(shares_memory(browser).await?);
    run_to_the_end(&page).await
}

// Fails with: a page that a second one, isolated, takes its workers or its run from.
async fn a_page_that_is_not_isolated_goes_on_beside_one_that_is(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&start=1").await?;
    wait_until_kept(&page).await?;
    let tab = browser.webdriver().new_tab().await?;
    browser.webdriver().switch_to_window(tab).await?;
    let second = RunPage::revisit(browser, &site, RUN).await?;
    assert!(is_isolated(browser).await?);
    run_to_the_end(&second).await?;

    browser.webdriver().switch_to_window(first).await?;
    assert!(!is_isolated(browser).await?);
    let before = page.state().await?;
    assert_eq!((before.status, before.restarts), (ShownStatus::Running, 0));
    page.click("Crash worker 1").await?;
    let on = page.wait_for("a replacement", |run| run.restarts == 1 && run.workers == 2).await?;
    page.wait_for("counting to go on", |run| run.points > on.points).await?;
    Ok(())
}

// Fails with: an isolated page whose workers the host answers without the headers, and which then tries for ever, says
// nothing of it, or is no better off after the reload that it offers.
async fn an_isolated_page_that_has_lost_its_service_worker_is_right_again_by_a_reload(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    // No driver takes it away from a page that is open. This page is as isolated, and never had one.
    let html = String::from_utf8_lossy(&site.content("index.html")?).into_owned();
    let html = html.replace("name=\"dartboard-service-worker\"", "name=\"none\"");
    site.replace("index.html", StandIn::content(html).with_isolation());
    let page = RunPage::open(browser, &site, RUN).await?;
    assert!(is_isolated(browser).await?);
    page.click("Start").await?;
    page.wait_for_status(ShownStatus::Failed).await?;
    page.wait_for_text("trouble", |text| text.contains(NOT_STARTED)).await?;
    site.restore();
    browser.evaluate::<()>("window.isLeft = true; return null;").await?;
    page.click("Reload the page").await?;
    page.wait_until("window.isLeft !== true && document.getElementById('run')").await?;
    run_to_the_end(&page).await
}

// Fails with: a page for which to be isolated is to share memory.
async fn a_browser_without_shared_memory_counts_in_an_isolated_page(browser: &Browser) -> Result<(), Error> {
    if browser.engine() != Engine::WebKit {
        browser.leave_out("an isolated page without shared memory", "it always has shared memory there");
        return Ok(());
    }
    let site = Site::start().await?;
    let without = Browser::start_with(SharedMemory::AsBuilt).await?;
    let page = RunPage::open(&without, &site, RUN).await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    assert!(is_isolated(&without).await?);
    assert!(!shares_memory(&without).await?);
    run_to_the_end(&page).await
}
