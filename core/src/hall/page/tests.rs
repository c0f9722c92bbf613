use std::time::Duration;

use dartboard_points::tally::BLOCK_POINTS;
use proptest::prelude::*;

use super::device::DeviceStanding;
use super::screen::ScreenStanding;
use super::*;
use crate::hall::message::{Ask, Flash, Leased, MemberState, Show, ShownMember, Standing, Tell, Trust};
use crate::hall::names::device_name;

const GIVEN: &str = "seat=s001&password=secret&number=1&run=r";
const INFO: &[u8] = b"INFO {}\r\n";
const PONG: &[u8] = b"PONG\r\n";
const SEED: Seed = Seed(7);

fn at(ms: u64) -> Instant {
    Instant::after_origin(Duration::from_millis(ms))
}

fn opening() -> Opening {
    Opening { run: Some("r".to_owned()), kept: None, cores: 4, jitter: 0, can_keep_awake: true }
}

fn blocks(lease: u64) -> BlockRange {
    BlockRange::new(lease * 10, lease * 10 + 10).unwrap()
}

fn tally(lease: u64) -> Tally {
    Tally { points: blocks(lease).points(), inside: 785_000 + lease }
}

fn tell(leases: &[u64], settled: &[u64], standing: Standing) -> Vec<u8> {
    let leases = leases.iter().map(|&lease| Leased { lease, blocks: blocks(lease) }).collect();
    let tally = Tally { points: 10_000_000, inside: 7_853_981 };
    let tell = Tell { seed: SEED, leases, settled: settled.to_vec(), standing, tally, ask_again_ms: 500 };
    message("dart.r.tell.s001", &tell.encode())
}

fn message(subject: &str, payload: &str) -> Vec<u8> {
    format!("MSG {subject} 1 {}\r\n{payload}\r\n", payload.len()).into_bytes()
}

fn answer(request: Request, status: u16, text: &str) -> Event {
    Event::Answered { request, answer: Ok(Answer { status, text: text.to_owned() }) }
}

/// A page, and what it was told to do.
struct Rig {
    page: Page,
    kept: Option<String>,
}

impl Rig {
    fn at(fragment: &str, opening: Opening) -> (Self, Vec<Command>) {
        let mut rig = Self { kept: opening.kept.clone(), page: Page::new(opening) };
        let commands = rig.tell(0, Event::At(fragment.to_owned()));
        (rig, commands)
    }

    /// One that was given a seat at 10 and is connected at 20.
    fn seated() -> Self {
        let (mut rig, _) = Self::at("#/hall?code=4719", opening());
        rig.tell(10, Event::Join("4719".to_owned()));
        rig.tell(10, answer(Request::Join, 200, GIVEN));
        rig.comes_up(20);
        rig
    }

    /// One that counts lease 1 and holds lease 2.
    fn counting() -> Self {
        let mut rig = Self::seated();
        let commands = rig.hears(100, tell(&[1, 2], &[], Standing::Welcome));
        assert!(commands.contains(&Command::Count { lease: 1, seed: SEED, blocks: blocks(1) }));
        rig
    }

    fn tell(&mut self, now: u64, event: Event) -> Vec<Command> {
        let is_timer = event == Event::Timer;
        let commands = self.page.handle(at(now), event);
        for command in &commands {
            if let Command::Keep(kept) = command {
                self.kept.clone_from(kept);
            }
        }
        // Fails with: a page that does nothing but look at the time.
        if is_timer {
            assert!(self.page.timer.is_none_or(|timer| timer > at(now)), "{:?} at {now}", self.page.timer);
        }
        commands
    }

    fn comes_up(&mut self, now: u64) -> Vec<Command> {
        self.tell(now, Event::SocketOpened);
        self.hears(now, INFO.to_vec());
        self.hears(now, PONG.to_vec())
    }

    fn hears(&mut self, now: u64, bytes: Vec<u8>) -> Vec<Command> {
        self.tell(now, Event::Received(bytes))
    }

    fn counted(&mut self, now: u64, lease: u64) -> Vec<Command> {
        self.tell(now, Event::Counted { lease, tally: tally(lease) })
    }

