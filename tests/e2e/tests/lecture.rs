//! The lecture's page in a real browser: its index, and lessons that really run.

use std::collections::HashMap;
use std::time::Duration;

use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Engine, Error, Mirror, RunPage, Site, StandIn};
use thirtyfour::prelude::*;

tests! {
    index_leads_to_every_lesson_and_back,
    the_check_before_class_runs_every_lesson,
    the_shorter_sleep_is_done_first,
    race_loses_without_protection_and_never_with,
    threads_take_turns_under_a_gil,
    the_event_ends_a_thread_between_two_records,
    queues_lose_nothing_and_keep_the_order,
    both_queues_and_both_locks_are_timed_and_lose_nothing,
    threads_without_shared_memory_use_messages,
    #[in_one_engine]
    bad_input_is_refused_and_runs_nothing,
    a_lesson_is_gone_through_before_a_hall,
}

/// How long a lesson may take on a machine that other work keeps busy. No test passes because time went by.
const PATIENCE: Duration = Duration::from_secs(120);

/// A lesson, open in a browser.
pub(crate) struct LessonHandle<'a> {
    browser: &'a Browser,
    pub(crate) mirror: Mirror<'a>,
    /// Its controls are found as those of the other pages.
    controls: RunPage<'a>,
}

impl<'a> LessonHandle<'a> {
    /// Opens `#/lecture` with `rest` behind it.
    pub(crate) async fn open(browser: &'a Browser, site: &Site, rest: &str) -> Result<Self, Error> {
        let controls = RunPage::load(browser, &(site.url() + "#/lecture" + rest), "").await?;
        controls.wait_until("document.querySelector('#lecture h1')").await?;
        Ok(Self { browser, mirror: Mirror::new(browser, "lesson", PATIENCE), controls })
    }

    /// Opens `#/lecture` with `rest` behind it, keeping what earlier visits have stored.
    pub(crate) async fn revisit(browser: &'a Browser, site: &Site, rest: &str) -> Result<Self, Error> {
        let controls = RunPage::visit(browser, &(site.url() + "#/lecture" + rest), "").await?;
        controls.wait_until("document.querySelector('#lecture h1')").await?;
        Ok(Self { browser, mirror: Mirror::new(browser, "lesson", PATIENCE), controls })
    }

    /// Whether this browser shares memory once it is asked to: a press of the button that stands in Run's place, which
    /// loads the page anew.
    async fn turn_on_shared_memory(&self) -> Result<bool, Error> {
        let shown = "document.getElementById('run-lesson')?.textContent";
        let is_known = format!(
            "{shown}?.startsWith('Turn on')
                || /messages instead|cannot run/.test(document.querySelector('#lecture .reason')?.textContent)"
        );
        self.controls.wait_until(&is_known).await?;
        if self.browser.evaluate(&format!("return {shown}.startsWith('Run');")).await? {
            assert_eq!(self.browser.engine(), Engine::WebKit, "the others have shared memory");
            return Ok(false);
        }
        self.browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
        self.controls.wait_until(&format!("{shown}?.startsWith('Run')")).await?;
        self.mirror
            .wait_for("shared memory", |state| state.get("memory").is_some_and(|memory| memory == "shared"))
            .await?;
        Ok(true)
    }

    async fn wait_for_hang(&self) -> Result<(), Error> {
        let hangs = |state: &HashMap<String, String>| state.get("hangs").is_some_and(|hangs| hangs == "1");
        self.mirror.wait_for("a thread that waits in vain", hangs).await.map(drop)
    }

    /// Opens `#/lecture` with `rest` behind it once the service worker makes the page isolated, keeping what earlier visits
    /// have stored: of a lesson that needs no shared memory, no button asks for that.
    pub(crate) async fn open_isolated(browser: &'a Browser, site: &Site, rest: &str) -> Result<Self, Error> {
        let page = Self::revisit(browser, site, "").await?;
        let is_active = "(navigator.serviceWorker.getRegistration().then(it => window.isActive = !!it?.active), window.isActive)";
        page.controls.wait_until(is_active).await?;
        let page = Self::revisit(browser, site, rest).await?;
        page.controls.wait_until("crossOriginIsolated").await?;
        Ok(page)
    }

