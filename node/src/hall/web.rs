//! What browsers get of a hall, all on one port: the page, a seat, and the broker.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use dartboard_core::hall::message::Flash;
use dartboard_core::hall::seats::{JoinError, Seats};
use dartboard_core::qr_code::{self, Drawing};
use dartboard_points::query::{Fields, encode};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;

use super::page::{self, Page};
use super::web_socket;

/// The most bytes of a form.
const MOST_FORM_BYTES: usize = 1_024;
/// How long the answer to a wrong code takes, so that nobody can try codes by the thousand.
const WRONG_CODE_WAIT: Duration = Duration::from_secs(1);
/// How many wrong codes are answered at a time.
const WRONG_CODES_AT_ONCE: usize = 4;

/// What answers need.
pub(super) struct Hall {
    page: Page,
    seats: Arc<Mutex<Seats>>,
    about: About,
    broker: SocketAddr,
    flashes: mpsc::Sender<Flash>,
    wrong_codes: Semaphore,
}

/// What the screen is told of a hall.
pub(super) struct About {
    /// The run's name.
    pub(super) run: String,
    /// Where browsers find the hall.
    pub(super) address: String,
    /// Where the lessons are that share memory, if anybody has said so.
    pub(super) lessons: Option<String>,
    /// The password of the user `screen`.
    pub(super) screen_password: String,
    /// This computer's addresses: who comes from one is the screen.
    pub(super) own: BTreeSet<IpAddr>,
}

impl Hall {
    /// A hall that serves `page`, gives `seats`, and passes on what is for the `broker`.
    pub(super) fn new(
        page: Page,
        seats: Arc<Mutex<Seats>>,
        about: About,
        broker: SocketAddr,
        flashes: mpsc::Sender<Flash>,
    ) -> Self {
        Self { page, seats, about, broker, flashes, wrong_codes: Semaphore::new(WRONG_CODES_AT_ONCE) }
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // Whoever panicked with them has changed nothing by halves.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answers of a hall.
pub(super) fn answers(hall: Hall) -> Router {
    Router::new()
        .route("/hall/about", get(about))
        .route("/hall/join", post(join))
        .route("/hall/flash", post(flash))
        .route("/hall/nats", any(broker))
        .route("/hall/lessons.svg", get(lessons))
        .fallback(file)
        .with_state(Arc::new(hall))
}

async fn about(State(hall): State<Arc<Hall>>, ConnectInfo(from): ConnectInfo<SocketAddr>) -> Response {
    let About { run, address, screen_password, own, .. } = &hall.about;
    let from = from.ip().to_canonical();
    if !from.is_loopback() && !own.contains(&from) {
        return refused("The screen is shown on the computer that the class runs on.");
    }
    let code = hall.seats().code().to_owned();
    let texts = [
        ("run", run.as_str()),
        ("address", address),
        ("code", &code),
        ("screen_seat", "screen"),
        ("screen_password", screen_password),
    ];
    encode("about", &[], &texts).into_response()
}

async fn join(
    State(hall): State<Arc<Hall>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let Some(form) = form(request).await else { return StatusCode::BAD_REQUEST.into_response() };
    let Ok(fields) = Fields::parse(&form, MOST_FORM_BYTES) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let text = |name| fields.text(name).unwrap_or_default();
    let before = Some((text("seat"), text("password"))).filter(|(seat, _)| !seat.is_empty());
    let address = from.ip().to_canonical().to_string();
    let joined = hall.seats().join(&address, text("code"), before);
    match joined {
        Ok(seat) => {
            let texts =
                [("seat", seat.name.as_str()), ("password", &seat.password), ("run", &hall.about.run)];
            encode("seat", &[("number", seat.number as u64)], &texts).into_response()
        }
        Err(error) => {
            if error == JoinError::Code {
                // It is never closed.
                let _turn = hall.wrong_codes.acquire().await;
                sleep(WRONG_CODE_WAIT).await;
            }
            refused(&error.to_string())
        }
    }
}

async fn flash(State(hall): State<Arc<Hall>>, request: Request) -> Response {
    let Some(form) = form(request).await else { return StatusCode::BAD_REQUEST.into_response() };
    let Ok(fields) = Fields::parse(&form, MOST_FORM_BYTES) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (Ok(seat), Ok(password)) = (fields.text("seat"), fields.text("password")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !hall.seats().is_of(seat, password) {
        return refused("This is not the password of that place.");
    }
    // Where many flash at once, some do not.
    drop(hall.flashes.try_send(Flash { seat: seat.to_owned() }));
    StatusCode::NO_CONTENT.into_response()
}

/// The code of the address of lessons that share memory.
async fn lessons(State(hall): State<Arc<Hall>>) -> Response {
    let code =
        hall.about.lessons.as_deref().and_then(|lessons| qr_code::draw(&format!("{lessons}#/lecture")));
    let Some(Drawing { modules, path }) = code else { return StatusCode::NOT_FOUND.into_response() };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {modules} {modules}\">\
         <path fill=\"#fff\" d=\"M0 0h{modules}v{modules}h-{modules}z\"/><path d=\"{path}\"/></svg>"
    );
    ([(header::CONTENT_TYPE, page::content_type(".svg"))], svg).into_response()
}

async fn broker(State(hall): State<Arc<Hall>>, request: Request) -> Response {
    web_socket::pass_on(hall.broker, request).await
}

async fn file(
    State(hall): State<Arc<Hall>>,
    method: Method,
    headers: HeaderMap,
    request: Request,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    // No service worker: a cached copy would be an ordinary page without a class.
    let Some(file) = hall.page.file(path).filter(|_| path != "service-worker.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let body = if path == "index.html" {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let About { run, lessons, .. } = &hall.about;
        Body::from(page::first_file(&String::from_utf8_lossy(&file), run, lessons.as_deref(), host))
    } else {
        Body::from(file.into_owned())
    };
    let headers = [
        (header::CONTENT_TYPE, page::content_type(path)),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let isolation = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    (headers, isolation, body).into_response()
}

async fn form(request: Request) -> Option<String> {
    let bytes = to_bytes(request.into_body(), MOST_FORM_BYTES).await.ok()?;
    String::from_utf8(bytes.to_vec()).ok()
}

fn refused(why: &str) -> Response {
    (StatusCode::FORBIDDEN, why.to_owned()).into_response()
}
