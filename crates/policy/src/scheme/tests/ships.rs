//! The four shipped schemes say what their documents say.

use bailiwick_identity::Field;

use crate::scheme::{
    ByRequest, ChangeKind, Compulsory, Fulfilment, Gap, HandOut, KindSet, Needs, Parents, PlacementReach,
    Reach, ReportingScope, Scheme, Switch, UnderCaseload, shipped,
};

fn scheme(name: &str) -> Scheme {
    let (_, text) = shipped().iter().find(|(shipped, _)| *shipped == name).unwrap();
    Scheme::parse(text).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{name}:\n{}", faults.join("\n"))
    })
}

/// What a role may do, inclusion spread out, sorted.
fn capabilities(scheme: &Scheme, role: &str) -> Vec<String> {
    let role = scheme.role_named(role).unwrap();
    let mut names: Vec<String> = scheme
        .capabilities()
        .iter()
        .filter(|cap| !scheme.abilities(role, scheme.capability_named(&cap.name).unwrap()).is_empty())
        .map(|cap| cap.name.clone())
        .collect();
    names.sort();
    names
}

/// The classes that a role shows of a customer, over all its ways.
fn classes(scheme: &Scheme, role: &str, reach: Reach) -> Vec<String> {
    let view = scheme.core().customer_view;
    let ways = scheme.abilities(scheme.role_named(role).unwrap(), view);
    let set = ways
        .iter()
        .filter(|way| way.reach == reach)
        .fold(Default::default(), |set: crate::scheme::ClassSet, way| set.union(way.classes));
    set.iter().map(|ix| scheme.classes()[ix].clone()).collect()
}

fn ranks(scheme: &Scheme) -> Vec<(&str, Option<u32>)> {
    scheme.roles().iter().map(|role| (role.name.as_str(), role.rank.map(|rank| rank.0))).collect()
}

#[test]
fn each_is_sound_and_called_what_it_is() {
    for (name, _) in shipped() {
        assert_eq!(scheme(name).name(), *name);
    }
}

#[test]
fn eto_has_nine_roles_in_order() {
    let eto = scheme("eto");
    let expected = [
        ("enterprise-manager", Some(90)),
        ("site-manager", Some(80)),
        ("department-head", Some(70)),
        ("program-manager", Some(60)),
        ("staff", Some(50)),
        ("funder", Some(40)),
        ("intake", Some(30)),
        ("survey-taker", Some(20)),
        ("entity-self-service", Some(10)),
    ];
    assert_eq!(ranks(&eto), expected);
    assert_eq!(eto.gap(), Gap::None);
    // Each of the higher five does what the next one does, except managing people.
    for pair in [1, 2, 3, 4].map(|n| (expected[n - 1].0, expected[n].0)) {
        let (higher, lower) = (capabilities(&eto, pair.0), capabilities(&eto, pair.1));
        assert!(lower.iter().all(|cap| higher.contains(cap)), "{pair:?}");
    }
}

#[test]
fn eto_roles_do_what_the_document_says() {
    let eto = scheme("eto");
    assert_eq!(capabilities(&eto, "funder"), ["report.deidentified"]);
    assert_eq!(capabilities(&eto, "intake"), ["contact.record", "customer.view"]);
    assert_eq!(classes(&eto, "intake", Reach::Below), ["demographics"]);
    let own = ["assessment.take", "attributes.update", "customer.view"];
    assert_eq!(capabilities(&eto, "entity-self-service"), own);
    assert!(classes(&eto, "entity-self-service", Reach::Below).is_empty());
    let staff = capabilities(&eto, "staff");
    for cap in
        ["demographics.edit", "customer.enroll", "customer.dismiss", "touchpoint.record", "survey.take"]
    {
        assert!(staff.iter().any(|held| held == cap), "{cap}");
    }
    assert!(!staff.contains(&"query.run".to_owned()) && !staff.contains(&"user.manage".to_owned()));
    assert_eq!(classes(&eto, "staff", Reach::Below).len(), eto.classes().len());
    let refused: Vec<&str> = eto
        .capabilities()
        .iter()
        .filter(|cap| cap.under_caseload == UnderCaseload::Refused)
        .map(|cap| cap.name.as_str())
        .collect();
    let expected = ["customer.place", "customer.transfer", "customer.find", "customer.enroll", "query.run"];
    assert_eq!(refused, expected);
    assert_eq!(eto.capability(eto.core().customer_view).unwrap().needs, Needs::Any);
}

