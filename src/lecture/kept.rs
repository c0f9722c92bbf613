//! Files in the browser's private storage that a run's workers fill, kept as long as the page needs them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dartboard_worker::own_files::{self, NAME};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::browser::{clock, scripts};
use crate::driver::{Program, script_url};

/// The folder of a run. Dropping it deletes what is in it.
pub(super) struct Kept {
    folder: String,
    /// Ends that it is kept; none before the script is there.
    release: Rc<RefCell<Option<Function>>>,
    is_wanted: Rc<Cell<bool>>,
}

impl Kept {
    /// A new one, of a name that no other page has.
    pub(super) fn new() -> Self {
        let folder = clock::shared_us().to_string();
        let release = Rc::new(RefCell::new(None::<Function>));
        let is_wanted = Rc::new(Cell::new(true));
        let keep = {
            let (folder, release, is_wanted) = (folder.clone(), Rc::clone(&release), Rc::clone(&is_wanted));
            move || {
                if scripts::has(NAME) && is_wanted.get() {
                    release.replace(Some(own_files::keep(&folder)));
                }
            }
        };
        if scripts::has(NAME) {
            keep();
        } else if let Some(address) = script_url(Program::Files) {
            scripts::run(&address, Closure::once_into_js(keep).unchecked_ref());
        }
        Self { folder, release, is_wanted }
    }

    /// Its name.
    pub(super) fn folder(&self) -> &str {
        &self.folder
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.is_wanted.set(false);
        if let Some(release) = self.release.take() {
            // It throws nothing.
            let _ = release.call0(&JsValue::NULL);
        }
    }
}
