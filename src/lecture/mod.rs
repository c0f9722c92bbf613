//! The lecture's page: its index, and a frame in which a lesson is open.

mod downloads;
mod drawings;
mod errands;
mod frame;
mod index;
mod kept;
mod on_page;
mod orders;
mod output;
mod pipeline;
mod stages;
mod tabs;
mod threads;
mod window;

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::futures::spawn_local;
use web_sys::File;
use yew::html::Scope;
use yew::prelude::*;

use crate::browser::frames::Frames;
use crate::browser::theme::Theme;
use crate::browser::{
    address as browser_address, clipboard, clock, files, isolation, keyboard, machine, screen,
};
use crate::ui::{view_button, view_header, view_theme_switch};
use dartboard_core::address::Page;
use dartboard_core::lecture::address::{self, LectureAddress, LectureLinkError, LessonLink};
use dartboard_core::lecture::check::Check;
use dartboard_core::lecture::presenter::Step;
use dartboard_core::lecture::runs::Program;
use dartboard_core::lecture::shared_memory::SharedMemory;
use dartboard_core::lecture::stage::{ChosenFile, Command, Event, Stage, Status};
use dartboard_core::lecture::{Lesson, MemoryNeed};
use dartboard_core::qr_code;
use dartboard_core::session::shortcut::character;
use dartboard_core::spoken::Spoken;
use dartboard_points::build::BUILD_ID;
use downloads::Fetched;
use on_page::OnPage;
use output::Output;
use tabs::Tab;
use threads::Threads;

/// The lecture's page.
pub struct LecturePage {
    open: Option<Open>,
    /// The part of the address that names nothing.
    errors: Vec<LectureLinkError>,
    /// The lessons that were run on this visit.
    run: Vec<Lesson>,
    threads: Threads,
    on_page: OnPage,
    /// The file that a pipeline reads, if one is chosen.
    file: Option<File>,
    /// What a pipeline has written.
    output: Option<Rc<Output>>,
    /// What was typed as the addresses of downloads; none for those that are offered.
    addresses: Option<String>,
    /// What was downloaded.
    fetched: Option<Rc<Fetched>>,
    /// Turns the hand of the window, where that is shown.
    hand: Option<Frames>,
    /// The check before class; none before it was asked for.
    check: Option<Check>,
    shared_memory: SharedMemory,
    /// The address asks for a run, and it is not known yet whether memory can be shared.
    runs_when_known: bool,
    theme: Theme,
    /// What was to be saved is not there.
    is_not_saved: bool,
    /// What is said of the lesson to those who do not see it.
    spoken: RefCell<Spoken<&'static str>>,
    _listeners: [EventListener; 2],
}

/// A lesson that is open.
struct Open {
    stage: Stage,
    /// The presenter view's step; none outside of it.
    step: Option<Step>,
    tab: Tab,
    /// What came of the last Copy link: the link, and whether the clipboard has it.
    copied: Option<(String, bool)>,
    /// Which of the race's possible orders is gone through; none before they were asked for.
    order: Option<usize>,
    /// How often the button of the lesson's window was pressed.
    presses: u32,
}

impl Open {
    /// The lesson's address as it is set.
    fn address(&self, presenter: bool) -> String {
        address::write(self.stage.lesson(), Some(self.stage.values()), presenter)
    }

    /// Where its QR code is shown: that of the link to it.
    fn qr_route(&self) -> String {
        qr_code::route_of(&self.address(false))
    }

    fn write_address(&self) {
        // Refused after a hundred changes in a short time: the next one may succeed.
        let _ = browser_address::replace(&self.address(self.step.is_some()));
    }
}

/// What changes the page.
pub enum Message {
    /// The address is another one.
    AddressChanged,
    /// Something for the lesson.
    Lesson(Event),
    /// Begin the check before class, or end it.
    Check,
    /// Something for the lesson that is being checked.
    Checked(Event),
    /// Whether memory can be shared here.
    SharedMemory(SharedMemory),
    /// A key was pressed while nothing had the focus: what it types, and where it is.
    Key(String, String),
    /// Run, or end what runs; without shared memory where there is none yet.
    RunOrStop,
    /// Load the page anew, so that memory can be shared.
    TurnOnSharedMemory,
    /// Show this tab.
    Tab(Tab),
    /// Go through this of the race's possible orders.
    Order(usize),
    /// The button of the lesson's window was pressed.
    PressInWindow,
    /// The presenter view, at this step; none leaves it.
    Present(Option<Step>),
    /// A link to the lesson as it is set.
    CopyLink,
    /// The browser took the link on the clipboard, or did not.
    Copied(String, bool),
    /// Put a text on the clipboard.
    CopyText(String),
    /// Save a file: its name, its media type, its text.
    Save(&'static str, &'static str, String),
    /// The file that a pipeline is to read; none for a text that is made up.
    Choose(Option<File>),
    /// Save what a pipeline has written, under this name.
    SaveOutput(String),
    /// These addresses are to be downloaded; none for those that are offered.
    Addresses(Option<String>),
    /// Save what came for these rows, each under its name.
    SaveDownloads(Vec<(u32, String)>),
    /// It could not be saved.
    NotSaved,
    /// The next theme.
    SwitchTheme,
}

