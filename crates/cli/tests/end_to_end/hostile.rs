//! Bytes that no client sends, and messages that no server takes: an error, and the server lives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bailiwick_proto::v1;

use crate::process::{Served, bailiwick, text};

/// The HTTP/2 preface with an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

fn throw(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    drop(stream.write_all(bytes));
    drop(stream.read(&mut [0; 256]));
}

#[test]
fn the_server_lives_through_broken_frames() {
    let mut served = Served::start(&["--demo"]);
    let mut frames: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0xff; 4_096],
        PREFACE.to_vec(),
        PREFACE.get(..10).unwrap().to_vec(),
    ];
    // A HEADERS frame that promises more than comes; DATA on a stream that nobody opened; a frame of 16 MiB.
    for tail in [
        &b"\x00\x40\x00\x01\x04\x00\x00\x00\x01abc"[..],
        b"\x00\x00\x05\x00\x01\x00\x00\x00\x03hello",
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    ] {
        frames.push([PREFACE, tail].concat());
    }
    for bytes in &frames {
        throw(&served.address, bytes);
    }
    assert!(served.is_running());
    let asked = bailiwick(&[
        "check",
        "--realm",
        "eto",
        "--server",
        &served.url(),
        "users/sam",
        "customer.view",
        "customers/p-1001",
    ]);
    assert_eq!(asked.status.code(), Some(0), "{}", text(&asked.stderr));
}

#[test]
fn an_oversized_message_is_an_error() {
    let mut served = Served::start(&["--demo"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = v1::CheckAccessRequest {
        realm: "realms/eto".to_owned(),
        subject: "users/sam".to_owned(),
        capability: "x".repeat(400 * 1024),
        resource: "customers/p-1001".to_owned(),
        ..Default::default()
    };
    let error = runtime.block_on(async { served.client().check_access(request).await }).unwrap_err();
    assert_eq!(error.code, tonic::Code::OutOfRange);
    assert!(served.is_running());
}

#[test]
fn what_is_wrong_with_a_question_is_said() {
    let served = Served::start(&["--demo"]);
    let check = |realm: &str, capability: &str, resource: &str| {
        let output = bailiwick(&[
            "check",
            "--realm",
            realm,
            "--server",
            &served.url(),
            "users/sam",
            capability,
            resource,
        ]);
        (output.status.code(), text(&output.stderr) + &text(&output.stdout))
    };
    let (code, said) = check("eto", "customer.vieww", "customers/p-1001");
    assert!(code == Some(2) && said.contains("customer.view"), "{said}");
    let (code, said) = check("nowhere", "customer.view", "customers/p-1001");
    assert!(code == Some(2) && said.to_lowercase().contains("realm"), "{said}");
    let (code, said) = check("eto", "customer.view", "units/north");
    assert!(code == Some(2) && said.contains("customers/"), "{said}");
    let (code, said) = check("eto", "customer.view", "customers/nobody");
    assert!(code == Some(1) && said.contains("UNKNOWN_RESOURCE"), "{said}");
}
