//! Without a network, and when another build comes: nothing changes but by the user's word.

use std::fs;
use std::time::Duration;

use dartboard_e2e::site::{another_build, another_build_of_stream, dist};
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus, Site, StandIn};

tests! {
    second_visit_runs_without_a_network,
    each_program_is_kept_as_a_whole_and_named,
    where_data_are_saved_only_the_run_is_kept,
    new_build_is_offered_and_taken_by_the_users_word_alone,
    broken_update_leaves_the_build_in_use_alone,
    update_in_one_tab_leaves_the_run_in_another_alone,
}

const POINTS: u64 = 300_000;
/// Of which [`run_to_the_end`] knows the end.
pub(crate) const RUN: &str = "seed=42&workers=1&batch=100000&target=300000";

/// What another build's page calls itself.
const OTHER_VERSION: &str = "9.9.9";

pub(crate) async fn wait_until_kept(page: &RunPage<'_>) -> Result<(), Error> {
    page.wait_for_text("offline", is_kept).await?;
    Ok(())
}

fn is_kept(text: &str) -> bool {
    text.contains("; kept for use without a network")
}

async fn wait_for_offer(browser: &Browser, page: &RunPage<'_>) -> Result<(), Error> {
    wait_while_replaced(browser, page, "update", |text| text.contains("A new version of Dartboard is ready"))
        .await
}

/// Waits for a text of the element `id` while the page's service worker is replaced.
async fn wait_while_replaced(
    browser: &Browser,
    page: &RunPage<'_>,
    id: &str,
    is_right: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    if browser.engine() == Engine::WebKit {
        // Some pages that are isolated while their service worker is replaced hear nothing of it; the next one does.
        let hasty = RunPage::attach(browser).with_patience(Duration::from_secs(10));
        match hasty.wait_for_text(id, &is_right).await {
            Err(Error::TimedOut { .. }) => page.reload().await?,
            ended => return ended.map(drop),
        }
    }
    page.wait_for_text(id, is_right).await?;
    Ok(())
}

async fn is_other(browser: &Browser) -> Result<bool, Error> {
    let version: String = browser.evaluate("return document.getElementById('version').textContent;").await?;
    Ok(version.starts_with(OTHER_VERSION))
}

/// Names of the caches that the browser has for the whole host.
async fn caches(browser: &Browser) -> Result<Vec<String>, Error> {
    browser.evaluate_async("return (await caches.keys()).sort();").await
}

/// The names of the caches once there are no more than `count`, or after ten seconds.
async fn wait_for_caches(browser: &Browser, count: usize) -> Result<Vec<String>, Error> {
    let mut names = caches(browser).await?;
    for _ in 0..100 {
        if names.len() <= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        names = caches(browser).await?;
    }
    Ok(names)
}

/// Starts the run of the address anew and waits for its end.
pub(crate) async fn run_to_the_end(page: &RunPage<'_>) -> Result<(), Error> {
    page.wait_for("the page to be idle", |run| run.status == ShownStatus::Idle).await?;
    page.click("Start").await?;
    let finished = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(42, POINTS));
    Ok(())
}

// Fails with: a file that is not kept, or not found again under the sub-path or at a second attempt; a page that needs the host to start.
async fn second_visit_runs_without_a_network(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;
    site.cut_off().await;
    page.reload().await?;
    run_to_the_end(&page).await?;
    // What did not arrive at first is asked for once more under another address.
    let again = "const script = document.querySelector('script[data-app-js]').dataset.appJs;
        return (await fetch(new URL(script + '?1', document.baseURI)).catch(() => null))?.ok ?? false;";
    assert!(browser.evaluate_async::<bool>(again).await?, "a second attempt does not find what is kept");
    // By the folder and by the file, in another tab and with what a link may carry along.
    for end in ["", "index.html", "?from=a-link"] {
        let tab = browser.webdriver().new_tab().await?;
        browser.webdriver().switch_to_window(tab).await?;
        browser.webdriver().goto(format!("{}{end}#/?{RUN}", site.url())).await?;
        run_to_the_end(&page).await?;
    }
    Ok(())
}

/// Waits until every page is kept that the header names, but `missing`.
async fn wait_until_named(browser: &Browser, page: &RunPage<'_>, missing: &str) -> Result<(), Error> {
    let pages: Vec<String> = browser
        .evaluate(
            "const shown = document.querySelector('[data-route]:not([hidden])');
            const links = [...shown.querySelectorAll('nav[aria-label=Pages] a')];
            // The class is shown only where there is one.
            return links.filter(link => link.getClientRects().length > 0).map(link => link.textContent);",
        )
        .await?;
    let kept: Vec<_> = pages.into_iter().filter(|page| page != missing).collect();
    let expected = format!(": {}", kept.join(", "));
    page.wait_for_text("programs", |text| text == expected).await?;
    Ok(())
}

