//! A device that takes part: it joins by the user's word, counts, and comes back by itself to the seat that it has.

use std::time::Duration;

use super::answers::{KeptSeat, accepted, flash_form, join_form};
use super::broker::{Broker, News};
use super::{Command, Event, Opening, Request, address, earliest};
use crate::coordinator::rate::Rate;
use crate::hall::member::{self, Member, MemberStanding};
use crate::hall::message::Tell;
use crate::hall::nats::link::{self, Trouble};
use crate::time::Instant;
use dartboard_points::tally::Tally;

mod view;

pub use view::{DeviceStanding, DeviceView};

/// How often progress alone is shown.
const SHOW_EVERY: Duration = Duration::from_millis(250);
/// How long it is said that the tile flashes: as long as it does.
pub(super) const FLASH: Duration = Duration::from_secs(4);

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Device {
    cores: u32,
    jitter: u32,
    can_keep_awake: bool,
    stays_awake: bool,
    code: String,
    unread: Vec<String>,
    refusal: Option<String>,
    /// The seat that it has or had.
    seat: Option<KeptSeat>,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// It does not take part.
    Out,
    /// It has asked for a seat.
    Joining,
    In(Box<Seated>),
}

/// What takes part, in a seat.
#[derive(Clone, Debug)]
struct Seated {
    broker: Option<Broker>,
    member: Member,
    member_timer: Option<Instant>,
    /// Points that were counted in this seat before.
    before: u64,
    /// Points of the lease that is being counted.
    progress: u64,
    rate: Rate,
    shown: Instant,
    found: Option<(String, Instant)>,
    trouble: Option<String>,
    /// Whether the hall was asked for the seat again, since the broker does not know it.
    is_asking_again: bool,
}

impl Device {
    pub(super) fn new(opening: &Opening, run: &str) -> Self {
        let seat = opening.kept.as_deref().and_then(|kept| KeptSeat::kept(kept, run));
        Self {
            cores: opening.cores,
            jitter: opening.jitter,
            can_keep_awake: opening.can_keep_awake,
            stays_awake: opening.can_keep_awake,
            code: seat.as_ref().map(|seat| seat.code.clone()).unwrap_or_default(),
            unread: Vec::new(),
            refusal: None,
            seat,
            stage: Stage::Out,
        }
    }

    pub(super) fn handle(&mut self, now: Instant, event: Event, commands: &mut Vec<Command>) {
        match event {
            Event::At(fragment) => self.come(now, &fragment, commands),
            Event::Left => self.go(now, commands),
            Event::Join(typed) => self.join(&typed, commands),
            Event::Leave => self.leave(now, commands),
            Event::WhereAmI => self.ask_to_flash(commands),
            Event::SetCores(cores) => self.set_cores(cores, commands),
            Event::KeepAwake(awake) => {
                self.stays_awake = awake;
                self.keep_awake(commands);
            }
            // Browsers let the screen go when a page is hidden, and hold its timers back.
            Event::Seen => {
                self.keep_awake(commands);
                self.timer(now, commands);
            }
            Event::Answered { request: Request::Join, answer } => self.given(now, answer, commands),
            Event::Answered { request: Request::Flash, answer } => self.flashed(now, answer),
            Event::Answered { request: Request::About, .. } => return,
            Event::SocketOpened => self.hear(now, link::Event::Opened, commands),
            Event::Received(bytes) => self.hear(now, link::Event::Received(bytes), commands),
            Event::SocketClosed => self.hear(now, link::Event::Closed, commands),
            Event::Progress { points, trouble } => {
                if !self.progressed(now, points, trouble) {
                    return;
                }
            }
            Event::Counted { lease, tally } => self.counted(now, lease, tally, commands),
            Event::Timer => self.timer(now, commands),
        }
        commands.push(Command::Show);
    }

    /// The page is shown: a seat that was not left is taken again.
    fn come(&mut self, now: Instant, fragment: &str, commands: &mut Vec<Command>) {
        let named = address::parse(fragment);
        self.unread = named.unread;
        if let Some(code) = named.code {
            self.code = code;
        }
        if matches!(self.stage, Stage::Out) && self.seat.as_ref().is_some_and(|seat| !seat.has_left) {
            self.sit_down(now, commands);
        }
    }

    /// Another page is shown: the device rests, so that it does not disturb measurements there.
    fn go(&mut self, now: Instant, commands: &mut Vec<Command>) {
        if let Stage::In(seated) = std::mem::replace(&mut self.stage, Stage::Out) {
            if let Some(broker) = seated.broker {
                broker.stop(now, commands);
            }
            commands.extend([Command::Abandon, Command::EndWorkers, Command::KeepAwake(false)]);
        }
    }

