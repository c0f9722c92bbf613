//! The page of a run: it shows a snapshot and emits events.

mod convergence;
mod dartboard;
mod event_log;
mod number;
mod page;
mod recount;
mod resume_offer;
mod save_and_load;
mod settings;
mod timeline;
mod workers;

use std::rc::Rc;
use std::time::Duration;

use gloo::events::EventListener;
use gloo::utils::window;
use yew::prelude::*;

use crate::browser::theme::Theme;
use crate::browser::{address as browser_address, clipboard, keyboard, machine};
use crate::driver::{Driver, StorageNews};
use crate::lecture::{ExperimentPanel, FollowBatch, view_experiments};
use crate::ui::{Dialog, view_header, view_theme_switch};
use dartboard_core::address::{self, Address, Page};
use dartboard_core::coordinator::snapshot::{Snapshot, Status};
use dartboard_core::coordinator::{Coordinator, Event};
use dartboard_core::lecture::Experiment;
use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::run::config::{BatchSize, Chaos, Config, Setting, Target, WorkerCount};
use dartboard_core::text::Grouped;
use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::Seed;
use page::EstimatePage;
use resume_offer::{Answer, Offers};

/// A run that may be dropped without asking has run for less than this.
const LITTLE_TO_LOSE: Duration = Duration::from_secs(5);

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something of the run as it is.
    Event(Event),
    /// A value of the configuration.
    Set(Setting),
    /// The same run from its beginning.
    Reset,
    /// A run with another random seed.
    NewSeed,
    /// A link to this run.
    CopyLink,
    /// A run from a file in place of this one.
    Load(Checkpoint),
    /// No experiment any more; the run stays.
    CloseExperiment,
}

/// A run that is to take the place of the one here.
#[derive(Clone, Debug, PartialEq)]
pub enum Replacement {
    /// One that has counted nothing yet.
    New {
        /// What it is.
        config: Config,
        /// Whether to start it at once.
        start: bool,
    },
    /// One that was counted elsewhere or before.
    Loaded(Checkpoint),
}

impl Replacement {
    fn config(&self) -> Config {
        match self {
            Self::New { config, .. } => *config,
            Self::Loaded(checkpoint) => checkpoint.config(),
        }
    }
}

/// The whole app: it holds the driver, keeps the address true and hands snapshots to the page shown.
pub struct App {
    driver: Driver,
    snapshot: Option<Rc<Snapshot>>,
    /// What could not be followed in the address.
    address_errors: Vec<String>,
    /// What else the user must know.
    notices: Vec<String>,
    /// What the address was last made to say; none when it must be written anew.
    written: Option<Config>,
    /// The experiment that the address names.
    experiment: Option<Experiment>,
    /// The saved runs that the user may resume.
    offers: Offers,
    /// A run to be opened if the user agrees to lose the one here.
    replacement: Option<Replacement>,
    /// What came of the last Copy link.
    copied: Option<CopiedLink>,
    shows_shortcuts: bool,
    /// Whether the address names another page.
    away: bool,
    /// Whether leaving this page has paused the run.
    paused_by_leaving: bool,
    theme: Theme,
    _listeners: [EventListener; 2],
}

/// A link that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CopiedLink {
    link: String,
    /// Points of the run that it names.
    points: u64,
    /// Whether the blocks it names were not all counted here.
    has_gaps: bool,
    on_clipboard: bool,
}

/// What changes the app.
pub enum AppMessage {
    /// The run has changed.
    Snapshot(Rc<Snapshot>),
    /// The user wants something.
    Action(Action),
    /// The user has changed the address.
    AddressChanged,
    /// Something about saved runs.
    Storage(StorageNews),
    /// The user's answer to the offer of a saved run.
    Offered(Answer),
    /// Whether the run here may be dropped for the replacement.
    Answer(bool),
    /// The browser took the link on the clipboard, or did not.
    Copied(CopiedLink),
    /// A key that means the same anywhere on the page.
    Key(String),
    /// The next theme.
    SwitchTheme,
    /// Close what lies over the page.
    Close,
}

