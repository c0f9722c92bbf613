//! The download manager's worker: it fetches what the lecture's third exercise lists, and keeps it until it is saved.
//!
//! `download-loader.js` beside the crate starts it. It hears an [`Order`], says [`Report`]s, and carries out what
//! `dartboard_downloads::machine` decides: [`fetch`] fetches, [`store`] keeps. It is the only program that may fetch from
//! other hosts, and does so without credentials and without saying where from.

mod fetch;
mod store;

use std::cell::RefCell;

use dartboard_downloads::error::DownloadError;
use dartboard_downloads::list::{self, Resolved};
use dartboard_downloads::machine::{Command, Downloads, Event, Plan, RowView, State};
use dartboard_downloads::said;
use dartboard_points::build::BUILD_ID;
use dartboard_threads::Clock;
use dartboard_threads::task::{
    Done, DownloadOrder, DownloadReport, DownloadRow, DownloadState, DownloadTask, DownloadTotals, Order,
    Report, Task,
};
use dartboard_worker::clock::SinceOrigin;
use js_sys::Array;
use js_sys::futures::spawn_local;
use store::{Store, Stores};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, DedicatedWorkerGlobalScope, MessageEvent, MessagePort, Url};

/// How often the page is told what has changed, in milliseconds.
const REPORT_MS: f64 = 100.0;

/// What a list may have in memory where the browser has no files of its own, in bytes.
const MOST_KEPT_BYTES: u64 = 512_000_000;

/// Says Ready and listens.
fn main() {
    // As in the other workers: the text goes ahead of the trap, which has none.
    std::panic::set_hook(Box::new(|info| post(&Report::Failed { text: info.to_string() })));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(event.data()));
    SCOPE.with(|scope| scope.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
    post(&Report::Ready { build: BUILD_ID.to_owned() });
}

/// A list, and what becomes of it.
struct Manager {
    /// Which list of this worker it is.
    list: u32,
    downloads: Downloads,
    /// At most as many as are downloaded at a time, and those that end just now.
    flights: Vec<Flight>,
    stores: Stores,
    /// Where each file goes once it is whole.
    port: MessagePort,
    clock: SinceOrigin,
    /// How many files are on their way to the page.
    leaving: u32,
    /// Since when the current work goes on, in milliseconds; none once the page was told that it is over.
    since_ms: Option<u64>,
}

/// Names a fetch: data of an earlier list, or of an earlier attempt, must not reach a later one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FlightId {
    list: u32,
    row: u32,
    attempt: u32,
}

/// A fetch.
struct Flight {
    id: FlightId,
    controller: AbortController,
}

thread_local! {
    static MANAGER: RefCell<Option<Manager>> = const { RefCell::new(None) };
}

/// Works with the list that there is.
fn with<T>(act: impl FnOnce(&mut Manager) -> T) -> Option<T> {
    MANAGER.with_borrow_mut(|manager| manager.as_mut().map(act))
}

fn hear(data: JsValue) {
    let parts: Array = data.unchecked_into();
    match Order::parse(&parts.get(0).as_string().unwrap_or_default()) {
        Ok(Order { task: Task::Download(DownloadTask::Begin(order)), origin_us }) => {
            spawn_local(async move {
                match begin(order, SinceOrigin { origin_us }, &parts).await {
                    Ok(()) => ask(Event::Begin),
                    Err(text) => post(&Report::Failed { text: text.to_owned() }),
                }
            });
        }
        Ok(Order { task: Task::Download(task), .. }) => ask(match task {
            DownloadTask::Cancel { row } => Event::Cancel(row),
            DownloadTask::CancelAll => Event::CancelAll,
            DownloadTask::Retry { row } => Event::Retry(row),
            DownloadTask::RetryFailed => Event::RetryFailed,
            DownloadTask::ClearDone | DownloadTask::Begin(_) => {
                post(&DownloadReport::Cleared.report());
                Event::ClearDone
            }
        }),
        Ok(_) => post(&Report::Failed { text: "the order is none for this worker".to_owned() }),
        Err(error) => post(&Report::Failed { text: error.to_string() }),
    }
}

/// Reads the list that came behind the order.
async fn begin(order: DownloadOrder, clock: SinceOrigin, parts: &Array) -> Result<(), &'static str> {
    let [text, base, folder] = [1, 2, 3].map(|place| parts.get(place).as_string().unwrap_or_default());
    let port: MessagePort = parts.get(4).dyn_into().map_err(|_| "the order came without a port")?;
    let addresses = list::read(&text, |address| resolved(address, &base));
    for note in &addresses.notes {
        post(&DownloadReport::Note { text: note.to_string() }.report());
    }
    let list = with(|before| before.list + 1).unwrap_or_default();
    let stores = Stores::new(folder, list).await;
    let plan = Plan {
        limit: order.limit,
        host_pause_ms: order.host_pause_ms.into(),
        retries: order.retries,
        backoff_ms: order.backoff_ms.into(),
        stall_ms: order.stall_ms.into(),
        memory_limit: (!stores.has_disk()).then_some(MOST_KEPT_BYTES),
    };
    let downloads = Downloads::new(plan, clock.now_us() ^ clock.origin_us, addresses);
    let manager =
        Manager { list, downloads, flights: Vec::new(), stores, port, clock, leaving: 0, since_ms: None };
    if let Some(before) = MANAGER.replace(Some(manager)) {
        before.flights.iter().for_each(|flight| flight.controller.abort());
        before.stores.discard_all();
    }
    Ok(())
}