// Fails with: a program that is not kept, or is named and does not start without a network; a name that the header does not
// have; a file of it that is lost and not fetched again, or without which it is named all the same; one that costs the run
// its place in the cache; one that is not tried again when it is opened.
async fn each_program_is_kept_as_a_whole_and_named(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let wasm = site.file("benchmark_bg.wasm")?;
    site.replace(&*wasm, StandIn::unavailable());
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_named(browser, &page, "Benchmark").await?;
    page.wait("the host to be asked for the rest", async || {
        Ok((!site.answered(&wasm).is_empty()).then_some(()))
    })
    .await?;
    site.cut_off().await;
    page.reload().await?;
    run_to_the_end(&page).await?;
    wait_until_named(browser, &page, "Benchmark").await?;

    site.restore();
    site.reconnect().await?;
    browser.evaluate::<()>("location.hash = '#/benchmark'; return null;").await?;
    page.wait_until("document.getElementById('benchmark-run')").await?;
    wait_until_named(browser, &page, "").await?;
    let lose = format!(
        "for (const name of await caches.keys()) await (await caches.open(name)).delete('{}{wasm}');
        return null;",
        site.url()
    );
    browser.evaluate_async::<()>(&lose).await?;
    let before = site.answered(&wasm).len();
    browser.evaluate::<()>(&format!("location.hash = '#/?{RUN}'; return null;")).await?;
    page.reload().await?;
    page.wait("the lost file to be fetched again", async || {
        Ok((site.answered(&wasm).len() > before).then_some(()))
    })
    .await?;
    wait_until_named(browser, &page, "").await?;
    site.cut_off().await;
    let tab = browser.webdriver().new_tab().await?;
    browser.webdriver().switch_to_window(tab).await?;
    browser.webdriver().goto(format!("{}#/benchmark", site.url())).await?;
    page.wait_until("document.getElementById('benchmark-run')").await
}

// Fails with: programs and icons that are fetched although the user saves data.
async fn where_data_are_saved_only_the_run_is_kept(browser: &Browser) -> Result<(), Error> {
    if !browser.has_devtools("a connection on which data are saved") {
        return Ok(());
    }
    let saving = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });";
    browser.run_before_pages(saving).await?;
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    wait_until_kept(&page).await?;
    run_to_the_end(&page).await?;
    for file in ["benchmark.js", "benchmark_bg.wasm", "icon-512.png"] {
        assert!(site.answered(&site.file(file)?).is_empty(), "{file}");
    }
    assert_eq!(page.text("programs").await?, ": π live");
    Ok(())
}

/// What is said of a build of another stream.
const OF_ANOTHER_STREAM: &str = "runs saved by now can be read and saved, not resumed";

// Fails with: a new build that nobody is told of, or that takes over by itself: at once, by a reload, or when no tab
// was open in between; one of another stream, of which the user is not told what that means for runs; a refusal that asks again and again on one visit; an acceptance that loses the run or leaves
// the old build behind; other projects' caches on the same host removed.
async fn new_build_is_offered_and_taken_by_the_users_word_alone(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;
    let own = caches(browser).await?;
    assert_eq!(own.len(), 2, "the build and the choice: {own:?}");
    assert!(own.iter().all(|name| name.starts_with("dartboard /some/repo/ ")), "{own:?}");
    let foreign = ["dartboard /some/ build", "dartboard /some/repo2/ build", "other"];
    for name in foreign {
        browser.evaluate_async::<()>(&format!("await caches.open('{name}'); return null;")).await?;
    }

    let other = another_build_of_stream(&dist()?, 3)?;
    site.deploy(other.path());
    page.reload().await?;
    wait_for_offer(browser, &page).await?;
    assert!(page.text("update").await?.contains(OF_ANOTHER_STREAM));
    assert!(!is_other(browser).await?, "it took over by itself");
    // The page that is offered a new one is whole, although the host has nothing of it any more.
    run_to_the_end(&page).await?;
    page.click("Not now").await?;
    assert_eq!(page.text("update").await?, "");
    page.reload().await?;
    wait_for_offer(browser, &page).await?;
    assert!(!is_other(browser).await?, "it took over by a reload");
    let page = RunPage::revisit(browser, &site, RUN).await?;
    wait_for_offer(browser, &page).await?;
    assert!(!is_other(browser).await?, "it took over while no tab was open");
    site.cut_off().await;
    page.reload().await?;
    assert!(!is_other(browser).await?, "it took over without a network");
    site.reconnect().await?;
    page.reload().await?;
    wait_for_offer(browser, &page).await?;

    page.click("Start").await?;
    page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    page.click("Load the new version").await?;
    page.wait_for_text("version", |text| text.starts_with(OTHER_VERSION)).await?;
    page.wait_for_text("resume-offer", |text| text.contains("Show run, ")).await?;
    wait_until_kept(&page).await?;
    assert_eq!(page.text("update").await?, "");
    page.reload().await?;
    assert!(is_other(browser).await?, "it was not kept");
    wait_until_kept(&page).await?;
    // The last build's files are gone, and nobody else's.
    let left = wait_for_caches(browser, 2 + foreign.len()).await?;
    assert!(foreign.iter().all(|name| left.iter().any(|its| its == name)), "{left:?}");
    assert_eq!(left.len(), 2 + foreign.len(), "{left:?}");
    assert!(!own.iter().all(|name| left.contains(name)), "the old build is still there: {left:?}");
    site.cut_off().await;
    page.reload().await?;
    assert!(is_other(browser).await?);
    run_to_the_end(&page).await
}

