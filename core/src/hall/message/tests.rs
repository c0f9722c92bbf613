use dartboard_points::query::MAX_TEXT_BYTES;
use proptest::prelude::*;

use super::*;
use crate::hall::subjects::MOST_NAME_BYTES;

fn blocks() -> impl Strategy<Value = BlockRange> {
    (0..u64::MAX, 1..=BlockRange::MAX_BLOCKS)
        .prop_map(|(first, blocks)| BlockRange::new(first, first.saturating_add(blocks)).unwrap())
}

fn ask() -> impl Strategy<Value = Ask> {
    let result = (any::<u64>(), blocks(), any::<u64>()).prop_map(|(lease, blocks, inside)| LeaseResult {
        lease,
        blocks,
        inside,
    });
    let seed = prop::option::of(any::<u64>().prop_map(Seed));
    (any::<u64>(), seed, 0..=MOST_LEASES, 0..=MOST_CORES, prop::collection::vec(result, 0..=MOST_RESULTS))
        .prop_map(|(stream, seed, wants, cores, results)| Ask {
            protocol: PROTOCOL,
            stream,
            seed,
            wants,
            cores,
            results,
        })
}

fn tally() -> impl Strategy<Value = Tally> {
    any::<(u64, u64)>().prop_map(|(a, b)| Tally { points: a.max(b), inside: a.min(b) })
}

fn tell() -> impl Strategy<Value = Tell> {
    let one = (any::<u64>(), blocks()).prop_map(|(lease, blocks)| Leased { lease, blocks });
    let standing = prop_oneof![
        Just(Standing::Welcome),
        Just(Standing::Finished),
        ".{0,100}".prop_map(Standing::Banned),
        ".{0,100}".prop_map(Standing::Refused),
    ];
    let leases = prop::collection::vec(one, 0..=MOST_LEASES);
    let settled = prop::collection::vec(any::<u64>(), 0..=MOST_SETTLED);
    (any::<u64>(), leases, settled, standing, tally(), any::<u64>()).prop_map(
        |(seed, leases, settled, standing, tally, ask_again_ms)| Tell {
            seed: Seed(seed),
            leases,
            settled,
            standing,
            tally,
            ask_again_ms,
        },
    )
}

fn show() -> impl Strategy<Value = Show> {
    let state = prop::sample::select(vec![
        MemberState::Counting,
        MemberState::Waiting,
        MemberState::Away,
        MemberState::Banned,
    ]);
    let member = ("[a-z0-9-]{1,32}", state, any::<u32>(), any::<u64>(), any::<u64>()).prop_map(
        |(seat, state, cores, points_per_second, points)| ShownMember {
            seat,
            state,
            cores,
            points_per_second,
            points,
        },
    );
    let trust = prop::sample::select(vec![Trust::All, Trust::Samples, Trust::Everything]);
    let run = (any::<u64>(), prop::option::of(any::<u64>()), tally(), trust);
    (run, any::<(u64, u64, bool)>(), prop::collection::vec(member, 0..30)).prop_map(
        |((seed, target_blocks, tally, trust), (confirmed_points, points_per_second, finished), members)| {
            Show {
                seed: Seed(seed),
                target_blocks,
                tally,
                confirmed_points,
                trust,
                points_per_second,
                finished,
                members,
            }
        },
    )
}

/// The text with some of its characters replaced by others.
fn forged(text: &str, by: &[(prop::sample::Index, String)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (at, by) in by {
        let at = at.index(text.len().max(1)).min(text.len());
        text.splice(at..(at + 1).min(text.len()), by.chars());
    }
    text.into_iter().collect()
}

/// That any bytes are a message that is written and read back, or a short sentence.
fn is_read_or_refused<T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, MessageError>,
    encode: impl Fn(&T) -> String,
) {
    match parse(bytes) {
        Ok(read) => assert_eq!(parse(encode(&read).as_bytes()), Ok(read)),
        Err(error) => assert!(error.to_string().len() < MAX_TEXT_BYTES + 200, "{error}"),
    }
}

fn are_read_or_refused(bytes: &[u8]) {
    is_read_or_refused(bytes, Ask::parse, Ask::encode);
    is_read_or_refused(bytes, Tell::parse, Tell::encode);
    is_read_or_refused(bytes, Beat::parse, Beat::encode);
    is_read_or_refused(bytes, Show::parse, Show::encode);
    is_read_or_refused(bytes, Flash::parse, Flash::encode);
}

