use proptest::prelude::*;

use super::*;

const INFO: &[u8] = b"INFO {\"server_name\":\"x\"}\r\n";

fn at(milliseconds: u64) -> Instant {
    Instant::after_origin(Duration::from_millis(milliseconds))
}

fn timer(milliseconds: u64) -> Command {
    Command::SetTimer(Some(at(milliseconds)))
}

fn sends(text: &str) -> Command {
    Command::Send(text.as_bytes().to_vec())
}

/// A link whose waits are the shortest, and what it is told.
struct Rig(Link);

impl Rig {
    fn new() -> Self {
        let credentials = Credentials { user: "s1".to_owned(), password: "secret".to_owned() };
        let subjects = vec!["dart.r.tell.s1".to_owned(), "dart.r.show".to_owned()];
        Self(Link::new(credentials, subjects, 0))
    }

    /// One that is opening a socket at 0.
    fn opening() -> Self {
        let mut rig = Self::new();
        assert_eq!(rig.at(0, Event::Start), [Command::Open, timer(10_000)]);
        rig
    }

    /// One that is up at 2.
    fn up() -> Self {
        let mut rig = Self::opening();
        rig.comes_up(0);
        rig
    }

    /// A socket opens and the server agrees, 2 ms later.
    fn comes_up(&mut self, now: u64) {
        self.at(now, Event::Opened);
        let commands = self.hears(now + 1, INFO);
        let [Command::Send(greeting), Command::SetTimer(_)] = commands.as_slice() else {
            panic!("{commands:?}")
        };
        let greeting = String::from_utf8(greeting.clone()).unwrap();
        let (connect, rest) = greeting.split_once("\r\n").unwrap();
        assert!(
            connect.starts_with("CONNECT {") && connect.ends_with("\"user\":\"s1\",\"pass\":\"secret\"}")
        );
        assert_eq!(rest, "SUB dart.r.tell.s1 1\r\nSUB dart.r.show 2\r\nPING\r\n");
        assert!(!self.0.is_up(), "before the server agrees");
        assert_eq!(self.hears(now + 2, b"PONG\r\n"), [Command::Up, timer(now + 20_002)]);
        assert!(self.0.is_up());
    }

    fn at(&mut self, now: u64, event: Event) -> Vec<Command> {
        self.0.handle(at(now), event)
    }

    fn hears(&mut self, now: u64, bytes: &[u8]) -> Vec<Command> {
        self.at(now, Event::Received(bytes.to_vec()))
    }

    fn publishes(&mut self, now: u64, subject: &str) -> Vec<Command> {
        self.at(now, Event::Publish { subject: subject.to_owned(), payload: b"kind=ask".to_vec() })
    }
}

#[test]
fn it_connects_subscribes_and_passes_messages_on() {
    let mut rig = Rig::up();
    let heard = Command::Heard { subject: "dart.r.show".to_owned(), payload: b"hello".to_vec() };
    assert_eq!(rig.hears(10, b"MSG dart.r.sh"), []);
    assert_eq!(rig.hears(11, b"ow 2 5\r\nhello\r\nPING\r\n+OK\r\n"), [heard, sends("PONG\r\n")]);
    assert_eq!(rig.publishes(12, "dart.r.ask.s1"), [sends("PUB dart.r.ask.s1 8\r\nkind=ask\r\n")]);
    // Fails with: a server that reloads its configuration, and is told again who connects.
    assert_eq!(rig.hears(13, INFO), []);
    assert_eq!(rig.0.next_attempt(), None);
}

#[test]
fn a_greeting_heard_twice_is_answered_once() {
    let mut rig = Rig::opening();
    rig.at(0, Event::Opened);
    assert_eq!(rig.hears(1, INFO).len(), 2);
    assert_eq!(rig.hears(2, INFO), []);
}

