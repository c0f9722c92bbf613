//! The lesson on downloads in a real browser: what comes is what the host sent, whatever goes wrong on the way.

use std::collections::HashMap;

use dartboard_e2e::downloads_host::{BYTE_IN_JAVASCRIPT, DISPOSITIONS, Fate, SIZE};
use dartboard_e2e::processor_time::memory_mb;
use dartboard_e2e::{Browser, DownloadsHost, Engine, Error, Kind, Site};
use serde::Deserialize;
use serde_json::json;
use thirtyfour::By;
use tokio::time::{Duration, sleep};

use crate::lecture::{LessonHandle, number, take_own_files};

tests! {
    each_answer_ends_as_it_should_and_can_be_tried_again,
    of_sixty_that_fail_at_random_each_ends_whole_and_no_more_than_four_are_under_way,
    names_and_addresses_are_shown_as_text_and_saved_as_nothing_that_runs,
    what_is_cancelled_stops_and_the_rest_goes_on,
    #[in_one_engine]
    a_browser_without_files_of_its_own_keeps_downloads_in_memory,
    #[in_one_engine]
    a_large_file_needs_no_memory,
    #[in_one_engine]
    the_list_is_faster_with_more_at_a_time,
}

/// A row as the page shows it.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    state: String,
    reason: String,
}

async fn rows(browser: &Browser) -> Result<Vec<Row>, Error> {
    browser
        .evaluate(
            "const text = (row, selector) => row.querySelector(selector)?.textContent ?? '';
             return [...document.querySelectorAll('.download')].map(row => ({
                 name: text(row, 'b'), state: text(row, '.state'), reason: text(row, '.reason') }));",
        )
        .await
}

async fn fill_in(browser: &Browser, addresses: &[String]) -> Result<(), Error> {
    browser
        .evaluate::<Option<()>>(&format!(
            "const field = document.getElementById('addresses');
             field.value = {}; field.dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(addresses.join("\n"))
        ))
        .await
        .map(drop)
}

async fn press(browser: &Browser, label: &str) -> Result<(), Error> {
    let is_there: bool = browser
        .evaluate(&format!(
            "const button = [...document.querySelectorAll('.list-panel button')].find(it => it.textContent === '{label}');
             button?.click(); return button !== undefined;"
        ))
        .await?;
    assert!(is_there, "there is no button {label}");
    Ok(())
}

/// What is saved.
#[derive(Debug, Deserialize)]
struct Saved {
    name: String,
    kind: String,
    size: u64,
    /// Whether each byte is that of the test host.
    is_right: bool,
}

/// Presses every Save, one after another; what would be saved.
async fn save_each(browser: &Browser) -> Result<Vec<Saved>, Error> {
    saved_by(browser, "Save").await
}

/// Presses all buttons of that name; what would be saved, of each row that is done.
async fn saved_by(browser: &Browser, label: &str) -> Result<Vec<Saved>, Error> {
    browser
        .evaluate_async(&format!(
            "const made = URL.createObjectURL, clicked = HTMLAnchorElement.prototype.click;
             const saved = [];
             let blob;
             URL.createObjectURL = it => {{ blob = it; return 'blob:here'; }};
             HTMLAnchorElement.prototype.click = function() {{ saved.push([this.download, blob]); }};
             const buttons = label => [...document.querySelectorAll('.list-panel button')].filter(it => it.textContent === label);
             for (const button of buttons('{label}')) button.click();
             const all = buttons('Save').length;
             for (let look = 0; look < 500 && saved.length < all; look++) await new Promise(r => setTimeout(r, 20));
             [URL.createObjectURL, HTMLAnchorElement.prototype.click] = [made, clicked];
             const right = bytes => bytes.every((byte, o) => byte === ({BYTE_IN_JAVASCRIPT}));
             return Promise.all(saved.map(async ([name, blob]) => ({{ name, kind: blob.type, size: blob.size,
                 is_right: right(new Uint8Array(await blob.arrayBuffer())) }})));"
        ))
        .await
}

