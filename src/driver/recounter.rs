//! Lets a worker of its own recount batches, as [`dartboard_core::recount`] decides.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use dartboard_points::build::BUILD_ID;
use dartboard_points::protocol::{FromWorker, ToWorker};
use gloo::timers::callback::Timeout;
use yew::Callback;

use super::web_worker::BrowserWorker;
use crate::browser::clock;
use dartboard_core::coordinator::{Event, WorkerId};
use dartboard_core::recount::{End, Report, TIME_LIMIT, Verification};
use dartboard_core::supervision::accept;
use dartboard_core::time::Instant;

/// How long after [`TIME_LIMIT`] the worker may still be busy with its last recount, or with starting.
const GRACE: Duration = Duration::from_secs(10);

/// A verification that is going on. Dropping it ends its worker.
pub struct Recounter {
    inner: Rc<RefCell<Inner>>,
}

struct Inner {
    verification: Verification,
    worker: Option<BrowserWorker>,
    begun: Instant,
    on_report: Callback<Report>,
    _timeout: Timeout,
}

impl Recounter {
    /// Begins `verification`; `on_report` is told after each step how far it has come.
    pub fn begin(verification: Verification, on_report: Callback<Report>) -> Self {
        let inner = Rc::new_cyclic(|inner: &Weak<RefCell<Inner>>| {
            let late = inner.clone();
            let limit_ms = u32::try_from((TIME_LIMIT + GRACE).as_millis()).unwrap_or(u32::MAX);
            let timeout = Timeout::new(limit_ms, move || {
                with(&late, |inner| inner.fail("the worker does not answer".to_owned()));
            });
            let heard = inner.clone();
            let worker = BrowserWorker::spawn(WorkerId(0), "dartboard verifier", move |event| {
                with(&heard, |inner| inner.hear(event));
            });
            let mut verification = verification;
            let worker = worker.map_err(|reason| verification.end(End::Failed(reason))).ok();
            RefCell::new(Inner { verification, worker, begun: clock::now(), on_report, _timeout: timeout })
        });
        inner.borrow().report();
        Self { inner }
    }

    /// Ends it before its time.
    pub fn cancel(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.verification.end(End::Cancelled);
        inner.report();
        inner.worker = None;
    }
}

fn with(inner: &Weak<RefCell<Inner>>, act: impl FnOnce(&mut Inner)) {
    if let Some(inner) = inner.upgrade() {
        act(&mut inner.borrow_mut());
    }
}

impl Inner {
    fn hear(&mut self, event: Event) {
        let elapsed = clock::now() - self.begun;
        let next = match event {
            Event::Message { message: FromWorker::Ready(announced), .. } => {
                if let Err(mismatch) = accept(&announced, BUILD_ID) {
                    return self.fail(mismatch.to_string());
                }
                self.verification.next(elapsed)
            }
            Event::Message { message: FromWorker::Tally { lease, tally, .. }, .. } => {
                self.verification.hear(lease, tally, elapsed)
            }
            Event::Message {
                message:
                    FromWorker::Panicked { text }
                    | FromWorker::StartFailed { text }
                    | FromWorker::Rejected { text },
                ..
            } => return self.fail(text),
            Event::Malformed { reason, .. } | Event::Failed { reason, .. } => return self.fail(reason),
            // A worker says nothing else.
            _ => None,
        };
        if let Some(message) = next {
            self.post(&message);
        }
        self.report();
    }

    fn post(&mut self, message: &ToWorker) {
        if let Some(Err(reason)) = self.worker.as_ref().map(|worker| worker.post(message)) {
            self.verification.end(End::Failed(reason));
        }
    }

    fn fail(&mut self, reason: String) {
        self.verification.end(End::Failed(reason));
        self.report();
    }

    fn report(&self) {
        self.on_report.emit(self.verification.report().clone());
    }
}
