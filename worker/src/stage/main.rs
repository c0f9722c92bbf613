//! A stage of the pipeline: a Web Worker that reads lines, makes them upper case, or writes them.
//!
//! `stage-loader.js` beside the crate starts it. It hears an [`Order`], says [`Report`]s, and lends
//! `dartboard_threads::stage` its queues ([`queues`]), its text ([`texts`]) and a clock.

mod hash;
mod queues;
mod texts;

use std::cell::RefCell;

use dartboard_points::build::BUILD_ID;
use dartboard_threads::Clock;
use dartboard_threads::stage::{Next, Stage};
use dartboard_threads::task::{Done, Order, Report, Role, StageOrder, StageReport, Task};
use dartboard_worker::clock::SinceOrigin;
use hash::Hash;
use js_sys::Array;
use js_sys::futures::spawn_local;
use queues::Queue;
use texts::{Output, Source, StageText};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

/// How long a stage works before it looks for messages, in microseconds.
const SLICE_US: u64 = 50_000;

/// Says Ready and listens.
fn main() {
    // As in the other workers: the text goes ahead of the trap, which has none.
    std::panic::set_hook(Box::new(|info| post(&Report::Failed { text: info.to_string() })));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(event.data()));
    SCOPE.with(|scope| scope.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
    post(&Report::Ready { build: BUILD_ID.to_owned() });
}

/// The stage at work, and what else there is to do.
struct Work {
    stage: Stage<Queue, StageText>,
    clock: SinceOrigin,
    /// It goes on by itself: it was put off, or it rests.
    is_due: bool,
    /// The stage is over: what was written is read back.
    hash: Option<Hash>,
}

thread_local! {
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
    /// The port through which a worker calls itself, after the messages that have come.
    static LATER: Option<MessagePort> = later_port();
}

fn hear(data: JsValue) {
    let parts: Array = data.unchecked_into();
    match Order::parse(&parts.get(0).as_string().unwrap_or_default()) {
        Ok(Order { task: Task::Stage(order), origin_us }) => {
            spawn_local(async move {
                match begin(order, SinceOrigin { origin_us }, &parts).await {
                    Ok(work) => {
                        WORK.set(Some(work));
                        go_on();
                    }
                    Err(text) => post(&Report::Failed { text }),
                }
            });
        }
        Ok(Order { task: Task::Control(control), .. }) => {
            WORK.with_borrow_mut(|work| work.iter_mut().for_each(|work| work.stage.control(control)));
            told();
        }
        Ok(_) => post(&Report::Failed { text: "this program knows only stages".to_owned() }),
        Err(error) => post(&Report::Failed { text: error.to_string() }),
    }
}

/// A stage as it was ordered, with what came behind the order.
async fn begin(order: StageOrder, clock: SinceOrigin, parts: &Array) -> Result<Work, String> {
    let [before, after] = Queue::of(order, parts)?;
    let missing = || "the order came without a queue".to_owned();
    let stage = match order.role {
        Role::Read => {
            let source = Source::of(order.generated_bytes, &parts.get(3))?;
            Stage::reader(StageText::From(source), order.lines, after.ok_or_else(missing)?)
        }
        Role::Upper => Stage::upper(before.ok_or_else(missing)?, after.ok_or_else(missing)?, StageText::None),
        Role::Write => {
            let output = Output::open(&parts.get(4)).await?;
            Stage::writer(before.ok_or_else(missing)?, StageText::Into(output))
        }
    };
    Ok(Work { stage, clock, is_due: false, hash: None })
}

/// Something new has come: the stage may go on.
fn told() {
    let is_due = WORK.with_borrow(|work| work.as_ref().is_none_or(|work| work.is_due));
    if !is_due {
        go_on();
    }
}

/// Lets the stage work for a while, and says what came of it.
fn go_on() {
    let mut work = WORK.take();
    let Some(now) = &mut work else { return };
    let next = match &mut now.hash {
        Some(hash) => match hash.go_on(now.stage.text(), &now.clock, now.clock.now_us() + SLICE_US) {
            None => Next::GoOn,
            Some(report) => {
                post(&report);
                return post(&Report::Done(Done::default()));
            }
        },
        None => match now.stage.run(&now.clock, now.clock.now_us() + SLICE_US) {
            Next::Over => over(now),
            next => {
                let report = now.stage.report(now.clock.now_us(), false);
                if let Some(progress) = report {
                    post(&StageReport::Progress(progress).report());
                }
                next
            }
        },
    };
    now.is_due = matches!(next, Next::GoOn | Next::After(_));
    if next == Next::Over {
        return;
    }
    WORK.set(work);
    match next {
        Next::GoOn => later(),
        Next::After(us) => set_timeout(&Closure::once_into_js(go_on), f64::from(us) / 1_000.0),
        Next::WhenTold | Next::Over => {}
    }
}

/// The stage is over: says so. The writer then reads what it has written.
fn over(work: &mut Work) -> Next {
    let trouble = work.stage.trouble().or_else(|| work.stage.text().finish().err());
    // The last text is written: the clock stops.
    let progress = work.stage.report(work.clock.now_us(), true);
    if let Some(text) = trouble {
        post(&StageReport::Trouble { text }.report());
    }
    if let Some(progress) = progress {
        post(&StageReport::Progress(progress).report());
    }
    if matches!(work.stage.text(), StageText::Into(_)) {
        work.hash = Some(Hash::default());
        return Next::GoOn;
    }
    post(&Report::Done(Done::default()));
    Next::Over
}

fn later_port() -> Option<MessagePort> {
    let channel = MessageChannel::new().ok()?;
    let on_message = Closure::<dyn Fn()>::new(go_on);
    channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    Some(channel.port2())
}

/// Goes on after the messages that have come.
fn later() {
    let posted =
        LATER.with(|port| port.as_ref().is_some_and(|port| port.post_message(&JsValue::NULL).is_ok()));
    if !posted {
        set_timeout(&Closure::once_into_js(go_on), 0.0);
    }
}

fn post(report: &Report) {
    // Posting a string fails only once the worker is being ended: then nobody listens.
    let _ = SCOPE.with(|scope| scope.post_message(&JsValue::from_str(&report.encode())));
}

// As in the other workers.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// The worker's global object.
    #[wasm_bindgen(thread_local_v2, js_name = self)]
    static SCOPE: DedicatedWorkerGlobalScope;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &JsValue, after_ms: f64);
}
