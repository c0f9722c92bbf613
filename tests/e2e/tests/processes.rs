//! The lesson *Processes* in a real browser: workers that report, a script that starts itself, things that are posted.

use std::collections::HashMap;

use dartboard_e2e::{Browser, Engine, Error, Site};

use crate::lecture::{LessonHandle, number};

tests! {
    four_totals_come_and_none_is_lost,
    a_script_starts_itself_again_and_again_unless_it_asks_first,
    every_kind_comes_or_is_refused_as_the_engine_does,
    a_message_too_large_is_refused_and_the_page_lives,
}

/// The rows of the table that is the lesson's picture.
async fn rows(browser: &Browser) -> Result<Vec<Vec<String>>, Error> {
    browser
        .evaluate(
            "return [...document.querySelectorAll('.grid-panel tbody tr')].map(row =>
                [...row.cells].map(cell => cell.textContent));",
        )
        .await
}

// Fails with: a total that is lost or wrong, one that is not added up at all, workers that stay when they have reported.
async fn four_totals_come_and_none_is_lost(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/processes?runs=2&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!((number(&state, "results"), number(&state, "runs")), (4, 2));
    assert_eq!(state["totals"], ["49999995000000"; 4].join(" "));
    let mut order: Vec<&str> = state["order"].split(' ').collect();
    // Of the last run.
    let shown: Vec<String> = rows(browser).await?.into_iter().skip(4).map(|row| row[1].clone()).collect();
    assert_eq!(shown, order.iter().map(|worker| format!("Worker {worker}")).collect::<Vec<_>>());
    order.sort_unstable();
    assert_eq!(order, ["1", "2", "3", "4"]);
    // Past what a number of JavaScript holds exactly.
    let page = LessonHandle::revisit(browser, &site, "/processes?workers=1&n=200000000&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!(state["totals"], "19999999900000000");
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "workers that nobody needs any more");
    }
    browser.assert_clean_console().await
}

// Fails with: workers that start more than they may, a guard that guards nothing, workers that outlive the run.
async fn a_script_starts_itself_again_and_again_unless_it_asks_first(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/processes?part=guard&run=1").await?;
    let check = |state: &HashMap<String, String>| {
        assert_eq!((number(state, "generations"), number(state, "workersStarted")), (3, 14), "{state:?}");
        assert_eq!(number(state, "guardedWorkersStarted"), 2, "{state:?}");
    };
    check(&page.mirror.wait_for_status("finished").await?);
    // Again in a page that is isolated, in which workers need more to start.
    let page = LessonHandle::open_isolated(browser, &site, "/processes?part=guard&run=1").await?;
    check(&page.mirror.wait_for_status("finished").await?);
    // A picture is drawn after the figures.
    let nodes =
        "[...document.querySelectorAll('svg.tree')].map(tree => tree.querySelectorAll('rect').length)";
    page.wait_until(&format!("{nodes}.join() === '15,3'")).await?;
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "workers that nobody needs any more");
    }
    browser.assert_clean_console().await
}

/// What becomes of every kind in all three engines, but for what [`differs`] says.
const EQUAL: &str = "number; dictionary; NaN; -0; 2n ** 64n; a text; null; undefined; true; new Date; new Map; new Set; \
    a list in itself; one object twice; [1, , 3]; new Float64Array; new ArrayBuffer; /a+/g; new Error; new DOMException; \
    new Blob; new File; new ImageData; ImageBitmap; new DOMRect; CryptoKey; WebAssembly.Module; SharedArrayBuffer; \
    ArrayBuffer, handed over; MessagePort, handed over; OffscreenCanvas, handed over; ReadableStream, handed over";
const CHANGED: &str = "instance of your own class; subclass of Array; a getter; lastIndex of /a+/g; error.code; \
    Object.freeze; Object.create; key that is a Symbol";
