//! `bailiwick notify` with a real SMTP server (`aiosmtpd`) on the loopback: what is mailed, tried again, refused.

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use bailiwick_client::Client;
use bailiwick_proto::v1;

use crate::process::{BAILIWICK, Served, bailiwick, text};

const REALM: &str = "realms/eto";
/// 32 bytes, all 1.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const LINK: &str = "https://example.org/password?secret=";

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

struct Smtp {
    _process: Running,
    url: String,
    mails: Lines<BufReader<ChildStdout>>,
}

/// One mail, as the server took it.
struct Mail {
    to: String,
    subject: String,
    id: String,
    body: String,
}

impl Smtp {
    /// Starts one; none where it is not installed, which under CI is an error.
    fn start() -> Option<Self> {
        let known = Command::new("python3").args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        if !known.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "aiosmtpd is not installed, and CI needs it");
            eprintln!("SKIPPED: aiosmtpd is not installed (`pip3 install aiosmtpd`)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/smtp_server.py");
        let mut child = Command::new("python3")
            .args([script, &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut mails = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Running(child);
        assert_eq!(mails.next().unwrap().unwrap(), "READY");
        Some(Self { _process: process, url: format!("smtp://127.0.0.1:{port}"), mails })
    }

    /// The next mail, waited for.
    fn next(&mut self) -> Mail {
        let mut head = |name: &str| {
            let line = self.mails.next().unwrap().unwrap();
            line.strip_prefix(name).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
        };
        let (to, subject, id) = (head("TO"), head("SUBJECT"), head("ID"));
        let body: Vec<String> =
            self.mails.by_ref().map(Result::unwrap).take_while(|line| line != "END").collect();
        Mail { to, subject, id, body: body.join("\n") }
    }
}

impl Mail {
    fn secret(&self) -> String {
        let link = self.body.split_whitespace().find(|word| word.starts_with(LINK));
        link.unwrap_or_else(|| panic!("{}", self.body))[LINK.len()..].to_owned()
    }
}

async fn settle(client: &Client, people: &[&str]) {
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned()));
    let request = v1::CreateRealmRequest { realm: REALM.to_owned(), scheme, ..Default::default() };
    client.create_realm(request).await.unwrap();
    let root = v1::CreateUnitRequest {
        realm: REALM.to_owned(),
        unit: "units/ent".to_owned(),
        kind: "enterprise".to_owned(),
        display_name: "Enterprise".to_owned(),
        ..Default::default()
    };
    client.create_unit(root).await.unwrap();
    for id in people {
        let create = v1::CreateUser {
            home_unit: "units/ent".to_owned(),
            profile: Some(v1::Profile {
                first_name: "Jo".to_owned(),
                last_name: "McGoo".to_owned(),
                email: format!("{id}@example.org"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let request = v1::ManageUserRequest {
            realm: REALM.to_owned(),
            user: format!("users/{id}"),
            changes: vec![v1::UserChange { change: Some(v1::user_change::Change::Create(create)) }],
            ..Default::default()
        };
        client.manage_user(request).await.unwrap();
    }
}

fn mail_reset(served: &Served, user: &str) {
    let arguments = ["user", "issue-secret", user, "--kind", "reset", "--realm", "eto", "--server"];
    let out = bailiwick(&[arguments.as_slice(), &[&served.url()]].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
}

fn notify(served: &Served, smtp: &Smtp, more: &[&str]) -> Command {
    let mut command = Command::new(BAILIWICK);
    command
        .args(["notify", "--realm", "eto", "--from", "Desk <desk@example.org>", "--link", LINK])
        .args(["--server", &served.url()])
        .args(more)
        .env("BAILIWICK_SMTP", &smtp.url)
        .stdin(Stdio::null());
    command
}

async fn left(client: &Client) -> Vec<String> {
    let request = v1::WatchOutboxRequest { realm: REALM.to_owned(), after: 0, until_empty: true };
    let mut outbox = client.watch_outbox(request).await.unwrap();
    let mut users = Vec::new();
    while let Some(message) = outbox.next().await.unwrap() {
        users.push(message.user);
    }
    users
}

#[test]
fn what_is_in_the_outbox_is_mailed_and_what_is_refused_keeps_nothing_waiting() {
    let Some(mut smtp) = Smtp::start() else { return };
    let served = Served::start_with(&[], &[("BAILIWICK_OUTBOX_KEYS", KEY)]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(async { served.client() });
    runtime.block_on(settle(&client, &["never", "later", "sam", "tom"]));
    for user in ["never", "later", "sam"] {
        mail_reset(&served, user);
    }

    let once = notify(&served, &smtp, &["--once"]).output().unwrap();
    let told = text(&once.stderr);
    assert_eq!(once.status.code(), Some(1), "{told}");
    assert!(told.contains("refused (550)") && told.contains("1 mailed, 2 left"), "{told}");
    assert!(!told.contains("example.org") && text(&once.stdout).is_empty(), "{told}");
    let mail = smtp.next();
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("sam@example.org", "Another password"));
    assert!(mail.id.starts_with("<outbox.eto.") && mail.id.ends_with("@example.org>"), "{}", mail.id);
    assert!(mail.body.contains("Jo McGoo") && mail.body.contains("sam@example.org"), "{}", mail.body);
    assert_eq!(runtime.block_on(left(&client)), ["users/never", "users/later"]);
    let redeem = v1::RedeemSecretRequest {
        realm: REALM.to_owned(),
        proof: Some(v1::redeem_secret_request::Proof::Secret(mail.secret())),
        new_password: "correct horse battery".to_owned(),
        ..Default::default()
    };
    assert_eq!(runtime.block_on(client.redeem_secret(redeem)).unwrap().user, "users/sam");

    // Now for as long as there is something: what was not taken at first is taken later, and what comes is mailed at once.
    let going_on = notify(&served, &smtp, &[]).stderr(Stdio::null()).spawn().unwrap();
    let _going_on = Running(going_on);
    mail_reset(&served, "tom");
    let mut to = [smtp.next().to, smtp.next().to];
    to.sort();
    assert_eq!(to, ["later@example.org", "tom@example.org"]);
    for _ in 0..100 {
        if runtime.block_on(left(&client)) == ["users/never"] {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("what was mailed is not acknowledged");
}

#[test]
fn what_cannot_be_mailed_is_told_at_the_start() {
    let try_with = |smtp: &str, from: &str, link: &str| {
        let out = bailiwick(&["notify", "--realm", "eto", "--smtp", smtp, "--from", from, "--link", link]);
        assert_eq!(out.status.code(), Some(2));
        text(&out.stderr)
    };
    assert!(try_with("smtp://scott:tiger@mail.example.org", "a@b.c", LINK).contains("in the clear"));
    assert!(try_with("smtp://localhost", "nobody", LINK).contains("--from"));
    assert!(try_with("smtp://localhost", "a@b.c", "").contains("--link"));
    assert!(!try_with("nothing://scott:tiger@mail.example.org", "a@b.c", LINK).contains("tiger"));
}
