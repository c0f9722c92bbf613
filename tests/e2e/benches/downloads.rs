//! What downloads cost: 200 addresses, of which some fail; the rate of one file beside a plain loop that fetches in a worker of
//! the same browser; in a browser of its own a file of 4 GB, and by how much memory grows; how soon nothing comes any more once
//! they are cancelled. Prints all of it and writes `target/bench/downloads.json`.

use std::collections::HashMap;
use std::time::Duration;

use dartboard_e2e::downloads_host::DownloadsHost;
use dartboard_e2e::processor_time::memory_mb;
use dartboard_e2e::site::BLANK;
use dartboard_e2e::{Browser, Error, Mirror, RunPage, Site, figures};
use serde_json::json;
use thirtyfour::By;
use tokio::time::sleep;

/// How long a list may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often a rate is taken, of the lesson and of the loop by turns.
const ROUNDS: usize = 9;

/// The file whose rate is taken, and the one for memory, in bytes.
const BYTES: [u64; 2] = [300_000_000, 4_000_000_000];

/// A worker's script that fetches what is posted to it, and says how long that took, in milliseconds.
const LOOP: &str = "onmessage = async ({ data }) => {
    const begun = performance.now();
    const reader = (await fetch(data, { cache: 'no-store' })).body.getReader();
    let bytes = 0;
    for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        bytes += value.length;
    }
    postMessage([performance.now() - begun, bytes]);
};";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (site, host, browser) =
        (Site::start().await?, DownloadsHost::start().await?, Browser::start().await?);
    let many: Vec<String> = (0..200).map(|number| host.random(number)).collect();
    open(&browser, &site, "limit=4&retries=0", &many).await?;
    let state = wait(&browser).await?;
    let most_at_host = host.total().most_in_flight;
    println!("200 addresses, limit 4: {state:?}; at most {most_at_host} at once, as the host counts");

    let (mut lesson, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let address = host.bytes(BYTES[0]);
        open(&browser, &site, "limit=4", std::slice::from_ref(&address)).await?;
        let state = wait(&browser).await?;
        lesson.push(BYTES[0] as f64 / number(&state, "ms") / 1e3);
        plain.push(plain_loop(&browser, &site, &address).await?);
    }
    let median = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "one file, MB/s: {lesson:.0?}; a plain loop: {plain:.0?}; ratio {:.2}, median of the rounds' {:.2} (at least 0.9)",
        median(&lesson) / median(&plain),
        median(&lesson.iter().zip(&plain).map(|(lesson, plain)| lesson / plain).collect::<Vec<_>>())
    );

    // The pages of the other lists stay for a while in their browser, and what they leave goes little by little.
    drop(browser);
    let browser = Browser::start().await?;
    open(&browser, &site, "limit=4", &[host.bytes(BYTES[1])]).await?;
    browser
        .evaluate::<serde_json::Value>(
            "window.longest = 0; new PerformanceObserver(list => { for (const it of list.getEntries())
                window.longest = Math.max(window.longest, it.duration); }).observe({ type: 'longtask' });",
        )
        .await?;
    let mirror = Mirror::new(&browser, "lesson", PATIENCE);
    // The browser has its worker and buffers by then.
    mirror.wait_for("byte", |state| number(state, "bytes") > 5e7).await?;
    let (before, mut most) = (memory_mb(), 0.0_f64);
    let state = loop {
        most = most.max(memory_mb());
        let state = mirror.state().await?;
        if state["status"] == "finished" {
            break state;
        }
        sleep(Duration::from_millis(200)).await;
    };
    let (growth_mb, longest_ms): (f64, f64) =
        (most - before, browser.evaluate("return window.longest;").await?);
    println!(
        "4 GB: {state:?}; memory grows by {growth_mb:.0} MB (at most 64), the page's longest task is {longest_ms:.0} ms (at most 50)"
    );

    let endless: Vec<String> = (0..4).map(|number| host.bytes(BYTES[1] + number)).collect();
    open(&browser, &site, "limit=4", &endless).await?;
    let mirror = Mirror::new(&browser, "lesson", PATIENCE);
    mirror.wait_for("byte", |state| number(state, "bytes") > 1e7).await?;
    browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
    sleep(Duration::from_millis(100)).await;
    let (stored, sent) = (number(&mirror.state().await?, "bytes"), host.total().bytes);
    sleep(Duration::from_secs(1)).await;
    let later = (number(&mirror.state().await?, "bytes") - stored).max(0.0);
    // What the system's buffers still took, before the host heard of it.
    let buffered = host.total().bytes - sent;
    println!(
        "cancelled: {later} bytes came from 0.1 s to 1.1 s after it (0); the host could still send {buffered}"
    );
    figures::write(
        "downloads",
        &json!({
            "lesson_mb_s": lesson, "plain_mb_s": plain, "growth_mb": growth_mb, "longest_task_ms": longest_ms,
            "came_after_cancel": later, "most_at_host": most_at_host,
        }),
    )
}

async fn open(browser: &Browser, site: &Site, rest: &str, addresses: &[String]) -> Result<(), Error> {
    let page = RunPage::visit(browser, &format!("{}#/lecture/downloads?{rest}", site.url()), "").await?;
    page.wait_until("document.getElementById('addresses') !== null").await?;
    let list = serde_json::to_string(&addresses.join("\n")).expect("a text");
    browser
        .evaluate::<serde_json::Value>(&format!(
            "const field = document.getElementById('addresses'); field.value = {list};
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ))
        .await?;
    Ok(browser.webdriver().find(By::Id("run-lesson")).await?.click().await?)
}

async fn wait(browser: &Browser) -> Result<HashMap<String, String>, Error> {
    Mirror::new(browser, "lesson", PATIENCE).wait_for_status("finished").await
}

/// The rate of a plain loop in a worker of the test host's own, in MB/s.
async fn plain_loop(browser: &Browser, site: &Site, address: &str) -> Result<f64, Error> {
    browser.webdriver().goto(site.origin() + BLANK).await?;
    let script = serde_json::to_string(LOOP).expect("a text");
    browser
        .evaluate::<serde_json::Value>(&format!(
            "window.result = null; const worker = new Worker(URL.createObjectURL(new Blob([{script}])));
             worker.onmessage = ({{ data }}) => {{ window.result = data; }}; worker.postMessage('{address}');"
        ))
        .await?;
    loop {
        let result: Option<(f64, f64)> = browser.evaluate("return window.result;").await?;
        if let Some((ms, bytes)) = result {
            return Ok(bytes / ms / 1e3);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn number(state: &HashMap<String, String>, name: &str) -> f64 {
    state.get(name).and_then(|value| value.parse().ok()).unwrap_or(0.0)
}
