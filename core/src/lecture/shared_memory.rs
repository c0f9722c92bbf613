//! Whether this page may share memory with its threads, and if not, what would help.
//!
//! Browsers allow it only to a page that is cross-origin isolated. The headers for that come from the service worker, so the first
//! visit is never isolated. One reload helps; it is offered once, and only the user starts it.

use thiserror::Error;

/// What the browser tells.
#[expect(clippy::struct_excessive_bools, reason = "each is one answer of the browser")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The address is one that browsers trust, as https is.
    pub is_secure: bool,
    /// The page is shown inside another one.
    pub is_framed: bool,
    /// The page is cross-origin isolated.
    pub is_isolated: bool,
    /// `SharedArrayBuffer` is there. Without isolation most browsers hide it.
    pub has_shared_array_buffer: bool,
    /// The page has a service worker, and the browser allows it.
    pub has_service_worker: bool,
    /// The service worker is active, so it answers the next load of the page.
    pub is_active: bool,
    /// Why the service worker keeps nothing, if it said so.
    pub trouble: Option<String>,
    /// The user has reloaded the page for shared memory.
    pub was_reloaded: bool,
}

/// Whether memory can be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedMemory {
    /// Now.
    Here,
    /// When the page is loaded again.
    AfterReload,
    /// Not yet: the service worker is being installed.
    NotYet,
    /// Not in this place.
    Never(Reason),
}

/// Why memory can never be shared here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// Plain http.
    #[error("Shared memory needs an address that begins with https.")]
    Insecure,
    /// Inside another page.
    #[error(
        "This page is shown inside another page, where memory cannot be shared. Open it in a separate tab."
    )]
    Framed,
    /// No service worker, as in a private window.
    #[error(
        "This browser stores nothing for this page, which shared memory needs. Is this a private window?"
    )]
    NothingStored,
    /// The service worker could not be installed.
    #[error("Shared memory needs a copy of this page in the browser, which failed: {}.", .0.trim_end_matches('.'))]
    NotKept(String),
    /// Isolated, and still without.
    #[error("This browser has no shared memory.")]
    NoSharedMemory,
    /// A reload did not help.
    #[error("This page was reloaded, and its memory still cannot be shared.")]
    ReloadedInVain,
}

impl Facts {
    /// What follows from them.
    pub fn shared_memory(&self) -> SharedMemory {
        let trouble = self.trouble.as_ref().map(|trouble| Reason::NotKept(trouble.clone()));
        let reasons = [
            (!self.is_secure, Reason::Insecure),
            (self.is_framed, Reason::Framed),
            (!self.has_service_worker, Reason::NothingStored),
            (self.was_reloaded, Reason::ReloadedInVain),
        ];
        let mut found = reasons.into_iter().filter_map(|(holds, reason)| holds.then_some(reason));
        match (self.is_isolated, self.has_shared_array_buffer) {
            (true, true) => SharedMemory::Here,
            (true, false) => SharedMemory::Never(Reason::NoSharedMemory),
            (false, _) => match (found.next(), self.is_active, trouble) {
                (Some(reason), _, _) | (None, false, Some(reason)) => SharedMemory::Never(reason),
                (None, true, _) => SharedMemory::AfterReload,
                (None, false, None) => SharedMemory::NotYet,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that the browser can tell, each answer with each.
    fn all() -> impl Iterator<Item = Facts> {
        (0_u32..1 << 8).map(|bits| {
            let bit = |number: u32| bits >> number & 1 == 1;
            Facts {
                is_secure: bit(0),
                is_framed: bit(1),
                is_isolated: bit(2),
                has_shared_array_buffer: bit(3),
                has_service_worker: bit(4),
                is_active: bit(5),
                trouble: bit(6).then(|| "the host changes index.html".to_owned()),
                was_reloaded: bit(7),
            }
        })
    }

    /// A page on its first visit, whose service worker is active.
    fn first_visit() -> Facts {
        Facts { is_secure: true, has_service_worker: true, is_active: true, ..Facts::default() }
    }

    #[test]
    fn memory_is_shared_where_the_page_is_isolated_and_the_browser_has_it_and_nowhere_else() {
        for facts in all() {
            let is_here = facts.is_isolated && facts.has_shared_array_buffer;
            assert_eq!(facts.shared_memory() == SharedMemory::Here, is_here, "{facts:?}");
        }
    }

    // Fails with: a reload that is offered where it cannot help, or a second time.
    #[test]
    fn a_reload_is_offered_only_where_it_is_new_and_the_service_worker_will_answer() {
        let (mut offers, mut waits) = (0, 0);
        for facts in all() {
            let could_help = facts.is_secure
                && !facts.is_framed
                && facts.has_service_worker
                && !facts.is_isolated
                && !facts.was_reloaded;
            match facts.shared_memory() {
                SharedMemory::AfterReload => {
                    assert!(could_help && facts.is_active, "{facts:?}");
                    offers += 1;
                }
                SharedMemory::NotYet => {
                    assert!(could_help && !facts.is_active && facts.trouble.is_none(), "{facts:?}");
                    waits += 1;
                }
                SharedMemory::Here => {}
                SharedMemory::Never(_) => {
                    assert!(!could_help || (!facts.is_active && facts.trouble.is_some()), "{facts:?}");
                }
            }
        }
        // With shared memory in sight or not; an active one also where it has lost files.
        assert_eq!((offers, waits), (4, 2));
    }

    #[test]
    fn the_reason_is_the_one_that_the_user_can_do_something_about() {
        let trouble = Some("the host changes index.html".to_owned());
        // As browsers write it.
        let told = Some("A bad HTTP response code (404) was received.".to_owned());
        for (facts, said) in [
            (
                Facts { is_active: false, trouble: told, ..first_visit() },
                "which failed: A bad HTTP response code (404) was received.",
            ),
            (Facts { is_secure: false, has_service_worker: false, ..first_visit() }, "begins with https"),
            (Facts { is_framed: true, was_reloaded: true, ..first_visit() }, "Open it in a separate tab"),
            (Facts { has_service_worker: false, is_active: false, ..first_visit() }, "private window"),
            (
                Facts { is_active: false, trouble, ..first_visit() },
                "which failed: the host changes index.html.",
            ),
            (
                Facts { is_isolated: true, was_reloaded: true, ..first_visit() },
                "browser has no shared memory",
            ),
            (Facts { was_reloaded: true, ..first_visit() }, "was reloaded"),
        ] {
            match facts.shared_memory() {
                SharedMemory::Never(reason) => {
                    let sentence = reason.to_string();
                    assert!(!sentence.ends_with(".."), "{sentence}");
                    assert!(sentence.contains(said) && sentence.ends_with(['.', '?']), "{sentence}");
                }
                other => panic!("{other:?} of {facts:?}"),
            }
        }
        assert_eq!(first_visit().shared_memory(), SharedMemory::AfterReload);
        assert_eq!(Facts { is_active: false, ..first_visit() }.shared_memory(), SharedMemory::NotYet);
    }
}