/// Asks the browser for an update, whatever it has kept, and waits until it has taken or refused what is there.
async fn wait_until_updated(browser: &Browser) -> Result<(), Error> {
    browser
        .evaluate_async(
            "const kept = await navigator.serviceWorker.getRegistration();
            await kept.update().catch(() => null);
            const worker = kept.installing ?? kept.waiting;
            for (let look = 0; worker && worker.state === 'installing' && look < 600; look++)
                await new Promise(done => setTimeout(done, 50));
            return null;",
        )
        .await
}

// Fails with: a build of which a part is missing, cut off or another's offered or used; the old one harmed by it; a
// build that is whole later not offered then.
async fn broken_update_leaves_the_build_in_use_alone(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, RUN).await?;
    wait_until_kept(&page).await?;
    let own = caches(browser).await?;
    let other = another_build(&dist()?)?;
    site.deploy(other.path());
    let (wasm, style) = (site.file("worker_bg.wasm")?, site.file("style.css")?);
    let whole = fs::read(other.path().join(&wasm)).map_err(Error::io("reading the worker's wasm"))?;
    let page_file = "index.html".to_owned();
    let mut faulty = &wasm;
    for (file, fault) in [
        (&wasm, StandIn::content(&whole[..whole.len() / 2])),
        (&wasm, StandIn::not_found()),
        (&style, StandIn::content("body { display: none; }")),
        (&page_file, StandIn::content("<p>A page to log in to this network.")),
    ] {
        site.replace(file, fault);
        if file != faulty {
            // At no moment is the build whole: the browser asks for it when it likes, and would have all of it then.
            wait_until_updated(browser).await?;
            site.restore_file(faulty);
            faulty = file;
        }
        page.reload().await?;
        wait_until_updated(browser).await?;
        page.reload().await?;
        wait_while_replaced(browser, &page, "offline", is_kept).await?;
        assert_eq!(page.text("update").await?, "", "{file}: a broken build is offered");
        assert!(!is_other(browser).await?, "{file}");
        run_to_the_end(&page).await?;
        assert_eq!(wait_for_caches(browser, own.len()).await?, own, "{file}: a part of it is left");
    }
    site.restore_file(faulty);
    page.reload().await?;
    wait_for_offer(browser, &page).await?;
    page.click("Load the new version").await?;
    page.wait_for_text("version", |text| text.starts_with(OTHER_VERSION)).await?;
    run_to_the_end(&page).await
}

// Fails with: a tab that another one's update leaves without the files of its own build.
async fn update_in_one_tab_leaves_the_run_in_another_alone(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let first = browser.webdriver().window().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2").await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0).await?;

    let other = another_build(&dist()?)?;
    site.deploy(other.path());
    let tab = browser.webdriver().new_tab().await?;
    browser.webdriver().switch_to_window(tab).await?;
    let second = RunPage::visit(browser, &site.url(), RUN).await?;
    wait_for_offer(browser, &second).await?;
    assert!(!second.text("update").await?.contains(OF_ANOTHER_STREAM), "it is of the same stream");
    second.click("Load the new version").await?;
    second.wait_for_text("version", |text| text.starts_with(OTHER_VERSION)).await?;
    wait_until_kept(&second).await?;

    browser.webdriver().switch_to_window(first).await?;
    assert!(!is_other(browser).await?);
    let before = page.state().await?;
    page.click("Crash worker 1").await?;
    let on = page.wait_for("a replacement", |run| run.restarts > before.restarts && run.workers == 2).await?;
    let on = page.wait_for("counting to go on", |run| run.points > on.points).await?;
    assert_eq!(on.status, ShownStatus::Running);
    page.reload().await?;
    assert!(is_other(browser).await?, "a reload after that has the new build");
    Ok(())
}
