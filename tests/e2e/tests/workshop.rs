//! What can be done with a run besides running it: save and load it, count it again, experiments.

use std::fs::{self, File};

use dartboard_e2e::run_page::SavedFile;
use dartboard_e2e::site::has_extension;
use dartboard_e2e::undisturbed::native_tally;
use dartboard_e2e::{Browser, Error, RunPage, ShownStatus, Site, StandIn};
use serde_json::Value;
use thirtyfour::By;

tests! {
    files_say_what_the_page_says,
    loaded_run_goes_on_to_the_undisturbed_total,
    #[in_one_engine]
    wrong_files_get_a_message_and_change_nothing,
    recount_names_the_batch_that_a_worker_lied_about,
    recount_of_honest_workers_agrees_and_can_be_cancelled,
    #[in_one_engine]
    experiments_ask_first_and_then_show_what_came,
    #[in_one_engine]
    experiment_parks_the_run_here_and_gives_it_back,
}

/// What files are saved and loaded under.
const FILES: &str = "Save and load";

fn number(fields: &Value, name: &str) -> u64 {
    fields[name].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} of {fields}"))
}

// Fails with: a table that ends before the run's last tally, or rounds a count; a JSON that another program cannot
// read; pictures of nothing; a policy of the page that forbids it to draw its own chart.
async fn files_say_what_the_page_says(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page =
        RunPage::open(browser, &site, "seed=42&workers=2&batch=1000000&target=200000000&start=1").await?;
    let run = page.wait_for_status(ShownStatus::Finished).await?;
    page.open_details(FILES).await?;

    let csv = page.save_file("Convergence (CSV)").await?;
    assert_eq!(csv.name, "dartboard-42-200000000-convergence.csv");
    let csv = csv.text();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["points", "inside", "estimate", "error", "standard_error"]);
    let points: Vec<u64> = rows[1..].iter().map(|row| row[0].parse().expect("a plain number")).collect();
    assert!(points.is_sorted() && points[0] < 1_000, "{points:?}");
    let last = &rows[rows.len() - 1];
    assert_eq!((last[0], last[1]), (run.points.to_string().as_str(), run.inside.to_string().as_str()));
    assert!((last[2].parse::<f64>().expect("a number") - run.pi()).abs() < 1e-9);

    let json = page.save_file("Run (JSON)").await?;
    assert_eq!(json.name, "dartboard-42-200000000.json");
    let file: Value = serde_json::from_slice(&json.content).expect("JSON");
    let fields = &file["run"];
    assert_eq!((number(fields, "points"), number(fields, "inside")), (run.points, run.inside));
    assert_eq!((number(fields, "seed"), fields["done"].as_str()), (42, Some("0-2000")));
    let user_agent: String = browser.evaluate("return navigator.userAgent;").await?;
    assert_eq!(file["browser"].as_str(), Some(user_agent.as_str()));
    let version: String = browser.evaluate("return document.getElementById('version').textContent;").await?;
    assert_eq!(file["version"].as_str(), Some(version.as_str()));
    assert!(
        file["link"]
            .as_str()
            .is_some_and(|link| link.contains("seed=42") && link.contains("target=200000000"))
    );

    let svg = page.save_file("Chart (SVG)").await?;
    assert!(has_extension(&svg.name, "svg"));
    let svg = svg.text();
    // The page's policy holds for what is parsed here too, and forbids the style that the file has for itself.
    let (before, style) = svg.split_once("<style>").expect("a style");
    let svg = format!("{before}{}", style.split_once("</style>").expect("its end").1);
    let roots: Vec<String> = browser
        .evaluate(&format!(
            "const drawn = new DOMParser().parseFromString({}, 'image/svg+xml');
            return [drawn.documentElement.tagName, drawn.querySelector('.curve').getAttribute('d')];",
            Value::from(svg)
        ))
        .await?;
    let curve: String =
        browser.evaluate("return document.querySelector('.convergence .curve').getAttribute('d');").await?;
    assert_eq!(roots, ["svg".to_owned(), curve]);

    for button in ["Chart (PNG)", "Dartboard (PNG)"] {
        let SavedFile { name, content: png } = page.save_file(button).await?;
        assert!(has_extension(&name, "png") && png.starts_with(b"\x89PNG\r\n"), "{button}: {name}");
        assert!(png.len() > 5_000, "{button}: {} bytes show nothing", png.len());
    }
    // A browser that hands out noise, as some do against tracking.
    browser
        .evaluate::<()>(
            "window.saved = [];
            HTMLCanvasElement.prototype.toDataURL = () => `data:image/png;base64,${btoa(Math.random())}`;
            return null;",
        )
        .await?;
    for (button, file) in [("Chart (PNG)", "-convergence.png"), ("Dartboard (PNG)", "-dartboard.png")] {
        page.click(button).await?;
        let news = page.wait_for_text("file-news", |text| text.contains("was not saved")).await?;
        assert!([file, "noise", "“Chart (SVG)”"].iter().all(|word| news.contains(word)), "{news}");
    }
    assert_eq!(browser.evaluate::<usize>("return window.saved.length;").await?, 0);
    assert!(page.text("start-stop-reason").await?.contains("The target is reached."));
    browser.assert_clean_console().await
}

