//! Links and stored values made to harm come to a message and nothing else: nothing is made of their markup, nothing
//! starts by itself, and the page's own run starts, counts and is saved as ever.

use std::collections::BTreeMap;
use std::time::Duration;

use dartboard_e2e::stored::{RUN_PREFIX, SET_ASIDE_PREFIX, open_with, saved_run};
use dartboard_e2e::{Browser, Engine, Error, RunPage, ShownStatus, Site};
use tokio::time::sleep;

tests! {
    #[in_one_engine]
    crafted_links_come_to_a_message_and_nothing_else,
    an_endless_address_comes_to_a_message,
    #[in_one_engine]
    crafted_stored_runs_come_to_a_message_and_nothing_else,
    crafted_keys_are_left_alone_and_heaps_of_values_are_cleared_away,
}

/// Longer than it takes to look for saved runs, and for an image that cannot be loaded to say so.
const SETTLED: Duration = Duration::from_millis(600);

/// What a page made of markup would have: elements that the page has not, or handlers of events.
const HARM: &str = "
    const foreign = [...document.querySelectorAll('img, iframe, object, embed, b, i, form, base, meta[http-equiv=refresh]')];
    const handlers = [...document.querySelectorAll('*')]
        .filter(element => element.getAttributeNames().some(name => name.startsWith('on')));
    const scripts = [...document.scripts].filter(script => script.text.includes('harmed') || /^data:|harm/.test(script.src));
    return [...foreign, ...handlers, ...scripts].map(element => element.outerHTML)
        .concat(window.harmed ? ['a script of the link has run'] : []);";

const IMAGE: &str = r"<img src=x onerror=window.harmed=1>";
const IMAGE_ESCAPED: &str = "%3Cimg%20src%3Dx%20onerror%3Dwindow.harmed%3D1%3E";

async fn assert_harmless(browser: &Browser, page: &RunPage<'_>, what: &str) -> Result<(), Error> {
    sleep(SETTLED).await;
    let harm: Vec<String> = browser.evaluate(HARM).await?;
    assert!(harm.is_empty(), "{what}: {harm:?}");
    let state = page.state().await?;
    assert_eq!((state.status, state.points), (ShownStatus::Idle, 0), "{what}");
    Ok(())
}

/// Starts the run and stops it once it counts.
async fn assert_startable(page: &RunPage<'_>) -> Result<(), Error> {
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.click("Stop").await?;
    page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
    Ok(())
}

// Fails with: a value shown as markup; one of these taken for a number; a start in spite of it.
async fn crafted_links_come_to_a_message_and_nothing_else(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for (parameters, said) in [
        (format!("seed={IMAGE}"), "not “<img src=x onerror=window.harmed=1>”"),
        (format!("seed={IMAGE_ESCAPED}"), "not “<img src=x onerror=window.harmed=1>”"),
        (format!("{IMAGE_ESCAPED}=1"), "no parameter “<img src=x onerror=window.harmed=1>”"),
        (format!("start={IMAGE_ESCAPED}"), "start must be 1 or 0, not “<img"),
        ("seed=%3Cscript%3Ewindow.harmed%3D1%3C%2Fscript%3E".to_owned(), "not “<script>window.harmed"),
        ("seed=%26lt%3Bb%3E".to_owned(), "not “&lt;b>”"),
        ("seed=18446744073709551616".to_owned(), "from 0 to 18,446,744,073,709,551,615"),
        ("seed=-0".to_owned(), "not “-0”"),
        ("seed=%2B1".to_owned(), "not “+1”"),
        ("seed=+1".to_owned(), "not “ 1”"),
        ("seed=1%00".to_owned(), "not “1�”"),
        ("seed=%E2%80%AE1".to_owned(), "not “�1”"),
        ("seed=%EF%BC%91".to_owned(), "not “１”"),
        ("seed=%FF".to_owned(), "not “�”"),
        ("workers=NaN".to_owned(), "not “NaN”"),
        ("batch=1e309".to_owned(), "not “1e309”"),
        ("target=1e309".to_owned(), "not “1e309”"),
        ("target=18446744073709600000".to_owned(), "to 18,446,744,073,709,500,000"),
        ("chaos=-0".to_owned(), "chaos must be a number from 0 to 1"),
        ("chaos=1e309".to_owned(), "chaos must be a number from 0 to 1"),
        ("seed=1&seed=1".to_owned(), "seed occurs more than once"),
        ("seed=1&%73eed=2".to_owned(), "seed occurs more than once"),
        (
            (0..300).map(|number| format!("{number}=&")).collect::<Vec<_>>().concat(),
            "293 more parts of the address",
        ),
        (format!("seed={}", "0".repeat(1_990)), "at most 2000 are read"),
    ] {
        let page = RunPage::open(browser, &site, &format!("{parameters}&start=1")).await?;
        page.wait_for_text("address-error", |text| text.contains(said)).await?;
        assert_harmless(browser, &page, &parameters).await?;
    }

    let page = RunPage::open(browser, &site, "").await?;
    browser
        .evaluate::<()>(&format!("location.hash = '#/{IMAGE_ESCAPED}?seed=1&start=1'; return null;"))
        .await?;
    page.wait_for_text("address-error", |text| text.contains("there is no page")).await?;
    assert_harmless(browser, &page, "the name of a page").await?;
    assert_startable(&page).await?;
    browser.assert_clean_console().await
}

