//! The demo as it is printed: it loads, it can be started again, and its three commands answer as they say.

use bailiwick_client::{Client, Settings};
use bailiwick_proto::v1;
use bailiwick_server::Address;
use bailiwick_store::Location;
use clap::Parser as _;
use tokio::sync::oneshot;

use super::*;
use crate::args::{Cli, Command};

fn parsed(line: &[&str]) -> Serve {
    let cli = Cli::try_parse_from(["bailiwick", "serve"].iter().chain(line)).unwrap();
    let Command::Serve(serve) = cli.command else { panic!("does not serve") };
    serve
}

#[test]
fn flags_go_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "listen = '127.0.0.1:1'\n[log]\nlevel = 'debug'\n[store]\npath = 'a.db'\n").unwrap();
    let file = file.to_str().unwrap();
    let config = parsed(&["--plaintext", "--config", file, "--listen", "unix:/tmp/b", "--data", "b.db"])
        .read_config()
        .unwrap();
    assert_eq!(config.listen.to_string(), "unix:/tmp/b");
    assert_eq!(config.store.path, Some(PathBuf::from("b.db")));
    assert_eq!(config.log.level, "debug");
    assert!(config.plaintext && !config.callers.local_operator);
    let demo = parsed(&["--demo"]).read_config().unwrap();
    assert!(demo.plaintext && demo.callers.local_operator);
}

#[test]
fn a_database_is_a_file_or_an_address_and_no_password_is_shown() {
    let serve = parsed(&["--plaintext", "--data", "postgres://scott:tiger@localhost/b"]);
    assert!(!format!("{serve:?}").contains("tiger"));
    let config = serve.read_config().unwrap();
    assert!(matches!(config.store.location(), Location::Postgres(_)));
    assert!(!format!("{config:?}").contains("tiger"));
    let slip = parsed(&["--data", "postgre://scott:tiger@localhost/b"]);
    assert!(!slip.read_config().unwrap_err().to_string().contains("tiger"));
}

#[test]
fn a_configuration_that_cannot_be_is_refused_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "lisen = '127.0.0.1:1'\n").unwrap();
    let fault = parsed(&["--config", file.to_str().unwrap()]).read_config().unwrap_err().to_string();
    assert!(fault.contains("config.toml") && fault.contains("lisen"), "{fault}");
    assert!(parsed(&["--listen", "nowhere"]).read_config().is_err());
    assert!(parsed(&["--config", "/nowhere/at/all"]).read_config().is_err());
}

/// Runs a server on a free port for as long as the questions take.
async fn with_server<T>(store: Store, questions: impl AsyncFnOnce(Address) -> T) -> T {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(bailiwick_server::run(listener, store, Config::local(), async {
        let _ = stopped.await;
    }));
    let answer = questions(address).await;
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    answer
}

async fn answers(address: &Address) -> Vec<Option<String>> {
    let client = Client::new(&Settings { server: demo::server(address), ..Settings::default() }).unwrap();
    let mut answers = Vec::new();
    for shown in &banner::SHOWN {
        let request = v1::CheckAccessRequest {
            realm: "realms/eto".to_owned(),
            subject: shown.subject.to_owned(),
            capability: shown.capability.to_owned(),
            resource: shown.resource.to_owned(),
            ..Default::default()
        };
        let reply = client.check_access(request).await.unwrap();
        let denied = reply.decision() != v1::Decision::Allowed;
        answers.push(denied.then(|| crate::output::words::reason(reply.reason()).to_owned()));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_answers_as_it_says() {
    let store = Store::open(StoreOptions { location: Location::Temporary, queue: 64 }).await.unwrap();
    let (realms, answers) = with_server(store.clone(), async |address| {
        let realms = demo::load(&address).await.unwrap();
        (realms, answers(&address).await)
    })
    .await;
    store.close().await;
    assert_eq!(realms.len(), 4);
    let expected: Vec<_> = banner::SHOWN.iter().map(|shown| shown.denied.map(str::to_owned)).collect();
    assert_eq!(answers, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_kept_is_not_loaded_twice() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { location: Location::File(folder.path().join("demo.db")), queue: 64 };
    let mut heads = Vec::new();
    for _ in 0..2 {
        let store = Store::open(options.clone()).await.unwrap();
        with_server(store.clone(), async |address| demo::load(&address).await.unwrap()).await;
        heads.push(store.states().iter().map(|state| state.revision).collect::<Vec<_>>());
        store.close().await;
    }
    assert_eq!(heads[0].len(), 4);
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn the_banner_says_where_and_what() {
    let address: Address = "127.0.0.1:50052".parse().unwrap();
    let demo = vec![("eto".to_owned(), "Harbor".to_owned())];
    let text = banner::text(&address, false, &Location::Temporary, Some(demo));
    assert!(text.contains("loopback only"), "{text}");
    assert!(text.contains("\n  grpcurl -plaintext -d '{\"realm\": \"realms/eto\""), "{text}");
    assert!(text.contains("\n  buf curl --protocol grpc --http2-prior-knowledge -d"), "{text}");
    assert!(text.contains("check --realm eto --server http://127.0.0.1:50052 users/mara"), "{text}");
    let kept = banner::text(&Address::default(), true, &Location::File("a.db".into()), None);
    assert!(kept.contains("kept in `a.db`") && kept.contains("encrypted"), "{kept}");
}

#[test]
fn the_demo_is_not_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "[tls]\ncertificate_file = 'a.pem'\nkey_file = 'a.key'\n").unwrap();
    let file = file.to_str().unwrap();
    assert!(parsed(&["--config", file]).read_config().is_ok());
    assert!(parsed(&["--config", file, "--demo"]).read_config().is_err());
}
