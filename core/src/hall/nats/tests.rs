use proptest::prelude::*;

use super::*;

/// What a decoder makes of bytes that come in pieces of these lengths, again and again.
fn decoded(bytes: &[u8], pieces: &[usize]) -> (Vec<FromServer>, Result<(), NatsError>) {
    let mut decoder = Decoder::default();
    let (mut said, mut rest) = (Vec::new(), bytes);
    for &length in pieces.iter().cycle() {
        let (piece, after) = rest.split_at(length.clamp(1, rest.len().max(1)).min(rest.len()));
        if let Err(error) = decoder.decode(piece, &mut said) {
            let before = said.len();
            assert_eq!(decoder.decode(b"PING\r\n", &mut said), Err(error.clone()), "for good");
            assert_eq!(said.len(), before);
            return (said, Err(error));
        }
        assert!(decoder.bytes.len() <= MOST_PAYLOAD_BYTES + 2, "more is kept than a message");
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    (said, Ok(()))
}

fn all(bytes: &[u8]) -> (Vec<FromServer>, Result<(), NatsError>) {
    decoded(bytes, &[usize::MAX])
}

fn message(subject: &str, subscription: u64, payload: &[u8]) -> FromServer {
    FromServer::Message(Message { subject: subject.to_owned(), subscription, payload: payload.to_vec() })
}

/// What a server says, and its bytes.
fn said() -> impl Strategy<Value = (FromServer, Vec<u8>)> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "[\r\nMSGPIN 0-9]{0,30}".prop_map(String::into_bytes)
    ];
    let words = ("[a-z.]{1,20}", any::<u64>(), prop::option::of("[A-Z.]{1,9}"), payload);
    prop_oneof![
        "[ -~]{0,30}".prop_map(|text| {
            let text = text.trim().to_owned();
            (FromServer::Info(text.clone()), ["INFO ", &text, "\r\n"].concat().into_bytes())
        }),
        "[a-zA-Z ]{0,20}".prop_map(|text| {
            (FromServer::Error(text.clone()), ["-ERR '", &text, "'\r\n"].concat().into_bytes())
        }),
        Just((FromServer::Ping, b"PING\r\n".to_vec())),
        Just((FromServer::Pong, b"PONG \r\n".to_vec())),
        Just((FromServer::Done, b"+OK\r\n".to_vec())),
        (words, prop::option::of(0..20_usize)).prop_map(
            |((subject, subscription, reply, payload), headers)| {
                let reply = reply.map(|reply| reply + " ").unwrap_or_default();
                let all = headers.unwrap_or_default() + payload.len();
                let (verb, sizes) = headers
                    .map_or(("MSG", format!("{all}")), |headers| ("HMSG", format!("{headers}\t{all}")));
                let mut bytes = format!("{verb} {subject}  {subscription} {reply}{sizes}\r\n").into_bytes();
                bytes.extend(vec![b'h'; headers.unwrap_or_default()]);
                bytes.extend(&payload);
                bytes.extend(LINE_END);
                (message(&subject, subscription, &payload), bytes)
            }
        ),
    ]
}

proptest! {
    // Fails with: a payload that looks like a line, a line end that is cut in two, or a message that is said too early.
    #[test]
    fn what_a_server_says_is_heard_in_pieces_of_any_size(
        all in prop::collection::vec(said(), 0..12),
        pieces in prop::collection::vec(1..40_usize, 1..6),
    ) {
        let (expected, bytes): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        prop_assert_eq!(decoded(&bytes.concat(), &pieces), (expected, Ok(())));
    }

    // Fails with: a server, or who stands between, that is understood one way or another by how its bytes are cut.
    #[test]
    fn damaged_bytes_are_the_same_in_pieces_of_any_size(
        all in prop::collection::vec(said(), 1..8),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        pieces in prop::collection::vec(1..40_usize, 1..6),
    ) {
        let mut bytes = all.into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<_>>();
        for (at, by) in damage {
            let at = at.index(bytes.len());
            bytes[at] = by;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let whole = decoded(&bytes, &[usize::MAX]);
        if let Err(error) = &whole.1 {
            prop_assert!(error.to_string().len() < 300);
        }
        prop_assert_eq!(decoded(&bytes, &pieces), whole);
    }

    #[test]
    fn any_bytes_are_heard_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(decoded(&bytes, &[1]), decoded(&bytes, &[usize::MAX]));
    }

    // Fails with: a password that ends its own field.
    #[test]
    fn any_password_arrives_as_it_is(user in ".{0,20}", password in "[\"\\\\\u{0}-\u{20}a-zπ]{0,20}") {
        let credentials = Credentials { user, password };
        let line = ToServer::Connect(&credentials).encode().unwrap();
        let json = line.strip_prefix(b"CONNECT ").unwrap().strip_suffix(LINE_END).unwrap();
        prop_assert!(json.iter().all(|byte| *byte >= b' '), "in one line");
        let json: serde_json::Value = serde_json::from_slice(json).unwrap();
        prop_assert_eq!(json["user"].as_str(), Some(credentials.user.as_str()));
        prop_assert_eq!(json["pass"].as_str(), Some(credentials.password.as_str()));
    }
}

#[test]
fn what_a_server_says_at_first() {
    let bytes = b"INFO {\"server_id\":\"x\",\"max_payload\":131072} \r\nPING\r\n+OK\r\n-ERR 'Authorization Violation'\r\n";
    let expected = vec![
        FromServer::Info("{\"server_id\":\"x\",\"max_payload\":131072}".to_owned()),
        FromServer::Ping,
        FromServer::Done,
        FromServer::Error("Authorization Violation".to_owned()),
    ];
    assert_eq!(all(bytes), (expected, Ok(())));
}

