//! What the stages of a pipeline are given with their orders: queues, the file to read, and where to write.

use std::rc::Rc;

use js_sys::{Array, SharedArrayBuffer};
use wasm_bindgen::JsValue;
use web_sys::{File, MessageChannel, MessagePort};

use super::output::Output;
use dartboard_threads::pipe::CAPACITY;
use dartboard_threads::task::{Role, StageOrder};

/// Of a press of Run.
pub(super) struct Stages {
    /// The text in the pipes; none without shared memory.
    bytes: Option<SharedArrayBuffer>,
    file: Option<File>,
    output: Rc<Output>,
    /// The far end of the queue before the stage that comes next: one order comes after another.
    port: Option<MessagePort>,
}

impl Stages {
    pub(super) fn new(shares_memory: bool, file: Option<File>, output: Rc<Output>) -> Self {
        let bytes = shares_memory.then(|| SharedArrayBuffer::new(2 * CAPACITY));
        Self { bytes, file, output, port: None }
    }

    /// Puts behind an order what belongs to it; what of that is handed over.
    pub(super) fn equip(&mut self, message: &Array, order: StageOrder, words: &JsValue) -> Array {
        let handed_over = Array::new();
        if order.by_messages {
            let before = self.port.take().filter(|_| order.role != Role::Read);
            let after = (order.role != Role::Write).then(|| MessageChannel::new().ok()).flatten();
            let after = after.map(|channel| {
                self.port = Some(channel.port2());
                channel.port1()
            });
            for port in [before, after] {
                if let Some(port) = &port {
                    handed_over.push(port);
                }
                message.push(&port.map_or(JsValue::NULL, Into::into));
            }
        } else {
            message.push(words);
            message.push(&self.bytes.as_ref().map_or(JsValue::NULL, Into::into));
        }
        let reads_file = order.role == Role::Read && order.generated_bytes.is_none();
        message.push(&self.file.as_ref().filter(|_| reads_file).map_or(JsValue::NULL, Into::into));
        if order.role == Role::Write {
            let (to, port) = self.output.for_writer();
            message.push(&to);
            if let Some(port) = &port {
                handed_over.push(port);
            }
        }
        handed_over
    }
}
