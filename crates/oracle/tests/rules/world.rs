//! The small world on which the sentences are tried, and how it is asked.

use bailiwick_oracle::check::{Answer, Question, Resource, check};
use bailiwick_oracle::manage::effect::new_user;
use bailiwick_oracle::manage::{Change, may_change};
use bailiwick_oracle::model::{
    Assignment, Capability, Customer, HandOut, Kind, Placement, PlacementReach, PlacementState, Reach,
    ReportingRole, ReportingScope, ResourceType, Role, RoleCapability, Scheme, Scope, Standing, System, Unit,
    UserManagement, World,
};
use bailiwick_oracle::reason::Reason;

pub(super) const NOW: i64 = 1_000;

pub(super) fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn kind(name: &str, parents: &[&str]) -> Kind {
    Kind {
        name: name.to_owned(),
        parents: strings(parents),
        several_parents: true,
        placement_reach: PlacementReach::Below,
        dismissed_visible: true,
        selectable: true,
        placeholders: strings(&["X999"]),
        assign_right: "user.manage".to_owned(),
        unit_right: "unit.manage".to_owned(),
        place_right: "customer.place".to_owned(),
        roles: strings(&["head", "lead", "worker", "partner", "guest"]),
        capacity: None,
        single_role: false,
        minimum: None,
    }
}

pub(super) fn listed(capability: &str, reach: Reach, classes: &[&str]) -> RoleCapability {
    RoleCapability { capability: capability.to_owned(), reach, at_kinds: None, classes: strings(classes) }
}

pub(super) fn role(name: &str, rank: Option<u32>, capabilities: Vec<RoleCapability>) -> Role {
    Role {
        name: name.to_owned(),
        rank,
        capabilities,
        includes: Vec::new(),
        user_management: HandOut::Never,
        handed_out_by: Vec::new(),
        max_per_unit: None,
        exclusive: false,
        systems: Vec::new(),
    }
}

pub(super) fn capability(name: &str, resource: ResourceType, refused: bool, any: bool) -> Capability {
    Capability { name: name.to_owned(), resource, refused_under_caseload: refused, any_placement: any }
}

/// Enterprise, region, site, team; a team's placements count at the team only.
pub(super) fn scheme() -> Scheme {
    let mut team = kind("team", &["site"]);
    team.placement_reach = PlacementReach::Unit;
    let mut head = role(
        "head",
        Some(3),
        vec![
            listed("user.manage", Reach::Below, &[]),
            listed("user.identity.edit", Reach::Below, &[]),
            listed("report.view", Reach::Below, &[]),
        ],
    );
    head.user_management = HandOut::Always;
    head.includes = strings(&["worker", "lead"]);
    let mut lead = role("lead", Some(2), vec![listed("user.manage", Reach::Below, &[])]);
    lead.user_management = HandOut::Switch;
    lead.systems = strings(&["recorder"]);
    let worker = role(
        "worker",
        Some(1),
        vec![
            listed("customer.view", Reach::Below, &["program"]),
            listed("customer.edit", Reach::Below, &["program"]),
            listed("customer.find", Reach::Below, &[]),
        ],
    );
    let mut at_team = listed("customer.view", Reach::Below, &["program", "contact"]);
    at_team.at_kinds = Some(strings(&["team"]));
    let mut partner = role(
        "partner",
        None,
        vec![
            at_team,
            listed("dashboard.view", Reach::Enclosing("region".to_owned()), &[]),
            listed("user.manage", Reach::Below, &[]),
        ],
    );
    partner.user_management = HandOut::Switch;
    partner.handed_out_by = strings(&["lead"]);
    let mut guest = role("guest", None, vec![listed("customer.view", Reach::Own, &["contact"])]);
    guest.exclusive = true;
    guest.handed_out_by = strings(&["head"]);
    Scheme {
        kinds: vec![
            kind("enterprise", &[]),
            kind("region", &["enterprise"]),
            kind("site", &["region"]),
            team,
        ],
        roles: vec![head, lead, worker, partner, guest],
        capabilities: vec![
            capability("user.manage", ResourceType::User, false, false),
            capability("user.identity.edit", ResourceType::User, false, false),
            capability("report.view", ResourceType::Unit, false, false),
            capability("dashboard.view", ResourceType::Unit, false, false),
            capability("results.view", ResourceType::Unit, false, false),
            capability("customer.find", ResourceType::Unit, true, false),
            capability("customer.view", ResourceType::Customer, false, true),
            capability("customer.edit", ResourceType::Customer, false, false),
        ],
        classes: strings(&["program", "contact"]),
        systems: vec![System { name: "recorder".to_owned(), minimum_rank: Some(2) }],
        reporting_roles: vec![ReportingRole {
            name: "by-region".to_owned(),
            scope: ReportingScope::Kind("region".to_owned()),
            decides: strings(&["results.view"]),
        }],
        gap: 0,
        own_fields: strings(&["phone"]),
    }
}

