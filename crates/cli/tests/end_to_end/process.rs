//! A server of this package's binary, and other programs that talk to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use bailiwick_client::{Client, Settings};

/// The binary under test.
pub(crate) const BAILIWICK: &str = env!("CARGO_BIN_EXE_bailiwick");

/// A server that is ended with the test.
pub(crate) struct Served {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) address: String,
    /// What it said when it was up.
    pub(crate) greeting: String,
}

impl Served {
    /// Starts `bailiwick serve` at a free port and waits until it says that it is up.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(arguments, "error", Stdio::inherit(), &[])
    }

    /// The same, with a log of this level, written there, and more in its environment.
    pub(crate) fn start_with_log(
        arguments: &[&str],
        level: &str,
        log: Stdio,
        environment: &[(&str, &str)],
    ) -> Self {
        Self::spawn(arguments, level, log, environment)
    }

    /// The same, with more in its environment.
    pub(crate) fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(arguments, "error", Stdio::inherit(), environment)
    }

    fn spawn(arguments: &[&str], level: &str, log: Stdio, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(BAILIWICK)
            .arg("serve")
            .args(if arguments.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(if arguments.contains(&"--config") {
                &[][..]
            } else {
                &["--plaintext", "--local-operator"]
            })
            .args(arguments)
            .env_remove("BAILIWICK_CONFIG")
            .env("BAILIWICK_LOG", level)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let last = if arguments.contains(&"--demo") { "Ctrl-C" } else { "kept" };
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.by_ref() {
            let line = line.unwrap();
            greeting.push_str(&line);
            greeting.push('\n');
            if line.contains(last) && greeting.contains("serves at") {
                break;
            }
        }
        // What it says later is read too, so that it never waits for somebody to listen.
        std::thread::spawn(move || lines.for_each(drop));
        let after = greeting.split("serves at ").nth(1).unwrap_or_else(|| panic!("no address: {greeting}"));
        let address = after.split(": ").next().unwrap().to_owned();
        Self { child, address, greeting }
    }

    /// The address as clients write it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client; made inside a runtime.
    pub(crate) fn client(&self) -> Client {
        connect(self.url())
    }

    /// Ends it without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits for the end.
    pub(crate) fn terminate(mut self) -> std::process::ExitStatus {
        let signal = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(signal.success());
        self.child.wait().unwrap()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A client of the server at a URL; made inside a runtime.
pub(crate) fn connect(server: String) -> Client {
    Client::new(&Settings { server, ..Settings::default() }).unwrap()
}

/// Runs the binary to its end.
pub(crate) fn bailiwick(arguments: &[&str]) -> Output {
    Command::new(BAILIWICK).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Whether a program is there. Where it is not, its test is skipped and says so; under CI that is an error.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "{program} is not installed, and CI needs it");
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
