//! The page of a run: it shows what its session says and tells it what the user wants.

mod convergence;
mod dartboard;
mod event_log;
mod experiment;
mod layers;
mod number;
mod page;
mod recount;
mod save_and_load;
mod settings;
mod storage_notices;
mod timeline;
mod workers;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::utils::window;
use yew::prelude::*;

use crate::browser::theme::Theme;
use crate::browser::{address as browser_address, clipboard, clock, keyboard, machine, screen, storage};
use crate::driver::Driver;
use crate::driver::page::PageSession;
use crate::ui::{Dialog, view_button, view_header, view_question, view_theme_switch};
use dartboard_core::address::{self, Page};
use dartboard_core::coordinator;
use dartboard_core::coordinator::snapshot::Snapshot;
use dartboard_core::run::config::{BatchSize, Config, Setting, Target, WorkerCount};
use dartboard_core::session::shortcut::{Keys, Shortcut};
use dartboard_core::session::view::View;
use dartboard_core::session::{Event, Opening, Question};
use dartboard_core::text::Grouped;
use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::{Seed, Tally};
use experiment::ExperimentPanel;
use page::{EstimatePage, Seen};
use storage_notices::view_storage_notices;

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// To tell the session this.
    Tell(Event),
    /// A run with another random seed.
    NewSeed,
    /// A link to this run.
    CopyLink,
}

impl Action {
    /// Something of the run as it is.
    fn run(event: coordinator::Event) -> Self {
        Self::Tell(Event::Run(event))
    }
}

/// The page of a run.
pub struct App {
    driver: Driver<PageSession>,
    /// The same one in each view, so that what has it need not be drawn anew.
    on_action: Callback<Action>,
    view: Option<Rc<View>>,
    /// The run as the pictures show it.
    pictured: Option<Seen>,
    /// What the user must know besides what the session says.
    notices: Vec<String>,
    /// What came of the last Copy link.
    copied: Option<CopiedLink>,
    keys: Keys,
    shows_keys: bool,
    theme: Theme,
    /// Counts the changes after which what is drawn may look otherwise.
    look: u32,
    _listeners: Vec<EventListener>,
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

/// What changes the page.
pub enum AppMessage {
    /// The session says something else.
    View(Rc<View>),
    /// The user wants something.
    Action(Action),
    /// The browser took the link on the clipboard, or did not.
    Copied(CopiedLink),
    /// A key was pressed while nothing had the focus: what it types, and where it is.
    Key(String, String),
    /// Show what keys mean.
    ShowKeys,
    /// Make letters commands, or no longer.
    SwitchLetters,
    /// The next theme.
    SwitchTheme,
    /// What is drawn may look otherwise.
    Look,
    /// Close what lies over the page.
    Close,
}

impl Component for App {
    type Message = AppMessage;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let mut notices = Vec::new();
        let seed = machine::random_seed().unwrap_or_else(|error| {
            notices.push(no_random_seed(&error));
            Seed(0)
        });
        let config = Config::new(seed, WorkerCount::nearest(machine::reported_cores()), BatchSize::Auto);
        let opening = |scope, own_run| Opening {
            address_end: browser_address::end(),
            config,
            build: BUILD_ID.to_owned(),
            scope,
            own_run,
            shows_first_darts: !screen::prefers_reduced_motion()
                && !storage::is_kept(&storage::scope().first_darts()),
            // Without secure random numbers the clock must do: if a key is taken, that is noticed before it is written.
            random: machine::random_seed().map_or_else(|_| clock::wall_clock_ms(), |random| random.0),
        };
        let driver = Driver::for_page(opening, context.link().callback(AppMessage::View));
        let on_changed = {
            let driver = driver.clone();
            move |_: &_| driver.tell(Event::AddressChanged(browser_address::fragment()))
        };
        let link = context.link().clone();
        let on_key = move |key, code| link.send_message(AppMessage::Key(key, code));
        let mut listeners = screen::on_other_look(&context.link().callback(|()| AppMessage::Look));
        listeners.push(EventListener::new(&window(), "hashchange", on_changed));
        listeners.push(keyboard::on_key(on_key));
        Self {
            driver,
            on_action: context.link().callback(AppMessage::Action),
            view: None,
            pictured: None,
            notices,
            copied: None,
            keys: Keys::new(keyboard::letters_kept()),
            shows_keys: false,
            theme: Theme::kept(),
            look: 0,
            _listeners: listeners,
        }
    }

