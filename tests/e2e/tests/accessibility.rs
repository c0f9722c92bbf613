//! What axe-core finds in every state of the page, and whether it fits its window.
//!
//! `./run test` installs axe-core and names its script in `DARTBOARD_AXE`.

use std::env;
use std::fs;

use dartboard_e2e::site::{has_extension, is_worker_file};
use dartboard_e2e::{Browser, Error, RunPage, ShownStatus, Site, StandIn};
use serde::Deserialize;
use thirtyfour::By;

tests! {
    #[in_one_engine]
    no_violation_while_a_run_goes_well,
    #[in_one_engine]
    no_violation_on_the_benchmark_page,
    #[in_one_engine]
    no_violation_on_the_lectures_page,
    #[in_one_engine]
    no_violation_in_trouble,
    #[in_one_engine]
    no_violation_in_dialogs,
    page_never_scrolls_sideways,
}

/// The widest and the narrowest window that axe-core looks at, width by height in pixels.
const WINDOWS_PX: [(u32, u32); 2] = [(1280, 800), (360, 740)];

/// Rules as axe-core groups them: WCAG 2.2 level AA with all before it, and its best practices.
const CHECK: &str = r"
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    // The colours of a moment between two themes are nobody's.
    await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => null)));
    // Its tag alone does not switch this rule on.
    const rules = { 'target-size': { enabled: true } };
    const results = await axe.run(document, { runOnly: tags, rules, resultTypes: ['violations'] });
    if (!results.passes.concat(results.violations, results.incomplete).some(({ id }) => id === 'target-size')) {
        throw new Error('the size of targets was not looked at');
    }
    return results.violations.flatMap(({ id, help, nodes }) => nodes.map(node => ({
        rule: id, help, element: node.html.slice(0, 300), why: node.failureSummary,
    })));
";

#[derive(Debug, Deserialize)]
struct Violation {
    rule: String,
    help: String,
    element: String,
    why: String,
}

/// axe-core, and what it has found so far; everything is looked at before a test fails.
struct Examiner<'a> {
    browser: &'a Browser,
    axe: String,
    found: Vec<String>,
}

impl<'a> Examiner<'a> {
    fn new(browser: &'a Browser) -> Result<Self, Error> {
        let path = env::var("DARTBOARD_AXE").expect("DARTBOARD_AXE names axe.min.js; ./run test sets it");
        let axe = fs::read_to_string(&path).map_err(Error::io(format!("reading {path}")))?;
        Ok(Self { browser, axe, found: Vec::new() })
    }

    /// Looks at the page as it stands, light and dark, wide and narrow.
    async fn examine(&mut self, state: &str) -> Result<(), Error> {
        self.browser.evaluate::<()>(&format!("if (!window.axe) {{ {} }} return null;", self.axe)).await?;
        for (width_px, height_px) in WINDOWS_PX {
            self.browser.set_viewport(width_px, height_px).await?;
            for scheme in ["light", "dark"] {
                self.browser.prefer_colours(scheme).await?;
                for violation in self.browser.evaluate_async::<Vec<Violation>>(CHECK).await? {
                    let Violation { rule, help, element, why } = violation;
                    self.found.push(format!(
                        "{state}, {scheme}, {width_px} px: {rule} ({help})\n  {element}\n  {why}"
                    ));
                }
            }
        }
        Ok(())
    }

    fn assert_nothing_found(&self) {
        assert!(self.found.is_empty(), "{} violations:\n{}", self.found.len(), self.found.join("\n\n"));
    }
}

/// Takes the workers' files off the host: whatever is to be replaced now cannot be.
fn remove_workers(site: &Site) -> Result<(), Error> {
    let files: Vec<_> = site.files()?.into_iter().filter(|name| is_worker_file(name)).collect();
    assert!(files.iter().any(|name| has_extension(name, "wasm")), "no worker in {files:?}");
    for file in files {
        site.replace(file, StandIn::not_found());
    }
    Ok(())
}

