//! Serves `dist/` as a static host would: under a sub-path, with nothing but files and their types.
//!
//! Single files can be replaced while it runs, so that a fault of a host can be tried:
//! a missing file, a corrupt one, an old one, another header.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

use crate::Error;

/// Where a project's page is served on GitHub Pages: not at the root of the host.
pub const SUB_PATH: &str = "/some/repo/";

/// Where the host has an empty page, from which the storage of the site can be reached without the app.
pub const BLANK: &str = "/blank";

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
pub struct Replacement {
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
}

impl Replacement {
    /// The file is not on the host.
    pub fn not_found() -> Self {
        Self { status: Some(StatusCode::NOT_FOUND), body: Some(b"Not found".to_vec()), headers: Vec::new() }
    }

    /// Other content; the type stays that of the file.
    pub fn content(body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..Self::default() }
    }

    /// The file as it is, for a [`Self::with_header`].
    pub fn unchanged() -> Self {
        Self::default()
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

/// By path below the sub-path, such as `index.html`.
type Replacements = Arc<Mutex<HashMap<String, Replacement>>>;

/// A static host on a port of its own; ends when dropped.
pub struct Site {
    dist: PathBuf,
    port: u16,
    replacements: Replacements,
    server: JoinHandle<()>,
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
        let replacements = Replacements::default();
        let host = Router::new()
            .route(BLANK, get(|| async { Html("<!doctype html><link rel=icon href=data:,>") }))
            .nest_service(SUB_PATH, ServeDir::new(&dist))
            .layer(middleware::from_fn_with_state(Arc::clone(&replacements), answer));
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("opening a port for the site"))?;
        let port = listener.local_addr().map_err(Error::io("reading the site's port"))?.port();
        let server = tokio::spawn(async move {
            // It ends only by being aborted.
            let _ = axum::serve(listener, host).await;
        });
        Ok(Self { dist, port, replacements, server })
    }

    /// Address of the page, with a `/` at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{SUB_PATH}", self.port)
    }

    /// Names of the served files, relative to the page, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> Result<Vec<String>, Error> {
        files(&self.dist)
    }

    /// Answers requests for the file `name` by `replacement` from now on.
    pub fn replace(&self, name: impl Into<String>, replacement: Replacement) {
        self.replacements.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), replacement);
    }

    /// Serves every file as it is again.
    pub fn restore(&self) {
        self.replacements.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Names of all files in `folder` and below, with `/` between folders, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut prefixes = vec![String::new()];
    while let Some(prefix) = prefixes.pop() {
        let path = folder.join(&prefix);
        let reading = || format!("reading {}", path.display());
        for entry in fs::read_dir(&path).map_err(Error::io(reading()))? {
            let entry = entry.map_err(Error::io(reading()))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(Error::io(reading()))?.is_dir() {
                prefixes.push(name + "/");
            } else {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Whether the file name ends in `.` and `extension`.
pub fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|its| its == extension)
}

async fn answer(State(replacements): State<Replacements>, mut request: Request, next: Next) -> Response {
    let name = match request.uri().path().strip_prefix(SUB_PATH) {
        Some("") => "index.html",
        Some(name) => name,
        // Not of the page: a 404 whatever is replaced.
        None => "/",
    };
    let replacement = replacements.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if replacement.is_some() {
        // Or the browser would be told that what it has is still right.
        for name in [IF_MODIFIED_SINCE, IF_NONE_MATCH] {
            request.headers_mut().remove(name);
        }
    }
    let mut file = next.run(request).await;
    // So that what is answered now is what the browser gets now; a replacement may say otherwise.
    file.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    match replacement {
        Some(replacement) => replacement.apply(file).into_response(),
        None => file,
    }
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

        site.replace("index.html", Replacement::not_found());
        site.replace("a.wasm", Replacement::content("other bytes"));
        site.replace(
            "assets/b.js",
            Replacement::unchanged().with_header(CACHE_CONTROL, HeaderValue::from_static("max-age=9")),
        );
        assert!(get(&site, "/some/repo/").await.contains("404 not found"));
        let wasm = get(&site, "/some/repo/a.wasm").await;
        assert!(wasm.contains("application/wasm") && wasm.ends_with("\r\n\r\nother bytes"), "{wasm}");
        let script = get(&site, "/some/repo/assets/b.js").await;
        assert!(script.contains("cache-control: max-age=9") && script.ends_with("script"), "{script}");
        site.restore();
        assert!(get(&site, "/some/repo/").await.contains("200 ok"));
    }
}
