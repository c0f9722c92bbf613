//! The files of the release, which no browser needs to judge: their names, and how much of them a first visit downloads.

use dartboard_e2e::{Error, Site, site};
use dartboard_release::content_names::{self, KEPT_NAMES, integrity, short_hash};
use dartboard_release::transfer_size::{Sizes, TransferSizes};

// Fails with: a debug build served as the release; a heavy dependency; Yew linked into the worker.
#[test]
fn first_visit_is_within_budget() -> Result<(), Error> {
    let sizes = Sizes::of(&site::dist()?)?;
    println!("{sizes}");
    // Were nothing found, it would be within any budget.
    let has = |sizes: &TransferSizes, end: &str| sizes.keys().any(|name| name.ends_with(end));
    let worker = sizes.worker();
    assert!(has(&worker, "js") && has(&worker, "wasm"), "no worker files found: {sizes}");
    for program in ["benchmark", "thread", "gpu"] {
        let files = sizes.program(program);
        assert!(has(&files, "js") && has(&files, "wasm"), "no {program}: {sizes}");
    }
    assert_eq!(
        sizes.first_visit.keys().filter(|name| site::has_extension(name, "wasm")).count(),
        2,
        "{sizes}"
    );
    Ok(sizes.check()?)
}

// Fails with: a file that a cache may hand out in an old version; an integrity of other content than the file has.
#[tokio::test]
async fn every_file_is_named_by_its_content_and_has_its_integrity() -> Result<(), Error> {
    let site = Site::start().await?;
    let mut checked = 0;
    let page = String::from_utf8_lossy(&site.content("index.html")?).into_owned();
    for name in site.files()?.iter().filter(|name| !KEPT_NAMES.contains(&name.as_str())) {
        assert!(!name.starts_with(".trunk"), "{name} is left in the release");
        let content = site.content(&content_names::without_hash(name))?;
        let hash = format!("-{}.", short_hash(&content));
        assert!(name.contains(&hash), "{name} has other content than {hash}");
        // Wherever the page gives an integrity, it is that of the file named in the same tag.
        for tag in page.split('<').filter(|tag| tag.contains(name) && tag.contains("integrity=")) {
            assert!(tag.contains(&integrity(&content)), "{tag}");
            checked += 1;
        }
    }
    assert!(checked >= 4, "too little of the page has an integrity: {page}");
    assert_eq!(checked, page.matches("integrity=").count(), "{page}");
    Ok(())
}