// Fails with: an ask that goes out before the server knows who asks, which it answers by closing.
#[test]
fn nothing_is_published_before_it_is_up() {
    let mut rig = Rig::new();
    assert_eq!(rig.publishes(0, "dart.r.ask.s1"), []);
    let mut rig = Rig::opening();
    assert_eq!(rig.publishes(1, "dart.r.ask.s1"), []);
    assert_eq!(rig.hears(1, b"what?\r\n"), [], "of a socket that is not open");
    rig.at(2, Event::Opened);
    assert_eq!(rig.publishes(3, "dart.r.ask.s1"), []);
    rig.hears(4, INFO);
    assert_eq!(rig.publishes(5, "dart.r.ask.s1"), []);
    let mut rig = Rig::up();
    let warned = rig.publishes(6, "two words");
    assert_eq!(warned, [Command::Warn("“two words” is not a valid subject".to_owned())]);
}

// Fails with: a phone that was carried out of the room and still waits for the answer to a ping.
#[test]
fn two_pings_without_an_answer_mean_that_nobody_is_there() {
    let mut rig = Rig::up();
    let ping = || sends("PING\r\n");
    assert_eq!(rig.at(20_001, Event::Timer), [timer(20_002)], "too early");
    assert_eq!(rig.at(20_002, Event::Timer), [ping(), timer(40_002)]);
    assert_eq!(rig.at(40_002, Event::Timer), [ping(), timer(60_002)]);
    assert_eq!(rig.hears(40_003, b"PONG\r\n"), []);
    assert_eq!(rig.at(60_002, Event::Timer), [ping(), timer(80_002)]);
    assert_eq!(rig.at(80_002, Event::Timer), [ping(), timer(100_002)]);
    let down = Command::Down(Trouble::Silent);
    assert_eq!(rig.at(100_002, Event::Timer), [Command::Close, down, timer(100_127)]);
    assert_eq!(rig.at(100_127, Event::Timer), [Command::Open, timer(110_127)]);
}

#[test]
fn what_takes_too_long_to_open_or_to_greet_is_given_up() {
    let given_up = || [Command::Close, Command::Down(Trouble::Silent)];
    let mut rig = Rig::opening();
    assert_eq!(rig.at(10_000, Event::Timer)[..2], given_up());
    let mut rig = Rig::opening();
    rig.at(5_000, Event::Opened);
    assert_eq!(rig.at(15_000, Event::Timer)[..2], given_up());
    let mut rig = Rig::opening();
    rig.at(5_000, Event::Opened);
    rig.hears(6_000, INFO);
    assert_eq!(rig.at(16_000, Event::Timer)[..2], given_up());
    // What a dead attempt still says is not heard.
    assert_eq!((rig.hears(16_001, b"PONG\r\n"), rig.at(16_002, Event::Opened)), (vec![], vec![]));
    assert_eq!(rig.at(16_003, Event::Closed), []);
}

#[test]
fn the_waits_double_up_to_ten_seconds_and_begin_afresh_after_it_was_up() {
    let mut rig = Rig::opening();
    let mut now = 0;
    for wait in [125, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000] {
        let closed = rig.at(now, Event::Closed);
        assert_eq!(closed, [Command::Down(Trouble::Closed), timer(now + wait)]);
        assert_eq!(rig.0.next_attempt(), Some(at(now + wait)));
        now += wait;
        assert_eq!(rig.at(now, Event::Timer)[0], Command::Open);
    }
    // Fails with: a server that takes everybody and drops them at once, asked as often as a device can.
    rig.comes_up(now);
    assert_eq!(rig.at(now + 9_000, Event::Closed)[1], timer(now + 14_000));
    now += 14_000;
    rig.at(now, Event::Timer);
    rig.comes_up(now);
    assert_eq!(rig.at(now + 10_002, Event::Closed)[1], timer(now + 10_127));
}

// Fails with: a class of a hundred that all come back in the same instant.
#[test]
fn waits_are_spread_over_half_their_span() {
    for (jitter, wait) in [(0, 125), (u32::MAX / 2 + 1, 187), (u32::MAX, 249)] {
        let mut rig = Rig::opening();
        rig.0.jitter = jitter;
        rig.at(0, Event::Closed);
        let waited = rig.0.next_attempt().unwrap().since_origin();
        assert_eq!(waited.as_millis(), wait);
    }
}

