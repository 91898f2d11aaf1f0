//! When it does not start, and what it says then.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{BAILIWICK, bailiwick, text};

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:50051"] {
        let output = bailiwick(&["serve", "--plaintext", "--listen", address]);
        assert_eq!(output.status.code(), Some(2), "{address}");
        let said = text(&output.stderr);
        assert!(said.contains("loopback") || said.contains("127.0.0.1"), "{said}");
    }
}

#[test]
fn what_is_not_encrypted_must_be_said() {
    let output = bailiwick(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--plaintext"), "{}", text(&output.stderr));
}

#[test]
fn a_damaged_database_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bailiwick.db");
    fs::write(&file, vec![0x5a; 64 * 1024]).unwrap();
    let output = bailiwick(&["serve", "--plaintext", "--data", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("database") && said.len() > 40, "{said}");
    assert_eq!(fs::read(&file).unwrap(), vec![0x5a; 64 * 1024], "the file was touched");
}

#[test]
fn an_unknown_key_of_the_configuration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bailiwick.toml");
    fs::write(&file, "lisstten = \"127.0.0.1:0\"\n").unwrap();
    let output = bailiwick(&["serve", "--config", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("lisstten"), "{}", text(&output.stderr));
}

#[test]
fn a_database_that_does_not_answer_keeps_nobody_from_stopping() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let data = format!("postgres://tester@{}/x?sslmode=disable", silent.local_addr().unwrap());
    let mut serving = Command::new(BAILIWICK)
        .args(["serve", "--plaintext", "--listen", "127.0.0.1:0", "--data", &data])
        .env_remove("BAILIWICK_CONFIG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _connection = silent.accept().unwrap();
    let began = Instant::now();
    let asked = Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().unwrap();
    assert!(asked.success());
    assert!(serving.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}
