//! A question over the page that must be answered first.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::button::{view_button, view_button_of};

/// What [`Dialog`] shows and to whom it speaks.
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// The heading: its accessible name.
    pub heading: AttrValue,
    /// Told when it is closed without an answer, by Escape.
    pub on_close: Callback<()>,
    /// The text and the buttons.
    pub children: Html,
}

/// A dialog over the page, open as long as it is part of it.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                // It fails only for a dialog that is open already.
                let _ = dialog.show_modal();
            }
        });
    }
    let on_close = {
        let on_close = props.on_close.clone();
        Callback::from(move |_: Event| on_close.emit(()))
    };
    html! {
        <dialog ref={node} aria-labelledby="dialog-heading" onclose={on_close}>
            <h2 id="dialog-heading">{ &props.heading }</h2>
            { props.children.clone() }
        </dialog>
    }
}

/// A question that may lose something. The safe answer comes first: it has the focus, and Escape means it too.
/// `on_answer` is told whether the other one was given.
pub fn view_question(
    heading: &'static str,
    text: String,
    [safe, other]: [&'static str; 2],
    on_answer: &Callback<bool>,
) -> Html {
    html! {
        <Dialog {heading} on_close={on_answer.reform(|()| false)}>
            <p>{ text }</p>
            <div class="run-buttons">
                { view_button_of(Some("start"), safe, false, on_answer.reform(|_| false)) }
                { view_button(other, on_answer.reform(|_| true)) }
            </div>
        </Dialog>
    }
}
