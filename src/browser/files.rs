//! Files that the user takes away or brings.

use gloo::events::EventListener;
use gloo::utils::document;
use js_sys::futures::{JsFuture, spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, HtmlInputElement};
use yew::Callback;

use super::error_text;

/// How many pixels of a drawing's picture stand for one of the page.
const PICTURE_SCALE: f64 = 2.0;

/// Lets the user save `text` as a file called `name`, of the media type `media_type`.
pub fn save_text(name: &str, media_type: &str, text: &str) {
    save(name, &data_url(media_type, text));
}

/// Lets the user save `svg`, a drawing of `size_px`, width and height, as a picture, once the browser has drawn it.
pub fn save_drawing_as_picture(svg: &str, size_px: (f64, f64), name: &str) {
    let (width_px, height_px) = (size_px.0 * PICTURE_SCALE, size_px.1 * PICTURE_SCALE);
    let Some(image) = create::<web_sys::HtmlImageElement>("img") else { return };
    let (drawn, name) = (image.clone(), name.to_owned());
    let listener = EventListener::once(&image, "load", move |_| {
        let Some(canvas) = create::<HtmlCanvasElement>("canvas") else { return };
        // The casts saturate.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of pixels")]
        {
            canvas.set_width(width_px.ceil() as u32);
            canvas.set_height(height_px.ceil() as u32);
        }
        let context = canvas.get_context("2d").ok().flatten();
        let context = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok());
        let copied = context.map(|context| {
            context.draw_image_with_html_image_element_and_dw_and_dh(&drawn, 0.0, 0.0, width_px, height_px)
        });
        if let Some(Ok(())) = copied {
            save_canvas(&canvas, &name);
        }
    });
    listener.forget();
    image.set_src(&data_url(SVG_TYPE, svg));
}

/// Lets the user save what the first canvas that `selector` finds shows.
pub fn save_picture(selector: &str, name: &str) {
    let canvas = document().query_selector(selector).ok().flatten();
    if let Some(canvas) = canvas.and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok()) {
        save_canvas(&canvas, name);
    }
}

/// The media type of a drawing.
pub const SVG_TYPE: &str = "image/svg+xml";

fn save_canvas(canvas: &HtmlCanvasElement, name: &str) {
    // It fails only for a canvas that shows foreign pictures.
    if let Ok(url) = canvas.to_data_url() {
        save(name, &url);
    }
}

fn data_url(media_type: &str, text: &str) -> String {
    format!("data:{media_type};charset=utf-8,{}", String::from(js_sys::encode_uri_component(text)))
}

/// Follows a link to `url` that the browser saves as `name` instead of showing it.
fn save(name: &str, url: &str) {
    let Some(link) = create::<HtmlElement>("a") else { return };
    let named = link.set_attribute("href", url).and_then(|()| link.set_attribute("download", name));
    if named.is_ok() {
        link.click();
    }
}

fn create<T: JsCast>(tag: &str) -> Option<T> {
    document().create_element(tag).ok()?.dyn_into().ok()
}

/// Why a file that the user brings could not be read.
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