    /// Lets the timer fire until `until`; what was done meanwhile.
    fn wait(&mut self, until: u64) -> Vec<Command> {
        let mut commands = Vec::new();
        for _ in 0..1_000 {
            let Some(timer) = self.page.timer.filter(|timer| *timer <= at(until)) else { return commands };
            let ms = u64::try_from(timer.since_origin().as_millis()).unwrap() + 1;
            commands.extend(self.tell(ms, Event::Timer));
        }
        panic!("it has more than a thousand timers");
    }

    fn device(&self, now: u64) -> DeviceView {
        match self.page.view(at(now)) {
            View::Device(view) => view,
            other => panic!("{other:?}"),
        }
    }

    fn screen(&self, now: u64) -> ScreenView {
        match self.page.view(at(now)) {
            View::Screen(view) => view,
            other => panic!("{other:?}"),
        }
    }
}

/// The asks among `commands`.
fn asks(commands: &[Command]) -> Vec<Ask> {
    let sent = commands.iter().filter_map(|command| match command {
        Command::Send(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    });
    let published = sent.filter_map(|text| text.strip_prefix("PUB dart.r.ask.s001 "));
    published.map(|text| Ask::parse(text.split("\r\n").nth(1).unwrap().as_bytes()).unwrap()).collect()
}

fn request(request: Request, form: &str) -> Command {
    Command::Request { request, form: Some(form.to_owned()) }
}

// Fails with: a device that joins because somebody followed a link.
#[test]
fn a_device_joins_by_its_users_word_alone() {
    let (mut rig, commands) = Rig::at("#/hall?code=4719", opening());
    assert_eq!(commands, [Command::Show]);
    assert_eq!((rig.device(0).standing, rig.device(0).code.as_str()), (DeviceStanding::Form, "4719"));
    let commands = rig.tell(1, Event::Join(" 47 19".to_owned()));
    assert_eq!(commands, [request(Request::Join, "code=4719"), Command::Show]);
    assert_eq!(rig.device(1).standing, DeviceStanding::Joining);
    assert_eq!(rig.tell(2, Event::Join("4719".to_owned())), [Command::Show], "pressed twice");
    let commands = rig.tell(3, answer(Request::Join, 200, GIVEN));
    let [Command::Keep(Some(_)), Command::SetWorkers(4), Command::OpenSocket, Command::KeepAwake(true), ..] =
        commands.as_slice()
    else {
        panic!("{commands:?}")
    };
    assert_eq!(rig.device(3).seat, Some((device_name(1), "s001".to_owned())));
    assert_eq!(asks(&rig.comes_up(4)).len(), 1);
}

#[test]
fn what_is_no_code_is_not_sent_and_a_refusal_is_said_in_the_halls_words() {
    let (mut rig, _) = Rig::at("#/hall", opening());
    assert_eq!(rig.tell(1, Event::Join("x".to_owned())), [Command::Show]);
    assert!(rig.device(1).refusal.unwrap().contains("digits only"));
    for (status, text, said) in [
        (403, "this is not the code on the screen", "This is not the code on the screen."),
        (500, "<h1>no</h1>", "The hall answers with the status 500."),
        (403, "", "The hall answers with the status 403."),
        (200, "seat=S1&password=x&number=1&run=r", "The hall’s answer cannot be read: the name of a seat"),
        (
            200,
            "seat=s1&password=x&run=r",
            "The hall’s answer cannot be read: the message has no field number.",
        ),
    ] {
        rig.tell(2, Event::Join("4719".to_owned()));
        rig.tell(3, answer(Request::Join, status, text));
        let view = rig.device(3);
        assert_eq!(view.standing, DeviceStanding::Form);
        assert!(view.refusal.as_ref().unwrap().starts_with(said), "{view:?}");
    }
    rig.tell(4, Event::Join("4719".to_owned()));
    assert_eq!(rig.device(4).refusal, None);
    rig.tell(5, Event::Answered { request: Request::Join, answer: Err("offline".to_owned()) });
    assert!(rig.device(5).refusal.unwrap().contains("cannot be reached (offline)"));
}

#[test]
fn it_counts_what_it_is_told_and_says_what_came_of_it() {
    let mut rig = Rig::counting();
    assert_eq!(rig.device(100).standing, DeviceStanding::Counting);
    rig.tell(1_100, Event::Progress { points: 500_000, trouble: None });
    let view = rig.device(1_100);
    assert_eq!((view.points, view.tally.points), (500_000, 10_000_000));
    assert!((view.points_per_second - 500_000.0 / 1.09).abs() < 10.0, "{}", view.points_per_second);
    let commands = rig.counted(2_100, 1);
    assert!(commands.contains(&Command::Count { lease: 2, seed: SEED, blocks: blocks(2) }));
    assert_eq!(asks(&commands)[0].results[0].inside, tally(1).inside);
    assert_eq!(rig.device(2_100).points, 10 * BLOCK_POINTS);
}

// Fails with: a page that is drawn for each of a hundred messages a second; trouble that nobody reads of.
#[test]
fn progress_is_shown_now_and_then_and_trouble_at_once() {
    let mut rig = Rig::counting();
    let mut shown = 0;
    for ms in (200..2_200).step_by(10) {
        shown += rig.tell(ms, Event::Progress { points: ms, trouble: None }).len();
    }
    assert_eq!(shown, 8);
    let trouble = Some("no worker starts".to_owned());
    let commands = rig.tell(2_200, Event::Progress { points: 2_200, trouble: trouble.clone() });
    assert_eq!((commands, rig.device(2_200).trouble), (vec![Command::Show], trouble));
}

// Fails with: a phone that is reloaded, and is a new device on the screen; one that left, and is back by a reload.
#[test]
fn a_reload_comes_back_to_the_same_seat_unless_it_was_left() {
    let mut rig = Rig::counting();
    rig.counted(1_000, 1);
    let again = |kept: &Option<String>, run: &str| {
        Rig::at("#/hall", Opening { kept: kept.clone(), run: Some(run.to_owned()), ..opening() })
    };
    let (back, commands) = again(&rig.kept, "r");
    assert!(commands.contains(&Command::OpenSocket) && !commands.iter().any(is_request));
    let view = back.device(0);
    assert_eq!((view.seat.unwrap().1.as_str(), view.points), ("s001", 10 * BLOCK_POINTS));
    let (other, commands) = again(&rig.kept, "other");
    assert_eq!((commands, other.device(0).standing), (vec![Command::Show], DeviceStanding::Form));

    let commands = rig.tell(1_100, Event::Leave);
    for command in [Command::CloseSocket, Command::Abandon, Command::EndWorkers, Command::KeepAwake(false)] {
        assert!(commands.contains(&command), "{command:?}");
    }
    let (mut left, commands) = again(&rig.kept, "r");
    assert_eq!(commands, [Command::Show]);
    assert_eq!(left.device(0).code, "4719");
    let commands = left.tell(1, Event::Join("4719".to_owned()));
    assert_eq!(commands[0], request(Request::Join, "code=4719&seat=s001&password=secret"));
    left.tell(2, answer(Request::Join, 200, GIVEN));
    assert_eq!(left.device(2).points, 10 * BLOCK_POINTS);
}

fn is_request(command: &Command) -> bool {
    matches!(command, Command::Request { .. })
}

// Fails with: a class whose devices stop when the network does, or lose what they have counted meanwhile.
#[test]
fn without_its_class_it_finishes_what_it_holds_and_comes_back_with_it() {
    let mut rig = Rig::counting();
    rig.tell(1_000, Event::SocketClosed);
    let away = |seconds| DeviceStanding::Away { span: Duration::from_secs(seconds), is_connected: false };
    assert_eq!(rig.device(3_000).standing, away(2));
    let commands = rig.counted(3_000, 1);
    assert!(commands.contains(&Command::Count { lease: 2, seed: SEED, blocks: blocks(2) }));
    assert_eq!(asks(&rig.counted(4_000, 2)), []);
    // It tries, and tries again.
    let tries = |commands: &[Command]| commands.iter().filter(|c| **c == Command::OpenSocket).count();
    assert_eq!(tries(&rig.wait(4_100)), 1);
    rig.tell(4_200, Event::SocketClosed);
    assert_eq!(rig.device(5_000).standing, away(4), "since it was lost, not since the last attempt");
    assert_eq!(tries(&rig.wait(6_000)), 1);
    let asked = asks(&rig.comes_up(6_100));
    assert_eq!(asked[0].results.iter().map(|result| result.lease).collect::<Vec<_>>(), [1, 2]);
    rig.hears(6_200, tell(&[3], &[1, 2], Standing::Welcome));
    assert_eq!(rig.device(6_200).standing, DeviceStanding::Counting);
}

#[test]
fn a_class_that_does_not_answer_is_away_after_a_while() {
    let mut rig = Rig::seated();
    rig.wait(4_000);
    assert_eq!(rig.device(4_000).standing, DeviceStanding::Joining);
    assert!(matches!(rig.device(6_000).standing, DeviceStanding::Away { is_connected: true, .. }));
}

// Fails with: a phone that knocks for ever at a hall that was started anew, or with a seat that is another's now.
#[test]
fn a_seat_that_the_broker_does_not_know_is_asked_for_again() {
    let refused = b"-ERR 'Authorization Violation'\r\n".to_vec();
    let mut rig = Rig::counting();
    rig.tell(1_000, Event::SocketClosed);
    rig.wait(1_300);
    rig.tell(1_400, Event::SocketOpened);
    let commands = rig.hears(1_500, [INFO, &refused].concat());
    let form = "code=4719&seat=s001&password=secret";
    assert!(commands.contains(&request(Request::Join, form)), "{commands:?}");
    let new = "seat=s005&password=other&number=5&run=r2";
    let commands = rig.tell(1_600, answer(Request::Join, 200, new));
    assert!(commands.contains(&Command::OpenSocket) && commands.contains(&Command::Abandon));
    assert_eq!(rig.device(1_600).seat, Some((device_name(5), "s005".to_owned())));
    assert_eq!(rig.device(1_600).points, 0);

    rig.tell(1_700, Event::SocketOpened);
    assert!(rig.hears(1_800, [INFO, &refused].concat()).iter().any(is_request));
    // The hall is not there: the link goes on trying.
    rig.tell(1_900, Event::Answered { request: Request::Join, answer: Err("offline".to_owned()) });
    assert!(matches!(rig.device(1_900).standing, DeviceStanding::Away { .. } | DeviceStanding::Joining));
    rig.wait(40_000);
    rig.tell(40_000, Event::SocketOpened);
    assert!(rig.hears(40_000, [INFO, &refused].concat()).iter().any(is_request));
    let commands = rig.tell(40_100, answer(Request::Join, 403, "this device was excluded"));
    assert!(commands.contains(&Command::EndWorkers));
    let view = rig.device(40_100);
    assert_eq!(
        (view.standing, view.refusal.as_deref()),
        (DeviceStanding::Form, Some("This device was excluded."))
    );
}

#[test]
fn an_excluded_device_stops_and_knocks_no_more() {
    let mut rig = Rig::counting();
    let commands = rig.hears(500, tell(&[], &[], Standing::Banned("it lied".to_owned())));
    for command in [Command::Abandon, Command::CloseSocket, Command::EndWorkers] {
        assert!(commands.contains(&command), "{command:?}");
    }
    assert_eq!(rig.device(500).standing, DeviceStanding::Excluded("It lied.".to_owned()));
    assert_eq!(rig.wait(1_000_000), []);
    assert_eq!(rig.page.timer, None);
}

#[test]
fn when_all_is_counted_the_workers_end_once() {
    let mut rig = Rig::counting();
    let commands = rig.hears(500, tell(&[], &[], Standing::Finished));
    assert!(commands.contains(&Command::EndWorkers));
    assert_eq!(rig.device(500).standing, DeviceStanding::Finished);
    assert!(!rig.hears(600, tell(&[], &[], Standing::Finished)).contains(&Command::EndWorkers));
}

// Fails with: a class that counts while a lesson measures; one that is forgotten for a look at another page.
#[test]
fn on_another_page_it_rests_and_it_comes_back_with_its_page() {
    let mut rig = Rig::counting();
    let commands = rig.tell(500, Event::Left);
    assert!(commands.contains(&Command::Abandon) && commands.contains(&Command::CloseSocket));
    assert_eq!(rig.counted(600, 1), [Command::Show], "too late");
    let commands = rig.tell(700, Event::At("#/hall".to_owned()));
    assert!(commands.contains(&Command::OpenSocket));
    assert_eq!(asks(&rig.comes_up(800)).len(), 1);
    let told = rig.hears(900, tell(&[1, 2], &[], Standing::Welcome));
    assert!(told.contains(&Command::Count { lease: 1, seed: SEED, blocks: blocks(1) }));
}

#[test]
fn the_device_is_found_by_a_flash_that_is_spoken_of_as_long_as_it_lasts() {
    let mut rig = Rig::seated();
    let commands = rig.tell(1_000, Event::WhereAmI);
    assert_eq!(commands[0], request(Request::Flash, "seat=s001&password=secret"));
    rig.tell(1_100, answer(Request::Flash, 204, ""));
    assert!(rig.device(1_100).found.unwrap().contains("flashes"));
    rig.wait(6_000);
    assert_eq!(rig.device(6_000).found, None);
    rig.tell(7_000, Event::Answered { request: Request::Flash, answer: Err("offline".to_owned()) });
    assert!(rig.device(7_000).found.unwrap().contains("cannot be reached"));
}

#[test]
fn as_many_cores_count_as_the_user_says() {
    let mut rig = Rig::counting();
    assert!(rig.tell(200, Event::SetCores(2)).contains(&Command::SetWorkers(2)));
    assert_eq!(asks(&rig.counted(1_000, 1))[0].cores, 2);
}

#[test]
fn the_screen_stays_on_while_it_takes_part_and_the_user_wants_it() {
    let mut rig = Rig::seated();
    assert!(rig.tell(1_000, Event::Seen).contains(&Command::KeepAwake(true)));
    assert!(rig.tell(2_000, Event::KeepAwake(false)).contains(&Command::KeepAwake(false)));
    assert!(!rig.tell(3_000, Event::Seen).contains(&Command::KeepAwake(true)));
    let (mut never, _) = Rig::at("#/hall", Opening { can_keep_awake: false, ..opening() });
    assert_eq!(never.tell(1, Event::Seen), [Command::Show]);
}

#[test]
fn a_page_that_no_hall_serves_does_nothing() {
    let (mut rig, commands) = Rig::at("#/hall?code=1&screen=1", Opening { run: None, ..opening() });
    assert_eq!(commands, [Command::Show]);
    for event in [Event::Join("1".to_owned()), Event::Timer, Event::SocketOpened, Event::WhereAmI] {
        assert_eq!(rig.tell(1, event), []);
    }
    assert_eq!(rig.page.view(at(1)), View::Elsewhere);
}

proptest! {
    // Fails with: a sentence that grows with what a server says, or a page that cannot read its own seat.
    #[test]
    fn any_answer_is_a_seat_or_a_short_sentence(
        text in prop_oneof![".{0,5000}", "(seat|password|number|run|code|left)=[a-z0-9&=%-]{0,40}(&seat=s1&password=x&number=[0-9]{1,20}&run=r)?"],
        status in prop_oneof![Just(200_u16), Just(403), any::<u16>()],
    ) {
        let (mut rig, _) = Rig::at("#/hall?code=4719", opening());
        rig.tell(1, Event::Join("4719".to_owned()));
        rig.tell(2, answer(Request::Join, status, &text));
        let view = rig.device(2);
        match view.seat {
            Some(seat) => {
                let kept = Opening { kept: rig.kept.clone(), ..opening() };
                let run = rig.kept.as_deref().unwrap_or_default().contains("run=r&");
                prop_assert_eq!(Rig::at("#/hall", kept).0.device(0).seat, run.then_some(seat));
            }
            None => prop_assert!(view.refusal.is_some_and(|why| why.chars().count() < 500)),
        }
        let (mut rig, _) = Rig::at("#/hall?screen=1", opening());
        rig.tell(1, answer(Request::About, status, &text));
        rig.wait(1_500);
    }

    #[test]
    fn whatever_a_tab_has_kept_is_a_seat_or_nothing(kept in ".{0,5000}") {
        let (rig, _) = Rig::at("#/hall", Opening { kept: Some(kept), ..opening() });
        prop_assert_eq!(rig.device(0).standing, DeviceStanding::Form);
    }
}

mod screen;
