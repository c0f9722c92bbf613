//! The benchmark page: a plan, its progress, what was measured and what follows from it.

mod main_thread;
mod plan_panel;
mod results_panel;
mod stopwatch;
mod threads;

use std::cell::RefCell;
use std::rc::Rc;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::Seed;
use js_sys::futures::spawn_local;
use yew::html::Scope;
use yew::prelude::*;

use crate::browser::files::{self, ReadError};
use crate::browser::theme::Theme;
use crate::browser::{address as browser_address, clock, isolation};
use crate::ui::{view_header, view_theme_switch};
use dartboard_core::address::{self, Page};
use dartboard_core::benchmark::conclusion::conclusion;
use dartboard_core::benchmark::condition::Measurement;
use dartboard_core::benchmark::condition::Trial;
use dartboard_core::benchmark::document::{self as benchmark_document, DocumentError, Loaded};
use dartboard_core::benchmark::environment::Environment;
use dartboard_core::benchmark::export;
use dartboard_core::benchmark::figure::{Figure, Machine};
use dartboard_core::benchmark::plan::{Plan, PlanField, PlanSetting, Preset};
use dartboard_core::benchmark::results::{Summary, summaries};
use dartboard_core::benchmark::runner::{BenchmarkStatus, Runner, RunnerEvent};
use dartboard_core::lecture::shared_memory::SharedMemory;
use dartboard_core::spoken::Spoken;
use dartboard_core::text::Fixed;
use stopwatch::{NotMeasured, Stopwatch};

/// The seed of a plan whose seed nobody chose.
const DEFAULT_SEED: Seed = Seed(42);

/// How long the page may draw between two samples, in milliseconds.
const PAUSE_MS: u32 = 30;

/// How long after it was not yet known the browser is asked again whether memory can be shared, in milliseconds.
const ASK_MS: u32 = 500;

/// A file to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The samples.
    Csv,
    /// Everything.
    Json,
    /// A table for a report.
    Markdown,
    /// A chart.
    Svg(Figure),
}

/// What changes the page.
pub enum Message {
    /// A preset is chosen.
    Preset(Preset),
    /// A value of the plan.
    Set(PlanSetting),
    /// Whether a refused text stands in a field of the plan.
    Refused(PlanField, bool),
    /// Whether the main thread is timed.
    Sequential(bool),
    /// Whether kernels are compared.
    Kernels(bool),
    /// Whether the GPU is timed.
    Gpu(bool),
    /// Whether the lecture's kind of loop counts, or the fast kernel.
    LectureLoop(bool),
    /// Show the whole plan, or fold it to a line.
    FoldPlan(bool),
    /// Begin.
    Start,
    /// End.
    Cancel,
    /// A trial is over.
    Measured(Result<Measurement, NotMeasured>),
    /// Save a file.
    Save(Export),
    /// Its text was read, or not.
    Read(Result<String, ReadError>),
    /// Show only what was measured here.
    RemoveOverlay,
    /// Whether memory can be shared, and if not, why.
    SharedMemory(SharedMemory),
    /// The next theme.
    SwitchTheme,
}

/// The benchmark page.
pub struct BenchmarkPage {
    environment: Environment,
    /// Threads share it, or cooperative tasks stand in for them.
    memory: SharedMemory,
    plan: Plan,
    /// How many times a preset was chosen.
    presets_chosen: usize,
    /// The fields of the plan in which a refused text stands.
    refused: Vec<PlanField>,
    /// Whether only a line is shown of the plan.
    is_plan_folded: bool,
    runner: Option<Runner>,
    stopwatch: Option<Rc<Stopwatch>>,
    summaries: Rc<Vec<Summary>>,
    overlay: Option<Rc<Loaded>>,
    overlay_error: Option<DocumentError>,
    trouble: Option<String>,
    theme: Theme,
    /// What is said of its progress.
    spoken: RefCell<Spoken<&'static str>>,
}