/// The words of how an answer ends first; none where its file is whole.
fn first_end(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Stall | Kind::Silent => Some("No byte came"),
        Kind::CutOff
        | Kind::CutOffClosing
        | Kind::CutOffChunked
        | Kind::ResetInBody
        | Kind::Resumes
        | Kind::IgnoresRange
        | Kind::WrongRange
        | Kind::Changes
        | Kind::Untagged => Some("Cut off"),
        Kind::NotFound => Some("404"),
        Kind::RangeRefused => Some("416"),
        Kind::TooMany => Some("429"),
        Kind::Unavailable => Some("503"),
        Kind::Reset
        | Kind::Nobody
        | Kind::NotFoundUnreadable
        | Kind::Unreadable
        | Kind::RedirectUnreadable
        | Kind::RedirectLoop => Some("Could not be read"),
        _ => None,
    }
}

/// Whether it is whole when it is tried again.
fn ends_well(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Resumes
            | Kind::IgnoresRange
            | Kind::WrongRange
            | Kind::Changes
            | Kind::Untagged
            | Kind::Unavailable
    )
}

/// What each row shows is how its answer ends.
fn assert_ends(rows: &[Row], engine: Engine, expected: impl Fn(Kind) -> Option<&'static str>) {
    assert_eq!(rows.len(), Kind::ALL.len());
    for (&kind, row) in Kind::ALL.iter().zip(rows) {
        // Where no length is told, nobody can know there.
        if kind == Kind::CutOffChunked && engine == Engine::WebKit {
            continue;
        }
        match expected(kind) {
            None => assert_eq!(row.state, "done", "{kind:?}: {row:?}"),
            Some(words) => {
                assert_eq!(row.state, "error", "{kind:?}: {row:?}");
                assert!(row.reason.starts_with(words), "{kind:?}: {row:?}");
            }
        }
    }
}

// Fails with: an answer whose end is taken for another one, half a file for a whole one, a rest of another file for this one's;
// a retry that downloads what is there already, or leaves it out.
async fn each_answer_ends_as_it_should_and_can_be_tried_again(browser: &Browser) -> Result<(), Error> {
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?);
    let page = LessonHandle::open(browser, &site, "/downloads?limit=6&silence=3").await?;
    fill_in(browser, &Kind::ALL.iter().map(|kind| host.url(*kind)).collect::<Vec<_>>()).await?;
    let state = page.run().await?;
    assert_ends(&rows(browser).await?, browser.engine(), first_end);
    assert_eq!(state["total"], Kind::ALL.len().to_string());
    assert!(number(&state, "mostInFlight") <= 6, "{state:?}");
    press(browser, "Retry all failed").await?;
    page.mirror.wait_for_status("finished").await?;
    assert_ends(&rows(browser).await?, browser.engine(), |kind| first_end(kind).filter(|_| !ends_well(kind)));
    let resumed = host.record(&host.url(Kind::Resumes));
    assert_eq!((resumed.requests, resumed.of_parts), (2, 1), "the rest alone");
    assert_eq!(host.total().telling, 0, "somebody was told who asks");
    for saved in save_each(browser).await? {
        let is_cut = browser.engine() == Engine::WebKit && saved.name.starts_with("cut-off");
        let is_whole = saved.is_right && (saved.size == SIZE || saved.size == 0);
        assert!(is_whole || is_cut, "{saved:?}");
        assert_eq!(saved.kind, "application/octet-stream");
    }
    Ok(())
}

// Fails with: a fifth one under way, a retry beside the limit, a byte that is lost, twice or another.
async fn of_sixty_that_fail_at_random_each_ends_whole_and_no_more_than_four_are_under_way(
    browser: &Browser,
) -> Result<(), Error> {
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?);
    let page = LessonHandle::open(browser, &site, "/downloads?limit=4&retries=5&backoff=0.1").await?;
    fill_in(browser, &(0..60).map(|number| host.random(number)).collect::<Vec<_>>()).await?;
    let state = page.run().await?;
    assert_eq!((state["done"].as_str(), state["failed"].as_str()), ("60", "0"), "{state:?}");
    assert_eq!(state["mostInFlight"], "4", "{state:?}");
    let most = host.total().most_in_flight;
    assert!(most <= 4, "{most} at once");
    let sizes: u64 = (0..60).map(|number| Fate::of(number).size).sum();
    assert_eq!(number(&state, "bytes"), sizes, "{state:?}");
    let saved = save_each(browser).await?;
    assert_eq!(saved.len(), 60);
    for (saved, number) in saved.iter().zip(0..) {
        assert!(saved.is_right && saved.size == Fate::of(number).size, "{number}: {saved:?}");
    }
    Ok(())
}

