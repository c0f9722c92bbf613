use proptest::prelude::*;

use super::checkpoint::{self, Item};
use super::*;
use dartboard_points::tally::Tally;

fn a_range() -> impl Strategy<Value = BlockRange> {
    (0..BlockRange::MAX_BLOCKS - 1, 1..1_000_000_u64)
        .prop_map(|(first, blocks)| BlockRange::new(first, first + blocks).unwrap())
}

fn a_seat() -> impl Strategy<Value = String> {
    "[a-z0-9-]{1,32}"
}

fn a_count() -> impl Strategy<Value = (BlockRange, u64)> {
    (a_range(), any::<u64>()).prop_map(|(blocks, inside)| (blocks, inside % (blocks.points() + 1)))
}

fn an_op() -> impl Strategy<Value = Op> {
    let id = any::<u64>;
    prop_oneof![
        (id(), a_seat(), a_range(), any::<u64>()).prop_map(|(lease, seat, blocks, allow_ms)| Op::Lease {
            lease,
            seat,
            blocks,
            allow_ms
        }),
        (id(), a_seat(), a_count()).prop_map(|(lease, seat, (blocks, inside))| Op::Count {
            lease,
            seat,
            blocks,
            inside
        }),
        id().prop_map(|lease| Op::Lost { lease }),
        (id(), a_count()).prop_map(|(lease, (blocks, inside))| Op::Confirm { lease, blocks, inside }),
        (a_seat(), ".{0,40}").prop_map(|(seat, why)| Op::Ban { seat, why }),
    ]
}

fn a_run() -> impl Strategy<Value = RunSpec> {
    let trust = prop::sample::select(vec![Trust::All, Trust::Samples, Trust::Everything]);
    (any::<u64>(), prop::option::of(1..=BlockRange::MAX_BLOCKS), trust).prop_map(|(seed, target, trust)| {
        RunSpec { seed: Seed(seed), target: target.and_then(Target::from_blocks), trust }
    })
}

fn an_item() -> impl Strategy<Value = Item> {
    prop_oneof![
        a_run().prop_map(Item::Run),
        (any::<u64>(), any::<u64>(), any::<(u64, u64)>()).prop_map(|(frontier, next_lease, (a, b))| {
            let confirmed = Tally { points: a.max(b), inside: a.min(b) };
            Item::Progress { frontier, next_lease, confirmed }
        }),
        a_range().prop_map(Item::Gap),
        (any::<(u64, u64, u64)>(), a_seat(), a_range()).prop_map(
            |((lease, allow_ms, since_ms), seat, blocks)| Item::Open {
                lease,
                seat,
                blocks,
                allow_ms,
                since_ms
            }
        ),
        (any::<(u64, u64)>(), a_seat(), a_count()).prop_map(|((lease, before), seat, (blocks, inside))| {
            Item::Counted { lease, seat, blocks, inside, before }
        }),
        (a_seat(), any::<(u64, u64)>(), prop::option::of(".{0,40}"))
            .prop_map(|(seat, (counts, points), banned)| Item::Seat { seat, counts, points, banned }),
    ]
}

fn an_entry() -> impl Strategy<Value = Entry> {
    let ops = prop::collection::vec(an_op(), 0..6).prop_map(Content::Ops);
    let part = (1..9_u64, 0..9_u64, prop::collection::vec(an_item(), 0..6))
        .prop_map(|(part, more, items)| Content::Checkpoint(Part { part, parts: part + more, items }));
    prop_oneof![
        (any::<u64>(), a_run(), ".{0,40}").prop_map(|(desk, run, note)| Entry::Opening(Opening {
            desk,
            run,
            note
        })),
        (any::<u64>(), any::<u64>(), prop_oneof![ops, part])
            .prop_map(|(term, serial, content)| Entry::Group(Group { term, serial, content })),
    ]
}

