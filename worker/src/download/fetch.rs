//! Fetches an address, and tells the state machine what comes.

use dartboard_downloads::answer::Answer;
use dartboard_downloads::error::Cause;
use dartboard_downloads::machine::Event;
use dartboard_worker::chunks::{Chunks, Comes};
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, Response,
};

use super::{FlightId, SCOPE, store, tell, with};

/// Fetches `href`, from a place in it if it is to go on there.
pub(super) async fn fetch(id: FlightId, href: String, from_bytes: Option<u64>, signal: AbortSignal) {
    let FlightId { row, attempt, .. } = id;
    let event = match answered(&href, from_bytes, &signal).await {
        Ok(response) => {
            tell_of(id, Event::Answered { row, attempt, answer: head(&response) });
            read(id, &response).await
        }
        Err(_) => Event::Broken { row, attempt, cause: Cause::Unreadable },
    };
    tell_of(id, event);
    with(|manager| manager.take_flight(id));
}

/// Reads the answer's body as long as it is wanted; how it ended.
async fn read(id: FlightId, response: &Response) -> Event {
    let FlightId { row, attempt, .. } = id;
    let broken = |cause| Event::Broken { row, attempt, cause };
    let Some(body) = response.body() else { return Event::Ended { row, attempt } };
    let mut chunks = Chunks::of(&body, Comes::AtOnce);
    while is_wanted(id) {
        match chunks.next().await {
            // As much as came is stored before it counts.
            Ok(Some(chunk)) => match store::write(id, &chunk).await {
                Ok(()) => tell_of(id, Event::Bytes { row, attempt, bytes: chunk.length().into() }),
                Err(cause) => return broken(cause),
            },
            Ok(None) => return Event::Ended { row, attempt },
            Err(_) => return broken(Cause::CutOff),
        }
    }
    broken(Cause::CutOff)
}

/// Whether the machine still wants it.
fn is_wanted(id: FlightId) -> bool {
    with(|manager| manager.is_flight(id)) == Some(true)
}

/// Tells the machine of a fetch that it still wants.
fn tell_of(id: FlightId, event: Event) {
    if is_wanted(id) {
        tell(event);
    }
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