    fn join(&mut self, typed: &str, commands: &mut Vec<Command>) {
        if !matches!(self.stage, Stage::Out) {
            return;
        }
        typed.clone_into(&mut self.code);
        match address::read_code(typed) {
            Err(why) => self.refusal = Some(why.to_owned()),
            Ok(code) => {
                self.refusal = None;
                self.stage = Stage::Joining;
                let form = Some(join_form(&code, self.seat.as_ref()));
                self.code = code;
                commands.push(Command::Request { request: Request::Join, form });
            }
        }
    }

    fn leave(&mut self, now: Instant, commands: &mut Vec<Command>) {
        self.go(now, commands);
        self.stage = Stage::Out;
        if let Some(seat) = &mut self.seat {
            seat.has_left = true;
            commands.push(Command::Keep(Some(seat.to_keep())));
        }
    }

    /// The hall has given a seat, or has not.
    fn given(&mut self, now: Instant, answer: Result<super::Answer, String>, commands: &mut Vec<Command>) {
        let is_refusal = matches!(&answer, Ok(super::Answer { status: 400..=499, .. }));
        let given = KeptSeat::given(answer, &self.code);
        match (&mut self.stage, given) {
            (Stage::Out, _) => {}
            (Stage::Joining, Ok(seat)) => self.take(now, seat, commands),
            (Stage::Joining, Err(why)) => {
                self.stage = Stage::Out;
                self.refusal = Some(why);
            }
            (Stage::In(seated), given) => {
                if !std::mem::take(&mut seated.is_asking_again) {
                    return;
                }
                match given {
                    // The link tries again by itself.
                    Ok(seat)
                        if self.seat.as_ref().is_some_and(|here| here.credentials == seat.credentials) => {}
                    Ok(seat) => {
                        self.go(now, commands);
                        self.take(now, seat, commands);
                    }
                    Err(why) if is_refusal => {
                        self.leave(now, commands);
                        self.refusal = Some(why);
                    }
                    Err(_) => {}
                }
            }
        }
    }

    /// Takes a seat that was given: the old one, or a new one in which nothing was counted yet.
    fn take(&mut self, now: Instant, seat: KeptSeat, commands: &mut Vec<Command>) {
        let before = self
            .seat
            .take()
            .filter(|before| before.subjects == seat.subjects && before.credentials == seat.credentials);
        self.seat = Some(KeptSeat { points: before.map_or(0, |before| before.points), ..seat });
        self.sit_down(now, commands);
    }

    fn sit_down(&mut self, now: Instant, commands: &mut Vec<Command>) {
        let Some(seat) = &self.seat else { return };
        // A seat's name was looked at when it was given.
        let Ok(tell) = seat.subjects.tell(&seat.credentials.user) else { return };
        commands.push(Command::Keep(Some(seat.to_keep())));
        commands.push(Command::SetWorkers(self.cores));
        let broker = Broker::start(now, seat.credentials.clone(), tell, self.jitter, commands);
        let mut rate = Rate::default();
        rate.restart(now, 0);
        self.stage = Stage::In(Box::new(Seated {
            broker: Some(broker),
            member: Member::new(self.cores),
            member_timer: None,
            before: seat.points,
            progress: 0,
            rate,
            shown: now,
            found: None,
            trouble: None,
            is_asking_again: false,
        }));
        self.refusal = None;
        self.keep_awake(commands);
    }

    fn keep_awake(&self, commands: &mut Vec<Command>) {
        if self.can_keep_awake && matches!(self.stage, Stage::In(_)) {
            commands.push(Command::KeepAwake(self.stays_awake));
        }
    }

    fn set_cores(&mut self, cores: u32, commands: &mut Vec<Command>) {
        self.cores = cores;
        if let Stage::In(seated) = &mut self.stage {
            seated.member.set_cores(cores);
            commands.push(Command::SetWorkers(cores));
        }
    }

    fn ask_to_flash(&self, commands: &mut Vec<Command>) {
        if let (Stage::In(_), Some(seat)) = (&self.stage, &self.seat) {
            commands.push(Command::Request { request: Request::Flash, form: Some(flash_form(seat)) });
        }
    }

    fn flashed(&mut self, now: Instant, answer: Result<super::Answer, String>) {
        if let Stage::In(seated) = &mut self.stage {
            let said = accepted(answer)
                .map_or_else(|why| why, |_| "Your tile flashes on the big screen.".to_owned());
            seated.found = Some((said, now + FLASH));
        }
    }