    pub(crate) async fn wait_until(&self, condition: &str) -> Result<(), Error> {
        self.controls.wait_until(condition).await
    }

    pub(crate) async fn run(&self) -> Result<HashMap<String, String>, Error> {
        self.browser.webdriver().find(By::Id("run-lesson")).await?.click().await?;
        self.mirror.wait_for_status("finished").await
    }
}

/// The site as a browser meets it that has no files of its own for pages.
pub(crate) fn take_own_files(site: &Site) -> Result<(), Error> {
    let content = String::from_utf8(site.content("own-files.js")?).expect("a script");
    let without = content.replace("createSyncAccessHandle", "thereIsNone");
    site.replace(site.file("own-files.js")?, StandIn::script(without));
    Ok(())
}

pub(crate) fn number(state: &HashMap<String, String>, name: &str) -> u64 {
    state[name].parse().unwrap_or_else(|error| panic!("{name} of {state:?}: {error}"))
}

// Fails with: a row that leads nowhere, a lesson of which there is no row, a row too small to touch, a way back that is lost.
async fn index_leads_to_every_lesson_and_back(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "").await?;
    let rows: Vec<(String, f64)> = browser
        .evaluate("return [...document.querySelectorAll('#lecture li a')].map(a => [a.hash, a.getBoundingClientRect().height]);")
        .await?;
    let addresses: Vec<&str> = rows.iter().map(|(address, _)| address.as_str()).collect();
    for wanted in ["#/lecture/race", "#/", "#/benchmark", "#/lecture/race?guard=lock"] {
        assert!(addresses.contains(&wanted), "{wanted} is not among {addresses:?}");
    }
    for (address, height) in &rows {
        assert!(*height >= 44.0, "{address} is {height} px high");
    }
    browser.webdriver().find(By::Css("#lecture a[href='#/lecture/race']")).await?.click().await?;
    let state = page.mirror.wait_for("the lesson", |state| state.contains_key("lesson")).await?;
    assert_eq!((state["lesson"].as_str(), state["status"].as_str()), ("race", "idle"));
    browser.webdriver().back().await?;
    page.controls.wait_until("document.querySelector('#lecture .index')").await?;
    browser.assert_clean_console().await
}

// Fails with: a lesson that is not checked, one that works and is said not to, threads that go on when the check is left.
async fn the_check_before_class_runs_every_lesson(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "").await?;
    let label = "document.querySelector('#check button')?.textContent";
    page.controls.wait_until(&format!("/Turn on|Check/.test({label})")).await?;
    // Shared memory comes by a reload, where there is any.
    page.controls.wait_until("document.querySelector('#check button')?.disabled === false").await?;
    let is_offered: bool = browser.evaluate(&format!("return {label}.startsWith('Turn on');")).await?;
    if is_offered {
        page.controls.click("Turn on shared memory").await?;
        page.controls.wait_until(&format!("{label} === 'Check this device'")).await?;
    }
    page.controls.click("Check this device").await?;
    let over = "document.querySelector('#check button')?.textContent === 'Check this device'
        && document.querySelectorAll('#check li').length > 2";
    RunPage::attach(browser).with_patience(PATIENCE).wait_until(over).await?;
    let rows: Vec<(String, String, String)> = browser
        .evaluate(
            "return [...document.querySelectorAll('#check li')].map(row =>
                [row.querySelector('b').textContent, row.dataset.status, row.querySelector('span').textContent]);",
        )
        .await?;
    let expected = [
        "First thread",
        "Race and lock",
        "The GIL",
        "Daemon and event",
        "queue.Queue",
        "Processes and pickling",
        "Two queues, two locks",
        "The frozen window",
        "Follow one batch",
        "Exercise 3: downloads",
        "Exercise 4: pipeline",
    ];
    let lessons: Vec<&str> = rows.iter().take(expected.len()).map(|(lesson, ..)| lesson.as_str()).collect();
    assert_eq!(lessons, expected, "{rows:?}");
    for (lesson, status, said) in rows.iter().take(expected.len()) {
        assert_eq!(status, "works", "{lesson}: {said}");
        assert!(!said.is_empty(), "{lesson} found nothing");
    }
    let cores = &rows[expected.len()];
    assert!(cores.0 == "Cores" && cores.2.contains(" times as fast as one."), "{cores:?}");
    assert!(rows[expected.len() + 1].2.contains("kept for use without a network"), "{rows:?}");
    // Whoever leaves it ends it.
    page.controls.click("Check this device").await?;
    page.controls.wait_until("document.querySelector('#check li[data-status=running]')").await?;
    browser.webdriver().find(By::Css("#lecture a[href='#/lecture/race']")).await?.click().await?;
    page.mirror.wait_for("the lesson", |state| state.contains_key("lesson")).await?;
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "threads that nobody needs any more");
    }
    browser.assert_clean_console().await
}

