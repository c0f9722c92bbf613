//! Saves parts of a run as files, and loads a saved run.

use std::rc::Rc;

use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::Tally;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Action;
use crate::browser::files::{self, PictureError, ReadError, SVG_TYPE};
use crate::browser::{address as browser_address, clock, machine};
use crate::driver::Driver;
use crate::driver::page::PageSession;
use dartboard_core::address;
use dartboard_core::chart::Room;
use dartboard_core::run::checkpoint::{EarlierRun, WrittenRun};
use dartboard_core::run::convergence::ConvergenceChart;
use dartboard_core::run::file::{self, MAX_RUN_FILE_BYTES, Origin, RunFileError};
use dartboard_core::run::trace::to_csv;
use dartboard_core::session;
use dartboard_core::text::Grouped;

/// What can be saved.
#[derive(Clone, Copy, PartialEq)]
enum Saved {
    Run,
    Convergence,
    ChartSvg,
    ChartPicture,
    DartboardPicture,
}

/// Each with its button's text and what it is good for.
const SAVED: [(Saved, &str, &str); 5] = [
    (Saved::Run, "Run (JSON)", "seed, blocks counted, tally and settings; it can be loaded again"),
    (Saved::Convergence, "Convergence (CSV)", "the numbers of the chart, for a spreadsheet"),
    (Saved::ChartSvg, "Chart (SVG)", "the convergence chart, for a document"),
    (Saved::ChartPicture, "Chart (PNG)", "the convergence chart as a picture"),
    (Saved::DartboardPicture, "Dartboard (PNG)", "the dartboard as it is now"),
];

/// What [`SaveAndLoad`] saves and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(super) struct SaveAndLoadProps {
    /// What has the run.
    pub(super) driver: Driver<PageSession>,
    /// The run's history from its first hundred points on.
    pub(super) marks: Rc<[Tally]>,
    /// The room of the convergence chart on the page.
    pub(super) chart_room: Room,
    /// Told of a run that is to take the place of the one here.
    pub(super) on_action: Callback<Action>,
}

/// What came of the last thing done.
#[derive(Default)]
struct News {
    text: String,
    is_refusal: bool,
    /// A run that was read and can only be begun again.
    earlier: Option<EarlierRun>,
}

