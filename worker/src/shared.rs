//! Memory that workers share.

use dartboard_threads::memory::{Memory, Woken, Words};
use js_sys::{Int32Array, SharedArrayBuffer};
use wasm_bindgen::prelude::*;

/// The words of a `SharedArrayBuffer`.
///
/// What throws here, throws: a word that is not there, or a wait on the page's main thread, is a defect.
#[derive(Clone, Debug)]
pub struct SharedWords(Int32Array);

impl SharedWords {
    /// Those of a buffer that came by a message.
    pub fn of(buffer: &SharedArrayBuffer) -> Self {
        Self(Int32Array::new(buffer))
    }
}

impl Words for SharedWords {
    fn load(&self, word: u32) -> i32 {
        load(&self.0, word)
    }
}

impl Memory for SharedWords {
    fn store(&self, word: u32, value: i32) {
        store(&self.0, word, value);
    }

    fn add(&self, word: u32, value: i32) -> i32 {
        add(&self.0, word, value)
    }

    fn compare_exchange(&self, word: u32, expected: i32, new: i32) -> i32 {
        compare_exchange(&self.0, word, expected, new)
    }

    fn wait(&self, word: u32, expected: i32, limit_us: Option<u64>) -> Woken {
        let milliseconds = limit_us.map_or(f64::INFINITY, |us| us as f64 / 1_000.0);
        match wait(&self.0, word, expected, milliseconds).as_str() {
            "ok" => Woken::Notified,
            "timed-out" => Woken::TimedOut,
            _ => Woken::Changed,
        }
    }

    fn notify(&self, word: u32) {
        notify(&self.0, word);
    }

    fn get(&self, word: u32) -> i32 {
        self.0.get_index(word)
    }

    fn set(&self, word: u32, value: i32) {
        self.0.set_index(word, value);
    }
}

// Not js_sys's, each of which catches what JavaScript throws: that makes them slower, and nothing could go on.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Atomics)]
    fn load(words: &Int32Array, word: u32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics)]
    fn store(words: &Int32Array, word: u32, value: i32);
    #[wasm_bindgen(js_namespace = Atomics)]
    fn add(words: &Int32Array, word: u32, value: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = compareExchange)]
    fn compare_exchange(words: &Int32Array, word: u32, expected: i32, new: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics)]
    fn wait(words: &Int32Array, word: u32, expected: i32, limit_ms: f64) -> String;
    #[wasm_bindgen(js_namespace = Atomics)]
    fn notify(words: &Int32Array, word: u32);
}