impl Component for LecturePage {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let link = context.link().clone();
        let on_address = link.callback(|()| Message::AddressChanged);
        let listeners = [
            EventListener::new(&window(), "hashchange", move |_| on_address.emit(())),
            keyboard::on_key(move |key, code| link.send_message(Message::Key(key, code))),
        ];
        ask(context.link().clone());
        let mut page = Self {
            open: None,
            errors: Vec::new(),
            run: Vec::new(),
            threads: Threads::default(),
            on_page: OnPage::default(),
            file: None,
            output: None,
            addresses: None,
            fetched: None,
            hand: None,
            check: None,
            shared_memory: SharedMemory::NotYet,
            runs_when_known: false,
            theme: Theme::kept(),
            is_not_saved: false,
            spoken: RefCell::default(),
            _listeners: listeners,
        };
        let guess = isolation::guess_before_reload();
        page.follow_address(context);
        if let Some(guess) = guess {
            page.tell(context, Event::Guess(guess));
        }
        page
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        match message {
            Message::AddressChanged => self.follow_address(context),
            Message::Lesson(event) => self.tell(context, event),
            Message::Check => self.check_or_stop(context),
            Message::Checked(event) => {
                let commands = self.check.as_mut().map(|check| check.handle(clock::now(), event));
                self.carry_out_checked(context, commands.unwrap_or_default());
            }
            Message::SharedMemory(shared_memory) => {
                if shared_memory == SharedMemory::NotYet {
                    let link = context.link().clone();
                    Timeout::new(ASK_MS, move || ask(link)).forget();
                }
                let is_news = self.shared_memory != shared_memory;
                self.shared_memory = shared_memory;
                if self.runs_when_known && self.shared_memory != SharedMemory::NotYet {
                    self.runs_when_known = false;
                    if !self.offers_shared_memory() {
                        self.run_or_stop(context);
                    }
                }
                return is_news;
            }
            Message::Key(key, code) => return self.press(context, &key, &code),
            Message::RunOrStop => self.run_or_stop(context),
            Message::TurnOnSharedMemory => self.turn_on_shared_memory(),
            Message::Tab(tab) => {
                if let Some(open) = &mut self.open {
                    open.tab = tab;
                }
            }
            Message::Order(order) => {
                if let Some(open) = &mut self.open {
                    open.order = Some(order);
                }
            }
            Message::PressInWindow => {
                if let Some(open) = &mut self.open {
                    open.presses += 1;
                }
            }
            Message::Present(step) => self.present(step),
            Message::CopyLink => self.copy_link(context),
            Message::Copied(link, on_clipboard) => {
                if let Some(open) = &mut self.open {
                    open.copied = Some((link, on_clipboard));
                }
            }
            Message::CopyText(text) => clipboard::copy(&text, Callback::noop()),
            Message::Save(name, media_type, text) => files::save_text(name, media_type, &text),
            Message::Choose(file) => {
                let chosen = file.as_ref().map(|file| {
                    // The cast saturates.
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                    let bytes = file.size() as u64;
                    ChosenFile { name: file.name(), bytes }
                });
                self.file = file;
                self.tell(context, Event::File(chosen));
            }
            Message::SaveOutput(name) => {
                let link = context.link().clone();
                if let Some(output) = &self.output {
                    output.save(name, move || link.send_message(Message::NotSaved));
                }
            }
            Message::Addresses(addresses) => self.addresses = addresses,
            Message::SaveDownloads(mut rows) => {
                if rows.is_empty() {
                    return false;
                }
                let (row, name) = rows.remove(0);
                self.is_not_saved |= !self.fetched.as_ref().is_some_and(|fetched| fetched.save(row, &name));
                let link = context.link().clone();
                Timeout::new(SAVE_MS, move || link.send_message(Message::SaveDownloads(rows))).forget();
            }
            Message::NotSaved => self.is_not_saved = true,
            Message::SwitchTheme => self.theme = self.theme.switched(),
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let more = html! {
            <>
                { view_theme_switch(self.theme, link.callback(|_| Message::SwitchTheme)) }
                if self.open.is_some() {
                    { view_button("Presenter view", link.callback(|_| Message::Present(Some(Step::Question)))) }
                }
            </>
        };
        html! {
            <>
                { view_header(Page::Lecture, more) }
                if !self.errors.is_empty() {
                    <div class="notice" role="alert">
                        <p>{ "Parts of this address cannot be read:" }</p>
                        <ul>{ for self.errors.iter().map(|error| html! { <li>{ format!("{error}.") }</li> }) }</ul>
                    </div>
                }
                if self.is_not_saved {
                    <p class="notice" role="alert">{ "What was written is no longer there. Run again, then save it." }</p>
                }
                <main class="lecture">
                    { match &self.open {
                        None => index::view_index(context, self),
                        Some(open) => self.view_lesson(context, open),
                    } }
                </main>
            </>
        }
    }
}

