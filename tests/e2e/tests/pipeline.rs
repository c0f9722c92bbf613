//! The pipeline in a real browser: what comes out is what went in, in upper case, whatever the queues are and whoever ends early.

use std::collections::HashMap;
use std::path::Path;

use dartboard_e2e::{Browser, Error, Site};
use dartboard_pipeline::generated::Generated;
use dartboard_pipeline::upper::Upper;
use sha2::{Digest, Sha256};
use thirtyfour::prelude::*;

use crate::lecture::{LessonHandle, number, take_own_files};

tests! {
    a_generated_text_comes_out_in_upper_case_through_both_kinds_of_queues,
    a_file_is_read_byte_by_byte_and_can_be_saved,
    who_is_ended_early_leaves_a_part_that_says_so,
    #[in_one_engine]
    a_browser_without_files_of_its_own_keeps_parts,
    #[in_one_engine]
    a_pause_lasts_as_long_as_the_user_likes,
    #[in_one_engine]
    all_settings_are_compared,
}

/// The text that the page makes up, of so many bytes.
fn generated(bytes: u64) -> Vec<u8> {
    let (mut generated, mut text) = (Generated::new(1, bytes), Vec::new());
    while generated.read(&mut text, 1 << 20) > 0 {}
    text
}

/// What should be written, and how many sequences of bytes are no UTF-8.
fn upper(text: &[u8]) -> (Vec<u8>, u64) {
    let mut upper = Vec::new();
    let invalid = Upper::new().append(text, &mut upper);
    (upper, invalid)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |digits, byte| digits + format!("{byte:02x}").as_str())
}

/// How many lines a text has, by Python's ends.
fn lines(text: &[u8]) -> usize {
    let ends = text
        .iter()
        .enumerate()
        .filter(|&(at, byte)| *byte == b'\n' || *byte == b'\r' && text.get(at + 1) != Some(&b'\n'));
    ends.count() + usize::from(!matches!(text.last(), None | Some(b'\n' | b'\r')))
}

fn assert_written(state: &HashMap<String, String>, text: &[u8]) {
    let (written, invalid) = upper(text);
    assert_eq!(state["sha256"], sha256(&written), "{state:?}");
    assert_eq!(number(state, "bytesIn"), text.len() as u64);
    assert_eq!(number(state, "bytesOut"), written.len() as u64);
    assert_eq!(number(state, "lines"), lines(text) as u64);
    assert_eq!(number(state, "invalid"), invalid);
    assert_eq!(state["complete"], "1");
}

// Fails with: a byte lost, doubled or changed on its way, a sentinel that does not arrive, a queue of another kind than was asked for.
async fn a_generated_text_comes_out_in_upper_case_through_both_kinds_of_queues(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    let text = generated(1_000_000);
    let page = LessonHandle::open_isolated(browser, &site, "/pipeline?size=1&lines=100&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_written(&state, &text);
    let has_memory = state["memory"] == "shared";
    assert_eq!(state["queue"], if has_memory { "shared" } else { "messages" });
    for (settings, queue) in
        [("lines=1000&maxsize=1&queue=messages", "messages"), ("lines=1&maxsize=1000", &state["queue"])]
    {
        let page =
            LessonHandle::revisit(browser, &site, &format!("/pipeline?size=1&{settings}&run=1")).await?;
        let state = page.mirror.wait_for_status("finished").await?;
        assert_written(&state, &text);
        assert_eq!(state["queue"], queue);
    }
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "stages that nobody needs any more");
    }
    browser.assert_clean_console().await
}

/// Has the page read this file.
async fn choose(browser: &Browser, file: &Path) -> Result<(), Error> {
    let input = browser.webdriver().find(By::Id("file")).await?;
    input.send_keys(file.to_str().expect("a path of plain letters")).await?;
    Ok(())
}

