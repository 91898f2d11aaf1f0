//! Which roles may be handed out where, over the wire.

use bailiwick_proto::v1;
use bailiwick_proto::v1::unit_service_client::UnitServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::lists::settled;
use super::writes::{load, realm, reason, unit, user};

fn asked(actor: &str, unit: &str, user: &str) -> v1::ListAssignableRolesRequest {
    let name = |id: &str| if id.is_empty() { String::new() } else { format!("users/{id}") };
    v1::ListAssignableRolesRequest {
        realm: realm(),
        actor: name(actor),
        unit: format!("units/{unit}"),
        user: name(user),
        page_size: 3,
        ..Default::default()
    }
}

/// All pages.
async fn roles(
    channel: &Channel,
    mut request: v1::ListAssignableRolesRequest,
) -> Result<Vec<v1::AssignableRole>, Status> {
    let mut units = UnitServiceClient::new(channel.clone());
    let mut found = Vec::new();
    loop {
        let page = units.list_assignable_roles(request.clone()).await?.into_inner();
        assert!(page.roles.len() <= 3 && page.revision > 0);
        found.extend(page.roles);
        if page.next_page_token.is_empty() {
            return Ok(found);
        }
        request.page_token = page.next_page_token;
    }
}

async fn names(channel: &Channel, request: v1::ListAssignableRolesRequest) -> Vec<String> {
    roles(channel, request).await.unwrap().into_iter().map(|role| role.role).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_handed_out_is_what_the_rules_would_take() {
    let (_served, channel) = settled().await;
    let of_site = [
        "site-manager",
        "department-head",
        "program-manager",
        "staff",
        "funder",
        "intake",
        "survey-taker",
        "entity-self-service",
    ];
    assert_eq!(names(&channel, asked("nora", "north", "")).await, of_site);
    assert_eq!(names(&channel, asked("", "north", "")).await, of_site);
    // One role at a site: nothing is given beside it, and any in its place.
    assert_eq!(names(&channel, asked("nora", "north", "stan")).await, Vec::<String>::new());
    let in_place = |user: &str, number: u32| v1::ListAssignableRolesRequest {
        assignment: format!("assignments/{number}"),
        ..asked("nora", "north", user)
    };
    assert_eq!(names(&channel, in_place("stan", 1)).await, of_site);
    // An assignment of another unit, or of nobody, has no other role there.
    assert_eq!(names(&channel, in_place("both", 2)).await, Vec::<String>::new());
    assert_eq!(names(&channel, in_place("stan", 7)).await, Vec::<String>::new());
    // Nobody gives themselves anything, nor what is above their own, nor without the right.
    assert_eq!(names(&channel, asked("nora", "north", "nora")).await, Vec::<String>::new());
    assert_eq!(names(&channel, asked("nora", "e", "")).await, Vec::<String>::new());
    assert_eq!(names(&channel, asked("stan", "north", "")).await, Vec::<String>::new());
    let staff = roles(&channel, asked("nora", "north", "")).await.unwrap().swap_remove(3);
    let wanted = v1::AssignableRole {
        role: "staff".to_owned(),
        title: "Staff".to_owned(),
        rank: Some(50),
        ..v1::AssignableRole::default()
    };
    assert_eq!(staff, v1::AssignableRole { user_management: staff.user_management, ..wanted });

    for (request, why) in [
        (asked("nora", "south", ""), "UNKNOWN_UNIT"),
        (asked("nora", "nowhere", ""), "UNKNOWN_UNIT"),
        (asked("nora", "north", "sid"), "UNKNOWN_USER"),
        (asked("nora", "north", "nobody"), "UNKNOWN_USER"),
    ] {
        let status = roles(&channel, request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::NotFound, why.to_owned()));
    }
}