impl LecturePage {
    /// Opens what the address names. What it leaves is ended.
    fn follow_address(&mut self, context: &Context<Self>) {
        let named = address::parse(&browser_address::fragment(), machine::reported_cores());
        self.errors = Vec::new();
        let shows_window =
            matches!(&named, Some(LectureAddress::Lesson(link)) if link.lesson == Lesson::Window);
        self.hand = shows_window.then(window::turn_hand);
        if !matches!(named, Some(LectureAddress::Index { .. })) {
            self.end_check();
        }
        let link = match named {
            Some(LectureAddress::Lesson(link)) => Some(link),
            Some(LectureAddress::Index { error }) => {
                self.errors.extend(error);
                None
            }
            // Another page is shown: the lesson stays as it is, but for its threads.
            None => {
                screen::set_presenter(false);
                return self.tell(context, Event::Stop);
            }
        };
        let is_open = |link: &LessonLink| {
            self.open
                .as_ref()
                .is_some_and(|open| (open.stage.lesson(), open.stage.values()) == (link.lesson, &link.values))
        };
        match link {
            None => {
                self.tell(context, Event::Stop);
                (self.open, self.file, self.output, self.fetched) = (None, None, None, None);
                screen::set_presenter(false);
            }
            Some(link) => {
                if !is_open(&link) {
                    self.tell(context, Event::Stop);
                    (self.file, self.output, self.fetched) = (None, None, None);
                    let stage = Stage::new(link.lesson, link.values, BUILD_ID);
                    self.open = Some(Open {
                        stage,
                        step: None,
                        tab: Tab::Settings,
                        copied: None,
                        order: None,
                        presses: 0,
                    });
                }
                self.errors = link.errors;
                let shown = self.open.as_ref().and_then(|open| open.step);
                self.present(link.presenter.then_some(shown.unwrap_or(Step::Question)));
                if link.run {
                    if self.shared_memory == SharedMemory::NotYet {
                        self.runs_when_known = true;
                    } else if !self.offers_shared_memory() {
                        // Otherwise what it is to run needs the user's word first.
                        self.run_or_stop(context);
                    }
                }
            }
        }
    }

    /// Tells the lesson, and has done what it wants.
    fn tell(&mut self, context: &Context<Self>, event: Event) {
        let Some(open) = &mut self.open else { return };
        let changes_settings = matches!(event, Event::Set(..));
        let had_run = open.stage.has_run();
        let commands = open.stage.handle(clock::now(), event);
        let lesson = open.stage.lesson();
        if open.stage.has_run() {
            if !had_run {
                open.tab = Tab::Why;
            }
            if !self.run.contains(&lesson) {
                self.run.push(lesson);
            }
        }
        if changes_settings {
            open.copied = None;
            open.write_address();
        }
        let on_event = context.link().callback(Message::Lesson);
        self.carry_out(commands, &on_event);
    }

    fn carry_out(&mut self, commands: Vec<Command>, on_event: &Callback<Event>) {
        for command in commands {
            match command {
                Command::OnPage(command) => self.on_page.carry_out(command, on_event),
                Command::End => self.end(),
                Command::Start { program, .. } => {
                    self.is_not_saved = false;
                    self.threads.carry_out(command, on_event);
                    // What an earlier run has left goes first.
                    match program {
                        Program::Thread => {}
                        Program::Stage => {
                            self.output = None;
                            let output = Rc::new(Output::new());
                            self.output = Some(Rc::clone(&output));
                            self.threads.give(self.file.clone(), output);
                        }
                        Program::Download => {
                            self.fetched = None;
                            let fetched = Rc::new(Fetched::new());
                            self.fetched = Some(Rc::clone(&fetched));
                            let addresses = self.addresses.clone().unwrap_or_else(|| self.offered().0);
                            self.threads.give_list(addresses, fetched);
                        }
                    }
                }
                command => self.threads.carry_out(command, on_event),
            }
        }
    }

