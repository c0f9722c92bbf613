//! Counts leases with all cores, in a separate thread: a crew waits for its workers, and nothing else may wait with it.

use std::sync::mpsc::{Receiver, RecvError, Sender, TryRecvError, channel};
use std::time::Duration;
use std::{io, thread};

use dartboard_core::coordinator::Event;
use dartboard_core::run::config::{self, BatchSize, Config, WorkerCount};
use dartboard_points::tally::{BlockRange, Seed, Tally};
use tokio::sync::mpsc::UnboundedSender;

use crate::crew::{Crew, Waker};
use crate::gpu::Gpu;

/// How long the crew counts before it looks for orders.
const LOOK_UP: Duration = Duration::from_secs(3_600);

/// What came of a count.
#[derive(Debug)]
pub(crate) struct Counted {
    /// Which count it is: that of [`Counter::count`].
    pub(crate) number: u64,
    /// The tally of its blocks, or why it cannot be had.
    pub(crate) tally: Result<Tally, String>,
}

enum Order {
    Count { number: u64, seed: Seed, blocks: BlockRange },
    Abandon,
}

/// The thread that counts, which ends when this is dropped.
pub(crate) struct Counter {
    orders: Sender<Order>,
    waker: Waker,
}

impl Counter {
    /// Starts it, with so many threads and the GPU, if there is one; what is counted goes to `told`.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub(crate) fn start(
        threads: WorkerCount,
        gpu: Option<Gpu>,
        told: UnboundedSender<Counted>,
    ) -> io::Result<Self> {
        let (orders, ordered) = channel();
        let (tell, waker) = channel();
        thread::Builder::new().name("dartboard crew".to_owned()).spawn(move || {
            let config = Config {
                gpu: gpu.as_ref().map_or(config::Gpu::Off, Gpu::setting),
                ..Config::new(Seed(0), threads, BatchSize::Auto)
            };
            let crew = Crew::with_gpu(config, gpu);
            // Whoever started it waits for this.
            drop(tell.send(crew.waker()));
            count(crew, &ordered, &told);
        })?;
        let waker = waker.recv().map_err(io::Error::other)?;
        Ok(Self { orders, waker })
    }

    /// Counts these blocks instead of the current ones, and reports the result under this number.
    pub(crate) fn count(&self, number: u64, seed: Seed, blocks: BlockRange) {
        self.order(Order::Count { number, seed, blocks });
    }

    /// Stops counting. The result may be reported anyway.
    pub(crate) fn abandon(&self) {
        self.order(Order::Abandon);
    }

    fn order(&self, order: Order) {
        // Its thread ends with this.
        drop(self.orders.send(order));
        self.waker.wake();
    }
}

/// Counts what is ordered, one lease at a time, until nobody orders any more.
fn count(mut crew: Crew, orders: &Receiver<Order>, told: &UnboundedSender<Counted>) {
    let mut next = orders.recv();
    while let Ok(order) = next {
        next = match order {
            Order::Count { number, seed, blocks } => {
                crew.count_range(seed, blocks);
                match finish(&mut crew, orders) {
                    Ok(tally) => {
                        // Whoever does not listen orders nothing more either.
                        drop(told.send(Counted { number, tally }));
                        orders.recv()
                    }
                    Err(order) => order,
                }
            }
            // It is counted, or was never begun.
            Order::Abandon => orders.recv(),
        };
    }
}

/// The tally of what the crew counts, or why there is none; or, as an error, the order that replaces it.
fn finish(
    crew: &mut Crew,
    orders: &Receiver<Order>,
) -> Result<Result<Tally, String>, Result<Order, RecvError>> {
    loop {
        crew.run_until(crew.now() + LOOK_UP);
        let progress = crew.coordinator().progress();
        if let Some(miscount) = crew.miscount() {
            // Leases that it counted before were reported, and are no longer this crew's.
            return Ok(Err(format!("{miscount}; go on without --gpu, and let the log be audited")));
        }
        if let Some(failure) = progress.failure {
            return Ok(Err(failure));
        }
        if progress.finished {
            return Ok(Ok(progress.tally));
        }
        match orders.try_recv() {
            Ok(order) => {
                crew.tell(Event::Pause);
                return Err(Ok(order));
            }
            Err(TryRecvError::Disconnected) => return Err(Err(RecvError)),
            Err(TryRecvError::Empty) => {}
        }
    }
}
