//! What is going to be measured, and how far it is.

use dartboard_points::kernel::Kernel;
use yew::prelude::*;

use super::stopwatch::LONGEST_FREEZE_MS;
use super::{BenchmarkPage, Message};
use crate::browser::clock;
use crate::ui::FieldLook;
use dartboard_core::benchmark::condition::{Disturbance, Mode, stand_in};
use dartboard_core::benchmark::plan::{Plan, PlanField, Preset};
use dartboard_core::benchmark::runner::{BenchmarkStatus, Runner};
use dartboard_core::benchmark::schedule::{estimated_freeze_ms, estimated_ms};
use dartboard_core::field::TextField;
use dartboard_core::text::{Fixed, duration_words};

/// What a plan is called that is no preset's.
const OWN_SETTINGS: &str = "Your own settings";

impl BenchmarkPage {
    pub(super) fn view_plan(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let is_folded = self.is_plan_folded && !self.is_running();
        let is_finished =
            self.runner.as_ref().is_some_and(|runner| *runner.status() == BenchmarkStatus::Finished);
        let class = classes!("panel", "plan-panel", is_folded.then_some("folded"));
        let on_start = link.callback(|_| Message::Start);
        let on_fold = link.callback(move |_| Message::FoldPlan(!is_folded));
        html! {
            <section {class} aria-labelledby="plan-heading">
                <h2 id="plan-heading" class={is_folded.then_some("spoken")}>
                    { "The same work, spread in different ways" }
                </h2>
                if is_folded {
                    <p id="plan-line">{ self.plan_line() }</p>
                } else {
                    { self.view_whole_plan(context) }
                }
                <div class="run-buttons">
                    if self.is_running() {
                        <button onclick={link.callback(|_| Message::Cancel)}>{ "Cancel" }</button>
                    } else {
                        <button class="start" disabled={!self.can_start()} onclick={on_start}>
                            { format!("Start, about {}", self.minutes_words(&self.plan)) }
                        </button>
                        if !self.can_start() {
                            <p id="plan-refused" class="hint" role="status">
                                { "First correct the value that is refused in “All settings”." }
                            </p>
                        }
                        if is_finished {
                            <button id="fold-plan" aria-expanded={(!is_folded).to_string()} onclick={on_fold}>
                                { if is_folded { "Change the plan" } else { "Fold the plan" } }
                            </button>
                        }
                    }
                </div>
                if !is_folded {
                    <details>
                        <summary>{ "What each stands for" }</summary>
                        <dl class="meanings">
                            { for Mode::here(self.shares_memory()).map(view_meaning) }
                            { for self.plan.gpu.then(|| view_meaning(Mode::Gpu)) }
                        </dl>
                    </details>
                }
            </section>
        }
    }

    /// All of the plan, to be changed.
    fn view_whole_plan(&self, context: &Context<Self>) -> Html {
        let checkbox = |label, checked, message| self.view_checkbox(context, label, checked, message);
        let is_lecture_loop = self.plan.kernel == Kernel::MathRandom;
        let [one_loop, second, workers] = Mode::here(self.shares_memory()).map(Mode::plural);
        html! {
            <>
                <p class="hint">
                    { format!("In {one_loop}, in {second}, in {workers}: how long does it take? \
                       What happens with more workers than cores? \
                       A run on the page π live is paused while this page is open.") }
                </p>
                if let Some(reason) = stand_in(&self.memory) { <p id="threads-stand-in" class="hint">{ reason }</p> }
                <fieldset disabled={self.is_running()}>
                    <legend>{ "Preset" }</legend>
                    { for Preset::ALL.map(|preset| self.view_preset(context, preset)) }
                    if self.chosen_preset().is_none() { <p class="hint">{ OWN_SETTINGS }</p> }
                </fieldset>
                <details class="plan-details">
                    <summary>{ "All settings" }</summary>
                    <div class="settings">
                        { for PlanField::here(self.shares_memory()).map(|field| self.view_field(context, field)) }
                        { checkbox("One loop on the main thread", self.plan.sequential, Message::Sequential) }
                        { checkbox("Compare the kernels on one worker", self.plan.kernels, Message::Kernels) }
                        { checkbox("Count on the GPU, too", self.plan.gpu, Message::Gpu) }
                        { checkbox("Count with the lecture’s kind of loop", is_lecture_loop, Message::LectureLoop) }
                    </div>
                </details>
                if self.plan.sequential {
                    <p id="freeze-warning" class="notice">{ self.freeze_warning() }</p>
                }
            </>
        }
    }

    fn view_preset(&self, context: &Context<Self>, preset: Preset) -> Html {
        let on_choose = context.link().callback(move |_: Event| Message::Preset(preset));
        let (name, checked) = (preset.name(), self.chosen_preset() == Some(preset));
        let shares_memory = self.shares_memory();
        let time = self.minutes_words(&preset.plan(self.environment.cores, shares_memory, self.plan.seed));
        html! {
            <label class="choice">
                <input type="radio" name="preset" value={name} {checked} onchange={on_choose} />
                <span><strong>{ name }</strong>{ format!(", about {time}: {}", preset.purpose(shares_memory)) }</span>
            </label>
        }
    }

