//! Serves `dist/` as a static host would: under a sub-path, with nothing but files and their types.
//!
//! Single files can be replaced while it runs, so that a fault of a host can be tried: a missing file, a corrupt one,
//! an old one, another header. Another build can be deployed, caches be told to keep what they have, and the host be
//! cut off.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use dartboard_points::build::BUILD_ID;
use dartboard_points::stream::STREAM_VERSION;
use dartboard_release::content_names::{self, without_hash};
pub use dartboard_release::transfer_size::is_worker_file;
use dartboard_release::{folder, offline};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::Error;

/// The ports of all sites so far. A browser that serves many tests still has the caches and service workers of the site that
/// was there before.
static USED_PORTS: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Listens at `port`; if that is 0, at one that no site has had.
async fn bind(port: u16) -> Result<(TcpListener, u16), Error> {
    loop {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).await.map_err(Error::io("opening a port for the site"))?;
        let bound = listener.local_addr().map_err(Error::io("reading the site's port"))?.port();
        let is_new = USED_PORTS.lock().unwrap_or_else(PoisonError::into_inner).insert(bound);
        if is_new || port != 0 {
            return Ok((listener, bound));
        }
    }
}

/// Where a project's page is served on GitHub Pages: not at the root of the host.
pub const SUB_PATH: &str = "/some/repo/";

/// Where the same release is served a second time: another deployment on the same host.
const OTHER_PATH: &str = "/other/";

/// Where the host has an empty page, from which the storage of the site can be reached without the app.
pub const BLANK: &str = "/blank";

/// Where the host has a page that shows the one named behind the `?` in a frame, and says on its console, again and
/// again, the attributes of that page's `#run`.
pub const WATCH: &str = "/watch";

const WATCH_PAGE: &str = "<!doctype html><link rel=icon href=data:,>
    <iframe width=1280 height=800></iframe>
    <script>
        const frame = document.querySelector('iframe');
        frame.src = location.href.slice(location.href.indexOf('?') + 1);
        setInterval(() => {
            const run = frame.contentDocument?.getElementById('run');
            console.log('run: ' + JSON.stringify({ ...run?.dataset }));
        }, 200);
    </script>";

/// The folder of the release under test: `DARTBOARD_DIST`, or `dist/` of the workspace.
///
/// # Errors
/// When there is no `index.html` in it.
pub fn dist() -> Result<PathBuf, Error> {
    let dist = std::env::var_os("DARTBOARD_DIST")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"), PathBuf::from);
    if dist.join("index.html").is_file() { Ok(dist) } else { Err(Error::NoDist(dist)) }
}

/// What is answered for one path instead of the file that is there.
#[derive(Clone, Debug, Default)]
pub struct StandIn {
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
    /// For how many requests it is answered; for all if none.
    left: Option<u32>,
}

impl StandIn {
    /// The file is not on the host.
    pub fn not_found() -> Self {
        Self { status: Some(StatusCode::NOT_FOUND), body: Some(b"Not found".to_vec()), ..Self::default() }
    }

    /// The host is too busy to answer.
    pub fn unavailable() -> Self {
        Self { status: Some(StatusCode::SERVICE_UNAVAILABLE), ..Self::not_found() }
    }

    /// The next `requests` are answered by it, those after them by the file.
    #[must_use]
    pub fn times(self, requests: u32) -> Self {
        Self { left: Some(requests), ..self }
    }

    /// Other content; the type stays that of the file.
    pub fn content(body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..Self::default() }
    }

    /// A script, also where there is no such file.
    pub fn script(body: impl Into<Vec<u8>>) -> Self {
        Self { status: Some(StatusCode::OK), ..Self::content(body) }
            .with_header(CONTENT_TYPE, HeaderValue::from_static("text/javascript"))
    }

    /// The file as it is, for a [`Self::with_header`].
    pub fn unchanged() -> Self {
        Self::default()
    }

    /// The file as it is, with the headers by which a page or a worker is cross-origin isolated.
    pub fn isolated() -> Self {
        Self::unchanged().with_isolation()
    }

    /// Sets these headers.
    #[must_use]
    pub fn with_isolation(self) -> Self {
        self.with_header(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        )
        .with_header(
            HeaderName::from_static("cross-origin-embedder-policy"),
            HeaderValue::from_static("require-corp"),
        )
    }

    /// Sets one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn apply(self, file: Response) -> Response {
        let (mut parts, body) = file.into_parts();
        parts.status = self.status.unwrap_or(parts.status);
        for (name, value) in self.headers {
            parts.headers.insert(name, value);
        }
        let Some(replaced) = self.body else { return Response::from_parts(parts, body) };
        // These describe the file's own bytes.
        for name in ["content-length", "last-modified", "accept-ranges", "etag"] {
            parts.headers.remove(name);
        }
        Response::from_parts(parts, Body::from(replaced))
    }
}

