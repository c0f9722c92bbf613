//! The host, asked without a browser.

use std::collections::HashSet;

use super::*;

/// What came of a request: the head, the body, and how the connection ended.
struct Came {
    head: String,
    body: Vec<u8>,
    ended: io::Result<()>,
}

async fn ask(url: &str, headers: &str) -> Came {
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let ended = connection.read_to_end(&mut all).await.map(drop);
    let split = all.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8(all[..split].to_vec()).unwrap();
    Came { head, body: all[split..].to_vec(), ended }
}

fn whole() -> Vec<u8> {
    made(0..SIZE)
}

#[tokio::test]
async fn every_kind_has_a_path_of_its_own_and_answers_as_it_says() {
    let host = DownloadsHost::start().await.unwrap();
    assert_eq!(Kind::ALL.iter().map(|kind| kind.path()).collect::<HashSet<_>>().len(), Kind::ALL.len());
    let told = format!("\r\nContent-Length: {SIZE}\r\n");
    for kind in Kind::ALL.iter().filter(|kind| ![Kind::Nobody, Kind::Silent, Kind::Stall].contains(kind)) {
        let Came { head, body, ended } = ask(&host.url(*kind), "").await;
        let is_readable = head.contains("Access-Control-Allow-Origin: *\r\n");
        let refuses = [Kind::NotFoundUnreadable, Kind::Unreadable, Kind::Reset].contains(kind);
        assert_eq!(is_readable, !refuses, "{kind:?}: {head}");
        let is_reset = [Kind::Reset, Kind::ResetInBody].contains(kind);
        assert_eq!(ended.is_err(), is_reset, "{kind:?}: {ended:?}");
        let status = head.get(9..12).unwrap_or_default();
        let expected = match kind {
            Kind::NoContent => "204",
            Kind::Redirect | Kind::RedirectLoop | Kind::RedirectUnreadable => "302",
            Kind::NotFound | Kind::NotFoundUnreadable => "404",
            Kind::RangeRefused => "416",
            Kind::TooMany => "429",
            Kind::Unavailable => "503",
            Kind::Reset => "",
            _ => "200",
        };
        assert_eq!(status, expected, "{kind:?}: {head}");
        match kind {
            Kind::Length | Kind::SmallPieces | Kind::SlowFirstByte | Kind::Unreadable => {
                assert!(head.contains(&told) && body == whole(), "{kind:?}: {head}");
            }
            Kind::Chunked => {
                assert!(body.len() as u64 > SIZE && body.ends_with(b"\r\n0\r\n\r\n"), "{head}");
            }
            Kind::CutOffChunked => assert!(!body.ends_with(b"0\r\n\r\n"), "{head}"),
            Kind::Gzip | Kind::GzipTold => {
                assert!(head.contains("Content-Encoding: gzip\r\n"), "{head}");
                assert!((body.len() as u64) < SIZE / 2 && body.starts_with(&[0x1f, 0x8b]), "{head}");
            }
            // What is reset may come in part.
            Kind::ResetInBody => assert!(body.len() as u64 <= BROKEN_AT, "{}", body.len()),
            Kind::CutOff
            | Kind::CutOffClosing
            | Kind::Resumes
            | Kind::IgnoresRange
            | Kind::WrongRange
            | Kind::Changes
            | Kind::Untagged => {
                assert!(head.contains(&told) && body == made(0..BROKEN_AT), "{kind:?}: {head}");
            }
            Kind::Empty | Kind::NoContent | Kind::Reset => assert!(body.is_empty(), "{kind:?}"),
            _ => assert!((body.len() as u64) < SIZE, "{kind:?}"),
        }
        assert_eq!(host.record(&host.url(*kind)).requests, 1, "{kind:?}");
    }
    assert_eq!(host.total().most_in_flight, 1);
    assert_eq!(host.total().in_flight, 0);
    let nobody = host.url(Kind::Nobody).replace("http://", "").replace("/nobody", "");
    assert!(TcpStream::connect(nobody).await.is_err());
}

