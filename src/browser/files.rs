//! Files that the user saves or loads.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::document;
use js_sys::futures::{JsFuture, spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, HtmlInputElement, Url};
use yew::Callback;

use super::error_text;

/// How many pixels of a drawing's picture stand for one of the page.
const PICTURE_SCALE: f64 = 2.0;

/// Side of the canvas that tests whether the browser lets pages read what they draw, in pixels.
const PROBE_PX: f64 = 16.0;

/// Lets the user save `text` as a file called `name`, of the media type `media_type`.
pub fn save_text(name: &str, media_type: &str, text: &str) {
    save(name, &data_url(media_type, text));
}

/// A type that no browser shows or runs, whatever the content.
const PLAIN_BYTES: &str = "application/octet-stream";

/// How long the address of what is saved is kept for the browser to read it, in milliseconds.
const KEPT_MS: u32 = 60_000;

/// Lets the user save `blob` as a file called `name`, whatever it contains: a browser would not show or run what is at its
/// address, and the address is gone after a minute. Returns whether the browser could.
pub fn save_blob(blob: &Blob, name: &str) -> bool {
    let plain = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), PLAIN_BYTES);
    let Ok(url) = plain.and_then(|plain| Url::create_object_url_with_blob(&plain)) else { return false };
    save(name, &url);
    Timeout::new(KEPT_MS, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    true
}

/// Why a picture was not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureError {
    /// The browser gives pages noise instead of what they have drawn, so that they cannot recognise their user by it.
    Noise,
    /// It could not be drawn.
    NotDrawn,
}

/// Lets the user save `svg`, a drawing of `size_px`, width and height, as a picture, once the browser has drawn it, and
/// tells `done` then.
pub fn save_drawing_as_picture(
    svg: &str,
    size_px: (f64, f64),
    name: &str,
    done: Callback<Result<(), PictureError>>,
) {
    let (width_px, height_px) = (size_px.0 * PICTURE_SCALE, size_px.1 * PICTURE_SCALE);
    let Some(image) = create::<web_sys::HtmlImageElement>("img") else { return };
    let (drawn, name) = (image.clone(), name.to_owned());
    let draw = move || {
        let (canvas, context) = new_canvas(width_px, height_px)?;
        context
            .draw_image_with_html_image_element_and_dw_and_dh(&drawn, 0.0, 0.0, width_px, height_px)
            .ok()?;
        Some(canvas)
    };
    EventListener::once(&image, "load", move |_| done.emit(save_canvas(draw(), &name))).forget();
    image.set_src(&data_url(SVG_TYPE, svg));
}

/// Lets the user save what the first canvas that `selector` finds shows.
///
/// # Errors
/// When there is none, or the browser does not hand out what it shows.
pub fn save_picture(selector: &str, name: &str) -> Result<(), PictureError> {
    let canvas = document().query_selector(selector).ok().flatten();
    save_canvas(canvas.and_then(|canvas| canvas.dyn_into().ok()), name)
}

/// The media type of a drawing.
pub const SVG_TYPE: &str = "image/svg+xml";

fn save_canvas(canvas: Option<HtmlCanvasElement>, name: &str) -> Result<(), PictureError> {
    if !reads_back() {
        return Err(PictureError::Noise);
    }
    // It fails for a canvas that shows foreign pictures; one too large is handed out as nothing.
    let url =
        canvas.and_then(|canvas| canvas.to_data_url().ok()).filter(|url| url.starts_with("data:image/"));
    save(name, &url.ok_or(PictureError::NotDrawn)?);
    Ok(())
}

/// Whether this page can read back what it draws: the same result twice, and another result for another colour.
fn reads_back() -> bool {
    let url_of = |colour| {
        let (canvas, context) = new_canvas(PROBE_PX, PROBE_PX)?;
        context.set_fill_style_str(colour);
        context.fill_rect(0.0, 0.0, PROBE_PX, PROBE_PX);
        canvas.to_data_url().ok()
    };
    let red = url_of("red");
    red == url_of("red") && red != url_of("blue")
}

/// A new canvas, in pixels, and what draws on it.
fn new_canvas(width_px: f64, height_px: f64) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas = create::<HtmlCanvasElement>("canvas")?;
    // The casts saturate.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of pixels")]
    {
        canvas.set_width(width_px.ceil() as u32);
        canvas.set_height(height_px.ceil() as u32);
    }
    let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    Some((canvas, context))
}

fn data_url(media_type: &str, text: &str) -> String {
    format!("data:{media_type};charset=utf-8,{}", String::from(js_sys::encode_uri_component(text)))
}

/// Follows a link to `url` that the browser saves as `name` instead of showing it.
pub fn save(name: &str, url: &str) {
    let Some(link) = create::<HtmlElement>("a") else { return };
    let named = link.set_attribute("href", url).and_then(|()| link.set_attribute("download", name));
    if named.is_ok() {
        link.click();
    }
}

fn create<T: JsCast>(tag: &str) -> Option<T> {
    document().create_element(tag).ok()?.dyn_into().ok()
}

/// Why a file that the user loads could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It is longer than was asked for.
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// The browser's reason.
    Unreadable(String),
}

/// Reads the file chosen in `input`, at most `max_bytes` of UTF-8, and hands it to `done`. None chosen, none read.
/// The choice is taken back, so that the same file can be chosen again.
pub fn read_chosen(input: &HtmlInputElement, max_bytes: usize, done: Callback<Result<String, ReadError>>) {
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    let max_bytes = max_bytes as f64;
    if file.size() > max_bytes {
        input.set_value("");
        // The cast saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let bytes = file.size() as u64;
        return done.emit(Err(ReadError::TooLong { bytes }));
    }
    let text = file.text();
    input.set_value("");
    spawn_local(async move {
        let text = JsFuture::from(text).await.map_err(|error| ReadError::Unreadable(error_text(&error)));
        done.emit(text.map(|text| text.as_string().unwrap_or_default()));
    });
}
