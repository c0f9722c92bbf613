//! Any bytes between desk, members and screens are a message that is written and read back, or a short sentence; and a
//! member that hears them goes on.
#![no_main]

use std::fmt::Debug;

use dartboard_core::hall::member::{Event, Member};
use dartboard_core::hall::message::{
    Ask, Beat, MOST_ASK_BYTES, MOST_BYTES, MOST_LEASES, MOST_RESULTS, MOST_SHOWN, MessageError, Show, Tell,
};
use dartboard_core::hall::subjects::check_seat;
use dartboard_core::time::Instant;
use dartboard_fuzz::assert_short;
use dartboard_points::query::MAX_TEXT_BYTES;
use libfuzzer_sys::fuzz_target;

const MOST: usize = MAX_TEXT_BYTES + 200;

/// The message in `bytes`, if there is one, once it has been written and read back.
fn read<T: Debug + PartialEq>(
    bytes: &[u8],
    most_bytes: usize,
    parse: impl Fn(&[u8]) -> Result<T, MessageError>,
    encode: impl Fn(&T) -> String,
) -> Option<T> {
    match parse(bytes) {
        Ok(message) => {
            let text = encode(&message);
            assert!(text.len() <= most_bytes);
            assert_eq!(parse(text.as_bytes()).as_ref(), Ok(&message));
            Some(message)
        }
        Err(error) => {
            assert_short(&error, MOST);
            None
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(ask) = read(bytes, MOST_ASK_BYTES, Ask::parse, Ask::encode) {
        assert!(ask.wants <= MOST_LEASES && ask.results.len() <= MOST_RESULTS);
    }
    read(bytes, MOST_BYTES, Beat::parse, Beat::encode);
    if let Some(show) = read(bytes, MOST_BYTES, Show::parse, Show::encode) {
        assert!(show.tally.inside <= show.tally.points);
        assert!(show.members.len() <= MOST_SHOWN);
        assert!(show.members.iter().all(|member| check_seat(&member.seat).is_ok()));
    }
    if let Some(tell) = read(bytes, MOST_BYTES, Tell::parse, Tell::encode) {
        let mut member = Member::new(1);
        member.handle(Instant::ORIGIN, Event::Connected);
        member.handle(Instant::ORIGIN, Event::Told(tell));
    }
});
