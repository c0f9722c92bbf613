//! The app's pages: each shows a snapshot and emits events.

mod estimate;
mod resume_offer;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::utils::window;
use yew::prelude::*;

use crate::config::{BatchPoints, BatchSize, Chaos, Config, WorkerCount};
use crate::coordinator::snapshot::Snapshot;
use crate::coordinator::{Coordinator, Event};
use crate::driver::{self, Driver, StorageNews};
use crate::format::Grouped;
use crate::run_link::{self, RunLink};
use dartboard_worker::build::BUILD_ID;
use dartboard_worker::tally::Seed;
use estimate::EstimatePage;
use resume_offer::{Answer, Offers};

/// The batch size of a run whose address names none: 1,000,000 points.
const DEFAULT_BATCH_BLOCKS: u64 = 10;

/// The whole app: it holds the driver, keeps the address true and hands snapshots to the page shown.
pub struct App {
    driver: Driver,
    snapshot: Option<Rc<Snapshot>>,
    /// What could not be followed in the address.
    address_errors: Vec<String>,
    /// What else the user must know.
    notices: Vec<String>,
    /// What the address was last made to say; none while it still says what the user wrote.
    written: Option<Config>,
    /// A run that the address asks for while another has points to lose.
    other_run: Option<RunLink>,
    /// The saved runs that the user may resume.
    offers: Offers,
    _on_hash_change: EventListener,
}

/// What changes the app.
pub enum AppMessage {
    /// The run has changed.
    Snapshot(Rc<Snapshot>),
    /// A page wants something of the coordinator.
    Event(Event),
    /// The user has changed the address.
    AddressChanged,
    /// The user's answer to whether [`App::other_run`] may take the place of the one here.
    OpenOtherRun(bool),
    /// Something about saved runs.
    Storage(StorageNews),
    /// The user's answer to the offer of a saved run.
    Answer(Answer),
}

impl Component for App {
    type Message = AppMessage;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let (link, errors) = run_link::parse(&driver::address());
        let address_errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let mut notices = Vec::new();
        let random_seed = driver::random_seed().unwrap_or_else(|error| {
            notices.push(format!("The browser gave no random seed ({error})."));
            Seed(0)
        });
        let config = link.applied_to(Config {
            seed: random_seed,
            workers: WorkerCount::nearest(driver::reported_cores()),
            batch: BatchSize::Fixed(BatchPoints::nearest(DEFAULT_BATCH_BLOCKS)),
            target: None,
            chaos: Chaos::NONE,
        });
        let coordinator = Coordinator::new(config, BUILD_ID.to_owned());
        let (on_snapshot, on_storage) =
            (context.link().callback(AppMessage::Snapshot), context.link().callback(AppMessage::Storage));
        let driver = Driver::new(coordinator, on_snapshot, on_storage);
        let changed = context.link().callback(|()| AppMessage::AddressChanged);
        let on_hash_change = EventListener::new(&window(), "hashchange", move |_| changed.emit(()));
        Self {
            driver,
            snapshot: None,
            // An address that could not be followed stays as it is until the run's configuration changes.
            written: (!address_errors.is_empty()).then_some(config),
            address_errors,
            notices,
            other_run: None,
            // With a saved run at hand the start waits for what the user says to that.
            offers: Offers::awaited(link.start),
            _on_hash_change: on_hash_change,
        }
    }

    fn update(&mut self, _context: &Context<Self>, message: AppMessage) -> bool {
        match message {
            AppMessage::Snapshot(snapshot) => {
                self.write_address(&snapshot.config);
                self.offers.follow(&snapshot.status);
                self.snapshot = Some(snapshot);
                true
            }
            // What it changes is shown with the next snapshot.
            AppMessage::Event(event) => {
                self.driver.send(event);
                false
            }
            AppMessage::AddressChanged => {
                self.follow_address();
                true
            }
            AppMessage::OpenOtherRun(open) => {
                let link = self.other_run.take().filter(|_| open);
                // Whichever run is here now is what the address should say.
                self.written = None;
                if let (Some(link), Some(snapshot)) = (link, &self.snapshot) {
                    self.open(&link, snapshot.config);
                } else if let Some(snapshot) = &self.snapshot {
                    self.write_address(&snapshot.config.clone());
                }
                true
            }
            AppMessage::Storage(news) => {
                if self.offers.hear(news) {
                    self.driver.send(Event::Start);
                }
                true
            }
            AppMessage::Answer(answer) => {
                if self.offers.answer(answer, &self.driver) {
                    self.driver.send(Event::Start);
                }
                true
            }
        }
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let on_event = context.link().callback(AppMessage::Event);
        html! {
            <>
                <div id="address-error" role="alert">
                    if !self.address_errors.is_empty() {
                        <div class="notice">
                            <p>{ "This link could not be followed in full, so nothing was started:" }</p>
                            <ul>{ for self.address_errors.iter().map(|error| html! { <li>{ error }</li> }) }</ul>
                        </div>
                    }
                </div>
                { for self.notices.iter().map(|notice| html! { <p class="notice" role="alert">{ notice }</p> }) }
                { self.view_other_run(context) }
                { self.offers.view(context.link().callback(AppMessage::Answer)) }
                if let Some(snapshot) = &self.snapshot {
                    <EstimatePage snapshot={snapshot.clone()} {on_event} />
                }
            </>
        }
    }
}