/// What the page gives to the browser to be saved: name, media type, bytes.
async fn saved(browser: &Browser) -> Result<(String, String, Vec<u8>), Error> {
    let (name, kind, digits): (String, String, String) = browser
        .evaluate_async(
            "const made = URL.createObjectURL, clicked = HTMLAnchorElement.prototype.click;
             let blob, done;
             URL.createObjectURL = it => { blob = it; return 'blob:here'; };
             HTMLAnchorElement.prototype.click = function() {
                 [URL.createObjectURL, HTMLAnchorElement.prototype.click] = [made, clicked];
                 const hex = byte => byte.toString(16).padStart(2, '0');
                 blob.arrayBuffer().then(bytes => done([this.download, blob.type, [...new Uint8Array(bytes)].map(hex).join('')]));
             };
             return new Promise(resolve => {
                 done = resolve;
                 document.getElementById('save-output').click();
             });",
        )
        .await?;
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
    Ok((name, kind, (0..digits.len()).step_by(2).map(byte).collect()))
}

// Fails with: a line, a character or a line end that is cut, invalid bytes that are lost, a file under a wrong name, or of a type that a
// browser would show.
async fn a_file_is_read_byte_by_byte_and_can_be_saved(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let folder = tempfile::tempdir().expect("a folder for files");
    let mut long = "\u{feff}straße ﬁn\r\nΰ\rпривет\n\n日本語".to_owned();
    // Longer than a piece may be, so that the line is cut.
    long += &"aé漢".repeat(200_000);
    let invalid = [&b"caf\xe9 \xed\xa0\x80 ok\n\xff\xff"[..], "ok ß".as_bytes()].concat();
    LessonHandle::open_isolated(browser, &site, "/pipeline").await?;
    for (name, text, lines) in
        [("long.text.txt", long.into_bytes(), 1), ("invalid", invalid, 1_000), ("empty.txt", Vec::new(), 1)]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, &text).expect("a file");
        let page = LessonHandle::revisit(browser, &site, &format!("/pipeline?lines={lines}")).await?;
        choose(browser, &path).await?;
        let state = page.run().await?;
        assert_written(&state, &text);
        let there = browser.evaluate::<bool>("return !!document.getElementById('save-output');").await?;
        assert_eq!(there, !text.is_empty());
        if name == "invalid" {
            let stem = name.split_once(".txt").map_or(name, |(stem, _)| stem);
            let (saved_name, kind, bytes) = saved(browser).await?;
            assert_eq!((saved_name, &*kind), (format!("{stem}-upper.txt"), "application/octet-stream"));
            assert_eq!(bytes, upper(&text).0);
        }
    }
    // A file that goes away after it was chosen.
    let path = folder.path().join("gone.txt");
    std::fs::write(&path, "here\n").expect("a file");
    let page = LessonHandle::revisit(browser, &site, "/pipeline").await?;
    choose(browser, &path).await?;
    std::fs::remove_file(&path).expect("the file");
    let state = page.run().await?;
    assert_eq!((&*state["complete"], &*state["bytesOut"]), ("0", "0"), "{state:?}");
    let said: String = browser.evaluate("return document.querySelector('.findings').textContent;").await?;
    assert!(said.contains("The file could not be read on"), "{said}");
    browser.assert_clean_console().await
}

/// What is written first of a long text.
fn beginning(bytes: usize) -> Vec<u8> {
    let (mut generated, mut text) = (Generated::new(1, 500_000_000), Vec::new());
    while text.len() < bytes {
        generated.read(&mut text, 1 << 20);
    }
    let mut written = upper(&text).0;
    written.truncate(bytes);
    written
}

/// Presses this button of the stage, from 0.
async fn press(browser: &Browser, stage: usize, label: &str) -> Result<(), Error> {
    browser
        .evaluate::<serde_json::Value>(&format!(
            "[...document.querySelectorAll('.stage')[{stage}].querySelectorAll('button')].find(it => it.textContent === '{label}').click();"
        ))
        .await?;
    Ok(())
}