/// What the host answers with.
struct Shelf {
    dist: PathBuf,
    /// By path below the sub-path, such as `index.html`.
    stand_ins: HashMap<String, StandIn>,
    cache_control: HeaderValue,
    has_service_worker: bool,
    redirects_page: bool,
    /// What was answered so far, by file.
    answered: HashMap<String, Vec<StatusCode>>,
}

impl Shelf {
    fn note(&mut self, name: &str, status: StatusCode) {
        self.answered.entry(name.to_owned()).or_default().push(status);
    }

    /// What the next request for the file `name` is answered by, if not by the file.
    fn take_stand_in(&mut self, name: &str) -> Option<StandIn> {
        if let Some(stand_in) = self.stand_ins.get_mut(name) {
            if let Some(left) = &mut stand_in.left {
                *left = left.checked_sub(1)?;
            }
            return Some(stand_in.clone());
        }
        (name == "index.html" && !self.has_service_worker).then(|| {
            let page = fs::read_to_string(self.dist.join(name)).unwrap_or_default();
            StandIn::content(page.replace("name=\"dartboard-service-worker\"", "name=\"none\""))
        })
    }
}

type SharedShelf = Arc<Mutex<Shelf>>;

/// A static host on a port of its own; ends when dropped.
pub struct Site {
    port: u16,
    shelf: SharedShelf,
    server: Mutex<Option<Server>>,
}

/// Answers until it is told to stop.
struct Server {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Site {
    /// Serves the release under test at [`SUB_PATH`].
    ///
    /// # Errors
    /// When there is no release, or no free port.
    pub async fn start() -> Result<Self, Error> {
        Self::serve(dist()?).await
    }

    /// Serves `dist` at [`SUB_PATH`].
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn serve(dist: PathBuf) -> Result<Self, Error> {
        let shelf = Shelf {
            dist,
            stand_ins: HashMap::new(),
            // So that what is answered now is what the browser gets now.
            cache_control: HeaderValue::from_static("no-cache"),
            has_service_worker: true,
            redirects_page: false,
            answered: HashMap::new(),
        };
        let mut site = Self { port: 0, shelf: Arc::new(Mutex::new(shelf)), server: Mutex::default() };
        site.port = site.listen(0).await?;
        Ok(site)
    }

    async fn listen(&self, port: u16) -> Result<u16, Error> {
        let host = Router::new()
            .route(BLANK, get(|| async { Html("<!doctype html><link rel=icon href=data:,>") }))
            .route(WATCH, get(|| async { Html(WATCH_PAGE) }))
            .fallback(any(answer))
            .with_state(Arc::clone(&self.shelf));
        let (listener, port) = bind(port).await?;
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let stopped = async {
                // Also when the site is dropped.
                let _ = stopped.await;
            };
            // It ends only by being stopped.
            let _ = axum::serve(listener, host).with_graceful_shutdown(stopped).await;
        });
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(Server { stop, running });
        Ok(port)
    }

    /// Answers nothing from now on, as a host that cannot be reached.
    pub async fn cut_off(&self) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Server { stop, running }) = server {
            // It fails only if nobody listens any more.
            let _ = stop.send(());
            let _ = running.await;
        }
    }

    /// Answers again, at the same address.
    ///
    /// # Errors
    /// When another program has taken the port.
    pub async fn reconnect(&self) -> Result<(), Error> {
        self.listen(self.port).await.map(drop)
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Address of the page, with a `/` at the end.
    pub fn url(&self) -> String {
        self.origin() + SUB_PATH
    }

    /// Address of the page of another deployment on this host, with a `/` at the end.
    pub fn other_url(&self) -> String {
        self.origin() + OTHER_PATH
    }

    /// Names of the served files, relative to the page, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> Result<Vec<String>, Error> {
        Ok(folder::files(&self.shelf().dist)?)
    }

    /// The served file that Trunk calls `name`, as `worker.js`: its name by content.
    ///
    /// # Errors
    /// When there is none.
    pub fn file(&self, name: &str) -> Result<String, Error> {
        let files = self.files()?;
        let found = files.iter().find(|file| without_hash(file) == name);
        found.cloned().ok_or_else(|| Error::NoFile { name: name.to_owned(), files })
    }

    /// The content of the served file that Trunk calls `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn content(&self, name: &str) -> Result<Vec<u8>, Error> {
        let file = self.file(name)?;
        let path = self.shelf().dist.join(file);
        fs::read(&path).map_err(Error::io(format!("reading {}", path.display())))
    }

    /// Answers requests for the file `name` by `stand_in` from now on.
    pub fn replace(&self, name: impl Into<String>, stand_in: StandIn) {
        self.shelf().stand_ins.insert(name.into(), stand_in);
    }

    /// Serves the file `name` as it is again.
    pub fn restore_file(&self, name: &str) {
        self.shelf().stand_ins.remove(name);
    }

    /// Serves every file as it is again.
    pub fn restore(&self) {
        self.shelf().stand_ins.clear();
    }

    /// Serves another build from now on, and nothing of the one before.
    pub fn deploy(&self, dist: &Path) {
        dist.clone_into(&mut self.shelf().dist);
    }

    /// Tells browsers with each file how long to keep it: the value of `Cache-Control`.
    pub fn set_cache_control(&self, value: &'static str) {
        self.shelf().cache_control = HeaderValue::from_static(value);
    }

    /// Serves a page without a service worker: one that kept the release would hide from it what the host lacks.
    #[must_use]
    pub fn without_service_worker(self) -> Self {
        self.shelf().has_service_worker = false;
        self
    }

    /// Redirects `index.html` to the folder that it is in, as some hosts do, from now on.
    pub fn redirect_page_to_folder(&self) {
        self.shelf().redirects_page = true;
    }

    /// What every request for the file `name` was answered with, so far.
    pub fn answered(&self, name: &str) -> Vec<StatusCode> {
        self.shelf().answered.get(name).cloned().unwrap_or_default()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        lock(&self.shelf)
    }
}

