//! What the page does itself for a lesson: it hands errands to `worker/process.js`, which is loaded when it is wanted, and
//! passes on the answers.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use yew::Callback;

use crate::browser::scripts;
use crate::driver::{Program, script_url};
use dartboard_core::lecture::errand::{Answer, Errand};
use dartboard_core::lecture::stage::Event;
use dartboard_points::build::BUILD_ID;
use dartboard_threads::task::Report;

/// The function by which the script shows that it is there.
const NAME: &str = "dartboard_errand";

/// What carries out errands. Dropping it ends all that they have started.
pub(super) struct Errands {
    tell: Closure<dyn Fn(String)>,
    _is_wanted: Rc<()>,
}

impl Errands {
    /// Loads the script. Once that is there it is heard as the first thread, as the answers to errands are later.
    pub(super) fn load(on_event: &Callback<Event>) -> Self {
        let tell = {
            let on_event = on_event.clone();
            Closure::new(move |answer: String| on_event.emit(Event::Told(Answer::read(&answer))))
        };
        let is_wanted = Rc::new(());
        let (waits, on_event) = (Rc::downgrade(&is_wanted), on_event.clone());
        let address = script_url(Program::Errands).unwrap_or_default();
        let failed = format!("{address} could not be loaded");
        let begin = move || {
            // Whoever has left meanwhile waits for nothing more.
            if waits.strong_count() > 0 {
                let report = Report::Ready { build: BUILD_ID.to_owned() };
                on_event.emit(if scripts::has(NAME) {
                    Event::Heard { thread: 0, report, words: Vec::new() }
                } else {
                    Event::Told(Answer::Failed { text: failed })
                });
            }
        };
        if scripts::has(NAME) {
            begin();
        } else {
            scripts::run(&address, Closure::once_into_js(begin).unchecked_ref());
        }
        Self { tell, _is_wanted: is_wanted }
    }

    /// Carries out an errand. It is asked for none before the script is there.
    pub(super) fn carry_out(&self, errand: Errand) {
        dartboard_errand(&errand.encode(), self.tell.as_ref().unchecked_ref());
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        if scripts::has(NAME) {
            dartboard_errands_end();
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// Carries out an errand, and has the answers told.
    fn dartboard_errand(errand: &str, tell: &Function);

    /// Ends what errands have started; nothing more is told.
    fn dartboard_errands_end();
}