proptest! {
    // Fails with: a result that is counted over other blocks than it was found in.
    #[test]
    fn asks_arrive_as_they_were_sent(ask in ask()) {
        let text = ask.encode();
        prop_assert!(text.len() <= MOST_ASK_BYTES);
        prop_assert_eq!(Ask::parse(text.as_bytes()), Ok(ask));
    }

    // Fails with: a settled result that its member keeps for ever.
    #[test]
    fn tells_arrive_as_they_were_sent(tell in tell()) {
        prop_assert_eq!(Tell::parse(tell.encode().as_bytes()), Ok(tell));
    }

    #[test]
    fn beats_arrive_as_they_were_sent(desk: u64, term: u64) {
        let beat = Beat { desk, term };
        prop_assert_eq!(Beat::parse(beat.encode().as_bytes()), Ok(beat));
    }

    #[test]
    fn shows_arrive_as_they_were_sent(show in show()) {
        prop_assert_eq!(Show::parse(show.encode().as_bytes()), Ok(show));
    }

    // Fails with: a message taken that is not read back as the same, or a sentence that grows with the text.
    #[test]
    fn any_bytes_are_a_message_or_a_short_sentence(
        (ask, tell, show) in (ask(), tell(), show()),
        by in prop::collection::vec((any::<prop::sample::Index>(), "[0-9a-z&=.,%+-]{0,3}"), 0..4),
        text in ".{0,5000}",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        are_read_or_refused(&bytes);
        for text in [&forged(&ask.encode(), &by), &forged(&tell.encode(), &by), &forged(&show.encode(), &by), &text] {
            are_read_or_refused(text.as_bytes());
        }
    }
}

const ASK: &str =
    "kind=ask&protocol=1&stream=2&seed=42&wants=2&cores=8&results=7.0.64.5026548,8.64.128.5026549";
const TELL: &str = "kind=tell&seed=42&points=9&inside=7&ask_again_ms=500&standing=banned&why=No%21&leases=9.128.256\
     &settled=7,8";

#[test]
fn messages_are_written_as_they_were_in_version_1() {
    let ask = Ask::parse(ASK.as_bytes()).unwrap();
    let blocks = |first, end| BlockRange::new(first, end).unwrap();
    let result = |lease, blocks, inside| LeaseResult { lease, blocks, inside };
    assert_eq!(ask.results, [result(7, blocks(0, 64), 5_026_548), result(8, blocks(64, 128), 5_026_549)]);
    assert_eq!((ask.protocol, ask.stream, ask.wants, ask.cores), (1, 2, 2, 8));
    assert_eq!(ask.encode(), ASK);
    let tell = Tell::parse(TELL.as_bytes()).unwrap();
    assert_eq!(tell.leases, [Leased { lease: 9, blocks: blocks(128, 256) }]);
    assert_eq!((tell.settled.as_slice(), tell.seed, tell.ask_again_ms), (&[7, 8][..], Seed(42), 500));
    assert_eq!(tell.standing, Standing::Banned("No!".to_owned()));
    assert_eq!(tell.tally, Tally { points: 9, inside: 7 });
    assert_eq!(tell.encode(), TELL);
}

// Fails with: a flash that names no tile, or that is taken for news of the class.
#[test]
fn a_flash_names_one_seat() {
    let flash = Flash { seat: "s001".to_owned() };
    assert_eq!(flash.encode(), "kind=flash&seat=s001");
    assert_eq!(Flash::parse(flash.encode().as_bytes()), Ok(flash.clone()));
    assert!(Show::parse(flash.encode().as_bytes()).is_err());
    for other in ["kind=flash", "kind=flash&seat=", "kind=flash&seat=S1", "kind=show&seat=s001", "seat=s001"]
    {
        assert!(Flash::parse(other.as_bytes()).is_err(), "{other}");
    }
}

// Fails with: a desk that counts an ask as malformed, and bans for it, whose member only has to reload its page.
#[test]
fn of_an_ask_in_another_protocol_only_that_is_read() {
    let other = Ask { protocol: 7, stream: 2, seed: None, wants: 0, cores: 0, results: vec![] };
    for text in ["kind=ask&protocol=7&stream=2&wants=all&results=?", "kind=ask&protocol=7&stream=2"] {
        assert_eq!(Ask::parse(text.as_bytes()).as_ref(), Ok(&other));
    }
    let without_stream = Ask { stream: 0, ..other };
    assert_eq!(Ask::parse(b"kind=ask&protocol=7"), Ok(without_stream));
}

