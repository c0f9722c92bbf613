//! The connection to the broker, a nats-server.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;
use thiserror::Error;
use tokio::sync::watch;

pub(crate) mod log;
pub(crate) mod monitor;

/// How often the broker is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(3);
/// The first wait between two attempts to connect; twice as long for each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait between two attempts to connect.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many messages may wait to be taken, so that a device that sends without end does not fill the memory.
const MOST_WAITING: usize = 65_536;

/// Why there is no connection.
#[derive(Debug, Error)]
pub(crate) enum BrokerError {
    /// The address cannot be read.
    #[error(
        "“{address}” is no address of a broker: {reason}. Write nats://HOST:PORT or nats://USER:PASSWORD@HOST:PORT, \
         several with commas between"
    )]
    Address {
        /// What was given, without a password.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The broker cannot be reached, or does not let this program in.
    #[error(
        "no connection to the broker at {address}: {reason}. Is nats-server running there, and is the password right?"
    )]
    Unreachable {
        /// Its address, without a password.
        address: String,
        /// What came of it.
        reason: String,
    },
}

/// A connection to the broker, which comes back by itself.
pub(crate) struct Broker {
    pub(crate) client: Client,
    /// Whether it is up, as that changes.
    pub(crate) is_up: watch::Receiver<bool>,
}

impl Broker {
    /// Connects to the servers at `address`, several with commas between; `name` is what the broker's own tools show.
    ///
    /// # Errors
    /// When that is no address, or no server there lets this program in.
    pub(crate) async fn connect(address: &str, name: &str) -> Result<Self, BrokerError> {
        let servers = address.split(',').map(parse).collect::<Result<Vec<_>, _>>()?;
        let (tell, is_up) = watch::channel(false);
        let options = user(&servers)
            .name(name)
            .ping_interval(PING_EVERY)
            .connection_timeout(PATIENCE)
            .subscription_capacity(MOST_WAITING)
            .reconnect_delay_callback(wait_before)
            .event_callback(move |event| {
                match event {
                    Event::Connected => drop(tell.send(true)),
                    Event::Disconnected | Event::Closed => drop(tell.send(false)),
                    _ => {}
                }
                std::future::ready(())
            });
        let unreachable = |error: &dyn std::fmt::Display| BrokerError::Unreachable {
            address: shown(address),
            reason: error.to_string(),
        };
        let client = options.connect(servers).await.map_err(|error| unreachable(&error))?;
        Ok(Self { client, is_up })
    }

    /// Whether the server that it is connected to has at least version `oldest`.
    ///
    /// # Errors
    /// When it has an older one, or one that cannot be read.
    pub(crate) fn check_version(&self, oldest: [u64; 3]) -> Result<(), VersionError> {
        let found = self.client.server_info().version;
        if version(&found).is_some_and(|version| version >= oldest) {
            Ok(())
        } else {
            Err(VersionError { found, oldest: oldest.map(|part| part.to_string()).join(".") })
        }
    }
}

/// The server is too old.
#[derive(Debug, Error)]
#[error("the broker is nats-server {found}, and this needs {oldest} or newer")]
pub(crate) struct VersionError {
    found: String,
    oldest: String,
}

/// The numbers of a version such as `2.10.23` or `2.11.0-dev`.
fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split(['.', '-', '+']).map(str::parse);
    let mut next = || parts.next()?.ok();
    Some([next()?, next()?, next()?])
}

/// The user that an address names, the same one at all servers. What it writes as %20 and the like is read.
fn user(servers: &[ServerAddr]) -> ConnectOptions {
    let read = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match servers.iter().find_map(|server| Some((server.username()?, server.password()?))) {
        Some((user, password)) => ConnectOptions::with_user_and_password(read(user), read(password)),
        None => ConnectOptions::new(),
    }
}

fn wait_before(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(8);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

fn parse(address: &str) -> Result<ServerAddr, BrokerError> {
    let wrong =
        |error: std::io::Error| BrokerError::Address { address: shown(address), reason: error.to_string() };
    address.trim().parse().map_err(wrong)
}

/// `address` without the passwords in it.
fn shown(address: &str) -> String {
    let without = |one: &str| match one.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
        }
        None => one.to_owned(),
    };
    address.split(',').map(without).collect::<Vec<_>>().join(",")
}
