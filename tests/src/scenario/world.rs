//! The world of a scenario: units, users, customers.
//!
//! ```toml
//! [world]
//! units = """
//! enterprise acme
//!   site north
//!     program n1
//! """
//! then = ["archive unit n1"]         # commands of operators, once all is there
//!
//! [world.users]
//! eva = "enterprise-manager at acme"
//! stan = ["staff at north, only {n1}", "intake at south"]
//! self = { home = "north", own_record = "c1", disabled = true }
//!
//! [world.customers]
//! c1 = "n1, s1 dismissed"
//! ```
//!
//! It is built by operators' commands, as a realm is in life, long before the scenario's `now` unless `built` says
//! when.

use std::sync::Arc;

use bailiwick_identity::Instant;
use bailiwick_policy::scheme::Scheme;
use bailiwick_realm::{Body, ManageUser, UserChange};

use super::assignment::{self, Held};
use super::change::{Changing, user_id};
use super::command::Given;
use super::moment;
use super::people;
use super::realm::{Failed, Realm};
use super::unit_tree::{self, Planned, unit_id};
use super::words::clauses;
use crate::reading::{Fields, Item};

/// A world as a scenario describes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    built: Option<String>,
    units: String,
    users: Vec<User>,
    customers: Vec<(String, String)>,
    then: Vec<Given>,
}

#[derive(Debug, Clone, Default)]
struct User {
    id: String,
    home: Option<String>,
    has: Vec<String>,
    disabled: bool,
    /// Changes once everybody and every customer is there.
    later: Vec<String>,
    cases: Vec<String>,
    profile: Vec<(String, String)>,
}

impl World {
    /// Reads `[world]`.
    pub(crate) fn read(mut fields: Fields<'_>) -> Result<Self, String> {
        let mut world =
            Self { built: fields.text("built")?, units: fields.needed("units")?, ..Self::default() };
        for (id, item) in fields.table("users")?.map(Fields::rest).unwrap_or_default() {
            world.users.push(User::read(id, item)?);
        }
        for (id, item) in fields.table("customers")?.map(Fields::rest).unwrap_or_default() {
            world.customers.push((id, item.text()?));
        }
        for item in fields.list("then") {
            world.then.push(if item.is_table() {
                let mut fields = item.fields()?;
                let mut given = Given::read(&mut fields)?;
                given.may_remove_last_manager |= given.actor.is_none();
                fields.done()?;
                given
            } else {
                Given::operator(&item.text()?)
            });
        }
        fields.done()?;
        Ok(world)
    }

    /// Builds the world; `now` is the scenario's.
    pub(crate) fn build(&self, scheme: Arc<Scheme>, now: Instant) -> Result<Realm, String> {
        let built = moment::read(self.built.as_deref().unwrap_or("now-1y"), now)?;
        let mut realm = Realm::create(scheme, built)?;
        let planned = unit_tree::read(&self.units)?;
        for unit in &planned {
            give(&mut realm, &unit_command(unit), built)?;
        }
        for user in &self.users {
            user.create(&mut realm, &planned, built, now)?;
        }
        for (customer, placements) in &self.customers {
            for command in placement_commands(customer, placements)? {
                give(&mut realm, &command, built)?;
            }
        }
        for user in &self.users {
            user.finish(&mut realm, built, now)?;
        }
        for unit in planned.iter().filter(|p| p.archived) {
            give(&mut realm, &Given::operator(&format!("archive unit {}", unit.unit.id)), built)?;
        }
        for command in &self.then {
            give(&mut realm, command, built)?;
        }
        Ok(realm)
    }
}

fn give(realm: &mut Realm, given: &Given, now: Instant) -> Result<(), String> {
    realm.give(given, now).map(drop).map_err(|failed| match failed {
        Failed::Unreadable(problem) => problem,
        Failed::Refused(refusal) => format!("the world cannot be built: {given:?}: {refusal}"),
    })
}

fn unit_command(planned: &Planned) -> Given {
    let unit = &planned.unit;
    let parents: Vec<&str> = unit.parents.iter().map(|p| p.as_str()).collect();
    let below = if parents.is_empty() { String::new() } else { format!(" below {{{}}}", parents.join(" ")) };
    Given::operator(&format!("create unit {} {} '{}'{below}", unit.kind, unit.id, unit.name))
}

