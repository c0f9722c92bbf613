//! What of a run can be saved as a file, and a saved run loaded again.

use dartboard_worker::build::BUILD_ID;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::WorkshopProps;
use crate::config::{Chaos, Config, Target};
use crate::coordinator::checkpoint::Checkpoint;
use crate::driver::{self, ReadError, RunPage};
use crate::format::Grouped;
use crate::run_file::{self, MAX_RUN_FILE_BYTES, Origin, RunFileError};
use crate::run_link;
use crate::trace::to_csv;

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

/// Buttons that save the run, its history and its pictures, and a field that loads a run.
#[component]
pub(super) fn TakeAway(props: &WorkshopProps) -> Html {
    // What came of the last thing done, and whether it is a refusal.
    let news = use_state(|| None::<(String, bool)>);
    let on_save = {
        let (page, news) = (props.page.clone(), news.clone());
        Callback::from(move |what: Saved| {
            let saved = save(&page, what);
            news.set(Some(saved.map_or_else(
                || ("There is nothing to save yet: press Start first.".to_owned(), true),
                |name| (format!("{name} is among your downloads."), false),
            )));
        })
    };
    let on_choose = {
        let (page, news) = (props.page.clone(), news.clone());
        Callback::from(move |event: Event| {
            let (page, news) = (page.clone(), news.clone());
            let on_read = Callback::from(move |read| news.set(Some(load(&page, read))));
            let input = event.target_unchecked_into::<HtmlInputElement>();
            driver::read_chosen(&input, MAX_RUN_FILE_BYTES, on_read);
        })
    };
    let (text, is_refusal) =
        news.as_ref().map_or(("", false), |(text, is_refusal)| (text.as_str(), *is_refusal));
    html! {
        <>
            <div class="run-buttons">{ for SAVED.into_iter().map(|(what, label, hint)| html! {
                <button title={hint} onclick={on_save.reform(move |_| what)}>{ label }</button>
            }) }</div>
            <label class="load">
                { "Load a run (JSON)" }
                <input id="load-run" type="file" accept=".json,application/json" onchange={on_choose}
                    aria-describedby="file-news" />
            </label>
            <p id="file-news" class={if is_refusal { "field-error" } else { "hint" }} role="status">{ text }</p>
        </>
    }
}

/// Saves `what`, and returns the file's name; none if there is nothing to save.
fn save(page: &RunPage, what: Saved) -> Option<String> {
    let checkpoint = page.checkpoint()?;
    let name =
        |end: &str| format!("dartboard-{}-{}{end}", checkpoint.config().seed, checkpoint.tally().points);
    let name = match what {
        Saved::Run => name(".json"),
        Saved::Convergence => name("-convergence.csv"),
        Saved::ChartSvg => name("-convergence.svg"),
        Saved::ChartPicture => name("-convergence.png"),
        Saved::DartboardPicture => name("-dartboard.png"),
    };
    match what {
        Saved::Run => driver::save_text(&name, "application/json", &run_text(&checkpoint)),
        Saved::Convergence => driver::save_text(&name, "text/csv", &to_csv(&page.marks())),
        Saved::ChartSvg => driver::save_chart(CHART, &name),
        Saved::ChartPicture => driver::save_chart_picture(CHART, &name),
        Saved::DartboardPicture => driver::save_picture(".dartboard canvas", &name),
    }
    Some(name)
}

/// Where the convergence chart is on the page.
const CHART: &str = ".convergence .chart svg";

fn run_text(checkpoint: &Checkpoint) -> String {
    let config = checkpoint.config();
    // Without a target of its own it is counted again up to the last block counted.
    let counted = checkpoint.done().last().and_then(|last| Target::from_blocks(last.end()));
    let again = Config { target: config.target.or(counted), chaos: Chaos::NONE, ..config };
    run_file::encode(
        checkpoint,
        &Origin {
            version: &driver::shown_version(),
            build: BUILD_ID,
            browser: &driver::browser_name(),
            written: &driver::written_now(),
            link: &driver::link(&run_link::write(&again, None)),
        },
    )
}

/// Takes up the run in a file, or says why not: then the run on the page stays as it is.
fn load(page: &RunPage, read: Result<String, ReadError>) -> (String, bool) {
    let refusal = match read {
        Ok(text) => match run_file::parse(&text) {
            Ok(checkpoint) => {
                page.take_up(&checkpoint);
                let (points, seed) = (Grouped(checkpoint.tally().points), checkpoint.config().seed);
                return (
                    format!("The file holds {points} points of the run with seed {seed}: Start goes on."),
                    false,
                );
            }
            Err(error) => error.to_string(),
        },
        Err(ReadError::TooLong { bytes }) => RunFileError::TooLong { bytes }.to_string(),
        Err(ReadError::Unreadable(reason)) => format!("the file cannot be read: {reason}"),
    };
    (format!("Nothing was loaded: {refusal}."), true)
}
