//! What the broker of a class lets each user do, by the very configuration that the program writes.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use dartboard_core::hall::seats::{BrokerSetup, Seats};
use dartboard_core::hall::subjects::Subjects;
use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{sleep, timeout};

use crate::broker::{for_a_class, free_port};

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it is listened for what must not come.
const QUIET: Duration = Duration::from_millis(500);

/// A broker with seats, as the program sets it up.
struct Class {
    setup: BrokerSetup,
    seats: Seats,
    subjects: Subjects,
    folder: TempDir,
    program: std::path::PathBuf,
    child: Child,
}

impl Drop for Class {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection, and what the broker has refused it.
struct User {
    client: Client,
    refused: UnboundedReceiver<String>,
    closed: UnboundedReceiver<()>,
}

impl Class {
    fn begin() -> Option<Self> {
        let program = for_a_class()?;
        let folder = tempfile::tempdir().unwrap();
        let setup = BrokerSetup {
            port: free_port(),
            web_socket_port: free_port(),
            store: folder.path().join("log").display().to_string(),
            desk_password: "d".to_owned(),
            log_password: "l".to_owned(),
            screen_password: "s".to_owned(),
        };
        let mut seats = Seats::new((0..30).map(|n| format!("secret-{n}")).collect(), "4719".to_owned(), None);
        for _ in 0..3 {
            seats.join("10.0.0.1", "4719", None).unwrap();
        }
        let subjects = Subjects::new("r").unwrap();
        let configuration = folder.path().join("c.conf");
        fs::write(&configuration, setup.configuration(&subjects, &seats)).unwrap();
        let child = Command::new(&program)
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { setup, seats, subjects, folder, program, child })
    }

    async fn connect(&self, user: &str, password: &str) -> User {
        let begun = Instant::now();
        loop {
            let ((tell, refused), (tell_closed, closed)) = (unbounded_channel(), unbounded_channel());
            let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
                .event_callback(move |event| {
                    match event {
                        Event::ServerError(error) => drop(tell.send(error.to_string())),
                        Event::Disconnected => drop(tell_closed.send(())),
                        _ => {}
                    }
                    std::future::ready(())
                });
            match options.connect(format!("127.0.0.1:{}", self.setup.port)).await {
                Ok(client) => return User { client, refused, closed },
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets in whom `seats` lets in.
    fn reload(&self) {
        fs::write(self.folder.path().join("c.conf"), self.setup.configuration(&self.subjects, &self.seats))
            .unwrap();
        let signal = format!("reload={}", self.child.id());
        assert!(Command::new(&self.program).args(["--signal", &signal]).status().unwrap().success());
    }
}

impl User {
    /// Hears `subject` from now on. The broker takes what one connection sends in its order, and says nothing when it subscribes:
    /// so it is asked for something that it refuses everyone.
    async fn hears(&mut self, subject: &str) -> Subscriber {
        let heard = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.says("nobody.may").await;
        assert!(self.is_refused().await);
        heard
    }

    async fn says(&self, subject: &str) {
        self.client.publish(subject.to_owned(), "x".into()).await.unwrap();
        self.client.flush().await.unwrap();
    }

    /// Whether the broker refuses this user something now.
    async fn is_refused(&mut self) -> bool {
        timeout(PATIENCE, self.refused.recv()).await.is_ok()
    }
}

async fn is_heard(subscriber: &mut Subscriber) -> bool {
    timeout(PATIENCE, subscriber.next()).await.is_ok()
}

async fn is_quiet(subscriber: &mut Subscriber) -> bool {
    timeout(QUIET, subscriber.next()).await.is_err()
}

// Fails with: a student who speaks for another, hears what others are told, or writes into the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_asks_and_hears_its_own_and_nothing_else() {
    let Some(class) = Class::begin() else { return };
    let mut desk = class.connect("desk", "d").await;
    let mut asks = desk.hears("dart.r.ask.*").await;
    let mut seat = class.connect("s000", "secret-0").await;
    let mut told = seat.hears("dart.r.tell.s000").await;
    let mut shown = seat.hears("dart.r.show").await;

    seat.says("dart.r.ask.s000").await;
    assert!(is_heard(&mut asks).await);
    desk.says("dart.r.tell.s000").await;
    desk.says("dart.r.show").await;
    assert!(is_heard(&mut told).await && is_heard(&mut shown).await);

    for subject in [
        "dart.r.ask.s001",
        "dart.r.tell.s000",
        "dart.r.tell.s001",
        "dart.r.show",
        "dart.r.beat",
        "dart.r.log",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.DELETE.DART_r",
        "$SYS.REQ.USER.INFO",
    ] {
        seat.says(subject).await;
        assert!(seat.is_refused().await, "it may publish {subject}");
    }
    for subject in
        ["dart.r.tell.s001", "dart.r.tell.*", "dart.r.ask.*", "dart.r.log", "dart.r.beat", "_INBOX.>", ">"]
    {
        drop(seat.client.subscribe(subject.to_owned()).await.unwrap());
        assert!(seat.is_refused().await, "it may hear {subject}");
    }
    assert!(is_quiet(&mut asks).await);
}

// Fails with: a desk that can be made to write into the log by the subject that an ask names for its answer, or a screen that
// speaks.
#[tokio::test(flavor = "multi_thread")]
async fn the_desk_cannot_be_made_to_write_the_log_and_the_screen_only_hears() {
    let Some(class) = Class::begin() else { return };
    let mut log = class.connect("log", "l").await;
    let mut written = log.hears("_INBOX.x").await;
    let mut desk = class.connect("desk", "d").await;
    let mut asks = desk.hears("dart.r.ask.*").await;
    let seat = class.connect("s000", "secret-0").await;
    seat.client
        .publish_with_reply("dart.r.ask.s000".to_owned(), "dart.r.log".to_owned(), "x".into())
        .await
        .unwrap();
    // Whether the reply arrives or not: who follows it is refused.
    assert!(is_heard(&mut asks).await);
    desk.says("dart.r.log").await;
    assert!(desk.is_refused().await);
    assert!(is_quiet(&mut written).await);

    let mut screen = class.connect("screen", "s").await;
    let mut shown = screen.hears("dart.r.show").await;
    desk.says("dart.r.show").await;
    assert!(is_heard(&mut shown).await);
    for subject in ["dart.r.ask.s000", "dart.r.show", "x"] {
        screen.says(subject).await;
        assert!(screen.is_refused().await, "the screen may publish {subject}");
    }
}

// Fails with: a banned device that goes on, or a ban that throws others out.
#[tokio::test(flavor = "multi_thread")]
async fn a_ban_closes_one_seat_and_disturbs_nobody_else() {
    let Some(mut class) = Class::begin() else { return };
    let mut other = class.connect("s001", "secret-1").await;
    let mut told = other.hears("dart.r.tell.s001").await;
    let mut banned = class.connect("s000", "secret-0").await;
    assert!(class.seats.ban("s000"));
    class.reload();
    assert!(timeout(PATIENCE, banned.closed.recv()).await.is_ok());
    let desk = class.connect("desk", "d").await;
    desk.says("dart.r.tell.s001").await;
    assert!(is_heard(&mut told).await);
    let again = ConnectOptions::with_user_and_password("s000".to_owned(), "secret-0".to_owned());
    assert!(again.connect(format!("127.0.0.1:{}", class.setup.port)).await.is_err());
}