fn placement_commands(customer: &str, placements: &str) -> Result<Vec<Given>, String> {
    let mut commands = Vec::new();
    for clause in clauses(placements)? {
        let words = clause.words();
        let (unit, dismissed) = match words.as_slice() {
            [unit] => (unit, false),
            [unit, "dismissed"] => (unit, true),
            _ => return Err(format!("customer `{customer}`: `UNIT [dismissed], …` is wanted")),
        };
        commands.push(Given::operator(&format!("place {customer} in {unit}")));
        if dismissed {
            commands.push(Given::operator(&format!("dismiss {customer} from {unit}")));
        }
    }
    Ok(commands)
}

impl User {
    fn read(id: String, item: Item<'_>) -> Result<Self, String> {
        let mut user = Self { id, ..Self::default() };
        if !item.is_table() {
            user.has = item.list().into_iter().map(Item::text).collect::<Result<_, _>>()?;
            return Ok(user);
        }
        let mut fields = item.fields()?;
        user.home = fields.text("home")?;
        user.has = fields.texts("has")?;
        user.disabled = fields.flag("disabled")?;
        user.cases = fields.texts("cases")?;
        for (key, phrase) in [
            ("reporting_role", "reporting role"),
            ("own_record", "own record"),
            ("same_person_as", "same person as"),
        ] {
            user.later.extend(fields.text(key)?.map(|value| format!("{phrase} {value}")));
        }
        if fields.flag("clearance")? {
            user.later.push("clearance".to_owned());
        }
        for grant in fields.texts("grants")? {
            user.later.extend(grant_changes(&grant)?);
        }
        for (key, value) in fields.table("profile")?.map(Fields::rest).unwrap_or_default() {
            user.profile.push((key, value.text()?));
        }
        fields.done()?;
        Ok(user)
    }

    /// Creates the user with everything they hold.
    fn create(
        &self,
        realm: &mut Realm,
        planned: &[Planned],
        built: Instant,
        now: Instant,
    ) -> Result<(), String> {
        let id = user_id(&self.id)?;
        let held: Vec<Held> =
            self.has.iter().map(|phrase| assignment::held(phrase, now)).collect::<Result<_, _>>()?;
        let first =
            held.first().map(|h| h.spec.unit.clone()).or_else(|| planned.first().map(|p| p.unit.id.clone()));
        let home = self.home.as_deref().map(unit_id).transpose()?.or(first).ok_or("a world has units")?;
        let mut new = people::new_user(&realm.state.scheme, &id, home);
        for (key, value) in &self.profile {
            people::set(&mut new, key, value);
        }
        let mut changes = vec![UserChange::Create(new)];
        let mut suspensions = Vec::new();
        for (number, held) in (1_u32..).zip(held) {
            suspensions.extend(held.suspended.map(|span| UserChange::Suspend {
                number,
                from: span.from,
                until: span.until,
            }));
            changes.push(UserChange::Assign(held.spec));
        }
        changes.extend(suspensions);
        let body = Body::ManageUser(ManageUser { user: id, etag: None, handles: Vec::new(), changes });
        realm.operate(body, built).map_err(|refusal| format!("user `{}` is not made: {refusal}", self.id))
    }

    /// Says of the user what needs other users and customers to be there, and disables whom the world has disabled.
    fn finish(&self, realm: &mut Realm, built: Instant, now: Instant) -> Result<(), String> {
        let user = user_id(&self.id)?;
        let mut changes = Vec::new();
        for phrase in &self.later {
            changes.push(Changing { state: &realm.state, user: &user, now }.read(phrase)?);
        }
        if self.disabled {
            changes.push(UserChange::Disable);
        }
        if !changes.is_empty() {
            let body = Body::ManageUser(ManageUser { user, etag: None, handles: Vec::new(), changes });
            realm.operate(body, built).map_err(|refusal| format!("user `{}`: {refusal}", self.id))?;
        }
        for case in &self.cases {
            give(realm, &Given::operator(&format!("{} takes {case}", self.id)), built)?;
        }
        Ok(())
    }
}

/// `verint, from T, suspended`: what a grant of a world comes to.
fn grant_changes(phrase: &str) -> Result<Vec<String>, String> {
    let suspended = phrase.strip_suffix(", suspended");
    let grant = suspended.unwrap_or(phrase);
    let system =
        clauses(grant)?.first().and_then(|c| c.words.first().cloned()).ok_or("a system is wanted")?;
    let mut changes = vec![format!("grant {grant}")];
    changes.extend(suspended.map(|_| format!("suspend grant {system}")));
    Ok(changes)
}
