//! The lesson of the window in a real browser: work on the page, in pieces and in a worker, and the worker's ticks.

use std::collections::HashMap;
use std::time::Duration;

use dartboard_e2e::{Browser, Error, Mirror, RunPage, ShownStatus, Site};
use thirtyfour::prelude::*;

tests! {
    a_window_freezes_for_work_in_its_callback_and_for_no_other,
    a_run_waits_while_the_window_is_open,
}

/// How long a lesson may take on a machine that other work keeps busy. No test passes because time went by.
const PATIENCE: Duration = Duration::from_secs(120);

/// The lesson's state after a run with this work, of one second.
async fn run(browser: &Browser, site: &Site, place: &str) -> Result<HashMap<String, String>, Error> {
    let rest = format!("#/lecture/window?where={place}&work=1&ticks=6&every=60&run=1");
    RunPage::visit(browser, &format!("{}{rest}", site.url()), "").await?;
    Mirror::new(browser, "lesson", PATIENCE).wait_for_status("finished").await
}

fn number(state: &HashMap<String, String>, name: &str) -> f64 {
    state[name].parse().unwrap_or_else(|error| panic!("{name} of {state:?}: {error}"))
}

// Fails with: work that leaves the page free or a worker that freezes it, a label that is painted before the callback ends,
// a worker that is let at the document, a tick lost, doubled or out of order, a latency that is none.
async fn a_window_freezes_for_work_in_its_callback_and_for_no_other(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    RunPage::load(browser, &(site.url() + "#/lecture/window"), "").await?;
    let mut gaps = Vec::new();
    for place in ["callback", "pieces", "worker"] {
        let state = run(browser, &site, place).await?;
        assert_eq!((state["ticks"].as_str(), state["inOrder"].as_str()), ("6", "yes"), "{place}: {state:?}");
        // The page has a tick when its message comes; a frame and a poll come later.
        let [poll, message, frame] =
            ["latencyPollMs", "latencyMessageMs", "latencyFrameMs"].map(|name| number(&state, name));
        assert!(message <= frame && message <= poll, "{place}: {state:?}");
        let error = &state["touchError"];
        assert!(error.starts_with("ReferenceError") && error.contains("document"), "{place}: {error}");
        let label: String =
            browser.evaluate("return document.getElementById('window-label').textContent;").await?;
        assert_eq!(label, "Count: 6");
        let (gap, label_late) = (number(&state, "longestGapMs"), number(&state, "labelLateMs"));
        if place == "callback" {
            // Nothing is painted before the callback ends.
            assert!(gap >= 1_000.0 && label_late >= 1_000.0, "{state:?}");
            // A browser that draws too few frames after the work does not tell how many there should have been, and one that has
            // no time to draw has not missed any.
            assert!(state["missedFrames"] != "0" || frame > 100.0, "{state:?}");
        }
        gaps.push(gap);
    }
    assert!(gaps[1] < gaps[0] && gaps[2] < gaps[0], "{gaps:?}");
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "threads that nobody needs any more");
    }
    browser.assert_clean_console().await
}

// Fails with: a run that goes on beside the lesson, or that is lost by it; a freeze that comes unannounced.
async fn a_run_waits_while_the_window_is_open(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    let page = RunPage::load(browser, &(site.url() + "#/?seed=42&workers=1&start=1"), "").await?;
    page.wait_for("points", |run| run.points > 0).await?;
    browser.evaluate::<()>("location.hash = '#/lecture/window?work=1&ticks=1';").await?;
    page.wait_until(
        "document.querySelector('#lecture .reason')?.textContent.startsWith('Run freezes this page for 1 s')",
    )
    .await?;
    let counted = page.wait_for_status(ShownStatus::Paused).await?.points;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    Mirror::new(browser, "lesson", PATIENCE).wait_for_status("finished").await?;
    assert_eq!(page.state().await?.points, counted, "it goes on, or is lost");
    browser.evaluate::<()>("location.hash = '#/';").await?;
    page.click("Start").await?;
    page.wait_for("more points", |run| run.points > counted).await?;
    browser.assert_clean_console().await
}
