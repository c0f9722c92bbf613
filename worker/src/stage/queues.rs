//! The queues of a pipeline, as a stage sees them: pipes in shared memory, or message ports.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use dartboard_threads::pipe::{self, CAPACITY, Consumer, Ending, Got, Producer};
use dartboard_threads::stage::Link;
use dartboard_threads::task::{Role, StageOrder};
use dartboard_worker::shared::{SharedBytes, SharedWords};
use js_sys::{Array, ArrayBuffer, SharedArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort};

use super::told;

/// One end of a queue.
pub(super) enum Queue {
    In(Producer<SharedWords, SharedBytes>),
    Out(Consumer<SharedWords, SharedBytes>),
    Port(PortEnd),
}

/// One end of a queue of messages. A piece is the bytes and how many lines end in it; what goes back for each is how many
/// bytes it had, which is the credit for another one.
pub(super) struct PortEnd {
    port: MessagePort,
    places: u32,
    heard: Rc<RefCell<Heard>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

#[derive(Default)]
struct Heard {
    /// Pieces that have come and were not got yet.
    pieces: VecDeque<(Uint8Array, u32)>,
    ending: Option<Ending>,
    /// Pieces and bytes on their way or in the other end.
    in_flight: (u32, u32),
}

impl Queue {
    /// The queues before and after the stage, of what came behind its order.
    pub(super) fn of(order: StageOrder, parts: &Array) -> Result<[Option<Self>; 2], String> {
        let StageOrder { role, places, by_messages, .. } = order;
        if by_messages {
            return Ok([1, 2].map(|place| {
                parts.get(place).dyn_into().ok().map(|port| Self::Port(PortEnd::new(port, places)))
            }));
        }
        let missing = |_| "the order came without shared memory".to_owned();
        let words: SharedArrayBuffer = parts.get(1).dyn_into().map_err(missing)?;
        let bytes: SharedArrayBuffer = parts.get(2).dyn_into().map_err(missing)?;
        let words = || SharedWords::of(&words);
        let bytes = || SharedBytes::of(&bytes);
        let (second, second_byte) = (pipe::WORDS, CAPACITY);
        Ok(match role {
            Role::Read => [None, Some(Self::In(Producer::new(words(), 0, places, bytes(), 0)))],
            Role::Upper => [
                Some(Self::Out(Consumer::new(words(), 0, places, bytes(), 0))),
                Some(Self::In(Producer::new(words(), second, places, bytes(), second_byte))),
            ],
            Role::Write => {
                [Some(Self::Out(Consumer::new(words(), second, places, bytes(), second_byte))), None]
            }
        })
    }
}

impl PortEnd {
    fn new(port: MessagePort, places: u32) -> Self {
        let heard = Rc::new(RefCell::new(Heard::default()));
        let on_message = {
            let heard = Rc::clone(&heard);
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                heard.borrow_mut().hear(event.data());
                told();
            })
        };
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { port, places, heard, _on_message: on_message }
    }

    fn post(&self, message: &JsValue) {
        // A number: nothing that cannot be posted.
        let _ = self.port.post_message(message);
    }
}

impl Drop for PortEnd {
    fn drop(&mut self) {
        // What still comes is for nobody.
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Heard {
    fn hear(&mut self, message: JsValue) {
        match message.as_f64() {
            None => {
                let parts: Array = message.unchecked_into();
                let buffer: ArrayBuffer = parts.get(0).unchecked_into();
                // Posted by the stage before.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a number of lines"
                )]
                let lines = parts.get(1).as_f64().unwrap_or_default() as u32;
                self.pieces.push_back((Uint8Array::new(&buffer), lines));
            }
            Some(ending) if ending < 0.0 => {
                let is_complete = ending > f64::from(Ending::StoppedEarly as i32);
                self.ending = Some(if is_complete { Ending::Complete } else { Ending::StoppedEarly });
            }
            Some(bytes) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a number of bytes"
                )]
                let bytes = bytes as u32;
                let (pieces, in_flight) = self.in_flight;
                self.in_flight = (pieces.saturating_sub(1), in_flight.saturating_sub(bytes));
            }
        }
    }
}

impl Link for Queue {
    fn has_room(&mut self, bytes: u32) -> bool {
        match self {
            Self::In(producer) => producer.has_room(bytes),
            Self::Out(_) => false,
            Self::Port(end) => {
                let (pieces, in_flight) = end.heard.borrow().in_flight;
                pieces < end.places && in_flight.saturating_add(bytes) <= CAPACITY
            }
        }
    }

    fn put(&mut self, piece: &[u8], lines: u32) {
        match self {
            Self::In(producer) => producer.put(piece, lines),
            Self::Out(_) => {}
            Self::Port(end) => {
                let bytes = Uint8Array::new_from_slice(piece);
                let buffer = bytes.buffer();
                let handed_over = Array::of1(&buffer);
                // The buffer is the piece's own, so it can be handed over.
                let _ = end
                    .port
                    .post_message_with_transferable(&Array::of2(&buffer, &lines.into()), &handed_over);
                let mut heard = end.heard.borrow_mut();
                heard.in_flight.0 += 1;
                heard.in_flight.1 += u32::try_from(piece.len()).unwrap_or(u32::MAX);
            }
        }
    }

    fn end(&mut self, ending: Ending) {
        match self {
            Self::In(producer) => producer.end(ending),
            Self::Out(_) => {}
            Self::Port(end) => end.post(&(ending as i32).into()),
        }
    }

    fn get(&mut self, into: &mut Vec<u8>) -> Got {
        match self {
            Self::In(_) => Got::Nothing,
            Self::Out(consumer) => consumer.get(into),
            Self::Port(end) => {
                let mut heard = end.heard.borrow_mut();
                let Some((bytes, lines)) = heard.pieces.pop_front() else {
                    return heard.ending.map_or(Got::Nothing, Got::End);
                };
                let length = into.len();
                into.resize(length + bytes.length() as usize, 0);
                bytes.copy_to(&mut into[length..]);
                end.post(&bytes.length().into());
                Got::Piece { lines }
            }
        }
    }

    fn size(&mut self) -> u32 {
        match self {
            Self::In(producer) => producer.size(),
            Self::Out(_) => 0,
            Self::Port(end) => end.heard.borrow().in_flight.0,
        }
    }

    fn flush(&mut self) {
        match self {
            Self::In(producer) => producer.flush(),
            Self::Out(consumer) => consumer.flush(),
            Self::Port(_) => {}
        }
    }

    fn wait(&mut self, room: Option<u32>, limit_us: u64) -> bool {
        match (self, room) {
            (Self::In(producer), Some(bytes)) => producer.wait_for_room(bytes, limit_us),
            (Self::Out(consumer), None) => consumer.wait_for_piece(limit_us),
            _ => return false,
        }
        true
    }
}
