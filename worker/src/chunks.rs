//! Reads a file or an answer chunk by chunk.

use js_sys::futures::JsFuture;
use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader};

/// How many bytes are read at a time, at most.
const READ_BYTES: u32 = 1 << 19;

/// The chunks of a stream. While one is used, the next is read: data that comes while nobody reads goes into buffers that stay
/// until the browser next collects garbage.
#[derive(Debug)]
pub struct Chunks {
    reader: Reader,
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
    pub fn of(stream: &ReadableStream) -> Self {
        let reader = ReadableStreamByobReader::new(stream)
            .map_or_else(|_| Reader::Plain(stream.get_reader().unchecked_into()), Reader::IntoBuffer);
        Self { reader, next: None, given: None }
    }

    /// The next chunk, which is never empty; none at the end. With the next call, it is gone.
    ///
    /// # Errors
    /// What the browser throws.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        let next = self.next.take().unwrap_or_else(|| self.read(&ArrayBuffer::new(READ_BYTES)));
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
            Reader::IntoBuffer(reader) => reader.read_with_array_buffer_view(&Uint8Array::new(buffer)),
            Reader::Plain(reader) => reader.read(),
        })
    }
}