// Fails with: a name that leads out of its folder, or is there twice; an address that is markup or a script; a line that is lost
// without a word.
async fn names_and_addresses_are_shown_as_text_and_saved_as_nothing_that_runs(
    browser: &Browser,
) -> Result<(), Error> {
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?);
    let page = LessonHandle::open(browser, &site, "/downloads?limit=4&silence=3").await?;
    let mut lines: Vec<String> = (0..DISPOSITIONS.len()).map(|name| host.named(name)).collect();
    lines.push(host.bytes(7));
    lines.push(host.bytes(7) + "#again");
    lines.extend(
        ["", "   ", "javascript:alert(1)", "file:///etc/passwd", "ftp://host/a", "http://"]
            .map(str::to_owned),
    );
    lines.push("http://me:secret@127.0.0.1/a".to_owned());
    lines.push("<img src=x onerror=alert(1)>".to_owned());
    fill_in(browser, &lines).await?;
    let state = page.run().await?;
    let shown = rows(browser).await?;
    let failed: Vec<&Row> = shown.iter().filter(|row| row.state == "error").collect();
    assert_eq!((number(&state, "failed"), failed.len()), (6, 6), "{failed:?}");
    let names: Vec<&str> = shown.iter().map(|row| &*row.name).collect();
    for name in &names[..DISPOSITIONS.len()] {
        let is_clean =
            !name.contains(['/', '\\', '<', '>', ':', '"', '\u{202e}', '\n', '\0']) && !name.starts_with('.');
        assert!(is_clean && !name.is_empty(), "{name:?}");
    }
    let notes: String = browser.evaluate("return document.querySelector('.list-panel').innerText;").await?;
    assert!(notes.contains("came more than once") && notes.contains("blank"), "{notes}");
    let strangers: u64 = browser
        .evaluate("return document.querySelectorAll('.list-panel img, .list-panel a').length;")
        .await?;
    assert_eq!(strangers, 0, "markup of an address");
    let saved = save_each(browser).await?;
    let mut saved_names: Vec<&str> = saved.iter().map(|saved| &*saved.name).collect();
    saved_names.sort_unstable();
    saved_names.dedup_by_key(|name| name.to_lowercase());
    assert_eq!(saved_names.len(), saved.len(), "{saved_names:?}");
    assert!(
        saved.iter().all(|saved| saved.kind == "application/octet-stream" && saved.is_right),
        "{saved:?}"
    );
    Ok(())
}

// Fails with: bytes that come after a cancel, or a host that goes on sending them, a cancel that ends others, or the worker with what it has kept.
async fn what_is_cancelled_stops_and_the_rest_goes_on(browser: &Browser) -> Result<(), Error> {
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?);
    let page = LessonHandle::open(browser, &site, "/downloads?limit=4").await?;
    let slow = |number: u64| host.paced(2_000_000 + number, Duration::from_secs(20));
    let addresses = [slow(0), host.bytes(100_000), slow(1), slow(2)];
    fill_in(browser, &addresses).await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    let has_begun = |state: &HashMap<String, String>| {
        state.get("done").is_some_and(|done| done == "1") && number(state, "bytes") > 300_000
    };
    page.mirror.wait_for("bytes of all", has_begun).await?;
    browser.evaluate::<Option<()>>("document.querySelector('.download button').click();").await?;
    page.mirror.wait_for("one that is cancelled", |state| state["cancelled"] == "1").await?;
    let shown = rows(browser).await?;
    assert_eq!(
        (&*shown[0].state, &*shown[1].state, &*shown[2].state),
        ("error", "done", "downloading"),
        "{shown:?}"
    );
    let state = page.run().await?;
    assert_eq!(
        (state["cancelled"].as_str(), state["done"].as_str(), state["inFlight"].as_str()),
        ("3", "1", "0")
    );
    // The host hears of it by its next bytes, at the latest.
    for _ in 0..100 {
        if host.total().in_flight == 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(host.total().in_flight, 0, "the host still sends");
    let stored = number(&page.mirror.state().await?, "bytes");
    sleep(Duration::from_millis(500)).await;
    assert_eq!(number(&page.mirror.state().await?, "bytes"), stored);
    let saved = save_each(browser).await?;
    assert!(matches!(&saved[..], [one] if one.size == 100_000 && one.is_right), "{saved:?}");
    Ok(())
}

