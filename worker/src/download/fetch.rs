//! Fetches an address, and tells the machine what comes.

use dartboard_downloads::answer::Answer;
use dartboard_downloads::error::Cause;
use dartboard_downloads::machine::Event;
use dartboard_worker::chunks::Chunks;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, Response,
};

use super::{SCOPE, store, tell, with};

/// Fetches `href`, from a place in it if it is to go on there.
pub(super) async fn fetch(
    row: u32,
    attempt: u32,
    href: String,
    from_bytes: Option<u64>,
    signal: AbortSignal,
) {
    let Ok(response) = answered(&href, from_bytes, &signal).await else {
        return tell(Event::Broken { row, attempt, cause: Cause::Unreadable });
    };
    tell(Event::Answered { row, attempt, answer: head(&response) });
    let mut chunks = response.body().map(|body| Chunks::of(&body));
    while is_wanted(row, attempt)
        && let Some(stream) = &mut chunks
    {
        let event = match stream.next().await {
            Ok(Some(chunk)) => {
                // As much as came is stored before it counts.
                match store::write(row, attempt, &chunk).await {
                    Ok(()) => Event::Bytes { row, attempt, bytes: chunk.length().into() },
                    Err(cause) => Event::Broken { row, attempt, cause },
                }
            }
            Ok(None) => break,
            Err(_) => Event::Broken { row, attempt, cause: Cause::CutOff },
        };
        let goes_on = matches!(event, Event::Bytes { .. });
        tell(event);
        if !goes_on {
            return forget(row, attempt);
        }
    }
    if is_wanted(row, attempt) {
        tell(Event::Ended { row, attempt });
    }
    forget(row, attempt);
}

/// Whether the machine still wants it.
fn is_wanted(row: u32, attempt: u32) -> bool {
    with(|manager| manager.is_flight(row, attempt)) == Some(true)
}

fn forget(row: u32, attempt: u32) {
    with(|manager| manager.take_flight(row, attempt));
}

async fn answered(href: &str, from_bytes: Option<u64>, signal: &AbortSignal) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    // What was fetched before is fetched again: the time is that of the network.
    init.set_cache(RequestCache::NoStore);
    if let Some(from_bytes) = from_bytes {
        let headers = Headers::new()?;
        headers.set("Range", &["bytes=", &from_bytes.to_string(), "-"].concat())?;
        init.set_headers(&headers);
    }
    let response = SCOPE.with(|scope| scope.fetch_with_str_and_init(href, &init));
    JsFuture::from(response).await?.dyn_into()
}

/// What is said of the body; what a browser does not show is not there.
fn head(response: &Response) -> Answer {
    let headers = response.headers();
    let text = |name| headers.get(name).ok().flatten();
    Answer {
        status: response.status(),
        length: text("Content-Length").and_then(|length| dartboard_points::decimal::parse_u64(&length)),
        is_encoded: text("Content-Encoding").map(|encoding| encoding != "identity"),
        etag: text("ETag"),
        content_range: text("Content-Range"),
        retry_after: text("Retry-After"),
        content_disposition: text("Content-Disposition"),
    }
}
