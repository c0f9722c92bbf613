//! Downloads at their edges: who may fetch from other hosts, and what can be tried without a network.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::StatusCode;
use dartboard_e2e::downloads_host::{BROKEN_AT, BYTE_IN_JAVASCRIPT, DISPOSITIONS, SIZE};
use dartboard_e2e::site::{SUB_PATH, has_extension};
use dartboard_e2e::{Browser, DownloadsHost, Engine, Error, Kind, RunPage, Site, StandIn};
use dartboard_release::content_names::without_hash;
use dartboard_release::offline::SERVICE_WORKER;
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::isolation::forget_kept;
use crate::offline::{RUN, wait_until_kept};

tests! {
    the_downloader_meets_every_answer,
    only_the_downloader_reaches_other_hosts,
    what_can_be_tried_without_a_network_comes_slowly_and_in_every_way,
}

/// The script of the worker that may.
const DOWNLOADER: &str = "download-loader.js";

/// That of a build that has none.
const MADE_UP: &str = "download-loader-0123456789abcdef.js";

/// Names that only look like it.
const OTHERS: [&str; 5] = [
    "a-download-loader.js",
    "download-loader-0123456789abcdef.js.js",
    "download-loader-of-another.js",
    "download-loaders.js",
    "folder/download-loader.js",
];

/// The page, in the charge of its service worker.
async fn open_in_charge<'a>(browser: &'a Browser, site: &Site) -> Result<RunPage<'a>, Error> {
    let page = RunPage::open(browser, site, RUN).await?;
    wait_until_kept(&page).await?;
    page.reload().await?;
    page.wait_until("navigator.serviceWorker.controller").await?;
    Ok(page)
}

/// What a worker can do.
#[derive(Debug, Deserialize, PartialEq)]
struct Reach {
    /// The status of an answer of another host; 0 if there is none.
    elsewhere: u16,
    /// The policy of what its own service worker has made up.
    tried: String,
    compiles: bool,
}

// Fails with: a page or a worker of another script that reaches another host, a script of another host that any worker runs; a
// downloader that does not reach it, also at its second attempt; a worker that no longer reaches its own
// host or compiles; a header that is sent only with what the host answers, or only with what is kept.
async fn only_the_downloader_reaches_other_hosts(browser: &Browser) -> Result<(), Error> {
    let host = DownloadsHost::start().await?;
    let site = Site::start().await?;
    open_in_charge(browser, &site).await?;
    let (elsewhere, script) = (host.url(Kind::Length), host.bytes(5));

    let refused: Vec<String> = browser
        .evaluate_async(&format!(
            "const broken = [];
            addEventListener('securitypolicyviolation', event => broken.push(event.effectiveDirective));
            await fetch('{elsewhere}').then(() => broken.push('fetched'), () => null);
            for (let look = 0; look < 100 && broken.length < 1; look++) await new Promise(r => setTimeout(r, 50));
            return broken;"
        ))
        .await?;
    assert_eq!(refused, ["connect-src"]);
    assert_eq!(host.total().requests, 0, "the page has reached it");

    let scripts = site.files()?.into_iter();
    let mut names: Vec<_> =
        scripts.filter(|name| has_extension(name, "js") && name != SERVICE_WORKER).collect();
    if site.file(DOWNLOADER).is_err() {
        names.push(MADE_UP.to_owned());
    }
    names.extend(OTHERS.map(str::to_owned));
    // Each of these scripts is another now, which tells what it can do.
    let probe = format!(
        "const elsewhere = await fetch('{elsewhere}').then(answer => answer.status, () => 0);
        await import('{script}').catch(() => null);
        const made = await fetch('{}try/missing.txt').catch(() => null);
        const tried = made?.headers.get('Content-Security-Policy') ?? '';
        const compiles = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true, () => false);
        postMessage({{ elsewhere, tried, compiles }});",
        site.url()
    );
    for name in &names {
        site.replace(name, StandIn::script(&*probe));
    }
    forget_kept(browser).await?;
    let again = names.iter().filter(|name| name.contains("loader")).map(|name| format!("{name}?1"));
    let asked: Vec<_> = names.iter().cloned().chain(again).collect();
    check_reach(browser, &asked).await?;
    // The same, of scripts that are kept here.
    site.restore();
    browser
        .evaluate_async::<()>(&format!(
            "const kept = await caches.open('dartboard {SUB_PATH} tested');
            const script = () => new Response({}, {{ headers: {{ 'Content-Type': 'text/javascript' }} }});
            for (const name of {}) await kept.put(new URL(name, document.baseURI), script());
            return null;",
            json!(probe),
            json!(names)
        ))
        .await?;
    check_reach(browser, &asked).await?;
    assert_eq!(host.record(&elsewhere).requests, 4, "the downloader, twice at both its attempts");
    assert_eq!(host.record(&script).requests, 0, "a script of another host is run");
    Ok(())
}

