//! Assignments in scenarios: `ROLE at UNIT` and the options after it; `ROLE at lowest of UNIT` is at the lowest position there
//! that is free.
//!
//! `all`, `only {n1 n2}`, `manages users`, `views users`, `no user management`, `caseload only`, `no caseload only`,
//! `exempt {n2}`, `own cases in {n1}`, `other cases in {n1}`, `default n1`, `type 'K-12'`, `from now+1d`,
//! `until 2026-06-01`, `note '…'`; for what may be cleared `no default`, `no type`, `no start`, `no end`, `no note`.
//! In a world also `suspended`, `suspended from …`, `suspended until …`.

use bailiwick_identity::{Instant, UnitId};
use bailiwick_membership::UserManagement;
use bailiwick_realm::{AssignmentSpec, OptionsSpec, Patch, ScopeSpec, Seat};

use super::moment;
use super::unit_tree::unit_id;
use super::words::{Clause, clauses};

/// An assignment as a world has it.
pub(crate) struct Held {
    pub(crate) spec: AssignmentSpec,
    pub(crate) suspended: Option<Span>,
}

/// From when and until when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Option<Instant>,
    pub(crate) until: Option<Instant>,
}

/// Reads an assignment of a world; without a scope it covers all below its unit.
pub(crate) fn held(phrase: &str, now: Instant) -> Result<Held, String> {
    let clauses = clauses(phrase)?;
    let (first, rest) = clauses.split_first().ok_or("an assignment is wanted")?;
    let (suspensions, rest): (Vec<&Clause>, Vec<&Clause>) =
        rest.iter().partition(|c| c.words.first().is_some_and(|w| w == "suspended"));
    let mut spec = spec(first, &rest, now)?;
    spec.options.scope.get_or_insert(ScopeSpec::All);
    let suspended =
        suspensions.first().map(|c| span(c.words().get(1..).unwrap_or_default(), now)).transpose()?;
    Ok(Held { spec, suspended })
}

/// Reads an assignment: `ROLE at UNIT` and the clauses after it.
pub(crate) fn spec(first: &Clause, rest: &[&Clause], now: Instant) -> Result<AssignmentSpec, String> {
    let words = first.words();
    let (role, unit, seat) = match words.as_slice() {
        [role, "at", unit] => (role, unit, Seat::There),
        [role, "at", "lowest", "of", unit] => (role, unit, Seat::LowestAvailable),
        _ => return Err(format!("`{}`: `ROLE at UNIT` is wanted", words.join(" "))),
    };
    Ok(AssignmentSpec { unit: unit_id(unit)?, seat, role: (*role).to_owned(), options: options(rest, now)? })
}

/// Reads the options of an assignment.
pub(crate) fn options(clauses: &[&Clause], now: Instant) -> Result<OptionsSpec, String> {
    let mut options = OptionsSpec::default();
    for clause in clauses {
        option(clause, now, &mut options)?;
    }
    Ok(options)
}

fn option(clause: &Clause, now: Instant, options: &mut OptionsSpec) -> Result<(), String> {
    let words = clause.words();
    match (words.as_slice(), &clause.set, &clause.text) {
        (["all"], None, None) => options.scope = Some(ScopeSpec::All),
        (["only"], Some(units), None) => options.scope = Some(ScopeSpec::Only(unit_ids(units)?)),
        (["manages", "users"], None, None) => options.user_management = Some(UserManagement::Manage),
        (["views", "users"], None, None) => options.user_management = Some(UserManagement::View),
        (["no", "user", "management"], None, None) => options.user_management = Some(UserManagement::None),
        (["caseload", "only"], None, None) => options.caseload_only = Some(true),
        (["no", "caseload", "only"], None, None) => options.caseload_only = Some(false),
        (["exempt"], Some(units), None) => options.exempt_units = Some(unit_ids(units)?),
        (["own", "cases", "in"], Some(units), None) => options.own_caseload_units = Some(unit_ids(units)?),
        (["other", "cases", "in"], Some(units), None) => {
            options.others_caseload_units = Some(unit_ids(units)?);
        }
        (["default", unit], None, None) => options.default_unit = Patch::Set(unit_id(unit)?),
        (["type"], None, Some(label)) => options.user_type = Patch::Set(label.clone()),
        (["from", at], None, None) => options.starts_at = Patch::Set(moment::read(at, now)?),
        (["until", at], None, None) => options.ends_at = Patch::Set(moment::read(at, now)?),
        (["note"], None, Some(note)) => options.note = Patch::Set(note.clone()),
        (["no", "default"], None, None) => options.default_unit = Patch::Clear,
        (["no", "type"], None, None) => options.user_type = Patch::Clear,
        (["no", "start"], None, None) => options.starts_at = Patch::Clear,
        (["no", "end"], None, None) => options.ends_at = Patch::Clear,
        (["no", "note"], None, None) => options.note = Patch::Clear,
        _ => return Err(format!("unknown option `{clause:?}`")),
    }
    Ok(())
}

/// Reads `[from T] [until T]`.
pub(crate) fn span(words: &[&str], now: Instant) -> Result<Span, String> {
    let mut span = Span::default();
    for pair in words.chunks(2) {
        match pair {
            ["from", at] => span.from = Some(moment::read(at, now)?),
            ["until", at] => span.until = Some(moment::read(at, now)?),
            _ => return Err(format!("`{}`: `[from T] [until T]` is wanted", words.join(" "))),
        }
    }
    Ok(span)
}

fn unit_ids(names: &[String]) -> Result<Vec<UnitId>, String> {
    names.iter().map(|name| unit_id(name)).collect()
}
