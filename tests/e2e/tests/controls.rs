//! Each control of the estimate page, found by the name that assistive technology gives it.

use std::collections::BTreeMap;
use std::time::Duration;

use dartboard_core::text::short_count;
use dartboard_e2e::{Browser, Error, RunPage, RunState, ShownStatus, Site};
use dartboard_points::kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use thirtyfour::Key;
use tokio::time::sleep;

tests! {
    run_starts_and_stops_by_button_and_by_space,
    keys_mean_their_own_in_fields_on_buttons_and_in_dialogs,
    #[in_one_engine]
    reset_asks_only_when_much_would_be_lost,
    batches_follow_each_workers_speed_unless_the_user_fixes_them,
    workers_and_batch_are_set_while_the_run_goes_on,
    seed_target_and_chaos_are_set,
    #[in_one_engine]
    bad_seed_target_and_chaos_are_refused_at_the_field,
    copied_link_reproduces_the_run_after_finish,
    finish_ends_the_run_where_it_stands,
    #[in_one_engine]
    shortcuts_are_listed_behind_question_mark,
    theme_is_switched_and_kept,
    convergence_is_read_by_slider_and_as_a_table,
    crash_hang_and_kill_are_logged_and_the_run_goes_on,
    #[in_one_engine]
    bad_link_names_each_parameter_and_start_still_works,
}

/// Long enough for what must not happen to show, were it to happen.
const SETTLED: Duration = Duration::from_millis(400);

const BATCH: &str = "Batch size (points)";
const BATCH_SLIDER: &str = "Batch size, logarithmic";
const CHAOS: &str = "Random crashes (share of batches, 0 to 1)";
const TARGET: &str = "Stop at (points; empty: never)";
const TARGET_ERROR: &str = "Stop at (standard error)";

/// What the kernel counts natively of the same points as `state`.
fn native_tally(state: &RunState) -> Tally {
    let range = BlockRange::new(0, state.points / BLOCK_POINTS).expect("a range");
    kernel::tally(Seed(state.seed), range)
}

fn without_separators(text: &str) -> String {
    text.replace(',', "")
}

async fn count_some(page: &RunPage<'_>) -> Result<RunState, Error> {
    page.wait_for("counting", |run| run.points > 0 && run.status == ShownStatus::Running).await
}

// Fails with: a Start or Stop without its name; a Space that scrolls instead, or that is heard only on the button.
async fn run_starts_and_stops_by_button_and_by_space(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // So small a window that Space would scroll.
    browser.set_viewport(400, 400).await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2").await?;
    page.click("Start").await?;
    count_some(&page).await?;
    page.click("Stop").await?;
    let by_button = page.wait_for_status(ShownStatus::Paused).await?;
    browser.evaluate::<()>("scrollTo(0, 0); return null;").await?;
    page.press_on_page(" ").await?;
    page.wait_for("counting on", |run| run.points > by_button.points).await?;
    page.press_on_page(" ").await?;
    let by_space = page.wait_for_status(ShownStatus::Paused).await?;
    assert_eq!(by_space.seed, by_button.seed);
    assert_eq!(browser.evaluate::<f64>("return scrollY;").await?, 0.0, "Space has scrolled the page");
    browser.assert_clean_console().await
}