/// Another build of the release in `dist`: its worker names other sources and so has other names, and so has
/// everything that leads to it.
///
/// # Errors
/// When the release cannot be read.
pub fn another_build(dist: &Path) -> Result<TempDir, Error> {
    another_build_of_stream(dist, STREAM_VERSION)
}

/// The same, which says that it counts with this stream.
///
/// # Errors
/// When the release cannot be read.
pub fn another_build_of_stream(dist: &Path, stream: u32) -> Result<TempDir, Error> {
    const OTHER_ID: &str = "ffffffffffffffff";
    const OTHER_VERSION: &str = "9.9.9";
    let mut files = folder::read(dist)?;
    let page = String::from_utf8_lossy(&files["index.html"]).into_owned();
    let named_stream = |stream| format!("data-stream=\"{stream}\"");
    let page = page.replace(&named_stream(STREAM_VERSION), &named_stream(stream));
    let mut page = page.replace(env!("CARGO_PKG_VERSION"), OTHER_VERSION);
    for (name, content) in &mut files {
        if has_extension(name, "wasm") {
            let before = content_names::integrity(content);
            replace_all(content, BUILD_ID.as_bytes(), OTHER_ID.as_bytes());
            page = page.replace(&before, &content_names::integrity(content));
        }
    }
    files.insert("index.html".to_owned(), page.into_bytes());
    let script = files.remove(offline::SERVICE_WORKER);
    let mut named = content_names::name_by_content(&files)?;
    if let Some(script) = script {
        // Its list begins anew.
        let script = String::from_utf8_lossy(&script);
        let build = offline::build_name(&named);
        let page = String::from_utf8_lossy(&named["index.html"]).into_owned();
        let old_build = between(&page, "data-build=\"", "\"").to_owned();
        named.insert("index.html".to_owned(), page.replace(&old_build, &build).into_bytes());
        let list = between(&script, "const PROGRAMS = ", ";");
        let template = script.replace(list, "'{files}'").replace(&old_build, "{build}");
        let said_stream = |stream: &str| format!("const STREAM = '{stream}'");
        let ours = said_stream(&STREAM_VERSION.to_string());
        let template = template.replace(&ours, &said_stream("{stream}"));
        let script = offline::service_worker(&template, &build, &named)?;
        let script = script.replace(&ours, &said_stream(&stream.to_string()));
        named.insert(offline::SERVICE_WORKER.to_owned(), script.into_bytes());
    }
    let other = TempDir::with_prefix("dartboard-build-").map_err(Error::io("making a folder"))?;
    folder::replace(other.path(), [], &named)?;
    Ok(other)
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let rest = text.split_once(begin).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(found, _)| found)
}

