//! What the page does itself for a lesson: it works, and watches its own frames and inputs. It carries out a stage's
//! commands; the results go back as events.

use std::cell::RefCell;
use std::mem::take;
use std::rc::Rc;
use std::time::Duration;

use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use gloo::utils::document;
use js_sys::futures::spawn_local;
use yew::Callback;

use super::window;
use crate::browser::frames::Frames;
use crate::browser::{clock, screen};
use dartboard_core::lecture::stage::{Event, PageCommand, Watched, Worked};
use dartboard_core::text::whole_us;
use dartboard_core::time::Instant;
use dartboard_threads::thread::work_for;

/// What goes on on the page. Dropping it ends it.
#[derive(Default)]
pub(super) struct OnPage {
    watch: Option<Watch>,
    /// The only one while the work goes on: the work ends without it.
    work: Option<Rc<()>>,
}

struct Watch {
    _frames: Frames,
    _tell: Interval,
    _listeners: [EventListener; 3],
}

impl OnPage {
    /// Carries out `command`. What comes of it goes to `on_event`.
    pub(super) fn carry_out(&mut self, command: PageCommand, on_event: &Callback<Event>) {
        match command {
            PageCommand::Label(text) => window::set_label(&text),
            PageCommand::Watch { every_ms } => self.watch = Some(Watch::begin(every_ms, on_event)),
            PageCommand::Work { us, piece_us } => self.work(us, piece_us, on_event.clone()),
        }
    }

    /// Works. The first piece is done when this returns: it belongs to the callback of the press.
    fn work(&mut self, us: u64, piece_us: u64, on_event: Callback<Event>) {
        let from = clock::now();
        let mut left_us = us;
        let mut pieces = 0;
        let mut work_a_piece = move || {
            let piece_us = piece_us.min(left_us);
            // Its result is of no use; it must be worked for all the same.
            std::hint::black_box(work_for(piece_us, || whole_us(clock::now().since_origin())));
            left_us -= piece_us;
            pieces += 1;
            (left_us == 0).then(|| Event::Worked(Worked { from, to: clock::now(), pieces }))
        };
        if let Some(done) = work_a_piece() {
            return on_event.emit(done);
        }
        let goes_on = Rc::new(());
        let is_wanted = Rc::downgrade(&goes_on);
        self.work = Some(goes_on);
        spawn_local(async move {
            loop {
                clock::wait(0).await;
                if is_wanted.strong_count() == 0 {
                    return;
                }
                if let Some(done) = work_a_piece() {
                    return on_event.emit(done);
                }
            }
        });
    }
}

impl Watch {
    fn begin(every_ms: u32, on_event: &Callback<Event>) -> Self {
        let seen = Rc::new(RefCell::new(Watched {
            since: clock::now(),
            frames: Vec::new(),
            inputs: Vec::new(),
            was_hidden: screen::is_hidden(),
        }));
        let frames = {
            let seen = Rc::clone(&seen);
            Frames::each(move || seen.borrow_mut().frames.push(clock::now()))
        };
        let on_input = |name: &'static str| {
            let seen = Rc::clone(&seen);
            EventListener::new(&document(), name, move |event| {
                let stamped = Duration::try_from_secs_f64(event.time_stamp() / 1_000.0).unwrap_or_default();
                seen.borrow_mut().inputs.push((Instant::after_origin(stamped), clock::now()));
            })
        };
        let [on_key, on_pointer] = ["keydown", "pointerdown"].map(on_input);
        let on_sight = {
            let seen = Rc::clone(&seen);
            EventListener::new(&document(), "visibilitychange", move |_| seen.borrow_mut().was_hidden = true)
        };
        let on_event = on_event.clone();
        let tell = Interval::new(every_ms, move || {
            let mut seen = seen.borrow_mut();
            on_event.emit(Event::Watched(Watched {
                since: seen.since,
                frames: take(&mut seen.frames),
                inputs: take(&mut seen.inputs),
                was_hidden: seen.was_hidden,
            }));
        });
        Self { _frames: frames, _tell: tell, _listeners: [on_key, on_pointer, on_sight] }
    }
}
