//! What the browser does with the page: hides, freezes, leaves and shows it.

use dartboard_core::session::Event;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use web_sys::EventTarget;

use super::Driver;

/// Tells `driver` when the page is frozen and thawed (a laptop's sleep, the back/forward cache) or left, and when
/// it can be seen again.
pub(super) fn listeners(driver: &Driver) -> Vec<EventListener> {
    let tell = |target: &EventTarget, event_type: &'static str, event: fn() -> Event| {
        let driver = driver.clone();
        EventListener::new(target, event_type, move |_| driver.tell(event()))
    };
    let on_turned = {
        let driver = driver.clone();
        move |_: &_| {
            driver.tell(Event::Turned);
            driver.renew_view();
        }
    };
    vec![
        tell(&window(), "pagehide", || Event::Left),
        tell(&window(), "pageshow", || Event::CameBack),
        tell(&document(), "freeze", || Event::Frozen),
        tell(&document(), "resume", || Event::Thawed),
        EventListener::new(&document(), "visibilitychange", on_turned),
    ]
}
