//! Passes a browser's WebSocket on to the broker, which listens on this computer alone.

use std::io;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

/// The most bytes of the broker's answer to a handshake.
const MOST_ANSWER_BYTES: usize = 4_096;
/// What a handshake needs from a browser's request. The broker is not told who it is, or from where.
const HANDSHAKE: [HeaderName; 3] =
    [header::SEC_WEBSOCKET_KEY, header::SEC_WEBSOCKET_VERSION, header::SEC_WEBSOCKET_EXTENSIONS];

/// Answers a browser that wants to speak to `broker`.
pub(super) async fn pass_on(broker: SocketAddr, mut request: Request) -> Response<Body> {
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    match shake_hands(broker, request.headers()).await {
        Ok((socket, headers)) => {
            tokio::spawn(join(upgrade, socket));
            (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Asks the broker for a WebSocket in the browser's name: the connection, and what the browser is answered.
async fn shake_hands(broker: SocketAddr, asked: &HeaderMap) -> io::Result<(TcpStream, HeaderMap)> {
    let mut socket = TcpStream::connect(broker).await?;
    socket.set_nodelay(true)?;
    let mut request =
        format!("GET / HTTP/1.1\r\nHost: {broker}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    for name in HANDSHAKE {
        if let Some(Ok(value)) = asked.get(&name).map(HeaderValue::to_str) {
            request.extend([name.as_str(), ": ", value, "\r\n"]);
        }
    }
    socket.write_all((request + "\r\n").as_bytes()).await?;
    let answer = head(&mut socket).await?;
    Ok((socket, headers(&answer)?))
}

/// The head of the broker's answer, to its empty line and no further.
async fn head(socket: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() == MOST_ANSWER_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.push(socket.read_u8().await?);
    }
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn headers(answer: &str) -> io::Result<HeaderMap> {
    let mut lines = answer.lines();
    if lines.next().and_then(|line| line.split(' ').nth(1)) != Some("101") {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name: HeaderName = name.parse().map_err(io::Error::other)?;
        headers.insert(name, value.trim().parse().map_err(io::Error::other)?);
    }
    Ok(headers)
}

/// Lets both ends speak until one of them has ended.
async fn join(upgrade: OnUpgrade, mut broker: TcpStream) {
    if let Ok(browser) = upgrade.await {
        // Either end may go at any moment.
        drop(copy_bidirectional(&mut TokioIo::new(browser), &mut broker).await);
    }
}
