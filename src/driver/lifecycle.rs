//! What the browser does with the page: hides, freezes, leaves and shows it.

use gloo::events::EventListener;
use gloo::utils::{document, window};

use super::Driver;
use dartboard_core::coordinator::Event;

/// Tells `driver` when the page is frozen and thawed (a laptop's sleep, the back/forward cache) or left, and when
/// it can be seen again. The run is saved before each of these.
pub(super) fn listeners(driver: &Driver) -> Vec<EventListener> {
    let send = |target: &web_sys::EventTarget, event_type: &'static str, event: fn() -> Event| {
        let driver = driver.clone();
        EventListener::new(target, event_type, move |_| driver.send(event()))
    };
    let call = |target: &web_sys::EventTarget, event_type: &'static str, call: fn(&Driver)| {
        let driver = driver.clone();
        EventListener::new(target, event_type, move |_| call(&driver))
    };
    vec![
        send(&window(), "pagehide", || Event::Frozen),
        call(&window(), "pagehide", Driver::leave),
        send(&window(), "pageshow", || Event::Thawed),
        call(&window(), "pageshow", Driver::come_back),
        send(&document(), "freeze", || Event::Frozen),
        call(&document(), "freeze", Driver::save),
        send(&document(), "resume", || Event::Thawed),
        // On a phone nothing may follow.
        call(&document(), "visibilitychange", Driver::save),
        call(&document(), "visibilitychange", Driver::renew_snapshot),
    ]
}
