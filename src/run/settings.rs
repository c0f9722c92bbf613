//! The run's configuration: a field for each value, and what makes choosing easy.

use dartboard_points::kernel::Kernel;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Action;
use crate::ui::{FieldLook, view_button_of};
use dartboard_core::run::config::{
    AfterDeath, BatchPoints, BatchSize, Config, Field, Gpu, LiveSetting, Setting, StandardErrorField, Target,
    TargetByError, WorkerCount,
};
use dartboard_core::session::Event;
use dartboard_core::text::Grouped;

/// What [`Settings`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub(super) struct SettingsProps {
    /// The configuration in force.
    pub(super) config: Config,
    /// Told of each value that is taken, and that another seed is wanted.
    pub(super) on_action: Callback<Action>,
}

/// As in the lecture: 4 processes, a `BATCH_SIZE` of 100,000, and a loop over the points.
const LECTURE: [fn() -> LiveSetting; 3] = [
    || LiveSetting::Workers(WorkerCount::nearest(4)),
    || LiveSetting::Batch(BatchSize::Fixed(BatchPoints::MIN)),
    || LiveSetting::Kernel(Some(Kernel::Reference)),
];

/// The run's configuration.
#[component]
pub(super) fn Settings(props: &SettingsProps) -> Html {
    let config = props.config;
    let on_setting = props.on_action.reform(|setting| Action::Tell(Event::Set(setting)));
    let by_standard_error = use_state(|| false);
    // What auto goes back to.
    let last_fixed = use_mut_ref(|| BatchPoints::nearest(10));
    if let BatchSize::Fixed(points) = config.batch {
        *last_fixed.borrow_mut() = points;
    }
    let view_field = |field: Field| FieldLook::new(field, config.get(field), on_setting.clone()).view();
    let on_lecture = {
        let on_setting = on_setting.clone();
        move |_| LECTURE.iter().for_each(|setting| on_setting.emit(Setting::Live(setting())))
    };
    let other_kernel = if config.kernel.is_some() { None } else { Some(Kernel::Reference) };
    let switch = |setting: LiveSetting| on_setting.reform(move |_: web_sys::Event| Setting::Live(setting));
    let on_unit = {
        let by_standard_error = by_standard_error.clone();
        Callback::from(move |_: MouseEvent| by_standard_error.set(!*by_standard_error))
    };
    let on_new_seed = props.on_action.reform(|_: MouseEvent| Action::NewSeed);
    html! {
        <div class="settings">
            <div class="setting">
                { view_field(Field::Workers) }
                <button class="small" onclick={on_lecture} title="4 workers, batches of 100,000 points, counted point by point">
                    { "As in the lecture" }
                </button>
                { view_check("gpu", "GPU too: the same counts, but a battery empties sooner", config.gpu != Gpu::Off,
                    switch(LiveSetting::Gpu(if config.gpu == Gpu::Off { Gpu::Beside } else { Gpu::Off }))) }
                if config.gpu != Gpu::Off {
                    { view_check("gpu-only", "GPU only", config.gpu == Gpu::Alone,
                        switch(LiveSetting::Gpu(if config.gpu == Gpu::Alone { Gpu::Beside } else { Gpu::Alone }))) }
                }
            </div>
            <div class="setting">
                { view_field(Field::Batch) }
                { view_batch_slider(config.batch, *last_fixed.borrow(), &on_setting) }
                { view_check("kernel", "point by point: the lecture’s loop, with the same counts", config.kernel.is_some(),
                    switch(LiveSetting::Kernel(other_kernel))) }
            </div>
            <div class="setting">
                { view_field(Field::Seed) }
                { view_button_of(Some("small"), "New seed", false, on_new_seed) }
            </div>
            <div class="setting">
                if *by_standard_error {
                    { view_standard_error(config.target, &on_setting) }
                } else {
                    { view_field(Field::Target) }
                }
                { view_button_of(Some("small"), if *by_standard_error { "Set as points" } else { "Set as standard error" }, false, on_unit) }
            </div>
            <div class="setting">
                { view_field(Field::Chaos) }
                { view_check("replace", "replace dead workers", config.after_death == AfterDeath::Replace,
                    switch(LiveSetting::AfterDeath(config.after_death.switched()))) }
            </div>
        </div>
    }
}

/// Chooses the batch size on a logarithmic scale, or leaves it to each worker's speed; `shown` is the last size that was
/// chosen.
fn view_batch_slider(batch: BatchSize, shown: BatchPoints, on_setting: &Callback<Setting>) -> Html {
    let auto = batch == BatchSize::Auto;
    let on_slide = {
        let on_setting = on_setting.clone();
        Callback::from(move |event: InputEvent| {
            let position = event.target_unchecked_into::<HtmlInputElement>().value().parse().unwrap_or(0);
            on_setting.emit(Setting::Live(LiveSetting::Batch(BatchSize::Fixed(
                BatchPoints::at_slider_position(position),
            ))));
        })
    };
    let on_auto = {
        let on_setting = on_setting.clone();
        Callback::from(move |_: web_sys::Event| {
            let batch = if auto { BatchSize::Fixed(shown) } else { BatchSize::Auto };
            on_setting.emit(Setting::Live(LiveSetting::Batch(batch)));
        })
    };
    html! {
        <div class="slider">
            <input
                type="range"
                min="0"
                max={(BatchPoints::SLIDER_BLOCKS.len() - 1).to_string()}
                value={shown.slider_position().to_string()}
                disabled={auto}
                aria-label="Batch size, logarithmic"
                aria-valuetext={format!("{} points", Grouped(shown.points()))}
                oninput={on_slide}
            />
            { view_check("batch-auto", "auto (about 100 ms)", auto, on_auto) }
        </div>
    }
}

fn view_check(
    id: &'static str,
    label: &'static str,
    checked: bool,
    on_change: Callback<web_sys::Event>,
) -> Html {
    html! {
        <label class="check">
            <input type="checkbox" {id} {checked} onchange={on_change} />
            { " " }{ label }
        </label>
    }
}

/// The target, set by the standard error that its estimate will have.
fn view_standard_error(target: Option<Target>, on_setting: &Callback<Setting>) -> Html {
    let on_take = on_setting.reform(|TargetByError(target)| Setting::Live(LiveSetting::Target(target)));
    FieldLook {
        placeholder: Some("0.00001"),
        in_force: Some(target_in_force(target)),
        ..FieldLook::new(StandardErrorField, TargetByError(target), on_take)
    }
    .view()
}

/// The target in a sentence, for a field that shows its standard error.
fn target_in_force(target: Option<Target>) -> String {
    target.map_or_else(
        || "No target is set.".to_owned(),
        |target| format!("The target is {} points.", Grouped(target.points())),
    )
}
