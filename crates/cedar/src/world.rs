//! A world as Cedar's entities: who and what lies in what, with what is to be known of each.

use std::collections::BTreeSet;

use bailiwick_oracle::model::{
    Assignment, Grant, Instant, PlacementState, Scope, Standing, Unit, User, UserManagement, World,
};
use cedar_policy::Entities;
use serde_json::{Map, Value, json};

use crate::rules::{PlacementReach, Reach, Rules};

/// Where everything lies that is archived, and so everything below it.
pub const ARCHIVED: &str = "Archived::\"yes\"";

/// An assignment, of all the realm.
#[must_use]
pub fn assignment_id(user: &str, assignment: &Assignment) -> String {
    format!("{user}/{}", assignment.number)
}

/// A unit, on the way up to the first of a kind.
#[must_use]
pub fn up_id(kind: &str, unit: &str) -> String {
    format!("{kind}/{unit}")
}

/// A placement.
#[must_use]
pub fn case_id(customer: &str, unit: &str) -> String {
    format!("{customer}/{unit}")
}

/// A grant, of all the realm.
#[must_use]
pub fn grant_id(user: &str, grant: &Grant) -> String {
    format!("{user}/{}", grant.system)
}

/// Everything in a world.
///
/// # Errors
/// What Cedar does not take of it.
pub fn entities(rules: &Rules, world: &World, now: Instant) -> Result<Entities, String> {
    let made = Made { rules, world, now };
    let mut all = vec![entity("Archived", "yes", json!({}), Vec::new())];
    world.units.iter().for_each(|unit| made.unit(unit, &mut all));
    world.users.iter().for_each(|user| made.user(user, &mut all));
    for customer in &world.customers {
        let owner = world.users.iter().find(|user| user.own_record.as_ref() == Some(&customer.id));
        let mut known = Map::new();
        if let Some(owner) = owner {
            known.insert("owner".to_owned(), reference("User", &owner.id));
        }
        all.push(entity("Customer", &customer.id, Value::Object(known), Vec::new()));
        for placement in &customer.placements {
            let enrolled = placement.state == PlacementState::Enrolled;
            all.push(made.case(&customer.id, &placement.unit, enrolled, owner));
        }
    }
    for (name, system) in &rules.systems {
        let minimum = system.minimum_rank.map(|rank| ("minimum".to_owned(), json!(rank)));
        all.push(entity("System", name, Value::Object(minimum.into_iter().collect()), Vec::new()));
    }
    Entities::from_json_value(Value::Array(all), None).map_err(|error| error.to_string())
}

struct Made<'w> {
    rules: &'w Rules,
    world: &'w World,
    now: Instant,
}

