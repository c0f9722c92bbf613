//! The session of a page, with the browser's address, storage and locks.

use std::rc::Rc;

use dartboard_core::run::checkpoint::Checkpoint;
use dartboard_core::run::stored_names::{RunKey, Scope};
use dartboard_core::session::view::View;
use dartboard_core::session::{Command, Event, Moment, Opening, Session};
use gloo::render::AnimationFrame;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use yew::Callback;

use super::{Decider, Driver, storage};
use crate::browser::locks::Lock;
use crate::browser::storage::scope as stored_scope;
use crate::browser::{address, clock, screen};

/// How often a hidden page, which draws no animation frames, is told what to show, in milliseconds.
const HIDDEN_VIEW_MS: u32 = 1_000;

/// A session, what it holds of the browser, and the page that shows it.
pub struct PageSession {
    session: Session,
    on_view: Callback<Rc<View>>,
    next_view: Option<ViewTimer>,
    pub(super) scope: Scope,
    pub(super) locks: Vec<(RunKey, Lock)>,
    /// Those whose names carry no scope.
    pub(super) unscoped_locks: Vec<Lock>,
}

/// What will hand over the next view: a drawn frame or, in a hidden page, a timer. Dropping it cancels it.
#[expect(dead_code, reason = "held only to be dropped")]
enum ViewTimer {
    Frame(AnimationFrame),
    Hidden(Timeout),
}

impl Driver<PageSession> {
    /// Sets the session of a page to work. Every change of it is followed by one view, handed to `on_view` at the next
    /// animation frame. `opening` is told what names carry, and which run this tab saved last.
    pub fn for_page(
        opening: impl FnOnce(Scope, Option<RunKey>) -> Opening,
        on_view: Callback<Rc<View>>,
    ) -> Self {
        let scope = stored_scope();
        let session = Session::new(opening(scope.clone(), storage::own_run(&scope)));
        let driver = Self::new(PageSession {
            session,
            on_view,
            next_view: None,
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
        driver
    }

    /// The run as it stands.
    pub fn checkpoint(&self) -> Checkpoint {
        self.inner.decider.borrow().session.coordinator().checkpoint(clock::now())
    }

    fn hand_over_view(&self) {
        let (view, on_view) = {
            let mut decider = self.inner.decider.borrow_mut();
            decider.next_view = None;
            (decider.session.view(clock::now()), decider.on_view.clone())
        };
        on_view.emit(Rc::new(view));
    }
}

impl Decider for PageSession {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, event: Event) -> Vec<Command> {
        if matches!(event, Event::Hidden | Event::Seen) {
            // A hidden page draws no frames, and in one seen again the timer may still be waited for.
            self.next_view = None;
        }
        self.session.handle(Moment { now: clock::now(), wall_ms: clock::wall_clock_ms() }, event)
    }

    fn carry_out(driver: &Driver<Self>, command: Command) {
        match command {
            Command::Run(command) => driver.carry_out_for_workers(command),
            Command::SetTimer(at) => driver.set_timer(at, Event::Timer),
            Command::WriteAddress(fragment) => {
                driver.tell(Event::AddressWritten(address::replace(&fragment).is_ok()));
            }
            command => driver.carry_out_for_saved_runs(command),
        }
    }

    fn settled(driver: &Driver<Self>) {
        if driver.inner.decider.borrow().next_view.is_some() {
            return;
        }
        let (hidden, hand_over) = (screen::is_hidden(), driver.clone());
        let timer = if hidden {
            ViewTimer::Hidden(Timeout::new(HIDDEN_VIEW_MS, move || hand_over.hand_over_view()))
        } else {
            ViewTimer::Frame(gloo::render::request_animation_frame(move |_| hand_over.hand_over_view()))
        };
        driver.inner.decider.borrow_mut().next_view = Some(timer);
    }
}