/// Starts workers of these scripts, each of which tells what it can do.
async fn check_reach(browser: &Browser, asked: &[String]) -> Result<(), Error> {
    let reached: HashMap<String, Reach> = browser
        .evaluate_async(&format!(
            "const reach = (name) => new Promise((resolve, reject) => {{
                const worker = new Worker(new URL(name, document.baseURI), {{ type: 'module' }});
                worker.onmessage = ({{ data }}) => {{ resolve([name, data]); worker.terminate(); }};
                worker.onerror = () => reject(`${{name}} does not start`);
            }});
            return Object.fromEntries(await Promise.all({}.map(reach)));",
            json!(asked)
        ))
        .await?;
    for name in asked {
        let is_downloader = without_hash(name.trim_end_matches("?1")) == DOWNLOADER;
        let elsewhere = if is_downloader { 200 } else { 0 };
        let expected = Reach { elsewhere, tried: "sandbox".to_owned(), compiles: true };
        assert_eq!(reached[name], expected, "{name}");
    }
    Ok(())
}

/// What came of a fetch in the downloader.
#[derive(Debug, Deserialize)]
struct Met {
    /// 0 if nothing could be read.
    status: u16,
    bytes: u64,
    /// `whole`, `broken` or `left`; `refused` without an answer.
    end: String,
    is_right: bool,
    length: Option<u64>,
    encoding: Option<String>,
    tag: Option<String>,
    name: Option<String>,
    retry_after: Option<String>,
}

