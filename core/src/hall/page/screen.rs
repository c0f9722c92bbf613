//! The screen that all look at: it hears what the class's desk shows, and decides nothing.

use std::time::Duration;

use super::answers::About;
use super::broker::{Broker, News};
use super::device::FLASH;
use super::tiles::{Places, Tile};
use super::{Command, Event, Request, earliest};
use crate::address::write_run;
use crate::hall::message::{Flash, Show};
use crate::hall::nats::link::{self, Trouble};
use crate::run::config::Target;
use crate::time::Instant;

/// How long the desk may say nothing: it shows twice a second.
const PATIENCE: Duration = Duration::from_secs(3);
/// When the hall is asked again that did not answer.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What is shown to all.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenView {
    /// How it stands.
    pub standing: ScreenStanding,
    /// What is known of the hall.
    pub about: Option<About>,
    /// What the desk showed last.
    pub show: Option<Show>,
    /// The devices, each in its place.
    pub tiles: Vec<Tile>,
    /// The address, from `#` on, by which anybody can count the whole run again; none where the run has no end.
    pub check: Option<String>,
}

/// How the screen stands.
#[derive(Clone, Debug, PartialEq)]
pub enum ScreenStanding {
    /// It does not know its class yet.
    Asking,
    /// It shows what is so.
    Showing,
    /// The last word of the class was so long ago.
    Silent(Duration),
    /// All is counted.
    Finished,
    /// It cannot be the screen, and why.
    Refused(String),
}

impl ScreenStanding {
    /// Its name for scripts and style sheets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asking => "joining",
            Self::Showing => "counting",
            Self::Silent(_) => "away",
            Self::Finished => "finished",
            Self::Refused(_) => "refused",
        }
    }
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Screen {
    jitter: u32,
    stage: Stage,
    about: Option<About>,
    show: Option<Show>,
    /// When the desk was heard last.
    heard: Option<Instant>,
    places: Places,
    /// The seats whose tiles flash, and until when.
    flashing: Vec<(String, Instant)>,
    /// When it last looked at the time.
    looked: Instant,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Another page is shown.
    Away,
    /// The hall was asked what it is.
    Asking,
    /// It did not answer, and is asked again.
    Waiting {
        until: Instant,
    },
    Refused(String),
    Listening(Box<Broker>),
}

impl Screen {
    pub(super) fn new(jitter: u32) -> Self {
        Self {
            jitter,
            stage: Stage::Away,
            about: None,
            show: None,
            heard: None,
            places: Places::default(),
            flashing: Vec::new(),
            looked: Instant::ORIGIN,
        }
    }

    pub(super) fn handle(&mut self, now: Instant, event: Event, commands: &mut Vec<Command>) {
        match event {
            Event::At(_) if matches!(self.stage, Stage::Away) => self.ask(commands),
            Event::Left => {
                if let Stage::Listening(broker) = std::mem::replace(&mut self.stage, Stage::Away) {
                    broker.stop(now, commands);
                }
                commands.push(Command::KeepAwake(false));
            }
            Event::Answered { request: Request::About, answer } if matches!(self.stage, Stage::Asking) => {
                let is_refusal = answer.as_ref().is_ok_and(|answer| answer.status == 403);
                match About::given(answer) {
                    Ok(about) => self.listen(now, about, commands),
                    Err(why) if is_refusal => self.stage = Stage::Refused(why),
                    Err(_) => self.stage = Stage::Waiting { until: now + ASK_AGAIN },
                }
            }
            Event::SocketOpened => self.hear(now, link::Event::Opened, commands),
            Event::Received(bytes) => self.hear(now, link::Event::Received(bytes), commands),
            Event::SocketClosed => self.hear(now, link::Event::Closed, commands),
            Event::Timer => self.timer(now, commands),
            Event::Seen => {
                self.keep_awake(commands);
                self.timer(now, commands);
            }
            _ => return,
        }
        commands.push(Command::Show);
    }

