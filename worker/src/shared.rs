//! Memory that workers share.

use dartboard_threads::memory::{Memory, Woken, Words};
use dartboard_threads::pipe::Bytes;
use js_sys::{Int32Array, SharedArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;

/// The words of a `SharedArrayBuffer`.
///
/// Exceptions are not caught: a word that is not there, or a wait on the page's main thread, is a defect.
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

/// The bytes of a `SharedArrayBuffer`.
#[derive(Clone, Debug)]
pub struct SharedBytes(ByteView);

impl SharedBytes {
    /// Those of a buffer that came by a message.
    pub fn of(buffer: &SharedArrayBuffer) -> Self {
        Self(Uint8Array::new(buffer).unchecked_into())
    }
}

/// Browsers copy shared bytes eight at a time where both places begin alike within eight, and otherwise one at a time, which
/// takes six times as long. So more bytes than these are first copied to where they begin as they should.
const MOST_UNEVEN: usize = 256;

/// How many at a time.
const EVENED: usize = 8 << 10;

/// Room for these, from any place within eight on.
#[repr(align(8))]
struct Even([u8; EVENED + 8]);

impl Bytes for SharedBytes {
    fn write(&self, mut at: u32, bytes: &[u8]) {
        if bytes.len() <= MOST_UNEVEN || within_8(at as usize) == within_8(bytes.as_ptr().addr()) {
            return self.0.set(bytes, at);
        }
        let mut even = Even([0; _]);
        for some in bytes.chunks(EVENED) {
            let room = &mut even.0[within_8(at as usize)..][..some.len()];
            room.copy_from_slice(some);
            self.0.set(room, at);
            at += u32::try_from(some.len()).unwrap_or_default();
        }
    }

    fn append(&self, at: u32, bytes: u32, into: &mut Vec<u8>) {
        let length = into.len();
        into.resize(length + bytes as usize, 0);
        self.0.subarray(at, at + bytes).copy_to(&mut into[length..]);
    }
}

fn within_8(place: usize) -> usize {
    place % 8
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
    /// Copies from the program's memory, which `js_sys` would have to name anew for each copy.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type ByteView;
    #[wasm_bindgen(method)]
    fn set(this: &ByteView, bytes: &[u8], at: u32);
}
