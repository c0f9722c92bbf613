//! What a broker says about itself at its monitoring port: whether it writes each entry to disk before it acknowledges it.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MOST_BYTES: u64 = 1_024 * 1_024;

/// Why a broker is not known to keep what it has stored.
#[derive(Debug, Error)]
pub(crate) enum MonitorError {
    /// It cannot be asked.
    #[error("the monitoring port {address} cannot be asked: {reason}")]
    Unreachable {
        /// Its address.
        address: String,
        /// What came of it.
        reason: String,
    },
    /// It writes to disk now and then.
    #[error(
        "the broker at {address} writes its log to disk only every {seconds} s, and loses what is newer when its power fails: set \
         sync_interval: always in its jetstream block"
    )]
    Seldom {
        /// Its address.
        address: String,
        /// How often, in seconds.
        seconds: u64,
    },
}

/// Asks the monitoring port at `address`, such as `a:8222`, whether every entry is written to disk at once.
///
/// # Errors
/// When it is not, or nothing can be learnt there.
pub(crate) async fn check_sync(address: &str) -> Result<(), MonitorError> {
    let unreachable =
        |reason: &str| MonitorError::Unreachable { address: address.to_owned(), reason: reason.to_owned() };
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let answer = match timeout(PATIENCE, ask(host)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(unreachable(&error.to_string())),
        Err(_) => return Err(unreachable("it does not answer")),
    };
    let (_, body) = answer.split_once("\r\n\r\n").ok_or_else(|| unreachable("it says nothing"))?;
    let said: Value = serde_json::from_str(body).map_err(|error| unreachable(&error.to_string()))?;
    let config = &said["jetstream"]["config"];
    match (config["sync_always"].as_bool(), config["sync_interval"].as_u64()) {
        (Some(true), _) => Ok(()),
        (_, Some(nanoseconds)) => {
            Err(MonitorError::Seldom { address: address.to_owned(), seconds: nanoseconds / 1_000_000_000 })
        }
        _ => Err(unreachable(
            "it does not say how often it writes to disk: it has no JetStream, or is too old",
        )),
    }
}

/// What it says of itself, with the head of its answer.
async fn ask(host: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host).await?;
    // In the older version of HTTP an answer ends with its connection.
    stream.write_all(format!("GET /varz HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}
