//! A labelled text field whose value is read by a pure function, with its refusal shown beside it.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use dartboard_core::run::config::{self, Setting, Step};

/// What a [`Field`] shows and does.
#[derive(Properties, PartialEq)]
pub struct FieldProps {
    /// What it is for: its name is the input's id, and `{name}-error` that of the message beside it.
    pub field: config::Field,
    /// The label: the input's accessible name.
    pub label: AttrValue,
    /// The value in force.
    pub value: Setting,
    /// Told of each value that is taken.
    pub on_setting: Callback<Setting>,
}

/// A labelled text field. What is typed is checked at once and taken on Enter or when the field is left;
/// a refused text stays, with the reason beside it, and the value in force stays too. Escape goes back to it.
#[component]
pub fn Field(props: &FieldProps) -> Html {
    let draft = use_state(|| None::<String>);
    let refusal = draft.as_ref().and_then(|text| Setting::parse(props.field, text.trim()).err());

    let take = {
        let (draft, field, on_setting) = (draft.clone(), props.field, props.on_setting.clone());
        move |text: String| match Setting::parse(field, text.trim()) {
            Ok(setting) => {
                on_setting.emit(setting);
                draft.set(None);
            }
            Err(_) => draft.set(Some(text)),
        }
    };
    let on_input = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            draft.set(Some(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    let on_change = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            take(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let on_key = {
        let (draft, field) = (draft.clone(), props.field);
        Callback::from(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowUp" => Step::Up,
                "ArrowDown" => Step::Down,
                "Escape" => return draft.set(None),
                _ => return,
            };
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            if let Ok(setting) = Setting::parse(field, text.trim()) {
                event.prevent_default();
                take(setting.stepped(step).to_string());
            }
        })
    };

    let shown = draft.as_ref().map_or_else(|| props.value.to_string(), Clone::clone);
    let id = props.field.name();
    let error_id = format!("{id}-error");
    html! {
        <div class="field">
            <label for={id}>{ &props.label }</label>
            <input
                {id}
                type="text"
                inputmode="numeric"
                autocomplete="off"
                spellcheck="false"
                value={shown}
                aria-invalid={refusal.is_some().then_some("true")}
                aria-describedby={error_id.clone()}
                oninput={on_input}
                onchange={on_change}
                onkeydown={on_key}
            />
            <p id={error_id} class="field-error" aria-live="polite">
                if let Some(refusal) = refusal {
                    { format!("{refusal}. In force: {}.", props.value) }
                }
            </p>
        </div>
    }
}
