//! What a worker says, and whether it belongs to this page: the same rules for every kind of worker and every user of one.

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, PROTOCOL_VERSION};
use thiserror::Error;

use crate::text::shortened;

/// What is heard of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It said something.
    Said(FromWorker),
    /// It said something that could not be understood, for this reason.
    Malformed(String),
    /// An error was reported for it, or it could not be made or reached at all; the browser's words, if any.
    Failed(String),
}

/// Why a worker and the page do not belong together, which only loading the page again can mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// The worker speaks another version of the protocol than the page.
    #[error(
        "the worker speaks version {worker} of the protocol and the page version {PROTOCOL_VERSION}; reload the page"
    )]
    Protocol {
        /// The worker's version.
        worker: u64,
    },
    /// The worker was built from another version of the program than the page.
    #[error("the worker is of build “{}” and the page of build “{}”; reload the page", shortened(.worker), shortened(.page))]
    Build {
        /// The page's build id.
        page: String,
        /// The worker's build id.
        worker: String,
    },
    /// The worker's own kernel is none that counts a run's own points.
    #[error("the worker counts by the kernel “{}”, which does not count the run's own points; reload the page", shortened(.worker))]
    Kernel {
        /// The name of the worker's kernel.
        worker: String,
    },
}

/// The own kernel of a worker that announces itself so to a page of build `page`.
///
/// # Errors
/// When the two do not belong together.
pub fn accept(announced: &Announcement, page: &str) -> Result<Kernel, Mismatch> {
    let kernel = Kernel::named(&announced.kernel).filter(|kernel| kernel.is_reproducible());
    accept_counting(announced, page, kernel)
}

/// The name of the adapter of a worker on the GPU that announces itself so to a page of build `page`, cut to a length that
/// can be shown; it may be empty.
///
/// # Errors
/// When the two do not belong together, or the worker counts on no GPU.
pub fn accept_gpu(announced: &Announcement, page: &str) -> Result<String, Mismatch> {
    accept_counting(announced, page, announced.adapter().map(shortened))
}

/// `counts`, which the worker counts by; none if that is nothing that the page knows.
fn accept_counting<T>(announced: &Announcement, page: &str, counts: Option<T>) -> Result<T, Mismatch> {
    // The version first: with another version, the rest may mean something else.
    if announced.protocol != PROTOCOL_VERSION {
        return Err(Mismatch::Protocol { worker: announced.protocol });
    }
    if announced.build != page {
        return Err(Mismatch::Build { page: page.to_owned(), worker: announced.build.clone() });
    }
    counts.ok_or_else(|| Mismatch::Kernel { worker: announced.kernel.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "build-1";

    // Fails with: a kernel taken that counts other points than the run's, or one that the page has never heard of.
    #[test]
    fn a_worker_is_taken_with_an_exact_kernel_of_its_own() {
        for kernel in Kernel::ALL {
            let accepted = accept(&Announcement::new(PAGE, kernel), PAGE);
            if kernel.is_reproducible() {
                assert_eq!(accepted, Ok(kernel));
            } else {
                assert_eq!(accepted, Err(Mismatch::Kernel { worker: kernel.name().to_owned() }));
            }
        }
        let unheard_of = Announcement { kernel: "gpu".to_owned(), ..Announcement::new(PAGE, Kernel::Tree) };
        assert!(accept(&unheard_of, PAGE).is_err());
    }

    // Fails with: a worker taken in the GPU's place that counts on none, or its adapter's name shown at any length.
    #[test]
    fn a_worker_on_a_gpu_is_taken_in_the_gpus_place_alone() {
        let announced = Announcement::of_gpu(PAGE, &"x".repeat(1_000));
        assert!(accept(&announced, PAGE).is_err());
        assert!(accept_gpu(&announced, PAGE).is_ok_and(|name| name.chars().count() < 100));
        assert_eq!(accept_gpu(&Announcement::of_gpu(PAGE, ""), PAGE).as_deref(), Ok(""));
        assert!(accept_gpu(&Announcement::of_gpu("old", ""), PAGE).is_err());
        let on_processor = accept_gpu(&Announcement::new(PAGE, Kernel::Tree), PAGE);
        assert_eq!(on_processor, Err(Mismatch::Kernel { worker: "tree".to_owned() }));
    }

    #[test]
    fn what_is_wrong_with_a_worker_is_said_version_first() {
        let right = Announcement::new(PAGE, Kernel::Tree);
        let inexact = Announcement { kernel: "math_random".to_owned(), ..right };
        let older = Announcement { build: "b".repeat(1_000), ..inexact.clone() };
        let other = Announcement { protocol: 9, ..older.clone() };
        for (announced, said) in [
            (other, "the worker speaks version 9 of the protocol and the page version 4; reload the page"),
            (
                older,
                "the worker is of build “bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…” and the page of build “build-1”; \
                 reload the page",
            ),
            (
                inexact,
                "the worker counts by the kernel “math_random”, which does not count the run's own points; \
                 reload the page",
            ),
        ] {
            assert_eq!(accept(&announced, PAGE).unwrap_err().to_string(), said);
        }
    }
}
