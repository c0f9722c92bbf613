//! A desk while its term lasts: it gathers what is asked, has it planned, appends one entry for all of it, and answers when that
//! entry is read back.

use std::collections::BTreeMap;
use std::time::Duration;

use dartboard_points::stream::STREAM_VERSION;
use dartboard_points::tally::Tally;

use super::super::entry::{Op, groups};
use super::super::ledger::{Ledger, State};
use super::super::message::{Ask, Beat, PROTOCOL, Standing, Tell};
use super::super::subjects::check_seat;
use super::outbox::{Next, Outbox};
use super::plan::Plan;
use super::recounts::Recounts;
use super::roster::{Judged, Roster};
use super::{BEAT, Command, MOST_SEATS, SHOW, SILENCE, Setup, told};
use crate::text::whole_ms;
use crate::time::Instant;

/// An outage: so long without an entry. After it no lease is lost for as long again.
const OUTAGE: Duration = Duration::from_secs(2);
/// After how many entries the whole state is written, so that a reader can begin there.
const CHECKPOINT_ENTRIES: u64 = 10_000;

/// Whether the desk can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    Yes,
    /// What was appended was never read back.
    LogAway,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Office {
    term: u64,
    /// The state with all that is in the outbox.
    ahead: State,
    outbox: Outbox,
    next_serial: u64,
    /// The newest ask of each seat that was not planned yet.
    waiting: BTreeMap<String, Ask>,
    /// The seats that are answered when the outbox is empty, and the leases that each forgets then.
    answers: BTreeMap<String, Vec<u64>>,
    /// Seats to ban, and why.
    to_ban: Vec<(String, String)>,
    recounts: Recounts,
    /// No lease is lost before this time by the log's clock.
    grace_ms: u64,
    opened: Instant,
    next_beat: Instant,
    next_show: Instant,
    next_look: Instant,
    is_finished: bool,
    late_blocks: u64,
}

impl Office {
    /// The desk whose opening `ledger` has read last; the entry before it was stored at `quiet_ms`.
    pub(super) fn new(now: Instant, setup: &Setup, ledger: &Ledger, quiet_ms: u64) -> Self {
        let opened_ms = ledger.newest_ms();
        let outage = whole_ms(OUTAGE);
        let was_away = quiet_ms > 0 && opened_ms - quiet_ms > outage;
        Self {
            term: ledger.term(),
            ahead: ledger.state().clone(),
            outbox: Outbox::default(),
            next_serial: ledger.serial() + 1,
            waiting: BTreeMap::new(),
            answers: BTreeMap::new(),
            to_ban: Vec::new(),
            recounts: Recounts::of(setup, ledger),
            grace_ms: if was_away { opened_ms.saturating_add(outage) } else { 0 },
            opened: now,
            next_beat: now,
            next_show: now,
            next_look: now,
            is_finished: false,
            late_blocks: 0,
        }
    }

    /// How many blocks came too late in this term.
    pub(super) fn late_blocks(&self) -> u64 {
        self.late_blocks
    }

    pub(super) fn due(&self) -> Instant {
        let next = self.next_beat.min(self.next_show);
        self.outbox.due().map_or(next, |due| due.min(next))
    }

    /// These changes were read.
    pub(super) fn observe(
        &mut self,
        setup: &Setup,
        ledger: &Ledger,
        ops: &[Op],
        commands: &mut Vec<Command>,
    ) {
        self.recounts.observe(setup, ledger, ops);
        for op in ops {
            if let Op::Ban { seat, .. } = op {
                commands.push(Command::Ban { seat: seat.clone() });
                self.answers.entry(seat.clone()).or_default();
            }
        }
    }

    /// Whether this entry is the one in flight.
    pub(super) fn has_written(&self, text: &str) -> bool {
        self.outbox.has_in_flight(text)
    }

    /// An entry was read; if it is the one in flight, the next one goes out.
    pub(super) fn read_back(&mut self, now: Instant, text: &str, commands: &mut Vec<Command>) {
        commands.extend(self.outbox.read_back(now, text));
    }