#[tokio::test]
async fn what_was_cut_off_is_resumed_rightly_and_wrongly() {
    let host = DownloadsHost::start().await.unwrap();
    let range = format!("Range: bytes={BROKEN_AT}-\r\nReferer: x\r\n");
    for kind in [Kind::Resumes, Kind::IgnoresRange, Kind::WrongRange, Kind::Changes] {
        let url = host.url(kind);
        assert_eq!(ask(&url, "").await.body.len() as u64, BROKEN_AT);
        let Came { head, body, .. } = ask(&url, &range).await;
        let said = |from: u64| head.contains(&format!("Content-Range: bytes {from}-{}/{SIZE}\r\n", SIZE - 1));
        match kind {
            Kind::IgnoresRange => assert!(head.contains(" 200 ") && body == whole()),
            Kind::WrongRange => {
                assert!(said(BROKEN_AT / 2) && body == made(BROKEN_AT / 2..SIZE), "{head}");
            }
            _ => assert!(said(BROKEN_AT) && body == made(BROKEN_AT..SIZE), "{head}"),
        }
        assert_eq!(
            head.contains("ETag: \"first\""),
            matches!(kind, Kind::Resumes | Kind::WrongRange | Kind::IgnoresRange)
        );
        // Once more from the start, it is whole.
        assert_eq!(ask(&url, "").await.body, whole());
        let record = host.record(&url);
        assert_eq!((record.requests, record.of_parts, record.telling), (3, 1, 1));
    }
    let beyond = ask(&host.url(Kind::Resumes), &format!("Range: bytes={SIZE}-\r\n")).await;
    assert!(beyond.head.contains(" 416 "), "{}", beyond.head);
}

#[tokio::test]
async fn three_of_ten_random_downloads_fail_before_they_come_whole() {
    let host = DownloadsHost::start().await.unwrap();
    let fates: Vec<_> = (0..60).map(Fate::of).collect();
    assert_eq!(fates.iter().filter(|fate| fate.failures.is_some()).count(), 18);
    let faults: HashSet<_> =
        fates.iter().filter_map(|fate| fate.failures).map(|(_, fault)| format!("{fault:?}")).collect();
    assert_eq!(faults.len(), 4, "{faults:?}");
    let mut downloads = JoinSet::new();
    for (number, fate) in (0..).zip(fates) {
        let url = host.random(number);
        downloads.spawn(async move {
            let failures = fate.failures.map_or(0, |(failures, _)| failures);
            for attempt in 0..=failures {
                let Came { head, body, .. } = ask(&url, "").await;
                let is_right = head.contains("Allow-Origin") && body == made(0..fate.size);
                assert_eq!(is_right, attempt == failures, "{number}, attempt {attempt}: {fate:?}");
            }
        });
    }
    assert_eq!(downloads.join_all().await.len(), 60);
}

// Fails with: a request that counts when its reader has all of it, one that does not count while it lasts.
#[tokio::test]
async fn requests_count_while_they_are_answered() {
    let host = DownloadsHost::start().await.unwrap();
    for _ in 0..50 {
        ask(&host.random(1), "").await;
    }
    assert_eq!(host.total().most_in_flight, 1);
    let url = host.paced(50_000, Duration::from_millis(200));
    let came = tokio::join!(ask(&url, ""), ask(&url, ""), ask(&url, ""));
    assert!([came.0, came.1, came.2].iter().all(|came| came.body == made(0..50_000)));
    let record = host.record(&url);
    assert_eq!((record.requests, record.most_in_flight, record.in_flight, record.bytes), (3, 3, 0, 150_000));
    host.forget();
    let (stalls, silent) = (host.url(Kind::Stall), host.url(Kind::Silent));
    for url in [stalls, silent] {
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut connection = TcpStream::connect(authority).await.unwrap();
        connection.write_all(format!("GET /{path} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
        while host.record(&url).in_flight == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(50)).await;
        assert_eq!(host.record(&url).in_flight, 1);
        drop(connection);
        while host.record(&url).in_flight == 1 {
            sleep(Duration::from_millis(1)).await;
        }
    }
    let large = 3 * PERIOD + 7;
    assert_eq!(ask(&host.bytes(large), "").await.body, made(0..large));
}
