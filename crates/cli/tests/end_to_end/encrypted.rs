//! A server with certificates, and programs that show theirs.

use std::fs;
use std::path::Path;
use std::process::Output;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};

use crate::process::{Served, bailiwick, text};

/// An authority, a server and a program, each in files.
fn certificates(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write("ca.pem", &params.self_signed(&key).unwrap().pem());
    let authority = Issuer::new(params, key);
    let sign = |name: &str, params: CertificateParams| {
        let key = KeyPair::generate().unwrap();
        write(&format!("{name}.pem"), &params.signed_by(&key, &authority).unwrap().pem());
        write(&format!("{name}.key"), &key.serialize_pem());
    };
    sign("server", CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap());
    for program in ["desk", "stranger"] {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let uri = format!("spiffe://example.org/{program}");
        params.subject_alt_names.push(SanType::URI(uri.as_str().try_into().unwrap()));
        sign(program, params);
    }
    let at = folder.display();
    let config = format!(
        "[tls]\ncertificate_file = '{at}/server.pem'\nkey_file = '{at}/server.key'\nclient_ca_file = '{at}/ca.pem'\n\
         [[callers.programs]]\nid = 'desk'\nspiffe = 'spiffe://example.org/desk'\n\
         grants = [{{ permissions = ['check', 'operate'] }}]\n"
    );
    write("bailiwick.toml", &config);
}

#[test]
fn programs_show_their_certificates_to_a_server_with_one() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let served = Served::start(&["--config", &file("bailiwick.toml")]);
    assert!(served.greeting.contains("encrypted"), "{}", served.greeting);
    let server = format!("https://{}", served.address);
    let ask = |program: &str, command: &[&str]| -> Output {
        let (authority, certificate, key) =
            (file("ca.pem"), file(&format!("{program}.pem")), file(&format!("{program}.key")));
        let with = ["--server", &server, "--ca-file", &authority];
        let shown = ["--certificate-file", &certificate, "--certificate-key-file", &key];
        let shown = if program.is_empty() { &[][..] } else { &shown };
        bailiwick(&[command, &with, shown].concat())
    };
    let create = ["realm", "create", "eto", "--scheme", "eto"];
    let stranger = ask("stranger", &create);
    assert!(text(&stranger.stderr).contains("UNKNOWN_CALLER"), "{}", text(&stranger.stderr));
    assert!(text(&ask("", &create).stderr).contains("UNKNOWN_CALLER"));
    let created = ask("desk", &create);
    assert!(created.status.success(), "{}", text(&created.stderr));
    let denied = ask("desk", &["check", "--realm", "eto", "users/a", "customer.view", "customers/c"]);
    assert!(text(&denied.stdout).contains("DENIED"), "{}", text(&denied.stderr));
    // A server of another authority is nobody.
    let (authority, other) = (file("desk.pem"), ["--server", &server]);
    let other = bailiwick(&[&create[..], &other, &["--ca-file", &authority]].concat());
    assert!(!other.status.success() && !text(&other.stderr).contains("UNKNOWN_CALLER"));
}

#[test]
fn what_is_wrong_with_the_files_is_said_and_no_key_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let key = fs::read_to_string(folder.path().join("desk.key")).unwrap();
    fs::write(folder.path().join("server.pem"), &key).unwrap();
    let output = bailiwick(&["serve", "--config", folder.path().join("bailiwick.toml").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("`tls.certificate_file` has no certificate"), "{said}");
    let secret = key.lines().nth(1).unwrap();
    assert!(!said.contains(secret), "{said}");
}