/// Whoever is restricted to chosen programs, or to a caseload, gives no more than that.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_restricted_hands_out_the_restriction() {
    let (_served, channel) = settled().await;
    let restricted = |name: &str, options: v1::AssignmentOptions| {
        let v1::load_item::Item::User(mut person) = user(name, "north", &[]) else { panic!("a user") };
        person.assignments = vec![v1::Assign {
            unit: "units/north".to_owned(),
            role: "program-manager".to_owned(),
            options: Some(v1::AssignmentOptions {
                user_management: v1::UserManagement::Manage.into(),
                ..options
            }),
            ..Default::default()
        }];
        v1::load_item::Item::User(person)
    };
    let all = v1::assignment_options::Scope::All(v1::AllUnits {});
    let chosen = v1::assignment_options::Scope::Only(v1::OnlyUnits {
        units: ["units/n1", "units/n2"].map(str::to_owned).to_vec(),
    });
    let bound =
        v1::AssignmentOptions { scope: Some(all), caseload_only: true, ..v1::AssignmentOptions::default() };
    let narrow = v1::AssignmentOptions { scope: Some(chosen), ..v1::AssignmentOptions::default() };
    let v1::load_item::Item::User(mut within) = restricted("wyn", narrow.clone()) else { panic!("a user") };
    within.assignments[0].role = "staff".to_owned();
    within.assignments[0].options.as_mut().unwrap().user_management = 0;
    let (n2, hal) = (unit("units/n2", "program", &["units/north"]), user("hal", "n1", &[]));
    let people = [restricted("bo", bound), restricted("nat", narrow), v1::load_item::Item::User(within)];
    load(&channel, [n2, hal].into_iter().chain(people).collect()).await.unwrap();
    let shape = |role: v1::AssignableRole| (role.role, role.only_chosen_units, role.caseload_only);
    // Whose user management is switched on is offered roles that have no switch, too: it goes off with the role.
    let lesser = v1::ListAssignableRolesRequest {
        assignment: "assignments/1".to_owned(),
        ..asked("nora", "north", "nat")
    };
    let lesser = roles(&channel, lesser).await.unwrap();
    let shown: Vec<_> = lesser.iter().map(|role| (role.role.as_str(), role.user_management)).collect();
    assert!(shown.contains(&("staff", false)) && shown.contains(&("program-manager", true)), "{shown:?}");
    let found = roles(&channel, asked("bo", "north", "")).await.unwrap();
    let found: Vec<_> = found.into_iter().map(shape).collect();
    assert!(found.contains(&("staff".to_owned(), false, true)), "{found:?}");
    assert!(found.iter().all(|(_, _, caseload_only)| *caseload_only), "{found:?}");
    // Somebody new belongs to what is within reach of the site.
    let found = roles(&channel, asked("nat", "north", "")).await.unwrap();
    let found: Vec<_> = found.into_iter().map(shape).collect();
    assert!(found.contains(&("intake".to_owned(), true, false)), "{found:?}");
    assert!(found.iter().all(|(_, only_chosen, _)| *only_chosen), "{found:?}");
    let wyn = v1::ListAssignableRolesRequest {
        assignment: "assignments/1".to_owned(),
        ..asked("nat", "north", "wyn")
    };
    assert!(names(&channel, wyn).await.contains(&"intake".to_owned()));
    // Of the chosen programs one is archived: what is left may be given still.
    let mut units = UnitServiceClient::new(channel.clone());
    let archive =
        v1::ArchiveUnitRequest { realm: realm(), unit: "units/n2".to_owned(), ..Default::default() };
    for archived in [false, true] {
        if archived {
            units.archive_unit(archive.clone()).await.unwrap();
        }
        let found = roles(&channel, asked("nat", "north", "hal")).await.unwrap();
        let found: Vec<_> = found.into_iter().map(shape).collect();
        assert!(found.contains(&("intake".to_owned(), true, false)), "{archived}: {found:?}");
        assert!(found.iter().all(|(_, only_chosen, _)| *only_chosen), "{archived}: {found:?}");
    }
}