// Fails with: a sleep that blocks the others, a join that comes back before the last line, threads that need shared memory; a
// name that is not taken, or is not where Alice's was; a strip without its runs; a recorded result of another lesson, or one
// that does not say that it is recorded.
async fn the_shorter_sleep_is_done_first(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let rest = "/threads?alice=1.2&bob=0.1&start=alice&runs=2&run=1";
    let page = LessonHandle::open(browser, &site, rest).await?;
    // It runs at once: a thread that sleeps needs no shared memory.
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!((state["first"].as_str(), number(&state, "runs")), ("Bob,Bob", 4));
    let joined_ms: f64 = state["joinedAfterMs"].parse().expect("a number");
    assert!(joined_ms >= 99.0, "{state:?}");
    let firsts: Vec<&str> = state["firstOfEquals"].split(',').collect();
    assert!(firsts.len() == 2 && firsts.iter().all(|first| ["Alice", "Bob"].contains(first)), "{state:?}");
    let strip: (String, usize) = browser
        .evaluate(
            "const strip = document.querySelector('#lecture svg.strip');
            return [strip.getAttribute('aria-label'), strip.querySelectorAll('circle').length];",
        )
        .await?;
    assert!(strip.0.contains("done: Bob; Bob") && strip.1 == 8, "{strip:?}");
    let recorded: String =
        browser.evaluate("return document.getElementById('recorded').textContent;").await?;
    for part in ["Not measured on this device", "Done first: Alice", "When Alice slept 2.00 s and Bob 1.00 s"]
    {
        assert!(recorded.contains(part), "{recorded}");
    }
    page.controls.click("More settings").await?;
    page.controls.fill("Names", "Alice, Bob, Alice").await?;
    let refusal = "document.getElementById('names-error').textContent.includes('must be different names')";
    page.controls.wait_until(refusal).await?;
    page.controls.fill("Names", "</b>דנה ;  =\"Mary Ann\"").await?;
    page.controls.wait_for_address("names", Some("</b>דנה,=\"Mary Ann\"")).await?;
    let heading: String =
        browser.evaluate("return document.querySelector('#lecture h1').textContent;").await?;
    assert_eq!(heading, "\u{2068}</b>דנה\u{2069} starts first. Who is done first?");
    let state = page.run().await?;
    assert_eq!(state["first"], "=\"Mary Ann\",=\"Mary Ann\"", "{state:?}");
    browser.assert_clean_console().await
}