// Fails with: an address that is read however long it is, or shown.
async fn an_endless_address_comes_to_a_message(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // Firefox goes nowhere with more than 1 MiB; Chromium with more than 2 MiB, but is busy with that for a minute.
    let length = if browser.engine() == Engine::Firefox { 1_000_000 } else { 500_000 };
    let page = RunPage::open(browser, &site, "").await?;
    let endless = format!(
        "location.hash = '#/?start=1&seed=' + '1'.repeat({length} - 15); return location.hash.length;"
    );
    assert_eq!(browser.evaluate::<usize>(&endless).await?, length + 1);
    let said = format!("the address has {length} bytes after #; at most 2000 are read");
    let text = page.wait_for_text("address-error", |text| text.contains(&said)).await?;
    assert!(text.len() < 300, "{text}");
    assert_harmless(browser, &page, "an endless address").await?;
    // And when the page comes up with it.
    page.reload().await?;
    page.wait_for_text("address-error", |text| text.contains(&said)).await?;
    assert_harmless(browser, &page, "an endless address").await?;
    assert_startable(&page).await?;
    browser.assert_clean_console().await
}

/// The page's own run.
const OWN: &str = "seed=1&workers=1&batch=100000";

/// A saved run in which `was` is replaced by `becomes`, and whose check fits all the same.
fn forged(was: &str, becomes: &str) -> String {
    let body = "version=2&seed=7&workers=2&batch=auto&chaos=0&points=200000&inside=157000&done=0-1.2-3&restarts=0&stale=0&ran_ms=9";
    assert!(body.contains(was), "{was}");
    let body = body.replacen(was, becomes, 1);
    saved_run(&body)
}