// Fails with: a banned seat that hammers at the door, or whose page says that the network is bad.
#[test]
fn a_refused_user_is_told_apart_and_tries_again_after_ten_seconds() {
    for text in ["Authorization Violation", "User Authentication Expired", "Account Authentication Expired"] {
        let mut rig = Rig::opening();
        rig.at(0, Event::Opened);
        rig.hears(1, INFO);
        let commands = rig.hears(2, ["-ERR '", text, "'\r\nPONG\r\nPING\r\n"].concat().as_bytes());
        let down = Command::Down(Trouble::Refused(text.to_owned()));
        assert_eq!(commands, [Command::Close, down, timer(10_002)]);
        assert_eq!(rig.at(10_001, Event::Timer), [timer(10_002)]);
        assert_eq!(rig.at(10_002, Event::Timer)[0], Command::Open);
    }
}

#[test]
fn a_server_s_words_are_told_with_its_closing_and_what_is_refused_once_is_only_a_warning() {
    let mut rig = Rig::up();
    let warning = "Permissions Violation for Publish to \"a\"";
    assert_eq!(
        rig.hears(10, ["-ERR '", warning, "'\r\n"].concat().as_bytes()),
        [Command::Warn(warning.to_owned())]
    );
    assert!(rig.0.is_up());
    assert_eq!(rig.hears(11, b"-ERR 'Stale Connection'\r\n"), []);
    let down = Command::Down(Trouble::Server("Stale Connection".to_owned()));
    assert_eq!(rig.at(12, Event::Closed)[0], down);
    // Fails with: words that are told of the next connection too.
    rig.at(1_000, Event::Timer);
    rig.comes_up(2_000);
    rig.hears(2_003, b"-ERR 'Slow Consumer'\r\n");
    for ping in 1..=2 {
        rig.at(2_002 + ping * 20_000, Event::Timer);
    }
    assert_eq!(rig.at(62_002, Event::Timer)[1], Command::Down(Trouble::Silent));
    rig.at(63_000, Event::Timer);
    rig.comes_up(64_000);
    assert_eq!(rig.at(65_000, Event::Closed)[0], Command::Down(Trouble::Closed));
}

#[test]
fn what_is_not_understood_ends_the_connection_after_what_came_before() {
    let mut rig = Rig::up();
    let commands = rig.hears(10, b"MSG dart.r.show 2 2\r\nhi\r\nHTTP/1.1 400 Bad Request\r\n");
    let heard = Command::Heard { subject: "dart.r.show".to_owned(), payload: b"hi".to_vec() };
    assert_eq!(commands[..2], [heard, Command::Close]);
    assert!(matches!(&commands[2], Command::Down(Trouble::Protocol(_))), "{commands:?}");
    // The next connection begins with bytes of its own.
    rig.at(1_000, Event::Timer);
    rig.comes_up(1_001);
}

#[test]
fn what_is_stopped_stays_stopped_until_it_is_started() {
    let mut rig = Rig::up();
    assert_eq!(rig.at(10, Event::Start), [], "it is");
    assert_eq!(rig.at(11, Event::Stop), [Command::Close, Command::SetTimer(None)]);
    for event in [Event::Stop, Event::Closed, Event::Timer, Event::Opened] {
        assert_eq!(rig.at(12, event), []);
    }
    assert_eq!(rig.at(13, Event::Start)[0], Command::Open);
    rig.at(14, Event::Closed);
    assert_eq!(rig.at(15, Event::Stop), [Command::SetTimer(None)], "nothing to close");
    // Started by hand, it does not wait as long as it would have.
    rig.at(16, Event::Start);
    assert_eq!(rig.at(17, Event::Closed)[1], timer(142));
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let mut rig = Rig::up();
    rig.at(5_000, Event::Timer);
    assert_eq!(rig.at(100, Event::Closed)[1], timer(5_125));
}