// Fails with: a browser without files of its own in which nothing can be downloaded, or not to the last byte.
async fn a_browser_without_files_of_its_own_keeps_downloads_in_memory(
    browser: &Browser,
) -> Result<(), Error> {
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?.without_service_worker());
    take_own_files(&site)?;
    let page = LessonHandle::open(browser, &site, "/downloads").await?;
    let offered: String = browser.evaluate("return document.getElementById('addresses').value;").await?;
    assert!(!offered.contains("try/") && offered.contains("dartboard"), "{offered}");
    fill_in(browser, &[host.bytes(3_000_000), host.url(Kind::Empty), host.bytes(600_000_000)]).await?;
    let state = page.run().await?;
    assert_eq!((state["done"].as_str(), state["failed"].as_str()), ("2", "1"), "{state:?}");
    let shown = rows(browser).await?;
    assert!(shown[2].reason.contains("does not fit"), "{shown:?}");
    let saved = save_each(browser).await?;
    assert_eq!(
        saved.iter().map(|saved| (saved.size, saved.is_right)).collect::<Vec<_>>(),
        [(3_000_000, true), (0, true)]
    );
    Ok(())
}

// Fails with: a file that is kept in memory, or chunks that stay until the browser next collects garbage.
async fn a_large_file_needs_no_memory(browser: &Browser) -> Result<(), Error> {
    const BYTES: u64 = 256_000_000;
    let (host, site) = (DownloadsHost::start().await?, Site::start().await?);
    let page = LessonHandle::open(browser, &site, "/downloads").await?;
    // At a rate at which growth can be seen.
    fill_in(browser, &[host.paced(BYTES, Duration::from_secs(5))]).await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    let comes =
        |state: &HashMap<String, String>| state.contains_key("bytes") && number(state, "bytes") > 20_000_000;
    page.mirror.wait_for("bytes", comes).await?;
    let (before_mb, mut most_mb) = (memory_mb(), 0.0_f64);
    let state = loop {
        most_mb = most_mb.max(memory_mb());
        let state = page.mirror.state().await?;
        if state["status"] == "finished" {
            break state;
        }
        sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((state["done"].as_str(), number(&state, "bytes")), ("1", BYTES), "{state:?}");
    assert!(most_mb - before_mb <= 64.0, "memory grew from {before_mb:.0} to {most_mb:.0} MB");
    Ok(())
}

// Fails with: a limit that changes nothing, a time that is not compared; a file of addresses that takes the page's place.
async fn the_list_is_faster_with_more_at_a_time(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open_isolated(browser, &site, "/downloads?measure=all").await?;
    let offered: String = browser.evaluate("return document.getElementById('addresses').value;").await?;
    assert_eq!(offered.lines().filter(|line| line.starts_with("try/")).count(), 8, "{offered}");
    browser
        .evaluate::<Option<()>>(
            "const dragged = new DataTransfer();
             dragged.items.add(new File(['try/last.csv\\ntry/slow.png\\n'], 'list.txt'));
             const drop = new DragEvent('drop', { dataTransfer: dragged, bubbles: true, cancelable: true });
             if (document.getElementById('addresses').dispatchEvent(drop)) throw new Error('the browser would open it');",
        )
        .await?;
    let is_there = "document.getElementById('addresses').value.startsWith('try/last.csv')";
    page.wait_until(is_there).await?;
    let state = page.run().await?;
    assert_eq!((state["done"].as_str(), state["bytes"].as_str()), ("2", "3200000"), "{state:?}");
    let text: String = browser.evaluate("return document.querySelector('.findings').textContent;").await?;
    assert!(text.contains("With 1 at a time the list took"), "{text}");
    let saved = saved_by(browser, "Save all").await?;
    let names: Vec<_> = saved.iter().map(|saved| (&*saved.name, saved.size)).collect();
    assert_eq!(names, [("last.csv", 1_000_000), ("slow.png", 2_200_000)]);
    Ok(())
}
