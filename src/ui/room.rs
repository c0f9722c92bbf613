//! The room that an element has, followed as it changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

use crate::browser::screen;
use dartboard_core::chart::Room;

/// A room to lay out by before the element is measured, in CSS pixels.
const UNMEASURED: Room = Room { width: 600.0, height: 400.0, line: 16.0 };

/// Height of a line of text, in sizes of its letters.
const LINE: f64 = 1.15;

/// The room of the element at `node`, in CSS pixels.
#[hook]
pub fn use_room(node: &NodeRef) -> Room {
    let room = use_state_eq(|| UNMEASURED);
    {
        let room = room.setter();
        use_effect_with(node.clone(), move |node| {
            let element = node.cast::<Element>();
            let measured = element.clone();
            let on_resize = Closure::<dyn Fn()>::new(move || {
                if let Some(element) = &measured {
                    room.set(Room {
                        width: f64::from(element.client_width()),
                        height: f64::from(element.client_height()),
                        line: LINE * screen::font_size_px(element),
                    });
                }
            });
            let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, &element) {
                observer.observe(element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(on_resize);
            }
        });
    }
    *room
}
