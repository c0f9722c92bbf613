//! The version, the links to the sources, the content security policy and the service worker in `index.html`.
//!
//! The page has three places for them: a tag with [`RELEASE`], which is removed or becomes what only a deployed page has, and
//! the texts [`VERSION`] and [`LINKS`].

use std::env;
use std::path::Path;
use std::process::Command;

use dartboard_points::stream::STREAM_VERSION;

use crate::Error;

/// What `index.html` has in the tag that becomes the policy and the service worker.
const RELEASE: &str = "{release}";

/// What `index.html` has in place of the version.
const VERSION: &str = "{version}";

/// What `index.html` has in place of the links to the sources.
const LINKS: &str = "{links}";

/// What the links lead to, below the address of the repository.
const LINKED: [(&str, &str); 4] = [
    ("Source", ""),
    ("Licence", "/blob/HEAD/README.md#licence"),
    ("For lecturers", "/blob/HEAD/docs/for-lecturers.md"),
    ("Report a problem", "/issues/new/choose"),
];

/// Everything from the page's own folder and nothing else, and scripts only from files. Chrome before 97 does not know
/// `wasm-unsafe-eval`. A static host may send no headers, so the policy must be in the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'";

/// Where a page goes that Trunk has built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To a static host: `trunk build --release`.
    Host,
    /// To a developer: a development build, or Trunk's own server, whose inline script that reloads the page
    /// the policy would not allow.
    Developer,
}

impl Destination {
    /// Of a page that Trunk built in `profile`.
    pub fn of(page: &str, profile: &str) -> Self {
        let reloads_itself = page.contains(".well-known/trunk/ws");
        if profile == "release" && !reloads_itself { Self::Host } else { Self::Developer }
    }
}

/// The page with `version` in its place.
///
/// # Errors
/// When it has no such place, or several.
pub fn with_version(page: &str, version: &str) -> Result<String, Error> {
    fill(page, VERSION, version)
}

/// The page with links into `repository`, a plain address; without one, with none.
///
/// # Errors
/// When it has no place for them, or several.
pub fn with_links(page: &str, repository: Option<&str>) -> Result<String, Error> {
    let link = |(name, path)| {
        repository.map(|url| format!(" <a href=\"{}{path}\">{name}</a>", url.trim_end_matches('/')))
    };
    fill(page, LINKS, &LINKED.into_iter().filter_map(link).collect::<String>())
}

fn fill(page: &str, place: &'static str, text: &str) -> Result<String, Error> {
    let start = only(page, place)?;
    Ok(format!("{}{text}{}", &page[..start], &page[start + place.len()..]))
}

/// The page without what only a deployed one has.
///
/// # Errors
/// When it has no place for that, or several.
pub fn for_developers(page: &str) -> Result<String, Error> {
    fill_release(page, "")
}

/// The page under its policy, with the service worker that keeps `build` for use without a network.
///
/// # Errors
/// When it has no place for that, or several.
pub fn for_hosts(page: &str, build: &str) -> Result<String, Error> {
    let service_worker = crate::offline::SERVICE_WORKER;
    fill_release(
        page,
        &format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
             <meta name=\"dartboard-service-worker\" content=\"./{service_worker}\" data-build=\"{build}\" data-stream=\"{STREAM_VERSION}\">"
        ),
    )
}

fn fill_release(page: &str, tags: &str) -> Result<String, Error> {
    let place = only(page, RELEASE)?;
    let tag = page[..place].rfind('<').zip(page[place..].find('>'));
    let (start, end) =
        tag.ok_or(Error::Place { file: "index.html", place: "a tag round {release}", found: 0 })?;
    Ok(format!("{}{tags}{}", &page[..start], &page[place + end + 1..]))
}

fn only(page: &str, place: &'static str) -> Result<usize, Error> {
    let mut found = page.match_indices(place).map(|(start, _)| start);
    match (found.next(), found.count()) {
        (Some(start), 0) => Ok(start),
        (first, more) => {
            Err(Error::Place { file: "index.html", place, found: usize::from(first.is_some()) + more })
        }
    }
}

/// The address of the repository: `DARTBOARD_SOURCE_URL`, or what Cargo.toml has; none where both are empty.
///
/// # Errors
/// When that address is none.
pub fn repository() -> Result<Option<String>, Error> {
    let given = env::var("DARTBOARD_SOURCE_URL").ok().filter(|url| !url.is_empty());
    plain_url(given.as_deref().unwrap_or(env!("CARGO_PKG_REPOSITORY")))
}

fn plain_url(url: &str) -> Result<Option<String>, Error> {
    match url {
        "" => Ok(None),
        url if is_plain_url(url) => Ok(Some(url.to_owned())),
        url => Err(Error::SourceUrl(url.to_owned())),
    }
}

/// The version of the sources in `folder` for people to read, as HTML: `0.1.0, commit 0123abc`. With the address of the
/// repository, the commit is a link.
pub fn version(folder: &Path, repository: Option<&str>) -> String {
    let commit = git(folder, &["rev-parse", "HEAD"]);
    let changes = git(folder, &["status", "--porcelain"]);
    describe(commit.as_deref(), changes.as_deref(), repository)
}

