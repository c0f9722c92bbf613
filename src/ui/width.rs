//! The width of an element, followed as it changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// A width to lay out by before the element is measured, in CSS pixels.
const UNMEASURED_PX: f64 = 600.0;

/// The width of the element at `node`, in CSS pixels.
#[hook]
pub fn use_width_px(node: &NodeRef) -> f64 {
    let width_px = use_state_eq(|| UNMEASURED_PX);
    {
        let width_px = width_px.setter();
        use_effect_with(node.clone(), move |node| {
            let element = node.cast::<Element>();
            let measured = element.clone();
            let on_resize = Closure::<dyn Fn()>::new(move || {
                if let Some(element) = &measured {
                    width_px.set(f64::from(element.client_width()));
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
    *width_px
}