// Fails with: a stage that waits for ever for one that is gone, a part that is offered as the whole, a part that is no beginning.
async fn who_is_ended_early_leaves_a_part_that_says_so(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    LessonHandle::open_isolated(browser, &site, "/pipeline").await?;
    for (stage, label, queue) in [
        (0, "Stop", "shared"),
        (1, "Stop", "messages"),
        (2, "Stop", "shared"),
        (0, "Kill", "messages"),
        (1, "Kill", "shared"),
        (1, "Kill", "messages"),
        (2, "Kill", "shared"),
    ] {
        let rest = format!("/pipeline?size=500&lines=1000&maxsize=2&queue={queue}&run=1");
        let page = LessonHandle::revisit(browser, &site, &rest).await?;
        page.mirror
            .wait_for("line written", |state| state.get("lines").is_some_and(|lines| lines != "0"))
            .await?;
        press(browser, 1, "Slow down").await?;
        press(browser, stage, label).await?;
        let state = page.mirror.wait_for_status("finished").await?;
        assert_eq!(state["complete"], "0", "{label} {stage} {state:?}");
        let text: String =
            browser.evaluate("return document.querySelector('.findings').textContent;").await?;
        assert!(text.contains("only a part"), "{text}");
        if (stage, label) != (2, "Kill") {
            let bytes = usize::try_from(number(&state, "bytesOut")).expect("a small number");
            assert_eq!(state["sha256"], sha256(&beginning(bytes)), "{label} {stage} {state:?}");
            let save: String =
                browser.evaluate("return document.getElementById('save-output').textContent;").await?;
            assert!(save.starts_with("Save the part in generated-upper.txt"), "{save}");
        }
    }
    browser.assert_clean_console().await
}

// Fails with: parts that are lost, that change places or are from another run; a part that is gone when the user stops all.
async fn a_browser_without_files_of_its_own_keeps_parts(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    take_own_files(&site)?;
    let text = upper(&generated(3_000_000)).0;
    let page = LessonHandle::open(browser, &site, "/pipeline?size=3&lines=1000").await?;
    for _ in 0..2 {
        let state = page.run().await?;
        assert_eq!(state["sha256"], sha256(&text));
        assert_eq!(sha256(&saved(browser).await?.2), sha256(&text));
    }
    let page = LessonHandle::revisit(browser, &site, "/pipeline?size=500&lines=1000&run=1").await?;
    page.mirror
        .wait_for("line written", |state| state.get("lines").is_some_and(|lines| lines != "0"))
        .await?;
    // Ends all at once.
    let state = page.run().await?;
    assert_eq!(state["complete"], "0");
    let part = saved(browser).await?.2;
    assert!(!part.is_empty() && part == beginning(part.len()));
    browser.assert_clean_console().await
}

// Fails with: stages that work while they are paused, a pause that counts as standing still, or that nothing ends.
async fn a_pause_lasts_as_long_as_the_user_likes(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open_isolated(browser, &site, "/pipeline?size=200&lines=100&run=1").await?;
    page.mirror
        .wait_for("line written", |state| state.get("lines").is_some_and(|lines| lines != "0"))
        .await?;
    let pause = "[...document.querySelectorAll('button')].find(it => ['Pause', 'Go on'].includes(it.textContent)).click();";
    browser.evaluate::<serde_json::Value>(pause).await?;
    // What is on its way comes to its end.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let before = page.mirror.state().await?;
    // Longer than threads may stand still.
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    let after = page.mirror.state().await?;
    assert_eq!((&before["lines"], &*after["status"]), (&after["lines"], "running"));
    browser.evaluate::<serde_json::Value>(pause).await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!(state["sha256"], sha256(&upper(&generated(200_000_000)).0));
    browser.assert_clean_console().await
}

// Fails with: a setting that is left out, one without a row, a comparison that ends before its last.
async fn all_settings_are_compared(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open_isolated(browser, &site, "/pipeline?size=1&measure=all&run=1").await?;
    page.mirror.wait_for_status("finished").await?;
    let circles: usize =
        browser.evaluate("return document.querySelectorAll('.curves circle').length;").await?;
    assert_eq!(circles, 10);
    browser.assert_clean_console().await
}