// Fails with: a shortcut that takes a key away from a field, a button or a table that it scrolls; one that acts behind a
// dialog, together with Ctrl, or while an input method composes; a letter that is a command before the user wants that.
async fn keys_mean_their_own_in_fields_on_buttons_and_in_dialogs(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1").await?;
    let assert_untouched = async |what: &str| -> Result<(), Error> {
        sleep(SETTLED).await;
        let state = page.state().await?;
        assert_eq!(
            (state.status, state.points, state.seed),
            (ShownStatus::Idle, 0, 1),
            "{what} touched the run"
        );
        Ok(())
    };
    // As dictation types it.
    page.press_on_page("go on, next?").await?;
    assert_untouched("a dictated text").await?;
    assert!(!page.has_dialog().await?, "a dictated text opened a dialog");
    page.use_letter_keys().await?;
    for field in ["Workers", BATCH, "Seed", TARGET, CHAOS] {
        let element = page.field(field).await?;
        element.send_keys(" rnc?").await?;
        assert!(page.value(field).await?.ends_with(" rnc?"), "{field} takes keys");
        assert_untouched(field).await?;
        assert!(!page.has_dialog().await?, "a key in {field} opened a dialog");
        element.send_keys(Key::Escape).await?;
    }
    page.button("Copy link").await?.send_keys(" ").await?;
    page.wait_for_dialog("Link to this run").await?;
    assert_untouched("Space on Copy link").await?;
    page.press("n").await?;
    assert_untouched("N in a dialog").await?;
    page.press(Key::Escape).await?;
    page.wait_for_no_dialog().await?;
    page.press_on_page(Key::Control + "n").await?;
    assert_untouched("Ctrl+N").await?;
    browser.evaluate::<()>("document.querySelector('.table-frame').focus(); return null;").await?;
    page.press(" ").await?;
    page.press("n").await?;
    assert_untouched("keys in a table").await?;
    let press = async |event: &str| -> Result<(), Error> {
        let script =
            format!("document.body.dispatchEvent(new KeyboardEvent('keydown', {event})); return null;");
        browser.evaluate::<()>(&script).await
    };
    press("{ key: 'n', code: 'KeyN', isComposing: true, bubbles: true }").await?;
    assert_untouched("a key of an input method").await?;
    // On a Russian layout.
    press("{ key: 'т', code: 'KeyN', bubbles: true }").await?;
    page.wait_for("another seed", |run| run.seed != 1).await?;
    browser.assert_clean_console().await
}

// Fails with: much thrown away without a question, or little with one, or by Enter or Space alone; a refusal that resets all the same; a
// reset run that keeps counts or another seed.
async fn reset_asks_only_when_much_would_be_lost(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=5&workers=1&target=100000&start=1").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    page.click("Reset").await?;
    let reset = page.wait_for_status(ShownStatus::Idle).await?;
    assert_eq!((reset.points, reset.inside, reset.seed), (0, 0, 5));
    assert!(!page.has_dialog().await?, "asked about a run of a moment");

    page.fill(TARGET, "").await?;
    page.click("Start").await?;
    // As the page counts them.
    let seconds =
        "const term = [...document.querySelectorAll('dt')].find(it => it.textContent === 'running');
        return parseFloat(term.nextElementSibling.textContent);";
    while browser.evaluate::<f64>(seconds).await? < 5.5 {
        sleep(SETTLED).await;
    }
    page.click("Stop").await?;
    let much = page.wait_for_status(ShownStatus::Paused).await?;
    for refuse in ["button", "Escape"] {
        page.click("Reset").await?;
        let text = page.wait_for_dialog("Reset this run?").await?;
        let lost = format!("You will lose the {} points", short_count(much.points as f64));
        assert!(text.contains(&lost), "{text}");
        if refuse == "button" {
            // It has the focus.
            page.press(" ").await?;
        } else {
            page.press(Key::Escape).await?;
        }
        page.wait_for_no_dialog().await?;
        sleep(SETTLED).await;
        assert_eq!(page.state().await?.tally(), much.tally(), "refused by {refuse}");
    }
    page.use_letter_keys().await?;
    page.press_on_page("r").await?;
    page.wait_for_dialog("Reset this run?").await?;
    page.click_in_dialog("Reset").await?;
    let reset = page.wait_for_status(ShownStatus::Idle).await?;
    assert_eq!((reset.points, reset.inside, reset.seed), (0, 0, 5));
    browser.assert_clean_console().await
}

// Fails with: a default that leaves workers waiting for the page.
async fn batches_follow_each_workers_speed_unless_the_user_fixes_them(
    browser: &Browser,
) -> Result<(), Error> {
    // What slot 1 computes; its first batch was one block.
    const GROWN: &str = r"(([, first, last]) => last - first > 1)(
        (document.querySelector('[data-blocks]')?.dataset.blocks ?? '').match(/(\d+)-(\d+)/) ?? [])";
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "workers=1").await?;
    assert_eq!(page.value(BATCH).await?, "auto");
    page.click("Start").await?;
    page.wait_until(GROWN).await?;
    page.wait_for_address("batch", Some("auto")).await
}

