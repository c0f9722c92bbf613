//! The desks of a world, and what their drivers do for them.

use std::time::Duration;

use dartboard_core::hall::desk::{self, Desk, Setup};
use dartboard_core::hall::member;
use dartboard_core::hall::message::Tell;
use rand::RngExt;

use super::{DeskPlace, What, World};
use crate::stand_in;

impl World {
    pub(super) fn start_desk(&mut self, place: usize, take_over: bool) {
        self.number += 1;
        self.outcome.desks += 1;
        let setup = Setup {
            id: self.number,
            run: self.run,
            lease: Duration::from_secs(3),
            take_over,
            key: 77,
            share_percent: 20,
            note: String::new(),
        };
        let life = self.number;
        let desk = Desk::new(setup);
        self.say(|| format!("desk {life:x} starts, takes over: {take_over}"));
        let catches_up_at = Some(self.log.len());
        self.desks[place] = Some(DeskPlace { desk, life, position: 0, catches_up_at, timer: 0 });
        self.at(0, What::ReadOn { place, life });
    }

    /// What the log has and the desk does not.
    pub(super) fn read_on(&mut self, place: usize, life: u64) {
        let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
        if known.position > self.log.len() {
            // The log has lost its end: the driver begins anew, as it was told to begin.
            return self.start_desk(place, self.habits.only_desks);
        }
        if known.catches_up_at.is_some_and(|at| known.position >= at.min(self.log.len())) {
            known.catches_up_at = None;
            self.tell_desk(place, life, desk::Event::CaughtUp);
            return self.read_on(place, life);
        }
        let Some((seq, time_ms, text)) = self.log.get(known.position) else { return };
        known.position += 1;
        self.tell_desk(place, life, desk::Event::Entry { seq, time_ms, text });
        let is_behind = self.desks[place]
            .as_ref()
            .is_some_and(|desk| desk.position < self.log.len() || desk.catches_up_at.is_some());
        if is_behind {
            self.at(0, What::ReadOn { place, life });
        }
    }

    pub(super) fn append(&mut self, id: &str, text: &str) {
        if !self.log.append(self.now, id, text) {
            return;
        }
        self.say(|| format!("log {}: {}", self.log.len(), text.replace('\n', " | ")));
        for place in 0..self.desks.len() {
            if let Some(life) = self.desks[place].as_ref().map(|desk| desk.life) {
                let after = self.delay();
                self.at(after, What::ReadOn { place, life });
            }
        }
    }

    pub(super) fn tell_desk(&mut self, place: usize, life: u64, event: desk::Event) {
        let now = self.instant();
        let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
        for command in known.desk.handle(now, event) {
            self.obey_desk(place, life, command);
        }
    }

    pub(super) fn obey_desk(&mut self, place: usize, life: u64, command: desk::Command) {
        match command {
            desk::Command::Append { id, text } => {
                let after = self.delay();
                if self.happens(self.habits.append_repeated) {
                    let late = self.random.random_range(0..15_000);
                    self.at(late, What::Append { id: format!("{id} again"), text: text.clone() });
                }
                if !self.happens(self.habits.append_lost) {
                    self.at(after, What::Append { id, text });
                }
            }
            desk::Command::Tell { seat, tell } => {
                let place = seat[1..].parse().expect("a seat of this world");
                let tell = Tell::parse(tell.encode().as_bytes()).expect("a desk's tell can be read");
                self.reach(place, member::Event::Told(tell));
            }
            desk::Command::Beat(beat) => {
                for other in 0..self.desks.len() {
                    let life = self.desks[other].as_ref().map(|desk| desk.life);
                    if let Some(life) = life.filter(|_| other != place) {
                        let (after, is_lost) = (self.delay(), self.happens(self.habits.lost));
                        let event = Box::new(desk::Event::Heard(beat));
                        if !is_lost {
                            self.at(after, What::Desk { place: other, life, event });
                        }
                    }
                }
            }
            desk::Command::Show(show) => assert!(show.members.len() <= self.members.len()),
            desk::Command::Ban { seat } => {
                let place: usize = seat[1..].parse().expect("a seat of this world");
                assert!(self.devices[place].lies, "{seat} is honest");
                self.outcome.banned += 1;
            }
            desk::Command::Recount { lease, blocks, .. } => {
                let after = blocks.blocks() / 4 + self.random.random_range(0..50);
                let tally = stand_in(self.run.seed, blocks);
                self.at(
                    after,
                    What::Desk { place, life, event: Box::new(desk::Event::Recounted { lease, tally }) },
                );
            }
            desk::Command::Refold => {
                self.say(|| format!("desk {life:x} reads its log afresh"));
                self.start_desk(place, false);
            }
            desk::Command::Finished(tally) => self.finished = Some((tally, place)),
            desk::Command::SetTimer(due) => {
                self.number += 1;
                let number = self.number;
                let Some(known) = self.desks[place].as_mut().filter(|desk| desk.life == life) else { return };
                known.timer = number;
                if let Some(due) = due {
                    let after = due.since_origin().saturating_sub(self.now).as_millis() as u64;
                    self.at(after + 1, What::DeskTimer { place, life, number });
                }
            }
            desk::Command::Refuse(why) => panic!("a desk of this run refuses its log: {why}"),
        }
    }
}