impl App {
    /// Makes the address say `config`, unless it says what the user wrote and nothing has changed since.
    fn write_address(&mut self, config: &Config) {
        if self.written.as_ref() == Some(config) || self.other_run.is_some() {
            return;
        }
        // A browser may refuse very frequent changes; the next snapshot tries again.
        if driver::write_address(&run_link::write(config)).is_ok() {
            self.written = Some(*config);
            self.address_errors.clear();
        }
    }

    /// Does what the address, changed by the user, asks for, as far as it harms nothing that is running.
    fn follow_address(&mut self) {
        let (link, errors) = run_link::parse(&driver::address());
        self.address_errors = errors.iter().map(ToString::to_string).collect();
        self.other_run = None;
        let Some(snapshot) = &self.snapshot else { return };
        if !errors.is_empty() {
            return;
        }
        if link.applied_to(snapshot.config).seed != snapshot.config.seed && snapshot.tally.points > 0 {
            self.other_run = Some(link);
        } else {
            self.open(&link, snapshot.config);
            self.written = None;
        }
    }

    /// Brings `link` into force where it differs from `config`. A link without target or chaos means none.
    fn open(&self, link: &RunLink, config: Config) {
        let wanted = link.applied_to(Config { target: None, chaos: Chaos::NONE, ..config });
        if wanted.seed == config.seed {
            self.driver.send(Event::SetWorkers(wanted.workers));
            self.driver.send(Event::SetBatch(wanted.batch));
            self.driver.send(Event::SetTarget(wanted.target));
            self.driver.send(Event::SetChaos(wanted.chaos));
        } else {
            self.driver.send(Event::Reset(wanted));
        }
        if link.start {
            self.driver.send(Event::Start);
        }
    }

    fn view_other_run(&self, context: &Context<Self>) -> Html {
        let (Some(link), Some(snapshot)) = (&self.other_run, &self.snapshot) else { return html! {} };
        let seed = link.applied_to(snapshot.config).seed;
        html! {
            <div class="notice" role="alertdialog" aria-label="Another run">
                <p>{ format!(
                    "The address names another run, seed {seed}. Opening it drops the {} points counted here.",
                    Grouped(snapshot.tally.points),
                ) }</p>
                <button onclick={context.link().callback(|_| AppMessage::OpenOtherRun(true))}>{ "Open it" }</button>
                <button onclick={context.link().callback(|_| AppMessage::OpenOtherRun(false))}>{ "Stay here" }</button>
            </div>
        }
    }
}
