//! Previews over the wire: what a dry run says would change for whom is what then happens.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_proto::v1;
use bailiwick_proto::v1::access_service_client::AccessServiceClient;
use bailiwick_proto::v1::customer_service_client::CustomerServiceClient;
use bailiwick_proto::v1::load_item::Item;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use bailiwick_proto::v1::user_change::Change;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;

use super::lists::settled;
use super::world::Served;
use super::writes::{all_below, load, placement, realm, unit, user};

/// Who, what, over what.
type Access = (String, String, String);

const CAPABILITIES: [&str; 10] = [
    "unit.view",
    "unit.manage",
    "customer.view",
    "customer.place",
    "customer.find",
    "case.update",
    "results.view",
    "user.view",
    "user.manage",
    "system.use",
];

/// An enterprise with two sites, programs in both, staff, and customers.
async fn world() -> (Served, Channel) {
    let (served, channel) = settled().await;
    let mut partly = user("pat", "north", &[("staff", "north")]);
    if let Item::User(user) = &mut partly {
        let options = user.assignments[0].options.as_mut().unwrap();
        let units = vec!["units/n1".to_owned()];
        options.scope = Some(v1::assignment_options::Scope::Only(v1::OnlyUnits { units }));
    }
    let items = vec![
        unit("units/n9", "program", &["units/north"]),
        unit("units/s9", "program", &["units/south"]),
        partly,
        placement("k1", "n9"),
        placement("k2", "n9"),
        placement("k2", "s9"),
        placement("k3", "s9"),
    ];
    load(&channel, items).await.unwrap();
    (served, channel)
}

/// The record classes of the realm's scheme.
const CLASSES: [&str; 4] = ["demographics", "contacts", "touchpoints", "assessments"];

/// The capabilities of the realm's scheme that can be asked about.
async fn capabilities(channel: &Channel) -> Vec<String> {
    let mut access = AccessServiceClient::new(channel.clone());
    let mut found = Vec::new();
    for capability in CAPABILITIES {
        let request = v1::ListAllowedResourcesRequest {
            realm: realm(),
            subject: "users/boss".to_owned(),
            capability: capability.to_owned(),
            ..Default::default()
        };
        if access.list_allowed_resources(request).await.is_ok() {
            found.push(capability.to_owned());
        }
    }
    assert!(found.len() > 5, "{found:?}");
    found
}

/// Everything that everybody may do, of these capabilities.
async fn everything(channel: &Channel, capabilities: &[String]) -> BTreeSet<Access> {
    let mut access = AccessServiceClient::new(channel.clone());
    let users =
        v1::ListUsersRequest { realm: realm(), show_disabled: true, page_size: 1_000, ..Default::default() };
    let users = UserServiceClient::new(channel.clone()).list_users(users).await.unwrap().into_inner().users;
    let mut found = BTreeSet::new();
    for user in users {
        for capability in capabilities {
            let classes = CLASSES.iter().filter(|_| capability == "customer.view").map(|class| Some(*class));
            for class in classes.chain([None]) {
                let request = v1::ListAllowedResourcesRequest {
                    realm: realm(),
                    subject: user.name.clone(),
                    capability: capability.clone(),
                    record_classes: class.iter().map(|&class| class.to_owned()).collect(),
                    page_size: 1_000,
                    ..Default::default()
                };
                let page = access.list_allowed_resources(request).await.unwrap().into_inner();
                assert!(page.next_page_token.is_empty());
                let resources = page.resources.into_iter().map(|row| row.resource);
                let done = done(capability, class);
                found.extend(resources.map(|resource| (user.name.clone(), done.clone(), resource)));
            }
        }
    }
    found
}

/// What may be done, and what of a record is shown by it.
fn done(capability: &str, class: Option<&str>) -> String {
    class.map_or_else(|| capability.to_owned(), |class| format!("{capability} ({class})"))
}

/// Everything that a change says may be done, of what is asked.
fn said(capabilities: &[String], classes: &[String], classes_only: bool) -> Vec<String> {
    let asked = capabilities.iter().filter(|one| CAPABILITIES.contains(&one.as_str()));
    let said = asked.flat_map(|capability| {
        let classes = classes.iter().filter(move |_| capability == "customer.view");
        let shown = classes.map(|class| done(capability, Some(class)));
        shown.chain((!classes_only).then(|| done(capability, None)))
    });
    said.collect()
}

