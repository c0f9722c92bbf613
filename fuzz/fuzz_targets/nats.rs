//! Any bytes of a server are heard the same however they are cut, or end the connection with a short sentence; and a link
//! that hears them waits for something.
#![no_main]

use dartboard_core::hall::nats::link::{Command, Event, Link};
use dartboard_core::hall::nats::{Credentials, Decoder, FromServer, MOST_PAYLOAD_BYTES, NatsError};
use dartboard_core::time::Instant;
use dartboard_fuzz::assert_short;
use libfuzzer_sys::fuzz_target;

/// What is heard of bytes in pieces of this length.
fn heard(bytes: &[u8], length: usize) -> (Vec<FromServer>, Result<(), NatsError>) {
    let (mut decoder, mut said) = (Decoder::default(), Vec::new());
    let result = bytes.chunks(length).try_for_each(|piece| decoder.decode(piece, &mut said));
    (said, result)
}

fuzz_target!(|data: (u8, &[u8])| {
    let (length, bytes) = data;
    let (said, result) = heard(bytes, usize::MAX);
    for what in &said {
        if let FromServer::Message(message) = what {
            assert!(message.payload.len() <= MOST_PAYLOAD_BYTES);
        }
    }
    if let Err(error) = &result {
        assert_short(error, 300);
    }
    assert_eq!(heard(bytes, usize::from(length).max(1)), (said, result));

    let credentials = Credentials { user: "s1".to_owned(), password: String::new() };
    let mut link = Link::new(credentials, vec!["dart.r.show".to_owned()], u32::from(length));
    let (mut timer, mut commands) = (None, link.handle(Instant::ORIGIN, Event::Start));
    commands.extend(link.handle(Instant::ORIGIN, Event::Opened));
    for piece in bytes.chunks(usize::from(length).max(1)) {
        commands.extend(link.handle(Instant::ORIGIN, Event::Received(piece.to_vec())));
    }
    for command in commands {
        match command {
            Command::Down(trouble) => assert_short(&trouble, 300),
            Command::SetTimer(next) => timer = next,
            _ => {}
        }
    }
    assert!(timer.is_some());
});
