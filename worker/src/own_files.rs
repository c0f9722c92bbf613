//! Files in the browser's private storage: what `own-files.js` offers.

use js_sys::futures::JsFuture;
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// The name by which the script shows that it is there.
pub const NAME: &str = "dartboard_files";

/// A file that this worker alone writes and reads.
#[derive(Debug)]
pub struct OwnFile(Access);

impl OwnFile {
    /// An empty file of that name in the folder of a run; none where the browser has no files of its own.
    pub async fn open(folder: &str, file: &str) -> Option<Self> {
        let access = JsFuture::from(FILES.with(|files| files.open(folder, file))).await;
        let access = access.ok().filter(|access| !access.is_null())?;
        Some(Self(access.unchecked_into()))
    }

    /// Writes bytes from `at` on.
    ///
    /// # Errors
    /// What the browser throws, or that not all of them could be written.
    pub fn write(&self, bytes: &[u8], at: u64) -> Result<(), JsValue> {
        whole(self.0.write(bytes, &place(at))?, bytes.len() as f64)
    }

    /// Writes bytes that are not in this program's memory.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_from(&self, bytes: &Uint8Array, at: u64) -> Result<(), JsValue> {
        whole(self.0.write_from(bytes, &place(at))?, f64::from(bytes.length()))
    }

    /// Reads from `at` on; how many bytes, 0 at the end.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn read(&self, into: &mut [u8], at: u64) -> Result<usize, JsValue> {
        // The browser's answer is at most the length.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
        let bytes = self.0.read(into, &place(at))? as usize;
        Ok(bytes)
    }

    /// Makes it empty.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn clear(&self) -> Result<(), JsValue> {
        self.0.truncate(0.0)
    }

    /// Others may have the file from now on.
    pub fn close(&self) {
        self.0.close();
    }
}

fn whole(written: f64, bytes: f64) -> Result<(), JsValue> {
    if written < bytes { Err(js_sys::Error::new("not all of it was written").into()) } else { Ok(()) }
}

fn place(at: u64) -> JsValue {
    let options = Object::new();
    // A plain object takes any property.
    let _ = Reflect::set(&options, &"at".into(), &(at as f64).into());
    options.into()
}

/// What is in a file of a run's folder, once nobody writes it any more.
///
/// # Errors
/// What the browser throws.
pub async fn take(folder: &str, file: &str) -> Result<Blob, JsValue> {
    Ok(JsFuture::from(FILES.with(|files| files.take(folder, file))).await?.unchecked_into())
}

/// Deletes a file of a run's folder.
pub fn remove(folder: &str, file: &str) {
    // It says nothing, and a file that stays goes with its folder.
    let _ = FILES.with(|files| files.remove(folder, file));
}

/// Keeps the folder of a run until the function that this gives is called.
pub fn keep(folder: &str) -> Function {
    FILES.with(|files| files.keep(folder))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Object)]
    type Files;

    #[wasm_bindgen(thread_local_v2, js_name = dartboard_files)]
    static FILES: Files;

    #[wasm_bindgen(method)]
    fn open(this: &Files, folder: &str, file: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn take(this: &Files, folder: &str, file: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn remove(this: &Files, folder: &str, file: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn keep(this: &Files, folder: &str) -> Function;

    #[derive(Debug)]
    #[wasm_bindgen(js_name = FileSystemSyncAccessHandle)]
    type Access;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Access, bytes: &[u8], at: &JsValue) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, catch, js_name = write)]
    fn write_from(this: &Access, bytes: &Uint8Array, at: &JsValue) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Access, into: &mut [u8], at: &JsValue) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn truncate(this: &Access, bytes: f64) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &Access);
}
