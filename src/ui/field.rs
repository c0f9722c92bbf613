//! A labelled input whose text is read by a pure function, with its refusal shown beside it.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use dartboard_core::field::{Arrow, Refusal, TextField};

/// What a [`FieldInput`] shows and does.
#[derive(Properties, PartialEq)]
pub struct FieldInputProps<F: TextField> {
    /// What it is for.
    pub field: F,
    /// Stands before the field's name in the input's id; `{id}-error` is that of the message beside it.
    #[prop_or_default]
    pub prefix: &'static str,
    /// The value in force.
    pub value: F::Value,
    /// What is in force, in a sentence, where the value in the field does not say it.
    #[prop_or_default]
    pub in_force: Option<AttrValue>,
    /// Which keys a touch screen offers.
    #[prop_or("numeric")]
    pub inputmode: &'static str,
    /// What stands in the field as long as nothing does.
    #[prop_or_default]
    pub placeholder: Option<AttrValue>,
    /// Whether it cannot be changed for the time being.
    #[prop_or_default]
    pub disabled: bool,
    /// Told of each value that is taken.
    pub on_take: Callback<F::Value>,
    /// Told whether a refused text stands in the field, whenever that changes.
    #[prop_or_default]
    pub on_refused: Callback<bool>,
}

/// A labelled input. What is typed is checked at once and taken on Enter or when the field is left; a refused text stays,
/// with the reason beside it, and the value in force stays too. Escape goes back to it; arrow keys step from value to value.
#[component]
pub fn FieldInput<F: TextField>(props: &FieldInputProps<F>) -> Html {
    let draft = use_state(|| None::<String>);
    let field = props.field;
    let refusal = draft.as_ref().and_then(|text| field.read(text.trim()).err());
    use_effect_with(refusal.is_some(), {
        let on_refused = props.on_refused.clone();
        move |is_refused| on_refused.emit(*is_refused)
    });

    let take = {
        let (draft, on_take) = (draft.clone(), props.on_take.clone());
        move |value: F::Value| {
            on_take.emit(value);
            draft.set(None);
        }
    };
    let on_input = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| draft.set(Some(text_of(&event))))
    };
    let on_change = {
        let (draft, take) = (draft.clone(), take.clone());
        Callback::from(move |event: Event| {
            let text = text_of(&event);
            match field.read(text.trim()) {
                Ok(value) => take(value),
                Err(_) => draft.set(Some(text)),
            }
        })
    };
    let on_key = {
        let draft = draft.clone();
        Callback::from(move |event: KeyboardEvent| {
            let arrow = match event.key().as_str() {
                "ArrowUp" => Arrow::Up,
                "ArrowDown" => Arrow::Down,
                "Escape" => return draft.set(None),
                _ => return,
            };
            if let Ok(value) = field.read(text_of(&event).trim()) {
                event.prevent_default();
                take(F::stepped(value, arrow));
            }
        })
    };

    let value = props.value.to_string();
    Shown {
        id: format!("{}{}", props.prefix, field.name()),
        label: field.label(),
        inputmode: props.inputmode,
        placeholder: props.placeholder.clone(),
        text: draft.as_ref().cloned().unwrap_or_else(|| value.clone()),
        value,
        disabled: props.disabled,
        refusal,
        in_force: props.in_force.clone(),
        on_input,
        on_change,
        on_key,
    }
    .view()
}

/// What a [`FieldInput`] comes down to: the same for every kind of field, so that a program has it once.
struct Shown {
    id: String,
    label: &'static str,
    inputmode: &'static str,
    placeholder: Option<AttrValue>,
    /// What stands in the field.
    text: String,
    /// The value in force.
    value: String,
    disabled: bool,
    refusal: Option<Refusal>,
    in_force: Option<AttrValue>,
    on_input: Callback<InputEvent>,
    on_change: Callback<Event>,
    on_key: Callback<KeyboardEvent>,
}

impl Shown {
    fn view(self) -> Html {
        let is_refused = self.refusal.is_some();
        let value = if self.value.is_empty() { "none" } else { &self.value };
        let beside = match (self.refusal, self.in_force) {
            (None, in_force) => in_force.map(|in_force| in_force.to_string()),
            (Some(refusal), None) => Some(format!("{refusal}. In force: {value}.")),
            (Some(refusal), Some(in_force)) => Some(format!("{refusal}. {in_force}")),
        };
        let error_id = format!("{}-error", self.id);
        html! {
            <div class="field">
                <label for={self.id.clone()}>{ self.label }</label>
                <input
                    id={self.id}
                    type="text"
                    inputmode={self.inputmode}
                    autocomplete="off"
                    spellcheck="false"
                    placeholder={self.placeholder}
                    value={self.text}
                    disabled={self.disabled}
                    aria-invalid={is_refused.then_some("true")}
                    aria-describedby={error_id.clone()}
                    oninput={self.on_input}
                    onchange={self.on_change}
                    onkeydown={self.on_key}
                />
                <p id={error_id} class={if is_refused { "field-error" } else { "field-hint" }} aria-live="polite">
                    { beside }
                </p>
            </div>
        }
    }
}

/// What stands in the input that `event` is about.
fn text_of(event: &Event) -> String {
    event.target_unchecked_into::<HtmlInputElement>().value()
}
