//! What was acknowledged is there after any end, and nothing is there by half.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bailiwick_client::Client;
use bailiwick_cluster::Cluster;
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

fn user(id: &str, site: &str) -> v1::ManageUserRequest {
    let profile = v1::Profile {
        first_name: "Jo".to_owned(),
        last_name: id.to_owned(),
        email: format!("{id}@example.org"),
        ..Default::default()
    };
    let create = v1::CreateUser {
        home_unit: format!("units/{site}"),
        profile: Some(profile),
        username: String::new(),
    };
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
        ..Default::default()
    };
    let assign = v1::Assign {
        unit: format!("units/{site}"),
        role: "staff".to_owned(),
        options: Some(options),
        ..Default::default()
    };
    let changes = [v1::user_change::Change::Create(create), v1::user_change::Change::Assign(assign)];
    v1::ManageUserRequest {
        realm: REALM.to_owned(),
        user: format!("users/{id}"),
        changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
        ..Default::default()
    }
}

/// A load of so many programs of one site.
fn load(site: &str) -> v1::LoadWorldRequest {
    let program = |number: u32| v1::LoadUnit {
        unit: format!("units/{site}-{number}"),
        kind: "program".to_owned(),
        parents: vec![format!("units/{site}")],
        ..Default::default()
    };
    let items =
        (0..PROGRAMS).map(|number| v1::LoadItem { item: Some(v1::load_item::Item::Unit(program(number))) });
    v1::LoadWorldRequest { realm: REALM.to_owned(), items: items.collect(), ..Default::default() }
}

/// Programs of one load.
const PROGRAMS: u32 = 20;

/// What a change makes: the command and how many entities.
const MAKES: [(&str, usize); 3] = [("CreateUnit", 1), ("ManageUser", 2), ("LoadWorld", PROGRAMS as usize)];

/// What was acknowledged: the command, the site it was about, and its revision.
type Acknowledged = Arc<Mutex<BTreeSet<(&'static str, String, u64)>>>;

/// Makes sites, people of theirs and loads of programs as fast as it goes until the server is gone; tells which were
/// acknowledged, and at which revision.
async fn write_until_killed(url: String, name: String, acknowledged: Acknowledged) {
    let client = connect(url);
    for number in 0.. {
        let id = format!("{name}-{number}");
        let Ok(made) = client.create_unit(unit(&id, "site", &["ent"])).await else { return };
        acknowledged.lock().unwrap().insert(("CreateUnit", id.clone(), made.revision));
        let Ok(made) = client.manage_user(user(&id, &id)).await else { return };
        acknowledged.lock().unwrap().insert(("ManageUser", id.clone(), made.revision));
        let Ok(made) = client.load_world(load(&id)).await else { return };
        acknowledged.lock().unwrap().insert(("LoadWorld", id, made.revision));
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    survives_kill_9(folder.path().join("bailiwick.db").to_str().unwrap());
}

#[test]
fn what_was_acknowledged_survives_kill_9_with_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        survives_kill_9(&cluster.database());
    }
}

fn survives_kill_9(data: &str) {
    let data = ["--data", data];
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
    let revisions: BTreeSet<u64> = acknowledged.iter().map(|(_, _, revision)| *revision).collect();
    assert_eq!(revisions.len(), acknowledged.len(), "a revision was given twice");
    let served = Served::start(&data);
    run(async { verify(&served.client(), &acknowledged).await });
}

async fn verify(client: &Client, acknowledged: &BTreeSet<(&'static str, String, u64)>) {
    let realm = client.get_realm(v1::GetRealmRequest { realm: REALM.to_owned() }).await.unwrap();
    let head = realm.realm.unwrap().head;
    let changes = all_changes(client).await;
    assert_eq!(
        changes.iter().map(|change| change.revision).collect::<Vec<_>>(),
        (1..=head).collect::<Vec<_>>()
    );
    // Whatever the log has, acknowledged or not, it has whole: all entities of a command, each of them there.
    for change in changes.iter().filter(|change| change.revision > 2) {
        let made = MAKES.iter().find(|(command, _)| *command == change.command).map(|(_, count)| *count);
        assert_eq!(Some(change.entities.len()), made, "{change:?}");
        for entity in &change.entities {
            is_there(client, &entity.name).await;
        }
    }
    for (command, id, revision) in acknowledged {
        let change = changes.get(usize::try_from(*revision).unwrap() - 1);
        let change = change.unwrap_or_else(|| panic!("{command} {id} was acknowledged and is gone"));
        assert_eq!(change.command, *command, "{id}");
        let about = change.entities.iter().all(|entity| entity.name.contains(id.as_str()));
        assert!(about, "{id}: {change:?}");
    }
}

async fn all_changes(client: &Client) -> Vec<v1::Change> {
    let (mut changes, mut token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListChangesRequest {
            realm: REALM.to_owned(),
            page_size: 1_000,
            page_token: token,
            ..Default::default()
        };
        let page = client.list_changes(request).await.unwrap();
        changes.extend(page.changes);
        token = page.next_page_token;
        if token.is_empty() {
            return changes;
        }
    }
}

async fn is_there(client: &Client, name: &str) {
    let realm = REALM.to_owned();
    if name.starts_with("units/") {
        let request = v1::GetUnitRequest { realm, unit: name.to_owned(), ..Default::default() };
        let found = client.get_unit(request).await;
        assert!(found.is_ok(), "{name}: {found:?}");
    } else {
        let key = Some(v1::get_user_request::Key::User(name.to_owned()));
        let request = v1::GetUserRequest { realm, key, ..Default::default() };
        let user = client.get_user(request).await.unwrap().user.unwrap();
        let profile = user.profile.unwrap_or_default();
        assert_eq!((user.assignments.len(), profile.first_name.as_str()), (1, "Jo"), "{name}");
    }
}

#[test]
fn a_signal_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bailiwick.db");
    let served = Served::start(&["--data", file.to_str().unwrap()]);
    run(async { prepare(&served.client()).await });
    assert_eq!(served.terminate().code(), Some(0));
}