    /// A seat asks: what is told at once is told, the rest waits to be planned.
    pub(super) fn asked(
        &mut self,
        now: Instant,
        setup: &Setup,
        ledger: &Ledger,
        roster: &mut Roster,
        (seat, bytes): (&str, &[u8]),
        commands: &mut Vec<Command>,
    ) {
        if check_seat(seat).is_err() {
            return;
        }
        let refused = match roster.judge(now, seat, bytes) {
            Judged::Dropped => return,
            Judged::Flood => {
                self.to_ban.push((seat.to_owned(), "it sent too many messages that were dropped".to_owned()));
                return;
            }
            Judged::Full => format!("there are {MOST_SEATS} devices already, and no room for more"),
            Judged::Ask(mut ask) if is_of_this_version(&ask) => {
                // A device that was away while another run began brings results of other points.
                if ask.seed != Some(setup.run.seed) {
                    ask.results.clear();
                }
                self.waiting.insert(seat.to_owned(), ask);
                return;
            }
            Judged::Ask(ask) => format!(
                "this device speaks version {} of the protocol and counts stream {}; the class speaks {PROTOCOL} and counts {STREAM_VERSION}",
                ask.protocol, ask.stream
            ),
        };
        let tell = Tell {
            standing: Standing::Refused(refused),
            leases: Vec::new(),
            ..told::tell(setup, ledger, self.is_finished, seat, &[])
        };
        commands.push(Command::Tell { seat: seat.to_owned(), tell });
    }

    pub(super) fn recounted(&mut self, ledger: &Ledger, lease: u64, tally: Tally) {
        self.recounts.recounted(ledger, lease, tally);
    }

    /// Does what is due at `now`, which is `log_ms` by the log's clock.
    pub(super) fn go_on(
        &mut self,
        now: Instant,
        log_ms: u64,
        setup: &Setup,
        ledger: &Ledger,
        roster: &mut Roster,
        commands: &mut Vec<Command>,
    ) -> Served {
        match self.outbox.next(now) {
            Next::Wait => {}
            Next::Again(append) => commands.push(append),
            Next::GiveUp => return Served::LogAway,
        }
        if self.outbox.is_empty() {
            self.answer_all(setup, ledger, commands);
            self.finish(ledger, commands);
            commands.extend(self.checkpoint(now, setup, ledger));
        }
        if self.outbox.is_empty() {
            commands.extend(self.plan(now, log_ms, setup, ledger, roster));
        }
        if self.outbox.is_empty() {
            self.answer_all(setup, ledger, commands);
        } else {
            self.answer_who_changes_nothing(setup, ledger, roster, commands);
        }
        self.recounts.ask(setup, ledger, commands);
        self.say_what_is_due(now, setup, ledger, roster, commands);
        Served::Yes
    }

    fn say_what_is_due(
        &mut self,
        now: Instant,
        setup: &Setup,
        ledger: &Ledger,
        roster: &Roster,
        commands: &mut Vec<Command>,
    ) {
        if now >= self.next_beat {
            self.next_beat = now + BEAT;
            commands.push(Command::Beat(Beat { desk: setup.id, term: self.term }));
        }
        if now >= self.next_show {
            self.next_show = now + SHOW;
            commands.push(Command::Show(told::show(now, setup, ledger, self.is_finished, roster)));
        }
    }

    /// Answers all that waits for the outbox.
    fn answer_all(&mut self, setup: &Setup, ledger: &Ledger, commands: &mut Vec<Command>) {
        for (seat, settled) in std::mem::take(&mut self.answers) {
            let tell = told::tell(setup, ledger, self.is_finished, &seat, &settled);
            commands.push(Command::Tell { seat, tell });
        }
    }

