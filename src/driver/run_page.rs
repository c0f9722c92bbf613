//! The run's page as the workshop sees it: a program of its own, asked through its exports, and seen as scripts see it.

use dartboard_worker::decimal::parse_u64;
use dartboard_worker::tally::Tally;
use gloo::utils::{document, window};
use wasm_bindgen::prelude::wasm_bindgen;

use super::browser;
use crate::config::{BatchSize, Setting};
use crate::coordinator::checkpoint::Checkpoint;
use crate::coordinator::counted::{Counted, Journey};
use crate::exchange::{parse_journey, parse_marks, parse_sample};
use crate::experiments::Observation;
use crate::format::whole_ms;
use crate::run_link::{self, RunLink};

#[wasm_bindgen]
extern "C" {
    /// What the program of the run's page exports.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub type RunPage;

    #[wasm_bindgen(method, js_name = checkpoint)]
    fn checkpoint_text(this: &RunPage) -> String;

    #[wasm_bindgen(method, js_name = marks)]
    fn marks_text(this: &RunPage) -> String;

    #[wasm_bindgen(method, js_name = sample)]
    fn sample_text(this: &RunPage) -> String;

    #[wasm_bindgen(method, js_name = latestBatch)]
    fn latest_batch_text(this: &RunPage) -> Option<String>;

    #[wasm_bindgen(method, js_name = takeUp)]
    fn take_up_text(this: &RunPage, checkpoint: &str);
}

impl RunPage {
    /// The run as it stands; none before anything is counted.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        Checkpoint::parse(&self.checkpoint_text()).ok().filter(|checkpoint| checkpoint.tally().points > 0)
    }

    /// The run's history from its first hundred points on.
    pub fn marks(&self) -> Vec<Tally> {
        parse_marks(&self.marks_text()).unwrap_or_default()
    }

    /// How many batches the page counted, and a sample of them.
    pub fn sample(&self) -> (u64, Vec<Counted>) {
        parse_sample(&self.sample_text()).unwrap_or_default()
    }

    /// The way of the batch counted last; none before there is one.
    pub fn latest_batch(&self) -> Option<Journey> {
        parse_journey(&self.latest_batch_text()?)
    }

    /// Offers a run to take the place of the one on the page, which asks the user if there is much to lose.
    pub fn take_up(&self, checkpoint: &Checkpoint) {
        self.take_up_text(&checkpoint.encode());
    }
}

/// The run as the page shows it to scripts; none while it shows none.
pub fn observe() -> Option<Observation> {
    let run = document().get_element_by_id("run")?;
    let number = |name: &str| parse_u64(&run.get_attribute(name)?);
    let status = run.get_attribute("data-status")?;
    let batch = link().settings.into_iter().find_map(|setting| match setting {
        Setting::Batch(batch) => Some(batch),
        _ => None,
    });
    Some(Observation {
        at_ms: whole_ms(browser::now()),
        running: matches!(status.as_str(), "running" | "degraded"),
        finished: status == "finished",
        tally: Tally { points: number("data-points")?, inside: number("data-inside")? },
        restarts: number("data-restarts")?,
        points_per_second: number("data-rate")? as f64,
        batch: batch.unwrap_or(BatchSize::Auto),
    })
}

/// What the page's address says.
pub fn link() -> RunLink {
    run_link::parse(&browser::address()).0
}

/// Changes one parameter of the page's address, or (none) removes it; the page follows.
pub fn change_address(name: &str, value: Option<&str>) {
    // It fails only where the page may not be navigated at all.
    let _ = window().location().set_hash(&run_link::changed(&browser::address(), name, value));
}
