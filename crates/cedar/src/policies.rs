//! What somebody holds, as Cedar's policies.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_oracle::model::{Assignment, Grant, Scope, User, World};

use crate::rules::{About, Held, Known, Reach, Rules, Switch};
use crate::text::{all, any, entity, set};
use crate::world::{ARCHIVED, assignment_id, grant_id, up_id};

/// The most chosen units of one assignment of whoever is asked about.
pub const MOST_CHOSEN: usize = 8;

/// What holds for everybody: whoever is disabled does nothing, nobody manages themselves, everybody sees themselves.
const FOR_ALL: &str = r#"
forbid (principal, action, resource) unless { principal.active };
forbid (principal, action == Action::"user.manage", resource)
    when { resource.owner == principal || resource.owner.same.contains(principal) };
permit (principal, action == Action::"user.view", resource) when { resource.owner == principal };
"#;

/// Every policy that could allow a user something.
#[must_use]
pub fn policies(rules: &Rules, world: &World, user: &User) -> String {
    let of = Of { rules, world, user, known: rules.known() };
    let mut text = FOR_ALL.to_owned();
    for assignment in &user.assignments {
        let held = rules.held(&assignment.role);
        for listed in &held {
            text.push_str(&of.listed(assignment, listed));
        }
        text.push_str(&of.users(assignment, &held));
        text.push_str(&of.brought(assignment));
        text.push_str(&of.reports(assignment));
    }
    user.grants.iter().for_each(|grant| text.push_str(&of.granted(grant)));
    text
}

/// The action that asks for a capability, or for one record class of it.
#[must_use]
pub fn action(capability: &str, class: Option<&str>) -> String {
    class.map_or_else(|| capability.to_owned(), |class| format!("{capability}/{class}"))
}

struct Of<'w> {
    rules: &'w Rules,
    world: &'w World,
    user: &'w User,
    known: BTreeMap<String, Known>,
}

