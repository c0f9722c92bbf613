//! What is going to be measured, and how far it is.

use yew::prelude::*;

use super::stopwatch::LONGEST_FREEZE_MS;
use super::{BenchmarkPage, Message};
use crate::ui::FieldLook;
use dartboard_core::benchmark::condition::{Disturbance, Mode};
use dartboard_core::benchmark::plan::{PlanField, Preset};
use dartboard_core::benchmark::runner::{BenchmarkStatus, Runner};
use dartboard_core::benchmark::schedule::{estimated_freeze_ms, estimated_ms};
use dartboard_core::field::TextField;
use dartboard_core::text::{Fixed, duration_words};

impl BenchmarkPage {
    pub(super) fn view_plan(&self, context: &Context<Self>) -> Html {
        let (link, running) = (context.link(), self.is_running());
        let chosen = self.plan.preset(self.environment.cores);
        html! {
            <section class="panel plan-panel" aria-labelledby="plan-heading">
                <h2 id="plan-heading">{ "The same work, spread in different ways" }</h2>
                <p class="hint">{ "Sequentially, in tasks that take turns, and in workers: how long does it take, and what happens beyond the cores? A run on the estimate page is paused while this page is open." }</p>
                <fieldset disabled={running}>
                    <legend>{ "Preset" }</legend>
                    { for Preset::ALL.map(|preset| {
                        let ms = estimated_ms(&preset.plan(self.environment.cores, self.plan.seed), self.environment.cores);
                        let on_choose = link.callback(move |_: Event| Message::Preset(preset));
                        html! {
                            <label class="choice">
                                <input type="radio" name="preset" value={preset.name()} checked={chosen == Some(preset)} onchange={on_choose} />
                                <span><strong>{ preset.name() }</strong>{ format!(", about {}: {}", duration_words(ms / 1e3), preset.purpose()) }</span>
                            </label>
                        }
                    }) }
                    if chosen.is_none() { <p class="hint">{ "The plan below is none of these." }</p> }
                </fieldset>
                <details class="plan-details">
                    <summary>{ "The plan, value by value" }</summary>
                    <div class="settings">
                        { for PlanField::ALL.map(|field| self.view_field(context, field)) }
                        { self.view_checkbox(context, "Sequential on the main thread", self.plan.sequential, Message::Sequential) }
                        { self.view_checkbox(context, "Compare the kernels on one worker", self.plan.kernels, Message::Kernels) }
                    </div>
                </details>
                if self.plan.sequential {
                    <p id="freeze-warning" class="notice">{ self.freeze_warning() }</p>
                }
                <div class="run-buttons">
                    if running {
                        <button onclick={link.callback(|_| Message::Cancel)}>{ "Cancel" }</button>
                    } else {
                        <button class="start" disabled={!self.can_start()} onclick={link.callback(|_| Message::Start)}>
                            { format!("Start, about {}", duration_words(estimated_ms(&self.plan, self.environment.cores) / 1e3)) }
                        </button>
                    }
                </div>
                <details>
                    <summary>{ "What each stands for" }</summary>
                    <dl class="meanings">
                        { for Mode::ALL.map(|mode| html! { <div><dt>{ mode.title() }</dt><dd>{ mode.stands_for() }</dd></div> }) }
                    </dl>
                </details>
            </section>
        }
    }

    fn freeze_warning(&self) -> String {
        let freeze_ms = estimated_freeze_ms(&self.plan, self.environment.cores);
        let at_a_time =
            if freeze_ms > LONGEST_FREEZE_MS { ", with a moment’s pause each second" } else { "" };
        format!(
            "While the main thread counts sequentially this page freezes: {} times for about {} ms{at_a_time}.",
            self.plan.repeats.get(),
            Fixed(freeze_ms, 0)
        )
    }

    fn view_field(&self, context: &Context<Self>, field: PlanField) -> Html {
        let link = context.link();
        let is_list = matches!(field, PlanField::Workers | PlanField::Cooperative);
        let look = FieldLook {
            prefix: "plan-",
            inputmode: if is_list { "text" } else { "numeric" },
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
        html! { <label class="choice"><input type="checkbox" {checked} disabled={self.is_running()} onchange={on_change} /><span>{ label }</span></label> }
    }

    pub(super) fn view_progress(&self, _: &Context<Self>) -> Html {
        let status = self.runner.as_ref().map(|runner| (runner, runner.progress()));
        html! {
            <div class="progress-panel" aria-live="polite">
                if let Some(trouble) = &self.trouble { <p id="benchmark-trouble" class="notice" role="alert">{ trouble }</p> }
                if let Some((runner, (done, total))) = status {
                    if runner.status().is_running() {
                        <progress aria-label="Benchmark" max={total.to_string()} value={done.to_string()} />
                    }
                    <p id="benchmark-status">{ said(runner, done, total) }</p>
                    if !runner.discarded().is_empty() { <p id="benchmark-discarded" class="hint">{ said_of_discarded(runner) }</p> }
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
            format!("Finished: {done} samples, and every tally is right.")
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
        (count > 0).then(|| format!("{count} because {reason}"))
    });
    let reasons: Vec<_> = reasons.collect();
    format!("Discarded and taken again: {}.", reasons.join("; "))
}