// Fails with: a stored value shown as markup, offered, half-loaded or in the way of the page's own run.
async fn crafted_stored_runs_come_to_a_message_and_nothing_else(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // What a forged one is made of can be resumed.
    let run = |value: &str| BTreeMap::from([(format!("{RUN_PREFIX}0000000000000001"), value.to_owned())]);
    let page = open_with(browser, &site, &run(&forged("seed=7", "seed=8")), OWN).await?;
    page.wait_for_text("resume-offer", |text| text.contains("200,000 points (seed 8")).await?;

    for (value, said) in [
        (forged("seed=7", &format!("seed={IMAGE_ESCAPED}")), "not “<img src=x onerror=window.harmed=1>”"),
        (forged("seed=7", &format!("seed={IMAGE}")), "seed must be"),
        (forged("version=2", &format!("version={IMAGE_ESCAPED}")), "it is damaged (version)"),
        (forged("version=2", "version=3"), "it is of version 3"),
        (forged("seed=7", "seed=18446744073709551616"), "seed must be"),
        (forged("seed=7", "seed=7&seed=7"), "it is damaged (fields)"),
        (forged("points=200000", "points=NaN"), "it is damaged (points)"),
        (forged("points=200000", "points=1e309"), "it is damaged (points)"),
        (forged("points=200000", "points=200001"), "it is damaged (points)"),
        (forged("inside=157000", "inside=200001"), "it is damaged (points)"),
        (forged("inside=157000", "inside=-0"), "it is damaged (inside)"),
        (forged("0-1.2-3", "0-1.1-2"), "it is damaged (done)"),
        (forged("0-1.2-3", "2-3.0-1"), "it is damaged (done)"),
        (forged("0-1.2-3", "0-18446744073709551615"), "it is damaged (done)"),
        (forged("0-1.2-3", &"0-1.".repeat(10_000)), "it is damaged (done)"),
        (forged("&ran_ms=9", ""), "it is damaged (ran_ms)"),
        ("[".repeat(60_000), "it is damaged (time)"),
        (format!("saved_ms=1&{}", "a=&".repeat(20_000)), "it is damaged (version)"),
        (format!("saved_ms=1&{}", "x".repeat(2_000_000)), "it has 2000000 bytes, over the limit of 65536"),
        // For which there is no room a second time.
        (format!("saved_ms=1&{}", "x".repeat(4_000_000)), "it has 4000000 bytes, over the limit of 65536"),
    ] {
        let what: String = value.chars().take(100).collect();
        let page = open_with(browser, &site, &run(&value), OWN).await?;
        let text = page.wait_for_text("storage-notice", |text| !text.is_empty()).await?;
        assert!(text.contains("The saved run cannot be resumed: ") && text.contains(said), "{what}: {text}");
        assert!(text.len() < 400, "{what}: {text}");
        assert_eq!(page.text("resume-offer").await?, "", "{what}");
        assert_harmless(browser, &page, &what).await?;
    }
    // With the last one still there.
    assert_startable(&page).await?;
    page.reload().await?;
    page.wait_for_text("resume-offer", |text| text.contains("(seed 1,")).await?;
    browser.assert_clean_console().await
}

// Fails with: a key shown as markup, foreign keys touched, many thousands of values that keep the page busy or are kept.
async fn crafted_keys_are_left_alone_and_heaps_of_values_are_cleared_away(
    browser: &Browser,
) -> Result<(), Error> {
    const HEAP: usize = 10_000;
    let site = Site::start().await?;
    let foreign: BTreeMap<String, String> = [
        (format!("{RUN_PREFIX}{IMAGE}"), IMAGE.to_owned()),
        (format!("{SET_ASIDE_PREFIX}{IMAGE}"), IMAGE.to_owned()),
        (format!("{RUN_PREFIX}00000000000000FF"), forged("seed=7", "seed=8")),
        ("dartboard /some/repo/ theme".to_owned(), IMAGE.to_owned()),
        ("other".to_owned(), IMAGE.to_owned()),
    ]
    .into();
    let mut values = foreign.clone();
    for number in 0..HEAP {
        let (prefix, value) = match number % 4 {
            0 => (RUN_PREFIX.to_owned(), forged("seed=7", &format!("seed={number}"))),
            1 => (RUN_PREFIX.to_owned(), "rubbish".to_owned()),
            2 => (format!("{SET_ASIDE_PREFIX}{number}."), forged("seed=7", &format!("seed={number}"))),
            _ => (format!("{SET_ASIDE_PREFIX}{number}."), "rubbish".to_owned()),
        };
        values.insert(format!("{prefix}{number:016x}"), value);
    }
    let page = open_with(browser, &site, &values, OWN).await?;
    page.wait_for_text("resume-offer", |text| text.contains("; 7 more saved")).await?;
    page.wait_for_text("storage-notice", |text| text.contains("it is damaged (time)")).await?;
    assert_harmless(browser, &page, "many keys").await?;
    let kept: BTreeMap<String, String> =
        browser.evaluate("return Object.fromEntries(Object.entries(localStorage));").await?;
    for (key, value) in &foreign {
        assert_eq!(kept.get(key), Some(value), "{key}");
    }
    // Eight runs and four values set aside.
    assert_eq!(kept.len(), foreign.len() + 8 + 4);
    page.click("Not now").await?;
    assert_startable(&page).await?;
    browser.assert_clean_console().await
}
