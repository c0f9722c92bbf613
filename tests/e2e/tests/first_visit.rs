//! What a first visit downloads stays within its budget.

use dartboard_e2e::{Error, site};
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
    assert!(
        has(&sizes.program("benchmark"), "js") && has(&sizes.program("benchmark"), "wasm"),
        "no benchmark: {sizes}"
    );
    assert_eq!(
        sizes.first_visit.keys().filter(|name| site::has_extension(name, "wasm")).count(),
        2,
        "{sizes}"
    );
    Ok(sizes.check()?)
}
