//! The realm itself: brought into being, frozen, given other rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_membership::{KindIx, ReportingRoleIx, SystemIx, UserRef, UserTypeIx, World};
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::Scheme;

use super::Judged;
use super::draft::Draft;
use crate::fingerprint::Fingerprint;
use crate::refusal::{Refusal, Refused};
use crate::state::{RealmStatus, Revision};

pub(super) fn create(draft: &mut Draft<'_>, title: &str, scheme: &Arc<Scheme>) -> Judged {
    draft.operator_only()?;
    if draft.before.revision != Revision(0) {
        return Err(Refusal::new(Refused::Exists, Reason::AlreadyExists));
    }
    draft.state.title = title.to_owned();
    draft.state.scheme = Arc::clone(scheme);
    draft.touch_realm();
    draft.touch_scheme();
    Ok(())
}

pub(super) fn set_status(draft: &mut Draft<'_>, status: RealmStatus) -> Judged {
    draft.operator_only()?;
    if draft.state.status == status {
        return Err(Refusal::precondition(Reason::NothingToChange));
    }
    draft.state.status = status;
    draft.touch_realm();
    Ok(())
}

/// Replaces the rules, unless somebody would be stranded: every role that is held must still be one that can be held
/// there, every unit's kind must still be one.
pub(super) fn put_scheme(draft: &mut Draft<'_>, scheme: &Arc<Scheme>) -> Judged {
    draft.operator_only()?;
    draft.is_as_read(Fingerprint::of_scheme(&draft.state.scheme))?;
    // Compiled after the rules in force: what it was compiled after may not be those any more.
    let compiled = Scheme::parse_after(scheme.source(), &draft.state.scheme);
    let scheme = Arc::new(compiled.map_err(|_| {
        Refusal::new(Refused::Conflict, Reason::EtagMismatch).because("the scheme in force is another by now")
    })?);
    let stranded = stranded(&draft.state.world, &draft.state.scheme, &scheme);
    if !stranded.is_empty() {
        let detail = format!("still in use: {}", stranded.join(", "));
        return Err(Refusal::precondition(Reason::SchemeStrandsUsers).because(detail));
    }
    draft.state.apply(&crate::event::Event::Scheme(scheme));
    draft.touch_scheme();
    Ok(())
}

/// What is in use under the present rules and would be nothing under the next: `kind x`, `role y` …
fn stranded(world: &World, present: &Scheme, next: &Scheme) -> Vec<String> {
    let mut names = BTreeSet::new();
    let gone = Gone {
        kinds: next.missing_kinds().collect(),
        systems: next.missing_systems().collect(),
        reporting_roles: next.missing_reporting_roles().collect(),
        user_types: next.missing_user_types().collect(),
    };
    for (_, node) in world.units() {
        let kind = node.unit.kind;
        let name = present.kind(kind).map_or("?", |k| &k.name);
        if gone.kinds.contains(&kind) || next.kind_named(name) != Some(kind) {
            names.insert(format!("kind `{name}`"));
        }
    }
    for (_, user) in world.users() {
        strands(world, present, next, &gone, user, &mut names);
    }
    names.into_iter().collect()
}

/// What the next rules no longer have.
struct Gone {
    kinds: BTreeSet<KindIx>,
    systems: BTreeSet<SystemIx>,
    reporting_roles: BTreeSet<ReportingRoleIx>,
    user_types: BTreeSet<UserTypeIx>,
}

fn strands(
    world: &World,
    present: &Scheme,
    next: &Scheme,
    gone: &Gone,
    user: UserRef<'_>,
    names: &mut BTreeSet<String>,
) {
    for assignment in user.assignments() {
        let role = present.role(assignment.role).map_or("?", |r| &r.name);
        let kind = world.node(assignment.unit).and_then(|n| next.kind(n.unit.kind));
        let assignable = kind.is_some_and(|k| k.roles.contains(&assignment.role));
        if next.role_named(role) != Some(assignment.role) || !assignable {
            names.insert(format!("role `{role}`"));
        }
        if let Some(label) = assignment.options.user_type.filter(|label| gone.user_types.contains(label)) {
            let name = present.user_types().get(usize::from(label.0)).map_or("?", String::as_str);
            names.insert(format!("user type `{name}`"));
        }
    }
    for grant in user.grants() {
        let system = present.system(grant.system).map_or("?", |s| &s.name);
        if gone.systems.contains(&grant.system) || next.system_named(system) != Some(grant.system) {
            names.insert(format!("system `{system}`"));
        }
    }
    if let Some(reporting) = user.reporting_role() {
        let name = present.reporting_role(reporting).map_or("?", |r| &r.name);
        if gone.reporting_roles.contains(&reporting) || next.reporting_role_named(name) != Some(reporting) {
            names.insert(format!("reporting role `{name}`"));
        }
    }
}
