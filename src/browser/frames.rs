//! The frames that the browser draws.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo::render::{AnimationFrame, request_animation_frame};

/// Calls back before each frame, until it is dropped. A hidden page has none.
pub struct Frames {
    _next: Rc<Next>,
}

/// The next frame, which is no longer wanted when this is dropped.
type Next = RefCell<Option<AnimationFrame>>;

impl Frames {
    /// Calls `on_frame`.
    pub fn each(on_frame: impl Fn() + 'static) -> Self {
        let next = Rc::new(RefCell::new(None));
        ask(&next, Rc::new(on_frame));
        Self { _next: next }
    }
}

fn ask(next: &Rc<Next>, on_frame: Rc<dyn Fn()>) {
    let then: Weak<Next> = Rc::downgrade(next);
    let frame = request_animation_frame(move |_| {
        let Some(next) = then.upgrade() else { return };
        on_frame();
        ask(&next, on_frame);
    });
    *next.borrow_mut() = Some(frame);
}