/// `e` over regions `r1`, `r2`; site `s1` in both, `s2` in `r2`; team `t1` in `s1`; placeholder `t9` in `s2`.
pub(super) fn world() -> World {
    let unit = |id: &str, kind: &str, parents: &[&str]| Unit {
        id: id.to_owned(),
        kind: kind.to_owned(),
        parents: strings(parents),
        archived: false,
        name: if id == "t9" { "X999" } else { id }.to_owned(),
    };
    let customer = |id: &str, placements: &[(&str, PlacementState)]| Customer {
        id: id.to_owned(),
        placements: placements
            .iter()
            .map(|(unit, state)| Placement { unit: (*unit).to_owned(), state: *state })
            .collect(),
    };
    World {
        units: vec![
            unit("e", "enterprise", &[]),
            unit("r1", "region", &["e"]),
            unit("r2", "region", &["e"]),
            unit("s1", "site", &["r1", "r2"]),
            unit("s2", "site", &["r2"]),
            unit("t1", "team", &["s1"]),
            unit("t9", "team", &["s2"]),
        ],
        users: vec![new_user("a", "e"), new_user("b", "s1"), new_user("c", "s2")],
        customers: vec![
            customer("x", &[("s1", PlacementState::Enrolled)]),
            customer("y", &[("s1", PlacementState::Dismissed)]),
            customer("z", &[("t1", PlacementState::Enrolled)]),
        ],
    }
}

pub(super) fn held(number: u32, unit: &str, role: &str) -> Assignment {
    Assignment {
        number,
        unit: unit.to_owned(),
        role: role.to_owned(),
        scope: Scope::All,
        default_unit: None,
        user_type: None,
        user_management: UserManagement::None,
        caseload_only: false,
        exempt: Vec::new(),
        own_caseload: Vec::new(),
        others_caseload: Vec::new(),
        starts_at: None,
        ends_at: None,
        standing: Standing::Live,
    }
}

pub(super) fn managing(number: u32, unit: &str, role: &str) -> Assignment {
    Assignment { user_management: UserManagement::Manage, ..held(number, unit, role) }
}

pub(super) fn give(world: &mut World, user: &str, assignments: Vec<Assignment>) {
    for found in world.users.iter_mut().filter(|found| found.id == user) {
        found.assignments.clone_from(&assignments);
    }
}

pub(super) fn archive(world: &mut World, id: &str) {
    world.units.iter_mut().find(|unit| unit.id == id).unwrap().archived = true;
}

pub(super) fn ask(world: &World, subject: &str, capability: &str, resource: &str) -> Answer {
    let (kind, id) = resource.split_once('/').unwrap();
    let id = id.to_owned();
    let resource = match kind {
        "units" => Resource::Unit(id),
        "customers" => Resource::Customer(id),
        "users" => Resource::User(id),
        "systems" => Resource::System(id),
        other => panic!("no resource type {other}"),
    };
    let question = Question {
        subject: subject.to_owned(),
        capability: capability.to_owned(),
        resource,
        classes: Vec::new(),
        at: None,
    };
    check(world, &scheme(), &question, NOW)
}

pub(super) fn reason(world: &World, subject: &str, capability: &str, resource: &str) -> &'static str {
    ask(world, subject, capability, resource).reason.as_code()
}

pub(super) fn refused(world: &World, subject: &str, change: &Change) -> &'static str {
    match may_change(world, &scheme(), "a", subject, change, NOW) {
        Ok(()) => Reason::Allowed.as_code(),
        Err(reason) => reason.as_code(),
    }
}

pub(super) fn assign(assignment: Assignment) -> Change {
    Change::Assign { assignment, handle: true }
}