// Fails with: a change that is not in the address, or not in force; one that stops the run or drops counts; a
// slider or a checkbox that the field does not follow.
async fn workers_and_batch_are_set_while_the_run_goes_on(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&batch=1000000&start=1").await?;
    let mut last = count_some(&page).await?;
    let mut goes_on = async |what: &str, workers: u32| -> Result<(), Error> {
        let on = page
            .wait_for(what, |run| {
                assert!(run.points >= last.points, "{what} dropped counts: {run:?} after {last:?}");
                run.points > last.points && run.workers == workers
            })
            .await?;
        assert_eq!((on.status, on.seed, on.restarts), (ShownStatus::Running, 1, 0), "{what}");
        last = on;
        Ok(())
    };

    page.fill("Workers", "3").await?;
    page.wait_for_address("workers", Some("3")).await?;
    goes_on("three workers", 3).await?;
    let workers = page.field("Workers").await?;
    workers.send_keys(Key::Up).await?;
    page.wait_for_address("workers", Some("4")).await?;
    goes_on("four workers", 4).await?;
    workers.send_keys(Key::Down).await?;
    page.wait_for_address("workers", Some("3")).await?;
    workers.send_keys("99").await?;
    page.wait_for_text("workers-error", |text| text.contains("1 to 64")).await?;
    workers.send_keys(Key::Escape).await?;
    page.wait_for_text("workers-error", str::is_empty).await?;
    assert_eq!(page.value("Workers").await?, "3");
    goes_on("three workers again", 3).await?;

    page.fill(BATCH, "300000").await?;
    page.wait_for_address("batch", Some("300000")).await?;
    let slider = page.field(BATCH_SLIDER).await?;
    for (key, points) in [
        (Key::Home, "100000"),
        (Key::Right, "200000"),
        (Key::Right, "500000"),
        (Key::End, "10000000000"),
        (Key::Left, "5000000000"),
        (Key::Home, "100000"),
    ] {
        slider.send_keys(key).await?;
        page.wait_for_address("batch", Some(points)).await?;
        assert_eq!(page.value(BATCH).await?, points);
        let spoken = slider.attr("aria-valuetext").await?.unwrap_or_default();
        assert_eq!(without_separators(&spoken), format!("{points} points"));
    }
    let auto = page.field("auto (about 100 ms)").await?;
    auto.click().await?;
    page.wait_for_address("batch", Some("auto")).await?;
    assert!(auto.is_selected().await? && !slider.is_enabled().await?);
    auto.click().await?;
    page.wait_for_address("batch", Some("100000")).await?;
    assert!(!auto.is_selected().await? && slider.is_enabled().await?);
    page.fill(BATCH, "auto").await?;
    page.wait_for_address("batch", Some("auto")).await?;
    goes_on("batches by speed", 3).await?;

    page.click("As in the lecture").await?;
    page.wait_for_address("workers", Some("4")).await?;
    page.wait_for_address("batch", Some("100000")).await?;
    assert_eq!((page.value("Workers").await?, page.value(BATCH).await?), ("4".into(), "100000".into()));
    page.wait_for_address("kernel", Some("reference")).await?;
    goes_on("four workers as in the lecture", 4).await?;
    for (name, parameter, after) in [
        ("point by point: the lecture’s loop, with the same counts", "kernel", None),
        ("replace dead workers", "replace", Some("0")),
    ] {
        page.field(name).await?.click().await?;
        page.wait_for_address(parameter, after).await?;
    }
    // The same count, point by point.
    let by_point =
        RunPage::open(browser, &site, "seed=1&workers=2&target=2000000&kernel=reference&start=1").await?;
    let finished = by_point.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!((finished.points, finished.tally()), (2_000_000, native_tally(&finished)));
    browser.assert_clean_console().await
}