/// What the browser makes of an address.
fn resolved(address: &str, base: &str) -> Option<Resolved> {
    let url = Url::new_with_base(address, base).ok()?;
    // Nothing is fetched by it.
    url.set_hash("");
    Some(Resolved {
        scheme: url.protocol().trim_end_matches(':').to_owned(),
        host: url.host(),
        has_credentials: !url.username().is_empty() || !url.password().is_empty(),
        path: url.pathname(),
        href: url.href(),
    })
}

/// Tells the machine, and does what follows.
#[inline(never)]
fn tell(event: Event) {
    let commands = with(|manager| {
        let now_ms = manager.now_ms();
        manager.downloads.handle(now_ms, event)
    });
    for command in commands.into_iter().flatten() {
        carry_out(command);
    }
}

/// Tells the machine what the user wants. The page waits for an end, also where there is nothing to do.
fn ask(event: Event) {
    tell(event);
    let is_new = with(|manager| {
        let now_ms = manager.now_ms();
        manager.since_ms.replace(manager.since_ms.unwrap_or(now_ms)).is_none()
    });
    if is_new == Some(true) {
        go_on();
    }
}

#[inline(never)]
fn carry_out(command: Command) {
    match command {
        Command::Fetch { row, attempt, href, from_bytes } => {
            // Every browser that Dartboard supports has it.
            let Ok(controller) = AbortController::new() else { return };
            let signal = controller.signal();
            let id = with(|manager| {
                let id = manager.id(row, attempt);
                manager.flights.push(Flight { id, controller });
                id
            });
            if let Some(id) = id {
                spawn_local(fetch::fetch(id, href, from_bytes, signal));
            }
        }
        Command::Abort { row, attempt } => {
            if let Some(flight) = with(|manager| manager.take_flight(manager.id(row, attempt))).flatten() {
                flight.controller.abort();
            }
        }
        Command::StartOver { row } => {
            with(|manager| manager.stores.start_over(row));
        }
        Command::Discard { row } => {
            with(|manager| manager.stores.discard(row));
        }
        Command::Keep { row, .. } => {
            let kept = with(|manager| {
                manager.leaving += 1;
                (manager.stores.keep(row), manager.port.clone())
            });
            if let Some((store, port)) = kept {
                spawn_local(hand_over(row, store, port));
            }
        }
    }
}

/// Gives the page a file that is whole.
async fn hand_over(row: u32, store: Option<Store>, port: MessagePort) {
    if let Ok(blob) = store::whole(store).await {
        // The port may be closed: then nobody wants it.
        let _ = port.post_message(&Array::of2(&row.into(), &blob));
    }
    with(|manager| manager.leaving = manager.leaving.saturating_sub(1));
}

/// Says what has changed, again and again until all is over.
#[inline(never)]
fn go_on() {
    let commands = with(|manager| {
        let now_ms = manager.now_ms();
        manager.downloads.handle(now_ms, Event::Tick)
    });
    for command in commands.into_iter().flatten() {
        carry_out(command);
    }
    let is_over = with(|manager| {
        manager.report();
        let is_over = manager.downloads.is_over() && manager.leaving == 0;
        if is_over {
            manager.since_ms = None;
        }
        is_over
    });
    match is_over {
        Some(true) => post(&Report::Done(Done::default())),
        Some(false) => set_timeout(&Closure::once_into_js(go_on), REPORT_MS),
        None => {}
    }
}

impl Manager {
    fn now_ms(&self) -> u64 {
        self.clock.now_us() / 1_000
    }

    fn id(&self, row: u32, attempt: u32) -> FlightId {
        FlightId { list: self.list, row, attempt }
    }

    /// Whether this is fetched, and is still wanted.
    fn is_flight(&self, id: FlightId) -> bool {
        self.flights.iter().any(|flight| flight.id == id)
    }

    /// This is fetched no longer.
    fn take_flight(&mut self, id: FlightId) -> Option<Flight> {
        let place = self.flights.iter().position(|flight| flight.id == id)?;
        Some(self.flights.swap_remove(place))
    }

    #[inline(never)]
    fn report(&mut self) {
        let now_ms = self.now_ms();
        for id in self.downloads.take_changed() {
            if let Some(row) = self.downloads.row(now_ms, id) {
                post(&DownloadReport::Row(told(&row, now_ms)).report());
            }
        }
        let totals = self.downloads.totals(now_ms);
        let so_far_ms = now_ms.saturating_sub(self.since_ms.unwrap_or(now_ms));
        let totals = DownloadTotals {
            got_bytes: totals.got_bytes,
            of_bytes: totals.of_bytes,
            bytes_a_second: totals.rate_bytes_s,
            left_ms: totals.left_ms,
            in_flight: totals.in_flight.into(),
            most_in_flight: totals.most_in_flight.into(),
            took_ms: totals.took_ms.unwrap_or(so_far_ms),
        };
        post(&DownloadReport::Totals(totals).report());
    }
}

/// What the page is told of a row.
fn told(row: &RowView, now_ms: u64) -> DownloadRow {
    DownloadRow {
        row: row.id,
        state: match &row.state {
            State::Waiting(_) => DownloadState::Waiting,
            State::Downloading { .. } => DownloadState::Downloading,
            State::Done => DownloadState::Done,
            State::Failed(DownloadError::Cancelled) => DownloadState::Cancelled,
            State::Failed(_) => DownloadState::Error,
        },
        got_bytes: row.got_bytes,
        of_bytes: row.of_bytes,
        bytes_a_second: row.rate_bytes_s,
        left_ms: row.left_ms,
        took_ms: row.took_ms,
        address: row.address.to_owned(),
        name: row.name.unwrap_or_default().to_owned(),
        reason: said::reason(&row.state, row.started_over, now_ms),
        advice: said::advice(&row.state).to_owned(),
    }
}

#[inline(never)]
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
