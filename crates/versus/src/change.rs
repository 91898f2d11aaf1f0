//! One change of one user by another, to both.

use std::collections::BTreeMap;

use bailiwick_identity::{Field, Profile, UnitId, UserId};
use bailiwick_oracle::manage::{Change, Options, may_change};
use bailiwick_oracle::model::{Assignment, Scope};
use bailiwick_policy::Reason;
use bailiwick_realm::{
    Actor, AssignmentSpec, Body, Command, Decided, Facts, FieldChange, GrantSpec, Handle, ManageUser,
    NewUser, OptionsSpec, Patch, Person, Refusal, ScopeSpec, Seat, Spares, UserChange, decide,
};

use crate::document::field;
use crate::world::{Pair, Unfit, instant, management};

/// The program that calls.
const CALLER: &str = "versus";

/// Who changes whom, and how.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The actor's id.
    pub actor: String,
    /// The id of the one who is changed.
    pub subject: String,
    /// The change.
    pub change: Change,
}

/// What the naive evaluator says.
#[must_use]
pub fn oracle(pair: &Pair, asked: &Asked) -> &'static str {
    let Asked { actor, subject, change } = asked;
    match may_change(&pair.world, &pair.model, actor, subject, change, pair.now) {
        Ok(()) => "ALLOWED",
        Err(reason) => reason.as_code(),
    }
}

/// What the engine says, in the oracle's codes, and what it did.
///
/// # Errors
/// A name that cannot be an id.
pub fn engine(pair: &Pair, asked: &Asked) -> Result<(&'static str, Option<Decided>), Unfit> {
    let command = command(pair, asked)?;
    let facts = facts(pair, &asked.subject)?;
    Ok(match decide(&pair.state, &facts, &command, instant(pair.now)) {
        Ok(decided) => ("ALLOWED", Some(decided)),
        Err(Refusal { reason, .. }) => (code(reason), None),
    })
}

/// The oracle's code for a refusal of the engine.
fn code(reason: Reason) -> &'static str {
    match reason.code() {
        "KIND_NOT_ALLOWED" => "ROLE_NOT_ASSIGNABLE",
        "CAPACITY_FULL" => "UNIT_FULL",
        "MAXIMUM_REACHED" => "ROLE_MAXIMUM",
        "CASELOAD_BOUND" => "CASELOAD_RESTRICTED",
        "NOTHING_TO_CHANGE" | "NOT_HELD" | "ALREADY_EXISTS" => "FAILED_PRECONDITION",
        other => other,
    }
}

fn command(pair: &Pair, asked: &Asked) -> Result<Command, Unfit> {
    let (actor, user) = (user_id(&asked.actor)?, user_id(&asked.subject)?);
    let handle = Handle {
        id: [7; 16],
        caller: CALLER.to_owned(),
        actor: actor.clone(),
        user: user.clone(),
        expires_at: instant(pair.now).next(),
    };
    let shown = matches!(asked.change, Change::Assign { handle: true, .. });
    let changes = changes(&asked.change)?;
    Ok(Command {
        actor: Actor::User(actor),
        caller: CALLER.to_owned(),
        reason: None,
        may_remove_last_manager: false,
        expects: None,
        spares: Spares::default(),
        body: Body::ManageUser(ManageUser {
            user,
            etag: None,
            handles: if shown { vec![handle] } else { Vec::new() },
            changes,
        }),
    })
}