// Fails with: a target that is off by a block, or not reached to the point; a standard error that differs from
// ⌈(1.642184/se)²⌉; a chaos that panics no batch, or loses its points; a New seed that keeps the counts; a screen that goes
// dark meanwhile, or stays on; a title without the end.
async fn seed_target_and_chaos_are_set(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2&batch=100000").await?;
    page.fill("Seed", "18446744073709551615").await?;
    page.wait_for_address("seed", Some("18446744073709551615")).await?;
    page.fill(TARGET, "2,000,000").await?;
    page.wait_for_address("target", Some("2000000")).await?;
    // What the browser is asked for while a run with a target counts.
    let stand_in = "window.awake = [];
        const sentinel = { release: () => { awake.push('released'); return Promise.resolve(); } };
        const request = () => { awake.push('asked'); return Promise.resolve(sentinel); };
        Object.defineProperty(navigator, 'wakeLock', { value: { request }, configurable: true });
        return null;";
    browser.evaluate::<()>(stand_in).await?;
    page.click("Start").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!((finished.seed, finished.points), (u64::MAX, 2_000_000));
    page.wait_until("window.awake.join() === 'asked,released'").await?;
    page.wait_until("document.title.startsWith('✓ Finished · π ≈ 3.1')").await?;
    assert_eq!(finished.tally(), native_tally(&finished));

    page.click("Set as standard error").await?;
    for standard_error in [0.001, 0.000_3, 0.000_1] {
        let points = (1.642_184_f64 / standard_error).powi(2).ceil();
        page.fill(TARGET_ERROR, &standard_error.to_string()).await?;
        let text = page
            .wait_for_text("standard-error-error", |text| {
                let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
                digits(text).parse::<f64>().is_ok_and(|shown| (0.0..1e5).contains(&(shown - points)))
            })
            .await;
        text.map_err(|error| format!("for ± {standard_error}: {error}")).expect("the points in force");
    }
    let target = page.address().await?["target"].clone();
    let target: u64 = target.parse().expect("a number");
    assert_eq!(target, 269_700_000);
    // ± 0.0001 is 269,676,830 points; and again as points.
    page.click("Set as points").await?;
    assert_eq!(page.value(TARGET).await?, target.to_string());
    page.click("Start").await?;
    let finished = page.wait_for("the new target", |run| run.points == target).await?;
    assert_eq!((finished.status, finished.tally()), (ShownStatus::Finished, native_tally(&finished)));
    page.fill(TARGET, "").await?;
    page.wait_for_address("target", None).await?;

    page.click("New seed").await?;
    // On a slow machine the run was on for so long that its loss is asked about.
    let anew = loop {
        let state = page.state().await?;
        if state.seed != u64::MAX {
            break state;
        }
        if page.has_dialog().await? {
            page.click_in_dialog("Start the other").await?;
        }
        sleep(SETTLED).await;
    };
    assert_eq!((anew.status, anew.points), (ShownStatus::Idle, 0));
    page.wait_for_address("seed", Some(&anew.seed.to_string())).await?;
    page.use_letter_keys().await?;
    page.press_on_page("n").await?;
    let other = page.wait_for("one more seed", |run| run.seed != anew.seed).await?;

    page.fill(CHAOS, "0,05").await?;
    page.wait_for_address("chaos", Some("0.05")).await?;
    page.fill(TARGET, "20000000").await?;
    page.click("Start").await?;
    let finished =
        page.wait_for("the end in spite of chaos", |run| run.status == ShownStatus::Finished).await?;
    assert!(finished.restarts > 0, "no batch panicked: {finished:?}");
    assert_eq!((finished.seed, finished.tally()), (other.seed, native_tally(&finished)));
    page.fill(CHAOS, "0").await?;
    page.wait_for_address("chaos", None).await?;
    browser.assert_clean_console().await
}