// Fails with: threads that do not run at the same time, a lock that lets two in, a total that is not counted, waiters for a
// dead thread's lock that nobody sees or helps, a guess that the reload drops.
async fn race_loses_without_protection_and_never_with(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/race?increments=200000&runs=20").await?;
    page.controls.fill("Your guess, or the room’s (up to ten)", "150,000; 400,000").await?;
    if !page.turn_on_shared_memory().await? {
        browser.leave_out("threads that share memory", "it has none");
        return Ok(());
    }
    let guess: String = browser.evaluate("return document.getElementById('guess').value;").await?;
    assert_eq!(guess, "150,000; 400,000", "the guess is lost with the reload");
    let before: String = browser.evaluate("return document.querySelector('.figures').innerText;").await?;
    assert!(!before.chars().any(|sign| sign.is_ascii_digit()), "nothing is given away: {before}");
    let raced = page.run().await?;
    assert_eq!((number(&raced, "expected"), number(&raced, "runs")), (400_000, 20));
    assert!(number(&raced, "lostRuns") > 0, "{raced:?}");
    for guard in ["lock", "atomic", "own"] {
        let page = LessonHandle::revisit(
            browser,
            &site,
            &format!("/race?increments=20000&runs=10&guard={guard}&run=1"),
        )
        .await?;
        let state = page.mirror.wait_for_status("finished").await?;
        assert_eq!(state["memory"], "shared");
        let figures = ["expected", "got", "lostRuns", "runs"].map(|name| number(&state, name));
        assert_eq!(figures, [40_000, 40_000, 0, 10], "{guard}");
    }
    // A thread that dies with the lock.
    let page = LessonHandle::revisit(browser, &site, "/race?guard=lock&fault=holding&run=1").await?;
    page.wait_for_hang().await?;
    page.controls.click("Give up the lock").await?;
    let state = page.mirror.wait_for_status("failed").await?;
    assert!(state["reason"].contains("Thread 1 died"), "{state:?}");
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "threads that nobody needs any more");
    }
    browser.assert_clean_console().await
}

// Fails with: a GIL that nobody gives up, or that two threads hold; a switch between the steps of an addition where Python
// has none.
async fn threads_take_turns_under_a_gil(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/gil?rounds=2&slices=1000&interval=1").await?;
    if !page.turn_on_shared_memory().await? {
        browser.leave_out("threads under a GIL", "it has no shared memory");
        return Ok(());
    }
    let state = page.run().await?;
    assert_eq!((number(&state, "rounds"), state["status"].as_str()), (2, "finished"));
    assert!(number(&state, "switches") > 0, "{state:?}");
    for speedup in ["speedupGil", "speedupFree", "speedupProcesses", "speedupControl"] {
        let times: f64 = state[speedup].parse().expect("a number");
        assert!(times > 0.0, "{state:?}");
    }
    let why: String = browser.evaluate("return document.getElementById('tab-body').innerText;").await?;
    assert!(why.contains("3.10 to 3.13 (switches only when a loop goes round) lost nothing"), "{why}");
    browser.assert_clean_console().await
}

// Fails with: an event that no thread sees, a record left half-written by the one that heeds it, a thread that is not ended.
async fn the_event_ends_a_thread_between_two_records(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, DAEMON).await?;
    page.turn_on_shared_memory().await?;
    end_threads(&page).await?;
    browser.assert_clean_console().await
}

/// Threads that are ended soon.
const DAEMON: &str = "/daemon?end=0.4&beat=100&write=60&limit=0.1&runs=2";

/// Runs [`DAEMON`], with shared memory or by messages.
async fn end_threads(page: &LessonHandle<'_>) -> Result<(), Error> {
    let state = page.run().await?;
    assert_eq!((state["politeRecord"].as_str(), number(&state, "runs")), ("complete", 2), "{state:?}");
    let ms = |name: &str| state[name].parse::<f64>().unwrap_or_else(|_| panic!("{name} of {state:?}"));
    assert!(ms("lastBeatMs") > 0.0, "{state:?}");
    // It wakes at once, or has to finish its record first.
    assert!(ms("joinedAfterMs") < 10_000.0, "{state:?}");
    // The stubborn thread is heard after its end where it runs on.
    if page.browser.engine() == Engine::Chromium {
        assert!(ms("ranOnMs") > 0.0, "{state:?}");
    }
    if page.browser.has_devtools("the number of workers") {
        assert_eq!(page.browser.count_workers().await?, 0, "threads that nobody needs any more");
    }
    Ok(())
}