fn describe(commit: Option<&str>, changes: Option<&str>, repository: Option<&str>) -> String {
    let number = env!("CARGO_PKG_VERSION");
    let Some(commit) =
        commit.filter(|commit| commit.len() >= 7 && commit.bytes().all(|c| c.is_ascii_hexdigit()))
    else {
        return format!("{number}, of an unknown commit");
    };
    let short = &commit[..7];
    let name = match repository {
        Some(url) => format!("<a href=\"{}/commit/{commit}\">{short}</a>", url.trim_end_matches('/')),
        None => short.to_owned(),
    };
    match changes {
        Some("") => format!("{number}, commit {name}"),
        _ => format!("{number}, commit {name} with changes"),
    }
}

fn is_plain_url(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_alphanumeric() || b"._-/".contains(&c))
    })
}

/// What git says; none where there is no git or no repository.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    // Without the locks it would write into the folder that `trunk serve` watches.
    let output =
        Command::new("git").arg("--no-optional-locks").args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<meta charset=utf-8><meta content={release} name=dartboard-release><p>{version}</p>";

    #[test]
    fn a_hosted_page_has_the_policy_first_and_a_developers_has_none() {
        let hosted = for_hosts(PAGE, "00ff").unwrap();
        assert!(
            hosted.starts_with("<meta charset=utf-8><meta http-equiv=\"Content-Security-Policy\""),
            "{hosted}"
        );
        assert!(hosted.contains("data-build=\"00ff\" data-stream=\"2\"><p>{version}</p>"), "{hosted}");
        assert!(POLICY.starts_with("default-src 'none'; "));
        assert!(!POLICY.contains("'unsafe-"));
        assert_eq!(for_developers(PAGE).unwrap(), "<meta charset=utf-8><p>{version}</p>");
    }

    #[test]
    fn a_page_without_a_place_or_with_two_is_refused() {
        for page in ["<p>", "{version}{release}{version}<{release}>"] {
            assert!(with_version(page, "1").is_err() && for_developers(page).is_err(), "{page}");
        }
        assert!(for_developers("{release}").is_err());
        assert!(with_version(PAGE, "1").unwrap().ends_with("<p>1</p>"));
    }

    // Fails with: links to nowhere in a page whose repository nobody knows.
    #[test]
    fn the_sources_are_linked_where_their_address_is_known() {
        let page = "<footer>MIT.{links}</footer>";
        assert_eq!(with_links(page, None).unwrap(), "<footer>MIT.</footer>");
        let linked = with_links(page, Some("https://host.example/a/b/")).unwrap();
        for link in [
            "<a href=\"https://host.example/a/b\">Source</a>",
            "<a href=\"https://host.example/a/b/blob/HEAD/docs/for-lecturers.md\">For lecturers</a>",
            "<a href=\"https://host.example/a/b/issues/new/choose\">Report a problem</a>",
        ] {
            assert!(linked.contains(link), "{linked} lacks {link}");
        }
        assert!(with_links("<footer></footer>", None).is_err());
        assert_eq!(plain_url("").unwrap(), None);
        assert_eq!(plain_url("https://host.example/a").unwrap().as_deref(), Some("https://host.example/a"));
        // What the links lead to is here, and the page names the lecture.
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in ["README.md", "docs/for-lecturers.md", ".github/ISSUE_TEMPLATE"] {
            assert!(repository.join(file).exists(), "{file}");
        }
        let page = include_str!("../../index.html");
        assert!(page.contains("“Multiprocessing and Multithreading in Practice”") && page.contains(LINKS));
    }

    #[test]
    fn trunks_server_and_development_builds_are_for_developers() {
        let served = format!("{PAGE}<script>'.well-known/trunk/ws'</script>");
        assert_eq!(Destination::of(PAGE, "release"), Destination::Host);
        assert_eq!(Destination::of(PAGE, "debug"), Destination::Developer);
        assert_eq!(Destination::of(&served, "release"), Destination::Developer);
    }

    #[test]
    fn the_version_says_what_is_known_of_the_sources() {
        const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
        let say = describe;
        let number = env!("CARGO_PKG_VERSION");
        assert_eq!(say(Some(COMMIT), Some(""), None), format!("{number}, commit 0123456"));
        assert_eq!(say(Some(COMMIT), Some(" M run"), None), format!("{number}, commit 0123456 with changes"));
        for none in [None, Some(""), Some("fatal: x")] {
            assert_eq!(say(none, None, None), format!("{number}, of an unknown commit"));
        }
        let linked = say(Some(COMMIT), Some(""), Some("https://host.example/a/b/"));
        let link = format!("<a href=\"https://host.example/a/b/commit/{COMMIT}\">0123456</a>");
        assert_eq!(linked, format!("{number}, commit {link}"));
        for bad in ["http://x", "https://", "https://x\"onclick=", "javascript:alert(1)"] {
            assert!(plain_url(bad).is_err(), "{bad}");
        }
    }
}
