use super::*;

const ABOUT: &str = "run=r&address=http%3A%2F%2F192.168.1.20%3A8080%2F&code=4719\
     &screen_seat=screen&screen_password=secret";

fn show(members: u64, finished: bool) -> Show {
    let member = |number| ShownMember {
        seat: format!("s{number:03}"),
        state: MemberState::Counting,
        cores: 4,
        points_per_second: 1_000,
        points: 10,
    };
    Show {
        seed: SEED,
        target_blocks: Some(10),
        tally: Tally { points: 1_000_000, inside: 785_398 },
        confirmed_points: 0,
        trust: Trust::All,
        points_per_second: 5_000,
        finished,
        members: (0..members).map(member).collect(),
    }
}

fn shown(show: &Show) -> Vec<u8> {
    message("dart.r.show", &show.encode())
}

impl Rig {
    /// A screen that is connected at 20.
    fn listening() -> Self {
        let (mut rig, commands) = Self::at("#/hall?screen=1", opening());
        assert_eq!(commands[0], Command::Request { request: Request::About, form: None });
        assert_eq!(rig.screen(0).standing, ScreenStanding::Asking);
        let commands = rig.tell(10, answer(Request::About, 200, ABOUT));
        assert_eq!(commands[0], Command::OpenSocket);
        rig.comes_up(20);
        rig
    }
}

#[test]
fn the_screen_shows_what_the_desk_does_and_where_to_join() {
    let mut rig = Rig::listening();
    rig.hears(500, shown(&show(3, false)));
    let view = rig.screen(500);
    assert_eq!((view.standing, view.tiles.len()), (ScreenStanding::Showing, 3));
    assert_eq!(view.check.as_deref(), Some("#/?seed=7&target=1000000&stream=2"));
    let about = view.about.unwrap();
    assert_eq!((about.address.as_str(), about.code.as_str()), ("http://192.168.1.20:8080/", "4719"));
    rig.hears(1_000, shown(&show(3, true)));
    assert_eq!(rig.screen(60_000).standing, ScreenStanding::Finished, "it stays so when all go home");
    let endless = Show { target_blocks: None, ..show(1, false) };
    rig.hears(1_500, shown(&endless));
    assert_eq!(rig.screen(1_500).check, None);
}

// Fails with: a projector that shows old figures as if they were new.
#[test]
fn a_screen_that_hears_nothing_says_so() {
    let mut rig = Rig::listening();
    rig.hears(500, shown(&show(3, false)));
    let commands = rig.wait(3_600);
    assert!(commands.contains(&Command::Show));
    assert!(matches!(rig.screen(3_600).standing, ScreenStanding::Silent(_)));
    rig.hears(4_000, shown(&show(2, false)));
    let view = rig.screen(4_000);
    assert_eq!((view.standing, view.tiles.len()), (ScreenStanding::Showing, 3));
    assert_eq!(view.tiles[2].member.state, MemberState::Away);
}

#[test]
fn a_tile_flashes_for_a_while() {
    let mut rig = Rig::listening();
    rig.hears(500, shown(&show(3, false)));
    rig.hears(600, message("dart.r.show", &Flash { seat: "s001".to_owned() }.encode()));
    let flashing =
        |rig: &Rig, now| rig.screen(now).tiles.iter().map(|tile| tile.is_flashing).collect::<Vec<_>>();
    assert_eq!(flashing(&rig, 700), [false, true, false]);
    rig.wait(4_700);
    assert_eq!(flashing(&rig, 4_700), [false; 3]);
}

#[test]
fn only_the_halls_own_computer_is_the_screen_and_one_without_an_answer_asks_again() {
    let (mut rig, _) = Rig::at("#/hall?screen=1", opening());
    rig.tell(1, Event::Answered { request: Request::About, answer: Err("offline".to_owned()) });
    assert_eq!(rig.screen(1).standing, ScreenStanding::Asking);
    assert!(rig.wait(3_000).iter().any(is_request));
    rig.tell(3_100, answer(Request::About, 403, "open it on the computer that runs the class"));
    let said = "Open it on the computer that runs the class.".to_owned();
    assert_eq!(rig.screen(3_100).standing, ScreenStanding::Refused(said));
    assert_eq!(rig.wait(1_000_000), []);
}

#[test]
fn a_screen_whose_hall_was_started_anew_asks_it_again() {
    let mut rig = Rig::listening();
    rig.hears(500, shown(&show(3, false)));
    rig.tell(1_000, Event::SocketClosed);
    rig.wait(1_300);
    rig.tell(1_400, Event::SocketOpened);
    rig.hears(1_500, [INFO, b"-ERR 'Authorization Violation'\r\n"].concat());
    assert!(rig.wait(4_000).iter().any(is_request));
    let commands = rig.tell(4_100, answer(Request::About, 200, &ABOUT.replace("run=r", "run=r2")));
    assert_eq!(commands[0], Command::OpenSocket);
    assert_eq!(rig.screen(4_100).tiles, []);
}

#[test]
fn the_address_turns_a_device_into_the_screen_and_back() {
    let mut rig = Rig::counting();
    let commands = rig.tell(500, Event::At("#/hall?screen=1".to_owned()));
    assert!(commands.contains(&Command::CloseSocket) && commands.contains(&Command::EndWorkers));
    assert_eq!(rig.screen(500).standing, ScreenStanding::Asking);
    rig.tell(600, answer(Request::About, 200, ABOUT));
    let commands = rig.tell(700, Event::At("#/hall".to_owned()));
    assert!(commands.contains(&Command::CloseSocket));
    assert!(matches!(rig.page.view(at(700)), View::Device(_)));
}
