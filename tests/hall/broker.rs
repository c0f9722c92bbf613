//! nats-servers that can be killed, stopped and started again.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program of a server for a class: any version will do.
pub(crate) fn for_a_class() -> Option<PathBuf> {
    found("nats-server", "DARTBOARD_NATS")
}

/// The program of a server for a cluster.
pub(crate) fn for_a_cluster() -> Option<PathBuf> {
    found("a newer nats-server for a cluster", "DARTBOARD_NATS_CLUSTER")
}

fn found(what: &str, variable: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from);
    let on_path = || {
        let folders = env::var_os("PATH")?;
        env::split_paths(&folders).map(|folder| folder.join("nats-server")).find(|program| program.is_file())
    };
    let program = if variable == "DARTBOARD_NATS" { named.or_else(on_path) } else { named };
    if program.is_none() {
        assert!(
            env::var_os("DARTBOARD_NATS_REQUIRED").is_none(),
            "{what} is missing: put it on the PATH, or its path into {variable}"
        );
        eprintln!("left out: there is no {what} ({variable})");
    }
    program
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it listens").port()
}

/// One server, or several that are a cluster. Their folders go with them.
pub(crate) struct Brokers {
    servers: Vec<Server>,
    folder: TempDir,
}

pub(crate) struct Server {
    program: PathBuf,
    configuration: PathBuf,
    port: u16,
    /// Where it listens for browsers.
    web_socket_port: u16,
    child: Option<Child>,
}

impl Brokers {
    /// One server.
    pub(crate) fn one(program: &Path) -> Self {
        Self::start(program, 1, "")
    }

    /// One server, with this in its configuration, too.
    pub(crate) fn one_with(program: &Path, more: &str) -> Self {
        Self::start(program, 1, more)
    }

    /// A cluster of three.
    pub(crate) fn three(program: &Path) -> Self {
        Self::start(program, 3, "")
    }

    fn start(program: &Path, count: usize, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let ports: Vec<(u16, u16)> = (0..count).map(|_| (free_port(), free_port())).collect();
        let routes: Vec<String> =
            ports.iter().map(|(_, cluster)| format!("\"nats://127.0.0.1:{cluster}\"")).collect();
        let mut servers = Vec::new();
        for (number, (port, cluster)) in ports.into_iter().enumerate() {
            let store = folder.path().join(format!("store{number}"));
            let web_socket_port = free_port();
            let mut text = format!(
                "server_name: n{number}\nlisten: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n\
                 websocket {{ listen: \"127.0.0.1:{web_socket_port}\", no_tls: true }}\n{more}",
                store.display()
            );
            if count > 1 {
                let routes = routes.join(", ");
                let cluster =
                    format!("cluster {{ name: c, listen: \"127.0.0.1:{cluster}\", no_advertise: true");
                text.push_str(&[&cluster, ", routes: [", &routes, "] }\n"].concat());
            }
            let configuration = folder.path().join(format!("n{number}.conf"));
            fs::write(&configuration, text).expect("the folder can be written to");
            let mut server =
                Server { program: program.to_owned(), configuration, port, web_socket_port, child: None };
            server.begin();
            servers.push(server);
        }
        let mut brokers = Self { servers, folder };
        brokers.wait();
        brokers
    }

    /// Waits until all listen.
    fn wait(&mut self) {
        let begun = Instant::now();
        for server in &self.servers {
            while !server.listens() {
                assert!(begun.elapsed() < PATIENCE, "the server on port {} did not start", server.port);
                sleep(Duration::from_millis(20));
            }
        }
    }

    /// The address of all of them.
    pub(crate) fn address(&self) -> String {
        self.servers
            .iter()
            .map(|server| format!("nats://127.0.0.1:{}", server.port))
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Where they listen for browsers.
    pub(crate) fn web_socket_ports(&self) -> Vec<u16> {
        self.servers.iter().map(|server| server.web_socket_port).collect()
    }

    /// Kills one server, and starts it again after a moment.
    pub(crate) fn kill(&mut self, number: usize) {
        self.servers[number].end();
        sleep(Duration::from_millis(300));
        self.servers[number].begin();
    }

    /// Kills one server, and starts it again without all that it had stored.
    pub(crate) fn lose(&mut self, number: usize) {
        self.servers[number].end();
        fs::remove_dir_all(self.folder.path().join(format!("store{number}")))
            .expect("it had stored something");
        self.servers[number].begin();
        self.wait();
    }

    /// Kills all at once, and starts them again.
    pub(crate) fn kill_all(&mut self) {
        for server in &mut self.servers {
            server.end();
        }
        for server in &mut self.servers {
            server.begin();
        }
    }

    /// Nothing goes through any of them for so long, and nobody is told.
    pub(crate) fn black_hole(&mut self, time: Duration) {
        for server in &self.servers {
            server.signal("STOP");
        }
        sleep(time);
        for server in &self.servers {
            server.signal("CONT");
        }
    }
}

impl Server {
    fn begin(&mut self) {
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(&self.configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("nats-server can be started"));
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it has not ended by itself");
            child.wait().expect("it ends");
        }
    }

    fn listens(&self) -> bool {
        std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
            assert!(sent.expect("there is a program kill").success());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