// Fails with: a value silently clamped or dropped; a message without the range or not at its field, or with each key; a run that a
// typing mistake stops, restarts or changes. Workers and batch have a test of their own among the page's.
async fn bad_seed_target_and_chaos_are_refused_at_the_field(browser: &Browser) -> Result<(), Error> {
    const MAX: &str = "18446744073709551615";
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=7&workers=1&batch=1000000&start=1").await?;
    let mut last = count_some(&page).await?;
    let address = page.address().await?;
    // A refusal waits for the end of what is typed.
    let observe = "window.told = [];
        const error = document.getElementById('seed-error');
        new MutationObserver(() => told.push(error.textContent)).observe(error, { subtree: true, childList: true, characterData: true });
        return null;";
    browser.evaluate::<()>(observe).await?;
    page.field("Seed").await?.send_keys("-x-y-z").await?;
    page.wait_for_text("seed-error", |text| text.contains("-x-y-z")).await?;
    let told: Vec<String> = browser.evaluate("return window.told;").await?;
    assert_eq!(told.len(), 1, "{told:?}");
    let whole_blocks = &["100000", "multiple"][..];
    for (name, error, bad_values, words) in [
        ("Seed", "seed-error", &["-1", "18446744073709551616", "1.5", "abc", ""][..], &["0", MAX][..]),
        (TARGET, "target-error", &["0", "99999", "-100000", "1e4", "18446744073709600000"], whole_blocks),
        (CHAOS, "chaos-error", &["-0.1", "1.000000001", "2", "0.1.1", "x", ""], &["0", "1"]),
        (TARGET_ERROR, "standard-error-error", &["0", "-1", "2", "1e-300", "x"], &["standard error", "1"]),
    ] {
        if name == TARGET_ERROR {
            page.click("Set as standard error").await?;
        }
        for bad in bad_values {
            page.fill(name, bad).await?;
            let says = |text: &str| words.iter().all(|word| without_separators(text).contains(word));
            let text = page.wait_for_text(error, says).await;
            text.map_err(|error| format!("{name} of {bad:?}: {error}")).expect("a message with the range");
            let field = page.field(name).await?;
            assert_eq!(field.attr("aria-invalid").await?.as_deref(), Some("true"), "{name} of {bad:?}");
            assert_eq!(field.attr("aria-describedby").await?.as_deref(), Some(error));
            let on = page.wait_for("counting to go on", |run| run.points > last.points).await?;
            assert_eq!((on.status, on.seed, on.restarts), (ShownStatus::Running, 7, 0), "{name} of {bad:?}");
            assert_eq!(page.address().await?, address, "{name} of {bad:?} is in the address");
            last = on;
        }
    }
    browser.assert_clean_console().await
}

// Fails with: a link to a run with gaps that does not say so; a Finish that counts on, or leaves a gap; a link
// that ends elsewhere than the run it was copied from, or that starts by itself.
async fn copied_link_reproduces_the_run_after_finish(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    // A link that was passed on by others, who have added to it.
    let url = site.url() + "?utm_source=mail";
    let page = RunPage::load(browser, &url, "seed=42&workers=2&batch=1000000&start=1").await?;
    let begun = count_some(&page).await?;
    // What the hanging worker holds stays uncounted while the other goes on: a gap.
    page.click("Hang worker 1").await?;
    page.wait_for("counting past the gap", |run| run.points > begun.points + 20_000_000).await?;
    page.click("Stop").await?;
    page.wait_for_status(ShownStatus::Paused).await?;
    page.click("Copy link").await?;
    let text = page.wait_for_dialog("Link to this run").await?;
    assert!(text.contains("clipboard") && text.contains("agree after Finish"), "{text}");
    let link = page.value("Link").await?;
    page.click_in_dialog("Finish gaps").await?;
    page.wait_for_no_dialog().await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(&finished));

    let (address, parameters) = link.split_once("#/?").expect("a link with parameters");
    assert_eq!(address, site.url());
    let named: BTreeMap<_, _> = parameters.split('&').filter_map(|pair| pair.split_once('=')).collect();
    assert_eq!((named["seed"], named["target"]), ("42", finished.points.to_string().as_str()), "{link}");
    let page = RunPage::open(browser, &site, parameters).await?;
    sleep(SETTLED).await;
    assert_eq!(page.state().await?.points, 0, "the link started by itself");
    page.click("Start").await?;
    assert_eq!(page.wait_for_status(ShownStatus::Finished).await?.tally(), finished.tally());

    // Without a gap there is nothing to finish.
    page.use_letter_keys().await?;
    page.press_on_page("c").await?;
    let text = page.wait_for_dialog("Link to this run").await?;
    assert!(!text.contains("Finish gaps"), "{text}");
    assert_eq!(page.value("Link").await?, link);
    page.click_in_dialog("Close").await?;
    page.wait_for_no_dialog().await?;

    let page = RunPage::load(browser, &(site.url() + "?seed=42&start=1"), "").await?;
    page.wait_for_text("address-error", |text| text.contains("“seed=42&start=1” comes before the #")).await?;
    browser.assert_clean_console().await
}

