//! `finish`: the hook that Trunk calls when it has built the page. `sizes FOLDER`: what a visit downloads.

use std::env;
use std::path::{Path, PathBuf};

use dartboard_release::content_names::{Files, name_by_content};
use dartboard_release::page::{self, Destination};
use dartboard_release::transfer_size::Sizes;
use dartboard_release::{Error, folder, function_order, offline, scripts, short_names};

fn main() -> Result<(), Error> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["finish"] => finish(
            &PathBuf::from(variable("TRUNK_STAGING_DIR")?),
            &PathBuf::from(variable("TRUNK_SOURCE_DIR")?),
            &variable("TRUNK_PROFILE")?,
        ),
        ["sizes", dist] => {
            let sizes = Sizes::of(Path::new(dist))?;
            print!("{sizes}");
            sizes.check()
        }
        _ => Err(Error::Usage),
    }
}

fn variable(name: &'static str) -> Result<String, Error> {
    env::var(name).map_err(|_| Error::NotTrunk(name))
}

/// Finishes the release that Trunk has put together in `staging` from the sources in `source`.
fn finish(staging: &Path, source: &Path, profile: &str) -> Result<(), Error> {
    const PAGE: &str = "index.html";
    let mut raw = folder::read(staging)?;
    if profile == "release" {
        scripts::shorten(&mut raw);
        short_names::shorten(&mut raw)?;
        function_order::by_likeness(&mut raw)?;
    }
    let mut files = name_by_content(&raw)?;
    let repository = page::repository()?;
    let version = page::version(source, repository.as_deref());
    let page = page::with_version(&text(&files, PAGE)?, &version)?;
    let page = page::with_links(&page, repository.as_deref())?;
    let (page, service_worker) = match Destination::of(&page, profile) {
        Destination::Developer => (page::for_developers(&page)?, None),
        Destination::Host => {
            let build = offline::build_name(&files);
            let page = page::for_hosts(&page, &build)?;
            files.insert(PAGE.to_owned(), page.clone().into_bytes());
            let script = text(&files, offline::SERVICE_WORKER)?;
            (page, Some(offline::service_worker(&script, &build, &files)?))
        }
    };
    files.insert(PAGE.to_owned(), page.into_bytes());
    match service_worker {
        Some(script) => files.insert(offline::SERVICE_WORKER.to_owned(), script.into_bytes()),
        None => files.remove(offline::SERVICE_WORKER),
    };
    folder::replace(staging, raw.into_keys(), &files)
}

fn text(files: &Files, name: &str) -> Result<String, Error> {
    let content = files.get(name).map_or(&[][..], Vec::as_slice);
    String::from_utf8(content.to_vec()).map_err(|_| Error::NotText(name.to_owned()))
}