    /// Whether progress is to be shown.
    fn progressed(&mut self, now: Instant, points: u64, trouble: Option<String>) -> bool {
        let Stage::In(seated) = &mut self.stage else { return false };
        seated.progress = points;
        let all = seated.member.counted_points().saturating_add(points);
        seated.rate.record(now, all);
        let is_news = seated.trouble != trouble;
        seated.trouble = trouble;
        if now - seated.shown < SHOW_EVERY && !is_news {
            return false;
        }
        seated.shown = now;
        true
    }

    fn counted(&mut self, now: Instant, lease: u64, tally: Tally, commands: &mut Vec<Command>) {
        let Stage::In(seated) = &mut self.stage else { return };
        seated.progress = 0;
        self.tell_member(now, member::Event::Counted { lease, tally }, commands);
        let (Stage::In(seated), Some(seat)) = (&mut self.stage, &mut self.seat) else { return };
        seat.points = seated.before.saturating_add(seated.member.counted_points());
        seated.rate.record(now, seated.member.counted_points());
        commands.push(Command::Keep(Some(seat.to_keep())));
    }

    fn timer(&mut self, now: Instant, commands: &mut Vec<Command>) {
        self.hear(now, link::Event::Timer, commands);
        self.tell_member(now, member::Event::Timer, commands);
        if let Stage::In(seated) = &mut self.stage {
            seated.found.take_if(|(_, until)| *until <= now);
        }
    }

    /// Tells the link what has come, and does what follows.
    fn hear(&mut self, now: Instant, event: link::Event, commands: &mut Vec<Command>) {
        let Stage::In(seated) = &mut self.stage else { return };
        let Some(broker) = &mut seated.broker else { return };
        for news in broker.handle(now, event, commands) {
            match news {
                News::Up => self.tell_member(now, member::Event::Connected, commands),
                News::Down(trouble) => {
                    self.tell_member(now, member::Event::Disconnected, commands);
                    if matches!(trouble, Trouble::Refused(_)) {
                        self.ask_for_seat_again(commands);
                    }
                }
                News::Heard(payload) => {
                    // What is no tell is nothing for a member.
                    if let Ok(tell) = Tell::parse(&payload) {
                        self.tell_member(now, member::Event::Told(tell), commands);
                    }
                }
            }
        }
    }

    /// The broker does not know the seat: the hall was started anew, or has excluded this device.
    fn ask_for_seat_again(&mut self, commands: &mut Vec<Command>) {
        let (Stage::In(seated), Some(seat)) = (&mut self.stage, &self.seat) else { return };
        if !std::mem::replace(&mut seated.is_asking_again, true) {
            let form = Some(join_form(&seat.code, Some(seat)));
            commands.push(Command::Request { request: Request::Join, form });
        }
    }

    /// Tells the member what has happened, and does what it wants.
    fn tell_member(&mut self, now: Instant, event: member::Event, commands: &mut Vec<Command>) {
        let (Stage::In(seated), Some(seat)) = (&mut self.stage, &self.seat) else { return };
        let had_finished = seated.member.standing() == MemberStanding::Finished;
        for command in seated.member.handle(now, event) {
            match command {
                member::Command::Count { lease, seed, blocks } => {
                    commands.push(Command::Count { lease, seed, blocks });
                }
                member::Command::Abandon { .. } => {
                    seated.progress = 0;
                    seated.rate.restart(now, seated.member.counted_points());
                    commands.push(Command::Abandon);
                }
                member::Command::Ask(ask) => {
                    let (Some(broker), Ok(subject)) =
                        (&mut seated.broker, seat.subjects.ask(&seat.credentials.user))
                    else {
                        continue;
                    };
                    let payload = ask.encode().into_bytes();
                    broker.handle(now, link::Event::Publish { subject, payload }, commands);
                }
                member::Command::SetTimer(at) => seated.member_timer = at,
            }
        }
        match seated.member.standing() {
            MemberStanding::Finished if !had_finished => commands.push(Command::EndWorkers),
            // The broker will not let it in again.
            MemberStanding::Banned(_) | MemberStanding::Refused(_) => {
                if let Some(broker) = seated.broker.take() {
                    broker.stop(now, commands);
                    commands.extend([Command::EndWorkers, Command::KeepAwake(false)]);
                }
            }
            _ => {}
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let Stage::In(seated) = &self.stage else { return None };
        let broker = seated.broker.as_ref().and_then(Broker::deadline);
        earliest([broker, seated.member_timer, seated.found.as_ref().map(|(_, until)| *until)])
    }
}
