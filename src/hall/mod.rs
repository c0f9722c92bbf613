//! The page of a class: it shows what `dartboard_core::hall::page` decides, and carries it out with a socket, requests and
//! workers.

mod device;
mod number;
mod screen;
mod wall;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use js_sys::futures::spawn_local;
use yew::prelude::*;
use yew::virtual_dom::VTag;

use crate::browser::locks::Lock;
use crate::browser::socket::{Socket, SocketSignal};
use crate::browser::theme::Theme;
use crate::browser::{
    address as browser_address, clock, fetch, hall, machine, screen as seen, storage, wake_lock,
};
use crate::driver::Driver;
use crate::driver::ranges::{self, RangeCoordinator, Told};
use crate::ui::{element, text, view_header, view_theme_switch};
use dartboard_core::address::{self, Page as SitePage};
use dartboard_core::coordinator;
use dartboard_core::hall::page::{Answer, Command, Event, Opening, Page, Request, View};
use dartboard_core::run::config::WorkerCount;
use dartboard_core::spoken::Spoken;
use dartboard_core::text::{Fixed, whole_ms};

/// What the page is for.
const HEADING: &str = "Count together with your class";

/// The broker's socket, relative to the page.
const BROKER: &str = "hall/nats";

/// What changes the page.
pub enum Message {
    /// Something that the page is told.
    Tell(Event),
    /// Try again to start workers.
    Retry,
    /// The next theme.
    SwitchTheme,
}

/// The page of a class.
pub struct HallPage {
    page: Page,
    socket: Option<Socket>,
    /// What counts, from the first lease on.
    counter: Option<Driver<RangeCoordinator>>,
    workers: u32,
    /// Dropping it cancels it.
    timer: Option<Timeout>,
    /// Keeps the screen on.
    awake: Option<Lock>,
    theme: Theme,
    /// Whether the presenter view was asked for.
    is_presenting: bool,
    spoken: RefCell<Spoken<&'static str>>,
    _listeners: Vec<EventListener>,
}

impl Component for HallPage {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let cores = WorkerCount::nearest(machine::reported_cores()).get();
        let page = Page::new(Opening {
            run: hall::run(),
            kept: storage::kept_by_tab(&storage::scope().seat()),
            cores,
            jitter: machine::random_number(),
            can_keep_awake: wake_lock::is_there(),
        });
        context.link().send_message(Message::Tell(addressed()));
        Self {
            page,
            socket: None,
            counter: None,
            workers: cores,
            timer: None,
            awake: None,
            theme: Theme::kept(),
            is_presenting: false,
            spoken: RefCell::default(),
            _listeners: listeners(context),
        }
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Tell(event) => {
                let commands = self.page.handle(clock::now(), event);
                let shows = commands.contains(&Command::Show);
                for command in commands {
                    self.carry_out(context, command);
                }
                if shows {
                    self.present();
                }
                return shows;
            }
            Message::Retry => self.tell_counter(ranges::Event::Run(coordinator::Event::Retry)),
            Message::SwitchTheme => self.theme = self.theme.switched(),
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let now = clock::now();
        let view = self.page.view(now);
        let theme_switch = view_theme_switch(self.theme, link.callback(|_| Message::SwitchTheme));
        let say = |state, news: &dyn Fn() -> String| self.spoken.borrow_mut().say(now, state, news);
        let main = match &view {
            View::Elsewhere => view_elsewhere(),
            View::Device(view) => device::view_device(view, link, &say),
            View::Screen(view) => screen::view_screen(view, &say),
        };
        html! {
            <>
                { view_header(SitePage::Hall, theme_switch) }
                { view_mirror(&view) }
                { main }
            </>
        }
    }
}

/// Tells the page what happens around it.
fn listeners(context: &Context<HallPage>) -> Vec<EventListener> {
    let tell = context.link().callback(Message::Tell);
    let on_address = tell.clone();
    let (on_visible, on_back) = (tell.clone(), tell);
    vec![
        EventListener::new(&window(), "hashchange", move |_| on_address.emit(addressed())),
        EventListener::new(&window(), "pageshow", move |_| on_back.emit(Event::Seen)),
        EventListener::new(&document(), "visibilitychange", move |_| {
            if !seen::is_hidden() {
                on_visible.emit(Event::Seen);
            }
        }),
    ]
}

/// What the address says: it is that of this page, or of another.
fn addressed() -> Event {
    let fragment = browser_address::fragment();
    if address::parse(&fragment).page() == SitePage::Hall { Event::At(fragment) } else { Event::Left }
}