    /// The addresses that are offered for downloading, and what is to be said of them.
    fn offered(&self) -> (String, &'static str) {
        // A worker that starts once it is active is in its charge, also if the page is not.
        let is_active = self.shared_memory == SharedMemory::AfterReload;
        downloads::offered(is_active || isolation::has_service_worker_in_charge())
    }

    /// Ends the threads, and what the page does itself.
    fn end(&mut self) {
        (self.threads, self.on_page) = Default::default();
    }

    /// Ends the check if it runs; whether it did.
    fn end_check(&mut self) -> bool {
        let was_running = self.check.take_if(|check| check.running().is_some()).is_some();
        if was_running {
            self.end();
        }
        was_running
    }

    fn check_or_stop(&mut self, context: &Context<Self>) {
        if self.end_check() {
            return;
        }
        let check =
            self.check.insert(Check::new(BUILD_ID, self.shared_memory.clone(), machine::reported_cores()));
        let commands = check.begin(clock::now());
        self.carry_out_checked(context, commands);
    }

    fn carry_out_checked(&mut self, context: &Context<Self>, commands: Vec<Command>) {
        let on_event = context.link().callback(Message::Checked);
        self.carry_out(commands, &on_event);
    }

    fn run_or_stop(&mut self, context: &Context<Self>) {
        let Some(open) = &mut self.open else { return };
        let event = if *open.stage.status() == Status::Running {
            Event::PressStop
        } else {
            if open.step.is_some() {
                open.step = Some(Step::Run);
            }
            Event::Run { shares_memory: self.shared_memory == SharedMemory::Here }
        };
        self.tell(context, event);
    }

    fn press(&mut self, context: &Context<Self>, key: &str, code: &str) -> bool {
        let Some(open) = &self.open else { return false };
        if address::parse(&browser_address::fragment(), machine::reported_cores()).is_none() {
            // Another page is shown.
            return false;
        }
        match (key, open.step) {
            (" ", _) if self.offers_shared_memory() => self.turn_on_shared_memory(),
            (" ", _) => self.run_or_stop(context),
            ("Escape", Some(_)) => self.present(None),
            // Letters are commands where the user wants them to be, and before a hall.
            _ if character(key, code) == Some('q') && (open.step.is_some() || keyboard::letters_kept()) => {
                browser_address::go_to(&open.qr_route());
            }
            ("ArrowRight" | "PageDown", Some(step)) => self.present(Some(step.next())),
            ("ArrowLeft" | "PageUp", Some(step)) => self.present(Some(step.previous())),
            _ => return false,
        }
        true
    }

    /// Whether the next thing to do is to load the page anew.
    fn offers_shared_memory(&self) -> bool {
        let wants_it = |open: &Open| {
            let needs_it = open.stage.lesson().about().memory != MemoryNeed::None;
            needs_it && *open.stage.status() == Status::Idle
        };
        self.shared_memory == SharedMemory::AfterReload && self.open.as_ref().is_some_and(wants_it)
    }

    fn turn_on_shared_memory(&self) {
        let guess = self.open.as_ref().map_or("", |open| &open.stage.guess().text);
        isolation::reload_for_shared_memory(guess);
    }

    fn present(&mut self, step: Option<Step>) {
        screen::set_presenter(step.is_some());
        let Some(open) = &mut self.open else { return };
        let changes_view = open.step.is_some() != step.is_some();
        open.step = step;
        if changes_view {
            open.write_address();
        }
    }

    fn copy_link(&mut self, context: &Context<Self>) {
        let Some(open) = &self.open else { return };
        let link = browser_address::link(&open.address(false));
        let copied = link.clone();
        let done = context.link().callback(move |done| Message::Copied(copied.clone(), done));
        clipboard::copy(&link, done);
    }
}

/// How long after one file the next one is saved, in milliseconds: of many at once browsers leave some out.
const SAVE_MS: u32 = 250;

/// How long after it was not yet known the browser is asked again whether memory can be shared, in milliseconds.
const ASK_MS: u32 = 500;

fn ask(link: Scope<LecturePage>) {
    spawn_local(async move {
        link.send_message(Message::SharedMemory(isolation::facts().await.shared_memory()));
    });
}
