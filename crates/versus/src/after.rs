//! What an accepted change leaves, on both sides.

use std::collections::BTreeSet;

use bailiwick_membership as engine;
use bailiwick_oracle::check::{Question, Resource};
use bailiwick_oracle::generate::question;
use bailiwick_oracle::manage::effect::apply;
use bailiwick_oracle::model::{Assignment, Grant, Scope, Standing, User, UserManagement};
use bailiwick_oracle::rng::Rng;
use bailiwick_oracle::{holding, model};
use bailiwick_policy::{highest, lowest};
use bailiwick_realm::Decided;

use crate::change::Asked;
use crate::world::{Pair, instant};

/// What a user holds, in the words of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds {
    active: bool,
    disabled_by: Option<String>,
    home: String,
    reporting_role: Option<String>,
    lowest: Option<u32>,
    highest: Option<u32>,
    assignments: Vec<Assignment>,
    grants: Vec<Grant>,
    cases: BTreeSet<(String, String)>,
}

/// Both worlds after a change that both allow.
#[must_use]
pub fn after(pair: &Pair, asked: &Asked, decided: &Decided) -> Pair {
    let mut state = pair.state.clone();
    decided.events.iter().for_each(|event| state.apply(event));
    let Asked { actor, subject, change } = asked;
    let world = apply(&pair.world, &pair.model, actor, subject, change, pair.now);
    Pair { model: pair.model.clone(), world, state, now: pair.now }
}

/// A handful of questions that the change may have touched: what the subject may do, and who may see and manage it.
#[must_use]
pub fn questions(pair: &Pair, subject: &str, rng: &mut Rng) -> Vec<Question> {
    let mut some = Vec::new();
    for nth in 0..6 {
        let mut drawn = question(&pair.model, &pair.world, rng);
        if let (Resource::User(other), true) = (&mut drawn.resource, nth % 2 == 0) {
            subject.clone_into(other);
        } else {
            subject.clone_into(&mut drawn.subject);
        }
        some.push(drawn);
    }
    some
}

/// What the naive evaluator has of a user.
#[must_use]
pub fn oracle(pair: &Pair, subject: &str) -> Option<Holds> {
    let user: &User = pair.world.user(subject)?;
    let mut assignments: Vec<Assignment> =
        holding::all_held(user, pair.now).into_iter().cloned().map(in_order).collect();
    assignments.sort_by_key(|one| one.number);
    let mut grants: Vec<Grant> =
        user.grants.iter().filter(|grant| holding::grant_held(grant, pair.now)).cloned().collect();
    grants.sort_by(|one, other| one.system.cmp(&other.system));
    Some(Holds {
        active: user.active,
        disabled_by: user.disabled_by.clone(),
        home: user.home_unit.clone(),
        reporting_role: user.reporting_role.clone(),
        lowest: holding::lowest(&pair.model, user, pair.now),
        highest: holding::highest(&pair.model, user, pair.now),
        assignments,
        grants,
        cases: user.caseload.iter().map(|case| (case.customer.clone(), case.unit.clone())).collect(),
    })
}

/// Lists of units are sets.
fn in_order(mut one: Assignment) -> Assignment {
    if let Scope::Only(units) = &mut one.scope {
        units.sort();
        units.dedup();
    }
    one.exempt.sort();
    one.exempt.dedup();
    one
}

/// What the engine has of a user.
#[must_use]
pub fn engine(pair: &Pair, subject: &str) -> Option<Holds> {
    let (world, scheme, now) = (&pair.state.world, &pair.state.scheme, instant(pair.now));
    let user = world.user(world.user_ix(subject)?)?;
    let access = user.access();
    let unit = |ix: engine::UnitIx| world.unit_id(ix).map(ToString::to_string).unwrap_or_default();
    let disabled_by = match access.standing {
        engine::Standing::Active | engine::Standing::Erased(_) => None,
        engine::Standing::Disabled(disabled) => disabled.by,
    };
    let held = access.assignments.iter().filter(|one| one.options.held(now));
    let granted = access.grants.iter().filter(|grant| grant.held(now)).map(|grant| Grant {
        system: scheme.system(grant.system).map(|system| system.name.clone()).unwrap_or_default(),
        starts_at: grant.starts_at.map(bailiwick_identity::Instant::as_micros),
        ends_at: grant.ends_at.map(bailiwick_identity::Instant::as_micros),
        standing: standing(grant.state),
    });
    let mut grants: Vec<Grant> = granted.collect();
    grants.sort_by(|one, other| one.system.cmp(&other.system));
    let case = |case: &engine::CaseloadEntry| {
        (world.customer_id_text(case.customer).unwrap_or_default().to_owned(), unit(case.unit))
    };
    Some(Holds {
        active: user.is_active(),
        disabled_by: disabled_by.and_then(|by| world.user_id_text(by)).map(str::to_owned),
        home: unit(access.home),
        reporting_role: access
            .reporting_role
            .and_then(|ix| scheme.reporting_role(ix))
            .map(|role| role.name.clone()),
        lowest: lowest(scheme, user, now).map(|rank| rank.0),
        highest: highest(scheme, user, now).map(|rank| rank.0),
        assignments: held.map(|one| assignment(pair, one)).collect(),
        grants,
        cases: user.caseload().iter().map(case).collect(),
    })
}

fn assignment(pair: &Pair, from: &engine::Assignment) -> Assignment {
    let (world, scheme) = (&pair.state.world, &pair.state.scheme);
    let unit = |ix: &engine::UnitIx| world.unit_id(*ix).map(ToString::to_string).unwrap_or_default();
    let options = &from.options;
    let micros = |at: Option<bailiwick_identity::Instant>| -> Option<model::Instant> {
        at.map(bailiwick_identity::Instant::as_micros)
    };
    in_order(Assignment {
        number: from.number,
        unit: unit(&from.unit),
        role: scheme.role(from.role).map(|role| role.name.clone()).unwrap_or_default(),
        scope: match &options.scope {
            engine::Scope::All => Scope::All,
            engine::Scope::Only(units) => Scope::Only(units.iter().map(unit).collect()),
        },
        default_unit: options.default_unit.as_ref().map(unit),
        user_type: options.user_type.and_then(|ix| scheme.user_types().get(usize::from(ix.0)).cloned()),
        user_management: match options.user_management {
            engine::UserManagement::None => UserManagement::None,
            engine::UserManagement::View => UserManagement::View,
            engine::UserManagement::Manage => UserManagement::Manage,
        },
        caseload_only: options.caseload.only,
        exempt: options.caseload.exempt.iter().map(unit).collect(),
        own_caseload: options.caseload.own.iter().map(unit).collect(),
        others_caseload: options.caseload.others.iter().map(unit).collect(),
        starts_at: micros(options.starts_at),
        ends_at: micros(options.ends_at),
        standing: standing(options.state),
    })
}

fn standing(state: engine::AssignmentState) -> Standing {
    match state {
        engine::AssignmentState::Live => Standing::Live,
        engine::AssignmentState::Suspended(_) => Standing::Suspended,
    }
}