// Fails with: a control without a name; text too faint on its ground in either theme; a target under 24 px; a
// list, table or heading out of order; a region that cannot be scrolled by keyboard.
async fn no_violation_while_a_run_goes_well(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let mut examiner = Examiner::new(browser)?;
    let page = RunPage::open(browser, &site, "seed=1&workers=3").await?;
    examiner.examine("idle").await?;
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    examiner.examine("running").await?;
    browser.evaluate::<()>("document.querySelector('.convergence summary').click(); return null;").await?;
    page.open_details("The three layers").await?;
    page.wait_until("document.querySelector('#layers')").await?;
    examiner.examine("running, the numbers as a table, the three layers").await?;
    page.click("Stop").await?;
    page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    examiner.examine("paused").await?;
    page.reload().await?;
    page.wait_for_text("resume-offer", |text| !text.is_empty()).await?;
    examiner.examine("a run to resume").await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&target=20000000&start=1").await?;
    page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    examiner.examine("finished").await?;
    let page =
        RunPage::revisit(browser, &site, "seed=1&workers=2&target=20000000&experiment=next-digit").await?;
    // It moves the page down when it comes.
    page.wait_until("document.querySelector('.experiment')?.textContent.includes('Guess first')").await?;
    page.click("Start").await?;
    page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;
    page.click("Count again").await?;
    page.wait_for_text("verify-report", |text| text.contains("Every count agreed")).await?;
    browser
        .evaluate::<()>(
            "document.querySelectorAll('.explanation').forEach(it => it.open = true); return null;",
        )
        .await?;
    examiner.examine("a recount, an experiment, and every explanation open").await?;
    examiner.assert_nothing_found();
    Ok(())
}

// Fails with: a tab, picture or field of a lesson that has no name, or is too faint to read.
async fn no_violation_on_the_lectures_page(browser: &Browser) -> Result<(), Error> {
    // By script: while figures grow, a button may move from under a pointer.
    const PAUSE: &str = "[...document.querySelectorAll('.run-buttons button')]
        .find(it => ['Pause', 'Go on'].includes(it.textContent)).click();";
    let site = Site::start().await?.without_service_worker();
    let mut examiner = Examiner::new(browser)?;
    let page = RunPage::load(browser, &(site.url() + "#/lecture"), "").await?;
    page.wait_until("document.querySelector('#lecture .index')").await?;
    examiner.examine("the lecture's index").await?;
    let page = RunPage::load(browser, &(site.url() + "#/lecture/race?runs=2"), "").await?;
    page.wait_until("document.querySelector('#lecture .reason')").await?;
    examiner.examine("a lesson before its first run").await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    page.wait_until("document.getElementById('lesson').dataset.status === 'finished'").await?;
    page.click("Show the 20 orders").await?;
    examiner.examine("why it comes so").await?;
    for tab in ["Python", "Table", "More settings"] {
        let tab = format!("tab-{}", tab.split(' ').next_back().unwrap_or_default().to_lowercase());
        browser.webdriver().find(By::Id(tab.as_str())).await?.click().await?;
        examiner.examine(&tab).await?;
    }
    let page =
        RunPage::load(browser, &(site.url() + "#/lecture/pipeline?size=500&lines=1000&run=1"), "").await?;
    page.wait_until("document.querySelector('.stage button')").await?;
    browser.evaluate::<Option<()>>(PAUSE).await?;
    page.wait_until("document.querySelector('.verdict').textContent.startsWith('Paused')").await?;
    examiner.examine("a pipeline that is paused").await?;
    browser.evaluate::<Option<()>>(PAUSE).await?;
    page.wait_until("document.getElementById('save-output')").await?;
    examiner.examine("a pipeline that has written").await?;
    let page = RunPage::load(browser, &(site.url() + "#/lecture/downloads?silence=1&run=1"), "").await?;
    page.wait_until("document.querySelector('.download')").await?;
    examiner.examine("downloads").await?;
    examiner.assert_nothing_found();
    Ok(())
}

// Fails with: a table, chart or field of the benchmark that has no name, or is too faint to read.
async fn no_violation_on_the_benchmark_page(browser: &Browser) -> Result<(), Error> {
    const OPEN_ALL: &str =
        "document.querySelectorAll('#benchmark details').forEach(it => it.open = true); return null;";
    let site = Site::start().await?;
    let mut examiner = Examiner::new(browser)?;
    let page = RunPage::load(browser, &(site.url() + "#/benchmark"), "").await?;
    let page = page.with_patience(std::time::Duration::from_secs(200));
    let has_status = async |status: &str| {
        page.wait_until(&format!("document.getElementById('benchmark-run')?.dataset.status === '{status}'"))
            .await
    };
    has_status("idle").await?;
    browser.evaluate::<()>(OPEN_ALL).await?;
    examiner.examine("benchmark, idle, its plan open").await?;
    page.fill("Shortest sample (ms)", "20").await?;
    browser.webdriver().find(By::Css("#benchmark button.start")).await?.click().await?;
    has_status("finished").await?;
    browser.evaluate::<()>(OPEN_ALL).await?;
    examiner.examine("benchmark, finished").await?;
    page.click("Change the plan").await?;
    page.wait_until("document.querySelector('.plan-details')").await?;
    browser.evaluate::<()>(OPEN_ALL).await?;
    page.fill("Workers (a list)", "0").await?;
    examiner.examine("benchmark, a refused value").await?;
    examiner.assert_nothing_found();
    Ok(())
}

