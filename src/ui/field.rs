//! A labelled input whose text is read by a pure function, with its refusal shown beside it.

use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::browser::keyboard::is_composed;
use dartboard_core::field::{Arrow, Refusal, TextField, Typed};

/// What an input for a field shows and does.
pub struct FieldLook<F: TextField> {
    /// What it is for.
    pub field: F,
    /// Stands before the field's name in the input's id; `{id}-error` is that of the message beside it.
    pub prefix: &'static str,
    /// The value in force.
    pub value: F::Value,
    /// What is in force, in a sentence, where the value in the field does not say it.
    pub in_force: Option<String>,
    /// What stands in the field as long as nothing does.
    pub placeholder: Option<&'static str>,
    /// Whether it cannot be changed for the time being.
    pub disabled: bool,
    /// Told of each value that is taken.
    pub on_take: Callback<F::Value>,
    /// Told whether a refused text stands in the field, whenever that changes.
    pub on_refused: Callback<bool>,
}

impl<F: TextField> FieldLook<F> {
    /// An input for `field`, in which `value` is in force.
    pub fn new(field: F, value: F::Value, on_take: Callback<F::Value>) -> Self {
        Self {
            field,
            prefix: "",
            value,
            in_force: None,
            placeholder: None,
            disabled: false,
            on_take,
            on_refused: Callback::noop(),
        }
    }

    /// A labelled input. What is typed is taken on Enter or when the field is left; a refused text stays, with the reason
    /// beside it once it was left or has stood for [`PAUSE_MS`], and the value in force stays too. Escape goes back to it; arrow keys step from
    /// value to value.
    pub fn view(self) -> Html {
        let (field, on_take) = (self.field, self.on_take);
        // What is done is the same for every kind of field, so that a program has it once.
        let attempt = Callback::from(move |(text, attempt): (String, Attempt)| {
            let value = field.read(&text)?;
            match attempt {
                Attempt::Check => {}
                Attempt::Take => on_take.emit(value),
                Attempt::Step(arrow) => on_take.emit(field.stepped(value, arrow)),
            }
            Ok(())
        });
        let id = format!("{}{}", self.prefix, field.name());
        html! {
            // What is typed in one field is not for another in its place.
            <FieldInput
                key={&*id}
                id={id.clone()}
                label={field.label()}
                value={self.value.to_string()}
                in_force={self.in_force}
                typed={Typed::of(field)}
                placeholder={self.placeholder}
                disabled={self.disabled}
                {attempt}
                on_refused={self.on_refused}
            />
        }
    }
}

/// What is done with a text that stands in a field.
#[derive(Clone, Copy)]
enum Attempt {
    /// It is only looked at.
    Check,
    /// Its value is taken.
    Take,
    /// The value next to its own is taken.
    Step(Arrow),
}

/// How long a refused text stands before the reason is told, in milliseconds: it may not be finished.
const PAUSE_MS: u32 = 1_000;

/// A text that is not in force.
#[derive(Clone, PartialEq)]
struct Draft {
    text: String,
    /// Whether it was left, or has stood for a while.
    stands: bool,
}

#[derive(Properties, PartialEq)]
struct FieldInputProps {
    id: String,
    label: &'static str,
    /// The value in force.
    value: String,
    in_force: Option<String>,
    typed: Typed,
    placeholder: Option<&'static str>,
    disabled: bool,
    attempt: Callback<(String, Attempt), Result<(), Refusal>>,
    on_refused: Callback<bool>,
}

/// See [`FieldLook::view`].
#[component]
fn FieldInput(props: &FieldInputProps) -> Html {
    let draft = use_state(|| None::<Draft>);
    let attempt = {
        let (typed, attempt) = (props.typed, props.attempt.clone());
        Callback::from(move |(text, what): (String, Attempt)| {
            typed.read(&text, |strict| attempt.emit((strict, what)))
        })
    };
    let refusal = draft.as_ref().and_then(|draft| attempt.emit((draft.text.clone(), Attempt::Check)).err());
    let is_refused = refusal.is_some();
    let told = refusal.filter(|_| draft.as_ref().is_some_and(|draft| draft.stands));
    use_effect_with(((*draft).clone(), is_refused), {
        let (setter, on_refused) = (draft.setter(), props.on_refused.clone());
        move |(draft, is_refused)| {
            on_refused.emit(*is_refused);
            let pause = draft.clone().filter(|draft| !draft.stands).map(|draft| {
                Timeout::new(PAUSE_MS, move || setter.set(Some(Draft { stands: true, ..draft })))
            });
            // Dropping it cancels it.
            move || drop(pause)
        }
    });

    let on_input = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            draft.set(Some(Draft { text: text_of(&event), stands: false }));
        })
    };
    let on_change = {
        let (draft, attempt) = (draft.clone(), attempt.clone());
        Callback::from(move |event: Event| {
            let text = text_of(&event);
            let taken = attempt.emit((text.clone(), Attempt::Take));
            draft.set(taken.is_err().then_some(Draft { text, stands: true }));
        })
    };
    let on_key = {
        let draft = draft.clone();
        Callback::from(move |event: KeyboardEvent| {
            let with_modifier = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
            if with_modifier || is_composed(&event) {
                // Keys that select, move or choose what is written.
                return;
            }
            let arrow = match event.key().as_str() {
                "ArrowUp" => Arrow::Up,
                "ArrowDown" => Arrow::Down,
                "Escape" => return draft.set(None),
                _ => return,
            };
            if attempt.emit((text_of(&event), Attempt::Step(arrow))).is_ok() {
                event.prevent_default();
                draft.set(None);
            }
        })
    };

    let value = if props.value.is_empty() { "none" } else { &props.value };
    let is_told = told.is_some();
    let beside = match (told, &props.in_force) {
        (None, in_force) => in_force.clone(),
        (Some(refusal), None) => Some(format!("{refusal}. Still {value}.")),
        (Some(refusal), Some(in_force)) => Some(format!("{refusal}. {in_force}")),
    };
    let text = draft.as_ref().map_or(&props.value, |draft| &draft.text).clone();
    let error_id = format!("{}-error", props.id);
    html! {
        <div class="field">
            <label for={props.id.clone()}>{ props.label }</label>
            <input
                id={props.id.clone()}
                type="text"
                inputmode={props.typed.writing().input_mode()}
                autocomplete="off"
                spellcheck="false"
                placeholder={props.placeholder}
                value={text}
                disabled={props.disabled}
                aria-invalid={is_told.then_some("true")}
                aria-describedby={error_id.clone()}
                oninput={on_input}
                onchange={on_change}
                onkeydown={on_key}
            />
            <p id={error_id} ~className={if is_told { "field-error" } else { "field-hint" }} aria-live="polite">
                { beside }
            </p>
        </div>
    }
}

/// What stands in the input that `event` is about.
fn text_of(event: &Event) -> String {
    event.target_unchecked_into::<HtmlInputElement>().value()
}