#[test]
fn what_is_no_ask_is_refused_by_name() {
    let long = format!("kind=ask&x={}", "y".repeat(MOST_ASK_BYTES));
    for (was, becomes, said) in [
        (ASK, long.as_str(), "the message has 4107 bytes, over the limit of 4096"),
        ("kind=ask", "kind=tell", "the message must be of the kind ask, not “tell”"),
        ("&stream=2", "", "the message has no field stream"),
        ("&results=", "&r=", "the message has no field results"),
        ("wants=2", "wants=3", "the field wants must be a whole number from 0 to 2, not 3"),
        ("cores=8", "cores=4097", "the field cores must be a whole number from 0 to 4096, not 4097"),
        (
            "cores=8",
            "cores=99999999999",
            "the field cores must be a whole number from 0 to 4096, not 99999999999",
        ),
        (
            "protocol=1",
            "protocol=x",
            "the field protocol must be a whole number from 0 to 18446744073709551615, not “x”",
        ),
        ("7.0.64.5026548", "7.0.64", "the field results cannot have the part “7.0.64”"),
        ("7.0.64.5026548", "7.0.64.5.6", "the field results cannot have the part “7.0.64.5.6”"),
        ("7.0.64.5026548", "7.0.-64.5", "the field results cannot have the part “7.0.-64.5”"),
        ("7.0.64.5026548", "", "the field results cannot have the part “”"),
        (
            "7.0.64.",
            "7.64.64.",
            "the block range 64..64 is empty: its end must be greater than its first block",
        ),
        ("8.64.", ",,,,,,,8.64.", "the field results has more than 8 parts"),
    ] {
        let error = Ask::parse(ASK.replacen(was, becomes, 1).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
    assert_eq!(Ask::parse(b"kind=ask\xFF"), Err(MessageError::NotText));
}

#[test]
fn what_is_no_tell_is_refused_by_name() {
    for (was, becomes, said) in [
        ("standing=banned", "standing=loved", "the field standing cannot be “loved”"),
        ("inside=7", "inside=10", "10 points inside of 9 thrown is impossible"),
        ("9.128.256", "9.128.256,10.256.257,11.300.301", "the field leases has more than 2 parts"),
        ("settled=7,8", "settled=7.8", "the field settled cannot have the part “7.8”"),
    ] {
        let error = Tell::parse(TELL.replacen(was, becomes, 1).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
    let long = vec![b'x'; MOST_BYTES + 1];
    assert!(Tell::parse(&long).unwrap_err().to_string().contains("over the limit of 65536"));
}

/// A show with as many members, each as long to write as can be.
fn longest(members: usize) -> Show {
    let member = ShownMember {
        seat: "s".repeat(MOST_NAME_BYTES),
        state: MemberState::Counting,
        cores: u32::MAX,
        points_per_second: u64::MAX,
        points: u64::MAX,
    };
    Show {
        seed: Seed(u64::MAX),
        target_blocks: Some(u64::MAX),
        tally: Tally { points: u64::MAX, inside: u64::MAX },
        confirmed_points: u64::MAX,
        trust: Trust::Everything,
        points_per_second: u64::MAX,
        finished: true,
        members: vec![member; members],
    }
}

// Fails with: a class too large for its screen, which then shows nothing at all.
#[test]
fn whatever_is_shown_fits_one_message() {
    let show = longest(MOST_SHOWN);
    assert!(show.encode().len() <= MOST_BYTES, "{}", show.encode().len());
    assert_eq!(longest(MOST_SHOWN + 1).encode(), show.encode(), "the rest is left out");
    assert_eq!(Show::parse(show.encode().as_bytes()), Ok(show));
    assert!(longest(300).encode().len() < MOST_BYTES / 2);
}

// Fails with: a desk whose members cannot read what they are told, for ever.
#[test]
fn whatever_is_told_or_asked_can_be_read() {
    let mut tell = Tell::parse(TELL.as_bytes()).unwrap();
    tell.standing = Standing::Refused("π".repeat(MAX_TEXT_BYTES));
    tell.settled = (0..1_000).collect();
    tell.leases = vec![tell.leases[0]; 5];
    let read = Tell::parse(tell.encode().as_bytes()).unwrap();
    assert_eq!(read.standing, Standing::Refused("π".repeat(MAX_TEXT_BYTES / 2)));
    assert_eq!((read.settled.len(), read.leases.len()), (MOST_SETTLED, MOST_LEASES));
    let mut ask = Ask::parse(ASK.as_bytes()).unwrap();
    (ask.cores, ask.wants, ask.results) = (u32::MAX, 9, vec![ask.results[0]; 100]);
    let read = Ask::parse(ask.encode().as_bytes()).unwrap();
    assert_eq!((read.cores, read.wants, read.results.len()), (MOST_CORES, MOST_LEASES, MOST_RESULTS));
}

#[test]
fn shows_are_refused_by_name() {
    let text =
        "kind=show&seed=1&points=9&inside=7&confirmed=0&rate=5&finished=0&trust=all&members=s1.away.4.5.9";
    let show = Show::parse(text.as_bytes()).unwrap();
    assert_eq!(show.encode(), text);
    assert_eq!((show.target_blocks, show.trust, show.members.len()), (None, Trust::All, 1));
    for (was, becomes, said) in [
        ("trust=all", "trust=none", "the field trust cannot be “none”"),
        ("finished=0", "finished=2", "the field finished must be a whole number from 0 to 1, not 2"),
        (
            "&seed",
            "&target_blocks=x&seed",
            "the field target_blocks must be a whole number from 0 to 18446744073709551615, not “x”",
        ),
        ("s1.away.4.5.9", "S1.away.4.5.9", "the field members cannot have the part “S1.away.4.5.9”"),
        ("s1.away.4.5.9", "s1.gone.4.5.9", "the field members cannot have the part “s1.gone.4.5.9”"),
        (
            "s1.away.4.5.9",
            "s1.away.4294967296.5.9",
            "the field members cannot have the part “s1.away.4294967296.5.9”",
        ),
        ("s1.away.4.5.9", "s1", "the field members cannot have the part “s1”"),
    ] {
        let error = Show::parse(text.replacen(was, becomes, 1).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}
