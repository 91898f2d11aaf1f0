//! Access matrices: every role × capability × what it is asked about, as a table that a person from the business can
//! check.
//!
//! [`matrix`] prints a scheme's table; `golden/<scheme>.txt` keeps the one that was checked by eye. The units in which
//! the questions are asked are drawn in `golden/units/<scheme>.txt`; of each kind the first that is drawn is the one at
//! which roles are held. Each role is held alone, with user management on where it has a switch.

mod place;
mod subject;
mod table;

use std::sync::Arc;

use bailiwick_membership::{KindIx, RoleIx};
use bailiwick_policy::scheme::{CapIx, Capability, Rank, Resource, Role, Scheme, Switch};

use crate::{data, scheme_text};
use place::Place;
use subject::Subject;
use table::Table;

/// A scheme's access matrix, as text.
///
/// # Errors
/// When the scheme or its units cannot be read, or a role can be held at no unit that is drawn.
pub fn matrix(name: &str) -> Result<String, String> {
    let faults = |faults: Vec<_>| format!("scheme `{name}`: {faults:?}");
    let scheme = Arc::new(Scheme::parse(&scheme_text(name)?).map_err(faults)?);
    let path = data("golden/units").join(format!("{name}.txt"));
    let units = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let place = Place::draw(Arc::clone(&scheme), &units)?;
    let mut text = heading(&scheme, units.trim_end());
    for (role_ix, role) in (0..).map(RoleIx).zip(scheme.roles()) {
        let kinds: Vec<KindIx> =
            (0..).map(KindIx).take(scheme.kinds().len()).filter(|&k| role.kinds.contains(k)).collect();
        let kinds: Vec<KindIx> = kinds
            .into_iter()
            .filter(|&k| scheme.kind(k).is_some_and(|k| k.roles.contains(&role_ix)))
            .collect();
        if kinds.is_empty() {
            return Err(format!("role `{}` can be held nowhere", role.name));
        }
        for kind in kinds {
            let subject = Subject::at(&place, role_ix, kind)?;
            text.push_str(&section(&place, &subject, role, kind)?);
        }
    }
    text.push_str(&held_by_nobody(&scheme));
    Ok(text)
}

fn heading(scheme: &Scheme, units: &str) -> String {
    format!(
        "{}: what each role may do\n\n\
         own      the unit at which the role is held\n\
         below    a unit below it\n\
         beside   another unit of the same kind, below the same parent or elsewhere\n\
         above    the unit above it\n\
         top      the root\n\
         gone     a customer who was dismissed below\n\
         bound    the unit, where the assignment is restricted to a caseload\n\
         case     a customer at the unit who is on the caseload to which the assignment is restricted;\n\
         \x20        other: one who is not\n\
         self     the subject's own record; for people, the subject; twin: the same person's other account\n\
         lower, equal, higher   people of the nearest such rank who hold at or below the unit;\n\
         \x20        afar: of lower rank, beside\n\
         role     a system that comes with the role; granted: one of the subject's own\n\
         ·        no          -   there is no such unit or person\n\n\
         {units}\n\n",
        scheme.title()
    )
}

fn section(place: &Place, subject: &Subject<'_>, role: &Role, kind: KindIx) -> Result<String, String> {
    let kind = place.scheme.kind(kind).map(|k| k.title.as_str()).unwrap_or_default();
    let rank = role.rank.map_or_else(|| "unranked".to_owned(), |Rank(rank)| format!("rank {rank}"));
    let switch = match role.user_management {
        Switch::Always => "",
        Switch::Switch => ", user management on",
        Switch::Never => ", no user management",
    };
    let mut text = format!("== {} ({}, {rank}) at: {kind}{switch}\n", role.title, role.name);
    for resource in [Resource::Unit, Resource::Customer, Resource::User, Resource::System] {
        let mut table = Table::new(subject::columns(resource));
        for (cap, capability) in held_capabilities(&place.scheme) {
            if capability.resource == resource {
                for (label, cells) in subject.row(cap, capability)? {
                    table.row(label, cells);
                }
            }
        }
        text.push_str(&table.print());
    }
    let given = subject.hands_out()?;
    let given = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
    text.push_str(&format!("  hands out, here or below: {given}\n\n"));
    Ok(text)
}

/// The capabilities that somebody can have in this scheme.
fn held_capabilities(scheme: &Scheme) -> impl Iterator<Item = (CapIx, &Capability)> {
    (0..).map(CapIx).zip(scheme.capabilities()).filter(|&(cap, _)| is_held(scheme, cap))
}

fn is_held(scheme: &Scheme, cap: CapIx) -> bool {
    let core = scheme.core();
    let by_roles = (0..).map(RoleIx).take(scheme.roles().len()).any(|r| !scheme.abilities(r, cap).is_empty());
    by_roles
        || cap == core.user_view
        || (cap == core.system_use && !scheme.systems().is_empty())
        || scheme.decided_by_reporting(cap)
}

fn held_by_nobody(scheme: &Scheme) -> String {
    let names: Vec<&str> = (0..)
        .map(CapIx)
        .zip(scheme.capabilities())
        .filter(|&(cap, _)| !is_held(scheme, cap))
        .map(|(_, c)| c.name.as_str())
        .collect();
    format!("Held by no role: {}\n", if names.is_empty() { "-".to_owned() } else { names.join(", ") })
}