/// Stands for the downloader: fetches each address, leaves after two seconds what does not end, and tells what came.
const MEET: &str = "
    const meet = async (url) => {
        const leave = new AbortController();
        const late = setTimeout(() => leave.abort(), url.endsWith('/stall') || url.endsWith('/silent') ? 2_000 : 30_000);
        const met = { status: 0, bytes: 0, end: 'refused', is_right: true };
        try {
            const answer = await fetch(url, { signal: leave.signal, cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' });
            const header = (name) => answer.headers.get(name);
            met.status = answer.status;
            met.length = header('Content-Length') && Number(header('Content-Length'));
            met.encoding = header('Content-Encoding');
            met.tag = header('ETag');
            met.name = header('Content-Disposition');
            met.retry_after = header('Retry-After');
            met.end = 'broken';
            const reader = answer.body?.getReader();
            for (;;) {
                const { done, value } = (await reader?.read()) ?? { done: true };
                if (done) break;
                for (let at = 0; at < value.length; at++) {
                    const o = met.bytes + at;
                    if (value[at] !== (BYTE)) met.is_right = false;
                }
                met.bytes += value.length;
            }
            met.end = 'whole';
        } catch (error) {
            if (leave.signal.aborted) met.end = 'left';
        }
        clearTimeout(late);
        return met;
    };
    onmessage = async ({ data }) => postMessage(await Promise.all(data.map(meet)));";

// Fails with: a host that answers otherwise than it says, or that browsers understand otherwise.
async fn the_downloader_meets_every_answer(browser: &Browser) -> Result<(), Error> {
    let host = DownloadsHost::start().await?;
    let site = Site::start().await?;
    open_in_charge(browser, &site).await?;
    site.replace(MADE_UP, StandIn::script(MEET.replace("BYTE", BYTE_IN_JAVASCRIPT)));
    let named = (0..DISPOSITIONS.len()).map(|disposition| host.named(disposition));
    let urls: Vec<_> = Kind::ALL.iter().map(|kind| host.url(*kind)).chain(named).collect();
    let mut met: Vec<Met> = browser
        .evaluate_async(&format!(
            "const worker = new Worker(new URL('{MADE_UP}', document.baseURI), {{ type: 'module' }});
            worker.postMessage({});
            return await new Promise((resolve, reject) => {{
                worker.onmessage = ({{ data }}) => resolve(data);
                worker.onerror = () => reject('it does not start');
            }});",
            json!(urls)
        ))
        .await?;
    for (met, disposition) in met.split_off(Kind::ALL.len()).iter().zip(DISPOSITIONS) {
        assert_eq!((met.status, met.name.as_deref()), (200, Some(disposition)));
    }
    for (kind, met) in Kind::ALL.iter().zip(&met) {
        let (status, bytes, end) = match kind {
            Kind::Empty => (200, 0, "whole"),
            Kind::NoContent => (204, 0, "whole"),
            Kind::Stall => (200, BROKEN_AT, "left"),
            Kind::Silent => (0, 0, "left"),
            Kind::CutOffChunked | Kind::CutOffClosing if browser.engine() == Engine::WebKit => {
                (200, BROKEN_AT, "whole")
            }
            Kind::CutOff
            | Kind::CutOffChunked
            | Kind::CutOffClosing
            | Kind::ResetInBody
            | Kind::Resumes
            | Kind::IgnoresRange
            | Kind::WrongRange
            | Kind::Changes
            | Kind::Untagged => (200, BROKEN_AT, "broken"),
            Kind::NotFound => (404, 5, "whole"),
            Kind::RangeRefused => (416, 5, "whole"),
            Kind::TooMany => (429, 5, "whole"),
            Kind::Unavailable => (503, 5, "whole"),
            Kind::Reset
            | Kind::Nobody
            | Kind::NotFoundUnreadable
            | Kind::Unreadable
            | Kind::RedirectUnreadable
            | Kind::RedirectLoop => (0, 0, "refused"),
            _ => (200, SIZE, "whole"),
        };
        assert_eq!((met.status, &*met.end), (status, end), "{kind:?}: {met:?}");
        // What is lost on the way from a reset connection, nobody knows.
        let is_exact = end != "broken";
        assert!(if is_exact { met.bytes == bytes } else { met.bytes <= bytes }, "{kind:?}: {met:?}");
        assert!(met.is_right || ![200, 206].contains(&status), "{kind:?}: {met:?}");
        let is_told = !matches!(kind, Kind::Chunked | Kind::CutOffChunked | Kind::NoContent);
        match kind {
            // Fewer than come.
            Kind::Gzip | Kind::GzipTold => assert!(met.length.is_some_and(|length| length < SIZE), "{met:?}"),
            _ if status == 200 && is_told => {
                assert_eq!(met.length, Some(if *kind == Kind::Empty { 0 } else { SIZE }), "{kind:?}");
            }
            _ if status == 200 => assert_eq!(met.length, None, "{kind:?}"),
            _ => {}
        }
        assert_eq!(met.encoding.is_some(), *kind == Kind::GzipTold, "{kind:?}");
        let has_tag = matches!(kind, Kind::Resumes | Kind::IgnoresRange | Kind::WrongRange | Kind::Changes);
        assert_eq!(met.tag.is_some(), has_tag, "{kind:?}");
        assert_eq!(met.retry_after.is_some(), *kind == Kind::Unavailable, "{kind:?}");
    }
    assert_eq!(host.total().telling, 0, "somebody was told who asks");
    if browser.engine() == Engine::Firefox {
        browser.leave_out(
            "the end of a connection that was left",
            "under a service worker it ends one with the next byte",
        );
        return Ok(());
    }
    for _ in 0..100 {
        if host.total().in_flight == 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(host.total().in_flight, 0, "what has been left is not noticed");
    Ok(())
}

/// What came of a try.
#[derive(Debug, Deserialize)]
struct Tried {
    status: u16,
    headers: HashMap<String, String>,
    bytes: u64,
    /// How it ended: `whole`, `broken` or `left`.
    end: String,
    /// Whether the lines of it are what they say.
    is_right: bool,
}

impl Tried {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value)
    }
}

/// Fetches a try, at most so many bytes of it, and notes in `order` when it begins and ends.
const TRY: &str = "
    const order = [];
    const lineOf = (name, number) =>
        `${name}, line ${String(number).padStart(6, '0')}: made up by this page to be downloaded\\n`;
    const made = (name, from, to) => {
        const { length } = lineOf(name, 0);
        let text = '';
        for (let at = Math.floor(from / length); at * length < to; at++) text += lineOf(name, at);
        return text.slice(from % length, from % length + to - from);
    };
    const attempt = async (name, headers = {}, limit = Infinity) => {
        const leave = new AbortController();
        const answer = await fetch(name, { headers, signal: leave.signal });
        order.push(`${name} begins`);
        const from = Number(/\\d+/.exec(answer.headers.get('Content-Range') ?? '0')[0]);
        const reader = answer.body.getReader();
        const parts = [];
        let bytes = 0;
        let end = 'whole';
        try {
            for (;;) {
                const { done, value } = await reader.read();
                if (done) break;
                parts.push(value);
                bytes += value.length;
                if (bytes >= limit) setTimeout(() => { end = 'left'; leave.abort(); }, 300);
            }
        } catch (error) {
            if (end === 'whole') end = 'broken';
        }
        order.push(`${name} ends`);
        const text = await new Blob(parts).text();
        const isRight = text === made(name, from, from + bytes);
        return { status: answer.status, headers: Object.fromEntries(answer.headers), bytes, end, is_right: isRight };
    };";

// Fails with: one that is not there without a network, of another size, or not what it says; one that runs as a page, or is
// answered to a browser that wants to show it; a length that is told wrongly, or missing; one that does not break off, cannot be
// resumed, or does not stall; tries that wait for each other.
async fn what_can_be_tried_without_a_network_comes_slowly_and_in_every_way(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    open_in_charge(browser, &site).await?;
    site.cut_off().await;
    let names = [
        ("try/lecture-2.pdf", 200, Some(2_000_000), 2_000_000, "whole"),
        ("try/darts.csv", 200, Some(3_000_000), 3_000_000, "whole"),
        ("try/points.json", 200, None, 1_400_000, "whole"),
        ("try/missing.txt", 404, Some(70), 70, "whole"),
        ("try/half.zip", 200, Some(2_400_000), 1_200_000, "broken"),
        ("try/slow.png", 200, Some(2_200_000), 2_200_000, "whole"),
        ("try/stall.dat", 200, Some(1_000_000), 300_000, "left"),
        ("try/last.csv", 200, Some(1_000_000), 1_000_000, "whole"),
    ];
    let (tried, mut ranges, order): (Vec<Tried>, Vec<Tried>, Vec<String>) = browser
        .evaluate_async(&format!(
            "{TRY}
            const limit = (name) => (name === 'try/stall.dat' ? 300_000 : Infinity);
            const tries = {}.map(name => attempt(name, {{}}, limit(name)));
            const ranges = [
                {{ Range: 'bytes=1200000-' }},
                {{ Range: 'bytes=0-' }},
                {{ Range: 'bytes=2399999-', 'If-Range': '\"half\"' }},
                {{ Range: 'bytes=2400000-' }},
                {{ Range: 'bytes=1200000-', 'If-Range': '\"other\"' }},
            ].map(headers => attempt('try/half.zip', headers));
            return [await Promise.all(tries), await Promise.all(ranges), order];",
            json!(names.map(|(name, ..)| name))
        ))
        .await?;
    for ((name, status, length, bytes, end), tried) in names.iter().zip(&tried) {
        assert_eq!((tried.status, &*tried.end), (*status, *end), "{name}");
        // The error may come before what was sent last.
        let is_lost = *end == "broken" && (1_000_000..*bytes).contains(&tried.bytes);
        assert!(tried.bytes == *bytes || is_lost, "{name}: {} bytes", tried.bytes);
        assert_eq!(
            tried.header("content-length"),
            length.map_or(String::new(), |it| it.to_string()),
            "{name}"
        );
        assert!(tried.is_right, "{name}");
        assert_eq!(tried.header("content-security-policy"), "sandbox");
        assert_eq!(tried.header("content-type"), "application/octet-stream");
        assert_eq!(tried.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(tried[0].header("content-disposition"), "attachment; filename=\"lecture 2, slides.pdf\"");
    assert_eq!(tried[4].header("etag"), "\"half\"");
    // A browser that fetched them from a host would have six at once.
    let at = |what: &str| order.iter().position(|it| it == what);
    let first_whole = names.iter().filter(|(.., bytes, end)| *end == "whole" && *bytes > 70);
    let first_whole = first_whole.filter_map(|(name, ..)| at(&format!("{name} ends"))).min();
    let begun = names.iter().filter(|(name, ..)| at(&format!("{name} begins")) < first_whole).count();
    assert_eq!(begun, names.len(), "{order:?}");

    assert!(ranges.iter().all(|it| it.is_right));
    // Of another file than it is by now: all of it, which breaks off again.
    let of_another = ranges.pop();
    assert_eq!(of_another.map(|it| (it.status, it.end)), Some((200, "broken".to_owned())));
    let parts: Vec<_> =
        ranges.iter().map(|it| (it.status, it.header("content-range"), it.bytes, &*it.end)).collect();
    assert_eq!(
        parts,
        [
            (206, "bytes 1200000-2399999/2400000", 1_200_000, "whole"),
            (206, "bytes 0-2399999/2400000", 2_400_000, "whole"),
            (206, "bytes 2399999-2399999/2400000", 1, "whole"),
            (416, "bytes */2400000", 0, "whole"),
        ]
    );

    site.reconnect().await?;
    browser.webdriver().goto(format!("{}try/darts.csv", site.url())).await?;
    assert_eq!(site.answered("try/darts.csv"), [StatusCode::NOT_FOUND], "it is shown as a page");
    Ok(())
}
