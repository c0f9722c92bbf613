//! Reads a file or an answer chunk by chunk.

use js_sys::futures::JsFuture;
use js_sys::{ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader};

/// How many bytes are read at a time, at most.
const READ_BYTES: u32 = 1 << 19;

/// When a chunk is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// As soon as there is a byte.
    AtOnce,
    /// Once it is full: the browser then tells of fewer, which takes half of the time. Where it cannot wait, as soon as
    /// there is a byte.
    Full,
}

/// The chunks of a stream. While one is used, the next is read: what comes while nobody reads, browsers put into buffers that
/// stay until they next collect garbage.
#[derive(Debug)]
pub struct Chunks {
    reader: Reader,
    comes: Comes,
    /// What is read now.
    next: Option<JsFuture>,
    /// The last one that was given.
    given: Option<Uint8Array>,
}

#[derive(Debug)]
enum Reader {
    /// Reads go into two buffers in turn: a new one for each read would stay as well.
    IntoBuffer(ReadableStreamByobReader),
    /// Where the browser reads only into buffers of its own.
    Plain(ReadableStreamDefaultReader),
}

impl Chunks {
    /// Those of `stream`, which nobody else reads.
    pub fn of(stream: &ReadableStream, comes: Comes) -> Self {
        let reader = ReadableStreamByobReader::new(stream)
            .map_or_else(|_| Reader::Plain(stream.get_reader().unchecked_into()), Reader::IntoBuffer);
        Self { reader, comes, next: None, given: None }
    }

    /// The next chunk, which is never empty; none at the end. With the next call, it is gone.
    ///
    /// # Errors
    /// What the browser throws.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        let next = self.next.take().unwrap_or_else(|| self.read(&ArrayBuffer::new(READ_BYTES)));
        // The last chunk may come together with the end.
        let value = Reflect::get(&next.await?, &"value".into())?;
        let chunk = value.dyn_into::<Uint8Array>().ok().filter(|chunk| chunk.length() > 0);
        if let Some(chunk) = &chunk {
            let free = self.given.replace(chunk.clone());
            let buffer = free.map_or_else(|| ArrayBuffer::new(READ_BYTES), |given| given.buffer());
            self.next = Some(self.read(&buffer));
        }
        Ok(chunk)
    }

    fn read(&self, buffer: &ArrayBuffer) -> JsFuture {
        JsFuture::from(match &self.reader {
            Reader::IntoBuffer(reader) => {
                let least = if self.comes == Comes::Full { READ_BYTES } else { 1 };
                let options = Object::new();
                // A plain object takes any property.
                let _ = Reflect::set(&options, &"min".into(), &least.into());
                reader.unchecked_ref::<IntoBuffer>().read(&Uint8Array::new(buffer), &options)
            }
            Reader::Plain(reader) => reader.read(),
        })
    }
}

#[wasm_bindgen]
extern "C" {
    /// With the option `min`, which `web_sys` lacks.
    #[wasm_bindgen(js_name = ReadableStreamBYOBReader)]
    type IntoBuffer;
    #[wasm_bindgen(method)]
    fn read(this: &IntoBuffer, view: &Uint8Array, options: &Object) -> Promise;
}