impl Made<'_> {
    fn unit(&self, unit: &Unit, all: &mut Vec<Value>) {
        let kind = self.rules.kinds.get(&unit.kind);
        let mut parents: Vec<Value> = unit.parents.iter().map(|parent| uid("Unit", parent)).collect();
        if unit.archived {
            parents.push(uid("Archived", "yes"));
        }
        let mut up = Map::new();
        for enclosing in self.enclosing() {
            let id = up_id(&enclosing, &unit.id);
            let above = unit.parents.iter().filter(|_| unit.kind != enclosing);
            let above = above.map(|parent| uid("Up", &up_id(&enclosing, parent))).collect();
            all.push(entity("Up", &id, json!({}), above));
            up.insert(enclosing, reference("Up", &id));
        }
        let known = json!({
            "kind": unit.kind,
            "archived": unit.archived,
            "placeholder": kind.is_some_and(|kind| kind.placeholders.contains(&unit.name)),
            "up": Value::Object(up),
        });
        all.push(entity("Unit", &unit.id, known, parents));
    }

    /// The kinds that some role reaches from below.
    fn enclosing(&self) -> BTreeSet<String> {
        let held = self.rules.roles.keys().flat_map(|role| self.rules.held(role));
        held.filter_map(|held| match held.reach {
            Reach::Enclosing(kind) => Some(kind),
            Reach::Below | Reach::Own => None,
        })
        .collect()
    }

    fn user(&self, user: &User, all: &mut Vec<Value>) {
        let same = self
            .world
            .users
            .iter()
            .filter(|other| other.id != user.id && user.person.is_some() && other.person == user.person);
        let cases = user.caseload.iter().map(|case| reference("Case", &case_id(&case.customer, &case.unit)));
        let mut known = Map::new();
        known.insert("active".to_owned(), json!(user.active));
        known.insert("same".to_owned(), same.map(|other| reference("User", &other.id)).collect());
        known.insert("cases".to_owned(), cases.collect());
        let held = user.assignments.iter().filter(|one| one.ends_at.is_none_or(|end| end > self.now));
        let ranks =
            || held.clone().filter_map(|one| self.rules.roles.get(&one.role).and_then(|role| role.rank));
        known.extend(ranks().min().map(|rank| ("lowest".to_owned(), json!(rank))));
        known.extend(ranks().max().map(|rank| ("highest".to_owned(), json!(rank))));
        all.push(entity("User", &user.id, Value::Object(known), Vec::new()));
        for assignment in &user.assignments {
            self.assignment(user, assignment, all);
        }
        for grant in &user.grants {
            let known = json!({
                "live": grant.standing == Standing::Live,
                "starts": grant.starts_at.unwrap_or(Instant::MIN),
                "ends": grant.ends_at.unwrap_or(Instant::MAX),
            });
            all.push(entity("Grant", &grant_id(&user.id, grant), known, Vec::new()));
        }
        let free = user.assignments.iter().map(|one| one.ends_at.unwrap_or(Instant::MAX)).max();
        let known = json!({ "owner": reference("User", &user.id), "free": free.unwrap_or(Instant::MIN) });
        all.push(entity("Home", &user.id, known, vec![uid("Unit", &user.home_unit)]));
    }

    /// An assignment twice: as what its holder does things by, and as what others may have in reach.
    fn assignment(&self, user: &User, assignment: &Assignment, all: &mut Vec<Value>) {
        let id = assignment_id(&user.id, assignment);
        let management = match assignment.user_management {
            UserManagement::None => 0,
            UserManagement::View => 1,
            UserManagement::Manage => 2,
        };
        let ends = assignment.ends_at.unwrap_or(Instant::MAX);
        let known = json!({
            "live": assignment.standing == Standing::Live,
            "starts": assignment.starts_at.unwrap_or(Instant::MIN),
            "ends": ends,
            "caseload_only": assignment.caseload_only,
            "exempt": assignment.exempt.iter().map(|unit| reference("Unit", unit)).collect::<Value>(),
            "management": management,
        });
        all.push(entity("Assignment", &id, known, Vec::new()));
        let mut known = Map::new();
        known.insert("owner".to_owned(), reference("User", &user.id));
        known.insert("ends".to_owned(), json!(ends));
        if let Scope::Only(chosen) = &assignment.scope {
            let each = chosen.iter().enumerate();
            known.extend(each.map(|(nth, unit)| (format!("chosen{nth}"), reference("Unit", unit))));
        }
        all.push(entity("Holding", &id, Value::Object(known), vec![uid("Unit", &assignment.unit)]));
    }

    fn case(&self, customer: &str, unit: &str, enrolled: bool, owner: Option<&User>) -> Value {
        let kind = self.world.unit(unit).and_then(|unit| self.rules.kinds.get(&unit.kind));
        let relatives = self.world.users.iter().filter(|user| {
            owner.is_some_and(|owner| {
                owner.id == user.id || (owner.person.is_some() && owner.person == user.person)
            })
        });
        let known = json!({
            "unit": reference("Unit", unit),
            "enrolled": enrolled,
            "dismissed_visible": kind.is_some_and(|kind| kind.dismissed_visible),
            "for_unit": kind.is_some_and(|kind| kind.placement_reach == PlacementReach::Unit),
            "relatives": relatives.map(|user| reference("User", &user.id)).collect::<Value>(),
        });
        entity("Case", &case_id(customer, unit), known, vec![uid("Unit", unit)])
    }
}

fn uid(of: &str, id: &str) -> Value {
    json!({ "type": of, "id": id })
}

fn reference(of: &str, id: &str) -> Value {
    json!({ "__entity": uid(of, id) })
}

fn entity(of: &str, id: &str, known: Value, parents: Vec<Value>) -> Value {
    json!({ "uid": uid(of, id), "attrs": known, "parents": parents })
}
