//! What `serve` says when it is up: where it listens, what it keeps, and, in the demo, three commands to paste.

use std::env;

use bailiwick_server::Address;
use bailiwick_store::Location;

use super::demo::{Demo, server};

/// A question of the demo, and what it answers.
pub(super) struct Shown {
    pub(super) subject: &'static str,
    pub(super) capability: &'static str,
    pub(super) resource: &'static str,
    /// The reason for which it is denied; none: allowed.
    pub(super) denied: Option<&'static str>,
    /// Why, in words.
    because: &'static str,
}

/// The three questions that are printed, all of them about the realm `eto`.
pub(super) const SHOWN: [Shown; 3] = [
    Shown {
        subject: "users/sam",
        capability: "customer.view",
        resource: "customers/p-1001",
        denied: None,
        because: "p-1001 is on Sam's caseload",
    },
    Shown {
        subject: "users/sam",
        capability: "customer.view",
        resource: "customers/p-1002",
        denied: Some("CASELOAD_RESTRICTED"),
        because: "p-1002 is enrolled in the same program, but is not on it",
    },
    Shown {
        subject: "users/mara",
        capability: "user.manage",
        resource: "users/bruno",
        denied: Some("RANK_TOO_LOW"),
        because: "Mara manages a site, but her lowest role, Staff elsewhere, ranks below Bruno's highest",
    },
];

/// What is said when the service is up.
pub(super) fn text(address: &Address, encrypted: bool, location: &Location, demo: Option<Demo>) -> String {
    let kept = match location {
        Location::Temporary => {
            "Nothing is kept: it is all gone when the service stops (--data FILE keeps it).".to_owned()
        }
        Location::File(_) | Location::Postgres(_) => format!("Everything is kept in {location}."),
    };
    let reach = match encrypted {
        true => "encrypted",
        false => "loopback only, so nobody can reach it from another machine",
    };
    let up = format!("Bailiwick serves at {address}: {reach}.\n{kept}\n");
    match demo {
        Some(realms) => format!("{up}\n{}\n{}\nCtrl-C stops it.", demo_realms(&realms), commands(address)),
        None => up,
    }
}

fn demo_realms(realms: &Demo) -> String {
    let width = realms.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, title): &(String, String)| format!("  {name:width$}  {title}\n");
    format!("Demo realms:\n{}", realms.iter().map(line).collect::<String>())
}

fn commands(address: &Address) -> String {
    let [first, second, third] = &SHOWN;
    let lines =
        [(grpcurl(address, first), first), (buf(address, second), second), (own(address, third), third)];
    let mut text = String::from("Try, in another terminal:\n");
    for (command, shown) in lines {
        let answer = shown.denied.map_or_else(|| "ALLOWED".to_owned(), |reason| format!("DENIED, {reason}"));
        text.push_str(&format!("\n  # {answer}: {}\n  {command}\n", shown.because));
    }
    text
}

fn grpcurl(address: &Address, shown: &Shown) -> String {
    let target = match address {
        Address::Tcp(address) => address.to_string(),
        Address::Unix(path) => format!("-unix {}", quoted(&path.display().to_string())),
    };
    format!("grpcurl -plaintext -d '{}' {target} bailiwick.v1.AccessService/CheckAccess", body(shown))
}

fn buf(address: &Address, shown: &Shown) -> String {
    let (socket, host) = match address {
        Address::Tcp(address) => (String::new(), address.to_string()),
        Address::Unix(path) => {
            (format!("--unix-socket {} ", quoted(&path.display().to_string())), "localhost".to_owned())
        }
    };
    format!(
        "buf curl --protocol grpc --http2-prior-knowledge {socket}-d '{}' \
         http://{host}/bailiwick.v1.AccessService/CheckAccess",
        body(shown)
    )
}

fn own(address: &Address, shown: &Shown) -> String {
    let server = server(address);
    let server =
        if *address == Address::default() { String::new() } else { format!(" --server {}", quoted(&server)) };
    let Shown { subject, capability, resource, .. } = shown;
    format!("{} check --realm eto{server} {subject} {capability} {resource}", this_program())
}

fn body(shown: &Shown) -> String {
    let Shown { subject, capability, resource, .. } = shown;
    format!(
        r#"{{"realm": "realms/eto", "subject": "{subject}", "capability": "{capability}", "resource": "{resource}"}}"#
    )
}

/// How to call this program from another terminal: by its name where that finds it, else by its path.
fn this_program() -> String {
    let Ok(this) = env::current_exe() else { return "bailiwick".to_owned() };
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join("bailiwick")).find(|file| file.is_file());
    let same = found
        .and_then(|file| file.canonicalize().ok())
        .is_some_and(|file| Some(file) == this.canonicalize().ok());
    if same { "bailiwick".to_owned() } else { quoted(&this.display().to_string()) }
}

/// A text as a shell reads it as one word.
fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b':');
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