// Fails with: headers taken for the payload, or an answer sent to a subject that a stranger names.
#[test]
fn headers_and_reply_subjects_are_left_out() {
    let bytes = b"MSG dart.r.tell.s1 1 dart.r.log 5\r\nhello\r\n\
        HMSG dart.r.show 2 12 17\r\nNATS/1.0\r\n\r\nhello\r\n\
        HMSG dart.r.show 2 reply 12 12\r\nNATS/1.0\r\n\r\n\r\nMSG dart.r.show 2 0\r\n\r\n";
    let expected = vec![
        message("dart.r.tell.s1", 1, b"hello"),
        message("dart.r.show", 2, b"hello"),
        message("dart.r.show", 2, b""),
        message("dart.r.show", 2, b""),
    ];
    assert_eq!(all(bytes), (expected, Ok(())));
}

#[test]
fn what_is_not_understood_is_said_in_a_short_sentence_and_ends_it() {
    for (bytes, error) in [
        ("HELLO\r\n", "the server said “HELLO”, which is not understood"),
        ("\r\n", "the server said “”, which is not understood"),
        ("ping\r\n", "the server said “ping”, which is not understood"),
        ("PING x\r\n", "the server said “PING x”, which is not understood"),
        ("MSG a 1\r\n", "the server said “MSG a 1”, which is not understood"),
        ("MSG a 1 b c 5\r\n", "the server said “MSG a 1 b c 5”, which is not understood"),
        ("MSG a -1 5\r\n", "the server said “MSG a -1 5”, which is not understood"),
        ("MSG a 1 +5\r\n", "the server said “MSG a 1 +5”, which is not understood"),
        ("HMSG a 1 5\r\n", "the server said “HMSG a 1 5”, which is not understood"),
        ("HMSG a 1 6 5\r\n", "the server said “HMSG a 1 6 5”, which is not understood"),
        ("MSG a 1 65537\r\n", "a message has 65537 bytes, over the limit of 65536"),
        (
            "MSG a 1 18446744073709551615\r\n",
            "a message has 18446744073709551615 bytes, over the limit of 65536",
        ),
        ("MSG a 1 2\r\nabcd", "a message from the server does not end where it must"),
        ("MSG a 1 2\r\nab\n\n", "a message from the server does not end where it must"),
    ] {
        let (said, result) = all(["PONG\r\n", bytes].concat().as_bytes());
        assert_eq!(
            (said, result.map_err(|error| error.to_string())),
            (vec![FromServer::Pong], Err(error.to_owned()))
        );
    }
    let (_, result) = all(&[b"INFO \xFF\r\n".as_slice(), &[b'x'; 9]].concat());
    assert!(result.unwrap_err().to_string().len() < 200);
}

#[test]
fn the_longest_line_and_payload_are_read_and_nothing_longer() {
    let line = |length: usize| [b"INFO ".as_slice(), &vec![b'x'; length - 5], LINE_END].concat();
    for pieces in [&[usize::MAX], &[1_000]] {
        assert_eq!(decoded(&line(MOST_LINE_BYTES), pieces).1, Ok(()));
        assert_eq!(decoded(&line(MOST_LINE_BYTES + 1), pieces).1, Err(NatsError::LongLine));
        assert_eq!(decoded(&vec![b'x'; MOST_LINE_BYTES + 2], pieces).1, Err(NatsError::LongLine));
        let payload = vec![b'p'; MOST_PAYLOAD_BYTES];
        let bytes = [b"MSG a 1 65536\r\n", payload.as_slice(), LINE_END].concat();
        assert_eq!(decoded(&bytes, pieces), (vec![message("a", 1, &payload)], Ok(())));
    }
}

#[test]
fn what_is_said_to_a_server() {
    let credentials = Credentials { user: "s1".to_owned(), password: "a\"b\n\u{1F}".to_owned() };
    let said = |what: ToServer| String::from_utf8(what.encode().unwrap()).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        said(ToServer::Connect(&credentials)),
        format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false,\"no_responders\":false,\"headers\":false,\
             \"lang\":\"dartboard\",\"version\":\"{version}\",\"user\":\"s1\",\"pass\":\"a\\\"b\\u000a\\u001f\"}}\r\n"
        )
    );
    assert_eq!(
        said(ToServer::Subscribe { subject: "dart.r.tell.s1", subscription: 3 }),
        "SUB dart.r.tell.s1 3\r\n"
    );
    assert_eq!(
        said(ToServer::Publish { subject: "dart.r.ask.s1", payload: b"kind=ask" }),
        "PUB dart.r.ask.s1 8\r\nkind=ask\r\n"
    );
    assert_eq!((said(ToServer::Ping).as_str(), said(ToServer::Pong).as_str()), ("PING\r\n", "PONG\r\n"));
    assert!(!format!("{credentials:?}").contains("a\\\"b"), "a password stays out of every log");
}

// Fails with: a subject that is a command of its own.
#[test]
fn what_is_no_subject_or_too_long_is_never_sent() {
    for subject in ["", "a b", "a\r\nPUB x 0", "a\t", "ä", &"a".repeat(257)] {
        let error = ToServer::Publish { subject, payload: b"" }.encode().unwrap_err();
        assert!(error.to_string().ends_with("is not a valid subject") && error.to_string().len() < 200);
        assert!(ToServer::Subscribe { subject, subscription: 1 }.encode().is_err());
    }
    let payload = vec![0; MOST_PAYLOAD_BYTES + 1];
    let error = ToServer::Publish { subject: "a", payload: &payload }.encode().unwrap_err();
    assert_eq!(error.to_string(), "a message has 65537 bytes, over the limit of 65536");
    assert!(ToServer::Publish { subject: &"a".repeat(256), payload: &payload[1..] }.encode().is_ok());
}
