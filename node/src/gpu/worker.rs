//! What a worker on the GPU does: it takes what is posted, keeps the GPU busy, and tells each tally.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use dartboard_core::text::whole_us;
use dartboard_points::build::BUILD_ID;
use dartboard_points::gpu::check::Counted;
use dartboard_points::gpu::executor::Done;
use dartboard_points::protocol::{Announcement, FromWorker, MessageError, ToWorker};

use super::adapter::GpuError;
use super::batches::{Batches, End};
use crate::crew::panic_by_chance;

/// What a worker begins with.
#[derive(Debug)]
pub(crate) struct Start {
    /// The GPU, if it is opened already.
    pub(crate) opened: Option<Batches>,
    /// Whether one that is a program on the processor will do.
    pub(crate) software: bool,
}

/// Counts until it is ended, nobody posts any more, or the GPU fails, which is what it says last.
pub(crate) fn work(start: Start, posted: &Receiver<ToWorker>, ended: &AtomicBool, say: &dyn Fn(FromWorker)) {
    let opened = start.opened.map_or_else(|| Batches::open(start.software), Ok);
    match opened {
        Ok(batches) => {
            say(FromWorker::Ready(Announcement::of_gpu(BUILD_ID, batches.name())));
            count(batches, posted, ended, say);
        }
        Err(end) => say(told(&end)),
    }
}

fn count(mut batches: Batches, posted: &Receiver<ToWorker>, ended: &AtomicBool, say: &dyn Fn(FromWorker)) {
    loop {
        // It waits only where there is nothing to count.
        let message = if batches.is_empty() { posted.recv().ok() } else { posted.try_recv().ok() };
        if ended.load(Ordering::Relaxed) || (message.is_none() && batches.is_empty()) {
            return;
        }
        match message {
            Some(ToWorker::Compute { lease, seed, blocks, kernel, chaos }) => {
                panic_by_chance(lease, chaos);
                match kernel {
                    Some(kernel) if !kernel.is_reproducible() => {
                        let text = MessageError::UnknownKernel(kernel.name().to_owned()).to_string();
                        say(FromWorker::Rejected { text });
                    }
                    _ => batches.give(lease, seed, blocks),
                }
            }
            Some(ToWorker::Crash) => panic!("a crash was asked for"),
            // Until it is ended.
            Some(ToWorker::Hang) => posted.iter().for_each(drop),
            None => match batches.advance() {
                Ok(None) => {}
                Ok(Some(Done { lease, counted: Counted { tally, parts }, took })) => {
                    say(FromWorker::Tally { lease, tally, parts, compute_us: whole_us(took) });
                }
                Err(end) => return say(told(&end)),
            },
        }
    }
}

/// What the coordinator is told of it.
fn told(end: &End) -> FromWorker {
    match end {
        End::Gpu(error @ (GpuError::NoAdapter(_) | GpuError::Software(_))) => {
            FromWorker::NoGpu { text: error.to_string() }
        }
        End::Gpu(error) => FromWorker::Errored { text: error.to_string() },
        End::Miscount { miscount, .. } => FromWorker::Miscounted { text: miscount.to_string() },
    }
}

#[cfg(test)]
mod tests;
