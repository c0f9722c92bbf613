//! What comes of a file or of an answer, chunk by chunk.

use js_sys::futures::JsFuture;
use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader};

/// How many bytes are read at a time, at most.
const READ_BYTES: u32 = 1 << 20;

/// The chunks of a stream.
#[derive(Debug)]
pub struct Chunks {
    reader: Reader,
    /// What the next one is read into.
    buffer: ArrayBuffer,
}

#[derive(Debug)]
enum Reader {
    /// Into one buffer, again and again: a new one for each read would stay until the browser next collects garbage.
    IntoBuffer(ReadableStreamByobReader),
    /// Where the browser reads only into buffers of its own.
    Plain(ReadableStreamDefaultReader),
}

impl Chunks {
    /// Those of `stream`, which nobody else reads.
    pub fn of(stream: &ReadableStream) -> Self {
        if let Ok(reader) = ReadableStreamByobReader::new(stream) {
            return Self { reader: Reader::IntoBuffer(reader), buffer: ArrayBuffer::new(READ_BYTES) };
        }
        Self { reader: Reader::Plain(stream.get_reader().unchecked_into()), buffer: ArrayBuffer::new(0) }
    }

    /// The next chunk, which is never empty; none at the end. With the next call, it is gone.
    ///
    /// # Errors
    /// What the browser throws.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        let read = match &self.reader {
            Reader::IntoBuffer(reader) => reader.read_with_array_buffer_view(&Uint8Array::new(&self.buffer)),
            Reader::Plain(reader) => reader.read(),
        };
        let value = Reflect::get(&JsFuture::from(read).await?, &"value".into())?;
        let Ok(chunk) = value.dyn_into::<Uint8Array>() else { return Ok(None) };
        if matches!(self.reader, Reader::IntoBuffer(_)) {
            self.buffer = chunk.buffer();
        }
        Ok((chunk.length() > 0).then_some(chunk))
    }
}