impl Component for App {
    type Message = AppMessage;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let address = address::parse(&browser_address::fragment());
        let away = address.page() != Page::Run;
        let (link, errors) = match address {
            Address::Run { link, errors } => (link, errors),
            Address::Benchmark => Default::default(),
        };
        let mut notices = Vec::new();
        let seed = machine::random_seed().unwrap_or_else(|error| {
            notices.push(format!("The browser gave no random seed ({error})."));
            Seed(0)
        });
        let config = link.applied_to(Config {
            seed,
            workers: WorkerCount::nearest(machine::reported_cores()),
            batch: BatchSize::Auto,
            target: None,
            chaos: Chaos::NONE,
        });
        let coordinator = Coordinator::new(config, BUILD_ID.to_owned());
        let (on_snapshot, on_storage) =
            (context.link().callback(AppMessage::Snapshot), context.link().callback(AppMessage::Storage));
        let driver = Driver::new(coordinator, on_snapshot, on_storage);
        let changed = context.link().callback(|()| AppMessage::AddressChanged);
        let on_key = context.link().callback(AppMessage::Key);
        Self {
            driver,
            snapshot: None,
            // An address that could not be followed stays as it is until the run's configuration changes.
            written: (!errors.is_empty()).then_some(config),
            experiment: link.experiment,
            address_errors: errors.iter().map(ToString::to_string).collect(),
            notices,
            // With a saved run at hand the start waits for what the user says to that.
            offers: Offers::awaited(link.start),
            replacement: None,
            copied: None,
            shows_shortcuts: false,
            away,
            paused_by_leaving: false,
            theme: Theme::kept(),
            _listeners: [
                EventListener::new(&window(), "hashchange", move |_| changed.emit(())),
                keyboard::on_shortcut(move |key| on_key.emit(key)),
            ],
        }
    }

    fn update(&mut self, context: &Context<Self>, message: AppMessage) -> bool {
        match message {
            AppMessage::Snapshot(snapshot) => {
                self.paused_by_leaving &= snapshot.status != Status::Running;
                self.write_address(&snapshot.config);
                self.offers.follow(&snapshot.status);
                self.snapshot = Some(snapshot);
            }
            AppMessage::Action(action) => self.act(context, action),
            AppMessage::AddressChanged => self.follow_address(),
            AppMessage::Answer(agreed) => {
                let replacement = self.replacement.take().filter(|_| agreed);
                // Whichever run is here now is what the address should say.
                self.written = None;
                if let Some(replacement) = replacement {
                    self.open(&replacement);
                } else if let Some(snapshot) = &self.snapshot {
                    self.write_address(&snapshot.config.clone());
                }
            }
            AppMessage::Copied(copied) => self.copied = Some(copied),
            AppMessage::Key(key) => self.press(context, &key),
            AppMessage::SwitchTheme => self.theme = self.theme.switched(),
            AppMessage::Close => {
                self.shows_shortcuts = false;
                self.copied = None;
            }
            AppMessage::Storage(news) => {
                if self.offers.hear(news) {
                    self.driver.send(Event::Start);
                }
            }
            AppMessage::Offered(answer) => {
                if self.offers.answer(answer, &self.driver) {
                    self.driver.send(Event::Start);
                }
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let on_action = link.callback(AppMessage::Action);
        html! {
            <>
                { view_header(Page::Run, html! {
                    <>
                        { view_theme_switch(self.theme, link.callback(|_| AppMessage::SwitchTheme)) }
                        <button class="small" aria-label="Keyboard shortcuts" onclick={link.callback(|_| AppMessage::Key("?".to_owned()))}>{ "?" }</button>
                    </>
                }) }
                <div id="address-error" role="alert">
                    if !self.address_errors.is_empty() {
                        <div class="notice">
                            <p>{ "This link could not be followed in full, so nothing was started:" }</p>
                            <ul>{ for self.address_errors.iter().map(|error| html! { <li>{ error }</li> }) }</ul>
                        </div>
                    }
                </div>
                { for self.notices.iter().map(|notice| html! { <p class="notice" role="alert">{ notice }</p> }) }
                if self.paused_by_leaving {
                    <p id="paused-by-leaving" class="notice">{ "The run was paused when you opened the benchmark. Start goes on with it." }</p>
                }
                { self.offers.view(link.callback(AppMessage::Offered)) }
                if let Some(snapshot) = &self.snapshot {
                    if let Some(experiment) = self.experiment {
                        <ExperimentPanel
                            key={experiment.name()}
                            {experiment}
                            snapshot={snapshot.clone()}
                            on_setting={on_action.reform(Action::Set)}
                            on_close={on_action.reform(|()| Action::CloseExperiment)}
                        />
                    }
                    <EstimatePage snapshot={snapshot.clone()} driver={self.driver.clone()} {on_action} />
                    <div class="lecture">
                        <FollowBatch latest={snapshot.latest} />
                        { view_experiments() }
                    </div>
                }
                { self.view_replacement(context) }
                { self.view_copied(context) }
                if self.shows_shortcuts { { view_shortcuts(link.callback(|()| AppMessage::Close)) } }
            </>
        }
    }
}

impl App {
    fn act(&mut self, context: &Context<Self>, action: Action) {
        let Some(snapshot) = self.snapshot.clone() else { return };
        match action {
            // What it changes is shown with the next snapshot.
            Action::Event(event) => self.driver.send(event),
            Action::Set(Setting::Live(setting)) => self.driver.send(Event::Set(setting)),
            Action::Set(Setting::Seed(seed)) => {
                let config = Config { seed, ..snapshot.config };
                self.replace_by(Replacement::New { config, start: false });
            }
            Action::Reset => self.replace_by(Replacement::New { config: snapshot.config, start: false }),
            Action::NewSeed => match machine::random_seed() {
                Ok(seed) => {
                    let config = Config { seed, ..snapshot.config };
                    self.replace_by(Replacement::New { config, start: false });
                }
                Err(error) => self.notices.push(format!("The browser gave no random seed ({error}).")),
            },
            Action::CopyLink => copy_link(context, &snapshot),
            Action::Load(checkpoint) => self.replace_by(Replacement::Loaded(checkpoint)),
            Action::CloseExperiment => {
                self.experiment = None;
                self.written = None;
                self.write_address(&snapshot.config);
            }
        }
    }

    fn press(&mut self, context: &Context<Self>, key: &str) {
        let Some(snapshot) = self.snapshot.as_ref().filter(|_| !self.away) else { return };
        let action = match key {
            " " if matches!(snapshot.status, Status::Running | Status::Degraded { .. }) => {
                Action::Event(Event::Pause)
            }
            " " => Action::Event(Event::Start),
            "r" => Action::Reset,
            "n" => Action::NewSeed,
            "c" => Action::CopyLink,
            "?" => {
                self.shows_shortcuts = true;
                return;
            }
            _ => return,
        };
        self.act(context, action);
    }

    /// Makes the address say `config`, unless it says what the user wrote and nothing has changed since.
    fn write_address(&mut self, config: &Config) {
        if self.away || self.written.as_ref() == Some(config) || self.replacement.is_some() {
            return;
        }
        // A browser may refuse very frequent changes; the next snapshot tries again.
        if browser_address::replace(&address::write(config, self.experiment)).is_ok() {
            self.written = Some(*config);
            self.address_errors.clear();
        }
    }

    /// Does what the address, changed by the user, asks for, as far as it harms nothing that is running.
    fn follow_address(&mut self) {
        let address = address::parse(&browser_address::fragment());
        let was_away = std::mem::replace(&mut self.away, address.page() != Page::Run);
        let is_bare = address.is_bare();
        let Address::Run { link, errors } = address else {
            self.leave();
            return;
        };
        if was_away && is_bare {
            // Coming back changes nothing of the run.
            self.written = None;
            if let Some(snapshot) = self.snapshot.clone() {
                self.write_address(&snapshot.config);
            }
            return;
        }
        self.address_errors = errors.iter().map(ToString::to_string).collect();
        self.replacement = None;
        let Some(snapshot) = &self.snapshot else { return };
        if !errors.is_empty() {
            return;
        }
        let here = snapshot.config;
        self.experiment = link.experiment;
        // A link without target or chaos means none.
        let config = link.applied_to(Config { target: None, chaos: Chaos::NONE, ..here });
        self.written = None;
        if config.seed != here.seed {
            self.replace_by(Replacement::New { config, start: link.start });
            return;
        }
        for setting in config.live() {
            self.driver.send(Event::Set(setting));
        }
        if link.start {
            self.driver.send(Event::Start);
        }
    }

    /// Another page is shown: the run must not disturb what is measured there.
    fn leave(&mut self) {
        let counting =
            |snapshot: &Rc<Snapshot>| matches!(snapshot.status, Status::Running | Status::Degraded { .. });
        self.paused_by_leaving |= self.snapshot.as_ref().is_some_and(counting);
        self.driver.send(Event::Pause);
    }

    /// Opens `replacement`, once the user agrees if there is much to lose.
    fn replace_by(&mut self, replacement: Replacement) {
        let much = self.snapshot.as_ref().is_some_and(|snapshot| snapshot.running_time >= LITTLE_TO_LOSE);
        if much {
            self.replacement = Some(replacement);
        } else {
            self.open(&replacement);
        }
    }

    fn open(&self, replacement: &Replacement) {
        match replacement {
            Replacement::New { config, start } => {
                self.driver.send(Event::Reset(*config));
                if *start {
                    self.driver.send(Event::Start);
                }
            }
            Replacement::Loaded(checkpoint) => self.driver.send(Event::Restore(checkpoint.clone())),
        }
    }

    fn view_replacement(&self, context: &Context<Self>) -> Html {
        let (Some(replacement), Some(snapshot)) = (&self.replacement, &self.snapshot) else {
            return html! {};
        };
        let link = context.link();
        let points = Grouped(snapshot.tally.points);
        let seed = replacement.config().seed;
        let follows = match replacement {
            Replacement::New { .. } if seed == snapshot.config.seed => "counting starts from 0".to_owned(),
            Replacement::New { .. } => format!("the run with seed {seed} takes their place"),
            Replacement::Loaded(checkpoint) => {
                let loaded = Grouped(checkpoint.tally().points);
                format!("the loaded run with seed {seed} and {loaded} points takes their place")
            }
        };
        let text = format!("The {points} points counted here will be forgotten, and {follows}.");
        html! {
            <Dialog heading="Forget this run?" on_close={link.callback(|()| AppMessage::Answer(false))}>
                <p>{ text }</p>
                <div class="run-buttons">
                    <button class="start" onclick={link.callback(|_| AppMessage::Answer(true))}>{ "Forget it" }</button>
                    <button onclick={link.callback(|_| AppMessage::Answer(false))}>{ "Keep it" }</button>
                </div>
            </Dialog>
        }
    }

    fn view_copied(&self, context: &Context<Self>) -> Html {
        let Some(copied) = &self.copied else { return html! {} };
        let link = context.link();
        html! {
            <Dialog heading="Link to this run" on_close={link.callback(|()| AppMessage::Close)}>
                <p>{ if copied.on_clipboard { "It is on the clipboard:" } else { "The browser did not let it be copied; here it is:" } }</p>
                <input class="link" type="text" readonly=true aria-label="Link" value={copied.link.clone()} />
                <p>{ format!("Whoever opens it and presses Start counts the same {} points, with the same number inside.", Grouped(copied.points)) }</p>
                if copied.has_gaps {
                    <p>{ "Some blocks before the last one counted are still missing here: the totals agree after Finish." }</p>
                    <button onclick={link.batch_callback(|_| vec![AppMessage::Close, AppMessage::Action(Action::Event(Event::Finish))])}>{ "Finish" }</button>
                }
                <button onclick={link.callback(|_| AppMessage::Close)}>{ "Close" }</button>
            </Dialog>
        }
    }
}

/// Copies a link that reproduces the run: without a target of its own it ends after the last block counted.
fn copy_link(context: &Context<App>, snapshot: &Snapshot) {
    let target = snapshot.config.target.or_else(|| Target::from_blocks(snapshot.counted_end));
    let link = browser_address::link(&address::write(
        &Config { target, chaos: Chaos::NONE, ..snapshot.config },
        None,
    ));
    let copied = CopiedLink {
        link: link.clone(),
        points: target.map_or(0, Target::points),
        has_gaps: snapshot.has_gaps && snapshot.config.target.is_none(),
        on_clipboard: false,
    };
    let done = context
        .link()
        .callback(move |on_clipboard| AppMessage::Copied(CopiedLink { on_clipboard, ..copied.clone() }));
    clipboard::copy(&link, done);
}

fn view_shortcuts(on_close: Callback<()>) -> Html {
    let row = |key: &'static str, meaning: &'static str| html! { <tr><td><kbd>{ key }</kbd></td><td>{ meaning }</td></tr> };
    html! {
        <Dialog heading="Keyboard shortcuts" on_close={on_close.clone()}>
            <table>
                { row("Space", "Start or Stop") }
                { row("R", "Reset") }
                { row("N", "new seed") }
                { row("C", "copy a link to this run") }
                { row("?", "this list") }
                { row("↑ ↓", "in a field: the next greater or smaller value") }
                { row("Esc", "in a field: back to the value in force") }
            </table>
            <button onclick={move |_| on_close.emit(())}>{ "Close" }</button>
        </Dialog>
    }
}