impl Component for BenchmarkPage {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let environment = stopwatch::environment();
        let memory = if isolation::shares_memory() { SharedMemory::Here } else { SharedMemory::NotYet };
        if memory != SharedMemory::Here {
            ask(context.link().clone());
        }
        Self {
            plan: Preset::Quick.plan(environment.cores, memory == SharedMemory::Here, DEFAULT_SEED),
            environment,
            memory,
            presets_chosen: 0,
            refused: Vec::new(),
            is_plan_folded: false,
            runner: None,
            stopwatch: None,
            summaries: Rc::default(),
            overlay: None,
            overlay_error: None,
            trouble: None,
            theme: Theme::kept(),
            spoken: RefCell::default(),
        }
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Preset(preset) => {
                self.plan = preset.plan(self.environment.cores, self.shares_memory(), self.plan.seed);
                self.presets_chosen += 1;
                self.refused.clear();
            }
            Message::Set(setting) => self.plan = self.plan.clone().with(setting),
            Message::Refused(field, is_refused) => {
                if self.refused.contains(&field) == is_refused {
                    return false;
                }
                self.refused.retain(|&other| other != field);
                self.refused.extend(is_refused.then_some(field));
            }
            Message::Sequential(sequential) => self.plan.sequential = sequential,
            Message::Kernels(kernels) => self.plan.kernels = kernels,
            Message::Gpu(gpu) => self.plan.gpu = gpu,
            Message::LectureLoop(lecture) => {
                let kernel = if lecture { Kernel::MathRandom } else { Kernel::Tree };
                self.plan = self.plan.clone().counted_by(kernel);
            }
            Message::FoldPlan(folded) => self.is_plan_folded = folded,
            Message::Start => self.start(context),
            Message::Cancel => self.cancel(),
            Message::Measured(result) => self.measured(context, result),
            Message::Save(export) => self.save(export),
            Message::Read(text) => self.compare(text),
            Message::RemoveOverlay => (self.overlay, self.overlay_error) = (None, None),
            Message::SharedMemory(memory) => self.memory = memory,
            Message::SwitchTheme => self.theme = self.theme.switched(),
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let theme_switch = view_theme_switch(self.theme, link.callback(|_| Message::SwitchTheme));
        let has_results = !self.summaries.is_empty() || self.overlay.is_some();
        html! {
            <>
                { view_header(Page::Benchmark, theme_switch) }
                { self.view_mirror() }
                <main class="benchmark">
                    <h1 class="spoken">{ "Benchmark" }</h1>
                    if let Some(unread) = address::unread_by_benchmark(&browser_address::fragment()) {
                        <p class="notice">{ format!("This page reads no settings from its address: “{unread}” does nothing.") }</p>
                    }
                    { self.view_progress(context) }
                    { self.view_conclusion() }
                    { self.view_plan(context) }
                    if has_results { { self.view_results(context) } }
                    { self.view_environment() }
                    { self.view_files(context) }
                </main>
            </>
        }
    }
}

impl BenchmarkPage {
    fn is_running(&self) -> bool {
        self.runner.as_ref().is_some_and(|runner| runner.status().is_running())
    }

    /// The state for scripts: numbers plain.
    fn view_mirror(&self) -> Html {
        let status = self.runner.as_ref().map_or("idle", |runner| runner.status().word());
        let (done, total) = self.runner.as_ref().map_or((0, 0), Runner::progress);
        let discarded = self.runner.as_ref().map_or(0, |runner| runner.discarded().len());
        let remaining_ms = Fixed(self.runner.as_ref().map_or(0.0, Runner::remaining_ms), 0);
        html! {
            <div
                id="benchmark-run" hidden=true data-status={status} data-done={done.to_string()}
                data-total={total.to_string()} data-discarded={discarded.to_string()}
                data-remaining-ms={remaining_ms.to_string()}
            />
        }
    }

    /// Whether threads share memory here. It stays so: only a page that is loaded anew may share what it could not.
    fn shares_memory(&self) -> bool {
        self.memory == SharedMemory::Here
    }

    fn can_start(&self) -> bool {
        !self.is_running() && self.refused.is_empty()
    }

    fn start(&mut self, context: &Context<Self>) {
        if !self.can_start() {
            return;
        }
        let Some(stopwatch) = Stopwatch::new(self.plan.seed) else {
            self.trouble =
                Some("This browser has no clock or no message channels to measure with.".to_owned());
            return;
        };
        let mut runner = Runner::new(self.plan.clone(), self.environment.cores);
        let first = runner.handle(RunnerEvent::Start);
        self.trouble = None;
        self.environment.gpu = None;
        self.summaries = Rc::default();
        self.stopwatch = Some(Rc::new(stopwatch));
        self.runner = Some(runner);
        self.measure(context, first);
    }

    fn cancel(&mut self) {
        if let Some(runner) = &mut self.runner {
            runner.handle(RunnerEvent::Cancel);
        }
        if let Some(stopwatch) = self.stopwatch.take() {
            stopwatch.cancel();
        }
    }