impl News {
    fn told(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    fn refused(text: String) -> Self {
        Self { is_refusal: true, ..Self::told(text) }
    }
}

/// Buttons that save the run, its history and its pictures, and a field that loads a run.
#[component]
pub(super) fn SaveAndLoad(props: &SaveAndLoadProps) -> Html {
    let news = use_state(News::default);
    let on_event = props.on_action.reform(Action::Tell);
    let on_save = {
        let (driver, marks, news) = (props.driver.clone(), props.marks.clone(), news.clone());
        let chart_room = props.chart_room;
        Callback::from(move |what: Saved| {
            let news = news.clone();
            save(&driver, &marks, chart_room, what, &Callback::from(move |told| news.set(told)));
        })
    };
    let on_choose = {
        let (on_event, news) = (on_event.clone(), news.clone());
        Callback::from(move |event: Event| {
            let (on_event, news) = (on_event.clone(), news.clone());
            let on_read = Callback::from(move |read| news.set(load(&on_event, read)));
            let input = event.target_unchecked_into::<HtmlInputElement>();
            files::read_chosen(&input, MAX_RUN_FILE_BYTES, on_read);
        })
    };
    html! {
        <details class="menu">
            <summary>{ "Save and load" }</summary>
            <div class="menu-panel">
            <div class="run-buttons">{ for SAVED.into_iter().map(|(what, label, hint)| html! {
                <button title={hint} onclick={on_save.reform(move |_| what)}>{ label }</button>
            }) }</div>
            <label class="load">
                { "Load a run (JSON)" }
                <input id="load-run" type="file" accept=".json,application/json" onchange={on_choose}
                    aria-describedby="file-news" />
            </label>
            <p id="file-news" ~className={if news.is_refusal { "field-error" } else { "hint" }} role="status">
                { &news.text }
            </p>
            if let Some(run) = news.earlier.clone() {
                <button onclick={on_event.reform(move |_| session::Event::BeginAgain(run.clone()))}>
                    { "Begin again" }
                </button>
            }
            </div>
        </details>
    }
}

/// Saves `what`, and tells `on_news` what came of it.
fn save(
    driver: &Driver<PageSession>,
    marks: &[Tally],
    chart_room: Room,
    what: Saved,
    on_news: &Callback<News>,
) {
    let checkpoint = driver.checkpoint();
    if checkpoint.tally().points == 0 {
        return on_news.emit(News::refused("There is nothing to save yet: press Start first.".to_owned()));
    }
    let run = WrittenRun::Current(checkpoint);
    let name = file_name(
        &run,
        match what {
            Saved::Run => ".json",
            Saved::Convergence => "-convergence.csv",
            Saved::ChartSvg => "-convergence.svg",
            Saved::ChartPicture => "-convergence.png",
            Saved::DartboardPicture => "-dartboard.png",
        },
    );
    let chart = ConvergenceChart::new(marks, chart_room);
    let mut saved = Ok(());
    match what {
        Saved::Run => save_run(&run),
        Saved::Convergence => files::save_text(&name, "text/csv", &to_csv(marks)),
        Saved::ChartSvg => files::save_text(&name, SVG_TYPE, &chart.saved_svg()),
        Saved::ChartPicture => {
            let on_saved = {
                let name = name.clone();
                on_news.reform(move |saved| news_of(&name, saved))
            };
            return files::save_drawing_as_picture(&chart.saved_svg(), chart.size_px(), &name, on_saved);
        }
        Saved::DartboardPicture => saved = files::save_picture(".dartboard canvas", &name),
    }
    on_news.emit(news_of(&name, saved));
}

/// What is said about a file that should be saved. No page is told whether the user lets the browser save it.
fn news_of(name: &str, saved: Result<(), PictureError>) -> News {
    let Err(error) = saved else {
        return News::told(format!("The browser saves {name} now: look among your downloads."));
    };
    News::refused(format!(
        "{name} was not saved: {}. “Chart (SVG)” is not affected.",
        match error {
            PictureError::Noise =>
                "against tracking, this browser gives websites noise for their pictures. \
                 Allow this one to read its canvas",
            PictureError::NotDrawn => "the browser could not draw it",
        }
    ))
}

fn file_name(run: &WrittenRun, end: &str) -> String {
    format!("dartboard-{}-{}{end}", run.config().seed, run.tally().points)
}

/// Saves `run` as JSON.
pub(super) fn save_run(run: &WrittenRun) {
    let link = run.current().map_or_else(String::new, |run| {
        let again = run.config().reproducing(run.done().last().map_or(0, |last| last.end()));
        browser_address::link(&address::write(&again, None, false))
    });
    let text = file::encode(
        run,
        &Origin {
            version: &machine::shown_version(),
            build: BUILD_ID,
            browser: &machine::browser_name(),
            written: &clock::written_now(),
            link: &link,
        },
    );
    files::save_text(&file_name(run, ".json"), "application/json", &text);
}

/// Resumes the run in a file, or says why not: then the run on the page stays as it is.
fn load(on_event: &Callback<session::Event>, read: Result<String, ReadError>) -> News {
    let refusal = match read {
        Ok(text) => match file::parse(&text) {
            Ok(WrittenRun::Current(run)) => {
                let (points, seed) = (Grouped(run.tally().points), run.config().seed);
                on_event.emit(session::Event::Load(run));
                return News::told(format!(
                    "The file holds {points} points of the run with seed {seed}: Start goes on."
                ));
            }
            Ok(WrittenRun::Earlier(run)) => {
                let text = format!("The file holds {}.", run.describe(""));
                return News { earlier: Some(run), ..News::told(text) };
            }
            Err(error) => error.to_string(),
        },
        Err(ReadError::TooLong { bytes }) => RunFileError::TooLong { bytes }.to_string(),
        Err(ReadError::Unreadable(reason)) => format!("the file cannot be read: {reason}"),
    };
    News::refused(format!("Nothing was loaded: {refusal}."))
}
