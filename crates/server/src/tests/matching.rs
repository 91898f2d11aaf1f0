//! Finding the person before another is made: each outcome, what is told of whom, handles and the limit.

use bailiwick_proto::v1;
use bailiwick_proto::v1::realm_service_client::RealmServiceClient;
use bailiwick_proto::v1::user_service_client::UserServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::world::serve;
use crate::Config;

pub(super) const REALM: &str = "realms/il";

pub(super) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

fn unit(id: &str, kind: &str, parents: &[&str]) -> v1::load_item::Item {
    v1::load_item::Item::Unit(v1::LoadUnit {
        unit: format!("units/{id}"),
        kind: kind.to_owned(),
        parents: parents.iter().map(|parent| format!("units/{parent}")).collect(),
        ..v1::LoadUnit::default()
    })
}

pub(super) fn profile(first: &str, last: &str, email: &str, birth_date: &str) -> v1::Profile {
    v1::Profile {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: email.to_owned(),
        birth_date: birth_date.to_owned(),
        work_phone: "6546546543".to_owned(),
        zip: "60124".to_owned(),
        ..v1::Profile::default()
    }
}

pub(super) fn assign(role: &str, unit: &str) -> v1::Assign {
    let user_management = match role {
        "service-provider-program-administrator" => v1::UserManagement::Manage,
        _ => v1::UserManagement::Unspecified,
    };
    let options = v1::AssignmentOptions {
        scope: Some(v1::assignment_options::Scope::All(v1::AllUnits {})),
        user_management: user_management.into(),
        ..v1::AssignmentOptions::default()
    };
    v1::Assign {
        unit: format!("units/{unit}"),
        role: role.to_owned(),
        options: Some(options),
        ..Default::default()
    }
}

fn user(id: &str, profile: v1::Profile, role: &str, at: &str) -> v1::load_item::Item {
    v1::load_item::Item::User(v1::LoadUser {
        user: format!("users/{id}"),
        home_unit: format!("units/{at}"),
        profile: Some(profile),
        assignments: vec![assign(role, at)],
        ..v1::LoadUser::default()
    })
}

/// Two organizations, an administrator of each, and people: Joe within the first's sight, Ned outside it, Ina disabled.
async fn settle(channel: &Channel) {
    let mut realms = RealmServiceClient::new(channel.clone());
    let scheme = v1::create_realm_request::Scheme::ShippedScheme("illinois-worknet".to_owned());
    let request = v1::CreateRealmRequest {
        realm: REALM.to_owned(),
        scheme: Some(scheme),
        ..v1::CreateRealmRequest::default()
    };
    realms.create_realm(request).await.unwrap();
    let admin = "service-provider-program-administrator";
    let mut ned = profile("Ned", "Flanders", "ned@example.org", "1960-02-03");
    ned.external_ids.insert("worknet-id".to_owned(), "26262".to_owned());
    let items = [
        unit("il", "state", &[]),
        unit("lwia", "lwia", &["il"]),
        unit("apac", "organization", &["lwia"]),
        unit("psc", "organization", &["lwia"]),
        user("ada", profile("Ada", "Boss", "ada@example.org", "1970-01-01"), admin, "apac"),
        user("amy", profile("Amy", "Boss", "amy@example.org", "1970-01-02"), admin, "apac"),
        user("joe", profile("Joe", "McGoo", "jmcgoo@example.org", "1994-05-06"), "public-viewer", "apac"),
        user("ned", ned, "public-viewer", "psc"),
        user("ina", profile("Ina", "Idle", "ina@example.org", "1980-01-01"), "public-viewer", "apac"),
    ];
    let items = items.into_iter().map(|item| v1::LoadItem { item: Some(item) }).collect();
    let request = v1::LoadWorldRequest { realm: REALM.to_owned(), items, ..v1::LoadWorldRequest::default() };
    realms.load_world(request).await.unwrap();
    let disable = manage("", "users/ina", vec![v1::user_change::Change::Disable(v1::DisableUser {})]);
    UserServiceClient::new(channel.clone()).manage_user(disable).await.unwrap();
}

pub(super) fn manage(
    actor: &str,
    user: &str,
    changes: Vec<v1::user_change::Change>,
) -> v1::ManageUserRequest {
    v1::ManageUserRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        user: user.to_owned(),
        changes: changes.into_iter().map(|change| v1::UserChange { change: Some(change) }).collect(),
        ..v1::ManageUserRequest::default()
    }
}

