//! Takes part in a run. The member decides, a crew counts, the broker carries.

use dartboard_core::hall::member::{Command, Event, Member, MemberStanding};
use dartboard_core::hall::message::{MessageError, Tell};
use dartboard_core::hall::subjects::{NameError, Subjects};
use dartboard_core::run::config::WorkerCount;
use dartboard_points::tally::Tally;
use futures_util::StreamExt;
use thiserror::Error;
use tokio::sync::mpsc::unbounded_channel;

use crate::broker::Broker;
use crate::clock::Clock;
use crate::counter::{Counted, Counter};
use crate::gpu::Gpu;

/// What a node needs to know.
pub(crate) struct Setup {
    pub(crate) subjects: Subjects,
    /// Its seat.
    pub(crate) seat: String,
    pub(crate) threads: WorkerCount,
    pub(crate) gpu: Option<Gpu>,
}

/// Why a node ends before the run does.
#[derive(Debug, Error)]
pub(crate) enum NodeError {
    /// Its seat has no name that can be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The broker does not let it hear its desk.
    #[error("the broker does not let this program listen: {0}")]
    Deaf(String),
    /// It cannot count.
    #[error("this computer cannot count: {0}")]
    Crew(String),
    /// It is banned.
    #[error("the desk has excluded this computer: {0}")]
    Banned(String),
    /// It cannot take part.
    #[error("the desk does not accept this program: {0}")]
    Refused(String),
}

/// How a node that was not ended from outside has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    /// What all have counted.
    pub(crate) tally: Tally,
    /// Points counted by this node.
    pub(crate) own_points: u64,
}

/// Takes part until all is counted, and lets `show` look at the member after each event.
///
/// # Errors
/// When it cannot, or may not any more.
pub(crate) async fn take_part(
    broker: Broker,
    setup: Setup,
    mut show: impl FnMut(&Member),
) -> Result<Finished, NodeError> {
    let (ask, tell) = (setup.subjects.ask(&setup.seat)?, setup.subjects.tell(&setup.seat)?);
    let Broker { client, mut is_up } = broker;
    let mut told = client.subscribe(tell).await.map_err(|error| NodeError::Deaf(error.to_string()))?;
    let clock = Clock::new();
    let (tell_count, mut counts) = unbounded_channel();
    let threads = setup.threads.get();
    let counter = Counter::start(setup.threads, setup.gpu, tell_count)
        .map_err(|error| NodeError::Crew(error.to_string()))?;
    let mut member = Member::new(threads);
    // Counts are numbered, and one that was abandoned is not heard of: its lease may come again with other blocks.
    let (mut number, mut counting) = (0, None);
    let mut timer = None;
    let mut event = Some(Event::Connected);
    loop {
        for command in event.into_iter().flat_map(|event| member.handle(clock.now(), event)) {
            match command {
                Command::Count { lease, seed, blocks } => {
                    number += 1;
                    counting = Some(lease);
                    counter.count(number, seed, blocks);
                }
                Command::Abandon { .. } => {
                    counting = None;
                    counter.abandon();
                }
                // What does not arrive is asked again.
                Command::Ask(said) => drop(client.publish(ask.clone(), said.encode().into()).await),
                Command::SetTimer(at) => timer = at,
            }
        }
        show(&member);
        match member.standing() {
            MemberStanding::Finished => {
                return Ok(Finished { tally: member.tally(), own_points: member.counted_points() });
            }
            MemberStanding::Banned(why) => return Err(NodeError::Banned(why)),
            MemberStanding::Refused(why) => return Err(NodeError::Refused(why)),
            _ => {}
        }
        event = tokio::select! {
            message = told.next() => match message.map(|message| Tell::parse(&message.payload)) {
                Some(Ok(tell)) => Some(Event::Told(tell)),
                Some(Err(error)) => not_understood(&error),
                None => return Err(NodeError::Deaf("the connection was closed".to_owned())),
            },
            Some(Counted { number: of, tally }) = counts.recv() => match counting {
                Some(lease) if of == number => {
                    Some(Event::Counted { lease, tally: tally.map_err(NodeError::Crew)? })
                }
                _ => None,
            },
            Ok(()) = is_up.changed() => {
                Some(if *is_up.borrow_and_update() { Event::Connected } else { Event::Disconnected })
            }
            () = clock.until(timer) => Some(Event::Timer),
        };
    }
}

/// A message that nobody should have sent: it is ignored, and reported once.
fn not_understood(error: &MessageError) -> Option<Event> {
    eprintln!("The desk said something that is not understood: {error}");
    None
}