/// Every unit with all that lies below it.
async fn units(channel: &Channel) -> BTreeMap<String, BTreeSet<String>> {
    let mut service = UnitServiceClient::new(channel.clone());
    let mut list = async |below: &str| {
        let request = v1::ListUnitsRequest {
            realm: realm(),
            below: below.to_owned(),
            page_size: 1_000,
            ..Default::default()
        };
        let page = service.list_units(request).await.unwrap().into_inner();
        page.units.into_iter().map(|unit| unit.name).collect::<BTreeSet<_>>()
    };
    let mut found = BTreeMap::new();
    for unit in list("").await {
        let below = list(&unit).await;
        found.insert(unit, below);
    }
    found
}

/// A command that can be tried first.
#[derive(Debug, Clone)]
enum Command {
    Manage(&'static str, Box<Change>),
    Move(&'static str, &'static str),
    Archive(&'static str),
    Restore(&'static str),
    Create(&'static str, &'static str),
    Place(&'static str, &'static str),
    Dismiss(&'static str, &'static str),
}

impl Command {
    async fn send(&self, channel: &Channel, dry: bool) -> Option<v1::Preview> {
        let (realm, validate_only) = (realm(), dry);
        let name = |of: &str, id: &str| format!("{of}/{id}");
        let mut units = UnitServiceClient::new(channel.clone());
        let mut customers = CustomerServiceClient::new(channel.clone());
        match self {
            Self::Manage(user, change) => {
                let request = v1::ManageUserRequest {
                    realm,
                    user: name("users", user),
                    changes: vec![v1::UserChange { change: Some(Change::clone(change)) }],
                    validate_only,
                    ..Default::default()
                };
                let mut users = UserServiceClient::new(channel.clone());
                users.manage_user(request).await.unwrap().into_inner().preview
            }
            Self::Move(unit, parent) => {
                let (unit, parents) = (name("units", unit), vec![name("units", parent)]);
                let request =
                    v1::MoveUnitRequest { realm, unit, parents, validate_only, ..Default::default() };
                units.move_unit(request).await.unwrap().into_inner().preview
            }
            Self::Archive(unit) => {
                let unit = name("units", unit);
                let request = v1::ArchiveUnitRequest { realm, unit, validate_only, ..Default::default() };
                units.archive_unit(request).await.unwrap().into_inner().preview
            }
            Self::Restore(unit) => {
                let unit = name("units", unit);
                let request = v1::RestoreUnitRequest { realm, unit, validate_only, ..Default::default() };
                units.restore_unit(request).await.unwrap().into_inner().preview
            }
            Self::Create(unit, parent) => {
                let request = v1::CreateUnitRequest {
                    realm,
                    unit: name("units", unit),
                    kind: "program".to_owned(),
                    parents: vec![name("units", parent)],
                    validate_only,
                    ..Default::default()
                };
                units.create_unit(request).await.unwrap().into_inner().preview
            }
            Self::Place(customer, unit) => {
                let (customer, unit) = (name("customers", customer), name("units", unit));
                let request =
                    v1::PlaceCustomerRequest { realm, customer, unit, validate_only, ..Default::default() };
                customers.place_customer(request).await.unwrap().into_inner().preview
            }
            Self::Dismiss(customer, unit) => {
                let (customer, unit) = (name("customers", customer), name("units", unit));
                let request =
                    v1::DismissCustomerRequest { realm, customer, unit, validate_only, ..Default::default() };
                customers.dismiss_customer(request).await.unwrap().into_inner().preview
            }
        }
    }

    /// What it names, by which everything about it is told exactly.
    fn named(&self) -> String {
        match self {
            Self::Manage(user, _) => format!("users/{user}"),
            Self::Move(unit, _) | Self::Archive(unit) | Self::Restore(unit) | Self::Create(unit, _) => {
                format!("units/{unit}")
            }
            Self::Place(customer, _) | Self::Dismiss(customer, _) => format!("customers/{customer}"),
        }
    }
}

/// What a preview says of whom it names, gained and lost, of these capabilities.
fn exact(
    named: &str,
    preview: &v1::Preview,
    units: &BTreeMap<String, BTreeSet<String>>,
) -> [BTreeSet<Access>; 2] {
    let mut found = [BTreeSet::new(), BTreeSet::new()];
    for change in &preview.access {
        let below = change.units_with_all_below.iter().flat_map(|unit| {
            let below = units.get(unit).cloned().unwrap_or_default();
            below.into_iter().chain([unit.clone()])
        });
        let what: BTreeSet<String> = change.resources.iter().cloned().chain(below).collect();
        let turn = usize::from(change.turn() == v1::AccessTurn::Lost);
        for capability in said(&change.capabilities, &change.record_classes, change.classes_only) {
            found[turn].extend(what.iter().map(|what| (named.to_owned(), capability.clone(), what.clone())));
        }
    }
    for change in &preview.holders {
        let turn = usize::from(change.turn() == v1::AccessTurn::Lost);
        for capability in said(&change.capabilities, &change.record_classes, change.classes_only) {
            let users = change.users.iter();
            found[turn].extend(users.map(|user| (user.clone(), capability.clone(), named.to_owned())));
        }
    }
    found
}

/// How many others gain and lose something, by capability, where that is not nobody.
fn others<'a>(rows: impl Iterator<Item = &'a Access>, named: &str) -> BTreeMap<String, u32> {
    let mut users: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (user, capability, _) in rows.filter(|(user, _, resource)| user != named && resource != named) {
        let capability = capability.split(' ').next().unwrap_or_default();
        users.entry(capability.to_owned()).or_default().insert(user);
    }
    users.into_iter().map(|(capability, users)| (capability, u32::try_from(users.len()).unwrap())).collect()
}

fn assign(role: &str, unit: &str) -> Box<Change> {
    Box::new(Change::Assign(v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: all_below(),
        ..Default::default()
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dry_run_says_would_change_is_what_then_changes() {
    let (_served, channel) = world().await;
    let capabilities = capabilities(&channel).await;
    let commands = [
        Command::Manage("stan", assign("site-manager", "south")),
        Command::Manage("stan", Box::new(Change::Disable(v1::DisableUser {}))),
        Command::Manage("stan", Box::new(Change::Enable(v1::EnableUser {}))),
        Command::Manage("sid", assign("intake", "north")),
        Command::Move("n9", "south"),
        Command::Create("n8", "north"),
        Command::Archive("north"),
        Command::Restore("north"),
        Command::Place("k3", "n9"),
        Command::Dismiss("k2", "s9"),
    ];
    let mut turned = 0;
    for command in commands {
        let before = everything(&channel, &capabilities).await;
        let preview = command.send(&channel, true).await.expect("a dry run has a preview");
        assert_eq!(
            everything(&channel, &capabilities).await,
            before,
            "{command:?}: a dry run wrote something"
        );
        assert!(command.send(&channel, false).await.is_none(), "{command:?}: what is done has no preview");
        let after = everything(&channel, &capabilities).await;
        let named = command.named();
        let [gained, lost] = exact(&named, &preview, &units(&channel).await);
        let is_named = |row: &&Access| row.0 == named || row.2 == named;
        let really = |one: &BTreeSet<Access>, other: &BTreeSet<Access>| {
            one.difference(other).filter(is_named).cloned().collect::<BTreeSet<_>>()
        };
        assert_eq!(gained, really(&after, &before), "{command:?}: gained: {preview:#?}");
        assert_eq!(lost, really(&before, &after), "{command:?}: lost: {preview:#?}");
        for (told, really) in [
            (
                preview.others.iter().map(|one| (&one.capability, one.users_gaining)).collect::<Vec<_>>(),
                others(after.difference(&before), &named),
            ),
            (
                preview.others.iter().map(|one| (&one.capability, one.users_losing)).collect::<Vec<_>>(),
                others(before.difference(&after), &named),
            ),
        ] {
            let told: BTreeMap<String, u32> = told
                .into_iter()
                .filter(|(capability, count)| *count > 0 && capabilities.contains(capability))
                .map(|(capability, count)| (capability.clone(), count))
                .collect();
            assert_eq!(told, really, "{command:?}: others: {preview:#?}");
        }
        assert!(!preview.in_part, "{command:?}");
        turned += gained.len() + lost.len();
    }
    assert!(turned > 60, "too little turned: {turned}");
}
