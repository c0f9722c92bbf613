//! A broker with TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::broker::{self, Brokers};
use crate::desks::{Program, said};

const PATIENCE: Duration = Duration::from_secs(60);

/// In `folder`: an authority's certificate, and a server's that it has signed, with the server's key. None where there is no
/// openssl.
fn certificates(folder: &Path) -> Option<[PathBuf; 3]> {
    let extensions = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
    fs::write(folder.join("extensions"), extensions).unwrap();
    let signed =
        "x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out s.pem";
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=server -keyout s.key -out s.csr",
        signed,
    ] {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let Ok(status) = made else {
            eprintln!("left out: there is no openssl");
            return None;
        };
        assert!(status.success(), "openssl {arguments}");
    }
    Some(["ca.pem", "s.pem", "s.key"].map(|name| folder.join(name)))
}

// Fails with: a program that believes any certificate, says nothing of one that it does not believe, or cannot be told whom to
// believe.
#[test]
fn a_broker_with_tls_is_believed_if_a_known_authority_has_signed_its_certificate() {
    let Some(program) = broker::for_a_class() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some([authority, certificate, key]) = certificates(folder.path()) else { return };
    let tls = format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}\n");
    let brokers = Brokers::one_with(&program, &tls);
    let address = brokers.address().replace("nats://", "tls://");
    let run = ["desk", &*address, "--seed", "42", "--target", "1000000"];

    let refused = Program::start(&run).output(PATIENCE);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("invalid peer certificate"), "{}", said(&refused));

    let known = [("SSL_CERT_FILE", &*authority)];
    let _deciding = Program::start_with(&known, &run);
    let node = Program::start_with(&known, &["node", &address]).output(PATIENCE);
    assert!(said(&node).contains("All 1,000,000 points are counted"), "{}", said(&node));
}