    fn measure(&mut self, context: &Context<Self>, trial: Option<Trial>) {
        let (Some(trial), Some(stopwatch)) = (trial, self.stopwatch.clone()) else {
            self.stopwatch = None;
            return;
        };
        let link = context.link().clone();
        spawn_local(async move {
            // What was measured is drawn first, and is not drawn while the clock runs.
            clock::wait(PAUSE_MS).await;
            link.send_message(Message::Measured(stopwatch.measure(&trial).await));
        });
    }

    fn measured(&mut self, context: &Context<Self>, result: Result<Measurement, NotMeasured>) {
        let event = match result {
            Ok(measurement) => RunnerEvent::Measured(measurement),
            Err(NotMeasured::Failed(reason)) => RunnerEvent::Failed(reason),
            Err(NotMeasured::NoGpu(reason)) => RunnerEvent::NoGpu(reason),
            // The runner knows already.
            Err(NotMeasured::Cancelled) => return,
        };
        let Some(runner) = &mut self.runner else { return };
        let next = runner.handle(event);
        self.environment.gpu = match runner.no_gpu() {
            None => self.stopwatch.as_ref().and_then(|stopwatch| stopwatch.adapter()),
            Some(_) => None,
        };
        self.summaries = Rc::new(summaries(runner.samples()));
        if let BenchmarkStatus::Failed(failure) = runner.status() {
            self.trouble = Some(format!("The benchmark ended: {failure}. What was measured before stays."));
        }
        self.is_plan_folded = *runner.status() == BenchmarkStatus::Finished;
        self.measure(context, next);
    }

    fn conclusion(&self) -> Vec<String> {
        let no_gpu = self.runner.as_ref().and_then(Runner::no_gpu);
        let no_gpu = no_gpu.map(|reason| format!("The GPU is left out: {reason}."));
        conclusion(&self.summaries, self.environment.cores).into_iter().chain(no_gpu).collect()
    }

    /// The machines in charts: this one, and the one it is compared with.
    fn machines<'a>(&'a self, other_name: &'a str) -> Vec<Machine<'a>> {
        let own = Machine { name: None, summaries: &self.summaries, cores: self.environment.cores };
        let other = self.overlay.as_ref().map(|loaded| Machine {
            name: Some(other_name),
            summaries: &loaded.summaries,
            cores: loaded.environment.cores,
        });
        std::iter::once(own).chain(other).collect()
    }

    fn save(&mut self, export: Export) {
        let Some(runner) = &self.runner else { return };
        let (name, media_type, text) = match export {
            Export::Csv => ("dartboard-benchmark.csv", "text/csv", Ok(export::csv(runner.samples()))),
            Export::Json => (
                "dartboard-benchmark.json",
                "application/json",
                benchmark_document::write(runner, &self.environment, &self.conclusion())
                    .map_err(|error| error.to_string()),
            ),
            Export::Markdown => (
                "dartboard-benchmark.md",
                "text/markdown",
                Ok(export::markdown(&self.summaries, &self.conclusion(), &self.environment)),
            ),
            Export::Svg(figure) => {
                let other = self.overlay.as_ref().map(|loaded| loaded.name()).unwrap_or_default();
                let svg = figure.saved_svg(&self.machines(&other));
                (
                    figure.file_name(),
                    files::SVG_TYPE,
                    svg.ok_or_else(|| "there is nothing to draw".to_owned()),
                )
            }
        };
        self.trouble = text.map(|text| files::save_text(name, media_type, &text)).err();
    }

    /// Compares what was measured with a file; one that cannot be read changes nothing.
    fn compare(&mut self, text: Result<String, ReadError>) {
        let text = text.map_err(|error| match error {
            // It was not even read.
            ReadError::TooLong { bytes } => {
                DocumentError::TooLong { bytes: usize::try_from(bytes).unwrap_or(usize::MAX) }
            }
            ReadError::Unreadable(reason) => DocumentError::NotJson(reason),
        });
        match text.and_then(|text| benchmark_document::read(&text)) {
            Ok(loaded) => (self.overlay, self.overlay_error) = (Some(Rc::new(loaded)), None),
            Err(error) => self.overlay_error = Some(error),
        }
    }
}

/// Asks why memory cannot be shared, until that is known.
fn ask(link: Scope<BenchmarkPage>) {
    spawn_local(async move {
        loop {
            let memory = isolation::facts().await.shared_memory();
            let is_known = memory != SharedMemory::NotYet;
            link.send_message(Message::SharedMemory(memory));
            if is_known {
                return;
            }
            clock::wait(ASK_MS).await;
        }
    });
}
