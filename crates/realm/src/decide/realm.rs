//! The realm itself: brought into being, frozen, given other rules.

use std::sync::Arc;

use bailiwick_membership::World;
use bailiwick_policy::Reason;
use bailiwick_policy::scheme::Scheme;

use super::Judged;
use super::draft::Draft;
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
    let stranded = stranded(&draft.state.world, &draft.state.scheme, scheme);
    if !stranded.is_empty() {
        let detail = format!("still in use: {}", stranded.join(", "));
        return Err(Refusal::precondition(Reason::SchemeStrandsUsers).because(detail));
    }
    draft.state.apply(&crate::event::Event::Scheme(Arc::clone(scheme)));
    draft.touch_scheme();
    Ok(())
}

/// What is in use under the present rules and would be nothing under the next: `role x at kind y`, `kind z`.
fn stranded(world: &World, present: &Scheme, next: &Scheme) -> Vec<String> {
    let mut names = std::collections::BTreeSet::new();
    for (_, node) in world.units() {
        let name = present.kind(node.unit.kind).map_or("?", |k| &k.name);
        if next.kind_named(name) != Some(node.unit.kind) {
            names.insert(format!("kind `{name}`"));
        }
    }
    for (_, user) in world.users() {
        for assignment in user.assignments() {
            let role = present.role(assignment.role).map_or("?", |r| &r.name);
            let kind = world.node(assignment.unit).and_then(|n| next.kind(n.unit.kind));
            let assignable = kind.is_some_and(|k| k.roles.contains(&assignment.role));
            if next.role_named(role) != Some(assignment.role) || !assignable {
                names.insert(format!("role `{role}`"));
            }
        }
        for grant in user.grants() {
            let system = present.system(grant.system).map_or("?", |s| &s.name);
            if next.system_named(system) != Some(grant.system) {
                names.insert(format!("system `{system}`"));
            }
        }
        if let Some(reporting) = user.reporting_role() {
            let name = present.reporting_role(reporting).map_or("?", |r| &r.name);
            if next.reporting_role_named(name) != Some(reporting) {
                names.insert(format!("reporting role `{name}`"));
            }
        }
    }
    names.into_iter().collect()
}