pub(super) fn search(
    actor: &str,
    first: &str,
    last: &str,
    email: &str,
    birth_date: &str,
) -> v1::MatchUsersRequest {
    v1::MatchUsersRequest {
        realm: REALM.to_owned(),
        actor: actor.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: email.to_owned(),
        birth_date: birth_date.to_owned(),
        ..v1::MatchUsersRequest::default()
    }
}

pub(super) struct Desk {
    pub(super) users: UserServiceClient<Channel>,
    pub(super) served: super::world::Served,
}

impl Desk {
    pub(super) async fn open() -> Self {
        let served = serve(Config::local()).await;
        let channel = served.channel().await;
        settle(&channel).await;
        Self { users: UserServiceClient::new(channel), served }
    }

    pub(super) async fn find(&mut self, request: v1::MatchUsersRequest) -> v1::MatchUsersResponse {
        self.users.match_users(request).await.unwrap().into_inner()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_within_sight_is_found_step_by_step() {
    use v1::MatchOutcome::{
        EmailButDetailsDiffer, Exact, NameAndBirthDateButEmailDiffers, NameOnly, NoneActive,
    };
    let mut desk = Desk::open().await;
    for (first, last, email, born, outcome) in [
        ("JOE", "mcgoo", "JMCGOO@example.org", "1994-05-06", Exact),
        ("Joe", "McGoo", "jmcgoo@example.org", "", EmailButDetailsDiffer),
        ("Rick", "McGoo", "jmcgoo@example.org", "1994-05-06", EmailButDetailsDiffer),
        ("Joe", "Mc Goo", "another@example.org", "1994-05-06", NameAndBirthDateButEmailDiffers),
        ("Joe", "McGoo", "another@example.org", "1994-05-07", NameOnly),
        ("Joe", "McGoo", "", "", NameOnly),
        ("Rick", "McGoo", "another@example.org", "1994-05-06", NoneActive),
        ("", "", "jmcg\u{131}oo@example.org", "", NoneActive),
    ] {
        let found = desk.find(search("users/ada", first, last, email, born)).await;
        assert_eq!(found.outcome(), outcome, "{first} {last} {email} {born}");
        let seen: Vec<_> = found.matches.iter().map(|m| m.user.clone().unwrap().name).collect();
        let wanted: &[&str] = if outcome == NoneActive { &[] } else { &["users/joe"] };
        assert_eq!(seen, wanted);
        assert!(found.matches.iter().all(|m| m.username == "JMcGoo" && !m.handle.is_empty()));
    }
    let told = desk.find(search("users/ada", "Rick", "McGoo", "jmcgoo@example.org", "")).await;
    let fields: Vec<_> = told.matches[0].fields.iter().map(|f| (f.field.as_str(), f.likeness())).collect();
    let (same, other) = (v1::Likeness::Equal, v1::Likeness::Differs);
    assert!(fields.contains(&("email", same)) && fields.contains(&("first_name", other)), "{fields:?}");
    // A telephone number is compared, and finds nobody.
    let by_phone = v1::MatchUsersRequest {
        phone: "(654) 654-6543".to_owned(),
        ..search("users/ada", "Joe", "McGoo", "", "")
    };
    let told = desk.find(by_phone.clone()).await;
    assert!(told.matches[0].fields.iter().any(|f| f.field == "phone" && f.likeness() == same));
    let alone = v1::MatchUsersRequest { first_name: String::new(), ..by_phone };
    assert_eq!(desk.users.match_users(alone).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disabled_are_looked_for_when_asked() {
    use v1::MatchOutcome::{Exact, None, NoneActive};
    let mut desk = Desk::open().await;
    let active = search("users/ada", "Ina", "Idle", "ina@example.org", "1980-01-01");
    let all = v1::MatchUsersRequest { include_disabled: true, ..active.clone() };
    assert_eq!(desk.find(active).await.outcome(), NoneActive);
    assert_eq!(desk.find(all).await.outcome(), Exact);
    let nobody = search("users/ada", "No", "Body", "nobody@example.org", "1980-01-01");
    let all = v1::MatchUsersRequest { include_disabled: true, ..nobody.clone() };
    assert_eq!(desk.find(nobody).await.outcome(), NoneActive);
    assert_eq!(desk.find(all).await.outcome(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_is_told_of_only_to_who_knows_them() {
    use v1::MatchOutcome::{EmailButDetailsDiffer, Exact, NameAndBirthDateButEmailDiffers, NoneActive};
    let mut desk = Desk::open().await;
    for (first, last, email, born, outcome) in [
        ("Ned", "Flanders", "ned@example.org", "1960-02-03", Exact),
        ("", "", "ned@example.org", "", EmailButDetailsDiffer),
        ("Ned", "Flanders", "", "1960-02-03", NameAndBirthDateButEmailDiffers),
        // Names alone, or with a wrong birth date, tell no more than nobody's.
        ("Ned", "Flanders", "", "", NoneActive),
        ("Ned", "Flanders", "", "1960-02-04", NoneActive),
    ] {
        let found = desk.find(search("users/ada", first, last, email, born)).await;
        assert_eq!(found.outcome(), outcome, "{first} {last} {email} {born}");
        for one in &found.matches {
            assert_eq!((one.username.as_str(), one.user.is_none()), ("NFlanders", true));
        }
        let bare = |one: &v1::UserMatch| v1::UserMatch { handle: String::new(), ..one.clone() };
        let text = format!("{:?}", found.matches.iter().map(bare).collect::<Vec<_>>());
        assert!(!text.contains("users/ned") && !text.contains("psc") && !text.contains("60124"), "{text}");
    }
    let by_id = v1::MatchUsersRequest {
        external_id_name: "worknet-id".to_owned(),
        external_id: "26262".to_owned(),
        ..search("users/ada", "", "", "", "")
    };
    let nobody = v1::MatchUsersRequest { external_id: "26263".to_owned(), ..by_id.clone() };
    let (known, unknown) = (desk.find(by_id.clone()).await, desk.find(nobody).await);
    assert_eq!(known, unknown, "an id alone does not tell of an outsider");
    let operator = v1::MatchUsersRequest { actor: String::new(), ..by_id };
    let found = desk.find(operator).await;
    assert_eq!((found.outcome(), found.matches[0].handle.as_str()), (Exact, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_manages_nobody_looks_for_nobody() {
    let mut desk = Desk::open().await;
    let refused = desk.users.match_users(search("users/joe", "Ned", "Flanders", "ned@example.org", "")).await;
    assert_eq!(reason(&refused.unwrap_err()), "NO_MANAGEMENT_RIGHT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_adds_the_person_once_and_takes_nobody_over() {
    use v1::user_change::Change;
    let mut desk = Desk::open().await;
    let found = desk.find(search("users/ada", "Ned", "Flanders", "ned@example.org", "1960-02-03")).await;
    let handle = found.matches[0].handle.clone();
    let add = || vec![Change::Assign(assign("public-viewer", "apac"))];
    // Without it there is nobody; it is the finder's own, and not to be made up.
    let nobody = desk.users.manage_user(manage("users/ada", "users/ned", add())).await.unwrap_err();
    assert_eq!((nobody.code(), reason(&nobody)), (Code::PermissionDenied, "UNKNOWN_USER".to_owned()));
    let with = |actor: &str, handle: &str, changes| v1::ManageUserRequest {
        handles: vec![handle.to_owned()],
        ..manage(actor, "", changes)
    };
    for (actor, handle) in [("users/amy", handle.as_str()), ("users/ada", &handle[1..]), ("users/ada", "x")] {
        let refused = desk.users.manage_user(with(actor, handle, add())).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{actor}");
    }
    // Neither a dry run nor a refusal uses it up, and it skips no rule.
    let dry = v1::ManageUserRequest { validate_only: true, ..with("users/ada", &handle, add()) };
    let shown = desk.users.manage_user(dry).await.unwrap().into_inner();
    assert_eq!(
        (shown.user, shown.assigned.len()),
        (None, 0),
        "a dry run shows nobody whom it would only then show"
    );
    assert_eq!(shown.preview, None);
    let too_high = vec![Change::Assign(assign("super-administrator", "apac"))];
    assert!(desk.users.manage_user(with("users/ada", &handle, too_high)).await.is_err());
    let rename = vec![Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile { email: "ada2@example.org".to_owned(), ..v1::Profile::default() }),
        fields: vec!["email".to_owned()],
    })];
    assert!(desk.users.manage_user(with("users/ada", &handle, rename.clone())).await.is_err());
    let added = desk.users.manage_user(with("users/ada", &handle, add())).await.unwrap().into_inner();
    assert_eq!(added.user.unwrap().name, "users/ned");
    // Now within sight, but what they are known by is not the newcomer's manager's to change.
    let refused = desk.users.manage_user(manage("users/ada", "users/ned", rename)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    // Taken out again, the handle is used up.
    let end = Change::EndAssignment(v1::EndAssignment { assignment: added.assigned[0].clone(), at: None });
    desk.users.manage_user(manage("", "users/ned", vec![end])).await.unwrap();
    let again = desk.users.manage_user(with("users/ada", &handle, add())).await.unwrap_err();
    assert_eq!((again.code(), reason(&again)), (Code::PermissionDenied, "UNKNOWN_USER".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_made_twice_and_the_answer_leads_to_the_person() {
    use v1::user_change::Change;
    let mut desk = Desk::open().await;
    let create = |person| {
        Change::Create(v1::CreateUser {
            home_unit: "units/apac".to_owned(),
            profile: Some(person),
            username: String::new(),
        })
    };
    let same = create(profile("Ned", "FLANDERS", "NED@example.org", "1960-02-03"));
    let refused = desk.users.manage_user(manage("users/ada", "", vec![same])).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    let handle = refused.get_details_error_info().unwrap().metadata["handle"].clone();
    let add = v1::ManageUserRequest {
        handles: vec![handle],
        ..manage("users/ada", "", vec![Change::Assign(assign("public-viewer", "apac"))])
    };
    assert_eq!(desk.users.manage_user(add).await.unwrap().into_inner().user.unwrap().name, "users/ned");
    // Somebody else with the address is told no more than that it is taken.
    let other = create(profile("Rod", "Flanders", "ina@example.org", "1990-02-03"));
    let refused = desk.users.manage_user(manage("users/ada", "", vec![other])).await.unwrap_err();
    assert_eq!(reason(&refused), "FIELD_TAKEN");
    assert!(!refused.get_details_error_info().unwrap().metadata.contains_key("handle"));
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_people_are_counted() {
    use v1::user_change::Change;
    let mut desk = Desk::open().await;
    let person = profile("Rod", "Flanders", "rod@example.org", "1990-02-03");
    let create = Change::Create(v1::CreateUser {
        home_unit: "units/apac".to_owned(),
        profile: Some(person),
        username: String::new(),
    });
    let dry = v1::ManageUserRequest { validate_only: true, ..manage("users/ada", "", vec![create.clone()]) };
    // Refused for something else, it still tells that nobody has the address.
    let too_high = vec![create, Change::Assign(assign("super-administrator", "apac"))];
    for n in 0..30 {
        if n % 2 == 0 {
            desk.users.manage_user(dry.clone()).await.unwrap();
        } else {
            let refused =
                desk.users.manage_user(manage("users/ada", "", too_high.clone())).await.unwrap_err();
            assert_eq!(reason(&refused), "ROLE_ABOVE_OWN");
        }
        desk.find(search("users/ada", "No", "Body", &format!("n{n}@example.org"), "")).await;
    }
    let refused = desk.users.match_users(search("users/ada", "Joe", "McGoo", "", "")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::ResourceExhausted, "MATCH_LIMIT".to_owned()));
    let twin = Change::SetSamePerson(v1::SetSamePerson { other: "users/amy".to_owned() });
    let record = Change::SetOwnRecord(v1::SetOwnRecord { customer: "customers/c1".to_owned() });
    let asking = |change| manage("users/ada", "users/joe", vec![change]);
    for command in [dry, manage("users/ada", "", too_high), asking(twin), asking(record)] {
        assert_eq!(reason(&desk.users.manage_user(command).await.unwrap_err()), "MATCH_LIMIT");
    }
    // Others, and what tells nothing, go on.
    desk.find(search("users/amy", "Joe", "McGoo", "", "")).await;
    let phone = Change::UpdateProfile(v1::UpdateProfile {
        profile: Some(v1::Profile { work_phone: "6546546544".to_owned(), ..v1::Profile::default() }),
        fields: vec!["work_phone".to_owned()],
    });
    desk.users.manage_user(manage("users/ada", "users/joe", vec![phone])).await.unwrap();
}
