//! The members of a world, what they count with, and what reaches them.

use dartboard_core::hall::desk;
use dartboard_core::hall::member::{self, Member};
use dartboard_core::hall::message::Ask;
use rand::RngExt;

use super::{MemberPlace, What, World, seat};
use crate::stand_in;

impl World {
    pub(super) fn start_member(&mut self, place: usize) {
        self.number += 1;
        let life = self.number;
        self.members[place] =
            Some(MemberPlace { member: Member::new(4), life, timer: 0, counting: None, counts: 0 });
        if !self.in_hole.contains(&place) {
            self.at(0, What::Member { place, life, event: Box::new(member::Event::Connected) });
        }
    }

    /// Something is sent to a member.
    pub(super) fn reach(&mut self, place: usize, event: member::Event) {
        let is_connecting = event == member::Event::Connected;
        let is_lost = !is_connecting && (self.in_hole.contains(&place) || self.happens(self.habits.lost));
        let after = self.delay();
        if let Some(life) = self.members[place].as_ref().map(|member| member.life).filter(|_| !is_lost) {
            self.at(after, What::Member { place, life, event: Box::new(event) });
        }
    }

    pub(super) fn tell_member(&mut self, place: usize, life: u64, event: member::Event) {
        let now = self.instant();
        let Some(known) = self.members[place].as_mut().filter(|member| member.life == life) else { return };
        for command in known.member.handle(now, event) {
            self.obey_member(place, life, command);
        }
    }

    pub(super) fn obey_member(&mut self, place: usize, life: u64, command: member::Command) {
        let number = self.number + 1;
        match command {
            member::Command::Ask(ask) => self.ask(place, &ask),
            member::Command::Count { lease, seed, blocks } => {
                assert_eq!(seed, self.run.seed);
                let known = self.members[place].as_mut().expect("it speaks");
                assert_eq!(known.counting, None, "one at a time");
                known.counting = Some((lease, blocks));
                known.counts += 1;
                let count = known.counts;
                let after = blocks.blocks() as f64 / self.devices[place].blocks_per_second * 1_000.0;
                let after = after * self.random.random_range(0.8..1.3);
                #[allow(clippy::cast_sign_loss)]
                self.at(after as u64, What::Counted { place, life, count });
            }
            member::Command::Abandon { .. } => {
                let known = self.members[place].as_mut().expect("it speaks");
                known.counts += 1;
                known.counting = None;
            }
            member::Command::SetTimer(due) => {
                self.number = number;
                let known = self.members[place].as_mut().expect("it speaks");
                known.timer = number;
                if let Some(due) = due {
                    let after = due.since_origin().saturating_sub(self.now).as_millis() as u64;
                    self.at(after + 1, What::MemberTimer { place, life, number });
                }
            }
        }
    }

    pub(super) fn ask(&mut self, place: usize, ask: &Ask) {
        if self.in_hole.contains(&place) {
            return;
        }
        let bytes = ask.encode().into_bytes();
        for desk in 0..self.desks.len() {
            let (after, is_lost) = (self.delay(), self.happens(self.habits.lost));
            if let Some(life) = self.desks[desk].as_ref().map(|desk| desk.life).filter(|_| !is_lost) {
                let event = Box::new(desk::Event::Asked { seat: seat(place), bytes: bytes.clone() });
                self.at(after, What::Desk { place: desk, life, event });
            }
        }
    }

    pub(super) fn counted(&mut self, place: usize, life: u64, count: u64) {
        let device = self.devices[place];
        let Some(known) = self.members[place].as_mut().filter(|member| member.life == life) else { return };
        if known.counts != count {
            return;
        }
        let Some((lease, blocks)) = known.counting.take() else { return };
        let mut tally = stand_in(self.run.seed, blocks);
        if device.lies {
            tally.inside = tally.inside.checked_sub(1).unwrap_or(1);
        }
        self.account.insert((seat(place), blocks.first(), blocks.end(), tally.inside));
        self.tell_member(place, life, member::Event::Counted { lease, tally });
    }
}
