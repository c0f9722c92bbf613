//! The session of a page, with the browser's address, storage and locks.

use std::rc::Rc;
use std::time::Duration;

use dartboard_core::lecture::layers::Load;
use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::run::stored_names::{RunKey, Scope};
use dartboard_core::session::view::View;
use dartboard_core::session::{Command, Event, Moment, Opening, Session};
use dartboard_core::time::Instant;
use gloo::render::AnimationFrame;
use gloo::utils::{document, window};
use yew::Callback;

use super::{Decider, Driver, storage};
use crate::browser::locks::Lock;
use crate::browser::storage::scope as stored_scope;
use crate::browser::{address, clock, screen, wake_lock};

/// A session, what it holds of the browser, and the page that shows it.
pub struct PageSession {
    session: Session,
    on_view: Callback<Rc<View>>,
    /// The frame that will show the session. Dropping it cancels it.
    frame: Option<AnimationFrame>,
    /// The page's name.
    name: String,
    /// Keeps the screen on.
    awake: Option<Lock>,
    /// Since when it handles events; none while it has none to handle.
    begun: Option<Instant>,
    /// How long it has handled events in all.
    busy: Duration,
    pub(super) scope: Scope,
    pub(super) locks: Vec<(RunKey, Lock)>,
    /// Those whose names carry no scope.
    pub(super) unscoped_locks: Vec<Lock>,
}

impl Driver<PageSession> {
    /// Sets the session of a page to work, and hands its views to `on_view` when it says so. `opening` is told what names
    /// carry, and which run this tab saved last.
    pub fn for_page(
        opening: impl FnOnce(Scope, Option<RunKey>) -> Opening,
        on_view: Callback<Rc<View>>,
    ) -> Self {
        let scope = stored_scope();
        let session = Session::new(opening(scope.clone(), storage::own_run(&scope)));
        let driver = Self::new(PageSession {
            session,
            on_view,
            frame: None,
            name: document().title(),
            awake: None,
            begun: None,
            busy: Duration::ZERO,
            scope,
            locks: Vec::new(),
            unscoped_locks: Vec::new(),
        });
        driver.listen(&window(), "pagehide", || Event::Left);
        driver.listen(&window(), "pageshow", || Event::CameBack);
        driver.listen(&document(), "freeze", || Event::Frozen);
        driver.listen(&document(), "resume", || Event::Thawed);
        driver.listen(&document(), "visibilitychange", || {
            if screen::is_hidden() { Event::Hidden } else { Event::Seen }
        });
        driver.tell(Event::Opened);
        // A tab may be opened behind another.
        if screen::is_hidden() {
            driver.tell(Event::Hidden);
        }
        driver
    }

    /// The run as it stands.
    pub fn checkpoint(&self) -> Checkpoint {
        self.inner.decider.borrow().session.coordinator().checkpoint(clock::now())
    }

    /// What the run has asked of this thread so far.
    pub fn load(&self) -> Load {
        Load { messages: self.inner.traffic.get().messages, busy: self.inner.decider.borrow().busy }
    }

    fn show(&self) {
        let (view, on_view) = {
            let mut decider = self.inner.decider.borrow_mut();
            decider.frame = None;
            (decider.session.view(clock::now()), decider.on_view.clone())
        };
        let pictures = view.pictures;
        on_view.emit(Rc::new(view));
        self.tell(Event::Shown(pictures));
    }
}

impl Decider for PageSession {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, event: Event) -> Vec<Command> {
        if matches!(event, Event::Hidden | Event::Seen) {
            // A hidden page draws no frames.
            self.frame = None;
        }
        let now = clock::now();
        self.begun.get_or_insert(now);
        self.session.handle(Moment { now, wall_ms: clock::wall_clock_ms() }, event)
    }

    fn settled(driver: &Driver<Self>) {
        let mut decider = driver.inner.decider.borrow_mut();
        if let Some(begun) = decider.begun.take() {
            decider.busy += clock::now() - begun;
        }
    }

    fn carry_out(driver: &Driver<Self>, command: Command) {
        match command {
            Command::Run(command) => driver.carry_out_for_workers(command),
            Command::SetTimer(at) => driver.set_timer(at, Event::Timer),
            Command::Show if screen::is_hidden() => driver.show(),
            Command::Show => {
                let shown = driver.clone();
                let frame = gloo::render::request_animation_frame(move |_| shown.show());
                driver.inner.decider.borrow_mut().frame = Some(frame);
            }
            Command::SetTitle(run) => {
                let name = &driver.inner.decider.borrow().name;
                let between = if run.is_empty() { "" } else { " · " };
                document().set_title(&[&run, between, name].concat());
            }
            Command::KeepAwake(awake) => {
                let lock = awake.then(wake_lock::keep_awake).flatten();
                driver.inner.decider.borrow_mut().awake = lock;
            }
            Command::WriteAddress(fragment) => {
                driver.tell(Event::AddressWritten(address::replace(&fragment).is_ok()));
            }
            command => driver.carry_out_for_saved_runs(command),
        }
    }
}