fn changes(change: &Change) -> Result<Vec<UserChange>, Unfit> {
    let one = match change {
        Change::Create { home_unit, assignments } => {
            let home = unit_id(home_unit)?;
            let create =
                NewUser { home, username: None, fields: profile().fields, external_ids: BTreeMap::new() };
            let mut all = vec![UserChange::Create(create)];
            for assignment in assignments {
                all.push(UserChange::Assign(spec(assignment)?));
            }
            return Ok(all);
        }
        Change::Assign { assignment, handle: _ } => UserChange::Assign(spec(assignment)?),
        // Ending now and removing are judged alike.
        Change::EndAssignment(number) if number % 2 == 0 => UserChange::Remove { number: *number },
        Change::EndAssignment(number) => UserChange::End { number: *number, at: None },
        Change::Suspend(number) => UserChange::Suspend { number: *number, from: None, until: None },
        Change::Reinstate(number) => UserChange::Reinstate { number: *number },
        Change::Amend(number, options) => UserChange::Amend {
            number: *number,
            role: Some(options.role.clone()),
            options: options_spec(options, Patch::Keep)?,
        },
        Change::Disable => UserChange::Disable,
        Change::Enable => UserChange::Enable,
        Change::SetHome(unit) => UserChange::SetHome(unit_id(unit)?),
        Change::SetReportingRole(role) => UserChange::SetReportingRole(role.clone()),
        Change::OrdinaryField(name) | Change::IdentityField(name) => {
            let field = Field::named(field(name)).ok_or("field")?;
            let value = if field == Field::Email { "another@example.org" } else { "+13125550199" };
            UserChange::UpdateProfile(vec![FieldChange::Field(field, Some(value.to_owned()))])
        }
        Change::FillInBirthDate => {
            let birth_date = FieldChange::Field(Field::BirthDate, Some("1980-02-29".to_owned()));
            UserChange::UpdateProfile(vec![birth_date])
        }
        Change::SetClearance => UserChange::SetClearance(true),
        Change::Grant(grant) => UserChange::Grant(GrantSpec {
            system: grant.system.clone(),
            starts_at: grant.starts_at.map(instant),
            ends_at: grant.ends_at.map(instant),
            reason: None,
        }),
    };
    Ok(vec![one])
}

fn spec(assignment: &Assignment) -> Result<AssignmentSpec, Unfit> {
    // A stand-in needs a note; elsewhere one does no harm.
    let note = Patch::Set("as agreed".to_owned());
    Ok(AssignmentSpec {
        unit: unit_id(&assignment.unit)?,
        seat: Seat::There,
        role: assignment.role.clone(),
        options: options_spec(&Options::of(assignment), note)?,
    })
}

fn options_spec(options: &Options, note: Patch<String>) -> Result<OptionsSpec, Unfit> {
    let scope = match &options.scope {
        Scope::All => ScopeSpec::All,
        Scope::Only(units) => ScopeSpec::Only(unit_ids(units)?),
    };
    Ok(OptionsSpec {
        scope: Some(scope),
        default_unit: patch(options.default_unit.as_ref().map(|unit| unit_id(unit)).transpose()?),
        user_type: patch(options.user_type.clone()),
        user_management: Some(management(options.user_management)),
        caseload_only: Some(options.caseload_only),
        exempt_units: Some(unit_ids(&options.exempt)?),
        own_caseload_units: None,
        others_caseload_units: None,
        starts_at: patch(options.starts_at.map(instant)),
        ends_at: patch(options.ends_at.map(instant)),
        note,
    })
}

fn patch<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

fn profile() -> Profile {
    let fields = [
        (Field::FirstName, "Joe"),
        (Field::LastName, "McGoo"),
        (Field::Email, "joe@example.org"),
        (Field::WorkPhone, "+13125550100"),
        (Field::Pager, "+13125550101"),
    ];
    Profile {
        username: "JMcGoo".to_owned(),
        fields: fields.into_iter().map(|(field, value)| (field, value.to_owned())).collect(),
        external_ids: BTreeMap::new(),
    }
}

/// What tables know: that whoever is there has a whole profile.
fn facts(pair: &Pair, subject: &str) -> Result<Facts, Unfit> {
    let known = pair.world.user(subject).map(|user| user_id(&user.id)).transpose()?;
    let person = Person { profile: profile(), ..Person::default() };
    let mut facts =
        Facts { people: known.into_iter().map(|id| (id, person.clone())).collect(), ..Facts::default() };
    facts.usernames.insert("JMcGoo");
    Ok(facts)
}

fn user_id(id: &str) -> Result<UserId, Unfit> {
    UserId::parse(id).map_err(|fault| fault.to_string())
}

fn unit_id(id: &str) -> Result<UnitId, Unfit> {
    UnitId::parse(id).map_err(|fault| fault.to_string())
}

fn unit_ids(ids: &[String]) -> Result<Vec<UnitId>, Unfit> {
    ids.iter().map(|id| unit_id(id)).collect()
}