#[test]
fn eto_places_and_people() {
    let eto = scheme("eto");
    let kind = |name| eto.kind(eto.kind_named(name).unwrap()).unwrap();
    assert_eq!(kind("enterprise").parents, Parents::Root);
    assert_eq!(kind("enterprise").roles, [eto.role_named("enterprise-manager").unwrap()]);
    assert!(kind("site").single_role && kind("site").roles.len() == 8);
    assert!(kind("program").selectable && kind("program").roles.is_empty());
    let results = eto.capability_named("results.view").unwrap();
    assert!(eto.decided_by_reporting(results) && !eto.decided_by_reporting(eto.core().customer_view));
    let site = ReportingScope::Kind(eto.kind_named("site").unwrap());
    assert!(eto.reporting_roles().iter().any(|role| role.scope == site));
    assert!(eto.users().shows_all_assignments && !eto.users().enabled_by_add);
    let roles = eto.roles().iter();
    let switches: Vec<Switch> = roles.map(|role| role.user_management).take(5).collect();
    assert_eq!(switches, [Switch::Always, Switch::Always, Switch::Switch, Switch::Switch, Switch::Never]);
}

#[test]
fn illinois_ranked_roles_see_no_customer() {
    let iwn = scheme("illinois-worknet");
    let expected = [
        ("program-admin-staff", Some(50)),
        ("super-administrator", Some(40)),
        ("service-provider-program-administrator", Some(30)),
        ("public-viewer", Some(20)),
        ("individual", Some(10)),
        ("partner", None),
    ];
    assert_eq!(ranks(&iwn), expected);
    let view = iwn.core().customer_view;
    for (name, rank) in expected {
        let sees = !iwn.abilities(iwn.role_named(name).unwrap(), view).is_empty();
        assert_eq!(sees, rank.is_none(), "{name}");
    }
    assert!(capabilities(&iwn, "individual").is_empty());
    assert_eq!(capabilities(&iwn, "public-viewer"), ["report.view", "tools.use"]);
    assert!(iwn.role(iwn.role_named("individual").unwrap()).unwrap().exclusive);
    let by_partner = "report.partner_level".to_owned();
    assert!(capabilities(&iwn, "super-administrator").contains(&by_partner));
    assert!(!capabilities(&iwn, "service-provider-program-administrator").contains(&by_partner));
}

#[test]
fn illinois_groups_and_people() {
    let iwn = scheme("illinois-worknet");
    let kind = |name| iwn.kind(iwn.kind_named(name).unwrap()).unwrap();
    let set = |names: &[&str]| {
        names.iter().fold(KindSet::EMPTY, |set, name| set.with(iwn.kind_named(name).unwrap()))
    };
    let group = kind("authorization-group");
    assert_eq!(group.parents, Parents::Several(set(&["project-group", "organization"])));
    assert_eq!(group.implied_at, set(&["project-group"]));
    assert!(kind("sub-group").may_stand_below(iwn.kind_named("sub-group").unwrap()));
    let users = iwn.users();
    assert!(users.enabled_by_add && users.shows_all_assignments);
    assert!(users.locked.contains(&Field::Email) && users.locked.contains(&Field::LastName));
    let compulsory =
        [Field::FirstName, Field::LastName, Field::Email, Field::BirthDate, Field::WorkPhone, Field::Zip];
    assert_eq!(users.compulsory, compulsory.into());
    assert_eq!(iwn.user_types(), ["Program Staff", "LWIA Manager", "Organization Administrator"]);
    let administrator = iwn.role_named("service-provider-program-administrator").unwrap();
    assert_eq!(iwn.role(administrator).unwrap().user_management, Switch::Switch);
    assert!(!iwn.abilities(administrator, iwn.core().request_approve).is_empty());
    assert_eq!(iwn.requests().unwrap().self_request.len(), 1);
}