// Fails with: an item lost, doubled or overtaken, more items than places, a consumer that hangs unseen or cannot be helped.
async fn queues_lose_nothing_and_keep_the_order(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/queue").await?;
    // It also runs by messages, with fewer items.
    let items = if page.turn_on_shared_memory().await? { 100_000 } else { 10_000 };
    for (producers, consumers) in [(1, 1), (2, 1), (1, 2), (4, 4)] {
        let rest = format!(
            "/queue?producers={producers}&consumers={consumers}&maxsize=16&items={}&produce=0&consume=0&run=1",
            items / producers
        );
        let page = LessonHandle::revisit(browser, &site, &rest).await?;
        let state = page.mirror.wait_for_status("finished").await?;
        assert_eq!((number(&state, "produced"), number(&state, "consumed")), (items, items), "{state:?}");
        assert_eq!(state["inOrder"], "yes", "{state:?}");
        assert!(number(&state, "deepest") <= 16, "{state:?}");
    }
    let page =
        LessonHandle::revisit(browser, &site, "/queue?consumers=2&sentinels=one&produce=1&run=1").await?;
    if items == 100_000 {
        page.wait_for_hang().await?;
        page.controls.click("Put another None").await?;
        page.mirror.wait_for_status("finished").await?;
    }
    browser.assert_clean_console().await
}

// Fails with: a queue or a lock that is not timed, items or additions that do not come, shared memory that
// is waited for where there is none.
async fn both_queues_and_both_locks_are_timed_and_lose_nothing(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/compared?items=2000&turns=200&runs=2").await?;
    let shares_memory = page.turn_on_shared_memory().await?;
    let state = page.run().await?;
    assert_eq!(number(&state, "lost"), 0, "{state:?}");
    for name in ["messageQueuePerSecond", "webLockPerSecond"] {
        assert!(number(&state, name) > 0, "{name} of {state:?}");
    }
    for name in ["queuePerSecond", "lockPerSecond"] {
        assert_eq!(state[name].parse::<u64>().is_ok_and(|number| number > 0), shares_memory, "{state:?}");
    }
    if browser.has_devtools("the number of workers") {
        assert_eq!(browser.count_workers().await?, 0, "workers that nobody needs any more");
    }
    browser.assert_clean_console().await
}

// Fails with: a lesson that does nothing where memory cannot be shared, or gives no reason; a batch that is none of a
// run; an event that is no message.
async fn threads_without_shared_memory_use_messages(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    let page = LessonHandle::open(browser, &site, "/race?runs=3").await?;
    page.controls
        .wait_until("document.querySelector('#lecture .reason')?.textContent.includes('messages instead')")
        .await?;
    let state = page.run().await?;
    assert_eq!(state["memory"], "messages");
    assert!(state["reason"].len() > 20, "{state:?}");
    // Two threads of 2,000 additions each that ask and write back: whoever reads between another's two messages loses.
    assert_eq!((number(&state, "expected"), number(&state, "runs")), (4_000, 3));
    assert!(number(&state, "lostRuns") > 0, "{state:?}");
    // A batch goes by messages in any case, and is counted as any other.
    let page = LessonHandle::revisit(browser, &site, "/batch?blocks=3&ahead=0&runs=1&run=1").await?;
    let state = page.mirror.wait_for_status("finished").await?;
    assert_eq!(number(&state, "inside"), native_tally(42, 300_000).inside);
    for part in ["toWorkerMs", "countingMs", "backMs"] {
        let ms: f64 = state[part].parse().expect("a number");
        assert!((0.0..60_000.0).contains(&ms), "{state:?}");
    }
    // An event is a message, and half a record is the first of two.
    let page = LessonHandle::revisit(browser, &site, DAEMON).await?;
    end_threads(&page).await?;
    let said: String = browser.evaluate("return document.getElementById('tab-body').innerText;").await?;
    assert!(said.contains("Without shared memory a record is two messages"), "{said}");
    // What needs shared memory says so, and does not pretend to run.
    let page = LessonHandle::revisit(browser, &site, "/gil?run=1").await?;
    let state = page.mirror.wait_for_status("unavailable").await?;
    assert!(state["reason"].len() > 20, "{state:?}");
    assert!(!browser.webdriver().find(By::Id("run-lesson")).await?.is_enabled().await?);
    browser.assert_clean_console().await
}

