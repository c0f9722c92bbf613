//! The nats-server of a hall: a child of this program, with seats written into its configuration.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dartboard_core::hall::seats::{BrokerSetup, Seats};
use dartboard_core::hall::subjects::Subjects;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why there is no server.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    /// It is nowhere.
    #[error(
        "nats-server is missing: it carries what devices say. Put it on the PATH, beside this program, or name it with \
         --nats-server FILE. It is one file, from https://github.com/nats-io/nats-server/releases or, on Debian and Ubuntu, \
         from the package nats-server"
    )]
    Missing,
    /// It does not start.
    #[error("{} does not start: {reason}", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        reason: String,
    },
    /// Its folder cannot be used.
    #[error("the folder {} cannot be used: {error}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Somebody else uses its folder.
    #[error(
        "the folder {} is used by another class, or by a nats-server that one left behind: end it, or choose another folder with \
         --folder",
        .folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no port for it.
    #[error("there is no free port on this computer: {0}")]
    Port(io::Error),
}

/// A running server, which ends when this is dropped.
pub(crate) struct Server {
    program: PathBuf,
    folder: PathBuf,
    setup: BrokerSetup,
    subjects: Subjects,
    /// Locked as long as this program or the server has it open: two servers would spoil one log.
    lock: File,
    child: Child,
}

impl Server {
    /// Starts `program`, or the one on the PATH or beside this one, which keeps its log in `folder`; `passwords` are those of
    /// the log, the desk and the screen.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start(
        program: Option<PathBuf>,
        folder: PathBuf,
        subjects: Subjects,
        [log_password, desk_password, screen_password]: [String; 3],
        seats: &Seats,
    ) -> Result<Self, ServerError> {
        let program = program.or_else(find).ok_or(ServerError::Missing)?;
        fs::create_dir_all(&folder).map_err(|error| ServerError::Folder { folder: folder.clone(), error })?;
        let lock = lock(&folder)?;
        let setup = BrokerSetup {
            port: free_port().map_err(ServerError::Port)?,
            web_socket_port: free_port().map_err(ServerError::Port)?,
            store: folder.join("log").display().to_string(),
            log_password,
            desk_password,
            screen_password,
        };
        let configuration = write(&folder, &setup.configuration(&subjects, seats))
            .map_err(|error| ServerError::Folder { folder: folder.clone(), error })?;
        let child = begin(&program, &configuration, &lock)
            .map_err(|error| ServerError::Start { program: program.clone(), reason: error.to_string() })?;
        let mut server = Self { program, folder, setup, subjects, lock, child };
        server.wait().await?;
        Ok(server)
    }

    /// The address for the user of that name.
    pub(crate) fn address(&self, user: &str) -> String {
        let password = if user == "log" { &self.setup.log_password } else { &self.setup.desk_password };
        format!("nats://{user}:{password}@127.0.0.1:{}", self.setup.port)
    }

    /// Where it listens for browsers.
    pub(crate) fn web_sockets(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.setup.web_socket_port).into()
    }

    /// From now on lets in only those whom `seats` lets in. Where it cannot be told so (Windows has no signals) it ends, to be
    /// [revived](Self::revive).
    ///
    /// # Errors
    /// When its folder cannot be written to.
    pub(crate) fn reload(&mut self, seats: &Seats) -> Result<(), ServerError> {
        write(&self.folder, &self.setup.configuration(&self.subjects, seats))
            .map_err(|error| ServerError::Folder { folder: self.folder.clone(), error })?;
        // Its own way, on every system that has one.
        let told = Command::new(&self.program)
            .arg("--signal")
            .arg(format!("reload={}", self.child.id()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !told.is_ok_and(|status| status.success()) {
            // It may have ended by itself.
            drop(self.child.kill());
        }
        Ok(())
    }

    /// Starts it again if it has ended: whether it had.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn revive(&mut self) -> Result<bool, ServerError> {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            return Ok(false);
        }
        let failed = |error: io::Error| ServerError::Start {
            program: self.program.clone(),
            reason: error.to_string(),
        };
        self.child = begin(&self.program, &self.folder.join(CONFIGURATION), &self.lock).map_err(failed)?;
        self.wait().await?;
        Ok(true)
    }

    /// Waits until it listens.
    async fn wait(&mut self) -> Result<(), ServerError> {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.setup.port)).await.is_err()
            || TcpStream::connect(self.web_sockets()).await.is_err()
        {
            let reason = match self.child.try_wait() {
                Ok(Some(status)) => format!(
                    "it has ended with {status}; its configuration is {}",
                    self.folder.join(CONFIGURATION).display()
                ),
                _ if begun.elapsed() > PATIENCE => {
                    format!("it does not listen after {} s", PATIENCE.as_secs())
                }
                _ => {
                    sleep(LOOK_EVERY).await;
                    continue;
                }
            };
            return Err(ServerError::Start { program: self.program.clone(), reason });
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Locks the folder.
fn lock(folder: &Path) -> Result<File, ServerError> {
    let failed = |error| ServerError::Folder { folder: folder.to_owned(), error };
    let file = File::create(folder.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServerError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The name of the configuration in the hall's folder.
const CONFIGURATION: &str = "nats-server.conf";

/// Writes the configuration, which holds passwords.
fn write(folder: &Path, text: &str) -> io::Result<PathBuf> {
    let path = folder.join(CONFIGURATION);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

/// Starts it; its standard input is the file that keeps the folder locked while it runs.
fn begin(program: &Path, configuration: &Path, lock: &File) -> io::Result<Child> {
    Command::new(program)
        .arg("-c")
        .arg(configuration)
        .stdin(lock.try_clone()?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Where Debian's package puts it, which is on the PATH of an administrator alone.
const FOR_ADMINISTRATORS: &str = "/usr/sbin";

/// The server beside this program, or on the PATH.
fn find() -> Option<PathBuf> {
    let name = format!("nats-server{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let on_path = env::var_os("PATH").map(|folders| env::split_paths(&folders).collect()).unwrap_or_default();
    let folders = beside.into_iter().chain::<Vec<_>>(on_path).chain([FOR_ADMINISTRATORS.into()]);
    folders.map(|folder| folder.join(&name)).find(|program| program.is_file())
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