    fn update(&mut self, context: &Context<Self>, message: AppMessage) -> bool {
        match message {
            AppMessage::View(view) => {
                if view.pictures.drawn || self.pictured.is_none() {
                    self.pictured = Some(Seen(view.snapshot.clone()));
                }
                let presents = |view: &View| view.presenter && !view.is_away;
                if self.view.as_deref().is_some_and(presents) != presents(&view) {
                    screen::set_presenter(presents(&view));
                }
                if view.first_darts.is_some()
                    && self.view.as_ref().is_none_or(|last| last.first_darts.is_none())
                {
                    storage::keep(&storage::scope().first_darts(), true);
                }
                self.view = Some(view);
            }
            AppMessage::Action(action) => self.act(context, action),
            AppMessage::Copied(copied) => self.copied = Some(copied),
            AppMessage::Key(key, code) => self.press(context, &key, &code),
            AppMessage::ShowKeys => self.shows_keys = true,
            AppMessage::SwitchLetters => {
                self.keys.letters = !self.keys.letters;
                keyboard::keep_letters(self.keys.letters);
            }
            AppMessage::SwitchTheme => {
                self.theme = self.theme.switched();
                self.look += 1;
            }
            AppMessage::Look => self.look += 1,
            AppMessage::Close => {
                self.shows_keys = false;
                self.copied = None;
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let on_answer = link.callback(|drop| AppMessage::Action(Action::Tell(Event::Answered { drop })));
        let on_shortcuts = link.callback(|_| AppMessage::ShowKeys);
        let on_present = link.callback(|_| AppMessage::Action(Action::Tell(Event::Present(true))));
        html! {
            <>
                { view_header(Page::Run, html! {
                    <>
                        { view_theme_switch(self.theme, link.callback(|_| AppMessage::SwitchTheme)) }
                        { view_button("Keyboard shortcuts", on_shortcuts) }
                        { view_button("Presenter view", on_present) }
                    </>
                }) }
                { for self.notices.iter().map(|notice| html! { <p class="notice" role="alert">{ notice }</p> }) }
                if let Some(view) = &self.view {
                    { self.view_session(view, &self.on_action) }
                    if let Some(Question { heading, text, drop }) = &view.question {
                        { view_question(
                            heading,
                            text.clone(),
                            [Question::KEEP, drop],
                            &on_answer,
                        ) }
                    }
                }
                { self.view_copied(context) }
                if self.shows_keys { { self.view_keys(context) } }
            </>
        }
    }
}

/// Keys and what they do.
const KEYS: [(&str, &str); 3] = [
    ("Space", "Start or Stop, while no control has the focus"),
    ("↑ ↓", "in a field: the next greater or smaller value"),
    ("Esc", "in a field: back to the value before"),
];

/// The keys that are commands only if the user wants that.
const LETTER_KEYS: [(&str, &str); 4] =
    [("R", "Reset"), ("N", "new seed"), ("C", "copy a link to this run"), ("?", "this list")];

impl App {
    fn act(&mut self, context: &Context<Self>, action: Action) {
        match action {
            Action::Tell(event) => self.driver.tell(event),
            Action::NewSeed => self.new_seed(|seed| Event::Set(Setting::Seed(seed))),
            Action::CopyLink => {
                if let Some(view) = &self.view {
                    copy_link(context, &view.snapshot);
                }
            }
        }
    }

    fn press(&mut self, context: &Context<Self>, key: &str, code: &str) {
        let Some(view) = self.view.as_ref().filter(|view| !view.is_away) else { return };
        if key == "Escape" {
            return self.driver.tell(Event::Present(false));
        }
        let seed = view.snapshot.config.seed;
        let is_counting = view.snapshot.status.is_counting();
        match self.keys.press(clock::now(), key, code, is_counting) {
            Some(Shortcut::Tell(event)) => self.driver.tell(event),
            Some(Shortcut::Reset) => self.driver.tell(Event::Pressed(seed)),
            Some(Shortcut::NewSeed) => self.new_seed(Event::Pressed),
            Some(Shortcut::CopyLink) => self.act(context, Action::CopyLink),
            Some(Shortcut::ShowList) => self.shows_keys = true,
            None => {}
        }
    }

    /// Tells the session `event` of another random seed.
    fn new_seed(&mut self, event: fn(Seed) -> Event) {
        match machine::random_seed() {
            Ok(seed) => self.driver.tell(event(seed)),
            Err(error) => self.notices.push(no_random_seed(&error)),
        }
    }

    fn view_session(&self, view: &View, on_action: &Callback<Action>) -> Html {
        let on_event = on_action.reform(Action::Tell);
        html! {
            <>
                <div id="address-error" role="alert">
                    if !view.address_errors.is_empty() {
                        <div class="notice">
                            <p>{ "Parts of this link could not be read, so nothing was started:" }</p>
                            <ul>{ for view.address_errors.iter().map(|error| html! { <li>{ error }</li> }) }</ul>
                        </div>
                    }
                </div>
                if view.paused_by_leaving {
                    <p id="paused-by-leaving" class="notice">
                        { "The run was paused when you opened another page. Start goes on with it." }
                    </p>
                }
                if view.presenter && !view.is_away {
                    <button class="leave" aria-label="Leave the presenter view" title="Escape"
                        onclick={on_event.reform(|_| Event::Present(false))}>{ "✕" }</button>
                }

                <div role="status">
                    if view.finished_hidden {
                        <p id="finished-hidden" class="notice">{ "The run finished while this page was hidden." }</p>
                    }
                </div>
                { view_storage_notices(view, &on_event) }
                if let Some((seed, tally)) = view.parked {
                    { view_parked(seed, tally, &on_event) }
                }
                if let Some(experiment) = view.lesson {
                    <ExperimentPanel
                        key={experiment.name()}
                        {experiment}
                        snapshot={Seen(view.snapshot.clone())}
                        on_setting={on_event.reform(Event::Set)}
                        on_close={on_event.reform(|()| Event::CloseLesson)}
                    />
                }
                <EstimatePage
                    snapshot={Seen(view.snapshot.clone())}
                    pictured={self.pictured.clone().unwrap_or_else(|| Seen(view.snapshot.clone()))}
                    first_darts={view.first_darts}
                    thrown={view.pictures.thrown}
                    look={self.look}
                    driver={self.driver.clone()}
                    on_action={on_action.clone()}
                />
            </>
        }
    }

    fn view_keys(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let rows = |rows: &[(&'static str, &'static str)]| {
            html! {
                <table>{ for rows.iter().map(|(key, meaning)| html! { <tr><td><kbd>{ *key }</kbd></td><td>{ *meaning }</td></tr> }) }</table>
            }
        };
        html! {
            <Dialog heading="Keyboard shortcuts" on_close={link.callback(|()| AppMessage::Close)}>
                { rows(&KEYS) }
                <label class="choice">
                    <input id="letter-keys" type="checkbox" checked={self.keys.letters}
                        onchange={link.callback(|_: web_sys::Event| AppMessage::SwitchLetters)} />
                    <span>{ "Use letters as keys, too. Leave this off if you dictate." }</span>
                </label>
                { rows(&LETTER_KEYS) }
                { view_button("Close", link.callback(|_| AppMessage::Close)) }
            </Dialog>
        }
    }

    fn view_copied(&self, context: &Context<Self>) -> Html {
        let Some(copied) = &self.copied else { return html! {} };
        let link = context.link();
        let where_it_is = if copied.on_clipboard {
            "It is on the clipboard:"
        } else {
            "The browser did not let it be copied; here it is:"
        };
        let points = Grouped(copied.points);
        let finish = || vec![AppMessage::Close, AppMessage::Action(Action::run(coordinator::Event::Finish))];
        html! {
            <Dialog heading="Link to this run" on_close={link.callback(|()| AppMessage::Close)}>
                <p>{ where_it_is }</p>
                <input class="link" type="text" readonly=true aria-label="Link" value={copied.link.clone()} />
                <p>
                    { format!("Whoever opens it and presses Start counts the same {points} points and gets exactly the same result.") }
                </p>
                if copied.has_gaps {
                    <p>
                        { "Some blocks before the last one counted are still missing here: \
                           the totals agree after Finish gaps." }
                    </p>
                    { view_button("Finish gaps", link.batch_callback(move |_| finish())) }
                }
                { view_button("Close", link.callback(|_| AppMessage::Close)) }
            </Dialog>
        }
    }
}

fn no_random_seed(error: &impl std::fmt::Display) -> String {
    format!("The browser gave no random seed ({error}).")
}

/// The user's run, which waits while a lesson's takes its place.
fn view_parked(seed: Seed, tally: Tally, on_event: &Callback<Event>) -> Html {
    html! {
        <div id="parked-run" class="notice" role="region" aria-label="Your run">
            <p>{ format!("Your run with seed {seed} and {} points is saved and waits.", Grouped(tally.points)) }</p>
            { view_button("Back to your run", on_event.reform(|_| Event::BackToRun)) }
        </div>
    }
}

/// Copies a link that reproduces the run.
fn copy_link(context: &Context<App>, snapshot: &Snapshot) {
    let config = snapshot.config.reproducing(snapshot.counted_end);
    let link = browser_address::link(&address::write(&config, None, false));
    let copied = CopiedLink {
        link: link.clone(),
        points: config.target.map_or(0, Target::points),
        has_gaps: snapshot.has_gaps && snapshot.config.target.is_none(),
        on_clipboard: false,
    };
    let done = context
        .link()
        .callback(move |on_clipboard| AppMessage::Copied(CopiedLink { on_clipboard, ..copied.clone() }));
    clipboard::copy(&link, done);
}
