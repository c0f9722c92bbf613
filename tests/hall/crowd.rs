//! Many members in one process: each decides as a device's does, counts with the real kernel, and is as slow as it is told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use dartboard_core::hall::member::{Command, Event, Member, MemberStanding};
use dartboard_core::hall::message::{Ask, PROTOCOL, Standing, Tell};
use dartboard_core::hall::subjects::Subjects;
use dartboard_core::time::Instant;
use dartboard_points::kernel;
use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use futures_util::{FutureExt, StreamExt};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How a member counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// How long it takes for a block.
    pub(crate) block: Duration,
    pub(crate) tells: Tells,
}

/// What a member tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    /// What it has counted.
    Truth,
    /// One point too many.
    Lies,
    /// What it makes up, and no kernel counts: [`MADE_UP_INSIDE`] of each block.
    MadeUp,
}

/// The points inside of a block that is made up.
pub(crate) const MADE_UP_INSIDE: u64 = 78_540;

/// Members that come back when they are killed.
pub(crate) struct Crowd {
    address: String,
    subjects: Subjects,
    members: VecDeque<(usize, Kind, JoinHandle<MemberStanding>)>,
    /// How many blocks all of them have counted, also for nothing.
    counted: Arc<AtomicU64>,
}

impl Crowd {
    pub(crate) fn new(address: &str, run: &str) -> Self {
        let subjects = Subjects::new(run).expect("a name");
        Self { address: address.to_owned(), subjects, members: VecDeque::new(), counted: Arc::default() }
    }

    /// Lets one more member join.
    pub(crate) fn join(&mut self, seat: usize, kind: Kind) {
        let member =
            take_part(self.address.clone(), self.subjects.clone(), seat, kind, Arc::clone(&self.counted));
        self.members.push_back((seat, kind, tokio::spawn(member)));
    }

    /// Kills the member that has been there longest, with all that it holds; it comes back as one that knows nothing.
    pub(crate) fn kill_one(&mut self) {
        if let Some((seat, kind, task)) = self.members.pop_front() {
            task.abort();
            self.join(seat, kind);
        }
    }

    pub(crate) fn counted_blocks(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// How all of them have ended, by seat.
    pub(crate) async fn endings(self) -> Vec<(usize, MemberStanding)> {
        let mut endings = Vec::new();
        for (seat, _, task) in self.members {
            endings.push((seat, task.await.expect("a member does not panic")));
        }
        endings
    }
}

async fn connect(address: &str) -> Client {
    loop {
        let servers: Vec<async_nats::ServerAddr> =
            address.split(',').map(|one| one.parse().expect("an address")).collect();
        match ConnectOptions::new().connection_timeout(Duration::from_secs(2)).connect(servers).await {
            Ok(client) => return client,
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// A member, from joining to the end: how it stands then.
async fn take_part(
    address: String,
    subjects: Subjects,
    seat: usize,
    kind: Kind,
    counted: Arc<AtomicU64>,
) -> MemberStanding {
    let seat = format!("s{seat:03}");
    let client = connect(&address).await;
    let (ask, tell) = (subjects.ask(&seat).expect("a seat"), subjects.tell(&seat).expect("a seat"));
    let mut told = client.subscribe(tell).await.expect("it can listen");
    let begun = std::time::Instant::now();
    let now = || Instant::after_origin(begun.elapsed());
    let mut member = Member::new(2);
    let mut timer = None;
    let mut counting: Option<(u64, JoinHandle<Tally>)> = None;
    let mut event = Event::Connected;
    loop {
        for command in member.handle(now(), event) {
            match command {
                Command::Ask(said) => drop(client.publish(ask.clone(), said.encode().into()).await),
                Command::Count { lease, seed, blocks } => {
                    counting = Some((lease, tokio::spawn(count(seed, blocks, kind, Arc::clone(&counted)))));
                }
                Command::Abandon { .. } => {
                    if let Some((_, task)) = counting.take() {
                        task.abort();
                    }
                }
                Command::SetTimer(at) => timer = at,
            }
        }
        let standing = member.standing();
        if matches!(
            standing,
            MemberStanding::Finished | MemberStanding::Banned(_) | MemberStanding::Refused(_)
        ) {
            return standing;
        }
        let wait = timer.map_or(Duration::from_secs(3_600), |at: Instant| at - now());
        event = tokio::select! {
            Some(message) = told.next() => match Tell::parse(&message.payload) {
                Ok(tell) => Event::Told(tell),
                Err(error) => panic!("{error}"),
            },
            tally = async { (&mut counting.as_mut().expect("it counts").1).await }, if counting.is_some() => {
                let (lease, _) = counting.take().expect("it counts");
                Event::Counted { lease, tally: tally.expect("it is counted") }
            }
            () = sleep(wait) => Event::Timer,
        };
    }
}

async fn count(seed: Seed, blocks: BlockRange, kind: Kind, counted: Arc<AtomicU64>) -> Tally {
    let count = move || kernel::tally(seed, blocks);
    let tally = match kind.tells {
        Tells::MadeUp => Tally { points: blocks.points(), inside: blocks.blocks() * MADE_UP_INSIDE },
        Tells::Truth | Tells::Lies => tokio::task::spawn_blocking(count).await.expect("it is counted"),
    };
    sleep(kind.block.mul_f64(blocks.blocks() as f64)).await;
    counted.fetch_add(blocks.blocks(), Ordering::Relaxed);
    Tally { inside: tally.inside + u64::from(kind.tells == Tells::Lies), ..tally }
}

/// One that asks by hand, holds nothing and counts nothing.
pub(crate) struct Probe {
    client: Client,
    ask: String,
    told: async_nats::Subscriber,
}

impl Probe {
    pub(crate) async fn connect(address: &str, seat: &str) -> Self {
        let subjects = Subjects::new("dartboard").unwrap();
        let client = connect(address).await;
        let told = client.subscribe(subjects.tell(seat).unwrap()).await.unwrap();
        Self { client, ask: subjects.ask(seat).unwrap(), told }
    }

    /// One in a seat of a class, with its password.
    pub(crate) async fn of_seat(broker: &str, run: &str, seat: &str, password: &str) -> Self {
        let subjects = Subjects::new(run).unwrap();
        let options = ConnectOptions::with_user_and_password(seat.to_owned(), password.to_owned());
        let client = options.connect(broker.to_owned()).await.unwrap();
        let told = client.subscribe(subjects.tell(seat).unwrap()).await.unwrap();
        Self { client, ask: subjects.ask(seat).unwrap(), told }
    }

    pub(crate) async fn ask(&mut self) {
        let ask = Ask {
            protocol: PROTOCOL,
            stream: u64::from(STREAM_VERSION),
            seed: None,
            wants: 0,
            cores: 1,
            results: Vec::new(),
        };
        // What is lost is asked again.
        drop(self.client.publish(self.ask.clone(), ask.encode().into()).await);
    }

    /// Asks until it is answered: how long that took.
    pub(crate) async fn answered(&mut self, patience: Duration) -> Duration {
        let begun = std::time::Instant::now();
        while begun.elapsed() < patience {
            self.ask().await;
            if tokio::time::timeout(Duration::from_secs(1), self.told.next()).await.is_ok() {
                return begun.elapsed();
            }
        }
        panic!("no answer within {patience:?}");
    }

    /// Whether it has been told that it is banned.
    pub(crate) fn is_banned(&mut self) -> bool {
        std::iter::from_fn(|| self.told.next().now_or_never().flatten())
            .filter_map(|message| Tell::parse(&message.payload).ok())
            .any(|tell| matches!(tell.standing, Standing::Banned(_)))
    }
}