/// Replaces `old` by `new`, which is as long.
fn replace_all(content: &mut [u8], old: &[u8], new: &[u8]) {
    let mut start = 0;
    while let Some(found) = content[start..].windows(old.len()).position(|window| window == old) {
        content[start + found..][..new.len()].copy_from_slice(new);
        start += found + new.len();
    }
}

/// Whether the file name ends in `.` and `extension`.
pub fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|its| its == extension)
}

async fn answer(State(shelf): State<SharedShelf>, mut request: Request) -> Response {
    let path = request.uri().path();
    let name = path.strip_prefix(SUB_PATH).or_else(|| path.strip_prefix(OTHER_PATH)).map(str::to_owned);
    let Some(name) = name else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let names_folder = name.is_empty();
    let name = if names_folder { "index.html" } else { &name };
    let (files, stand_in, cache_control) = {
        let mut shelf = lock(&shelf);
        if shelf.redirects_page && name == "index.html" && !names_folder {
            shelf.note(name, StatusCode::PERMANENT_REDIRECT);
            return Redirect::permanent(SUB_PATH).into_response();
        }
        let stand_in = shelf.take_stand_in(name);
        (ServeDir::new(&shelf.dist), stand_in, shelf.cache_control.clone())
    };
    if stand_in.is_some() {
        // Or the browser would be told that what it has is still right.
        for name in [IF_MODIFIED_SINCE, IF_NONE_MATCH] {
            request.headers_mut().remove(name);
        }
    }
    if let Ok(uri) = format!("/{name}").parse() {
        *request.uri_mut() = uri;
    }
    let Ok(file) = files.oneshot(request).await;
    let mut file = file.map(Body::new);
    // It may say otherwise.
    file.headers_mut().insert(CACHE_CONTROL, cache_control);
    let answer = match stand_in {
        Some(stand_in) => stand_in.apply(file).into_response(),
        None => file,
    };
    lock(&shelf).note(name, answer.status());
    answer
}

fn lock(shelf: &SharedShelf) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    /// The whole answer, in lower case.
    async fn get(site: &Site, path: &str) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", site.port)).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer.to_lowercase()
    }

    #[tokio::test]
    async fn files_are_served_below_the_sub_path_only_and_can_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        for (name, content) in [("index.html", "start page"), ("a.wasm", "wasm"), ("assets/b.js", "script")] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let site = Site::serve(folder.path().to_owned()).await.unwrap();
        assert_eq!(site.files().unwrap(), ["a.wasm", "assets/b.js", "index.html"]);

        for path in ["/some/repo/", "/some/repo/index.html"] {
            let page = get(&site, path).await;
            assert!(
                page.contains("200 ok") && page.contains("text/html") && page.ends_with("start page"),
                "{page}"
            );
        }
        assert!(get(&site, "/some/repo/a.wasm").await.contains("content-type: application/wasm"));
        assert!(get(&site, "/some/repo/assets/b.js").await.contains("content-type: text/javascript"));
        for path in ["/", "/a.wasm", "/some/repo/none.js"] {
            assert!(get(&site, path).await.contains("404 not found"), "{path}");
        }

        site.replace("index.html", StandIn::not_found());
        site.replace("a.wasm", StandIn::content("other bytes"));
        site.replace(
            "assets/b.js",
            StandIn::unchanged().with_header(CACHE_CONTROL, HeaderValue::from_static("max-age=9")),
        );
        assert!(get(&site, "/some/repo/").await.contains("404 not found"));
        let wasm = get(&site, "/some/repo/a.wasm").await;
        assert!(wasm.contains("application/wasm") && wasm.ends_with("\r\n\r\nother bytes"), "{wasm}");
        let script = get(&site, "/some/repo/assets/b.js").await;
        assert!(script.contains("cache-control: max-age=9") && script.ends_with("script"), "{script}");
        site.restore();
        assert!(get(&site, "/some/repo/").await.contains("200 ok"));
        site.redirect_page_to_folder();
        let redirect = get(&site, "/some/repo/index.html").await;
        assert!(
            redirect.contains("308 permanent") && redirect.contains("location: /some/repo/"),
            "{redirect}"
        );
        assert!(get(&site, "/some/repo/").await.contains("200 ok"));
        assert_eq!(site.answered("a.wasm"), [StatusCode::OK; 2]);
        let page = [200, 200, 404, 200, 308, 200].map(|code| StatusCode::from_u16(code).unwrap());
        assert_eq!(site.answered("index.html"), page);
    }
}
