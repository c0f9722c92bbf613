//! Has a separate worker recount batches, as [`dartboard_core::recount`] decides.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use yew::Callback;

use super::Program;
use super::port::Port;
use crate::browser::clock;
use dartboard_core::recount::{PATIENCE, RecountCommand, RecountEvent, Report, Verification};
use dartboard_core::supervision::Heard;
use dartboard_core::time::Instant;

/// A verification that is going on. Dropping it ends its worker.
pub struct Recounter {
    inner: Rc<RefCell<Recounting>>,
}

struct Recounting {
    verification: Verification,
    worker: Option<Port>,
    begun: Instant,
    on_report: Callback<Report>,
    /// Ends its patience; none once it is over.
    timeout: Option<Timeout>,
}

impl Recounter {
    /// Begins `verification`; `on_report` is told after each step how far it has come.
    pub fn begin(verification: Verification, on_report: Callback<Report>) -> Self {
        let inner = Rc::new_cyclic(|inner: &Weak<RefCell<Recounting>>| {
            let inner = inner.clone();
            let patience_ms = u32::try_from(PATIENCE.as_millis()).unwrap_or(u32::MAX);
            let timeout = Timeout::new(patience_ms, move || tell(&inner, RecountEvent::PatienceOver));
            let begun = clock::now();
            RefCell::new(Recounting { verification, worker: None, begun, on_report, timeout: Some(timeout) })
        });
        let heard_by = Rc::downgrade(&inner);
        let worker = Port::spawn(Program::Worker, "dartboard verifier", move |heard, _| {
            tell(&heard_by, RecountEvent::Heard(heard));
        });
        match worker {
            Ok(worker) => {
                inner.borrow_mut().worker = Some(worker);
                inner.borrow().report();
            }
            Err(reason) => inner.borrow_mut().handle(RecountEvent::Heard(Heard::Failed(reason))),
        }
        Self { inner }
    }

    /// Ends it before its time.
    pub fn cancel(&self) {
        self.inner.borrow_mut().handle(RecountEvent::Cancelled);
    }
}

fn tell(inner: &Weak<RefCell<Recounting>>, event: RecountEvent) {
    if let Some(inner) = inner.upgrade() {
        inner.borrow_mut().handle(event);
    }
}

impl Recounting {
    fn handle(&mut self, event: RecountEvent) {
        let elapsed = clock::now() - self.begun;
        let mut next = Some(event);
        while let Some(event) = next.take() {
            match self.verification.handle(elapsed, event) {
                Some(RecountCommand::Post(message)) => {
                    let posted = self.worker.as_ref().map(|worker| worker.post(&message));
                    if let Some(Err(reason)) = posted {
                        next = Some(RecountEvent::Heard(Heard::Failed(reason)));
                    }
                }
                // Dropping a port ends its worker.
                Some(RecountCommand::Terminate) => (self.worker, self.timeout) = (None, None),
                None => {}
            }
        }
        self.report();
    }

    fn report(&self) {
        self.on_report.emit(self.verification.report().clone());
    }
}