#[test]
fn only_a_message_s_own_mistake_leaves_the_connection() {
    let mut rig = Rig::up();
    assert_eq!(rig.hears(10, b"-ERR 'Invalid Subject'\r\n"), [Command::Warn("Invalid Subject".to_owned())]);
    assert_eq!(rig.hears(11, b"-ERR 'Invalid Client Protocol'\r\n"), []);
    let down = Command::Down(Trouble::Server("Invalid Client Protocol".to_owned()));
    assert_eq!(rig.at(12, Event::Closed)[0], down);
}

#[test]
fn trouble_is_said_in_short_sentences() {
    let long = "x".repeat(30_000);
    for (trouble, said) in [
        (Trouble::Closed, "the connection was closed"),
        (Trouble::Silent, "the server does not answer"),
        (Trouble::Refused(long.clone()), "the server refuses the user: xxxx"),
        (Trouble::Server(long), "the server closed the connection: xxxx"),
        (NatsError::NoEnd.into(), "a message from the server does not end"),
    ] {
        let sentence = trouble.to_string();
        assert!(sentence.starts_with(said) && sentence.len() < 100, "{sentence}");
    }
}

/// What may happen to a link.
fn events() -> impl Strategy<Value = Event> {
    let bytes = prop::sample::select(vec![
        INFO,
        b"PONG\r\n",
        b"PING\r\n",
        b"-ERR 'Authorization Violation'\r\n",
        b"-ERR 'Stale Connection'\r\n",
        b"MSG a 1 2\r\nab\r\n",
        b"MSG a 1 ",
        b"2\r\nab\r\n",
        b"what?\r\n",
    ]);
    prop_oneof![
        2 => Just(Event::Opened),
        8 => bytes.prop_map(|bytes| Event::Received(bytes.to_vec())),
        1 => Just(Event::Closed),
        1 => Just(Event::Start),
        1 => prop::bool::weighted(0.2).prop_map(|stop| if stop { Event::Stop } else { Event::Timer }),
        4 => Just(Event::Timer),
        1 => Just(Event::Publish { subject: "a".to_owned(), payload: vec![] }),
    ]
}

proptest! {
    // Fails with: two sockets at once, bytes sent into none, an up without a down, or a link that waits for nothing.
    #[test]
    fn whatever_happens_there_is_one_socket_and_something_to_wait_for(
        events in prop::collection::vec((events(), 0..12_000_u64), 1..60),
        jitter: u32,
    ) {
        let mut rig = Rig::opening();
        rig.0.jitter = jitter;
        let (mut now, mut socket, mut up) = (0, true, false);
        for (event, later) in events {
            now += later;
            socket &= event != Event::Closed;
            for command in rig.at(now, event) {
                match command {
                    Command::Open => prop_assert!(!std::mem::replace(&mut socket, true), "a second socket"),
                    Command::Close => prop_assert!(std::mem::replace(&mut socket, false)),
                    Command::Send(_) => prop_assert!(socket),
                    Command::Up => prop_assert!(!std::mem::replace(&mut up, true)),
                    Command::Down(trouble) => {
                        up = false;
                        let wait = rig.0.next_attempt().map(|next| next - at(now));
                        let refused = matches!(trouble, Trouble::Refused(_));
                        let shortest = if refused { 10_000 } else { 125 };
                        let longest = if refused { 20_000 } else { 10_000 };
                        let is_fair = |wait: Duration| (shortest..longest).contains(&wait.as_millis());
                        prop_assert!(wait.is_none_or(is_fair), "{wait:?}");
                    }
                    Command::Heard { .. } => prop_assert!(socket),
                    Command::Warn(_) | Command::SetTimer(_) => {}
                }
            }
            let stopped = rig.0.state == State::Stopped;
            up &= !stopped;
            prop_assert_eq!(up, rig.0.is_up());
            prop_assert_eq!(rig.0.timer.is_some(), !stopped);
        }
    }
}