    fn ask(&mut self, commands: &mut Vec<Command>) {
        self.stage = Stage::Asking;
        commands.push(Command::Request { request: Request::About, form: None });
        self.keep_awake(commands);
    }

    /// Keeps the screen on, since nobody touches a projector's computer during a lecture.
    fn keep_awake(&self, commands: &mut Vec<Command>) {
        if !matches!(self.stage, Stage::Away | Stage::Refused(_)) {
            commands.push(Command::KeepAwake(true));
        }
    }

    fn listen(&mut self, now: Instant, about: About, commands: &mut Vec<Command>) {
        if self.about.as_ref().is_some_and(|before| before.subjects != about.subjects) {
            // Another run has other devices.
            (self.show, self.places) = (None, Places::default());
        }
        let (credentials, subject) = (about.credentials.clone(), about.subjects.show());
        self.about = Some(about);
        self.heard = Some(now);
        let broker = Broker::start(now, credentials, subject, self.jitter, commands);
        self.stage = Stage::Listening(Box::new(broker));
    }

    fn hear(&mut self, now: Instant, event: link::Event, commands: &mut Vec<Command>) {
        let Stage::Listening(broker) = &mut self.stage else { return };
        for news in broker.handle(now, event, commands) {
            match news {
                News::Heard(payload) => self.take(now, &payload),
                // The hall was started anew, with other passwords.
                News::Down(Trouble::Refused(_)) => {
                    if let Stage::Listening(broker) =
                        std::mem::replace(&mut self.stage, Stage::Waiting { until: now + ASK_AGAIN })
                    {
                        broker.stop(now, commands);
                    }
                    return;
                }
                News::Up | News::Down(_) => {}
            }
        }
    }

    fn take(&mut self, now: Instant, payload: &[u8]) {
        if let Ok(show) = Show::parse(payload) {
            self.heard = Some(now);
            self.places.update(show.members.clone());
            self.show = Some(show);
        } else if let Ok(flash) = Flash::parse(payload) {
            self.flashing.retain(|(seat, _)| *seat != flash.seat);
            self.flashing.push((flash.seat, now + FLASH));
        }
    }

    fn timer(&mut self, now: Instant, commands: &mut Vec<Command>) {
        self.looked = now;
        self.flashing.retain(|(_, until)| *until > now);
        if matches!(self.stage, Stage::Waiting { until } if until <= now) {
            self.ask(commands);
        }
        self.hear(now, link::Event::Timer, commands);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Waiting { until } => Some(*until),
            Stage::Listening(broker) => broker.deadline(),
            Stage::Away | Stage::Asking | Stage::Refused(_) => None,
        };
        let flashing = self.flashing.iter().map(|(_, until)| *until).min();
        // When it is to be said that nothing is heard: once.
        let silent = self.heard.map(|heard| heard + PATIENCE);
        let silent = silent.filter(|at| *at > self.looked && matches!(self.stage, Stage::Listening(_)));
        earliest([stage, flashing, silent])
    }

    pub(super) fn view(&self, now: Instant) -> ScreenView {
        let flashing: Vec<String> = self.flashing.iter().map(|(seat, _)| seat.clone()).collect();
        let check = self
            .show
            .as_ref()
            .and_then(|show| Some(write_run(show.seed, Target::from_blocks(show.target_blocks?)?)));
        ScreenView {
            standing: self.standing(now),
            about: self.about.clone(),
            show: self.show.clone(),
            tiles: self.places.tiles(&flashing),
            check,
        }
    }

    fn standing(&self, now: Instant) -> ScreenStanding {
        if let Stage::Refused(why) = &self.stage {
            return ScreenStanding::Refused(why.clone());
        }
        if self.show.as_ref().is_some_and(|show| show.finished) {
            return ScreenStanding::Finished;
        }
        let silent = self.heard.map(|heard| now - heard).filter(|span| *span >= PATIENCE);
        match (silent, &self.show) {
            (Some(span), _) => ScreenStanding::Silent(span),
            (None, Some(_)) => ScreenStanding::Showing,
            (None, None) => ScreenStanding::Asking,
        }
    }
}
