//! The page's files, as a hall serves them.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

/// Where the page's files are.
#[derive(Debug)]
pub(super) enum Page {
    /// In this program.
    #[cfg(feature = "page")]
    Embedded,
    /// In a folder: what `./run build` has made.
    Folder(PathBuf),
}

/// Why there is no page.
#[derive(Debug, Error)]
pub(crate) enum PageError {
    /// The folder holds none.
    #[error("there is no page in {}: {error}. Build it with ./run build, and give its folder: --page dist", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What came of reading it.
        error: io::Error,
    },
    /// This program was built without it.
    #[cfg(not(feature = "page"))]
    #[error(
        "this program was built without the page: build it with ./run build, and give its folder: --page dist"
    )]
    None,
}

/// The files of the release, in this program.
#[cfg(feature = "page")]
#[derive(rust_embed::Embed)]
#[folder = "../dist"]
struct Embedded;

impl Page {
    /// The page in `folder`, or the one in this program.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn open(folder: Option<PathBuf>) -> Result<Self, PageError> {
        match folder {
            Some(folder) => match fs::metadata(folder.join("index.html")) {
                Ok(_) => Ok(Self::Folder(folder)),
                Err(error) => Err(PageError::Folder { folder, error }),
            },
            #[cfg(feature = "page")]
            None => Ok(Self::Embedded),
            #[cfg(not(feature = "page"))]
            None => Err(PageError::None),
        }
    }

    /// The file at this path of the address, without the leading `/`; none if there is none.
    pub(super) fn file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "page")]
            Self::Embedded => Embedded::get(path).map(|file| file.data),
            Self::Folder(folder) => {
                let path = Path::new(path);
                // Nothing outside of the folder.
                let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
                let file = is_inside.then(|| fs::read(folder.join(path)).ok())?;
                file.map(Cow::Owned)
            }
        }
    }
}

/// What a file of that name holds.
pub(super) fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The page's first file, as a hall serves it at `host`: it says that this is the hall of `run`, and may speak to the broker
/// there. Some browsers do not take `ws:` for the page's own origin. It names the address of `lessons` that share memory, if there
/// is one.
pub(super) fn first_file(index: &str, run: &str, lessons: Option<&str>, host: &str) -> String {
    let host: String =
        host.chars().filter(|char| char.is_ascii_alphanumeric() || ".:[]-".contains(*char)).collect();
    let meta = |name, content| format!("<meta name=\"dartboard-{name}\" content=\"{content}\">");
    let lessons = lessons.map(|lessons| meta("lessons", lessons)).unwrap_or_default();
    let mark = [&meta("hall", run), &*lessons, "</head>"].concat();
    let sources = format!("connect-src ws://{host} wss://{host} ");
    index.replacen("</head>", &mark, 1).replacen("connect-src ", &sources, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: files of the computer that anybody in the room can read.
    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page");
        fs::create_dir_all(page.join("assets")).unwrap();
        fs::write(folder.path().join("secret"), "s").unwrap();
        fs::write(page.join("index.html"), "i").unwrap();
        fs::write(page.join("assets").join("a.js"), "a").unwrap();
        assert!(matches!(Page::open(Some(folder.path().to_owned())), Err(PageError::Folder { .. })));
        let page = Page::open(Some(page)).unwrap();
        assert_eq!(page.file("index.html").as_deref(), Some(&b"i"[..]));
        assert_eq!(page.file("assets/a.js").as_deref(), Some(&b"a"[..]));
        for path in ["../secret", "assets/../../secret", "/etc/hostname", "", "assets", "none"] {
            assert_eq!(page.file(path), None, "{path}");
        }
    }

    #[test]
    fn the_first_file_names_the_hall_and_the_broker_and_nothing_that_a_host_made_up() {
        let index = "<head><meta content=\"connect-src 'self'; x\"></head><body></head>";
        assert_eq!(
            first_file(index, "seed-42", None, "a.b:80\"><script>"),
            "<head><meta content=\"connect-src ws://a.b:80script wss://a.b:80script 'self'; x\">\
             <meta name=\"dartboard-hall\" content=\"seed-42\"></head><body></head>"
        );
        assert_eq!(
            first_file("<head></head>", "seed-42", Some("https://a.b/"), "c"),
            "<head><meta name=\"dartboard-hall\" content=\"seed-42\">\
             <meta name=\"dartboard-lessons\" content=\"https://a.b/\"></head>"
        );
    }
}