impl Of<'_> {
    fn permit(&self, actions: &[String], conditions: &[String]) -> String {
        let who = entity("User", &self.user.id);
        let actions = set("Action", actions.iter().map(String::as_str));
        format!(
            "permit (principal == {who}, action in {actions}, resource)\nwhen {{ {} }};\n",
            all(conditions)
        )
    }

    fn name(&self, assignment: &Assignment) -> String {
        entity("Assignment", &assignment_id(&self.user.id, assignment))
    }

    /// An assignment is live, has started and has not ended, and its unit is open.
    fn effective(&self, assignment: &Assignment) -> String {
        let (name, unit) = (self.name(assignment), entity("Unit", &assignment.unit));
        all(&[
            format!("{name}.live"),
            format!("{name}.starts <= context.now"),
            format!("context.now < {name}.ends"),
            format!("!({unit} in {ARCHIVED})"),
        ])
    }

    /// The assignment covers what `what` says.
    fn covers(&self, assignment: &Assignment, what: &str) -> String {
        let unit = entity("Unit", &assignment.unit);
        match &assignment.scope {
            Scope::All => format!("{what} in {unit}"),
            Scope::Only(chosen) => {
                let chosen: Vec<String> = chosen
                    .iter()
                    .map(|chosen| {
                        let chosen = entity("Unit", chosen);
                        all(&[
                            format!("{chosen} in {unit}"),
                            format!("{chosen} != {unit}"),
                            format!("!{chosen}.archived"),
                            format!("{what} in {chosen}"),
                        ])
                    })
                    .collect();
                any(&chosen)
            }
        }
    }

    /// The role has the capability at the assignment's unit.
    fn stands(&self, assignment: &Assignment, held: &Held) -> String {
        let unit = entity("Unit", &assignment.unit);
        let mut conditions = Vec::new();
        if let Some(kinds) = &held.at {
            conditions.push(format!("{kinds:?}.contains({unit}.kind)"));
        }
        let about = self.known.get(&held.capability).map(|known| known.about);
        let by_name =
            ["user.", "customer.", "request."].iter().any(|prefix| held.capability.starts_with(prefix));
        let about_people = matches!(about, Some(About::User | About::Customer));
        if by_name || about_people || self.rules.kind_rights().contains(&held.capability) {
            conditions.push(format!("!{unit}.placeholder"));
        }
        all(&conditions)
    }

    /// A capability over units, customers and systems.
    fn listed(&self, assignment: &Assignment, held: &Held) -> String {
        let Some(known) = self.known.get(&held.capability) else { return String::new() };
        let mut conditions = vec![self.stands(assignment, held), self.effective(assignment)];
        match (known.about, &held.reach) {
            (About::User, _) | (About::Unit | About::System, Reach::Own) => return String::new(),
            (About::System, _) => {
                conditions
                    .push(format!("resource in {}", set("System", held.systems.iter().map(String::as_str))));
            }
            (About::Unit, Reach::Below) => conditions.push(self.unit_below(assignment, known)),
            (About::Unit, Reach::Enclosing(kind)) => {
                conditions.push(self.unit_enclosing(assignment, known, kind));
            }
            (About::Customer, Reach::Below) => conditions.push(self.customer(assignment, known)),
            (About::Customer, Reach::Own) => {
                conditions.push(
                    "resource is Customer && resource has owner && resource.owner == principal".to_owned(),
                );
            }
            (About::Customer, Reach::Enclosing(_)) => return String::new(),
        }
        let classes = held.classes.iter().map(|class| action(&held.capability, Some(class)));
        let actions: Vec<String> = [action(&held.capability, None)].into_iter().chain(classes).collect();
        self.permit(&actions, &conditions)
    }

    fn unit_below(&self, assignment: &Assignment, known: &Known) -> String {
        let mut conditions = vec![self.covers(assignment, "resource"), format!("!(resource in {ARCHIVED})")];
        if known.refused {
            let name = self.name(assignment);
            conditions.push(format!("!{name}.caseload_only || resource in {name}.exempt"));
        }
        all(&conditions)
    }

    /// The first of its kind on some way up.
    fn unit_enclosing(&self, assignment: &Assignment, known: &Known, kind: &str) -> String {
        let from = entity("Up", &up_id(kind, &assignment.unit));
        let mut conditions = vec![
            format!("resource.kind == {kind:?}"),
            format!("{from} in resource.up[{kind:?}]"),
            format!("!(resource in {ARCHIVED})"),
        ];
        if known.refused {
            conditions.push(format!("!{}.caseload_only", self.name(assignment)));
        }
        all(&conditions)
    }

    fn customer(&self, assignment: &Assignment, known: &Known) -> String {
        let (name, unit) = (self.name(assignment), entity("Unit", &assignment.unit));
        let counts = if known.any_placement {
            "resource.enrolled || resource.dismissed_visible"
        } else {
            "resource.enrolled"
        };
        let on_caseload = "resource.enrolled && principal.cases.contains(resource)";
        let kept = if known.refused { "false" } else { on_caseload };
        all(&[
            "resource is Case".to_owned(),
            self.covers(assignment, "resource"),
            format!("!resource.for_unit || resource.unit == {unit}"),
            counts.to_owned(),
            format!("!(resource in {ARCHIVED})"),
            "!resource.relatives.contains(principal)".to_owned(),
            format!("!{name}.caseload_only || resource in {name}.exempt || ({kept})"),
        ])
    }

    /// Seeing and managing others: what they hold, or, where they hold nothing, where they belong.
    fn users(&self, assignment: &Assignment, held: &[Held]) -> String {
        let reach = self.reach(assignment);
        let mut text = String::new();
        for right in self.rules.kind_rights() {
            if !held.iter().any(|held| held.capability == right) {
                continue;
            }
            text.push_str(
                &self.permit(
                    &[action("user.view", None)],
                    &[self.passes(assignment, &right, 1), reach.clone()],
                ),
            );
        }
        let gap = self.rules.gap();
        let outranks = format!(
            "principal has lowest && (!(resource.owner has highest) || principal.lowest >= resource.owner.highest + {gap})"
        );
        text.push_str(&self.permit(
            &[action("user.manage", None)],
            &[self.passes(assignment, "user.manage", 2), reach, outranks],
        ));
        text
    }

    fn reach(&self, assignment: &Assignment) -> String {
        let covered = self.covers(assignment, "resource");
        let mut chosen = vec!["resource has chosen0".to_owned()];
        for nth in 0..MOST_CHOSEN {
            let covered = self.covers(assignment, &format!("resource.chosen{nth}"));
            chosen.push(format!("!(resource has chosen{nth}) || ({covered})"));
        }
        chosen.push(format!("resource in {}", entity("Unit", &assignment.unit)));
        let held = all(&[
            "resource is Holding".to_owned(),
            "context.now < resource.ends".to_owned(),
            any(&[covered.clone(), all(&chosen)]),
        ]);
        let free = all(&["resource is Home".to_owned(), "resource.free <= context.now".to_owned(), covered]);
        any(&[held, free])
    }

    /// An assignment carries a right, switched on as far as that; an unranked one beside a ranked one that does.
    fn passes(&self, assignment: &Assignment, right: &str, level: i64) -> String {
        let carries = self.carries(assignment, right, level);
        if self.rank(assignment).is_some() {
            return carries;
        }
        let beside = self.user.assignments.iter().filter(|other| self.rank(other).is_some());
        let beside: Vec<String> = beside.map(|other| self.carries(other, right, level)).collect();
        all(&[carries, any(&beside)])
    }

    fn carries(&self, assignment: &Assignment, right: &str, level: i64) -> String {
        let held = self.rules.held(&assignment.role);
        let ways = held.iter().filter(|held| held.capability == right && held.reach == Reach::Below);
        let ways: Vec<String> = ways.map(|held| self.stands(assignment, held)).collect();
        let about_users = self.known.get(right).is_some_and(|known| known.about == About::User);
        let switch =
            self.rules.roles.get(&assignment.role).map(|role| role.user_management).unwrap_or_default();
        let on = match switch {
            Switch::Always => "true".to_owned(),
            Switch::Never => (!about_users).to_string(),
            Switch::Switch => format!("{}.management >= {level}", self.name(assignment)),
        };
        all(&[any(&ways), self.effective(assignment), on])
    }

    fn rank(&self, assignment: &Assignment) -> Option<i64> {
        self.rules.roles.get(&assignment.role).and_then(|role| role.rank)
    }

    /// The systems that come with a role.
    fn brought(&self, assignment: &Assignment) -> String {
        let systems = self.rules.systems_of(&assignment.role);
        let systems = set("System", systems.iter().map(String::as_str));
        self.permit(
            &[action("system.use", None)],
            &[format!("resource in {systems}"), self.effective(assignment)],
        )
    }

    /// A grant lets use what it is of, by who holds something, and ranks high enough where a rank is asked for.
    fn granted(&self, grant: &Grant) -> String {
        let name = entity("Grant", &grant_id(&self.user.id, grant));
        let held = self.user.assignments.iter();
        let holds: Vec<String> =
            held.clone().map(|one| format!("context.now < {}.ends", self.name(one))).collect();
        let ranked = held.filter_map(|one| Some((one, self.rank(one)?)));
        let high: Vec<String> = ranked
            .map(|(one, rank)| all(&[self.effective(one), format!("{rank} >= resource.minimum")]))
            .collect();
        self.permit(
            &[action("system.use", None)],
            &[
                format!("resource == {}", entity("System", &grant.system)),
                format!("{name}.live && {name}.starts <= context.now && context.now < {name}.ends"),
                any(&holds),
                format!("!(resource has minimum) || ({})", any(&high)),
            ],
        )
    }

    /// What a reporting role shows: everything, or what lies in a unit of its kind in which, below which or above which
    /// something is held.
    fn reports(&self, assignment: &Assignment) -> String {
        let role = self.user.reporting_role.as_ref().and_then(|role| self.rules.reporting_roles.get(role));
        let Some(role) = role.filter(|_| assignment.scope != Scope::Only(Vec::new())) else {
            return String::new();
        };
        let related = if role.scope == "all" {
            "true".to_owned()
        } else {
            let of_kind = self.world.units.iter().filter(|unit| unit.kind == role.scope);
            let ways: Vec<String> = of_kind
                .map(|unit| {
                    let (unit, held) = (entity("Unit", &unit.id), entity("Unit", &assignment.unit));
                    let beside = any(&[format!("{held} in {unit}"), self.covers(assignment, &unit)]);
                    all(&[format!("resource in {unit}"), beside])
                })
                .collect();
            any(&ways)
        };
        let actions: BTreeSet<String> = role.decides.iter().map(|decided| action(decided, None)).collect();
        let actions: Vec<String> = actions.into_iter().collect();
        self.permit(&actions, &[self.effective(assignment), format!("!(resource in {ARCHIVED})"), related])
    }
}