// Fails with: a Finish that is not there while the run has gaps.
async fn finish_ends_the_run_where_it_stands(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=3&workers=2&batch=1000000&start=1").await?;
    let begun = count_some(&page).await?;
    page.click("Hang worker 2").await?;
    page.wait_for("counting past the gap", |run| run.points > begun.points + 20_000_000).await?;
    page.click("Stop").await?;
    let stopped = page.wait_for_status(ShownStatus::Paused).await?;
    page.click("Finish gaps").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert!(finished.points > stopped.points, "{finished:?} after {stopped:?}");
    assert_eq!(finished.tally(), native_tally(&finished));
    browser.assert_clean_console().await
}

// Fails with: a list that names a key which does nothing; a dialog that Escape or its button does not close; a choice of
// keys that a reload forgets.
async fn shortcuts_are_listed_behind_question_mark(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1").await?;
    page.use_letter_keys().await?;
    page.reload().await?;
    page.press_on_page("?").await?;
    page.wait_for_dialog("Keyboard shortcuts").await?;
    let keys: Vec<String> = browser
        .evaluate("return [...document.querySelectorAll('dialog[open] kbd')].map(key => key.textContent);")
        .await?;
    for listed in ["Space", "R", "N", "C", "?", "Esc"] {
        assert!(keys.iter().any(|key| key == listed), "{listed} is not among {keys:?}");
    }
    page.press(Key::Escape).await?;
    page.wait_for_no_dialog().await?;
    page.click("Keyboard shortcuts").await?;
    page.wait_for_dialog("Keyboard shortcuts").await?;
    page.click_in_dialog("Close").await?;
    page.wait_for_no_dialog().await?;
    // And again: it was told that it is closed.
    page.press_on_page("?").await?;
    page.wait_for_dialog("Keyboard shortcuts").await?;
    browser.assert_clean_console().await
}

// Fails with: a switch that changes a word but not the colours; a choice forgotten by a reload.
async fn theme_is_switched_and_kept(browser: &Browser) -> Result<(), Error> {
    const THEME: &str = "return document.documentElement.dataset.theme;";
    const DARTS_OF_ACCENT: &str = "(() => {
        const canvas = document.querySelector('.board canvas'), { width, height } = canvas;
        const hex = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
        const accent = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
        const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
        let found = 0;
        for (let at = 0; at < pixels.length; at += 4) {
            if (pixels[at + 3] > 250 && accent.every((part, index) => Math.abs(pixels[at + index] - part) < 4)) found += 1;
        }
        return found;
    })()";
    const GROUND: &str = "return getComputedStyle(document.documentElement).backgroundColor
        + getComputedStyle(document.body).backgroundColor;";
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=1").await?;
    let mut grounds = Vec::new();
    for (name, next) in [("Theme: auto", "light"), ("Theme: light", "dark")] {
        page.click(name).await?;
        page.button(&format!("Theme: {next}")).await?;
        assert_eq!(browser.evaluate::<String>(THEME).await?, next);
        page.reload().await?;
        assert_eq!(browser.evaluate::<String>(THEME).await?, next, "after a reload");
        page.button(&format!("Theme: {next}")).await?;
        grounds.push(browser.evaluate::<String>(GROUND).await?);
    }
    assert_ne!(grounds[0], grounds[1], "light and dark look alike");

    // What is drawn has the new colours although nothing new is counted.
    page.click("Start").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.click("Stop").await?;
    page.wait_for_status(ShownStatus::Paused).await?;
    page.wait_until(&format!("({DARTS_OF_ACCENT}) > 20")).await?;
    page.click("Theme: dark").await?;
    page.click("Theme: auto").await?;
    page.wait_until(&format!("({DARTS_OF_ACCENT}) > 20")).await?;
    page.click("Theme: light").await?;
    page.click("Theme: dark").await?;
    if !browser.has_devtools("the theme of the system") {
        return browser.assert_clean_console().await;
    }
    for (scheme, ground) in ["light", "dark"].iter().zip(&grounds) {
        browser.prefer_colours(scheme).await?;
        assert_eq!(&browser.evaluate::<String>(GROUND).await?, ground, "auto with a {scheme} system");
    }
    browser.assert_clean_console().await
}