#[test]
fn dei_partners_see_customers_through_teams_alone() {
    let dei = scheme("dei-teams");
    assert_eq!(ranks(&dei), [("super-user", Some(30)), ("career-planner", Some(20)), ("partner", Some(10))]);
    let partner = dei.role_named("partner").unwrap();
    let (region, team) = (dei.kind_named("region").unwrap(), dei.kind_named("team").unwrap());
    let view = dei.abilities(partner, dei.core().customer_view);
    assert!(view.iter().all(|way| way.at == KindSet::EMPTY.with(team)));
    assert_eq!(classes(&dei, "partner", Reach::Below), ["program"]);
    assert_eq!(classes(&dei, "career-planner", Reach::Below), ["program", "contact", "private"]);
    assert_eq!(capabilities(&dei, "partner"), ["customer.view", "dashboard.view"]);
    let dashboard = dei.abilities(partner, dei.capability_named("dashboard.view").unwrap());
    assert!(dashboard.iter().all(|way| way.reach == Reach::Enclosing(region)));
    let role = dei.role(partner).unwrap();
    assert!(role.required_fields.contains(&Field::Location) && role.user_type == Compulsory::Yes);

    let kind = dei.kind(team).unwrap();
    let manage = dei.capability_named("team.manage").unwrap();
    assert_eq!((kind.assign_right, kind.unit_right, kind.place_right), (manage, manage, manage));
    assert_eq!(kind.placement_reach, PlacementReach::Unit);
    assert_eq!(kind.minimum.map(|m| (m.role, m.count)), Some((partner, 1)));
    let pattern = kind.name_pattern.as_ref().unwrap();
    assert!(pattern.is_match("DuPage - K-12 Partners") && !pattern.is_match("my team"));
}

#[test]
fn cmg_changes_by_request_at_least_one_grade_higher() {
    let cmg = scheme("cmg-2012");
    assert_eq!(cmg.gap(), Gap::OneGrade);
    for change in [ByRequest::Create, ByRequest::Enable, ByRequest::Holdings, ByRequest::Grants] {
        assert!(cmg.by_request(change));
    }
    let requests = cmg.requests().unwrap();
    let positions = requests.positions.unwrap();
    assert_eq!((positions.without_clearance, positions.additional), (2, 10));
    let segment_manager = cmg.rank(cmg.role_named("segment-manager").unwrap());
    let team = cmg.kind_named("team").unwrap();
    let moving = requests.rules.iter().find(|rule| rule.change == ChangeKind::Move(team)).unwrap();
    assert_eq!((moving.author, moving.approver), (segment_manager, segment_manager));
    assert_eq!(requests.fulfilment, Fulfilment::ByHand("it-service-desk".to_owned()));
    assert_eq!(cmg.desk_named("it-service-desk").unwrap().within.as_secs(), 3 * 86_400);
    let note = requests.fields.iter().find(|field| field.name == "further-information").unwrap();
    assert!(note.compulsory.as_ref().unwrap().placeholder);
    assert!(requests.confirmations.iter().any(|one| one.compulsory.is_always()));
}

#[test]
fn cmg_positions_systems_and_permissions() {
    let cmg = scheme("cmg-2012");
    let kind = |name| cmg.kind(cmg.kind_named(name).unwrap()).unwrap();
    assert_eq!(kind("position").capacity, Some(1));
    assert!(kind("team").is_placeholder("TL999") && kind("position").is_placeholder("CW020"));
    assert!(!kind("team").name_pattern.as_ref().unwrap().is_match("TL12"));

    let permissions = cmg.role(cmg.role_named("team_leader_permissions").unwrap()).unwrap();
    assert_eq!((permissions.rank, permissions.max_per_unit), (None, Some(1)));
    assert_eq!(permissions.beside, Some(KindSet::EMPTY.with(cmg.kind_named("position").unwrap())));
    let by = ["segment-manager", "department-manager", "director"].map(|name| cmg.role_named(name).unwrap());
    assert_eq!(permissions.hand_out, HandOut::Roles(by.to_vec()));
    let brought = capabilities(&cmg, "team_leader_permissions");
    assert!(brought.iter().all(|cap| !cap.starts_with("user.") && !cap.starts_with("request.")));
    assert_eq!(permissions.systems.iter().count(), 0);

    let leader = cmg.rank(cmg.role_named("team-leader").unwrap());
    for name in ["verint", "opmis", "cc-pulse", "verint-global", "opmis-global"] {
        let system = cmg.system(cmg.system_named(name).unwrap()).unwrap();
        assert_eq!(
            (system.minimum_rank, system.extra_approver),
            (leader, name.ends_with("-global")),
            "{name}"
        );
    }
    let extract = cmg.system(cmg.system_named("data-extract").unwrap()).unwrap();
    assert_eq!(extract.reason, Compulsory::Yes);
    let adviser = cmg.abilities(cmg.role_named("security-adviser").unwrap(), cmg.core().system_approve);
    let tsiem = cmg.system_named("tsiem").unwrap();
    assert!(adviser.iter().all(|way| way.systems.iter().eq([tsiem])));
    let caseworker = cmg.role(cmg.role_named("caseworker").unwrap()).unwrap();
    assert!(caseworker.systems.contains(cmg.system_named("cms2012").unwrap()));
}
