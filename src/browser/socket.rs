//! A WebSocket to the server that the page comes from.

use gloo::events::EventListener;
use gloo::utils::document;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, MessageEvent, Url, WebSocket};

use super::error_text;

/// What is heard of a socket.
pub enum SocketSignal {
    /// It is open.
    Opened,
    /// Bytes have come.
    Received(Vec<u8>),
    /// It is closed, or could not be opened.
    Closed,
}

/// An open socket, or one that is being opened. Dropping it closes and silences it.
pub struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    /// Opens a socket at `path`, relative to the page, which is heard by `on_signal`.
    ///
    /// # Errors
    /// The browser's reason, when it cannot even try.
    pub fn open(path: &str, on_signal: impl Fn(SocketSignal) + Clone + 'static) -> Result<Self, String> {
        let base = document().base_uri().ok().flatten().unwrap_or_default();
        let url = Url::new_with_base(path, &base).map_err(|error| error_text(&error))?;
        url.set_protocol(if url.protocol() == "https:" { "wss:" } else { "ws:" });
        let socket = WebSocket::new(&url.href()).map_err(|error| error_text(&error))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (on_open, on_message, on_close) = (on_signal.clone(), on_signal.clone(), on_signal);
        let listeners = [
            EventListener::new(&socket, "open", move |_| on_open(SocketSignal::Opened)),
            EventListener::new(&socket, "message", move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                let bytes =
                    data.as_string().map_or_else(|| Uint8Array::new(&data).to_vec(), String::into_bytes);
                on_message(SocketSignal::Received(bytes));
            }),
            EventListener::new(&socket, "close", move |_| on_close(SocketSignal::Closed)),
        ];
        Ok(Self { socket, _listeners: listeners })
    }

    /// Sends `bytes`. What cannot be sent is lost, as it would be on the way.
    pub fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}