// Fails with: a run loaded in part, or with another seed, or counted twice where it had been counted.
async fn loaded_run_goes_on_to_the_undisturbed_total(browser: &Browser) -> Result<(), Error> {
    const TARGET: u64 = 60_000_000;
    let site = Site::start().await?;
    // By the reference, so that it is not at its end before it is stopped.
    let parameters = format!("seed=7&workers=2&batch=1000000&kernel=reference&target={TARGET}&start=1");
    let page = RunPage::open(browser, &site, &parameters).await?;
    page.wait_for("some points", |run| run.points > 0).await?;
    page.click("Stop").await?;
    let stopped = page
        .wait_for("a stop", |run| matches!(run.status, ShownStatus::Paused | ShownStatus::Finished))
        .await?;
    page.open_details(FILES).await?;
    let json = page.save_file("Run (JSON)").await?.content;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.json");
    fs::write(&path, json).expect("a file");

    let elsewhere = Browser::start().await?;
    let page = RunPage::open(&elsewhere, &site, "seed=1&workers=1").await?;
    page.open_details(FILES).await?;
    page.choose_file(&path).await?;
    let loaded = page.wait_for("the loaded run", |run| run.seed == 7 && run.points > 0).await?;
    assert_eq!(loaded.tally(), stopped.tally());
    assert_eq!(page.address().await?["target"], TARGET.to_string());
    if stopped.status == ShownStatus::Paused {
        page.click("Start").await?;
    }
    let finished = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!(finished.tally(), native_tally(7, TARGET));
    elsewhere.assert_clean_console().await
}

// Fails with: a run lost to a file that cannot be resumed; a page that stops to read a huge file; a refusal without
// a word.
async fn wrong_files_get_a_message_and_change_nothing(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=3&workers=1&batch=1000000&start=1").await?;
    page.wait_for("counting", |run| run.points > 0).await?;
    page.open_details(FILES).await?;
    let json = page.save_file("Run (JSON)").await?.text();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a file");
        path
    };
    let huge = folder.path().join("huge.json");
    File::create(&huge).and_then(|huge| huge.set_len(200_000_000)).expect("a file");
    let deep = format!("{{\"x\": {}", "[".repeat(60_000));
    for (path, said) in [
        (file("damaged.json", &json.replacen("\"inside\": \"", "\"inside\": \"1", 1)), "it is damaged"),
        (file("cut.json", &json[..json.len() / 2]), "not a run"),
        (file("foreign.json", "{\"format\": \"something else\", \"run\": {}}"), "not a run"),
        (file("newer.json", &json.replacen("\"version\": \"2\"", "\"version\": \"3\"", 1)), "version 3"),
        (file("markup.json", "<img src=x onerror=alert(1)>"), "not a run"),
        (file("deep.json", &deep), "not a run"),
        (file("empty.json", ""), "not a run"),
        (huge, "200000000 bytes"),
    ] {
        page.choose_file(&path).await?;
        let text = page.wait_for_text("file-news", |text| text.contains(said)).await?;
        assert!(text.starts_with("Nothing was loaded: "), "{text}");
    }
    let before = page.state().await?;
    assert_eq!((before.status, before.seed), (ShownStatus::Running, 3));
    page.wait_for("counting on", |run| run.points > before.points).await?;
    browser.assert_clean_console().await
}

/// A loader that makes the run's own workers lie about the batch of the lease 5, and about nothing else.
const LYING: &str = "
    const honest = self.postMessage.bind(self);
    self.postMessage = message => honest(
        self.name !== 'dartboard verifier' && /kind=tally&lease=5&/.test(message)
            ? message.replace(/inside=(\\d+)/, (_, inside) => `inside=${Number(inside) + 1}`) : message);
";

// Fails with: a recount that compares nothing, or by the same kernel that was wrong; a sample that leaves out a batch
// of a short run.
async fn recount_names_the_batch_that_a_worker_lied_about(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let loader = site.file("worker-loader.js")?;
    let content = String::from_utf8(site.content("worker-loader.js")?).expect("text");
    // At the end it runs before the worker's program, which is loaded meanwhile.
    site.replace(loader, StandIn::content(format!("{content}\n{LYING}")));
    let page = RunPage::open(browser, &site, "seed=42&workers=2&batch=200000&target=8000000&start=1").await?;
    let run = page.wait_for_status(ShownStatus::Finished).await?;
    assert_eq!(run.inside, native_tally(42, 8_000_000).inside + 1, "the lie has counted");
    page.click("Count again").await?;
    page.wait_until("document.querySelector('#verify-report')?.dataset.batches === '40'").await?;
    let report = page.text("verify-report").await?;
    assert!(report.contains("Some counts differ"), "{report}");
    assert!(report.contains("lease 5 (blocks 10..12, worker "), "{report}");
    assert_eq!(report.matches("lease ").count(), 1, "{report}");
    Ok(())
}

