//! Bailiwick and Envoy as `deploy/envoy` sets them up; only ports and places are others.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::{self, Tokens};
use super::service::{self, Answer};
use crate::process::{Served, bailiwick, text};

const ENVOY: &str = include_str!("../../../../../deploy/envoy/envoy.yaml");
const BAILIWICK: &str = include_str!("../../../../../deploy/envoy/bailiwick.toml");
const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../worlds/eto.toml");
/// A call by gRPC goes to Bailiwick itself, which is a gRPC service, too.
const GRPC_ROUTE: &str =
    "- match: { prefix: \"/grpc.\" }\n                          route: { cluster: bailiwick }\n";

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Bailiwick with the demo world of eto, whose sam has an account of the issuer.
pub(super) struct Bailiwick {
    folder: TempDir,
    served: Option<Served>,
    port: u16,
    pub(super) config: String,
    tokens: Tokens,
}

impl Bailiwick {
    pub(super) fn start() -> Self {
        let (folder, tokens, port) = (TempDir::new().unwrap(), Tokens::new(), free_port());
        certificates::write(folder.path());
        let at = folder.path().to_str().unwrap();
        fs::write(folder.path().join("keys.json"), tokens.keys()).unwrap();
        let desk = "\n[[callers.programs]]\nid = \"desk\"\nspiffe = \"spiffe://example.org/desk\"\n\
                    grants = [{ permissions = [\"check\", \"operate\"] }]\n";
        let config = BAILIWICK
            .replace("127.0.0.1:50051", &format!("127.0.0.1:{port}"))
            .replace("/etc/bailiwick/tls", at)
            .replace("/etc/bailiwick", at)
            .replace("/var/lib/bailiwick", at);
        let file = folder.path().join("bailiwick.toml");
        fs::write(&file, config + desk).unwrap();
        let config = file.to_str().unwrap().to_owned();
        let mut site = Self { served: None, port, config, tokens, folder };
        site.serve();
        site.desk(&["load", WORLD, "--realm", "eto", "--scheme", "eto"]);
        site.desk(&["manage", "--realm", "eto", "sam", "profile", "--set", "provider_subject=sub-sam"]);
        site
    }

    fn serve(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        self.served = Some(Served::start(&["--config", &self.config, "--listen", &listen]));
    }

    /// How the desk asks it.
    pub(super) fn as_desk(&self) -> Vec<&str> {
        // Kept to the end of the test.
        let file = |name: &str| &*self.folder.path().join(name).to_str().unwrap().to_owned().leak();
        let server = &*format!("https://127.0.0.1:{}", self.port).leak();
        let files = ["--ca-file", file("ca.pem"), "--certificate-file", file("desk.pem")];
        [&["--server", server][..], &files, &["--certificate-key-file", file("desk.key")]].concat()
    }

    fn desk(&self, command: &[&str]) {
        let output = bailiwick(&[command, &self.as_desk()].concat());
        assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    }
}

/// A service behind Envoy, which asks Bailiwick.
pub(super) struct Site {
    bailiwick: Bailiwick,
    envoy: Child,
    pub(super) front: String,
    admin: String,
    pub(super) tokens: Tokens,
}

impl Site {
    pub(super) fn start() -> Self {
        Self::start_with(&[])
    }

    /// One whose Envoy has other settings.
    pub(super) fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut bailiwick = Bailiwick::start();
        let (front, admin, service) = (free_port(), free_port(), service::start());
        let at = bailiwick.folder.path();
        let mut shipped = ENVOY.to_owned();
        for (setting, other) in settings {
            assert!(shipped.contains(setting), "{setting}");
            shipped = shipped.replace(setting, other);
        }
        let config = shipped
            .replace(
                "- match: { prefix: \"/\" }",
                &format!("{GRPC_ROUTE}                        - match: {{ prefix: \"/\" }}"),
            )
            .replace("port_value: 8080", &format!("port_value: {front}"))
            .replace("port_value: 9901", &format!("port_value: {admin}"))
            .replace("port_value: 9000", &format!("port_value: {service}"))
            .replace("port_value: 50051", &format!("port_value: {}", bailiwick.port))
            .replace("/etc/envoy/tls", at.to_str().unwrap());
        let file = at.join("envoy.yaml");
        fs::write(&file, config).unwrap();
        let envoy = envoy(&file, &at.join("envoy.log"));
        let tokens = std::mem::replace(&mut bailiwick.tokens, Tokens::new());
        let (front, admin) = (format!("127.0.0.1:{front}"), format!("127.0.0.1:{admin}"));
        let site = Self { bailiwick, envoy, front, admin, tokens };
        site.until("Envoy is up", |site| std::net::TcpStream::connect(&site.front).is_ok());
        site.until("it asks", |site| site.ask("GET", "/about", &[]).status == 200);
        site.reset();
        site
    }

    /// Sends a request to the service.
    pub(super) fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        service::ask(&self.front, method, path, headers)
    }

    /// Waits until something is so.
    pub(super) fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            let log =
                || fs::read_to_string(self.bailiwick.folder.path().join("envoy.log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(30), "{what}: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What Envoy counted as errors of the decision.
    pub(super) fn errors(&self) -> u64 {
        self.counted("error")
    }

    /// What Envoy counted as refused.
    pub(super) fn denied(&self) -> u64 {
        self.counted("denied")
    }

    fn counted(&self, what: &str) -> u64 {
        let stats = service::ask(&self.admin, "GET", "/stats?filter=http.front.ext_authz", &[]).body;
        let name = format!("ext_authz.bailiwick.{what}: ");
        let count = stats.lines().find_map(|line| line.split_once(&name)?.1.trim().parse().ok());
        count.unwrap_or_else(|| panic!("{what} is not counted: {stats}"))
    }

    fn reset(&self) {
        service::ask(&self.admin, "POST", "/reset_counters", &[]);
    }

    /// Lets Bailiwick do nothing for a while.
    pub(super) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(super) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.bailiwick.served.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Asks Bailiwick to end, does something again and again until it has, and starts it anew.
    pub(super) fn replace(&mut self, meanwhile: impl Fn(&Self)) {
        self.signal("-TERM");
        let began = Instant::now();
        while self.bailiwick.served.as_mut().unwrap().is_running() {
            meanwhile(self);
            assert!(began.elapsed() < Duration::from_secs(30), "it never ends");
        }
        self.bailiwick.serve();
        meanwhile(self);
    }

    /// Ends Bailiwick without a word.
    pub(super) fn stop(&mut self) {
        self.bailiwick.served.take().unwrap().kill();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.envoy.kill());
        drop(self.envoy.wait());
    }
}

fn envoy(config: &Path, log: &Path) -> Child {
    let log = fs::File::create(log).unwrap();
    Command::new("envoy")
        .args([
            "-c",
            config.to_str().unwrap(),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--log-level",
            "warning",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
