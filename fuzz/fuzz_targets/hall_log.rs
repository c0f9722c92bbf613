//! Whatever stands in a run's log: an entry is written and read back, or refused in a short sentence; each block is to do,
//! leased or counted, never two of these; a checkpoint says the same as all before it.
#![no_main]

use arbitrary::Arbitrary;
use dartboard_core::hall::entry::{Entry, Op, Opening, RunSpec, groups};
use dartboard_core::hall::ledger::{Ledger, Read};
use dartboard_core::hall::message::Trust;
use dartboard_core::run::config::Target;
use dartboard_fuzz::assert_short;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
use libfuzzer_sys::fuzz_target;

const BLOCKS: u64 = 300;

#[derive(Arbitrary, Debug)]
enum Change {
    Lease {
        lease: u8,
        seat: u8,
        first: u8,
        blocks: u8,
    },
    Count {
        lease: u8,
        seat: u8,
        first: u8,
        blocks: u8,
        inside: u64,
    },
    /// What an open lease says.
    CountProperly {
        nth: u8,
        inside: u64,
    },
    Lost {
        lease: u8,
    },
    /// What a count says.
    Confirm {
        nth: u8,
    },
    Ban {
        seat: u8,
    },
}

#[derive(Arbitrary, Debug)]
enum Line<'a> {
    Open {
        desk: u8,
        other: bool,
    },
    /// A group of the present term or of another one, with the next serial or an earlier one.
    Group {
        other_term: bool,
        before: u8,
        changes: Vec<Change>,
    },
    Checkpoint,
    Text(&'a str),
    /// The text of a group's lines.
    Lines(&'a str),
}

#[derive(Arbitrary, Debug)]
struct Log<'a> {
    trust: u8,
    lines: Vec<(u8, Line<'a>)>,
}

fn range(first: u8, blocks: u8) -> BlockRange {
    BlockRange::new(u64::from(first), u64::from(first) + u64::from(blocks) + 1).expect("not empty")
}

fn op(ledger: &Ledger, change: &Change) -> Option<Op> {
    let name = |seat: u8| format!("s{}", seat % 4);
    let state = ledger.state();
    Some(match *change {
        Change::Lease { lease, seat, first, blocks } => {
            Op::Lease { lease: lease.into(), seat: name(seat), blocks: range(first, blocks), allow_ms: 1 }
        }
        Change::Count { lease, seat, first, blocks, inside } => {
            let blocks = range(first, blocks);
            let inside = inside % (blocks.points() + 1);
            Op::Count { lease: lease.into(), seat: name(seat), blocks, inside }
        }
        Change::CountProperly { nth, inside } => {
            let (lease, held) = state.open().iter().nth(nth.into())?;
            let inside = inside % (held.blocks.points() + 1);
            Op::Count { lease: *lease, seat: held.seat.clone(), blocks: held.blocks, inside }
        }
        Change::Lost { lease } => Op::Lost { lease: lease.into() },
        Change::Confirm { nth } => {
            let (lease, counted) = state.counted().iter().nth(nth.into())?;
            Op::Confirm { lease: *lease, blocks: counted.blocks, inside: counted.inside }
        }
        Change::Ban { seat } => Op::Ban { seat: name(seat), why: "&".to_owned() },
    })
}

fn texts(ledger: &Ledger, run: RunSpec, line: &Line) -> Vec<String> {
    let term = ledger.term();
    match line {
        Line::Open { desk, other } => {
            let run = if *other { RunSpec { seed: Seed(2), ..run } } else { run };
            vec![Entry::Opening(Opening { desk: u64::from(*desk), run, note: String::new() }).encode()]
        }
        Line::Group { other_term, before, changes } => {
            let ops: Vec<_> = changes.iter().filter_map(|change| op(ledger, change)).collect();
            let serial = ledger.serial().saturating_add(1).saturating_sub(u64::from(*before % 4));
            groups(term.saturating_sub(u64::from(*other_term)), serial, &ops)
        }
        Line::Checkpoint => ledger.checkpoint(),
        Line::Text(text) => vec![(*text).to_owned()],
        Line::Lines(text) => {
            vec![format!("kind=entry&term={term}&serial={}\n{text}", ledger.serial().saturating_add(1))]
        }
    }
}

fn assert_read(text: &str) {
    match Entry::parse(text) {
        Ok(entry) => {
            assert_eq!(Entry::parse(&entry.encode()).as_ref(), Ok(&entry), "{text}");
        }
        Err(error) => assert_short(&error, 2_200),
    }
}

fn assert_sound(ledger: &Ledger) {
    let state = ledger.state();
    assert!(state.tally().inside <= state.tally().points && state.confirmed().points <= state.tally().points);
    let Some(run) = ledger.run() else { return };
    let open: u64 = state.open().values().map(|lease| lease.blocks.blocks()).sum();
    let target = run.target.map_or(BlockRange::MAX_BLOCKS, Target::blocks);
    assert_eq!(state.to_do() + open + state.tally().points / BLOCK_POINTS, target);
    let unconfirmed: u64 = state.counted().values().map(|counted| counted.blocks.points()).sum();
    assert_eq!(state.confirmed().points + unconfirmed, state.tally().points);
}

fuzz_target!(|log: Log| {
    let trust = [Trust::All, Trust::Samples, Trust::Everything][usize::from(log.trust % 3)];
    let run = RunSpec { seed: Seed(1), target: Target::from_blocks(BLOCKS), trust };
    let mut ledger = Ledger::default();
    let mut seq = 0;
    for (step, line) in log.lines.into_iter().take(200) {
        for text in texts(&ledger, run, &line) {
            assert_read(&text);
            seq += u64::from(step % 3);
            if let Read::Void(void) = ledger.read(seq, seq, &text) {
                assert_short(&void, 2_200);
            }
            assert_sound(&ledger);
        }
    }
    if ledger.run().is_some() {
        let mut again = Ledger::from_checkpoint(ledger.term());
        for (seq, text) in (1..).zip(ledger.checkpoint()) {
            assert_eq!(again.read(seq, 1, &text), Read::Checkpoint, "{text}");
        }
        assert_eq!(again.state(), ledger.state());
    }
});
