//! A thread of a lesson or of the benchmark: a Web Worker that shares memory with others, or talks to the page.
//!
//! `thread-loader.js` beside the crate starts it. It hears an [`Order`], says [`Report`]s, and lends
//! `dartboard_threads` memory and a clock; what becomes of it is the page's business.

use std::cell::RefCell;

use dartboard_points::build::BUILD_ID;
use dartboard_threads::conversation::{Conversation, Step};
use dartboard_threads::task::{Done, Order, Report, Task};
use dartboard_threads::thread::{Unfinished, perform};
use dartboard_worker::clock::SinceOrigin;
use dartboard_worker::error_text;
use dartboard_worker::shared::SharedWords;
use js_sys::{Array, Function, SharedArrayBuffer};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

/// Says Ready and listens.
fn main() {
    // As in the other worker: the text goes ahead of the trap, which has none.
    std::panic::set_hook(Box::new(|info| post(&Report::Failed { text: info.to_string() })));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(event.data()));
    SCOPE.with(|scope| scope.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
    post(&Report::Ready { build: BUILD_ID.to_owned() });
}

thread_local! {
    /// The task that goes by messages, if there is one.
    static CONVERSATION: RefCell<Option<Conversation<SharedWords, SinceOrigin>>> = const { RefCell::new(None) };
    /// Where what it says is heard also after it was ended, if the page has sent one.
    static PORT: RefCell<Option<MessagePort>> = const { RefCell::new(None) };
}

fn hear(data: JsValue) {
    let parts: Array = data.unchecked_into();
    let order = match Order::parse(&parts.get(0).as_string().unwrap_or_default()) {
        Ok(order) => order,
        Err(error) => return post(&Report::Failed { text: error.to_string() }),
    };
    if order.task == Task::TouchPage {
        let text = touch_page().err().map_or_else(String::new, |error| error_text(&error));
        post(&Report::Touched { text });
        return post(&Report::Done(Done::default()));
    }
    let clock = SinceOrigin { origin_us: order.origin_us };
    if let Some((conversation, step)) = Conversation::begin(order.task, clock) {
        CONVERSATION.set(Some(conversation));
        PORT.set(parts.get(1).dyn_into().ok());
        return take(step);
    }
    let answered = CONVERSATION.with_borrow_mut(|conversation| {
        conversation.as_mut().and_then(|conversation| match conversation.hear(order.task) {
            // Not an answer, so an order.
            Err(Unfinished::NotAsked) => None,
            heard => Some(heard),
        })
    });
    let step = answered.unwrap_or_else(|| {
        let memory = parts.get(1).dyn_into::<SharedArrayBuffer>().ok();
        let memory = memory.map(|buffer| SharedWords::of(&buffer));
        perform(order.task, memory.as_ref(), clock, count_by_math_random)
            .map(|done| Step::Say(vec![Report::Done(done)]))
    });
    match step {
        Ok(step) => take(step),
        Err(Unfinished::Dies) => panic!("{}", Unfinished::Dies),
        Err(error) => post(&Report::Failed { text: error.to_string() }),
    }
}

fn take(mut step: Step) {
    loop {
        step = match step {
            Step::Say(reports) => return reports.iter().for_each(post),
            Step::SayAndWork(report, us) => {
                post(&report);
                Step::Work(us)
            }
            Step::SayAndStay(report, us) => {
                post(&report);
                let next = CONVERSATION.with_borrow_mut(|it| it.as_mut().map(|it| it.stay(us)));
                // There is one: it has just said something.
                next.unwrap_or(Step::Say(Vec::new()))
            }
            Step::Work(us) => {
                let go_on = Closure::once_into_js(|| {
                    let step = CONVERSATION.with_borrow_mut(|it| it.as_mut().map(Conversation::go_on));
                    step.into_iter().for_each(take);
                });
                return set_timeout(go_on.unchecked_ref(), f64::from(us) / 1_000.0);
            }
        };
    }
}

fn post(report: &Report) {
    let message = JsValue::from_str(&report.encode());
    // Posting a string fails only once the worker is being ended: then nobody listens.
    let _ = PORT.with_borrow(|port| match port {
        Some(port) => port.post_message(&message),
        None => SCOPE.with(|scope| scope.post_message(&message)),
    });
}

// As in the other worker.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// The worker's global object.
    #[wasm_bindgen(thread_local_v2, js_name = self)]
    static SCOPE: DedicatedWorkerGlobalScope;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, after_ms: f64);

    /// Asks for the page's document, as thread-loader.js says.
    #[wasm_bindgen(catch)]
    fn touch_page() -> Result<(), JsValue>;

    /// Throws `points` points by `Math.random()`, as worker-loader.js says; how many are inside.
    fn count_by_math_random(points: u32) -> u32;
}