// Fails with: a recount that finds fault with honest workers, or disturbs the run; a Cancel that is not heard.
async fn recount_of_honest_workers_agrees_and_can_be_cancelled(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=42&workers=1&batch=1000000").await?;
    page.click("Count again").await?;
    page.wait_until("document.body.textContent.includes('nothing to count again')").await?;
    page.click("Start").await?;
    page.wait_for("some batches", |run| run.points > 30_000_000).await?;
    page.click("Stop").await?;
    let stopped = page.wait_for_status(ShownStatus::Paused).await?;
    page.click("Count again").await?;
    page.wait_until("document.querySelector('#verify-report')?.dataset.state === 'right'").await?;
    let report = page.text("verify-report").await?;
    assert!(report.contains("Every count agreed"), "{report}");
    page.click("Count again").await?;
    // It may be over before it can be cancelled: both are an end.
    let _ = page.click("Cancel").await;
    page.wait_until("document.querySelector('#verify-report')?.dataset.state === 'right'").await?;
    assert_eq!(page.state().await?.tally(), stopped.tally());
    browser.assert_clean_console().await
}

/// Follows the lecture's link to an experiment.
async fn follow_experiment(browser: &Browser, page: &RunPage<'_>, name: &str) -> Result<(), Error> {
    page.click_link("Lecture").await?;
    let link = format!("#lecture a[href*='experiment={name}']");
    page.wait_until(&format!("document.querySelector(\"{link}\")")).await?;
    Ok(browser.webdriver().find(By::Css(link)).await?.click().await?)
}

// Fails with: links that set nothing up; an experiment that shows no outcome; totals of different runs called the same.
async fn experiments_ask_first_and_then_show_what_came(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=1&workers=2").await?;
    follow_experiment(browser, &page, "small-batches").await?;
    page.wait_until("document.querySelector('.experiment')?.textContent.includes('Guess first')").await?;
    let address = page.address().await?;
    assert_eq!((address["batch"].as_str(), address["experiment"].as_str()), ("100000", "small-batches"));
    assert_eq!(page.state().await?.status, ShownStatus::Idle);
    page.click("Start").await?;
    let results = "(document.querySelector('.experiment .results')?.textContent ?? '')";
    page.wait_until(&format!("{results}.includes('Batches of 100,000: ')")).await?;
    page.click("Batches of 10,000,000").await?;
    page.wait_until(&format!("{results}.includes('Batches 100 times as large: ')")).await?;
    page.click("Stop").await?;
    page.wait_for_status(ShownStatus::Paused).await?;

    let parameters = "seed=5&workers=2&batch=1000000&target=300000000&experiment=killed-worker";
    let page = RunPage::revisit(browser, &site, parameters).await?;
    page.wait_until("document.querySelector('.experiment')").await?;
    page.click("Start").await?;
    page.wait_for_status(ShownStatus::Finished).await?;
    page.wait_until(&format!("{results}.includes('Run 1: ')")).await?;
    page.click("Reset").await?;
    page.wait_for("a reset", |run| run.points == 0).await?;
    page.fill("Random crashes (share of batches, 0 to 1)", "0.05").await?;
    page.click("Start").await?;
    let finished =
        page.wait_for("the end", |run| run.status == ShownStatus::Finished && run.restarts > 0).await?;
    assert_eq!(finished.tally(), native_tally(5, 300_000_000));
    page.wait_until(&format!("{results}.includes('The same, to the last point.')")).await?;
    page.click("Close the experiment").await?;
    page.wait_for_address("experiment", None).await?;
    page.wait_until("!document.querySelector('.experiment')").await?;
    assert_eq!(page.state().await?.tally(), finished.tally(), "closing it touches nothing");
    Ok(())
}

// Fails with: a run lost by a click on an experiment, or a question about it; one that comes back changed.
async fn experiment_parks_the_run_here_and_gives_it_back(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    let page = RunPage::open(browser, &site, "seed=9&workers=2&batch=1000000&start=1").await?;
    page.wait_for("some points", |run| run.points > 0).await?;
    page.click("Stop").await?;
    let stopped = page.wait_for_status(ShownStatus::Paused).await?;
    follow_experiment(browser, &page, "small-batches").await?;
    let lesson = page.wait_for("the experiment's run", |run| run.seed != 9).await?;
    assert_eq!((lesson.points, lesson.status), (0, ShownStatus::Idle));
    assert!(!page.has_dialog().await?, "nothing is lost, so nothing is asked");
    page.click("Start").await?;
    page.wait_for("the experiment counting", |run| run.points > 0).await?;
    page.click("Back to your run").await?;
    let back = page.wait_for("the run from before", |run| run.seed == 9 && run.points > 0).await?;
    assert_eq!((back.tally(), back.status), (stopped.tally(), ShownStatus::Paused));
    page.wait_for_address("experiment", None).await?;
    browser.assert_clean_console().await
}