const REFUSED: &str = "lambda; open file; database connection; Symbol; function; object with a method; a class; new WeakMap; \
    new WeakRef; a generator; an iterator; a Promise; new Proxy; document.body; window; new Event; new Response; new URL; \
    Intl.NumberFormat; WebAssembly.Instance; WebAssembly.Memory; MessagePort, copied; OffscreenCanvas, copied; \
    ArrayBuffer, handed over twice; a getter that throws";

/// What an engine does otherwise.
fn differs(engine: Engine, kind: &str) -> Option<&'static str> {
    match (engine, kind) {
        (Engine::Chromium, "10,000 nested objects") | (Engine::WebKit, "ReadableStream, handed over") => {
            Some("refused")
        }
        (_, "10,000 nested objects") => Some("equal"),
        _ => None,
    }
}

// Fails with: a kind that is not posted, one that is said to come and does not, a class that is kept, a browser's words that
// are lost.
async fn every_kind_comes_or_is_refused_as_the_engine_does(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // With shared memory there is one kind more.
    let page = LessonHandle::open_isolated(browser, &site, "/processes?part=kinds").await?;
    let state = page.run().await?;
    let six =
        ["kindsPosted", "kindsChanged", "kindsRefused", "kindsMissing"].map(|name| number(&state, name));
    assert_eq!(six, [3, 1, 3, 0], "{state:?}");
    let page = LessonHandle::revisit(browser, &site, "/processes?part=kinds&kinds=all&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    let rows = rows(browser).await?;
    let engine = browser.engine();
    let lists = [(EQUAL, "equal"), (CHANGED, "changed"), (REFUSED, "refused"), ("10,000 nested objects", "")];
    let mut wrong = Vec::new();
    let mut posted = 0;
    for (list, outcome) in lists {
        for kind in list.split("; ") {
            let row = rows
                .iter()
                .find(|row| row[0] == kind)
                .unwrap_or_else(|| panic!("{kind} is missing: {rows:?}"));
            let expected = differs(engine, kind).unwrap_or(outcome);
            if row[1].split(':').next() != Some(expected) {
                wrong.push(format!("{kind}: {} instead of {expected} ({})", row[1], row[2]));
            }
            let has_words = row[2].contains("Error: ");
            assert!(expected != "refused" || has_words, "{kind} is refused without a word: {row:?}");
            posted += u64::from(expected != "refused");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        (rows.len() as u64, number(&state, "kindsPosted")),
        (number(&state, "kindsRefused") + posted, posted)
    );
    let class = rows.iter().find(|row| row[0] == "instance of your own class").expect("a row");
    assert!(class[1].contains("Result {id: 1") && class[1].contains("→ Object {id: 1"), "{class:?}");
    browser.assert_clean_console().await
}

// Fails with: a message that has no room and takes the page with it, a refusal without the browser's words.
async fn a_message_too_large_is_refused_and_the_page_lives(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open_isolated(browser, &site, "/processes?part=costs&largest=1tb").await?;
    let state = page.run().await?;
    assert_eq!(number(&state, "sizesRefused"), 1, "{state:?}");
    let rows = rows(browser).await?;
    assert_eq!(rows.len(), 8, "{rows:?}");
    assert_eq!(rows[5], ["1 TB", "refused", "refused", "refused"], "{rows:?}");
    assert!(rows[4][1].parse::<f64>().is_ok(), "64 MB: {rows:?}");
    let why: String = browser.evaluate("return document.getElementById('tab-body').innerText;").await?;
    assert!(why.contains("1 TB copied was refused: “RangeError: "), "{why}");
    for time in ["cloneMs", "transferMs", "objectsMs", "arrayMs"] {
        assert!(state[time].parse::<f64>().is_ok_and(|ms| ms > 0.0), "{time}: {state:?}");
    }
    // It goes on.
    let page = LessonHandle::revisit(browser, &site, "/processes?part=costs&largest=1mb&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!(number(&state, "sizesRefused"), 0, "{state:?}");
    browser.assert_clean_console().await
}