// Fails with: a link with a mistake that runs, a value that is taken and cannot be run, a refusal without the way out.
async fn bad_input_is_refused_and_runs_nothing(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = LessonHandle::open(browser, &site, "/race?threads=9&guard=locks&run=1").await?;
    page.controls.wait_until("document.querySelector('#lecture .notice')").await?;
    let notice: String =
        browser.evaluate("return document.querySelector('#lecture .notice').innerText;").await?;
    for part in [
        "threads must be a whole number from 1 to 8, not “9”",
        "guard must be one of none, lock, atomic, own",
    ] {
        assert!(notice.contains(part), "{notice}");
    }
    assert_eq!(page.mirror.state().await?["status"], "idle");
    page.controls.fill("Additions each", "999").await?;
    page.controls.wait_until("document.getElementById('increments-error').textContent.includes('from 1,000 to 100,000,000, not “999”')").await?;
    page.controls
        .wait_until("document.getElementById('run-lesson').disabled || document.querySelector('.reason')")
        .await?;
    page.controls.fill("Additions each", "5,000").await?;
    page.controls.wait_for_address("increments", Some("5000")).await?;
    let page = LessonHandle::revisit(browser, &site, "/races").await?;
    page.controls.wait_until("document.querySelector('#lecture .notice')").await?;
    let notice: String =
        browser.evaluate("return document.querySelector('#lecture .notice').innerText;").await?;
    assert!(notice.contains("there is no lesson “races” here"), "{notice}");
    browser.assert_clean_console().await
}

// Fails with: a clicker that does nothing, letters too small for the last row, a step that hides what it is about, a code
// that leads elsewhere.
async fn a_lesson_is_gone_through_before_a_hall(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?.without_service_worker();
    if browser.engine() == Engine::WebKit {
        browser.leave_out("a window as large as a projector's picture", "its window keeps its size");
        return Ok(());
    }
    browser.set_viewport(1920, 1080).await?;
    let page = LessonHandle::open(browser, &site, "/race?runs=2&view=presenter").await?;
    page.controls.wait_until("document.documentElement.dataset.view === 'presenter'").await?;
    let step = "document.querySelector('.steps-nav [aria-current]')?.textContent";
    for (key, name) in [("", "1 Question"), ("\u{e00f}", "2 Guess"), ("\u{e014}", "3 Run")] {
        if !key.is_empty() {
            page.controls.press_on_page(key).await?;
        }
        page.controls.wait_until(&format!("{step} === '{name}'")).await?;
    }
    page.controls.press_on_page(" ").await?;
    page.mirror.wait_for_status("finished").await?;
    let height: f64 = browser
        .evaluate("return document.querySelector('.figure dd').getBoundingClientRect().height / innerHeight;")
        .await?;
    assert!(height >= 0.09, "the figures are {height} of the screen's height");
    page.controls.press_on_page("q").await?;
    page.controls.wait_until("document.querySelector('#qr path')").await?;
    let (height, link, address): (f64, String, String) = browser
        .evaluate(
            "return [document.querySelector('#qr svg').getBoundingClientRect().height / innerHeight,
                document.querySelector('#qr code').textContent, location.href];",
        )
        .await?;
    assert!(height >= 0.7, "the code is {height} of the screen's height");
    assert_eq!(link, address.replace("#/qr/", "#/"));
    assert!(link.contains("#/lecture/race?") && !link.contains("presenter"), "{link}");
    page.controls.press_on_page("\u{e00c}").await?;
    page.controls.wait_until(&format!("{step} === '3 Run'")).await?;
    page.controls.press_on_page("\u{e014}").await?;
    page.controls.wait_until(&format!("{step} === '4 Why'")).await?;
    page.controls.press_on_page("\u{e00c}").await?;
    page.controls.wait_until("document.documentElement.dataset.view === undefined").await?;
    browser.assert_clean_console().await
}