// Fails with: what the states of trouble say being unreadable, unnamed, or only a colour.
async fn no_violation_in_trouble(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    let mut examiner = Examiner::new(browser)?;
    let page = RunPage::open(browser, &site, "seed=1&workers=3&batch=100000").await?;
    page.click("Start").await?;
    page.wait_for("counting by three", |run| run.points > 0 && run.workers == 3).await?;
    remove_workers(&site)?;
    page.click("Crash worker 2").await?;
    page.wait_for("status degraded", |run| run.status == ShownStatus::Degraded).await?;
    examiner.examine("degraded").await?;

    let page = RunPage::open(browser, &site, "seed=1&workers=2&start=1").await?;
    page.wait_for("status failed", |run| run.status == ShownStatus::Failed).await?;
    examiner.examine("failed").await?;
    site.restore();

    let page = RunPage::open(browser, &site, "seed=x&workers=0&bogus=1&start=1").await?;
    page.wait_for_text("address-error", |text| text.contains("bogus")).await?;
    examiner.examine("a bad link").await?;
    page.fill("Workers", "65").await?;
    page.wait_for_text("workers-error", |text| text.contains("64")).await?;
    examiner.examine("a bad value in a field").await?;
    examiner.assert_nothing_found();
    Ok(())
}

// Fails with: a dialog without a name, or whose page behind it can still be reached.
async fn no_violation_in_dialogs(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let mut examiner = Examiner::new(browser)?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.click("Stop").await?;
    page.click("Copy link").await?;
    page.wait_for_dialog("Link to this run").await?;
    examiner.examine("the link").await?;
    page.click_in_dialog("Close").await?;
    page.wait_for_no_dialog().await?;
    page.click("Keyboard shortcuts").await?;
    page.wait_for_dialog("Keyboard shortcuts").await?;
    examiner.examine("the shortcuts").await?;
    examiner.assert_nothing_found();
    Ok(())
}

// Fails with: a table, a long number or a chart that is wider than the window and not scrolled within itself.
async fn page_never_scrolls_sideways(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let check = async |state: &str| -> Result<(), Error> {
        for width_px in [320, 360, 1280, 2560] {
            browser.set_viewport(width_px, 800).await?;
            // Two frames later the chart has taken its new width.
            let script =
                "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                const { clientWidth } = document.documentElement;
                const wide = [...document.querySelectorAll('body *')]
                    .filter(element => element.getBoundingClientRect().right > clientWidth + 1
                        && !element.closest('.table-frame, [hidden], dialog:not([open])'))
                    .map(element => element.outerHTML.slice(0, 120));
                return [document.documentElement.scrollWidth, clientWidth, wide];";
            let (needed, there, wide): (u32, u32, Vec<String>) = browser.evaluate_async(script).await?;
            assert!(needed <= there, "{state}: {needed} px in a window of {there}: {wide:#?}");
        }
        Ok(())
    };
    let page = RunPage::open(browser, &site, "seed=18446744073709551615&workers=3&chaos=0.000000001").await?;
    check("idle").await?;
    page.click("Start").await?;
    page.wait_for("10⁹ points", |run| run.points > 1_000_000_000).await?;
    page.click("Crash worker 1").await?;
    page.wait_for("a restart", |run| run.restarts > 0).await?;
    check("running").await?;
    page.open_details("The same numbers as a table").await?;
    page.open_details("The three layers").await?;
    page.wait_until("document.querySelector('#layers')").await?;
    check("the numbers as a table, and the three layers").await?;
    page.click("Copy link").await?;
    page.wait_for_dialog("Link to this run").await?;
    check("the link").await?;
    let page = RunPage::open(browser, &site, &format!("bogus={}&start=1", "x".repeat(300))).await?;
    page.wait_for_text("address-error", |text| !text.is_empty()).await?;
    check("a bad link").await
}
