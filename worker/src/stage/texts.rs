//! What a stage reads and writes: it reads a file or a generated text; it writes a file in the browser's private storage, or
//! parts that the page keeps.

use std::cell::RefCell;
use std::rc::Rc;

use dartboard_pipeline::generated::Generated;
use dartboard_threads::stage::{CHUNK_BYTES, Read, Text};
use dartboard_worker::chunks::{Chunks, Comes};
use dartboard_worker::error_text;
use dartboard_worker::own_files::OwnFile;
use js_sys::futures::spawn_local;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileReaderSync, MessagePort};

use super::told;

/// Names the generated text.
const SEED: u64 = 1;

/// The writer's file in the folder of its run.
const OUTPUT: &str = "text";

/// The most bytes that a page keeps where a browser has no file system.
const MOST_KEPT_BYTES: u64 = 512 << 20;

/// What belongs to a stage.
pub(super) enum StageText {
    None,
    From(Source),
    Into(Output),
}

/// Where the reader reads.
pub(super) enum Source {
    Generated(Generated),
    File(Rc<RefCell<Incoming>>),
}

/// What comes of a file, chunk by chunk. While the stage works on one, the browser reads the next.
pub(super) struct Incoming {
    /// None while one is waited for.
    chunks: Option<Chunks>,
    state: Reading,
}

enum Reading {
    Goes,
    /// This has come.
    Came(Uint8Array),
    Ended,
    Failed(String),
}

/// Where the writer writes: it collects what comes in small pieces.
pub(super) struct Output {
    collected: Vec<u8>,
    bytes: u64,
    place: Place,
}

enum Place {
    Disk(OwnFile),
    /// The parts so far, and where each goes once it is full.
    Parts(Vec<Blob>, MessagePort),
}

impl Source {
    pub(super) fn of(generated_bytes: Option<u32>, file: &JsValue) -> Result<Self, String> {
        if let Some(bytes) = generated_bytes {
            return Ok(Self::Generated(Generated::new(SEED, bytes.into())));
        }
        let file: &Blob = file.dyn_ref().ok_or("the order came without a file")?;
        let chunks = Some(Chunks::of(&file.stream(), Comes::Full));
        let incoming = Rc::new(RefCell::new(Incoming { chunks, state: Reading::Goes }));
        read_on(Rc::clone(&incoming));
        Ok(Self::File(incoming))
    }

    fn read(&mut self, into: &mut Vec<u8>, most: usize) -> Result<Read, String> {
        match self {
            Self::Generated(generated) => Ok(match generated.read(into, most) {
                0 => Read::End,
                bytes => Read::Bytes(bytes),
            }),
            Self::File(incoming) => {
                let bytes = match &incoming.borrow().state {
                    Reading::Goes => return Ok(Read::Later),
                    Reading::Ended => return Ok(Read::End),
                    Reading::Failed(reason) => return Err(reason.clone()),
                    Reading::Came(chunk) => {
                        let (before, bytes) = (into.len(), chunk.length() as usize);
                        into.resize(before + bytes, 0);
                        chunk.copy_to(&mut into[before..]);
                        bytes
                    }
                };
                incoming.borrow_mut().state = Reading::Goes;
                read_on(Rc::clone(incoming));
                Ok(Read::Bytes(bytes))
            }
        }
    }
}

/// Waits for the next chunk.
fn read_on(incoming: Rc<RefCell<Incoming>>) {
    spawn_local(async move {
        let Some(mut chunks) = incoming.borrow_mut().chunks.take() else { return };
        let state = match chunks.next().await {
            Ok(Some(chunk)) => Reading::Came(chunk),
            Ok(None) => Reading::Ended,
            Err(error) => Reading::Failed(format!(
                "The file could not be read on: it was changed, moved or deleted, or is a folder ({}).",
                error_text(&error)
            )),
        };
        incoming.replace(Incoming { chunks: Some(chunks), state });
        told();
    });
}

fn read_slice(file: &Blob, reader: &FileReaderSync, at: f64, most: usize) -> Result<Uint8Array, JsValue> {
    let slice = file.slice_with_f64_and_f64(at, at + most as f64)?;
    Ok(Uint8Array::new(&reader.read_as_array_buffer(&slice)?.into()))
}

impl Output {
    /// A file of the name that came, or where there is none parts by the port that came.
    pub(super) async fn open(to: &JsValue) -> Result<Self, String> {
        let to: &Array = to.dyn_ref().ok_or("the order came without an output")?;
        let folder = to.get(0).as_string().unwrap_or_default();
        let place = match OwnFile::open(&folder, OUTPUT).await {
            Some(file) => Place::Disk(file),
            None => {
                Place::Parts(Vec::new(), to.get(1).dyn_into().map_err(|_| "the order came without a port")?)
            }
        };
        Ok(Self { collected: Vec::new(), bytes: 0, place })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.collected.extend_from_slice(bytes);
        if self.collected.len() >= CHUNK_BYTES { self.write_out() } else { Ok(()) }
    }

    fn write_out(&mut self) -> Result<(), String> {
        let bytes = self.collected.len() as u64;
        match &mut self.place {
            Place::Disk(file) => file.write(&self.collected, self.bytes).map_err(|error| {
                format!("There is no more room on the disk for this page ({}).", error_text(&error))
            })?,
            Place::Parts(parts, port) => {
                if self.bytes + bytes > MOST_KEPT_BYTES {
                    return Err("This browser has no files of its own for pages, and in memory a page keeps 512 MB at most.".to_owned());
                }
                let collected = Array::of1(&Uint8Array::new_from_slice(&self.collected));
                let blob =
                    Blob::new_with_u8_array_sequence(&collected).map_err(|error| error_text(&error))?;
                port.post_message(&blob).map_err(|error| error_text(&error))?;
                parts.push(blob);
            }
        }
        self.bytes += bytes;
        self.collected.clear();
        Ok(())
    }

    fn read_back(&self, at: u64, into: &mut [u8]) -> Result<usize, JsValue> {
        match &self.place {
            Place::Disk(file) => file.read(into, at),
            Place::Parts(parts, _) => {
                let mut begin = 0;
                for part in parts {
                    // Written above: whole numbers.
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
                    let end = begin + part.size() as u64;
                    if at < end {
                        let bytes =
                            read_slice(part, &FileReaderSync::new()?, (at - begin) as f64, into.len())?;
                        bytes.copy_to(&mut into[..bytes.length() as usize]);
                        return Ok(bytes.length() as usize);
                    }
                    begin = end;
                }
                Ok(0)
            }
        }
    }
}

impl StageText {
    /// The last text is written.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        let Self::Into(output) = self else { return Ok(()) };
        if output.collected.is_empty() { Ok(()) } else { output.write_out() }
    }

    /// Reads what was written from `at` on; how many bytes, 0 at the end.
    pub(super) fn read_back(&self, at: u64, into: &mut [u8]) -> Result<usize, String> {
        let Self::Into(output) = self else { return Ok(0) };
        output
            .read_back(at, into)
            .map_err(|error| format!("What was written could not be read back ({}).", error_text(&error)))
    }

    /// The page may have the file.
    pub(super) fn close(&mut self) {
        if let Self::Into(Output { place: Place::Disk(file), .. }) = self {
            file.close();
        }
    }
}

impl Text for StageText {
    fn read(&mut self, into: &mut Vec<u8>, most: usize) -> Result<Read, String> {
        let Self::From(source) = self else { return Ok(Read::End) };
        source.read(into, most)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Self::Into(output) = self else { return Ok(()) };
        output.write(bytes)
    }
}