    /// Answers those whose asks change nothing and who have no part in what is in the outbox.
    fn answer_who_changes_nothing(
        &mut self,
        setup: &Setup,
        ledger: &Ledger,
        roster: &mut Roster,
        commands: &mut Vec<Command>,
    ) {
        let waiting = std::mem::take(&mut self.waiting);
        for (seat, ask) in waiting {
            if self.answers.contains_key(&seat) || self.changes_something(&seat, &ask) {
                self.waiting.insert(seat, ask);
            } else {
                self.late_blocks += roster.late_blocks(&seat, &ask, &self.ahead);
                let settled: Vec<_> = ask.results.iter().map(|result| result.lease).collect();
                let tell = told::tell(setup, ledger, self.is_finished, &seat, &settled);
                commands.push(Command::Tell { seat, tell });
            }
        }
    }

    fn changes_something(&self, seat: &str, ask: &Ask) -> bool {
        let counts = ask.results.iter().any(|result| self.ahead.is_open(result.lease, seat, result.blocks));
        let takes = self.holds(seat) < ask.wants && self.ahead.lowest_to_do(1).is_some();
        counts || (takes && !self.is_banned(seat))
    }

    fn holds(&self, seat: &str) -> usize {
        self.ahead.seats().get(seat).map_or(0, |seat| seat.holds.len())
    }

    fn is_banned(&self, seat: &str) -> bool {
        self.ahead.seats().get(seat).is_some_and(|seat| seat.banned.is_some())
    }

    fn finish(&mut self, ledger: &Ledger, commands: &mut Vec<Command>) {
        if !self.is_finished && ledger.state().is_complete() && self.recounts.are_done() {
            self.is_finished = true;
            commands.push(Command::Finished(ledger.state().tally()));
        }
    }

    /// Plans all that is to change, and appends it.
    fn plan(
        &mut self,
        now: Instant,
        log_ms: u64,
        setup: &Setup,
        ledger: &Ledger,
        roster: &mut Roster,
    ) -> Option<Command> {
        debug_assert_eq!(
            self.ahead.tally(),
            ledger.state().tally(),
            "what was planned is what was read back"
        );
        debug_assert_eq!(
            self.ahead.to_do(),
            ledger.state().to_do(),
            "what was planned is what was read back"
        );
        let mut plan = Plan::new(&mut self.ahead, log_ms, &mut self.answers);
        let waiting = std::mem::take(&mut self.waiting);
        for (seat, ask) in &waiting {
            self.late_blocks += roster.late_blocks(seat, ask, plan.ahead());
        }
        if self.is_finished {
            for (seat, ask) in &waiting {
                plan.settle(seat, ask);
            }
            return None;
        }
        if now >= self.next_look {
            self.next_look = now + SHOW;
            // Whom a desk has not heard since it opened may be about to ask.
            let may_be_silent = now >= self.opened + SILENCE;
            if log_ms >= self.grace_ms {
                plan.lose_overdue(|seat| may_be_silent && roster.is_silent(now, seat));
            }
        }
        for op in self.recounts.take_verdicts() {
            plan.make(op);
        }
        for (seat, why) in std::mem::take(&mut self.to_ban) {
            plan.make(Op::Ban { seat, why });
        }
        let active = roster.active(now, plan.ahead());
        for (seat, ask) in &waiting {
            plan.serve(seat, ask, setup, roster, active);
        }
        let entries = groups(self.term, self.next_serial, plan.ops());
        self.append(now, setup, entries)
    }

    /// The whole state, if it is time to write it; what is asked waits for it.
    fn checkpoint(&mut self, now: Instant, setup: &Setup, ledger: &Ledger) -> Option<Command> {
        let due = CHECKPOINT_ENTRIES.max(ledger.state().remembered() as u64);
        let entries = if ledger.since_checkpoint() >= due { ledger.checkpoint() } else { Vec::new() };
        self.append(now, setup, entries)
    }

    fn append(&mut self, now: Instant, setup: &Setup, entries: Vec<String>) -> Option<Command> {
        let serials = self.next_serial..;
        self.next_serial += entries.len() as u64;
        let named = |(serial, text)| (format!("{:x}-{}-{serial}", setup.id, self.term), text);
        self.outbox.send(now, serials.zip(entries).map(named))
    }
}

fn is_of_this_version(ask: &Ask) -> bool {
    (ask.protocol, ask.stream) == (PROTOCOL, u64::from(STREAM_VERSION))
}