impl HallPage {
    fn carry_out(&mut self, context: &Context<Self>, command: Command) {
        match command {
            Command::Request { request, form } => ask(context, request, form),
            Command::OpenSocket => self.open_socket(context),
            Command::Send(bytes) => {
                if let Some(socket) = &self.socket {
                    socket.send(&bytes);
                }
            }
            // Dropping a socket closes and silences it.
            Command::CloseSocket => self.socket = None,
            Command::Count { lease, seed, blocks } => {
                if self.counter.is_none() {
                    self.counter = Some(counter(context));
                    self.tell_counter(ranges::Event::SetWorkers(self.workers));
                }
                self.tell_counter(ranges::Event::Count { lease, seed, blocks });
            }
            Command::Abandon => self.tell_counter(ranges::Event::Abandon),
            Command::SetWorkers(workers) => {
                self.workers = workers;
                self.tell_counter(ranges::Event::SetWorkers(workers));
            }
            Command::EndWorkers => self.tell_counter(ranges::Event::Run(coordinator::Event::Close)),
            Command::Keep(text) => storage::keep_in_tab(&storage::scope().seat(), text.as_deref()),
            Command::KeepAwake(awake) => self.awake = awake.then(wake_lock::keep_awake).flatten(),
            Command::SetTimer(at) => {
                let tell = context.link().callback(Message::Tell);
                self.timer = at.map(|at| {
                    // Rounded up: a timer that fires early would only be set again.
                    let delay_ms = whole_ms((at - clock::now()).saturating_add(Duration::from_micros(999)));
                    Timeout::new(
                        u32::try_from(delay_ms).unwrap_or(MAX_TIMEOUT_MS).min(MAX_TIMEOUT_MS),
                        move || {
                            tell.emit(Event::Timer);
                        },
                    )
                });
            }
            Command::Show => {}
        }
    }

    fn open_socket(&mut self, context: &Context<Self>) {
        let tell = context.link().callback(Message::Tell);
        let on_signal = {
            let tell = tell.clone();
            move |signal| {
                tell.emit(match signal {
                    SocketSignal::Opened => Event::SocketOpened,
                    SocketSignal::Received(bytes) => Event::Received(bytes),
                    SocketSignal::Closed => Event::SocketClosed,
                });
            }
        };
        self.socket = Socket::open(BROKER, on_signal).ok();
        if self.socket.is_none() {
            tell.emit(Event::SocketClosed);
        }
    }

    fn tell_counter(&self, event: ranges::Event) {
        if let Some(counter) = &self.counter {
            counter.tell(event);
        }
    }

    /// Lets the style sheet show the screen as large as it can be, or no more.
    fn present(&mut self) {
        let is_here = matches!(addressed(), Event::At(_));
        let presents = is_here && self.page.is_screen();
        if presents || self.is_presenting {
            seen::set_presenter(presents);
        }
        self.is_presenting = presents;
    }
}

/// The longest delay a browser's timer takes, in milliseconds; a longer one would fire at once.
const MAX_TIMEOUT_MS: u32 = 0x7fff_ffff;

fn counter(context: &Context<HallPage>) -> Driver<RangeCoordinator> {
    let tell = context.link().callback(Message::Tell);
    Driver::of_ranges(Rc::new(move |told| {
        tell.emit(match told {
            Told::Progress { points, trouble } => Event::Progress { points, trouble },
            Told::Counted { lease, tally } => Event::Counted { lease, tally },
        });
    }))
}

/// Asks the hall, and tells what it answers.
fn ask(context: &Context<HallPage>, request: Request, form: Option<String>) {
    let tell = context.link().callback(Message::Tell);
    spawn_local(async move {
        let answer = fetch::ask(request.path(), form.as_deref()).await;
        let answer = answer.map(|(status, text)| Answer { status, text });
        tell.emit(Event::Answered { request, answer });
    });
}

/// The state for scripts: numbers plain.
fn view_mirror(view: &View) -> Html {
    let mut mirror = VTag::new("div");
    let mut say = |name, value: String| mirror.add_attribute(name, value);
    say("id", "hall".to_owned());
    say("hidden", String::new());
    let (tally, rate) = match view {
        View::Elsewhere => {
            say("data-view", "away".to_owned());
            (None, 0.0)
        }
        View::Device(view) => {
            say("data-view", "join".to_owned());
            say("data-standing", view.standing.name().to_owned());
            say("data-points", view.points.to_string());
            if let Some((_, seat)) = &view.seat {
                say("data-seat", seat.clone());
            }
            (Some(view.tally), view.points_per_second)
        }
        View::Screen(view) => {
            say("data-view", "screen".to_owned());
            say("data-standing", view.standing.name().to_owned());
            say("data-devices", view.tiles.len().to_string());
            let show = view.show.as_ref();
            (show.map(|show| show.tally), show.map_or(0.0, |show| show.points_per_second as f64))
        }
    };
    let tally = tally.unwrap_or_default();
    say("data-total-points", tally.points.to_string());
    say("data-total-inside", tally.inside.to_string());
    say("data-rate", Fixed(rate, 0).to_string());
    mirror.into()
}

/// What to do where no hall serves the page.
fn view_elsewhere() -> Html {
    const WHY: &str = "All devices of a class can count one estimate of π. This page was not served by a class, so there is \
        nothing to join here. Whoever leads the class starts one on a computer in the same network, with the program:";
    const THEN: &str = "It prints an address, a code and a QR code. Every device that opens this address can join with the code.";
    let parts = vec![
        text("h1", "", HEADING.into()),
        text("p", "", WHY.into()),
        text("code", "command", "dartboard hall".into()),
        text("p", "", THEN.into()),
    ];
    element("main", "class", vec![element("section", "panel class-form", parts)])
}