    fn chosen_preset(&self) -> Option<Preset> {
        self.plan.preset(self.environment.cores, self.shares_memory())
    }

    /// How long `plan` takes, about.
    fn minutes_words(&self, plan: &Plan) -> String {
        duration_words(estimated_ms(plan, self.environment.cores) / 1e3)
    }

    /// The plan in a line.
    fn plan_line(&self) -> String {
        self.chosen_preset().map_or_else(
            || OWN_SETTINGS.to_owned(),
            |preset| format!("{}: {}", preset.name(), preset.purpose(self.shares_memory())),
        )
    }

    fn freeze_warning(&self) -> String {
        let freeze_ms = estimated_freeze_ms(&self.plan, self.environment.cores);
        let at_a_time =
            if freeze_ms > LONGEST_FREEZE_MS { ", with a moment’s pause each second" } else { "" };
        format!(
            "While the plain loop counts on the main thread, this page freezes: {} times for about {} ms{at_a_time}.",
            self.plan.repeats.get(),
            Fixed(freeze_ms, 0)
        )
    }

    fn view_field(&self, context: &Context<Self>, field: PlanField) -> Html {
        let link = context.link();
        let look = FieldLook {
            prefix: "plan-",
            disabled: self.is_running(),
            on_refused: link.callback(move |is_refused| Message::Refused(field, is_refused)),
            ..FieldLook::new(field, self.plan.get(field), link.callback(Message::Set))
        };
        // A preset takes the place of what is typed.
        html! { <div key={format!("{}-{}", field.name(), self.presets_chosen)}>{ look.view() }</div> }
    }

    fn view_checkbox(
        &self,
        context: &Context<Self>,
        label: &'static str,
        checked: bool,
        message: fn(bool) -> Message,
    ) -> Html {
        let on_change = context.link().callback(move |_: Event| message(!checked));
        let disabled = self.is_running();
        html! {
            <label class="choice">
                <input type="checkbox" {checked} {disabled} onchange={on_change} />
                <span>{ label }</span>
            </label>
        }
    }

    pub(super) fn view_progress(&self, _: &Context<Self>) -> Html {
        let status = self.runner.as_ref().map(|runner| (runner, runner.progress()));
        let spoken = status.map(|(runner, (done, total))| {
            let news = || said(runner, done, total);
            self.spoken.borrow_mut().say(clock::now(), runner.status().word(), news)
        });
        html! {
            <div class="progress-panel">
                <p class="spoken" role="status">{ spoken }</p>
                if let Some(trouble) = &self.trouble {
                    <p id="benchmark-trouble" class="notice" role="alert">{ trouble }</p>
                }
                if let Some((runner, (done, total))) = status {
                    if runner.status().is_running() {
                        <progress aria-label="Benchmark" max={total.to_string()} value={done.to_string()} />
                    }
                    <p id="benchmark-status">{ said(runner, done, total) }</p>
                    if !runner.discarded().is_empty() {
                        <p id="benchmark-discarded" class="hint">{ said_of_discarded(runner) }</p>
                    }
                }
            </div>
        }
    }
}

fn said(runner: &Runner, done: usize, total: usize) -> String {
    let left = duration_words(runner.remaining_ms() / 1e3);
    match (runner.status(), runner.trial()) {
        (BenchmarkStatus::Idle, _) => String::new(),
        (BenchmarkStatus::Calibrating, _) => {
            format!("Finding out how much work a sample needs. About {left} left.")
        }
        (BenchmarkStatus::Measuring, Some(trial)) => {
            format!("Sample {} of {total}: {}. About {left} left.", done + 1, trial.condition)
        }
        (BenchmarkStatus::Measuring | BenchmarkStatus::Finished, _) => {
            format!("Finished: {done} samples, and every count is right.")
        }
        (BenchmarkStatus::Cancelled, _) => format!("Cancelled after {done} of {total} samples."),
        (BenchmarkStatus::Failed(_), _) => format!("Ended after {done} of {total} samples."),
    }
}

/// How many samples do not count, by reason.
fn said_of_discarded(runner: &Runner) -> String {
    const REASONS: [Disturbance; 4] =
        [Disturbance::Hidden, Disturbance::ClockJumped, Disturbance::WorkerReplaced, Disturbance::TooShort];
    let reasons = REASONS.into_iter().filter_map(|reason| {
        let count = runner.discarded().iter().filter(|discarded| discarded.reason == reason).count();
        (count > 0).then(|| reason.repeated(count))
    });
    reasons.collect::<Vec<_>>().join(" ")
}

fn view_meaning(mode: Mode) -> Html {
    html! { <div><dt>{ mode.title() }</dt><dd>{ mode.stands_for() }</dd></div> }
}
