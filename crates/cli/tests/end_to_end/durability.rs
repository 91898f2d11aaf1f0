//! What was acknowledged is there after any end, and nothing is there by half.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bailiwick_client::Client;
use bailiwick_proto::v1;

use crate::process::{Served, connect};

const REALM: &str = "realms/eto";

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn prepare(client: &Client) {
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("eto".to_owned()));
    let request = v1::CreateRealmRequest { realm: REALM.to_owned(), scheme, ..Default::default() };
    client.create_realm(request).await.unwrap();
    client.create_unit(unit("ent", "enterprise", &[])).await.unwrap();
}

fn unit(id: &str, kind: &str, parents: &[&str]) -> v1::CreateUnitRequest {
    v1::CreateUnitRequest {
        realm: REALM.to_owned(),
        unit: format!("units/{id}"),
        kind: kind.to_owned(),
        display_name: id.to_owned(),
        parents: parents.iter().map(|p| format!("units/{p}")).collect(),
        ..Default::default()
    }
}

/// Makes sites as fast as it goes until the server is gone; tells which were acknowledged, and at which revision.
async fn write_until_killed(url: String, name: String, acknowledged: Arc<Mutex<BTreeSet<(String, u64)>>>) {
    let client = connect(url);
    for number in 0.. {
        let id = format!("{name}-{number}");
        match client.create_unit(unit(&id, "site", &["ent"])).await {
            Ok(reply) => drop(acknowledged.lock().unwrap().insert((id, reply.revision))),
            Err(_) => return,
        }
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bailiwick.db");
    let data = ["--data", file.to_str().unwrap()];
    let served = Served::start(&data);
    run(async { prepare(&served.client()).await });
    served.kill();

    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..5_u64 {
        let served = Served::start(&data);
        let writers = (0..8).map(|writer| {
            let (url, acknowledged) = (served.url(), Arc::clone(&acknowledged));
            let name = format!("s-{round}-{writer}");
            std::thread::spawn(move || run(write_until_killed(url, name, acknowledged)))
        });
        let writers: Vec<_> = writers.collect();
        std::thread::sleep(Duration::from_millis(150 + 90 * round));
        served.kill();
        for writer in writers {
            writer.join().unwrap();
        }
    }

    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() > 20, "only {} writes were acknowledged", acknowledged.len());
    let revisions: BTreeSet<u64> = acknowledged.iter().map(|(_, revision)| *revision).collect();
    assert_eq!(revisions.len(), acknowledged.len(), "a revision was given twice");
    let served = Served::start(&data);
    run(async { verify(&served.client(), &acknowledged).await });
}

async fn verify(client: &Client, acknowledged: &BTreeSet<(String, u64)>) {
    for (id, _) in acknowledged {
        let request =
            v1::GetUnitRequest { realm: REALM.to_owned(), unit: format!("units/{id}"), ..Default::default() };
        let found = client.get_unit(request).await;
        assert!(found.is_ok(), "{id} was acknowledged and is gone: {found:?}");
    }
    let realm = client.get_realm(v1::GetRealmRequest { realm: REALM.to_owned() }).await.unwrap();
    let head = realm.realm.unwrap().head;
    assert!(acknowledged.iter().all(|(_, revision)| *revision <= head));
    // Revisions are dense: each has exactly the one unit that its command made.
    let mut token = String::new();
    let mut next = 1;
    loop {
        let request = v1::ListChangesRequest {
            realm: REALM.to_owned(),
            page_size: 1_000,
            page_token: token,
            ..Default::default()
        };
        let page = client.list_changes(request).await.unwrap();
        for change in &page.changes {
            assert_eq!(change.revision, next);
            next += 1;
        }
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(next, head + 1);
}

#[test]
fn a_signal_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bailiwick.db");
    let served = Served::start(&["--data", file.to_str().unwrap()]);
    run(async { prepare(&served.client()).await });
    assert_eq!(served.terminate().code(), Some(0));
}