// Fails with: a reader that keyboards do not move, or that says nothing; a table that ends elsewhere than the
// number above it.
async fn convergence_is_read_by_slider_and_as_a_table(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=9&workers=2&target=50000000&start=1").await?;
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    let reader = page.field("Read the chart").await?;
    let mut readings = Vec::new();
    for key in [Key::Home, Key::Right, Key::End] {
        reader.send_keys(key).await?;
        // Drawn with the next frame.
        sleep(SETTLED).await;
        readings.push(reader.attr("aria-valuetext").await?.unwrap_or_default());
    }
    assert!(readings[0].contains("After 100 points"), "{readings:#?}");
    assert!(readings[1] != readings[0] && readings[1] != readings[2], "{readings:#?}");
    let end = without_separators(&readings[2]);
    assert!(end.contains(&format!("After {} points: π ≈ {:.8}", finished.points, finished.pi())), "{end}");

    page.open_details("The same numbers as a table").await?;
    sleep(SETTLED).await;
    let last_row: Vec<String> = browser
        .evaluate(
            "const table = document.querySelector('[aria-label=\"Convergence table\"]');
            return [...[...table.querySelectorAll('tbody tr')].at(-1).cells].map(cell => cell.textContent);",
        )
        .await?;
    assert_eq!(without_separators(&last_row[0]), finished.points.to_string());
    assert_eq!(last_row[1], format!("{:.8}", finished.pi()));
    assert!(page.text("pi").await?.contains(&last_row[1]), "the number and the table differ");
    browser.assert_clean_console().await
}

// Fails with: a button that does nothing; a death that is not told, or told of another slot; a worker that is not
// replaced; points lost or counted twice by a death.
async fn crash_hang_and_kill_are_logged_and_the_run_goes_on(browser: &Browser) -> Result<(), Error> {
    const LOG: &str = "const log = document.querySelector('[aria-label=\"Table of events\"]');
        return [...log.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent));";
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=4&workers=3&batch=1000000&start=1").await?;
    count_some(&page).await?;
    for (restarts, (name, asked)) in (1..).zip([
        ("Crash", "you pressed Crash"),
        ("Hang", "you pressed Hang"),
        ("Kill", "you pressed Kill"),
    ]) {
        let slot = restarts.to_string();
        page.click(&format!("{name} worker {slot}")).await?;
        let back = page
            .wait_for(&format!("a replacement after {name}"), |run| {
                run.restarts == restarts && run.workers == 3
            })
            .await?;
        assert_eq!(back.status, ShownStatus::Running, "after {name}");
        page.wait_for("counting to go on", |run| run.points > back.points).await?;
        let rows: Vec<Vec<String>> = browser.evaluate(LOG).await?;
        let of_slot: Vec<&str> =
            rows.iter().filter(|row| row[1] == slot).map(|row| row[3].as_str()).collect();
        // Newest first: the death, and what was asked for.
        assert!(of_slot.len() == 2 && of_slot[1].contains(asked), "{name}: {rows:#?}");
    }
    page.click("Stop").await?;
    page.wait_for_status(ShownStatus::Paused).await?;
    // Ends where all is counted, so that nothing of the dead may be missing.
    if page.button("Finish gaps").await.is_ok() {
        page.click("Finish gaps").await?;
        page.wait_for_status(ShownStatus::Finished).await?;
    }
    let state = page.state().await?;
    assert_eq!(state.tally(), native_tally(&state));
    // The crash alone is heard on the console.
    Ok(())
}

// Fails with: a bad link whose messages leave out a parameter; a run started by a Start in the same address.
async fn bad_link_names_each_parameter_and_start_still_works(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let bad = "seed=-1&workers=65&batch=1&target=5&chaos=2&speed=9&start=1";
    let page = RunPage::open(browser, &site, bad).await?;
    let text = page.wait_for_text("address-error", |text| text.contains("nothing was started")).await?;
    let items = "return [...document.querySelectorAll('#address-error li')].map(item => item.textContent);";
    let items: Vec<String> = browser.evaluate(items).await?;
    let named =
        ["seed must be", "workers must be", "batch must be", "target must be", "chaos must be", "“speed”"];
    assert_eq!(items.len(), named.len(), "{text}");
    for (item, name) in items.iter().zip(named) {
        assert!(item.contains(name), "{name:?} is not in {item:?}");
    }
    sleep(SETTLED).await;
    let state = page.state().await?;
    assert_eq!((state.status, state.points), (ShownStatus::Idle, 0));
    // What the page chose instead is a run like any other.
    page.click("Start").await?;
    count_some(&page).await?;
    browser.assert_clean_console().await
}