proptest! {
    // Fails with: a field written under one name and read under another, or a text that is not escaped.
    #[test]
    fn entries_are_read_as_they_were_written(entry in an_entry()) {
        prop_assert_eq!(Entry::parse(&entry.encode()), Ok(entry));
    }

    // Fails with: a text taken that is not read back as the same, or a sentence that grows with the text.
    #[test]
    fn any_text_is_an_entry_or_a_short_sentence(
        entry in an_entry(),
        forged in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-z&=%+\n-]{0,3}"), 0..4),
        other in ".{0,5000}",
    ) {
        let mut text = entry.encode();
        for (at, by) in forged {
            let at = at.index(text.len());
            text.replace_range(at..=at, &by);
        }
        for text in [text, other] {
            match Entry::parse(&text) {
                Ok(read) => prop_assert_eq!(Entry::parse(&read.encode()), Ok(read)),
                Err(error) => prop_assert!(error.to_string().len() < 2_200, "{}", error),
            }
        }
    }

    // Fails with: a group cut in the middle of a line, one over the limit, or one with a serial that is used twice.
    #[test]
    fn long_groups_are_cut_into_entries_that_hold_the_same(
        ops in prop::collection::vec(an_op(), 1..4), times in 1..2_000_usize, serial in 1..u64::MAX / 2,
    ) {
        let ops: Vec<_> = ops.iter().cycle().take(ops.len() * times).cloned().collect();
        let mut read = Vec::new();
        for (at, text) in (serial..).zip(groups(7, serial, &ops)) {
            prop_assert!(text.len() <= MOST_BYTES);
            let Ok(Entry::Group(Group { term, serial, content: Content::Ops(part) })) = Entry::parse(&text)
            else { panic!("{text}") };
            prop_assert_eq!((term, serial), (7, at));
            read.extend(part);
        }
        prop_assert_eq!(read, ops);
    }

    #[test]
    fn a_checkpoint_is_cut_into_numbered_parts(
        items in prop::collection::vec(an_item(), 1..4), times in 1..2_000_usize,
    ) {
        let items: Vec<_> = items.iter().cycle().take(items.len() * times).cloned().collect();
        let texts = checkpoint::entries(7, 3, &items);
        let mut read = Vec::new();
        for (at, text) in (1..).zip(&texts) {
            prop_assert!(text.len() <= MOST_BYTES);
            let Ok(Entry::Group(Group { term: 7, serial, content: Content::Checkpoint(part) })) = Entry::parse(text)
            else { panic!("{text}") };
            prop_assert_eq!((serial, part.part, part.parts), (at + 2, at, texts.len() as u64));
            read.extend(part.items);
        }
        prop_assert_eq!(read, items);
    }
}

#[test]
fn a_full_entry_is_cut_no_earlier_than_needed() {
    let ops = vec![Op::Lost { lease: 1_000_000 }; 20_000];
    let texts = groups(1, 1, &ops);
    assert!(texts.iter().rev().skip(1).all(|text| text.len() > MOST_BYTES - 30), "{:?}", texts.len());
}

#[test]
fn what_is_impossible_is_refused_by_name() {
    let refused = |text: &str| Entry::parse(text).unwrap_err().to_string();
    let op = |line: &str| refused(&format!("kind=entry&term=1&serial=1\n{line}"));
    assert!(refused(&"x".repeat(MOST_BYTES + 1)).contains("65537 bytes"));
    assert_eq!(refused("kind=bogus"), "there is no kind “bogus”");
    assert!(
        refused("kind=open&protocol=9&stream=2")
            .contains("protocol 9 and stream 2, and this program's are 1")
    );
    assert!(refused("kind=open&protocol=1&stream=1").contains("stream 1"));
    let opening = "kind=open&protocol=1&stream=2&desk=1&seed=1";
    assert_eq!(refused(&format!("{opening}&trust=none")), "there is no trust “none”");
    assert!(
        refused(&format!("{opening}&trust=all&target=0")).contains("from 1 to 184467440737095 blocks, not 0")
    );
    assert!(refused(&format!("{opening}&trust=all&target=x")).contains("target must be a whole number"));
    assert!(
        op("kind=count&id=1&seat=a&first=0&end=1&inside=100001").contains("100001 points inside of 100000")
    );
    assert!(op("kind=lease&id=1&seat=A&first=0&end=1&allow_ms=1").contains("seat"));
    assert!(op("kind=lease&id=1&seat=a&first=1&end=1&allow_ms=1").contains("1..1"));
    assert!(op("kind=lease&seat=a&first=1&end=2&allow_ms=1").contains("no field id"));
    assert!(op("kind=checkpoint&part=0&parts=2").contains("part 0 of 2"));
    assert!(op("kind=checkpoint&part=3&parts=2").contains("part 3 of 2"));
    // A checkpoint stands alone.
    assert!(op("kind=lost&id=1\nkind=checkpoint&part=1&parts=1").contains("“checkpoint”"));
}
